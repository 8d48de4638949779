"""The benchmarks' helpers: turns, ratios, and the memory that a graph needs. Nothing here depends on the clock."""

import gc
import json
from itertools import count

import numpy as np
import pytest
from click.testing import CliRunner

from pinpoint.program.builder import Builder
from pinpoint.program.distance import NODES_PER_TENSOR, distance_program
from pinpoint.program.graph import Node
from pinpoint.program.operators import Operator
from pinpoint.replay.report import Segment
from tests.bench import __main__ as command
from tests.bench.figures import TARGETS, missed
from tests.bench.memory import live_bytes, needed_bytes, peak_bytes
from tests.bench.sections import SECTIONS
from tests.bench.timing import Spread, in_turn, ratios

LANE = 4


class Clock:
    """Stands still but for what actions take."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def action(self, seconds, log=None, name=None):
        def act():
            self.now += seconds
            if log is not None:
                log.append(name)

        return act


def test_a_spread_is_a_median_between_its_quartiles():
    assert Spread.of([5.0, 1.0, 2.0, 4.0, 3.0]) == Spread(2.0, 3.0, 4.0)
    assert Spread.of([1.0, 3.0]) == Spread(1.5, 2.0, 2.5)


def test_actions_take_turns_and_the_order_turns_too():
    clock, log = Clock(), []
    actions = {name: clock.action(1.0, log, name) for name in "ab"}
    samples = in_turn(actions, 3, clock, least=1.0)
    assert "".join(log) == "ab" + "ab" + "ba" + "ab"
    assert samples == {"a": [1.0] * 3, "b": [1.0] * 3}


def test_a_sample_is_as_many_calls_as_take_long_enough_and_says_what_one_takes():
    clock, log = Clock(), []
    samples = in_turn({"a": clock.action(0.25, log)}, 2, clock, least=1.0)
    assert len(log) == 1 + 2 * 4
    assert samples == {"a": [0.25] * 2}


def test_the_collector_waits_and_is_on_afterwards():
    seen = []
    in_turn({"a": lambda: seen.append(gc.isenabled())}, 1, count().__next__, least=1.0)
    assert seen == [True, False]
    assert gc.isenabled()


def test_the_collector_is_on_again_after_a_failure():
    calls = []

    def fails():
        calls.append(None)
        if len(calls) > 1:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        in_turn({"a": fails}, 1, count().__next__, least=1.0)
    assert gc.isenabled()


def test_a_ratio_is_of_the_samples_of_one_round():
    # The second round hits a machine that is ten times slower.
    samples = {"a": [2.0, 20.0, 4.0], "b": [1.0, 10.0, 1.0]}
    assert ratios(samples, "a", "b") == Spread(2.0, 2.0, 3.0)
    with pytest.raises(ValueError, match="zip"):
        ratios({"a": [1.0, 2.0], "b": [1.0]}, "a", "b")


def chain():
    """A state of 2 x 3, then lanes that live for one node each, and one that stays to the end."""
    shape = (2, 3)
    return [
        Node(Operator.STATE, *shape, (5,), (shape,)),
        Node(Operator.NEG, *shape, (0,), (shape,)),
        Node(Operator.SUM, 2, 1, (1,), (shape,)),
        Node(Operator.ABS, *shape, (1,), (shape,)),
        Node(Operator.MUL, *shape, (3, 2), (shape, (2, 1))),
        Node(Operator.NEG, *shape, (4,), (shape,)),
        Node(Operator.PACK, 1, 0),
    ]


def test_an_output_is_alive_from_its_node_to_its_last_reader():
    # Node 3: 6 lanes of node 1, 2 of node 2, 6 of its own. Node 4: 6 of node 3, 2 of node 2, 6 of its own.
    assert live_bytes(chain(), [5]) == 14 * LANE


def test_what_is_kept_is_alive_to_the_end():
    # Node 5: nodes 1 and 3 are kept, node 4 is read.
    assert live_bytes(chain(), [1, 3, 5]) == 24 * LANE
    # All: 4 of 6 lanes and node 2.
    assert live_bytes(chain(), range(6)) == (5 * 6 - 6 + 2) * LANE


def test_what_nobody_reads_is_alive_at_its_node():
    assert live_bytes([*chain()[:1], Node(Operator.NEG, 4, 4, (0,), ((2, 3),)), *chain()[6:]], [0]) == 16 * LANE


def test_an_input_is_not_computed_but_what_is_filled_is():
    nodes = [Node(Operator.STATE, 2, 3, (1,), ((2, 3),)), Node(Operator.FILL, 2, 3), Node(Operator.PACK, 1, 0)]
    assert live_bytes(nodes, [0]) == 6 * LANE
    assert live_bytes(nodes[:1], [0]) == 0


def test_a_reshape_is_its_input_and_keeps_it_alive():
    def nodes(operator, shape):
        return [
            Node(Operator.STATE, 2, 3, (4,), ((2, 3),)),
            Node(Operator.NEG, 2, 3, (0,), ((2, 3),)),
            Node(operator, *shape, (1,), ((2, 3),)),
            Node(Operator.SUM, 3, 1, (2,), (shape,)),
            Node(Operator.FILL, 2, 3),
            Node(Operator.PACK, 1, 0),
        ]

    assert live_bytes(nodes(Operator.TRANSPOSE, (3, 2)), [4]) == 12 * LANE
    assert live_bytes(nodes(Operator.RESHAPE, (3, 2)), [4]) == 9 * LANE
    # To be kept, a view needs what it shows.
    assert live_bytes(nodes(Operator.RESHAPE, (3, 2)), [2, 4]) == 12 * LANE


def test_a_reshaped_input_is_still_not_computed():
    nodes = [Node(Operator.STATE, 2, 3, (1,), ((2, 3),)), Node(Operator.RESHAPE, 2, 3, (0,), ((2, 3),))]
    assert live_bytes(nodes, [1]) == 0


def segment_of(program, start, steps):
    batches = [[np.ones(shape, np.float32) for shape in program.batch_shapes] for _ in range(steps)]
    return Segment(0, start, [tensor.copy() for tensor in start], batches)


def test_a_segment_needs_its_own_tensors_a_state_and_what_is_computed():
    builder = Builder()
    w, x = builder.state(4, 8), builder.batch(4, 8)
    program = builder.finish([w + x])
    segment = segment_of(program, [np.ones((4, 8), np.float32)], 3)
    own = 5 + 1  # start, end, three batches; the state at hand
    distance = live_bytes(distance_program([(4, 8)], 1), [NODES_PER_TENSOR - 1])
    assert distance > 32 * LANE
    assert needed_bytes(program, segment) == own * 32 * LANE + distance
    constant = builder.constant(np.ones((4, 8), np.float32))
    program = builder.finish([w + constant])
    assert needed_bytes(program, segment) == (own + 1) * 32 * LANE + distance


def test_the_peak_of_a_replay_is_of_the_tensors_it_needs():
    builder = Builder()
    w, x = builder.state(1, 1), builder.batch(512, 512)
    turned = x.transpose().transpose().transpose().transpose()
    program = builder.finish([w + turned.row_sum().transpose().row_sum()])
    segment = segment_of(program, [np.ones((1, 1), np.float32)], 2)
    needed = needed_bytes(program, segment)
    # It cannot do with less. With all outputs kept it would be half as much again.
    assert needed <= peak_bytes(program, segment) < 1.5 * needed


def test_a_figure_is_missed_above_its_target():
    at, above = TARGETS["memory"], TARGETS["memory"] + 0.01
    assert missed({"memory": Spread(0.0, at, 9.0), "no target": Spread(9.0, 9.0, 9.0)}) == []
    assert missed({"memory": Spread(0.0, above, 9.0)}) == ["memory"]


def test_what_is_written_has_medians_by_key_and_says_what_could_not_be_measured(tmp_path, monkeypatch):
    figures = {"matmul": {"matmul_256": Spread(1.0, 1.2, 1.3)}, "torch": None}
    monkeypatch.setattr(command.worker, "measured", lambda section, rounds: figures[section])
    monkeypatch.setattr(command.worker, "machine", lambda: {"processor": "one"})
    output = tmp_path / "build" / "bench.json"
    done = CliRunner().invoke(command.main, ["--only", "matmul,torch", "--quick", "--output", str(output)])
    assert done.exit_code == 0, done.output
    assert "torch: it is not installed" in done.output
    written = json.loads(output.read_text())
    assert written["matmul_256"] == 1.2
    assert written["quartiles"] == {"matmul_256": [1.0, 1.3]}
    assert written["missed"] == ["matmul_256"]
    assert written["machine"] == {"processor": "one"}
    assert written["rounds"] == command.QUICK_ROUNDS
    assert {"targets", "date", "seconds"} <= set(written)


def test_an_unknown_section_is_refused():
    done = CliRunner().invoke(command.main, ["--only", "matmul,guess"])
    assert done.exit_code == 2
    assert "guess" in done.output


def test_blas_chooses_its_own_kernels_where_the_name_says_so():
    for name, section in SECTIONS.items():
        assert name.endswith("unset") == (section.suffix == "_unset") == ("OPENBLAS_CORETYPE" in section.unset)

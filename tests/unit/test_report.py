"""A report is one tree from root to word, the same whoever replays."""

import tracemalloc

import numpy as np
import pytest

from pinpoint.binary32.reference import to_float
from pinpoint.commitment.tensor import checkpoint_root, tensor_root
from pinpoint.commitment.tree import TreeKind, root
from pinpoint.models.dense import initial_state, training_program
from pinpoint.program.builder import Builder
from pinpoint.replay import canonical, native
from pinpoint.replay.report import Report, Segment
from pinpoint.replay.training import replay

PROGRAM = training_program((9, 5, 3), 4)
INTERVAL, SEGMENTS = 3, 3


def batch(step: int) -> list[np.ndarray]:
    rng = np.random.default_rng(step)
    return [rng.random((4, 9), dtype=np.float32), np.eye(3, dtype=np.float32)[rng.integers(0, 3, 4)]]


def segments(arithmetic) -> list[Segment]:
    states = [initial_state((9, 5, 3), 0)]
    for step, after in replay(PROGRAM, states[0], batch, 0, INTERVAL * SEGMENTS, arithmetic):
        if (step + 1) % INTERVAL == 0:
            states.append(after)
    return [
        Segment(n, states[n], states[n + 1], [batch(n * INTERVAL + step) for step in range(INTERVAL)])
        for n in range(SEGMENTS)
    ]


@pytest.fixture(scope="module")
def report() -> Report:
    return Report(PROGRAM, segments(native.arithmetic))


def test_two_replays_agree_bit_by_bit(report):
    assert Report(PROGRAM, report.segments).root == report.root


def test_the_root_is_built_of_roots_all_the_way_down(report):
    traces = []
    for step in range(INTERVAL + 1):
        outputs = [report.output(1, step, node) for node in range(report.output_count(step))]
        leaves = [tensor_root(output) for output in outputs]
        if step < INTERVAL:
            leaves.append(checkpoint_root([outputs[node] for node in PROGRAM.producers]))
        traces.append(root(TreeKind.TRACE, leaves))
        for node in range(len(leaves)):
            assert report.tree(1, step, node).root == leaves[node]
    assert report.tree(1).root == root(TreeKind.SEGMENT, traces)
    assert report.tree().levels[0][1] == report.tree(1).root
    assert report.root == report.tree().root


def test_outputs_are_the_same_in_whatever_order_they_are_asked_for(report):
    forward = [report.output(0, step, 10).tobytes() for step in range(INTERVAL + 1)]
    fresh = Report(PROGRAM, report.segments)
    for step in (2, 0, 3, 1, 0):
        assert fresh.output(0, step, 10).tobytes() == forward[step]


def test_an_exact_replay_posts_zero_without_arithmetic():
    exact = Report(PROGRAM, segments(canonical.arithmetic))
    assert exact.distances == [0] * SEGMENTS
    for sample, segment in enumerate(exact.segments):
        assert exact.end_root(sample) == checkpoint_root(segment.end)


def test_an_honest_native_run_is_near_and_standing_still_is_far(report):
    assert all(0 <= to_float(d) < 1e-4 for d in report.distances)
    still = [Segment(s.number, s.start, s.start, s.batches) for s in report.segments]
    assert all(to_float(d) > 0.5 for d in Report(PROGRAM, still).distances)


@pytest.mark.parametrize(("poison", "least"), [(np.nan, 0x7F800000), (np.inf, 0x7F800000), (2e19, 0x5F000000)])
def test_a_claim_that_is_huge_or_not_finite_never_passes(report, poison, least):
    """Attack A20: one huge lane must not shrink the distance."""
    end = [tensor.copy() for tensor in report.segments[0].end]
    end[0][0, 0] = poison
    first = report.segments[0]
    (distance,) = Report(PROGRAM, [Segment(0, first.start, end, first.batches)]).distances
    assert distance >= least


def test_a_forged_second_tensor_is_not_hidden_by_the_first(report):
    """Attack A4: the largest distance of any state tensor counts."""
    first = report.segments[0]
    for tensor in range(len(first.end)):
        end = [t.copy() for t in first.end]
        end[tensor] += np.float32(0.5)
        (distance,) = Report(PROGRAM, [Segment(0, first.start, end, first.batches)]).distances
        assert to_float(distance) > 0.1


def test_a_lie_changes_all_that_follows_and_nothing_before(report):
    def lie(sample, step, node, output):
        if (sample, step, node) != (1, 1, 20):
            return output
        wrong = output.copy()
        wrong.view(np.uint32)[0, 0] ^= 1
        return wrong

    liar = Report(PROGRAM, report.segments, lie)
    assert liar.tree(0).root == report.tree(0).root
    assert liar.tree(1, 0).root == report.tree(1, 0).root
    ours, theirs = report.tree(1, 1).levels[0], liar.tree(1, 1).levels[0]
    assert ours[:20] == theirs[:20] and ours[20] != theirs[20]
    assert liar.root != report.root


def test_progress_is_told_step_by_step(report):
    seen = []
    Report(PROGRAM, report.segments[:2], on_step=lambda: seen.append(1))
    assert len(seen) == 2 * INTERVAL


def test_a_dispute_holds_what_a_proof_needs():
    """A step may have more outputs than fit into memory together; a proof needs those of one node and its inputs."""
    builder = Builder()
    state, batch = builder.state(64, 256), builder.batch(64, 256)
    value = state
    for _ in range(100):
        value = value.fma(0.5, batch)
    program = builder.finish([value])
    tensor = np.ones((64, 256), np.float32)
    report = Report(program, [Segment(0, [tensor], [tensor], [[tensor]] * 2)])
    right = report.tree(0, 1).levels[0][60]
    tracemalloc.start()
    assert report.tree(0, 1, 60).root == right
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * tensor.nbytes


def test_states_on_the_way_are_held_for_the_next_question():
    """To go back and forth between steps costs about the square root of a segment, not a segment."""
    rng = np.random.default_rng(3)
    interval = 25
    batches = [[rng.random((4, 9), dtype=np.float32), np.eye(3, dtype=np.float32)[rng.integers(0, 3, 4)]]] * interval
    start = initial_state((9, 5, 3), 0)
    runs = []

    def count(sample, step, node, output):
        if node == 0:
            runs.append(step)
        return output

    report = Report(PROGRAM, [Segment(0, start, start, batches)], count)
    report.output(0, 24, 10)
    del runs[:]
    for step in (23, 3, 24, 12):
        before = len(runs)
        report.output(0, step, 10)
        assert len(runs) - before <= 5

"""A random lie about a random program is always convicted, and a random honest report never.

Promises 3, 4 and 11. The examples are derived from the tests' names: the same every time. `LIES=500` in the
environment plays so many, `SHRINK=1` shrinks what fails.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pinpoint.chain.client import ChallengePhase
from pinpoint.commitment.tensor import tensor_root
from pinpoint.dispute.knowledge import Whole
from pinpoint.program.distance import NODES_PER_TENSOR, SIGN_BIT
from pinpoint.program.operators import TABLE, Kind
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.report import Report
from pinpoint.replay.training import replay
from tests.games import Forged, Game, Job, flip, innocent_moves, unchecked
from tests.strategies import program_inputs, random_program, tensors
from tests.world import World

EXAMPLES = int(os.environ.get("LIES", "40"))


def randomly(examples: int) -> settings:
    """So many examples, the same every time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        phases=[phase for phase in Phase if phase is not Phase.shrink or "SHRINK" in os.environ],
        suppress_health_check=list(HealthCheck),
    )


masks = st.one_of(st.integers(0, 31).map(lambda bit: 1 << bit), st.integers(1, 2**32 - 1))


@st.composite
def jobs(draw: Any) -> Job:
    """Random programs, data and checkpoints; a checkpoint is a replay, nearly one, or anything."""
    program = draw(random_program(operations=8))
    program = replace(program, memory=draw(st.integers(0, len(program.state_shapes) - 1)))
    interval, segments = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    state, batch = draw(program_inputs(program))
    batches = [batch]
    for _ in range(draw(st.integers(0, 2))):
        batches.append([draw(tensors(shape)) for shape in program.batch_shapes])
    if not program.batch_shapes:
        # A batch is a tree, and no tree is empty: a tensor that no node reads.
        batches = [[np.ones((1, 1), np.float32)]]
    states = [state]
    for number in range(segments):
        first = number * interval
        steps = replay(program, states[-1], lambda step: batches[step % len(batches)], first, interval, arithmetic)
        now = [after for _, after in steps][-1]
        how = draw(st.sampled_from(("right", "near", "any")))
        if how == "near":
            place = draw(st.integers(0, len(now) - 1))
            lane = draw(st.integers(0, now[place].size - 1))
            now = [flip(t, lane, draw(masks)) if i == place else t for i, t in enumerate(now)]
        if how == "any":
            now = [draw(tensors(shape)) for shape in program.state_shapes]
        states.append(now)
    return Job(program, batches, states, interval, draw(st.integers(1, segments)))


def _place(draw: Any, honest: Report, groups: tuple[str, ...]) -> tuple[int, int, int]:
    """Sample, step and node; inputs, the program's operators and the distance equally often."""
    sample = draw(st.integers(0, len(honest.segments) - 1))
    group = draw(st.sampled_from(groups))
    if group == "distance":
        return sample, honest.interval, draw(st.integers(0, len(honest.distance_nodes) - 1))
    step = draw(st.integers(0, honest.interval - 1))
    kinds = {node for node, n in enumerate(honest.program.nodes) if TABLE[n.operator].kind is Kind.INPUT}
    others = set(range(honest.program.pack)) - kinds
    return sample, step, draw(st.sampled_from(sorted(kinds if group == "input" else others)))


def _padded(honest: Report) -> list[tuple[int, int]]:
    """Step and node of outputs whose rows end in lanes that are not used; those of the distance do."""
    found = [(honest.interval, node) for node, n in enumerate(honest.distance_nodes) if n.shape[1] % 8]
    nodes = honest.program.nodes[: honest.program.pack]
    return found + [(0, node) for node, n in enumerate(nodes) if n.shape[1] % 8]


@st.composite
def lies(draw: Any, honest: Report, what: str) -> Report:
    """A report with one wrong word in it; what follows from it is consistent."""
    program, segments, mask = honest.program, honest.segments, draw(masks)
    if what == "posted":
        sample = draw(st.integers(0, len(segments) - 1))
        return Forged(program, segments, posted={sample: honest.distances[sample] ^ mask})
    if what == "sign":
        # Posted, or in what it follows from: whether a weight has moved, and the last output.
        sample, node = draw(st.integers(0, len(segments) - 1)), draw(st.sampled_from((27, 29, 31)))
        if node == 31 and draw(st.booleans()):
            return Forged(program, segments, posted={sample: honest.distances[sample] ^ SIGN_BIT})
        bits = SIGN_BIT if node == 31 else 0x3F800000
        place = sample, honest.interval, len(honest.distance_nodes) - NODES_PER_TENSOR + node
        return Forged(program, segments, lie=lambda *at: flip(at[-1], 0, bits) if at[:3] == place else at[-1])
    if what == "pack":
        sample, step = draw(st.integers(0, len(segments) - 1)), draw(st.integers(0, honest.interval - 1))
        tensor = draw(st.integers(0, len(program.state_shapes) - 1))
        right = honest.output(sample, step, program.producers[tensor])
        other = tensor_root(flip(right, draw(st.integers(0, right.size - 1)), mask))

        def repack(leaves: list[bytes]) -> list[bytes]:
            return [other if i == tensor else leaf for i, leaf in enumerate(leaves)]

        return Forged(program, segments, packs={(sample, step): repack})
    if what == "padding":
        place = draw(st.integers(0, len(segments) - 1)), *draw(st.sampled_from(_padded(honest)))
    else:
        place = _place(draw, honest, ("input", "program", "program", "distance"))
    sample, step, node = place
    output = honest.output(sample, step, node)
    if what == "padding":
        row = draw(st.integers(0, output.shape[0] - 1))
        lane = draw(st.integers(output.shape[1] % 8, 7))

        def pad(leaves: list[list[int]]) -> list[list[int]]:
            per_row = len(leaves) // output.shape[0]
            leaves[(row + 1) * per_row - 1][-1] ^= mask << 32 * (7 - lane)
            return leaves

        return Forged(program, segments, words={place: pad})
    index = draw(st.integers(0, output.size - 1))

    def falsify(sample: int, step: int, node: int, right: Any) -> Any:
        return flip(right, index, mask) if (sample, step, node) == place else right

    return Forged(program, segments, lie=falsify)


@pytest.mark.parametrize(("what", "share"), [("lane", 2), ("padding", 6), ("pack", 6), ("posted", 6), ("sign", 4)])
def test_a_random_lie_is_always_convicted(deployed: World, what: str, share: int) -> None:
    """Promise 4, in a game where the challenger sees only what it is shown, and in one transaction."""

    @randomly(EXAMPLES // share)
    @given(st.data())
    def play(data: st.DataObject) -> None:
        with unchecked(deployed) as world:
            game = Game(world, data.draw(jobs()))
            honest = game.honest()
            lie = data.draw(lies(honest, what))
            same = lie.root == honest.root and lie.distances == honest.distances
            assert not same, "a lie that tells the truth"
            dispute = game.start(lie, honest.digest)
            with world.undone():
                game.play_out(dispute, honest, lie)
                assert game.phase(dispute) is ChallengePhase.WON
                assert game.round == 1
            # Whoever sends the proof, the committed challenger has won.
            game.prove_directly(dispute, honest, lie, data.draw(st.sampled_from(("whistleblower", "stranger"))))
            assert game.phase(dispute) is ChallengePhase.WON
            assert game.round == 1

    play()


def test_a_random_honest_report_is_never_convicted(deployed: World) -> None:
    """Promises 3 and 11: whatever a proof points at, the referee finds what the verifier found."""
    pointed: Counter[str] = Counter()

    @randomly(EXAMPLES)
    @given(st.data())
    def play(data: st.DataObject) -> None:
        draw = data.draw
        with unchecked(deployed) as world:
            game = Game(world, draw(jobs()))
            honest = game.honest()
            dispute = game.start(honest, bytes(32))
            case = game.case(honest, Whole(honest))
            for _ in range(4):
                sample, step, node = _place(draw, honest, ("input", "program", "program", "distance"))
                if draw(st.booleans()) and step < honest.interval:
                    node = draw(st.sampled_from((node, honest.program.pack)))
                if draw(st.booleans()) and step == honest.interval:
                    node = len(honest.distance_nodes) - 1
                leaf = draw(st.integers(0, honest.tree(sample, step, node).count - 1))
                lane = 0
                if node < honest.output_count(step):
                    lane = draw(st.integers(0, _lanes(honest, sample, step, node, leaf) - 1))
                for what, move in innocent_moves(case, sample, step, node, leaf, lane).items():
                    pointed[what] += 1
                    with world.undone():
                        game.play(dispute, move)
                        assert game.phase(dispute) is ChallengePhase.LOST, (what, sample, step, node, leaf, lane)
                        assert game.round == 0

    play()
    kinds = {"distance", "input", "pack", "malformed", "value"}
    assert set(pointed) == kinds, f"the examples miss a kind of proof: {pointed}"


def _lanes(report: Report, sample: int, step: int, node: int, leaf: int) -> int:
    cols = report.nodes(step)[node].cols
    place = leaf % -(-cols // 128)
    return 8 * min(16, -(-cols // 8) - 16 * place)

"""The judges: every node is proved guilty where it is wrong, and innocent where it is right.

Promises 3, 4, 11; rule 17. Every node of a program with all operators, and of the distance.
"""

from __future__ import annotations

from typing import Any

import boa
import pytest

from pinpoint.chain.client import ChallengePhase
from pinpoint.commitment.tensor import checkpoint_root
from pinpoint.program.distance import SIGN_BIT
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay.report import Report
from tests.boa_port import DEPLOYERS
from tests.games import Forged, Game, flip, innocent_moves, legs_to, position_at, words_of
from tests.unit.contracts.judge.court import (
    BATCH,
    CONSTANT,
    DISTANCE,
    JOB,
    LAST,
    NODES,
    PACK,
    SMALL,
    WIDE,
    Table,
    convicts,
)
from tests.unit.contracts.steps import NOBODY, some_hash

# Deployment


@pytest.mark.parametrize("judge", ["ValueJudge", "RootJudge"])
@pytest.mark.parametrize("missing", range(3))
def test_every_address_is_needed(judge: str, missing: int) -> None:
    addresses = [boa.env.generate_address() for _ in range(3)]
    addresses[missing] = NOBODY
    with boa.reverts("judge: address"):
        DEPLOYERS[judge].deploy(*addresses)


def test_the_suite_knows_itself(table: Game) -> None:
    world = table.world
    for judge, name, contract in [
        ("ValueJudge", "REGISTRY", "TaskRegistry"),
        ("ValueJudge", "ARBITRATION", "Arbitration"),
        ("ValueJudge", "REFEREE", "Referee"),
        ("RootJudge", "REGISTRY", "TaskRegistry"),
        ("RootJudge", "VERIFICATION", "Verification"),
        ("RootJudge", "ARBITRATION", "Arbitration"),
    ]:
        assert world.view(judge, name) == world.deployment.addresses[contract]


PLACES = [(1, node) for node in range(PACK)] + [(DISTANCE, node) for node in range(LAST + 1)]
NAMES = {node: f"{n.operator.name}-{node}" for node, n in enumerate(NODES)}


def name_of(place: tuple[int, int]) -> str:
    step, node = place
    return NAMES[node] if step < DISTANCE else f"distance-{node}"


METHODS = {
    Kind.POINTWISE: "prove_word_fault",
    Kind.MOVEMENT: "prove_moved_fault",
    Kind.REDUCTION: "prove_lane_fault",
    Kind.INPUT: "prove_input_fault",
}


def expected_method(honest: Report, step: int, node: int) -> str:
    operator = honest.nodes(step)[node].operator
    return "prove_word_fault" if operator is Operator.FILL else METHODS[TABLE[operator].kind]


@pytest.mark.parametrize("place", PLACES, ids=name_of)
def test_every_node_is_proved_guilty(game: Game, honest: Report, place: tuple[int, int]) -> None:
    """One lane, the last of the last row; what follows from it is consistent."""

    def lie(sample: int, step: int, node: int, right: Any) -> Any:
        return flip(right, -1, 1) if (sample, step, node) == (1, *place) else right

    report = Report(JOB.program, game.segments, lie)
    assert convicts(game, honest, report) == expected_method(honest, *place)


@pytest.mark.parametrize("node", [WIDE, BATCH, CONSTANT], ids=["STATE", "BATCH", "CONSTANT"])
def test_inputs_of_the_first_step_are_proved_guilty(game: Game, honest: Report, node: int) -> None:
    """STATE of step 0 comes from the solver's proof."""

    def lie(sample: int, step: int, at: int, right: Any) -> Any:
        return flip(right, 0, 1) if (sample, step, at) == (0, 0, node) else right

    assert convicts(game, honest, Report(JOB.program, game.segments, lie)) == "prove_input_fault"


@pytest.mark.parametrize("place", PLACES[:PACK], ids=name_of)
def test_padding_is_proved_guilty(game: Game, honest: Report, place: tuple[int, int]) -> None:
    """Padding lanes must be zero (design, section 1): also in inputs, which are judged by their roots."""
    step, node = place
    assert honest.nodes(step)[node].cols % 8 != 0, "expected padding"

    def pad(leaves: list[list[int]]) -> list[list[int]]:
        leaves[-1][-1] |= 1
        return leaves

    report = Forged(JOB.program, game.segments, words={(1, step, node): pad})
    assert convicts(game, honest, report) == expected_method(honest, step, node)


@pytest.mark.parametrize("tensor", [0, 1])
def test_pack_is_proved_guilty(game: Game, honest: Report, tensor: int) -> None:
    def repack(leaves: list[bytes]) -> list[bytes]:
        leaves[tensor] = some_hash("another tensor")
        return leaves

    report = Forged(JOB.program, game.segments, packs={(1, 1): repack})
    assert convicts(game, honest, report) == "prove_input_fault"


@pytest.mark.parametrize("mask", [1, SIGN_BIT], ids=["a bit", "the sign"])
@pytest.mark.parametrize("sample", range(3))
def test_a_posted_distance_is_proved_guilty(game: Game, honest: Report, sample: int, mask: int) -> None:
    """The tree is right. One of the segments ends in the very checkpoint, and its distance is 0 for that alone."""
    report = Forged(JOB.program, game.segments, posted={sample: honest.distances[sample] ^ mask})
    assert report.root == honest.root
    assert convicts(game, honest, report) == "prove_distance_fault"


def test_both_ways_to_a_distance_are_played(honest: Report) -> None:
    ends = [honest.end_root(sample) == checkpoint_root(s.end) for sample, s in enumerate(honest.segments)]
    assert sorted(ends) == [False, True, True]
    assert [distance == 0 for distance in honest.distances] == ends


# Every node, innocent


@pytest.mark.parametrize("place", [*PLACES, (0, WIDE), (0, SMALL), (0, PACK), (1, PACK)], ids=str)
def test_every_node_is_proved_innocent(innocent: Table, honest: Report, place: tuple[int, int]) -> None:
    """Whatever a challenger can point at in a right report, it loses: the first, the last and a padding lane."""
    step, node = place
    tree = honest.tree(1, step, node)
    played = 0
    for leaf in {0, tree.count - 1}:
        lanes = [0]
        if node < honest.output_count(step):
            lanes.append(8 * len(words_of(honest, position_at(legs_to(honest, 1, step, node, leaf)))) - 1)
        for lane in lanes:
            for what in innocent_moves(innocent.case, 1, step, node, leaf, lane):
                with innocent.game.world.undone():
                    assert innocent.send(innocent.move(what, step, node, leaf, lane)) is ChallengePhase.LOST
                    assert innocent.game.round == 0
                    played += 1
    assert played >= 1


def test_right_distances_are_innocent(innocent: Table) -> None:
    for sample in range(3):
        with innocent.game.world.undone():
            move = innocent_moves(innocent.case, sample, DISTANCE, LAST, 0, 0)["distance"]
            assert innocent.send(move) is ChallengePhase.LOST



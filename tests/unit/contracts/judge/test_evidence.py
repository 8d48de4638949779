"""The judges: wrong evidence is no verdict. Promise 10; attack A1; rules 13, 14."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tree import TreeKind
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Leg, Move
from pinpoint.replay.report import Report
from tests.games import Forged, Game, innocent_moves, legs_to
from tests.unit.contracts.judge.court import (
    ADD,
    BATCH,
    CONSTANT,
    DISTANCE,
    FILL,
    JOB,
    LAST,
    MATMUL,
    NEG,
    NODES,
    PACK,
    RESHAPE,
    SMALL,
    SUM,
    TRANSPOSE,
    WIDE,
    Table,
    longer,
    more,
)
from tests.unit.contracts.steps import refused, some_hash

W, L, S, P = (1, ADD), (1, MATMUL), (1, WIDE), (1, PACK)


def test_only_a_live_game_is_judged(game: Game, honest: Report) -> None:
    """A judge asks Arbitration, so every deadline is Arbitration's."""
    case = game.case(honest, Whole(honest))
    move = innocent_moves(case, 1, 1, ADD, 0, 0)["value"]
    game.report(honest)
    dispute = game.commit(honest.digest)
    with refused("arbitration: phase"):
        game.play(dispute, move)
    game.reveal(dispute, honest.digest)
    with refused("arbitration: early"):
        game.play(dispute, move)


def test_whoever_sends_no_fault(innocent: Table) -> None:
    for user in ("stranger", "other_whistleblower", innocent.game.verifier):
        with refused("arbitration: no fault"):
            innocent.game.play(innocent.dispute, innocent.move("value", *W), user)


@pytest.mark.parametrize("what, step, node", [
    ("value", *W), ("value", *L), ("value", 1, TRANSPOSE), ("value", 1, FILL), ("value", DISTANCE, 3), ("input", *S),
    ("input", 1, BATCH), ("input", 1, CONSTANT), ("input", 0, WIDE), ("pack", *P), ("malformed", *W),
])  # fmt: skip
def test_the_node_must_be_the_programs(innocent: Table, what: str, step: int, node: int) -> None:
    """Rule 14: another node, a changed one, another path."""
    move = innocent.move(what, step, node)
    words, siblings = move.arguments[1]
    # One of the same four, so that its path has the right size.
    other = (node ^ 1) if step < DISTANCE else SMALL
    if what == "pack":
        other = SMALL
    for wrong in [
        ((words[0] ^ 1, *words[1:]), siblings),
        ((*words[:2], words[2] ^ 1), siblings),
        ((words[0] | 1 << 255, *words[1:]), siblings),
        (NODES[other].words(), innocent.case.trees.program.path(other)),
    ]:
        with refused("evidence: program"):
            innocent.send(move, node=wrong)
    for path in (siblings[:-1], [*siblings, bytes(32)]):
        with refused("tree: path"):
            innocent.send(move, node=(words, path))


@pytest.mark.parametrize("what, step, node", [("value", *W), ("value", *L), ("malformed", *W)])
def test_the_leaf_must_be_the_claim(innocent: Table, what: str, step: int, node: int) -> None:
    move = innocent.move(what, step, node)
    leaf = move.arguments[2]
    for wrong in ([leaf[0] ^ 1, *leaf[1:]], leaf[:-1], [*leaf, 0][:16]):
        if wrong and wrong != leaf:
            with refused("evidence: leaf"):
                innocent.send(move, leaf=wrong)
    with refused("tree: leaf"):
        innocent.send(move, leaf=[])


@pytest.mark.parametrize("step, node", [W, L, (1, TRANSPOSE), (1, FILL)])
def test_the_lane_must_be_in_the_leaf(innocent: Table, step: int, node: int) -> None:
    """Promise 10."""
    move = innocent.move("value", step, node)
    for lane in (8 * len(move.arguments[2]), 128, 2**256 - 1):
        with refused("evidence: lane"):
            innocent.send(move, lane=lane)


def test_a_word_fault_is_at_a_leaf(innocent: Table) -> None:
    move = innocent.move("value", *W)
    short = innocent.move("malformed", *W).arguments[0][:3]
    for legs in (short, short[:2], short[:1], []):
        wrong = [] if len(legs) < 3 else legs
        with pytest.raises(CallRefused, match=r"evidence: (position|program)"):
            innocent.send(move, legs=wrong)


def test_each_proof_has_its_position(innocent: Table) -> None:
    """An input at its root, PACK at a tensor, a distance at the root of the last output."""
    at_leaf = legs_to(innocent.case.own, 1, 1, WIDE, 0)
    with refused("evidence: position"):
        innocent.send(innocent.move("input", *S), legs=[leg.arguments() for leg in at_leaf])
    with refused("evidence: position"):
        innocent.send(innocent.move("pack", *P), legs=[leg.arguments() for leg in at_leaf[:2]] + _root_of(innocent, P))
    distance = innocent.move("distance", DISTANCE, LAST)
    for place in [(DISTANCE, LAST - 1), (1, PACK - 1)]:
        with refused("evidence: position"):
            innocent.send(distance, legs=_legs(innocent, *place))
    with refused("evidence: position"):
        innocent.send(distance, legs=[leg.arguments() for leg in legs_to(innocent.case.own, 1, DISTANCE, LAST, 0)])
    malformed = innocent.move("malformed", *W)
    with refused("evidence: position"):
        innocent.send(malformed, legs=_legs(innocent, *W))
    inner = innocent.case.own.tree(1, *W)
    above = Leg(inner.levels[1][0], 1, 0, int(inner.kind), inner.count, inner.path(0, 1))
    with refused("evidence: position"):
        innocent.send(malformed, legs=[*_legs(innocent, *W), above.arguments()])


@pytest.mark.parametrize("what, step, node", [
    ("value", *W), ("value", *L), ("value", 1, TRANSPOSE),
    ("input", *S), ("distance", DISTANCE, LAST), ("malformed", *W),
])  # fmt: skip
def test_no_proof_is_about_a_trace(innocent: Table, what: str, step: int, node: int) -> None:
    """There a position names no node yet, which reads as the first."""
    move = innocent.move(what, step, node)
    first = NODES[0].words(), innocent.case.trees.program.path(0)
    changes: dict[str, Any] = {"legs": move.arguments[0][:2]}
    if what != "distance":
        changes["node"] = first
    with refused("evidence: position"):
        innocent.send(move, **changes)


def _legs(innocent: Table, step: int, node: int) -> list[Any]:
    return [leg.arguments() for leg in legs_to(innocent.case.own, 1, step, node)]


def _root_of(innocent: Table, place: tuple[int, int]) -> list[Any]:
    return _legs(innocent, *place)[2:]


def test_movement_has_its_own_proof(innocent: Table) -> None:
    """A movement is no pointwise operator and no reduction, nor the other way round."""
    moved, word = innocent.move("value", 1, RESHAPE), innocent.move("value", 1, NEG)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_word_fault", moved.arguments))
    with refused("evidence: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_moved_fault", word.arguments))
    rows = [innocent.case._row(1, 1, NODES[RESHAPE].inputs[0], 0)]
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_lane_fault", (*moved.arguments[:4], rows)))


def test_an_operator_has_its_own_proof(innocent: Table) -> None:
    """A pointwise proof of a reduction, a reduction of a pointwise operator, an input that is none."""
    word, lane = innocent.move("value", *W), innocent.move("value", *L)
    summed = innocent.move("value", 1, SUM)
    with refused("referee: operator"):
        leaf_of = [(summed.arguments[2], [], [])]
        operand = innocent.case._leaf(1, 1, NODES[SUM].inputs[0], 0, 0)
        assert leaf_of
        innocent.game.play(
            innocent.dispute,
            Move("ValueJudge", "prove_word_fault", (*summed.arguments[:4], [operand])),
        )
    with refused("referee: operator"):
        rows = [innocent.case._row(1, 1, source, 0) for source in NODES[NEG].inputs]
        negated = innocent.move("value", 1, NEG)
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_lane_fault", (*negated.arguments[:4], rows)))
    with refused("evidence: operator"):
        source = (bytes(32), 0, [])
        move = Move("RootJudge", "prove_input_fault", (_legs(innocent, *W), word.arguments[1], source))
        innocent.game.play(innocent.dispute, move)
    assert lane.method == "prove_lane_fault"


def test_an_input_is_not_judged_word_by_word(innocent: Table) -> None:
    """A STATE's words are the proof's; its node names a later node, which is no operand."""
    malformed = innocent.move("malformed", *S)
    legs, node, leaf = malformed.arguments
    operand = innocent.case._leaf(1, 1, NODES[WIDE].inputs[0], 0, 0)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_word_fault", (legs, node, leaf, 0, [operand])))
    row = innocent.case._row(1, 1, NODES[WIDE].inputs[0], 0)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_lane_fault", (legs, node, leaf, 0, [row])))
    batch = innocent.move("malformed", 1, BATCH)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_word_fault", (*batch.arguments, 0, [])))


def test_malformed_trees_are_not_judged_by_their_words(game: Game, honest: Report) -> None:
    """Where kind or count is wrong, only that is judged: an index means nothing there."""
    for place, changes, what in [
        ((1, 1, ADD), {"words": {(1, 1, ADD): more}}, "value"),
        ((1, 1, ADD), {"kinds": {(1, 1, ADD): TreeKind.CHECKPOINT}}, "value"),
        ((1, 1, MATMUL), {"words": {(1, 1, MATMUL): more}}, "value"),
        ((1, 1, PACK), {"kinds": {(1, 1, PACK): TreeKind.TENSOR}}, "pack"),
        ((1, 1, PACK), {"packs": {(1, 1): lambda leaves: [*leaves, leaves[0]]}}, "pack"),
    ]:
        with game.world.undone():
            report = Forged(JOB.program, game.segments, **changes)
            dispute = game.start(report, honest.digest)
            move = innocent_moves(game.case(report, Whole(report)), *place, 0, 0)[what]
            with refused("evidence: malformed"):
                game.play(dispute, move)


@pytest.mark.parametrize("node", [ADD, MATMUL], ids=["ADD", "MATMUL"])
def test_a_leaf_of_another_length_is_not_judged_by_its_words(game: Game, honest: Report, node: int) -> None:
    report = Forged(JOB.program, game.segments, words={(1, 1, node): longer})
    dispute = game.start(report, honest.digest)
    last = report.tree(1, 1, node).count - 1
    legs = [leg.arguments() for leg in legs_to(report, 1, 1, node, last)]
    right = innocent_moves(game.case(honest, Whole(honest)), 1, 1, node, last, 0)["value"]
    words = report.words(1, 1, node, last)
    with refused("evidence: malformed"):
        game.play(dispute, Move(right.contract, right.method, (legs, right.arguments[1], words, *right.arguments[3:])))


def test_a_descent_in_a_proof_is_checked_as_any(innocent: Table) -> None:
    move = innocent.move("value", *W)
    legs = list(move.arguments[0])
    child, level, index, kind, count, siblings = legs[0]
    with refused("descent: path"):
        innocent.send(move, legs=[(some_hash(1), level, index, kind, count, siblings), *legs[1:]])
    with refused("descent: path"):
        innocent.send(move, legs=[(child, level, 0, kind, count, siblings), *legs[1:]])
    with pytest.raises(CallRefused):
        innocent.send(move, legs=[*legs, legs[0]])
    assert np.array(legs, dtype=object).shape[0] == 4

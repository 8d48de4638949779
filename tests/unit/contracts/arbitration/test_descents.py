"""Arbitration: descents, and what the verifier shows. Promises 3, 6, 10; rules 13, 19."""

from __future__ import annotations

from typing import Any

import pytest

from pinpoint.chain.client import CHALLENGER, DEFENDER
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tree import TreeKind
from pinpoint.dispute.moves import Leg, Move
from pinpoint.dispute.position import ROOT, Children, Position
from pinpoint.replay.report import Report
from tests.games import Game, defence, leg_to, legs_to
from tests.unit.contracts.arbitration.plays import LAST, PACK, WIDE, ask, show
from tests.unit.contracts.steps import ZERO, events, refused, some_hash

# Descents


def test_a_descent_moves_the_claim_and_the_clock(game: Game, dispute: int, honest: Report) -> None:
    legs = legs_to(honest, 1, 0)
    receipt = ask(game, dispute, *legs)
    state = game.client.game(dispute)
    assert state.position == Position(honest.tree(1, 0).root, stage=2, level=ROOT, coordinates=(1, 0))
    assert state.side == DEFENDER
    [logged] = events(receipt)["Descended"]
    assert logged["claim"] == honest.tree(1, 0).root and logged["deadline"] == state.deadline
    assert Position.unpack(logged["position"], logged["claim"]) == state.position
    live = game.world.view("Arbitration", "live_game", dispute)
    assert (live.report, live.report_root) == (game.number, honest.root)
    assert live.claim == live.trace == honest.tree(1, 0).root
    assert live.position == logged["position"]


def test_a_descent_goes_on_where_the_last_one_ended(game: Game, dispute: int, honest: Report) -> None:
    """Inner nodes of a tree are places, too; the trace is remembered from its root on."""
    tree = honest.tree(1, 0)
    ask(game, dispute, *legs_to(honest, 1, 0), leg_to(tree, 1, level=1))
    show(game, dispute, honest)
    inner = game.client.game(dispute).position
    assert (inner.stage, inner.level, inner.index, inner.claim) == (2, 1, 1, tree.levels[1][1])
    ask(game, dispute, Leg(tree.levels[0][6], 0, 6, 0, 0, tree.path(6, 0, 1)))
    assert game.client.game(dispute).position == Position(tree.levels[0][6], stage=3, level=ROOT, coordinates=(1, 0, 6))
    show(game, dispute, honest)
    output = honest.tree(1, 0, 6)
    ask(game, dispute, leg_to(output, 5, output=True))
    at_leaf = game.client.game(dispute).position
    assert (at_leaf.level, at_leaf.index, at_leaf.kind, at_leaf.count) == (0, 5, TreeKind.TENSOR, 6)
    show(game, dispute, honest)
    live = game.world.view("Arbitration", "live_game", dispute)
    assert (live.trace, live.claim) == (tree.root, output.levels[0][5])


def test_only_the_challenger_descends_and_only_on_its_clock(game: Game, dispute: int, honest: Report) -> None:
    for user in ("stranger", "other_whistleblower", game.verifier):
        with refused("arbitration: challenger"):
            ask(game, dispute, *legs_to(honest, 0), user=user)
    ask(game, dispute, *legs_to(honest, 0))
    with refused("arbitration: turn"):
        ask(game, dispute, *legs_to(honest, 0))


def test_the_verifier_begins(game: Game, fresh: int, honest: Report) -> None:
    with refused("arbitration: turn"):
        ask(game, fresh, *legs_to(honest, 0))
    show(game, fresh, honest)
    assert game.client.game(fresh).side == CHALLENGER


def test_below_a_packed_tensor_nothing_can_be_asked(game: Game, dispute: int, honest: Report) -> None:
    with refused("arbitration: bottom"):
        ask(game, dispute, *legs_to(honest, 0, 0, PACK, 0))
    ask(game, dispute, *legs_to(honest, 0, 0, PACK))


def wrong_legs(honest: Report) -> dict[str, tuple[str, list[Leg]]]:
    report, segment, trace = honest.tree(), honest.tree(0), honest.tree(0, 0)
    output = honest.tree(0, 0, WIDE)
    good = legs_to(honest, 0, 0, WIDE)

    def change(leg: Leg, **fields: Any) -> Leg:
        return Leg(**(leg.__dict__ | fields))

    leaf = leg_to(output, 5, output=True)
    return {
        "another child": ("descent: path", [change(leg_to(report, 0), child=some_hash(1))]),
        "another place": ("descent: path", [change(leg_to(report, 0), index=1)]),
        "a place beyond": ("tree: index", [change(leg_to(report, 1), index=3)]),
        "a far place": ("tree: index", [change(leg_to(report, 1), index=2**256 - 1)]),
        "a short path": ("tree: path", [change(leg_to(trace, 0), siblings=leg_to(trace, 0).siblings[:-1])]),
        "a long path": ("tree: path", [change(leg_to(report, 0), siblings=[*leg_to(report, 0).siblings, ZERO])]),
        "the top itself": ("descent: level", [Leg(segment.top, segment.height, 0, 0, 0, [])]),
        "a level beyond": ("descent: level", [Leg(segment.top, 200, 0, 0, 0, [])]),
        "no kind": ("descent: kind", [*good, change(leaf, kind=0)]),
        "kind of a report": ("descent: kind", [*good, change(leaf, kind=5)]),
        "another kind": ("descent: path", [*good, change(leaf, kind=int(TreeKind.CHECKPOINT))]),
        "no leaves": ("descent: count", [*good, change(leaf, count=0)]),
        "too many leaves": ("descent: count", [*good, change(leaf, count=2**26)]),
        "another count": ("descent: path", [*good, change(leaf, count=5, index=4, siblings=leaf.siblings[:1])]),
        "outside the claim": (
            "descent: index",
            [*legs_to(honest, 0, 0), leg_to(trace, 1, level=1), Leg(trace.levels[0][0], 0, 0, 0, 0, [])],
        ),
        "up again": ("descent: level", [*legs_to(honest, 0, 0), leg_to(trace, 1, level=1), leg_to(trace, 1, level=1)]),
        "below a leaf": ("descent: level", [*good, leaf, leaf]),
    }


@pytest.mark.parametrize("what", wrong_legs_names := [
    "another child", "another place", "a place beyond", "a far place", "a short path", "a long path",
    "the top itself", "a level beyond", "no kind", "kind of a report", "another kind", "no leaves",
    "too many leaves", "another count", "outside the claim", "up again", "below a leaf",
])  # fmt: skip
def test_a_descent_that_proves_nothing_is_refused(game: Game, dispute: int, honest: Report, what: str) -> None:
    """Promise 10, rule 13."""
    reason, legs = wrong_legs(honest)[what]
    if what in ("a short path", "the top itself", "a level beyond"):
        legs = [*legs_to(honest, *((0, 0) if what == "a short path" else (0,))), *legs]
    if len(legs) > 4:
        ask(game, dispute, *legs[:3])
        show(game, dispute, honest)
        legs = legs[3:]
    with refused(reason):
        ask(game, dispute, *legs)


def test_all_wrong_legs_are_tried(honest: Report) -> None:
    assert set(wrong_legs(honest)) == set(wrong_legs_names)


def test_a_descent_has_at_most_four_legs(game: Game, dispute: int, honest: Report) -> None:
    with pytest.raises(CallRefused):
        ask(game, dispute, *legs_to(honest, 0, 0, WIDE, 0), leg_to(honest.tree(), 0))


def test_the_verifier_is_asked_once_for_the_same(game: Game, dispute: int, honest: Report) -> None:
    """Attack A7, rule 19: a bond pays one worst-case defence, so a descent strictly shrinks what is left."""
    with refused("arbitration: legs"):
        ask(game, dispute)
    ask(game, dispute, *legs_to(honest, 0))
    show(game, dispute, honest)
    with refused("descent: level"):
        ask(game, dispute, Leg(honest.tree(0).top, honest.tree(0).height, 0, 0, 0, []))


# What the verifier shows


def test_children_prove_themselves(game: Game, fresh: int, honest: Report) -> None:
    """Anybody may send them, in the verifier's turn."""
    dispute, tree = fresh, honest.tree()
    children = Move("Arbitration", "show_children", (9, 9, tree.levels[0]))
    receipt = game.play(dispute, children, "stranger")
    with refused("arbitration: turn"):
        game.play(dispute, children, game.verifier)
    state = game.client.game(dispute)
    assert (state.side, state.position) == (CHALLENGER, Position(honest.root))
    [logged] = events(receipt)["ChildrenShown"]
    assert logged == {
        "dispute": dispute, "kind": 9, "count": 9, "children": tree.levels[0], "deadline": state.deadline,
    }  # fmt: skip


@pytest.mark.parametrize("where", [(0,), (0, 0), (0, 0, WIDE), (0, 0, PACK), (1, 2), (1, 2, LAST)])
def test_wrong_children_are_refused(game: Game, dispute: int, honest: Report, where: tuple[int, ...]) -> None:
    ask(game, dispute, *legs_to(honest, *where))
    right = defence(honest, game.client.game(dispute).position)
    kind, count, children = right.arguments
    for reason, shown in [
        ("descent: children", [some_hash(1), *children[1:]]),
        ("tree: children", children[:-1]),
        ("tree: children", [*children, ZERO][:16]),
    ]:
        if len(children) == 16 and shown == children:
            continue
        with refused(reason):
            game.play(dispute, Move("Arbitration", "show_children", (kind, count, shown)), game.verifier)
    if len(children) > 1:
        with refused("descent: children"):
            swapped = [children[1], children[0], *children[2:]]
            game.play(dispute, Move("Arbitration", "show_children", (kind, count, swapped)), game.verifier)
    if len(where) == 3:
        for reason, changed in [
            ("descent: kind", (0, count)),
            ("descent: kind", (int(TreeKind.TRACE), count)),
            ("descent: children", (3 - kind, count)),
            ("descent: count", (kind, 0)),
            ("descent: count", (kind, 2**26)),
        ]:
            with refused(reason):
                game.play(dispute, Move("Arbitration", "show_children", (*changed, children)), game.verifier)
    with refused("arbitration: position"):
        game.play(dispute, Move("Arbitration", "show_leaf", ([1],)), game.verifier)
    game.play(dispute, right, game.verifier)


def test_a_leaf_proves_itself(game: Game, dispute: int, honest: Report) -> None:
    ask(game, dispute, *legs_to(honest, 0, 0, WIDE, 1))
    right = defence(honest, game.client.game(dispute).position)
    [words] = right.arguments
    assert len(words) == 1, "the second leaf of a row of 130 lanes"
    for wrong in ([words[0] ^ 1], [*words, 0]):
        with refused("arbitration: leaf"):
            game.play(dispute, Move("Arbitration", "show_leaf", (wrong,)), game.verifier)
    with refused("tree: leaf"):
        game.play(dispute, Move("Arbitration", "show_leaf", ([],)), game.verifier)
    with refused("descent: leaf"):
        game.play(dispute, Move("Arbitration", "show_children", (1, 6, [some_hash(1)])), game.verifier)
    receipt = game.play(dispute, right, "stranger")
    state = game.client.game(dispute)
    assert events(receipt)["LeafShown"] == [{"dispute": dispute, "words": words, "deadline": state.deadline}]
    assert state.side == CHALLENGER


def all_places(report: Report) -> list[tuple[str, list[Leg]]]:
    """Every kind of place at which a challenger may stop and ask."""
    found: list[tuple[str, list[Leg]]] = [("segment", legs_to(report, 1))]
    for step in range(report.interval + 1):
        found.append((f"step {step}", legs_to(report, 1, step)))
        trace = report.tree(1, step)
        for level in range(1, trace.height):
            found.append((f"step {step} level {level}", [*legs_to(report, 1, step), leg_to(trace, 0, level)]))
        for node in range(trace.count):
            legs, tree = legs_to(report, 1, step, node), report.tree(1, step, node)
            found.append((f"step {step} node {node}", legs))
            for level in range(tree.height or 1):
                last = len(tree.levels[level]) - 1
                found.append((f"step {step} node {node} level {level}", [*legs, leg_to(tree, last, level, True)]))
    return found


def test_an_honest_verifier_can_answer_at_every_place(game: Game, dispute: int, honest: Report) -> None:
    """Promise 3: there is no place in a right report where its verifier is on the clock and has nothing to show."""
    stuck = []
    game.world.port.checks, checks = [], game.world.port.checks
    for name, legs in all_places(honest):
        with game.world.undone():
            try:
                ask(game, dispute, *legs)
            except CallRefused:
                continue  # where nothing could be shown, nothing may be asked
            try:
                show(game, dispute, honest)
            except CallRefused as refusal:
                stuck.append(f"{name}: {refusal}")
    game.world.port.checks = checks
    assert not stuck, f"an honest verifier would lose on time at {stuck}"


def test_children_of_a_single_leaf() -> None:
    """A tree of one leaf shows that leaf."""
    shown = Children.shown(Position(b"", level=ROOT), TreeKind.TENSOR, 1, [some_hash(1)])
    assert (shown.level, shown.down, shown.path(0)) == (0, 0, [])

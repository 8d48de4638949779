"""Arbitration: commitments, reveals, descents, clocks, verdicts. Promises 4, 5, 6, 8, 10."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boa
import pytest
from eth_abi import encode

from pinpoint.chain.client import CHALLENGER, DEFENDER, ChallengePhase, VerificationPhase
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tree import TreeKind, keccak
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Leg, Move, descend
from pinpoint.dispute.position import ROOT, Children, Position
from pinpoint.program.distance import NODES_PER_TENSOR
from pinpoint.replay.report import Report
from pinpoint.roles.whistleblower import shown_in
from tests.boa_port import DEPLOYERS
from tests.games import (
    CHALLENGER_USER,
    SALT,
    Game,
    defence,
    flip,
    innocent_moves,
    leg_to,
    legs_to,
    zoo_job,
)
from tests.unit.contracts.steps import NOBODY, ZERO, at, check_exit, check_window, events, refused, some_hash
from tests.world import PARAMETERS, World

JOB = zoo_job()
PACK = JOB.program.pack
LAST = NODES_PER_TENSOR * len(JOB.program.state_shapes) - 1
WIDE, SMALL = 0, 1
"""The two STATE nodes: a tree of six leaves, and one of three."""
LIE = (1, 1, 6)
BOND, COST = PARAMETERS.challenge_bond, PARAMETERS.challenge_cost
BUDGET, REPLY = PARAMETERS.clock_budget, PARAMETERS.reply_window


def lie(sample: int, step: int, node: int, right: Any) -> Any:
    return flip(right, 3, 1 << 20) if (sample, step, node) == LIE else right


@pytest.fixture(scope="module")
def table(deployed: World) -> Iterator[Game]:
    """A task whose verifier has accepted."""
    with deployed.undone():
        yield Game(deployed, JOB)


@pytest.fixture
def game(table: Game) -> Iterator[Game]:
    """The same, undone after each test."""
    with table.world.undone():
        yield table


@pytest.fixture(scope="module")
def honest(table: Game) -> Report:
    """The right report."""
    return table.honest()


@pytest.fixture(scope="module")
def lying(table: Game) -> Report:
    """A report with one wrong lane and all that follows from it."""
    return Report(JOB.program, table.segments, lie)


@pytest.fixture
def fresh(game: Game, honest: Report) -> int:
    """A game about the right report, in its first second."""
    return game.start(honest, honest.digest)


@pytest.fixture
def dispute(game: Game, fresh: int, honest: Report) -> int:
    """The same, with the verifier's first move made in that second: the challenger is on the clock."""
    show(game, fresh, honest)
    return fresh


@pytest.fixture
def just(game: Game, lying: Report, honest: Report) -> int:
    """A game about the wrong report, in its first second."""
    return game.start(lying, honest.digest)


def ask(game: Game, dispute: int, *legs: Leg, user: str = CHALLENGER_USER) -> Any:
    """The challenger descends, and asks."""
    return game.play(dispute, descend(legs), user)


def show(game: Game, dispute: int, report: Report, user: str = "stranger") -> Any:
    """Somebody answers for the verifier."""
    return game.play(dispute, defence(report, game.client.game(dispute).position), user)


def raw(world: World, dispute: int) -> Any:
    return world.view("Arbitration", "challenges", dispute)


# Deployment


@pytest.mark.parametrize("missing", range(6))
def test_every_address_is_needed(missing: int) -> None:
    addresses = [boa.env.generate_address() for _ in range(6)]
    addresses[missing] = NOBODY
    with boa.reverts("arbitration: address"):
        DEPLOYERS["Arbitration"].deploy(*addresses, PARAMETERS.arguments())


def test_the_suite_knows_itself(table: Game) -> None:
    world = table.world
    for name, contract in [
        ("STAKING", "Staking"),
        ("REGISTRY", "TaskRegistry"),
        ("VERIFICATION", "Verification"),
        ("SETTLEMENT", "Settlement"),
        ("VALUE_JUDGE", "ValueJudge"),
        ("ROOT_JUDGE", "RootJudge"),
    ]:
        assert world.view("Arbitration", name) == world.deployment.addresses[contract]


# Commitments


def test_a_commitment_locks_the_flat_bond(game: Game, honest: Report) -> None:
    game.report(honest)
    world = game.world
    before, count = world.view("Staking", "stake", world["whistleblower"]), world.view("Arbitration", "dispute_count")
    receipt = world.send("whistleblower", "Arbitration", "commit_challenge", game.task, some_hash(1))
    logged = events(receipt)
    assert logged["ChallengeCommitted"] == [
        {
            "dispute": count + 1,
            "task": game.task,
            "challenger": world["whistleblower"],
            "round": 0,
            "commitment": some_hash(1),
        }
    ]
    assert logged["Locked"][0]["from_stake"] == BOND
    assert world.view("Staking", "stake", world["whistleblower"]) == before - BOND
    challenge = raw(world, count + 1)
    assert (challenge.task, challenge.round, challenge.challenger) == (game.task, 0, world["whistleblower"])
    assert challenge.phase == ChallengePhase.COMMITTED
    assert (challenge.sealed, challenge.challenged) == (some_hash(1), ZERO)


def test_a_commitment_counts_up_to_its_deadline(game: Game, honest: Report) -> None:
    game.report(honest)
    last = game.windows.commit_end
    check_window(game.world, last, "arbitration: late", lambda: game.commit(honest.digest))


def test_only_a_report_can_be_challenged(game: Game, honest: Report) -> None:
    with refused("verification: phase"):
        game.commit(honest.digest)
    with refused("verification: phase"):
        game.world.send("whistleblower", "Arbitration", "commit_challenge", 999, some_hash(1))


def test_an_empty_commitment_is_refused(game: Game, honest: Report) -> None:
    game.report(honest)
    with refused("arbitration: commitment"):
        game.world.send("whistleblower", "Arbitration", "commit_challenge", game.task, ZERO)


def test_a_challenger_needs_the_bond(game: Game, honest: Report) -> None:
    game.report(honest)
    with refused("staking: stake"):
        game.world.send("treasury", "Arbitration", "commit_challenge", game.task, some_hash(1))


def test_the_commitment_is_bound_to_everything(game: Game) -> None:
    """Rule 20: task, round, sender, chain, contract, salt."""
    world = game.world
    user, chain = world["whistleblower"], boa.env.evm.patch.chain_id
    types = ["uint256", "address", "uint256", "uint256", "address", "bytes32", "bytes32"]
    contract = world.deployment.addresses["Arbitration"]
    expected = keccak(encode(types, [chain, contract, 7, 2, user, SALT, some_hash(2)]))
    assert world.view("Arbitration", "commitment_of", 7, 2, user, SALT, some_hash(2)) == expected


# Reveals


def test_a_reveal_opens_a_game(game: Game, honest: Report) -> None:
    game.report(honest)
    dispute = game.commit(honest.digest)
    receipt = game.reveal(dispute, honest.digest, "whistleblower")
    world, sealed = game.world, game.seal("whistleblower", honest.digest)
    assert events(receipt)["ChallengeRevealed"] == [
        {"dispute": dispute, "task": game.task, "challenger": world["whistleblower"], "sealed": sealed}
    ]
    challenge = raw(world, dispute)
    assert challenge.phase == ChallengePhase.REVEALED
    assert (challenge.sealed, challenge.challenged) == (sealed, honest.digest)
    assert world.view("Arbitration", "revealed", game.task, 0) == 1
    assert world.view("Arbitration", "open_games", game.task, 0) == 1
    state = game.client.game(dispute)
    assert state.position == Position(honest.root)
    assert (state.side, state.deadline) == (DEFENDER, game.windows.secret_end + BUDGET)


def test_a_reveal_counts_in_its_phase_only(game: Game, honest: Report) -> None:
    game.report(honest)
    dispute = game.commit(honest.digest)
    sealed = game.seal("whistleblower", honest.digest)

    def reveal() -> None:
        game.world.send("whistleblower", "Arbitration", "reveal_challenge", dispute, SALT, sealed)

    at(game.windows.commit_end)
    with refused("arbitration: early"):
        reveal()
    with game.world.undone():
        at(game.windows.commit_end + 1)
        reveal()
    check_window(game.world, game.windows.reveal_end, "arbitration: late", reveal)


def test_a_reveal_must_open_its_own_commitment(game: Game, honest: Report) -> None:
    """Promise 8: whoever copies a commitment cannot open it, and whoever sends an opening does its owner's work."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    copied = raw(game.world, dispute).sealed
    receipt = game.world.send("stranger", "Arbitration", "commit_challenge", game.task, copied)
    copy = receipt.event("ChallengeCommitted").fields["dispute"]
    at(game.windows.commit_end + 1)
    sealed = game.seal("whistleblower", honest.digest)
    for number, salt, seal in [(copy, SALT, sealed), (dispute, ZERO, sealed), (dispute, SALT, some_hash(3))]:
        with refused("arbitration: commitment"):
            game.world.send("stranger", "Arbitration", "reveal_challenge", number, salt, seal)
    game.world.send("stranger", "Arbitration", "reveal_challenge", dispute, SALT, sealed)
    assert game.phase(dispute) is ChallengePhase.REVEALED
    assert game.client.challenge(dispute).challenger == game.world["whistleblower"]


def test_a_challenge_is_revealed_once(game: Game, honest: Report) -> None:
    game.report(honest)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    with refused("arbitration: phase"):
        game.reveal(dispute, honest.digest)
    with refused("arbitration: phase"):
        game.world.send("stranger", "Arbitration", "reveal_challenge", 999, SALT, ZERO)


def test_a_commitment_is_for_one_round(game: Game, lying: Report, honest: Report) -> None:
    """A challenge left over from an overturned round opens nothing in the next."""
    game.report(lying)
    left, right = game.commit(honest.digest, "other_whistleblower"), game.commit(honest.digest)
    game.reveal(right, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    game.prove_directly(right, honest, lying)
    game.assign()
    game.report(honest)
    game.at(game.windows.commit_end + 1)
    sealed = game.seal("other_whistleblower", honest.digest)
    with refused("arbitration: round"):
        game.world.send("other_whistleblower", "Arbitration", "reveal_challenge", left, SALT, sealed)


# When a game is on


def moves(game: Game, dispute: int, honest: Report) -> dict[str, Any]:
    """One of each move, as thunks."""
    proof = innocent_moves(game.case(honest, Whole(honest)), 0, 0, WIDE, 0, 0)["input"]
    tree = honest.tree()
    return {
        "descend": lambda: ask(game, dispute, *legs_to(honest, 0)),
        "show_children": lambda: game.play(
            dispute, Move("Arbitration", "show_children", (0, 0, tree.levels[0])), "stranger"
        ),
        "show_leaf": lambda: game.play(dispute, Move("Arbitration", "show_leaf", ([1],)), "stranger"),
        "prove": lambda: game.play(dispute, proof),
        "live_game": lambda: game.world.view("Arbitration", "live_game", dispute),
        "time_out": lambda: game.world.send("stranger", "Arbitration", "time_out", dispute),
    }


MOVES = ("descend", "show_children", "show_leaf", "prove", "live_game", "time_out")


def refuses(reason: str, send: Any) -> None:
    """A transaction or a view reverts with this reason."""
    with pytest.raises((CallRefused, boa.BoaError), match=reason):
        send()


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_before_the_games_begin(game: Game, honest: Report, move: str) -> None:
    """Attack A22: the first second of the games is the one after the secret's last."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    refuses("arbitration: phase", moves(game, dispute, honest)[move])
    game.reveal(dispute, honest.digest)
    refuses("arbitration: early", moves(game, dispute, honest)[move])
    game.open_secret()
    at(game.windows.secret_end)
    refuses("arbitration: early", moves(game, dispute, honest)[move])


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_while_the_secret_is_closed(game: Game, honest: Report, move: str) -> None:
    game.report(honest)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    at(game.windows.secret_end + 1)
    refuses("arbitration: secret", moves(game, dispute, honest)[move])


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_after_the_verdict(game: Game, dispute: int, honest: Report, move: str) -> None:
    """Rule 3: no move after resolution, promise 5: a terminal state is terminal."""
    moves(game, dispute, honest)["prove"]()
    assert game.phase(dispute) is ChallengePhase.LOST
    refuses("arbitration: phase", moves(game, dispute, honest)[move])


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_once_another_game_has_overturned_the_report(
    game: Game, lying: Report, honest: Report, move: str
) -> None:
    first, second = game.start(lying, honest.digest, "other_whistleblower", "whistleblower")
    game.prove_directly(first, honest, lying, "stranger")
    refuses("verification: phase", moves(game, second, honest)[move])
    game.assign()
    game.report(honest)
    refuses("arbitration: round", moves(game, second, honest)[move])


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
    assert (live.task, live.report_root) == (game.task, honest.root)
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
        "too many leaves": ("descent: count", [*good, change(leaf, count=2**32)]),
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
            ("descent: count", (kind, 2**32)),
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


# Clocks


def send_time_out(game: Game, dispute: int) -> Any:
    return game.world.send("stranger", "Arbitration", "time_out", dispute)


def test_the_verifier_moves_up_to_its_first_deadline(game: Game, fresh: int, honest: Report) -> None:
    last = game.windows.secret_end + BUDGET
    assert game.client.game(fresh).deadline == last
    check_window(game.world, last, "arbitration: late", lambda: show(game, fresh, honest))


def test_a_silent_verifier_loses_after_its_deadline(game: Game, fresh: int) -> None:
    last = game.windows.secret_end + BUDGET
    check_exit(game.world, last, "arbitration: early", lambda: send_time_out(game, fresh))
    assert game.phase(fresh) is ChallengePhase.WON
    assert game.round == 1


def test_the_challenger_moves_up_to_its_deadline(game: Game, dispute: int, honest: Report) -> None:
    last = game.windows.secret_end + 1 + BUDGET
    assert game.client.game(dispute).deadline == last
    legs = legs_to(honest, 0)
    check_window(game.world, last, "arbitration: late", lambda: ask(game, dispute, *legs))


def test_a_silent_challenger_loses_after_its_deadline(game: Game, dispute: int) -> None:
    last = game.windows.secret_end + 1 + BUDGET
    check_exit(game.world, last, "arbitration: early", lambda: send_time_out(game, dispute))
    assert game.phase(dispute) is ChallengePhase.LOST
    assert game.world.view("Verification", "is_final", game.task)


def test_the_verifier_moves_up_to_a_later_deadline(game: Game, dispute: int, honest: Report) -> None:
    ask(game, dispute, *legs_to(honest, 0))
    last = game.client.game(dispute).deadline
    check_window(game.world, last, "arbitration: late", lambda: show(game, dispute, honest))
    with game.world.undone():
        at(last)
        with refused("arbitration: early"):
            send_time_out(game, dispute)
    send_time_out(game, dispute)
    assert game.phase(dispute) is ChallengePhase.WON


def test_a_proof_counts_up_to_the_verifiers_deadline(game: Game, just: int, lying: Report, honest: Report) -> None:
    last = game.windows.secret_end + BUDGET
    check_window(game.world, last, "arbitration: late", lambda: game.prove_directly(just, honest, lying))


def test_a_proof_counts_up_to_the_challengers_deadline(game: Game, just: int, lying: Report, honest: Report) -> None:
    show(game, just, lying)
    last = game.client.game(just).deadline
    check_window(game.world, last, "arbitration: late", lambda: game.prove_directly(just, honest, lying))


def test_each_second_belongs_to_one_side(game: Game, fresh: int, honest: Report) -> None:
    """Invariants 15 to 17: a clock never grows, a move costs only its mover's time."""
    start = game.windows.secret_end
    at(start + 100)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 100 + BUDGET
    at(start + 130)
    ask(game, fresh, *legs_to(honest, 0))
    assert game.client.game(fresh).deadline == start + 130 + BUDGET - 100
    at(start + 140)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 140 + BUDGET - 30
    at(start + 150)
    ask(game, fresh, leg_to(honest.tree(0), 0))
    assert game.client.game(fresh).deadline == start + 150 + BUDGET - 110


def test_each_reply_has_its_window(game: Game, fresh: int, honest: Report) -> None:
    """Rule 5: a move at the last second leaves the other side, and the same side later, a usable window."""
    start = game.windows.secret_end
    at(start + BUDGET)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 2 * BUDGET
    at(start + 2 * BUDGET)
    ask(game, fresh, *legs_to(honest, 0))
    assert game.client.game(fresh).deadline == start + 2 * BUDGET + REPLY
    at(start + 2 * BUDGET + REPLY)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 2 * BUDGET + 2 * REPLY


def test_a_game_in_which_everybody_dawdles_ends_in_time(game: Game, just: int, lying: Report, honest: Report) -> None:
    """Promise 6: with every move in its last second, the honest side has still won before the absolute end."""
    assert game.world.view("Arbitration", "game_window") == PARAMETERS.game_window == 2 * BUDGET + 48 * REPLY
    end = game.windows.secret_end + PARAMETERS.game_window
    while game.phase(just) is ChallengePhase.REVEALED:
        state = game.client.game(just)
        assert state.deadline < end
        at(state.deadline)
        if state.side == DEFENDER:
            show(game, just, lying)
        else:
            known = shown_in(game.client, just, game.client.verification(game.task).root, honest)
            move = game.next_move(just, honest, known, lying.distances)
            assert move is not None
            game.play(just, move)
    assert game.phase(just) is ChallengePhase.WON


def set_clock(game: Game, dispute: int, side: int, left: int, since: int) -> None:
    """Set a clock by hand: no legal game of this size lasts to its absolute end."""
    word = (side << 192) | (left << 128) | (left << 64) | since
    game.world.port.contracts["Arbitration"].eval(f"self.games[{dispute}].clock = {word}")


@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_at_the_absolute_end_the_challenger_has_lost(game: Game, dispute: int, honest: Report, side: int) -> None:
    """Promise 6: whoever is on the clock, if its deadline is not over before."""
    end = game.windows.secret_end + PARAMETERS.game_window
    legs = legs_to(honest, 0)
    if side == DEFENDER:
        ask(game, dispute, *legs)
    set_clock(game, dispute, side, BUDGET, end - BUDGET + 1)
    move = (lambda: show(game, dispute, honest)) if side == DEFENDER else (lambda: ask(game, dispute, *legs))
    with game.world.undone():
        check_window(game.world, end, "arbitration: late", move)
    check_exit(game.world, end, "arbitration: early", lambda: send_time_out(game, dispute))
    assert game.phase(dispute) is ChallengePhase.LOST


@pytest.mark.parametrize("late", [0, 10**6])
def test_a_verifier_late_before_the_absolute_end_has_lost_for_ever(
    game: Game, dispute: int, honest: Report, late: int
) -> None:
    """Rule 2: who wins a game depends on who was late first, not on when somebody says so."""
    end = game.windows.secret_end + PARAMETERS.game_window
    ask(game, dispute, *legs_to(honest, 0))
    set_clock(game, dispute, DEFENDER, BUDGET, end - BUDGET)
    at(end + 1 + late)
    send_time_out(game, dispute)
    assert game.phase(dispute) is ChallengePhase.WON


# Verdicts


def test_only_the_judge_decides(game: Game, just: int) -> None:
    for user in ("stranger", "whistleblower", "deployer", game.verifier):
        with refused("arbitration: caller"):
            game.world.send(user, "Arbitration", "decide", just, game.world["whistleblower"], True)


def test_a_conviction(game: Game, just: int, lying: Report, honest: Report) -> None:
    world, verifier = game.world, game.client.verification(game.task).verifier
    before = world.view("Staking", "stake", world["whistleblower"])
    receipt = game.prove_directly(just, honest, lying)
    assert events(receipt)["ChallengeDecided"] == [
        {
            "dispute": just,
            "task": game.task,
            "challenger": world["whistleblower"],
            "phase": ChallengePhase.WON,
            "timed_out": False,
        }
    ]
    assert raw(world, just).phase == ChallengePhase.WON
    assert world.view("Staking", "stake", world["whistleblower"]) == before + BOND
    assert world.view("Arbitration", "open_games", game.task, 0) == 0
    assert world.view("Arbitration", "revealed", game.task, 0) == 1
    now = game.client.verification(game.task)
    assert (now.phase, now.round) == (VerificationPhase.DRAWING, 1)
    slashed = events(receipt)["VerifierSlashed"][0]
    assert (slashed["round"], slashed["challenger"]) == (0, world["whistleblower"])
    assert verifier != world["whistleblower"]


def test_an_acquittal(game: Game, dispute: int, honest: Report) -> None:
    world, verifier = game.world, game.client.verification(game.task).verifier
    proof = moves(game, dispute, honest)["prove"]
    stake = world.view("Staking", "stake", world["whistleblower"])
    treasury = world.view("Staking", "credit", world["treasury"])
    receipt = proof()
    assert events(receipt)["ChallengeDecided"] == [
        {
            "dispute": dispute,
            "task": game.task,
            "challenger": world["whistleblower"],
            "phase": ChallengePhase.LOST,
            "timed_out": False,
        }
    ]
    assert world.view("Staking", "stake", world["whistleblower"]) == stake
    assert world.view("Staking", "credit", verifier) == COST
    assert world.view("Staking", "credit", world["treasury"]) == treasury + BOND - COST
    assert world.view("Arbitration", "open_games", game.task, 0) == 0
    assert world.view("Verification", "is_final", game.task)


def test_a_stranger_can_convict(game: Game, just: int, lying: Report, honest: Report) -> None:
    """Promise 8: what its proof earns is the challenger's."""
    stranger = game.world.wealth("stranger")
    receipt = game.prove_directly(just, honest, lying, "stranger")
    assert game.phase(just) is ChallengePhase.WON
    assert {paid["receiver"] for paid in events(receipt)["Paid"]} == {game.world["whistleblower"]}
    assert game.world.wealth("stranger") == stranger


def test_a_stranger_cannot_lose_somebodys_challenge(game: Game, just: int, lying: Report) -> None:
    """A true statement about a right place of a wrong report decides nothing, unless the challenger makes it."""
    proof = innocent_moves(game.case(lying, Whole(lying)), 0, 0, WIDE, 0, 0)["input"]
    for user in ("stranger", "other_whistleblower", game.verifier):
        with refused("arbitration: no fault"):
            game.play(just, proof, user)
    game.play(just, proof)
    assert game.phase(just) is ChallengePhase.LOST


def test_time_out_says_so(game: Game, dispute: int) -> None:
    at(game.windows.secret_end + BUDGET + 2)
    receipt = game.world.send("stranger", "Arbitration", "time_out", dispute)
    [logged] = events(receipt)["ChallengeDecided"]
    assert logged["timed_out"] and logged["phase"] == ChallengePhase.LOST


# Closing


def close(game: Game, dispute: int) -> Any:
    return game.world.send("stranger", "Arbitration", "close", dispute)


def test_an_unrevealed_bond_is_burnt_after_the_reveals(game: Game, honest: Report) -> None:
    game.report(honest)
    dispute = game.commit(honest.digest)
    burnt = game.world.view("Staking", "burnt")
    check_exit(game.world, game.windows.reveal_end, "arbitration: early", lambda: close(game, dispute))
    assert game.phase(dispute) is ChallengePhase.CLOSED
    assert game.world.view("Staking", "burnt") == burnt + BOND
    with refused("arbitration: phase"):
        close(game, dispute)


def test_an_unrevealed_bond_is_burnt_after_the_round_too(game: Game, lying: Report, honest: Report) -> None:
    game.report(lying)
    hidden, right = game.commit(honest.digest, "other_whistleblower"), game.commit(honest.digest)
    game.reveal(right, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    game.prove_directly(right, honest, lying)
    burnt = game.world.view("Staking", "burnt")
    receipt = close(game, hidden)
    assert events(receipt)["ChallengeClosed"] == [{"dispute": hidden, "task": game.task, "revealed": False}]
    assert game.world.view("Staking", "burnt") == burnt + BOND


def test_an_open_game_cannot_be_closed(game: Game, dispute: int) -> None:
    with refused("arbitration: open"):
        close(game, dispute)
    with refused("arbitration: phase"):
        close(game, 999)


def test_a_game_whose_report_fell_otherwise_gives_the_bond_back(game: Game, lying: Report, honest: Report) -> None:
    first, second = game.start(lying, honest.digest, "whistleblower", "other_whistleblower")
    game.prove_directly(first, honest, lying)
    stake = game.world.view("Staking", "stake", game.world["other_whistleblower"])
    receipt = close(game, second)
    assert events(receipt)["ChallengeClosed"] == [{"dispute": second, "task": game.task, "revealed": True}]
    assert game.world.view("Staking", "stake", game.world["other_whistleblower"]) == stake + BOND
    for decided in (first, second):
        with refused("arbitration: phase"):
            close(game, decided)


def test_silence_gives_every_revealed_bond_back(game: Game, honest: Report) -> None:
    """The secret stays closed: the report is overturned without a game."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    at(game.windows.secret_end + 1)
    game.world.send("stranger", "Verification", "time_out", game.task)
    stake = game.world.view("Staking", "stake", game.world["whistleblower"])
    close(game, dispute)
    assert game.world.view("Staking", "stake", game.world["whistleblower"]) == stake + BOND


# Bounded play


def test_a_whole_game_of_one_sides_shows(game: Game, just: int, lying: Report, honest: Report) -> None:
    """Promise 4: the challenger knows nothing of the report but what it is shown, and wins."""
    count = game.play_out(just, honest, lying)
    assert game.phase(just) is ChallengePhase.WON
    assert count <= 20


def test_games_run_side_by_side(game: Game, honest: Report) -> None:
    """Promise 6: one game's end changes nothing in another; the report is final when all are over."""
    users = ("whistleblower", "other_whistleblower", "stranger")
    disputes = game.start(honest, honest.digest, *users)
    world = game.world
    for left, (dispute, user) in enumerate(zip(disputes, users, strict=True)):
        assert world.view("Arbitration", "open_games", game.task, 0) == len(users) - left
        assert not world.view("Verification", "is_final", game.task)
        proof = innocent_moves(game.case(honest, Whole(honest)), 0, 0, WIDE, 0, 0)["input"]
        game.play(dispute, proof, user)
    assert world.view("Verification", "is_final", game.task)


def test_children_of_a_single_leaf() -> None:
    """A tree of one leaf shows that leaf."""
    shown = Children.shown(Position(b"", level=ROOT), TreeKind.TENSOR, 1, [some_hash(1)])
    assert (shown.level, shown.down, shown.path(0)) == (0, 0, [])

"""A task's whole life for each ending in which a report is upheld, and everybody's money afterwards, to the unit
(promises 1 and 2).

Expected amounts are computed from deployments/local.yaml and the order (tests/integration/books.py).
"""

from __future__ import annotations

import pytest

from pinpoint.chain.client import ChallengePhase, Ending, TaskPhase
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.whistleblower import Whistleblower, seal
from tests.integration.books import BOND, COST, POOR, RICH, Bill, Books, part, plus
from tests.integration.parties import (
    HostileVerifier,
    HostileWhistleblower,
    endless_distance,
    flip,
    interpolate_half,
    muted,
    no_distance,
    train_canonically,
)
from tests.integration.table import (
    drawn,
    ending,
    moves_of,
    phases,
    refused,
    run,
    upheld,
    upheld_distances,
    verifiers,
)
from tests.play import THRESHOLD, Play

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
LIE = flip(1, 1, 12)
"""What a lying verifier lies about: in its second sample, in the second step, some node."""
LATER_MISTAKE = flip(1, 2, 12)
"""A mistake of a whistleblower that does not keep it from finding the lie."""


@pytest.fixture
def play(play: Play) -> Play:
    """With who takes the exits."""
    play.join(Keeper, "stranger")
    return play


# Accepted


@pytest.mark.parametrize(
    "price", [pytest.param(RICH, id="rich", marks=pytest.mark.ending("Accepted")), pytest.param(POOR, id="poor")]
)
def test_accepted(play: Play, books: Books, price: int) -> None:
    """Promise 3: honest solver and verifier gain, and a whistleblower that has nothing to do loses nothing."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert ending(play, task) is Ending.ACCEPTED
    assert any(upheld_distances(play, task)), "the native evaluator is not expected to be bit-exact"
    books.check(task, Bill.at(price).accepted("solver", drawn(play, task)))


def test_accepted_by_exact_replay(play: Play, books: Books) -> None:
    """A solver that trains in canonical arithmetic is at distance 0, so no threshold is too low for it."""
    play.join(Solver, "solver", trainer=train_canonically)
    verifiers(play)
    task = play.submit(price=RICH, threshold=0)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert upheld_distances(play, task) == [0, 0]
    books.check(task, BILL.accepted("solver", drawn(play, task)))


# Rejected


@pytest.mark.parametrize(
    "price", [pytest.param(RICH, id="rich", marks=pytest.mark.ending("Rejected")), pytest.param(POOR, id="poor")]
)
def test_rejected(play: Play, books: Books, price: int) -> None:
    """A solver that interpolates half of the run loses its deposit; part of it is burnt, whoever reported it."""
    play.join(Solver, "solver", trainer=interpolate_half, check_own_work=False)
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert ending(play, task) is Ending.REJECTED
    assert max(upheld_distances(play, task)) > THRESHOLD
    bill = Bill.at(price)
    gains = bill.rejected("solver", drawn(play, task))
    books.check(task, gains, burnt=-gains.total())
    assert -gains.total() >= bill.solver_deposit // 2


# A report overturned


def check_overturned_then_accepted(play: Play, books: Books, task: int, bill: Bill, convicts: str | None) -> None:
    """One right root, so all of the bounty for it; what was paid to who convicted comes out of it."""
    assert ending(play, task) is Ending.ACCEPTED
    won = bill.won if convicts else 0
    gains = plus(
        bill.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -bill.verifier_deposit},
        {convicts or "stranger": won},
        {"whistleblower": bill.bounty - won},
    )
    books.check(task, gains, burnt=bill.verifier_deposit - bill.bounty)


@pytest.mark.parametrize(
    "price",
    [pytest.param(RICH, id="rich", marks=pytest.mark.ending("Overturned (the report)")), pytest.param(POOR, id="poor")],
)
def test_overturned_by_proof_then_accepted(play: Play, books: Books, price: int) -> None:
    """Promise 4: a wrong report does not become final while one whistleblower is awake; where deposits are less than
    the cost of a challenge, the bounty is the cost that is paid, and there is nothing to share."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert moves_of(play, drawn(play, task, 0)).count("show_leaf") == 1
    assert any(move.startswith("prove") for move in moves_of(play, "whistleblower"))
    assert phases(play, task) == [ChallengePhase.WON]
    check_overturned_then_accepted(play, books, task, Bill.at(price), "whistleblower")


def test_overturned_by_the_clock_then_accepted(play: Play, books: Books) -> None:
    """The liar opened its secret and then let its clock run out: the same money as with a proof."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, defends=False)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ("stranger", "sweep") in play.moves
    assert not any(move.startswith("prove") for move in moves_of(play, "whistleblower"))
    assert phases(play, task) == [ChallengePhase.WON]
    check_overturned_then_accepted(play, books, task, BILL, "whistleblower")


@pytest.mark.ending("Overturned (the report)")
def test_overturned_by_a_secret_that_stayed_shut_then_accepted(play: Play, books: Books) -> None:
    """No game was played and nobody paid for moves, so the right root has all of the bounty."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, silent=("open_secret",))
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert phases(play, task) == [ChallengePhase.CLOSED]
    assert "descend" not in moves_of(play, "whistleblower")
    check_overturned_then_accepted(play, books, task, BILL, None)


def test_right_report_whose_secret_stayed_shut(play: Play, books: Books) -> None:
    """A wrong challenge of it costs nothing but earns nothing: all of the slash is burnt."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, silent=("open_secret",))
    play.join(HostileWhistleblower, "whistleblower", mistake=LIE, plays=False)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.CLOSED]
    gains = plus(BILL.accepted("solver", drawn(play, task, 1)), {drawn(play, task, 0): -BILL.verifier_deposit})
    books.check(task, gains, burnt=BILL.verifier_deposit)


@pytest.mark.ending("Overturned (the report)")
def test_overturned_then_rejected(play: Play, books: Books) -> None:
    """A verifier in league with the solver: right roots share in both deposits."""
    play.join(Solver, "solver", trainer=interpolate_half, check_own_work=False)
    verifiers(play, HostileVerifier, falsify=no_distance)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.REJECTED
    from_solver = part(BILL.solver_deposit, "solver_bounty_share")
    gains = plus(
        BILL.rejected("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit},
        {"whistleblower": BILL.bounty + from_solver},
    )
    burnt_of_solver = -BILL.rejected("solver", "verifier").total() - from_solver
    books.check(task, gains, burnt=burnt_of_solver + BILL.verifier_deposit - BILL.bounty)


def test_solver_challenges_a_report_that_fails_it(play: Play, books: Books) -> None:
    """Promise 3: an honest solver is not slashed, and anyone may challenge, so it need not trust others to help."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=endless_distance)
    play.join(Whistleblower, "solver")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "solver": BILL.bounty},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty)


def test_right_root_with_wrong_distance(play: Play, books: Books) -> None:
    """A report is its root and its distances: who convicts one whose tree is right has the bounty all the same."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, posted=[THRESHOLD + 1, 0])
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert "prove_distance_fault" in moves_of(play, "whistleblower")
    check_overturned_then_accepted(play, books, task, BILL, "whistleblower")


# Several whistleblowers


BOTH = ("whistleblower", "other_whistleblower")


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(BOTH, id="one order", marks=pytest.mark.ending("Overturned (the report)")),
        pytest.param(BOTH[::-1], id="the other"),
    ],
)
def test_two_right_whistleblowers(play: Play, books: Books, order: tuple[str, str]) -> None:
    """They share half of the bounty in either order of moves; only what the moves cost goes to who convicted."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    for user in order:
        play.join(Whistleblower, user)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.CLOSED]
    total = BILL.bounty - BILL.won
    each = total // 2 // 2
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, order[0]: BILL.won},
        dict.fromkeys(order, each),
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.won - 2 * each)


def test_right_root_of_a_game_that_did_not_end_first(play: Play, books: Books) -> None:
    """Who convicted had a wrong root and gets its bond and cost; the one whose game never ended has the bounty."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(HostileWhistleblower, "other_whistleblower", mistake=LATER_MISTAKE)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.CLOSED]
    check_overturned_then_accepted(play, books, task, BILL, "other_whistleblower")


@pytest.mark.ending("Overturned (the report)")
def test_who_convicts_with_a_wrong_root_gets_bond_and_cost(play: Play, books: Books) -> None:
    """Nor can it open its root, or another's, to have more (promise 8)."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    convicts = play.join(HostileWhistleblower, "whistleblower", mistake=LATER_MISTAKE)
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.ENDED)
    (challenge,) = play.client.challenges(task)
    assert challenge.phase is ChallengePhase.WON
    salt = convicts.journal("salts").secret(f"{challenge.report}-seal")
    own = convicts.report_of(task).digest
    right = play.client.report(upheld(play, task)).digest
    assert challenge.sealed == seal(task, convicts.address, own, salt)
    for digest, reason in ((own, "report"), (right, "seal")):
        with refused(f"settlement: {reason}"):
            play.world.send("whistleblower", "Settlement", "open_report", challenge.number, digest, salt)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": COST},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - COST)


def test_one_whistleblower_against_two_liars(play: Play, books: Books) -> None:
    """Two roots of one owner halve the bounty, like an alias: an honest whistleblower opens one of them."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, rounds=range(2))
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.WON]
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 2)),
        {drawn(play, task, round_): -BILL.verifier_deposit for round_ in range(2)},
        {"whistleblower": 2 * BILL.bounty},
    )
    books.check(task, gains, burnt=2 * (BILL.verifier_deposit - BILL.bounty))


# The challenger loses


@pytest.mark.parametrize(
    "plays",
    [
        pytest.param(True, id="by proof", marks=pytest.mark.ending("Challenge lost")),
        pytest.param(False, id="by clock"),
    ],
)
def test_challenge_lost(play: Play, books: Books, plays: bool) -> None:
    """Promise 3: an honest verifier is paid for the moves; a challenger that finds nothing loses its bond."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(HostileWhistleblower, "whistleblower", mistake=LIE, plays=plays)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.LOST]
    assert (("stranger", "sweep") in play.moves) != plays
    verifier = drawn(play, task)
    gains = plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND, verifier: COST, "treasury": BOND - COST})
    books.check(task, gains)


def test_two_challenges_lost(play: Play, books: Books) -> None:
    """Games run side by side (promise 6), and each pays for itself."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(HostileWhistleblower, "whistleblower", mistake=LIE)
    play.join(HostileWhistleblower, "other_whistleblower", mistake=LATER_MISTAKE, plays=False)
    task = run(play)
    assert phases(play, task) == [ChallengePhase.LOST, ChallengePhase.LOST]
    assert ending(play, task) is Ending.ACCEPTED
    verifier = drawn(play, task)
    gains = plus(
        BILL.accepted("solver", verifier),
        dict.fromkeys(BOTH, -BOND),
        {verifier: 2 * COST, "treasury": 2 * (BOND - COST)},
    )
    books.check(task, gains)


@pytest.mark.ending("Challenge lost")
def test_commitment_never_revealed(play: Play, books: Books) -> None:
    """Its bond is burnt, and it delays nobody: the report is final as soon as its secret is open."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(muted(HostileWhistleblower, "reveal_challenge"), "whistleblower", mistake=LIE)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.FORFEITED]
    verifier = drawn(play, task)
    assert moves_of(play, verifier).count("open_secret") == 1
    (settled,) = [place for place, (_, move) in enumerate(play.moves) if move == "settle"]
    assert play.moves[settled - 1] == (verifier, "open_secret")
    books.check(task, plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND}), burnt=BOND)


def test_commitment_hidden_while_another_convicts(play: Play, books: Books) -> None:
    """That the report was wrong does not save the bond of who did not reveal."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(Whistleblower, "whistleblower")
    play.join(muted(Whistleblower, "reveal_challenge"), "other_whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.FORFEITED]
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": BILL.bounty, "other_whistleblower": -BOND},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty + BOND)

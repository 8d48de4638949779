"""A task's whole life for each ending, and everybody's money afterwards, to the unit (promises 1 and 2).

Expected amounts are computed from deployments/local.yaml and the order (tests/integration/books.py).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pinpoint.chain.client import ChallengePhase, Client, Ending, TaskPhase, VerificationPhase
from pinpoint.chain.port import CallRefused
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower, seal
from tests.integration.books import BOND, COST, POOR, RATES, RICH, Bill, Books, part, plus
from tests.integration.parties import (
    HostileVerifier,
    HostileWhistleblower,
    flip,
    interpolate_half,
    muted,
    no_distance,
    train_canonically,
)
from tests.play import THRESHOLD, Play
from tests.world import VERIFIERS, World

BILL = Bill.at(RICH)
TRIES, ROUNDS = RATES["max_tries"], RATES["max_rounds"] + 1
LIE = flip(1, 1, 12)
"""What a lying verifier lies about: in its second sample, in the second step, some node."""
LATER_MISTAKE = flip(1, 2, 12)
"""A mistake of a whistleblower that does not keep it from finding the lie."""
NO_ROOT = bytes(32)


@pytest.fixture
def play(world: World, tmp_path: Path) -> Play:
    """A table without players, but for who takes the exits."""
    table = Play(world, tmp_path)
    table.join(Keeper, "stranger")
    return table


@pytest.fixture
def books(world: World) -> Books:
    """The accounts before the task."""
    return Books(world)


def verifiers(play: Play, kind: type[Verifier] = Verifier, **options: Any) -> None:
    """All registered verifiers, of a kind."""
    for user in VERIFIERS:
        play.join(kind, user, **options)


def run(play: Play, price: int = RICH) -> int:
    """The standard tiny task, to its end."""
    task = play.submit(price=price)
    play.run(task)
    return task


def ending(play: Play, task: int) -> Ending:
    """How a task ended. A terminal state is terminal (promise 5): no exit is left in it."""
    now = play.client.task(task)
    assert now.phase is TaskPhase.ENDED
    for contract, method in (
        ("TaskRegistry", "close_enrolment"),
        ("TaskRegistry", "draw_solver"),
        ("TaskRegistry", "time_out"),
        ("Verification", "draw"),
        ("Verification", "time_out"),
        ("Settlement", "settle"),
        ("Settlement", "close_bounty"),
    ):
        with pytest.raises(CallRefused):
            play.world.send("stranger", contract, method, task)
    return now.ending


def drawn(play: Play, task: int, round_: int = 0) -> str:
    """The verifier of a round."""
    return play.world.name_of(play.world.view("Verification", "verifier_of", task, round_))


def convicted(liar: str) -> Counter[str]:
    """What a convicted or silent verifier has lost."""
    return Counter({liar: -BILL.verifier_deposit})


def phases(play: Play, task: int) -> list[ChallengePhase]:
    """How the challenges of a task ended, oldest first."""
    return [challenge.phase for challenge in play.client.challenges(task)]


def moves_of(play: Play, user: str) -> list[str]:
    """What somebody sent."""
    return [method for name, method in play.moves if name == user]


# Accepted


@pytest.mark.parametrize("price", [RICH, POOR])
def test_accepted(play: Play, books: Books, price: int) -> None:
    """Promise 3: an honest solver and an honest verifier gain, and a whistleblower that has nothing to do loses nothing."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert ending(play, task) is Ending.ACCEPTED
    assert any(play.client.posted_distances(task)), "the native evaluator is not expected to be bit-exact"
    books.check(task, Bill.at(price).accepted("solver", drawn(play, task)))


def test_accepted_by_exact_replay(play: Play, books: Books) -> None:
    """A solver that trains in canonical arithmetic is at distance 0, so no threshold is too low for it."""
    play.join(Solver, "solver", trainer=train_canonically)
    verifiers(play)
    task = play.submit(price=RICH, threshold=0)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert play.client.posted_distances(task) == [0, 0]
    books.check(task, BILL.accepted("solver", drawn(play, task)))


# Rejected


@pytest.mark.parametrize("price", [RICH, POOR])
def test_rejected(play: Play, books: Books, price: int) -> None:
    """A solver that interpolates half of the run loses its deposit; part of it is burnt, whoever reported it."""
    play.join(Solver, "solver", trainer=interpolate_half, check_own_work=False)
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert ending(play, task) is Ending.REJECTED
    assert max(play.client.posted_distances(task)) > THRESHOLD
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


@pytest.mark.parametrize("price", [RICH, POOR])
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
    """The convicted verifier's clock ran out: the same money as with a proof."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, silent=(), defends=False)
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    # Not defending here means no move: the secret is opened for it by whoever knows it.
    open_secret_when_due(play, task)
    play.run(task)
    assert ("stranger", "time_out") in play.moves
    assert not [move for move in moves_of(play, "whistleblower") if move.startswith("prove")]
    assert phases(play, task) == [ChallengePhase.WON]
    check_overturned_then_accepted(play, books, task, BILL, "whistleblower")

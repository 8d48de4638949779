"""The keeper takes many exits at once, so that a crowd of challenges holds nobody up (rules 2, 7 and 16)."""

from __future__ import annotations

import pytest

from pinpoint.chain.client import ChallengePhase, Ending
from pinpoint.commitment.tree import keccak
from pinpoint.roles.keeper import MAX_SWEPT, Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower, seal
from tests.integration.books import BOND, RICH, Bill, Books, plus
from tests.integration.parties import HostileVerifier, flip
from tests.integration.table import (
    answer,
    drawn,
    ending,
    moves_of,
    phases,
    play_until,
    report_id,
    run,
    to_assigned,
    verifiers,
)
from tests.play import Play
from tests.world import VERIFIERS

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
LIE = flip(1, 1, 12)


def crowd(play: Play, report: int, user: str, count: int) -> list[tuple[int, bytes, bytes]]:
    """So many challenges of a report by one account; number, salt and seal of each."""
    found = []
    for place in range(count):
        salt = keccak(f"{user} {place}".encode())
        sealed = seal(report >> 16, play.world[user], bytes(32), salt)
        arguments = (report, play.world[user], salt, sealed)
        commitment = play.world.view("Arbitration", "commitment_of", *arguments)
        receipt = play.world.send(user, "Arbitration", "commit_challenge", report, commitment)
        found.append((int(receipt.event("ChallengeCommitted").fields["dispute"]), salt, sealed))
    return found


@pytest.mark.parametrize("count", [MAX_SWEPT, MAX_SWEPT + 6])
def test_a_crowd_that_never_reveals_is_swept(play: Play, books: Books, count: int) -> None:
    """One transaction each `MAX_SWEPT`; the task does not wait for it."""
    task, verifier = to_assigned(play)
    honest = play.role(Verifier, verifier)
    assert answer(play, honest, task) == "report"
    crowd(play, report_id(task), "whistleblower", count)
    play.players[:] = [play.role(Keeper, "stranger"), honest]
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert play.moves.count(("stranger", "sweep")) == -(-count // MAX_SWEPT)
    assert phases(play, task) == [ChallengePhase.FORFEITED] * count
    gains = plus(BILL.accepted("solver", verifier), {"whistleblower": -count * BOND})
    books.check(task, gains, burnt=count * BOND)


def test_all_kinds_of_exits_in_one_transaction(play: Play, books: Books) -> None:
    """A report falls: challenges that were revealed are freed, the hidden ones forfeited, by one call."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    task = play.submit(price=RICH)
    keeper = play.role(Keeper, "stranger")
    play.players.append(keeper)
    play_until(play, task, lambda: bool(play.client.standing_reports(task)))
    report = report_id(task)
    hidden, shown = crowd(play, report, "other_solver", 5), crowd(play, report, "other_whistleblower", 5)
    assert play.join(Whistleblower, "whistleblower").step(task) == "commit_challenge"
    play.players.remove(keeper)
    play.world.warp_to(play.client.report(report).commit_end + 1)
    for number, salt, sealed in shown:
        play.world.send("other_whistleblower", "Arbitration", "reveal_challenge", number, salt, sealed)
    play_until(play, task, lambda: not play.client.standing_reports(task))
    before = len(play.world.port.events("Arbitration", "*"))
    assert keeper.step(task) == "sweep"
    closed = [e.fields for e in play.world.port.events("Arbitration", "*")[before:]]
    numbers = {number: False for number, _, _ in hidden} | {number: True for number, _, _ in shown}
    assert {fields["dispute"]: fields["revealed"] for fields in closed} == numbers
    play.players.append(keeper)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [
        *[ChallengePhase.FORFEITED] * 5,
        *[ChallengePhase.CLOSED] * 5,
        ChallengePhase.WON,
    ]
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": BILL.bounty, "other_solver": -5 * BOND},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty + 5 * BOND)


def weight(play: Play, user: str) -> tuple[int, int]:
    """The tickets that a verifier has, and those of what it has allotted."""
    allotted = play.world.view("Staking", "allotted", play.world[user])
    return play.world.view("Sortition", "tickets_of", play.world[user]), play.world.parameters.tickets(allotted)


def test_a_slashed_verifier_is_weighed_once(play: Play) -> None:
    """What is left is less than the least stake: it is drawn no more."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, silent=("report",))
    play.join(Keeper, "stranger")
    task = run(play)
    slashed = drawn(play, task, 0)
    assert moves_of(play, "stranger").count("weigh") == 1
    assert weight(play, slashed) == (0, 0)
    assert play.world.view("Staking", "allotted", play.world[slashed]) > 0
    assert play.role(Keeper, "stranger").step(task) is None


def test_who_has_forfeited_a_bond_is_weighed_once(play: Play) -> None:
    """Of two challengers that never reveal, one is a verifier. Others have no weight."""
    task, verifier = to_assigned(play)
    honest = play.role(Verifier, verifier)
    assert answer(play, honest, task) == "report"
    challenger = next(user for user in VERIFIERS if user != verifier)
    before, _ = weight(play, challenger)
    for user in (challenger, "whistleblower"):
        crowd(play, report_id(task), user, 1)
    play.players[:] = [play.role(Keeper, "stranger"), honest]
    play.run(task)
    assert phases(play, task) == [ChallengePhase.FORFEITED] * 2
    assert moves_of(play, "stranger").count("weigh") == 1
    assert weight(play, challenger) == (before - BOND // play.world.parameters.ticket,) * 2
    assert play.role(Keeper, "stranger").step(task) is None

"""The open round, played by the roles: after the last silent verifier anybody reports, and the task ends all the same.

Attacks A13 and A26; all money to the unit.
"""

from __future__ import annotations

from typing import Any

import pytest

from pinpoint.chain.client import ChallengePhase, Ending, VerificationPhase
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.reporter import Reporter
from pinpoint.roles.solver import Solver
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import BOND, COST, RATES, RICH, Bill, Books, plus
from tests.integration.parties import HostileVerifier, flip, interpolate_half, muted
from tests.integration.processes import Mortal, new
from tests.integration.table import (
    drawn,
    ending,
    moves_of,
    phases,
    play_until,
    refused,
    report_id,
    run,
    upheld,
    verifiers,
)
from tests.play import Play

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
ROUNDS = RATES["max_rounds"] + 1
FIRST = 16
"""Place of the first report of the open round."""
LIE, OTHER_LIE = flip(1, 1, 12), flip(0, 2, 15)


@pytest.fixture
def play(play: Play) -> Play:
    """With who takes the exits, and verifiers that the submitter has paid to be silent (attack A13)."""
    play.join(Keeper, "stranger")
    silent = ("accept_assignment", "commit_report")
    verifiers(play, HostileVerifier, silent=silent, rounds=range(ROUNDS + 1))
    return play


def silenced(play: Play, task: int) -> list[dict[str, int]]:
    """What the silent lose."""
    return [{drawn(play, task, round_): -BILL.verifier_deposit} for round_ in range(ROUNDS)]


def opened(play: Play) -> int:
    """A task in its open round, before anybody has reported."""
    task = play.submit(price=RICH)
    play_until(play, task, lambda: play.client.round(task).phase is VerificationPhase.OPEN)
    return task


@pytest.mark.parametrize(
    "reporters",
    [
        pytest.param(("other_solver",), id="one"),
        pytest.param(
            ("other_solver", "other_whistleblower"),
            id="two",
            marks=pytest.mark.ending("Secret not opened / report not given"),
        ),
    ],
)
def test_silent_verifiers_do_not_kill_a_task(play: Play, books: Books, reporters: tuple[str, ...]) -> None:
    """Attack A13: the escrow does not come back, the solver has its fee. Attack A21: two that report the same share
    half of what one would have had."""
    play.join(Solver, "solver")
    for user in reporters:
        play.join(Reporter, user)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert upheld(play, task) == report_id(task, FIRST)
    assert play.world.view("Verification", "members", upheld(play, task)) == len(reporters)
    shared = BILL.reported(False, *reporters)
    gains = plus(BILL.accepted("solver"), shared, *silenced(play, task))
    burnt = ROUNDS * BILL.verifier_deposit + BILL.verifier_fee - shared.total()
    books.check(task, gains, burnt=burnt)


def test_a_wrong_reporter_is_convicted(play: Play, books: Books) -> None:
    """Promise 4, attacks A13 and A26: the submitter's alias reports something else beside two honest ones. A
    whistleblower convicts it, for its cost; what is set aside goes to those who reported right."""
    play.join(Solver, "solver")
    liar = play.join(Reporter, "submitter", lie=LIE)
    honest = ("other_solver", "other_whistleblower")
    for user in honest:
        play.join(Reporter, user)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON]
    (challenge,) = play.client.challenges(task)
    assert play.client.report(challenge.report).verifier == liar.address
    assert {"show_children", "show_leaf"} <= set(moves_of(play, "submitter")), "it defends its report"
    shared = BILL.reported(True, *honest)
    gains = plus(
        BILL.accepted("solver"),
        {"submitter": -BILL.verifier_deposit, "whistleblower": BILL.won},
        shared,
        *silenced(play, task),
    )
    total = BILL.verifier_fee + BILL.bounty - BILL.won
    burnt = (ROUNDS + 1) * BILL.verifier_deposit - BILL.bounty + total - shared.total()
    books.check(task, gains, burnt=burnt)


def test_two_wrong_reports_fall_side_by_side(play: Play, books: Books) -> None:
    """Promise 6: the games of all reports run in the same time, and one whistleblower plays them all."""
    play.join(Solver, "solver")
    play.join(Reporter, "submitter", lie=LIE)
    play.join(Reporter, "deployer", lie=OTHER_LIE)
    play.join(Reporter, "other_solver")
    play.join(Whistleblower, "whistleblower")
    task = opened(play)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON] * 2
    ends = {play.client.report(c.report).reveal_end for c in play.client.challenges(task)}
    assert len(ends) == 1
    total = BILL.verifier_fee + 2 * (BILL.bounty - BILL.won)
    gains = plus(
        BILL.accepted("solver"),
        dict.fromkeys(("submitter", "deployer"), -BILL.verifier_deposit),
        {"whistleblower": 2 * BILL.won, "other_solver": total},
        *silenced(play, task),
    )
    books.check(task, gains, burnt=(ROUNDS + 2) * BILL.verifier_deposit - 2 * BILL.bounty)


def test_two_reports_that_nobody_challenges_decide_nothing(play: Play, books: Books) -> None:
    """Attack A26: without a whistleblower a contract cannot tell them apart. Nobody is slashed for it."""
    play.join(Solver, "solver")
    play.join(Reporter, "submitter", lie=LIE)
    play.join(Reporter, "other_solver")
    task = run(play)
    assert ending(play, task) is Ending.UNRESOLVED
    books.check(task, plus(*silenced(play, task)), burnt=ROUNDS * BILL.verifier_deposit)


def test_the_solver_itself_challenges_what_would_fail_it(play: Play, books: Books) -> None:
    """Promise 3: where nobody else is awake, its own account is enough."""
    play.join(Solver, "solver")
    play.join(Reporter, "submitter", lie=LIE)
    play.join(Reporter, "other_solver")
    play.join(Whistleblower, "solver")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(
        BILL.accepted("solver"),
        {"submitter": -BILL.verifier_deposit, "solver": BILL.won},
        BILL.reported(True, "other_solver"),
        *silenced(play, task),
    )
    books.check(task, gains, burnt=(ROUNDS + 1) * BILL.verifier_deposit - BILL.bounty)


def test_who_reported_right_defends_it_for_all(play: Play, books: Books) -> None:
    """Promise 3: the first to reveal falls silent; another that gave the same report shows what is asked for."""
    play.join(Solver, "solver")
    shows = ("show_children", "show_leaf")

    class Mute(Reporter):
        def defend(self, task: int) -> str | None:
            return None

    play.join(Mute, "other_solver")
    play.join(Reporter, "other_whistleblower")
    play.join(Whistleblower, "whistleblower", lie=LIE)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.LOST]
    assert set(shows) <= set(moves_of(play, "other_whistleblower"))
    assert not set(shows) & set(moves_of(play, "other_solver"))
    shared = BILL.reported(False, "other_solver", "other_whistleblower")
    gains = plus(
        BILL.accepted("solver"),
        shared,
        {"whistleblower": -BOND, "other_solver": COST, "treasury": BOND - COST},
        *silenced(play, task),
    )
    burnt = ROUNDS * BILL.verifier_deposit + BILL.verifier_fee - shared.total()
    books.check(task, gains, burnt=burnt)


def test_a_rejected_solver_pays_the_reporters(play: Play, books: Books) -> None:
    """A forged proof: the verifier's share of the solver's deposit goes to who reported in its stead."""
    play.join(Solver, "solver", trainer=interpolate_half, check_own_work=False)
    play.join(Reporter, "other_solver")
    task = run(play)
    assert ending(play, task) is Ending.REJECTED
    share = BILL.rejected("solver", "verifier")["verifier"]
    gains = plus(BILL.rejected("solver"), {"other_solver": share})
    # No sealed report can be right where none was challenged: what is kept for them is burnt.
    books.check(task, plus(gains, *silenced(play, task)), burnt=-gains.total() + ROUNDS * BILL.verifier_deposit)


def test_a_report_that_was_never_revealed_costs_its_deposit(play: Play, books: Books) -> None:
    """Attack A26: who waits to see what others reveal, and then does not like it, pays."""
    play.join(Solver, "solver")
    play.join(Reporter, "other_solver")
    play.join(muted(Reporter, "reveal_report"), "other_whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(
        BILL.accepted("solver"),
        BILL.reported(False, "other_solver"),
        {"other_whistleblower": -BILL.verifier_deposit},
        *silenced(play, task),
    )
    books.check(task, gains, burnt=(ROUNDS + 1) * BILL.verifier_deposit)


def test_a_copied_commitment_opens_nothing(play: Play, books: Books) -> None:
    """Attack A26, rule 20: a commitment seen in the mempool is of its sender alone, and so is its reveal."""
    play.join(Solver, "solver")
    task = opened(play)
    honest = play.join(Reporter, "other_solver")
    world = play.world
    assert honest.step(task) == "commit_report"
    world.send("submitter", "OpenRound", "commit_report", task, sealed_by(play, task, "other_solver"))
    play_until(play, task, lambda: world.view("Verification", "open_rounds", task).reports == 1)
    own, salt = honest.report_of(task), honest.journal("secrets").secret(f"{task}-open")
    with refused("open round: commitment"):
        world.send("submitter", "OpenRound", "reveal_report", task, own.root, own.distances, salt)
    play.run(task)
    world.send("stranger", "OpenRound", "close_reporter", task, world["submitter"])
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(
        BILL.accepted("solver"),
        BILL.reported(False, "other_solver"),
        {"submitter": -BILL.verifier_deposit},
        *silenced(play, task),
    )
    books.check(task, gains, burnt=(ROUNDS + 1) * BILL.verifier_deposit)


def sealed_by(play: Play, task: int, user: str) -> bytes:
    """The commitment of a reporter."""
    return bytes(play.world.view("OpenRound", "sealed_reports", task, play.world[user]))


def test_reporters_survive_kills(play: Play, books: Books) -> None:
    """Each step is a new process: no salt is lost, and the deposit comes back."""
    play.join(Solver, "solver")
    for kind, user, options in ((Reporter, "submitter", {"lie": LIE}), (Reporter, "other_solver", {})):
        play.players.append(Mortal(reborn(play, kind, user, options)))
    play.players.append(Mortal(reborn(play, Whistleblower, "whistleblower", {})))
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON]
    gains = plus(
        BILL.accepted("solver"),
        {"submitter": -BILL.verifier_deposit, "whistleblower": BILL.won},
        BILL.reported(True, "other_solver"),
        *silenced(play, task),
    )
    books.check(task, gains, burnt=(ROUNDS + 1) * BILL.verifier_deposit - BILL.bounty)


def reborn(play: Play, kind: type[Any], user: str, options: dict[str, Any]) -> Any:
    """Makes a process of a role."""
    return lambda: new(play, kind, user, **options)

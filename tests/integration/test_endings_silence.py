"""Verifiers and solvers that do not do what they owe: how a task ends then, and everybody's money, to the unit."""

from __future__ import annotations

from collections import Counter
from typing import Any

import boa
import pytest

from pinpoint.chain.client import Ending, TaskPhase, VerificationPhase
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.reporter import Reporter
from pinpoint.roles.solver import Solver
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import COST, RATES, RICH, Bill, Books, part, plus
from tests.integration.parties import FickleSolver, HostileVerifier, flip, muted
from tests.integration.table import drawn, ending, lose_seed, moves_of, refused, report_id, run, upheld, verifiers
from tests.play import Play
from tests.world import VERIFIERS, World

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
TRIES, ROUNDS = RATES["max_tries"], RATES["max_rounds"] + 1
FIRST_OPEN = 16
"""Place of the first report of the open round."""
LIE = flip(1, 1, 12)
"""What a lying verifier lies about: in its second sample, in the second step, some node."""


@pytest.fixture
def play(play: Play) -> Play:
    """With who takes the exits."""
    play.join(Keeper, "stranger")
    return play


# Verifiers without a report


@pytest.mark.parametrize("method", ["accept_assignment", "report"])
def test_silent_verifier(play: Play, books: Books, method: str) -> None:
    """All of its deposit is burnt, and the next one reports on the same samples."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, silent=(method,))
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert len(play.world.port.events("Verification", "SamplesDrawn")) == 1
    gains = plus(BILL.accepted("solver", drawn(play, task, 1)), {drawn(play, task, 0): -BILL.verifier_deposit})
    books.check(task, gains, burnt=BILL.verifier_deposit)


class Blind(HostileVerifier):
    """In its rounds, one that cannot have the program."""

    def _can_be_had(self, task: int) -> bool:
        return not self._hostile(task) and super()._can_be_had(task)


def test_program_unavailable_to_one_verifier(play: Play, books: Books) -> None:
    """It says so before it accepts and is excused, nobody is slashed, and another one reports."""
    play.join(Solver, "solver")
    verifiers(play, Blind)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert moves_of(play, drawn(play, task, 0)) == ["report_unavailable"]
    books.check(task, BILL.accepted("solver", drawn(play, task, 1)))


def test_program_unavailable_to_all_verifiers(play: Play, books: Books) -> None:
    """Nobody is slashed, and whoever has it may report in the open round."""
    play.join(Solver, "solver")
    verifiers(play, Blind, rounds=range(ROUNDS))
    play.join(Reporter, "other_solver")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert [method for _, method in play.moves].count("report_unavailable") == ROUNDS
    shared = BILL.reported(False, "other_solver", VERIFIERS[0])
    books.check(task, plus(BILL.accepted("solver"), shared), burnt=BILL.verifier_fee - shared.total())


# Unresolved: the open round, too, without a report


def test_unresolved_after_lies(play: Play, books: Books) -> None:
    """No report survived: escrow and solver's deposit go back, and with no report upheld no root is right."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, rounds=range(ROUNDS + 1))
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.UNRESOLVED
    assert play.client.round(task).phase is VerificationPhase.ABORTED
    assert upheld(play, task) == 0
    fallen = [e.fields["report"] for e in play.world.port.events("Settlement", "VerifierSlashed")]
    places = (*range(ROUNDS), FIRST_OPEN)
    assert fallen == [report_id(task, place) for place in places]
    liars = [{drawn(play, task, place): -BILL.verifier_deposit} for place in places]
    gains = plus(*liars, {"whistleblower": (ROUNDS + 1) * COST})
    books.check(task, gains, burnt=(ROUNDS + 1) * (BILL.verifier_deposit - COST))


@pytest.mark.parametrize("method", ["accept_assignment", "report"])
def test_unresolved_after_silence(play: Play, books: Books, method: str) -> None:
    """All verifiers of all rounds are slashed, the others have what they had."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, silent=(method, "commit_report"), rounds=range(ROUNDS + 1))
    task = run(play)
    assert ending(play, task) is Ending.UNRESOLVED
    silent = {drawn(play, task, round_): -BILL.verifier_deposit for round_ in range(ROUNDS)}
    assert len(silent) == ROUNDS
    books.check(task, silent, burnt=ROUNDS * BILL.verifier_deposit)


def test_unresolved_after_a_report_that_was_never_revealed(play: Play, books: Books) -> None:
    """Its deposit is burnt, like that of a verifier that is silent."""
    play.join(Solver, "solver")
    silent = ("accept_assignment", "reveal_report")
    verifiers(play, HostileVerifier, silent=silent, rounds=range(ROUNDS + 1))
    task = run(play)
    assert ending(play, task) is Ending.UNRESOLVED
    gains = plus(
        *[{drawn(play, task, round_): -BILL.verifier_deposit} for round_ in range(ROUNDS)],
        {VERIFIERS[0]: -BILL.verifier_deposit},
    )
    books.check(task, gains, burnt=(ROUNDS + 1) * BILL.verifier_deposit)


def test_unresolved_without_verifiers(play: Play, world: World, books: Books) -> None:
    """Nobody to draw: every round's draw has a deadline, so the task ends all the same (promise 5)."""
    play.players[:] = [play.role(muted(Keeper, "draw"), "stranger")]
    play.join(Solver, "solver")
    task = play.submit(price=RICH)
    for user in VERIFIERS:
        world.send(user, "Sortition", "retire")
    play.run(task)
    assert ending(play, task) is Ending.UNRESOLVED
    assert moves_of(play, "solver")[-1] == "draw"
    books.check(task, {})


# Solvers that do not solve


FEE = part(BILL.solver_deposit, "decline_share")
SLASH = part(BILL.solver_deposit, "silence_share")
COMPENSATION = part(SLASH, "submitter_share")
DECLINED = Counter({"solver": -FEE, "treasury": FEE})
SILENT = Counter({"solver": -SLASH, "submitter": COMPENSATION})
ONCE, LATER, ALWAYS = range(1), range(1, TRIES), range(TRIES)
UNWILLING: list[dict[str, Any]] = [{"declines": True}, {"silent": ("accept",)}]


@pytest.mark.parametrize("manner", UNWILLING, ids=["declined", "silent"])
def test_offer_not_accepted(play: Play, books: Books, manner: dict[str, Any]) -> None:
    """It costs a small fee to have been drawn for nothing; another solver finishes."""
    play.join(FickleSolver, "solver", tries=ONCE, **manner)
    play.join(FickleSolver, "other_solver", tries=LATER)
    verifiers(play)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    books.check(task, plus(BILL.accepted("other_solver", drawn(play, task)), DECLINED))


@pytest.mark.parametrize("manner", UNWILLING, ids=["declined", "silent"])
def test_offer_never_accepted(play: Play, books: Books, manner: dict[str, Any]) -> None:
    """After so many tries the escrow goes back."""
    play.join(FickleSolver, "solver", tries=ALWAYS, **manner)
    task = run(play)
    assert ending(play, task) is Ending.NO_SOLVER
    assert play.client.task(task).tries == TRIES
    books.check(task, plus(*[DECLINED] * TRIES))


def test_silent_solver_and_another(play: Play, books: Books) -> None:
    """Accepted, no proof: a part of the deposit is lost, and the task goes back to the pool."""
    play.join(FickleSolver, "solver", tries=ONCE, silent=("post_proof",))
    play.join(FickleSolver, "other_solver", tries=LATER)
    verifiers(play)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(BILL.accepted("other_solver", drawn(play, task)), SILENT)
    books.check(task, gains, burnt=SLASH - COMPENSATION)


def test_silent_solver_every_time(play: Play, books: Books) -> None:
    """After so many tries the escrow goes back."""
    play.join(FickleSolver, "solver", tries=ALWAYS, silent=("post_proof",))
    task = run(play)
    assert ending(play, task) is Ending.SOLVER_SILENT
    books.check(task, plus(*[SILENT] * TRIES), burnt=TRIES * (SLASH - COMPENSATION))


@pytest.mark.parametrize("expired", [False, True], ids=["window over", "seed not fixed"])
def test_samples_never_drawn(play: Play, world: World, books: Books, expired: bool) -> None:
    """The draw of its samples is the solver's to make; it gets no other block for them (attack A8)."""
    play.players[:] = [play.role(muted(Keeper, "draw"), "stranger")]
    play.join(FickleSolver, "solver", tries=ONCE, silent=("draw",))
    play.join(FickleSolver, "other_solver", tries=LATER)
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    now = play.client.round(task)
    boa.env.evm.patch.block_number = now.draw_block + 1
    if expired:
        lose_seed(world, now.draw_block)
    boa.env.evm.patch.timestamp = now.deadline + (0 if expired else 1)
    with refused(f"verification: {'expired' if expired else 'late'}"):
        world.send("solver", "Verification", "draw", task)
    world.send("stranger", "Verification", "time_out", task)
    assert play.client.task(task).tries == 1
    verifiers(play)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(BILL.accepted("other_solver", drawn(play, task)), SILENT)
    books.check(task, gains, burnt=SLASH - COMPENSATION)


def test_samples_never_drawn_every_time(play: Play, world: World, books: Books) -> None:
    """Ends as silence does."""
    play.players[:] = [play.role(muted(Keeper, "draw"), "stranger")]
    play.join(FickleSolver, "solver", tries=ALWAYS, silent=("draw",))
    task = run(play)
    assert ending(play, task) is Ending.SOLVER_SILENT
    books.check(task, plus(*[SILENT] * TRIES), burnt=TRIES * (SLASH - COMPENSATION))


def test_no_solver(play: Play, books: Books) -> None:
    """All of the escrow goes back."""
    task = run(play)
    assert ending(play, task) is Ending.NO_SOLVER
    books.check(task, {})


def test_solver_that_was_not_chosen_leaves(play: Play, books: Books) -> None:
    """What is locked of it after the ending, nobody but itself takes, and it takes all."""
    for user in ("solver", "other_solver"):
        play.join(muted(Solver, "leave"), user)
    verifiers(play)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    solver = play.world.name_of(play.client.task(task).solver)
    (other,) = {"solver", "other_solver"} - {solver}
    gains = BILL.accepted(solver, drawn(play, task))
    deposit = BILL.solver_deposit
    books.check(task, plus(gains, {other: -deposit}), locked={f"solver {other}": deposit})
    with refused("registry: enrolled"):
        play.world.send("stranger", "TaskRegistry", "leave", task)
    play.world.send(other, "TaskRegistry", "leave", task)
    books.check(task, gains)

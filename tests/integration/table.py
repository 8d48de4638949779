"""What is asked of a table after a task, or in the middle of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pinpoint.chain.client import PLACE_BITS, ChallengePhase, Ending, TaskPhase, VerificationPhase
from pinpoint.chain.port import CallRefused
from pinpoint.chain.timeline import next_moment, waits_for_block
from pinpoint.demo.drive import Stuck
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from tests.integration.books import RICH
from tests.integration.parties import Panel
from tests.play import Play
from tests.world import VERIFIERS, World


def verifiers(play: Play, kind: type[Verifier] = Verifier, **options: Any) -> None:
    """All registered verifiers, of a kind."""
    play.players.append(Panel([play.role(kind, user, **options) for user in VERIFIERS]))


def refused(reason: str) -> Any:
    """The transaction inside reverts with exactly this reason."""
    return pytest.raises(CallRefused, match=f"^{reason}$")


def run(play: Play, price: int = RICH) -> int:
    """The standard tiny task, to its end."""
    task = play.submit(price=price)
    play.run(task)
    return task


def ending(play: Play, task: int) -> Ending:
    """How a task ended. A terminal state is terminal (promise 5): no exit is left in it."""
    now = play.client.task(task)
    assert now.phase is TaskPhase.ENDED
    for contract, method, of in (
        ("TaskRegistry", "close_enrolment", task),
        ("TaskRegistry", "draw_solver", task),
        ("TaskRegistry", "time_out", task),
        ("Verification", "draw", task),
        ("Verification", "time_out", task),
        ("Availability", "time_out", task),
        ("Settlement", "settle", task),
        ("Settlement", "close_prize", report_id(task)),
    ):
        with pytest.raises(CallRefused):
            play.world.send("stranger", contract, method, of)
    return now.ending


def lose_seed(world: World, block: int) -> None:
    """Nobody has fixed the seed of a past block in time."""
    world.port.contracts["Beacon"].choose(block, bytes(32))


def report_id(task: int, place: int = 0) -> int:
    """The number of a report: its round's, or what follows the last round in the open one."""
    return task << PLACE_BITS | place


def drawn(play: Play, task: int, round_: int = 0) -> str:
    """The verifier of a round."""
    return play.world.name_of(play.world.view("Verification", "verifier_of", report_id(task, round_)))


def upheld(play: Play, task: int) -> int:
    """The report that was upheld, 0 if none was."""
    return int(play.world.view("Verification", "upheld_report", task))


def upheld_distances(play: Play, task: int) -> list[int]:
    """Its distances."""
    return play.client.posted_distances(upheld(play, task))


def phases(play: Play, task: int) -> list[ChallengePhase]:
    """How the challenges of a task ended, oldest first."""
    return [challenge.phase for challenge in play.client.challenges(task)]


def moves_of(play: Play, user: str) -> list[str]:
    """What somebody sent."""
    return [method for name, method in play.moves if name == user]


def play_until(play: Play, task: int, reached: Callable[[], bool], moments: int = 60) -> None:
    """Let everybody act, and time pass, as `Play.run`, until something is so, perhaps between two moves.

    Raises:
        Stuck: if it never is.
    """
    for _ in range(moments):
        busy = True
        while busy:
            busy = False
            for player in play.players:
                if reached():
                    return
                busy = player.step(task) is not None or busy
        moment = next_moment(play.client, task)
        if moment is None or waits_for_block(play.client, task):
            play.world.mine()
        else:
            play.world.warp_to(moment)
    raise Stuck(f"expected something of task {task} within {moments} moments")


def to_assigned(play: Play, **options: Any) -> tuple[int, str]:
    """A task whose verifier is drawn and has not looked at it, and who that is; nobody plays any more."""
    solver = play.join(Solver, "solver", **options)
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    while play.client.round(task).phase is VerificationPhase.DRAWING:
        play.world.mine()
        solver.step(task)
    play.players.clear()
    return task, drawn(play, task)


def to_offered(play: Play) -> int:
    """A task that is offered to the solver, which has not looked at it."""
    task = play.submit(price=RICH)
    play.world.send("solver", "TaskRegistry", "enrol", task, 0)
    play.join(Keeper, "stranger")
    play.run(task, until=TaskPhase.OFFERED)
    play.players.clear()
    return task


def to_training(play: Play) -> int:
    """A task that the solver has accepted, without having looked at it."""
    task = to_offered(play)
    play.world.send("solver", "TaskRegistry", "accept", task)
    return task


def answer(play: Play, verifier: Verifier, task: int) -> str | None:
    """What a drawn verifier says in the end: it accepts, before it looks, and asks for data as long as it may."""
    done = verifier.step(task)
    while done in ("accept_assignment", "ask"):
        done = verifier.step(task)
    now = play.client.round(task)
    if done is None and now.phase is VerificationPhase.REPORTING:
        play.world.mine(play.client.parameters.draw_delay)
        play.world.warp_to(now.ask_end + 1)
        done = verifier.step(task)
    return done

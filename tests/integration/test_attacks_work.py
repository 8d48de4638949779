"""Attack A14: work that is too much for whoever is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pinpoint.chain.client import Order, VerificationPhase
from tests.games import Game, Job
from tests.integration.cases import moment_job
from tests.integration.table import refused
from tests.world import PARAMETERS, World

FREE_SECONDS = PARAMETERS.max_replay_time - PARAMETERS.base_time


@dataclass(frozen=True)
class Heavy(Job):
    """A job whose steps are so many units of work."""

    units: int = 0

    @property
    def order(self) -> Order:
        """The order, at the smallest price."""
        return replace(super().order, units=self.units, price=1)


def heavy(units: int) -> Heavy:
    """Two segments of two steps each, both sampled."""
    job = moment_job()
    return Heavy(job.program, job.batches, job.states, job.interval, job.samples, units=units)


def test_a14_a_step_that_nobody_could_replay_is_refused(world: World) -> None:
    """What a verifier has to replay fits the longest time that a deployment allows; a unit more does not."""
    steps = 4
    most = FREE_SECONDS * PARAMETERS.units_per_second // steps
    rest = PARAMETERS.units_per_second // steps
    world.send("submitter", "TaskRegistry", "submit_task", heavy(most + rest - 1).order.arguments())
    with refused("registry: replay"):
        world.send("submitter", "TaskRegistry", "submit_task", heavy(most + rest).order.arguments())


def test_a14_a_huge_step_has_the_time_that_it_takes(world: World) -> None:
    """The deadline is not the submitter's to choose: it follows from the units, for solver, verifier, challenger and
    clocks. A verifier that needs all of it is not slashed."""
    units, steps = 10**9, 4
    game = Game(world, heavy(units))
    replay = PARAMETERS.base_time + units * steps // PARAMETERS.units_per_second
    now = game.client.round(game.task)
    assert replay > 4_000
    [accepted] = [e for e in world.port.events("TaskRegistry", "TaskAccepted") if e.fields["task"] == game.task]
    # Accepted, proved, drawn and accepted again within seconds.
    assert accepted.fields["deadline"] > now.ask_end - PARAMETERS.ask_window + replay - 60
    assert now.deadline == now.ask_end + replay
    game.at(now.deadline)
    with refused("verification: early"):
        world.send("stranger", "Verification", "time_out", game.task)
    honest = game.honest()
    game.report(honest)
    assert game.client.round(game.task).phase is VerificationPhase.REPORTED
    assert game.windows.commit_end == now.deadline + PARAMETERS.commit_window + replay
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    segment = units * game.job.interval // PARAMETERS.units_per_second
    assert game.client.game(dispute).deadline == game.windows.secret_end + PARAMETERS.clock_budget + segment

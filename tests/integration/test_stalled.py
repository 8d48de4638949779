"""Stalled work: what is not paid, who gets it, and that nobody is slashed for it; all money to the unit.

Attacks A5, A10, A20 and A25; promises 1, 2 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from pinpoint.chain.client import ChallengePhase, Ending, TaskPhase
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.builder import Builder
from pinpoint.program.distance import SIGN_BIT, has_stalled
from pinpoint.program.graph import Program, ProgramError
from pinpoint.program.work import program_units
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.report import Report
from pinpoint.replay.training import replay
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.whistleblower import Whistleblower
from tests.games import Forged, Game, Job, trained
from tests.integration.books import RICH, Bill, Books, part, plus
from tests.integration.cases import START, descent_with_moment, still_job
from tests.integration.table import drawn, ending, upheld, upheld_distances, verifiers
from tests.play import THRESHOLD, Play
from tests.stretches import unpaid
from tests.world import World

SEGMENTS, INTERVAL = 6, 2
DEAD = np.float32(1e18)
"""A second moment that stops all movement, and is below what counts as infinite."""


def descent() -> Program:
    """w' = w - g, with the batch as gradient."""
    b = Builder()
    w = b.state(1, 8)
    return b.finish([w - b.batch(1, 8)])


def gradients(*planted: int) -> list[list[Tensor]]:
    """A batch per step, of zeros in the planted segments."""
    return [
        [np.full((1, 8), 0.0 if step // INTERVAL in planted else 0.5, np.float32)]
        for step in range(SEGMENTS * INTERVAL)
    ]


def planted_job(samples: int, *planted: int) -> Job:
    """Honest training on data with zero gradients in some segments."""
    return trained(descent(), gradients(*planted), [START], segments=SEGMENTS, interval=INTERVAL, samples=samples)


def settle(world: World, job: Job) -> tuple[Game, Report]:
    """An honest verifier's report of a job, settled."""
    game = Game(world, job)
    honest = game.honest()
    game.report(honest)
    game.open_secret()
    game.settle()
    return game, honest


def stalled(game: Game, report: Report) -> set[int]:
    """The sampled segments that are no work."""
    posted = zip(game.samples, report.distances, strict=True)
    return {sample for sample, distance in posted if has_stalled(distance)}


def check(books: Books, game: Game, lost: int) -> None:
    """The task has stalled in so many segments: of the solver's fee just these go back, and it has its deposit."""
    order, task = game.job.order, game.task
    g = order.geometry
    bill = Bill.of(order.units, g.steps, g.samples * g.interval, order.price)
    back = bill.fee // g.segments * lost
    assert game.client.task(task).ending is (Ending.STALLED if lost else Ending.ACCEPTED)
    upheld = game.world.view("Verification", "upheld_report", task)
    assert game.world.view("Settlement", "earned", upheld) == bill.fee - back
    told = [e.fields for e in game.world.port.events("Settlement", "WorkUnpaid") if e.fields["task"] == task]
    assert [(e["report"], e["unpaid"], e["segments"]) for e in told] == [(upheld, lost, g.segments)] * bool(lost)
    verifier = game.world.name_of(game.world.view("Verification", "verifier_of", upheld))
    check_unpaid(books, task, bill.accepted("solver", verifier), back)


def check_unpaid(books: Books, task: int, accepted: Mapping[str, int], unpaid: int) -> None:
    """So much of the fee goes back to the submitter, but for what is burnt (A25)."""
    burnt = part(unpaid, "stall_burn")
    assert bool(burnt) == bool(unpaid)
    books.check(task, plus(accepted, {"solver": -unpaid, "submitter": unpaid - burnt}), burnt=burnt)


@pytest.mark.parametrize("planted", [(0,), (2,), (5,), (1, 2), (0, 3), (0, 1, 2, 3, 4, 5)], ids=str)
def test_a25_a_planted_stretch_alone_is_unpaid(world: World, books: Books, planted: Sequence[int]) -> None:
    """All is sampled, so what moved is paid, before the plant and after it."""
    game, honest = settle(world, planted_job(SEGMENTS, *planted))
    assert stalled(game, honest) == set(planted)
    assert set(honest.distances) <= {0, SIGN_BIT}
    check(books, game, len(planted))


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_a25_between_two_samples_that_moved(world: World, books: Books, samples: int) -> None:
    """One sampled segment is planted: from the sample before it to the one after it nothing is paid, and no more."""
    with world.undone():
        drawn = Game(world, planted_job(samples)).samples
    plant = sorted(drawn)[samples // 2]
    game, honest = settle(world, planted_job(samples, plant))
    assert game.samples == drawn
    assert stalled(game, honest) == {plant}
    before = max((sample for sample in drawn if sample < plant), default=-1)
    after = min((sample for sample in drawn if sample > plant), default=SEGMENTS)
    assert after - before - 1 == len(unpaid(SEGMENTS, set(drawn) - {plant}, {plant}))
    check(books, game, after - before - 1)


def dead_job(samples: int, forged: int | None) -> Job:
    """Training whose second moment is forged at the end of a segment; from there on it is what the replay says."""
    rng = np.random.default_rng(3)
    batches = [[rng.random((2, 8), dtype=np.float32) + 0.5]]
    states = [[rng.random((2, 8), dtype=np.float32) + 1, np.ones((2, 8), np.float32)]]
    program = descent_with_moment()
    for number in range(SEGMENTS):
        steps = replay(program, states[-1], lambda step: batches[0], number * INTERVAL, INTERVAL, arithmetic)
        w, v = [after for _, after in steps][-1]
        states.append([w, np.full_like(v, DEAD) if number == forged else v])
    return Job(program, batches, states, INTERVAL, samples)


@pytest.mark.parametrize("samples", [2, 3, 4, 5])
def test_a10_a_dead_state_earns_nothing(world: World, books: Books, samples: int) -> None:
    """The forged transition is not sampled, and the replay agrees with all that follows; memory moves, weights do not.
    Not even the gap between the last sample that moved and the forgery is paid.
    """
    for _ in range(20):
        with world.undone():
            drawn = Game(world, dead_job(samples, None)).samples
        forged = next(number for number in range(SEGMENTS) if number not in drawn)
        if forged < max(drawn):
            break
        # Other blocks, other samples.
        world.mine()
    assert forged < max(drawn)
    game, honest = settle(world, dead_job(samples, forged))
    assert stalled(game, honest) == {sample for sample in drawn if sample > forged}
    moved = max((sample for sample in drawn if sample < forged), default=-1)
    assert moved < forged
    check(books, game, SEGMENTS - moved - 1)


def test_a10_memory_is_no_weight(world: World) -> None:
    """Were the moments weights, a dead state would be work: the order's count decides."""
    honest = dead_job(2, None)
    w, v = honest.states[0]
    start = [w, np.full_like(v, DEAD)]
    ends = []
    for program in (honest.program, replace(honest.program, memory=0)):
        job = trained(program, honest.batches, start, segments=2, interval=1, samples=2)
        with world.undone():
            game, _ = settle(world, job)
            ends.append(game.client.task(game.task).ending)
    assert ends == [Ending.STALLED, Ending.ACCEPTED]


def test_a20_what_diverged_is_unpaid_and_no_fault(world: World, books: Books) -> None:
    """Not finite, but equal: honest training that has run away. Nobody is slashed, and what was finite is paid."""
    b = Builder()
    program = b.finish([b.state(1, 8) * 2.0**20])
    batches = [[np.ones((1, 1), np.float32)]]
    job = trained(program, batches, [START], segments=8, interval=1, samples=8)
    assert np.isinf(job.states[-1][0]).all()
    game, honest = settle(world, job)
    # Update and end together are below 2^64 as long as the end is at most 2^63.
    assert stalled(game, honest) == set(range(3, 8))
    check(books, game, 5)


def test_a05_a_schedule_without_update_costs_the_solver_its_pay_only(world: World, books: Books) -> None:
    game, honest = settle(world, still_job(START.copy()))
    assert honest.distances == [SIGN_BIT]
    check(books, game, 1)


@pytest.mark.parametrize("directly", [False, True])
@pytest.mark.parametrize("planted", [(), (0, 1, 2, 3, 4, 5)], ids=["moved", "stalled"])
@pytest.mark.parametrize("where", ["posted", "traced"])
def test_a_lie_in_the_sign_is_convicted(world: World, where: str, planted: Sequence[int], directly: bool) -> None:
    """For the solver's sake or against it; where the tree is right, and where the lie is in what it ends in."""
    game = Game(world, planted_job(2, *planted))
    honest = game.honest()
    last = INTERVAL, len(honest.distance_nodes) - 1

    def negate(sample: int, step: int, node: int, right: Tensor) -> Tensor:
        return -right if sample == 1 and (step, node) == last else right

    lies = {"posted": {1: honest.distances[1] ^ SIGN_BIT}} if where == "posted" else {"lie": negate}
    report = Forged(game.job.program, game.segments, **lies)
    assert report.distances == [honest.distances[0], honest.distances[1] ^ SIGN_BIT]
    assert report.digest != honest.digest
    dispute = game.start(report, honest.digest)
    if directly:
        game.prove_directly(dispute, honest, report)
    else:
        game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


# With roles


TERMS = {"steps": SEGMENTS * INTERVAL, "interval": INTERVAL, "threshold": THRESHOLD, "price": RICH}


@pytest.mark.ending("Stalled")
@pytest.mark.usefixtures("quickly")
def test_a_whole_life(play: Play, books: Books) -> None:
    """Solver, verifiers and a whistleblower that finds nothing; the trained state is the submitter's."""
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    submitter = play.role(Submitter, "submitter")
    task = submitter.submit("planted", descent(), gradients(3), [START], samples=SEGMENTS, **TERMS)
    play.run(task)
    assert ending(play, task) is Ending.STALLED
    assert sorted(upheld_distances(play, task)) == [0] * (SEGMENTS - 1) + [SIGN_BIT]
    steps = SEGMENTS * INTERVAL
    bill = Bill.of(program_units(descent()), steps, steps, RICH)
    back = bill.fee // SEGMENTS
    assert play.world.view("Settlement", "earned", upheld(play, task)) == bill.fee - back
    check_unpaid(books, task, bill.accepted("solver", drawn(play, task)), back)
    [state] = submitter.final_state(task)
    assert np.array_equal(state, START - np.float32(0.5 * INTERVAL * (SEGMENTS - 1)))
    with pytest.raises(LookupError, match="expected a task that is ACCEPTED"):
        submitter.submit("next", descent(), gradients(), [state], samples=2, parent=task, **TERMS)


@pytest.mark.parametrize(("planted", "answer"), [((0,), "decline"), ((1, 2, 3, 4, 5), "accept")], ids=str)
def test_a_solver_declines_what_does_not_move_at_first(play: Play, planted: Sequence[int], answer: str) -> None:
    """It looks at the first segment alone: all of it would be the training."""
    submitter = play.role(Submitter, "submitter")
    task = submitter.submit("planted", descent(), gradients(*planted), [START], samples=2, **TERMS)
    solver = play.role(Solver, "solver")
    assert solver.step(task) == ("enrol" if answer == "accept" else None)
    if answer == "decline":
        play.world.send("solver", "TaskRegistry", "enrol", task, 0)
    play.join(Keeper, "stranger")
    play.run(task, until=TaskPhase.OFFERED)
    assert solver.step(task) == answer


def test_an_honest_solver_that_diverges_is_not_slashed(play: Play) -> None:
    """A batch after the first segment is infinite. Native NaN has other bits than canonical: it posts the replay."""
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    verifiers(play)
    spoiled = gradients()
    spoiled[INTERVAL] = [np.full_like(spoiled[INTERVAL][0], np.inf)]
    task = play.role(Submitter, "submitter").submit("inf", descent(), spoiled, [START], samples=SEGMENTS, **TERMS)
    play.run(task)
    assert ending(play, task) is Ending.STALLED
    assert sorted(upheld_distances(play, task)) == [0] + [SIGN_BIT] * (SEGMENTS - 1)


def test_a_model_that_is_declared_as_memory_is_declined(play: Play) -> None:
    """Or its submitter would have it trained for nothing: what is declared a weight stands still at every end."""
    b = Builder()
    toggle, weights, batch = b.state(1, 8), b.state(8, 8), b.batch(8, 8)
    program = b.finish([1.0 - toggle, weights - batch.matmul_transposed(weights) * 0.5], memory=1)
    rng = np.random.default_rng(1)
    batches = [[rng.random((8, 8), dtype=np.float32)]]
    state = [np.zeros((1, 8), np.float32), rng.random((8, 8), dtype=np.float32)]
    task = play.role(Submitter, "submitter").submit("memory", program, batches, state, samples=2, **TERMS)
    with pytest.raises(ProgramError, match=r"^expected state tensor 1 to be a weight, or to be read lane by lane, got"):
        play.role(Solver, "solver").data(task).check()
    assert play.role(Solver, "solver").step(task) is None


def test_a_weight_that_only_goes_to_and_fro_is_declined(play: Play) -> None:
    """What counts is where a segment ends, as in a report."""
    b = Builder()
    toggle = b.state(1, 8)
    b.batch(1, 8)
    task = play.role(Submitter, "submitter").submit(
        "toggle",
        b.finish([1.0 - toggle]),
        [[np.zeros((1, 8), np.float32)]],
        [np.zeros((1, 8), np.float32)],
        samples=2,
        **(TERMS | {"interval": 2, "steps": 2 * SEGMENTS}),
    )
    with pytest.raises(ProgramError, match=r"^expected a weight that has moved after 2 steps, got none$"):
        play.role(Solver, "solver").data(task).check()

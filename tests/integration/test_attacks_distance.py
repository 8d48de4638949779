"""Attacks A4, A5 and A20: checkpoints and reports that make a distance look other than it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pinpoint.binary32.reference import from_float
from pinpoint.chain.client import ChallengePhase, Ending
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.builder import Builder
from pinpoint.program.distance import NODES_PER_TENSOR, SIGN_BIT, has_stalled, magnitude
from pinpoint.replay.report import Report
from tests.games import THRESHOLD, Game, Job, flip
from tests.integration.cases import START, moment_job, still_job
from tests.world import World

INFINITY = 0x7F800000


def with_state(job: Job, number: int, state: Sequence[Tensor]) -> Job:
    """The job with another checkpoint."""
    states = [*job.states[:number], list(state), *job.states[number + 1 :]]
    return Job(job.program, job.batches, states, job.interval, job.samples)


def rejected(world: World, job: Job) -> tuple[Game, list[int]]:
    """An honest verifier's report of a job, settled; its distances."""
    game = Game(world, job)
    honest = game.honest()
    game.report(honest)
    game.open_secret()
    game.settle()
    return game, honest.distances


def test_a04_a_forged_moment_is_a_distance_of_its_own(world: World) -> None:
    """The weights are right to the bit; the second moment is so large that they would never move again."""
    job = moment_job()
    w, v = job.states[1]
    forged = with_state(job, 1, [w, np.full_like(v, 1e30)])
    game, distances = rejected(world, forged)
    assert max(distances) > THRESHOLD
    assert game.client.task(game.task).ending is Ending.REJECTED
    control, distances = rejected(world, job)
    assert distances == [0, 0]
    assert control.client.task(control.task).ending is Ending.ACCEPTED


def test_a05_a_zero_update_is_no_trap(world: World) -> None:
    """Equal roots pass without arithmetic: nobody is slashed, though nothing was done that could be paid."""
    game, distances = rejected(world, still_job(START.copy()))
    assert distances == [SIGN_BIT]
    assert game.client.task(game.task).ending is Ending.STALLED


def test_a05_honest_rounding_over_nothing_is_finite(world: World) -> None:
    """eta in the denominator: a last bit is 2^-24 / 2^-20 of the weights' norm, not infinite."""
    _, [distance] = rejected(world, still_job(flip(START, 0, 1)))
    assert has_stalled(distance)
    assert 0 < magnitude(distance) < np.float32(2**-4).view(np.uint32)


@pytest.mark.parametrize("lane", [0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0xFFC00000])
def test_a05_what_is_not_finite_fails(world: World, lane: int) -> None:
    end = START.copy()
    end.view(np.uint32)[0, 3] = lane
    game, [distance] = rejected(world, still_job(end))
    assert magnitude(distance) >= INFINITY
    assert game.client.task(game.task).ending is Ending.REJECTED


@pytest.mark.parametrize("where", ["claimed", "start and claimed"])
def test_a20_an_overflowing_norm_fails(world: World, where: str) -> None:
    """2e19 in one harmless lane: finite / infinite must not be 0."""
    b = Builder()
    w = b.state(1, 8)
    g = b.batch(1, 8)
    program = b.finish([w + g])
    batch = [np.full((1, 8), 0.5, np.float32)]
    start, end = START.copy(), START + np.float32(9)
    if where == "start and claimed":
        start[0, 7] = np.float32(2e19)
    end[0, 7] = np.float32(2e19)
    game, [distance] = rejected(world, Job(program, [batch], [[start], [end]], 1, 1))
    expected = magnitude(distance) == INFINITY if where == "start and claimed" else distance > from_float(1e18)
    assert expected
    assert game.client.task(game.task).ending is Ending.REJECTED


@pytest.mark.parametrize("node", range(NODES_PER_TENSOR))
def test_a20_no_node_of_the_distance_can_be_lied_about(world: World, node: int) -> None:
    """Promise 4, with a state of one tensor: its last node is the distance itself."""
    game = Game(world, still_job(flip(START, 0, 1)))
    honest = game.honest()

    def lie(sample: int, step: int, at: int, right: Tensor) -> Tensor:
        return flip(right, 0, 1) if (step, at) == (1, node) else right

    report = Report(game.job.program, game.segments, lie)
    dispute = game.start(report, honest.digest)
    game.prove_directly(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON

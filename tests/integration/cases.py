"""Small jobs and reports that attacks are played with, by direct calls (tests/games.py)."""

from __future__ import annotations

import numpy as np

from pinpoint.chain.client import TaskPhase
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Program
from pinpoint.replay.report import Report
from tests.games import SEAL, Game, Job, flip, trained
from tests.world import PARAMETERS

BOND, COST = PARAMETERS.challenge_bond, PARAMETERS.challenge_cost


def liar(game: Game, place: tuple[int, int, int] = (1, 1, 6)) -> Report:
    """A report with one wrong lane, and all that follows."""

    def lie(sample: int, step: int, node: int, right: Tensor) -> Tensor:
        return flip(right, 0, 1 << 20) if (sample, step, node) == place else right

    return Report(game.job.program, game.segments, lie)


def finish(game: Game, *disputes: tuple[int, str, bytes]) -> dict[str, int]:
    """Settle, open these roots, and collect; what each was paid."""
    if game.client.task(game.task).phase is not TaskPhase.ENDED:
        game.open_secret()
        game.settle()
    for dispute, _, root in disputes:
        game.world.send("stranger", "Settlement", "open_report", dispute, root, SEAL)
    game.at(game.world.view("Settlement", "claim_ends", game.task) + 1)
    paid = {}
    for dispute, user, _ in disputes:
        before = game.world.view("Staking", "credit", game.world[user])
        game.world.send("stranger", "Settlement", "collect", dispute)
        paid[user] = game.world.view("Staking", "credit", game.world[user]) - before
    return paid


def descent_with_moment() -> Program:
    """w' = w - g / sqrt(v), v' = 0.5 v + g g, with the batch as gradient."""
    b = Builder()
    w, v = b.state(2, 8), b.state(2, 8)
    g = b.batch(2, 8)
    return b.finish([w - g / v.sqrt(), g.fma(g, v * 0.5)], memory=1)


def moment_job() -> Job:
    rng = np.random.default_rng(3)
    batches = [[rng.random((2, 8), dtype=np.float32) + 0.5]]
    initial = [rng.random((2, 8), dtype=np.float32) + 1, np.ones((2, 8), np.float32)]
    return trained(descent_with_moment(), batches, initial, segments=2, interval=2, samples=2)


def still_job(end: Tensor) -> Job:
    """A schedule with a zero update, and a claimed end."""
    b = Builder()
    w = b.state(1, 8)
    program = b.finish([w * 1.0])
    start = np.arange(1, 9, dtype=np.float32).reshape(1, 8)
    return Job(program, [[np.ones((1, 1), np.float32)]], [[start], [end]], 1, 1)


START = np.arange(1, 9, dtype=np.float32).reshape(1, 8)

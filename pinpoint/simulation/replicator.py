"""Roles whose members change strategy by profit: discrete replicator dynamics.

A strategy's share grows as exp(RATE x profit / price) over its role's mean (multiplicative weights). Payoffs are the
means of pairings that were played, or, live, of a generation's own tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint.economics.setting import Setting
from pinpoint.simulation.cast import Agent, Cast, Trial, Verifier, Watch, Watcher
from pinpoint.simulation.strategies import SOLVER
from pinpoint.simulation.workshop import Work

Floats = NDArray[np.float64]
Mix = tuple[Floats, Floats, Floats]
"""Shares of the strategies of each role."""

SOLVERS = ("honest", "skips a quarter", "forges one state", "skips everything")
VERIFIERS = ("honest", "lazy", "skips forced errors")
WHISTLEBLOWERS = ("idle", "stands alone", "griefs")
ROLES: Mapping[str, tuple[str, ...]] = {
    "solver": SOLVERS, "verifier": VERIFIERS, "whistleblower": WHISTLEBLOWERS,
}
"""The first of each is the honest profile: where solvers have replayed, nobody else need stand by."""
PLANS = (Verifier.HONEST, Verifier.LAZY, Verifier.SKIPS_FORCED)
WATCHES = (None, Watch.STANDS_ALONE, Watch.GRIEFS)
RATE, GENERATIONS = 0.5, 600
FLOOR = 1e-6
"""No strategy dies out for good: a few always try it again."""
SETTLED = 0.99
"""Share of a role's honest strategy at which it has won."""
STARTS = 40
"""Mixes that are tried for each dishonest share."""


@dataclass(frozen=True)
class Pairing:
    """One strategy of each role."""

    solver: int
    verifier: int
    whistleblower: int

    @property
    def name(self) -> str:
        """By its strategies."""
        return f"{SOLVERS[self.solver]} | {VERIFIERS[self.verifier]} | {WHISTLEBLOWERS[self.whistleblower]}"

    def trial(self, s: Setting) -> Trial:
        """A task of these three. Whoever is drawn after a verifier that fell is honest."""
        n = s.task.segments
        forged = (
            (Work.HONEST, 0, 1.0),
            (Work.SKIPPED, n // 4, 0.75),
            (Work.MOVES, 0, 0.0),
            (Work.SKIPPED, n, 0.0),
        )
        work, at, computed = forged[self.solver]
        watch = WATCHES[self.whistleblower]
        watchers = () if watch is None else (Watcher(watch, ("whistleblower",)),)
        if work is Work.HONEST:
            watchers = (*watchers, SOLVER)
        plans = (PLANS[self.verifier], Verifier.HONEST)
        cast = Cast(work, at, computed, verifiers=plans, watchers=watchers)
        return Trial(cast, (Agent(("solver",), outside=True), Agent(("drawn 0",)), Agent(("whistleblower",))))


PAIRINGS = tuple(
    Pairing(solver, verifier, whistleblower)
    for solver in range(len(SOLVERS))
    for verifier in range(len(VERIFIERS))
    for whistleblower in range(len(WHISTLEBLOWERS))
)


def table(played: Mapping[Pairing, Sequence[Sequence[float]]], price: float) -> Floats:
    """Mean profit over the price, by role and then by the strategies of each role.

    Args:
        played: profits by task and agent, of every pairing.
        price: of the task, in tokens.
    """
    found = np.zeros((len(ROLES), len(SOLVERS), len(VERIFIERS), len(WHISTLEBLOWERS)))
    for pairing, tasks in played.items():
        found[:, pairing.solver, pairing.verifier, pairing.whistleblower] = np.mean(tasks, axis=0) / price
    return found


def expected(payoffs: Floats, mix: Mix) -> Mix:
    """What each strategy earns on average against a mix."""
    solvers, verifiers, whistleblowers = mix
    return (
        np.einsum("svw,v,w->s", payoffs[0], verifiers, whistleblowers),
        np.einsum("svw,s,w->v", payoffs[1], solvers, whistleblowers),
        np.einsum("svw,s,v->w", payoffs[2], solvers, verifiers),
    )


def grown(mix: Mix, earned: Mix) -> Mix:
    """The next generation."""
    first, second, third = (_grow(share, payoff) for share, payoff in zip(mix, earned, strict=True))
    return first, second, third


def _grow(shares: Floats, payoffs: Floats) -> Floats:
    # Relative to the best, so that nothing overflows.
    weights = np.maximum(shares, FLOOR) * np.exp(RATE * (payoffs - payoffs.max()))
    found: Floats = weights / weights.sum()
    return found


def trajectory(payoffs: Floats, mix: Mix) -> list[Mix]:
    """All generations from a mix on, until honesty has won, or the last."""
    found = [mix]
    for _ in range(GENERATIONS):
        found.append(grown(found[-1], expected(payoffs, found[-1])))
        if honest(found[-1]):
            break
    return found


def honest(mix: Mix) -> bool:
    """Whether solvers and verifiers are honest."""
    return bool(mix[0][0] >= SETTLED and mix[1][0] >= SETTLED)


def starts(dishonest: float, seed: int) -> list[Mix]:
    """Mixes in which so much of solvers and verifiers is dishonest: each corner, then random ones.

    Whistleblowers are idle in the corners, which is the worst, and anyhow in the others.
    """
    random = np.random.default_rng([seed, round(dishonest * 1e6)])
    idle = np.eye(len(WHISTLEBLOWERS))[0]
    corners = [
        (_part(dishonest, solver), _part(dishonest, verifier), idle)
        for solver in np.eye(len(SOLVERS) - 1)
        for verifier in np.eye(len(VERIFIERS) - 1)
    ]
    inside = [
        (
            _part(dishonest, random.dirichlet(np.ones(len(SOLVERS) - 1))),
            _part(dishonest, random.dirichlet(np.ones(len(VERIFIERS) - 1))),
            random.dirichlet(np.ones(len(WHISTLEBLOWERS))),
        )
        for _ in range(STARTS - len(corners))
    ]
    return corners + inside


def _part(dishonest: float, among: Floats) -> Floats:
    return np.concatenate(([1 - dishonest], dishonest * among))


def stable(payoffs: Floats, dishonest: float, seed: int) -> bool:
    """Whether honesty wins from all these mixes."""
    return all(honest(trajectory(payoffs, mix)[-1]) for mix in starts(dishonest, seed))

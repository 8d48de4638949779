"""Judges a deployment's parameters, and proposes the least that hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from pinpoint.chain.parameters import Parameters
from pinpoint.economics import deployment, limits, profiler, solver, stalls, verifier, whistleblower
from pinpoint.economics.inequality import Inequality, tightest
from pinpoint.economics.market import Market, Task
from pinpoint.economics.setting import Setting

MARGIN = 0.05
"""What a proposal keeps from every inequality."""
HALVINGS = 24
"""Of the way to a bound: a share is known to 1e-7."""


def setting(parameters: Parameters, market: Market | None = None, task: Task | None = None) -> Setting:
    """A typical task in a market; the demonstration's, and the default one, where they are not given."""
    return Setting(parameters, market or Market(), task or Task())


def check(parameters: Parameters, market: Market | None = None, task: Task | None = None) -> list[Inequality]:
    """All inequalities of a deployment, in a fixed order; those that do not hold say so."""
    return judged(setting(parameters, market, task))


def judged(s: Setting) -> list[Inequality]:
    """All inequalities of a setting."""
    return [*_each(s), eligible_share(s)]


def beyond(s: Setting) -> list[Inequality]:
    """Those that no parameters within the targets can make hold."""
    return [inequality(s) for inequality in limits.INEQUALITIES]


def stable_until(s: Setting) -> float:
    """The largest dishonest share of the stake in a draw up to which honesty is everybody's best reply."""


    def drawn(share: float) -> list[Inequality]:
        return list(_of_parties(s.changed(dishonest=share, eligible_share=1.0)))

    # Those that speak of dishonest stake at all.
    depend = {i.name for i, j in zip(drawn(0.0), drawn(0.5), strict=True) if i != j}

    def stable(share: float) -> bool:
        return all(i.holds for i in drawn(share) if i.name in depend)

    return _boundary(stable, 0.0, 1 - 1e-9) if stable(0.0) else 0.0


def eligible_share(s: Setting) -> Inequality:
    """A draw leaves out little enough honest stake (A27): eligible_share x stable_until >= dishonest share of all."""
    return Inequality("eligible share", s.rate("eligible_share") * stable_until(s), s.market.dishonest, "share")


@dataclass(frozen=True)
class Proposal:
    """One number, as far towards what is cheap as the inequalities let it go.

    Attributes:
        name: of the parameter, rate, or task's number.
        deployed: what it is now.
        proposed: the bound, with MARGIN kept.
        binding: the inequality that stops it there, at the proposed value.
    """

    name: str
    deployed: float
    proposed: float
    binding: Inequality


PROPOSED: dict[str, tuple[str, ...]] = {
    "challenge_cost": ("griefing whistleblower", "cost of a conviction"),
    "challenge_bond": ("challenge bond",),
    "chunk_fee": ("ask pays the post",),
    "task_deposit": ("invalid program",),
    "verifier_rate": ("verifier earns",),
    "tax": ("whistleblower enters",),
    "solver_deposit": (
        "partial training",
        "partial training, no outside value",
        "skips everything",
        "withholds data",
        "forged state",
        "owns the task",
    ),
    "verifier_deposit": (
        "verifier works",
        "lazy verifier",
        "skips a forced error",
        "whistleblower convicts",
        "bounty pays the cost",
        "slashed solver's alias",
    ),
    "verifier_stake": ("stake covers a deposit",),
    "least_fee": ("least fee pays a report's gas",),
    "least_price": ("owns the task", "held capacity"),
    "ask_window": ("asks fit the window",),
    "forced_rate": ("verifier works",),
    "stall_burn": ("planted stalls",),
    "profiler_deposit": ("silent profiler", "absurd profile"),
    "pool_share": ("tax keeps the pool solvent", "dust tasks for the jackpot"),
    "reply_window": ("shortest window",),
    "unbonding_period": ("unbonding",),
}
"""What is proposed, and which inequalities it is there for.

In this order, each under the proposals before it: the least of each, but of the pool's share of the tax the most.
"""
CHEAPER_BY_MORE = {"pool_share"}
AT_MOST_ONE = {"forced_rate", "pool_share", "stall_burn"}
FARTHEST = 64.0
"""A proposal is looked for up to so many times what is deployed."""


def propose(s: Setting) -> tuple[Setting, list[Proposal]]:
    """Lower (or raise) one number after the other until an inequality is MARGIN from failing.

    Returns:
        the setting with all proposed numbers, and what bound each. One that cannot hold with any value is left as it
        was, with the inequality that fails.
    """
    proposals = []
    for name, guards in PROPOSED.items():
        deployed = s.value(name)
        s = s.changed(**{name: _bound(s, name, guards)})
        proposals.append(Proposal(name, deployed, s.value(name), tightest(i for i in _each(s) if i.name in guards)))
    return s, proposals


def least_fee(s: Setting) -> Proposal:
    """The smallest fee, in tokens, of a task like this for which everything holds, by its units."""
    guards = [i.name for i in _each(s)]
    small = s.changed(units=_bound(s, "units", guards))
    return Proposal("least fee", s.fee, small.fee, tightest(_each(small)))


def least_samples(s: Setting) -> Proposal:
    """The fewest samples of a task with so many segments for which a solver is held to honesty by its deposit."""
    n = s.task.segments

    def worst(samples: int) -> Inequality:
        return tightest(inequality(s.changed(samples=samples)) for inequality in solver.INEQUALITIES)

    enough = next((q for q in range(1, n + 1) if worst(q).margin >= MARGIN), n)
    return Proposal("samples", s.task.samples, enough, worst(enough))


def _bound(s: Setting, name: str, guards: Collection[str]) -> float:
    def fine(value: float) -> bool:
        tried = s.changed(**{name: value})
        # A few more are dishonest than is supposed, so that the eligible share has its margin, too.
        worse = tried.changed(dishonest=s.market.dishonest / (1 - MARGIN))
        return all(i.margin >= MARGIN for i in _each(tried) if i.name in guards) and all(
            i.holds for i in _of_parties(worse) if i.name in guards
        )

    good = deployed = s.value(name)
    most = 1.0 if name in AT_MOST_ONE else deployed * FARTHEST
    while not fine(good):
        if good >= most:
            return deployed
        good = min(most, good * 1.25)
    return _boundary(fine, good, most if name in CHEAPER_BY_MORE else deployed * 1e-6)


def _boundary(fine: Callable[[float], bool], good: float, end: float) -> float:
    """The last fine value on the way from a fine one to `end`, by halving."""
    if fine(end):
        return end
    bad = end
    for _ in range(HALVINGS):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if fine(middle) else (good, middle)
    return good


def _each(s: Setting) -> list[Inequality]:
    # All but the one that asks for all others many times.
    others = (deployment, profiler, stalls)
    return [*_of_parties(s), *(inequality(s) for module in others for inequality in module.INEQUALITIES)]


def _of_parties(s: Setting) -> Iterator[Inequality]:
    for module in (solver, verifier, whistleblower):
        for inequality in module.INEQUALITIES:
            yield inequality(s)

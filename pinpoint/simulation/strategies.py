"""Every strategy that is played, with the honest one beside it and the profit that is expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

from pinpoint.economics import gas, profits
from pinpoint.economics.attacks import LISTED
from pinpoint.economics.setting import Setting
from pinpoint.simulation.cast import Agent, Cast, Trial, Verifier, Watch, Watcher
from pinpoint.simulation.workshop import Work
from pinpoint.simulation.world import ALIASES, VERIFIERS

SKIPPED = (0.01, 0.1, 0.25, 0.5)
"""Shares of a training."""
SHOWS = 6
"""What a verifier has shown of a fallback with one wrong bit when that is proved."""

SOLVER = Watcher(Watch.REPLAYS, ("solver",))
WHISTLEBLOWER = Watcher(Watch.REPLAYS, ("whistleblower",))
FARMER = Watcher(Watch.TOLD, ALIASES[:1])


@dataclass(frozen=True)
class Strategy:
    """One strategy.

    Attributes:
        name: its own.
        honest: the name of what it is compared with; None: to do nothing.
        listed: which of the listed attacks it is (pinpoint.economics.attacks).
        trial: how it is played, its own agent alone.
        closed_form: expected profit a task, in tokens.
    """

    name: str
    honest: str | None
    listed: str | None
    trial: Trial
    closed_form: float


def colluders_of(s: Setting) -> int:
    """How many of the world's verifiers stand for the dishonest share of a draw."""
    return round(s.drawn_dishonest * len(VERIFIERS))


def cheapest(s: Setting) -> float:
    """The least price of a unit that a deployment admits, over the typical task's; a little more, for the rounding."""
    return s.rate("least_price") / s.task.price * (1 + 1e-9)


def smallest(s: Setting) -> float:
    """The fewest units that the least fee admits, over the typical task's; a little more, for the rounding."""
    return s.rate("least_fee") / s.verifier_fee * (1 + 1e-4)


def with_colluders(s: Setting, colluders: int) -> Setting:
    """The same, with so many of the world's verifiers dishonest."""
    return s.changed(dishonest=colluders / len(VERIFIERS) * s.rate("eligible_share"))


def strategies(s: Setting) -> list[Strategy]:
    """All of them, the honest first.

    Raises:
        ValueError: if a listed attack is not played.
    """
    s = with_colluders(s, colluders_of(s))
    found = [*_honest(s), *solvers(s), *_verifiers(s), *_others(s)]
    missing = LISTED.keys() - {strategy.listed for strategy in found}
    if missing:
        raise ValueError(f"expected every listed attack to be played, got none for {sorted(missing)}")
    return found


HONEST: dict[str, Callable[[Setting], float]] = {
    "honest solver": profits.solver,
    "honest verifier": profits.verifier,
    "honest coalition": profits.coalition,
    "honest whistleblower": partial(profits.claims, names=1, others=0),
    "honest submitter": profits.submitter,
}
"""What each is expected to earn."""


def gain(s: Setting, strategy: Strategy) -> float:
    """What a strategy is expected to earn more than the honest one, in tokens."""
    return strategy.closed_form - (HONEST[strategy.honest](s) if strategy.honest else 0.0)


def _trial(agent: Agent, cast: Cast) -> Trial:
    return Trial(cast, (agent,))


def _honest(s: Setting) -> Iterator[Strategy]:
    colluders = colluders_of(s)
    trials = {
        "honest solver": _trial(Agent(("solver",)), Cast()),
        "honest verifier": _trial(Agent(("drawn 0",)), Cast(watchers=(SOLVER,))),
        "honest coalition": _trial(Agent(("solver", *VERIFIERS[:colluders])), Cast(colluders=colluders)),
        "honest whistleblower": _trial(Agent(("whistleblower",)), Cast(watchers=(WHISTLEBLOWER,))),
        "honest submitter": _trial(Agent(("submitter",), worth=1.0), Cast()),
    }
    for name, trial in trials.items():
        yield Strategy(name, None, None, trial, HONEST[name](s))


def solvers(s: Setting) -> Iterator[Strategy]:
    """Attacks in which dishonest stake helps a solver: those whose profit depends on its share."""
    colluders, n = colluders_of(s), s.task.segments
    solver = Agent(("solver",), outside=True)
    forged = partial(Cast, colluders=colluders)
    for share in SKIPPED:
        count = ceil(share * n)
        cast = forged(Work.SKIPPED, count, 1 - share)
        expected = profits.partial(s, count, share)
        name = f"partial training, {share:.0%} skipped"
        yield Strategy(name, "honest solver", "partial training", _trial(solver, cast), expected)
    first = profits.dead_from(s)
    for name, work in (("forged optimiser state", Work.MOMENTS), ("one forged dead state", Work.NOT_FINITE)):
        cast = forged(work, first, first / n)
        yield Strategy(name, "honest solver", name, _trial(solver, cast), profits.dead(s, first))
    moving = forged(Work.MOVES, 0, 0.0)
    name = "one forged state that moves"
    yield Strategy(name, "honest solver", name, _trial(solver, moving), profits.moves(s))
    dark = forged(Work.SKIPPED, n, 0.0, withholds=True)
    name = "withholding solver"
    yield Strategy(name, "honest solver", name, _trial(solver, dark), profits.withholds(s))
    pair, nothing = ("solver", *VERIFIERS[:colluders]), forged(Work.SKIPPED, n, 0.0)
    name = "colluding solver and verifier"
    yield Strategy(name, "honest coalition", name, _trial(Agent(pair, True), nothing), profits.colludes(s))
    once = "colluding pair, one forged state"
    yield Strategy(once, "honest coalition", name, _trial(Agent(pair, True), moving), profits.colludes_once(s))
    owner = Agent(("submitter", *pair), outside=True)
    own = replace(moving, price=cheapest(s))
    yield Strategy("colluding owner of the task", None, name, _trial(owner, own), profits.owns(s))


def _verifiers(s: Setting) -> Iterator[Strategy]:
    v, drawn = s.honest_draw, Agent(("drawn 0",))

    def strategy(name: str, cast: Cast, expected: float, agent: Agent = drawn) -> Strategy:
        return Strategy(name, "honest verifier", name, _trial(agent, cast), expected)

    lazy = Cast(verifiers=(Verifier.LAZY, Verifier.HONEST), watchers=(SOLVER,), awake=v)
    yield strategy("lazy verifier", lazy, profits.lazy(s, v))
    copying = Cast(verifiers=(Verifier.LAZY, Verifier.COPIES, Verifier.HONEST), watchers=(SOLVER,))
    yield strategy("copying verifier", copying, profits.copies(s), Agent(("drawn 1",)))
    skips = Cast(verifiers=(Verifier.SKIPS_FORCED, Verifier.HONEST), watchers=(SOLVER,), awake=v)
    yield strategy("verifier that skips its forced errors", skips, profits.skips_forced(s, v, SHOWS * gas.SHOW))
    farm, farmer = Cast(watchers=(SOLVER, FARMER)), Agent(("drawn 0", *FARMER.names))
    yield strategy("alias farms its own verifier's forced errors", farm, profits.farms(s), farmer)
    filler = Watcher(Watch.FILLS, ALIASES)
    filled = Cast(verifiers=(Verifier.LAZY, Verifier.HONEST), watchers=(filler, SOLVER))
    expected = profits.fills(s, len(ALIASES), gas.DESCEND)
    yield strategy("aliases fill challenges", filled, expected, Agent(("drawn 0", *ALIASES)))


def _others(s: Setting) -> Iterator[Strategy]:
    colluders = colluders_of(s)
    names = ("whistleblower", "other whistleblower")
    sybil = Cast(watchers=(Watcher(Watch.REPLAYS, names),))
    name = "Sybil whistleblowers"
    yield Strategy(name, "honest whistleblower", name, _trial(Agent(names), sybil), profits.claims(s, len(names), 0))
    griefer = Watcher(Watch.GRIEFS, ("whistleblower",))
    name = "griefing whistleblower"
    yield Strategy(name, None, name, _trial(Agent(griefer.names), Cast(watchers=(griefer,))), profits.griefs(s))
    submitter = Agent(("submitter",), worth=s.task.segments // 2 / s.task.segments)
    name, bad = "submitter with bad data", Cast(Work.PLANTED)
    yield Strategy(name, "honest submitter", name, _trial(submitter, bad), profits.plants(s))
    name = "dust tasks for the jackpot"
    own = Agent(("submitter", "solver", *ALIASES[:1], *VERIFIERS[:colluders]))
    units = smallest(s)
    dust = Cast(colluders=colluders, watchers=(Watcher(Watch.SPARES_OWN, ALIASES[:1]),), units=units)
    yield Strategy(name, None, name, _trial(own, dust), profits.dust(s, units))

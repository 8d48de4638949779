"""What no parameters within the targets can make hold, and the figures that say how far off it is."""

from __future__ import annotations

from pinpoint.economics import gas, profiler
from pinpoint.economics.inequality import Inequality
from pinpoint.economics.jackpot import part
from pinpoint.economics.setting import Setting

TOKENS = "tokens"


def standalone_whistleblower(s: Setting) -> Inequality:
    """One who replays for the jackpots alone: phi J / 4 >= C_w, the verifier counted.

    phi J is a part of the tax, C_w the sampled share of the solver's cost. Both sides are per task.
    """
    return Inequality("stand-alone whistleblower", s.rate("forced_rate") * part(s.jackpot, 2), s.replay_cost, TOKENS)


def break_even_lies(s: Setting, rights: int = 2) -> float:
    """Share of wrong reports at which one who replays every task earns what it costs; above 1, never.

    Each wrong report pays its part of the bounty, each forced one its part of the jackpot.

    Args:
        s: the task.
        rights: right sealed reports that share; 2 counts the verifier, or the liar's alias.
    """
    forced = s.rate("forced_rate") * part(s.jackpot, rights)
    cost = min(s.rate("challenge_cost"), s.bounty)
    lie = cost + part(s.bounty - cost, rights) + part(s.rate("solver_bounty_share") * s.solver_deposit, rights)
    spent = s.market.gas(gas.CONVICTION + gas.CLAIM)
    gain = lie - spent - forced
    return (s.replay_cost - forced) / gain if gain > 0 else float("inf")


def lazy_profiler(s: Setting) -> Inequality:
    """A profiler that measures, or one that reveals a plausible number instead: R_p - C_p >= R_p.

    What is plausible is public. A solver loses nothing by a threshold that was invented, since it knows it before it
    accepts, and replays itself; the submitter has paid for nothing.
    """
    return Inequality("lazy profiler", profiler.fee(s) - profiler.cost(s), profiler.fee(s), TOKENS)


def redraws(s: Setting) -> Inequality:
    """A solver goes dark with data that nobody can ask for in the window, until a verifier of its own is drawn.

    Others excuse themselves, as they must (A15). So it is passed with 1 - v^(R + 1) instead of 1 - v:
    F - C + v^(R + 1) D_s >= (1 - v^(R + 1)) (F + B). What can be asked for on chain (`deployment.asks_fit`), or is
    served by somebody else, is not at stake: an availability layer is needed for large states (promise 4).
    """
    missed = s.honest_draw ** (s.parameters.max_rounds + 1)
    left = s.solver_profit + missed * s.solver_deposit
    return Inequality("data beyond the window", left, (1 - missed) * (s.fee + s.outside), TOKENS)


INEQUALITIES = (standalone_whistleblower, lazy_profiler, redraws)

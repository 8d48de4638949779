"""What no parameters within the targets can make hold, and the figures that say how far off it is."""

from __future__ import annotations

from pinpoint.economics import gas
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


INEQUALITIES = (standalone_whistleblower,)

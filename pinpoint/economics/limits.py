"""What no parameters within the targets can make hold, and the figures that say how far off it is."""

from __future__ import annotations

from math import comb

from pinpoint.economics import gas
from pinpoint.economics.inequality import Inequality
from pinpoint.economics.jackpot import alias_gain, part
from pinpoint.economics.setting import Setting

TOKENS = "tokens"


def standalone_whistleblower(s: Setting) -> Inequality:
    """One who replays for the jackpots alone: phi J / 4 >= C_w, one alias counted.

    phi J is a part of the tax, C_w the sampled share of the solver's cost. Both sides are per task.
    """
    return Inequality("stand-alone whistleblower", s.rates.forced_rate * part(s.jackpot, 2), s.replay_cost, TOKENS)


def break_even_lies(s: Setting, rights: int = 2) -> float:
    """Share of wrong reports at which one who replays every task earns what it costs; above 1, never.

    Each wrong report pays its part of the bounty, each forced one its part of the jackpot.

    Args:
        s: the task.
        rights: right sealed reports that share; 2 counts one alias.
    """
    forced = s.rates.forced_rate * part(s.jackpot, rights)
    cost = min(s.rate("challenge_cost"), s.bounty)
    lie = cost + part(s.bounty - cost, rights) + part(s.rate("solver_bounty_share") * s.solver_deposit, rights)
    spent = s.market.gas(gas.CONVICTION + gas.CLAIM)
    gain = lie - spent - forced
    return (s.replay_cost - forced) / gain if gain > 0 else float("inf")


def farmed_jackpot(s: Setting) -> Inequality:
    """A verifier of others' tasks tells an alias that its error is forced: gas >= phi (the alias's part of J).

    One other right report is supposed. No parameter stops it: the verifier knows. Counting the verifier itself among
    the right reports does (`jackpot.alias_gain`).
    """
    gain = s.rates.forced_rate * alias_gain(s.jackpot, 1, counted=False)
    cost = s.rates.forced_rate * s.market.gas(gas.CHALLENGE + gas.CLAIM)
    return Inequality("alias farms others' tasks", cost, gain, TOKENS)


def paid_chances(n: int, q: int) -> list[float]:
    """Chance that each of n segments is paid, where the even ones never move and q are sampled.

    Unpaid is what lies between the samples that moved around a sample that did not (docs/protocol.md, stage 5). So a
    segment is paid if the next samples on both sides of it moved, or there is none on a side; or it is such a sample.
    """
    moving = [i for i in range(n) if i % 2]
    chances = []
    for i in range(n):
        paid = comb(n - 1, q - 1) if i in moving else 0
        for left in (-1, *(m for m in moving if m < i)):
            for right in (*(m for m in moving if m > i), n):
                known = (left >= 0) + (right < n)
                if known <= q:
                    paid += comb(max(left, 0) + max(n - 1 - right, 0), q - known)
        chances.append(paid / comb(n, q))
    return chances


def planted_stalls(s: Setting) -> Inequality:
    """A submitter plants zero gradients in every other segment, and is refunded work that moved (A25).

    What it pays for planted segments >= what it does not pay for those that moved. No parameter makes it hold: the rest
    of a stalled fee goes back to who could have planted the stall.
    """
    n = s.task.segments
    chances = paid_chances(n, s.task.samples)
    planted, moved = sum(chances[::2]), sum(1 - chance for chance in chances[1::2])
    return Inequality("planted stalls", planted * s.fee / n, moved * s.fee / n, TOKENS)


INEQUALITIES = (standalone_whistleblower, farmed_jackpot, planted_stalls)

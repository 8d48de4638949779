"""Somebody checks the checker, and jackpots and challenges cannot be milked."""

from __future__ import annotations

from pinpoint.economics import gas
from pinpoint.economics.inequality import Inequality, tightest
from pinpoint.economics.jackpot import aliased, part
from pinpoint.economics.setting import Setting

TOKENS = "tokens"
MOST_RIVALS, MOST_ALIASES = 4, 8


def dust_tasks(s: Setting) -> Inequality:
    """Tasks of one's own until one's own verifier is forced, and has the jackpot (A11): tax + gas >= phi J."""
    tasks = s.tax + s.market.gas(gas.WHOLE_TASK)
    return Inequality("dust tasks for the jackpot", tasks, s.rate("forced_rate") * s.jackpot, TOKENS)


def pool_lasts(s: Setting) -> Inequality:
    """tax per task >= phi p_f J (docs/economics.md, Formulas), whoever looks: a verifier alone has J, so p_f = 1."""
    return Inequality("tax keeps the pool solvent", s.tax, s.rate("forced_rate") * s.jackpot, TOKENS)


def sybil_whistleblowers(s: Setting) -> Inequality:
    """One who is right once gets more than under several names, whoever else is right (A21).

    So does a verifier whose error was forced, and which is one of the right by its fallback: an alias costs it.

    total / 2^(k - 1) over k, with 1 against 2 to 8 names, and up to 4 others.
    """
    return tightest(
        Inequality("Sybil whistleblowers", part(s.jackpot, others + 1), aliased(s.jackpot, others, names), TOKENS)
        for others in range(MOST_RIVALS + 1)
        for names in range(2, MOST_ALIASES + 1)
    )


def claims_jackpot(s: Setting) -> Inequality:
    """Who has the replay anyway, as the solver has, enters for a jackpot: J / 4 >= gas, the verifier counted."""
    cost = s.market.gas(gas.CHALLENGE + gas.CLAIM)
    return Inequality("whistleblower enters", part(s.jackpot, 2), cost, TOKENS)


def convicts(s: Setting) -> Inequality:
    """Who knows a report to be wrong challenges it: P(win) >= (D_w + gas) / (reward + D_w).

    A replay is exact, so P(win) = 1. The reward is the cost of the moves, and of the rest of the bounty what one alias
    of the liar leaves.
    """
    bond, cost = s.rate("challenge_bond"), min(s.rate("challenge_cost"), s.bounty)
    reward = cost + part(s.bounty - cost, 2)
    spent = s.market.gas(gas.CONVICTION + gas.CLAIM)
    return Inequality("whistleblower convicts", 1.0, (bond + spent) / (reward + bond), "chance")


def griefing(s: Setting) -> Inequality:
    """A challenge that loses pays for what it made the verifier do (A7, A23, rule 19): challenge_cost >= a defence.

    One of any number of aliases; each has its own bond.
    """
    return Inequality("griefing whistleblower", s.rate("challenge_cost"), s.market.gas(gas.DEFENCE), TOKENS)


def bond(s: Setting) -> Inequality:
    """A bond is more than what a lost challenge pays the verifier: a pair that challenges itself loses the rest."""
    return Inequality("challenge bond", s.rate("challenge_bond"), s.rate("challenge_cost"), TOKENS)


def conviction_cost(s: Setting) -> Inequality:
    """Who convicts gets back the gas of the dearest game: challenge_cost >= commitment, reveal, descents and proof."""
    return Inequality("cost of a conviction", s.rate("challenge_cost"), s.market.gas(gas.CONVICTION), TOKENS)


def bounty_pays_cost(s: Setting) -> Inequality:
    """The cost is set aside in full, so a task has a least fee: b D_v >= challenge_cost."""
    return Inequality("bounty pays the cost", s.bounty, s.rate("challenge_cost"), TOKENS)


INEQUALITIES = (
    dust_tasks,
    pool_lasts,
    sybil_whistleblowers,
    claims_jackpot,
    convicts,
    griefing,
    bond,
    conviction_cost,
    bounty_pays_cost,
)

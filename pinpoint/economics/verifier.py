"""A drawn verifier replays, reports what it found, and does its forced errors."""

from __future__ import annotations

from pinpoint.economics import gas
from pinpoint.economics.inequality import Inequality
from pinpoint.economics.jackpot import part
from pinpoint.economics.setting import Setting

TOKENS = "tokens"


def verifier_works(s: Setting) -> Inequality:
    """phi p_f (J / 4 + R_v + D_v) >= C_v (docs/economics.md, Formulas): two share J, the solver and the verifier (A21).

    A floor: as if wrong reports were looked for only as often as jackpots pay for it. p_f is the chance that the
    solver, who has replayed its own work, is honest and so looks.
    """
    at_stake = part(s.jackpot, 2) + s.verifier_fee + s.verifier_deposit
    return Inequality("verifier works", s.rate("forced_rate") * s.honest_draw * at_stake, s.replay_cost, TOKENS)


def lazy_verifier(s: Setting) -> Inequality:
    """Report without a replay, or a root copied from a sealed challenge: v (R_v + D_v + phi J / 4) >= C_v.

    Such a report is wrong, whatever it says: traces cannot be guessed. An honest solver (chance v) convicts it for the
    bounty, since it has the right traces already.
    """
    lost = s.verifier_fee + s.verifier_deposit + s.rate("forced_rate") * part(s.jackpot, 2)
    return Inequality("lazy verifier", s.honest_draw * lost, s.replay_cost, TOKENS)


def skips_forced_error(s: Setting) -> Inequality:
    """Report the truth though an error is forced, and save the second report: v (R_v + D_v + J / 4) >= gas (A2).

    The fallback differs from the first report, so it is wrong, and has a window without excuse. This supposes that
    secrets are opened whether or not a challenge was revealed.
    """
    saved = s.market.gas(gas.REPORT + gas.OPEN_SECRET)
    lost = s.verifier_fee + s.verifier_deposit + part(s.jackpot, 2)
    return Inequality("skips a forced error", s.honest_draw * lost, saved, TOKENS)


def liars_alias(s: Setting) -> Inequality:
    """A liar whose own alias convicts it still loses: D_v >= b D_v (A21, A12; the part that is burnt)."""
    return Inequality("liar's alias", s.verifier_deposit, s.bounty, TOKENS)


def verifier_earns(s: Setting) -> Inequality:
    """An honest verifier is paid for its replay and gas: R_v >= C_v + gas, reports of forced errors included."""
    once = gas.DRAW + gas.ACCEPT_ASSIGNMENT
    reports = (1 + s.rate("forced_rate")) * (gas.REPORT + gas.OPEN_SECRET)
    return Inequality("verifier earns", s.verifier_fee, s.replay_cost + s.market.gas(once + reports), TOKENS)


def least_fee(s: Setting) -> Inequality:
    """No dust: whoever is assigned is paid its gas at least, and whoever fills capacity pays for it.

    least_fee >= gas of a report: accepting, reporting, opening the secret.
    """
    spent = s.market.gas(gas.ACCEPT_ASSIGNMENT + gas.REPORT + gas.OPEN_SECRET)
    return Inequality("least fee pays a report's gas", s.rate("least_fee"), spent, TOKENS)


INEQUALITIES = (
    verifier_works,
    lazy_verifier,
    skips_forced_error,
    liars_alias,
    verifier_earns,
    least_fee,
)

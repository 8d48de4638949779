"""A drawn profiler measures, and reveals what it has measured."""

from __future__ import annotations

from pinpoint.economics import gas
from pinpoint.economics.inequality import Inequality
from pinpoint.economics.setting import Setting
from pinpoint.replay.profile import RUNS

TOKENS = "tokens"


def fee(s: Setting) -> float:
    """One profiler's, for its replays of a segment, at a verifier's price."""
    return s.rate("verifier_rate") * RUNS * s.fee / s.task.segments


def cost(s: Setting) -> float:
    """What these replays cost."""
    return RUNS * s.cost / s.task.segments


def deposit(s: Setting) -> float:
    """One profiler's."""
    return s.rate("profiler_deposit") * fee(s)


def profiler_earns(s: Setting) -> Inequality:
    """An honest profiler is paid for its replays and gas: R_p >= C_p + gas."""
    return Inequality("profiler earns", fee(s), cost(s) + s.market.gas(gas.PROFILE), TOKENS)


def silent_profiler(s: Setting) -> Inequality:
    """Measure nothing, and say nothing, or seal what cannot be revealed: R_p + D_p >= C_p + gas."""
    return Inequality("silent profiler", fee(s) + deposit(s), cost(s) + s.market.gas(gas.PROFILE), TOKENS)


def absurd_profile(s: Setting) -> Inequality:
    """Reveal what no honest replay can measure, to end a task or to raise its threshold: absurd_share x D_p >= R_p.

    It costs more than honest work earns, whatever the task.
    """
    return Inequality("absurd profile", s.rate("absurd_share") * deposit(s), fee(s), TOKENS)


INEQUALITIES = (profiler_earns, silent_profiler, absurd_profile)

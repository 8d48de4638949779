"""A solver trains honestly: what each way to cheat gains, and what it loses.

Both sides are tokens a task, so left - right is what the cheat earns less than honest work. A third party's challenge
is counted nowhere: a dishonest verifier lets everything pass. What may happen to help the honest is left out.
"""

from __future__ import annotations

from functools import cache
from math import ceil, comb

from pinpoint.economics import gas
from pinpoint.economics.detection import detection, false_rejection
from pinpoint.economics.inequality import Inequality, tightest
from pinpoint.economics.setting import Setting

TOKENS = "tokens"


def forging(s: Setting, forged: int, outside: float) -> Inequality:
    """Forge c of n segments, so that the result is worth `outside` tokens more to the forger.

    (p - e) (D_s (1 - b) + R) >= s + (1 - p) B, which is the field's "solver stays honest" solved for the loss. p is the
    chance that a forged segment is sampled and the verifier honest, e that an honest proof fails, s = C c / n.
    """
    n = s.task.segments
    found = s.honest_draw * detection(n, s.task.samples, forged)
    alarm = false_rejection(s.market.false_alarm, s.task.samples)
    return Inequality(
        f"forges {forged} of {n} segments",
        (found - alarm) * (s.lost_deposit + s.fee),
        s.cost * forged / n + (1 - found) * outside,
        TOKENS,
    )


def partial_ways(s: Setting, outside: float) -> list[Inequality]:
    """Every way to forge some segments and not all (`forging`)."""
    return [forging(s, c, outside) for c in range(1, max(2, s.task.segments))]


def partial_training(s: Setting) -> Inequality:
    """Forge some segments and not all, however many, for the whole outside value (`forging`)."""
    return _named("partial training", partial_ways(s, s.outside))


def partial_training_alone(s: Setting) -> Inequality:
    """The same where a forged result is worth nothing elsewhere: only the work is saved (`forging`, B = 0)."""
    return _named("partial training, no outside value", partial_ways(s, 0.0))


def skips_everything(s: Setting) -> Inequality:
    """Train nothing, and hope for a dishonest verifier: v (D_s (1 - b) + R) >= C + (1 - v) B.

    the field's D + R >= C / v, whatever q; v is the chance that an honest verifier is drawn.
    """
    return Inequality(
        "skips everything",
        s.honest_draw * (s.lost_deposit + s.fee),
        s.cost + (1 - s.honest_draw) * s.outside,
        TOKENS,
    )


def withholds_data(s: Setting) -> Inequality:
    """Train nothing, serve a colluding verifier only, and go dark when an honest one asks (A6).

    As `skips_everything`, with the whole deposit lost: in Data withheld nobody is paid a bounty out of it.
    """
    return Inequality(
        "withholds data",
        s.honest_draw * (s.solver_deposit + s.fee),
        s.cost + (1 - s.honest_draw) * s.outside,
        TOKENS,
    )


@cache
def paid_share(n: int, q: int, k: int) -> float:
    """Share of the fee that is paid where segment k (from 0) is forged and not sampled, and all after it are dead.

    The expectation over the samples, times the chance that k is not sampled. Paid is everything if no sample is after
    k, else what is up to the last sample before k (docs/protocol.md, stage 5; A10).
    """
    # `last` is the last sample before k. The other q - 1 are before it or after k, at least one of them after k.
    part = sum((comb(last + n - k - 1, q - 1) - comb(last, q - 1)) * (last + 1) for last in range(k))
    return (comb(k, q) + part / n) / comb(n, q)


def dead_ways(s: Setting) -> list[Inequality]:
    """Forge one transition into a state that never moves again, at each segment k, and stop computing.

    Only the forged segment convicts; with a dishonest verifier all is paid. With v the chance of an honest one:
    F - C + C k / n + v (q / n) D_s (1 - b) >= (1 - v) (F + B) + v ((1 - q / n) B + paid_share F). The deposit that this
    needs grows as n / q.
    """
    n, q, v = s.task.segments, s.task.samples, s.honest_draw
    found = v * s.task.sampled
    return [
        Inequality(
            f"dead from segment {k} of {n}",
            s.solver_profit + s.cost * k / n + found * s.lost_deposit,
            (1 - v + v * paid_share(n, q, k)) * s.fee + (1 - found) * s.outside,
            TOKENS,
        )
        for k in range(n)
    ]


def dead_state(s: Setting) -> Inequality:
    """Forge a dead state, or the optimiser's that makes one, wherever it is hardest to deter (`dead_ways`; A10, A4)."""
    return _named("forged dead state", dead_ways(s))


def owns_the_task(s: Setting) -> Inequality:
    """A submitter solves its own task by a forged dead state, for the outside value alone.

    Its fee comes back, and so do its shares of the slash: v (q / n) D_s (1 - b - submitter_share) + v (1 - q / n) R_v +
    (1 - v) tax >= (1 - v q / n) B.
    """
    v, sampled = s.honest_draw, s.task.sampled
    kept = s.rate("submitter_share") + s.rate("solver_bounty_share")
    return Inequality(
        "owns the task",
        v * sampled * s.solver_deposit * (1 - kept) + v * (1 - sampled) * s.verifier_fee + (1 - v) * s.tax,
        (1 - v * sampled) * s.outside,
        TOKENS,
    )


def detection_target(s: Setting) -> Inequality:
    """An honest verifier finds the skipping of the market's share of a training as often as is asked for."""
    n = s.task.segments
    found = detection(n, s.task.samples, max(1, ceil(s.market.skipped * n)))
    return Inequality("detection target", found, s.market.detection, "chance")


def false_rejections(s: Setting) -> Inequality:
    """An honest solver's profit covers what wrong rejections cost it: R - C >= e (D_s + R), e = 1 - (1 - alpha)^q."""
    alarm = false_rejection(s.market.false_alarm, s.task.samples)
    return Inequality("false rejections", s.solver_profit, alarm * (s.solver_deposit + s.fee), TOKENS)


def solver_earns(s: Setting) -> Inequality:
    """An honest solver is paid for its work and gas, that of an undisputed task: R >= C + gas."""
    return Inequality("solver earns", s.fee, s.cost + s.market.gas(gas.SOLVER), TOKENS)


def _named(name: str, ways: list[Inequality]) -> Inequality:
    worst = tightest(ways)
    return Inequality(name, worst.left, worst.right, worst.unit)


INEQUALITIES = (
    partial_training,
    partial_training_alone,
    skips_everything,
    withholds_data,
    dead_state,
    owns_the_task,
    detection_target,
    false_rejections,
    solver_earns,
)

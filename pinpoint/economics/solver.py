"""A solver trains honestly: what each way to cheat gains, and what it loses.

Both sides are tokens a task, so left - right is what the cheat earns less than honest work. A third party's challenge
is counted nowhere: a dishonest verifier lets everything pass. What may happen to help the honest is left out.
"""

from __future__ import annotations

from math import ceil

from pinpoint.economics import gas
from pinpoint.economics.detection import detection, false_rejection
from pinpoint.economics.inequality import Inequality, tightest
from pinpoint.economics.setting import Setting

TOKENS = "tokens"


def forging(s: Setting, forged: int, outside: float) -> Inequality:
    """Forge c of n segments, so that the result is worth `outside` tokens more to the forger.

    (p - e) (D_s + R) >= s + (1 - p) B, which is the field's "solver stays honest" solved for the loss. p is the
    chance that a forged segment is sampled and the verifier honest, e that an honest proof fails, s = C c / n.
    """
    n = s.task.segments
    found = s.honest_draw * detection(n, s.task.samples, forged)
    alarm = false_rejection(s.market.false_alarm, s.task.samples)
    return Inequality(
        f"forges {forged} of {n} segments",
        (found - alarm) * (s.solver_deposit + s.fee),
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
    """Train nothing, and hope for a dishonest verifier: v (D_s + R) >= C + (1 - v) B.

    The field's D + R >= C / v, whatever q; v is the chance that an honest verifier is drawn.
    """
    return Inequality(
        "skips everything",
        s.honest_draw * (s.solver_deposit + s.fee),
        s.cost + (1 - s.honest_draw) * s.outside,
        TOKENS,
    )


def withholds_data(s: Setting) -> Inequality:
    """Train nothing, serve a colluding verifier only, and go dark when an honest one asks (A6).

    As `skips_everything`: in Data withheld the whole deposit is lost, too.
    """
    return Inequality(
        "withholds data",
        s.honest_draw * (s.solver_deposit + s.fee),
        s.cost + (1 - s.honest_draw) * s.outside,
        TOKENS,
    )


def forged_state(s: Setting) -> Inequality:
    """Forge the first transition, into a state from which the rest costs nothing (A10, A4).

    A dead state moves no more, so what is sampled after it is not paid; one whose hidden layers are dead moves its last
    bias for ever, and is paid in full. Only the forged segment convicts, and a solver with stake of its own in the draw
    saves those replays, too: F - C + f D_s >= (1 - f) (F + B) + (1 - v) C_v, f = v q / n, v the chance of an honest
    verifier. The deposit that this needs grows nearly as n / q. Any later transition costs more.
    """
    v, found = s.honest_draw, s.honest_draw * s.task.sampled
    return Inequality(
        "forged state",
        s.solver_profit + found * s.solver_deposit,
        (1 - found) * (s.fee + s.outside) + (1 - v) * s.replay_cost,
        TOKENS,
    )


def at_least_price(s: Setting) -> Setting:
    """The same task at the least price of a unit, where what it is worth elsewhere stays what it is."""
    share = min(1.0, s.rate("least_price") / s.task.price)
    return s.changed(price=s.task.price * share, outside_value=s.market.outside_value / share)


def owns_the_task(s: Setting) -> Inequality:
    """A submitter with stake in the draw solves its own task by a forged state, for the outside value alone.

    It pays itself, so it chooses the least price. Its fee comes back, and so do its share of the slash, and jackpots of
    its own verifiers: f D_s (1 - submitter_share) + (v - f) R_v + (1 - f) tax - (1 - v) phi J >= (1 - f) B, where
    f = v q / n.
    """
    s = at_least_price(s)
    v, found = s.honest_draw, s.honest_draw * s.task.sampled
    slashed = found * s.solver_deposit * (1 - s.rate("submitter_share"))
    spent = (v - found) * s.verifier_fee + (1 - found) * s.tax - (1 - v) * s.rate("forced_rate") * s.jackpot
    return Inequality("owns the task", slashed + spent, (1 - found) * s.outside, TOKENS)


def slashed_alias(s: Setting) -> Inequality:
    """No part of a slashed solver's deposit comes back by an alias: D_v (1 - bounty share) >= b D_s.

    Right sealed reports share in it where an earlier report has fallen. Nobody makes one fall but its verifier, which
    would have to be the solver's own, and loses this.
    """
    share = s.rate("solver_bounty_share") * s.solver_deposit
    return Inequality("slashed solver's alias", s.verifier_deposit - s.bounty, share, TOKENS)


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
    forged_state,
    owns_the_task,
    slashed_alias,
    detection_target,
    false_rejections,
    solver_earns,
)

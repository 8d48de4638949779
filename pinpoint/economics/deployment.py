"""What does not depend on who cheats: what is burnt, data, windows, and whom a draw may choose from."""

from __future__ import annotations

from math import ceil

from pinpoint.economics import gas
from pinpoint.economics.inequality import Inequality
from pinpoint.economics.setting import Setting

SECONDS = "seconds"
CHUNK = 2**15
"""Bytes of data of a chunk (docs/availability.md)."""


def burnt(s: Setting) -> Inequality:
    """Some of a solver's slash is burnt, or a pair that slashes itself loses nothing (docs/protocol.md, Endings)."""
    shares = s.rate("submitter_share") + s.rate("verifier_share") + s.rate("solver_bounty_share")
    return Inequality("solver's slash is burnt in part", 1.0, shares, "share")


def invalid_program(s: Setting) -> Inequality:
    """Who shows that a program breaks a rule gets back its gas: invalid_share x task_deposit >= gas (A15)."""
    reward = s.rate("invalid_share") * s.rate("task_deposit")
    return Inequality("invalid program", reward, s.market.gas(gas.SHOW_INVALID), "tokens")


def invalid_burnt(s: Setting) -> Inequality:
    """A submitter that finds its own invalid node loses a part of its deposit."""
    return Inequality("submitter's slash is burnt in part", 1.0, s.rate("invalid_share"), "share")


def stake_covers(s: Setting) -> Inequality:
    """Every registered verifier can be drawn for the typical task: verifier_stake >= D_v, or its order is refused."""
    return Inequality("stake covers a deposit", s.rate("verifier_stake"), s.verifier_deposit, "tokens")


def asks_fit(s: Setting) -> Inequality:
    """A drawn verifier that is given nothing can ask for all that it needs (A6): ask_window >= chunks x block_time.

    Else it has to excuse itself, and going dark costs a solver nothing. One chunk is asked for in a block. What is
    larger than the window admits needs somebody else who serves it.
    """
    chunks = ceil(s.task.data / CHUNK)
    return Inequality("asks fit the window", s.parameters.ask_window, chunks * s.market.block_time, SECONDS)


def held_capacity(s: Setting) -> Inequality:
    """Whoever fills verifiers' capacity by tasks of its own pays what it costs them (A27): least price >= compute cost.

    In tokens for the work of the typical replay. Its fees go to those verifiers, so their capacity is sold, not held.
    """
    units = s.task.units * s.task.steps * s.task.sampled
    price = s.rate("verifier_rate") * s.rate("least_price")
    return Inequality("held capacity", price * units, s.replay_cost, "tokens")


def posting_paid(s: Setting) -> Inequality:
    """The fee of an ask pays for the dearest post (A6, A24), so that asking does not hurt an honest solver."""
    return Inequality("ask pays the post", s.rate("chunk_fee"), s.market.gas(gas.POST_CHUNK), "tokens")


def unbonding(s: Setting) -> Inequality:
    """Stake stays until the last verdict: unbonding > phases and longest game (docs/economics.md, Formulas)."""
    p = s.parameters
    return Inequality("unbonding", p.unbonding_period, p.decision_window(p.max_replay_time), SECONDS)


def replay_time(s: Setting) -> Inequality:
    """The typical task is accepted: its replay is given no more than the longest time (A14)."""
    units = round(s.task.units * s.task.samples * s.task.interval)
    return Inequality("replay time", s.parameters.max_replay_time, s.parameters.work_time(units, s.task.data), SECONDS)


def windows(s: Setting) -> Inequality:
    """Every window in which one must act leaves time to notice, and to get a transaction in (rule 5)."""
    p = s.parameters
    draws = p.draw_window - p.draw_delay * s.market.block_time
    shortest = min(
        p.enrol_window, p.accept_window, draws, p.commit_window, p.reveal_window, p.secret_window, p.ask_window,
        p.reply_window, p.claim_window,
    )
    return Inequality("shortest window", shortest, s.market.response * s.market.block_time, SECONDS)


INEQUALITIES = (
    burnt,
    invalid_program,
    invalid_burnt,
    stake_covers,
    held_capacity,
    asks_fit,
    posting_paid,
    unbonding,
    replay_time,
    windows,
)

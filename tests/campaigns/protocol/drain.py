"""Time alone ends everything: exits that anybody may take, one after the other, until nothing is left (promise 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.campaigns.protocol.calls import Call
from tests.campaigns.protocol.driver import Action
from tests.campaigns.protocol.world import USERS
from tests.model.protocol.arbitration import Phase as GamePhase
from tests.model.protocol.arbitration import Status
from tests.model.protocol.availability import Phase as AskPhase
from tests.model.protocol.profiling import Stage as Profile
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Phase, Task
from tests.model.protocol.rounds import Round, Stage
from tests.model.protocol.words import POOL, key

DRAINED = {
    "X01": "every task has ended",
    "X02": "the exits of a task were open within its bound (promise 6)",
    "X03": "no capacity is in use",
    "X04": "nothing is bonded",
    "X05": "nothing is locked but by solvers that are enrolled and not drawn, who may leave",
    "X06": "no unit is in any pot but the pool",
    "X07": "everybody takes out all that it has, and Staking owes the pool and what is burnt",
}
ANYBODY = USERS["stranger"]
MOST_EXITS = 4_000
Exit = tuple[int, Call]
"""The first second in which it is open, and how it is taken."""


def exits(m: Protocol) -> Iterator[Exit]:
    """What is open to anybody, now or as soon as time has passed."""
    for task in m.registry.tasks.values():
        if task.phase is not Phase.ENDED:
            yield from _of_task(m, task)
        if (r := m.verification.rounds.get(task.number)) is not None:
            yield from _of_round(m, task, r)
    yield from _of_challenges(m)
    for (n, who), sealed in m.open_round.sealed.items():
        if sealed and m.registry.tasks[n].phase is Phase.ENDED:
            yield m.now, Call(ANYBODY, "OpenRound", "close_reporter", (n, who))
    for name, ask in m.availability.asks.items():
        if ask.phase is AskPhase.PENDING and m.registry.tasks[ask.task].phase is Phase.ENDED:
            yield m.now, Call(ANYBODY, "Availability", "refund", (name,))


def _of_task(m: Protocol, task: Task) -> Iterator[Exit]:
    n, after = task.number, task.deadline + 1
    if task.phase is Phase.PROFILING:
        profile = m.profiling.profiles[n]
        grace = m.p.reveal_window if profile.stage is Profile.MEASURING else 0
        yield profile.deadline + grace + 1, Call(ANYBODY, "Profiling", "finish", (n,))
    elif task.phase is Phase.OPEN:
        yield after, Call(ANYBODY, "TaskRegistry", "close_enrolment", (n,))
    elif task.phase is Phase.DRAWING:
        # Blocks pass, too.
        yield m.now + m.p.draw_delay + 2, Call(ANYBODY, "TaskRegistry", "draw_solver", (n,))
    elif task.phase in (Phase.OFFERED, Phase.TRAINING):
        yield after, Call(ANYBODY, "TaskRegistry", "time_out", (n,))


def _of_round(m: Protocol, task: Task, r: Round) -> Iterator[Exit]:
    n, verification, settle = task.number, m.verification, Call(ANYBODY, "Settlement", "settle", (task.number,))
    if r.stage in (Stage.REPORTING, Stage.OPEN) and m.availability.pending[n]:
        last = r.ask_end + m.availability.posting_time(n, r.round)
        yield last + 1, Call(ANYBODY, "Availability", "time_out", (n,))
    elif r.stage in (Stage.DRAWING, Stage.ASSIGNED, Stage.REPORTING, Stage.FALLBACK):
        yield verification.deadline(r) + 1, Call(ANYBODY, "Verification", "time_out", (n,))
    elif r.stage is Stage.REPORTED:
        reveal_end, secret_end = verification.ends(r.current)
        if not r.current.opened:
            yield secret_end + 1, Call(ANYBODY, "Verification", "time_out", (n,))
        elif (tally := m.arbitration.tallies.get(r.current.number)) is None:
            yield reveal_end + 1, settle
        elif tally.open == 0:
            yield secret_end + 1, settle
    elif r.stage is Stage.OPEN and m.arbitration.open_in_batch(r) == 0:
        ends = [verification.ends(report)[0] for number in r.named.values() for report in [verification.of(number)]]
        yield max([verification.open_ends(r)[1], *ends]) + 1, settle
    if n in m.settlement.claim_ends:
        for report in r.reports.values():
            # One whose secret was disclosed has fallen before it was given.
            if (report.given or report.fallen) and not m.settlement.prizes[m.settlement.pot_of(report)].closed:
                yield m.settlement.claim_ends[n] + 1, Call(ANYBODY, "Settlement", "close_prize", (report.number,))


def _of_challenges(m: Protocol) -> Iterator[Exit]:
    for c in m.arbitration.challenges.values():
        if c.phase is GamePhase.COMMITTED:
            yield m.verification.ends(c.report)[0] + 1, Call(ANYBODY, "Arbitration", "close", (c.number,))
        elif c.phase is GamePhase.REVEALED and m.arbitration.status(c.number) is Status.FREED:
            yield m.now, Call(ANYBODY, "Arbitration", "close", (c.number,))
        elif c.phase is GamePhase.REVEALED and c.report.opened:
            clock, _ = m.arbitration._game(c)
            last = min(clock.deadline(m.p.reply_window), m.arbitration.end_of(c))
            start = max(last, m.verification.ends(c.report)[1]) + 1
            yield start, Call(ANYBODY, "Arbitration", "time_out", (c.number,))
        if c.number in m.settlement.opened - m.settlement.collected:
            end = m.settlement.claim_ends[c.report.number >> 16]
            yield end + 1, Call(ANYBODY, "Settlement", "collect", (c.number,))


def drain(m: Protocol, send: Callable[[Action], None]) -> list[str]:
    """Take exits until there is none; ids of what then does not hold.

    Args:
        send: what each is sent by; it updates the model.
    """
    started, broken = m.now, []
    ends = [task for task in m.registry.tasks.values() if task.phase is not Phase.ENDED]
    for _ in range(MOST_EXITS):
        # What is first open is taken first; of several, the first.
        first = min(exits(m), key=lambda each: each[0], default=None)
        if first is None:
            break
        at, call = first
        now = max(m.now + 1, at)
        send(Action(now, m.number + min(now - m.now, 5), *call))
        ends = [task for task in ends if task.phase is not Phase.ENDED]
        broken += ["X02" for task in ends if m.now > started + bound(m, task)]
    held = [task for task in m.registry.tasks.values() if task.phase is not Phase.ENDED]
    broken += ["X01"] if held else []
    broken += ["X03"] if any(place.units_used or place.data_used for place in m.lots.places) else []
    broken += ["X04"] if any(m.accounts.bonded.values()) else []
    broken += ["X06"] if any(amount for pot, amount in m.accounts.pots.items() if pot != key(POOL)) else []
    return sorted(set(broken))


def leave(m: Protocol, send: Callable[[Action], None]) -> list[str]:
    """After a drain, everybody takes out what it has; ids of what then does not hold."""
    broken = []

    def do(wait: int, sender: int, contract: str, method: str, *arguments: int) -> None:
        send(Action(m.now + wait, m.number + 1, sender, contract, method, arguments))

    for task in m.registry.tasks.values():
        for who in list(task.enrolled):
            do(1, who, "TaskRegistry", "leave", task.number)
    broken += ["X05"] if m.accounts.locks else []
    everybody = (*USERS.values(), m.treasury)
    for who in everybody:
        if m.accounts.stake[who]:
            do(1, who, "Staking", "unbond", m.accounts.stake[who])
        if m.accounts.credit[who]:
            do(1, who, "Staking", "withdraw", m.accounts.credit[who])
    for who in everybody:
        if m.accounts.unbonding[who]:
            # In the last second it is too early.
            wait = max(1, m.accounts.unbonding_ends[who] - m.now)
            do(wait, who, "Staking", "withdraw_stake")
            if m.accounts.unbonding[who]:
                do(1, who, "Staking", "withdraw_stake")
    a = m.accounts
    broken += ["X07"] if a.owed != a.burnt + a.pots[key(POOL)] else []
    return broken


def bound(m: Protocol, task: Task) -> int:
    """The longest that a task can live, in seconds, if each exit is taken when it opens (docs/protocol.md, promise 6).

    Looser than the contract's view: all that can be posted is bounded by what was asked for.
    """
    p, order = m.p, task.order
    one_try = p.enrol_window + 2 * p.draw_window + p.accept_window + order.training_time
    one_round = p.draw_window + p.accept_window + p.ask_window + order.replay_time
    one_round += p.decision_window(order.replay_time) + p.reply_window
    profile = p.draw_window + order.profile_time + p.reveal_window
    asked = [amount for (n, _), amount in m.availability.bytes.items() if n == task.number]
    posting = sum(amount // p.bytes_per_second + 1 for amount in asked)
    return profile + p.max_tries * one_try + (p.max_rounds + 2) * one_round + p.commit_window + posting + 64

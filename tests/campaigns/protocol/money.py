"""Properties of accounts, in every state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pinpoint.chain.parameters import WAD
from tests.campaigns.protocol.property import IN_HAND, each_round, holds
from tests.model.protocol.arbitration import Phase as GamePhase
from tests.model.protocol.availability import Phase as AskPhase
from tests.model.protocol.profiling import Answer
from tests.model.protocol.profiling import Stage as Profile
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Ending, Phase
from tests.model.protocol.words import (
    BOUNTY,
    ESCROW,
    FEE,
    JACKPOT,
    POOL,
    PROFILER,
    REPORTER,
    SOLVER,
    SUBMITTER,
    is_open,
    key,
    verifier_key,
)

OPEN_CHALLENGE = (GamePhase.COMMITTED, GamePhase.REVEALED)


@holds("M01", "all accounts add up to what Staking owes (promise 2)")
def _total(m: Protocol) -> Iterable[Any]:
    return [] if m.accounts.total() == m.accounts.owed else [(m.accounts.total(), m.accounts.owed)]


@holds("M02", "Staking holds what it owes, and beside it exactly what was given to it without a deposit (promise 1)")
def _solvent(m: Protocol) -> Iterable[Any]:
    held, a = m.accounts.tokens[m.at["Staking"]], m.accounts
    return [] if held == a.owed + a.donated else [(held, a.owed, a.donated)]


@holds("M03", "no account is below zero")
def _signs(m: Protocol) -> Iterable[Any]:
    a = m.accounts
    parts = (a.stake, a.bonded, a.unbonding, a.credit, a.locked, a.pots)
    return [name for part in parts for name, amount in part.items() if amount < 0]


@holds("M04", "what an owner has locked is the sum of its locks (promise 9)")
def _locked(m: Protocol) -> Iterable[Any]:
    found = Counter[int]()
    for owner, amount in m.accounts.locks.values():
        found[owner] += amount
    return [owner for owner, amount in m.accounts.locked.items() if amount != found[owner]]


@holds("M05", "what is bonded is one bond for each challenge of its owner that has no end yet")
def _bonded(m: Protocol) -> Iterable[Any]:
    found = Counter(c.challenger for c in m.arbitration.challenges.values() if c.phase in OPEN_CHALLENGE)
    bonded = m.accounts.bonded
    return [who for who in {*found, *bonded} if bonded[who] != m.p.challenge_bond * found[who]]


@holds("M06", "the escrow of a task that has not ended is its price, less what profilers were paid")
def _escrow(m: Protocol) -> Iterable[Any]:
    for n, task in m.registry.tasks.items():
        if task.phase is not Phase.ENDED:
            profile = m.profiling.profiles.get(n)
            over = profile is not None and profile.stage is Profile.OVER
            measured = [p for p in profile.profilers.values() if p.answer is Answer.REVEALED] if over else []
            least = task.order.escrow - len(measured) * task.order.profile_fee
            if not least <= m.accounts.pots[key(ESCROW, n)] <= task.order.escrow:
                yield n


@holds("M07", "the escrow of a task that has ended is empty (promise 2)")
def _emptied(m: Protocol) -> Iterable[Any]:
    ended = [n for n, task in m.registry.tasks.items() if task.phase is Phase.ENDED]
    return [n for n in ended if m.accounts.pots[key(ESCROW, n)]]


@holds("M08", "a submitter's deposit is locked until its program is accepted, or the task ends")
def _submitters(m: Protocol) -> Iterable[Any]:
    for n, task in m.registry.tasks.items():
        due = task.phase is not Phase.ENDED and not task.accepted
        if m.accounts.locks.get(key(SUBMITTER, n)) != ((task.submitter, m.p.task_deposit) if due else None):
            yield n


@holds("M09", "who is enrolled, or drawn and not done, has locked at least the deposit; nobody else has")
def _solvers(m: Protocol) -> Iterable[Any]:
    for n, task in m.registry.tasks.items():
        due = {*task.enrolled, *([task.solver] if task.solver and task.phase is not Phase.ENDED else [])}
        for who in {*due, task.solver, task.submitter} - {0}:
            owner, amount = m.accounts.locks.get(key(SOLVER, n, who), (0, 0))
            if (owner == who) != (who in due) or (who in due and amount < task.order.solver_deposit):
                yield n, who


@holds("M10", "a verifier's deposit is locked from the draw to the end of its round, all of it")
def _verifiers(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        for place in range(r.round + 1):
            lock = m.accounts.locks.get(verifier_key(task.number << 16 | place))
            due = place == r.round and r.stage in IN_HAND
            if lock != ((r.drawn, task.order.verifier_deposit) if due else None):
                yield task.number, place


@holds("M11", "a profiler's deposit is locked as long as it measures, and not once it has said that it cannot")
def _profilers(m: Protocol) -> Iterable[Any]:
    for n, profile in m.profiling.profiles.items():
        for who, profiler in profile.profilers.items():
            due = profile.stage is Profile.MEASURING and profiler.answer is not Answer.UNAVAILABLE
            if (key(PROFILER, n, who) in m.accounts.locks) != due:
                yield n, who


@holds("M12", "a bounty is empty as long as no report of a verifier's has fallen")
def _bounties(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        fell = any(report.fallen and not report.forced and not is_open(report.number) for report in r.reports.values())
        if m.accounts.pots[key(BOUNTY, task.number)] and not fell and r.round == 0:
            yield task.number


@holds("M13", "a jackpot is at most what its task's tax pays on average, and only of a report whose error was forced")
def _jackpots(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        most = task.order.pooled * WAD // m.p.forced_rate
        for report in r.reports.values():
            jackpot = m.accounts.pots[key(JACKPOT, report.number)]
            if jackpot > (most if report.forced else 0):
                yield report.number


@holds("M14", "what was paid for a chunk waits in its pot until it is posted or returned, and no longer")
def _asks(m: Protocol) -> Iterable[Any]:
    for name, ask in m.availability.asks.items():
        if (m.accounts.pots[name] > 0) != (ask.phase is AskPhase.PENDING):
            yield name


@holds("M15", "the reporters' pot is empty before the open round, and holds no more than what is due after it")
def _fees(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        pot, each = m.accounts.pots[key(FEE, task.number)], m.settlement.reporter_fee[task.number]
        if r.round <= m.p.max_rounds and pot:
            yield task.number
        elif task.phase is Phase.ENDED and task.ending != Ending.DATA_WITHHELD:
            members = [w for (n, w), report in m.open_round.reported.items() if n == task.number and report == r.upheld]
            if pot != (each * len(members) if r.upheld else 0):
                yield task.number


@holds("M16", "a reporter's deposit is locked while its report may fall, and not after it was closed")
def _reporters(m: Protocol) -> Iterable[Any]:
    for (n, who), sealed in m.open_round.sealed.items():
        if not sealed and key(REPORTER, n, who) in m.accounts.locks:
            yield n, who


@holds("M17", "every lock is of a submitter, solver, verifier, profiler or reporter of some task")
def _known_locks(m: Protocol) -> Iterable[Any]:
    known = {key(SUBMITTER, n) for n in m.registry.tasks}
    for n, task in m.registry.tasks.items():
        known |= {key(SOLVER, n, who) for who in (*task.enrolled, task.solver)}
    for n, profile in m.profiling.profiles.items():
        known |= {key(PROFILER, n, who) for who in profile.profilers}
    known |= {verifier_key(report.number) for _, r in each_round(m) for report in r.reports.values()}
    known |= {key(REPORTER, n, who) for n, who in m.open_round.sealed}
    return [name for name in m.accounts.locks if name not in known]


@holds("M18", "every pot that is not empty is of some task, or of a question, or the pool")
def _known_pots(m: Protocol) -> Iterable[Any]:
    known = {key(POOL), *m.availability.asks}
    for n in m.registry.tasks:
        known |= {key(kind, n) for kind in (ESCROW, BOUNTY, FEE)}
    known |= {key(JACKPOT, report.number) for _, r in each_round(m) for report in r.reports.values()}
    return [name for name, amount in m.accounts.pots.items() if amount and name not in known]

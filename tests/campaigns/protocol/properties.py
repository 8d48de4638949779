"""What has to hold, by name: in every state, from each state to the next, and when time alone has ended everything.

They are asked of the model, which the lockstep keeps equal to the contracts. `docs/invariants.md` lists them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from pinpoint.chain.parameters import WAD
from tests.model.protocol.arbitration import Phase as GamePhase
from tests.model.protocol.availability import Phase as AskPhase
from tests.model.protocol.profiling import Answer
from tests.model.protocol.profiling import Stage as Profile
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Ending, Phase, Task
from tests.model.protocol.verification import SIGN, Round, Stage
from tests.model.protocol.words import (
    ASK,
    BOUNTY,
    ESCROW,
    FALLBACK,
    FEE,
    JACKPOT,
    POOL,
    PROFILER,
    REPORTER,
    SOLVER,
    SUBMITTER,
    is_open,
    key,
    place_of,
    task_of,
    verifier_key,
)

IN_HAND = (Stage.ASSIGNED, Stage.REPORTING, Stage.REPORTED, Stage.FALLBACK)
OPEN_CHALLENGE = (GamePhase.COMMITTED, GamePhase.REVEALED)
Check = Callable[[Protocol], Iterable[Any]]


class Property(NamedTuple):
    """A property of every state: `broken` yields whatever contradicts it."""

    id: str
    text: str
    broken: Check


PROPERTIES: list[Property] = []


def holds(id: str, text: str) -> Callable[[Check], Check]:
    """Name what a check is about."""

    def named(check: Check) -> Check:
        PROPERTIES.append(Property(id, text, check))
        return check

    return named


def each_round(m: Protocol) -> Iterator[tuple[Task, Round]]:
    """Tasks with a verification."""
    for number, r in m.verification.rounds.items():
        yield m.registry.tasks[number], r


# Money


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


@holds("M11", "a profiler's deposit is locked as long as it measures")
def _profilers(m: Protocol) -> Iterable[Any]:
    for n, profile in m.profiling.profiles.items():
        due = profile.stage is Profile.MEASURING
        for who in profile.profilers:
            if (key(PROFILER, n, who) in m.accounts.locks) != due:
                yield n, who


@holds("M12", "a bounty is empty until a report of a verifier's has fallen, and when its prize is closed and collected")
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


# Lots


@holds("L01", "the capacity of a verifier that is in use is that of its work in hand (A27)")
def _used(m: Protocol) -> Iterable[Any]:
    found = Counter[int]()
    for task, r in each_round(m):
        if r.stage in IN_HAND:
            found[r.drawn] += task.order.replay_units
    for profile in m.profiling.profiles.values():
        if profile.stage is Profile.MEASURING:
            for who in profile.profilers:
                found[who] += profile.task.order.profile_units
    return [place.owner for place in m.lots.places if place.units_used != found[place.owner]]


@holds("L02", "no verifier is its task's submitter or solver, or was drawn for the task before")
def _strangers(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        drawn = [r.reports[place].verifier for place in range(m.p.max_rounds + 1) if place in r.reports]
        drawn = [who for who in drawn if who]
        if len(set(drawn)) != len(drawn) or task.submitter in drawn or task.solver in drawn:
            yield task.number


@holds("L03", "profilers are as many as were ordered, distinct by nature, and none is the submitter")
def _measurers(m: Protocol) -> Iterable[Any]:
    for n, profile in m.profiling.profiles.items():
        task = profile.task
        if profile.profilers and len(profile.profilers) != task.order.geometry.profilers:
            yield n
        if task.submitter in profile.profilers:
            yield n


@holds("L04", "who has retired has no tickets, and whoever has tickets is registered")
def _retired(m: Protocol) -> Iterable[Any]:
    return [place.owner for place in m.lots.places if place.tickets and not place.units]


@holds("L05", "a place has one owner, and an owner one place, for ever")
def _places(m: Protocol) -> Iterable[Any]:
    owners = [place.owner for place in m.lots.places]
    return [] if len(set(owners)) == len(owners) == len(m.lots.place_of) else owners


@holds("L06", "tickets of an epoch's start do not change within it (A19)")
def _epochs(m: Protocol) -> Iterable[Any]:
    for place in m.lots.places:
        if any(epoch > m.lots.epoch for epoch, _ in place.history):
            yield place.owner


# Tasks


@holds("T01", "a task has an ending exactly when it has ended")
def _endings(m: Protocol) -> Iterable[Any]:
    return [n for n, task in m.registry.tasks.items() if bool(task.ending) != (task.phase is Phase.ENDED)]


@holds("T02", "a task has a solver while one is asked, trains or is verified")
def _has_solver(m: Protocol) -> Iterable[Any]:
    due = (Phase.OFFERED, Phase.TRAINING, Phase.PROVED)
    return [n for n, task in m.registry.tasks.items() if task.phase in due and not task.solver]


@holds("T03", "a task has a proof exactly from its posting on, and none after another try")
def _proofs(m: Protocol) -> Iterable[Any]:
    for n, task in m.registry.tasks.items():
        r = m.verification.rounds.get(n)
        over = r is not None and r.stage in (Stage.CONCLUDED, Stage.ABORTED)
        if bool(task.proof_root) != (task.phase is Phase.PROVED or over):
            yield n


@holds("T04", "tries are counted up to their bound, and a task that has used them up has ended")
def _tries(m: Protocol) -> Iterable[Any]:
    for n, task in m.registry.tasks.items():
        if task.tries > m.p.max_tries or (task.tries == m.p.max_tries and task.phase is not Phase.ENDED):
            yield n


@holds("T05", "a submitter neither enrols for its own task nor solves it")
def _own(m: Protocol) -> Iterable[Any]:
    return [n for n, t in m.registry.tasks.items() if t.submitter == t.solver or t.submitter in t.enrolled]


@holds("T06", "a threshold lies between floor and ceiling, or is 0, in exact mode or before it is measured")
def _thresholds(m: Protocol) -> Iterable[Any]:
    bounds = m.p.threshold_floor, m.p.threshold_ceiling
    return [n for n, t in m.registry.tasks.items() if t.threshold and not bounds[0] <= t.threshold <= bounds[1]]


@holds("T07", "only an accepted, proved task is verified")
def _verified(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        if r.stage and not (task.accepted and task.phase in (Phase.PROVED, Phase.ENDED)):
            yield task.number


@holds("T08", "an ending of verified work is of a task whose verification is over")
def _settled(m: Protocol) -> Iterable[Any]:
    verdicts = (Ending.ACCEPTED, Ending.REJECTED, Ending.STALLED, Ending.UNRESOLVED, Ending.DATA_WITHHELD)
    for n, task in m.registry.tasks.items():
        r = m.verification.rounds.get(n)
        over = r is not None and r.stage in (Stage.CONCLUDED, Stage.ABORTED)
        if (task.ending in verdicts) != over:
            yield n


# Reports


@holds("V01", "rounds of drawn verifiers are at most as many as the parameters say, then one open one (A13)")
def _rounds(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        if r.round > m.p.max_rounds + 1 or (r.round > m.p.max_rounds) != (
            r.stage is Stage.OPEN or (r.stage in (Stage.CONCLUDED, Stage.ABORTED) and r.round == m.p.max_rounds + 1)
        ):
            yield task.number


@holds("V02", "samples are distinct segments of the training, as many as were ordered")
def _samples(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        g = task.order.geometry
        if r.samples and not (len(set(r.samples)) == g.samples and all(s < g.segments for s in r.samples)):
            yield task.number


@holds("V03", "the report that is upheld was given, stands, and its task has ended by it")
def _upheld(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        if r.upheld:
            report = r.reports[place_of(r.upheld)]
            verdict = Ending.REJECTED
            if report.passed:
                stalled = any(distance & SIGN for distance in report.distances)
                verdict = Ending.STALLED if stalled else Ending.ACCEPTED
            if not report.given or report.fallen or task.ending != verdict:
                yield task.number


@holds("V04", "a report passes exactly if no distance is beyond the threshold")
def _passed(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        for report in r.reports.values():
            if report.given and report.passed != all(d & ~SIGN <= task.threshold for d in report.distances):
                yield report.number


@holds("V05", "a fallback is another report than the one whose error was forced (A2)")
def _fallbacks(m: Protocol) -> Iterable[Any]:
    for _, r in each_round(m):
        for place, report in r.reports.items():
            if FALLBACK <= place < 2 * FALLBACK and report.given and report.digest == r.reports[place - FALLBACK].digest:
                yield report.number


@holds("V06", "an error is forced only of a report whose secret is open, and then that has fallen")
def _forced(m: Protocol) -> Iterable[Any]:
    reports = [report for _, r in each_round(m) for report in r.reports.values()]
    return [report.number for report in reports if report.forced and not (report.opened and report.fallen)]


@holds("V07", "equal reports of the open round are one (A26)")
def _named(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        digests = [report.digest for report in r.reports.values() if is_open(report.number)]
        if len(set(digests)) != len(digests):
            yield task.number


@holds("V08", "reports of the open round have as many members as have revealed them and are not closed, or more")
def _members(m: Protocol) -> Iterable[Any]:
    found = Counter(report for report in m.open_round.reported.values() if report)
    for _, r in each_round(m):
        for report in r.reports.values():
            if is_open(report.number) and found[report.number] > report.members:
                yield report.number


@holds("V09", "commitments, reveals and the secret end in this order (A22)")
def _order(m: Protocol) -> Iterable[Any]:
    for _, r in each_round(m):
        for report in r.reports.values():
            reveal_end, secret_end = m.verification.ends(report)
            if report.given and not report.commit_end < reveal_end <= secret_end:
                yield report.number


@holds("V10", "of all drawn reports of a task at most one stands")
def _one(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        drawn = [report for report in r.reports.values() if report.given and not is_open(report.number)]
        if len([report for report in drawn if not report.fallen and m.verification.standing(report)]) > 1:
            yield task.number


# Challenges


@holds("D01", "the games of a report that stands are the challenges that were revealed and have no verdict")
def _open_games(m: Protocol) -> Iterable[Any]:
    found = Counter(c.report.number for c in m.arbitration.challenges.values() if c.phase is GamePhase.REVEALED)
    for number, tally in m.arbitration.tallies.items():
        report = m.verification.of(number)
        if not report.fallen and m.verification.standing(report) and tally.open != found[number]:
            yield number


@holds("D02", "who has won a challenge has a report that fell, unforced; one conviction is enough")
def _won(m: Protocol) -> Iterable[Any]:
    won = [c.report for c in m.arbitration.challenges.values() if c.phase is GamePhase.WON]
    return [report.number for report in won if not report.fallen or report.forced or won.count(report) > 1]


@holds("D03", "every game ends within the bound of a report, however many there are (promise 6)")
def _bounded(m: Protocol) -> Iterable[Any]:
    for c in m.arbitration.challenges.values():
        if c.phase is GamePhase.REVEALED:
            order = m.registry.tasks[task_of(c.report.number)].order
            given = c.report.commit_end - m.p.commit_window - order.replay_time
            if m.arbitration.end_of(c) > given + m.p.decision_window(order.replay_time):
                yield c.number


@holds("D04", "a clock holds no more than its game's budget, and none runs before the games begin")
def _clocks(m: Protocol) -> Iterable[Any]:
    for c in m.arbitration.challenges.values():
        if c.clock is not None:
            tally = m.arbitration.tallies[c.report.number]
            if max(c.clock.defender, c.clock.challenger) > tally.budget or c.clock.since < tally.start:
                yield c.number


@holds("D05", "no report is decided with a game of it still open")
def _undecided(m: Protocol) -> Iterable[Any]:
    for _, r in each_round(m):
        if r.upheld in m.arbitration.tallies and m.arbitration.tallies[r.upheld].open:
            yield r.upheld


# Prizes


@holds("P01", "the rights of a prize are the challenges that were opened for it")
def _rights(m: Protocol) -> Iterable[Any]:
    s, challenges = m.settlement, m.arbitration.challenges
    found = Counter(s.pot_of(challenges[number].report) for number in s.opened)
    return [pot for pot, prize in s.prizes.items() if prize.rights != found[pot]]


@holds("P02", "a closed prize holds the parts that are not collected yet, nothing else (A12, A21)")
def _parts(m: Protocol) -> Iterable[Any]:
    s, challenges = m.settlement, m.arbitration.challenges
    taken = Counter(s.pot_of(challenges[number].report) for number in s.collected)
    for pot, prize in s.prizes.items():
        if prize.closed and m.accounts.pots[pot] != prize.each * (prize.rights - taken[pot]):
            yield pot


@holds("P03", "only sealed reports equal to the one that was upheld count, and never the challenged one (A18)")
def _right(m: Protocol) -> Iterable[Any]:
    for number in m.settlement.opened:
        report = m.arbitration.challenges[number].report
        r = m.verification.rounds[task_of(report.number)]
        if not r.upheld or r.reports[place_of(r.upheld)].digest == report.digest or is_open(report.number):
            yield number


@holds("P04", "prizes can be claimed only of tasks that have ended")
def _claims(m: Protocol) -> Iterable[Any]:
    return [n for n in m.settlement.claim_ends if m.registry.tasks[n].phase is not Phase.ENDED]


__all__ = ["ASK", "PROPERTIES", "Property"]

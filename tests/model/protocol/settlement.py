"""Who gets what (docs/protocol.md, Endings), and the prizes that right sealed reports share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from pinpoint.chain.parameters import WAD
from tests.model.protocol.arbitration import Phase
from tests.model.protocol.base import Part
from tests.model.protocol.registry import Ending, Task
from tests.model.protocol.rounds import Report, Round
from tests.model.protocol.verification import SIGN
from tests.model.protocol.words import (
    BOUNTY,
    ESCROW,
    FALLBACK,
    FEE,
    JACKPOT,
    NOBODY,
    POOL,
    REPORTER,
    SOLVER,
    SUBMITTER,
    hashed,
    is_open,
    key,
    need,
    part,
    place_of,
    share,
    task_of,
    verifier_key,
)


@dataclass
class Prize:
    """What the right challenges of a report share."""

    rights: int = 0
    closed: bool = False
    each: int = 0


def unpaid(samples: tuple[int, ...], distances: tuple[int, ...], segments: int) -> int:
    """Segments of the stretches, between the sampled ones that moved, in which a sample has stalled (A10, A25)."""
    stalled = [sample for sample, distance in zip(samples, distances, strict=True) if distance & SIGN]
    moved = sorted(sample for sample, distance in zip(samples, distances, strict=True) if not distance & SIGN)
    borders = [-1, *moved, segments]
    stretches = pairwise(borders)
    return sum(end - start - 1 for start, end in stretches if any(start < sample < end for sample in stalled))


class Settlement(Part):
    """Every ending's payout."""

    def start(self) -> None:
        self.reporter_fee: defaultdict[int, int] = defaultdict(int)
        self.claim_ends: dict[int, int] = {}
        self.prizes: defaultdict[int, Prize] = defaultdict(Prize)
        self.opened: set[int] = set()
        self.collected: set[int] = set()

    # Anybody

    def settle(self, sender: int, number: int) -> None:
        report = self.m.verification.conclude(number)
        r = self.m.verification.rounds[number]
        task, accounts = r.task, self.m.accounts
        pot = key(ESCROW, number)
        if report is None:
            self._end(task, 0, Ending.UNRESOLVED)
            accounts.pay_rest(pot, task.submitter)
            accounts.release(key(SOLVER, number, task.solver))
            accounts.burn(key(FEE, number), accounts.pots[key(FEE, number)])
        elif report.passed:
            segments = task.order.geometry.segments
            idle = unpaid(r.samples, report.distances, segments)
            self._end(task, report.number, Ending.STALLED if idle else Ending.ACCEPTED)
            if idle:
                self.say("WorkUnpaid", number, report.number, idle, segments)
            self._pay_passed(task, report, task.order.fee * (segments - idle) // segments)
        else:
            self._end(task, report.number, Ending.REJECTED)
            self._pay_rejected(task, report, upheld=True)

    def open_report(self, sender: int, dispute: int, digest: int, salt: int) -> None:
        c = self.m.arbitration.challenges.get(dispute)
        number = 0 if c is None else task_of(c.report.number)
        need(number in self.claim_ends, "settlement: open")
        assert c is not None
        need(self.m.now <= self.claim_ends[number], "settlement: late")
        need(dispute not in self.opened, "settlement: opened")
        need(c.phase not in (Phase.COMMITTED, Phase.FORFEITED), "settlement: unrevealed")
        # What is challenged in the open round was public before: a seal may be a copy of it.
        need(not is_open(c.report.number), "settlement: open round")
        need(c.sealed == hashed(number, c.challenger, digest, salt), "settlement: seal")
        need(digest != c.report.digest, "settlement: challenged")
        upheld = self.m.verification.rounds[number].upheld
        need(upheld != 0 and digest == self.m.verification.of(upheld).digest, "settlement: report")
        prize = self.prizes[self.pot_of(c.report)]
        prize.rights += 1
        self.opened.add(dispute)
        self.say("ReportOpened", number, dispute, c.challenger, self.pot_of(c.report), prize.rights)

    def close_prize(self, sender: int, report: int) -> None:
        pot = self._pot(report)
        need(not self.prizes[pot].closed, "settlement: closed")
        self._close(report)

    def collect(self, sender: int, dispute: int) -> None:
        need(dispute in self.opened, "settlement: unopened")
        need(dispute not in self.collected, "settlement: collected")
        c = self.m.arbitration.challenges[dispute]
        pot = self.pot_of(c.report)
        if not self.prizes[pot].closed:
            self._close(c.report.number)
        self.collected.add(dispute)
        each = self.prizes[pot].each
        self.say("PrizeCollected", task_of(c.report.number), dispute, c.challenger, each)
        self.m.accounts.pay(pot, c.challenger, each)

    # The registry

    def deposit_returned(self, number: int) -> None:
        """The program can no longer be refuted."""
        if key(SUBMITTER, number) in self.m.accounts.locks:
            self.m.accounts.release(key(SUBMITTER, number))

    def solver_declined(self, task: Task, solver: int) -> None:
        """A small share of the deposit goes to the treasury."""
        name = key(SOLVER, task.number, solver)
        deposit = self.m.accounts.locks[name][1]
        fee = share(deposit, self.p.decline_share)
        self.m.accounts.slash(name, self.m.treasury, returned=deposit - fee, paid=fee)

    def solver_silent(self, task: Task, solver: int) -> None:
        """Part of the deposit is slashed, the submitter has its share of that."""
        name = key(SOLVER, task.number, solver)
        deposit = self.m.accounts.locks[name][1]
        slashed = share(deposit, self.p.silence_share)
        self.say("SolverSlashed", task.number, solver, slashed)
        paid = share(slashed, self.p.submitter_share)
        self.m.accounts.slash(name, task.submitter, returned=deposit - slashed, paid=paid)

    def program_invalid(self, task: Task, finder: int, solver: int) -> None:
        """The submitter's deposit pays the finder; the rest of it is burnt."""
        accounts, name = self.m.accounts, key(SUBMITTER, task.number)
        deposit = accounts.locks[name][1]
        self.say("SubmitterSlashed", task.number, finder, deposit)
        accounts.slash(name, finder, paid=share(deposit, self.p.invalid_share))
        accounts.pay_rest(key(ESCROW, task.number), task.submitter)
        if solver:
            accounts.release(key(SOLVER, task.number, solver))

    # Verification

    def forced(self, report: Report) -> None:
        """A jackpot is set aside: what the task's tax pays on average, and at most a third of the pool (A11)."""
        number, pool = task_of(report.number), self.m.accounts.pots[key(POOL)]
        most = self.m.registry.tasks[number].order.pooled * WAD // self.p.forced_rate
        amount = min(most, pool // 3)
        self.say("JackpotSet", number, report.number, amount)
        self.m.accounts.shift(key(POOL), key(JACKPOT, report.number), amount)

    def slash_verifier(self, r: Round, report: Report, challenger: int, rate: int) -> None:
        """Its report fell, or it fell silent: a share is set aside, out of it a challenger's cost is paid."""
        number = r.task.number
        name, pot = verifier_key(report.number), key(BOUNTY, number)
        if is_open(report.number):
            name, pot = key(REPORTER, number, report.verifier), key(FEE, number)
        deposit = self.m.accounts.locks[name][1]
        set_aside = share(deposit, rate)
        cost = min(set_aside, self.p.challenge_cost) if challenger else 0
        self.say("VerifierSlashed", number, report.number, deposit, challenger)
        self.m.accounts.slash(name, challenger, paid=cost, pot=pot, kept=set_aside - cost)

    def withheld(self, r: Round, report: Report | None) -> None:
        """As rejected; the verifier that waited has its share and its deposit."""
        self._end(r.task, 0 if report is None else report.number, Ending.DATA_WITHHELD)
        self._pay_rejected(r.task, report, upheld=False)

    # Details

    def _end(self, task: Task, report: int, ending: Ending) -> None:
        # Before the first report none has fallen.
        if report == 0 or place_of(report) != 0:
            self.claim_ends[task.number] = self.m.now + self.p.claim_window
        self.say("Settled", task.number, ending, report)
        self.m.registry.end(task.number, ending)

    def _pay_passed(self, task: Task, report: Report, earned: int) -> None:
        accounts, order, pot = self.m.accounts, task.order, key(ESCROW, task.number)
        if earned:
            accounts.pay(pot, task.solver, earned)
        if earned != order.fee:
            # What came back in full would pay a submitter to plant stalls (A25).
            accounts.burn(pot, share(order.fee - earned, self.p.stall_burn))
        if is_open(report.number):
            self._share_fee(task, report, order.verifier_fee)
        else:
            accounts.pay(pot, accounts.release(verifier_key(report.number)), order.verifier_fee)
        accounts.shift(pot, key(POOL), order.pooled)
        accounts.pay(pot, self.m.treasury, order.tax - order.pooled)
        accounts.pay_rest(pot, task.submitter)
        accounts.release(key(SOLVER, task.number, task.solver))

    def _pay_rejected(self, task: Task, report: Report | None, upheld: bool) -> None:
        accounts, pot, name = self.m.accounts, key(ESCROW, task.number), key(SOLVER, task.number, task.solver)
        deposit = accounts.locks[name][1]
        to_verifier, kept = share(deposit, self.p.verifier_share), share(deposit, self.p.submitter_share)
        verifier, paid = NOBODY, 0
        shared = report is not None and is_open(report.number)
        if shared:
            kept += to_verifier
        elif report is not None:
            verifier, paid = accounts.release(verifier_key(report.number)), to_verifier
        # Right sealed roots share, if a report of an earlier round fell.
        later = report is not None and place_of(report.number) not in (0, FALLBACK)
        to_bounty = share(deposit, self.p.solver_bounty_share) if upheld and later else 0
        self.say("SolverSlashed", task.number, task.solver, deposit)
        accounts.slash(name, verifier, paid=paid, pot=pot, kept=kept + to_bounty)
        if to_bounty:
            accounts.shift(pot, key(BOUNTY, task.number), to_bounty)
        if shared:
            assert report is not None
            self._share_fee(task, report, to_verifier)
        accounts.pay_rest(pot, task.submitter)

    def _share_fee(self, task: Task, report: Report, fee: int) -> None:
        # Beside what convictions in the open round have left in it.
        accounts, pot = self.m.accounts, key(FEE, task.number)
        accounts.shift(key(ESCROW, task.number), pot, fee)
        total = accounts.pots[pot]
        each = self.reporter_fee[task.number] = part(total, report.members)
        self.say("FeeShared", task.number, total, report.members, each)
        accounts.burn(pot, total - each * report.members)

    def pot_of(self, report: Report) -> int:
        """The pot that right challenges of a report share."""
        return key(JACKPOT, report.number) if report.forced else key(BOUNTY, task_of(report.number))

    def _pot(self, report: int) -> int:
        found = self._known(report)
        return self.pot_of(found) if found is not None else key(BOUNTY, task_of(report))

    def _known(self, report: int) -> Report | None:
        r = self.m.verification.rounds.get(task_of(report))
        return None if r is None else r.reports.get(place_of(report))

    def _close(self, report: int) -> None:
        number, accounts = task_of(report), self.m.accounts
        need(number in self.claim_ends, "settlement: open")
        need(self.m.now > self.claim_ends[number], "settlement: early")
        pot, found = self._pot(report), self._known(report)
        prize, total = self.prizes[pot], accounts.pots[pot]
        # A verifier whose fallback is upheld counts: it knew, and an alias must cost it.
        own = found is not None and self.counts_itself(found)
        prize.rights += own
        prize.each = part(total, prize.rights) if prize.rights else 0
        prize.closed = True
        self.say("PrizeClosed", number, pot, total, prize.rights, prize.each)
        if prize.rights == 0 and found is not None and found.forced:
            # Nobody has earned it, and no verifier can have meant to.
            accounts.shift(pot, key(POOL), total)
            return
        if own:
            assert found is not None
            accounts.pay(pot, found.verifier, prize.each)
        accounts.burn(pot, total - prize.each * prize.rights)

    def counts_itself(self, report: Report) -> bool:
        """Whether the verifier of a report is one of those who share its jackpot."""
        return report.forced and self.m.verification.rounds[task_of(report.number)].upheld == report.number + FALLBACK

    def say(self, name: str, *values: int) -> None:
        self.m.say("Settlement", name, *values)

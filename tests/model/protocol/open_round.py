"""One sealed batch of reports by anybody, when no drawn verifier's has stood (docs/protocol.md; attack A26)."""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum

from tests.model.protocol.base import Part
from tests.model.protocol.rounds import Round, Stage
from tests.model.protocol.words import FEE, REPORTER, digest_of, key, need


class Verdict(IntEnum):
    """What a reporter gets."""

    BURNT, RELEASED, PAID = range(3)


class OpenRound(Part):
    """Who has reported."""

    def start(self) -> None:
        self.sealed: defaultdict[tuple[int, int], int] = defaultdict(int)
        self.reported: defaultdict[tuple[int, int], int] = defaultdict(int)

    def commit_report(self, sender: int, number: int, commitment: int) -> None:
        r = self._open(number)
        need(self.m.now <= self.m.verification.open_ends(r)[0], "open round: late")
        need(commitment != 0, "open round: commitment")
        need(self.sealed[number, sender] == 0, "open round: committed")
        deposit = r.task.order.verifier_deposit
        name = key(REPORTER, number, sender)
        need(name not in self.m.accounts.locks, "staking: locked")
        need(self.m.accounts.lockable(sender) >= deposit, "staking: stake")
        self.sealed[number, sender] = commitment
        self.say("ReportCommitted", number, sender, commitment)
        self.m.accounts.lock(name, sender, deposit)

    def reveal_report(self, sender: int, number: int, root: int, distances: tuple[int, ...], salt: int) -> None:
        r = self._open(number)
        commit_end, reveal_end = self.m.verification.open_ends(r)
        need(self.m.now > commit_end, "open round: early")
        need(self.m.now <= reveal_end, "open round: late")
        need(self.m.availability.pending[number] == 0, "open round: pending")
        need(self.reported[number, sender] == 0, "open round: revealed")
        need(all(distance < 2**32 for distance in distances), "distances: range")
        digest = digest_of(root, distances)
        sealed = self.m.verification.report_commitment(number, sender, digest, salt)
        need(self.sealed[number, sender] == sealed, "open round: commitment")
        if digest not in r.named:
            need(root != 0, "verification: root")
            need(len(distances) == len(r.samples), "verification: distances")
        report = self.m.verification.give(r, sender, root, distances)
        self.reported[number, sender] = report
        self.say("ReportRevealed", number, report, sender)

    def close_reporter(self, sender: int, number: int, reporter: int) -> None:
        r = self.m.verification.rounds.get(number)
        begun = r is not None and r.round > self.p.max_rounds
        report = self.reported[number, reporter]
        verdict = Verdict.RELEASED
        if report == 0:
            need(self.sealed[number, reporter] != 0, "open round: reporter")
            assert r is not None and begun, "expected an open round where somebody has sealed a report"
            if not r.void:
                need(self.m.availability.pending[number] == 0, "open round: pending")
                over = r.stage is not Stage.OPEN
                need(over or self.m.now > self.m.verification.open_ends(r)[1], "open round: early")
                verdict = Verdict.BURNT
        elif self.m.verification.of(report).fallen:
            verdict = Verdict.BURNT
        else:
            assert r is not None
            need(r.stage is not Stage.OPEN, "open round: early")
            if r.upheld == report:
                verdict = Verdict.PAID
        self.sealed[number, reporter] = self.reported[number, reporter] = 0
        self.say("ReporterClosed", number, reporter, report, verdict)
        self._settle(number, reporter, verdict)

    def _settle(self, number: int, reporter: int, verdict: Verdict) -> None:
        accounts, name = self.m.accounts, key(REPORTER, number, reporter)
        if verdict is Verdict.BURNT:
            # Unless a conviction has taken it.
            if name in accounts.locks:
                accounts.slash(name)
            return
        accounts.release(name)
        if verdict is Verdict.PAID:
            accounts.pay(key(FEE, number), reporter, self.m.settlement.reporter_fee[number])

    def _open(self, number: int) -> Round:
        r = self.m.verification.rounds.get(number)
        need(r is not None and r.stage is Stage.OPEN, "open round: phase")
        assert r is not None
        return r

    def say(self, name: str, *values: int) -> None:
        self.m.say("OpenRound", name, *values)

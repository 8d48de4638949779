"""Samples, verifiers and their reports (docs/protocol.md, stages 5 to 7)."""

from __future__ import annotations

from pinpoint.chain.parameters import WAD
from tests.model.protocol.base import Part
from tests.model.protocol.registry import Task
from tests.model.protocol.rounds import Report, Round, Stage
from tests.model.protocol.words import (
    FIRST_OPEN,
    NOBODY,
    digest_of,
    hashed,
    is_fallback,
    is_open,
    need,
    report_id,
    task_of,
    verifier_key,
)

SIGN = 1 << 31
"""Of a distance: the segment has stalled."""
SAMPLES, VERIFIERS, ERRORS = 1, 2, 3


class Verification(Part):
    """All verifications."""

    def start(self) -> None:
        self.rounds: dict[int, Round] = {}
        self.disclosures: dict[int, int] = {}

    # Verifier

    def accept_assignment(self, sender: int, number: int, secret_commitment: int) -> None:
        r = self._as_verifier(number, Stage.ASSIGNED, sender)
        need(self.m.now <= r.deadline, "verification: late")
        need(secret_commitment != 0, "verification: secret")
        r.stage = Stage.REPORTING
        r.ask_end = self.m.now + self.p.ask_window
        r.draw_block = self.m.number + self.p.draw_delay
        r.current.secret = secret_commitment
        self.say("AssignmentAccepted", number, r.round, sender, secret_commitment, r.draw_block, r.ask_end)

    def report_unavailable(self, sender: int, number: int) -> None:
        r = self._as_verifier(number, Stage.ASSIGNED, sender)
        need(self.m.now <= r.deadline, "verification: late")
        self.say("DataUnavailable", number, r.round, sender)
        report = r.current.number
        self._next_round(r)
        self.m.accounts.release(verifier_key(report))

    def report(self, sender: int, number: int, root: int, distances: tuple[int, ...], fallback: int) -> None:
        r = self._as_verifier(number, Stage.REPORTING, sender)
        need(self.m.now > r.ask_end, "verification: asking")
        need(self.m.availability.pending[number] == 0, "verification: pending")
        need(self.m.now <= self.deadline(r), "verification: late")
        need(fallback != 0, "verification: fallback")
        self.m.seed(r.draw_block, number, ERRORS)
        self._check_given(r, root, distances)
        report = r.current
        r.stage, report.fallback = Stage.REPORTED, fallback
        report.commit_end = self.m.now + self.p.commit_window + r.task.order.replay_time
        self._give(r, report, sender, root, distances, fallback)

    def open_secret(self, sender: int, number: int, secret: int) -> None:
        r = self._in(number, Stage.REPORTED)
        report = r.current
        reveal_end, secret_end = self.ends(report)
        need(self.m.now > reveal_end, "verification: early")
        need(self.m.now <= secret_end, "verification: late")
        need(not report.opened, "verification: opened")
        need(report.secret == hashed(secret), "verification: secret")
        seed = self.m.seed(r.draw_block, number, ERRORS)
        report.opened = True
        report.forced = report.fallen = hashed(secret, seed) % WAD < self.p.forced_rate
        self.say("SecretOpened", number, report.number, secret, report.forced)
        if report.forced:
            r.stage, r.deadline = Stage.FALLBACK, secret_end + self.p.secret_window
            self.m.settlement.forced(report)

    def report_fallback(self, sender: int, number: int, root: int, distances: tuple[int, ...], salt: int) -> None:
        r = self._as_verifier(number, Stage.FALLBACK, sender)
        need(self.m.now <= r.deadline, "verification: late")
        self._check_range(distances)
        first, digest = r.current, digest_of(root, distances)
        need(first.fallback == self.report_commitment(number, sender, digest, salt), "verification: fallback")
        need(digest != first.digest, "verification: same")
        self._check_given(r, root, distances)
        r.stage, r.fallback = Stage.REPORTED, True
        r.current.opened = True
        r.current.commit_end = self.m.now + self.p.commit_window + r.task.order.replay_time
        self._give(r, r.current, sender, root, distances, 0)

    def commit_disclosure(self, sender: int, commitment: int) -> None:
        need(commitment not in self.disclosures, "verification: committed")
        self.disclosures[commitment] = self.m.number

    def disclose(self, sender: int, number: int, secret: int, salt: int) -> None:
        r = self.rounds.get(number)
        need(r is not None and r.stage in (Stage.REPORTING, Stage.REPORTED), "verification: phase")
        assert r is not None
        report = r.current
        need(not report.opened, "verification: opened")
        if r.stage is Stage.REPORTING:
            need(self.m.availability.pending[number] == 0, "verification: pending")
        else:
            need(self.m.now <= self.ends(report)[0], "verification: late")
        need(report.secret == hashed(secret), "verification: secret")
        sealed_in = self.disclosures.get(hashed(report.number, sender, secret, salt), self.m.number)
        need(sealed_in < self.m.number, "verification: commitment")
        report.fallen = True
        self.say("SecretDisclosed", number, report.number, sender)
        self._next_round(r)
        self.m.settlement.slash_verifier(r, report, sender, self.p.bounty_share)

    # Anybody

    def draw(self, sender: int, number: int) -> None:
        r = self._in(number, Stage.DRAWING)
        need(self.m.number > r.draw_block, "verification: early")
        need(self.m.now <= r.deadline, "verification: late")
        if self.m.expired(r.draw_block):
            need(r.samples != (), "verification: expired")
            self._postpone(r)
            return
        order = r.task.order
        if not r.samples:
            r.samples = self._samples(r, self.m.seed(r.draw_block, number, SAMPLES))
            self.say("SamplesDrawn", number, r.samples)
        before = [r.reports[place].verifier for place in range(r.round) if place in r.reports]
        drawn = self.m.lots.draw(
            self.m.seed(r.draw_block, number, VERIFIERS),
            r.epoch,
            (r.task.submitter, r.task.solver, *before),
            order.replay_units,
            order.data,
            order.verifier_deposit,
        )
        if drawn == NOBODY:
            self._postpone(r)
            return
        report = r.current
        report.verifier = drawn
        r.stage, r.deadline = Stage.ASSIGNED, self.m.now + self.p.accept_window
        self.m.lots.assign(drawn, order.replay_units, order.data)
        self.m.accounts.lock(verifier_key(report.number), drawn, order.verifier_deposit)
        self.say("VerifierDrawn", number, r.round, drawn, r.deadline)

    def time_out(self, sender: int, number: int) -> None:
        r = self.rounds.get(number)
        if r is not None and r.stage is Stage.DRAWING:
            self._time_out_draw(r)
            return
        if r is not None and r.stage is Stage.REPORTED:
            report = r.current
            need(self.m.now > self.ends(report)[1], "verification: early")
            need(not report.opened, "verification: opened")
            self.fall(r, report, NOBODY)
            return
        silent = (Stage.ASSIGNED, Stage.REPORTING, Stage.FALLBACK)
        need(r is not None and r.stage in silent, "verification: phase")
        assert r is not None
        if r.stage is Stage.REPORTING:
            need(self.m.availability.pending[number] == 0, "verification: pending")
        need(self.m.now > self.deadline(r), "verification: early")
        report = r.current
        self._next_round(r)
        self.m.settlement.slash_verifier(r, report, NOBODY, 0)

    # The other parts

    def begin(self, task: Task) -> None:
        """A proof is on chain."""
        # Of an earlier try, nobody has drawn the samples: nothing is left.
        r = self.rounds[task.number] = Round(task)
        self._drawing(r)
        r.deadline = self.m.now + self.p.draw_window
        self.say("VerificationStarted", task.number, r.draw_block, r.deadline)

    def overturn(self, report: int, challenger: int) -> None:
        """A challenge has convicted this report."""
        r = self.rounds[task_of(report)]
        self.fall(r, self.of(report), challenger)

    def give(self, r: Round, reporter: int, root: int, distances: tuple[int, ...]) -> int:
        """A report of the open round is revealed; equal ones are one. Its name."""
        digest = digest_of(root, distances)
        if digest in r.named:
            report = self.of(r.named[digest])
            report.members += 1
            return report.number
        place = FIRST_OPEN + len(r.named)
        report = r.reports[place] = Report(report_id(r.task.number, place), members=1, opened=True)
        r.named[digest] = report.number
        report.commit_end = self.open_ends(r)[1] + self.p.commit_window + r.task.order.replay_time
        self._give(r, report, reporter, root, distances, 0)
        return report.number

    def withheld(self, number: int) -> None:
        """Data that were asked for have not been posted in time."""
        r = self.rounds[number]
        report = r.current if r.stage is Stage.REPORTING else None
        r.void = report is None
        self._end(r, Stage.ABORTED, 0)
        self.m.settlement.withheld(r, report)

    def conclude(self, number: int) -> Report | None:
        """The verification is over; the report that is upheld, if one is."""
        r = self.rounds.get(number)
        need(r is not None and self.is_final(r), "verification: open")
        assert r is not None
        report: Report | None = r.current if r.stage is Stage.REPORTED else None
        if r.stage is Stage.OPEN and len(r.survivors) == 1:
            # Nobody can tell two reports apart that nobody challenged.
            report = r.survivors[0]
        self._end(r, Stage.ABORTED if report is None else Stage.CONCLUDED, 0 if report is None else report.number)
        return report

    def of(self, report: int) -> Report:
        """A report by its name; refused if it was never given."""
        r = self.rounds.get(task_of(report))
        found = r.reports.get(report - report_id(r.task.number, 0)) if r is not None else None
        need(found is not None and found.given, "verification: report")
        assert found is not None
        return found

    def standing(self, report: Report) -> bool:
        """Whether a report that was given counts still."""
        r = self.rounds[task_of(report.number)]
        return not report.fallen and r.stage in (Stage.REPORTED, Stage.OPEN)

    def ends(self, report: Report) -> tuple[int, int]:
        """The last seconds of the reveals, and of the secret."""
        reveal_end = report.commit_end + self.p.reveal_window
        without = is_open(report.number) or is_fallback(report.number)
        return reveal_end, reveal_end if without else reveal_end + self.p.secret_window

    def open_ends(self, r: Round) -> tuple[int, int]:
        """The last seconds of the commitments, and of the reveals, of the open round's reports."""
        posting = self.m.availability.posting_time(r.task.number, r.round)
        commit_end = r.ask_end + posting + self.p.commit_window + r.task.order.replay_time
        return commit_end, commit_end + self.p.reveal_window

    def deadline(self, r: Round) -> int:
        """Of whoever is waited for."""
        if r.stage is Stage.REPORTING:
            posting = self.m.availability.posting_time(r.task.number, r.round)
            return r.ask_end + posting + r.task.order.replay_time
        return self.open_ends(r)[0] if r.stage is Stage.OPEN else r.deadline

    def is_final(self, r: Round) -> bool:
        """Whether nothing can change the verdict any more."""
        games = self.m.arbitration
        if r.stage is Stage.OPEN:
            end = self.open_ends(r)[1]
            if r.named:
                end += self.p.commit_window + r.task.order.replay_time + self.p.reveal_window
            owed = self.m.availability.pending[r.task.number]
            return self.m.now > end and owed == 0 and games.open_in_batch(r) == 0
        if r.stage is not Stage.REPORTED or not r.current.opened:
            return False
        reveal_end, secret_end = self.ends(r.current)
        tally = games.tallies.get(r.current.number)
        if tally is None:
            return self.m.now > reveal_end
        return self.m.now > secret_end and tally.open == 0

    def report_commitment(self, task: int, reporter: int, digest: int, salt: int) -> int:
        """What a reporter of the open round, or of a fallback, commits to."""
        return hashed(self.m.chain_id, self.m.at["Verification"], task, reporter, digest, salt)

    def fall(self, r: Round, report: Report, challenger: int) -> None:
        """A report is overturned."""
        report.fallen = True
        if not is_open(report.number):
            self._next_round(r)
        self.m.settlement.slash_verifier(r, report, challenger, self.p.bounty_share)

    # Details

    def _samples(self, r: Round, seed: int) -> tuple[int, ...]:
        # Floyd's algorithm: distinct segments, each set equally likely.
        g, found = r.task.order.geometry, list[int]()
        for i in range(g.samples):
            top = g.segments - g.samples + i
            choice = hashed(seed, i) % (top + 1)
            found.append(top if choice in found else choice)
        return tuple(found)

    def _drawing(self, r: Round) -> None:
        r.stage, r.draw_block = Stage.DRAWING, self.m.number + self.p.draw_delay
        r.epoch = self.m.lots.epoch

    def _postpone(self, r: Round) -> None:
        self._drawing(r)
        self.say("DrawPostponed", r.task.number, r.round, r.draw_block)

    def _time_out_draw(self, r: Round) -> None:
        late = self.m.now > r.deadline
        if r.samples:
            need(late, "verification: early")
            self._next_round(r)
            return
        # Samples are never drawn from another block (attack A8).
        lost = self.m.number > r.draw_block and self.m.expired(r.draw_block)
        need(late or lost, "verification: early")
        r.stage = Stage.NONE
        self.m.registry.fail(r.task)

    def _check_given(self, r: Round, root: int, distances: tuple[int, ...]) -> None:
        need(root != 0, "verification: root")
        need(len(distances) == len(r.samples), "verification: distances")
        self._check_range(distances)

    @staticmethod
    def _check_range(distances: tuple[int, ...]) -> None:
        need(all(distance < 2**32 for distance in distances), "distances: range")

    def _give(self, r: Round, report: Report, by: int, root: int, distances: tuple[int, ...], fallback: int) -> None:
        report.verifier, report.root, report.distances, report.given = by, root, distances, True
        report.digest = digest_of(root, distances)
        report.passed = all(distance & SIGN - 1 <= r.task.threshold for distance in distances)
        ends = report.commit_end, *self.ends(report)
        self.say("Reported", r.task.number, report.number, by, root, distances, report.passed, fallback, *ends)

    def _next_round(self, r: Round) -> None:
        self._dismiss(r)
        r.round += 1
        r.fallback = False
        if r.round > self.p.max_rounds:
            r.stage, r.ask_end = Stage.OPEN, self.m.now + self.p.ask_window
            self.say("OpenRoundStarted", r.task.number, r.ask_end)
            return
        self._drawing(r)
        r.deadline = self.m.now + self.p.draw_window
        self.say("RoundStarted", r.task.number, r.round, r.draw_block, r.deadline)

    def _dismiss(self, r: Round) -> None:
        # Its capacity is free again.
        if r.stage in (Stage.ASSIGNED, Stage.REPORTING, Stage.REPORTED, Stage.FALLBACK):
            self.m.lots.free(r.drawn, r.task.order.replay_units, r.task.order.data)

    def _end(self, r: Round, stage: Stage, upheld: int) -> None:
        self._dismiss(r)
        r.stage, r.upheld = stage, upheld
        self.say("VerificationEnded", r.task.number, upheld)

    def _in(self, number: int, stage: Stage) -> Round:
        r = self.rounds.get(number)
        need(r is not None and r.stage is stage, "verification: phase")
        assert r is not None
        return r

    def _as_verifier(self, number: int, stage: Stage, sender: int) -> Round:
        r = self._in(number, stage)
        need(sender == r.drawn, "verification: verifier")
        return r

    def say(self, name: str, *values: int | tuple[int, ...]) -> None:
        self.m.say("Verification", name, *values)

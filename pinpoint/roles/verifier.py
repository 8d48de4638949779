"""The verifier: replays the samples, reports, wrongly where its error is forced, and defends its report."""

from __future__ import annotations

import numpy as np

from pinpoint.chain.client import FALLBACK, Round, TaskPhase, VerificationPhase
from pinpoint.chain.forced import is_forced
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tree import keccak
from pinpoint.program.graph import ProgramError
from pinpoint.replay.lie import LastBitLie
from pinpoint.replay.report import Report
from pinpoint.roles.profiler import Profiler
from pinpoint.roles.reporter import Reporter


class Verifier(Profiler, Reporter):
    """Takes the assignments that are drawn on it, and reports in open rounds; with a lie, a dishonest one."""

    def register(self, stake: int, units: int, data: int) -> None:
        """Be drawn, in proportion to the own stake, for tasks that fit.

        Args:
            stake: to have at least, in base units.
            units: of work that this verifier can have in hand at one time.
            data: bytes that it can hold at one time.
        """
        self.stake_for(stake)
        if tuple(self.client.port.view("Sortition", "capacity_of", self.address)) == (0, 0):
            self.send("Sortition", "register", units, data)
            return
        if tuple(self.client.port.view("Sortition", "capacity_of", self.address)) != (units, data):
            self.send("Sortition", "resize", units, data)
        self.send("Sortition", "weigh", self.address)

    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is."""
        phase = self.client.task(task).phase
        if phase is TaskPhase.PROFILING:
            return self.profile(task)
        if phase is TaskPhase.ENDED:
            return self._close_jackpot(task) or super().step(task)
        if phase is not TaskPhase.PROVED:
            return super().step(task)
        now = self.client.round(task)
        if now.phase is VerificationPhase.OPEN:
            return self.report_openly(task, now)
        if now.phase is VerificationPhase.DRAWING:
            return None if self.late(now.deadline) else self.draw("Verification", "draw", task, now.draw_block)
        if now.verifier != self.address:
            return None
        if now.phase is VerificationPhase.REPORTED:
            return self._open_secret(task, now) or self.defend(task)
        if self.late(now.deadline):
            return None
        if now.phase is VerificationPhase.ASSIGNED:
            if not self._can_be_had(task):
                return self.send("Verification", "report_unavailable", task)
            commitment = keccak(self.secret(now.report, "secret"))
            return self.send("Verification", "accept_assignment", task, commitment)
        if now.phase is VerificationPhase.REPORTING:
            return self._report(task, now)
        if now.phase is VerificationPhase.FALLBACK:
            own = self.report_of(task)
            salt = self.secret(now.report, "fallback")
            return self.send("Verification", "report_fallback", task, own.root, own.distances, salt)
        return None

    def _can_be_had(self, task: int) -> bool:
        # The program cannot be asked for on chain, nor more data than this account has time and money for: once it has
        # accepted, it reports or is slashed.
        try:
            self.data(task).check_program()
            return self.can_ask(task, len(self.posted(task).missing(self.artifacts)))
        except (ArtifactError, ProgramError):
            return False

    def _report(self, task: int, now: Round) -> str | None:
        seed = self.client.seed(now.draw_block)
        if seed is None and (fixed := self.fix_seed(now.draw_block)):
            # At once: the chain forgets it, and data may be owed for long.
            return fixed
        try:
            report = self.report_of(task)
        except (ArtifactError, ProgramError):
            # Gone since, or not what can be replayed: the solver owes it on chain.
            return self.ask_for_data(task, now)
        if seed is None or not self.late(now.ask_end) or self.owed(task):
            return None
        # What stands behind a fallback cannot be seen; it has a meaning where the error is forced only.
        salt = self.secret(now.report, "fallback")
        fallback = keccak(salt)
        secret = self.secret(now.report, "secret")
        if is_forced(secret, seed, task, self.client.parameters.forced_rate):
            arguments = (task, self.address, report.digest, salt)
            fallback = bytes(self.client.port.view("Verification", "report_commitment", *arguments))
            report = self._wrong_report(task, secret)
        return self.send("Verification", "report", task, report.root, report.distances, fallback)

    def _close_jackpot(self, task: int) -> str | None:
        # A part of it is this account's, where its error was forced and its fallback upheld.
        upheld = int(self.client.port.view("Verification", "upheld_report", task))
        forced = upheld - FALLBACK
        if forced not in self.client.forced_reports(task) or self.client.report(upheld).verifier != self.address:
            return None
        closed = self.client.port.view("Settlement", "prize_of", forced).closed
        ends = int(self.client.port.view("Settlement", "claim_ends", task))
        return None if closed or not self.late(ends) else self.send("Settlement", "close_prize", forced)

    def _open_secret(self, task: int, now: Round) -> str | None:
        report = self.client.report(now.report)
        if report.secret_opened or not self.late(report.reveal_end) or self.late(report.secret_end):
            return None
        return self.send("Verification", "open_secret", task, self.secret(now.report, "secret"))

    def _wrong_report(self, task: int, secret: bytes) -> Report:
        # Its place follows from the secret, so that a process which was killed reports the same again.
        data, samples = self.data(task), self.client.samples(task)
        random = np.random.default_rng(list(keccak(secret)))
        lie = LastBitLie.draw(random, data.program, len(samples), data.geometry.interval)
        return Report(data.program, data.segments(samples), lie)

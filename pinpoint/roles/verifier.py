"""The verifier: replays the samples, reports, and defends its report."""

from __future__ import annotations

from pinpoint.chain.client import Round, TaskPhase, VerificationPhase
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tree import keccak
from pinpoint.program.graph import ProgramError
from pinpoint.roles.reporter import Reporter


class Verifier(Reporter):
    """Takes the assignments that are drawn on it, and reports in open rounds; with a lie, a dishonest one."""

    def register(self, stake: int) -> None:
        """Enter the list from which verifiers are drawn, with at least so much stake."""
        self.stake_for(stake)
        if not self.client.port.view("Staking", "verifier_place", self.address):
            self.send("Staking", "register_verifier")

    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is."""
        if self.client.task(task).phase is not TaskPhase.PROVED:
            return super().step(task)
        now = self.client.round(task)
        if now.phase is VerificationPhase.OPEN:
            return self.report_openly(task, now)
        if now.phase is VerificationPhase.DRAWING:
            due = self.drawable(now.draw_block) and not self.late(now.deadline)
            return self.send("Verification", "draw", task) if due else None
        if now.verifier != self.address:
            return None
        if now.phase is VerificationPhase.REPORTED:
            return self.defend(task)
        if self.late(now.deadline):
            return None
        if now.phase is VerificationPhase.ASSIGNED:
            if not self._can_be_had(task):
                return self.send("Verification", "report_unavailable", task)
            commitment = keccak(self.secret(now.report, "secret"))
            return self.send("Verification", "accept_assignment", task, commitment)
        if now.phase is VerificationPhase.REPORTING:
            return self._report(task, now)
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
        try:
            report = self.report_of(task)
        except (ArtifactError, ProgramError):
            # Gone since, or not what can be replayed: the solver owes it on chain.
            return self.ask_for_data(task, now)
        if not self.late(now.ask_end) or self.owed(task):
            return None
        # No forced errors yet: a fallback that nobody can open, so that reports will look alike when there are.
        fallback = keccak(self.secret(now.report, "fallback"))
        return self.send("Verification", "report", task, report.root, report.distances, fallback)

"""The open round: after the last drawn verifier, anybody may report under a verifier's deposit."""

from __future__ import annotations

from pinpoint.chain.client import ActionKind, Challenge, ReportState, Round, TaskPhase, VerificationPhase
from pinpoint.chain.storage import ArtifactError
from pinpoint.dispute import defender
from pinpoint.dispute.messages import Side
from pinpoint.program.graph import ProgramError
from pinpoint.roles.correspondence import Next
from pinpoint.roles.replayer import Replayer


class Reporter(Replayer):
    """Reports in open rounds, defends what it reported, and takes back its deposit."""

    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is."""
        phase = self.client.task(task).phase
        if phase is TaskPhase.ENDED:
            return self._close(task) or self.withdraw_credit()
        if phase is not TaskPhase.PROVED:
            return None
        now = self.client.round(task)
        return self.report_openly(task, now) if now.phase is VerificationPhase.OPEN else None

    def report_openly(self, task: int, now: Round) -> str | None:
        """Commit, reveal, then defend; None if nothing is due, or the data cannot be had."""
        sealed = bytes(self.client.port.view("OpenRound", "sealed_reports", task, self.address))
        revealed = int(self.client.port.view("OpenRound", "reported_as", task, self.address))
        if revealed:
            return self.defend(task)
        if self.owed(task) and self.late(self.client.post_end(task)):
            # As long as data are owed nobody can reveal.
            return self.send("Availability", "time_out", task)
        reveal_end = now.deadline + self.client.parameters.reveal_window
        if self.late(reveal_end):
            return self._close(task)
        try:
            own = self.report_of(task)
        except (ArtifactError, ProgramError):
            return self.ask_for_data(task, now)
        salt = self.journal("secrets").secret(f"{task}-open")
        if not self.late(now.deadline):
            if any(sealed):
                return None
            commitment = self.client.port.view(
                "Verification", "report_commitment", task, self.address, own.digest, salt
            )
            self.stake_for(int(self.client.port.view("Verification", "deposit_of", task)))
            return self.send("OpenRound", "commit_report", task, commitment)
        if any(sealed) and not self.owed(task):
            return self.send("OpenRound", "reveal_report", task, own.root, own.distances, salt)
        return None

    def defend(self, task: int) -> str | None:
        """Make a move in a game against a report that is this account's, or equal to its own; None if none is due."""
        mine = {report.number: report for report in self.client.standing_reports(task) if self._is_mine(task, report)}
        for challenge in self.client.challenges(task):
            report = mine.get(challenge.report)
            if report is None:
                continue
            due = self.client.due(challenge.number, report.verifier)
            if report.verifier == self.address and self.in_play(challenge, due):
                done = self._correspond(task, challenge)
                if done is not Next.ON_CHAIN:
                    return done if isinstance(done, str) else None
            if ActionKind.SHOW in due:
                move = defender.next_move(self.report_of(task), self.client.game(challenge.number).position)
                self.client.play(self.account, challenge.number, move)
                return move.method
        return None

    def _correspond(self, task: int, challenge: Challenge) -> str | Next:
        return self.correspond(
            challenge, Side.DEFENDER, lambda position: defender.next_move(self.report_of(task), position)
        )

    def secret(self, report: int, name: str) -> bytes:
        """What this account committed to, for a report."""
        return self.journal("secrets").secret(f"{report}-{name}")

    def _is_mine(self, task: int, report: ReportState) -> bool:
        if report.verifier == self.address:
            return True
        return int(self.client.port.view("OpenRound", "reported_as", task, self.address)) == report.number

    def _close(self, task: int) -> str | None:
        sealed = bytes(self.client.port.view("OpenRound", "sealed_reports", task, self.address))
        if any(sealed):
            return self.send("OpenRound", "close_reporter", task, self.address)
        return None

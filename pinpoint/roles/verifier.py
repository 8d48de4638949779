"""The verifier: replays the samples, reports, and defends its report."""

from __future__ import annotations

from pinpoint.chain.client import DEFENDER, ChallengePhase, TaskPhase, VerificationPhase, VerificationState
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tree import keccak
from pinpoint.dispute import defender
from pinpoint.program.graph import ProgramError
from pinpoint.roles.replayer import Replayer


class Verifier(Replayer):
    """Takes the assignments that are drawn on it; with a lie, a dishonest one."""

    def register(self, stake: int) -> None:
        """Enter the list from which verifiers are drawn, with at least so much stake."""
        self.stake_for(stake)
        if not self.client.port.view("Staking", "verifier_place", self.address):
            self.send("Staking", "register_verifier")

    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is."""
        phase = self.client.task(task).phase
        if phase is TaskPhase.ENDED:
            return self.withdraw_credit()
        if phase is not TaskPhase.PROVED:
            return None
        now = self.client.verification(task)
        if now.phase is VerificationPhase.DRAWING:
            due = self.drawable(now.draw_block) and not self.late(now.deadline)
            return self.send("Verification", "draw", task) if due else None
        if now.phase is VerificationPhase.REPORTED:
            return self.defend(task)
        if now.verifier != self.address or self.late(now.deadline):
            return None
        if now.phase is VerificationPhase.ASSIGNED:
            commitment = keccak(self._secret(task, now.round, "secret"))
            return self.send("Verification", "accept_assignment", task, commitment)
        if now.phase is VerificationPhase.REPORTING:
            return self._report(task, now)
        return None

    def defend(self, task: int) -> str | None:
        """Open the secret, or make a move, if this verifier's report has been challenged; None if nothing is due."""
        now = self.client.verification(task)
        if now.phase is not VerificationPhase.REPORTED or now.verifier != self.address:
            return None
        return self._open_secret(task, now) or self._move(task, now)

    def _report(self, task: int, now: VerificationState) -> str:
        try:
            report = self.report_of(task)
        except (ArtifactError, ProgramError):
            # Missing, or not what can be replayed: no fault of this verifier.
            return self.send("Verification", "report_unavailable", task)
        # No forced errors yet: a fallback that nobody can open, so that reports will look alike when there are.
        fallback = keccak(self._secret(task, now.round, "fallback"))
        return self.send("Verification", "report", task, report.root, report.distances, fallback)

    def _open_secret(self, task: int, now: VerificationState) -> str | None:
        windows = self.client.windows(now.reported_at)
        due = self.late(windows.reveal_end) and not self.late(windows.secret_end) and not now.secret_opened
        if due and self.client.revealed(task, now.round):
            return self.send("Verification", "open_secret", task, self._secret(task, now.round, "secret"))
        return None

    def _move(self, task: int, now: VerificationState) -> str | None:
        if not now.secret_opened or not self.late(self.client.windows(now.reported_at).secret_end):
            return None
        for challenge in self.client.challenges(task):
            if challenge.phase is ChallengePhase.REVEALED and challenge.round == now.round:
                game = self.client.game(challenge.number)
                if game.side == DEFENDER and not self.late(game.deadline):
                    move = defender.next_move(self.report_of(task), game.position)
                    self.client.play(self.account, challenge.number, move)
                    return move.method
        return None

    def _secret(self, task: int, round_: int, name: str) -> bytes:
        return self.journal("secrets").secret(f"{task}-{round_}-{name}")

"""The exits that anybody may take, so that no task hangs on a silent party."""

from __future__ import annotations

from pinpoint.chain.client import ChallengePhase, TaskPhase, VerificationPhase
from pinpoint.roles.role import Role


class Keeper(Role):
    """Takes whatever exit of a task is due."""

    def step(self, task: int) -> str | None:
        """Take one exit that is due; None if there is none."""
        now = self.client.task(task)
        if now.phase is TaskPhase.OPEN and self.late(now.deadline):
            return self.send("TaskRegistry", "close_enrolment", task)
        if now.phase is TaskPhase.DRAWING and self.drawable(now.draw_block):
            return self.send("TaskRegistry", "draw_solver", task)
        if now.phase in (TaskPhase.OFFERED, TaskPhase.TRAINING) and self.late(now.deadline):
            return self.send("TaskRegistry", "time_out", task)
        if now.phase is TaskPhase.PROVED:
            return self._verification(task) or self._challenges(task)
        if now.phase is TaskPhase.ENDED:
            return self._challenges(task) or self._bounty(task)
        return None

    def _verification(self, task: int) -> str | None:
        now = self.client.verification(task)
        if now.phase is VerificationPhase.REPORTED:
            if self.client.port.view("Verification", "is_final", task):
                return self.send("Settlement", "settle", task)
            silent = self.late(self.client.windows(now.reported_at).secret_end) and not now.secret_opened
            if silent and self.client.revealed(task, now.round):
                return self.send("Verification", "time_out", task)
            return None
        if self.late(now.deadline):
            return self.send("Verification", "time_out", task)
        if now.phase is VerificationPhase.DRAWING and self.drawable(now.draw_block):
            return self.send("Verification", "draw", task)
        return None

    def _challenges(self, task: int) -> str | None:
        now = self.client.verification(task)
        windows = self.client.windows(now.reported_at)
        for challenge in self.client.challenges(task):
            standing = now.phase is VerificationPhase.REPORTED and challenge.round == now.round
            if challenge.phase is ChallengePhase.COMMITTED and (not standing or self.late(windows.reveal_end)):
                return self.send("Arbitration", "close", challenge.number)
            if challenge.phase is ChallengePhase.REVEALED:
                if not standing:
                    return self.send("Arbitration", "close", challenge.number)
                end = windows.secret_end + self.client.parameters.game_window
                started = now.secret_opened and self.late(windows.secret_end)
                if started and self.late(min(self.client.game(challenge.number).deadline, end)):
                    return self.send("Arbitration", "time_out", challenge.number)
        return None

    def _bounty(self, task: int) -> str | None:
        bounty = self.client.port.view("Settlement", "bounties", task)
        if bounty.deadline and not bounty.closed and self.late(bounty.deadline):
            return self.send("Settlement", "close_bounty", task)
        return None

"""The exits that anybody may take, so that no task hangs on a silent party."""

from __future__ import annotations

from typing import Any

from pinpoint.chain.client import FALLBACK, PLACE_BITS, ActionKind, ProfilePhase, TaskPhase, VerificationPhase
from pinpoint.roles.role import Role

PENDING = 1
"""Availability.Phase of a chunk that was asked for and not posted."""
MAX_SWEPT = 64
"""Challenges that one `sweep` looks at."""
LOSSES = ("Slashed", "Forfeited")
"""Events of Staking after which an owner has less than what it was weighed with."""


class Keeper(Role):
    """Takes whatever exit of a task is due, and has those weighed who have lost stake."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As every role's."""
        super().__init__(*arguments, **options)
        self._seen = dict.fromkeys(LOSSES, 0)
        self._losers: list[str] = []

    def step(self, task: int) -> str | None:
        """Take one exit that is due, or have one verifier weighed; None if there is nothing to do."""
        return self._exit(task) or self._weigh()

    def _exit(self, task: int) -> str | None:
        now = self.client.task(task)
        if now.phase is TaskPhase.PROFILING:
            return self._profile(task)
        if now.phase is TaskPhase.OPEN and self.late(now.deadline):
            return self.send("TaskRegistry", "close_enrolment", task)
        if now.phase is TaskPhase.DRAWING:
            return self.draw("TaskRegistry", "draw_solver", task, now.draw_block)
        if now.phase in (TaskPhase.OFFERED, TaskPhase.TRAINING) and self.late(now.deadline):
            return self.send("TaskRegistry", "time_out", task)
        if now.phase is TaskPhase.PROVED:
            return self._verification(task) or self._challenges(task)
        if now.phase is TaskPhase.ENDED:
            return self._challenges(task) or self._refund(task) or self._prize(task)
        return None

    def _weigh(self) -> str | None:
        for name in LOSSES:
            events = self.client.port.events("Staking", name)
            self._losers += [event.fields["owner"] for event in events[self._seen[name] :]]
            self._seen[name] = len(events)
        while self._losers:
            if self.client.stale(self._losers[-1]):
                return self.send("Sortition", "weigh", self._losers[-1])
            self._losers.pop()
        return None

    def _profile(self, task: int) -> str | None:
        now = self.client.profile(task)
        if self.late(max(now.deadline, now.reveal_end)):
            return self.send("Profiling", "finish", task)
        if now.phase is ProfilePhase.DRAWING:
            return self.draw("Profiling", "draw", task, now.draw_block)
        return None

    def _verification(self, task: int) -> str | None:
        if self.client.port.view("Verification", "is_final", task):
            return self.send("Settlement", "settle", task)
        now = self.client.round(task)
        asked = now.phase in (VerificationPhase.REPORTING, VerificationPhase.OPEN)
        if asked and self.client.port.view("Availability", "pending", task):
            return self.send("Availability", "time_out", task) if self.late(self.client.post_end(task)) else None
        if now.phase is VerificationPhase.REPORTED:
            report = self.client.report(now.report)
            silent = not report.secret_opened and self.late(report.secret_end)
            return self.send("Verification", "time_out", task) if silent else None
        if now.phase is VerificationPhase.OPEN:
            return None
        if self.late(now.deadline):
            return self.send("Verification", "time_out", task)
        if now.phase is VerificationPhase.DRAWING:
            return self.draw("Verification", "draw", task, now.draw_block)
        return None

    def _challenges(self, task: int) -> str | None:
        exits = []
        for challenge in self.client.challenges(task):
            due = self.client.due(challenge.number, self.address)
            if due & {ActionKind.TIME_OUT, ActionKind.CLOSE}:
                exits.append(challenge.number)
        return self.send("Arbitration", "sweep", exits[:MAX_SWEPT]) if exits else None

    def _refund(self, task: int) -> str | None:
        for event in self.client.port.events("Availability", "ChunkAsked"):
            if event.fields["task"] == task:
                asked = self.client.port.view("Availability", "ask_of", event.fields["key"])
                if asked.phase == PENDING:
                    return self.send("Availability", "refund", event.fields["key"])
        return None

    def _prize(self, task: int) -> str | None:
        # The task's bounty, and the jackpot of each report that was forced.
        ends = int(self.client.port.view("Settlement", "claim_ends", task))
        if not ends or not self.late(ends):
            return None
        # A fallback is never forced, so its prize is the bounty.
        for report in (task << PLACE_BITS | FALLBACK, *self.client.forced_reports(task)):
            if not self.client.port.view("Settlement", "prize_of", report).closed:
                return self.send("Settlement", "close_prize", report)
        return None

"""The profiler: a verifier that is drawn to measure a task's threshold."""

from __future__ import annotations

from pinpoint.chain.client import ProfilePhase, ProfilerAnswer
from pinpoint.chain.parameters import ONE
from pinpoint.chain.storage import ArtifactError
from pinpoint.program.graph import ProgramError
from pinpoint.replay.profile import measure
from pinpoint.roles.role import Role
from pinpoint.roles.task_data import expect_shapes


class Profiler(Role):
    """Draws, measures, commits and reveals."""

    def profile(self, task: int) -> str | None:
        """Do what is due in a task that is being profiled; None if nothing is."""
        now = self.client.profile(task)
        if now.phase is ProfilePhase.DRAWING:
            return None if self.late(now.deadline) else self.draw("Profiling", "draw", task, now.draw_block)
        if self.address not in now.profilers or self.late(now.reveal_end):
            return None
        answer, _ = self.client.profiled(task, self.address)
        if answer is ProfilerAnswer.DRAWN and not self.late(now.deadline):
            return self._commit(task)
        if answer is ProfilerAnswer.COMMITTED and self.late(now.deadline):
            distance = self.journal("profiles").get(str(task))
            return self.send("Profiling", "reveal_profile", task, distance, self._salt(task))
        return None

    def measured(self, task: int) -> int:
        """The distance that this account measures, binary32 bits.

        Raises:
            ArtifactError: if program or data cannot be had.
            ProgramError: if they are ill-formed.
        """
        data = self.data(task)
        data.check_program()
        state, g = data.initial_state(), data.geometry
        expect_shapes("initial state", data.program.state_shapes, state)
        # Of its own, so that profilers do not all measure the same: other data, other orders of summation.
        seed = int.from_bytes(self.journal("secrets").secret(f"{task}-profile-seed"), "big")
        batches = [data.batch(seed % g.batches + step) for step in range(g.interval)]
        for place, batch in enumerate(batches):
            expect_shapes(f"batch {place}", data.program.batch_shapes, batch)
        return measure(data.program, state, batches, seed)

    def _commit(self, task: int) -> str:
        try:
            distance = self.measured(task)
        except (ArtifactError, ProgramError):
            return self.send("Profiling", "profile_unavailable", task)
        # Also infinities, NaN and negative ones. Alone with such a distance, whoever reveals it is slashed as absurd.
        if distance >= ONE:
            return self.send("Profiling", "profile_unavailable", task)
        # On disk first: what is committed and cannot be revealed costs the deposit.
        self.journal("profiles").put(str(task), distance)
        arguments = (task, self.address, distance, self._salt(task))
        commitment = self.client.port.view("Profiling", "commitment_of", *arguments)
        return self.send("Profiling", "commit_profile", task, commitment)

    def _salt(self, task: int) -> bytes:
        return self.journal("secrets").secret(f"{task}-profile")

"""A role that replays the samples of a task, bit by bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import Client
from pinpoint.replay.report import Lie, Report
from pinpoint.roles.role import Role


class Replayer(Role):
    """What verifier and whistleblower share: the same replay, made once per proof."""

    def __init__(
        self,
        client: Client,
        account: Any,
        artifacts: Artifacts,
        folder: Path,
        lie: Lie | None = None,
        **options: Any,
    ) -> None:
        """As Role; with a lie, a dishonest one."""
        super().__init__(client, account, artifacts, folder, **options)
        self._lie = lie
        self._reports: dict[tuple[int, bytes], Report] = {}

    def report_of(self, task: int) -> Report:
        """The own replay of a task's samples.

        Raises:
            ArtifactError: if a checkpoint or batch that is to be replayed cannot be had.
            ProgramError: if what is to be replayed is ill-formed.
        """
        data = self.data(task)
        key = (task, data.task.proof_root)
        if key not in self._reports:
            segments = data.segments(self.client.samples(task))
            total = sum(len(segment.batches) for segment in segments)
            done = 0

            def count() -> None:
                nonlocal done
                done += 1
                self.progress("replay", done, total)

            self._reports[key] = Report(data.program, segments, self._lie, count)
        return self._reports[key]

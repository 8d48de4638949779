"""The two liars of the demonstration. Everybody else is an ordinary role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.replay.report import Report
from pinpoint.roles.solver import train
from pinpoint.roles.task_data import TaskData
from pinpoint.roles.verifier import Verifier


class FirstRoundLiar(Verifier):
    """A verifier that lies if it is the first one drawn."""

    def report_of(self, task: int) -> Report:
        if self.client.round(task).round > 0:
            self._lie = None
        return super().report_of(task)


def forge(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
    """Train half of the segments, then pretend: each later checkpoint is a little further along the same line."""
    half = data.geometry.segments // 2
    honest: list[Any] = []
    for checkpoint in train(data, state, segment):
        honest.append(checkpoint)
        yield checkpoint
        if len(honest) + segment >= half:
            break
    before = honest[-2] if len(honest) > 1 else state
    drift = [(now - then) * np.float32(0.5) for now, then in zip(honest[-1], before, strict=True)]
    for further in range(1, data.geometry.segments - half + 1):
        yield [now + delta * np.float32(further) for now, delta in zip(honest[-1], drift, strict=True)]

"""Parties that are silent, mistaken or dishonest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.replay import canonical
from pinpoint.replay.canonical import next_state
from pinpoint.replay.report import Lie, Report
from pinpoint.replay.training import replay
from pinpoint.roles.solver import train
from pinpoint.roles.task_data import TaskData
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.play import INTERVAL, PROGRAM

DISTANCE = 30 * len(PROGRAM.state_shapes) - 1
"""The last node of the distance."""


def flip(sample: int, step: int, node: int) -> Lie:
    """A lie of one bit: the lowest of the first lane of a node's output."""

    def lie(*at: Any) -> Tensor:
        *place, output = at
        if tuple(place) != (sample, step, node):
            return output
        flipped = output.copy()
        flipped.view(np.uint32)[0, 0] ^= 1
        return flipped

    return lie


def no_distance(sample: int, step: int, node: int, output: Tensor) -> Tensor:
    """A lie for the solver's sake: every segment ends where it was claimed to."""
    return np.zeros_like(output) if (step, node) == (INTERVAL, DISTANCE) else output


def muted(kind: type[Any], *methods: str) -> type[Any]:
    """A role that never sends these."""

    class Muted(kind):
        def send(self, contract: str, method: str, *arguments: Any) -> Any:
            return None if method in methods else super().send(contract, method, *arguments)

    return Muted


class HostileVerifier(Verifier):
    """In some rounds, whoever is drawn lies, is silent, or does not defend its report; else an honest verifier."""

    def __init__(
        self,
        *arguments: Any,
        rounds: range = range(1),
        silent: Sequence[str] = (),
        falsify: Lie | None = None,
        posted: Sequence[int] | None = None,
        defends: bool = True,
        **options: Any,
    ) -> None:
        """As Verifier.

        Args:
            rounds: in which it is hostile.
            silent: what it does not send to Verification.
            falsify: what it lies about.
            posted: distances that it posts instead of those of its replay.
            defends: whether it makes moves.
        """
        super().__init__(*arguments, **options)
        self._rounds, self._silent, self._falsify, self._defends = rounds, silent, falsify, defends
        self._posted = posted
        self._false: dict[int, Report] = {}

    def send(self, contract: str, method: str, *arguments: Any) -> Any:
        if contract == "Verification" and method in self._silent and self._hostile(arguments[0]):
            return None
        return super().send(contract, method, *arguments)

    def report_of(self, task: int) -> Report:
        if not self._hostile(task):
            return super().report_of(task)
        if task not in self._false:
            data = self.data(task)
            self._false[task] = Report(data.program, data.segments(self.client.samples(task)), self._falsify)
            self._false[task].distances = list(self._posted or self._false[task].distances)
        return self._false[task]

    def defend(self, task: int) -> str | None:
        return super().defend(task) if self._defends or not self._hostile(task) else None

    def _hostile(self, task: int) -> bool:
        return self.client.verification(task).round in self._rounds


class HostileWhistleblower(Whistleblower):
    """A whistleblower whose own replay is wrong, or that does not play."""

    def __init__(self, *arguments: Any, mistake: Lie | None = None, plays: bool = True, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._mistake, self._plays = mistake, plays
        self._mistaken: dict[int, Report] = {}

    def report_of(self, task: int) -> Report:
        if task not in self._mistaken:
            data = self.data(task)
            segments = data.segments(self.client.samples(task))
            self._mistaken[task] = Report(data.program, segments, self._mistake)
        return self._mistaken[task]

    def play(self, task: int) -> str | None:
        return super().play(task) if self._plays else None


# Trainers


def train_canonically(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
    """In the arithmetic of the verifiers."""
    g = data.geometry
    done = segment * g.interval
    for step, outputs in replay(data.program, state, data.batch, done, g.steps - done, canonical.execute):
        if (step + 1) % g.interval == 0:
            yield next_state(data.program, outputs)


def interpolate_half(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
    """Train, and post for every other checkpoint the mean of its neighbours."""
    states = [list(state), *train(data, state, segment)]
    for place in range(1, len(states)):
        if (segment + place) % 2 == 0:
            yield states[place]
        else:
            after = states[min(place + 1, len(states) - 1)]
            yield [(a + b) / np.float32(2) for a, b in zip(states[place - 1], after, strict=True)]

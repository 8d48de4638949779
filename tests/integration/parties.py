"""Parties that are silent, mistaken or dishonest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pinpoint.chain.client import Challenge, TaskPhase
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.distance import NODES_PER_TENSOR
from pinpoint.program.graph import Program
from pinpoint.replay import canonical
from pinpoint.replay.report import Lie, Report, Segment
from pinpoint.replay.training import replay
from pinpoint.roles.role import Role
from pinpoint.roles.solver import Solver, train
from pinpoint.roles.task_data import TaskData
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.play import INTERVAL, PROGRAM

DISTANCE = NODES_PER_TENSOR * len(PROGRAM.state_shapes) - 1
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


def endless_distance(sample: int, step: int, node: int, output: Tensor) -> Tensor:
    """A lie against the solver: no segment ends anywhere near."""
    return np.full_like(output, np.inf) if (step, node) == (INTERVAL, DISTANCE) else output


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
        forge: Callable[[Program, Sequence[Segment]], Report] | None = None,
        posted: Sequence[int] | None = None,
        defends: bool = True,
        **options: Any,
    ) -> None:
        """As Verifier.

        Args:
            rounds: in which it is hostile.
            silent: what it does not send to Verification, Availability and OpenRound.
            falsify: what it lies about.
            forge: makes its report instead, where a lie is not enough.
            posted: distances that it posts instead of those of its replay.
            defends: whether it makes moves, once its secret is open.
        """
        super().__init__(*arguments, **options)
        self._rounds, self._silent, self._falsify, self._defends = rounds, silent, falsify, defends
        self._distances, self._forge = posted, forge
        self._false: dict[int, Report] = {}

    def send(self, contract: str, method: str, *arguments: Any) -> Any:
        asked = contract in ("Verification", "Availability", "OpenRound") and method in self._silent
        if asked and self._hostile(arguments[0]):
            return None
        return super().send(contract, method, *arguments)

    def report_of(self, task: int) -> Report:
        if not self._hostile(task):
            return super().report_of(task)
        if task not in self._false:
            data = self.data(task)
            segments = data.segments(self.client.samples(task))
            forged = self._forge(data.program, segments) if self._forge else None
            self._false[task] = forged or Report(data.program, segments, self._falsify)
            self._false[task].distances = list(self._distances or self._false[task].distances)
        return self._false[task]

    def defend(self, task: int) -> str | None:
        flees = not self._defends and self._hostile(task)
        if flees and all(report.secret_opened for report in self.client.standing_reports(task)):
            return None
        return super().defend(task)

    def _hostile(self, task: int) -> bool:
        return self.client.round(task).round in self._rounds


class Panel(Role):
    """All verifiers as one player: only the drawn one has anything to do, so only it is asked.

    In the open round it is the first of them.
    """

    def __init__(self, verifiers: Sequence[Verifier]) -> None:
        self._verifiers = {verifier.address: verifier for verifier in verifiers}
        self._first = verifiers[0]
        self.address = self._first.address

    def step(self, task: int) -> str | None:
        drawn = self._verifiers.get(self._first.client.round(task).verifier, self._first)
        self.address = drawn.address
        return drawn.step(task)


class HostileWhistleblower(Whistleblower):
    """A whistleblower of the first report only, whose own replay is wrong, or that does not play."""

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

    def step(self, task: int) -> str | None:
        return super().step(task) if self.client.round(task).round == 0 else None

    def _play(self, task: int, challenge: Challenge) -> str | None:
        return super()._play(task, challenge) if self._plays else None


class FickleSolver(Solver):
    """Takes part in some tries of a task, and there declines, or never sends some things."""

    def __init__(
        self, *arguments: Any, tries: range, declines: bool = False, silent: Sequence[str] = (), **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._tries, self._declines, self._silent = tries, declines, silent

    def step(self, task: int) -> str | None:
        now = self.client.task(task)
        if now.phase is not TaskPhase.ENDED and now.tries not in self._tries:
            return None
        if self._declines and now.phase is TaskPhase.OFFERED and now.solver == self.address:
            return self.send("TaskRegistry", "decline", task)
        return super().step(task)

    def send(self, contract: str, method: str, *arguments: Any) -> Any:
        return None if method in self._silent else super().send(contract, method, *arguments)


# Trainers


def train_canonically(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
    """In the arithmetic of the verifiers."""
    g = data.geometry
    done = segment * g.interval
    for step, after in replay(data.program, state, data.batch, done, g.steps - done, canonical.arithmetic):
        if (step + 1) % g.interval == 0:
            yield after


def interpolate_half(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
    """Train, and post for every other checkpoint the mean of its neighbours."""
    states = [list(state), *train(data, state, segment)]
    for place in range(1, len(states)):
        if (segment + place) % 2 == 0:
            yield states[place]
        else:
            after = states[min(place + 1, len(states) - 1)]
            yield [(a + b) / np.float32(2) for a, b in zip(states[place - 1], after, strict=True)]

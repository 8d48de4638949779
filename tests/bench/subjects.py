"""What is measured: training tasks of the default models."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pinpoint import datasets
from pinpoint.commitment.tensor import Tensor
from pinpoint.models.convolution import Convolution
from pinpoint.models.dense import LEARNING_RATE, Dense
from pinpoint.models.programs import Model, initial_state, training_program
from pinpoint.models.transformer import Transformer
from pinpoint.program.graph import Program
from pinpoint.program.optimisers import Adam, Linear, Optimiser, Sgd
from pinpoint.replay import canonical, native
from pinpoint.replay.plan import Arithmetic
from pinpoint.replay.report import Segment
from pinpoint.replay.training import replay

INTERVAL = 10
"""Steps of a segment."""
WARM_UP = 3
"""Steps before the segment, so that no moment of an optimiser is zero."""


@dataclass(frozen=True)
class Task:
    """A model with what trains it."""

    model: Model
    optimiser: Optimiser
    batches: Callable[[], Sequence[Sequence[Tensor]]]


TASKS: Mapping[str, Task] = {
    "dense": Task(Dense(), Sgd(LEARNING_RATE), lambda: datasets.digits()[0]),
    "convolution": Task(Convolution(), Adam(5e-3), lambda: datasets.digits()[0]),
    "transformer": Task(
        Transformer(), Adam(Linear(3e-3, 20, 200), max_norm=1.0), lambda: datasets.text()[0][: WARM_UP + INTERVAL]
    ),
}


@dataclass(frozen=True)
class Subject:
    """A program, and a segment of its training whose claimed end is right."""

    program: Program
    segment: Segment

    def final_state(self, arithmetic: Arithmetic) -> list[Tensor]:
        """Replay the segment, nothing committed."""
        return _trained(self.program, self.segment.start, self.segment.batches, arithmetic)


def subject(name: str) -> Subject:
    """A task of `TASKS`, made ready."""
    task = TASKS[name]
    program, batches = training_program(task.model, task.optimiser), task.batches()
    start = _trained(program, initial_state(task.model, task.optimiser), batches[:WARM_UP], native.arithmetic)
    measured = batches[WARM_UP : WARM_UP + INTERVAL]
    end = _trained(program, start, measured, canonical.arithmetic)
    return Subject(program, Segment(0, start, end, measured))


def _trained(
    program: Program, state: Sequence[Tensor], batches: Sequence[Sequence[Tensor]], arithmetic: Arithmetic
) -> list[Tensor]:
    steps = replay(program, state, batches.__getitem__, 0, len(batches), arithmetic)
    return deque(steps, maxlen=1)[0][1]

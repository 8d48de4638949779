"""What is trained in the demonstration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.datasets import digits, text
from pinpoint.models import dense
from pinpoint.models.programs import initial_state, loss_node, training_program
from pinpoint.models.transformer import Transformer
from pinpoint.program.graph import Program
from pinpoint.program.optimisers import Adam, Linear
from pinpoint.program.work import program_units
from pinpoint.replay import native
from pinpoint.replay.plan import Plan

STEPS, INTERVAL, SAMPLES = 120, 10, 7
THRESHOLD = 2.0**-10
FEE = 40 * 10**18
"""About what the solver earns, in base units."""
HELD_OUT_BATCHES = 8


@dataclass(frozen=True)
class Job:
    """One training that a task can pay for.

    Attributes:
        program: one step.
        batches: its data.
        state: before the first step.
        measure: from the paid state to how good it is on data held out.
        measured: what that number is.
    """

    program: Program
    batches: Sequence[Sequence[Tensor]]
    state: Sequence[Tensor]
    measure: Callable[[Sequence[Tensor]], float]
    measured: str

    @property
    def price(self) -> int:
        """Base units of token per work unit."""
        return FEE // (program_units(self.program) * STEPS)


def dense_job(seed: int) -> Job:
    """A small dense network learns handwritten digits with plain gradient descent."""
    batches, held_out = digits(seed=seed)
    return Job(
        program=dense.training_program(),
        batches=batches,
        state=dense.initial_state(seed=seed),
        measure=lambda state: dense.accuracy(state, *held_out),
        measured="accuracy",
    )


def transformer_job(seed: int) -> Job:
    """A Transformer of 100 k parameters learns to spell Vyper with Adam."""
    batches, held_out = text(seed=seed)
    model = Transformer()
    optimiser = Adam(Linear(peak=3e-3, warm_up=20, steps=STEPS), max_norm=1.0)
    program = training_program(model, optimiser)
    loss = loss_node(model, optimiser)
    plan = Plan(program.nodes, native.arithmetic, keep=[loss])

    def held_out_loss(state: Sequence[Tensor]) -> float:
        losses = [plan.run(state, batch, program.constants)[loss] for batch in held_out[:HELD_OUT_BATCHES]]
        return float(np.mean(losses))

    return Job(
        program=program,
        batches=batches,
        state=initial_state(model, optimiser, seed),
        measure=held_out_loss,
        measured="loss",
    )


JOBS: dict[str, Callable[[int], Job]] = {"dense": dense_job, "transformer": transformer_job}
"""By the name of the model, from a seed of data and weights."""

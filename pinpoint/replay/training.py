"""A program run step after step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from pinpoint.binary32.reference import to_float
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.distance import ETA_BITS
from pinpoint.program.graph import Program
from pinpoint.replay.plan import Arithmetic, Plan, next_state


def replay(
    program: Program,
    state: Sequence[Tensor],
    batches: Callable[[int], Sequence[Tensor]],
    first_step: int,
    steps: int,
    arithmetic: Arithmetic,
) -> Iterator[tuple[int, list[Tensor]]]:
    """Run `steps` steps from `state`, the state before step `first_step`.

    Args:
        batches: the batch of a step.
        arithmetic: canonical or native.

    Yields:
        The number of each step and the state after it.
    """
    plan = Plan(program.nodes, arithmetic, keep=program.producers)
    for step in range(first_step, first_step + steps):
        state = next_state(program, plan.run(state, batches(step), program.constants))
        yield step, state


def moves(start: Sequence[Tensor], end: Sequence[Tensor], weights: int) -> bool:
    """Whether a state is finite and one of its weights differs from the start, about as the distance judges it.

    Args:
        weights: how many of the first tensors are weights.
    """
    if not all(np.isfinite(tensor).all() for tensor in end):
        return False
    pairs = zip(start[:weights], end[:weights], strict=True)
    with np.errstate(over="ignore"):
        return any(np.abs(b - a).max() > to_float(ETA_BITS) * np.abs(b).max() for a, b in pairs)

"""A program run step after step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pinpoint.commitment.tensor import Tensor
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

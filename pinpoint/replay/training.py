"""A program run step after step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node, Program
from pinpoint.replay.canonical import next_state

Execute = Callable[[Sequence[Node], Sequence[Tensor], Sequence[Tensor], Mapping[bytes, Tensor]], list[Tensor]]
"""An evaluator: nodes, state, batch, constants."""


def replay(
    program: Program,
    state: Sequence[Tensor],
    batches: Callable[[int], Sequence[Tensor]],
    first_step: int,
    steps: int,
    execute: Execute,
) -> Iterator[tuple[int, list[Tensor]]]:
    """Run `steps` steps from `state`, the state before step `first_step`.

    Args:
        batches: the batch of a step.
        execute: the evaluator, canonical or native.

    Yields:
        The number of each step and its nodes' outputs, from which `next_state` takes the state after it.
    """
    for step in range(first_step, first_step + steps):
        outputs = execute(program.nodes, state, batches(step), program.constants)
        yield step, outputs
        state = next_state(program, outputs)

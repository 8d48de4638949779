"""What an honest distance is: one segment, canonically and on native evaluators (docs/design.md, section 11)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.distance import distance_program, distance_state
from pinpoint.program.graph import Node, Program
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay import canonical, native
from pinpoint.replay.plan import Arithmetic, Kernel, Plan
from pinpoint.replay.training import replay

RUNS = 4
"""Replays of the segment, one canonical, the others native: what a profiler is paid for (libraries/profile.vy)."""

_COLUMNS_SUMMED = (Operator.SUM, Operator.MATMUL, Operator.SCATTER_ADD)


def shuffled(seed: Sequence[int]) -> Arithmetic:
    """The native arithmetic of another machine: whatever is summed comes in another order.

    Args:
        seed: numbers that decide the order.
    """
    random = np.random.default_rng(list(seed))

    def arithmetic(node: Node) -> Kernel:
        kernel = native.arithmetic(node)
        if TABLE[node.operator].kind is not Kind.REDUCTION or node.operator not in _COLUMNS_SUMMED:
            return kernel
        order = random.permutation(node.input_shapes[0][1])
        return lambda *operands: kernel(*[operand[:, order] for operand in operands])

    return arithmetic


def measure(program: Program, state: Sequence[Tensor], batches: Sequence[Sequence[Tensor]], seed: int) -> int:
    """The largest distance from the canonical replay of some steps to native ones.

    Args:
        program: a valid one.
        state: the state before the first step.
        batches: one per step.
        seed: decides the orders of summation.

    Returns:
        binary32 bits; not below those of 1 where what is measured is not an honest rounding error.
    """
    exact = _end(program, state, batches, canonical.arithmetic)
    nodes = distance_program(program.state_shapes, program.weights)
    plan = Plan(nodes, canonical.arithmetic, keep=[len(nodes) - 1])
    evaluators = [native.arithmetic, *(shuffled([seed, run]) for run in range(RUNS - 2))]
    found = []
    for arithmetic in evaluators:
        end = _end(program, state, batches, arithmetic)
        distance = plan.run(distance_state(exact, state, end), [], {})[len(nodes) - 1]
        # As unsigned numbers: NaN is large, and so is what did not move.
        found.append(int(distance.view(np.uint32)[0, 0]))
    return max(found)


def _end(
    program: Program, state: Sequence[Tensor], batches: Sequence[Sequence[Tensor]], arithmetic: Arithmetic
) -> list[Tensor]:
    steps = replay(program, state, lambda step: batches[step], 0, len(batches), arithmetic)
    return [after for _, after in steps][-1]

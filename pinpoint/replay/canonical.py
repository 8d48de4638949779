"""The canonical evaluator: every lane as docs/design.md, section 4, defines it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from pinpoint.binary32 import vector
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node, Program, constant_root
from pinpoint.program.operators import Operator, Shape

Hook = Callable[[int, Tensor], Tensor]
"""May replace the output of a node, given the node's index: how tests and demonstrations lie."""
Kernels = Mapping[Operator, Callable[..., Tensor]]
"""What computes each operator; COMPARE takes its predicate as third argument."""

KERNELS: Kernels = {
    Operator.ADD: vector.add,
    Operator.SUB: vector.sub,
    Operator.MUL: vector.mul,
    Operator.DIV: vector.div,
    Operator.FMA: vector.fma,
    Operator.NEG: vector.neg,
    Operator.MAX: vector.maximum,
    Operator.COMPARE: vector.compare,
    Operator.SELECT: vector.select,
    Operator.SQRT: vector.sqrt,
    Operator.EXP: vector.exp,
    Operator.LOG: vector.log,
    Operator.SUM: vector.row_sum,
    Operator.ROW_MAX: vector.row_max,
    Operator.MATMUL: vector.matmul_transposed,
}


@np.errstate(all="ignore")
def evaluate(
    kernels: Kernels,
    nodes: Sequence[Node],
    state: Sequence[Tensor],
    batch: Sequence[Tensor],
    constants: Mapping[bytes, Tensor],
    hook: Hook | None = None,
) -> list[Tensor]:
    """Run one step, or the distance. Overflow and invalid operations give infinities and NaN, no warnings.

    Args:
        kernels: the arithmetic.
        nodes: of a valid program, or of the distance.
        state: float32 matrices, by the attribute of the STATE nodes.
        batch: float32 matrices, by the attribute of the BATCH nodes.
        constants: float32 matrices by root.
        hook: sees the output of each node before later nodes read it, and returns what is to stand.

    Returns:
        The output of each node but PACK, in order, float32 matrices.

    Raises:
        ValueError: if an input is missing or is not a float32 matrix of its node's shape.
    """
    outputs: list[Tensor] = []
    for index, node in enumerate(nodes):
        match node.operator:
            case Operator.PACK:
                break
            case Operator.STATE:
                output = _checked(index, node, state[node.attribute] if node.attribute < len(state) else None)
            case Operator.BATCH:
                output = _checked(index, node, batch[node.attribute] if node.attribute < len(batch) else None)
            case Operator.CONSTANT:
                output = _checked(index, node, constants.get(constant_root(node)))
            case Operator.FILL:
                output = np.full(node.shape, node.attribute, np.uint32).view(np.float32)
            case Operator.TRANSPOSE:
                output = np.ascontiguousarray(outputs[node.inputs[0]].T)
            case _:
                operands = [outputs[source] for source in node.inputs]
                predicate = [node.attribute] if node.operator is Operator.COMPARE else []
                output = _widened(kernels[node.operator](*operands, *predicate), node.shape)
        outputs.append(output if hook is None else hook(index, output))
    return outputs


execute = partial(evaluate, KERNELS)
"""`evaluate` in canonical arithmetic: bit-exact on every machine."""


def next_state(program: Program, outputs: Sequence[Tensor]) -> list[Tensor]:
    """The state after a step, from the step's outputs."""
    return [outputs[producer] for producer in program.producers]


def _checked(index: int, node: Node, tensor: Tensor | None) -> Tensor:
    name = f"node {index} ({node.operator.name})"
    if tensor is None:
        raise ValueError(f"{name}: expected a tensor {node.attribute}, got none")
    if tensor.dtype != np.float32 or tensor.shape != node.shape:
        raise ValueError(
            f"{name}: expected float32 of shape {node.shape}, got {tensor.dtype} of shape {tensor.shape}"
        )
    return tensor


def _widened(output: Tensor, shape: Shape) -> Tensor:
    return output if output.shape == shape else np.ascontiguousarray(np.broadcast_to(output, shape))

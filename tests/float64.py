"""Programs in float64: what finite differences are taken of."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node, constant_root
from pinpoint.program.operators import TABLE, Axis, Kind, Operator, corner, grouping
from pinpoint.replay import native

Matrix = NDArray[Any]
INTEGERS = (Operator.TO_INT, Operator.ARGMAX, Operator.MATMUL_INT8)


def evaluate(
    nodes: Sequence[Node],
    state: Sequence[Matrix],
    batch: Sequence[Tensor] = (),
    constants: Mapping[bytes, Tensor] | None = None,
) -> list[Matrix]:
    """Every node of a program, finished or not, in float64; int32 lanes stay bit patterns in float32."""
    outputs: list[Matrix] = []
    for node in nodes:
        if node.operator is Operator.PACK:
            break
        operands = [] if node.operator is Operator.STATE else [outputs[source] for source in node.inputs]
        outputs.append(_evaluate(node, operands, state, batch, constants or {}))
    return outputs


def _evaluate(
    node: Node,
    operands: Sequence[Matrix],
    state: Sequence[Matrix],
    batch: Sequence[Tensor],
    constants: Mapping[bytes, Tensor],
) -> Matrix:
    match node.operator:
        case Operator.STATE:
            return state[node.attribute].astype(np.float64)
        case Operator.BATCH:
            return batch[node.attribute]
        case Operator.CONSTANT:
            return constants[constant_root(node)]
        case Operator.FILL:
            return np.full(node.shape, struct.unpack(">f", node.attribute.to_bytes(4, "big"))[0])
    if TABLE[node.operator].kind is Kind.MOVEMENT:
        return _moved(node, *operands)
    if node.operator in INTEGERS:
        return native.arithmetic(node)(*[operand.astype(np.float32, copy=False) for operand in operands])
    return native.arithmetic(node)(*operands).astype(np.float64, copy=False)


def _moved(node: Node, a: Matrix, *rest: Matrix) -> Matrix:
    match node.operator:
        case Operator.TRANSPOSE:
            count, group = grouping(node.attribute)
            starts = range(0, a.shape[1], group)
            rows = [
                [block[i : i + 1, start : start + group] for i in range(len(block))]
                for block in np.split(a, count)
                for start in starts
            ]
            return np.block(rows)
        case Operator.RESHAPE:
            return a.reshape(node.shape)
        case Operator.SLICE:
            row, col = corner(node.attribute)
            return a[row : row + node.rows, col : col + node.cols]
        case Operator.CONCAT:
            return np.concatenate([a, *rest], axis=0 if node.attribute == Axis.ROWS else 1)
        case Operator.GATHER:
            known = dict(enumerate(a))
            return np.array([known.get(i, np.zeros(node.cols)) for i in rest[0].view(np.int32)[0].tolist()])
        case Operator.ONE_HOT:
            return np.array([[float(i == col) for col in range(node.cols)] for i in a.view(np.int32)[0].tolist()])
        case Operator.CAUSAL_MASK:
            fill = struct.unpack(">f", node.attribute.to_bytes(4, "big"))[0]
            return np.where(np.arange(node.cols) <= np.arange(node.rows)[:, None] % node.cols, a, fill)
    raise AssertionError(node.operator)

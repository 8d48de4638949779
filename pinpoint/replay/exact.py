"""The exact arithmetic of programs: lane by lane on integers, slow and obvious. What the others are checked against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pinpoint.binary32 import reference
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator, Predicate, blocks
from pinpoint.replay.plan import Kernel

_PREDICATES: Mapping[int, Callable[[int, int], int]] = {
    Predicate.LESS: reference.less_than,
    Predicate.LESS_EQUAL: reference.less_equal,
    Predicate.EQUAL: reference.equal,
}
_FUNCTIONS: Mapping[Operator, Callable[..., int]] = {
    Operator.ADD: reference.add,
    Operator.SUB: reference.sub,
    Operator.MUL: reference.mul,
    Operator.DIV: reference.div,
    Operator.FMA: reference.fma,
    Operator.NEG: reference.neg,
    Operator.MAX: reference.maximum,
    Operator.SELECT: reference.select,
    Operator.SQRT: reference.sqrt,
    Operator.EXP: reference.exp,
    Operator.LOG: reference.log,
    Operator.ABS: reference.absolute,
    Operator.MIN: reference.minimum,
    Operator.RSQRT: reference.rsqrt,
    Operator.TANH: reference.tanh,
    Operator.ERF: reference.erf,
    Operator.TO_FLOAT: reference.int_to_float,
}


def arithmetic(node: Node) -> Kernel:
    """The kernel of a computed node."""
    lane_of = pointwise(node) if TABLE[node.operator].kind is Kind.POINTWISE else None

    def kernel(*operands: Tensor) -> Tensor:
        if lane_of is None:
            grids = [operand.view(np.uint32).tolist() for operand in operands]
            lanes = [reduced(node, grids, row, col) for row in range(node.rows) for col in range(node.cols)]
        else:
            wide = [np.broadcast_to(operand.view(np.uint32), node.shape).ravel().tolist() for operand in operands]
            lanes = [lane_of(*values) for values in zip(*wide, strict=True)]
        return np.array(lanes, np.uint32).view(np.float32).reshape(node.shape)

    return kernel


def pointwise(node: Node) -> Callable[..., int]:
    """From a lane of each operand to the lane of a pointwise output."""
    match node.operator:
        case Operator.COMPARE:
            return _PREDICATES[node.attribute]
        case Operator.TO_INT:
            return lambda a: reference.float_to_int(a, node.attribute)
    return _FUNCTIONS[node.operator]


def reduced(node: Node, grids: Sequence[Sequence[Sequence[int]]], row: int, col: int) -> int:
    """The lane at `row` and `col` of a reduction, from the lanes of its operands, row by row."""
    a = grids[0][row] if node.operator is not Operator.SCATTER_ADD else grids[0][col]
    match node.operator:
        case Operator.SUM:
            return reference.row_sum(a)
        case Operator.ROW_MAX:
            return reference.row_max(a)
        case Operator.ARGMAX:
            return reference.argmax(a)
        case Operator.SCATTER_ADD:
            return reference.scatter_add(a, grids[1][0], row)
    count = blocks(node.attribute)
    b = grids[1][row // (node.rows // count) * (len(grids[1]) // count) + col]
    return reference.dot(a, b) if node.operator is Operator.MATMUL else reference.dot_int8(a, b)

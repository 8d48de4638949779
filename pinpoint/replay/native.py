"""The native arithmetic of programs: NumPy's own, fast, and neither in the canonical order nor fused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pinpoint.binary32 import vector
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator, Predicate, blocks
from pinpoint.replay.plan import Kernel

_PREDICATES: Mapping[int, Callable[[Tensor, Tensor], NDArray[np.bool_]]] = {
    Predicate.LESS: np.less,
    Predicate.LESS_EQUAL: np.less_equal,
    Predicate.EQUAL: np.equal,
}

POINTWISE: Mapping[Operator, Callable[..., Tensor]] = {
    Operator.ADD: np.add,
    Operator.SUB: np.subtract,
    Operator.MUL: np.multiply,
    Operator.DIV: np.divide,
    Operator.FMA: lambda a, b, c: a * b + c,
    Operator.NEG: np.negative,
    Operator.MAX: np.maximum,
    Operator.SELECT: lambda a, b, c: np.where(a != 0, b, c),
    Operator.SQRT: np.sqrt,
    Operator.EXP: np.exp,
    Operator.LOG: np.log,
    Operator.ABS: np.absolute,
    Operator.MIN: np.minimum,
    Operator.RSQRT: lambda a: 1 / np.sqrt(a),
    Operator.TANH: np.tanh,
    Operator.ERF: special.erf,
}
"""In the precision of the operands: float32 here, float64 where gradients are tested."""


def arithmetic(node: Node) -> Kernel:
    """Nearly the canonical result, at BLAS's speed."""
    if TABLE[node.operator].kind is not Kind.POINTWISE:
        return _reduction(node)
    function = _pointwise(node)

    def kernel(*operands: Tensor) -> Tensor:
        output = function(*operands)
        return output if output.shape == node.shape else np.broadcast_to(output, node.shape)

    return kernel


def _pointwise(node: Node) -> Callable[..., Tensor]:
    match node.operator:
        case Operator.COMPARE:
            holds = _PREDICATES[node.attribute]
            return lambda a, b: holds(a, b).astype(a.dtype)
        case Operator.TO_INT:
            return lambda a: vector.float_to_int(a, node.attribute)
        case Operator.TO_FLOAT:
            return vector.int_to_float
    return POINTWISE[node.operator]


def _reduction(node: Node) -> Kernel:
    match node.operator:
        case Operator.SUM:
            return lambda a: a.sum(axis=1, keepdims=True)
        case Operator.ROW_MAX:
            return lambda a: a.max(axis=1, keepdims=True)
        case Operator.MATMUL:
            return lambda a, b: product(a, b, blocks(node.attribute))
        case Operator.ARGMAX:
            return lambda a: a.argmax(axis=1).astype(np.int32).view(np.float32)[:, None]
        case Operator.MATMUL_INT8:
            return lambda a, b: _product_int8(a, b, blocks(node.attribute))
        case Operator.SCATTER_ADD:
            return lambda a, b: scatter(a, b, node.rows)
    raise ValueError(f"expected a computed operator, got {node.operator.name}")


def product(a: NDArray[Any], b: NDArray[Any], count: int = 1) -> NDArray[Any]:
    """`a @ b.T` in each of `count` blocks of rows."""
    if count == 1:
        whole: NDArray[Any] = a @ b.T
        return whole
    pairs: NDArray[Any] = a.reshape(count, -1, a.shape[1]) @ b.reshape(count, -1, b.shape[1]).transpose(0, 2, 1)
    return pairs.reshape(len(a), -1)


def scatter(a: NDArray[Any], b: Tensor, rows: int) -> NDArray[Any]:
    """Column k of `a` added to row `b[0, k]`."""
    indices = b.view(np.uint32)[0]
    inside = indices < rows
    output = np.zeros((rows, len(a)), a.dtype)
    np.add.at(output, indices[inside], a.T[inside])
    return output


def _product_int8(a: Tensor, b: Tensor, count: int) -> Tensor:
    # float64 holds every partial sum exactly.
    first, second = (operand.view(np.int32).astype(np.int8).astype(np.float64) for operand in (a, b))
    output: Tensor = product(first, second, count).astype(np.int32).view(np.float32)
    return output

"""The arithmetic that evaluators use: `compiled` where it could be built, else `vector`. The bits are the same."""

from collections.abc import Callable, Mapping

import numpy as np

from pinpoint.binary32 import compiled, vector
from pinpoint.binary32.compiled import Code, Floats, Level, Shape

_OPERATORS: Mapping[int, Callable[..., Floats]] = {
    Code.ADD: vector.add,
    Code.SUB: vector.sub,
    Code.MUL: vector.mul,
    Code.DIV: vector.div,
    Code.FMA: vector.fma,
    Code.NEG: vector.neg,
    Code.MAX: vector.maximum,
    Code.COMPARE: vector.compare,
    Code.SELECT: vector.select,
    Code.SQRT: vector.sqrt,
    Code.EXP: vector.exp,
    Code.LOG: vector.log,
    Code.ABS: vector.absolute,
    Code.MIN: vector.minimum,
    Code.RSQRT: vector.rsqrt,
    Code.TANH: vector.tanh,
    Code.ERF: vector.erf,
    Code.TO_INT: vector.float_to_int,
    Code.TO_FLOAT: vector.int_to_float,
}
_WITH_ATTRIBUTE = (Code.COMPARE, Code.TO_INT)


def pointwise_in_numpy(code: int, attribute: int, shape: Shape | None, *operands: Floats) -> Floats:
    """`compiled.pointwise`, by `vector`.

    Args:
        code: one of `Code`.
        attribute: the predicate of COMPARE, the integer of TO_INT; others ignore it.
        shape: of the result, to which the operands broadcast: each side of theirs is equal or 1. None for the
            smallest such shape.
        operands: float32 matrices, as many as the operator takes.

    Raises:
        ValueError: for another code or shape.
    """
    if code not in _OPERATORS:
        raise ValueError(f"expected the code of a pointwise operator, got {code}")
    result = _OPERATORS[code](*operands, *([attribute] if code in _WITH_ATTRIBUTE else []))
    return result if shape in (None, result.shape) else np.broadcast_to(result, shape).copy()


pointwise = compiled.pointwise if compiled.available else pointwise_in_numpy
row_sum = compiled.row_sum if compiled.available else vector.row_sum
row_max = compiled.row_max if compiled.available else vector.row_max
argmax = compiled.argmax if compiled.available else vector.argmax
scatter_add = compiled.scatter_add if compiled.available else vector.scatter_add
matmul_transposed = compiled.matmul_transposed if compiled.available else vector.matmul_transposed
matmul_int8 = compiled.matmul_int8 if compiled.available else vector.matmul_int8


def use(level: Level) -> None:
    """Compute with this instruction set; ValueError if the processor lacks it. NumPy chooses its own."""
    if compiled.available:
        compiled.use(level)


def threads(count: int) -> None:
    """Use at most so many threads, 1 or more, for work that is worth them. `vector` has one."""
    if compiled.available:
        compiled.threads(count)

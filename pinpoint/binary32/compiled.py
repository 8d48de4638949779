"""binary32 arithmetic in C, bit for bit as `reference`, where the extension could be built.

Operands are float32 matrices of any strides, int32 lanes being bit patterns
in them; results are new float32 matrices. Whatever else comes in raises
ValueError. No result depends on instruction set, threads, or how another
library left the processor's rounding mode and treatment of subnormals.

`pointwise(code, attribute, shape, *operands)` is each pointwise operator, by
its `Code`. The attribute is COMPARE's predicate or TO_INT's integer; shape is
the result's, to which the operands broadcast, or None for the smallest.

Where `available` is False, no function here may be called.
"""

import logging
import os
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

try:
    from pinpoint.binary32 import _compiled
except ImportError as reason:
    available = False
    logging.getLogger(__name__).warning("No compiled arithmetic, NumPy serves, many times slower: %s", reason)
else:
    available = True
    # As it is: a wrapper would double what a call costs.
    pointwise = _compiled.pointwise

Floats = NDArray[np.float32]
Shape = tuple[int, int]


class Code(IntEnum):
    """The pointwise operators (docs/design.md, section 3)."""

    ADD = 16
    SUB = 17
    MUL = 18
    DIV = 19
    FMA = 20
    NEG = 21
    MAX = 22
    COMPARE = 23
    SELECT = 24
    SQRT = 25
    EXP = 26
    LOG = 27
    ABS = 28
    MIN = 29
    RSQRT = 30
    TANH = 31
    ERF = 32
    TO_INT = 33
    TO_FLOAT = 34


class Level(IntEnum):
    """Instruction sets that the kernels are compiled for."""

    PORTABLE = 0
    AVX2 = 1
    AVX512 = 2


def best_level() -> Level:
    """The highest level that this processor has; it is in use from the start."""
    return Level(_compiled.best_level())


def use(level: Level) -> None:
    """Compute with this instruction set from now on; ValueError if the processor lacks it."""
    _compiled.use(level)


def threads(count: int) -> None:
    """Use at most so many threads, 1 or more, for work that is worth them.

    At first, as many as the processors that this process may run on.
    """
    _compiled.threads(count)


def add(a: Floats, b: Floats) -> Floats:
    """a + b"""
    return _compiled.pointwise(Code.ADD, 0, None, a, b)


def sub(a: Floats, b: Floats) -> Floats:
    """a - b"""
    return _compiled.pointwise(Code.SUB, 0, None, a, b)


def mul(a: Floats, b: Floats) -> Floats:
    """a * b"""
    return _compiled.pointwise(Code.MUL, 0, None, a, b)


def div(a: Floats, b: Floats) -> Floats:
    """a / b"""
    return _compiled.pointwise(Code.DIV, 0, None, a, b)


def fma(a: Floats, b: Floats, c: Floats) -> Floats:
    """a * b + c, rounded once."""
    return _compiled.pointwise(Code.FMA, 0, None, a, b, c)


def neg(a: Floats) -> Floats:
    """-a"""
    return _compiled.pointwise(Code.NEG, 0, None, a)


def absolute(a: Floats) -> Floats:
    """|a|"""
    return _compiled.pointwise(Code.ABS, 0, None, a)


def maximum(a: Floats, b: Floats) -> Floats:
    """The larger; NaN if either is NaN; +0 is larger than -0."""
    return _compiled.pointwise(Code.MAX, 0, None, a, b)


def minimum(a: Floats, b: Floats) -> Floats:
    """The smaller; NaN if either is NaN; -0 is smaller than +0."""
    return _compiled.pointwise(Code.MIN, 0, None, a, b)


def compare(a: Floats, b: Floats, predicate: int) -> Floats:
    """1.0 where the predicate holds, else +0; other predicates never hold."""
    return _compiled.pointwise(Code.COMPARE, predicate, None, a, b)


def select(a: Floats, b: Floats, c: Floats) -> Floats:
    """b where a is not zero (NaN is not zero), else c; bits unchanged."""
    return _compiled.pointwise(Code.SELECT, 0, None, a, b, c)


def sqrt(a: Floats) -> Floats:
    """The square root; sqrt(-0) = -0."""
    return _compiled.pointwise(Code.SQRT, 0, None, a)


def rsqrt(a: Floats) -> Floats:
    """1 / sqrt(a), rounded once; rsqrt(-0) = -inf."""
    return _compiled.pointwise(Code.RSQRT, 0, None, a)


def exp(a: Floats) -> Floats:
    """The exponential, correctly rounded."""
    return _compiled.pointwise(Code.EXP, 0, None, a)


def log(a: Floats) -> Floats:
    """The natural logarithm, correctly rounded."""
    return _compiled.pointwise(Code.LOG, 0, None, a)


def tanh(a: Floats) -> Floats:
    """The hyperbolic tangent, correctly rounded."""
    return _compiled.pointwise(Code.TANH, 0, None, a)


def erf(a: Floats) -> Floats:
    """The error function, correctly rounded."""
    return _compiled.pointwise(Code.ERF, 0, None, a)


def float_to_int(a: Floats, kind: int) -> Floats:
    """The nearest int8 (kind 1) or int32 (any other), ties to even, as int32; saturates, NaN yields 0."""
    return _compiled.pointwise(Code.TO_INT, kind, None, a)


def int_to_float(a: Floats) -> Floats:
    """The binary32 number nearest to each int32, ties to even."""
    return _compiled.pointwise(Code.TO_FLOAT, 0, None, a)


def row_sum(a: Floats) -> Floats:
    """(rows, cols) -> (rows, 1): sequential sums from +0."""
    return _compiled.row_sum(a)


def row_max(a: Floats) -> Floats:
    """(rows, cols) -> (rows, 1): the largest of each row, cols >= 1."""
    return _compiled.row_max(a)


def argmax(a: Floats) -> Floats:
    """(rows, cols) -> (rows, 1) int32: the first column of each row's largest, cols >= 1.

    NaN counts as the largest of all, +0 as larger than -0.
    """
    return _compiled.argmax(a)


def scatter_add(a: Floats, b: Floats, rows: int) -> Floats:
    """(d, m), (1, m) int32 -> (rows, d): row i sums from +0 the a[:, k] with b[k] == i, k ascending."""
    return _compiled.scatter_add(a, b, rows)


def matmul_transposed(a: Floats, b: Floats, batches: int = 1) -> Floats:
    """(m, k), (n, k) -> (m, n): fma(a[i, k], b[j, k], acc) from +0, k up.

    With `batches` B, (B m, k), (B n, k) -> (B m, n), each block of rows by its own.
    """
    return _compiled.matmul_transposed(a, b, batches)


def matmul_int8(a: Floats, b: Floats, batches: int = 1) -> Floats:
    """As matmul_transposed, of the lanes' low bytes as int8, to int32 (modulo 2**32)."""
    return _compiled.matmul_int8(a, b, batches)


if available:
    threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

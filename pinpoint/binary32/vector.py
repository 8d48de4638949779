"""binary32 arithmetic on NumPy float32 arrays, bit for bit as `reference`.

The hardware's float32 operations are IEEE-754 already; what remains is the
canonical NaN, the fused multiply-add (through float64, rounded to odd) and
functions like exp (through float64, and exactly where float64 cannot decide).

Inputs broadcast. Results are new float32 arrays; integers are int32 seen as
float32. Patterns move through uint32 and int32 views, because a float32
assignment may quiet a signalling NaN.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pinpoint.binary32 import reference

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
_T = TypeVar("_T", bound=np.generic)

LESS_THAN, LESS_EQUAL, EQUAL = 0, 1, 2
INT32, INT8 = reference.INT32, reference.INT8

_NAN = np.uint32(reference.NAN)
_SIGN = np.uint32(reference.SIGN)
_MAGNITUDE = np.uint32(reference.MAGNITUDE)

# The 29 bits that a float64 significand has beyond a float32 one.
_EXTRA = np.uint64((1 << 29) - 1)
_HALFWAY = np.uint64(1 << 28)
_TWICE_SMALLEST_NORMAL = np.float64(2.0**-126).view(np.uint64) << np.uint64(1)

# Far above the relative error of any function below in float64: NumPy tests its
# own to 4 ulp (2**-50), Cephes states 3.7e-16 (2**-51) for erf, and 1 / sqrt
# rounds twice. It sends one lane in 2**18 to `reference`.
_RELATIVE_ERROR = 2.0**-44

# Elements of a block of a matrix product.
_BLOCK = 1 << 14


def add(a: Floats, b: Floats) -> Floats:
    """a + b"""
    with np.errstate(all="ignore"):
        return _canonical(np.add(a, b))


def sub(a: Floats, b: Floats) -> Floats:
    """a - b"""
    with np.errstate(all="ignore"):
        return _canonical(np.subtract(a, b))


def mul(a: Floats, b: Floats) -> Floats:
    """a * b"""
    with np.errstate(all="ignore"):
        return _canonical(np.multiply(a, b))


def div(a: Floats, b: Floats) -> Floats:
    """a / b"""
    with np.errstate(all="ignore"):
        return _canonical(np.divide(a, b))


def fma(a: Floats, b: Floats, c: Floats) -> Floats:
    """a * b + c, rounded once."""
    with np.errstate(all="ignore"):
        # 24 + 24 bits fit in 53: the product is exact.
        product = np.multiply(a, b, dtype=np.float64)
        addend = np.asarray(c).astype(np.float64)
        total = np.asarray(product + addend)
        product, addend = np.broadcast_arrays(product, addend)
        _round_to_odd(total, product, addend, _undecided(total))
        return _canonical(total.astype(np.float32))


def neg(a: Floats) -> Floats:
    """-a"""
    return _canonical((_bits(a) ^ _SIGN).view(np.float32))


def absolute(a: Floats) -> Floats:
    """|a|"""
    return _canonical((_bits(a) & _MAGNITUDE).view(np.float32))


def maximum(a: Floats, b: Floats) -> Floats:
    """The larger; NaN if either is NaN; +0 is larger than -0."""
    largest = _from_order(np.maximum(_order(a), _order(b)))
    nan = np.isnan(a) | np.isnan(b)
    return np.where(nan, _NAN, _bits(largest)).view(np.float32)


def minimum(a: Floats, b: Floats) -> Floats:
    """The smaller; NaN if either is NaN; -0 is smaller than +0."""
    smallest = _from_order(np.minimum(_order(a), _order(b)))
    nan = np.isnan(a) | np.isnan(b)
    return np.where(nan, _NAN, _bits(smallest)).view(np.float32)


def compare(a: Floats, b: Floats, predicate: int) -> Floats:
    """1.0 where the predicate holds, else +0; other predicates never hold."""
    with np.errstate(all="ignore"):
        if predicate == LESS_THAN:
            holds = np.less(a, b)
        elif predicate == LESS_EQUAL:
            holds = np.less_equal(a, b)
        elif predicate == EQUAL:
            holds = np.equal(a, b)
        else:
            shape = np.broadcast_shapes(np.shape(a), np.shape(b))
            holds = np.zeros(shape, dtype=bool)
    return np.asarray(holds).astype(np.float32)


def select(a: Floats, b: Floats, c: Floats) -> Floats:
    """b where a is not zero (NaN is not zero), else c; bits unchanged."""
    zero = _bits(a) & _MAGNITUDE == 0
    return np.where(zero, _bits(c), _bits(b)).view(np.float32)


def sqrt(a: Floats) -> Floats:
    """The square root; sqrt(-0) = -0."""
    with np.errstate(all="ignore"):
        return _canonical(np.sqrt(a))


def rsqrt(a: Floats) -> Floats:
    """1 / sqrt(a), rounded once; rsqrt(-0) = -inf."""
    return _rounded(a, lambda x: 1 / np.sqrt(x), reference.rsqrt)


def exp(a: Floats) -> Floats:
    """The exponential, correctly rounded."""
    return _rounded(a, np.exp, reference.exp)


def log(a: Floats) -> Floats:
    """The natural logarithm, correctly rounded."""
    return _rounded(a, np.log, reference.log)


def tanh(a: Floats) -> Floats:
    """The hyperbolic tangent, correctly rounded."""
    return _rounded(a, np.tanh, reference.tanh)


def erf(a: Floats) -> Floats:
    """The error function, correctly rounded."""
    return _rounded(a, special.erf, reference.erf)


def float_to_int(a: Floats, kind: int) -> Floats:
    """The nearest int8 (kind INT8) or int32 (any other), ties to even, as int32.

    Saturates; NaN yields 0.
    """
    limit = 2.0**7 if kind == INT8 else 2.0**31
    with np.errstate(all="ignore"):
        nearest = np.clip(np.rint(np.asarray(a).astype(np.float64)), -limit, limit - 1)
    return np.where(np.isnan(a), 0, nearest).astype(np.int32).view(np.float32)


def int_to_float(a: Floats) -> Floats:
    """The binary32 number nearest to each int32, ties to even."""
    return _integers(a).astype(np.float32)


def row_sum(a: Floats) -> Floats:
    """(rows, cols) -> (rows, 1): sequential sums from +0, cols >= 1."""
    with np.errstate(all="ignore"):
        running = np.add.accumulate(a, axis=1, dtype=np.float32)
        # Starting from +0 differs only if every term is -0; + 0 mends it.
        return _canonical(running[:, -1:] + np.float32(0))


def row_max(a: Floats) -> Floats:
    """(rows, cols) -> (rows, 1): the largest of each row, cols >= 1."""
    largest = _from_order(_order(a).max(axis=1, keepdims=True))
    nan = np.isnan(a).any(axis=1, keepdims=True)
    return np.where(nan, _NAN, _bits(largest)).view(np.float32)


def argmax(a: Floats) -> Floats:
    """(rows, cols) -> (rows, 1) int32: the first column of each row's largest, cols >= 1.

    NaN counts as the largest of all, +0 as larger than -0.
    """
    keys = np.where(np.isnan(a), np.int32(_MAGNITUDE), _order(a))
    first: NDArray[np.int32] = np.argmax(keys, axis=1, keepdims=True).astype(np.int32)
    return first.view(np.float32)


def scatter_add(a: Floats, b: Floats, rows: int) -> Floats:
    """(d, m), (1, m) int32 -> (rows, d): row i sums from +0 the a[:, k] with b[k] == i, k ascending."""
    sums = np.zeros((rows, len(a)), dtype=np.float32)
    targets = _integers(b)[0]
    kept = (targets >= 0) & (targets < rows)
    with np.errstate(all="ignore"):
        # One term at a time, because np.add.at promises no order.
        for target, term in zip(targets[kept].tolist(), a.T[kept], strict=True):
            sums[target] += term
    return _canonical(sums)


def matmul_transposed(a: Floats, b: Floats, batches: int = 1) -> Floats:
    """(m, k), (n, k) -> (m, n): fma(a[i, k], b[j, k], acc) from +0, k up.

    With `batches` B, (B m, k), (B n, k) -> (B m, n), each block of rows by its own.
    """
    x, y = _split(a, batches), _split(b, batches)
    result = np.zeros((*x.shape[:2], y.shape[1]), dtype=np.float32)
    # Pieces whose buffers stay in the cache, of rows or of whole batches; this
    # changes no result.
    rows = min(x.shape[1], max(1, _BLOCK // y.shape[1]))
    several = max(1, _BLOCK // (rows * y.shape[1]))
    with np.errstate(all="ignore"):
        for first in range(0, batches, several):
            some = slice(first, first + several)
            columns = _by_term(y[some])
            for row in range(0, x.shape[1], rows):
                piece = some, slice(row, row + rows)
                _accumulate(result[piece], _by_term(x[piece]), columns)
        return _canonical(result.reshape(len(a), -1))


def matmul_int8(a: Floats, b: Floats, batches: int = 1) -> Floats:
    """As matmul_transposed, of the lanes' low bytes as int8, to int32; k <= 2**16."""
    x, y = (_split(_bits(side).astype(np.uint8).view(np.int8), batches) for side in (a, b))
    # Integers below 2**53: float64 is exact in any order, and fast.
    product = x.astype(np.float64) @ y.astype(np.float64).swapaxes(1, 2)
    return product.astype(np.int32).view(np.float32).reshape(len(a), -1)


def _split(a: NDArray[_T], batches: int) -> NDArray[_T]:
    return np.asarray(a).reshape(batches, len(a) // batches, -1)


def _by_term(a: Floats) -> Doubles:
    """(batches, rows, k) -> (k, batches, rows), float64 and contiguous per term."""
    return np.ascontiguousarray(a.transpose(2, 0, 1), dtype=np.float64)


def _accumulate(result: Floats, a: Doubles, b: Doubles) -> None:
    """result (batches, m, n) becomes the running fma with a (k, batches, m) and b (k, batches, n)."""
    product, total = np.empty(result.shape), np.empty(result.shape)
    risk = _Risk(result.shape)
    for x, y in zip(a[..., None], b[:, :, None], strict=True):
        np.multiply(x, y, out=product)
        np.add(product, result, out=total)
        undecided = risk.find(total)
        if undecided is not None:
            _round_to_odd(total, product, result.astype(np.float64), undecided)
        np.copyto(result, total, casting="same_kind")


def _bits(a: Floats) -> NDArray[np.uint32]:
    return np.asarray(a, dtype=np.float32).view(np.uint32)


def _integers(a: Floats) -> NDArray[np.int32]:
    return np.asarray(a, dtype=np.float32).view(np.int32)


def _canonical(a: Floats) -> Floats:
    """Every NaN becomes the canonical one. Overwrites a if it is an array."""
    a = np.asarray(a)
    nan = np.isnan(a)
    if nan.any():
        np.copyto(a.view(np.uint32), _NAN, where=nan)
    return a


def _order(a: Floats) -> NDArray[np.int32]:
    """Integers that order as the values do, -0 below +0; its own inverse."""
    signed = _integers(a)
    return signed ^ (signed >> 31 & np.int32(_MAGNITUDE))


def _from_order(order: NDArray[np.int32]) -> Floats:
    return np.asarray(order ^ (order >> 31 & np.int32(_MAGNITUDE))).view(np.float32)


# --- fused multiply-add -----------------------------------------------------


class _Risk:
    """Finds where rounding a float64 sum to float32 may round twice, wrongly.

    A sum that was itself rounded misleads only where it looks like a tie:
    its extra 29 bits are exactly half. For subnormal results more bits are
    extra; those sums, rare and small, are all taken to be undecided.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._work = np.empty(shape, dtype=np.uint64)
        self._hit = np.empty(shape, dtype=bool)
        self._tiny = np.empty(shape, dtype=bool)

    def find(self, total: Doubles) -> NDArray[np.bool_] | None:
        """A mask of the undecided sums, valid until the next call, or None."""
        bits = total.view(np.uint64)
        np.bitwise_and(bits, _EXTRA, out=self._work)
        np.equal(self._work, _HALFWAY, out=self._hit)
        # Without its sign and minus one, a zero becomes the largest integer.
        np.add(bits, bits, out=self._work)
        np.subtract(self._work, np.uint64(1), out=self._work)
        np.less(self._work, _TWICE_SMALLEST_NORMAL - np.uint64(1), out=self._tiny)
        np.logical_or(self._hit, self._tiny, out=self._hit)
        return self._hit if self._hit.any() else None


def _undecided(total: Doubles) -> NDArray[np.bool_]:
    hit = _Risk(total.shape).find(total)
    return np.zeros(total.shape, dtype=bool) if hit is None else hit


def _round_to_odd(total: Doubles, product: Doubles, addend: Doubles, where: NDArray[np.bool_]) -> None:
    """Replace total = product + addend by the sum rounded to odd.

    Rounded to odd, an inexact sum keeps a last bit of one, so it can neither
    be nor cross a tie of the shorter format: rounding it once more is right
    (float64 has more than 2 bits beyond float32, subnormals included).
    """
    s, p, c = total[where], product[where], addend[where]
    if s.size == 0:
        return
    # Knuth's TwoSum: s + error = p + c exactly.
    virtual = s - p
    error = (p - (s - virtual)) + (c - virtual)
    bits = s.view(np.int64)
    inexact_even = (error != 0) & (bits & 1 == 0)
    # One step away from zero where the error has the sign of the sum, else
    # towards it. s is not zero here: a sum that rounds to zero is exact.
    step = np.where((error > 0) == (s > 0), 1, -1)
    total[where] = np.where(inexact_even, bits + step, bits).view(np.float64)


# --- functions through float64 ----------------------------------------------


def _rounded(a: Floats, approximate: Callable[[Doubles], Doubles], exact: Callable[[int], int]) -> Floats:
    """Round a float64 result if its error cannot matter, else ask reference."""
    with np.errstate(all="ignore"):
        value = approximate(np.asarray(a).astype(np.float64))
        # Factors, not terms, keep zeros' signs and infinities.
        low = _canonical((value * (1 - _RELATIVE_ERROR)).astype(np.float32))
        high = _canonical((value * (1 + _RELATIVE_ERROR)).astype(np.float32))
    bits = np.atleast_1d(_bits(low))
    arguments = np.atleast_1d(_bits(a))
    for lane in map(tuple, np.argwhere(bits != np.atleast_1d(_bits(high)))):
        bits[lane] = exact(int(arguments[lane]))
    return bits.reshape(np.shape(a)).view(np.float32)

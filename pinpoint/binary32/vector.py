"""binary32 arithmetic on NumPy float32 arrays, bit for bit as `reference`.

The hardware's float32 operations are IEEE-754 already; what remains is the
canonical NaN, the fused multiply-add (through float64, rounded to odd) and
exp and log (through float64, and exactly where float64 cannot decide).

Inputs broadcast. Results are new float32 arrays. Patterns move through uint32
views, because a float32 assignment may quiet a signalling NaN.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pinpoint.binary32 import reference

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

LESS_THAN, LESS_EQUAL, EQUAL = 0, 1, 2

_NAN = np.uint32(reference.NAN)
_SIGN = np.uint32(reference.SIGN)
_MAGNITUDE = np.uint32(reference.MAGNITUDE)

# The 29 bits that a float64 significand has beyond a float32 one.
_EXTRA = np.uint64((1 << 29) - 1)
_HALFWAY = np.uint64(1 << 28)
_TWICE_SMALLEST_NORMAL = np.float64(2.0**-126).view(np.uint64) << np.uint64(1)

# Far above the error of any float64 exp or log (a few times 2**-53).
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


def maximum(a: Floats, b: Floats) -> Floats:
    """The larger; NaN if either is NaN; +0 is larger than -0."""
    largest = _from_order(np.maximum(_order(a), _order(b)))
    nan = np.isnan(a) | np.isnan(b)
    return np.where(nan, _NAN, _bits(largest)).view(np.float32)


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


def exp(a: Floats) -> Floats:
    """The exponential, correctly rounded."""
    return _transcendental(a, np.exp, reference.exp)


def log(a: Floats) -> Floats:
    """The natural logarithm, correctly rounded."""
    return _transcendental(a, np.log, reference.log)


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


def matmul_transposed(a: Floats, b: Floats) -> Floats:
    """(m, k), (n, k) -> (m, n): fma(a[i, k], b[j, k], acc) from +0, k up."""
    result = np.zeros((len(a), len(b)), dtype=np.float32)
    # Rows in blocks whose buffers stay in the cache; this changes no result.
    rows = max(1, _BLOCK // len(b))
    with np.errstate(all="ignore"):
        # float64, and contiguous per term.
        columns = np.ascontiguousarray(np.asarray(b).T, dtype=np.float64)
        for first in range(0, len(a), rows):
            block = np.ascontiguousarray(a[first : first + rows].T, dtype=np.float64)
            _accumulate(result[first : first + rows], block, columns)
        return _canonical(result)


def _accumulate(result: Floats, a: Doubles, b: Doubles) -> None:
    """result (m, n) becomes the running fma with a (k, m) and b (k, n)."""
    product, total = np.empty(result.shape), np.empty(result.shape)
    risk = _Risk(result.shape)
    for x, y in zip(a[:, :, None], b[:, None, :], strict=True):
        np.multiply(x, y, out=product)
        np.add(product, result, out=total)
        undecided = risk.find(total)
        if undecided is not None:
            _round_to_odd(total, product, result.astype(np.float64), undecided)
        np.copyto(result, total, casting="same_kind")


def _bits(a: Floats) -> NDArray[np.uint32]:
    return np.asarray(a, dtype=np.float32).view(np.uint32)


def _canonical(a: Floats) -> Floats:
    """Every NaN becomes the canonical one. Overwrites a if it is an array."""
    a = np.asarray(a)
    nan = np.isnan(a)
    if nan.any():
        np.copyto(a.view(np.uint32), _NAN, where=nan)
    return a


def _order(a: Floats) -> NDArray[np.int32]:
    """Integers that order as the values do, -0 below +0; its own inverse."""
    signed = _bits(a).view(np.int32)
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


# --- exp and log ------------------------------------------------------------


def _transcendental(
    a: Floats, approximate: Callable[[Doubles], Doubles], exact: Callable[[int], int]
) -> Floats:
    """Round a float64 result if its error cannot matter, else ask reference."""
    with np.errstate(all="ignore"):
        value = approximate(np.asarray(a).astype(np.float64))
        margin = value * _RELATIVE_ERROR
        margin = np.where(np.isfinite(margin), margin, 0)
        low = _canonical((value - margin).astype(np.float32))
        high = _canonical((value + margin).astype(np.float32))
    bits = np.atleast_1d(_bits(low))
    arguments = np.atleast_1d(_bits(a))
    for lane in map(tuple, np.argwhere(bits != np.atleast_1d(_bits(high)))):
        bits[lane] = exact(int(arguments[lane]))
    return bits.reshape(np.shape(a)).view(np.float32)

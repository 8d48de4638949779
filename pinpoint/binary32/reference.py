"""Exact scalar binary32 arithmetic. Every value is a 32-bit pattern (int).

Results are computed as exact rationals and rounded once, to nearest even, by
`_round`. exp, log, tanh and erf are irrational except at one point each, so they
are enclosed in an interval that shrinks until both of its ends round alike.

An integer lane is a pattern, too: 32 bits, two's complement.
"""

import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from math import copysign, isqrt

from pinpoint.binary32 import enclosures

NAN = 0x7FC00000
INF = 0x7F800000
ONE = 0x3F800000
LARGEST = INF - 1

SIGN = 0x80000000
MAGNITUDE = 0x7FFFFFFF
FRACTION = 0x007FFFFF
HIDDEN = 0x00800000

# 2**-149 is the smallest subnormal: the unit of every finite value.
UNIT_EXPONENT = -149

LANE = 0xFFFFFFFF

# Below 2**-12 tanh(x) rounds to x; 1 - tanh(10) and 1 - erf(4) are < 2**-25.
TANH_CHANGES, TANH_IS_ONE, ERF_IS_ONE = 0x39800000, 0x41200000, 0x40800000

# Which integers `float_to_int` yields.
INT32, INT8 = 0, 1

# The compiled functions ask for what they cannot decide: few arguments, but a tensor may hold one of them everywhere.
_remembered = lru_cache(maxsize=1 << 12)


def from_float(value: float) -> int:
    """The pattern nearest to a Python float, ties to even."""
    if value != value:
        return NAN
    sign = SIGN if copysign(1.0, value) < 0 else 0
    if value in (float("inf"), float("-inf")):
        return sign | INF
    return _round(sign, Fraction(abs(value)))


def to_float(a: int) -> float:
    """The Python float with the same value; NaN for every NaN."""
    value: float = struct.unpack(">f", struct.pack(">I", a))[0]
    return value


def add(a: int, b: int) -> int:
    """a + b"""
    if is_nan(a) or is_nan(b):
        return NAN
    if is_infinite(a) or is_infinite(b):
        return _add_infinite(a, b)
    return _round_signed(value_of(a) + value_of(b), a & b & SIGN)


def sub(a: int, b: int) -> int:
    """a - b"""
    return add(a, b ^ SIGN)


def mul(a: int, b: int) -> int:
    """a * b"""
    if is_nan(a) or is_nan(b):
        return NAN
    sign = (a ^ b) & SIGN
    if is_infinite(a) or is_infinite(b):
        return NAN if is_zero(a) or is_zero(b) else sign | INF
    return _round(sign, abs(value_of(a) * value_of(b)))


def div(a: int, b: int) -> int:
    """a / b"""
    if is_nan(a) or is_nan(b):
        return NAN
    sign = (a ^ b) & SIGN
    if is_infinite(a):
        return NAN if is_infinite(b) else sign | INF
    if is_infinite(b):
        return sign
    if is_zero(b):
        return NAN if is_zero(a) else sign | INF
    return _round(sign, abs(value_of(a) / value_of(b)))


def fma(a: int, b: int, c: int) -> int:
    """a * b + c, rounded once."""
    if is_nan(a) or is_nan(b) or is_nan(c):
        return NAN
    sign = (a ^ b) & SIGN
    if is_infinite(a) or is_infinite(b):
        return add(mul(a, b), c)
    if is_infinite(c):
        return c
    return _round_signed(value_of(a) * value_of(b) + value_of(c), sign & c)


def neg(a: int) -> int:
    """-a"""
    return NAN if is_nan(a) else a ^ SIGN


def absolute(a: int) -> int:
    """|a|"""
    return NAN if is_nan(a) else a & MAGNITUDE


def maximum(a: int, b: int) -> int:
    """The larger; NaN if either is NaN; +0 is larger than -0."""
    if is_nan(a) or is_nan(b):
        return NAN
    if is_zero(a) and is_zero(b):
        return a & b
    return a if _ordered(a) >= _ordered(b) else b


def minimum(a: int, b: int) -> int:
    """The smaller; NaN if either is NaN; -0 is smaller than +0."""
    return neg(maximum(neg(a), neg(b)))


def less_than(a: int, b: int) -> int:
    """1.0 where a < b, else +0."""
    return _truth(a, b, lambda x, y: x < y)


def less_equal(a: int, b: int) -> int:
    """1.0 where a <= b, else +0."""
    return _truth(a, b, lambda x, y: x <= y)


def equal(a: int, b: int) -> int:
    """1.0 where a == b, else +0."""
    return _truth(a, b, lambda x, y: x == y)


def select(a: int, b: int, c: int) -> int:
    """b where a is not zero (NaN is not zero), else c; bits unchanged."""
    return c if is_zero(a) else b


def sqrt(a: int) -> int:
    """The square root; sqrt(-0) = -0."""
    if is_nan(a):
        return NAN
    if is_zero(a) or a == INF:
        return a
    if a & SIGN:
        return NAN
    # a = units * 2**-149, so its root is root(units << 149) * 2**-149. 64
    # more bits, and half a last place if inexact, decide every rounding.
    square = _units(a) << 149 + 2 * 64
    root = isqrt(square)
    inexact = root * root != square
    return _round(0, Fraction(2 * root + inexact, 1 << 149 + 64 + 1))


def rsqrt(a: int) -> int:
    """1 / sqrt(a), rounded once; rsqrt(-0) = -inf."""
    if is_nan(a):
        return NAN
    if is_zero(a):
        return a | INF
    if a & SIGN:
        return NAN
    if a == INF:
        return 0
    # As sqrt, in units of 2**-128; the smallest result exceeds 2**-65.
    units, square = _units(a), 1 << 149 + 2 * 128
    root = isqrt(square // units)
    inexact = root * root * units != square
    return _round(0, Fraction(2 * root + inexact, 1 << 128 + 1))


@_remembered
def exp(a: int) -> int:
    """The exponential, correctly rounded."""
    if is_nan(a):
        return NAN
    if is_zero(a):
        return ONE
    # exp(-104) < 2**-150, half the smallest subnormal; exp(89) > 2**128.
    if a & SIGN and (is_infinite(a) or value_of(a) < -104):
        return 0
    if is_infinite(a) or value_of(a) > 89:
        return INF
    return _round_certainly(value_of(a), enclosures.exp)


@_remembered
def log(a: int) -> int:
    """The natural logarithm, correctly rounded."""
    if is_nan(a):
        return NAN
    if is_zero(a):
        return SIGN | INF
    if a & SIGN:
        return NAN
    if a == INF:
        return INF
    if a == ONE:
        return 0
    return _round_certainly(value_of(a), enclosures.log)


@_remembered
def tanh(a: int) -> int:
    """The hyperbolic tangent, correctly rounded."""
    if is_nan(a):
        return NAN
    magnitude, sign = a & MAGNITUDE, a & SIGN
    # |x| - tanh|x| < |x|**3 / 3, which is below half the gap next to x.
    if magnitude < TANH_CHANGES:
        return a
    if magnitude >= TANH_IS_ONE:
        return sign | ONE
    return sign | _round_certainly(value_of(magnitude), enclosures.tanh)


@_remembered
def erf(a: int) -> int:
    """The error function, correctly rounded."""
    if is_nan(a):
        return NAN
    magnitude, sign = a & MAGNITUDE, a & SIGN
    if magnitude == 0:
        return a
    if magnitude >= ERF_IS_ONE:
        return sign | ONE
    return sign | _round_certainly(value_of(magnitude), enclosures.erf)


def float_to_int(a: int, kind: int) -> int:
    """The nearest int8 (kind INT8) or int32 (any other), ties to even.

    Saturates; NaN yields 0. The result is an int32 pattern in either case.
    """
    limit = 1 << 7 if kind == INT8 else 1 << 31
    if is_nan(a):
        return 0
    if is_infinite(a):
        a = a & SIGN | LARGEST
    nearest = round(value_of(a))  # Fraction rounds to even
    return max(-limit, min(nearest, limit - 1)) & LANE


def int_to_float(a: int) -> int:
    """The binary32 number nearest to an int32, ties to even."""
    return _round_signed(Fraction(_signed(a, 32)), 0)


def argmax_key(a: int) -> int:
    """An integer that orders as ARGMAX does: NaN on top, all alike, and -0 below +0."""
    if is_nan(a):
        return NAN
    return ~(a & MAGNITUDE) if a & SIGN else a


# --- rows -------------------------------------------------------------------


def row_sum(a: Sequence[int]) -> int:
    """The sequential sum from +0."""
    return reduce(add, a, 0)


def row_max(a: Sequence[int]) -> int:
    """The largest of at least one term, from the first on."""
    return reduce(maximum, a, a[0])


def argmax(a: Sequence[int]) -> int:
    """The first index, as int32, of the largest of at least one term by `argmax_key`."""
    keys = [argmax_key(term) for term in a]
    return keys.index(max(keys))


def dot(a: Sequence[int], b: Sequence[int]) -> int:
    """acc = fma(a[k], b[k], acc) from +0, k ascending."""
    acc = 0
    for x, y in zip(a, b, strict=True):
        acc = fma(x, y, acc)
    return acc


def dot_int8(a: Sequence[int], b: Sequence[int]) -> int:
    """The product of the lanes' low bytes as int8, summed as int32."""
    return sum(_signed(x, 8) * _signed(y, 8) for x, y in zip(a, b, strict=True)) & LANE


def scatter_add(a: Sequence[int], b: Sequence[int], index: int) -> int:
    """acc = acc + a[k] from +0 for each k, ascending, where the int32 b[k] is the index."""
    return row_sum([x for x, target in zip(a, b, strict=True) if _signed(target, 32) == index])


# --- parts ------------------------------------------------------------------


def is_nan(a: int) -> bool:
    """True for every NaN."""
    return a & MAGNITUDE > INF


def is_infinite(a: int) -> bool:
    """True for both infinities."""
    return a & MAGNITUDE == INF


def is_zero(a: int) -> bool:
    """True for both zeros."""
    return a & MAGNITUDE == 0


def value_of(a: int) -> Fraction:
    """The exact value of a finite pattern."""
    value = Fraction(_units(a), 1 << -UNIT_EXPONENT)
    return -value if a & SIGN else value


def _units(a: int) -> int:
    """|a| in units of 2**-149."""
    exponent = (a & MAGNITUDE) >> 23
    if exponent == 0:
        return a & FRACTION
    return (a & FRACTION | HIDDEN) << exponent - 1


def _round(sign: int, value: Fraction) -> int:
    """The pattern nearest to a value >= 0, ties to even, with this sign.

    With a significand of 24 bits in units of 2**(-149 + shift), the pattern
    is (shift << 23) + significand, for subnormals and for a carry as well.
    """
    units = value * (1 << -UNIT_EXPONENT)
    shift = max(0, (units.numerator // units.denominator).bit_length() - 24)
    significand = round(units / (1 << shift))  # Fraction rounds to even
    return sign | min((shift << 23) + significand, INF)


def _round_signed(value: Fraction, sign_of_zero: int) -> int:
    if value == 0:
        return sign_of_zero
    return _round(SIGN if value < 0 else 0, abs(value))


def _round_certainly(x: Fraction, enclose: Callable[[Fraction, int], enclosures.Bounds]) -> int:
    """Round f(x), given bounds on it for any number of bits.

    Terminates: f(x) is irrational, so never on a rounding boundary.
    """
    bits = 64
    while True:
        low, high = (_round_signed(end, 0) for end in enclose(x, bits))
        if low == high:
            return low
        bits *= 2


def _add_infinite(a: int, b: int) -> int:
    if is_infinite(a) and is_infinite(b) and a != b:
        return NAN
    return a if is_infinite(a) else b


def _ordered(a: int) -> int:
    """An integer that orders as the values do; both zeros are 0."""
    return -(a & MAGNITUDE) if a & SIGN else a


def _truth(a: int, b: int, holds: Callable[[int, int], bool]) -> int:
    if is_nan(a) or is_nan(b):
        return 0
    return ONE if holds(_ordered(a), _ordered(b)) else 0


def _signed(a: int, bits: int) -> int:
    """The low bits as two's complement."""
    half = 1 << bits - 1
    return (a + half) % (2 * half) - half

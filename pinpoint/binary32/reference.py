"""Exact scalar binary32 arithmetic. Every value is a 32-bit pattern (int).

Results are computed as exact rationals and rounded once, to nearest even, by
`_round`. exp and log are irrational except at one point each, so they are
enclosed in an interval that shrinks until both of its ends round alike.
"""

import struct
from collections.abc import Callable
from fractions import Fraction
from math import copysign, isqrt

NAN = 0x7FC00000
INF = 0x7F800000
ONE = 0x3F800000

SIGN = 0x80000000
MAGNITUDE = 0x7FFFFFFF
FRACTION = 0x007FFFFF
HIDDEN = 0x00800000

# 2**-149 is the smallest subnormal: the unit of every finite value.
UNIT_EXPONENT = -149


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


def maximum(a: int, b: int) -> int:
    """The larger; NaN if either is NaN; +0 is larger than -0."""
    if is_nan(a) or is_nan(b):
        return NAN
    if is_zero(a) and is_zero(b):
        return a & b
    return a if _ordered(a) >= _ordered(b) else b


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
    return _round_certainly(value_of(a), _exp_fixed)


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
    return _round_certainly(value_of(a), _log_fixed)


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


# --- exp and log ------------------------------------------------------------


def _round_certainly(x: Fraction, enclose: Callable[[Fraction, int], tuple[Fraction, Fraction]]) -> int:
    """Round f(x), given bounds on it for any number of bits.

    Terminates: f(x) is irrational, so never on a rounding boundary.
    """
    bits = 64
    while True:
        low, high = (_round_signed(end, 0) for end in enclose(x, bits))
        if low == high:
            return low
        bits *= 2


def _exp_fixed(x: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """Bounds on exp(x), |x| <= 104: exp(x) = 2**k * exp(x - k ln 2)."""
    # ln 2 is wrong by up to 2**9 units and k is below 2**8.
    guarded = bits + 32
    fixed = (x.numerator << guarded) // x.denominator
    k, rest = divmod(fixed, _ln2(guarded))
    total = term = 1 << guarded
    n = 0
    while term:
        n += 1
        term = (term * rest >> guarded) // n
        total += term
    # Errors: rest by < 2**18 units, and a unit for each of < 2**9 terms;
    # exp' < 2 multiplies them.
    return _bounds(total, 1 << 20, guarded - k)


def _log_fixed(x: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """Bounds on log(x): log(2**k * m) = k ln 2 + 2 atanh((m - 1) / (m + 1))."""
    guarded = bits + 32
    k = x.numerator.bit_length() - x.denominator.bit_length()
    m = x * Fraction(2) ** -k
    total = k * _ln2(guarded) + 2 * _atanh((m - 1) / (m + 1), guarded)
    # ln 2 is wrong by < 2**9 units, k below 2**8, atanh by < 2**10 units.
    return _bounds(total, 1 << 20, guarded)


def _ln2(bits: int) -> int:
    """ln 2 = 2 atanh(1/3) in units of 2**-bits."""
    return 2 * _atanh(Fraction(1, 3), bits)


def _atanh(z: Fraction, bits: int) -> int:
    """z + z**3 / 3 + z**5 / 5 ... for |z| <= 1/3 in units of 2**-bits."""
    sign = -1 if z < 0 else 1
    power = (abs(z.numerator) << bits) // z.denominator
    square = power * power >> bits
    total, n = 0, 1
    while power:
        total += power // n
        power = power * square >> bits
        n += 2
    return sign * total


def _bounds(total: int, error: int, scale: int) -> tuple[Fraction, Fraction]:
    """(total -+ error) * 2**-scale"""
    unit = Fraction(2) ** -scale
    return (total - error) * unit, (total + error) * unit

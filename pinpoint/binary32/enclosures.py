"""Rational bounds on exp, log, tanh and erf, as narrow as asked for.

Each function takes an exact argument and a number of bits, and returns a lower
and an upper bound, closer than 2**-bits to each other relative to the value
(log: absolutely). Inside, integers count units of 2**-guarded, a few more
bits; the comments bound the error in these units.
"""

from fractions import Fraction
from functools import cache
from math import isqrt

Bounds = tuple[Fraction, Fraction]


def exp(x: Fraction, bits: int) -> Bounds:
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


def log(x: Fraction, bits: int) -> Bounds:
    """Bounds on log(x): log(2**k * m) = k ln 2 + 2 atanh((m - 1) / (m + 1))."""
    guarded = bits + 32
    k = x.numerator.bit_length() - x.denominator.bit_length()
    m = x * Fraction(2) ** -k
    total = k * _ln2(guarded) + 2 * _atanh((m - 1) / (m + 1), guarded)
    # ln 2 is wrong by < 2**9 units, k below 2**8, atanh by < 2**10 units.
    return _bounds(total, 1 << 20, guarded)


def tanh(x: Fraction, bits: int) -> Bounds:
    """Bounds on tanh(x), 2**-12 <= x <= 52: (1 - e) / (1 + e), e = exp(-2x)."""
    # 1 - e > 2**-12 loses 12 bits.
    low, high = exp(-2 * x, bits + 12)
    return (1 - high) / (1 + high), (1 - low) / (1 + low)


def erf(x: Fraction, bits: int) -> Bounds:
    """Bounds on erf(x), 0 < x <= 4.

    erf(x) = x * 2 / sqrt(pi) * sum of (-x**2)**n / (n! (2n + 1)): Abramowitz
    and Stegun, 7.1.5. The exact factor x keeps tiny values as precise as others.
    """
    guarded = bits + 64
    square = x * x
    total = term = 1 << guarded
    n = 0
    while term:
        n += 1
        term = term * square.numerator // (square.denominator * n)
        total += (-term if n % 2 else term) // (2 * n + 1)
    # A unit is lost with each of < 2**12 terms, and the terms after it carry
    # it on, multiplied by at most exp(x**2) < 2**24 together. The factor, wrong
    # by < 2**12 units, and the product, by 1, add little; the sum is > 1/5.
    low, high = _bounds(total * _two_over_root_pi(guarded) >> guarded, 1 << 40, guarded)
    return low * x, high * x


@cache
def _ln2(bits: int) -> int:
    """ln 2 = 2 atanh(1/3) in units of 2**-bits."""
    return 2 * _atanh(Fraction(1, 3), bits)


@cache
def _two_over_root_pi(bits: int) -> int:
    """sqrt(4 / pi) in units of 2**-bits, pi = 2 sum of k! / (2k + 1)!! (Euler)."""
    pi = term = 2 << bits
    k = 0
    while term:
        k += 1
        term = term * k // (2 * k + 1)
        pi += term
    return isqrt((4 << 3 * bits) // pi)


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


def _bounds(total: int, error: int, scale: int) -> Bounds:
    """(total -+ error) * 2**-scale"""
    unit = Fraction(2) ** -scale
    return (total - error) * unit, (total + error) * unit

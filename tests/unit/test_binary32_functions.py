"""Correctly rounded functions of the reference, against Python's decimal."""

import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from pinpoint.binary32 import enclosures, reference
from tests import vectors

NAN, INF, ONE = reference.NAN, reference.INF, reference.ONE
MINUS_INF, MINUS_ONE, MINUS_ZERO = INF | reference.SIGN, ONE | reference.SIGN, reference.SIGN


def rounded_decimal(value: Decimal) -> int:
    """Round to binary32 by comparing with the midpoint of two neighbours."""
    sign, magnitude = (reference.SIGN if value < 0 else 0), abs(value)
    below = min(int(np.float32(magnitude).view(np.uint32)), 0x7F7FFFFF)
    while below and Decimal(reference.to_float(below)) > magnitude:
        below -= 1
    step = Fraction(2) ** (max(below >> 23, 1) - 150)
    middle = Fraction(reference.to_float(below)) + step / 2
    exact = Fraction(magnitude)
    assert exact != middle
    return sign | below + (exact > middle)


def finite_arguments(seed: int) -> list[int]:
    rng = random.Random(seed)
    inputs = [a for (a,) in vectors.operands(1_200, 1, seed)]
    inputs += [reference.from_float(rng.uniform(-104, 89)) for _ in range(1_200)]
    return [a for a in inputs if not (reference.is_nan(a) or reference.is_infinite(a))]


def test_exp_agrees_with_decimal():
    with localcontext() as context, np.errstate(over="ignore"):
        context.prec = 60
        for a in finite_arguments(seed=15):
            x = min(max(reference.to_float(a), -1000.0), 1000.0)
            expected = reference.ONE if x == 0 else rounded_decimal(Decimal(x).exp())
            assert reference.exp(a) == expected, hex(a)


def test_log_agrees_with_decimal():
    with localcontext() as context:
        context.prec = 60
        for a in finite_arguments(seed=16):
            x = reference.to_float(a)
            if x > 0 and x != 1:
                assert reference.log(a) == rounded_decimal(Decimal(x).ln()), hex(a)


def test_rsqrt_agrees_with_decimal():
    with localcontext() as context:
        context.prec = 60
        for a in finite_arguments(seed=52):
            x = reference.to_float(a)
            if x > 0:
                assert reference.rsqrt(a) == rounded_decimal(1 / Decimal(x).sqrt()), hex(a)


def decimal_tanh(x: float) -> Decimal:
    """tanh(x), to 20 digits of x - tanh(x) if the precision is 160."""
    square = (2 * Decimal(x)).exp()
    return (square - 1) / (square + 1)


def decimal_erf(x: float) -> Decimal:
    """erf(x) = 2 / sqrt(pi) exp(-x**2) times the sum of 2**n x**(2n + 1) / (2n + 1)!!"""
    pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
    square = Decimal(x) ** 2
    total, term, n = Decimal(0), Decimal(x), 0
    while abs(term) > abs(total) * Decimal(10) ** -60:
        total += term
        n += 1
        term *= 2 * square / (2 * n + 1)
    return 2 / pi.sqrt() * (-square).exp() * total


def odd_arguments(seed: int, limit: float) -> list[tuple[int, float]]:
    """Finite arguments but zero, and their values, none larger than the limit."""
    rng = random.Random(seed)
    inputs = finite_arguments(seed)
    inputs += [reference.from_float(rng.choice((1, -1)) * 2.0 ** rng.uniform(-14, 4)) for _ in range(1_500)]
    return [(a, min(max(x, -limit), limit)) for a in inputs if (x := reference.to_float(a))]


def test_tanh_agrees_with_decimal():
    with localcontext() as context:
        context.prec = 160
        for a, x in odd_arguments(seed=53, limit=30):
            assert reference.tanh(a) == rounded_decimal(decimal_tanh(x)), hex(a)


def test_erf_agrees_with_decimal():
    with localcontext() as context:
        context.prec = 62
        for a, x in odd_arguments(seed=54, limit=6):
            assert reference.erf(a) == rounded_decimal(decimal_erf(x)), hex(a)


def test_the_hardest_arguments_are_hard():
    with localcontext() as context:
        context.prec = 80
        for exact, argument, distance in (
            (decimal_tanh, 0x3AC37DE2, -26),
            (decimal_erf, 0x3940EAD6, -32),
            (lambda x: 1 / Decimal(x).sqrt(), 0x3F3A18E3, -28),
        ):
            value = exact(reference.to_float(argument))
            nearest = reference.to_float(rounded_decimal(value))
            unit = Fraction(2) ** (math.frexp(nearest)[1] - 24)
            assert abs(abs(Fraction(value) - Fraction(nearest)) / unit - Fraction(1, 2)) < Fraction(2) ** distance


@pytest.mark.parametrize("bits", [8, 24, 64])
def test_bounds_hold(bits):
    rng = random.Random(19)
    for name, argument, exact in (
        ("exp", lambda: rng.uniform(-104, 89), lambda x: Decimal(x).exp()),
        ("log", lambda: 2.0 ** rng.uniform(-149, 128), lambda x: Decimal(x).ln()),
        ("tanh", lambda: 2.0 ** rng.uniform(-12, 3.3), decimal_tanh),
        ("erf", lambda: 2.0 ** rng.uniform(-149, 2), decimal_erf),
    ):
        with localcontext() as context:
            context.prec = 90
            for _ in range(100):
                x = argument()
                low, high = getattr(enclosures, name)(Fraction(x), bits)
                assert low < Fraction(exact(x)) < high, (name, x)
                assert high - low < Fraction(2) ** -bits * (1 if name == "log" else high), (name, x)


@pytest.mark.parametrize(("side", "expected"), [(1, 0x3F800001), (-1, 0x3F800000)])
def test_rounding_waits_until_it_is_certain(side, expected):
    tie = 1 + Fraction(1, 2**24)
    asked = []

    def enclose(x, bits):
        asked.append(bits)
        return x - Fraction(1, 2**bits), x + Fraction(1, 2**bits)

    assert reference._round_certainly(tie + side * Fraction(1, 2**200), enclose) == expected
    assert asked == [64, 128, 256]


# docs/design.md, section 4: at -inf, -1, -0, +0, +inf; None is no special value.
AT_THE_ENDS = {
    "sqrt": (NAN, NAN, MINUS_ZERO, 0, INF),
    "rsqrt": (NAN, NAN, MINUS_INF, INF, 0),
    "exp": (0, None, ONE, ONE, INF),
    "log": (NAN, NAN, MINUS_INF, MINUS_INF, INF),
    "tanh": (MINUS_ONE, None, MINUS_ZERO, 0, ONE),
    "erf": (MINUS_ONE, None, MINUS_ZERO, 0, ONE),
}


@pytest.mark.parametrize("name", AT_THE_ENDS)
def test_functions_at_the_ends_of_their_domains(name):
    function = getattr(reference, name)
    for a, expected in zip((MINUS_INF, MINUS_ONE, MINUS_ZERO, 0, INF), AT_THE_ENDS[name], strict=True):
        assert expected is None or function(a) == expected, hex(a)
    for nan in (NAN, 0x7F800001, 0xFFC00000, 0xFFFFFFFF):
        assert function(nan) == NAN


def test_log_of_one_is_plus_zero():
    assert reference.log(ONE) == 0


@pytest.mark.parametrize(("name", "first"), [("tanh", 0x41102CB4), ("erf", 0x407AD445)])
def test_where_odd_functions_reach_one(name, first):
    function = getattr(reference, name)
    assert function(first - 1) == ONE - 1 and function(first) == ONE
    assert function(first | reference.SIGN) == MINUS_ONE
    assert function(0x7F7FFFFF) == ONE


def test_tanh_keeps_what_is_small():
    for a in (1, 0x007FFFFF, 0x00800000, 0x39800000, 0x39B89BA2):
        assert reference.tanh(a) == a and reference.tanh(a | reference.SIGN) == a | reference.SIGN
    assert reference.tanh(0x39B89BA3) == 0x39B89BA2


def test_erf_of_the_smallest():
    # 2 / sqrt(pi) = 1.128...: 4.51 is the first of these to leave its argument.
    assert [reference.erf(a) for a in range(1, 9)] == [1, 2, 3, 5, 6, 7, 8, 9]
    assert reference.erf(reference.SIGN | 4) == reference.SIGN | 5

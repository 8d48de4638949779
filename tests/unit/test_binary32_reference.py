"""The exact reference against the hardware, libm and Python's decimal."""

import ctypes
import ctypes.util
import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from pinpoint.binary32 import reference
from tests import vectors

libm = ctypes.CDLL(ctypes.util.find_library("m"))
libm.fmaf.restype = ctypes.c_float
libm.fmaf.argtypes = [ctypes.c_float] * 3

COUNT = 8_000


def as_float32(bits: int) -> np.float32:
    return np.uint32(bits).view(np.float32)


def canonical_bits(value: float) -> int:
    value = np.float32(value)
    return reference.NAN if value != value else int(value.view(np.uint32))


HARDWARE = {
    "add": (2, np.add),
    "sub": (2, np.subtract),
    "mul": (2, np.multiply),
    "div": (2, np.divide),
    "sqrt": (1, np.sqrt),
}


@pytest.mark.parametrize("name", HARDWARE)
def test_agrees_with_the_hardware(name):
    size, operation = HARDWARE[name]
    with np.errstate(all="ignore"):
        for args in vectors.operands(COUNT, size, seed=11):
            expected = canonical_bits(operation(*map(as_float32, args)))
            got = getattr(reference, name)(*args)
            assert got == expected, (name, [hex(a) for a in args])


def test_fma_agrees_with_libm():
    for args in vectors.operands(COUNT, 3, seed=12):
        expected = canonical_bits(libm.fmaf(*map(reference.to_float, args)))
        assert reference.fma(*args) == expected, [hex(a) for a in args]


COMPARISONS = {"less_than": np.less, "less_equal": np.less_equal, "equal": np.equal}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_agree_with_the_hardware(name):
    for a, b in vectors.operands(COUNT, 2, seed=13):
        holds = COMPARISONS[name](as_float32(a), as_float32(b))
        expected = reference.ONE if holds else 0
        assert getattr(reference, name)(a, b) == expected, (hex(a), hex(b))


def test_maximum_is_the_larger():
    for a, b in vectors.operands(COUNT, 2, seed=14):
        got = reference.maximum(a, b)
        x, y = reference.to_float(a), reference.to_float(b)
        if x != x or y != y:
            assert got == reference.NAN
        else:
            assert got in (a, b) and reference.to_float(got) == max(x, y)


def test_maximum_of_zeros():
    zero, minus_zero = 0, reference.SIGN
    assert reference.maximum(zero, minus_zero) == zero
    assert reference.maximum(minus_zero, zero) == zero
    assert reference.maximum(minus_zero, minus_zero) == minus_zero


def test_neg_flips_the_sign_and_canonicalises_nan():
    assert reference.neg(0) == reference.SIGN
    assert reference.neg(0xBF800000) == reference.ONE
    assert reference.neg(0x7F800001) == reference.NAN
    assert reference.neg(0xFFFFFFFF) == reference.NAN


def test_select_moves_bits():
    signalling, payload = 0x7F800001, 0xFFFFFFFF
    assert reference.select(0, signalling, payload) == payload
    assert reference.select(reference.SIGN, signalling, payload) == payload
    assert reference.select(signalling, signalling, payload) == signalling
    assert reference.select(1, signalling, payload) == signalling


def rounded_decimal(value: Decimal) -> int:
    """Round to binary32 by comparing with the midpoint of two neighbours."""
    sign, magnitude = (reference.SIGN if value < 0 else 0), abs(value)
    below = min(canonical_bits(float(magnitude)), 0x7F7FFFFF)
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


@pytest.mark.parametrize("bits", [8, 24, 64])
def test_bounds_of_exp_and_log_hold(bits):
    rng = random.Random(19)
    with localcontext() as context:
        context.prec = 90
        for _ in range(100):
            x = Fraction(rng.uniform(-104, 89))
            low, high = reference._exp_fixed(x, bits)
            assert low < Fraction(Decimal(float(x)).exp()) < high
            x = Fraction(2.0 ** rng.uniform(-149, 128))
            low, high = reference._log_fixed(x, bits)
            assert low < Fraction(Decimal(float(x)).ln()) < high


@pytest.mark.parametrize(("side", "expected"), [(1, 0x3F800001), (-1, 0x3F800000)])
def test_rounding_waits_until_it_is_certain(side, expected):
    tie = 1 + Fraction(1, 2**24)
    asked = []

    def enclose(x, bits):
        asked.append(bits)
        return x - Fraction(1, 2**bits), x + Fraction(1, 2**bits)

    assert reference._round_certainly(tie + side * Fraction(1, 2**200), enclose) == expected
    assert asked == [64, 128, 256]


def test_exp_and_log_of_specials():
    minus_infinity = reference.INF | reference.SIGN
    assert reference.exp(minus_infinity) == 0
    assert reference.exp(reference.INF) == reference.INF
    assert reference.exp(reference.SIGN) == reference.ONE
    assert reference.log(0) == reference.log(reference.SIGN) == minus_infinity
    assert reference.log(0xBF800000) == reference.NAN
    assert reference.log(minus_infinity) == reference.NAN
    assert reference.log(reference.INF) == reference.INF
    assert reference.log(reference.ONE) == 0
    for nan in (0x7F800001, 0xFFC00000):
        assert reference.exp(nan) == reference.log(nan) == reference.NAN


def test_from_float_rounds_as_numpy_does():
    rng = random.Random(17)
    values = [rng.gauss(0, 1) * 10.0 ** rng.randint(-47, 39) for _ in range(COUNT)]
    values += [0.0, -0.0, math.inf, -math.inf, math.nan]
    values += [1 + 2**-24, 1 + 3 * 2**-24, 2.0**-150, 3 * 2.0**-150]
    with np.errstate(all="ignore"):
        for value in values:
            assert reference.from_float(value) == canonical_bits(value), value


def test_to_float_inverts_from_float():
    for (a,) in vectors.operands(COUNT, 1, seed=18):
        if not reference.is_nan(a):
            assert reference.from_float(reference.to_float(a)) == a

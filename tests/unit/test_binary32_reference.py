"""The exact reference against the hardware and libm; its functions are in test_binary32_functions."""

import ctypes
import ctypes.util
import math
import random

import numpy as np
import pytest

from pinpoint.binary32 import reference
from tests import vectors

libm = ctypes.CDLL(ctypes.util.find_library("m"))
libm.fmaf.restype = ctypes.c_float
libm.fmaf.argtypes = [ctypes.c_float] * 3

COUNT = 8_000

NAN, INF, ONE = reference.NAN, reference.INF, reference.ONE
MINUS_INF, MINUS_ONE, MINUS_ZERO = INF | reference.SIGN, ONE | reference.SIGN, reference.SIGN


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


def test_minimum_is_the_smaller():
    for a, b in vectors.operands(COUNT, 2, seed=51):
        got = reference.minimum(a, b)
        x, y = reference.to_float(a), reference.to_float(b)
        if x != x or y != y:
            assert got == reference.NAN
        else:
            assert got in (a, b) and reference.to_float(got) == min(x, y)


def test_minimum_of_zeros():
    zero, minus_zero = 0, reference.SIGN
    assert reference.minimum(zero, minus_zero) == minus_zero
    assert reference.minimum(minus_zero, zero) == minus_zero
    assert reference.minimum(zero, zero) == zero


def test_absolute_clears_the_sign_and_canonicalises_nan():
    assert reference.absolute(reference.SIGN) == reference.absolute(0) == 0
    assert reference.absolute(0xBF800000) == reference.absolute(reference.ONE) == reference.ONE
    assert reference.absolute(0xFF800001) == reference.absolute(0x7F800001) == reference.NAN


def test_select_moves_bits():
    signalling, payload = 0x7F800001, 0xFFFFFFFF
    assert reference.select(0, signalling, payload) == payload
    assert reference.select(reference.SIGN, signalling, payload) == payload
    assert reference.select(signalling, signalling, payload) == signalling
    assert reference.select(1, signalling, payload) == signalling


def float_cases(count: int, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [a for (a,) in vectors.operands(count, 1, seed)] + [vectors.near_integer(rng) for _ in range(count)]


@pytest.mark.parametrize(("kind", "least"), [(reference.INT32, -(2**31)), (reference.INT8, -128)])
def test_float_to_int_agrees_with_the_hardware(kind, least):
    with np.errstate(invalid="ignore"):
        for a in float_cases(COUNT, seed=55):
            x = np.float64(as_float32(a))
            expected = 0 if x != x else int(max(least, min(np.rint(x), -least - 1)))
            assert reference.float_to_int(a, kind) == expected % 2**32, hex(a)


def test_float_to_int_of_ties_and_ends():
    def converted(value: float, kind: int) -> int:
        return reference.float_to_int(reference.from_float(value), kind)

    halves = (0.5, 1.5, 2.5, -0.5, -1.5, 126.5, 127.5, -128.5, -129.5)
    nearest = (0, 2, 2, 0, -2, 126, 127, -128, -128)
    assert [converted(x, reference.INT8) for x in halves] == [n % 2**32 for n in nearest]
    for x, int32, int8 in ((math.inf, 2**31 - 1, 127), (-math.inf, -(2**31), -128), (math.nan, 0, 0)):
        assert converted(x, reference.INT32) == int32 % 2**32
        assert converted(x, reference.INT8) == int8 % 2**32
    assert converted(2.0**31 - 128, reference.INT32) == 2**31 - 128
    assert converted(2.0**31, reference.INT32) == 2**31 - 1


def test_int_to_float_agrees_with_the_hardware():
    for (a,) in vectors.integers(COUNT, seed=56) + vectors.operands(COUNT, 1, seed=56):
        expected = canonical_bits(np.float32(np.uint32(a).view(np.int32)))
        assert reference.int_to_float(a) == expected, hex(a)


def test_int_to_float_of_ties():
    ties = {2**24 + 1: 2**24, 2**24 + 3: 2**24 + 4, 2**25 + 2: 2**25, 2**25 + 6: 2**25 + 8, 2**31 - 1: 2**31}
    for integer, nearest in ties.items():
        assert reference.int_to_float(integer) == reference.from_float(float(nearest))
        assert reference.int_to_float(-integer % 2**32) == reference.from_float(float(-nearest))
    assert reference.int_to_float(2**31) == reference.from_float(-(2.0**31))
    assert reference.int_to_float(0) == 0


def test_argmax_key_orders_all():
    ascending = [MINUS_INF, MINUS_ONE, 0x80000001, MINUS_ZERO, 0, 1, ONE, INF, NAN]
    keys = [reference.argmax_key(a) for a in ascending]
    assert keys == sorted(set(keys))
    assert {reference.argmax_key(nan) for nan in (0x7F800001, 0xFF800001, 0xFFFFFFFF)} == {keys[-1]}


def rows(count: int, seed: int) -> list[list[int]]:
    """Rows of 1 to 6 lanes of every family, some alike in a row."""
    rng = random.Random(seed)
    pools = ([vectors.special(rng) for _ in range(3)] for _ in range(count))
    alike = [[rng.choice(pool) for _ in range(rng.randint(1, 6))] for pool in pools]
    return alike + [[rng.choice(vectors.FAMILIES)(rng) for _ in range(rng.randint(1, 6))] for _ in range(count)]


def test_row_sum_adds_in_order():
    with np.errstate(all="ignore"):
        for row in rows(1_000, seed=57):
            total = np.float32(0)
            for a in row:
                total = np.float32(total + as_float32(a))
            assert reference.row_sum(row) == canonical_bits(total), [hex(a) for a in row]


def test_row_max_and_argmax():
    for row in rows(2_000, seed=58):
        canonical = [NAN if reference.is_nan(a) else a for a in row]
        numbers = [reference.to_float(a) for a in canonical]
        if NAN in canonical:
            expected = NAN
        else:
            largest = max(numbers)
            expected = min(a for a, x in zip(canonical, numbers, strict=True) if x == largest)
        assert reference.row_max(row) == expected, [hex(a) for a in row]
        assert reference.argmax(row) == canonical.index(expected), [hex(a) for a in row]


def test_dot_agrees_with_libm():
    rng = random.Random(59)
    for _ in range(300):
        pairs = vectors.tight_row(rng, rng.randint(1, 12))
        total = 0.0
        for a, b in pairs:
            total = libm.fmaf(reference.to_float(a), reference.to_float(b), total)
        a, b = zip(*pairs, strict=True)
        assert reference.dot(a, b) == canonical_bits(total), pairs


def test_dot_int8_reads_low_bytes():
    rng = np.random.default_rng(60)
    for terms in (1, 2, 7, 4_096):
        a, b = rng.integers(0, 2**32, (2, terms), dtype=np.uint32)
        x, y = (side.astype(np.uint8).view(np.int8).astype(np.int64) for side in (a, b))
        assert reference.dot_int8(a.tolist(), b.tolist()) == int(x @ y) % 2**32
    assert reference.dot_int8([0x80] * 4_096, [0x1234FF80] * 4_096) == 2**26
    assert reference.dot_int8([0x80], [0x7F]) == -16256 % 2**32


def test_scatter_add_takes_its_terms_in_order():
    big, one = reference.from_float(2.0**24), ONE
    terms = [one, big, one, neg_big := reference.neg(big), one, 0x7F800001]
    assert reference.scatter_add(terms, [3, 3, 3, 3, 3, 0], 3) == reference.add(reference.add(0, 0), one)
    assert reference.scatter_add([big, neg_big, one, one], [3, 3, 3, 3], 3) == 0x40000000
    assert reference.scatter_add(terms, [2**32 - 1] * 5 + [0], 0) == NAN
    assert reference.scatter_add([MINUS_ZERO], [0], 0) == 0
    assert reference.scatter_add([one], [2**32 - 1], 2**32 - 1) == 0


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

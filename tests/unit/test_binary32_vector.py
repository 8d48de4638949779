"""The NumPy implementation against the exact reference, bit by bit."""

import random
import warnings

import numpy as np
import pytest

from pinpoint.binary32 import reference, vector
from tests import vectors

COUNT = 6_000

SIZES = {
    "add": 2,
    "sub": 2,
    "mul": 2,
    "div": 2,
    "fma": 3,
    "neg": 1,
    "maximum": 2,
    "select": 3,
    "sqrt": 1,
    "exp": 1,
    "log": 1,
}
PREDICATES = (reference.less_than, reference.less_equal, reference.equal)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def as_arrays(cases: list[tuple[int, ...]]) -> list[np.ndarray]:
    columns = np.array(cases, dtype=np.uint32).T
    return [np.ascontiguousarray(c).view(np.float32) for c in columns]


def assert_bits(got: np.ndarray, expected: list[int], cases: list) -> None:
    assert got.dtype == np.float32
    bits = got.view(np.uint32).ravel().tolist()
    wrong = [
        ([hex(x) for x in case], hex(g), hex(e))
        for case, g, e in zip(cases, bits, expected, strict=True)
        if g != e
    ]
    assert not wrong, wrong[:3]


def from_bits(rows: list[list[int]]) -> np.ndarray:
    return np.array(rows, dtype=np.uint32).view(np.float32)


@pytest.mark.parametrize("name", SIZES)
def test_operation(name):
    cases = vectors.operands(COUNT, SIZES[name], seed=21)
    exact = getattr(reference, name)
    got = getattr(vector, name)(*as_arrays(cases))
    assert_bits(got, [exact(*case) for case in cases], cases)


@pytest.mark.parametrize("predicate", range(4))
def test_compare(predicate):
    cases = vectors.operands(COUNT, 2, seed=22)
    expected = [0] * len(cases)
    if predicate < 3:
        expected = [PREDICATES[predicate](*case) for case in cases]
    assert_bits(vector.compare(*as_arrays(cases), predicate), expected, cases)


def test_operations_leave_their_inputs_alone():
    for name, size in SIZES.items():
        arrays = as_arrays(vectors.operands(200, size, seed=23))
        copies = [a.copy() for a in arrays]
        getattr(vector, name)(*arrays)
        for array, copy in zip(arrays, copies, strict=True):
            assert np.array_equal(array.view(np.uint32), copy.view(np.uint32))


@pytest.mark.parametrize("name", [n for n in SIZES if SIZES[n] > 1])
def test_broadcasting(name):
    arrays = as_arrays(vectors.operands(12, SIZES[name], seed=24)[-12:])
    shapes = [(4, 1), (1, 3), (1, 1)]
    inputs = [a[: np.prod(s)].reshape(s) for a, s in zip(arrays, shapes, strict=False)]
    full = [np.broadcast_to(a, (4, 3)).copy() for a in inputs]
    operation = getattr(vector, name)
    got, expected = operation(*inputs), operation(*full)
    assert got.shape == (4, 3)
    assert np.array_equal(got.view(np.uint32), expected.view(np.uint32))


def test_fma_where_float64_alone_would_round_twice():
    # (1 + 2**-12)**2 = 1 + 2**-11 + 2**-24 is a tie of binary32. The addend
    # decides it, but is too small to show in a float64 sum.
    a = reference.from_float(1 + 2.0**-12)
    up = reference.from_float(2.0**-80)
    down = reference.from_float(-(2.0**-80))
    got = vector.fma(*from_bits([[a, a], [a, a], [up, down]]))
    assert got.view(np.uint32).tolist() == [0x3F801001, 0x3F801000]


def test_fma_where_a_subnormal_would_round_twice():
    # An addend of n * 2**-149, n near 2**22, and a product just off the tie
    # of half a unit: 8392705 * 8384513 = 2**46 + 1.
    def scaled(integer: int, exponent: int) -> int:
        return reference.from_float(float(integer) * 2.0**exponent)

    above = scaled(8392705, -98), scaled(8384513, -98)
    below = scaled(2**23 + 1, -98), scaled(2**23 - 1, -98)
    even, odd = 0x00400000, 0x00400001
    cases = [(*above, even), (*below, odd)]
    got = vector.fma(*as_arrays(cases)).view(np.uint32).tolist()
    assert got == [even + 1, odd]
    assert [reference.fma(*case) for case in cases] == got


def test_row_sum_is_sequential_from_plus_zero():
    columns = as_arrays(vectors.operands(40, 3, seed=25))
    rows = np.stack(columns, axis=1)
    expected = []
    for row in rows.view(np.uint32).tolist():
        total = 0
        for term in row:
            total = reference.add(total, term)
        expected.append(total)
    got = vector.row_sum(rows)
    assert got.shape == (len(rows), 1)
    assert_bits(got, expected, rows.view(np.uint32).tolist())
    minus_zeros = from_bits([[reference.SIGN] * 5])
    assert vector.row_sum(minus_zeros).view(np.uint32)[0, 0] == 0


def test_row_sum_keeps_the_order_of_long_rows():
    rng = np.random.default_rng(26)
    rows = rng.standard_normal((3, 777)).astype(np.float32)
    totals = np.zeros(3, dtype=np.float32)
    for k in range(777):
        totals = totals + rows[:, k]
    assert np.array_equal(vector.row_sum(rows)[:, 0], totals)


def test_row_max():
    columns = as_arrays(vectors.operands(2_000, 3, seed=27))
    rows = np.stack(columns, axis=1)
    cases = rows.view(np.uint32).tolist()
    expected = [reference.maximum(reference.maximum(a, b), c) for a, b, c in cases]
    assert_bits(vector.row_max(rows), expected, cases)


def test_row_max_of_one_term():
    got = vector.row_max(from_bits([[reference.SIGN], [0x7F800001]]))
    assert got.view(np.uint32).ravel().tolist() == [reference.SIGN, reference.NAN]


def exact_matmul(a: np.ndarray, b: np.ndarray) -> list[int]:
    result = []
    for row in a.view(np.uint32).tolist():
        for column in b.view(np.uint32).tolist():
            total = 0
            for x, y in zip(row, column, strict=True):
                total = reference.fma(x, y, total)
            result.append(total)
    return result


@pytest.mark.parametrize(
    "family",
    [vectors.ordinary, vectors.short, vectors.subnormal, vectors.small_or_large],
    ids=lambda family: family.__name__,
)
def test_matmul_transposed(family):
    rng = random.Random(28)
    a = from_bits([[family(rng) for _ in range(17)] for _ in range(5)])
    b = from_bits([[family(rng) for _ in range(17)] for _ in range(6)])
    got = vector.matmul_transposed(a, b)
    assert got.shape == (5, 6)
    assert_bits(got, exact_matmul(a, b), [[i] for i in range(30)])


def test_matmul_transposed_on_every_kind_of_operand():
    columns = as_arrays(vectors.operands(3_000, 2, seed=29))
    a, b = (c[:4_500].reshape(-1, 3) for c in columns)
    a, b = a[::40], b[::40]
    got = vector.matmul_transposed(a, b)
    assert_bits(got, exact_matmul(a, b), [[i] for i in range(got.size)])

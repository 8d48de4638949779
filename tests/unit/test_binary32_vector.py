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
    "absolute": 1,
    "maximum": 2,
    "minimum": 2,
    "select": 3,
    "sqrt": 1,
    "exp": 1,
    "log": 1,
    "rsqrt": 1,
    "tanh": 1,
    "erf": 1,
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


@pytest.mark.parametrize("kind", [vector.INT32, vector.INT8])
def test_float_to_int(kind):
    rng = random.Random(61)
    cases = vectors.operands(COUNT, 1, seed=61)
    cases += [(vectors.near_integer(rng),) for _ in range(COUNT)]
    expected = [reference.float_to_int(a, kind) for (a,) in cases]
    assert_bits(vector.float_to_int(*as_arrays(cases), kind), expected, cases)


def test_int_to_float():
    cases = vectors.integers(COUNT, seed=62) + vectors.operands(COUNT, 1, seed=62)
    expected = [reference.int_to_float(a) for (a,) in cases]
    assert_bits(vector.int_to_float(*as_arrays(cases)), expected, cases)


@pytest.mark.parametrize("name", ["exp", "log", "rsqrt", "tanh", "erf"])
def test_hardly_a_lane_needs_the_reference(name, monkeypatch):
    rng = np.random.default_rng(63)
    lanes = np.concatenate([rng.standard_normal(200_000), np.zeros(50), -np.zeros(50)]).astype(np.float32)
    asked = []
    monkeypatch.setattr(reference, name, lambda a: asked.append(a) or 0)
    getattr(vector, name)(lanes)
    assert len(asked) < 20


@pytest.mark.parametrize("name", ["exp", "log", "rsqrt", "tanh", "erf"])
def test_the_reference_decides_where_float64_cannot(name, monkeypatch):
    hardest = getattr(vectors, f"HARD_{name.upper()}")[0]
    monkeypatch.setattr(reference, name, lambda a: a ^ 0x5A5A5A5A)
    got = getattr(vector, name)(from_bits([[reference.ONE, hardest]]))
    assert got.view(np.uint32)[0, 1] == hardest ^ 0x5A5A5A5A


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


def test_argmax():
    rng = random.Random(64)
    pools = ([vectors.special(rng) for _ in range(3)] for _ in range(1_000))
    cases = [[rng.choice(pool) for _ in range(5)] for pool in pools]
    cases += [[rng.choice(vectors.FAMILIES)(rng) for _ in range(5)] for _ in range(1_000)]
    got = vector.argmax(from_bits(cases))
    assert got.shape == (2_000, 1)
    assert_bits(got, [reference.argmax(row) for row in cases], cases)


def test_argmax_of_zeros_and_nans():
    zero, minus_zero, one = 0, reference.SIGN, reference.ONE
    rows = [[minus_zero, zero, zero], [minus_zero] * 3, [one, 0xFF800001, reference.NAN], [one, zero, reference.INF]]
    assert vector.argmax(from_bits(rows)).view(np.uint32).ravel().tolist() == [1, 0, 1, 2]


def exact_scatter_add(a: np.ndarray, b: np.ndarray, rows: int) -> list[int]:
    lanes, targets = a.view(np.uint32).tolist(), b.view(np.uint32)[0].tolist()
    return [reference.scatter_add(terms, targets, i) for i in range(rows) for terms in lanes]


@pytest.mark.parametrize(
    "family", [vectors.ordinary, vectors.subnormal, vectors.special], ids=lambda family: family.__name__
)
def test_scatter_add(family):
    rng = random.Random(65)
    a = from_bits([[family(rng) for _ in range(150)] for _ in range(4)])
    outside = [6, 7, 2**31 - 1, 2**31, 2**32 - 1, reference.NAN]
    b = from_bits([[rng.choice(list(range(5)) * 2 + outside) for _ in range(150)]])
    got = vector.scatter_add(a, b, 6)
    assert got.shape == (6, 4) and not got[5].any()
    assert_bits(got, exact_scatter_add(a, b, 6), [[i] for i in range(24)])


def test_scatter_add_of_minus_zeros_and_of_nothing():
    a, b = from_bits([[reference.SIGN] * 3]), from_bits([[0, 0, 9]])
    assert vector.scatter_add(a, b, 2).view(np.uint32).tolist() == [[0], [0]]


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


@pytest.mark.parametrize(("batches", "m", "n", "k"), [(3, 4, 5, 6), (40, 9, 70, 3), (2, 300, 90, 3), (5, 1, 1, 1)])
def test_matmul_transposed_by_blocks(batches, m, n, k):
    rng = np.random.default_rng(66)
    a, b = (rng.standard_normal((batches * rows, k)).astype(np.float32) for rows in (m, n))
    got = vector.matmul_transposed(a, b, batches)
    assert got.shape == (batches * m, n)
    for i in range(batches):
        block = vector.matmul_transposed(a[i * m : (i + 1) * m], b[i * n : (i + 1) * n])
        assert np.array_equal(got[i * m : (i + 1) * m].view(np.uint32), block.view(np.uint32))
    sums = np.einsum("bmk,bnk->bmn", *(x.reshape(batches, -1, k).astype(np.float64) for x in (a, b)))
    assert np.allclose(got, sums.reshape(got.shape), atol=1e-5)


@pytest.mark.parametrize("batches", [1, 3])
def test_matmul_int8(batches):
    rng = np.random.default_rng(67)
    a, b = (rng.integers(0, 2**32, (rows, 37), dtype=np.uint32) for rows in (6, 12))
    got = vector.matmul_int8(a.view(np.float32), b.view(np.float32), batches)
    assert got.shape == (6, 12 // batches)
    m, n = 6 // batches, 12 // batches
    expected = [reference.dot_int8(a[i].tolist(), b[i // m * n + j].tolist()) for i in range(6) for j in range(n)]
    assert_bits(got, expected, [[i] for i in range(got.size)])


def test_matmul_int8_at_its_largest():
    lanes = from_bits([[0x80] * 4_096])
    assert vector.matmul_int8(lanes, lanes).view(np.uint32).tolist() == [[2**26]]

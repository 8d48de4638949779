"""The compiled implementation against the NumPy one, bit by bit, on every instruction set that is here."""

import ctypes
import itertools
import platform
import random
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from pinpoint.binary32 import arithmetic, compiled, vector
from pinpoint.binary32.compiled import Code, Level
from pinpoint.program.operators import Operator
from tests import vectors

COUNT = 2_000
LEVELS = [level for level in Level if level <= compiled.best_level()]

# Operands and attributes of each pointwise operator.
ARITY = {
    Code.ADD: 2, Code.SUB: 2, Code.MUL: 2, Code.DIV: 2, Code.FMA: 3, Code.NEG: 1, Code.MAX: 2, Code.COMPARE: 2,
    Code.SELECT: 3, Code.SQRT: 1, Code.EXP: 1, Code.LOG: 1, Code.ABS: 1, Code.MIN: 2, Code.RSQRT: 1, Code.TANH: 1,
    Code.ERF: 1, Code.TO_INT: 1, Code.TO_FLOAT: 1,
}  # fmt: skip
ATTRIBUTES = {Code.COMPARE: (0, 1, 2, 3, 2**64, 2**200), Code.TO_INT: (0, 1)}
CASES = [(code, attribute) for code in Code for attribute in ATTRIBUTES.get(code, (0,))]

ROUND_UP = 0x5F80
FLUSH = 0x9FC0
"""MXCSR: subnormal results and operands are zero."""


@pytest.fixture(params=LEVELS, ids=lambda level: level.name)
def level(request):
    compiled.use(request.param)
    yield request.param
    compiled.use(compiled.best_level())


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    compiled.threads(request.param)
    yield request.param
    compiled.threads(2)


def matrix(shape, seed, family=None):
    """A matrix of patterns, of one family or of all."""
    rng = random.Random(f"{shape} {seed}")
    lanes = [(family or rng.choice(vectors.FAMILIES))(rng) for _ in range(shape[0] * shape[1])]
    return np.array(lanes, dtype=np.uint32).view(np.float32).reshape(shape)


def numbers(shape, seed, specials=0):
    """A large matrix of ordinary numbers, quickly made, with some specials."""
    rng = np.random.default_rng(seed)
    lanes = rng.standard_normal(shape, dtype=np.float32)
    where = rng.integers(0, lanes.size, specials)
    lanes.reshape(-1).view(np.uint32)[where] = rng.choice(np.array(vectors.SPECIALS, dtype=np.uint32), specials)
    return lanes


def indices(terms, rows, seed):
    """(1, terms) int32, some of them no index of a table of `rows`."""
    lanes = np.random.default_rng(seed).integers(-2, rows + 2, (1, terms)).astype(np.int32)
    lanes[0, :2] = (2**31 - 1, -(2**31))[:terms]
    return lanes.view(np.float32)


def assert_same(got, expected):
    assert got.dtype == np.float32
    assert got.shape == expected.shape
    wrong = np.argwhere(got.view(np.uint32) != np.ascontiguousarray(expected).view(np.uint32))
    assert not len(wrong), (wrong[:3], got[tuple(wrong[0])], expected[tuple(wrong[0])])


@contextmanager
def control_register(word):
    """Sets this thread's MXCSR, by glibc, whose fenv_t keeps it last."""
    libm = ctypes.CDLL("libm.so.6")
    saved, changed = (ctypes.c_uint32 * 8)(), (ctypes.c_uint32 * 8)()
    libm.fegetenv(saved)
    libm.fegetenv(changed)
    changed[7] = word
    libm.fesetenv(changed)
    try:
        yield
        libm.fegetenv(changed)
        assert changed[7] & ~0x3F == word & ~0x3F, "a kernel changed the control register for others"
    finally:
        libm.fesetenv(saved)


on_x86_linux = pytest.mark.skipif(
    (platform.machine(), platform.system()) != ("x86_64", "Linux"), reason="the register's place in fenv_t is glibc's"
)


@pytest.mark.parametrize(("code", "attribute"), CASES)
def test_pointwise_operator(level, code, attribute):
    lanes = np.array(vectors.operands(COUNT, ARITY[code], seed=31), dtype=np.uint32).T
    operands = [np.ascontiguousarray(side).view(np.float32)[None] for side in lanes]
    expected = arithmetic.pointwise_in_numpy(code, attribute, None, *operands)
    assert_same(compiled.pointwise(code, attribute, None, *operands), expected)


def test_undecided_lanes_anywhere(level):
    lanes = np.zeros((70, 50), np.uint32)
    lanes[[0, 3, 20, 41, 41, 69, 69], [0, 49, 25, 7, 8, 0, 49]] = vectors.HARD_EXP
    a = lanes.view(np.float32)
    assert_same(compiled.exp(a), vector.exp(a))


def test_codes_are_the_programs():
    pointwise = {o.name: o.value for o in Operator if Operator.ADD <= o <= Operator.TO_FLOAT}
    assert {code.name: code.value for code in Code} == pointwise


NAMED = (
    "add", "sub", "mul", "div", "fma", "neg", "absolute", "maximum", "minimum", "select", "sqrt", "rsqrt", "exp", "log",
    "tanh", "erf", "int_to_float",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_named_function(name):
    arity = next(n for n in (1, 2, 3) if getattr(compiled, name).__code__.co_argcount == n)
    operands = [matrix((5, 7), seed) for seed in range(arity)]
    assert_same(getattr(compiled, name)(*operands), getattr(vector, name)(*operands))


def test_named_function_with_an_attribute():
    a, b = matrix((9, 30), 1, vectors.ordinary), matrix((9, 30), 2, vectors.ordinary)
    for attribute in range(3):
        assert_same(compiled.compare(a, b, attribute), vector.compare(a, b, attribute))
    for attribute in range(2):
        assert_same(compiled.float_to_int(a, attribute), vector.float_to_int(a, attribute))


@pytest.mark.parametrize("shape", [(1, 1), (1, 13), (13, 1), (3, 5), (40, 33), (2, 2500), (300, 10), (1500, 1)])
@pytest.mark.parametrize("code", [Code.FMA, Code.SUB, Code.NEG, Code.TANH])
def test_broadcasting(code, shape):
    rows, cols = shape
    sides = sorted({(r, c) for r in (1, rows) for c in (1, cols)})
    for shapes in itertools.product(sides, repeat=ARITY[code]):
        operands = [numbers(side, place, 5) for place, side in enumerate(shapes)]
        expected = arithmetic.pointwise_in_numpy(code, 0, shape, *operands)
        assert_same(compiled.pointwise(code, 0, shape, *operands), expected)
        smallest = arithmetic.pointwise_in_numpy(code, 0, None, *operands)
        assert_same(compiled.pointwise(code, 0, None, *operands), smallest)


@pytest.mark.parametrize(
    ("code", "shape", "sides"),
    [
        (Code.ADD, (1700, 1500), [(1700, 1500), (1, 1500)]),
        (Code.FMA, (700, 3000), [(700, 1), (1, 3000), (700, 3000)]),
        (Code.EXP, (900, 333), [(900, 333)]),
        (Code.ERF, (400, 700), [(1, 700)]),
        (Code.DIV, (60_000, 50), [(1, 50), (60_000, 1)]),
        (Code.DIV, (60_000, 50), [(1, 1), (60_000, 50)]),
    ],
)
def test_pointwise_in_threads(threads, code, shape, sides):
    operands = [numbers(side, place, 500) for place, side in enumerate(sides)]
    expected = arithmetic.pointwise_in_numpy(code, 0, shape, *operands)
    assert_same(compiled.pointwise(code, 0, shape, *operands), expected)


@pytest.mark.parametrize("seed", range(60))
def test_ragged_matmul(level, seed):
    rng = random.Random(seed)
    batches, m, k, n = rng.choice((1, 1, 2, 3)), rng.randint(1, 40), rng.randint(1, 40), rng.randint(1, 40)
    family = rng.choice((vectors.ordinary, vectors.short, vectors.small_or_large, vectors.subnormal, None))
    a, b = matrix((batches * m, k), 1, family), matrix((batches * n, k), 2, family)
    expected = vector.matmul_transposed(a, b, batches)
    assert_same(compiled.matmul_transposed(a, b, batches), expected)


def test_delicate_matmul(level):
    rng = random.Random(7)
    rows = [vectors.tight_row(rng, 48) for _ in range(40)]
    a, b = (np.array([[pair[side] for pair in row] for row in rows], np.uint32).view(np.float32) for side in (0, 1))
    assert_same(compiled.matmul_transposed(a, b, 40), vector.matmul_transposed(a, b, 40))


@pytest.mark.parametrize("batches", range(1, 41))
def test_matmul_of_few_lanes_a_batch(level, batches):
    rng = random.Random(batches)
    for m, n in ((1, 1), (1, 1), (7, 1), (2, 2), (1, 3)):
        k = rng.choice((rng.randint(1, 8), rng.randint(1, 130)))
        family = rng.choice((vectors.ordinary, vectors.small_or_large, vectors.subnormal, vectors.special, None))
        a, b = matrix((batches * m, k), 1, family), matrix((batches * n, k), 2, family)
        assert_same(compiled.matmul_transposed(a, b, batches), vector.matmul_transposed(a, b, batches))
        a, b = numbers((batches * m, k), 1, 2), numbers((batches * n, k), 2, 2)
        assert_same(compiled.matmul_transposed(a, b, batches), vector.matmul_transposed(a, b, batches))


LARGE = [(1, 130, 1100, 150), (1, 13, 20, 1100), (1, 200, 513, 129), (6, 64, 300, 130), (2, 97, 600, 200)]
LARGE += [(2100, 1, 1001, 1), (3, 701, 902, 1)]


@pytest.fixture(scope="module", params=LARGE, ids=str)
def large_product(request):
    batches, m, k, n = request.param
    a, b = numbers((batches * m, k), 1, 9), numbers((batches * n, k), 2, 9)
    return a, b, batches, vector.matmul_transposed(a, b, batches)


def test_large_matmul(level, threads, large_product):
    *operands, expected = large_product
    assert_same(compiled.matmul_transposed(*operands), expected)


@pytest.mark.parametrize(("batches", "m", "k", "n"), [(1, 1, 1, 1), (3, 5, 33, 7), (1, 40, 1024, 9), (2, 3, 2500, 17)])
def test_int8_matmul(level, batches, m, k, n):
    a, b = matrix((batches * m, k), 1, vectors.uniform), matrix((batches * n, k), 2, vectors.uniform)
    assert_same(compiled.matmul_int8(a, b, batches), vector.matmul_int8(a, b, batches))


@pytest.mark.parametrize("byte", [127, -128])
def test_largest_int8_products(byte):
    a = np.full((3, 4096), byte, np.int32).view(np.float32)
    assert (compiled.matmul_int8(a, a).view(np.int32) == 4096 * byte**2).all()


@pytest.mark.parametrize("name", ["row_sum", "row_max", "argmax"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (15, 7), (16, 33), (17, 1), (200, 19)])
def test_reduction(level, name, shape):
    for seed, family in enumerate((None, vectors.ordinary, vectors.subnormal, vectors.special)):
        a = matrix(shape, seed, family)
        assert_same(getattr(compiled, name)(a), getattr(vector, name)(a))


@pytest.mark.parametrize("name", ["row_sum", "row_max", "argmax"])
def test_reduction_in_threads(threads, name):
    a = numbers((2100, 310), 3, 50)
    assert_same(getattr(compiled, name)(a), getattr(vector, name)(a))


def test_reduction_of_zeros():
    zeros = np.array([[0.0, -0.0, 0.0], [-0.0, -0.0, 0.0], [-0.0, -0.0, -0.0]], dtype=np.float32)
    assert compiled.row_sum(zeros).view(np.uint32).tolist() == [[0], [0], [0]]
    assert compiled.row_max(zeros).view(np.uint32).tolist() == [[0], [0], [vectors.SIGN]]
    assert compiled.argmax(zeros).view(np.int32).tolist() == [[0], [2], [0]]


@pytest.mark.parametrize(("depth", "terms", "rows"), [(1, 1, 1), (5, 60, 7), (33, 200, 4), (16, 9, 300), (40, 500, 2)])
def test_scatter_add(depth, terms, rows):
    targets = indices(terms, rows, seed=1)
    for family in (None, vectors.ordinary, vectors.subnormal):
        a = matrix((depth, terms), 1, family)
        assert_same(compiled.scatter_add(a, targets, rows), vector.scatter_add(a, targets, rows))


@on_x86_linux
@pytest.mark.parametrize("word", [FLUSH, ROUND_UP], ids=["flush", "round up"])
def test_control_register_of_other_libraries(level, word):
    tiny, half = matrix((40, 50), 1, vectors.subnormal), matrix((40, 50), 2, vectors.ordinary)
    small = matrix((40, 50), 3, lambda rng: 0xC2AEAC50 + rng.getrandbits(21))
    targets = indices(50, 3, seed=2)
    calls = [
        lambda: compiled.add(tiny, tiny),
        lambda: compiled.div(half, compiled.mul(half, half)),
        lambda: compiled.fma(tiny, half, tiny),
        lambda: compiled.exp(small),
        lambda: compiled.tanh(tiny),
        lambda: compiled.float_to_int(half, 0),
        lambda: compiled.compare(tiny, np.zeros((1, 1), np.float32), 2),
        lambda: compiled.row_sum(tiny),
        lambda: compiled.row_sum(half),
        lambda: compiled.scatter_add(tiny, targets, 3),
        lambda: compiled.scatter_add(half, targets, 3),
        lambda: compiled.matmul_transposed(tiny, half),
        lambda: compiled.matmul_transposed(half, half),
        lambda: compiled.matmul_int8(half, half),
    ]
    expected = [call() for call in calls]
    with control_register(word):
        flushed = np.add(tiny, tiny), np.divide(half, half * half)
        got = [call() for call in calls]
    assert any((other != right).any() for other, right in zip(flushed, expected[:2], strict=True)), "it was not set"
    for result, right in zip(got, expected, strict=True):
        assert_same(result, right)


@on_x86_linux
def test_control_register_in_threads(threads):
    a, b = matrix((1, 600), 1, vectors.subnormal).repeat(200, axis=0), numbers((200, 600), 2)
    expected = compiled.matmul_transposed(a, b), compiled.exp(numbers((600, 700), 3) - 95)
    with control_register(FLUSH):
        got = compiled.matmul_transposed(a, b), compiled.exp(numbers((600, 700), 3) - 95)
    for result, right in zip(got, expected, strict=True):
        assert_same(result, right)


def test_any_strides():
    a = numbers((60, 80), 1, 99)
    unaligned = np.frombuffer(b"\0" + a.tobytes(), dtype=np.uint8)[1:].view(np.float32).reshape(a.shape)
    assert not unaligned.flags.aligned
    for view in (a[::2], a[:, ::3], a[::-1, ::-1], np.asfortranarray(a), np.broadcast_to(a[:1], (50, 80)), unaligned):
        straight = view.copy()
        assert_same(compiled.neg(view), vector.neg(straight))
        assert_same(compiled.row_max(view), vector.row_max(straight))
        assert_same(compiled.matmul_transposed(view, view), vector.matmul_transposed(straight, straight))


def test_read_only_operands_stay_as_they_are():
    a = numbers((20, 30), 1, 40)
    before = a.tobytes()
    a.flags.writeable = False
    for result in (compiled.add(a, a), compiled.matmul_transposed(a, a), compiled.row_sum(a)):
        assert result.flags.writeable
    assert a.tobytes() == before


def test_empty_matrices():
    empty = np.zeros((0, 5), np.float32)
    assert compiled.add(empty, empty).shape == (0, 5)
    assert compiled.add(np.ones((1, 1), np.float32), empty).shape == (0, 5)
    assert compiled.row_sum(empty).shape == (0, 1)
    assert compiled.row_max(empty).shape == (0, 1)
    no_terms = np.zeros((3, 0), np.float32)
    for product in (compiled.matmul_transposed, compiled.matmul_int8):
        assert product(no_terms, no_terms).tolist() == [[0.0] * 3] * 3
        assert product(empty, np.ones((2, 5), np.float32)).shape == (0, 2)
        assert product(np.ones((2, 5), np.float32), empty).shape == (2, 0)
    assert compiled.scatter_add(no_terms, np.zeros((1, 0), np.float32), 2).tolist() == [[0.0] * 3] * 2
    assert compiled.scatter_add(np.ones((2, 1), np.float32), indices(1, 0, seed=1), 0).shape == (0, 2)


A = np.ones((4, 6), np.float32)
HOSTILE = {
    "float64": lambda: compiled.add(A.astype(np.float64), A),
    "int32": lambda: compiled.row_sum(A.astype(np.int32)),
    "other byte order": lambda: compiled.neg(A.astype(">f4")),
    "datetime": lambda: compiled.neg(np.zeros((2, 2), "M8[s]")),
    "objects": lambda: compiled.neg(np.full((2, 2), None)),
    "vector": lambda: compiled.add(A[0], A[0]),
    "cube": lambda: compiled.matmul_transposed(A[None], A, 1),
    "list": lambda: compiled.add([[1.0]], A),
    "None": lambda: compiled.argmax(None),
    "bytes": lambda: compiled.neg(b"1234"),
    "sides that do not broadcast": lambda: compiled.add(A, A[:3]),
    "operand larger than the shape": lambda: compiled.pointwise(Code.NEG, 0, (1, 6), A),
    "shape of three": lambda: compiled.pointwise(Code.NEG, 0, (1, 4, 6), A),
    "shape that is a list": lambda: compiled.pointwise(Code.NEG, 0, [4, 6], A),
    "negative shape": lambda: compiled.pointwise(Code.NEG, 0, (-1, 1), A[:1, :1]),
    "huge side": lambda: compiled.pointwise(Code.NEG, 0, (2**70, 1), A[:1, :1]),
    "shape beyond memory": lambda: compiled.pointwise(Code.NEG, 0, (2**40, 2**40), A[:1, :1]),
    "attribute that is no integer": lambda: compiled.pointwise(Code.COMPARE, "less", None, A, A),
    "unknown code": lambda: compiled.pointwise(48, 0, None, A),
    "negative code": lambda: compiled.pointwise(-1, 0, None, A),
    "code that is no integer": lambda: compiled.pointwise("ADD", 0, None, A, A),
    "too few operands": lambda: compiled.pointwise(Code.FMA, 0, None, A, A),
    "too many operands": lambda: compiled.pointwise(Code.NEG, 0, None, A, A),
    "no arguments": lambda: compiled.pointwise(),
    "terms": lambda: compiled.matmul_transposed(A, A[:, :5]),
    "batches that do not divide": lambda: compiled.matmul_transposed(A, A, 3),
    "batches of one side": lambda: compiled.matmul_int8(A, A[:3], 2),
    "batches of the other": lambda: compiled.matmul_int8(A[:3], A, 2),
    "no batches": lambda: compiled.matmul_transposed(A, A, 0),
    "huge batches": lambda: compiled.matmul_transposed(A, A, 2**64),
    "indices in rows": lambda: compiled.scatter_add(A, np.zeros((6, 1), np.float32), 3),
    "too few indices": lambda: compiled.scatter_add(A, np.zeros((1, 5), np.float32), 3),
    "negative rows": lambda: compiled.scatter_add(A, np.zeros((1, 6), np.float32), -1),
    "largest of nothing": lambda: compiled.row_max(A[:, :0]),
    "first of nothing": lambda: compiled.argmax(A[:, :0]),
    "level beyond the processor": lambda: compiled.use(compiled.best_level() + 1),
    "negative level": lambda: compiled.use(-1),
    "no threads": lambda: compiled.threads(0),
}


@pytest.mark.parametrize("call", HOSTILE.values(), ids=HOSTILE)
def test_hostile_arguments(call):
    with pytest.raises(ValueError, match=r"expected|too (big|large)"):
        call()


def test_more_threads_than_can_be(threads):
    compiled.threads(10**6)
    a = numbers((300, 300), 1)
    assert_same(compiled.matmul_transposed(a, a), vector.matmul_transposed(a, a))


@pytest.mark.parametrize("code", [Code.COMPARE, Code.FMA, Code.TO_INT])
def test_numpy_stands_in(code):
    operands = [numbers((1, 5), 1), numbers((4, 1), 2), numbers((1, 1), 3)][: ARITY[code]]
    expected = compiled.pointwise(code, 1, (4, 5), *operands)
    assert_same(arithmetic.pointwise_in_numpy(code, 1, (4, 5), *operands), expected)
    with pytest.raises(ValueError, match="expected the code"):
        arithmetic.pointwise_in_numpy(48, 0, None, *operands)


def test_without_the_extension():
    script = """
import sys
sys.modules["pinpoint.binary32._compiled"] = None
from pinpoint.binary32 import arithmetic, compiled, vector
assert not compiled.available
assert arithmetic.row_sum is vector.row_sum and arithmetic.matmul_transposed is vector.matmul_transposed
assert arithmetic.pointwise is arithmetic.pointwise_in_numpy
arithmetic.use(compiled.Level.PORTABLE)
arithmetic.threads(2)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("No compiled arithmetic")

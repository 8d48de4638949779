"""Reference, vector and the compiled Referee yield the same bits, lane by lane.

Promise 11: the referee and the evaluator agree on every operator and every
input. Seeds are fixed; a failure shows the operator and its operands, which
are all that is needed to repeat it.
"""

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from pinpoint.binary32 import reference, vector
from tests import vectors
from tests.evm import Reverted
from tests.referee import Referee, as_arrays, assert_same, pack, unpack

LARGEST_RUNTIME = 24_576  # EIP-170

CASES = 4_000
COMPARE, TO_INT, TO_FLOAT = 23, 33, 34
Cases = Sequence[tuple[int, ...]]

# name: code, number of operands, reference
POINTWISE: dict[str, tuple[int, int, Callable[..., int]]] = {
    "add": (16, 2, reference.add),
    "sub": (17, 2, reference.sub),
    "mul": (18, 2, reference.mul),
    "div": (19, 2, reference.div),
    "fma": (20, 3, reference.fma),
    "neg": (21, 1, reference.neg),
    "maximum": (22, 2, reference.maximum),
    "select": (24, 3, reference.select),
    "sqrt": (25, 1, reference.sqrt),
    "exp": (26, 1, reference.exp),
    "log": (27, 1, reference.log),
    "absolute": (28, 1, reference.absolute),
    "minimum": (29, 2, reference.minimum),
    "rsqrt": (30, 1, reference.rsqrt),
    "tanh": (31, 1, reference.tanh),
    "erf": (32, 1, reference.erf),
    "int_to_float": (TO_FLOAT, 1, reference.int_to_float),
}
PREDICATES = (reference.less_than, reference.less_equal, reference.equal)


def judged(referee: Referee, code: int, attribute: int, cases: Cases) -> list[int]:
    """The referee's results, eight cases a call."""
    results = []
    for first in range(0, len(cases), 8):
        group = cases[first : first + 8]
        words = [pack(column) for column in zip(*group, strict=True)]
        lanes = unpack(referee.pointwise(code, attribute, len(group), *words))
        assert not any(lanes[len(group) :])
        results += lanes[: len(group)]
    return results


def assert_agreed(referee: Referee, name: str, cases: Cases) -> None:
    code, _, exact = POINTWISE[name]
    expected = [exact(*case) for case in cases]
    evaluated = getattr(vector, name)(*as_arrays(cases)).view(np.uint32).tolist()
    assert_same(name, cases, expected, evaluated, judged(referee, code, 0, cases))


def test_fits_the_chain(referee):
    assert referee.runtime_size <= LARGEST_RUNTIME


# Per lane of ordinary numbers, dispatch included: 5 % above what was measured.
GAS = {
    "add": 1020,
    "sub": 1160,
    "mul": 970,
    "div": 1190,
    "fma": 1450,
    "neg": 530,
    "maximum": 580,
    "select": 480,
    "sqrt": 830,
    "exp": 1480,
    "log": 1340,
    "absolute": 560,
    "minimum": 710,
    "rsqrt": 830,
    "tanh": 1320,
    "erf": 1510,
    "int_to_float": 860,
}


@pytest.mark.parametrize("name", POINTWISE)
def test_gas_per_lane(referee, name):
    code, size, _ = POINTWISE[name]
    rng = random.Random(39)
    used = 0
    for _ in range(50):
        words = [pack([vectors.ordinary(rng) for _ in range(8)]) for _ in range(size)]
        for lanes, sign in ((8, 1), (1, -1)):
            referee.pointwise(code, 0, lanes, *words)
            used += sign * referee.gas
    assert used / (50 * 7) <= GAS[name]


@pytest.mark.parametrize(
    ("code", "operand", "limit"),
    [
        (POINTWISE["exp"][0], 0xC0000000, 1_810),
        (POINTWISE["log"][0], 0x00000001, 2_360),
        (POINTWISE["rsqrt"][0], 0x00000001, 1_350),
        (POINTWISE["tanh"][0], 0xBF000000, 2_100),
        (POINTWISE["erf"][0], 0xC07FFFFF, 4_320),
        (TO_INT, 0x42000000, 780),
        (TO_FLOAT, 0xFFFFFFFF, 880),
    ],
)
def test_gas_of_the_dearest_lane(referee, code, operand, limit):
    word = pack([operand] * 8)
    used = 0
    for lanes, sign in ((8, 1), (1, -1)):
        referee.pointwise(code, 0, lanes, word)
        used += sign * referee.gas
    assert used / 7 <= limit


@pytest.mark.parametrize("name", POINTWISE)
def test_pointwise(referee, name):
    assert_agreed(referee, name, vectors.operands(CASES, POINTWISE[name][1], seed=31))


@pytest.mark.parametrize("name", ["add", "sub"])
def test_differences_around_powers_of_two(referee, name):
    """As 3 - 1: one bit more than a significand has, and the next values on both sides."""
    sign = reference.SIGN if name == "add" else 0
    cases = [
        (flip | exponent + 1 << 23 | half, flip ^ (sign | (exponent - 1 << 23) + 2 * half + step))
        for exponent in (1, 2, 127, 252)
        for half in (0x400000, 0x400001, 0x555555, 0x7FFFFE, 0x7FFFFF)
        for step in (-1, 0, 1)
        for flip in (0, reference.SIGN)
    ]
    assert_agreed(referee, name, cases)


@pytest.mark.parametrize("name", ["mul", "div", "fma"])
def test_subnormals_with_every_octave(referee, name):
    """What is rounded has each number of bits, and results end on both sides of the least normal one."""
    rng = random.Random(43)
    others = (0, 1, reference.SIGN | 1, reference.SIGN | 0x00800000)
    pairs = [
        (exponent << 23 | fraction, small)
        for exponent in range(1, 255)
        for fraction in (0, rng.getrandbits(23))
        for small in (1, 3, 0x400000, 0x7FFFFF)
    ]
    if name == "fma":
        assert_agreed(referee, name, [(*pair, rng.choice(others)) for pair in pairs])
    else:
        assert_agreed(referee, name, pairs)
        assert_agreed(referee, name, [(small, large) for large, small in pairs])


@pytest.mark.parametrize("name", ["exp", "tanh", "erf"])
def test_functions_in_every_octave_where_they_bend(referee, name):
    """From 2**-40 to 128, the ends of each octave among them."""
    rng = random.Random(41)
    cases = [
        (sign | exponent << 23 | fraction,)
        for exponent in range(87, 134)
        for sign in (0, reference.SIGN)
        for fraction in (0, 1, 0x7FFFFE, 0x7FFFFF, *(rng.getrandbits(23) for _ in range(40)))
    ]
    assert_agreed(referee, name, cases)


# The nearest to ties, from above and from below, among the arguments just below
# 2**-4, 1 and 2, up to which ever more terms are summed, and among small ones,
# whose second term only matters there.
WHERE_ERF_NEEDS_ALL_TERMS = (
    *(0x3D75B584, 0x3D782983, 0x3D7331F2, 0x3D7521D3),
    *(0x3F792D32, 0x3F7BE981, 0x3F79B8B3, 0x3F7B0B22),
    *(0x3FFFD278, 0x3FFC873B, 0x3FFAFAA7, 0x3FF9B441),
    *(0x36AEA466, 0x360BDE7C, 0x3548643B, 0x354CD601, 0x3425C046, 0x332A320C),
)


def test_erf_sums_enough_terms(referee):
    assert_agreed(referee, "erf", [(a,) for a in WHERE_ERF_NEEDS_ALL_TERMS])


def test_erf_of_subnormals(referee):
    """Their results are rounded at a fixed place, not at a relative one."""
    rng = random.Random(42)
    cases = [(a,) for a in (*range(1, 400), *range(0x716F00, 0x717100))]
    cases += [(vectors.subnormal(rng),) for _ in range(2_000)]
    assert_agreed(referee, "erf", cases)


@pytest.mark.parametrize("kind", [0, 1, 2, 2**32 + 1, 2**256 - 1])
def test_float_to_int(referee, kind):
    """int8 for attribute 1, int32 for any other."""
    rng = random.Random(43)
    cases = vectors.operands(CASES, 1, seed=44) + [(vectors.near_integer(rng),) for _ in range(CASES)]
    expected = [reference.float_to_int(a, kind) for (a,) in cases]
    evaluated = vector.float_to_int(*as_arrays(cases), kind).view(np.uint32).tolist()
    assert_same(f"float_to_int {kind}", cases, expected, evaluated, judged(referee, TO_INT, kind, cases))


def test_int_to_float(referee):
    assert_agreed(referee, "int_to_float", vectors.integers(CASES, seed=45))


@pytest.mark.parametrize("predicate", range(3))
def test_compare(referee, predicate):
    cases = vectors.operands(CASES, 2, seed=32)
    expected = [PREDICATES[predicate](*case) for case in cases]
    evaluated = vector.compare(*as_arrays(cases), predicate).view(np.uint32).tolist()
    results = judged(referee, COMPARE, predicate, cases)
    assert_same(f"compare {predicate}", cases, expected, evaluated, results)


@pytest.mark.parametrize("predicate", [3, 2**32, 2**256 - 1])
def test_an_unknown_predicate_never_holds(referee, predicate):
    cases = vectors.operands(80, 2, seed=33)
    evaluated = vector.compare(*as_arrays(cases), predicate).view(np.uint32).tolist()
    assert_same("compare", cases, [0] * len(cases), evaluated, judged(referee, COMPARE, predicate, cases))


@pytest.mark.parametrize("attribute", [0, 0x7F800001, 0x12345678, 2**256 - 1])
def test_fill(referee, attribute):
    for lanes in range(1, 9):
        word = referee.pointwise(3, attribute, lanes)
        assert word == pack([attribute % 2**32] * lanes)


def test_lanes_beyond_the_count_are_zero(referee):
    ones = pack([reference.ONE] * 8)
    for lanes in range(1, 9):
        assert referee.pointwise(16, 0, lanes, ones, ones) == pack([0x40000000] * lanes)


@pytest.mark.parametrize("code", [0, 1, 2, 4, 15, 35, 47, 48, 50, 64, 80, 2**255])
def test_unknown_pointwise_operators_are_refused(referee, code):
    with pytest.raises(Reverted, match=r"^referee: operator$"):
        referee.pointwise(code, 0, 8, 0, 0, 0)


@pytest.mark.parametrize("lanes", [0, 9, 2**255])
def test_impossible_lanes_are_refused(referee, lanes):
    with pytest.raises(Reverted, match=r"^referee: lanes$"):
        referee.pointwise(16, 0, lanes, 0, 0, 0)

"""Where the contract's sums in fixed point end, and what sums cost.

SUM and MATMUL keep their sums as integers as long as the terms are neither too small, nor too large, nor special
(contracts/libraries/reductions.vy): these rows lie on both sides of each limit, and cross it.
"""

import random
from collections.abc import Callable, Sequence

import pytest

from pinpoint.binary32 import reference
from tests import vectors
from tests.dearest import dearest_row
from tests.referee import Referee, assert_same, pack_row

SUM, MATMUL, SCATTER_ADD = 48, 50, 53
ZEROS = (0, reference.SIGN)
FRACTIONS = (0, 1, 0x400000, 0x7FFFFE, 0x7FFFFF)

# The sums of exponent fields of the products in fixed point; the largest field of a sum that goes on there.
LEAST, GREATEST = 151, 342
LARGEST_FIELD = 200

Pairs = Sequence[tuple[int, int]]


def assert_matmul(referee: Referee, pairs: Pairs) -> None:
    a, b = ([pair[side] for pair in pairs] for side in (0, 1))
    result = referee.reduce(MATMUL, 0, len(pairs), pack_row(a), pack_row(b))
    assert_same("matmul", [a + b], [reference.dot(a, b)], [result])


def assert_sum(referee: Referee, terms: Sequence[int]) -> None:
    result = referee.reduce(SUM, 0, len(terms), pack_row(terms))
    assert_same("sum", [terms], [reference.row_sum(terms)], [result])


def sign(rng: random.Random) -> int:
    return rng.choice(ZEROS)


def fraction(rng: random.Random) -> int:
    return rng.choice((*FRACTIONS, rng.getrandbits(23)))


def factors(rng: random.Random, fields: int) -> tuple[int, int]:
    """Two normal numbers whose exponent fields add up to this."""
    e = rng.randint(max(1, fields - 254), min(254, fields - 1))
    return sign(rng) | e << 23 | fraction(rng), sign(rng) | fields - e << 23 | fraction(rng)


@pytest.mark.parametrize("end", [LEAST, GREATEST])
def test_products_at_the_ends(referee, end):
    rng = random.Random(51)
    for _ in range(400):
        spread = rng.choice((0, 1, 3, 25))
        assert_matmul(referee, [factors(rng, end + rng.randint(-spread, spread)) for _ in range(rng.randint(1, 40))])


@pytest.mark.parametrize("sign", ZEROS)
def test_the_largest_products_of_one_sign_never_overflow(referee, sign):
    assert_matmul(referee, [(sign | GREATEST - 171 << 23 | 0x7FFFFF, 171 << 23 | 0x7FFFFF)] * 4_096)


def test_sums_that_leave_and_come_back(referee):
    """Words with a term that takes the sum out, calm ones, and words that cancel that term."""
    rng = random.Random(52)
    fields = (1, 2, 60, *range(LARGEST_FIELD - 1, LARGEST_FIELD + 3), 254)
    for _ in range(600):
        row: list[tuple[int, int]] = []
        for _ in range(rng.randint(1, 4)):
            huge = sign(rng) | rng.choice(fields) << 23 | fraction(rng)
            zeros = [(0, sign(rng))] * 7
            calm = [(vectors.ordinary(rng), vectors.ordinary(rng)) for _ in range(rng.choice((0, 8, 16)))]
            row += [(huge, reference.ONE), *zeros, *calm, (huge ^ reference.SIGN, reference.ONE), *zeros, *calm]
        assert_matmul(referee, row)
        assert_sum(referee, [a for a, _ in row])


def test_minus_zero_stays_until_a_term_is_not(referee):
    """The one way to a sum of -0 is a product that underflows; words of zeros may follow it."""
    underflow = (reference.SIGN | 1, 1)
    for zeros in range(20):
        for last in ((0, 0), (reference.ONE, underflow[0]), (reference.ONE, reference.ONE), (reference.INF, 0)):
            row = [underflow, *[(reference.SIGN, reference.ONE)] * zeros]
            assert_matmul(referee, row)
            assert_matmul(referee, [*row, last])
            assert_matmul(referee, [(0, reference.SIGN), *row, last, *row])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_zeros_among_the_terms(referee, share):
    """Of either sign, in either operand, beside ordinary numbers and, now and then, others."""
    rng = random.Random(54)
    rare = (vectors.small_or_large, vectors.special, vectors.subnormal)
    for _ in range(500):
        family = rng.choice((*[vectors.ordinary] * 3, *rare))
        count = 2 * rng.randint(1, 50)
        lanes = [sign(rng) if rng.random() < share else family(rng) for _ in range(count)]
        assert_matmul(referee, list(zip(lanes[::2], lanes[1::2], strict=True)))
        assert_sum(referee, lanes)


def test_sums_that_cancel_and_grow_by_many_octaves(referee):
    rng = random.Random(55)
    for _ in range(800):
        row: list[tuple[int, int]] = []
        total = 0
        for _ in range(rng.randint(1, 40)):
            octaves = rng.choice((-30, -25, -24, -23, -8, -4, -3, -2, -1, 0, 1, 2, 3, 4, 30))
            field = min(max((total >> 23 & 255) + octaves, 1), 254)
            near = sign(rng) | field << 23 | rng.choice((fraction(rng), total & reference.FRACTION))
            term = rng.choice((near, reference.sub(near, total), total ^ reference.SIGN))
            row.append((term, sign(rng) | reference.ONE))
            total = reference.fma(*row[-1], total)
        assert_matmul(referee, row)
        assert_sum(referee, [reference.mul(a, b) for a, b in row])


@pytest.mark.parametrize("octaves", range(-5, 6))
def test_a_last_step_by_octaves(referee, octaves):
    """To about a power of two, from anything: each term is rounded, so the sum is a little off.

    In the last lanes of a word, since zeros that follow would round the sum once more.
    """
    rng = random.Random(59)
    for _ in range(300):
        first = sign(rng) | 127 << 23 | fraction(rng)
        aim = sign(rng) | 127 + octaves << 23 | rng.choice(FRACTIONS)
        assert_sum(referee, [*[0] * 6, first, reference.sub(aim, first)])


@pytest.mark.parametrize("beyond", [2**31, 2**32, 2**32 + 2**31, 2**255])
def test_no_index_is_beyond_int32(referee, beyond):
    """Not even of the patterns that are equal up to a multiple of 2**32."""
    for index in (0, 5, 2**31 - 1):
        indices = [(index + beyond) % 2**32, index, index | 2**31]
        row = pack_row([reference.ONE] * 3), pack_row(indices)
        assert referee.reduce(SCATTER_ADD, index + beyond, 3, *row) == 0
        assert referee.reduce(SCATTER_ADD, index, 3, *row) == reference.scatter_add([reference.ONE] * 3, indices, index)


# --- gas --------------------------------------------------------------------


def normal(rng: random.Random) -> int:
    return reference.from_float(rng.gauss(0, 1))


def rectified(rng: random.Random) -> int:
    return reference.from_float(max(rng.gauss(0, 1), 0.0))


def zero(_: random.Random) -> int:
    return 0


def tiny(rng: random.Random) -> int:
    """Products of these are below fixed point."""
    return sign(rng) | 0x20010101 | rng.getrandbits(20)


Family = Callable[[random.Random], int]

# The operands' families, and MATMUL's gas per term, calldata included: 5 % above what was measured.
GAS: dict[tuple[Family, Family], int] = {
    (vectors.ordinary, vectors.ordinary): 383,
    (rectified, normal): 446,
    (zero, normal): 199,
    (vectors.subnormal, normal): 1_590,
    (tiny, tiny): 1_640,
}


@pytest.mark.parametrize("families", GAS, ids=lambda families: "-".join(family.__name__ for family in families))
def test_gas_per_term(referee, families):
    rng = random.Random(56)
    a, b = ([family(rng) for _ in range(1_024)] for family in families)
    used = 0
    for terms, weight in ((1_024, 1), (8, -1)):
        referee.reduce(MATMUL, 0, terms, pack_row(a[:terms]), pack_row(b[:terms]))
        used += weight * referee.gas
    assert used / 1_016 <= GAS[families]


def test_a_sum_that_came_back_is_cheap_again(referee):
    rng = random.Random(58)
    a, b = ([vectors.ordinary(rng) for _ in range(1_024)] for _ in range(2))
    a[:16] = b[:16] = [reference.ONE] * 16
    used = []
    for huge in (reference.ONE, reference.INF - 1):
        a[0], a[8] = huge, huge ^ reference.SIGN
        referee.reduce(MATMUL, 0, 1_024, pack_row(a), pack_row(b))
        used.append(referee.gas)
    assert used[1] < used[0] + 20_000


LARGEST_TRANSACTION = 2**24
"""EIP-7825."""


def test_the_dearest_row_leaves_room_in_a_transaction(referee):
    """Each product is subnormal, nearly cancels the sum, and no byte is zero."""
    row, total = dearest_row(random.Random(57), 4_096)
    a, b = (pack_row(side) for side in zip(*row, strict=True))
    assert referee.reduce(MATMUL, 0, 4_096, a, b) == total
    assert referee.gas < 0.55 * LARGEST_TRANSACTION

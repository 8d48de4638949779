"""Operands of binary32 that find faults, from fixed seeds.

`operands(count, size, seed)` mixes families: uniform bits, ordinary numbers,
subnormals, short significands (whose sums and products tie), neighbours (whose
difference cancels), products that nearly cancel an addend, and specials.
"""

import itertools
import random

from pinpoint.binary32 import reference

SIGN = reference.SIGN

POSITIVE_SPECIALS = (
    0x00000000,  # zero
    0x00000001,  # smallest subnormal
    0x00000002,
    0x00400000,
    0x007FFFFF,  # largest subnormal
    0x00800000,  # smallest normal
    0x00800001,
    0x33800000,  # 2**-24
    0x3F7FFFFF,  # just below 1
    0x3F800000,  # 1
    0x3F800001,
    0x40000000,  # 2
    0x4B800000,  # 2**24
    0x7F000000,
    0x7F7FFFFF,  # largest finite
    0x7F800000,  # infinity
    0x7F800001,  # signalling NaN
    0x7FBFFFFF,
    0x7FC00000,  # canonical NaN
    0x7FFFFFFF,  # NaN with a full payload
)
SPECIALS = POSITIVE_SPECIALS + tuple(p | SIGN for p in POSITIVE_SPECIALS)
NOT_FINITE = tuple(p for p in SPECIALS if p & reference.INF == reference.INF)

# The arguments whose exp lies nearest to a tie, found by scanning them all;
# the last three have subnormal results.
HARD_EXP = (
    0xC16912CD,
    0xBBF0EDF1,
    0xBAE0E25C,
    0x377EFF81,
    0xC2B2E798,
    0xC2B27DD9,
    0xC2B43FB7,
)
# Around the ends of the range: overflow, subnormals, underflow, result 1.
EDGE_EXP = tuple(
    edge + step
    for edge in (0x42B17218, 0x42B20000, 0xC2AEAC50, 0xC2CFF1B4, 0xC2D00000)
    for step in range(-2, 3)
) + tuple(
    edge + step
    for edge in (0x33000000, 0x33800000, 0xB2800000, 0xB3000000, 0x32800000)
    for step in range(-2, 3)
)
HARD_LOG = (0x65D890D3, 0x4C5D65A5, 0x4D604EBE, 0x66A8C860, 0x1F116AB8)
# Around 1, around the square root of 2, and at the ends.
EDGE_LOG = tuple(
    edge + step
    for edge in (0x3F800000, 0x3FB504F3, 0x3F3504F3, 0x00800000, 0x7F7FFFFD)
    for step in range(-2, 3)
)
# Of the functions below both signs are as hard, or only one is in the domain.
HARD_TANH = (
    0x3AC37DE2,
    0x3EEE0566,
    0x3CD41B91,
    0x40ACB4D0,
    0x40C5E8CA,
    0x3D7C3055,
    0x3C96AE2E,
    0x40A6EF82,
    0x3F20B67F,
    0x3FF8BC7E,
    0x4013CD84,
)
# Around the last that equals its tanh, 2**-12, the first whose tanh rounds to 1, and 10.
EDGE_TANH = tuple(
    edge + step for edge in (0x39B89BA2, 0x39800000, 0x41102CB4, 0x41200000) for step in range(-2, 3)
)
# The first lies 2**-32.6 units in the last place from its tie, the others at least
# 2**-27.7; the small ones are all but multiplied, and the last three are subnormal.
HARD_ERF = (
    0x3940EAD6,
    0x39C0057D,
    0x358E9D2D,
    0x36AEA466,
    0x312A320C,
    0x00AA320C,
    0x3B25A39D,
    0x3F043A75,
    0x3C7C9E9F,
    0x000238E3,
    0x0006AAA9,
    0x007DC050,
)
# Around the first whose erf rounds to 1, 4, 1 and the first whose erf is normal; the smallest of all.
EDGE_ERF = tuple(
    edge + step for edge in (0x407AD445, 0x40800000, 0x3F800000, 0x00716FE2) for step in range(-2, 3)
) + tuple(range(3, 12))
HARD_RSQRT = (
    0x3F3A18E3,
    0x403A18E3,
    0x3F09F038,
    0x4009F038,
    0x3F7FFFFE,
    0x3FBA2A39,
    0x3FD2208F,
    0x3FED3230,
    0x7E3A18E3,
    0x013A18E3,
)
# Around powers of two, of which every other has an exact root, subnormals among them.
EDGE_RSQRT = tuple(
    edge + step
    for edge in (0x40800000, 0x40000000, 0x00800000, 0x01000000, 0x00400000, 0x00200000, 0x00000010)
    for step in range(-2, 3)
)
# n + 1/2 and its neighbours where an integer's range ends and around zero, and the ends.
HALVES = tuple(
    reference.from_float(whole + 0.5) + step
    for whole in (0, 1, 2, 126, 127, 128, 129, 2**22 - 1, 2**23 - 1)
    for step in (-1, 0, 1)
)
EDGE_TO_INT = HALVES + tuple(
    edge + step for edge in (0x42FE0000, 0x43000000, 0x4B000000, 0x4F000000) for step in (-1, 0, 1)
)
HARD_UNARY = (
    HARD_EXP
    + EDGE_EXP
    + HARD_LOG
    + EDGE_LOG
    + tuple(
        argument | sign
        for argument in HARD_TANH + EDGE_TANH + HARD_ERF + EDGE_ERF + HARD_RSQRT + EDGE_RSQRT + EDGE_TO_INT
        for sign in (0, SIGN)
    )
)
# int32 patterns: the ends of int8 and int32, and ties of the conversion to binary32 and their neighbours.
INTEGERS = tuple(
    value % 2**32
    for magnitudes in (
        (0, 1, 127, 128, 129, 255),
        (2**24, 2**24 + 1, 2**24 + 3, 2**25 + 2, 2**25 + 6),
        (2**31 - 193, 2**31 - 192, 2**31 - 65, 2**31 - 64, 2**31 - 1, 2**31),
    )
    for magnitude in magnitudes
    for value in (magnitude, -magnitude)
)


def operands(count: int, size: int, seed: int) -> list[tuple[int, ...]]:
    """`count` tuples of `size` patterns, after all tuples of specials."""
    rng = random.Random(seed)
    if size == 1:
        fixed = [(p,) for p in SPECIALS + HARD_UNARY]
    elif size == 2:
        fixed = list(itertools.product(SPECIALS, repeat=2))
    else:
        fixed = [tuple(rng.choice(SPECIALS) for _ in range(size)) for _ in range(count // 4)]
    return fixed + [_tuple(rng, size) for _ in range(count)]


def integers(count: int, seed: int) -> list[tuple[int]]:
    """`count` int32 patterns as tuples of one, after all of INTEGERS."""
    rng = random.Random(seed)
    return [(value,) for value in INTEGERS] + [(integer(rng),) for _ in range(count)]


def tight_row(rng: random.Random, terms: int) -> list[tuple[int, int]]:
    """Factors whose products stay near the running sum, or cancel it.

    Keeps the sum of a dot product where its steps are delicate: ties, lost
    leading bits, exponents far apart, both ends of the range, and sometimes
    a zero or subnormal made to matter by a huge factor, or an infinity or
    NaN that would pass for a large number times a tiny one.
    """
    row = []
    total = 0
    for _ in range(terms):
        a = rng.choice((ordinary, short))(rng)
        b = reference.div(total, a)
        if rng.random() < 0.2 or not 0 < b >> 23 & 255 < 255:
            b = rng.choice((ordinary, short, small_or_large))(rng)
        else:
            b = _nudged(rng, b)
        if rng.random() < 0.04:
            a, b = rng.sample((_pack(rng, rng.randint(230, 254), 0), subnormal(rng)), 2)
        elif rng.random() < 0.01:
            a, b = rng.sample((_pack(rng, rng.randint(1, 30), 0), rng.choice(NOT_FINITE)), 2)
        row.append((a, b))
        total = reference.fma(a, b, total)
    return row


def uniform(rng: random.Random) -> int:
    """Any pattern."""
    return rng.getrandbits(32)


def ordinary(rng: random.Random) -> int:
    """A number between 2**-16 and 2**16."""
    return _pack(rng, rng.randint(111, 142), rng.getrandbits(23))


def subnormal(rng: random.Random) -> int:
    """A subnormal of any length, or zero."""
    return _pack(rng, 0, rng.getrandbits(rng.randint(1, 23)))


def short(rng: random.Random) -> int:
    """A number with few significant bits, of moderate size."""
    kept = rng.randint(0, 12)
    fraction = rng.getrandbits(23) >> 23 - kept << 23 - kept
    return _pack(rng, rng.randint(115, 140), fraction)


def special(rng: random.Random) -> int:
    """One of SPECIALS."""
    return rng.choice(SPECIALS)


def small_or_large(rng: random.Random) -> int:
    """A normal number near one end of the exponents' range."""
    exponent = rng.choice((rng.randint(1, 30), rng.randint(225, 254)))
    return _pack(rng, exponent, rng.getrandbits(23))


def integer(rng: random.Random) -> int:
    """An int32 pattern of any length, often a tie of binary32 or just off it."""
    length = rng.randint(1, 31)
    value = rng.getrandbits(length)
    if length > 24 and rng.random() < 0.7:
        half = 1 << length - 25
        value = (value // half | 1) * half + rng.choice((-1, 0, 0, 1))
    return (value if rng.random() < 0.5 else -value) % 2**32


def near_integer(rng: random.Random) -> int:
    """A number at or next to n or n + 1/2, often near the end of int8 or int32."""
    whole = rng.choice((rng.randint(0, 260), rng.randint(0, 2**22), rng.randint(2**31 - 300, 2**31 + 300)))
    pattern = reference.from_float(whole + rng.choice((0, 0.5)))
    return max(pattern + rng.choice((-1, 0, 0, 1)), 0) | rng.getrandbits(1) << 31


FAMILIES = (uniform, ordinary, subnormal, short, special, small_or_large)


def _pack(rng: random.Random, exponent: int, fraction: int) -> int:
    return rng.getrandbits(1) << 31 | exponent << 23 | fraction


def _tuple(rng: random.Random, size: int) -> tuple[int, ...]:
    family = rng.choice(FAMILIES)
    mixed = rng.random() < 0.3
    values = [(rng.choice(FAMILIES) if mixed else family)(rng) for _ in range(size)]
    if size >= 2 and rng.random() < 0.3:
        values[-1] = _related(rng, values[:-1])
    return tuple(values)


def _related(rng: random.Random, values: list[int]) -> int:
    """A neighbour of the values' product, or a power of two off it."""
    target = values[0]
    for value in values[1:]:
        target = reference.mul(target, value)
    return _nudged(rng, target)


def _nudged(rng: random.Random, target: int) -> int:
    """A neighbour of a number, or one some octaves away, of either sign."""
    step = rng.choice((0, 0, 1, -1, rng.randint(-64, 64)))
    octaves = rng.choice((0, 0, 0, 1, -1, 2, 24, 25, 26, -24, -25, -26, 80, -110))
    flip = rng.choice((0, SIGN, SIGN))
    return (target + step + (octaves << 23) ^ flip) % 2**32

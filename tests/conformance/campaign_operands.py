"""Operands of binary32 that find faults, in bulk: `tests/vectors.py`'s families in NumPy.

All functions take a generator and yield uint32 patterns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests import vectors

Words = NDArray[np.uint32]
Family = Callable[[Generator, int], Words]

SIGN = np.uint32(0x80000000)
EXPONENT = np.uint32(0x7F800000)
SPECIALS = np.array(vectors.SPECIALS, np.uint32)
UNARY = np.array([*vectors.SPECIALS, *vectors.HARD_UNARY, *vectors.INTEGERS], np.uint32)

EVERY = 8
"""One case in so many is a tuple of specials, each of them in turn."""


def operands(rng: Generator, count: int, size: int, first: int = 0) -> list[Words]:
    """`size` operands of `count` cases, (count,) each.

    Random bits, ordinary numbers, subnormals, few significant bits (whose sums and products tie), both ends of the
    range, results at the ends of the range, neighbours, near multiples and ties of what precedes; and tuples of
    specials, from number `first` on.
    """
    columns = _columns(rng, count, size, FAMILIES + UNARY_FAMILIES if size == 1 else FAMILIES)
    if size > 1:
        some = rng.random(count) < 0.3
        columns[1][some] = _at_the_ends(rng, columns[0][some], columns[1][some])
        some = rng.random(count) < 0.4
        columns[-1][some] = _related(rng, [column[some] for column in columns[:-1]])
    specials = UNARY if size == 1 else SPECIALS
    places = np.arange(0, count, EVERY)
    chosen = np.unravel_index((first + np.arange(len(places))) % len(specials) ** size, (len(specials),) * size)
    for column, which in zip(columns, chosen, strict=True):
        column[places] = specials[which]
    return columns


def integers(rng: Generator, count: int) -> Words:
    """int32 of any length, half of the long ones at or next to a tie of binary32."""
    length = rng.integers(1, 32, count)
    value = rng.integers(0, 2**31, count) >> 31 - length
    half = np.left_shift(1, np.maximum(length - 25, 0))
    tied = (value // half | 1) * half + rng.integers(-1, 2, count)
    value = np.where(rng.random(count) < 0.5, value, tied)
    return _words(value * rng.choice((-1, 1), count))


def uniform(rng: Generator, count: int) -> Words:
    """Any pattern."""
    return rng.integers(0, 2**32, count, dtype=np.uint32)


def ordinary(rng: Generator, count: int) -> Words:
    """Numbers between 2**-16 and 2**16."""
    return _pattern(rng, rng.integers(111, 143, count), _fraction(rng, count))


def subnormal(rng: Generator, count: int) -> Words:
    """Subnormals of any length, and zeros."""
    return _pattern(rng, np.zeros(count, np.int64), _fraction(rng, count) >> rng.integers(0, 24, count))


def short(rng: Generator, count: int) -> Words:
    """Few significant bits, of moderate size."""
    dropped = rng.integers(11, 24, count)
    return _pattern(rng, rng.integers(115, 141, count), _fraction(rng, count) >> dropped << dropped)


def special(rng: Generator, count: int) -> Words:
    """Zeros, infinities, NaNs, ends of ranges."""
    return rng.choice(SPECIALS, count)


def extreme(rng: Generator, count: int) -> Words:
    """Normal numbers near one end of the exponents' range."""
    exponent = np.where(rng.random(count) < 0.5, rng.integers(1, 31, count), rng.integers(225, 255, count))
    return _pattern(rng, exponent, _fraction(rng, count))


def bend(rng: Generator, count: int) -> Words:
    """Every octave from 2**-40 to 2**8, where functions are neither lines nor constants."""
    return _pattern(rng, rng.integers(87, 136, count), _fraction(rng, count))


def near_one(rng: Generator, count: int) -> Words:
    """Within 2**12 units in the last place of 1, and nearer."""
    step = rng.integers(1, 2**12, count) >> rng.integers(0, 12, count)
    return _words(0x3F800000 + step * rng.choice((-1, 1), count))


def near_integer(rng: Generator, count: int) -> Words:
    """At or next to n or n + 1/2."""
    value = (rng.integers(0, 2**32, count) >> rng.integers(0, 32, count)) + rng.choice((0, 0.5), count)
    step = np.where(value == 0, 1, rng.integers(-1, 2, count))
    return _signed(rng, value.astype(np.float32).view(np.uint32).astype(np.int64) + step)


def square(rng: Generator, count: int) -> Words:
    """At or next to the square of a number of 12 bits, of any size; positive."""
    root = _pattern(rng, rng.integers(66, 188, count), _fraction(rng, count) >> 12 << 12).view(np.float32)
    squared = (root * root).view(np.uint32).astype(np.int64)
    return _words(squared + rng.integers(-1, 2, count))


FAMILIES: tuple[Family, ...] = (uniform, ordinary, subnormal, short, special, extreme)
UNARY_FAMILIES: tuple[Family, ...] = (bend, bend, near_one, near_integer, square, integers)


def of_families(rng: Generator, which: NDArray[np.int64], families: Sequence[Family]) -> Words:
    """A pattern of the family that each entry names; shaped as `which`."""
    drawn: Words = np.stack([family(rng, which.size) for family in families])
    chosen: Words = drawn[which.ravel(), np.arange(which.size)].reshape(which.shape)
    return chosen


def _columns(rng: Generator, count: int, size: int, families: Sequence[Family]) -> list[Words]:
    """Mostly all operands of a case are of one family."""
    one, own = rng.integers(len(families), size=count), rng.integers(len(families), size=(size, count))
    mixed = rng.random(count) < 0.3
    return [of_families(rng, np.where(mixed, which, one), families) for which in own]


def near(rng: Generator, target: Words) -> Words:
    """Neighbours of numbers, their powers of two alone, or some octaves away from either, of either sign."""
    count = len(target)
    step = np.where(rng.random(count) < 0.2, rng.integers(-64, 65, count), rng.integers(-1, 2, count))
    octaves = rng.choice(np.array([0] * 6 + [1, -1, 2, 23, 24, 25, 26, -23, -24, -25, -26, 80, -110]), count)
    kept = np.where(rng.random(count) < 0.3, target & (SIGN | EXPONENT), target)
    moved = kept.astype(np.int64) + step + (octaves << 23)
    return _signed(rng, moved)


def _at_the_ends(rng: Generator, a: Words, b: Words) -> Words:
    """b with an exponent for which a * b or a / b is at either end of the range."""
    ends = np.where(rng.random(len(a)) < 0.7, rng.integers(-26, 4, len(a)), rng.integers(252, 258, len(a)))
    exponent = (a >> 23 & 0xFF).astype(np.int64)
    wanted = np.where(rng.random(len(a)) < 0.5, ends + 127 - exponent, exponent + 127 - ends)
    return b & ~EXPONENT | _words(np.clip(wanted, 0, 254) << 23)


def _related(rng: Generator, before: Sequence[Words]) -> Words:
    """Near the first, or near the first two's product."""
    target = before[0]
    if len(before) > 1:
        with np.errstate(all="ignore"):
            target = (target.view(np.float32) * before[1].view(np.float32)).view(np.uint32)
    return near(rng, target)


def _fraction(rng: Generator, count: int) -> NDArray[np.int64]:
    return rng.integers(0, 2**23, count)


def _pattern(rng: Generator, exponent: NDArray[np.int64], fraction: NDArray[np.int64]) -> Words:
    return _signed(rng, exponent << 23 | fraction)


def _signed(rng: Generator, patterns: NDArray[np.int64]) -> Words:
    return _words(patterns ^ rng.integers(0, 2, len(patterns)) << 31)


def _words(patterns: NDArray[np.int64]) -> Words:
    """Modulo 2**32."""
    return patterns.astype(np.uint32)

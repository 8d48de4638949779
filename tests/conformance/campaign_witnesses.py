"""Who is right: Berkeley SoftFloat 3e and MPFR, neither of which shares a line with this project.

A witness takes (count,) uint32 patterns and yields as many. Its NaNs are the canonical one: which NaN is ours to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gmpy2
import numpy as np
import softfloatpy
from numpy.typing import NDArray
from softfloatpy import Float32

Words = NDArray[np.uint32]
Witness = Callable[..., Words]

NAN, INF, ONE = np.uint32(0x7FC00000), np.uint32(0x7F800000), np.uint32(0x3F800000)
SIGN, MAGNITUDE = np.uint32(0x80000000), np.uint32(0x7FFFFFFF)


def softfloat(function: Callable[..., Float32]) -> Witness:
    """Of a function from Float32 to Float32."""

    def witness(*columns: Words) -> Words:
        results = b"".join(map(Float32.to_bytes, map(function, *map(_softfloats, columns))))
        return _canonical(np.frombuffer(results, ">u4").astype(np.uint32))

    return witness


def predicate(holds: Callable[[Float32, Float32], bool]) -> Witness:
    """1.0 where it holds, else +0."""

    def witness(a: Words, b: Words) -> Words:
        return np.where(_holds(holds, a, b), ONE, np.uint32(0))

    return witness


def maximum(a: Words, b: Words) -> Words:
    """The larger by SoftFloat's order. Equal numbers have equal bits, or are zeros, of which +0 is larger."""
    larger = np.where(_holds(softfloatpy.f32_lt_quiet, a, b), b, a)
    return _ordered(a, b, np.where(_holds(softfloatpy.f32_eq, a, b), a & b, larger))


def minimum(a: Words, b: Words) -> Words:
    """The smaller by SoftFloat's order; of zeros -0."""
    smaller = np.where(_holds(softfloatpy.f32_lt_quiet, a, b), a, b)
    return _ordered(a, b, np.where(_holds(softfloatpy.f32_eq, a, b), a | b, smaller))


def absolute(a: Words) -> Words:
    """By its bits."""
    return _canonical(a & MAGNITUDE)


def select(a: Words, b: Words, c: Words) -> Words:
    """By SoftFloat's equality with zero, which NaN has not."""
    return np.where(_holds(softfloatpy.f32_eq, a, np.zeros_like(a)), c, b)


def mpfr(function: Callable[[gmpy2.mpfr], gmpy2.mpfr]) -> Witness:
    """Of a function that MPFR rounds correctly: to 24 bits or, where the result is subnormal, fewer."""

    def witness(a: Words) -> Words:
        with gmpy2.context(gmpy2.ieee(32)):
            return _words([float(function(gmpy2.mpfr(value))) for value in _floats(a)])

    return witness


def rsqrt(a: Words) -> Words:
    """MPFR's root of -0 is +inf, IEEE 754's -inf."""
    return np.where(a == SIGN, SIGN | INF, mpfr(gmpy2.rec_sqrt)(a))


def to_int(bits: int) -> Witness:
    """The nearest integer of so many bits, ties to even, as int32; 0 for NaN."""
    limit = 1 << bits - 1

    def nearest(value: float) -> int:
        if value != value:
            return 0
        within = gmpy2.rint(gmpy2.mpfr(min(max(value, -2.0 * limit), 2.0 * limit)))
        return min(max(int(within), -limit), limit - 1)

    def witness(a: Words) -> Words:
        with gmpy2.context(gmpy2.ieee(64)):
            return np.array([nearest(value) for value in _floats(a)], np.int64).astype(np.uint32)

    return witness


def to_float(a: Words) -> Words:
    """The binary32 number nearest to an int32."""
    with gmpy2.context(gmpy2.ieee(32)):
        return _words([float(gmpy2.mpfr(integer)) for integer in a.view(np.int32).tolist()])


def _softfloats(column: Words) -> list[Float32]:
    quads: list[bytes] = column.astype(">u4").view("V4").tolist()
    return list(map(Float32.from_bytes, quads))


def _holds(relation: Callable[[Float32, Float32], bool], a: Words, b: Words) -> NDArray[np.bool_]:
    return np.fromiter(map(relation, _softfloats(a), _softfloats(b)), bool, len(a))


def _ordered(a: Words, b: Words, result: Words) -> Words:
    return np.where(_is_nan(a) | _is_nan(b), NAN, result)


def _floats(a: Words) -> list[float]:
    with np.errstate(invalid="ignore"):
        values: list[float] = a.view(np.float32).astype(np.float64).tolist()
    return values


def _words(values: list[float]) -> Words:
    """Of binary32 numbers."""
    return _canonical(np.array(values, np.float64).astype(np.float32).view(np.uint32))


def _canonical(a: Words) -> Words:
    return np.where(_is_nan(a), NAN, a)


def _is_nan(a: Words) -> NDArray[Any]:
    return (a & MAGNITUDE) > INF

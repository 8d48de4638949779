# pragma version 0.4.3
"""
@title The referee's arithmetic, for lemmas
@license AGPL-3.0-only
"""

from libraries import binary32
from libraries import casts
from libraries import roots


@external
@pure
def add(a: uint256, b: uint256) -> uint256:
    return binary32.add(a, b)


@external
@pure
def sub(a: uint256, b: uint256) -> uint256:
    return binary32.sub(a, b)


@external
@pure
def mul(a: uint256, b: uint256) -> uint256:
    return binary32.mul(a, b)


@external
@pure
def div(a: uint256, b: uint256) -> uint256:
    return binary32.div(a, b)


@external
@pure
def fma(a: uint256, b: uint256, c: uint256) -> uint256:
    return binary32.fma(a, b, c)


@external
@pure
def neg(a: uint256) -> uint256:
    return binary32.neg(a)


@external
@pure
def absolute(a: uint256) -> uint256:
    return binary32.absolute(a)


@external
@pure
def maximum(a: uint256, b: uint256) -> uint256:
    return binary32.maximum(a, b)


@external
@pure
def minimum(a: uint256, b: uint256) -> uint256:
    return binary32.minimum(a, b)


@external
@pure
def compare(a: uint256, b: uint256, predicate: uint256) -> uint256:
    return binary32.compare(a, b, predicate)


@external
@pure
def select(a: uint256, b: uint256, c: uint256) -> uint256:
    return binary32.select(a, b, c)


@external
@pure
def to_int(a: uint256, kind: uint256) -> uint256:
    return casts.to_int(a, kind)


@external
@pure
def to_float(a: uint256) -> uint256:
    return casts.to_float(a)


@external
@pure
def sqrt(a: uint256) -> uint256:
    return roots.sqrt(a)


@external
@pure
def rsqrt(a: uint256) -> uint256:
    return roots.rsqrt(a)

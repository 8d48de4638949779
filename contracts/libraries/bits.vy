# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title bits
@license AGPL-3.0-only
@notice The fields of a binary32 pattern, and rounding to one.
@dev A finite pattern with exponent field E stands for
     significand * 2**(max(E, 1) - 150). A result with significand q <= 2**24
     and field E >= 1 is the pattern ((E - 1) << 23) + q: the hidden bit, a
     carry out of rounding, and (at E = 1) subnormals need no case.

     `unsafe_*` throughout: significands are shifted by bounded amounts and
     exponents are small, so nothing reaches 2**256; where a difference may be
     negative it says so.
"""

NAN: constant(uint256) = 2143289344  # 0x7fc00000
INFINITY: constant(uint256) = 2139095040  # 0x7f800000
LANE: constant(uint256) = 4294967295  # 32 bits
UNIT: constant(uint256) = 1  # `1 << x` would take another type
ONE: constant(uint256) = 1065353216  # 0x3f800000
SIGN: constant(uint256) = 2147483648  # 0x80000000
MAGNITUDE: constant(uint256) = 2147483647  # 0x7fffffff
FRACTION: constant(uint256) = 8388607  # 0x007fffff
HIDDEN: constant(uint256) = 8388608  # 0x00800000


@internal
@pure
def nearest(
    sign: uint256, m: uint256, e: uint256, excess: uint256
) -> uint256:
    """
    @dev The pattern nearest to m * 2**(e - 300), ties to even, where m has
         24 + excess bits, excess > 0, and e is not negative.
    """
    drop: uint256 = excess
    if unsafe_add(e, drop) < 151:
        drop = unsafe_sub(151, e)  # subnormal
    half: uint256 = unsafe_sub(UNIT << unsafe_sub(drop, 1), 1)
    q: uint256 = unsafe_add(m, unsafe_add(half, (m >> drop) & 1)) >> drop
    q = unsafe_add(unsafe_sub(unsafe_add(e, drop), 151) << 23, q)
    return sign | (q if q < INFINITY else INFINITY)


@internal
@pure
def nearest_of_any(sign: uint256, m: uint256, e: uint256) -> uint256:
    """
    @dev As nearest, for any m from 1 to 2**250.
    """
    if m < 16777216:
        if e > 150:
            return self.exact(sign, m, unsafe_sub(e, 150))
        return self.nearest(sign, m, e, 1)  # subnormal whatever the excess
    top: uint256 = 0
    if m >> 128 != 0:
        top = 128
    if m >> unsafe_add(top, 64) != 0:
        top = unsafe_add(top, 64)
    if m >> unsafe_add(top, 32) != 0:
        top = unsafe_add(top, 32)
    top = unsafe_add(top, self.top_bit(m >> top))
    return self.nearest(sign, m, e, unsafe_sub(top, 23))


@internal
@pure
def exact(sign: uint256, m: uint256, exponent: uint256) -> uint256:
    """
    @dev The pattern of m * 2**(exponent - 150), exact, for m < 2**24 and
         exponent >= 1; +0 for m = 0.
    """
    if m == 0:
        return 0
    places: uint256 = min(
        unsafe_sub(23, self.top_bit(m)), unsafe_sub(exponent, 1)
    )
    return sign | unsafe_add(
        unsafe_sub(unsafe_sub(exponent, 1), places) << 23, m << places
    )


@internal
@pure
def top_bit(m: uint256) -> uint256:
    """
    @dev The index of the top bit of m, from 1 to 2**32 - 1.
    """
    top: uint256 = convert(m > 65535, uint256) << 4
    top = top | (convert(m >> top > 255, uint256) << 3)
    top = top | (convert(m >> top > 15, uint256) << 2)
    # What is left is below 16; two bits for each of its values, from a table.
    return top | ((4294945360 >> ((m >> top) << 1)) & 3)


@internal
@pure
def significand(a: uint256) -> uint256:
    return (a & FRACTION) | (HIDDEN if a & INFINITY != 0 else 0)

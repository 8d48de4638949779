# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title casts
@license AGPL-3.0-only
@notice Between binary32 patterns and two's complement of 32 bits. Neither cast
        reverts on any pattern.
@dev Significands, exponents and rounding as in bits.vy. `unsafe_*` throughout,
     for the reasons given in binary32.vy; one difference wraps on purpose.
"""

from . import bits

INT8: constant(uint256) = 1  # attribute of to_int


@internal
@pure
def to_int(a: uint256, kind: uint256) -> uint256:
    """
    @notice The nearest integer, ties to even, that int8 (kind 1) or else
            int32 holds; 0 for NaN
    """
    field: uint256 = (a >> 23) & 255
    if field < 126:  # |a| < 1 / 2
        return 0
    limit: uint256 = bits.SIGN
    if kind == INT8:
        limit = 128
    q: uint256 = bits.SIGN
    if field < 150:
        # From 1 to 24 bits to drop.
        drop: uint256 = unsafe_sub(150, field)
        q = (a & bits.FRACTION) | bits.HIDDEN
        q = unsafe_add(
            unsafe_add(q, unsafe_sub(bits.UNIT << unsafe_sub(drop, 1), 1)),
            (q >> drop) & 1,
        ) >> drop
    elif field < 158:  # |a| < 2**31
        q = ((a & bits.FRACTION) | bits.HIDDEN) << unsafe_sub(field, 150)
    elif a & bits.MAGNITUDE > bits.INFINITY:
        return 0
    if a < bits.SIGN:
        return min(q, unsafe_sub(limit, 1))
    return unsafe_sub(0, min(q, limit)) & bits.LANE  # wraps


@internal
@pure
def to_float(a: uint256) -> uint256:
    """
    @notice The pattern nearest to an int32
    """
    if a == 0:
        return 0
    sign: uint256 = a & bits.SIGN
    m: uint256 = a
    if sign != 0:
        m = unsafe_sub(4294967296, a)
    top: uint256 = bits.top_bit(m)
    # A significand of 32 bits, of which eight are to be dropped.
    m = m << unsafe_sub(31, top)
    m = unsafe_add(m, unsafe_add(127, (m >> 8) & 1)) >> 8
    return sign | unsafe_add(unsafe_add(126, top) << 23, m)

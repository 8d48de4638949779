# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title dot_product
@license AGPL-3.0-only
@notice Running sums that are rounded to binary32 at every step. Reverts on no
        operands.
@dev A *running sum* is an integer in units of 2**-150, below 2**254, of either
     sign. Rounding leaves the 24 bits from `drop` to `top`, its highest.
     drop is at least 1, a last place of 2**-149: so subnormals need no case.

     `unsafe_*` throughout, for the reasons given in bits.vy.
"""

from . import binary32
from . import bits

# The running sum's least `top`: a last place of 2**-149.
LEAST_TOP: constant(uint256) = 24
# The top bit of each number below 64, four bits for each.
TOPS: constant(uint256) = (
    38597363079105398474523661669562635951067309397418792115587073245870391693568
)


@internal
@pure
def dot(
    start: uint256, lanes: uint256, a: uint256, b: uint256
) -> uint256:
    """
    @notice fma(a[0], b[0], start), then fma(a[1], b[1], that) ..., over the
            first lanes, at most 8, of two words of any patterns
    """
    result: uint256 = start
    offset: uint256 = 256
    for i: uint256 in range(lanes, bound=8):
        offset = unsafe_sub(offset, 32)  # at most eight times
        result = binary32.fma(
            (a >> offset) & bits.LANE, (b >> offset) & bits.LANE, result
        )
    return result


@internal
@pure
def top(total: int256, near: uint256) -> uint256:
    """
    @notice The top of a running sum that is yet to be rounded
    @dev That of -2**n is n - 1, which suits as well: nothing is dropped.
    @param total The running sum
    @param near A guess, at least LEAST_TOP; two above or three below is
           found quickly
    """
    # Flipping the bits of a negative one takes 1 from its magnitude.
    m: uint256 = (
        convert(convert(total ^ (total >> 255), bytes32), uint256)
        | 2**LEAST_TOP
    )
    q: uint256 = m >> unsafe_sub(near, 3)
    if unsafe_sub(q, 1) < 63:  # wraps
        return unsafe_add(unsafe_sub(near, 3), (TOPS >> (q << 2)) & 15)
    result: uint256 = 0
    if m >> 128 != 0:
        result = 128
    if m >> unsafe_add(result, 64) != 0:
        result = unsafe_add(result, 64)
    if m >> unsafe_add(result, 32) != 0:
        result = unsafe_add(result, 32)
    return unsafe_add(result, bits.top_bit(m >> result))


@internal
@pure
def pattern(total: int256, drop: uint256) -> uint256:
    """
    @notice The binary32 pattern of a rounded running sum
    """
    # A carry out of rounding has made 2**24 of the significand: no harm.
    if total < 0:
        return bits.SIGN | unsafe_add(
            unsafe_sub(drop, 1) << 23,
            convert(unsafe_sub(0, total), uint256) >> drop,
        )
    return unsafe_add(
        unsafe_sub(drop, 1) << 23, convert(total, uint256) >> drop
    )

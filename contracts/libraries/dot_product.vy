# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title dot_product
@license AGPL-3.0-only
@notice Sequential fused multiply-add over the lanes of two words. Reverts on
        no operands.
@dev Significands, exponents and rounding as in bits.vy. `unsafe_*` throughout,
     for the reasons given there.
"""

from . import binary32
from . import bits

# One in each of the eight lanes, and patterns of bits.vy in each.
EACH: constant(uint256) = (
    26959946673427741531515197488526605382048662297355296634326893985793
)
SIGNS: constant(uint256) = EACH * bits.SIGN
FIELDS: constant(uint256) = EACH * bits.INFINITY
HIDDENS: constant(uint256) = EACH * bits.HIDDEN


@internal
@pure
def dot(
    start: uint256, lanes: uint256, a: uint256, b: uint256
) -> uint256:
    """
    @notice fma(a[0], b[0], start), then fma(a[1], b[1], that) ..., over the
            first lanes, at most 8, of two words
    """
    if lanes == 8:
        quick: uint256 = self._dot_normal(start, a, b)
        if quick != 0:
            return quick
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
def _dot_normal(start: uint256, a: uint256, b: uint256) -> uint256:
    """
    @dev dot over eight lanes, at half its price, if start, all lanes and all
         intermediate results are normal and not too far apart, else 0.
    """
    # The largest fraction added to a field other than 0 carries into the
    # sign's place; 1 added to the field carries only from 255.
    x: uint256 = a & FIELDS
    y: uint256 = b & FIELDS
    if (
        unsafe_add(x, FIELDS) & unsafe_add(y, FIELDS) & SIGNS != SIGNS
        or (unsafe_add(x, HIDDENS) | unsafe_add(y, HIDDENS)) & SIGNS != 0
    ):
        return 0
    # The accumulator is n * 2**(g - 300), n from 2**23 to 2**24.
    g: uint256 = (start >> 23) & 255
    if unsafe_sub(g, 1) > 253:  # wraps
        return 0
    g = unsafe_add(g, 150)
    n: uint256 = (start & bits.FRACTION) | bits.HIDDEN
    sign: uint256 = start & bits.SIGN
    offset: uint256 = 256
    for i: uint256 in range(8):
        offset = unsafe_sub(offset, 32)
        # Above their 32 bits x and y hold the lanes before.
        x = a >> offset
        y = b >> offset
        # The product is m * 2**(e - 300), the accumulator
        # (n << gap) * 2**(e - 300); e from 128 less than 2 to 380, wrapped.
        m: uint256 = unsafe_mul(
            (x & bits.FRACTION) | bits.HIDDEN, (y & bits.FRACTION) | bits.HIDDEN
        ) << 128
        e: uint256 = unsafe_sub(
            unsafe_add((x >> 23) & 255, (y >> 23) & 255), 128
        )
        gap: uint256 = unsafe_sub(g, e)
        if gap > 230:  # or wrapped; n << 230 stays below 2**255
            return 0
        if (x ^ y) & bits.SIGN == sign:
            m = unsafe_add(m, n << gap)
        else:
            m = unsafe_sub(n << gap, m)
            if m >> 255 != 0:  # wrapped
                m = unsafe_sub(0, m)
                sign = sign ^ bits.SIGN
        # The top bit of m is bit drop + 23, or one or two above, or below.
        drop: uint256 = max(gap, 151)
        y = m >> unsafe_add(drop, 23)
        if y == 0:
            y = m >> unsafe_sub(drop, 8)
            if y == 0:  # cancelled nearly or wholly
                return 0
            drop = unsafe_add(unsafe_sub(drop, 31), bits.top_bit(y))
        elif y > 1:
            drop = unsafe_add(drop, 2 if y > 3 else 1)
        g = unsafe_add(e, drop)
        if unsafe_sub(g, 151) > 252:  # subnormal (wraps), or too large
            return 0
        # To nearest even. It may carry n to 2**24, which does no harm.
        n = unsafe_add(
            unsafe_add(m, unsafe_sub(bits.UNIT << unsafe_sub(drop, 1), 1)),
            (m >> drop) & 1,
        ) >> drop
    return sign | unsafe_add(unsafe_sub(g, 151) << 23, n)

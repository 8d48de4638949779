# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title roots
@license AGPL-3.0-only
@notice The square root of binary32 patterns and its reciprocal, correctly
        rounded. Neither reverts on any pattern.
@dev Significands, exponents and rounding as in bits.vy. Integers decide each
     rounding, none is a tie: the square of a tie of 25 bits, an odd number,
     has more than 24, and times an integer it is never a power of two.

     `unsafe_*` throughout, for the reasons given in binary32.vy.
"""

from . import bits


@internal
@pure
def sqrt(a: uint256) -> uint256:
    """
    @notice The square root; that of -0 is -0
    """
    e: uint256 = a >> 23
    m: uint256 = (a & bits.FRACTION) | bits.HIDDEN
    # The difference wraps for zeros and subnormals.
    if unsafe_sub(e, 1) > 253:
        if a & bits.MAGNITUDE == 0 or a == bits.INFINITY:
            return a
        if e != 0:  # NaN, or negative
            return bits.NAN
        e = unsafe_sub(23, bits.top_bit(a))
        m = a << e
        e = unsafe_sub(1, e)  # down to -22, wrapped
    # a = m * 2**(e - 150). With n = m << s such that e - 150 - s is even, n
    # is from 2**50 to 2**52.
    s: uint256 = unsafe_sub(28, e & 1)
    return self._pattern(
        unsafe_sub(unsafe_add(e, 154), s), self._root(m << s)
    )


@internal
@pure
def rsqrt(a: uint256) -> uint256:
    """
    @notice The square root's reciprocal; that of -0 is -infinity
    """
    e: uint256 = a >> 23
    m: uint256 = (a & bits.FRACTION) | bits.HIDDEN
    # The difference wraps for zeros and subnormals.
    if unsafe_sub(e, 1) > 253:
        if a & bits.MAGNITUDE == 0:
            return a | bits.INFINITY
        if a == bits.INFINITY:
            return 0
        if e != 0:  # NaN, or negative
            return bits.NAN
        e = unsafe_sub(23, bits.top_bit(a))
        m = a << e
        e = unsafe_sub(1, e)  # down to -22, wrapped
    # a = m * 2**(e - 150). With n = m << s such that e - 150 - s is even, n
    # is from 2**24 to 2**26, and 2**76 / n from 2**50 to 2**52. Its floor has
    # the same integer root.
    s: uint256 = unsafe_sub(2, e & 1)
    return self._pattern(
        unsafe_sub(unsafe_add(378, s), e),
        self._root(unsafe_div(75557863725914323419136, m << s)),
    )


@internal
@pure
def _pattern(e: uint256, root: uint256) -> uint256:
    """
    @dev The pattern nearest to root * 2**(e / 2 - 152), for an even e and a
         root from 2**25 to 2**26 whose two last bits are to be dropped. No
         tie: half up is right.
    """
    return unsafe_add(
        unsafe_sub(e >> 1, 1) << 23, unsafe_add(root, 2) >> 2
    )


@internal
@pure
def _root(n: uint256) -> uint256:
    """
    @dev The floor of the root of n, for n from 2**50 to 2**52.
    """
    # A guess within 3.4 %: root(u) ~ (u + 2.1) / 3 for u = n / 2**50. Each
    # step squares the error: 6e-4, 2e-7, 2e-14, and errs upwards.
    root: uint256 = unsafe_add(n // 100663296, 23488102)
    root = unsafe_add(root, unsafe_div(n, root)) >> 1
    root = unsafe_add(root, unsafe_div(n, root)) >> 1
    root = unsafe_add(root, unsafe_div(n, root)) >> 1
    if unsafe_mul(root, root) > n:
        root = unsafe_sub(root, 1)
    return root

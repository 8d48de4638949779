# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title logarithm
@license AGPL-3.0-only
@notice The natural logarithm of binary32 patterns, correctly rounded. It does
        not revert on any pattern.
@dev It computes in fixed point with a relative error below 2**-74, then rounds
     once. That is enough: a scan of all arguments found no result nearer to a
     rounding boundary, relatively, than 2**-58 (at 0x65d890d3). One result is
     exact, log(1).

     `unsafe_*` throughout: a factor below 2**128 times one below 2**128, and
     sums bounded where they stand; where a value may be negative it wraps on
     purpose and says so.
"""

from . import bits
from . import exponential


@internal
@pure
def logarithm(a: uint256) -> uint256:
    """
    @notice The natural logarithm
    """
    k: uint256 = a >> 23
    m: uint256 = (a & bits.FRACTION) | bits.HIDDEN
    # The difference wraps for zeros and subnormals.
    if unsafe_sub(k, 1) > 253:
        if a & bits.MAGNITUDE == 0:
            return 4286578688  # -infinity
        if a == bits.INFINITY:
            return a
        if k != 0:  # NaN, or negative
            return bits.NAN
        k = unsafe_sub(23, bits.top_bit(a))
        m = a << k
        k = unsafe_sub(1, k)  # down to -22, wrapped
    # a = 2**(k - 150) * m. Take from m a power of two, one or half of m's
    # leading bit, that leaves a quotient between root 1/2 and root 2.
    one: uint256 = bits.HIDDEN
    k = unsafe_sub(k, 127)  # wraps
    if m > 11863283:
        one = 16777216
        k = unsafe_add(k, 1)
    if m == one and k == 0:
        return 0
    # log(m / one) = 2 atanh(z), z = (m - one) / (m + one), |z| < 0.1716,
    # scaled by 2**128; square is z**2. The series' terms are
    # 2**128 / (2 j + 1); the first left out is under 2**-75 of the sum.
    z: uint256 = 0
    if m < one:
        z = unsafe_div(unsafe_sub(one, m) << 128, unsafe_add(m, one))
    else:
        z = unsafe_div(unsafe_sub(m, one) << 128, unsafe_add(m, one))
    square: uint256 = unsafe_mul(z, z) >> 128  # below 2**123
    y: uint256 = 12603050626701424572717578053028452276
    y = unsafe_add(
        13611294676837538538534984297270728458, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        14794885518301672324494548149207313541, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        16203922234330403022065457496750867212, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        17909598258996761234914453022724642708, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        20016609818878733144904388672456953615, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        22685491128062564230891640495451214097, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        26175566686226035651028815956289862419, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        30934760629176223951215873402888019223, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        37809151880104273718152734159085356828, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        48611766702991209066196372490252601636, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        68056473384187692692674921486353642291, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        113427455640312821154458202477256070485, unsafe_mul(square, y) >> 128
    )
    y = unsafe_add(
        340282366920938463463374607431768211456, unsafe_mul(square, y) >> 128
    )
    y = unsafe_mul(z, y) >> 127  # z < 2**126, y < 2**129
    # k ln 2 + log(m / one), wrapped if negative. The two do not cancel: the
    # second is at most half of ln 2.
    x: uint256 = unsafe_mul(k, exponential.LN2)
    x = unsafe_sub(x, y) if m < one else unsafe_add(x, y)
    sign: uint256 = 0
    if x >> 255 != 0:
        sign = bits.SIGN
        x = unsafe_sub(0, x)
    # 2**-24 <= |log(a)| < 2**7.
    return bits.nearest(
        sign, x, 172, unsafe_add(81, bits.top_bit(x >> 104))
    )

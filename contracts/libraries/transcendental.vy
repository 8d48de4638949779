# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title transcendental
@license AGPL-3.0-only
@notice exp and log of binary32 patterns, correctly rounded. Neither reverts
        on any pattern.
@dev Both compute in fixed point with a relative error below 2**-74, then
     round once. That is enough: a scan of all arguments found no result
     nearer to a rounding boundary, relatively, than 2**-53 for exp (at
     0xc16912cd; 2**-48 for subnormal results, at 0xc2b2e798) and 2**-58 for
     log (at 0x65d890d3). Two results are exact, exp(0) and log(1), and exp
     of the tiny, which lies close to 1, lies far from a boundary.

     `unsafe_*` throughout: a factor below 2**128 times one below 2**128, and
     sums bounded where they stand; where a value may be negative it wraps on
     purpose and says so.
"""

from . import bits

LN2: constant(uint256) = 235865763225513294137944142764154484399  # 2**128 ln 2


@internal
@pure
def exp(a: uint256) -> uint256:
    """
    @notice The exponential
    """
    field: uint256 = (a >> 23) & 255
    if field < 101:
        return bits.ONE  # |a| < 2**-26, under half of half a last place
    if field > 133:  # |a| >= 128, or NaN
        if a & bits.MAGNITUDE > bits.INFINITY:
            return bits.NAN
        return bits.INFINITY if a < bits.SIGN else 0
    # x = 256 ln 2 + a, exactly a, scaled by 2**128; positive.
    x: uint256 = (
        (a & bits.FRACTION) | bits.HIDDEN
    ) << unsafe_sub(field, 22)
    if a < bits.SIGN:
        x = unsafe_add(60381635385731403299313700547623548006144, x)
    else:
        x = unsafe_sub(60381635385731403299313700547623548006144, x)
    k: uint256 = unsafe_div(x, LN2)
    if k < 106:
        return 0  # exp(a) < 2**(k + 1 - 256), half the smallest subnormal
    # exp(a) = 2**(k - 256) * exp(x), x from 0 to ln 2. The error of LN2,
    # times at most 256, is 2**-120. Taylor's series with terms 2**127 / n!;
    # the first that is left out is under 2**-76, each step truncates by two
    # units of 2**-127 at most. The sum stays in [2**127, 2**128).
    x = x % LN2
    y: uint256 = 69933430482875490549
    y = unsafe_add(
        1398668609657509810984, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        26574703583492686408705, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        478344664502868355356692, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        8131859296548762041063770, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        130109748744780192657020332, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        1951646231171702889855304983, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        27323047236403840457974269768, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        355199614073249925953665506995, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        4262395368878999111443986083951, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        46886349057668990225883846923468, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        468863490576689902258838469234689, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        4219771415190209120329546223112205, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        33758171321521672962636369784897640, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        236307199250651710738454588494283480, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        1417843195503910264430727530965700881, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        7089215977519551322153637654828504405, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        28356863910078205288614550619314017621, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        85070591730234615865843651857942052864, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        170141183460469231731687303715884105728, unsafe_mul(x, y) >> 128
    )
    y = unsafe_add(
        170141183460469231731687303715884105728, unsafe_mul(x, y) >> 128
    )
    return bits.nearest(0, y, unsafe_sub(k, 83), 104)


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
    x: uint256 = unsafe_mul(k, LN2)
    x = unsafe_sub(x, y) if m < one else unsafe_add(x, y)
    sign: uint256 = 0
    if x >> 255 != 0:
        sign = bits.SIGN
        x = unsafe_sub(0, x)
    # 2**-24 <= |log(a)| < 2**7.
    return bits.nearest(
        sign, x, 172, unsafe_add(81, bits.top_bit(x >> 104))
    )

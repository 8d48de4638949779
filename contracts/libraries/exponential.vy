# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title exponential
@license AGPL-3.0-only
@notice exp and tanh of binary32 patterns, correctly rounded. Neither reverts
        on any pattern.
@dev Both compute in fixed point with a relative error below 2**-74, then
     round once. That is enough: a scan of all arguments found no result
     nearer to a rounding boundary, relatively, than 2**-53 for exp (at
     0xc16912cd; 2**-48 for subnormal results, at 0xc2b2e798) and 2**-51 for
     tanh (at 0x3ac37de2). exp(0) is exact; exp and tanh of the tiny lie close
     to 1 and to the argument, far from a boundary.

     `unsafe_*` throughout: a factor below 2**128 times one below 2**128, and
     sums bounded where they stand.
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
    # exp(a) = 2**(k - 256) * exp(x - k ln 2). The error of LN2, times at most
    # 256, is 2**-120.
    return bits.nearest(
        0, self._series(x % LN2), unsafe_sub(k, 83), 104
    )


@internal
@pure
def tanh(a: uint256) -> uint256:
    """
    @notice The hyperbolic tangent; that of -0 is -0
    """
    field: uint256 = (a >> 23) & 255
    if field < 115:
        return a  # |a| < 2**-12, a**2 / 3 is under half a last place
    if field > 130:  # |a| >= 16, or NaN
        if a & bits.MAGNITUDE > bits.INFINITY:
            return bits.NAN
        return (a & bits.SIGN) | bits.ONE
    # x = 2 |a|, exactly, scaled by 2**128, and below 2**133.
    x: uint256 = (
        (a & bits.FRACTION) | bits.HIDDEN
    ) << unsafe_sub(field, 21)
    # exp(2 |a|) = 2**k * exp(x - k ln 2), so that
    # tanh |a| = (y - 2**-k) / (y + 2**-k), k up to 46. Where k = 0, y - 1 is
    # 2**-11 at least, and so is the series without its 1, which makes up for
    # the leading bits that the difference loses.
    y: uint256 = self._series(x % LN2)
    one: uint256 = (
        170141183460469231731687303715884105728 >> unsafe_div(x, LN2)
    )
    y = unsafe_div(unsafe_sub(y, one) << 127, unsafe_add(y, one))
    # 2**-13 < tanh |a| < 1, scaled by 2**127.
    return bits.nearest(
        a & bits.SIGN, y, 173, unsafe_add(73, bits.top_bit(y >> 96))
    )


@internal
@pure
def _series(x: uint256) -> uint256:
    """
    @dev 2**127 exp(x / 2**128) for x / 2**128 from 0 to ln 2; in
         [2**127, 2**128). Taylor's series with terms 2**127 / n!; the first
         that is left out is under 2**-76 of the sum, even without the sum's 1,
         and each step truncates by two units at most.
    """
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
    return y

# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title binary32
@license AGPL-3.0-only
@notice IEEE-754 binary32 arithmetic on 32-bit patterns, round to nearest even,
        subnormals kept, one NaN: 0x7fc00000. No function reverts on any
        patterns; arguments must be below 2**32.
@dev Significands, exponents and rounding as in bits.vy.

     `unsafe_*` throughout: operands are patterns, significands shifted by
     bounded amounts, and exponents, so nothing reaches 2**256; where a
     difference may be negative it says so.
"""

from . import bits


@internal
@pure
def add(a: uint256, b: uint256) -> uint256:
    """
    @notice a + b
    """
    large: uint256 = a
    small: uint256 = b
    if (a & bits.MAGNITUDE) < (b & bits.MAGNITUDE):
        large = b
        small = a
    exponent: uint256 = (large >> 23) & 255
    if exponent == 255:
        return self._add_special(large, small)
    # From here large is finite, hence small is.
    gap: uint256 = (small >> 23) & 255
    m: uint256 = large & bits.FRACTION
    n: uint256 = small & bits.FRACTION
    if gap == 0:
        if n == 0:
            return large if m | exponent != 0 else large & small
        gap = 1
        if exponent == 0:
            exponent = 1
        else:
            m = m | bits.HIDDEN
    else:
        n = n | bits.HIDDEN
        m = m | bits.HIDDEN
    gap = unsafe_sub(exponent, gap)
    # small is under a quarter of large's last place: too little to round
    # away from large, even when large is a power of two.
    if gap > 25:
        return large
    exponent = unsafe_sub(exponent, gap)
    m = m << gap
    # The top bit of m is now bit 23 + gap, or lower for subnormals (gap 0).
    if (large ^ small) & bits.SIGN == 0:
        m = unsafe_add(m, n)
        gap = unsafe_add(gap, m >> unsafe_add(gap, 24))
    else:
        m = unsafe_sub(m, n)
        if m < 16777216:
            return bits.exact(large & bits.SIGN, m, exponent)
        # m >= 2**24 means gap >= 1, and its top bit is 22 + gap or one up.
        gap = unsafe_sub(unsafe_add(gap, m >> unsafe_add(gap, 23)), 1)
    # gap is now the number of bits to drop, perhaps none: round in halves.
    m = unsafe_add(
        m << 1,
        unsafe_add(unsafe_sub(bits.UNIT << gap, 1), (m >> gap) & 1),
    )
    m = unsafe_add(
        unsafe_sub(unsafe_add(exponent, gap), 1) << 23,
        m >> unsafe_add(gap, 1),
    )
    return (large & bits.SIGN) | (m if m < bits.INFINITY else bits.INFINITY)


@internal
@pure
def sub(a: uint256, b: uint256) -> uint256:
    """
    @notice a - b
    """
    return self.add(a, b ^ bits.SIGN)


@internal
@pure
def mul(a: uint256, b: uint256) -> uint256:
    """
    @notice a * b
    """
    e: uint256 = (a >> 23) & 255
    f: uint256 = (b >> 23) & 255
    # The differences wrap for zeros and subnormals.
    if unsafe_sub(e, 1) > 253 or unsafe_sub(f, 1) > 253:
        return self._mul_special(a, b)
    m: uint256 = unsafe_mul(
        (a & bits.FRACTION) | bits.HIDDEN, (b & bits.FRACTION) | bits.HIDDEN
    )
    return bits.nearest(
        (a ^ b) & bits.SIGN, m, unsafe_add(e, f), unsafe_add(23, m >> 47)
    )


@internal
@pure
def div(a: uint256, b: uint256) -> uint256:
    """
    @notice a / b
    """
    e: uint256 = (a >> 23) & 255
    f: uint256 = (b >> 23) & 255
    if unsafe_sub(e, 1) > 253 or unsafe_sub(f, 1) > 253:
        return self._div_special(a, b)
    return self._quotient(
        (a ^ b) & bits.SIGN,
        (a & bits.FRACTION) | bits.HIDDEN,
        (b & bits.FRACTION) | bits.HIDDEN,
        unsafe_sub(unsafe_add(e, 253), f),
    )


@internal
@pure
def fma(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @notice a * b + c, rounded once
    """
    e: uint256 = (a >> 23) & 255
    f: uint256 = (b >> 23) & 255
    g: uint256 = (c >> 23) & 255
    if e == 255 or f == 255 or g == 255:
        return self._fma_special(a, b, c)
    m: uint256 = a & bits.FRACTION
    if e == 0:
        e = 1
    else:
        m = m | bits.HIDDEN
    if f == 0:
        m = unsafe_mul(m, b & bits.FRACTION)
        f = 1
    else:
        m = unsafe_mul(m, (b & bits.FRACTION) | bits.HIDDEN)
    n: uint256 = c & bits.FRACTION
    if g == 0:
        g = 1
    else:
        n = n | bits.HIDDEN
    # a * b = m * 2**(e - 300) and c = n * 2**(g - 300), e from 2 to 508, g
    # from 151 to 404. Shift the one of the larger exponent left. The sum of
    # normal operands is then below 6 << (drop + 23).
    e = unsafe_add(e, f)
    g = unsafe_add(g, 150)
    drop: uint256 = 23
    if e < g:
        f = unsafe_sub(g, e)
        # Beyond 200 the product only matters as a sign of inexactness, and
        # it is the same sign at 200. (A zero c has g = 151: f < 200.)
        if f > 200:
            f = 200
            e = unsafe_sub(g, 200)
        n = n << f
        if f > 23:
            drop = f
    else:
        f = unsafe_sub(e, g)
        # As above. (A zero product has e <= 255: f < 200.)
        if f > 200:
            f = 200
        e = unsafe_sub(e, f)
        m = m << f
        drop = unsafe_add(f, 23)
    sign: uint256 = (a ^ b) & bits.SIGN
    if sign == c & bits.SIGN:
        m = unsafe_add(m, n)
    elif m < n:
        m = unsafe_sub(n, m)
        sign = sign ^ bits.SIGN
    else:
        m = unsafe_sub(m, n)
        if m == 0:
            return 0
    g = m >> unsafe_add(drop, 23)
    if g == 0:  # cancellation, or a zero or subnormal operand
        return sign if m == 0 else bits.nearest_of_any(sign, m, e)
    if g > 1:
        drop = unsafe_add(drop, 2 if g > 3 else 1)
    return bits.nearest(sign, m, e, drop)


@internal
@pure
def neg(a: uint256) -> uint256:
    """
    @notice -a
    """
    return bits.NAN if a & bits.MAGNITUDE > bits.INFINITY else a ^ bits.SIGN


@internal
@pure
def absolute(a: uint256) -> uint256:
    """
    @notice |a|
    """
    magnitude: uint256 = a & bits.MAGNITUDE
    return bits.NAN if magnitude > bits.INFINITY else magnitude


@internal
@pure
def maximum(a: uint256, b: uint256) -> uint256:
    """
    @notice The larger; +0 is larger than -0
    """
    if a & bits.MAGNITUDE > bits.INFINITY or b & bits.MAGNITUDE > bits.INFINITY:
        return bits.NAN
    # Flipping the sign bit orders the positive above the negative; among two
    # negative ones the smaller pattern is the larger value.
    if a & b < bits.SIGN:
        return a if a ^ bits.SIGN > b ^ bits.SIGN else b
    return a if a < b else b


@internal
@pure
def minimum(a: uint256, b: uint256) -> uint256:
    """
    @notice The smaller; -0 is smaller than +0
    """
    if a & bits.MAGNITUDE > bits.INFINITY or b & bits.MAGNITUDE > bits.INFINITY:
        return bits.NAN
    # As in maximum.
    if a & b < bits.SIGN:
        return a if a ^ bits.SIGN < b ^ bits.SIGN else b
    return a if a > b else b


@internal
@pure
def compare(a: uint256, b: uint256, predicate: uint256) -> uint256:
    """
    @notice 1.0 where a < b (predicate 0), a <= b (1), a == b (2), else +0
    """
    if (
        a & bits.MAGNITUDE > bits.INFINITY
        or b & bits.MAGNITUDE > bits.INFINITY
        or predicate > 2
    ):
        return 0
    if a == b or (a | b) & bits.MAGNITUDE == 0:
        return 0 if predicate == 0 else bits.ONE
    if predicate == 2:
        return 0
    if a & b < bits.SIGN:
        return bits.ONE if a ^ bits.SIGN < b ^ bits.SIGN else 0
    return bits.ONE if a > b else 0


@internal
@pure
def select(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @notice b where a is not zero (NaN is not zero), else c; bits unchanged
    """
    return c if a & bits.MAGNITUDE == 0 else b


@internal
@pure
def _quotient(
    sign: uint256, m: uint256, n: uint256, e: uint256
) -> uint256:
    """
    @dev The pattern nearest to m / n * 2**(e - 253), for m and n of 24 bits.
    """
    dividend: uint256 = m << 47
    q: uint256 = unsafe_div(dividend, n)
    # A remainder sets the last bit, far below the rounding: no false tie.
    q = q | convert(unsafe_mul(q, n) != dividend, uint256)
    return bits.nearest(sign, q, e, unsafe_add(23, q >> 47))


@internal
@pure
def _add_special(large: uint256, small: uint256) -> uint256:
    """
    @dev large + small; large is infinite or NaN, and not below small.
    """
    if large & bits.MAGNITUDE > bits.INFINITY or large ^ small == bits.SIGN:
        return bits.NAN
    return large


@internal
@pure
def _mul_special(a: uint256, b: uint256) -> uint256:
    """
    @dev a * b; at least one is zero, subnormal, infinite or NaN.
    """
    x: uint256 = a & bits.MAGNITUDE
    y: uint256 = b & bits.MAGNITUDE
    sign: uint256 = (a ^ b) & bits.SIGN
    if x > bits.INFINITY or y > bits.INFINITY:
        return bits.NAN
    if x == 0 or y == 0:
        return bits.NAN if x == bits.INFINITY or y == bits.INFINITY else sign
    if x == bits.INFINITY or y == bits.INFINITY:
        return sign | bits.INFINITY
    return bits.nearest_of_any(
        sign,
        unsafe_mul(bits.significand(x), bits.significand(y)),
        unsafe_add(max(x >> 23, 1), max(y >> 23, 1)),
    )


@internal
@pure
def _div_special(a: uint256, b: uint256) -> uint256:
    """
    @dev a / b; at least one is zero, subnormal, infinite or NaN.
    """
    x: uint256 = a & bits.MAGNITUDE
    y: uint256 = b & bits.MAGNITUDE
    sign: uint256 = (a ^ b) & bits.SIGN
    if x > bits.INFINITY or y > bits.INFINITY:
        return bits.NAN
    if x == bits.INFINITY:
        return bits.NAN if y == bits.INFINITY else sign | bits.INFINITY
    if y == 0:
        return bits.NAN if x == 0 else sign | bits.INFINITY
    if x == 0 or y == bits.INFINITY:
        return sign
    m: uint256 = bits.significand(x)
    n: uint256 = bits.significand(y)
    places: uint256 = unsafe_sub(23, bits.top_bit(n))
    n = n << places
    e: uint256 = unsafe_add(unsafe_add(max(x >> 23, 1), 253), places)
    places = unsafe_add(
        unsafe_sub(23, bits.top_bit(m)), max(y >> 23, 1)
    )
    # A subnormal by a huge one: below 2**-250.
    if e < places:
        return sign
    m = m << unsafe_sub(23, bits.top_bit(m))
    return self._quotient(sign, m, n, unsafe_sub(e, places))


@internal
@pure
def _fma_special(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @dev a * b + c; at least one is infinite or NaN.
    """
    x: uint256 = a & bits.MAGNITUDE
    y: uint256 = b & bits.MAGNITUDE
    if (
        x > bits.INFINITY
        or y > bits.INFINITY
        or c & bits.MAGNITUDE > bits.INFINITY
    ):
        return bits.NAN
    if x != bits.INFINITY and y != bits.INFINITY:
        return c
    product: uint256 = ((a ^ b) & bits.SIGN) | bits.INFINITY
    if x == 0 or y == 0 or product ^ c == bits.SIGN:
        return bits.NAN
    return product

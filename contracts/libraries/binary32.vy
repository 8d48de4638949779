# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title binary32
@license AGPL-3.0-only
@notice IEEE-754 binary32 arithmetic on 32-bit patterns, round to nearest even,
        subnormals kept, one NaN: 0x7fc00000. No function reverts on any
        patterns; arguments must be below 2**32.
@dev A finite pattern with exponent field E stands for
     significand * 2**(max(E, 1) - 150). A result with significand q <= 2**24
     and field E >= 1 is the pattern ((E - 1) << 23) + q: the hidden bit, a
     carry out of rounding, and (at E = 1) subnormals need no case.

     `unsafe_*` throughout: operands are patterns, significands shifted by
     bounded amounts, and exponents, so nothing reaches 2**256; where a
     difference may be negative it says so.
"""

NAN: constant(uint256) = 2143289344  # 0x7fc00000
INFINITY: constant(uint256) = 2139095040  # 0x7f800000
LANE: constant(uint256) = 4294967295  # 32 bits
SIGNS: constant(uint256) = 57896044632138071048499363270101552670898295023844613168406440321120011812864  # SIGN, eight times
FIELDS: constant(uint256) = 57669888207793781708466162632327718480777598558907720148217352663615636766720  # INFINITY
HIDDENS: constant(uint256) = 226156424344289340033200637773834190120696464936893020189087657504375046144  # HIDDEN
UNIT: constant(uint256) = 1  # `1 << x` would take another type
ONE: constant(uint256) = 1065353216  # 0x3f800000
SIGN: constant(uint256) = 2147483648  # 0x80000000
MAGNITUDE: constant(uint256) = 2147483647  # 0x7fffffff
FRACTION: constant(uint256) = 8388607  # 0x007fffff
HIDDEN: constant(uint256) = 8388608  # 0x00800000


@internal
@pure
def add(a: uint256, b: uint256) -> uint256:
    """
    @notice a + b
    """
    large: uint256 = a
    small: uint256 = b
    if (a & MAGNITUDE) < (b & MAGNITUDE):
        large = b
        small = a
    exponent: uint256 = (large >> 23) & 255
    if exponent == 255:
        return self._add_special(large, small)
    # From here large is finite, hence small is.
    gap: uint256 = (small >> 23) & 255
    m: uint256 = large & FRACTION
    n: uint256 = small & FRACTION
    if gap == 0:
        if n == 0:
            return large if m | exponent != 0 else large & small
        gap = 1
        if exponent == 0:
            exponent = 1
        else:
            m = m | HIDDEN
    else:
        n = n | HIDDEN
        m = m | HIDDEN
    gap = unsafe_sub(exponent, gap)
    # small is under a quarter of large's last place: too little to round
    # away from large, even when large is a power of two.
    if gap > 25:
        return large
    exponent = unsafe_sub(exponent, gap)
    m = m << gap
    # The top bit of m is now bit 23 + gap, or lower for subnormals (gap 0).
    if (large ^ small) & SIGN == 0:
        m = unsafe_add(m, n)
        gap = unsafe_add(gap, m >> unsafe_add(gap, 24))
    else:
        m = unsafe_sub(m, n)
        if m < 16777216:
            return self._normalise(large & SIGN, m, exponent)
        # m >= 2**24 means gap >= 1, and its top bit is 22 + gap or one up.
        gap = unsafe_sub(
            unsafe_add(gap, m >> unsafe_add(gap, 23)), 1
        )
    # gap is now the number of bits to drop, perhaps none: round in halves.
    m = unsafe_add(m << 1, unsafe_add(unsafe_sub(UNIT << gap, 1), (m >> gap) & 1))
    m = unsafe_add(
        unsafe_sub(unsafe_add(exponent, gap), 1) << 23,
        m >> unsafe_add(gap, 1),
    )
    return (large & SIGN) | (m if m < INFINITY else INFINITY)


@internal
@pure
def sub(a: uint256, b: uint256) -> uint256:
    """
    @notice a - b
    """
    return self.add(a, b ^ SIGN)


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
    m: uint256 = unsafe_mul((a & FRACTION) | HIDDEN, (b & FRACTION) | HIDDEN)
    return self._round(
        (a ^ b) & SIGN, m, unsafe_add(e, f), unsafe_add(23, m >> 47)
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
        (a ^ b) & SIGN,
        (a & FRACTION) | HIDDEN,
        (b & FRACTION) | HIDDEN,
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
    m: uint256 = a & FRACTION
    if e == 0:
        e = 1
    else:
        m = m | HIDDEN
    if f == 0:
        m = unsafe_mul(m, b & FRACTION)
        f = 1
    else:
        m = unsafe_mul(m, (b & FRACTION) | HIDDEN)
    n: uint256 = c & FRACTION
    if g == 0:
        g = 1
    else:
        n = n | HIDDEN
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
    sign: uint256 = (a ^ b) & SIGN
    if sign == c & SIGN:
        m = unsafe_add(m, n)
    elif m < n:
        m = unsafe_sub(n, m)
        sign = sign ^ SIGN
    else:
        m = unsafe_sub(m, n)
        if m == 0:
            return 0
    g = m >> unsafe_add(drop, 23)
    if g == 0:  # cancellation, or a zero or subnormal operand
        return sign if m == 0 else self._search(sign, m, e)
    if g > 1:
        drop = unsafe_add(drop, 2 if g > 3 else 1)
    return self._round(sign, m, e, drop)


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
        result = self.fma((a >> offset) & LANE, (b >> offset) & LANE, result)
    return result


@internal
@pure
def neg(a: uint256) -> uint256:
    """
    @notice -a
    """
    return NAN if a & MAGNITUDE > INFINITY else a ^ SIGN


@internal
@pure
def maximum(a: uint256, b: uint256) -> uint256:
    """
    @notice The larger; +0 is larger than -0
    """
    if a & MAGNITUDE > INFINITY or b & MAGNITUDE > INFINITY:
        return NAN
    # Flipping the sign bit orders the positive above the negative; among two
    # negative ones the smaller pattern is the larger value.
    if a & b < SIGN:
        return a if a ^ SIGN > b ^ SIGN else b
    return a if a < b else b


@internal
@pure
def compare(a: uint256, b: uint256, predicate: uint256) -> uint256:
    """
    @notice 1.0 where a < b (predicate 0), a <= b (1), a == b (2), else +0
    """
    if a & MAGNITUDE > INFINITY or b & MAGNITUDE > INFINITY or predicate > 2:
        return 0
    if a == b or (a | b) & MAGNITUDE == 0:
        return 0 if predicate == 0 else ONE
    if predicate == 2:
        return 0
    if a & b < SIGN:
        return ONE if a ^ SIGN < b ^ SIGN else 0
    return ONE if a > b else 0


@internal
@pure
def select(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @notice b where a is not zero (NaN is not zero), else c; bits unchanged
    """
    return c if a & MAGNITUDE == 0 else b


@internal
@pure
def sqrt(a: uint256) -> uint256:
    """
    @notice The square root; that of -0 is -0
    """
    e: uint256 = a >> 23
    m: uint256 = (a & FRACTION) | HIDDEN
    # The difference wraps for zeros and subnormals.
    if unsafe_sub(e, 1) > 253:
        if a & MAGNITUDE == 0 or a == INFINITY:
            return a
        if e != 0:  # NaN, or negative
            return NAN
        e = unsafe_sub(23, self._top(a))
        m = a << e
        e = unsafe_sub(1, e)  # down to -22, wrapped
    # a = m * 2**(e - 150). With n = m << s such that e - 150 - s is even, n
    # is from 2**50 to 2**52 and its root from 2**25 to 2**26.
    s: uint256 = unsafe_sub(28, e & 1)
    n: uint256 = m << s
    # A guess within 3.4 %: root(u) ~ (u + 2.1) / 3 for u = n / 2**50. Each
    # step squares the error: 6e-4, 2e-7, 2e-14, and errs upwards.
    root: uint256 = unsafe_add(n // 100663296, 23488102)
    root = unsafe_add(root, unsafe_div(n, root)) >> 1
    root = unsafe_add(root, unsafe_div(n, root)) >> 1
    root = unsafe_add(root, unsafe_div(n, root)) >> 1
    if unsafe_mul(root, root) > n:
        root = unsafe_sub(root, 1)
    # Two bits to drop. A root of 24 bits is no tie of 25 bits, since that
    # tie's square has more than 24; so half up is right.
    return unsafe_add(
        unsafe_sub(unsafe_sub(unsafe_add(e, 154), s) >> 1, 1) << 23,
        unsafe_add(root, 2) >> 2,
    )


@internal
@pure
def _round(
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
    q: uint256 = (
        unsafe_add(m, unsafe_add(half, (m >> drop) & 1)) >> drop
    )
    q = unsafe_add(unsafe_sub(unsafe_add(e, drop), 151) << 23, q)
    return sign | (q if q < INFINITY else INFINITY)


@internal
@pure
def _search(sign: uint256, m: uint256, e: uint256) -> uint256:
    """
    @dev As _round, for any m from 1 to 2**250.
    """
    if m < 16777216:
        if e > 150:
            return self._normalise(sign, m, unsafe_sub(e, 150))
        return self._round(sign, m, e, 1)  # subnormal whatever the excess
    top: uint256 = 0
    if m >> 128 != 0:
        top = 128
    if m >> unsafe_add(top, 64) != 0:
        top = unsafe_add(top, 64)
    if m >> unsafe_add(top, 32) != 0:
        top = unsafe_add(top, 32)
    top = unsafe_add(top, self._top(m >> top))
    return self._round(sign, m, e, unsafe_sub(top, 23))


@internal
@pure
def _normalise(sign: uint256, m: uint256, exponent: uint256) -> uint256:
    """
    @dev The pattern of m * 2**(exponent - 150), exact, for m < 2**24 and
         exponent >= 1; +0 for m = 0.
    """
    if m == 0:
        return 0
    places: uint256 = min(
        unsafe_sub(23, self._top(m)), unsafe_sub(exponent, 1)
    )
    return sign | unsafe_add(
        unsafe_sub(unsafe_sub(exponent, 1), places) << 23, m << places
    )


@internal
@pure
def _top(m: uint256) -> uint256:
    """
    @dev The index of the top bit of m, from 1 to 2**32 - 1.
    """
    top: uint256 = convert(m > 65535, uint256) << 4
    top = top | (convert(m >> top > 255, uint256) << 3)
    top = top | (convert(m >> top > 15, uint256) << 2)
    top = top | (convert(m >> top > 3, uint256) << 1)
    return top | convert(m >> top > 1, uint256)


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
    return self._round(sign, q, e, unsafe_add(23, q >> 47))


@internal
@pure
def _significand(a: uint256) -> uint256:
    return (a & FRACTION) | (HIDDEN if a & INFINITY != 0 else 0)


@internal
@pure
def _add_special(large: uint256, small: uint256) -> uint256:
    """
    @dev large + small; large is infinite or NaN, and not below small.
    """
    if large & MAGNITUDE > INFINITY or large ^ small == SIGN:
        return NAN
    return large


@internal
@pure
def _mul_special(a: uint256, b: uint256) -> uint256:
    """
    @dev a * b; at least one is zero, subnormal, infinite or NaN.
    """
    x: uint256 = a & MAGNITUDE
    y: uint256 = b & MAGNITUDE
    sign: uint256 = (a ^ b) & SIGN
    if x > INFINITY or y > INFINITY:
        return NAN
    if x == 0 or y == 0:
        return NAN if x == INFINITY or y == INFINITY else sign
    if x == INFINITY or y == INFINITY:
        return sign | INFINITY
    return self._search(
        sign,
        unsafe_mul(self._significand(x), self._significand(y)),
        unsafe_add(max(x >> 23, 1), max(y >> 23, 1)),
    )


@internal
@pure
def _div_special(a: uint256, b: uint256) -> uint256:
    """
    @dev a / b; at least one is zero, subnormal, infinite or NaN.
    """
    x: uint256 = a & MAGNITUDE
    y: uint256 = b & MAGNITUDE
    sign: uint256 = (a ^ b) & SIGN
    if x > INFINITY or y > INFINITY:
        return NAN
    if x == INFINITY:
        return NAN if y == INFINITY else sign | INFINITY
    if y == 0:
        return NAN if x == 0 else sign | INFINITY
    if x == 0 or y == INFINITY:
        return sign
    m: uint256 = self._significand(x)
    n: uint256 = self._significand(y)
    places: uint256 = unsafe_sub(23, self._top(n))
    n = n << places
    e: uint256 = unsafe_add(unsafe_add(max(x >> 23, 1), 253), places)
    places = unsafe_add(
        unsafe_sub(23, self._top(m)), max(y >> 23, 1)
    )
    # A subnormal by a huge one: below 2**-250.
    if e < places:
        return sign
    m = m << unsafe_sub(23, self._top(m))
    return self._quotient(sign, m, n, unsafe_sub(e, places))


@internal
@pure
def _fma_special(a: uint256, b: uint256, c: uint256) -> uint256:
    """
    @dev a * b + c; at least one is infinite or NaN.
    """
    x: uint256 = a & MAGNITUDE
    y: uint256 = b & MAGNITUDE
    if x > INFINITY or y > INFINITY or c & MAGNITUDE > INFINITY:
        return NAN
    if x != INFINITY and y != INFINITY:
        return c
    product: uint256 = ((a ^ b) & SIGN) | INFINITY
    if x == 0 or y == 0 or product ^ c == SIGN:
        return NAN
    return product


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
    n: uint256 = (start & FRACTION) | HIDDEN
    sign: uint256 = start & SIGN
    offset: uint256 = 256
    for i: uint256 in range(8):
        offset = unsafe_sub(offset, 32)
        # Above their 32 bits x and y hold the lanes before.
        x = a >> offset
        y = b >> offset
        # The product is m * 2**(e - 300), the accumulator
        # (n << gap) * 2**(e - 300); e from 128 less than 2 to 380, wrapped.
        m: uint256 = unsafe_mul(
            (x & FRACTION) | HIDDEN, (y & FRACTION) | HIDDEN
        ) << 128
        e: uint256 = unsafe_sub(
            unsafe_add((x >> 23) & 255, (y >> 23) & 255), 128
        )
        gap: uint256 = unsafe_sub(g, e)
        if gap > 200:  # or wrapped
            return 0
        if (x ^ y) & SIGN == sign:
            m = unsafe_add(m, n << gap)
        else:
            m = unsafe_sub(n << gap, m)
            if m >> 255 != 0:  # wrapped
                m = unsafe_sub(0, m)
                sign = sign ^ SIGN
        # The top bit of m is bit drop + 23, or one or two above, or below.
        drop: uint256 = max(gap, 151)
        y = m >> unsafe_add(drop, 23)
        if y == 0:
            y = m >> unsafe_sub(drop, 8)
            if y == 0:  # cancelled nearly or wholly
                return 0
            drop = unsafe_add(unsafe_sub(drop, 31), self._top(y))
        elif y > 1:
            drop = unsafe_add(drop, 2 if y > 3 else 1)
        g = unsafe_add(e, drop)
        if unsafe_sub(g, 151) > 252:  # subnormal (wraps), or too large
            return 0
        # To nearest even. It may carry n to 2**24, which does no harm.
        n = unsafe_add(
            unsafe_add(m, unsafe_sub(UNIT << unsafe_sub(drop, 1), 1)),
            (m >> drop) & 1,
        ) >> drop
    return sign | unsafe_add(unsafe_sub(g, 151) << 23, n)

# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title reductions
@license AGPL-3.0-only
@notice Reductions of a row, or of a pair of rows, to one lane, term by term
        in the order of docs/design.md, section 3. Reverts on malformed
        requests, never on operands.
@dev All of it is one function, since each call would copy the rows, and the
     more memory there is the dearer it is.

     Eight lanes are prepared together, as fields of 32 bits of one number.
     A *flag* is the last bit of a lane; times 2**32 - 1 it is a mask. Sums
     and differences stay within their lanes but where noted.

     SUM, MATMUL and SCATTER_ADD add exact products of significands to a
     running sum (dot_product.vy). SUM is the product with ones, SCATTER_ADD
     the sum with zeros for what is added elsewhere: neither changes a bit.
     Words with patterns that do not fit in there (infinities, NaN,
     subnormals, exponents too far from the middle) go through binary32.fma.

     `unsafe_*` throughout, for the reasons given in bits.vy.
"""

from . import bits
from . import dot_product

SUM: constant(uint256) = 48
ROW_MAX: constant(uint256) = 49
MATMUL: constant(uint256) = 50
ARGMAX: constant(uint256) = 51
MATMUL_INT8: constant(uint256) = 52
SCATTER_ADD: constant(uint256) = 53

MAX_WORDS: constant(uint256) = 512
MAX_TERMS: constant(uint256) = MAX_WORDS * 8

UNIT: constant(int256) = 1  # `1 << x` would take another type
ALL: constant(uint256) = max_value(uint256)
EACH: constant(uint256) = ALL // bits.LANE  # one in each lane
SIGNS: constant(uint256) = EACH * bits.SIGN
MAGNITUDES: constant(uint256) = EACH * bits.MAGNITUDE
FRACTIONS: constant(uint256) = EACH * bits.FRACTION
HIDDENS: constant(uint256) = EACH * bits.HIDDEN
BYTES: constant(uint256) = EACH * 255
MIDDLES: constant(uint256) = EACH * 128
# Added to a NaN's magnitude it carries into the sign's place.
PAST_INFINITY: constant(uint256) = SIGNS - EACH * (bits.INFINITY + 1)

# One in the second lane of each pair, that lane, and the bit above it.
PAIRS: constant(uint256) = ALL // (2**64 - 1)
SECONDS: constant(uint256) = PAIRS * bits.LANE
CARRIES: constant(uint256) = PAIRS * 2**32
# The second pair of each half.
SECOND_PAIRS: constant(uint256) = (2**64 - 1) * (2**128 + 1)

# Exponent fields whose sum is from 151 to 151 + 191 make products that are
# whole in units of 2**-149 and below 2**90; 4,096 of them are below 2**103.
LEAST: constant(uint256) = EACH * 151
MARGIN: constant(uint256) = EACH * (255 - 191)
LARGEST_FIELD: constant(uint256) = 200  # of a sum to resume from: 2**74
DOUBLED: constant(int256) = 2**25 - 1  # a doubled significand's bits


@external
@pure
def reduce(
    operator: uint256,
    attribute: uint256,
    terms: uint256,
    a: DynArray[uint256, MAX_WORDS],
    b: DynArray[uint256, MAX_WORDS],
) -> uint256:
    """
    @notice Reduce a row, or a pair of rows, to one lane
    @param operator The operator's code
    @param attribute The row that SCATTER_ADD adds to, else ignored
    @param terms The number of terms, 1 to 4096
    @param a The words of the row; lanes beyond `terms` are ignored
    @param b The words of the other row: the matmuls' second operand,
             SCATTER_ADD's indices, else empty
    @return The 32 bits of the result
    """
    assert operator >= SUM and operator <= SCATTER_ADD, "referee: operator"
    words: uint256 = unsafe_add(terms, 7) >> 3  # wraps if terms are too many
    others: uint256 = 0
    if operator == MATMUL or operator > ARGMAX:
        others = words
    assert (
        terms != 0
        and terms <= MAX_TERMS
        and len(a) == words
        and len(b) == others
    ), "referee: terms"
    last: uint256 = unsafe_sub(words, 1)
    # The lanes of the last word that count.
    tail: uint256 = ALL << (unsafe_sub(words << 3, terms) << 5)

    if operator == ROW_MAX or operator == ARGMAX:
        best: uint256 = 0
        place: uint256 = 0
        slack: uint256 = SECONDS  # carries when added to keys above best
        for i: uint256 in range(words, bound=MAX_WORDS):
            x: uint256 = a[i]
            if i == last:
                x = x & tail
            flags: uint256 = (
                unsafe_add(x & MAGNITUDES, PAST_INFINITY) & SIGNS
            )
            if flags != 0:  # NaN
                if operator == ROW_MAX:
                    return bits.NAN
                place = i << 3
                for j: uint256 in range(7):
                    if flags >> 224 != 0:
                        break
                    flags = flags << 32
                    place = unsafe_add(place, 1)
                return place
            # Keys that order as the values do, and are above 0.
            x = x ^ (unsafe_mul((x >> 31) & EACH, bits.LANE) | SIGNS)
            if i == last:
                x = x & tail
            if (
                unsafe_add(x & SECONDS, slack)
                | unsafe_add((x >> 32) & SECONDS, slack)
            ) & CARRIES != 0:
                for j: uint256 in range(8):
                    if x >> 224 > best:
                        best = x >> 224
                        place = unsafe_add(i << 3, j)
                    x = x << 32
                slack = unsafe_mul(unsafe_sub(bits.LANE, best), PAIRS)
        if operator == ARGMAX:
            return place
        return best ^ (bits.LANE if best < bits.SIGN else bits.SIGN)

    if operator == MATMUL_INT8:
        result: uint256 = 0
        for i: uint256 in range(words, bound=MAX_WORDS):
            x: uint256 = a[i] & BYTES
            y: uint256 = b[i] & BYTES
            if i == last:
                x = x & tail
            # With the lanes of y in reverse, the product's first lane is the
            # dot product. Lanes become signed; a negative one borrows from
            # those above, so half of the first lane's place is added.
            y = (y << 128) | (y >> 128)
            y = ((y & SECOND_PAIRS) << 64) | ((y >> 64) & SECOND_PAIRS)
            y = ((y & SECONDS) << 32) | ((y >> 32) & SECONDS)
            x = unsafe_sub(x ^ MIDDLES, MIDDLES)
            y = unsafe_sub(y ^ MIDDLES, MIDDLES)
            result = unsafe_add(
                result, unsafe_add(unsafe_mul(x, y), 2**223) >> 224
            )
        return result & bits.LANE

    indices: uint256 = 0
    if operator == SCATTER_ADD:
        if attribute > bits.MAGNITUDE:  # no int32
            return 0
        indices = unsafe_mul(attribute, EACH)
    # The running sum, and the next one, yet to be rounded. Nothing underflows
    # in there, so that zero is +0.
    total: int256 = 0
    t: int256 = 0
    # What rounds a t of this top, known by its lead: 1 or, of the negative,
    # -2; it is that of the last t, though both would do.
    top: uint256 = dot_product.LEAST_TOP
    lead: int256 = 1
    drop: uint256 = 1
    kept: int256 = -2  # the bits from drop up
    half: int256 = 0  # 1 - 2**(drop - 1)
    # If all ones, the sum is a pattern that does not fit in total.
    far: uint256 = 0
    pattern: uint256 = 0
    # The second factors. Those of a sum: 1 = 1 * 2**(150 - 150).
    y: uint256 = EACH * bits.ONE
    n: int256 = convert(convert(EACH * 2, bytes32), int256)
    f: uint256 = EACH * 150
    for i: uint256 in range(words, bound=MAX_WORDS):
        x: uint256 = a[i]
        if i == last:
            x = x & tail
        if operator == MATMUL:
            y = b[i]
            # Doubled significands, for units of 2**-150.
            n = convert(
                convert(((y & FRACTIONS) | HIDDENS) << 1, bytes32), int256
            )
            f = (y >> 23) & BYTES
        elif operator == SCATTER_ADD:
            # In the signs' places: does the index differ?
            differs: uint256 = b[i] ^ indices
            differs = differs | unsafe_add(differs & MAGNITUDES, MAGNITUDES)
            x = x & unsafe_mul((~differs >> 31) & EACH, bits.LANE)
            if x == 0:
                continue

        # Significands with the products' signs, in two's complement.
        negative: uint256 = ((x ^ y) >> 31) & EACH
        m: int256 = convert(
            convert(
                unsafe_add(
                    ((x & FRACTIONS) | HIDDENS)
                    ^ unsafe_mul(negative, bits.LANE),
                    negative,
                ),
                bytes32,
            ),
            int256,
        )
        e: uint256 = (x >> 23) & BYTES
        # Less than LEAST borrows from the lane above, but shows in its own.
        shifts: uint256 = unsafe_sub(unsafe_add(e, f), LEAST)
        if (
            far
            | unsafe_sub(e, EACH)  # field 0, likewise
            | unsafe_sub(f, EACH)
            | unsafe_add(e, EACH)  # field 255
            | unsafe_add(f, EACH)
            | shifts
            | unsafe_add(shifts, MARGIN)
        ) & ~BYTES != 0:
            # Or are there only zeros? Their products become 0 << 0.
            p: uint256 = (unsafe_add(e, BYTES) >> 8) & EACH
            q: uint256 = (unsafe_add(f, BYTES) >> 8) & EACH
            normal: uint256 = unsafe_mul(p & q, bits.LANE)
            m = m & convert(convert(normal, bytes32), int256)
            shifts = unsafe_sub(
                ((unsafe_add(e, f) ^ LEAST) & normal) ^ LEAST, LEAST
            )
            p = x & ~unsafe_mul(p, bits.LANE)
            q = y & ~unsafe_mul(q, bits.LANE)
            if (
                (p | q) & FRACTIONS  # subnormals
                | (
                    far
                    | unsafe_add(e, EACH)
                    | unsafe_add(f, EACH)
                    | shifts
                    | unsafe_add(shifts, MARGIN)
                ) & ~BYTES
            ) != 0:
                if far == 0:
                    pattern = dot_product.pattern(total, drop)
                pattern = dot_product.dot(
                    pattern, min(unsafe_sub(terms, i << 3), 8), x, y
                )
                if pattern == bits.NAN:
                    return pattern
                e = (pattern >> 23) & 255
                if e > LARGEST_FIELD or pattern == bits.SIGN:
                    far = ALL
                    continue
                far = 0
                drop = max(e, 1)
                top = unsafe_add(drop, 23)
                kept = unsafe_sub(0, UNIT << drop)
                half = unsafe_add(kept >> 1, 1)
                total = (
                    convert(bits.significand(pattern), int256) << drop
                )
                if pattern >= bits.SIGN:
                    total = unsafe_sub(0, total)
                continue
            if normal == 0:
                continue

        # The eight lanes, written out: a loop costs 80 gas a lane more.
        t = unsafe_add(
            total,
            unsafe_mul(m >> 224, n >> 224)
            << (shifts >> 224),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

        t = unsafe_add(
            total,
            unsafe_mul((m << 32) >> 224, (n >> 192) & DOUBLED)
            << ((shifts >> 192) & 255),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

        t = unsafe_add(
            total,
            unsafe_mul((m << 64) >> 224, (n >> 160) & DOUBLED)
            << ((shifts >> 160) & 255),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

        t = unsafe_add(
            total,
            unsafe_mul((m << 96) >> 224, (n >> 128) & DOUBLED)
            << ((shifts >> 128) & 255),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

        t = unsafe_add(
            total,
            unsafe_mul((m << 128) >> 224, (n >> 96) & DOUBLED)
            << ((shifts >> 96) & 255),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

        t = unsafe_add(
            total,
            unsafe_mul((m << 160) >> 224, (n >> 64) & DOUBLED)
            << ((shifts >> 64) & 255),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

        t = unsafe_add(
            total,
            unsafe_mul((m << 192) >> 224, (n >> 32) & DOUBLED)
            << ((shifts >> 32) & 255),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

        t = unsafe_add(
            total,
            unsafe_mul((m << 224) >> 224, n & DOUBLED)
            << (shifts & 255),
        )
        if t >> top != lead:
            top = dot_product.top(t, top)
            drop = unsafe_sub(top, 23)
            lead = (t >> 255) ^ 1
            kept = unsafe_sub(0, UNIT << drop)
            half = unsafe_add(kept >> 1, 1)
        total = unsafe_add(unsafe_sub(t, half), (t >> drop) & 1) & kept

    if far != 0:
        return pattern
    return dot_product.pattern(total, drop)

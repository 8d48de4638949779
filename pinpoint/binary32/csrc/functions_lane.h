/* One lane of each function, in float64. functions.c includes this once per level, with
   LEVEL(name)     the name for this level,
   TARGET          the attributes that choose its instructions,
   FUSED(a, b, c)  a * b + c, with one rounding or two: the bounds below allow for two.

   Every function yields the binary32 roundings of a lower and of an upper bound of the exact result: where they agree,
   that is the correctly rounded result. u is 2^-53, the largest relative error of one operation. A bound is widened by
   at least u beyond the error of the value, since it is rounded to float64 itself. No branches, so that loops over
   these vectorise; what a special input computes is replaced at the end. */

#define INLINE static inline __attribute__((always_inline)) TARGET
#define UNROLLED _Pragma("GCC unroll 32")

INLINE void LEVEL(bound)(double value, double error, uint32_t sign, uint32_t *low, uint32_t *high)
{
    *low = word((float)(value - error)) | sign;
    *high = word((float)(value + error)) | sign;
}

INLINE void LEVEL(replace)(int special, uint32_t result, uint32_t *low, uint32_t *high)
{
    uint32_t mask = -(uint32_t)special;
    *low = (*low & ~mask) | (result & mask);
    *high = (*high & ~mask) | (result & mask);
}

/* exp(x) = scale * (1 + p) for |x| <= 104, scale = 2^k, -0.293 < p < 0.415.

   x = k ln 2 + r. k * LN2_HIGH has at most 8 + 32 bits and its difference from x is exact, so r is wrong by the last
   subtraction's rounding, u / 4 as |r| < 0.3466, or not at all if k = 0; p by 1.42 times as much. r * r * q is below
   0.07 and wrong by 4 u of itself, Taylor's remainder r^14 / 14! is below 2^-57, p's rounding u / 4: p is wrong by less
   than u in all, and by less than 2 u |p| if k = 0. */
INLINE double LEVEL(exp_minus_1)(double x, double *scale)
{
    double shifted = FUSED(x, LOG2_E, INTEGER_SHIFT);
    double k = shifted - INTEGER_SHIFT;
    double r = FUSED(-k, LN2_LOW, x - k * LN2_HIGH);
    double q = EXP_TAYLOR[13];
    UNROLLED
    for (int i = 12; i >= 2; i--)
        q = FUSED(q, r, EXP_TAYLOR[i]);
    *scale = double_of_bits((bits_of_double(shifted) + 1023) << 52);
    return FUSED(r * r, q, r);
}

/* 1 + p is rounded by u at most, so the error is below 2 u; 4 u leaves room for the bounds' own rounding, and decides
   the smallest x, as exp(-2^-25) is 4 u from a boundary. Scaling is exact. */
INLINE void LEVEL(exp)(uint32_t a, uint32_t *low, uint32_t *high)
{
    uint32_t magnitude = a & MAGNITUDE;
    /* exp(-104) rounds to 0, exp(104) to infinity. */
    uint32_t clamped = magnitude < EXP_LIMIT ? magnitude : EXP_LIMIT;
    double scale;
    double p = LEVEL(exp_minus_1)((double)number(clamped | (a & SIGN)), &scale);
    LEVEL(bound)(scale * (1.0 + p), scale * 0x1p-51, 0, low, high);
    LEVEL(replace)(magnitude > INFINITE, NOT_A_NUMBER, low, high);
}

/* x = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f): log x = k ln 2 + 2 atanh(s).

   m has 24 bits, so f and 2 + f are exact and s is wrong by u. The series' tail after s^19 is below 2^-55 of it, the
   rest after the first term, below 0.01 of it, is wrong by 6 u of itself: together 0.3 u. If k = 0 the last addition
   makes it 2.3 u; else k * LN2_HIGH is exact, the inner sum is below 0.3467 and rounded once more, |log x| > 0.3465 and
   rounded: below 3.5 u. The bounds are at 8 u. log 1 is exactly 0. */
INLINE void LEVEL(log)(uint32_t a, uint32_t *low, uint32_t *high)
{
    uint64_t bits = bits_of_double((double)number(a));
    uint64_t biased = (bits + (ONE_BITS - SQRT_HALF_BITS)) >> 52;
    double k = double_of_bits(biased | INTEGER_BITS) - (INTEGER + 1023.0);
    double f = double_of_bits(bits - (biased << 52) + ONE_BITS) - 1.0;
    double s = f / (2.0 + f);
    double z = s * s;
    double q = ATANH_TAYLOR[9];
    UNROLLED
    for (int i = 8; i >= 1; i--)
        q = FUSED(q, z, ATANH_TAYLOR[i]);
    double rest = FUSED(s * z, q, k * LN2_LOW);
    double value = FUSED(k, LN2_HIGH, FUSED(2.0, s, rest));
    double error = __builtin_fabs(value) * 0x1p-50;
    LEVEL(bound)(value, error, 0, low, high);
    LEVEL(replace)(a >= INFINITE, NOT_A_NUMBER, low, high);
    LEVEL(replace)(a == INFINITE, INFINITE, low, high);
    LEVEL(replace)((a & MAGNITUDE) == 0, SIGN | INFINITE, low, high);
}

/* 1 / sqrt(x) is wrong by at most 2 u = 2^-52 of itself. No result is nearer than 2^-51.8 of itself to a boundary, as
   `make exhaustive` finds in integers, so that rounding again is right. */
INLINE void LEVEL(rsqrt)(uint32_t a, uint32_t *low, uint32_t *high)
{
    *low = word((float)(1.0 / __builtin_sqrt((double)number(a))));
    LEVEL(replace)(a > INFINITE, NOT_A_NUMBER, low, high);
    LEVEL(replace)((a & MAGNITUDE) == 0, a | INFINITE, low, high);
    *high = *low;
}

/* tanh|x| = e / (e + 2), e = exp(2|x|) - 1 = scale * p + (scale - 1).

   If k = 0, e is wrong by 2 u of itself. Else e > 0.414, and p's u is magnified by scale / e < 2 / 0.414 < 4.9; e's
   rounding makes it 5.9 u, and tanh varies by 2 / (2 + e) < 0.83 of that. e + 2 and the quotient are rounded: below
   7 u. The bounds are at 16 u. */
INLINE void LEVEL(tanh)(uint32_t a, uint32_t *low, uint32_t *high)
{
    uint32_t magnitude = a & MAGNITUDE;
    /* tanh(10) rounds to 1. */
    uint32_t clamped = magnitude < TANH_LIMIT ? magnitude : TANH_LIMIT;
    double scale;
    double p = LEVEL(exp_minus_1)(2.0 * (double)number(clamped), &scale);
    double e = FUSED(scale, p, scale - 1.0);
    double value = e / (e + 2.0);
    LEVEL(bound)(value, value * 0x1p-49, a & SIGN, low, high);
    LEVEL(replace)(magnitude > INFINITE, NOT_A_NUMBER, low, high);
}

/* erf|x| = |x| P(x^2), P(v) = erf(sqrt v) / sqrt v, by the polynomial that agrees with P at Chebyshev's 27 points of
   [0, 3.9375^2], in powers of t = v - 7.75. It is within 2^-53 of P, relatively.

   P's derivatives alternate in sign, so the terms' magnitudes add up to P(0) = 1.13 at either end, where P is at least
   0.25; each weighted by the roundings that it goes through, its coefficient's among them, they add up to less than
   32 P. x^2 is exact, t is wrong by 4 u and |P'| < P / 3, the product with x is rounded: below 36 u. The bounds are at
   64 u. */
INLINE void LEVEL(erf)(uint32_t a, uint32_t *low, uint32_t *high)
{
    uint32_t magnitude = a & MAGNITUDE;
    /* erf(3.9375) rounds to 1. */
    uint32_t clamped = magnitude < ERF_LIMIT ? magnitude : ERF_LIMIT;
    double x = (double)number(clamped);
    double t = x * x - ERF_CENTRE;
    double q = ERF_CHEBYSHEV[26];
    UNROLLED
    for (int i = 25; i >= 0; i--)
        q = FUSED(q, t, ERF_CHEBYSHEV[i]);
    double value = x * q;
    LEVEL(bound)(value, value * 0x1p-47, a & SIGN, low, high);
    LEVEL(replace)(magnitude > INFINITE, NOT_A_NUMBER, low, high);
}

#undef INLINE
#undef UNROLLED

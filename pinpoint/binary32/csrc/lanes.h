/* A lane is a 32-bit pattern: memory is always words, and numbers exist only in registers. */
#ifndef PINPOINT_LANES_H
#define PINPOINT_LANES_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "floats are computed in a wider format here, which would round twice"
#endif

#ifdef __FAST_MATH__
#error "with -ffast-math bits differ"
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define NOT_A_NUMBER 0x7fc00000u
#define INFINITE 0x7f800000u
#define SIGN 0x80000000u
#define MAGNITUDE 0x7fffffffu
#define ONE 0x3f800000u

ALWAYS_INLINE float number(uint32_t word)
{
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

ALWAYS_INLINE uint32_t word(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

ALWAYS_INLINE int is_nan(uint32_t a)
{
    return (a & MAGNITUDE) > INFINITE;
}

/* The word of a result: every NaN is the canonical one. */
ALWAYS_INLINE uint32_t canonical(float value)
{
    return value != value ? NOT_A_NUMBER : word(value);
}

/* An integer that orders as the values do, -0 below +0, NaN the largest. */
ALWAYS_INLINE int32_t order(uint32_t a)
{
    const uint32_t nan = -(uint32_t)is_nan(a), negative = -(a >> 31);
    return (int32_t)(((a ^ (negative & MAGNITUDE)) & ~nan) | (INT32_MAX & nan));
}

/* The word of that order; the canonical NaN for NaN's. */
ALWAYS_INLINE uint32_t from_order(int32_t ordered)
{
    const uint32_t a = (uint32_t)ordered;
    return ordered == INT32_MAX ? NOT_A_NUMBER : a ^ (-(a >> 31) & MAGNITUDE);
}

/* x * y + z, rounded once. */
ALWAYS_INLINE float fused(float x, float y, float z)
{
#ifdef FP_FAST_FMAF
    return fmaf(x, y, z);
#else
    /* The product is exact in double, and Knuth's TwoSum finds what the sum lost. Truncated, with a last bit of one if
       it is inexact, a sum can neither be nor cross a tie of the shorter format (53 >= 2 * 24 + 2), so rounding it
       once more is right. */
    const double product = (double)x * y, sum = product + z, addend = sum - product;
    const double lost = (product - (sum - addend)) + (z - addend);
    uint64_t bits, lost_bits;
    memcpy(&bits, &sum, sizeof bits);
    memcpy(&lost_bits, &lost, sizeof lost_bits);
    const uint64_t inexact = fabs(lost) > 0; /* false where the sum is not finite: then it is NaN */
    const uint64_t away = (bits ^ lost_bits) >> 63;
    bits = (bits - (away & inexact)) | inexact;
    double truncated;
    memcpy(&truncated, &bits, sizeof truncated);
    return (float)truncated;
#endif
}

#endif

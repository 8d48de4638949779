#include "lane_loops.h"

#include "lanes.h"
#include "levels.h"

/* The nearest integer, ties to even, of int32; 0 for NaN. */
ALWAYS_INLINE int32_t nearest(uint32_t a)
{
    const float size = number(a & MAGNITUDE), shift = 0x1p23f;
    /* From 2^23 on every number is an integer; below, the sum has no bits for a fraction. */
    const float whole = size < shift ? (size + shift) - shift : size;
    const float fits = whole < 0x1p31f ? whole : 0;
    const int32_t negative = -(int32_t)(a >> 31);
    const int32_t integer = ((int32_t)fits ^ negative) - negative;
    const int32_t saturated = whole < 0x1p31f ? integer : INT32_MAX ^ negative;
    return is_nan(a) ? 0 : saturated;
}

ALWAYS_INLINE int32_t clamped(int32_t value, int32_t low, int32_t high)
{
    value = value < low ? low : value;
    return value > high ? high : value;
}

#if PINPOINT_X86
#define TARGET TARGET_AVX512
#define NAME(x) x##_avx512
#define FUSED(x, y, z) __builtin_fmaf(x, y, z)
#include "loops.h"

#define TARGET TARGET_AVX2
#define NAME(x) x##_avx2
#define FUSED(x, y, z) __builtin_fmaf(x, y, z)
#include "loops.h"
#endif

#define TARGET
#define NAME(x) x##_portable
#define FUSED(x, y, z) fused(x, y, z)
#include "loops.h"

const struct loops *pinpoint_loops(void)
{
#if PINPOINT_X86
    if (pinpoint_level == AVX512)
        return &loops_avx512;
    if (pinpoint_level == AVX2)
        return &loops_avx2;
#endif
    return &loops_portable;
}

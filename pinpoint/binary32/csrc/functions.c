/* Correctly rounded exp, log, 1 / sqrt, tanh and erf.

   Each is computed in float64 with a proven bound on the error (functions_lane.h). If the two ends of the enclosure
   round to one binary32, that is the result, and else the lane is undecided: fewer than one in a million, and the
   caller settles it exactly. `make exhaustive` has tried every input.

   Lanes are taken in blocks of fixed length, so that the compiler makes plain vector loops of the scalar code, without
   remainders. The caller has set rounding to nearest and kept subnormals. */

#include "functions.h"

#include "functions_constants.h"
#include "levels.h"
#include "operators.h"

#define BLOCK 256

/* Writes both roundings of each lane; returns zero if they agree in all lanes. */
typedef uint32_t kernel(const uint32_t *restrict a, uint32_t *restrict low, uint32_t *restrict high);

struct kernels {
    kernel *exp, *log, *rsqrt, *tanh, *erf;
};

#define LEVEL(name) name##_portable
#define TARGET
#ifdef __FP_FAST_FMA
#define FUSED(a, b, c) __builtin_fma(a, b, c)
#else
#define FUSED(a, b, c) ((a) * (b) + (c))
#endif
#include "functions_level.h"

#if PINPOINT_X86
#define LEVEL(name) name##_avx2
#define TARGET TARGET_AVX2
#define FUSED(a, b, c) __builtin_fma(a, b, c)
#include "functions_level.h"

#define LEVEL(name) name##_avx512
#define TARGET TARGET_AVX512
#define FUSED(a, b, c) __builtin_fma(a, b, c)
#include "functions_level.h"

static const struct kernels *const LEVELS[] = {&kernels_portable, &kernels_avx2, &kernels_avx512};
#else
static const struct kernels *const LEVELS[] = {&kernels_portable};
#endif

static const struct kernels *chosen;

void pinpoint_functions_level(int level)
{
    int best = pinpoint_best_level();
    chosen = LEVELS[level < best ? level : best];
}

static kernel *kernel_of(int code)
{
    const struct kernels *kernels = chosen != NULL ? chosen : LEVELS[pinpoint_best_level()];
    switch (code) {
    case EXP:
        return kernels->exp;
    case LOG:
        return kernels->log;
    case RSQRT:
        return kernels->rsqrt;
    case TANH:
        return kernels->tanh;
    default:
        return kernels->erf;
    }
}

size_t pinpoint_function(int code, const uint32_t *a, uint32_t *out, size_t n, size_t *undecided)
{
    kernel *function = kernel_of(code);
    uint32_t low[BLOCK], high[BLOCK], padded[BLOCK] = {0};
    size_t count = 0;
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t length = n - start < BLOCK ? n - start : BLOCK;
        const uint32_t *lanes = a + start;
        if (length < BLOCK)
            lanes = memcpy(padded, lanes, length * sizeof *lanes);
        if (!function(lanes, low, high)) {
            memcpy(out + start, low, length * sizeof *out);
            continue;
        }
        for (size_t i = 0; i < length; i++) {
            if (low[i] == high[i])
                out[start + i] = low[i];
            else
                undecided[count++] = start + i;
        }
    }
    return count;
}

/* The kernels of one level: LEVEL, TARGET and FUSED are described in functions_lane.h. */

#include "functions_lane.h"

#define KERNEL(name)                                                                                                   \
    TARGET static uint32_t LEVEL(name##_block)(const uint32_t *restrict a, uint32_t *restrict low,                     \
                                               uint32_t *restrict high)                                                \
    {                                                                                                                  \
        uint32_t differ = 0;                                                                                           \
        for (int i = 0; i < BLOCK; i++) {                                                                              \
            uint32_t below, above;                                                                                     \
            LEVEL(name)(a[i], &below, &above);                                                                         \
            low[i] = below;                                                                                            \
            high[i] = above;                                                                                           \
            differ |= below ^ above;                                                                                   \
        }                                                                                                              \
        return differ;                                                                                                 \
    }

KERNEL(exp)
KERNEL(log)
KERNEL(rsqrt)
KERNEL(tanh)
KERNEL(erf)

static const struct kernels LEVEL(kernels) = {LEVEL(exp_block), LEVEL(log_block), LEVEL(rsqrt_block),
                                              LEVEL(tanh_block), LEVEL(erf_block)};

#undef KERNEL
#undef LEVEL
#undef TARGET
#undef FUSED

/* The instruction sets that kernels are compiled for; `pinpoint_level` says which of them run. */
#ifndef PINPOINT_LEVELS_H
#define PINPOINT_LEVELS_H

#define PORTABLE 0
#define AVX2 1
#define AVX512 2

#if defined(__x86_64__) && defined(__GNUC__)
#define PINPOINT_X86 1
#include <immintrin.h>
#define TARGET_AVX2 __attribute__((target("avx2,fma")))
#if defined(__clang__)
#define TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#else
#define TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,prefer-vector-width=512")))
#endif
#else
#define PINPOINT_X86 0
#endif

/* The level in use, and the highest that this processor has. */
extern int pinpoint_level;
int pinpoint_best_level(void);

#endif

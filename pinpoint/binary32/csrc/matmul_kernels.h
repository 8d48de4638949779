/* The product's inner kernels, one per instruction set. */
#ifndef PINPOINT_MATMUL_KERNELS_H
#define PINPOINT_MATMUL_KERNELS_H

#include <stddef.h>

#include "lanes.h"
#include "levels.h"

#define MAX_TILE_ROWS 12
/* Products of one row with one that are summed side by side. */
#define ABREAST 16

/* What a row of tiles shares. */
struct strip {
    const uint32_t *a; /* lane (i, k) at a[i * row + k], or where packed at a[k * kernel's rows + i] */
    size_t row;
    int packed;
    const uint32_t *b; /* lane (k, j) at b[k * kernel's cols + j], all kernel's cols readable */
    size_t terms;
    size_t stride; /* of out's rows */
    int first;     /* sums start from +0, else from out */
};

/* A row of a and one of b for each lane of the output; all can be read, also those whose lane is not wanted. */
struct dots {
    const uint32_t *a[ABREAST], *b[ABREAST];
    size_t terms;
};

struct kernel {
    size_t rows, cols; /* of a full tile */
    void (*tiles[MAX_TILE_ROWS])(const struct strip *, uint32_t *out, size_t cols);
    void (*dots)(const struct dots *, uint32_t *out, size_t count);
};

#if PINPOINT_X86

/* Transposes four by four, in each quarter of the vectors. */
TARGET_AVX512 ALWAYS_INLINE void columns_avx512(const uint32_t *const *rows, size_t k, __m512 *to)
{
    __m512 x[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        x[i] = _mm512_castps128_ps512(_mm_loadu_ps((const float *)(rows[i] + k)));
        x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps((const float *)(rows[i + 4] + k)), 1);
        x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps((const float *)(rows[i + 8] + k)), 2);
        x[i] = _mm512_insertf32x4(x[i], _mm_loadu_ps((const float *)(rows[i + 12] + k)), 3);
    }
    const __m512 low01 = _mm512_unpacklo_ps(x[0], x[1]), high01 = _mm512_unpackhi_ps(x[0], x[1]);
    const __m512 low23 = _mm512_unpacklo_ps(x[2], x[3]), high23 = _mm512_unpackhi_ps(x[2], x[3]);
    to[0] = _mm512_shuffle_ps(low01, low23, 0x44);
    to[1] = _mm512_shuffle_ps(low01, low23, 0xee);
    to[2] = _mm512_shuffle_ps(high01, high23, 0x44);
    to[3] = _mm512_shuffle_ps(high01, high23, 0xee);
}

#define TARGET TARGET_AVX512
#define NAME(x) x##_avx512
#define VECTOR __m512
#define WIDTH 16
#define MASK __mmask16
#define ROWS 12
#define FIRST_LANES(n) ((n) < 16 ? (__mmask16)((1u << (n)) - 1) : (__mmask16)0xffff)
#define ZERO() _mm512_setzero_ps()
#define LOAD(p) _mm512_loadu_ps(p)
#define LOAD_FIRST(p, mask) _mm512_maskz_loadu_ps(mask, p)
#define STORE_FIRST(p, mask, v) _mm512_mask_storeu_ps(p, mask, v)
#define SPLAT(p) _mm512_castsi512_ps(_mm512_set1_epi32((int)*(p)))
#define FUSED(x, y, z) _mm512_fmadd_ps(x, y, z)
#define CANONICAL(v)                                                                                                   \
    _mm512_mask_mov_ps(v, _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), _mm512_castsi512_ps(_mm512_set1_epi32(NOT_A_NUMBER)))
#define COLUMNS(rows, k, to) NAME(columns)(rows, k, to)
#include "matmul_dots.h"
#include "matmul_tile.h"

/* Transposes four by four, in each half of the vectors. */
TARGET_AVX2 ALWAYS_INLINE void columns_avx2(const uint32_t *const *rows, size_t k, __m256 *to)
{
    __m256 x[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        x[i] = _mm256_castps128_ps256(_mm_loadu_ps((const float *)(rows[i] + k)));
        x[i] = _mm256_insertf128_ps(x[i], _mm_loadu_ps((const float *)(rows[i + 4] + k)), 1);
    }
    const __m256 low01 = _mm256_unpacklo_ps(x[0], x[1]), high01 = _mm256_unpackhi_ps(x[0], x[1]);
    const __m256 low23 = _mm256_unpacklo_ps(x[2], x[3]), high23 = _mm256_unpackhi_ps(x[2], x[3]);
    to[0] = _mm256_shuffle_ps(low01, low23, 0x44);
    to[1] = _mm256_shuffle_ps(low01, low23, 0xee);
    to[2] = _mm256_shuffle_ps(high01, high23, 0x44);
    to[3] = _mm256_shuffle_ps(high01, high23, 0xee);
}

TARGET_AVX2 ALWAYS_INLINE __m256i first_lanes_avx2(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#define TARGET TARGET_AVX2
#define NAME(x) x##_avx2
#define VECTOR __m256
#define WIDTH 8
#define MASK size_t
#define ROWS 6
#define FIRST_LANES(n) (n)
#define ZERO() _mm256_setzero_ps()
#define LOAD(p) _mm256_loadu_ps((const float *)(p))
/* Masked moves are slow on some processors. */
#define LOAD_FIRST(p, n) ((n) >= 8 ? LOAD(p) : _mm256_maskload_ps((const float *)(p), first_lanes_avx2(n)))
#define STORE_FIRST(p, n, v)                                                                                           \
    ((n) >= 8 ? _mm256_storeu_ps((float *)(p), v) : _mm256_maskstore_ps((float *)(p), first_lanes_avx2(n), v))
#define SPLAT(p) _mm256_broadcast_ss((const float *)(p))
#define FUSED(x, y, z) _mm256_fmadd_ps(x, y, z)
#define CANONICAL(v)                                                                                                   \
    _mm256_blendv_ps(v, _mm256_castsi256_ps(_mm256_set1_epi32(NOT_A_NUMBER)), _mm256_cmp_ps(v, v, _CMP_UNORD_Q))
#define COLUMNS(rows, k, to) NAME(columns)(rows, k, to)
#include "matmul_dots.h"
#include "matmul_tile.h"

#endif

/* Plain C: a vector is four lanes, which a compiler may or may not put in one register. */
struct four {
    float lane[4];
};

ALWAYS_INLINE struct four four_load(const uint32_t *p, size_t count)
{
    struct four v = {{0}};
    for (size_t i = 0; i < count && i < 4; i++)
        v.lane[i] = number(p[i]);
    return v;
}

ALWAYS_INLINE void four_store(uint32_t *p, size_t count, struct four v)
{
    for (size_t i = 0; i < count && i < 4; i++)
        p[i] = canonical(v.lane[i]);
}

ALWAYS_INLINE struct four four_splat(float x)
{
    return (struct four){{x, x, x, x}};
}

ALWAYS_INLINE struct four four_fused(struct four x, struct four y, struct four z)
{
    for (int i = 0; i < 4; i++)
        z.lane[i] = fused(x.lane[i], y.lane[i], z.lane[i]);
    return z;
}

ALWAYS_INLINE void columns_portable(const uint32_t *const *rows, size_t k, struct four *to)
{
    for (int t = 0; t < 4; t++)
        for (int i = 0; i < 4; i++)
            to[t].lane[i] = number(rows[i][k + (size_t)t]);
}

#define TARGET
#define NAME(x) x##_portable
#define VECTOR struct four
#define WIDTH 4
#define MASK size_t
#define ROWS 4
#define FIRST_LANES(n) (n)
#define ZERO() ((struct four){{0}})
#define LOAD(p) four_load(p, 4)
#define LOAD_FIRST(p, count) four_load(p, count)
#define STORE_FIRST(p, count, v) four_store(p, count, v)
#define SPLAT(p) four_splat(number(*(p)))
#define FUSED(x, y, z) four_fused(x, y, z)
#define CANONICAL(v) (v)
#define COLUMNS(rows, k, to) NAME(columns)(rows, k, to)
#include "matmul_dots.h"
#include "matmul_tile.h"

#endif

/* Tiles of a product, in registers: included once per instruction set, which has defined
   TARGET, NAME(x), VECTOR, WIDTH, MASK, FIRST_LANES(n), ZERO(), LOAD(p), LOAD_FIRST(p, mask),
   STORE_FIRST(p, mask, v), SPLAT(p), FUSED(x, y, z), CANONICAL(v) and ROWS, at most 12. */

/* out[i, j] = fma(a[i, k], b[k, j], out[i, j]), k ascending. The constants `rows` and `vectors` unroll it. */
TARGET ALWAYS_INLINE void NAME(tile)(const int rows, const int vectors, const size_t row, const size_t step,
                                     const struct strip *s, uint32_t *out, size_t cols)
{
    VECTOR sum[ROWS][2], y[2];
    MASK mask[2];
    const uint32_t *a = s->a, *b = s->b;

#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++)
        mask[v] = FIRST_LANES(cols - (size_t)v * WIDTH);
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++)
            sum[i][v] = s->first ? ZERO() : LOAD_FIRST(out + i * s->stride + v * WIDTH, mask[v]);
    for (size_t k = 0; k < s->terms; k++) {
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++)
            y[v] = LOAD(b + v * WIDTH);
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            const VECTOR x = SPLAT(a + i * row);
#pragma GCC unroll 2
            for (int v = 0; v < vectors; v++)
                sum[i][v] = FUSED(x, y[v], sum[i][v]);
        }
        a += step;
        b += 2 * WIDTH;
    }
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++)
            STORE_FIRST(out + i * s->stride + v * WIDTH, mask[v], CANONICAL(sum[i][v]));
}

/* Each number of rows is a function of its own: all in one would not keep its sums in registers. */
#define TILE(rows)                                                                                                     \
    TARGET __attribute__((noinline)) static void NAME(tile_##rows)(const struct strip *s, uint32_t *out, size_t cols)  \
    {                                                                                                                  \
        if (s->packed && cols > WIDTH)                                                                                 \
            NAME(tile)(rows, 2, 1, ROWS, s, out, cols);                                                                \
        else if (s->packed)                                                                                            \
            NAME(tile)(rows, 1, 1, ROWS, s, out, cols);                                                                \
        else if (cols > WIDTH)                                                                                         \
            NAME(tile)(rows, 2, s->row, 1, s, out, cols);                                                              \
        else                                                                                                           \
            NAME(tile)(rows, 1, s->row, 1, s, out, cols);                                                              \
    }

TILE(1)
TILE(2)
TILE(3)
TILE(4)
#if ROWS > 4
TILE(5)
TILE(6)
#endif
#if ROWS > 6
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
#endif
#undef TILE

static const struct kernel NAME(kernel) = {
    .rows = ROWS,
    .cols = 2 * WIDTH,
    .dots = NAME(dots),
    .tiles = {
        NAME(tile_1), NAME(tile_2), NAME(tile_3), NAME(tile_4),
#if ROWS > 4
        NAME(tile_5), NAME(tile_6),
#endif
#if ROWS > 6
        NAME(tile_7), NAME(tile_8), NAME(tile_9), NAME(tile_10), NAME(tile_11), NAME(tile_12),
#endif
    },
};

#undef TARGET
#undef NAME
#undef VECTOR
#undef WIDTH
#undef MASK
#undef FIRST_LANES
#undef ZERO
#undef LOAD
#undef LOAD_FIRST
#undef STORE_FIRST
#undef SPLAT
#undef FUSED
#undef CANONICAL
#undef ROWS

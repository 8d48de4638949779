/* Products of rows with rows, a sum in each lane: included once per instruction set, which has defined what
   matmul_tile.h asks for and COLUMNS(rows, k, to): to[t] = lane k + t of each of WIDTH rows, t below four. */

#define VECTORS (ABREAST / WIDTH)

TARGET ALWAYS_INLINE void NAME(dots_in)(const int vectors, const struct dots *d, uint32_t *out, size_t count)
{
    VECTOR sum[VECTORS], x[4], y[4];
    size_t k = 0;

#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++)
        sum[v] = ZERO();
    for (; k + 4 <= d->terms; k += 4)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            COLUMNS(d->a + v * WIDTH, k, x);
            COLUMNS(d->b + v * WIDTH, k, y);
#pragma GCC unroll 4
            for (int t = 0; t < 4; t++)
                sum[v] = FUSED(x[t], y[t], sum[v]);
        }
    for (; k < d->terms; k++) {
        uint32_t column_a[ABREAST], column_b[ABREAST];
        for (int i = 0; i < vectors * WIDTH; i++) {
            column_a[i] = d->a[i][k];
            column_b[i] = d->b[i][k];
        }
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            sum[v] = FUSED(LOAD(column_a + v * WIDTH), LOAD(column_b + v * WIDTH), sum[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++)
        if ((size_t)v * WIDTH < count) {
            const MASK mask = FIRST_LANES(count - (size_t)v * WIDTH);
            STORE_FIRST(out + v * WIDTH, mask, CANONICAL(sum[v]));
        }
}

/* out[i] = fma(a[i][k], b[i][k], out[i]), k ascending from +0, for i below count. */
TARGET static void NAME(dots)(const struct dots *d, uint32_t *out, size_t count)
{
    if (count <= WIDTH)
        NAME(dots_in)(1, d, out, count);
    else
        NAME(dots_in)(VECTORS, d, out, count);
}

#undef VECTORS
#undef COLUMNS

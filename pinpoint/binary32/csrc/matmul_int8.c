/* Products of int8 matrices, by the product of float32 ones, which is exact while the sums stay within 2^24. */

#include <stdlib.h>

#include "lanes.h"
#include "matmul.h"

/* 2^10 products of 2^7 * 2^7 */
#define EXACT_TERMS 1024

/* The low bytes of `terms` columns, as numbers. */
static void widen(const uint32_t *from, uint32_t *to, size_t rows, size_t stride, size_t terms)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < terms; k++)
            to[i * terms + k] = word((int8_t)from[i * stride + k]);
}

int pinpoint_matmul_int8(size_t batches, size_t rows, size_t terms, size_t cols, const uint32_t *a, const uint32_t *b,
                         uint32_t *out)
{
    const size_t most = terms < EXACT_TERMS ? terms : EXACT_TERMS;
    const size_t lanes = batches * rows * cols, a_lanes = batches * rows * most, b_lanes = batches * cols * most;
    int done = 1;

    memset(out, 0, lanes * sizeof *out);
    if (rows == 0 || cols == 0 || terms == 0)
        return 1;
    uint32_t *x = malloc((a_lanes + b_lanes + lanes) * sizeof *x);
    if (x == NULL)
        return 0;
    uint32_t *y = x + a_lanes, *sums = y + b_lanes;
    for (size_t first = 0; first < terms && done; first += most) {
        const size_t some = terms - first < most ? terms - first : most;
        widen(a + first, x, batches * rows, terms, some);
        widen(b + first, y, batches * cols, terms, some);
        done = pinpoint_matmul(batches, rows, some, cols, x, y, sums);
        for (size_t i = 0; i < lanes; i++)
            out[i] += (uint32_t)(int32_t)number(sums[i]);
    }
    free(x);
    return done;
}

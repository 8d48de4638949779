/* Reductions of rows, and sums scattered to them. */
#ifndef PINPOINT_ROWS_H
#define PINPOINT_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* Each takes a (rows x cols) and writes one lane per row; all but the sum need a column. */
void pinpoint_row_sum(const uint32_t *a, uint32_t *out, size_t rows, size_t cols);
void pinpoint_row_max(const uint32_t *a, uint32_t *out, size_t rows, size_t cols);
void pinpoint_argmax(const uint32_t *a, uint32_t *out, size_t rows, size_t cols);

/* a (depth x terms), targets (terms) as int32, out (rows x depth): lane (i, j) is the sum of a[j, k] over each k,
   ascending, with targets[k] == i. */
void pinpoint_scatter_add(const uint32_t *a, const uint32_t *targets, uint32_t *out, size_t rows, size_t depth,
                          size_t terms);

#endif

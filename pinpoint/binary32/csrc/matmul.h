/* Products of matrices; see docs/design.md, section 3, MATMUL and MATMUL_INT8. */
#ifndef PINPOINT_MATMUL_H
#define PINPOINT_MATMUL_H

#include <stddef.h>
#include <stdint.h>

/* For each of the batches, out (rows x cols) = a (rows x terms) times b (cols x terms) transposed: from +0, one fused
   multiply-add per term, ascending. Returns whether there was memory for it. */
int pinpoint_matmul(size_t batches, size_t rows, size_t terms, size_t cols, const uint32_t *a, const uint32_t *b,
                    uint32_t *out);

/* The same of the lanes' low bytes as int8, in int32 modulo 2^32. */
int pinpoint_matmul_int8(size_t batches, size_t rows, size_t terms, size_t cols, const uint32_t *a, const uint32_t *b,
                         uint32_t *out);

#endif

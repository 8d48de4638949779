/* Loops over lanes, of the instruction set in use. */
#ifndef PINPOINT_LANE_LOOPS_H
#define PINPOINT_LANE_LOOPS_H

#include <stddef.h>
#include <stdint.h>

#include "operators.h"

#define PREDICATES 3
#define INTEGERS 2

/* Reads as many of a, b and c as it has operands. */
typedef void lane_loop(const uint32_t *a, const uint32_t *b, const uint32_t *c, uint32_t *out, size_t n);

struct loops {
    lane_loop *pointwise[AFTER_POINTWISE]; /* by code; NULL for those with an attribute, and for the functions */
    lane_loop *compare[PREDICATES + 1];    /* by predicate; other predicates never hold */
    lane_loop *to_int[INTEGERS];
    int32_t (*largest)(const uint32_t *a, size_t n);
};

const struct loops *pinpoint_loops(void);

#endif

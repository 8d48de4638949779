/* Operators of one lane of each operand, which broadcast. */
#ifndef PINPOINT_POINTWISE_H
#define PINPOINT_POINTWISE_H

#include <stddef.h>
#include <stdint.h>

#define MOST_OPERANDS 3

/* Each side is the output's, or 1. */
struct operand {
    const uint32_t *data;
    size_t rows, cols;
};

/* A lane of the output that is still to be computed, exactly. */
struct undecided {
    size_t lane;
    uint32_t argument;
};

struct undecided_list {
    struct undecided *items; /* to be freed */
    size_t count;
    int no_memory;
};

/* How many operands the operator takes; 0 where there is none of that code. */
int pinpoint_operand_count(long code);

/* Cycles that so many lanes take, roughly. */
double pinpoint_pointwise_cost(int code, size_t lanes);

/* out = the operator, rows x cols. Attributes that are not an operator's: COMPARE is false, TO_INT is to int32. */
void pinpoint_pointwise(int code, uint64_t attribute, const struct operand *operands, uint32_t *out, size_t rows,
                        size_t cols, struct undecided_list *undecided);

#endif

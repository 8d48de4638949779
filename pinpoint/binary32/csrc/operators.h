/* The pointwise operators' codes (docs/design.md, section 3). */
#ifndef PINPOINT_OPERATORS_H
#define PINPOINT_OPERATORS_H

enum operator_code {
    ADD = 16, SUB, MUL, DIV, FMA, NEG, MAX, COMPARE, SELECT, SQRT, EXP, LOG, ABS, MIN, RSQRT, TANH, ERF, TO_INT,
    TO_FLOAT, AFTER_POINTWISE
};

#endif

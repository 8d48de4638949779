/* Correctly rounded functions of binary32 lanes; the method is explained in functions.c. */
#ifndef PINPOINT_FUNCTIONS_H
#define PINPOINT_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

/* Writes the correctly rounded result of each of n lanes, or, where the fast path cannot decide, leaves it and puts the
   lane's index into undecided (room for n). Returns how many. code: EXP 26, LOG 27, RSQRT 30, TANH 31, ERF 32. */
size_t pinpoint_function(int code, const uint32_t *a, uint32_t *out, size_t n, size_t *undecided);

/* 0 portable, 1 AVX2 + FMA, 2 AVX-512; the default is the best that this processor has, and the most that can be set.
   Results never depend on it (undecided sets may). */
void pinpoint_functions_level(int level);

#endif

/* The numbers of functions_lane.h, and the bits of a float64. */
#ifndef PINPOINT_FUNCTIONS_CONSTANTS_H
#define PINPOINT_FUNCTIONS_CONSTANTS_H

#include "lanes.h"

#define EXP_LIMIT 0x42d00000u  /* 104 */
#define TANH_LIMIT 0x41200000u /* 10 */
#define ERF_LIMIT 0x407c0000u  /* 3.9375 */

#define LOG2_E 0x1.71547652b82fep+0
/* ln 2 in 32 bits, and the rest. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW 0x1.a39ef35793c76p-33

/* Adding it leaves the nearest integer in the low bits. */
#define INTEGER_SHIFT 0x1.8p+52
/* Or-ing an integer into its bits adds that. */
#define INTEGER 0x1p+52
#define INTEGER_BITS 0x4330000000000000u
#define ONE_BITS 0x3ff0000000000000u
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdu

/* 1 / n! */
static const double EXP_TAYLOR[14] = {
    1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
    1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};

/* Of 2 atanh: 2 / (2 n + 1) */
static const double ATANH_TAYLOR[10] = {
    2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19};

#define ERF_CENTRE 7.75
static const double ERF_CHEBYSHEV[27] = {
    0x1.6fcd22af732c0p-2, -0x1.7b26f08c9b361p-6, 0x1.237b69152a762p-9, -0x1.ea83a9276f280p-13,
    0x1.a51fecdf5a54ep-16, -0x1.642a6adcbec70p-19, 0x1.2240dad81a972p-22, -0x1.c18ac05249a1ap-26,
    0x1.4826fb8956b14p-29, -0x1.c1d07af570942p-33, 0x1.2116da9188ed7p-36, -0x1.5c9507e87cd85p-40,
    0x1.8ad7e6bb22319p-44, -0x1.a4f305d20b94cp-48, 0x1.a7512996ee556p-52, -0x1.9270d76a9acc5p-56,
    0x1.6a92eac97f394p-60, -0x1.366bf40898eeep-64, 0x1.f96b0194f4160p-69, -0x1.862e0546e46f7p-73,
    0x1.21f2cfbe65e17p-77, -0x1.ace0fe1f8c014p-82, 0x1.2192c35c47bb6p-86, -0x1.27a64347f420ap-91,
    0x1.8249e79022dc0p-96, -0x1.d5f5929ee4185p-100, 0x1.08c169d887483p-104};

ALWAYS_INLINE double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

ALWAYS_INLINE uint64_t bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif

/* Judges results of exp, log, 1 / sqrt, tanh and erf by enclosures that share nothing with the library.

   A value is computed in double-double from a power series, with a bound on its error. A binary32 result is right if
   the enclosure lies between the two midpoints that round to it, wrong if it lies outside, and otherwise undecided
   here: then MPFR decides. The bounds leave a factor of 2^5 at least over what the comments count.

   Inputs are taken 64 at a time, so that the loops over them vectorise. */

#include <stddef.h>

#include "double_double.h"
#include "lanes.h"
#include "operators.h"

#define LANES 64

typedef struct {
    double high[LANES], low[LANES], radius[LANES];
} enclosures;

static inline void put(enclosures *to, int i, dd value, double radius)
{
    to->high[i] = value.high;
    to->low[i] = value.low;
    to->radius[i] = radius;
}

static inline dd get(const enclosures *from, int i)
{
    return (dd){from->high[i], from->low[i]};
}

/* Their errors are below 2^-108 of them. */
static const dd LN2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
static const dd TWO_OVER_SQRT_PI = {0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56};

#define EXP_TERMS 25 /* 0.35^25 / 25! < 2^-121 */
#define EXP_LONG 13
static dd inverse_factorial[EXP_TERMS];

#define ERF_TERMS 128
static dd inverse_odd[ERF_TERMS];

__attribute__((constructor)) static void prepare(void)
{
    inverse_factorial[0] = ratio(1.0, 1.0);
    for (int n = 1; n < EXP_TERMS; n++)
        inverse_factorial[n] = multiply(inverse_factorial[n - 1], ratio(1.0, n));
    for (int n = 0; n < ERF_TERMS; n++)
        inverse_odd[n] = ratio(1.0, 2 * n + 1);
}

/* exp(x), |x| <= 104, relative error below 2^-96.

   x = k ln 2 + r: k ln 2 is wrong by (2 u^2 + 2^-108) 104 < 2^-97, r by as much. Terms from r^13 / 13! < 2^-52 on are
   summed in float64, to 2^-50 of themselves; thirteen steps of Horner, with factorials good to 20 n u^2, add 2^-101. */
static inline dd exp_series(double x)
{
    double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p+52;
    double k = shifted - 0x1.8p+52;
    dd r = add_double(multiply_double(LN2, -k), x);
    double tail = inverse_factorial[EXP_TERMS - 1].high;
#pragma GCC unroll 32
    for (int n = EXP_TERMS - 2; n >= EXP_LONG; n--)
        tail = tail * r.high + inverse_factorial[n].high;
    dd sum = {tail, 0.0};
#pragma GCC unroll 32
    for (int n = EXP_LONG - 1; n >= 0; n--)
        sum = add(multiply(sum, r), inverse_factorial[n]);
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return (dd){sum.high * scale, sum.low * scale};
}

static void enclose_exp(const double *restrict x, enclosures *restrict out)
{
    for (int i = 0; i < LANES; i++) {
        dd value = exp_series(x[i]);
        put(out, i, value, value.high * 0x1p-90);
    }
}

/* log x = y + log(x exp(-y)) for any y near it: z = x exp(-y) - 1 is below 2^-45, so z - z^2 / 2 is within 2^-136 of
   log(1 + z). z is wrong by 2^-95, the sum by 3 u^2 of itself. */
static void enclose_log(const double *restrict x, enclosures *restrict out)
{
    double y[LANES], z_size[LANES];
    for (int i = 0; i < LANES; i++)
        y[i] = log(x[i]);
    for (int i = 0; i < LANES; i++) {
        dd z = add_double(multiply_double(exp_series(-y[i]), x[i]), -1.0);
        dd half_square = multiply_double(multiply(z, z), -0.5);
        put(out, i, add_double(add(z, half_square), y[i]), 0x1p-90 + fabs(y[i]) * 0x1p-90);
        z_size[i] = fabs(z.high);
    }
    for (int i = 0; i < LANES; i++)
        if (!(z_size[i] < 0x1p-45))
            out->radius[i] = INFINITY;
}

/* x - x^3 / 3 + 2 x^5 / 15 - 17 x^7 / 315 + 62 x^9 / 2835, alternating: below 2^-10 the next is 2^-106 of it. */
static void tanh_series(const double *restrict x, enclosures *restrict out)
{
    const dd coefficients[] = {ratio(17.0, -315.0), ratio(2.0, 15.0), ratio(1.0, -3.0), ratio(1.0, 1.0)};
    const dd first = ratio(62.0, 2835.0);
    for (int i = 0; i < LANES; i++) {
        dd square = two_product(x[i], x[i]);
        dd sum = first;
#pragma GCC unroll 4
        for (int n = 0; n < 4; n++)
            sum = add(multiply(sum, square), coefficients[n]);
        sum = multiply_double(sum, x[i]);
        put(out, i, sum, sum.high * 0x1p-95);
    }
}

/* (1 - e) / (1 + e), e = exp(-2 x): from 2^-10 on, 1 - e > 2^-10 is wrong by 2^-96. */
static void enclose_tanh(const double *restrict x, enclosures *restrict out)
{
    enclosures small;
    tanh_series(x, &small);
    for (int i = 0; i < LANES; i++) {
        dd e = exp_series(-2.0 * x[i]);
        dd value = divide(add_double(negate(e), 1.0), add_double(e, 1.0));
        put(out, i, value, value.high * 0x1p-80);
    }
    for (int i = 0; i < LANES; i++)
        if (x[i] < 0x1p-10)
            put(out, i, get(&small, i), small.radius[i]);
}

/* erf x = 2 / sqrt(pi) exp(-v) x (1 + 2 v / 3 + (2 v)^2 / (3 5) + ...), v = x^2 < 16: all terms are positive, and once
   the largest x's is less than half of the one before, the rest is no more than the last, which is made less than 2^-100
   of the sum. Term n is wrong by 12 n u^2 of itself, the sum of n < 128 by 3 n u^2: 2^-94 with the rest. */
static void enclose_erf(const double *restrict x, enclosures *restrict out)
{
    double twice[LANES], largest = 0.0;
    enclosures term, sum;
    for (int i = 0; i < LANES; i++) {
        twice[i] = 2.0 * x[i] * x[i]; /* exact */
        largest = fmax(largest, twice[i]);
        put(&term, i, (dd){1.0, 0.0}, 0.0);
        put(&sum, i, (dd){1.0, 0.0}, 0.0);
    }
    double last = 1.0, total = 1.0;
    for (int n = 1; n < ERF_TERMS && (last > 0x1p-101 * total || 2 * n + 1 < 2 * largest); n++) {
        dd factor = inverse_odd[n];
        last *= largest * factor.high;
        total += last;
        for (int i = 0; i < LANES; i++) {
            dd next = multiply(multiply_double(get(&term, i), twice[i]), factor);
            put(&term, i, next, 0.0);
            put(&sum, i, add(get(&sum, i), next), 0.0);
        }
    }
    double error = last > 0x1p-101 * total ? INFINITY : 0x1p-88;
    for (int i = 0; i < LANES; i++) {
        dd scale = multiply_double(TWO_OVER_SQRT_PI, x[i]);
        dd value = multiply(multiply(get(&sum, i), exp_series(-0.5 * twice[i])), scale);
        put(out, i, value, value.high * error);
    }
}

static void enclose(int code, const double *x, enclosures *out)
{
    switch (code) {
    case EXP: enclose_exp(x, out); break;
    case LOG: enclose_log(x, out); break;
    case TANH: enclose_tanh(x, out); break;
    case ERF: enclose_erf(x, out); break;
    default: break;
    }
}

/* Whether the result is known without computing: the ends of design.md, section 4, exact values, and where a function
   is so near its limit that it rounds to that (exp -104 < 2^-150, exp 89 > 2^128, 1 - tanh 10 and 1 - erf 4 < 2^-25).
   1 / sqrt(4^k) is judged like the others. */
static int known(int code, uint32_t a, uint32_t *result)
{
    uint32_t magnitude = a & MAGNITUDE, sign = a & SIGN;
    int at_limit;
    if (magnitude > INFINITE) {
        *result = NOT_A_NUMBER;
        return 1;
    }
    double size = (double)number(magnitude);
    switch (code) {
    case EXP:
        *result = magnitude == 0 ? ONE : sign ? 0 : INFINITE;
        return magnitude == 0 || size > (sign ? 104.0 : 89.0);
    case LOG:
        *result = magnitude == 0 ? SIGN | INFINITE : sign ? NOT_A_NUMBER : a == ONE ? 0 : INFINITE;
        return magnitude == 0 || sign || a == ONE || a == INFINITE;
    case RSQRT:
        *result = magnitude == 0 ? a | INFINITE : sign ? NOT_A_NUMBER : 0;
        return magnitude == 0 || sign || a == INFINITE;
    default:
        at_limit = size >= (code == TANH ? 10.0 : 4.0);
        *result = at_limit ? sign | ONE : a;
        return at_limit || magnitude == 0;
    }
}

/* The two numbers between which exactly those lie that round to a positive result; 0 stands below the smallest. */
static void midpoints(uint32_t magnitude, double *low, double *high)
{
    double value = magnitude == INFINITE ? 0x1p128 : (double)number(magnitude);
    double next = magnitude + 1 == INFINITE ? 0x1p128 : (double)number(magnitude + 1);
    *low = magnitude == 0 ? 0.0 : (value + (double)number(magnitude - 1)) / 2.0;
    *high = magnitude == INFINITE ? INFINITY : (value + next) / 2.0;
}

enum verdict { RIGHT, WRONG, STRADDLES };

static int verdict(double above_low, double below_high, double radius)
{
    if (above_low > radius && below_high > radius)
        return RIGHT;
    return above_low < -radius || below_high < -radius ? WRONG : STRADDLES;
}

/* x t^2 - 1, with the right sign: the square of 26 bits and the product are exact, so is the difference near 0. */
static double excess(double x, double t)
{
    dd product = two_product(t * t, x);
    return (product.high - 1.0) + product.low;
}

/* A positive value's verdict; *distance is how far it is from the nearer midpoint, in units of the value. */
static int judge(int code, double x, dd value, double radius, uint32_t result, double *distance)
{
    double low, high;
    if (result > INFINITE)
        return WRONG;
    midpoints(result, &low, &high);
    if (code == RSQRT) {
        /* 1 / sqrt(x) > t as x t^2 < 1, and they differ by half as much. */
        double above_low = -excess(x, low), below_high = excess(x, high);
        *distance = fmin(above_low, below_high) / 2.0;
        return verdict(above_low, below_high, 0.0);
    }
    double above_low = (value.high - low) + value.low;
    double below_high = (high - value.high) - value.low;
    *distance = fmin(above_low, below_high) / value.high;
    return verdict(above_low, below_high, radius);
}

/* The verdicts on n results, and the distances, 1 where the result was known. */
void pinpoint_judge(int code, const uint32_t *inputs, const uint32_t *results, size_t n, uint8_t *verdicts,
                    double *distances)
{
    int odd = code == TANH || code == ERF;
    for (size_t start = 0; start < n; start += LANES) {
        size_t length = n - start < LANES ? n - start : LANES;
        uint32_t expected[LANES];
        uint8_t is_known[LANES];
        double x[LANES];
        enclosures exact;
        for (size_t i = 0; i < LANES; i++) {
            uint32_t a = i < length ? inputs[start + i] : 0;
            is_known[i] = (uint8_t)known(code, a, &expected[i]);
            x[i] = is_known[i] ? 1.0 : (double)number(odd ? a & MAGNITUDE : a);
        }
        enclose(code, x, &exact);
        for (size_t i = 0; i < length; i++) {
            size_t lane = start + i;
            distances[lane] = 1.0;
            if (is_known[i]) {
                verdicts[lane] = results[lane] == expected[i] ? RIGHT : WRONG;
                continue;
            }
            dd value = get(&exact, (int)i);
            int negative = odd ? inputs[lane] >> 31 : code == LOG && value.high < 0.0;
            if (negative && !odd)
                value = negate(value);
            verdicts[lane] = (uint8_t)judge(code, x[i], value, exact.radius[i],
                                            negative ? results[lane] ^ SIGN : results[lane], &distances[lane]);
        }
    }
}

/* The enclosures themselves, for their test; of the magnitude where the function is odd. n is 64. */
void pinpoint_enclose(int code, const double *x, double *high, double *low, double *radius)
{
    enclosures exact;
    enclose(code, x, &exact);
    memcpy(high, exact.high, sizeof exact.high);
    memcpy(low, exact.low, sizeof exact.low);
    memcpy(radius, exact.radius, sizeof exact.radius);
}

/* Numbers as the unevaluated sum of two float64, |low| <= ulp(high) / 2.

   The algorithms and their proven relative errors, with u = 2^-53, are those of Joldes, Muller and Popescu, "Tight and
   rigorous error bounds for basic building blocks of double-word arithmetic", ACM TOMS 44 (2017). */
#ifndef PINPOINT_DOUBLE_DOUBLE_H
#define PINPOINT_DOUBLE_DOUBLE_H

#include <math.h>

typedef struct {
    double high, low;
} dd;

/* Exact; |a| >= |b|. */
static inline dd fast_two_sum(double a, double b)
{
    double sum = a + b;
    return (dd){sum, b - (sum - a)};
}

/* Exact. */
static inline dd two_sum(double a, double b)
{
    double sum = a + b;
    double b_part = sum - a;
    return (dd){sum, (a - (sum - b_part)) + (b - b_part)};
}

/* Exact. */
static inline dd two_product(double a, double b)
{
    double product = a * b;
    return (dd){product, fma(a, b, -product)};
}

/* Algorithm 4: 2 u^2 */
static inline dd add_double(dd a, double b)
{
    dd sum = two_sum(a.high, b);
    return fast_two_sum(sum.high, a.low + sum.low);
}

/* Algorithm 6: 3 u^2 + 13 u^3 */
static inline dd add(dd a, dd b)
{
    dd high = two_sum(a.high, b.high);
    dd low = two_sum(a.low, b.low);
    dd sum = fast_two_sum(high.high, high.low + low.high);
    return fast_two_sum(sum.high, low.low + sum.low);
}

/* Algorithm 9: 2 u^2 */
static inline dd multiply_double(dd a, double b)
{
    dd product = two_product(a.high, b);
    return fast_two_sum(product.high, fma(a.low, b, product.low));
}

/* Algorithm 12: 5 u^2 */
static inline dd multiply(dd a, dd b)
{
    dd product = two_product(a.high, b.high);
    double cross = fma(a.high, b.low, a.low * b.low);
    cross = fma(a.low, b.high, cross);
    return fast_two_sum(product.high, product.low + cross);
}

/* Algorithm 17: 15 u^2 + 56 u^3 */
static inline dd divide(dd a, dd b)
{
    double quotient = a.high / b.high;
    dd product = multiply_double(b, quotient);
    double rest = (a.high - product.high) + (a.low - product.low);
    return fast_two_sum(quotient, rest / b.high);
}

static inline dd negate(dd a)
{
    return (dd){-a.high, -a.low};
}

static inline dd ratio(double a, double b)
{
    return divide((dd){a, 0.0}, (dd){b, 0.0});
}

#endif

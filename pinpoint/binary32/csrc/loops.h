/* Loops over lanes, for the compiler to vectorise: included once per instruction set, which has defined TARGET,
   NAME(x) and FUSED(x, y, z). */

#define UNARY(name, result)                                                                                            \
    TARGET static void NAME(name)(const uint32_t *restrict a, const uint32_t *restrict b, const uint32_t *restrict c,  \
                                  uint32_t *restrict out, size_t n)                                                    \
    {                                                                                                                  \
        (void)b, (void)c;                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const uint32_t x = a[i];                                                                                   \
            out[i] = result;                                                                                           \
        }                                                                                                              \
    }
#define BINARY(name, result)                                                                                           \
    TARGET static void NAME(name)(const uint32_t *restrict a, const uint32_t *restrict b, const uint32_t *restrict c,  \
                                  uint32_t *restrict out, size_t n)                                                    \
    {                                                                                                                  \
        (void)c;                                                                                                       \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const uint32_t x = a[i], y = b[i];                                                                         \
            out[i] = result;                                                                                           \
        }                                                                                                              \
    }
#define TERNARY(name, result)                                                                                          \
    TARGET static void NAME(name)(const uint32_t *restrict a, const uint32_t *restrict b, const uint32_t *restrict c,  \
                                  uint32_t *restrict out, size_t n)                                                    \
    {                                                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const uint32_t x = a[i], y = b[i], z = c[i];                                                               \
            out[i] = result;                                                                                           \
        }                                                                                                              \
    }

#define ORDERED(x, y, if_more, if_less, if_equal)                                                                      \
    (number(x) > number(y)    ? (if_more)                                                                              \
     : number(x) < number(y)  ? (if_less)                                                                              \
     : number(x) == number(y) ? (if_equal)                                                                             \
                              : NOT_A_NUMBER)

BINARY(add, canonical(number(x) + number(y)))
BINARY(sub, canonical(number(x) - number(y)))
BINARY(mul, canonical(number(x) * number(y)))
BINARY(div, canonical(number(x) / number(y)))
TERNARY(fma, canonical(FUSED(number(x), number(y), number(z))))
UNARY(neg, is_nan(x) ? NOT_A_NUMBER : x ^ SIGN)
UNARY(abs, is_nan(x) ? NOT_A_NUMBER : x & MAGNITUDE)
/* Equal numbers have equal bits, but zeros of unlike signs. */
BINARY(max, ORDERED(x, y, x, y, x & y))
BINARY(min, ORDERED(x, y, y, x, x | y))
BINARY(less, number(x) < number(y) ? ONE : 0)
BINARY(less_equal, number(x) <= number(y) ? ONE : 0)
BINARY(equal, number(x) == number(y) ? ONE : 0)
BINARY(never, x & y & 0)
TERNARY(select, x & MAGNITUDE ? y : z)
UNARY(sqrt, canonical(sqrtf(number(x))))
UNARY(to_int32, (uint32_t)nearest(x))
UNARY(to_int8, (uint32_t)clamped(nearest(x), -128, 127))
UNARY(to_float, word((float)(int32_t)x))

#undef ORDERED
#undef UNARY
#undef BINARY
#undef TERNARY

/* The largest order of n >= 1 lanes. */
TARGET static int32_t NAME(largest)(const uint32_t *a, size_t n)
{
    int32_t found = INT32_MIN;
    for (size_t i = 0; i < n; i++) {
        const int32_t ordered = order(a[i]);
        found = ordered > found ? ordered : found;
    }
    return found;
}

static const struct loops NAME(loops) = {
    .pointwise = {
        [ADD] = NAME(add), [SUB] = NAME(sub), [MUL] = NAME(mul), [DIV] = NAME(div), [FMA] = NAME(fma),
        [NEG] = NAME(neg), [MAX] = NAME(max), [SELECT] = NAME(select), [SQRT] = NAME(sqrt), [ABS] = NAME(abs),
        [MIN] = NAME(min), [TO_FLOAT] = NAME(to_float),
    },
    .compare = {NAME(less), NAME(less_equal), NAME(equal), NAME(never)},
    .to_int = {NAME(to_int32), NAME(to_int8)},
    .largest = NAME(largest),
};

#undef TARGET
#undef NAME
#undef FUSED

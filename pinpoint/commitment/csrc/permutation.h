/* Keccak-f[1600] over LANES states at once. Included once for each level; the includer defines
 *
 *   ABSORB       the function's name
 *   TARGET       its target attribute, or nothing
 *   LANES        states in one Vector
 *   LOAD, STORE  LANES words from and to memory
 *   SAME         one word in all lanes
 *   XOR, XOR3    of two and of three
 *   CHI          x ^ (~y & z)
 *   ROTATE       to the left, by a constant
 *
 * and this file takes the definitions back. Lane l of word w lies at [w * LANES + l]; word x + 5y is lane (x, y) of
 * the Keccak reference (FIPS 202, section 3.2).
 */

/* Column c of theta's first half. */
#define COLUMN(a, c, v, w, x, y, z) const Vector c = XOR3(XOR3(a##v, a##w, a##x), a##y, a##z);

/* One word of theta's second half, rho and pi. */
#define MOVE(b, a, d, by) const Vector b = ROTATE(XOR(a, d), by);

/* A plane of chi. */
#define CHI_PLANE(e, v, w, x, y, z) \
    e##v = CHI(b0, b1, b2);         \
    e##w = CHI(b1, b2, b3);         \
    e##x = CHI(b2, b3, b4);         \
    e##y = CHI(b3, b4, b0);         \
    e##z = CHI(b4, b0, b1);

/* From state a to state e, plane after plane: chi of one plane need not wait for the next plane's rotations. The d come
 * in the order that keeps the fewest words alive: 32, as many as AVX-512 has registers. */
#define ROUND(a, e, constant)                                                                                         \
    {                                                                                                                 \
        COLUMN(a, c0, 0, 5, 10, 15, 20)                                                                               \
        COLUMN(a, c1, 1, 6, 11, 16, 21)                                                                               \
        COLUMN(a, c2, 2, 7, 12, 17, 22)                                                                               \
        COLUMN(a, c3, 3, 8, 13, 18, 23)                                                                               \
        COLUMN(a, c4, 4, 9, 14, 19, 24)                                                                               \
        const Vector d0 = XOR(c4, ROTATE(c1, 1)), d2 = XOR(c1, ROTATE(c3, 1)), d4 = XOR(c3, ROTATE(c0, 1)),           \
                     d1 = XOR(c0, ROTATE(c2, 1)), d3 = XOR(c2, ROTATE(c4, 1));                                        \
        {                                                                                                             \
            const Vector b0 = XOR(a##0, d0);                                                                          \
            MOVE(b1, a##6, d1, 44) MOVE(b2, a##12, d2, 43) MOVE(b3, a##18, d3, 21) MOVE(b4, a##24, d4, 14)            \
            CHI_PLANE(e, 0, 1, 2, 3, 4)                                                                               \
            e##0 = XOR(e##0, SAME(constant));                                                                         \
        }                                                                                                             \
        {                                                                                                             \
            MOVE(b0, a##3, d3, 28) MOVE(b1, a##9, d4, 20) MOVE(b2, a##10, d0, 3) MOVE(b3, a##16, d1, 45)              \
            MOVE(b4, a##22, d2, 61)                                                                                   \
            CHI_PLANE(e, 5, 6, 7, 8, 9)                                                                               \
        }                                                                                                             \
        {                                                                                                             \
            MOVE(b0, a##1, d1, 1) MOVE(b1, a##7, d2, 6) MOVE(b2, a##13, d3, 25) MOVE(b3, a##19, d4, 8)                \
            MOVE(b4, a##20, d0, 18)                                                                                   \
            CHI_PLANE(e, 10, 11, 12, 13, 14)                                                                          \
        }                                                                                                             \
        {                                                                                                             \
            MOVE(b0, a##4, d4, 27) MOVE(b1, a##5, d0, 36) MOVE(b2, a##11, d1, 10) MOVE(b3, a##17, d2, 15)             \
            MOVE(b4, a##23, d3, 56)                                                                                   \
            CHI_PLANE(e, 15, 16, 17, 18, 19)                                                                          \
        }                                                                                                             \
        {                                                                                                             \
            MOVE(b0, a##2, d2, 62) MOVE(b1, a##8, d3, 55) MOVE(b2, a##14, d4, 39) MOVE(b3, a##15, d0, 41)             \
            MOVE(b4, a##21, d1, 2)                                                                                    \
            CHI_PLANE(e, 20, 21, 22, 23, 24)                                                                          \
        }                                                                                                             \
    }

#define OPEN(w) Vector a##w = LOAD(state + w * LANES);
#define SPARE(w) Vector e##w;
#define TAKE(w) a##w = XOR(a##w, LOAD(words + w * LANES));
#define KEEP(w) STORE(state + w * LANES, a##w);
#define RATE(DO) \
    DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15) DO(16)
#define ALL(DO) RATE(DO) DO(17) DO(18) DO(19) DO(20) DO(21) DO(22) DO(23) DO(24)

TARGET static void ABSORB(uint64_t *state, const uint64_t *words, size_t blocks)
{
    ALL(OPEN)
    ALL(SPARE)
    for (; blocks; blocks--, words += RATE_WORDS * LANES) {
        RATE(TAKE)
        for (int round = 0; round < ROUNDS; round += 2) {
            ROUND(a, e, ROUND_CONSTANTS[round])
            ROUND(e, a, ROUND_CONSTANTS[round + 1])
        }
    }
    ALL(KEEP)
}

#undef OPEN
#undef SPARE
#undef TAKE
#undef KEEP
#undef RATE
#undef ALL
#undef COLUMN
#undef MOVE
#undef CHI_PLANE
#undef ROUND
#undef ABSORB
#undef TARGET
#undef LANES
#undef Vector
#undef LOAD
#undef STORE
#undef SAME
#undef XOR
#undef XOR3
#undef CHI
#undef ROTATE

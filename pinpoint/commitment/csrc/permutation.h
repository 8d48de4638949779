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

#define COLUMN(c, v, w, x, y, z) const Vector c = XOR3(XOR3(v, w, x), y, z);

/* theta's second half, rho and pi, along pi's only cycle: what moved last lands on `to`, whose word moves next. */
#define MOVE(to, d, by)                  \
    {                                    \
        const Vector kept = to;          \
        to = ROTATE(XOR(moved, d), by);  \
        moved = kept;                    \
    }

#define PLANE(v, w, x, y, z)          \
    {                                 \
        const Vector p = v, q = w;    \
        v = CHI(v, w, x);             \
        w = CHI(w, x, y);             \
        x = CHI(x, y, z);             \
        y = CHI(y, z, p);             \
        z = CHI(z, p, q);             \
    }

#define OPEN(w) Vector a##w = LOAD(state + w * LANES);
#define TAKE(w) a##w = XOR(a##w, LOAD(words + w * LANES));
#define KEEP(w) STORE(state + w * LANES, a##w);
#define RATE(DO) \
    DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15) DO(16)
#define ALL(DO) RATE(DO) DO(17) DO(18) DO(19) DO(20) DO(21) DO(22) DO(23) DO(24)

TARGET static void ABSORB(uint64_t *state, const uint64_t *words, size_t blocks)
{
    ALL(OPEN)
    for (; blocks; blocks--, words += RATE_WORDS * LANES) {
        RATE(TAKE)
        for (int round = 0; round < ROUNDS; round++) {
            COLUMN(c0, a0, a5, a10, a15, a20)
            COLUMN(c1, a1, a6, a11, a16, a21)
            COLUMN(c2, a2, a7, a12, a17, a22)
            COLUMN(c3, a3, a8, a13, a18, a23)
            COLUMN(c4, a4, a9, a14, a19, a24)
            const Vector d0 = XOR(c4, ROTATE(c1, 1)), d1 = XOR(c0, ROTATE(c2, 1)), d2 = XOR(c1, ROTATE(c3, 1)),
                         d3 = XOR(c2, ROTATE(c4, 1)), d4 = XOR(c3, ROTATE(c0, 1));
            Vector moved = a1;
            a0 = XOR(a0, d0);
            MOVE(a10, d1, 1) MOVE(a7, d0, 3) MOVE(a11, d2, 6) MOVE(a17, d1, 10) MOVE(a18, d2, 15) MOVE(a3, d3, 21)
            MOVE(a5, d3, 28) MOVE(a16, d0, 36) MOVE(a8, d1, 45) MOVE(a21, d3, 55) MOVE(a24, d1, 2) MOVE(a4, d4, 14)
            MOVE(a15, d4, 27) MOVE(a23, d0, 41) MOVE(a19, d3, 56) MOVE(a13, d4, 8) MOVE(a12, d3, 25) MOVE(a2, d2, 43)
            MOVE(a20, d2, 62) MOVE(a14, d0, 18) MOVE(a22, d4, 39) MOVE(a9, d2, 61) MOVE(a6, d4, 20) MOVE(a1, d1, 44)
            PLANE(a0, a1, a2, a3, a4)
            PLANE(a5, a6, a7, a8, a9)
            PLANE(a10, a11, a12, a13, a14)
            PLANE(a15, a16, a17, a18, a19)
            PLANE(a20, a21, a22, a23, a24)
            a0 = XOR(a0, SAME(ROUND_CONSTANTS[round]));
        }
    }
    ALL(KEEP)
}

#undef OPEN
#undef TAKE
#undef KEEP
#undef RATE
#undef ALL
#undef COLUMN
#undef MOVE
#undef PLANE
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

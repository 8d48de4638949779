#include "keccak.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define X86 1
#include <immintrin.h>
#endif

#define ROUNDS 24

static const uint64_t ROUND_CONSTANTS[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { BIG_ENDIAN_HOST = 1 };
#else
enum { BIG_ENDIAN_HOST = 0 };
#endif

/* Compilers know both for one instruction. */
static uint32_t swap32(uint32_t x)
{
    return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

static uint64_t swap64(uint64_t x)
{
    return (uint64_t)swap32((uint32_t)x) << 32 | swap32((uint32_t)(x >> 32));
}

/* Keccak's words are little-endian. */
static uint64_t little(uint64_t x)
{
    return BIG_ENDIAN_HOST ? swap64(x) : x;
}

static uint64_t load(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return little(word);
}

static void store(unsigned char *at, uint64_t word)
{
    word = little(word);
    memcpy(at, &word, 8);
}

/* A word of two binary32, or of one and padding: in the host's order here, in big-endian order in the message. */
static uint64_t load_two(const unsigned char *at)
{
    uint64_t two;
    memcpy(&two, at, 8);
    two = swap64(two);
    return BIG_ENDIAN_HOST ? two : two << 32 | two >> 32;
}

static uint64_t load_one(const unsigned char *at)
{
    uint32_t one;
    memcpy(&one, at, 4);
    return swap32(one);
}

/* The message's own part, which alone differs between the lanes. */
static void gather_portable(struct batch *batch)
{
    const size_t whole = batch->size / 8;
    const unsigned char *from = batch->from[0];
    uint64_t *words = batch->words + HEADER_WORDS;

    if (batch->binary32) {
        for (size_t i = 0; i < whole; i++)
            words[i] = load_two(from + 8 * i);
        if (batch->size % 8)
            words[whole] = load_one(from + 8 * whole);
    } else {
        for (size_t i = 0; i < whole; i++)
            words[i] = load(from + 8 * i);
    }
}

static void store_hash(unsigned char *to, const uint64_t *state)
{
    for (int i = 0; i < HASH_BYTES / 8; i++)
        store(to + 8 * i, state[i]);
}

static void scatter_portable(const struct batch *batch, const uint64_t *state)
{
    store_hash(batch->to[0], state);
}

#define ABSORB absorb_portable
#define TARGET
#define LANES 1
#define Vector uint64_t
#define LOAD(at) (*(at))
#define STORE(at, v) (*(at) = (v))
#define SAME(word) (word)
#define XOR(x, y) ((x) ^ (y))
#define XOR3(x, y, z) ((x) ^ (y) ^ (z))
#define CHI(x, y, z) ((x) ^ (~(y) & (z)))
#define ROTATE(x, by) ((x) << (by) | (x) >> (64 - (by)))
#include "permutation.h"

#ifdef X86

__attribute__((target("avx2"))) static inline __m256i load_some_avx2(const void *at, size_t n)
{
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_epi32(at, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), index));
}

__attribute__((target("avx2"))) static inline __m256i swap32_avx2(__m256i x)
{
    const __m128i order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    return _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(order));
}

__attribute__((target("avx2"))) static inline void transpose_avx2(__m256i *rows)
{
    const __m256i even0 = _mm256_unpacklo_epi64(rows[0], rows[1]), odd0 = _mm256_unpackhi_epi64(rows[0], rows[1]),
                  even2 = _mm256_unpacklo_epi64(rows[2], rows[3]), odd2 = _mm256_unpackhi_epi64(rows[2], rows[3]);

    rows[0] = _mm256_permute2x128_si256(even0, even2, 0x20);
    rows[1] = _mm256_permute2x128_si256(odd0, odd2, 0x20);
    rows[2] = _mm256_permute2x128_si256(even0, even2, 0x31);
    rows[3] = _mm256_permute2x128_si256(odd0, odd2, 0x31);
}

#define GATHER gather_avx2
#define SCATTER scatter_avx2
#define LOAD_SOME(at, n) load_some_avx2(at, n)
#define SWAP32(x) swap32_avx2(x)
#define STORE_HASH(at, v) STORE(at, v)
#define TRANSPOSE(rows) transpose_avx2(rows)
#define ABSORB absorb_avx2
#define TARGET __attribute__((target("avx2")))
#define LANES 4
#define Vector __m256i
#define LOAD(at) _mm256_loadu_si256((const __m256i *)(at))
#define STORE(at, v) _mm256_storeu_si256((__m256i *)(at), v)
#define SAME(word) _mm256_set1_epi64x((long long)(word))
#define XOR(x, y) _mm256_xor_si256(x, y)
#define XOR3(x, y, z) XOR(XOR(x, y), z)
#define CHI(x, y, z) XOR(x, _mm256_andnot_si256(y, z))
#define ROTATE(x, by) _mm256_or_si256(_mm256_slli_epi64(x, by), _mm256_srli_epi64(x, 64 - (by)))
#include "lanes.h"
#include "permutation.h"

/* Without AVX-512BW's byte shuffle: bytes 0 and 2 come from a rotation to the left, 1 and 3 from one to the right. */
__attribute__((target("avx512f"))) static inline __m512i swap32_avx512(__m512i x)
{
    const __m512i mask = _mm512_set1_epi32(0x00ff00ff);
    return _mm512_ternarylogic_epi64(mask, _mm512_rol_epi32(x, 8), _mm512_ror_epi32(x, 8), 0xca);
}

/* Words 0, 2, 4, 6 of four pairs of rows become rows 0, 2, 4, 6 of four pairs of words. */
__attribute__((target("avx512f"))) static inline void transpose_pairs(__m512i p, __m512i q, __m512i r, __m512i s,
                                                                      __m512i *rows)
{
    const __m512i pq04 = _mm512_shuffle_i64x2(p, q, 0x88), pq26 = _mm512_shuffle_i64x2(p, q, 0xdd),
                  rs04 = _mm512_shuffle_i64x2(r, s, 0x88), rs26 = _mm512_shuffle_i64x2(r, s, 0xdd);

    rows[0] = _mm512_shuffle_i64x2(pq04, rs04, 0x88);
    rows[2] = _mm512_shuffle_i64x2(pq26, rs26, 0x88);
    rows[4] = _mm512_shuffle_i64x2(pq04, rs04, 0xdd);
    rows[6] = _mm512_shuffle_i64x2(pq26, rs26, 0xdd);
}

__attribute__((target("avx512f"))) static inline void transpose_avx512(__m512i *rows)
{
    __m512i even[4], odd[4];

    for (int i = 0; i < 4; i++) {
        even[i] = _mm512_unpacklo_epi64(rows[2 * i], rows[2 * i + 1]);
        odd[i] = _mm512_unpackhi_epi64(rows[2 * i], rows[2 * i + 1]);
    }
    transpose_pairs(even[0], even[1], even[2], even[3], rows);
    transpose_pairs(odd[0], odd[1], odd[2], odd[3], rows + 1);
}

#define GATHER gather_avx512
#define SCATTER scatter_avx512
#define LOAD_SOME(at, n) _mm512_maskz_loadu_epi32((__mmask16)((1u << (n)) - 1), at)
#define SWAP32(x) swap32_avx512(x)
#define STORE_HASH(at, v) _mm256_storeu_si256((__m256i *)(at), _mm512_castsi512_si256(v))
#define TRANSPOSE(rows) transpose_avx512(rows)
#define ABSORB absorb_avx512
#define TARGET __attribute__((target("avx512f")))
#define LANES 8
#define Vector __m512i
#define LOAD(at) _mm512_loadu_si512(at)
#define STORE(at, v) _mm512_storeu_si512(at, v)
#define SAME(word) _mm512_set1_epi64((long long)(word))
#define XOR(x, y) _mm512_xor_si512(x, y)
#define XOR3(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0x96)
#define CHI(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xd2)
#define ROTATE(x, by) _mm512_rol_epi64(x, by)
#include "lanes.h"
#include "permutation.h"

#endif

/* The levels of keccak_use. */
static const struct level {
    int lanes;
    void (*gather)(struct batch *batch);
    void (*absorb)(uint64_t *state, const uint64_t *words, size_t blocks);
    void (*scatter)(const struct batch *batch, const uint64_t *state);
} LEVELS[] = {
    {1, gather_portable, absorb_portable, scatter_portable},
#ifdef X86
    {4, gather_avx2, absorb_avx2, scatter_avx2},
    {8, gather_avx512, absorb_avx512, scatter_avx512},
#endif
};

static int used;

int keccak_use(int level)
{
    int highest = 0;
#ifdef X86
    __builtin_cpu_init();
    highest = __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx2") ? 1 : 0;
#endif
    return used = level < 0 ? 0 : level < highest ? level : highest;
}

static void fill(uint64_t *words, int lanes, uint64_t word)
{
    for (int lane = 0; lane < lanes; lane++)
        words[lane] = word;
}

void batch_open(struct batch *batch, uint64_t tag, uint64_t x, uint64_t y, size_t size, bool binary32, size_t messages)
{
    const size_t end = HEADER_WORDS + (size + HASH_BYTES - 1) / HASH_BYTES * (HASH_BYTES / 8);
    const uint64_t header[HEADER_WORDS] = {load((const unsigned char *)"PINPOINT"), swap64(tag), swap64(x), swap64(y)};
    /* One state alone is no slower in the portable form. */
    const struct level *level = &LEVELS[messages > 1 ? used : 0];
    const int lanes = level->lanes;

    batch->level = level;
    batch->size = size;
    batch->blocks = end / RATE_WORDS + 1;
    batch->binary32 = binary32;
    batch->count = 0;
    for (size_t i = 0; i < HEADER_WORDS; i++)
        fill(batch->words + i * lanes, lanes, header[i]);
    for (size_t i = HEADER_WORDS + size / 8; i < batch->blocks * RATE_WORDS; i++)
        fill(batch->words + i * lanes, lanes, i == end);
    for (int lane = 0; lane < lanes; lane++)
        batch->words[(batch->blocks * RATE_WORDS - 1) * lanes + lane] |= (uint64_t)1 << 63;
}

void batch_close(struct batch *batch)
{
    uint64_t state[25 * MOST_LANES] = {0};

    if (batch->count == 0)
        return;
    for (int lane = batch->count; lane < batch->level->lanes; lane++)
        batch->from[lane] = batch->from[0];
    batch->level->gather(batch);
    batch->level->absorb(state, batch->words, batch->blocks);
    batch->level->scatter(batch, state);
    batch->count = 0;
}

void batch_add(struct batch *batch, const unsigned char *from, unsigned char *to)
{
    batch->from[batch->count] = from;
    batch->to[batch->count] = to;
    if (++batch->count == batch->level->lanes)
        batch_close(batch);
}

void keccak256(const unsigned char *data, size_t size, unsigned char *hash)
{
    uint64_t state[25] = {0}, words[RATE_WORDS];
    unsigned char last[RATE_BYTES] = {0};

    for (;; data += RATE_BYTES, size -= RATE_BYTES) {
        const bool more = size >= RATE_BYTES;
        if (!more) {
            if (size)
                memcpy(last, data, size);
            last[size] = 1;
            last[RATE_BYTES - 1] |= 0x80;
        }
        for (int i = 0; i < RATE_WORDS; i++)
            words[i] = load((more ? data : last) + 8 * i);
        absorb_portable(state, words, 1);
        if (!more)
            break;
    }
    store_hash(hash, state);
}

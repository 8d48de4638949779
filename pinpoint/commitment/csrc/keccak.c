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
#include "permutation.h"

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
#include "permutation.h"

#endif

/* The levels of keccak_use. */
static const struct level {
    int lanes;
    void (*absorb)(uint64_t *state, const uint64_t *words, size_t blocks);
} LEVELS[] = {
    {1, absorb_portable},
#ifdef X86
    {4, absorb_avx2},
    {8, absorb_avx512},
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

/* The message's own part, which alone differs between the lanes. */
static void place(struct batch *batch, int lane)
{
    const size_t lanes = batch->level->lanes, whole = batch->size / 8;
    const unsigned char *from = batch->from[lane];
    uint64_t *words = batch->words + HEADER_WORDS * lanes + lane;

    if (batch->binary32) {
        for (size_t i = 0; i < whole; i++)
            words[i * lanes] = load_two(from + 8 * i);
        if (batch->size % 8)
            words[whole * lanes] = load_one(from + 8 * whole);
    } else {
        for (size_t i = 0; i < whole; i++)
            words[i * lanes] = load(from + 8 * i);
    }
}

void batch_close(struct batch *batch)
{
    uint64_t state[25 * MOST_LANES] = {0};

    if (batch->count == 0)
        return;
    for (int lane = 0; lane < batch->count; lane++)
        place(batch, lane);
    batch->level->absorb(state, batch->words, batch->blocks);
    for (int lane = 0; lane < batch->count; lane++)
        for (int i = 0; i < HASH_BYTES / 8; i++)
            store(batch->to[lane] + 8 * i, state[i * batch->level->lanes + lane]);
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
    for (int i = 0; i < HASH_BYTES / 8; i++)
        store(hash + 8 * i, state[i]);
}

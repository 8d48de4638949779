/* Messages into the lanes of vectors, and hashes out of them. Included before permutation.h, once for each level that
 * has vectors; beyond what permutation.h asks for (TARGET, LANES, Vector, LOAD, STORE), the includer defines
 *
 *   GATHER, SCATTER      the functions' names
 *   LOAD_SOME(at, n)     the first n words of 32 bits, then zeros; reads no more than those
 *   SWAP32               swaps the bytes of every 32 bits
 *   STORE_HASH(at, v)    the first 32 bytes
 *   TRANSPOSE(rows)      an array of LANES vectors, in place
 *
 * and this file takes these definitions back. Such hosts are little-endian.
 */

TARGET static void GATHER(struct batch *batch)
{
    uint64_t *words = batch->words + HEADER_WORDS * LANES;

    for (size_t done = 0; done < batch->size; done += 8 * LANES, words += LANES * LANES) {
        const size_t left = (batch->size - done) / 4;
        Vector rows[LANES];

        for (int lane = 0; lane < LANES; lane++)
            rows[lane] = left < 2 * LANES ? LOAD_SOME(batch->from[lane] + done, left)
                                          : LOAD((const void *)(batch->from[lane] + done));
        if (batch->binary32)
            for (int lane = 0; lane < LANES; lane++)
                rows[lane] = SWAP32(rows[lane]);
        TRANSPOSE(rows);
        for (size_t i = 0; i < LANES; i++)
            if (2 * i < left)
                STORE(words + i * LANES, rows[i]);
    }
}

TARGET static void SCATTER(const struct batch *batch, const uint64_t *state)
{
    Vector rows[LANES];

    for (int i = 0; i < LANES; i++)
        rows[i] = LOAD(state + i * LANES);
    TRANSPOSE(rows);
    for (int lane = 0; lane < LANES; lane++)
        if (lane < batch->count)
            STORE_HASH(batch->to[lane], rows[lane]);
}

#undef GATHER
#undef SCATTER
#undef LOAD_SOME
#undef SWAP32
#undef STORE_HASH
#undef TRANSPOSE

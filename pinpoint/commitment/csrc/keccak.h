/* Keccak-256 (padding 0x01), of one message or of many equally long ones at once. */

#ifndef PINPOINT_KECCAK_H
#define PINPOINT_KECCAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HASH_BYTES = 32, RATE_WORDS = 17, RATE_BYTES = 136, HEADER_WORDS = 4, MOST_LANES = 8, MOST_BLOCKS = 5 };

/* Messages of one header and one length, that wait until there are enough for all lanes. A message is the header and
 * `size` bytes, filled up with zeros to whole words of 32 bytes. */
struct batch {
    const struct level *level;
    size_t size, blocks;
    bool binary32; /* the bytes are binary32 in the host's order, the message has them in big-endian order */
    int count;
    const unsigned char *from[MOST_LANES];
    unsigned char *to[MOST_LANES];
    uint64_t words[MOST_BLOCKS * RATE_WORDS * MOST_LANES];
};

/* The header is domain, tag, x, y. Size: at most 512; of whole lanes if binary32, else of whole hashes. Messages: how
 * many will be added. */
void batch_open(struct batch *batch, uint64_t tag, uint64_t x, uint64_t y, size_t size, bool binary32, size_t messages);

/* `from` is read, and `to` written, by the call that fills the batch or closes it. */
void batch_add(struct batch *batch, const unsigned char *from, unsigned char *to);
void batch_close(struct batch *batch);

void keccak256(const unsigned char *data, size_t size, unsigned char *hash);

/* 0: portable, 1: AVX2, 2: AVX-512. Takes the highest that is both asked for and there, and says which. */
int keccak_use(int level);

#endif

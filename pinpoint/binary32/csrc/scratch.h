/* One piece of memory that products use again and again: fresh pages may cost as much as a small product. */
#ifndef PINPOINT_SCRATCH_H
#define PINPOINT_SCRATCH_H

#include <stddef.h>

/* Aligned to a cache line; NULL if there is no memory. Whoever comes while the piece is taken gets another. */
void *scratch_take(size_t size);
void scratch_give(void *memory);

#endif

#include "scratch.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#define LINE 64

/* Lies before what is handed out. */
struct piece {
    void *allocated;
    size_t size;
};

static _Atomic(struct piece *) spare;

static void discard(struct piece *piece)
{
    if (piece)
        free(piece->allocated);
}

void *scratch_take(size_t size)
{
    struct piece *piece = atomic_exchange(&spare, NULL);

    if (piece == NULL || piece->size < size) {
        discard(piece);
        void *allocated = malloc(size + sizeof *piece + LINE);
        if (allocated == NULL)
            return NULL;
        const uintptr_t lines = ((uintptr_t)allocated + sizeof *piece + LINE - 1) / LINE;
        piece = (struct piece *)(lines * LINE) - 1;
        *piece = (struct piece){.allocated = allocated, .size = size};
    }
    return piece + 1;
}

void scratch_give(void *memory)
{
    discard(atomic_exchange(&spare, (struct piece *)memory - 1));
}

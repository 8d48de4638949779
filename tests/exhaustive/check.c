/* Runs the library's function at each level over consecutive inputs, and judges every result. */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "functions.h"

#define BLOCK 4096
#define LEVELS 3
#define BEST (LEVELS - 1)
#define KEPT 1024
#define HARDEST 32
#define HARD 0x1p-36 /* What is farther from a midpoint is not ranked. */

enum { RIGHT, WRONG, STRADDLES };

void pinpoint_judge(int code, const uint32_t *inputs, const uint32_t *results, size_t n, uint8_t *verdicts,
                    double *distances);

typedef struct {
    uint32_t input, result;
    double distance;
} finding;

/* The first KEPT of a kind; count goes on. */
typedef struct {
    uint64_t count;
    finding kept[KEPT];
} findings;

typedef struct {
    uint64_t undecided_at[LEVELS];
    findings undecided; /* at the best level */
    findings straddling, wrong;
    uint64_t hardest_count;
    finding hardest[HARDEST]; /* ascending distance */
} tally;

/* One block's results at one level. */
typedef struct {
    uint32_t results[BLOCK];
    uint8_t undecided[BLOCK];
} outcome;

static void keep(findings *kind, uint32_t input, uint32_t result)
{
    if (kind->count < KEPT)
        kind->kept[kind->count] = (finding){input, result, 0.0};
    kind->count++;
}

static void rank(tally *total, finding found)
{
    uint64_t place = total->hardest_count;
    if (place == HARDEST && found.distance >= total->hardest[HARDEST - 1].distance)
        return;
    if (place == HARDEST)
        place--;
    else
        total->hardest_count++;
    for (; place > 0 && total->hardest[place - 1].distance > found.distance; place--)
        total->hardest[place] = total->hardest[place - 1];
    total->hardest[place] = found;
}

static void run(int code, const uint32_t *inputs, size_t n, outcome at[LEVELS], tally *total)
{
    static pthread_mutex_t level_is_set = PTHREAD_MUTEX_INITIALIZER;
    size_t undecided[BLOCK];
    pthread_mutex_lock(&level_is_set);
    for (int level = 0; level < LEVELS; level++) {
        pinpoint_functions_level(level);
        size_t count = pinpoint_function(code, inputs, at[level].results, n, undecided);
        memset(at[level].undecided, 0, n);
        for (size_t i = 0; i < count; i++)
            at[level].undecided[undecided[i]] = 1;
        total->undecided_at[level] += count;
    }
    pthread_mutex_unlock(&level_is_set);
}

/* The lower levels' results are the best one's, or else one of them is wrong; where that has none, they are judged. */
static void compare(const uint32_t *inputs, size_t n, const outcome at[LEVELS], tally *total)
{
    const outcome *best = &at[BEST];
    for (int level = 0; level < BEST; level++)
        for (size_t i = 0; i < n; i++) {
            if (at[level].undecided[i])
                continue;
            if (best->undecided[i])
                keep(&total->straddling, inputs[i], at[level].results[i]);
            else if (at[level].results[i] != best->results[i])
                keep(&total->wrong, inputs[i], at[level].results[i]);
        }
}

/* Judges the n inputs from `first` on, those undecided by the library excepted. */
void pinpoint_check(int code, uint32_t first, uint64_t n, tally *total)
{
    uint32_t inputs[BLOCK];
    outcome at[LEVELS];
    uint8_t verdicts[BLOCK];
    double distances[BLOCK];
    memset(total, 0, sizeof *total);
    for (uint64_t start = 0; start < n; start += BLOCK) {
        size_t length = n - start < BLOCK ? (size_t)(n - start) : BLOCK;
        for (size_t i = 0; i < length; i++)
            inputs[i] = first + (uint32_t)(start + i);
        run(code, inputs, length, at, total);
        compare(inputs, length, at, total);
        const outcome *best = &at[BEST];
        pinpoint_judge(code, inputs, best->results, length, verdicts, distances);
        for (size_t i = 0; i < length; i++) {
            if (best->undecided[i])
                keep(&total->undecided, inputs[i], 0);
            else if (verdicts[i] == WRONG)
                keep(&total->wrong, inputs[i], best->results[i]);
            else if (verdicts[i] == STRADDLES)
                keep(&total->straddling, inputs[i], best->results[i]);
            else if (distances[i] < HARD)
                rank(total, (finding){inputs[i], best->results[i], distances[i]});
        }
    }
}

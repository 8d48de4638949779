#include "rows.h"

#include "lane_loops.h"
#include "lanes.h"
#include "parallel.h"

/* Rows that are summed side by side: a sum waits for itself, several do not. */
#define ABREAST 16
/* Rows of a task. */
#define ROWS_A_TASK 64

struct reduction {
    const uint32_t *a;
    uint32_t *out;
    size_t rows, cols;
    int32_t (*largest)(const uint32_t *, size_t);
    void (*reduce)(const struct reduction *, size_t first, size_t end);
};

static void reduce_task(void *context, size_t worker, size_t task)
{
    const struct reduction *r = context;
    const size_t first = task * ROWS_A_TASK;
    (void)worker;
    r->reduce(r, first, first + ROWS_A_TASK < r->rows ? first + ROWS_A_TASK : r->rows);
}

static void reduce_rows(struct reduction r)
{
    const size_t tasks = (r.rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
    r.largest = pinpoint_loops()->largest;
    pinpoint_parallel(reduce_task, &r, tasks, pinpoint_workers(tasks, (double)r.rows * (double)r.cols));
}

ALWAYS_INLINE void sum_abreast(const struct reduction *r, size_t first, size_t count)
{
    float sums[ABREAST] = {0};
    const uint32_t *a = r->a + first * r->cols;

    for (size_t k = 0; k < r->cols; k++)
        for (size_t i = 0; i < count; i++)
            sums[i] += number(a[i * r->cols + k]);
    for (size_t i = 0; i < count; i++)
        r->out[first + i] = canonical(sums[i]);
}

static void sum_rows(const struct reduction *r, size_t first, size_t end)
{
    for (; first + ABREAST <= end; first += ABREAST)
        sum_abreast(r, first, ABREAST);
    for (; first < end; first++)
        sum_abreast(r, first, 1);
}

static void max_rows(const struct reduction *r, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        r->out[i] = from_order(r->largest(r->a + i * r->cols, r->cols));
}

static void argmax_rows(const struct reduction *r, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const uint32_t *row = r->a + i * r->cols;
        const uint32_t largest = from_order(r->largest(row, r->cols));
        uint32_t k = 0;
        // It is there, unless another thread writes the row meanwhile.
        if (is_nan(largest))
            while (k + 1 < r->cols && !is_nan(row[k]))
                k++;
        else
            while (k + 1 < r->cols && row[k] != largest)
                k++;
        r->out[i] = k;
    }
}

void pinpoint_row_sum(const uint32_t *a, uint32_t *out, size_t rows, size_t cols)
{
    reduce_rows((struct reduction){.a = a, .out = out, .rows = rows, .cols = cols, .reduce = sum_rows});
}

void pinpoint_row_max(const uint32_t *a, uint32_t *out, size_t rows, size_t cols)
{
    reduce_rows((struct reduction){.a = a, .out = out, .rows = rows, .cols = cols, .reduce = max_rows});
}

void pinpoint_argmax(const uint32_t *a, uint32_t *out, size_t rows, size_t cols)
{
    reduce_rows((struct reduction){.a = a, .out = out, .rows = rows, .cols = cols, .reduce = argmax_rows});
}

void pinpoint_scatter_add(const uint32_t *a, const uint32_t *targets, uint32_t *out, size_t rows, size_t depth,
                          size_t terms)
{
    memset(out, 0, rows * depth * sizeof *out);
    /* So few of a's rows at a time that their cache lines last until the next columns. */
    for (size_t first = 0; first < depth; first += ABREAST) {
        const size_t end = first + ABREAST < depth ? first + ABREAST : depth;
        for (size_t k = 0; k < terms; k++) {
            /* A negative index is a large one, unsigned. */
            if (targets[k] > INT32_MAX || targets[k] >= rows)
                continue;
            uint32_t *sums = out + targets[k] * depth;
            for (size_t j = first; j < end; j++)
                sums[j] = canonical(number(sums[j]) + number(a[j * terms + k]));
        }
    }
}

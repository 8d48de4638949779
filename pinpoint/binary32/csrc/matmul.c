/* Products of matrices, blocked over rows and columns for the caches, each sum in the order of its terms.

   Blocks of k ascend, and between them the sums wait in the output, which is exact. Where a panel of b's columns would
   be mostly empty, the lanes of many rows or batches are computed side by side instead. */

#include "matmul.h"

#include "matmul_kernels.h"
#include "parallel.h"
#include "scratch.h"

/* A block of b is BLOCK_TERMS x BLOCK_COLS, one of a BLOCK_ROWS x BLOCK_TERMS lanes. */
#define BLOCK_TERMS 512
#define BLOCK_COLS 1024
#define BLOCK_ROWS 96 /* whole tiles of every kernel */
/* From so many columns on it pays to pack a; below, tiles read its rows where they are. */
#define PACK_COLS 128
/* Lanes of a task that computes them side by side, whole vectors of them. */
#define LANES_A_TASK 64

struct product {
    const struct kernel *kernel;
    size_t rows, terms, cols, lanes; /* lanes: of all batches */
    const uint32_t *a, *b;
    uint32_t *out;
    int packed;                /* whether a is; b always is */
    uint32_t *panels, *strips; /* room for a block of b, and per worker for a block of a */
    size_t block_rows;
    size_t workers;
    /* The block of b at hand. */
    size_t first_col, block_cols, first_term, block_terms;
};

static size_t smaller(size_t x, size_t y)
{
    return x < y ? x : y;
}

static size_t blocks(size_t size, size_t block)
{
    return (size + block - 1) / block;
}

static size_t rounded_up(size_t size, size_t block)
{
    return blocks(size, block) * block;
}

static const struct kernel *kernel_in_use(void)
{
#if PINPOINT_X86
    if (pinpoint_level == AVX512)
        return &kernel_avx512;
    if (pinpoint_level == AVX2)
        return &kernel_avx2;
#endif
    return &kernel_portable;
}

/* Four lanes of each of four rows become columns. */
ALWAYS_INLINE void transpose_four(const uint32_t *from[4], size_t k, uint32_t *to, size_t width)
{
#if PINPOINT_X86
    __m128 x0 = _mm_loadu_ps((const float *)(from[0] + k)), x1 = _mm_loadu_ps((const float *)(from[1] + k));
    __m128 x2 = _mm_loadu_ps((const float *)(from[2] + k)), x3 = _mm_loadu_ps((const float *)(from[3] + k));
    _MM_TRANSPOSE4_PS(x0, x1, x2, x3);
    _mm_storeu_ps((float *)to, x0);
    _mm_storeu_ps((float *)(to + width), x1);
    _mm_storeu_ps((float *)(to + 2 * width), x2);
    _mm_storeu_ps((float *)(to + 3 * width), x3);
#else
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            to[j * width + i] = from[i][k + j];
#endif
}

/* `count` rows of `terms` lanes become one panel: lane (i, k) at to[k * width + i], for each i below width rounded up
   to four, the rows that are not there being the first one again. What exceeds a column is overwritten by the next
   one's first rows, which therefore come last; what exceeds the panel takes at most four lanes. */
static void pack_panel(const uint32_t *from, size_t stride, size_t count, size_t terms, uint32_t *to, size_t width)
{
    for (size_t group = blocks(width, 4) * 4; group; group -= 4) {
        const uint32_t *row[4];
        size_t k = 0;
        for (size_t i = 0; i < 4; i++)
            row[i] = from + (group - 4 + i < count ? group - 4 + i : 0) * stride;
        for (; k + 4 <= terms; k += 4)
            transpose_four(row, k, to + k * width + group - 4, width);
        for (; k < terms; k++)
            for (size_t i = 0; i < 4; i++)
                to[k * width + group - 4 + i] = row[i][k];
    }
}

static size_t panels_size(const struct product *p)
{
    return rounded_up(rounded_up(smaller(p->cols, BLOCK_COLS), p->kernel->cols) * smaller(p->terms, BLOCK_TERMS), 16);
}

static size_t strips_size(const struct product *p)
{
    const size_t lanes = rounded_up(p->block_rows, p->kernel->rows) * smaller(p->terms, BLOCK_TERMS);
    return p->packed ? rounded_up(lanes + 4, 16) : 0; /* four more: see pack_panel */
}

static void pack_task(void *context, size_t worker, size_t i)
{
    const struct product *p = context;
    const size_t width = p->kernel->cols, col = i * width;

    (void)worker;
    pack_panel(p->b + (p->first_col + col) * p->terms + p->first_term, p->terms, smaller(width, p->block_cols - col),
               p->block_terms, p->panels + col * p->block_terms, width);
}

/* One block of rows of a times the block of b. */
static void multiply_task(void *context, size_t worker, size_t i)
{
    const struct product *p = context;
    const struct kernel *kernel = p->kernel;
    const size_t first_row = i * p->block_rows, block_rows = smaller(p->block_rows, p->rows - first_row);
    const uint32_t *a = p->a + first_row * p->terms + p->first_term;
    uint32_t *out = p->out + first_row * p->cols + p->first_col;
    uint32_t *strips = p->strips + worker * strips_size(p);
    struct strip s = {.row = p->terms, .packed = p->packed, .terms = p->block_terms, .stride = p->cols,
                      .first = p->first_term == 0};

    if (p->packed)
        for (size_t row = 0; row < block_rows; row += kernel->rows)
            pack_panel(a + row * p->terms, p->terms, smaller(kernel->rows, block_rows - row), p->block_terms,
                       strips + row * p->block_terms, kernel->rows);
    for (size_t col = 0; col < p->block_cols; col += kernel->cols) {
        s.b = p->panels + col * p->block_terms;
        for (size_t row = 0; row < block_rows; row += kernel->rows) {
            s.a = p->packed ? strips + row * p->block_terms : a + row * p->terms;
            kernel->tiles[smaller(kernel->rows, block_rows - row) - 1](&s, out + row * p->cols + col,
                                                                       smaller(kernel->cols, p->block_cols - col));
        }
    }
}

/* a times b transposed, block of b by block of b. */
static void multiply(struct product *p)
{
    const size_t most_terms = blocks(p->terms, blocks(p->terms, BLOCK_TERMS));

    for (p->first_col = 0; p->first_col < p->cols; p->first_col += BLOCK_COLS) {
        p->block_cols = smaller(BLOCK_COLS, p->cols - p->first_col);
        for (p->first_term = 0; p->first_term < p->terms; p->first_term += most_terms) {
            const size_t panels = blocks(p->block_cols, p->kernel->cols);
            p->block_terms = smaller(most_terms, p->terms - p->first_term);
            pinpoint_parallel(pack_task, p, panels, p->workers);
            pinpoint_parallel(multiply_task, p, blocks(p->rows, p->block_rows), p->workers);
        }
    }
}

struct batches {
    struct product first;
    uint32_t *room;
    size_t room_a_worker;
};

/* One batch of many, on one thread. */
static void batch_task(void *context, size_t worker, size_t i)
{
    const struct batches *all = context;
    struct product p = all->first;

    p.a += i * p.rows * p.terms;
    p.b += i * p.cols * p.terms;
    p.out += i * p.rows * p.cols;
    p.panels = all->room + worker * all->room_a_worker;
    p.strips = p.panels + panels_size(&p);
    multiply(&p);
}

/* Some lanes of the output, side by side whichever batches they are of. */
static void dots_task(void *context, size_t worker, size_t task)
{
    const struct product *p = context;
    const size_t first = task * LANES_A_TASK, end = smaller(first + LANES_A_TASK, p->lanes);
    const size_t first_row = first / p->cols, b_size = p->cols * p->terms;
    size_t row = first_row % p->rows, col = first % p->cols; /* of their batch */
    const uint32_t *a = p->a + first_row * p->terms, *b = p->b + first_row / p->rows * b_size;
    struct dots d = {.terms = p->terms};

    (void)worker;
    for (size_t i = 0; i < ABREAST; i++) {
        d.a[i] = a;
        d.b[i] = b;
    }
    for (size_t lane = first; lane < end;) {
        const size_t count = smaller(ABREAST, end - lane);
        for (size_t i = 0; i < count; i++) {
            d.a[i] = a;
            d.b[i] = b + col * p->terms;
            if (++col < p->cols)
                continue;
            col = 0;
            a += p->terms;
            if (++row == p->rows) {
                row = 0;
                b += b_size;
            }
        }
        p->kernel->dots(&d, p->out + lane, count);
        lane += count;
    }
}

int pinpoint_matmul(size_t batches, size_t rows, size_t terms, size_t cols, const uint32_t *a, const uint32_t *b,
                    uint32_t *out)
{
    const double cost = (double)batches * (double)rows * (double)terms * (double)cols / 32;
    const int many = batches >= (size_t)pinpoint_threads;
    struct batches all = {.first = {.rows = rows, .terms = terms, .cols = cols, .lanes = batches * rows * cols,
                                    .a = a, .b = b, .out = out}};
    struct product *p = &all.first;
    const size_t workers = pinpoint_workers(many ? batches : rows, many ? cost : cost / (double)batches);

    if (rows == 0 || cols == 0)
        return 1;
    if (terms == 0) {
        memset(out, 0, batches * rows * cols * sizeof *out);
        return 1;
    }
    p->kernel = kernel_in_use();
    /* A panel of b would be mostly empty. */
    if (cols == 1 || rows * cols <= p->kernel->cols / 2) {
        const size_t tasks = blocks(p->lanes, LANES_A_TASK);
        pinpoint_parallel(dots_task, p, tasks, pinpoint_workers(tasks, (double)p->lanes * (double)terms / 3));
        return 1;
    }
    p->packed = cols >= PACK_COLS;
    p->workers = many ? 1 : workers;
    /* Blocks enough for all who work at once. */
    p->block_rows = p->workers == 1 ? rows : rounded_up(blocks(rows, 2 * p->workers), p->kernel->rows);
    p->block_rows = smaller(p->block_rows, BLOCK_ROWS);
    all.room_a_worker = panels_size(p) + strips_size(p) * p->workers;
    all.room = scratch_take(all.room_a_worker * (many ? workers : 1) * sizeof *all.room);
    if (all.room == NULL)
        return 0;
    if (many)
        pinpoint_parallel(batch_task, &all, batches, workers);
    else
        for (size_t i = 0; i < batches; i++)
            batch_task(&all, 0, i);
    scratch_give(all.room);
    return 1;
}

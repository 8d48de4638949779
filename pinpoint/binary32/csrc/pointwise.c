/* The output is cut into blocks of whole rows, or of pieces of one. An operand that broadcasts is spread over a buffer
   of one block, so that each operator is one loop over lanes that lie side by side. */

#include "pointwise.h"

#include <pthread.h>
#include <stdlib.h>

#include "functions.h"
#include "lane_loops.h"
#include "lanes.h"
#include "parallel.h"

/* Lanes of a block: with buffers, which then stay in the nearest cache, and without. */
#define BUFFERED 1024
#define DIRECT 16384

enum spread { WHOLE, ONE_ROW, ONE_COLUMN, ONE_LANE };

struct pointwise {
    int code;
    lane_loop *loop;
    struct operand operands[MOST_OPERANDS];
    enum spread spread[MOST_OPERANDS];
    int count;
    uint32_t *out;
    size_t rows, cols;
    size_t block_rows, block_cols, blocks_a_row, blocks, blocks_a_task;
    pthread_mutex_t lock;
    struct undecided_list *undecided;
};

int pinpoint_operand_count(long code)
{
    switch (code) {
    case ADD: case SUB: case MUL: case DIV: case MAX: case MIN: case COMPARE:
        return 2;
    case FMA: case SELECT:
        return 3;
    case NEG: case ABS: case SQRT: case EXP: case LOG: case RSQRT: case TANH: case ERF: case TO_INT: case TO_FLOAT:
        return 1;
    default:
        return 0;
    }
}

static int is_function(int code)
{
    return code == EXP || code == LOG || code == RSQRT || code == TANH || code == ERF;
}

double pinpoint_pointwise_cost(int code, size_t lanes)
{
    return (double)lanes * (is_function(code) ? 8 : code == DIV || code == SQRT ? 1 : 0.25);
}

static size_t smaller(size_t x, size_t y)
{
    return x < y ? x : y;
}

static lane_loop *loop_of(int code, uint64_t attribute)
{
    const struct loops *loops = pinpoint_loops();
    if (code == COMPARE)
        return loops->compare[smaller(attribute, PREDICATES)];
    if (code == TO_INT)
        return loops->to_int[attribute == 1];
    return loops->pointwise[code];
}

static enum spread spread_of(const struct operand *operand, size_t rows, size_t cols)
{
    if (operand->rows == rows && operand->cols == cols)
        return WHOLE;
    if (operand->rows == 1 && operand->cols == 1)
        return ONE_LANE;
    return operand->rows == 1 ? ONE_ROW : ONE_COLUMN;
}

static void note_undecided(struct pointwise *p, const size_t *lanes, size_t count, size_t first, const uint32_t *a)
{
    struct undecided_list *list = p->undecided;

    pthread_mutex_lock(&p->lock);
    struct undecided *items = realloc(list->items, (list->count + count) * sizeof *items);
    if (items == NULL) {
        list->no_memory = 1;
    } else {
        list->items = items;
        for (size_t i = 0; i < count; i++)
            items[list->count++] = (struct undecided){.lane = first + lanes[i], .argument = a[lanes[i]]};
    }
    pthread_mutex_unlock(&p->lock);
}

static void fill(uint32_t *to, uint32_t lane, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = lane;
}

/* The operand's lanes of a block that starts at (row, col), in the buffer where they are not side by side. What does
   not depend on the block stays in the buffer from one to the next. */
static const uint32_t *lanes_of(const struct pointwise *p, int which, size_t row, size_t col, size_t rows, size_t cols,
                                uint32_t *buffer, int filled)
{
    const struct operand *operand = &p->operands[which];

    switch (p->spread[which]) {
    case WHOLE:
        return operand->data + row * p->cols + col;
    case ONE_ROW:
        if (rows == 1)
            return operand->data + col;
        if (!filled)
            for (size_t i = 0; i < p->block_rows; i++)
                memcpy(buffer + i * cols, operand->data, cols * sizeof *buffer);
        return buffer;
    case ONE_COLUMN:
        for (size_t i = 0; i < rows; i++)
            fill(buffer + i * cols, operand->data[row + i], cols);
        return buffer;
    default:
        if (!filled)
            fill(buffer, operand->data[0], p->block_rows * p->block_cols);
        return buffer;
    }
}

static void blocks_task(void *context, size_t worker, size_t task)
{
    struct pointwise *p = context;
    const size_t first = task * p->blocks_a_task, end = smaller(first + p->blocks_a_task, p->blocks);
    uint32_t buffers[MOST_OPERANDS][BUFFERED];
    size_t undecided[BUFFERED];

    (void)worker;
    for (size_t block = first; block < end; block++) {
        const size_t row = block / p->blocks_a_row * p->block_rows, col = block % p->blocks_a_row * p->block_cols;
        const size_t rows = smaller(p->block_rows, p->rows - row), cols = smaller(p->block_cols, p->cols - col);
        const uint32_t *lanes[MOST_OPERANDS] = {NULL};
        uint32_t *out = p->out + row * p->cols + col;

        for (int i = 0; i < p->count; i++)
            lanes[i] = lanes_of(p, i, row, col, rows, cols, buffers[i], block != first);
        if (p->loop) {
            p->loop(lanes[0], lanes[1], lanes[2], out, rows * cols);
        } else {
            const size_t count = pinpoint_function(p->code, lanes[0], out, rows * cols, undecided);
            if (count)
                note_undecided(p, undecided, count, row * p->cols + col, lanes[0]);
        }
    }
}

/* Chooses the blocks: rows, cols and spread are known. */
static void cut(struct pointwise *p)
{
    int side_by_side = 1, direct = 1;

    for (int i = 0; i < p->count; i++) {
        side_by_side &= p->spread[i] == WHOLE || p->spread[i] == ONE_LANE;
        direct &= p->spread[i] == WHOLE;
    }
    if (side_by_side) {
        p->cols *= p->rows;
        p->rows = 1;
    }
    const size_t most = direct && p->loop ? DIRECT : BUFFERED;
    p->block_cols = smaller(p->cols, most);
    p->block_rows = smaller(p->rows, most / p->block_cols);
    p->blocks_a_row = (p->cols + p->block_cols - 1) / p->block_cols;
    p->blocks = (p->rows + p->block_rows - 1) / p->block_rows * p->blocks_a_row;
}

void pinpoint_pointwise(int code, uint64_t attribute, const struct operand *operands, uint32_t *out, size_t rows,
                        size_t cols, struct undecided_list *undecided)
{
    struct pointwise p = {.code = code, .count = pinpoint_operand_count(code), .out = out, .rows = rows, .cols = cols,
                          .lock = PTHREAD_MUTEX_INITIALIZER, .undecided = undecided};

    if (rows == 0 || cols == 0)
        return;
    p.loop = loop_of(code, attribute);
    for (int i = 0; i < p.count; i++) {
        p.operands[i] = operands[i];
        p.spread[i] = spread_of(&operands[i], rows, cols);
    }
    cut(&p);
    const size_t workers = pinpoint_workers(p.blocks, pinpoint_pointwise_cost(code, rows * cols));
    p.blocks_a_task = workers == 1 ? p.blocks : (p.blocks + 4 * workers - 1) / (4 * workers);
    pinpoint_parallel(blocks_task, &p, (p.blocks + p.blocks_a_task - 1) / p.blocks_a_task, workers);
}

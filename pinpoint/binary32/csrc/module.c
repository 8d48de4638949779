/* pinpoint.binary32._compiled: matrices in through the buffer protocol, new NumPy arrays out. */

#include "arrays.h"
#include "control.h"
#include "functions.h"
#include "levels.h"
#include "matmul.h"
#include "operators.h"
#include "parallel.h"
#include "pointwise.h"
#include "rows.h"

/* Cycles that are worth letting other Python threads run meanwhile. */
#define WORTH_RELEASING 5e4

static PyObject *reference;

/* --- Pointwise ------------------------------------------------------------------------------------------------- */

static const char *function_name(int code)
{
    switch (code) {
    case EXP:
        return "exp";
    case LOG:
        return "log";
    case RSQRT:
        return "rsqrt";
    case TANH:
        return "tanh";
    default:
        return "erf";
    }
}

/* The exact arithmetic in Python computes what the fast one could not decide. */
static int decide(int code, const struct undecided_list *list, uint32_t *out)
{
    if (list->no_memory) {
        PyErr_NoMemory();
        return 0;
    }
    for (size_t i = 0; i < list->count; i++) {
        PyObject *result =
            PyObject_CallMethod(reference, function_name(code), "I", (unsigned)list->items[i].argument);
        if (result == NULL)
            return 0;
        out[list->items[i].lane] = (uint32_t)PyLong_AsUnsignedLong(result);
        Py_DECREF(result);
        if (PyErr_Occurred())
            return 0;
    }
    return 1;
}

/* The shape that is given, or, for None, that to which the operands broadcast. */
static int shape_of(PyObject *shape, const struct operand *operands, int count, size_t *rows, size_t *cols)
{
    *rows = *cols = 1;
    if (shape == Py_None) {
        for (int i = 0; i < count; i++) {
            *rows = operands[i].rows == 1 ? *rows : operands[i].rows;
            *cols = operands[i].cols == 1 ? *cols : operands[i].cols;
        }
    } else {
        if (!PyTuple_Check(shape) || PyTuple_GET_SIZE(shape) != 2) {
            PyErr_Format(PyExc_ValueError, "expected a shape of rows and columns, got %R", shape);
            return 0;
        }
        const Py_ssize_t given_rows = size_of(PyTuple_GET_ITEM(shape, 0), "rows", 0);
        const Py_ssize_t given_cols = given_rows < 0 ? -1 : size_of(PyTuple_GET_ITEM(shape, 1), "columns", 0);
        if (given_cols < 0)
            return 0;
        *rows = (size_t)given_rows;
        *cols = (size_t)given_cols;
    }
    for (int i = 0; i < count; i++) {
        const size_t r = operands[i].rows, c = operands[i].cols;
        if ((r != *rows && r != 1) || (c != *cols && c != 1)) {
            PyErr_Format(PyExc_ValueError, "expected sides of (%zu, %zu) or 1, got (%zu, %zu)", *rows, *cols, r, c);
            return 0;
        }
    }
    return 1;
}

static PyObject *pointwise(PyObject *self, PyObject *const *arguments, Py_ssize_t given)
{
    struct matrix matrices[MOST_OPERANDS];
    struct operand operands[MOST_OPERANDS];
    struct output output = {0};
    struct undecided_list undecided = {0};
    size_t rows, cols;

    (void)self;
    if (given < 3) {
        PyErr_Format(PyExc_ValueError, "pointwise: expected a code, an attribute, a shape and operands");
        return NULL;
    }
    const Py_ssize_t code = size_of(arguments[0], "a code", 0);
    if (code < 0)
        return NULL;
    /* What does not fit is no operator's attribute, and neither is the largest number. */
    const uint64_t attribute = PyLong_AsUnsignedLongLong(arguments[1]);
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Format(PyExc_ValueError, "expected an integer as attribute, got %R", arguments[1]);
        return NULL;
    }
    PyErr_Clear();
    const int count = pinpoint_operand_count(code);
    if (count == 0) {
        PyErr_Format(PyExc_ValueError, "expected the code of a pointwise operator, got %zd", code);
        return NULL;
    }
    if (!count_is("pointwise", given, 3 + count) || !take(arguments + 3, matrices, (size_t)count))
        return NULL;
    for (int i = 0; i < count; i++)
        operands[i] = (struct operand){matrices[i].data, matrices[i].rows, matrices[i].cols};
    if (!shape_of(arguments[2], operands, count, &rows, &cols) ||
        !new_output(&output, arguments[2] == Py_None ? NULL : arguments[2], rows, cols)) {
        release(matrices, (size_t)count);
        return NULL;
    }
    PyThreadState *thread = NULL;
    if (pinpoint_pointwise_cost((int)code, rows * cols) > WORTH_RELEASING)
        thread = PyEval_SaveThread();
    pinpoint_pointwise((int)code, attribute, operands, output.data, rows, cols, &undecided);
    if (thread)
        PyEval_RestoreThread(thread);
    const int decided = decide((int)code, &undecided, output.data);
    free(undecided.items);
    release(matrices, (size_t)count);
    return finished(&output, !decided);
}

/* --- Rows ------------------------------------------------------------------------------------------------------ */

typedef void reduction(const uint32_t *a, uint32_t *out, size_t rows, size_t cols);

static PyObject *reduced(PyObject *object, reduction *reduce, size_t least_cols)
{
    struct matrix a;
    struct output output = {0};

    if (!take(&object, &a, 1))
        return NULL;
    if (a.cols < least_cols)
        PyErr_Format(PyExc_ValueError, "expected at least one column, got (%zu, %zu)", a.rows, a.cols);
    else if (new_output(&output, NULL, a.rows, 1)) {
        PyThreadState *thread = (double)a.rows * (double)a.cols > WORTH_RELEASING ? PyEval_SaveThread() : NULL;
        reduce(a.data, output.data, a.rows, a.cols);
        if (thread)
            PyEval_RestoreThread(thread);
        finished(&output, 0);
    }
    release(&a, 1);
    return output.array;
}

static PyObject *row_sum(PyObject *self, PyObject *a)
{
    (void)self;
    return reduced(a, pinpoint_row_sum, 0);
}

static PyObject *row_max(PyObject *self, PyObject *a)
{
    (void)self;
    return reduced(a, pinpoint_row_max, 1);
}

static PyObject *argmax(PyObject *self, PyObject *a)
{
    (void)self;
    return reduced(a, pinpoint_argmax, 1);
}

static PyObject *scatter_add(PyObject *self, PyObject *const *arguments, Py_ssize_t given)
{
    struct matrix in[2];
    struct output output = {0};
    Py_ssize_t rows;

    (void)self;
    if (!count_is("scatter_add", given, 3) || (rows = size_of(arguments[2], "rows", 0)) < 0 || !take(arguments, in, 2))
        return NULL;
    if (in[1].rows != 1 || in[1].cols != in[0].cols)
        PyErr_Format(PyExc_ValueError, "expected indices of shape (1, %zu), got (%zu, %zu)", in[0].cols, in[1].rows,
                     in[1].cols);
    else if (new_output(&output, NULL, (size_t)rows, in[0].rows)) {
        const struct control saved = control_default();
        pinpoint_scatter_add(in[0].data, in[1].data, output.data, (size_t)rows, in[0].rows, in[0].cols);
        control_restore(saved);
        finished(&output, 0);
    }
    release(in, 2);
    return output.array;
}

/* --- Products --------------------------------------------------------------------------------------------------- */

typedef int product(size_t batches, size_t rows, size_t terms, size_t cols, const uint32_t *a, const uint32_t *b,
                    uint32_t *out);

static PyObject *multiplied(const char *name, PyObject *const *arguments, Py_ssize_t given, product *multiply)
{
    struct matrix in[2];
    struct output output = {0};
    Py_ssize_t batches;

    if (!count_is(name, given, 3) || (batches = size_of(arguments[2], "batches", 1)) < 0 || !take(arguments, in, 2))
        return NULL;
    const size_t rows = in[0].rows / (size_t)batches, cols = in[1].rows / (size_t)batches, terms = in[0].cols;
    if (in[1].cols != terms || rows * (size_t)batches != in[0].rows || cols * (size_t)batches != in[1].rows)
        PyErr_Format(PyExc_ValueError, "%s: expected as many columns, rows of %zd batches, got (%zu, %zu), (%zu, %zu)",
                     name, batches, in[0].rows, in[0].cols, in[1].rows, in[1].cols);
    else if (new_output(&output, NULL, in[0].rows, cols)) {
        const double cost = (double)in[0].rows * (double)terms * (double)cols / 32;
        PyThreadState *thread = cost > WORTH_RELEASING ? PyEval_SaveThread() : NULL;
        const int done = multiply((size_t)batches, rows, terms, cols, in[0].data, in[1].data, output.data);
        if (thread)
            PyEval_RestoreThread(thread);
        if (!done)
            PyErr_NoMemory();
        finished(&output, !done);
    }
    release(in, 2);
    return output.array;
}

static PyObject *matmul_transposed(PyObject *self, PyObject *const *arguments, Py_ssize_t given)
{
    (void)self;
    return multiplied("matmul_transposed", arguments, given, pinpoint_matmul);
}

static PyObject *matmul_int8(PyObject *self, PyObject *const *arguments, Py_ssize_t given)
{
    (void)self;
    return multiplied("matmul_int8", arguments, given, pinpoint_matmul_int8);
}

/* --- Settings --------------------------------------------------------------------------------------------------- */

static void set_level(int level)
{
    pinpoint_level = level;
    pinpoint_functions_level(level);
}

static PyObject *use(PyObject *self, PyObject *object)
{
    const Py_ssize_t level = size_of(object, "a level", 0);

    (void)self;
    if (level < 0)
        return NULL;
    if (level > pinpoint_best_level()) {
        PyErr_Format(PyExc_ValueError, "expected a level up to this processor's, %d, got %zd", pinpoint_best_level(),
                     level);
        return NULL;
    }
    set_level((int)level);
    Py_RETURN_NONE;
}

static PyObject *threads(PyObject *self, PyObject *object)
{
    const Py_ssize_t count = size_of(object, "threads", 1);

    (void)self;
    if (count < 0)
        return NULL;
    pinpoint_threads = count < MOST_THREADS ? (int)count : MOST_THREADS;
    Py_RETURN_NONE;
}

static PyObject *best_level(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    return PyLong_FromLong(pinpoint_best_level());
}

#define FAST(function) (PyCFunction)(void (*)(void)) function, METH_FASTCALL

static PyMethodDef methods[] = {
    {"pointwise", FAST(pointwise), "pointwise(code, attribute, shape, *operands)"},
    {"row_sum", row_sum, METH_O, "row_sum(a)"},
    {"row_max", row_max, METH_O, "row_max(a)"},
    {"argmax", argmax, METH_O, "argmax(a)"},
    {"scatter_add", FAST(scatter_add), "scatter_add(a, b, rows)"},
    {"matmul_transposed", FAST(matmul_transposed), "matmul_transposed(a, b, batches)"},
    {"matmul_int8", FAST(matmul_int8), "matmul_int8(a, b, batches)"},
    {"use", use, METH_O, "use(level)"},
    {"threads", threads, METH_O, "threads(count)"},
    {"best_level", best_level, METH_NOARGS, "best_level()"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_compiled", .m_doc = "The canonical arithmetic in C.", .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__compiled(void)
{
    reference = PyImport_ImportModule("pinpoint.binary32.reference");
    if (reference == NULL || !prepare_outputs())
        return NULL;
    set_level(pinpoint_best_level());
    return PyModule_Create(&module);
}

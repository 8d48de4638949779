/* pinpoint.commitment._hashing: leaves and trees (docs/design.md, sections 1 and 2) of packed hashes. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <pthread.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

#include "keccak.h"

enum { TAG_LEAF = 1, TAG_NODE = 2, TAG_ROOT = 3, KIND_TENSOR = 1, ARITY = 4, LANE_BYTES = 4, LEAF_BYTES = 512 };

/* So few hashes need no memory, and are there before another thread would have got to run. */
enum { FEW = 64 };

/* Threads live for one call. Starting one costs some ten microseconds, a leaf a tenth of one to two. */
enum { MOST_THREADS = 64, WORTH_A_THREAD = 1024 };

static int threads_used = 1;

static size_t least(size_t x, size_t y)
{
    return x < y ? x : y;
}

static size_t ceil_div(size_t x, size_t y)
{
    return x / y + (x % y != 0);
}

/* Hashes every row in pieces of `most` bytes, the last of a row being what is left; y is the piece's words. */
static void hash_rows(const unsigned char *data, size_t rows, size_t row_bytes, size_t most, uint64_t tag, uint64_t x,
                      unsigned char *out)
{
    const size_t whole = row_bytes / most, rest = row_bytes % most;
    struct batch full, last;

    if (whole)
        batch_open(&full, tag, x, most / HASH_BYTES, most, tag == TAG_LEAF, rows * whole);
    if (rest)
        batch_open(&last, tag, x, ceil_div(rest, HASH_BYTES), rest, tag == TAG_LEAF, rows);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < whole; i++, data += most, out += HASH_BYTES)
            batch_add(&full, data, out);
        if (rest) {
            batch_add(&last, data, out);
            data += rest;
            out += HASH_BYTES;
        }
    }
    if (whole)
        batch_close(&full);
    if (rest)
        batch_close(&last);
}

static size_t leaf_count(size_t rows, size_t cols)
{
    return rows * ceil_div(cols * LANE_BYTES, LEAF_BYTES);
}

/* Some rows of a tensor, for one thread. */
struct share {
    const unsigned char *tensor;
    size_t rows, cols;
    unsigned char *out;
    pthread_t thread;
};

static void *hash_share(void *argument)
{
    const struct share *share = argument;

    hash_rows(share->tensor, share->rows, share->cols * LANE_BYTES, LEAF_BYTES, TAG_LEAF, 0, share->out);
    return NULL;
}

static void hash_leaves(const unsigned char *tensor, size_t rows, size_t cols, unsigned char *out)
{
    struct share shares[MOST_THREADS];
    size_t workers = least(least(rows, leaf_count(rows, cols) / WORTH_A_THREAD), (size_t)threads_used), started = 1;

    if (workers == 0)
        workers = 1;

    for (size_t i = 0; i < workers; i++) {
        const size_t first = rows / workers * i, last = i + 1 < workers ? first + rows / workers : rows;
        shares[i].tensor = tensor + first * cols * LANE_BYTES;
        shares[i].rows = last - first;
        shares[i].cols = cols;
        shares[i].out = out + leaf_count(first, cols) * HASH_BYTES;
    }
    while (started < workers && pthread_create(&shares[started].thread, NULL, hash_share, &shares[started]) == 0)
        started++;
    hash_share(&shares[0]);
    for (size_t i = started; i < workers; i++)
        hash_share(&shares[i]);
    for (size_t i = 1; i < started; i++)
        pthread_join(shares[i].thread, NULL);
}

/* Returns how many parents there are; they may take the place of their children. */
static size_t hash_parents(const unsigned char *nodes, size_t count, uint64_t level, unsigned char *out)
{
    const size_t whole = count / ARITY, rest = count % ARITY, group = ARITY * HASH_BYTES;

    hash_rows(nodes, 1, whole * group, group, TAG_NODE, level, out);
    hash_rows(nodes + whole * group, 1, rest * HASH_BYTES, group, TAG_NODE, level, out + whole * HASH_BYTES);
    return whole + (rest != 0);
}

/* `nodes` holds the leaves, is overwritten, and begins with the root in the end. */
static void hash_tree(unsigned char *nodes, size_t count, uint64_t kind)
{
    struct batch root;
    size_t width = count;

    for (uint64_t level = 1; width > 1; level++)
        width = hash_parents(nodes, width, level, nodes);
    batch_open(&root, TAG_ROOT, kind, count, HASH_BYTES, false, 1);
    batch_add(&root, nodes, nodes);
    batch_close(&root);
}

/* Lets other Python threads run while so many messages are hashed, if that takes long enough. */
static PyThreadState *release(size_t messages)
{
    return messages > FEW ? PyEval_SaveThread() : NULL;
}

static void resume(PyThreadState *released)
{
    if (released)
        PyEval_RestoreThread(released);
}

/* The arguments of all functions that take a tensor: a buffer, rows, columns. */
struct tensor {
    Py_buffer view;
    size_t rows, cols, leaves;
};

static int tensor_open(struct tensor *tensor, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3) {
        PyErr_Format(PyExc_TypeError, "expected a buffer, rows and columns, got %zd arguments", count);
        return -1;
    }
    const Py_ssize_t rows = PyLong_AsSsize_t(args[1]);
    const Py_ssize_t cols = rows == -1 && PyErr_Occurred() ? -1 : PyLong_AsSsize_t(args[2]);
    if (PyErr_Occurred() || PyObject_GetBuffer(args[0], &tensor->view, PyBUF_SIMPLE) != 0)
        return -1;
    if (rows < 1 || cols < 1 || tensor->view.len / LANE_BYTES / cols != rows ||
        tensor->view.len != rows * cols * LANE_BYTES) {
        PyErr_Format(PyExc_ValueError, "expected %zd x %zd lanes of 4 bytes, got %zd bytes", rows, cols,
                     tensor->view.len);
        PyBuffer_Release(&tensor->view);
        return -1;
    }
    tensor->rows = (size_t)rows;
    tensor->cols = (size_t)cols;
    tensor->leaves = leaf_count(tensor->rows, tensor->cols);
    return 0;
}

static PyObject *tensor_leaves(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    struct tensor tensor;
    PyObject *hashes;

    (void)module;
    if (tensor_open(&tensor, args, count) != 0)
        return NULL;
    hashes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(tensor.leaves * HASH_BYTES));
    if (hashes) {
        unsigned char *out = (unsigned char *)PyBytes_AS_STRING(hashes);
        PyThreadState *released = release(tensor.leaves);
        hash_leaves(tensor.view.buf, tensor.rows, tensor.cols, out);
        resume(released);
    }
    PyBuffer_Release(&tensor.view);
    return hashes;
}

static PyObject *tensor_root(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    unsigned char few[FEW * HASH_BYTES], *nodes = few;
    struct tensor tensor;
    PyObject *root = NULL;

    (void)module;
    if (tensor_open(&tensor, args, count) != 0)
        return NULL;
    if (tensor.leaves > FEW)
        nodes = PyMem_RawMalloc(tensor.leaves * HASH_BYTES);
    if (nodes) {
        PyThreadState *released = release(tensor.leaves);
        hash_leaves(tensor.view.buf, tensor.rows, tensor.cols, nodes);
        hash_tree(nodes, tensor.leaves, KIND_TENSOR);
        resume(released);
        root = PyBytes_FromStringAndSize((const char *)nodes, HASH_BYTES);
    } else {
        PyErr_NoMemory();
    }
    if (nodes != few)
        PyMem_RawFree(nodes);
    PyBuffer_Release(&tensor.view);
    return root;
}

static PyObject *parents(PyObject *module, PyObject *args)
{
    Py_buffer nodes;
    unsigned long level;
    PyObject *hashes = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "y*k:parents", &nodes, &level))
        return NULL;
    if (nodes.len % HASH_BYTES) {
        PyErr_Format(PyExc_ValueError, "expected hashes of 32 bytes, got %zd bytes", nodes.len);
    } else {
        const size_t count = (size_t)nodes.len / HASH_BYTES;
        hashes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(ceil_div(count, ARITY) * HASH_BYTES));
        if (hashes) {
            unsigned char *out = (unsigned char *)PyBytes_AS_STRING(hashes);
            PyThreadState *released = release(ceil_div(count, ARITY));
            hash_parents(nodes.buf, count, level, out);
            resume(released);
        }
    }
    PyBuffer_Release(&nodes);
    return hashes;
}

static PyObject *keccak(PyObject *module, PyObject *data)
{
    Py_buffer view;
    unsigned char hash[HASH_BYTES];

    (void)module;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) != 0)
        return NULL;
    keccak256(view.buf, (size_t)view.len, hash);
    PyBuffer_Release(&view);
    return PyBytes_FromStringAndSize((const char *)hash, HASH_BYTES);
}

static PyObject *use(PyObject *module, PyObject *level)
{
    const long asked = PyLong_AsLong(level);

    (void)module;
    if (asked == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(keccak_use(asked < 0 ? 0 : asked > 2 ? 2 : (int)asked));
}

static int available_cpus(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
#endif
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

static int set_threads(long most)
{
    if (most < 1)
        most = available_cpus();
    return threads_used = most < 1 ? 1 : most > MOST_THREADS ? MOST_THREADS : (int)most;
}

static PyObject *threads(PyObject *module, PyObject *most)
{
    const long asked = PyLong_AsLong(most);

    (void)module;
    if (asked == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(set_threads(asked));
}

static PyMethodDef METHODS[] = {
    {"keccak", keccak, METH_O, "keccak(data) -> Keccak-256 of a buffer, 32 bytes"},
    {"parents", parents, METH_VARARGS, "parents(nodes, level) -> packed nodes at `level` above packed nodes"},
    {"tensor_leaves", (PyCFunction)(void (*)(void))tensor_leaves, METH_FASTCALL,
     "tensor_leaves(buffer, rows, cols) -> packed hashes of the leaves of a matrix of binary32 in the host's order"},
    {"tensor_root", (PyCFunction)(void (*)(void))tensor_root, METH_FASTCALL,
     "tensor_root(buffer, rows, cols) -> root of the TENSOR tree of a matrix of binary32 in the host's order"},
    {"use", use, METH_O, "use(level) -> the level in use: at most that, of 0 (portable), 1 (AVX2) and 2 (AVX-512)"},
    {"threads", threads, METH_O,
     "threads(most) -> how many may work on one tensor, 1 to 64; 0, as at first, stands for all CPUs available"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_hashing",
    .m_doc = "Keccak-256 and trees of it.",
    .m_size = -1,
    .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__hashing(void)
{
    keccak_use(2);
    set_threads(0);
    return PyModule_Create(&MODULE);
}

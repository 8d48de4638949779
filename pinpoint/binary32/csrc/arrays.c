#include "arrays.h"

static PyObject *numpy_empty, *numpy_float32;

static int is_float32(const char *format)
{
    if (format == NULL)
        return 0;
#if PY_BIG_ENDIAN
    if (*format == '@' || *format == '=' || *format == '>')
#else
    if (*format == '@' || *format == '=' || *format == '<')
#endif
        format++;
    return strcmp(format, "f") == 0;
}

static int straighten(struct matrix *m)
{
    const Py_buffer *view = &m->view;
    uint32_t *to = m->copy = PyMem_Malloc(m->rows * m->cols * sizeof *to + 1);

    if (to == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            memcpy(to++, (const char *)view->buf + (Py_ssize_t)i * view->strides[0] + (Py_ssize_t)j * view->strides[1],
                   sizeof *to);
    m->data = m->copy;
    return 1;
}

void release(struct matrix *matrices, size_t count)
{
    while (count--) {
        PyMem_Free(matrices[count].copy);
        PyBuffer_Release(&matrices[count].view);
    }
}

static int take_one(PyObject *object, struct matrix *m)
{
    Py_buffer *view = &m->view;

    if (PyObject_GetBuffer(object, view, PyBUF_STRIDES | PyBUF_FORMAT) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_MemoryError))
            PyErr_Format(PyExc_ValueError, "expected a float32 matrix, got %s", Py_TYPE(object)->tp_name);
        return 0;
    }
    m->copy = NULL;
    if (view->ndim != 2 || !is_float32(view->format)) {
        PyErr_Format(PyExc_ValueError, "expected a float32 matrix, got %d dimensions of format '%s'", view->ndim,
                     view->format ? view->format : "B");
    } else {
        m->rows = (size_t)view->shape[0];
        m->cols = (size_t)view->shape[1];
        m->data = view->buf;
        if (PyBuffer_IsContiguous(view, 'C') && (uintptr_t)view->buf % sizeof(uint32_t) == 0)
            return 1;
        if (straighten(m))
            return 1;
    }
    PyBuffer_Release(view);
    return 0;
}

int take(PyObject *const *objects, struct matrix *matrices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!take_one(objects[i], &matrices[i])) {
            release(matrices, i);
            return 0;
        }
    return 1;
}

int prepare_outputs(void)
{
    PyObject *numpy = PyImport_ImportModule("numpy");

    if (numpy == NULL)
        return 0;
    numpy_empty = PyObject_GetAttrString(numpy, "empty");
    numpy_float32 = PyObject_CallMethod(numpy, "dtype", "s", "float32");
    Py_DECREF(numpy);
    return numpy_empty != NULL && numpy_float32 != NULL;
}

int new_output(struct output *output, PyObject *shape, size_t rows, size_t cols)
{
    PyObject *made = shape ? NULL : Py_BuildValue("(nn)", (Py_ssize_t)rows, (Py_ssize_t)cols);
    PyObject *arguments[] = {shape ? shape : made, numpy_float32};

    if (arguments[0] == NULL)
        return 0;
    output->array = PyObject_Vectorcall(numpy_empty, arguments, 2, NULL);
    Py_XDECREF(made);
    if (output->array == NULL)
        return 0;
    if (PyObject_GetBuffer(output->array, &output->view, PyBUF_WRITABLE) < 0) {
        Py_DECREF(output->array);
        return 0;
    }
    output->data = output->view.buf;
    return 1;
}

PyObject *finished(struct output *output, int failed)
{
    PyBuffer_Release(&output->view);
    if (failed)
        Py_CLEAR(output->array);
    return output->array;
}

int count_is(const char *name, Py_ssize_t count, Py_ssize_t expected)
{
    if (count != expected)
        PyErr_Format(PyExc_ValueError, "%s: expected %zd arguments, got %zd", name, expected, count);
    return count == expected;
}

Py_ssize_t size_of(PyObject *object, const char *what, Py_ssize_t least)
{
    const Py_ssize_t size = PyLong_Check(object) ? PyLong_AsSsize_t(object) : -1;

    if (size < least) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "expected %s of at least %zd, got %R", what, least, object);
        return -1;
    }
    return size;
}

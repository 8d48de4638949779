/* Matrices in through the buffer protocol, new NumPy arrays out: all that is known of Python's arrays. */
#ifndef PINPOINT_ARRAYS_H
#define PINPOINT_ARRAYS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

struct matrix {
    Py_buffer view;
    uint32_t *copy; /* of lanes that did not lie row after row, or NULL */
    const uint32_t *data;
    size_t rows, cols;
};

/* Takes so many float32 matrices, whatever their strides, or none and sets ValueError or MemoryError. */
int take(PyObject *const *objects, struct matrix *matrices, size_t count);
void release(struct matrix *matrices, size_t count);

struct output {
    PyObject *array;
    Py_buffer view;
    uint32_t *data;
};

/* Finds NumPy; once, before the first output. */
int prepare_outputs(void);

/* A new float32 array of that shape, a tuple, or NULL, and then it is made. */
int new_output(struct output *output, PyObject *shape, size_t rows, size_t cols);

/* The array, or NULL if what should fill it failed. */
PyObject *finished(struct output *output, int failed);

/* Whether there are so many arguments; sets ValueError. */
int count_is(const char *name, Py_ssize_t count, Py_ssize_t expected);

/* An integer of at least `least` >= 0; for all else -1 and ValueError. */
Py_ssize_t size_of(PyObject *object, const char *what, Py_ssize_t least);

#endif

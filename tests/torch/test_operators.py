"""Gradients of the operators against PyTorch's, in float64."""

import numpy as np
import pytest
import torch

from pinpoint.program.autodiff import gradients
from pinpoint.program.builder import Builder
from pinpoint.program.operators import Axis, Predicate
from tests.float64 import evaluate

ROWS, COLS = 4, 6
INDICES = [3, 0, 2, 0, 1]


def index_row(value, numbers=INDICES):
    return value.builder.constant(np.array([numbers], np.int32))


def blocks_of(x, count):
    return x.reshape(count, -1, x.shape[-1])


def scattered(a):
    return torch.zeros(5, ROWS, dtype=a.dtype).index_add(0, torch.tensor([4, 0, 2, 0, 1, 4]), a.T)


def transposed(a, count, group):
    rows, cols = a.shape
    return a.reshape(count, rows // count, cols // group, group).transpose(1, 2).reshape(-1, rows // count * group)


def masked(a):
    square = a @ a.T
    return torch.where(torch.ones(ROWS, ROWS).tril().bool(), square, torch.tensor(-3.0, dtype=a.dtype))


# What a program computes of a (4 x 6, some values equal or zero) and b, and what PyTorch does.
CASES = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "sub": (lambda a, b: a - b, lambda a, b: a - b),
    "mul": (lambda a, b: a * b, lambda a, b: a * b),
    "div": (lambda a, b: a / b, lambda a, b: a / b),
    "fma": (lambda a, b: a.fma(b, a), lambda a, b: a * b + a),
    "neg": (lambda a, b: -a * b, lambda a, b: -a * b),
    "max": (lambda a, b: a.maximum(b), torch.maximum),
    "min": (lambda a, b: a.minimum(b), torch.minimum),
    "abs": (lambda a, b: a.absolute() * b, lambda a, b: a.abs() * b),
    "relu": (lambda a, b: a.maximum(0.0) * b, lambda a, b: a.relu() * b),
    "select": (
        lambda a, b: a.compare(b, Predicate.LESS).select(a, b),
        lambda a, b: torch.where(a < b, a, b),
    ),
    "sqrt": (lambda a, b: b.sqrt() * a, lambda a, b: b.sqrt() * a),
    "rsqrt": (lambda a, b: b.rsqrt() * a, lambda a, b: b.rsqrt() * a),
    "exp": (lambda a, b: a.exp(), lambda a, b: a.exp()),
    "log": (lambda a, b: b.log() * a, lambda a, b: b.log() * a),
    "tanh": (lambda a, b: a.tanh(), lambda a, b: a.tanh()),
    "erf": (lambda a, b: a.erf(), lambda a, b: a.erf()),
    "sum": (lambda a, b: a.row_sum() * b, lambda a, b: a.sum(1, keepdim=True) * b),
    "row_max": (lambda a, b: a.row_max() * b, lambda a, b: a.amax(1, keepdim=True) * b),
    "matmul": (lambda a, b: a.matmul_transposed(a * b), lambda a, b: a @ (a * b).T),
    "matmul of blocks": (
        lambda a, b: a.matmul_transposed(a * b, 2),
        lambda a, b: (blocks_of(a, 2) @ blocks_of(a * b, 2).mT).reshape(ROWS, -1),
    ),
    "matmul of rows": (
        lambda a, b: a.matmul_transposed(a * b, ROWS),
        lambda a, b: (a * (a * b)).sum(1, keepdim=True),
    ),
    "transpose": (lambda a, b: a.transpose() * 2.0, lambda a, b: a.T * 2.0),
    "transpose of blocks and groups": (lambda a, b: a.transpose(2, 3), lambda a, b: transposed(a, 2, 3)),
    "reshape": (lambda a, b: a.reshape(3, 8), lambda a, b: a.reshape(3, 8)),
    "slice": (lambda a, b: a.slice(range(1, 3), range(2, 6)), lambda a, b: a[1:3, 2:6]),
    "concat rows": (lambda a, b: a.concat(a * b, Axis.ROWS), lambda a, b: torch.cat([a, a * b])),
    "concat columns": (lambda a, b: a.concat(a * b, Axis.COLUMNS), lambda a, b: torch.cat([a, a * b], 1)),
    "gather": (lambda a, b: a.gather(index_row(a)), lambda a, b: a[INDICES]),
    "scatter_add": (lambda a, b: a.scatter_add(index_row(a, [4, 0, 2, 0, 1, 4]), 5), lambda a, b: scattered(a)),
    "causal_mask": (lambda a, b: a.matmul_transposed(a).causal_mask(-3.0), lambda a, b: masked(a)),
}
# PyTorch halves the gradient of two equal operands of these; the program gives it to the second.
TIES = ("max", "min")


@pytest.mark.parametrize("other", [(ROWS, COLS), (1, COLS), (ROWS, 1), (1, 1)])
@pytest.mark.parametrize("name", CASES)
def test_gradients_are_those_of_pytorch(name, other):
    write, same = CASES[name]
    random = np.random.default_rng(0)
    a = random.normal(size=(ROWS, COLS)).round(1)
    if name not in TIES:
        a[0, 1] = a[0, 2] = 0.0
        a[1, 3] = a[1, 4] = 9.0
    b = random.uniform(0.55, 2.0, size=other)

    builder = Builder()
    parameters = [builder.state(*a.shape), builder.state(*b.shape)]
    y = write(*parameters)
    loss = (y * y + y).row_sum().transpose().row_sum()
    found = gradients(loss, parameters)
    program = builder.finish(parameters)
    outputs = evaluate(program.nodes, [a, b], constants=program.constants)

    tensors = [torch.tensor(array, requires_grad=True) for array in (a, b)]
    expected = same(*tensors)
    (expected * expected + expected).sum().backward()
    np.testing.assert_allclose(outputs[y.index], expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    for slope, tensor in zip(found, tensors, strict=True):
        wanted = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()
        # The constant in the slope of ERF is binary32.
        np.testing.assert_allclose(outputs[slope.index], wanted, rtol=1e-7, atol=1e-9)

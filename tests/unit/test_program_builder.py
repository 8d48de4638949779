"""The symbolic builder."""

import numpy as np
import pytest

from pinpoint.program.builder import Builder
from pinpoint.program.graph import ProgramError
from pinpoint.program.operators import Operator, Predicate
from pinpoint.replay.native import execute

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
B = np.array([[4.0, 0.5, 3.0]], np.float32)


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda a, b: a + b, A + B),
        (lambda a, b: 1.0 + a, 1 + A),
        (lambda a, b: a - b, A - B),
        (lambda a, b: 1.0 - a, 1 - A),
        (lambda a, b: a * b, A * B),
        (lambda a, b: 2.0 * a, 2 * A),
        (lambda a, b: a / b, A / B),
        (lambda a, b: 2.0 / a, 2 / A),
        (lambda a, b: -a, -A),
        (lambda a, b: a.exp(), np.exp(A)),
        (lambda a, b: a.log(), np.log(A)),
        (lambda a, b: a.sqrt(), np.sqrt(A)),
        (lambda a, b: a.maximum(b), np.maximum(A, B)),
        (lambda a, b: a.compare(b, Predicate.LESS), A < B),
        (lambda a, b: a.compare(b, Predicate.LESS_EQUAL), A <= B),
        (lambda a, b: a.compare(b, Predicate.EQUAL), A == B),
        (lambda a, b: (a - 1.0).select(a, b), np.where(A - 1, A, B)),
        (lambda a, b: a.fma(b, 1.0), A * B + 1),
        (lambda a, b: a.row_sum(), A.sum(axis=1, keepdims=True)),
        (lambda a, b: a.row_max(), A.max(axis=1, keepdims=True)),
        (lambda a, b: a.matmul_transposed(b), A @ B.T),
        (lambda a, b: a.transpose(), A.T),
        (lambda a, b: b.broadcast((2, 3)), np.broadcast_to(B, (2, 3))),
    ],
)
def test_each_operator_computes_what_it_says(write, expected):
    builder = Builder()
    a, b = builder.state(2, 3), builder.batch(1, 3)
    value = write(a, b)
    program = builder.finish([a])
    output = execute(program.nodes, [A], [B], program.constants)[value.index]
    assert value.shape == output.shape == expected.shape
    np.testing.assert_allclose(output, expected.astype(np.float32), rtol=1e-6)


def test_equal_nodes_are_written_once():
    builder = Builder()
    a = builder.state(2, 3)
    assert a * 2.0 == a * 2.0
    assert a * 2.0 != a * 3.0
    assert builder.batch(2, 3) != builder.batch(2, 3)


def test_broadcasting_to_the_own_shape_writes_nothing():
    a = Builder().state(2, 3)
    assert a.broadcast((2, 3)) is a


def test_the_state_comes_first():
    builder = Builder()
    builder.batch(1, 1)
    with pytest.raises(ProgramError, match="expected the state before all else, got it after BATCH"):
        builder.state(1, 1)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda a, wide: a + a.transpose(), "operands of ADD that fit each other"),
        (lambda a, wide: a.matmul_transposed(a.transpose()), "operands of MATMUL that fit each other"),
        (lambda a, wide: a + Builder().state(1, 1), "operands of ADD from one builder"),
        (lambda a, wide: wide.row_sum(), "at most 4096 terms in SUM, got 4097"),
        (lambda a, wide: wide.row_max(), "at most 4096 terms in ROW_MAX, got 4097"),
        (lambda a, wide: wide.matmul_transposed(wide), "at most 4096 terms in MATMUL, got 4097"),
        (lambda a, wide: a.broadcast((2, 4)), "expected an output of MUL like"),
        (
            lambda a, wide: a.builder.apply(Operator.TRANSPOSE, a, shape=(2, 3)),
            "expected an output of TRANSPOSE like",
        ),
        (
            lambda a, wide: a.builder.apply(Operator.ADD, a),
            "expected an operator and its 2 operands, got ADD",
        ),
        (lambda a, wide: a.builder.apply(Operator.FILL), "expected an operator and its 0 operands, got FILL"),
    ],
)
def test_operands_that_do_not_fit_are_refused(write, message):
    builder = Builder()
    a, wide = builder.state(2, 3), builder.batch(1, 4097)
    with pytest.raises(ProgramError, match=message):
        write(a, wide)


def test_finishing_wants_one_value_of_the_right_shape_per_state_tensor():
    builder = Builder()
    a, b = builder.state(2, 3), builder.state(1, 1)
    with pytest.raises(ProgramError, match="expected 2 next values, one per state tensor, got 1"):
        builder.finish([a])
    with pytest.raises(ProgramError, match="expected a next value of 2 x 3, got 1 x 1"):
        builder.finish([b, a])
    with pytest.raises(ProgramError, match="expected next values of this builder"):
        builder.finish([a, Builder().state(1, 1)])


def test_constants_that_differ_in_zero_padding_alone_are_refused():
    builder = Builder()
    builder.constant(np.zeros((1, 2), np.float32))
    with pytest.raises(ProgramError, match=r"expected the shape \(1, 2\) of the constant of this root"):
        builder.constant(np.zeros((1, 3), np.float32))


def test_a_constant_does_not_change_with_the_array_it_came_from():
    builder = Builder()
    array = np.ones((1, 3), np.float32)
    a = builder.state(1, 3)
    value = a + builder.constant(array)
    array[:] = 2
    builder.finish([value])


def test_a_fill_that_binary32_cannot_hold_is_refused():
    with pytest.raises(OverflowError):
        Builder().fill(1e39)

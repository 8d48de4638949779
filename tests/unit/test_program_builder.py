"""The symbolic builder."""

import math

import numpy as np
import pytest

from pinpoint.program.builder import Builder
from pinpoint.program.graph import ProgramError
from pinpoint.program.operators import Axis, Integer, Operator, Predicate
from pinpoint.replay.native import arithmetic
from tests.evaluate import execute

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
        (lambda a, b: (a - 3.0).absolute(), abs(A - 3)),
        (lambda a, b: a.minimum(b), np.minimum(A, B)),
        (lambda a, b: a.rsqrt(), 1 / np.sqrt(A)),
        (lambda a, b: a.tanh(), np.tanh(A)),
        (lambda a, b: a.erf(), np.vectorize(math.erf)(A)),
        (lambda a, b: (a * 100.5).to_int(Integer.INT8).to_float(), np.minimum(np.rint(A * 100.5), 127)),
        (lambda a, b: (a * 100.5).to_int().to_float(), np.rint(A * 100.5)),
        (lambda a, b: (-a).argmax().to_float(), np.argmax(-A, axis=1, keepdims=True)),
        (lambda a, b: a.to_int().matmul_int8(b.to_int()).to_float(), A @ np.rint(B).T),
        (
            lambda a, b: a.matmul_transposed(a, blocks=2),
            (A * A).sum(axis=1, keepdims=True),
        ),
        (lambda a, b: a.scatter_add(b.to_int(), 4), np.array([[2, 5], [0, 0], [0, 0], [3, 6]])),
        (lambda a, b: a.transpose(blocks=2), A.reshape(6, 1)),
        (lambda a, b: a.concat(a, Axis.COLUMNS).transpose(group=3), np.vstack([A.reshape(1, 6)] * 2)),
        (lambda a, b: a.reshape(3, 2), A.reshape(3, 2)),
        (lambda a, b: a.slice(range(1, 2), range(1, 3)), A[1:2, 1:3]),
        (lambda a, b: a.concat(b, Axis.ROWS), np.vstack([A, B])),
        (lambda a, b: a.concat(a, Axis.COLUMNS), np.hstack([A, A])),
        (lambda a, b: a.gather((b - 3.0).to_int()), A[[1, 0, 0]] * np.array([[1], [0], [1]])),
        (lambda a, b: b.to_int().one_hot(4), np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])),
        (lambda a, b: a.slice(range(2), range(2)).causal_mask(-7.0), np.array([[1, -7], [4, 5]])),
    ],
)
def test_each_operator_computes_what_it_says(write, expected):
    builder = Builder()
    a, b = builder.state(2, 3), builder.batch(1, 3)
    value = write(a, b)
    program = builder.finish([a])
    output = execute(arithmetic, program.nodes, [A], [B], program.constants)[value.index]
    assert value.shape == output.shape == expected.shape
    np.testing.assert_allclose(output, expected.astype(np.float32), rtol=1e-6)


@pytest.mark.parametrize(
    ("write", "operator", "shape", "attribute"),
    [
        (lambda a, i: a.absolute(), Operator.ABS, (6, 8), 0),
        (lambda a, i: a.minimum(1.0), Operator.MIN, (6, 8), 0),
        (lambda a, i: a.rsqrt(), Operator.RSQRT, (6, 8), 0),
        (lambda a, i: a.tanh(), Operator.TANH, (6, 8), 0),
        (lambda a, i: a.erf(), Operator.ERF, (6, 8), 0),
        (lambda a, i: a.to_int(), Operator.TO_INT, (6, 8), 0),
        (lambda a, i: a.to_int(Integer.INT8), Operator.TO_INT, (6, 8), 1),
        (lambda a, i: a.to_float(), Operator.TO_FLOAT, (6, 8), 0),
        (lambda a, i: a.argmax(), Operator.ARGMAX, (6, 1), 0),
        (lambda a, i: a.matmul_transposed(a, blocks=3), Operator.MATMUL, (6, 2), 2),
        (lambda a, i: a.matmul_int8(a), Operator.MATMUL_INT8, (6, 6), 0),
        (lambda a, i: a.matmul_int8(a, blocks=2), Operator.MATMUL_INT8, (6, 3), 1),
        (lambda a, i: a.scatter_add(i, 11), Operator.SCATTER_ADD, (11, 6), 0),
        (lambda a, i: a.transpose(), Operator.TRANSPOSE, (8, 6), 0),
        (lambda a, i: a.transpose(blocks=3), Operator.TRANSPOSE, (24, 2), 2 << 32),
        (lambda a, i: a.transpose(group=4), Operator.TRANSPOSE, (2, 24), 3),
        (lambda a, i: a.transpose(blocks=2, group=8), Operator.TRANSPOSE, (2, 24), 1 << 32 | 7),
        (lambda a, i: a.reshape(4, 12), Operator.RESHAPE, (4, 12), 0),
        (lambda a, i: a.slice(range(2, 5), range(3, 8)), Operator.SLICE, (3, 5), 2 << 32 | 3),
        (lambda a, i: a.concat(i, Axis.ROWS), Operator.CONCAT, (7, 8), 0),
        (lambda a, i: a.concat(a, Axis.COLUMNS), Operator.CONCAT, (6, 16), 1),
        (lambda a, i: a.gather(i), Operator.GATHER, (8, 8), 0),
        (lambda a, i: i.one_hot(5), Operator.ONE_HOT, (8, 5), 0),
        (lambda a, i: a.reshape(12, 4).causal_mask(-float("inf")), Operator.CAUSAL_MASK, (12, 4), 0xFF800000),
        (lambda a, i: a.builder.fill(-2.0, 3, 4), Operator.FILL, (3, 4), 0xC0000000),
        (lambda a, i: a.builder.fill_bits(2**32 - 1, 3, 4), Operator.FILL, (3, 4), 2**32 - 1),
        (lambda a, i: a.broadcast((6, 8)), Operator.STATE, (6, 8), 0),
        (lambda a, i: a.reshape(6, 8), Operator.STATE, (6, 8), 0),
    ],
)
def test_each_method_writes_its_node(write, operator, shape, attribute):
    builder = Builder()
    a, i = builder.state(6, 8), builder.batch(1, 8)
    value = write(a, i)
    assert (value.node.operator, value.shape, value.node.attribute) == (operator, shape, attribute)
    builder.finish([a])


def test_an_int32_constant_keeps_its_bits():
    builder = Builder()
    a = builder.state(1, 3)
    builder.constant(np.array([[-1, 0, 7]], np.int32))
    (constant,) = builder.finish([a]).constants.values()
    assert constant.dtype == np.float32
    assert constant.view(np.int32).tolist() == [[-1, 0, 7]]


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
        (lambda a, wide: a.broadcast((2, 4)), "operands of MUL that fit each other and an output like"),
        (
            lambda a, wide: a.builder.apply(Operator.TRANSPOSE, a, shape=(2, 3)),
            "operands of TRANSPOSE that fit each other and an output like",
        ),
        (
            lambda a, wide: a.builder.apply(Operator.ADD, a),
            "expected an operator and its 2 operands, got ADD",
        ),
        (lambda a, wide: a.builder.apply(Operator.FILL), "expected an operator and its 0 operands, got FILL"),
        (lambda a, wide: wide.argmax(), "at most 4096 terms in ARGMAX, got 4097"),
        (lambda a, wide: wide.matmul_int8(wide), "at most 4096 terms in MATMUL_INT8, got 4097"),
        (lambda a, wide: wide.scatter_add(wide, 3), "at most 4096 terms in SCATTER_ADD, got 4097"),
        (lambda a, wide: a.matmul_transposed(a, blocks=0), "attribute of MATMUL from 0 to 1048575, got -1"),
        (lambda a, wide: a.matmul_transposed(a, blocks=3), "operands of MATMUL that fit each other"),
        (lambda a, wide: a.transpose(blocks=0), "attribute of TRANSPOSE from 0 to .*, got -"),
        (lambda a, wide: a.transpose(group=0), "lower half of an attribute within 32 bits, got -1"),
        (lambda a, wide: a.transpose(group=2**32 + 1), "lower half of an attribute within 32 bits, got 4294967296"),
        (lambda a, wide: a.transpose(group=2), "operands of TRANSPOSE that fit each other"),
        (lambda a, wide: a.reshape(2, 2), "operands of RESHAPE that fit each other and an output like"),
        (lambda a, wide: a.reshape(-2, -3), "expected sides of 1 to 1048576 of RESHAPE, got -2 x -3"),
        (lambda a, wide: a.slice(range(2), range(2, 4)), "operands of SLICE that fit each other"),
        (lambda a, wide: a.slice(range(1, 3), range(1)), "operands of SLICE that fit each other"),
        (lambda a, wide: a.slice(range(0), range(1)), "expected ranges of step 1 with something in them"),
        (lambda a, wide: a.slice(range(-1, 1), range(1)), "expected ranges of step 1 with something in them"),
        (lambda a, wide: a.slice(range(0, 2, 2), range(1)), "expected ranges of step 1 with something in them"),
        (lambda a, wide: a.slice(range(1), range(2**32, 2**32 + 1)), "lower half of an attribute within 32 bits"),
        (lambda a, wide: a.concat(a.transpose(), Axis.ROWS), "operands of CONCAT that fit each other"),
        (lambda a, wide: a.gather(a), "operands of GATHER that fit each other"),
        (lambda a, wide: a.one_hot(3), "operands of ONE_HOT that fit each other"),
        (lambda a, wide: wide.one_hot(0), "expected sides of 1 to 1048576 of ONE_HOT, got 4097 x 0"),
        (lambda a, wide: a.causal_mask(0.0), "operands of CAUSAL_MASK that fit each other"),
        (lambda a, wide: a.builder.batch(0, 3), "expected sides of 1 to 1048576 of BATCH, got 0 x 3"),
        (lambda a, wide: a.builder.fill_bits(-1), "attribute of FILL from 0 to 4294967295, got -1"),
        (lambda a, wide: a.builder.fill_bits(2**32), "attribute of FILL from 0 to 4294967295, got 4294967296"),
        (
            lambda a, wide: a.builder.apply(Operator.COMPARE, a, a, attribute=3),
            "attribute of COMPARE from 0 to 2, got 3",
        ),
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

"""Gradients against finite differences of the same graph in float64."""

import struct

import numpy as np
import pytest

from pinpoint.program.autodiff import gradients
from pinpoint.program.builder import Builder
from pinpoint.program.graph import ProgramError
from pinpoint.program.operators import Operator, Predicate
from pinpoint.replay.native import KERNELS

STEP = 1e-6
SHAPE = (3, 4)


def evaluate(builder, state):
    """Every node of an unfinished program in float64."""
    outputs = []
    for node in builder.nodes:
        operands = [outputs[source] for source in node.inputs]
        match node.operator:
            case Operator.STATE:
                output = state[node.attribute]
            case Operator.FILL:
                output = struct.unpack(">f", node.attribute.to_bytes(4, "big"))[0]
            case Operator.TRANSPOSE:
                output = operands[0].T
            case Operator.COMPARE:
                output = KERNELS[node.operator](*operands, node.attribute)
            case _:
                output = KERNELS[node.operator](*operands)
        outputs.append(np.broadcast_to(output, node.shape).astype(np.float64))
    return outputs


def total(value):
    return (value * value).row_sum().transpose().row_sum()


def compare_with_differences(write, shapes, tolerance=1e-6):
    builder = Builder()
    parameters = [builder.state(*shape) for shape in shapes]
    loss = total(write(*parameters))
    slopes = gradients(loss, parameters)
    random = np.random.default_rng(1)
    state = [random.uniform(0.5, 2.0, shape) for shape in shapes]
    outputs = evaluate(builder, state)
    for t, slope in enumerate(slopes):
        assert slope.shape == shapes[t]
        for position in np.ndindex(shapes[t]):
            values = []
            for sign in (1, -1):
                moved = [tensor.copy() for tensor in state]
                moved[t][position] += sign * STEP
                values.append(evaluate(builder, moved)[loss.index].item())
            difference = (values[0] - values[1]) / (2 * STEP)
            assert outputs[slope.index][position] == pytest.approx(difference, rel=tolerance, abs=1e-6)


@pytest.mark.parametrize("other", [(3, 4), (1, 4), (3, 1), (1, 1)])
@pytest.mark.parametrize(
    "write",
    [
        lambda a, b: a + b,
        lambda a, b: b - a,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: b / a,
        lambda a, b: a.maximum(b),
        lambda a, b: b.maximum(a),
        lambda a, b: a.fma(b, b),
        lambda a, b: b.fma(b, a),
        lambda a, b: a.compare(b, Predicate.LESS).select(a, b),
        lambda a, b: (a - a).select(a, b),
    ],
    ids=["add", "sub", "mul", "div", "rdiv", "max", "rmax", "fma", "fma3", "select", "select0"],
)
def test_two_operands_broadcast(write, other):
    compare_with_differences(write, [SHAPE, other])


@pytest.mark.parametrize(
    "write",
    [
        lambda a: -a,
        lambda a: a.sqrt(),
        lambda a: a.exp(),
        lambda a: a.log(),
        lambda a: a.row_sum(),
        lambda a: a.row_max(),
        lambda a: a.transpose() * 3.0,
        lambda a: a.matmul_transposed(a),
        lambda a: a * a.row_sum() / a.row_max(),
    ],
    ids=["neg", "sqrt", "exp", "log", "sum", "row_max", "transpose", "square", "reuse"],
)
def test_one_operand(write):
    compare_with_differences(write, [SHAPE])


def test_a_matrix_product():
    compare_with_differences(lambda a, b: a.matmul_transposed(b), [(3, 4), (5, 4)])


def test_an_output_wider_than_all_inputs():
    def widened(a):
        return a.builder.apply(Operator.EXP, a, shape=SHAPE)

    compare_with_differences(widened, [(1, 1)])


def test_softmax_with_the_maximum_held_fixed_has_the_same_gradient():
    def log_softmax(a):
        shifted = a - a.row_max()
        return shifted - shifted.exp().row_sum().log()

    builder = Builder()
    a = builder.state(*SHAPE)
    loss = total(log_softmax(a))
    (whole,) = gradients(loss, [a])
    (fixed,) = gradients(loss, [a], fixed=[a.row_max()])
    outputs = evaluate(builder, [np.random.default_rng(2).normal(size=SHAPE)])
    np.testing.assert_allclose(outputs[whole.index], outputs[fixed.index], rtol=1e-9, atol=1e-9)
    compare_with_differences(log_softmax, [SHAPE])


def test_what_the_loss_does_not_depend_on_has_gradient_zero():
    builder = Builder()
    a, b = builder.state(*SHAPE), builder.state(2, 2)
    slope, none, constant = gradients(total(a), [a, b, a.compare(1.0, Predicate.LESS)])
    outputs = evaluate(builder, [np.ones(SHAPE), np.ones((2, 2))])
    assert (outputs[slope.index] == 2).all()
    assert none.shape == (2, 2)
    assert not outputs[none.index].any()
    assert not outputs[constant.index].any()


@pytest.mark.parametrize("first", [0.0, -0.0])
def test_relu_has_slope_zero_at_zero(first):
    builder = Builder()
    a = builder.state(1, 1)
    (slope,) = gradients(a.maximum(0.0), [a])
    assert evaluate(builder, [np.array([[first]])])[slope.index] == 0


def test_equal_maxima_share_the_gradient():
    builder = Builder()
    a = builder.state(1, 4)
    (slope,) = gradients(a.row_max(), [a])
    output = evaluate(builder, [np.array([[2.0, 1.0, 2.0, 0.0]])])[slope.index]
    assert output.tolist() == [[0.5, 0.0, 0.5, 0.0]]


def test_nothing_is_written_for_inputs_that_are_not_asked_for():
    builder = Builder()
    a, x = builder.state(3, 4), builder.batch(5, 4)
    loss = total(x.matmul_transposed(a))
    before = sum(node.operator is Operator.MATMUL for node in builder.nodes)
    gradients(loss, [a])
    assert sum(node.operator is Operator.MATMUL for node in builder.nodes) == before + 1


def test_a_loss_is_a_scalar():
    a = Builder().state(2, 2)
    with pytest.raises(ProgramError, match="expected a loss of 1 x 1, got 2 x 2"):
        gradients(a, [a])

"""Gradients against finite differences of the same graph in float64."""

import numpy as np
import pytest

from pinpoint.program.autodiff import gradients
from pinpoint.program.builder import Builder
from pinpoint.program.graph import ProgramError
from pinpoint.program.operators import TABLE, Axis, Integer, Operator, Predicate
from tests.float64 import evaluate

STEP = 1e-6
SHAPE = (3, 4)


def indices(*values):
    return np.array([values], np.int32).view(np.float32)


def total(value):
    """A scalar in which each element has a slope of its own."""
    squares = value * value
    return (squares * squares + value).row_sum().transpose().row_sum()


def compare_with_differences(write, shapes, tolerance=1e-6):
    builder = Builder()
    parameters = [builder.state(*shape) for shape in shapes]
    loss = total(write(*parameters))
    slopes = gradients(loss, parameters)
    program = builder.finish(parameters)

    def run(state):
        return evaluate(program.nodes, state, constants=program.constants)

    random = np.random.default_rng(1)
    state = [random.uniform(0.5, 2.0, shape) for shape in shapes]
    outputs = run(state)
    for t, slope in enumerate(slopes):
        assert slope.shape == shapes[t]
        for position in np.ndindex(shapes[t]):
            values = []
            for sign in (1, -1):
                moved = [tensor.copy() for tensor in state]
                moved[t][position] += sign * STEP
                values.append(run(moved)[loss.index].item())
            difference = (values[0] - values[1]) / (2 * STEP)
            assert outputs[slope.index][position] == pytest.approx(difference, rel=tolerance, abs=1e-6)


TWO_OPERANDS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: b - a,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "rdiv": lambda a, b: b / a,
    "max": lambda a, b: a.maximum(b),
    "rmax": lambda a, b: b.maximum(a),
    "min": lambda a, b: a.minimum(b),
    "rmin": lambda a, b: b.minimum(a),
    "fma": lambda a, b: a.fma(b, b),
    "fma3": lambda a, b: b.fma(b, a),
    "select": lambda a, b: a.compare(b, Predicate.LESS).select(a, b),
    "select0": lambda a, b: (a - a).select(a, b),
}


@pytest.mark.parametrize("other", [(3, 4), (1, 4), (3, 1), (1, 1)])
@pytest.mark.parametrize("write", TWO_OPERANDS.values(), ids=TWO_OPERANDS)
def test_two_operands_broadcast(write, other):
    compare_with_differences(write, [SHAPE, other])


ONE_OPERAND = {
    "neg": lambda a: -a,
    "abs": lambda a: (a - 1.0).absolute(),
    "sqrt": lambda a: a.sqrt(),
    "rsqrt": lambda a: a.rsqrt(),
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "tanh": lambda a: a.tanh(),
    "erf": lambda a: a.erf(),
    "sum": lambda a: a.row_sum(),
    "sum of products": lambda a: (a * a.exp()).row_sum(),
    "row_max": lambda a: a.row_max(),
    "transpose": lambda a: a.transpose() * 3.0,
    "square": lambda a: a.matmul_transposed(a),
    "squares of rows": lambda a: a.matmul_transposed(a, blocks=3),
    "reshape": lambda a: a.reshape(2, 6) * a.reshape(6, 2).reshape(2, 6),
    "causal_mask": lambda a: a.matmul_transposed(a).causal_mask(-7.0),
    "gather": lambda a: a.gather(a.builder.constant(indices(2, 0, 3, -1, 2))),
    "scatter_add": lambda a: a.scatter_add(a.builder.constant(indices(2, 0, 5, 2)), 4),
    "int": lambda a: a.to_int(Integer.INT32).to_float() * a,
    "one_hot": lambda a: a.builder.constant(indices(2, 0, 1)).one_hot(4) * a,
    "reuse": lambda a: a * a.row_sum() / a.row_max(),
    "same twice": lambda a: (a.row_sum() * a.row_sum()) * a,
    "narrow": lambda a: a.row_sum().transpose().row_sum().reshape(1, 1) * a.row_sum(),
}


@pytest.mark.parametrize("write", ONE_OPERAND.values(), ids=ONE_OPERAND)
def test_one_operand(write):
    compare_with_differences(write, [SHAPE])


@pytest.mark.parametrize(
    ("blocks", "a", "b"), [(1, (3, 4), (5, 4)), (2, (6, 4), (10, 4)), (3, (3, 4), (6, 4)), (3, (3, 1), (3, 1))]
)
def test_matrix_products(blocks, a, b):
    compare_with_differences(lambda a, b: a.matmul_transposed(b, blocks), [a, b])


@pytest.mark.parametrize(("blocks", "group"), [(1, 1), (2, 1), (1, 3), (2, 3)])
def test_transposes_of_blocks_and_groups(blocks, group):
    def write(a, b):
        return a.transpose(blocks, group).matmul_transposed(b)

    # Unlike rows and unlike columns, so that a lane put elsewhere is seen.
    compare_with_differences(write, [(4, 6), (2, 4 // blocks * group)])


@pytest.mark.parametrize(
    ("rows", "cols"),
    [(range(3), range(4)), (range(1, 2), range(1, 3)), (range(2), range(2, 4)), (range(1, 3), range(3))],
)
def test_slices(rows, cols):
    compare_with_differences(lambda a: a.slice(rows, cols), [SHAPE])


@pytest.mark.parametrize(("axis", "other"), [(Axis.ROWS, (2, 4)), (Axis.COLUMNS, (3, 2))])
def test_concatenations(axis, other):
    compare_with_differences(lambda a, b: a.concat(b, axis) * 2.0, [SHAPE, other])
    compare_with_differences(lambda a, b: b.concat(a, axis) * 2.0, [SHAPE, other])


def test_every_operator_with_a_slope_was_differentiated():
    flat = {Operator.COMPARE, Operator.TO_INT, Operator.ARGMAX, Operator.MATMUL_INT8, Operator.ONE_HOT}
    written = set()
    for write in [*ONE_OPERAND.values(), *TWO_OPERANDS.values()]:
        builder = Builder()
        operands = [builder.state(*SHAPE) for _ in range(write.__code__.co_argcount)]
        write(*operands)
        written |= {node.operator for node in builder.nodes}
    differentiated = {operator for operator, rule in TABLE.items() if rule.shape is not None} - flat
    assert differentiated - written == {Operator.SLICE, Operator.CONCAT}


def test_the_slope_of_an_absolute_value_at_zero_is_zero():
    builder = Builder()
    a = builder.state(1, 3)
    (slope,) = gradients(a.absolute().row_sum(), [a])
    assert evaluate(builder.nodes, [np.array([[-0.5, 0.0, 2.0]])])[slope.index].tolist() == [[-1, 0, 1]]


def test_an_output_wider_than_all_inputs():
    def widened(a):
        return a.builder.apply(Operator.EXP, a, shape=SHAPE)

    compare_with_differences(widened, [(1, 1)])
    compare_with_differences(widened, [(1, 4)])


@pytest.mark.parametrize(("other", "times"), [((1, 4), 3), ((3, 1), 4), ((1, 1), 12)])
def test_a_slope_that_is_the_same_everywhere_counts_as_often_as_its_value_was_repeated(other, times):
    builder = Builder()
    a, b = builder.state(*SHAPE), builder.state(*other)
    _, slope = gradients((a + b).row_sum().transpose().row_sum(), [a, b])
    assert (evaluate(builder.nodes, [np.ones(SHAPE), np.ones(other)])[slope.index] == times).all()


def test_softmax_with_the_maximum_held_fixed_has_the_same_gradient():
    def log_softmax(a):
        shifted = a - a.row_max()
        return shifted - shifted.exp().row_sum().log()

    builder = Builder()
    a = builder.state(*SHAPE)
    loss = total(log_softmax(a))
    (whole,) = gradients(loss, [a])
    (fixed,) = gradients(loss, [a], fixed=[a.row_max()])
    outputs = evaluate(builder.nodes, [np.random.default_rng(2).normal(size=SHAPE)])
    np.testing.assert_allclose(outputs[whole.index], outputs[fixed.index], rtol=1e-9, atol=1e-9)
    compare_with_differences(log_softmax, [SHAPE])


def test_what_the_loss_does_not_depend_on_has_gradient_zero():
    builder = Builder()
    a, b = builder.state(*SHAPE), builder.state(2, 2)
    slope, none, constant = gradients((a * a).row_sum().transpose().row_sum(), [a, b, a.compare(1.0, Predicate.LESS)])
    outputs = evaluate(builder.nodes, [np.ones(SHAPE), np.ones((2, 2))])
    assert (outputs[slope.index] == 2).all()
    assert none.shape == (2, 2)
    assert not outputs[none.index].any()
    assert not outputs[constant.index].any()


@pytest.mark.parametrize("write", [lambda a, b: a.maximum(b), lambda a, b: a.minimum(b)], ids=["max", "min"])
@pytest.mark.parametrize("first", [0.0, -0.0])
def test_the_second_of_equal_operands_is_taken(first, write):
    builder = Builder()
    a, b = builder.state(1, 1), builder.state(1, 1)
    slopes = gradients(write(a, b), [a, b])
    outputs = evaluate(builder.nodes, [np.array([[first]]), np.array([[0.0]])])
    assert [outputs[slope.index].item() for slope in slopes] == [0, 1]


def test_equal_maxima_share_the_gradient():
    builder = Builder()
    a = builder.state(1, 4)
    (slope,) = gradients(a.row_max(), [a])
    output = evaluate(builder.nodes, [np.array([[2.0, 1.0, 2.0, 0.0]])])[slope.index]
    assert output.tolist() == [[0.5, 0.0, 0.5, 0.0]]


def written_by_gradients(write):
    """Shapes of the nodes that computing the gradients of a sum of `write` adds."""
    builder = Builder()
    a, r = builder.state(64, 32), builder.state(64, 1)
    loss = write(a, r).row_sum().transpose().row_sum()
    before = len(builder.nodes)
    gradients(loss, [a, r])
    return [node.shape for node in builder.nodes[before:]]


def test_sums_of_products_are_fused_and_what_is_the_same_along_a_side_stays_narrow():
    # a: 1 * r + 1 * 2 is narrow until it is widened once; r: one product of rows.
    shapes = written_by_gradients(lambda a, r: a * r + a * 2.0)
    assert shapes.count((64, 32)) == 1
    assert (1, 64) not in shapes
    # e: 1 * e; a: e * r; r: e and a, row by row.
    shapes = written_by_gradients(lambda a, r: (a * r).exp())
    assert shapes.count((64, 32)) == 2
    # a: e * r * y, then e * r + a as an FMA; r: products of rows.
    shapes = written_by_gradients(lambda a, r: (a.exp() * a) * r)
    assert shapes.count((64, 32)) == 3


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

"""Work units."""

import pytest

from pinpoint.models.dense import training_program
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.program.work import NODE_UNITS, node_units, program_units

POINTWISE = [operator for operator, rule in TABLE.items() if rule.kind is Kind.POINTWISE]
DEAR = {
    Operator.DIV,
    Operator.SQRT,
    Operator.EXP,
    Operator.LOG,
    Operator.RSQRT,
    Operator.TANH,
    Operator.ERF,
}
OTHERS = [
    (Node(Operator.STATE, 3, 5, (0,), ((3, 5),)), 15),
    (Node(Operator.BATCH, 3, 5), 15),
    (Node(Operator.CONSTANT, 3, 5), 15),
    (Node(Operator.FILL, 3, 5), 15),
    (Node(Operator.SUM, 3, 1, (0,), ((3, 5),)), 15),
    (Node(Operator.ROW_MAX, 3, 1, (0,), ((3, 5),)), 15),
    (Node(Operator.MATMUL, 3, 5, (0, 1), ((3, 7), (5, 7))), 105),
    (Node(Operator.MATMUL, 6, 2, (0, 1), ((6, 7), (4, 7)), 1), 84),
    (Node(Operator.ARGMAX, 3, 1, (0,), ((3, 5),)), 15),
    (Node(Operator.MATMUL_INT8, 3, 5, (0, 1), ((3, 7), (5, 7))), 105),
    (Node(Operator.MATMUL_INT8, 6, 2, (0, 1), ((6, 7), (4, 7)), 1), 84),
    (Node(Operator.SCATTER_ADD, 9, 3, (0, 1), ((3, 5), (1, 5))), 42),
    (Node(Operator.TRANSPOSE, 5, 3, (0,), ((3, 5),)), 15),
    (Node(Operator.TRANSPOSE, 6, 8, (0,), ((6, 8),), 2 << 32 | 3), 48),
    (Node(Operator.RESHAPE, 5, 3, (0,), ((3, 5),)), 15),
    (Node(Operator.SLICE, 2, 3, (0,), ((7, 8),), 1 << 32 | 1), 6),
    (Node(Operator.CONCAT, 3, 8, (0, 1), ((3, 5), (3, 3)), 1), 24),
    (Node(Operator.GATHER, 9, 3, (0, 1), ((4, 3), (1, 9))), 27),
    (Node(Operator.ONE_HOT, 9, 4, (0,), ((1, 9),)), 36),
    (Node(Operator.CAUSAL_MASK, 6, 3, (0,), ((6, 3),)), 18),
    (Node(Operator.PACK, 4, 0), 0),
]


@pytest.mark.parametrize("operator", POINTWISE)
def test_pointwise_counts_elements_of_the_output(operator):
    arity = TABLE[operator].arity
    node = Node(operator, 3, 5, tuple(range(arity)), ((1, 5),) * arity)
    assert node_units(node) == NODE_UNITS + (120 if operator in DEAR else 15)


@pytest.mark.parametrize(("node", "units"), OTHERS)
def test_other_operators_count_as_the_design_says(node, units):
    assert node_units(node) == NODE_UNITS + units


def test_the_matrix_products_of_training_dominate():
    products = 2 * 32 * 64 * 32 + 3 * 32 * 32 * 10
    assert products < program_units(training_program()) < 1.2 * products


def test_no_operator_is_left_out_above():
    assert {*POINTWISE, *(node.operator for node, _ in OTHERS)} == set(Operator)

"""Work units."""

import pytest

from pinpoint.program.graph import Node
from pinpoint.program.models import training_program
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.program.work import node_units, program_units

POINTWISE = [operator for operator, rule in TABLE.items() if rule.kind is Kind.POINTWISE]
DEAR = {Operator.DIV, Operator.SQRT, Operator.EXP, Operator.LOG}


@pytest.mark.parametrize("operator", POINTWISE)
def test_pointwise_counts_elements_of_the_output(operator):
    arity = TABLE[operator].arity
    node = Node(operator, 3, 5, tuple(range(arity)), ((1, 5),) * arity)
    assert node_units(node) == (120 if operator in DEAR else 15)


@pytest.mark.parametrize(
    ("node", "units"),
    [
        (Node(Operator.STATE, 3, 5, (0,), ((3, 5),)), 0),
        (Node(Operator.BATCH, 3, 5), 0),
        (Node(Operator.CONSTANT, 3, 5), 0),
        (Node(Operator.FILL, 3, 5), 0),
        (Node(Operator.SUM, 3, 1, (0,), ((3, 5),)), 15),
        (Node(Operator.ROW_MAX, 3, 1, (0,), ((3, 5),)), 15),
        (Node(Operator.MATMUL, 3, 5, (0, 1), ((3, 7), (5, 7))), 105),
        (Node(Operator.TRANSPOSE, 5, 3, (0,), ((3, 5),)), 15),
        (Node(Operator.PACK, 4, 0), 0),
    ],
)
def test_other_operators_count_as_the_design_says(node, units):
    assert node_units(node) == units


def test_the_matrix_products_of_training_dominate():
    products = 2 * 32 * 64 * 32 + 3 * 32 * 32 * 10
    assert products < program_units(training_program()) < 1.2 * products


def test_every_operator_has_a_row_in_the_table():
    assert set(TABLE) == set(Operator)

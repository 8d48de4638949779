"""What `validate` refuses, and what it says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from pinpoint.commitment.tensor import tensor_root
from pinpoint.program.graph import Node, Program, ProgramError
from pinpoint.program.operators import Operator
from pinpoint.program.validation import validate
from tests.strategies import random_program

ONES = np.ones((1, 3), np.float32)
ROOT = tensor_root(ONES)
NODES = (
    Node(Operator.STATE, 2, 3, (6,), ((2, 3),), 0),
    Node(Operator.STATE, 1, 3, (1,), ((1, 3),), 1),
    Node(Operator.BATCH, 4, 3),
    Node(Operator.MATMUL, 4, 2, (2, 0), ((4, 3), (2, 3))),
    Node(Operator.SUM, 4, 1, (3,), ((4, 2),)),
    Node(Operator.FILL, 1, 1, attribute=0x3F800000),
    Node(Operator.MUL, 2, 3, (0, 5), ((2, 3), (1, 1))),
    Node(Operator.COMPARE, 4, 2, (3, 4), ((4, 2), (4, 1)), 1),
    Node(Operator.CONSTANT, 1, 3, attribute=int.from_bytes(ROOT, "big")),
    Node(Operator.TRANSPOSE, 1, 4, (4,), ((4, 1),)),
    Node(Operator.PACK, 2, 0),
)


def program(*nodes, constants=None):
    return Program(nodes, {ROOT: ONES} if constants is None else constants)


def changed(index, **fields):
    return program(*NODES[:index], replace(NODES[index], **fields), *NODES[index + 1 :])


@given(random_program())
def test_what_is_valid_by_construction_passes(candidate):
    validate(candidate)


def test_the_unchanged_program_passes():
    validate(program(*NODES))


def test_a_pointwise_output_may_be_wider_than_its_inputs():
    wide = Node(Operator.ADD, 5, 6, (5, 5), ((1, 1), (1, 1)))
    validate(program(*NODES[:-1], wide, NODES[-1]))


@pytest.mark.parametrize(
    ("index", "fields", "message"),
    [
        (3, {"operator": 4}, "node 3: expected a known operator, got 4"),
        (3, {"inputs": (2,)}, r"node 3 \(MATMUL\): expected 2 inputs and as many shapes, got 1 and 2"),
        (3, {"input_shapes": ((4, 3),)}, "expected 2 inputs and as many shapes, got 2 and 1"),
        (0, {"inputs": (), "input_shapes": ()}, "expected 1 inputs and as many shapes, got 0 and 0"),
        (5, {"inputs": (0,), "input_shapes": ((2, 3),)}, "expected 0 inputs and as many shapes, got 1 and 1"),
        (3, {"attribute": 1}, "expected an attribute of at most 0, got 1"),
        (7, {"attribute": 3}, "expected an attribute of at most 2, got 3"),
        (5, {"attribute": 1 << 32}, "expected an attribute of at most 4294967295, got 4294967296"),
        (8, {"attribute": 1 << 256}, "expected an attribute of at most"),
        (3, {"inputs": (2, 3)}, r"node 3 \(MATMUL\): expected inputs below 3, got 3"),
        (3, {"inputs": (2, -1)}, "expected inputs below 3, got -1"),
        (0, {"inputs": (10,)}, "expected inputs below 10, got 10"),
        (6, {"input_shapes": ((2, 3), (2, 3))}, r"expected the shape of node 5 \(FILL\), 1 x 1, got 2 x 3"),
        (8, {"rows": 0}, "expected sides of 1 to 1048576, got 0 x 3"),
        (9, {"cols": 2**20 + 1}, "expected sides of 1 to 1048576, got 1 x 1048577"),
        (5, {"rows": 2**20, "cols": 2**12}, "expected at most 16777216 leaves, got 33554432"),
        (6, {"inputs": (0, 4), "input_shapes": ((2, 3), (4, 1))}, "fit each other, got 2 x 3 and 4 x 1"),
        (3, {"inputs": (2, 2), "input_shapes": ((4, 3), (4, 3))}, "expected the shape 4 x 4, got 4 x 2"),
        (7, {"cols": 1}, "expected the shape 4 x 2, got 4 x 1"),
        (9, {"rows": 4, "cols": 1}, "expected the shape 1 x 4, got 4 x 1"),
        (9, {"rows": 2}, "expected the shape 1 x 4, got 2 x 4"),
        (8, {"cols": 4}, r"expected a float32 constant of 1 x 4, got float32 of shape \(1, 3\)"),
        (8, {"attribute": 1}, "expected a constant of root 0+1, got none"),
        (1, {"attribute": 0}, r"node 1 \(STATE\): expected state tensor 1, got 0"),
        (1, {"inputs": (0,), "input_shapes": ((2, 3),)}, "expected a next value of 1 x 3, got 2 x 3"),
        (10, {"rows": 1}, r"node 10 \(PACK\): expected 2 rows and 0 cols, got 1 x 0"),
        (10, {"cols": 1}, "expected 2 rows and 0 cols, got 2 x 1"),
        (2, {"attribute": 1}, r"expected each batch tensor from 0 to 0 once, got \[1\]"),
    ],
)
def test_a_broken_rule_is_named(index, fields, message):
    with pytest.raises(ProgramError, match=message):
        validate(changed(index, **fields))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ((), "expected 2 to 1048576 nodes, got 0"),
        ((NODES[5],) * (2**20 + 1), "expected 2 to 1048576 nodes, got 1048577"),
        ((NODES[5], NODES[10]), "expected at least 1 STATE node, got none"),
        ((NODES[5], replace(NODES[0], inputs=(1,)), NODES[10]), "node 1 .* expected the STATE nodes first"),
        (NODES[:-1], r"expected PACK once, as node 9, got it at \[\]"),
        ((*NODES, NODES[5]), r"expected PACK once, as node 11, got it at \[10\]"),
        ((*NODES, NODES[10]), r"expected PACK once, as node 11, got it at \[10, 11\]"),
        ((*NODES[:-1], NODES[2], NODES[10]), r"each batch tensor from 0 to 1 once, got \[0, 0\]"),
    ],
)
def test_a_broken_order_is_named(nodes, message):
    with pytest.raises(ProgramError, match=message):
        validate(program(*nodes))


@pytest.mark.parametrize("operator", [Operator.SUM, Operator.ROW_MAX, Operator.MATMUL])
def test_a_reduction_has_at_most_4096_terms(operator):
    def candidate(terms):
        count = 2 if operator is Operator.MATMUL else 1
        return program(
            Node(Operator.STATE, 1, 1, (0,), ((1, 1),)),
            Node(Operator.BATCH, 1, terms),
            Node(operator, 1, 1, (1,) * count, ((1, terms),) * count),
            Node(Operator.PACK, 1, 0),
        )

    validate(candidate(4096))
    with pytest.raises(ProgramError, match="expected at most 4096 terms, got 4097"):
        validate(candidate(4097))


@pytest.mark.parametrize("shape", [(4097, 1), (1, 4097)])
def test_a_state_tensor_has_sides_of_at_most_4096(shape):
    with pytest.raises(ProgramError, match="expected sides of 1 to 4096, got"):
        validate(program(Node(Operator.STATE, *shape, (0,), (shape,)), Node(Operator.PACK, 1, 0)))


@pytest.mark.parametrize(
    ("constants", "message"),
    [
        ({}, "expected a constant of root .* got none"),
        ({ROOT: ONES.astype(np.float64)}, "got float64 of shape"),
        ({ROOT: ONES * 2}, "got another tensor"),
    ],
)
def test_a_constant_is_there_and_is_the_right_one(constants, message):
    with pytest.raises(ProgramError, match=message):
        validate(program(*NODES, constants=constants))

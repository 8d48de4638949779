"""What `validate` refuses, and what it says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from pinpoint.commitment.tensor import tensor_root
from pinpoint.program import validation
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Node, Program, ProgramError
from pinpoint.program.operators import TABLE, Axis, Kind, Operator
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
        (6, {"attribute": 1}, "expected an attribute of at most 0, got 1"),
        (3, {"attribute": 1 << 20}, "expected an attribute of at most 1048575, got 1048576"),
        (3, {"attribute": 2}, "fit each other and 4 x 2, got 4 x 3 and 2 x 3"),
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
        (6, {"inputs": (0, 4), "input_shapes": ((2, 3), (4, 1))}, "fit each other and 2 x 3, got 2 x 3 and 4 x 1"),
        (3, {"inputs": (2, 2), "input_shapes": ((4, 3), (4, 3))}, "expected the shape 4 x 4, got 4 x 2"),
        (7, {"cols": 1}, "fit each other and 4 x 1, got 4 x 2 and 4 x 1"),
        (9, {"rows": 4, "cols": 1}, "expected the shape 1 x 4, got 4 x 1"),
        (9, {"rows": 2}, "expected the shape 1 x 4, got 2 x 4"),
        (8, {"cols": 4}, r"expected a float32 constant of 1 x 4, got float32 of shape \(1, 3\)"),
        (8, {"attribute": 1}, "expected a constant of root 0+1, got none"),
        (1, {"attribute": 0}, r"node 1 \(STATE\): expected state tensor 1, got 0"),
        (1, {"inputs": (0,), "input_shapes": ((2, 3),)}, "expected a next value of 1 x 3, got 2 x 3"),
        (10, {"rows": 1}, r"node 10 \(PACK\): expected 2 rows and 0 cols, got 1 x 0"),
        (10, {"cols": 1}, "expected 2 rows and 0 cols, got 2 x 1"),
        (2, {"attribute": 1}, "expected each batch tensor from 0 to 0 once, got none of 0"),
        (2, {"attribute": -1}, "expected an attribute of at most 1048575, got -1"),
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
        ((NODES[5], NODES[10]), "expected 1 to 1024 STATE nodes, got 0"),
        ((NODES[5], replace(NODES[0], inputs=(1,)), NODES[10]), "node 1 .* expected the STATE nodes first"),
        (NODES[:-1], r"expected PACK once, as node 9, got it at \[\]"),
        ((*NODES, NODES[5]), r"expected PACK once, as node 11, got it at \[10\]"),
        ((*NODES, NODES[10]), r"expected PACK once, as node 11, got it at \[10, 11\]"),
        ((*NODES[:-1], NODES[2], NODES[10]), "each batch tensor from 0 to 1 once, got none of 1"),
    ],
)
def test_a_broken_order_is_named(nodes, message):
    with pytest.raises(ProgramError, match=message):
        validate(program(*nodes))


def single(operator, shapes, output, attribute=0):
    """A program of one operation on tensors of the batch."""
    count = len(shapes)
    inputs = tuple(range(1, 1 + count))
    return program(
        Node(Operator.STATE, 1, 1, (0,), ((1, 1),)),
        *[Node(Operator.BATCH, *shape, attribute=i) for i, shape in enumerate(shapes)],
        Node(operator, *output, inputs, tuple(shapes), attribute),
        Node(Operator.PACK, 1, 0),
    )


def pair(high, low):
    return high << 32 | low


FITTING = [
    *[
        (operator, ((2, 3), (1, 3), (2, 1))[: rule.arity], (2, 3), rule.attributes - 1)
        for operator, rule in TABLE.items()
        if rule.kind is Kind.POINTWISE
    ],
    (Operator.SUM, ((2, 3),), (2, 1), 0),
    (Operator.ROW_MAX, ((2, 3),), (2, 1), 0),
    (Operator.ARGMAX, ((2, 3),), (2, 1), 0),
    (Operator.MATMUL, ((6, 5), (4, 5)), (6, 2), 1),
    (Operator.MATMUL_INT8, ((6, 5), (4, 5)), (6, 2), 1),
    (Operator.SCATTER_ADD, ((3, 5), (1, 5)), (9, 3), 0),
    (Operator.TRANSPOSE, ((6, 8),), (12, 4), pair(2, 1)),
    (Operator.RESHAPE, ((6, 8),), (3, 16), 0),
    (Operator.SLICE, ((6, 8),), (4, 5), pair(2, 3)),
    (Operator.CONCAT, ((2, 3), (2, 5)), (2, 8), 1),
    (Operator.GATHER, ((6, 8), (1, 9)), (9, 8), 0),
    (Operator.ONE_HOT, ((1, 9),), (9, 4), 0),
    (Operator.CAUSAL_MASK, ((6, 3),), (6, 3), 2**32 - 1),
]


def test_an_operation_of_each_operator_that_has_inputs_is_below():
    assert {operator for operator, *_ in FITTING} == {o for o, rule in TABLE.items() if rule.shape is not None}


@pytest.mark.parametrize(("operator", "shapes", "output", "attribute"), FITTING)
def test_inputs_that_fit_are_accepted_and_attributes_beyond_the_last_refused(operator, shapes, output, attribute):
    validate(single(operator, shapes, output, attribute))
    most = TABLE[operator].attributes - 1
    for wrong in (-1, most + 1, 2**256):
        with pytest.raises(ProgramError, match=f"expected an attribute of at most {most}, got {wrong}"):
            validate(single(operator, shapes, output, wrong))


@pytest.mark.parametrize(("operator", "shapes", "output", "attribute"), FITTING)
def test_another_output_than_follows_is_refused(operator, shapes, output, attribute):
    rows, cols = output
    # Chosen so that no side is free there: SCATTER_ADD's rows, ONE_HOT's columns, and what a SLICE leaves over are.
    wrong = {Operator.SCATTER_ADD: (rows, cols + 1), Operator.ONE_HOT: (rows + 1, cols)}
    with pytest.raises(ProgramError, match=rf"\({operator.name}\): expected (the shape|inputs that fit)"):
        validate(single(operator, shapes, wrong.get(operator, (rows + 1, cols)), attribute))


@pytest.mark.parametrize(
    ("operator", "shapes", "output", "attribute"),
    [
        (Operator.ADD, ((2, 3), (3, 3)), (3, 3), 0),
        (Operator.ADD, ((2, 3), (2, 3)), (1, 3), 0),
        (Operator.MATMUL, ((6, 5), (4, 4)), (6, 4), 0),
        (Operator.MATMUL, ((6, 5), (4, 5)), (6, 1), 3),
        (Operator.MATMUL, ((4, 5), (6, 5)), (4, 1), 3),
        (Operator.MATMUL_INT8, ((6, 5), (4, 5)), (6, 1), 2),
        (Operator.SCATTER_ADD, ((3, 5), (2, 5)), (9, 3), 0),
        (Operator.SCATTER_ADD, ((3, 5), (1, 3)), (9, 3), 0),
        (Operator.TRANSPOSE, ((6, 8),), (8, 6), pair(3, 0)),
        (Operator.TRANSPOSE, ((6, 8),), (8, 6), pair(0, 2)),
        (Operator.TRANSPOSE, ((6, 8),), (8, 6), pair(0, 2**32 - 1)),
        (Operator.RESHAPE, ((6, 8),), (7, 7), 0),
        (Operator.SLICE, ((6, 8),), (4, 5), pair(3, 3)),
        (Operator.SLICE, ((6, 8),), (4, 5), pair(2, 4)),
        (Operator.SLICE, ((6, 8),), (1, 1), pair(0, 8)),
        (Operator.SLICE, ((6, 8),), (1, 1), pair(6, 0)),
        (Operator.SLICE, ((6, 8),), (1, 1), pair(0, 2**32 - 1)),
        (Operator.CONCAT, ((2, 3), (2, 5)), (4, 3), 0),
        (Operator.CONCAT, ((2, 3), (4, 3)), (2, 6), 1),
        (Operator.GATHER, ((6, 8), (9, 1)), (9, 8), 0),
        (Operator.GATHER, ((6, 8), (2, 9)), (9, 8), 0),
        (Operator.ONE_HOT, ((9, 1),), (9, 4), 0),
        (Operator.CAUSAL_MASK, ((6, 4),), (6, 4), 0),
        (Operator.CAUSAL_MASK, ((3, 6),), (3, 6), 0),
    ],
)
def test_inputs_that_do_not_fit_are_refused(operator, shapes, output, attribute):
    with pytest.raises(ProgramError, match=rf"\({operator.name}\): expected inputs that fit each other and"):
        validate(single(operator, shapes, output, attribute))


@pytest.mark.parametrize(
    ("operator", "rows"),
    [(o, 1) for o, rule in TABLE.items() if rule.kind is Kind.REDUCTION and o is not Operator.SCATTER_ADD]
    + [(Operator.SCATTER_ADD, 7)],
)
def test_a_reduction_has_at_most_4096_terms(operator, rows):
    def candidate(terms):
        return single(operator, ((1, terms),) * TABLE[operator].arity, (rows, 1))

    validate(candidate(4096))
    with pytest.raises(ProgramError, match="expected at most 4096 terms, got 4097"):
        validate(candidate(4097))


@pytest.mark.parametrize(("operator", "shapes", "output"), [
    # The output has too long a side.
    (Operator.ADD, ((1, 1), (1, 1)), (1, 2**20 + 1)),
    (Operator.TRANSPOSE, ((2, 2**19 + 1),), (2**20 + 2, 1)),
    (Operator.RESHAPE, ((2, 2**20),), (1, 2**21)),
    (Operator.CONCAT, ((2**20, 1), (1, 1)), (2**20 + 1, 1)),
    (Operator.ONE_HOT, ((1, 1),), (1, 2**20 + 1)),
    (Operator.SCATTER_ADD, ((1, 1), (1, 1)), (2**20 + 1, 1)),
])  # fmt: skip
def test_no_output_has_a_side_beyond_the_limit(operator, shapes, output):
    attribute = pair(1, 0) if operator is Operator.TRANSPOSE else 0
    with pytest.raises(ProgramError, match=rf"\({operator.name}\): expected sides of 1 to 1048576, got"):
        validate(single(operator, shapes, output, attribute))


@pytest.mark.parametrize(("operator", "shapes", "output"), [
    # 2^20 rows of 17 leaves; where the input has as many lanes, it is padded less than the output.
    (Operator.ADD, ((2**20, 1), (1, 2**11 + 1)), (2**20, 2**11 + 1)),
    (Operator.MATMUL, ((2**20, 1), (2**11 + 1, 1)), (2**20, 2**11 + 1)),
    (Operator.MATMUL_INT8, ((2**20, 1), (2**11 + 1, 1)), (2**20, 2**11 + 1)),
    (Operator.SCATTER_ADD, ((2**11 + 1, 1), (1, 1)), (2**20, 2**11 + 1)),
    (Operator.TRANSPOSE, ((4097, 508401),), (508401, 4097)),
    (Operator.RESHAPE, ((4097, 508401),), (508401, 4097)),
    (Operator.CONCAT, ((2**20, 2**11), (2**20, 1)), (2**20, 2**11 + 1)),
    (Operator.GATHER, ((1, 2**11 + 1), (1, 2**20)), (2**20, 2**11 + 1)),
    (Operator.ONE_HOT, ((1, 2**20),), (2**20, 2**11 + 1)),
])  # fmt: skip
def test_no_output_has_leaves_beyond_the_limit(operator, shapes, output):
    with pytest.raises(ProgramError, match=rf"\({operator.name}\): expected at most 16777216 leaves, got"):
        validate(single(operator, shapes, output, 1 if operator is Operator.CONCAT else 0))


def test_a_tensor_of_as_many_leaves_as_there_may_be_passes():
    validate(single(Operator.ONE_HOT, ((1, 2**20),), (2**20, 2**11)))


def test_pack_cannot_be_an_input():
    # It has no columns: the rule of CAUSAL_MASK would divide by zero.
    nodes = (
        Node(Operator.STATE, 1, 1, (0,), ((1, 1),)),
        Node(Operator.PACK, 1, 0),
        Node(Operator.CAUSAL_MASK, 1, 1, (1,), ((1, 0),)),
        Node(Operator.PACK, 1, 0),
    )
    with pytest.raises(ProgramError, match=r"expected PACK once, as node 3, got it at \[1, 3\]"):
        validate(program(*nodes))


def test_a_constant_is_hashed_once(monkeypatch):
    hashed = []
    monkeypatch.setattr(validation, "tensor_root", lambda tensor: hashed.append(tensor) or tensor_root(tensor))
    validate(program(*NODES[:-1], NODES[8], NODES[8], NODES[-1]))
    assert len(hashed) == 1
    with pytest.raises(ProgramError, match="expected a float32 constant of 3 x 1"):
        validate(program(*NODES[:-1], replace(NODES[8], rows=3, cols=1), NODES[-1]))


@pytest.mark.parametrize(("count", "accepted"), [(1024, True), (1025, False)])
def test_there_are_at_most_1024_state_tensors(count, accepted):
    states = [Node(Operator.STATE, 1, 1, (t,), ((1, 1),), t) for t in range(count)]
    candidate = program(*states, Node(Operator.PACK, count, 0))
    if accepted:
        validate(candidate)
    else:
        with pytest.raises(ProgramError, match="expected 1 to 1024 STATE nodes, got 1025"):
            validate(candidate)


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


@pytest.mark.parametrize(
    "next_value",
    [
        lambda a: a.to_int(),
        lambda a: a.transpose().to_int().transpose(),
        lambda a: a.select(a, a.to_int()),
        lambda a: a.to_int().matmul_int8(a.to_int()),
        lambda a: a.slice(range(2), range(1)).concat(a.argmax(), Axis.COLUMNS),
    ],
)
def test_integers_are_no_state(next_value):
    """The distance cannot tell a forged integer: as binary32 it is tiny, or NaN."""
    builder = Builder()
    a = builder.state(2, 2)
    builder.batch(1, 1)
    with pytest.raises(ProgramError, match=r"node 0 \(STATE\): expected a next value of binary32"):
        builder.finish([next_value(a)])


def test_what_is_computed_from_integers_is_state():
    builder = Builder()
    a = builder.state(2, 2)
    builder.finish([a.to_int().to_float() + a])

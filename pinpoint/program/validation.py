"""What makes a program acceptable (docs/design.md, section 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pinpoint.commitment.tensor import leaf_count, tensor_root
from pinpoint.program.graph import Node, Program, ProgramError, constant_root
from pinpoint.program.operators import (
    MAX_LEAVES,
    MAX_NODES,
    MAX_SIDE,
    MAX_STATE,
    MAX_TERMS,
    TABLE,
    Kind,
    Operator,
    Shape,
)


def validate(program: Program) -> None:
    """Refuse a program that breaks a rule.

    Raises:
        ProgramError: naming the first offending node, what was expected and what came.
    """
    nodes = program.nodes
    if not 2 <= len(nodes) <= MAX_NODES:
        raise ProgramError(f"expected 2 to {MAX_NODES} nodes, got {len(nodes)}")
    for index, node in enumerate(nodes):
        check_fields(index, node)
    # First of all: PACK in another place would be an input without columns.
    _check_order(nodes)
    hashed: set[bytes] = set()
    for index, node in enumerate(nodes):
        _check_inputs(index, node, nodes)
        if TABLE[node.operator].kind is not Kind.PACK:
            check_sides(index, node)
        if node.operator is Operator.CONSTANT:
            _check_constant(index, node, program, hashed)
    _check_batch(nodes)


def _name(index: int, node: Node) -> str:
    return f"node {index} ({node.operator.name})"


def _text(shape: Shape) -> str:
    return f"{shape[0]} x {shape[1]}"


def check_fields(index: int, node: Node) -> None:
    """Refuse an unknown operator, another number of inputs than it has, or an attribute out of its range.

    Raises:
        ProgramError: naming the node.
    """
    if node.operator not in TABLE:
        raise ProgramError(f"node {index}: expected a known operator, got {node.operator}")
    rule = TABLE[node.operator]
    if not len(node.inputs) == len(node.input_shapes) == rule.arity:
        raise ProgramError(
            f"{_name(index, node)}: expected {rule.arity} inputs and as many shapes, "
            f"got {len(node.inputs)} and {len(node.input_shapes)}"
        )
    if not 0 <= node.attribute < rule.attributes:
        most = rule.attributes - 1
        raise ProgramError(
            f"{_name(index, node)}: expected an attribute of at most {most}, got {node.attribute}"
        )


def _check_inputs(index: int, node: Node, nodes: tuple[Node, ...]) -> None:
    limit = len(nodes) - 1 if node.operator is Operator.STATE else index
    for source, shape in zip(node.inputs, node.input_shapes, strict=True):
        if not 0 <= source < limit:
            raise ProgramError(f"{_name(index, node)}: expected inputs below {limit}, got {source}")
        if shape != nodes[source].shape:
            raise ProgramError(
                f"{_name(index, node)}: expected the shape of {_name(source, nodes[source])}, "
                f"{_text(nodes[source].shape)}, got {_text(shape)}"
            )


def check_sides(index: int, node: Node) -> None:
    """Refuse an output of a side or size out of range, too many terms, or a shape that does not follow from the inputs.

    Raises:
        ProgramError: naming the node.
    """
    rule = TABLE[node.operator]
    most = MAX_TERMS if node.operator is Operator.STATE else MAX_SIDE
    if not all(1 <= side <= most for side in node.shape):
        raise ProgramError(f"{_name(index, node)}: expected sides of 1 to {most}, got {_text(node.shape)}")
    if leaf_count(*node.shape) > MAX_LEAVES:
        raise ProgramError(
            f"{_name(index, node)}: expected at most {MAX_LEAVES} leaves, got {leaf_count(*node.shape)}"
        )
    if rule.shape is None:
        return
    if rule.kind is Kind.REDUCTION and node.input_shapes[0][1] > MAX_TERMS:
        raise ProgramError(
            f"{_name(index, node)}: expected at most {MAX_TERMS} terms, got {node.input_shapes[0][1]}"
        )
    shape = rule.shape(node.input_shapes, node.attribute, node.shape)
    if shape is None:
        shapes = " and ".join(map(_text, node.input_shapes))
        raise ProgramError(
            f"{_name(index, node)}: expected inputs that fit each other and {_text(node.shape)}, got {shapes}"
        )
    if node.shape != shape:
        raise ProgramError(
            f"{_name(index, node)}: expected the shape {_text(shape)}, got {_text(node.shape)}"
        )


def _check_constant(index: int, node: Node, program: Program, hashed: set[bytes]) -> None:
    # Each constant is hashed once, however many nodes name it: else a small artifact takes days to check.
    constant = program.constants.get(constant_root(node))
    if constant is None:
        raise ProgramError(
            f"{_name(index, node)}: expected a constant of root {node.attribute:064x}, got none"
        )
    if constant.dtype != np.float32 or constant.shape != node.shape:
        raise ProgramError(
            f"{_name(index, node)}: expected a float32 constant of {_text(node.shape)}, "
            f"got {constant.dtype} of shape {constant.shape}"
        )
    if constant_root(node) in hashed:
        return
    if tensor_root(constant) != constant_root(node):
        raise ProgramError(
            f"{_name(index, node)}: expected a constant of root {node.attribute:064x}, got another tensor"
        )
    hashed.add(constant_root(node))


def _check_order(nodes: tuple[Node, ...]) -> None:
    states = sum(node.operator is Operator.STATE for node in nodes)
    if not 1 <= states <= MAX_STATE:
        raise ProgramError(f"expected 1 to {MAX_STATE} STATE nodes, got {states}")
    for index, node in enumerate(nodes):
        if node.operator is Operator.STATE:
            check_state(index, node, states)
    packs = [index for index, node in enumerate(nodes) if node.operator is Operator.PACK]
    if packs != [len(nodes) - 1]:
        raise ProgramError(f"expected PACK once, as node {len(nodes) - 1}, got it at {packs[:3]}")
    _check_binary32(nodes, states)
    if nodes[-1].shape != (states, 0):
        name = _name(len(nodes) - 1, nodes[-1])
        raise ProgramError(f"{name}: expected {states} rows and 0 cols, got {_text(nodes[-1].shape)}")


def check_state(index: int, node: Node, states: int) -> None:
    """Refuse a STATE node that is not among the first, names another tensor, or has a next value of another shape.

    Raises:
        ProgramError: naming the node.
    """
    if index >= states:
        raise ProgramError(f"{_name(index, node)}: expected the STATE nodes first, got one after others")
    if node.attribute != index:
        raise ProgramError(f"{_name(index, node)}: expected state tensor {index}, got {node.attribute}")
    if node.input_shapes[0] != node.shape:
        raise ProgramError(
            f"{_name(index, node)}: expected a next value of {_text(node.shape)}, got {_text(node.input_shapes[0])}"
        )


def _check_binary32(nodes: tuple[Node, ...], states: int) -> None:
    """State is binary32: no norm of integers means anything, so the distance could not tell a forged one."""
    integer = integer_nodes(nodes)
    for index, node in enumerate(nodes[:states]):
        if node.inputs[0] in integer:
            name = _name(node.inputs[0], nodes[node.inputs[0]])
            raise ProgramError(f"{_name(index, node)}: expected a next value of binary32, got the integers of {name}")


INTEGERS = (Operator.TO_INT, Operator.ARGMAX, Operator.MATMUL_INT8)
"""Operators that compute integers."""
_CONTENTS = {
    Operator.TRANSPOSE: 1,
    Operator.RESHAPE: 1,
    Operator.SLICE: 1,
    Operator.CONCAT: 2,
    Operator.GATHER: 1,
    Operator.CAUSAL_MASK: 1,
}
"""How many of a movement's inputs are moved."""


def integer_nodes(nodes: Sequence[Node]) -> set[int]:
    """The nodes whose output holds what an integer operator computed, moved or selected perhaps."""
    found = set[int]()
    for index, node in enumerate(nodes):
        moved = node.inputs[: _CONTENTS.get(node.operator, 0)]
        if node.operator is Operator.SELECT:
            moved = node.inputs[1:]
        if node.operator in INTEGERS or found.intersection(moved):
            found.add(index)
    return found


def _check_batch(nodes: tuple[Node, ...]) -> None:
    indices = [node.attribute for node in nodes if node.operator is Operator.BATCH]
    missing = set(range(len(indices))).difference(indices)
    if missing:
        raise ProgramError(
            f"expected each batch tensor from 0 to {len(indices) - 1} once, got none of {min(missing)}"
        )


def check_memory(program: Program) -> None:
    """Check that what is not declared a weight is an optimiser's memory: read lane by lane only, on its way to the next
    state. Whatever a layer reads is a weight, and has to move, or the work is not paid (docs/protocol.md, stage 5).

    Raises:
        ProgramError: naming the first node that reads memory otherwise.
    """
    reached = {t: t for t in range(program.weights, len(program.state_shapes))}
    for index, node in enumerate(program.nodes[: program.pack]):
        read = [reached[i] for i in node.inputs if i in reached]
        if not read or node.operator is Operator.STATE:
            continue
        if TABLE[node.operator].kind is not Kind.POINTWISE:
            raise ProgramError(
                f"expected state tensor {read[0]} to be a weight, or to be read lane by lane, "
                f"got node {index} ({node.operator.name}), which reads it otherwise"
            )
        reached[index] = read[0]

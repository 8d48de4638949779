"""The first invalid node of a program, found in what was downloaded."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given

from pinpoint.commitment.tensor import program_leaf, program_root
from pinpoint.commitment.tree import TreeKind, climb, wrap
from pinpoint.dispute.invalid import Fault, fault_of, first_invalid, node_words, show_invalid
from pinpoint.program.graph import Node, Program, ProgramError
from pinpoint.program.operators import Operator
from pinpoint.program.validation import validate
from tests import programs
from tests.strategies import random_program

NODES = (
    Node(Operator.STATE, 2, 3, (6,), ((2, 3),), 0),
    Node(Operator.STATE, 1, 3, (1,), ((1, 3),), 1),
    Node(Operator.BATCH, 4, 3),
    Node(Operator.MATMUL, 4, 2, (2, 0), ((4, 3), (2, 3))),
    Node(Operator.SUM, 4, 1, (3,), ((4, 2),)),
    Node(Operator.FILL, 1, 1, attribute=0x3F800000),
    Node(Operator.FMA, 2, 3, (0, 5, 5), ((2, 3), (1, 1), (1, 1))),
    Node(Operator.TO_INT, 1, 3, (1,), ((1, 3),)),
    Node(Operator.RESHAPE, 1, 3, (7,), ((1, 3),)),
    Node(Operator.PACK, 2, 0),
)
STATES = 2


def words(nodes=NODES):
    return [node.words() for node in nodes]


def changed(index, **fields):
    return words((*NODES[:index], replace(NODES[index], **fields), *NODES[index + 1 :]))


@given(random_program())
def test_a_valid_program_has_no_invalid_node(candidate):
    nodes = words(candidate.nodes)
    assert first_invalid(nodes, len(candidate.state_shapes)) is None
    assert show_invalid(nodes, len(candidate.state_shapes)) is None


def test_the_unchanged_program_is_valid():
    validate(Program(NODES))
    assert first_invalid(words(), STATES) is None


@pytest.mark.parametrize(
    ("index", "fields", "producers"),
    [
        (3, {"rows": 5}, 0),
        (4, {"attribute": 1}, 0),
        (1, {"attribute": 0}, 0),
        (2, {"attribute": 7}, 0),
        (9, {"rows": 3}, 0),
        (6, {"inputs": (0, 6, 5)}, 0),
        (5, {"operator": Operator.STATE}, 0),
        # As many BATCH nodes as there could be at most.
        (2, {"attribute": 6}, None),
        (6, {"inputs": (1, 5, 5)}, 1),
        (6, {"inputs": (0, 4, 5)}, 2),
        (6, {"inputs": (0, 5, 1)}, 3),
        # Three inputs of another shape: the first shows it.
        (6, {"inputs": (1, 1, 1)}, 1),
        (0, {"inputs": (2,)}, 1),
        (0, {"inputs": (9,)}, 0),
        (1, {"inputs": (7,)}, 1),
        # Integers that were moved: two nodes do not show it.
        (1, {"inputs": (8,)}, None),
    ],
)
def test_the_first_invalid_node_is_found(index, fields, producers):
    expected = None if producers is None else Fault(index, producers)
    assert first_invalid(changed(index, **fields), STATES) == expected


def test_the_first_of_several_is_found():
    nodes = changed(3, rows=5)
    nodes[7] = (1 << 255, 0, 0)
    assert first_invalid(nodes, STATES) == Fault(3, 0)
    assert fault_of(nodes, STATES, 7) == Fault(7, 0)
    # Node 8 reads what node 7 was, and node 7's words still have a shape.
    assert fault_of(nodes, STATES, 8) == Fault(8, 1)


@pytest.mark.parametrize("states", [1, 3])
def test_an_order_with_another_number_of_state_tensors_is_invalid(states):
    assert first_invalid(words(), states) == Fault(min(states, STATES), 0)


def test_the_call_proves_the_node_and_its_inputs():
    nodes = changed(6, inputs=(0, 5, 1))
    move = show_invalid(nodes, STATES)
    assert (move.contract, move.method) == ("ProgramJudge", "show_invalid")
    index, node, inputs = move.arguments
    assert [index, len(inputs)] == [6, 3]
    for place, (shown, path) in zip((6, 0, 5, 1), (node, *inputs), strict=True):
        assert tuple(shown) == nodes[place]
        top = climb([program_leaf(tuple(shown))], place, len(nodes), path)
        assert wrap(TreeKind.PROGRAM, len(nodes), top) == program_root(nodes)


def test_the_call_shows_no_more_than_it_must():
    index, _, inputs = show_invalid(changed(3, rows=5), STATES).arguments
    assert (index, inputs) == (3, [])
    _, _, inputs = show_invalid(changed(6, inputs=(0, 4, 5)), STATES).arguments
    assert [tuple(shown) for shown, _ in inputs] == [NODES[0].words(), NODES[4].words()]


def test_the_words_of_an_artifact_are_read_whatever_they_say():
    program = programs.random_program(Random(5))
    artifact = bytearray(program.to_bytes())
    assert node_words(bytes(artifact)) == words(program.nodes)
    artifact[16] = 0xFF
    with pytest.raises(ProgramError):
        Program.from_bytes(bytes(artifact))
    found = node_words(bytes(artifact))
    assert found[0] == (program.nodes[0].words()[0] | 0xFF << 248, *program.nodes[0].words()[1:])
    assert first_invalid(found, len(program.state_shapes)) == Fault(0, 0)


def test_an_artifact_without_its_constants_is_read():
    program = programs.random_program(Random(5))
    end = 16 + 96 * len(program.nodes)
    assert node_words(program.to_bytes()[:end]) == words(program.nodes)
    for short in (0, 15, end - 1):
        with pytest.raises(ProgramError, match="expected"):
            node_words(program.to_bytes()[:short])

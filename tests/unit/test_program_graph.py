"""Nodes as words, programs as artifacts."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.commitment.tensor import program_leaf, tensor_root
from pinpoint.models.dense import training_program
from pinpoint.program.builder import Builder
from pinpoint.program.distance import distance_program
from pinpoint.program.graph import NODE_BYTES, Node, Program, ProgramError
from pinpoint.program.operators import TABLE, Operator
from pinpoint.program.validation import validate
from tests.strategies import random_program

FMA = Node(Operator.FMA, 2, 3, (7, 8, 9), ((2, 3), (1, 3), (2, 1)), 0)
HEADER_BYTES = 16


@pytest.fixture(scope="module")
def artifact():
    builder = Builder()
    weight = builder.state(2, 3)
    return builder.finish(
        [weight + builder.constant(np.arange(6, dtype=np.float32).reshape(2, 3))]
    ).to_bytes()


def test_words_lie_as_the_design_says():
    word_0 = 20 << 160 | 2 << 128 | 3 << 96 | 7 << 64 | 8 << 32 | 9
    word_1 = 2 << 160 | 3 << 128 | 1 << 96 | 3 << 64 | 2 << 32 | 1
    assert FMA.words() == (word_0, word_1, 0)
    assert Node(Operator.FILL, 1, 1, attribute=0x3F800000).words() == (
        3 << 160 | 1 << 128 | 1 << 96,
        0,
        0x3F800000,
    )


@pytest.mark.parametrize("node", [*training_program().nodes, *distance_program([(2, 3), (1, 5)], 1)])
def test_words_come_back_as_the_same_node(node):
    assert Node.from_words(node.words()) == node


@pytest.mark.parametrize("operator", Operator)
def test_words_hold_the_largest_fields_of_every_operator(operator):
    rule, most = TABLE[operator], 2**32 - 1
    inputs, shapes = (most,) * rule.arity, ((most, most - 1),) * rule.arity
    node = Node(operator, most, most - 2, inputs, shapes, rule.attributes - 1)
    words = node.words()
    assert words[0] >> 160 == operator and words[2] == rule.attributes - 1
    assert Node.from_words(words) == node
    assert program_leaf(words) != program_leaf(replace(node, rows=most - 1).words())


@given(random_program())
def test_words_of_random_programs_come_back(program):
    assert tuple(Node.from_words(node.words()) for node in program.nodes) == program.nodes


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((20 << 160 | 1 << 168, 0, 0), "word 0 of a node within 168 bits"),
        ((20 << 160, 1 << 192, 0), "word 1 of a node within 192 bits"),
        ((20 << 160, 0, 1 << 256), "word 2 of a node within 256 bits"),
        ((4 << 160, 0, 0), "known operator, got code 4"),
        ((16 << 160 | 1, 0, 0), "zero in the unused inputs of ADD"),
        ((16 << 160, 1, 0), "zero in the unused inputs of ADD"),
        ((3 << 160 | 1 << 64, 0, 0), "zero in the unused inputs of FILL"),
        ((0, 1 << 64, 0), "zero in the unused inputs of STATE"),
    ],
)
def test_malformed_words_are_refused(words, message):
    with pytest.raises(ProgramError, match=message):
        Node.from_words(words)


def test_a_number_too_large_for_its_field_is_no_node():
    with pytest.raises(struct.error):
        Node(Operator.FILL, 1 << 32, 1).words()


@given(random_program())
def test_an_artifact_comes_back_as_the_same_program(program):
    again = Program.from_bytes(program.to_bytes())
    assert again == program
    assert again.root == program.root
    assert {root: tensor_root(constant) for root, constant in again.constants.items()} == {
        root: root for root in program.constants
    }
    validate(again)


def test_a_constant_travels_once_and_unchanged():
    bits = np.array([[0x7F800001, 0x80000000, 0xFFC00001]], np.uint32)
    builder = Builder()
    weight = builder.state(1, 3)
    first = builder.constant(bits.view(np.float32))
    assert builder.constant(bits.view(np.float32).copy()) == first
    artifact = builder.finish([weight + first]).to_bytes()
    assert len(artifact) == HEADER_BYTES + 4 * 96 + 12
    (constant,) = Program.from_bytes(artifact).constants.values()
    assert (constant.view(np.uint32) == bits).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"", "header of 16 bytes, got 0"),
        (lambda data: b"X" + data[1:], "got b'XINPROGM'"),
        (lambda data: data[:11] + b"\2" + data[12:], "got b'PINPROGM' version 2"),
        (lambda data: data[:12] + b"\xff" * 4 + data[16:], "at most 1048576 nodes, got 4294967295"),
        (lambda data: data[:100], "expected 400 bytes of header and nodes, got 100"),
        (lambda data: data[:-1], "expected 424 bytes with all constants, got 423"),
        (lambda data: data + b"\0", "expected 424 bytes with all constants, got 425"),
        (lambda data: data[:-1] + b"\1", "got another tensor"),
        (
            lambda data: data[:HEADER_BYTES] + b"\1" + data[HEADER_BYTES + 1 :],
            "word 0 of a node within 168 bits",
        ),
    ],
)
def test_malformed_artifacts_are_refused(artifact, change, message):
    with pytest.raises(ProgramError, match=message):
        Program.from_bytes(change(artifact))


@given(original=random_program(), data=st.data())
def test_a_damaged_artifact_is_refused_or_another_valid_program(original, data):
    damaged = bytearray(original.to_bytes())
    nodes = st.integers(0, len(original.nodes) - 1)
    if data.draw(st.booleans()):
        # A node in another's place.
        start, source = (HEADER_BYTES + NODE_BYTES * data.draw(nodes) for _ in range(2))
        damaged[start : start + NODE_BYTES] = damaged[source : source + NODE_BYTES]
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        program = Program.from_bytes(bytes(damaged))
        validate(program)
    except ProgramError:
        return
    assert program.to_bytes() == damaged


def test_a_program_knows_its_interface():
    program = training_program()
    assert program.state_shapes == ((32, 64), (1, 32), (10, 32), (1, 10))
    assert program.batch_shapes == ((32, 64), (32, 10))
    assert program.pack == len(program.nodes) - 1
    assert [program.nodes[producer].shape for producer in program.producers] == list(program.state_shapes)

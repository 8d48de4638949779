"""The distance, as a program run by both evaluators."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.program.distance import NODES_PER_TENSOR, distance_node, distance_program, distance_state
from pinpoint.program.operators import TABLE, Operator
from pinpoint.replay import canonical, native
from tests.evaluate import execute
from tests.strategies import tensors

SHAPES = [(3, 5), (1, 130), (4, 1)]


def distance(replayed, start, claimed, arithmetic=canonical.arithmetic):
    nodes = distance_program([tensor.shape for tensor in replayed])
    outputs = execute(arithmetic, nodes, distance_state(replayed, start, claimed), [], {})
    assert len(outputs) == len(nodes)
    return outputs[-1].item()


@pytest.fixture
def states():
    random = np.random.default_rng(0)
    return [[random.normal(size=shape).astype(np.float32) for shape in SHAPES] for _ in range(3)]


def test_node_by_node_it_is_the_table_of_the_design():
    nodes = distance_program(SHAPES)
    assert len(nodes) == NODES_PER_TENSOR * len(SHAPES)
    assert [distance_node(t, i, shape) for t, shape in enumerate(SHAPES) for i in range(30)] == nodes
    text = [
        f"{node.operator.name} {' '.join(str(source - 30) for source in node.inputs)}".strip()
        for node in nodes[30:60]
    ]
    assert text == [
        *["STATE"] * 3,
        *["SUB 0 2", "MUL 3 3", "SUM 4", "TRANSPOSE 5", "SUM 6", "SQRT 7"],
        *["SUB 0 1", "MUL 9 9", "SUM 10", "TRANSPOSE 11", "SUM 12", "SQRT 13"],
        *["MUL 0 0", "SUM 15", "TRANSPOSE 16", "SUM 17", "SQRT 18"],
        *["FILL", "FMA 20 19 14", "FILL", "COMPARE 21 22", "DIV 8 21", "FILL", "COMPARE 8 25"],
        *["SELECT 26 25 24", "SELECT 23 27 22", "MAX 28 -1"],
    ]
    assert nodes[29].inputs == (28, 28)
    assert [node.attribute for node in nodes[30:33]] == [3, 4, 5]
    assert [nodes[i].attribute for i in (20, 22, 23, 25, 26)] == [0x35800000, 0x7F800000, 0, 0, 2]


@pytest.mark.parametrize("shapes", [SHAPES, [(1, 1)], [(4096, 4096)]])
def test_its_shapes_follow_from_each_other(shapes):
    nodes = distance_program(shapes)
    for node in nodes:
        assert node.input_shapes == tuple(nodes[source].shape for source in node.inputs)
        rule = TABLE[node.operator]
        if rule.shape is not None:
            assert rule.shape(node.input_shapes, node.attribute, None) == node.shape
        elif node.operator is Operator.FILL:
            assert node.shape == (1, 1)


def test_equal_states_are_at_distance_zero(states):
    replayed, start, _ = states
    assert distance(replayed, start, replayed) == 0
    assert distance(replayed, replayed, replayed) == 0


def test_zero_that_never_moved_is_at_distance_zero():
    zero = [np.zeros((2, 2), np.float32)]
    assert distance(zero, zero, zero) == 0


def test_to_do_nothing_measures_about_one(states):
    replayed, start, _ = states
    assert distance(replayed, start, start) == pytest.approx(1, abs=1e-5)


def test_it_is_the_largest_relative_error_of_the_tensors(states):
    replayed, start, claimed = states
    claimed[0], claimed[1] = replayed[0], replayed[1]
    norms = [np.linalg.norm(a.astype(np.float64)) for a in (replayed[2] - claimed[2], replayed[2] - start[2])]
    expected = norms[0] / (norms[1] + 2.0**-20 * np.linalg.norm(replayed[2]))
    assert distance(replayed, start, claimed) == pytest.approx(expected, rel=1e-6)
    assert distance(replayed, start, claimed, native.arithmetic) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("tensor", range(len(SHAPES)))
@pytest.mark.parametrize("value", [2e19, -2e19, np.inf, np.nan])
def test_overflow_is_never_small(states, which, tensor, value):
    # Where only the start overflows the true distance is tiny: but the norm is not finite, nor is the answer.
    states[which][tensor][0, 0] = value
    assert not np.isfinite(distance(*states))


@given(st.tuples(*[tensors((2, 3))] * 3))
def test_it_is_nan_or_not_negative(states):
    result = distance(*[[tensor] for tensor in states])
    assert np.isnan(result) or (result >= 0 and not np.signbit(result))

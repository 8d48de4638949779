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
    assert [distance_node(t, i, shape) for t, shape in enumerate(SHAPES) for i in range(29)] == nodes
    text = [
        f"{node.operator.name} {' '.join(str(source - 29) for source in node.inputs)}".strip()
        for node in nodes[29:58]
    ]
    assert text == [
        *["STATE"] * 3,
        *["SUB 0 2", "ABS 3", "ROW_MAX 4", "TRANSPOSE 5", "ROW_MAX 6"],
        *["SUB 0 1", "ABS 8", "ROW_MAX 9", "TRANSPOSE 10", "ROW_MAX 11"],
        *["ABS 0", "ROW_MAX 13", "TRANSPOSE 14", "ROW_MAX 15"],
        *["FILL", "FMA 17 16 12", "ADD 12 16", "FILL", "COMPARE 19 20", "DIV 7 18", "FILL"],
        *["COMPARE 7 23", "SELECT 24 23 22", "FILL", "SELECT 21 25 26", "MAX 27 -1"],
    ]
    assert nodes[28].inputs == (27, 27)
    assert [node.attribute for node in nodes[29:32]] == [3, 4, 5]
    assert [nodes[i].attribute for i in (17, 20, 21, 23, 24, 26)] == [0x35800000, 0x5F800000, 0, 0, 2, 0x7F800000]


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
    norms = [np.abs(a).max() for a in (replayed[2] - claimed[2], replayed[2] - start[2])]
    expected = norms[0] / (norms[1] + 2.0**-20 * np.abs(replayed[2]).max())
    assert distance(replayed, start, claimed) == pytest.approx(expected, rel=1e-6)
    assert distance(replayed, start, claimed, native.arithmetic) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("tensor", range(len(SHAPES)))
@pytest.mark.parametrize("value", [2e19, -2e19, np.inf, np.nan])
def test_what_is_huge_or_not_finite_never_passes(states, which, tensor, value):
    states[which][tensor][0, 0] = value
    assert not distance(*states) < 1e18


@pytest.mark.parametrize("value", [2e19, 3.4e38, -3.4e38])
def test_one_huge_lane_of_the_claim_is_far(states, value):
    """Attack A20, where the lane is claimed only."""
    states[2][0][0, 0] = value
    assert not distance(*states) < 1e18


@pytest.mark.parametrize("scale", [2.0**-60, 2.0**-80, 2.0**-100, 2.0**-140])
def test_small_values_are_measured_like_large_ones(states, scale):
    """Their squares vanish; a forgery of them does not."""
    replayed, start, claimed = states
    replayed, start, claimed = ([t * np.float32(scale) for t in state] for state in (replayed, start, claimed))
    assert distance(replayed, start, claimed) > 0.3
    assert distance(replayed, start, start) == pytest.approx(1, abs=0.01)


def test_one_lane_off_by_the_smallest_number_is_not_equal():
    right = [np.zeros((2, 3), np.float32)]
    claimed = [np.zeros((2, 3), np.float32)]
    claimed[0][1, 2] = 2.0**-149
    assert distance(right, right, claimed) == np.inf


@given(st.tuples(*[tensors((2, 3))] * 3))
def test_it_is_nan_or_not_negative(states):
    result = distance(*[[tensor] for tensor in states])
    assert np.isnan(result) or (result >= 0 and not np.signbit(result))

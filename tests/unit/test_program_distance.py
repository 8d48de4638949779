"""The distance, as a program run by both evaluators."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.program.distance import (
    INFINITY_BITS,
    NODES_PER_TENSOR,
    SIGN_BIT,
    distance_node,
    distance_program,
    distance_state,
    has_stalled,
    magnitude,
    posted_distance,
)
from pinpoint.program.operators import TABLE, Operator
from pinpoint.replay import canonical, native
from tests.evaluate import execute
from tests.strategies import tensors

SHAPES = [(3, 5), (1, 130), (4, 1)]


def last_output(replayed, start, claimed, weights=None, arithmetic=canonical.arithmetic):
    nodes = distance_program([tensor.shape for tensor in replayed], weights or len(replayed))
    outputs = execute(arithmetic, nodes, distance_state(replayed, start, claimed), [], {})
    assert len(outputs) == len(nodes)
    return outputs[-1]


def distance(replayed, start, claimed, arithmetic=canonical.arithmetic):
    """Without the sign that tells whether a weight moved."""
    return np.abs(last_output(replayed, start, claimed, arithmetic=arithmetic)).item()


def bits(*states, weights=None):
    return int(last_output(*states, weights).view(np.uint32)[0, 0])


@pytest.fixture
def states():
    random = np.random.default_rng(0)
    return [[random.normal(size=shape).astype(np.float32) for shape in SHAPES] for _ in range(3)]


def test_node_by_node_it_is_the_table_of_the_design():
    nodes = distance_program(SHAPES, 2)
    assert len(nodes) == NODES_PER_TENSOR * len(SHAPES)
    assert [distance_node(t, i, shape, 2) for t, shape in enumerate(SHAPES) for i in range(32)] == nodes
    text = [
        f"{node.operator.name} {' '.join(str(source - 32) for source in node.inputs)}".strip()
        for node in nodes[32:64]
    ]
    assert text == [
        *["STATE"] * 3,
        *["SUB 0 2", "ABS 3", "ROW_MAX 4", "TRANSPOSE 5", "ROW_MAX 6"],
        *["SUB 0 1", "ABS 8", "ROW_MAX 9", "TRANSPOSE 10", "ROW_MAX 11"],
        *["ABS 0", "ROW_MAX 13", "TRANSPOSE 14", "ROW_MAX 15"],
        *["FILL", "MUL 17 16", "ADD 18 12", "ADD 12 16", "FILL", "COMPARE 20 21"],
        *["DIV 7 19", "SELECT 7 23 7", "FILL", "SELECT 22 24 25"],
        *["COMPARE 18 12", "MAX 26 -4", "MAX 27 -3", "NEG 28", "SELECT 29 28 30"],
    ]
    assert (nodes[28].inputs, nodes[29].inputs) == ((26, 26), (27, 27))
    # The third tensor is no weight.
    assert (nodes[92].inputs, nodes[93].inputs) == ((90, 60), (61, 61))
    assert [node.attribute for node in nodes[32:35]] == [3, 4, 5]
    assert [nodes[i].attribute for i in (17, 21, 22, 25, 27)] == [0x35800000, 0x5F800000, 0, 0x7F800000, 0]


@pytest.mark.parametrize("shapes", [SHAPES, [(1, 1)], [(4096, 4096)]])
def test_its_shapes_follow_from_each_other(shapes):
    nodes = distance_program(shapes, 1)
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
    assert distance(replayed, start, claimed, arithmetic=native.arithmetic) == pytest.approx(expected, rel=1e-6)


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
    replayed, start, _ = states
    posted = bits(*[[tensor] for tensor in states])
    assert magnitude(posted) <= INFINITY_BITS or posted == 0x7FC00000
    with np.errstate(all="ignore"):
        moved = np.abs(replayed - start).max() > np.float32(2.0**-20) * np.abs(replayed).max()
    if magnitude(posted) < INFINITY_BITS:
        assert has_stalled(posted) is not bool(moved)


# Stalled


def test_what_moved_has_no_sign(states):
    replayed, start, claimed = states
    assert bits(replayed, start, replayed) == 0
    assert 0 < bits(replayed, start, claimed) < INFINITY_BITS


def test_what_did_not_move_has_one(states):
    _, start, claimed = states
    assert bits(start, start, start) == SIGN_BIT
    assert magnitude(bits(start, start, claimed)) == bits(start, start, claimed) - SIGN_BIT > 0


@pytest.mark.parametrize(("steps", "stalled"), [(15, True), (16, True), (17, False), (18, False)])
def test_a_move_is_more_than_eta_of_the_norm(steps, stalled):
    """At 1, 16 units in the last place are 2^-19, of a norm of 2 exactly eta: not more."""
    start = np.array([[1.0, 2.0]], np.float32)
    end = start.copy()
    end[0, 0] += np.float32(steps * 2.0**-23)
    assert has_stalled(bits([end], [start], [end])) is stalled


@pytest.mark.parametrize("weights", [1, 2, 3])
@pytest.mark.parametrize("which", range(3))
def test_only_weights_count(states, weights, which):
    """Attack A10: an optimiser's memory that goes on moving is no work."""
    replayed, start, _ = states
    end = [b if t == which else a for t, (a, b) in enumerate(zip(start, replayed, strict=True))]
    assert bits(end, start, end, weights=weights) == (0 if which < weights else SIGN_BIT)


@pytest.mark.parametrize("value", [2e19, -np.inf, np.nan])
@pytest.mark.parametrize("tensor", range(len(SHAPES)))
def test_what_is_not_finite_is_no_work(states, tensor, value):
    """Though the weights move: the replay has diverged, and ends in the very checkpoint."""
    replayed, start, _ = states
    replayed[tensor][0, 0] = value
    last = bits(replayed, start, replayed, weights=1)
    assert last >= INFINITY_BITS
    assert (posted_distance(last, True), posted_distance(last, False)) == (SIGN_BIT, last)


def test_what_is_posted():
    assert [posted_distance(last, True) for last in (0, 1, INFINITY_BITS - 1)] == [0, 0, 0]
    tops = (INFINITY_BITS, 0x7FC00000, SIGN_BIT, SIGN_BIT | 5, 0xFF800000, 0xFFFFFFFF)
    assert [posted_distance(last, True) for last in tops] == [SIGN_BIT] * len(tops)
    assert [posted_distance(last, False) for last in tops] == list(tops)

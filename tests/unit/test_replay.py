"""Both evaluators, and replay over steps."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint.datasets import digits
from pinpoint.models.dense import initial_state, training_program
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay import canonical, native
from pinpoint.replay.movement import move
from pinpoint.replay.training import replay
from tests.evaluate import execute
from tests.strategies import program_inputs, random_program

NAN = 0x7FC00000
ARITHMETIC = {
    operator
    for operator, rule in TABLE.items()
    if rule.kind in (Kind.POINTWISE, Kind.REDUCTION)
} - {Operator.SELECT, Operator.TO_INT, Operator.ARGMAX, Operator.MATMUL_INT8}


def bits(tensor):
    return tensor.view(np.uint32)


@pytest.fixture(scope="module")
def batches():
    return digits()[0]


@settings(max_examples=200)
@given(data=st.data())
def test_random_programs_run_without_a_warning(data):
    program = data.draw(random_program())
    state, batch = data.draw(program_inputs(program))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for arithmetic in (canonical.arithmetic, native.arithmetic):
            outputs = execute(arithmetic, program.nodes, state, batch, program.constants)
            assert len(outputs) == program.pack
            for node, output in zip(program.nodes, outputs, strict=False):
                assert output.dtype == np.float32
                assert output.shape == node.shape


@given(data=st.data())
def test_arithmetic_yields_one_nan_and_inputs_are_left_alone(data):
    program = data.draw(random_program())
    state, batch = data.draw(program_inputs(program))
    before = [tensor.tobytes() for tensor in (*state, *batch)]
    outputs = execute(canonical.arithmetic, program.nodes, state, batch, program.constants)
    for node, output in zip(program.nodes, outputs, strict=False):
        if node.operator in ARITHMETIC:
            assert (bits(output)[np.isnan(output)] == NAN).all()
    assert [tensor.tobytes() for tensor in (*state, *batch)] == before


@pytest.mark.parametrize("arithmetic", [canonical.arithmetic, native.arithmetic])
def test_inputs_and_transpose_move_bits_unchanged(arithmetic):
    odd = np.array([[0x7F800001, 0x80000000], [0xFFC00001, 0x00000001]], np.uint32).view(np.float32)
    builder = Builder()
    state, batch = builder.state(2, 2), builder.batch(2, 2)
    constant, turned = builder.constant(odd), state.transpose()
    program = builder.finish([batch])
    outputs = execute(arithmetic, program.nodes, [odd], [odd], program.constants)
    for value in (state, batch, constant):
        assert (bits(outputs[value.index]) == bits(odd)).all()
    assert (bits(outputs[turned.index]) == bits(odd).T).all()
    assert outputs[turned.index].flags.c_contiguous


def test_canonical_and_native_are_close_and_not_equal(batches):
    program, state = training_program(), initial_state()
    exact = execute(canonical.arithmetic, program.nodes, state, batches[0], program.constants)
    fast = execute(native.arithmetic, program.nodes, state, batches[0], program.constants)
    for one, other in zip(exact, fast, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    assert any((bits(one) != bits(other)).any() for one, other in zip(exact, fast, strict=True))


def test_a_hook_lies_about_one_node_and_all_that_follows_is_consistent():
    builder = Builder()
    a = builder.state(1, 3)
    doubled = a * 2.0
    total = doubled.row_sum()
    program = builder.finish([a])

    def lie(index, output):
        return output + np.float32(1) if index == doubled.index else output

    ones = np.ones((1, 3), np.float32)
    outputs = execute(canonical.arithmetic, program.nodes, [ones], [], program.constants, lie)
    assert outputs[doubled.index].tolist() == [[3, 3, 3]]
    assert outputs[total.index].tolist() == [[9]]


@pytest.mark.parametrize(
    ("state", "batch", "message"),
    [
        ([], [np.ones((2, 2), np.float32)], r"node 0 \(STATE\): expected a tensor 0, got none"),
        ([np.ones((1, 2), np.float32)], [], r"node 1 \(BATCH\): expected a tensor 0, got none"),
        (
            [np.ones((2, 1), np.float32)],
            [],
            r"expected float32 of shape \(1, 2\), got float32 of shape \(2, 1\)",
        ),
        ([np.ones((1, 2))], [], "got float64 of shape"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(state, batch, message):
    builder = Builder()
    a, _ = builder.state(1, 2), builder.batch(2, 2)
    program = builder.finish([a])
    with pytest.raises(ValueError, match=message):
        execute(canonical.arithmetic, program.nodes, state, batch, program.constants)


def test_a_missing_constant_is_refused():
    builder = Builder()
    a = builder.state(1, 2)
    builder.constant(np.ones((1, 2), np.float32))
    program = builder.finish([a])
    with pytest.raises(ValueError, match=r"node 1 \(CONSTANT\): expected a tensor .* got none"):
        execute(canonical.arithmetic, program.nodes, [np.ones((1, 2), np.float32)], [], {})


def test_replay_in_two_parts_is_replay_in_one(batches):
    program, start = training_program(), initial_state()

    def run(state, first, steps):
        last = []
        for step, after in replay(program, state, batches.__getitem__, first, steps, canonical.arithmetic):
            last.append((step, after))
        return last

    whole = run(start, 3, 4)
    assert [step for step, _ in whole] == [3, 4, 5, 6]
    parts = run(start, 3, 2)
    parts += run(parts[-1][1], 5, 2)
    for (_, one), (_, other) in zip(whole, parts, strict=True):
        assert all((bits(a) == bits(b)).all() for a, b in zip(one, other, strict=True))


def test_a_part_does_not_keep_the_whole_alive():
    node = Node(Operator.SLICE, 1, 4, (0,), ((1000, 4),))
    part = move(node, np.ones((1000, 4), np.float32))
    assert part.base is None

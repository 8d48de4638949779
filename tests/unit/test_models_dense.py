"""Dense networks: shapes, initial state, gradients, and that they learn."""

import numpy as np
import pytest

from pinpoint.datasets import digits
from pinpoint.models.dense import LAYERS, Dense, accuracy, initial_state, logits, training_program
from pinpoint.program.optimisers import Sgd
from pinpoint.replay import native
from pinpoint.replay.plan import next_state
from tests.evaluate import execute
from tests.slopes import compare_with_differences
from tests.training import trained

STEPS = 120


def test_the_state_is_weight_and_bias_per_layer():
    assert Dense((64, 32, 10)).parameter_shapes == [(32, 64), (1, 32), (10, 32), (1, 10)]
    assert training_program((5, 4, 3, 2), batch=6).batch_shapes == ((6, 5), (6, 2))


def test_the_initial_state_is_he_and_depends_on_the_seed_alone():
    state = initial_state(LAYERS, seed=3)
    assert [tensor.shape for tensor in state] == Dense(LAYERS).parameter_shapes
    assert all(tensor.dtype == np.float32 for tensor in state)
    assert state[0].std() == pytest.approx(np.sqrt(2 / 64), rel=0.05)
    assert not state[1].any()
    assert all((a == b).all() for a, b in zip(state, initial_state(LAYERS, seed=3), strict=True))
    assert (state[0] != initial_state(LAYERS, seed=4)[0]).any()


def test_a_step_is_the_textbook_gradient_step():
    batches, _ = digits()
    x, y = batches[0]
    program, state = training_program(optimiser=Sgd(0.25)), initial_state()
    after = next_state(program, execute(native.arithmetic, program.nodes, state, [x, y], program.constants))
    w1, b1, w2, b2 = (tensor.astype(np.float64) for tensor in state)
    hidden = np.maximum(x @ w1.T + b1, 0)
    scores = hidden @ w2.T + b2
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    back = (chances - y) / len(x)
    through = back @ w2 * (hidden > 0)
    slopes = [
        through.T @ x,
        through.sum(axis=0, keepdims=True),
        back.T @ hidden,
        back.sum(axis=0, keepdims=True),
    ]
    for new, old, slope in zip(after, (w1, b1, w2, b2), slopes, strict=True):
        np.testing.assert_allclose(new, old - 0.25 * slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_training_reaches_nine_tenths(seed):
    batches, (x, labels) = digits(seed=seed)
    program, state = training_program(), initial_state(seed=seed)
    assert accuracy(state, x, labels) < 0.3
    state = trained(program, state, batches, STEPS)
    assert accuracy(state, x, labels) > 0.9


def test_logits_are_the_network_of_the_program():
    state = initial_state()
    x = np.random.default_rng(0).uniform(size=(7, 64)).astype(np.float32)
    hidden = np.maximum(x @ state[0].T, 0)
    np.testing.assert_allclose(logits(state, x), hidden @ state[2].T, rtol=1e-5, atol=1e-6)


def test_gradients_are_finite_differences():
    random = np.random.default_rng(5)
    x, y = random.normal(size=(3, 5)), np.eye(4)[random.integers(0, 4, 3)]
    compare_with_differences(Dense((5, 6, 4), batch=3), [x.astype(np.float32), y.astype(np.float32)])

"""What a profiler measures: honest evaluators' distances, on programs small and large."""

import numpy as np
import pytest

from pinpoint.binary32.reference import to_float
from pinpoint.models.dense import initial_state, training_program
from pinpoint.program.builder import Builder
from pinpoint.replay import native, profile
from pinpoint.replay.profile import RUNS, measure, shuffled
from tests.play import BATCH, LAYERS, batches
from tests.world import PARAMETERS

ONE = 0x3F800000
PROGRAM = training_program(LAYERS, BATCH)


def test_honest_rounding_is_far_below_what_standing_still_measures():
    found = [measure(PROGRAM, initial_state(LAYERS, 0), batches()[:3], seed) for seed in range(8)]
    assert all(0 < distance < PARAMETERS.threshold_ceiling for distance in found)
    assert len(set(found)) > 1, "profilers of other seeds measure by other orders of summation"
    assert measure(PROGRAM, initial_state(LAYERS, 0), batches()[:3], 5) == found[5]


def test_a_larger_program():
    layers, batch = (64, 32, 10), 16
    rng = np.random.default_rng(1)
    data = [
        [rng.random((batch, 64), dtype=np.float32), np.eye(10, dtype=np.float32)[rng.integers(0, 10, batch)]]
        for _ in range(10)
    ]
    distance = measure(training_program(layers, batch), initial_state(layers, 0), data, 1)
    assert 2**-24 < to_float(distance) < 2**-6


def test_every_evaluator_counts(monkeypatch):
    """Standing still measures 1; whichever native evaluator is broken, that is what is found."""
    honest = native.arithmetic
    for broken in range(RUNS - 1):
        made = []

        def arithmetic_of(place, broken=broken):
            def arithmetic(node):
                kernel = honest(node)
                return (lambda *operands: np.zeros_like(kernel(*operands))) if place == broken else kernel

            return arithmetic

        def shuffled_of(seed, made=made):
            made.append(seed)
            return arithmetic_of(len(made))

        monkeypatch.setattr(profile.native, "arithmetic", arithmetic_of(0))
        monkeypatch.setattr(profile, "shuffled", shuffled_of)
        assert measure(PROGRAM, initial_state(LAYERS, 0), batches()[:3], 0) >= ONE - 2**10
        assert len(made) == RUNS - 2


def test_what_diverges_is_no_profile():
    b = Builder()
    w, x = b.state(1, 8), b.batch(1, 8)
    program = b.finish([(w + x).exp()])
    state = [np.full((1, 8), 80, np.float32)]
    assert measure(program, state, [[np.full((1, 8), 80, np.float32)]] * 2, 0) >= ONE


def test_a_replay_without_rounding_measures_nothing():
    b = Builder()
    w, x = b.state(1, 8), b.batch(1, 8)
    program = b.finish([w + x])
    ones = np.ones((1, 8), np.float32)
    assert measure(program, [ones], [[ones]] * 3, 0) == 0


@pytest.mark.parametrize("operation", ["row_sum", "matmul_transposed"])
def test_another_order_of_summation(operation):
    """The same terms, so nearly the same sum, and not the same bits."""
    rng = np.random.default_rng(0)
    b = Builder()
    w, x = b.state(4, 1000), b.batch(4, 1000)
    total = w.row_sum() if operation == "row_sum" else w.matmul_transposed(x)
    node = b.finish([w]).nodes[total.index]
    operands = [rng.random((4, 1000), dtype=np.float32) for _ in node.inputs]
    plain = native.arithmetic(node)(*operands)
    others = [shuffled([seed])(node)(*operands) for seed in range(20)]
    for other in others:
        np.testing.assert_allclose(other, plain, rtol=1e-5)
    assert any((other != plain).any() for other in others)

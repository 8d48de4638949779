"""Optimisers against the textbook, in float64 over several steps."""

import numpy as np
import pytest

from pinpoint.program.autodiff import gradients
from pinpoint.program.builder import Builder
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.program.optimisers import Adam, InverseSquareRoot, Linear, Sgd
from pinpoint.replay import canonical, native
from pinpoint.replay.training import replay
from tests.float64 import evaluate

SHAPES = [(2, 3), (1, 4)]
STEPS = 7


def program_of(optimiser):
    """Sum of w * w * x: the gradient is 2 w x, and another at each step."""
    builder = Builder()
    parameters = [builder.state(*shape) for shape in SHAPES]
    memory = [builder.state(*shape) for shape in optimiser.memory_shapes(SHAPES)]
    batch = [builder.batch(*shape) for shape in SHAPES]
    parts = [(w * w * x).row_sum().transpose().row_sum() for w, x in zip(parameters, batch, strict=True)]
    return builder.finish(optimiser.step(parameters, gradients(parts[0] + parts[1], parameters), memory))


@pytest.fixture
def start():
    random = np.random.default_rng(0)
    return [random.normal(size=shape).astype(np.float32) for shape in SHAPES]


@pytest.fixture
def batches():
    random = np.random.default_rng(1)
    return [[random.normal(size=shape).astype(np.float32) for shape in SHAPES] for _ in range(STEPS)]


def states_of(optimiser, start, batches):
    """The parameters after each step."""
    program = program_of(optimiser)
    state = [*start, *optimiser.initial_memory(SHAPES)]
    for batch in batches:
        outputs = evaluate(program.nodes, state, batch)
        state = [outputs[producer] for producer in program.producers]
        yield state[: len(SHAPES)]


def textbook(start, batches, update, max_norm=None):
    parameters = [tensor.astype(np.float64) for tensor in start]
    for step, batch in enumerate(batches, 1):
        slopes = [2 * w * x.astype(np.float64) for w, x in zip(parameters, batch, strict=True)]
        if max_norm is not None:
            norm = np.sqrt(sum((slope**2).sum() for slope in slopes))
            slopes = [slope * min(1.0, max_norm / norm) for slope in slopes]
        parameters = [update(t, step, w, slope) for t, (w, slope) in enumerate(zip(parameters, slopes, strict=True))]
        yield parameters


def momentum(rate, beta=0.0):
    velocities = {}

    def update(t, step, w, slope):
        velocities[t] = beta * velocities.get(t, 0.0) + slope
        return w - (rate(step) if callable(rate) else rate) * velocities[t]

    return update


def adam(rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    moments = {}

    def update(t, step, w, slope):
        m, v = moments.get(t, (0.0, 0.0))
        m, v = beta_1 * m + (1 - beta_1) * slope, beta_2 * v + (1 - beta_2) * slope**2
        moments[t] = m, v
        root = np.sqrt(v / (1 - beta_2**step))
        return w - (rate(step) if callable(rate) else rate) * m / (1 - beta_1**step) / (root + epsilon)

    return update


def linear(step):
    """0.2 at step 3, 0 after step 5."""
    return 0.2 * max(min(step / 3, (6 - step) / 3), 0)


def inverse_square_root(step):
    return 0.2 * min(step / 3, (3 / step) ** 0.5)


CASES = {
    "sgd": (Sgd(0.1), lambda: momentum(0.1)),
    "momentum": (Sgd(0.1, momentum=0.9), lambda: momentum(0.1, 0.9)),
    "adam": (Adam(0.1), lambda: adam(0.1)),
    "other betas": (Adam(0.1, beta_1=0.5, beta_2=0.75, epsilon=0.25), lambda: adam(0.1, 0.5, 0.75, 0.25)),
    "linear sgd": (Sgd(Linear(0.2, 3, 5)), lambda: momentum(linear)),
    "linear momentum": (Sgd(Linear(0.2, 3, 5), momentum=0.5), lambda: momentum(linear, 0.5)),
    "inverse square root": (Adam(InverseSquareRoot(0.2, 3)), lambda: adam(inverse_square_root)),
}


@pytest.mark.parametrize("max_norm", [None, 2.0], ids=["free", "clipped"])
@pytest.mark.parametrize("name", CASES)
def test_steps_are_the_textbooks(name, max_norm, start, batches):
    optimiser, fresh = CASES[name]
    if max_norm is not None:
        optimiser = type(optimiser)(**{**vars(optimiser), "max_norm": max_norm})
    found = states_of(optimiser, start, batches)
    for parameters, expected in zip(found, textbook(start, batches, fresh(), max_norm), strict=True):
        for tensor, wanted in zip(parameters, expected, strict=True):
            # The constants of the program are binary32.
            np.testing.assert_allclose(tensor, wanted, rtol=1e-5, atol=1e-6)


def test_clipping_matters_in_the_case_above_and_not_below_its_norm(start, batches):
    free, clipped, loose = (
        list(states_of(Sgd(0.1, max_norm=norm), start, batches))[-1] for norm in (None, 2.0, 1e6)
    )
    assert not np.allclose(free[0], clipped[0], rtol=1e-2)
    assert all((a == b).all() for a, b in zip(free, loose, strict=True))


@pytest.mark.parametrize("optimiser", [Sgd(0.1, max_norm=1.0), Adam(0.1, max_norm=1.0)], ids=["sgd", "adam"])
def test_no_gradient_is_no_movement(optimiser, start):
    zero = [np.zeros(shape, np.float32) for shape in SHAPES]
    program = program_of(optimiser)
    state = [*start, *optimiser.initial_memory(SHAPES)]
    for _, after in replay(program, state, lambda step: zero, 0, 2, canonical.arithmetic):
        assert all((a == b).all() for a, b in zip(after, start, strict=False))


@pytest.mark.parametrize(
    ("optimiser", "shapes"),
    [
        (Sgd(0.1), []),
        (Sgd(0.1, momentum=0.9), SHAPES),
        (Sgd(InverseSquareRoot(0.1, 5), momentum=0.9), [(1, 1), *SHAPES]),
        (Adam(0.1), [(1, 1), *SHAPES, *SHAPES]),
    ],
)
def test_only_what_is_needed_is_remembered(optimiser, shapes):
    assert optimiser.memory_shapes(SHAPES) == shapes
    assert [tensor.shape for tensor in optimiser.initial_memory(SHAPES)] == shapes
    assert not any(tensor.any() for tensor in optimiser.initial_memory(SHAPES))


def test_the_count_of_steps_is_the_same_in_every_arithmetic(start, batches):
    optimiser = Adam(0.1)
    state = [*start, *optimiser.initial_memory(SHAPES)]
    for arithmetic in (canonical.arithmetic, native.arithmetic):
        states = replay(program_of(optimiser), state, batches.__getitem__, 0, STEPS, arithmetic)
        assert [after[len(SHAPES)].item() for _, after in states] == [1, 2, 3, 4, 5, 6, 7]


def test_adam_adds_eight_nodes_a_parameter():
    def wide(optimiser):
        nodes = program_of(optimiser).nodes
        return sum(node.shape in SHAPES and TABLE[node.operator].kind is not Kind.INPUT for node in nodes)

    assert wide(Adam(0.1, max_norm=1.0)) - wide(Sgd(0.1)) == 7 * len(SHAPES)
    assert wide(Adam(0.1)) - wide(Sgd(0.1)) == 6 * len(SHAPES)


def test_clipping_writes_no_squares():
    products = [node for node in program_of(Sgd(0.1, max_norm=1.0)).nodes if node.operator is Operator.MATMUL]
    assert [node.shape for node in products] == [(rows, 1) for rows, _ in SHAPES]


@pytest.mark.parametrize("schedule", [(Linear, 0.1, 0, 5), (Linear, 0.1, 6, 5), (InverseSquareRoot, 0.1, 0)])
def test_a_schedule_needs_a_warm_up(schedule):
    kind, *arguments = schedule
    with pytest.raises(ValueError, match="warm-up"):
        kind(*arguments)


@pytest.mark.parametrize("betas", [{"beta_1": 0.0}, {"beta_1": 1.0}, {"beta_2": 0.0}, {"beta_2": 1.0}])
def test_a_beta_is_between_0_and_1(betas):
    with pytest.raises(ValueError, match="expected betas between 0 and 1"):
        Adam(0.1, **betas)

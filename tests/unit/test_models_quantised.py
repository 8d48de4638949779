"""Inference in int8: close to float32, on integers, and with as few nodes as it takes."""

import numpy as np
import pytest

from pinpoint.datasets import digits, text
from pinpoint.models.convolution import Convolution
from pinpoint.models.dense import Dense
from pinpoint.models.programs import answers, inference_program, initial_state, training_program
from pinpoint.models.quantised import quantise, rounded
from pinpoint.models.transformer import Transformer
from pinpoint.program.builder import Builder
from pinpoint.program.operators import Operator
from pinpoint.program.optimisers import Adam
from pinpoint.replay import canonical, native
from tests.evaluate import execute
from tests.training import trained

STEPS = 120


def operators(program):
    return [node.operator for node in program.nodes]


@pytest.mark.parametrize("kind", [Dense, Convolution])
def test_accuracy_on_digits_stays_within_a_hundredth(kind):
    batches, (x, labels) = digits()
    optimiser = Adam(5e-3)
    program, state = training_program(kind(), optimiser), initial_state(kind(), optimiser)
    state = trained(program, state, batches, STEPS)
    model = kind(batch=len(x))
    parameters = state[: len(model.parameter_shapes)]
    calibration = [[batch[0]] for batch in batches]
    small = quantise(inference_program(kind(), parameters), calibration)
    assert small.batch_shapes == ((32, 64),)
    floats = inference_program(model, parameters)
    integers = quantise(floats, [[x]])
    right, also_right = (
        np.mean(answers(program, [[x]]).argmax(axis=1) == labels) for program in (floats, integers)
    )
    assert right > 0.9
    assert abs(right - also_right) <= 0.01
    assert (answers(floats, [[x]]) != answers(integers, [[x]])).any()
    # Calibrated on what it is trained with, asked about what it has not seen.
    few = [[x[start : start + 32]] for start in range(0, 352, 32)]
    assert abs(np.mean(answers(small, few).argmax(axis=1) == labels[:352]) - right) <= 0.01


def test_every_product_with_a_weight_is_one_of_integers():
    model = Transformer(vocabulary=96, length=8, batch=2, width=16, heads=2, layers=1)
    batches, _ = text(model.batch, model.length)
    floats = inference_program(model, model.initial_parameters(0))
    integers = quantise(floats, [batch[:1] for batch in batches[:4]])
    # Query, key, value, output, up, down and the last map; scores and mixtures are products of activations, and so
    # are the squares of the three normalisations.
    assert operators(integers).count(Operator.MATMUL_INT8) == 7
    assert operators(integers).count(Operator.MATMUL) == 2 + 3
    read = {source for node in integers.nodes for source in node.inputs}
    assert read == set(range(integers.pack)) - {0}, "rounded weights take the place of the others"
    exact, close = (answers(program, [batch[:1] for batch in batches[4:8]]) for program in (floats, integers))
    assert 0 < np.linalg.norm(exact - close) < 0.05 * np.linalg.norm(exact)


def test_what_int8_holds_is_multiplied_exactly():
    random = np.random.default_rng(0)
    x, weight = (random.integers(-127, 128, shape).astype(np.float32) for shape in ((2, 5), (3, 5)))
    x[0, 0] = weight[:, 0] = 127
    bias = np.array([[1, 2, 3]], np.float32)
    program = quantise(inference_program(Dense((5, 3), batch=2), [weight, bias]), [[x]])
    assert (answers(program, [[x]]) == x @ weight.T + bias).all()
    assert (answers(program, [[2 * x]]) == np.clip(2 * x, -128, 127) @ weight.T + bias).all()


def test_products_of_blocks_stay_as_they_are():
    builder = Builder()
    builder.state(4, 1)
    x, weight = builder.batch(4, 3), builder.constant(np.ones((4, 3), np.float32))
    program = builder.finish([x.matmul_transposed(weight, blocks=4)])
    assert quantise(program, [[np.ones((4, 3), np.float32)]]) == program


def test_native_and_canonical_integers_are_the_same():
    model = Dense((5, 4, 3), batch=2)
    x = np.random.default_rng(0).uniform(size=(2, 5)).astype(np.float32)
    program = quantise(inference_program(model, model.initial_parameters(0)), [[x]])
    blank = [np.zeros((2, 3), np.float32)]
    outputs = [
        execute(arithmetic, program.nodes, blank, [x], program.constants)
        for arithmetic in (native.arithmetic, canonical.arithmetic)
    ]
    first = operators(program).index(Operator.MATMUL_INT8)
    assert outputs[0][first].view(np.int32).any()
    assert (outputs[0][first].view(np.int32) == outputs[1][first].view(np.int32)).all()


def test_a_weight_is_its_integers_times_the_scales_of_its_rows():
    weight = np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32)
    weight[2] = 0
    weight[3] *= 1000
    integers, scales = rounded(weight)
    assert integers.dtype == np.int32
    assert np.abs(integers).max(axis=1).tolist() == [127, 127, 0, 127, 127, 127]
    assert (np.abs(integers * scales - weight) <= scales * 0.501).all()


def test_calibration_needs_a_batch():
    model = Dense((5, 4, 3), batch=2)
    with pytest.raises(ValueError, match="expected a batch to calibrate with, got none"):
        quantise(inference_program(model, model.initial_parameters(0)), [])


@pytest.mark.parametrize("value", [0.0, 1e-44, 1e-37])
def test_a_dead_layer_has_a_scale(value):
    program, _ = _small(value)
    batch = [np.full((4, 3), value, np.float32)]
    output = answers(quantise(program, [batch]), [batch])
    assert np.isfinite(output).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_activations_that_are_not_finite_are_refused(value):
    program, _ = _small(1.0)
    with pytest.raises(ValueError, match="expected finite activations"):
        quantise(program, [[np.full((4, 3), value, np.float32)]])


def _small(value):
    model = Dense((3, 5, 2), 4)
    parameters = model.initial_parameters(0)
    parameters[0] = np.full((5, 3), value, np.float32) * np.arange(1, 16, dtype=np.float32).reshape(5, 3)
    return inference_program(model, parameters), parameters

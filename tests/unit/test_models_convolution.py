"""Convolution networks: patches, gradients, and that they learn."""

import numpy as np
import pytest

from pinpoint.datasets import digits
from pinpoint.models.convolution import Convolution, neighbours, patches
from pinpoint.models.programs import answers, inference_program, initial_state, training_program
from pinpoint.program.builder import Builder
from pinpoint.program.optimisers import Adam
from pinpoint.replay import native
from tests.evaluate import execute
from tests.slopes import compare_with_differences
from tests.training import trained

STEPS = 200


def test_the_shapes_follow_from_channels_and_strides():
    model = Convolution(side=8, channels=(4, 6), strides=(1, 2), batch=5)
    assert model.parameter_shapes == [(4, 9), (1, 4), (6, 36), (1, 6), (10, 96), (1, 10)]
    assert model.batch_shapes == [(5, 64), (5, 10)]


@pytest.mark.parametrize(("side", "stride", "channels"), [(4, 1, 1), (5, 2, 3), (3, 3, 2)])
def test_patches_are_what_a_padded_window_shows(side, stride, channels):
    images = np.random.default_rng(0).normal(size=(2, side, side, channels)).astype(np.float32)
    builder = Builder()
    value = builder.state(2, side * side * channels)
    rows = patches(value, side, stride)
    program = builder.finish([value])
    flat = images.reshape(2, -1)
    output = execute(native.arithmetic, program.nodes, [flat], [], program.constants)[rows.index]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    expected = [
        padded[image, y : y + 3, x : x + 3].ravel()
        for image in range(2)
        for y in range(0, side, stride)
        for x in range(0, side, stride)
    ]
    assert (output == np.array(expected)).all()


def test_a_pixel_outside_the_image_has_no_index():
    assert neighbours(2, 2).tolist() == [[-1, -1, -1, -1, 0, 1, -1, 2, 3]]
    assert neighbours(2, 1)[0, 27:].tolist() == [0, 1, -1, 2, 3, -1, -1, -1, -1]


def test_gradients_are_finite_differences():
    random = np.random.default_rng(3)
    x, y = random.uniform(size=(2, 25)), np.eye(10)[random.integers(0, 10, 2)]
    model = Convolution(side=5, channels=(2, 3), strides=(1, 2), batch=2)
    compare_with_differences(model, [x.astype(np.float32), y.astype(np.float32)])


def test_training_reaches_nineteen_twentieths():
    batches, (x, labels) = digits()
    model, optimiser = Convolution(), Adam(5e-3)
    program, state = training_program(model, optimiser), initial_state(model, optimiser)
    state = trained(program, state, batches, STEPS)
    asked = inference_program(Convolution(batch=len(x)), state[: len(model.parameter_shapes)])
    assert np.mean(answers(asked, [[x]]).argmax(axis=1) == labels) > 0.95

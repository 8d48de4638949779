"""Dense networks as training programs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.autodiff import gradients
from pinpoint.program.builder import Builder, Value
from pinpoint.program.graph import Program
from pinpoint.program.operators import Shape
from pinpoint.program.optimisers import Optimiser, sgd

LAYERS = (64, 32, 10)
BATCH = 32
LEARNING_RATE = 0.5


def parameter_shapes(layers: Sequence[int] = LAYERS) -> list[Shape]:
    """Shapes of the state: per layer a weight, outputs x inputs, and a bias, 1 x outputs."""
    return [shape for inputs, outputs in pairwise(layers) for shape in ((outputs, inputs), (1, outputs))]


def dense_network(parameters: Sequence[Value], x: Value) -> Value:
    """Logits of a network of dense layers with ReLU between them.

    Args:
        parameters: weight and bias of each layer, of `parameter_shapes`.
        x: batch x inputs.

    Returns:
        batch x outputs.
    """
    value = x
    for layer in range(0, len(parameters), 2):
        if layer > 0:
            value = value.maximum(0.0)
        value = value.matmul_transposed(parameters[layer]) + parameters[layer + 1]
    return value


def cross_entropy(scores: Value, targets: Value, parameters: Sequence[Value]) -> tuple[Value, list[Value]]:
    """Mean cross-entropy of softmax, and its gradients.

    The largest score of each row is subtracted first. It cancels, so the gradient takes it for a constant.

    Args:
        scores: logits, batch x classes.
        targets: one-hot, batch x classes.
        parameters: what to differentiate by.

    Returns:
        The loss, 1 x 1, and one gradient per parameter.
    """
    largest = scores.row_max()
    shifted = scores - largest
    log_probabilities = shifted - shifted.exp().row_sum().log()
    total = (targets * log_probabilities).row_sum().transpose().row_sum()
    loss = total * (-1.0 / scores.shape[0])
    return loss, gradients(loss, parameters, fixed=(largest,))


def training_program(
    layers: Sequence[int] = LAYERS, batch: int = BATCH, optimiser: Optimiser | None = None
) -> Program:
    """One optimiser step of a dense network on the mean cross-entropy of a batch.

    Args:
        layers: widths, from the input to the classes.
        batch: examples per step; at most 4,096.
        optimiser: `sgd(LEARNING_RATE)` by default.

    Returns:
        A program with the state of `parameter_shapes` and the batch [x, batch x inputs; one-hot labels,
        batch x classes].
    """
    builder = Builder()
    parameters = [builder.state(*shape) for shape in parameter_shapes(layers)]
    x, targets = builder.batch(batch, layers[0]), builder.batch(batch, layers[-1])
    _, slopes = cross_entropy(dense_network(parameters, x), targets, parameters)
    return builder.finish((optimiser or sgd(LEARNING_RATE))(parameters, slopes))


def initial_state(layers: Sequence[int] = LAYERS, seed: int = 0) -> list[Tensor]:
    """He-initialised weights and zero biases, float32, from PCG64."""
    random = np.random.Generator(np.random.PCG64(seed))
    state: list[Tensor] = []
    for inputs, outputs in pairwise(layers):
        weight = random.normal(0.0, np.sqrt(2.0 / inputs), (outputs, inputs))
        state += [weight.astype(np.float32), np.zeros((1, outputs), np.float32)]
    return state


def logits(state: Sequence[Tensor], x: Tensor) -> Tensor:
    """Logits of a state on `x`, batch x inputs, in plain NumPy, for reporting."""
    for layer in range(0, len(state), 2):
        if layer > 0:
            x = np.maximum(x, np.float32(0.0))
        x = x @ state[layer].T + state[layer + 1]
    return x


def accuracy(state: Sequence[Tensor], x: Tensor, labels: NDArray[np.int64]) -> float:
    """Share of the rows of `x` whose largest logit is at their label, 0 to 1."""
    return float(np.mean(logits(state, x).argmax(axis=1) == labels))

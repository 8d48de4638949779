"""Dense networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinpoint.commitment.tensor import Tensor
from pinpoint.models import programs
from pinpoint.models.losses import cross_entropy
from pinpoint.program.builder import Value
from pinpoint.program.graph import Program
from pinpoint.program.operators import Shape
from pinpoint.program.optimisers import Optimiser, Sgd

LAYERS = (64, 32, 10)
BATCH = 32
LEARNING_RATE = 0.5


@dataclass(frozen=True)
class Dense:
    """Dense layers with ReLU between them.

    Attributes:
        layers: widths, from the input to the classes.
        batch: examples per step; at most 4,096 in training.
    """

    layers: Sequence[int] = LAYERS
    batch: int = BATCH

    @property
    def parameter_shapes(self) -> list[Shape]:
        """Per layer a weight, outputs x inputs, and a bias, 1 x outputs."""
        return [shape for inputs, outputs in pairwise(self.layers) for shape in ((outputs, inputs), (1, outputs))]

    @property
    def batch_shapes(self) -> list[Shape]:
        """Inputs, and one-hot labels."""
        return [(self.batch, self.layers[0]), self.answer_shape]

    @property
    def answer_shape(self) -> Shape:
        """batch x classes."""
        return self.batch, self.layers[-1]

    def initial_parameters(self, seed: int) -> list[Tensor]:
        """He-initialised weights and zero biases, float32, from PCG64."""
        random = np.random.Generator(np.random.PCG64(seed))
        parameters: list[Tensor] = []
        for inputs, outputs in pairwise(self.layers):
            weight = random.normal(0.0, np.sqrt(2.0 / inputs), (outputs, inputs))
            parameters += [weight.astype(np.float32), np.zeros((1, outputs), np.float32)]
        return parameters

    def logits(self, parameters: Sequence[Value], x: Value) -> Value:
        """batch x inputs to batch x classes."""
        for layer in range(0, len(parameters), 2):
            if layer > 0:
                x = x.maximum(0.0)
            x = x.matmul_transposed(parameters[layer]) + parameters[layer + 1]
        return x

    def loss(self, logits: Value, targets: Value) -> Value:
        """Mean cross-entropy."""
        return cross_entropy(logits, targets)


def training_program(
    layers: Sequence[int] = LAYERS, batch: int = BATCH, optimiser: Optimiser | None = None
) -> Program:
    """One step of a dense network, by default with `Sgd(LEARNING_RATE)`."""
    return programs.training_program(Dense(layers, batch), optimiser or Sgd(LEARNING_RATE))


def initial_state(layers: Sequence[int] = LAYERS, seed: int = 0) -> list[Tensor]:
    """The state of `training_program` with plain gradient descent before the first step."""
    return Dense(layers).initial_parameters(seed)


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

"""Gradients of whole models against finite differences in float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint.commitment.tensor import Tensor
from pinpoint.models.programs import Model, loss_node, training_program
from pinpoint.program.optimisers import Sgd
from tests.float64 import evaluate

STEP = 1e-6
Matrix = NDArray[Any]


def slopes_of(model: Model, parameters: Sequence[Matrix], batch: Sequence[Tensor]) -> list[Matrix]:
    """The gradients, as what one step of gradient descent at rate 1 takes away."""
    program = training_program(model, Sgd(1.0))
    outputs = evaluate(program.nodes, parameters, batch, program.constants)
    return [before - outputs[producer] for before, producer in zip(parameters, program.producers, strict=True)]


def compare_with_differences(model: Model, batch: Sequence[Tensor], seed: int = 0) -> None:
    """Each tensor's gradient, along itself and along three random directions."""
    random = np.random.default_rng(seed)
    program, loss = training_program(model, Sgd(1.0)), loss_node(model, Sgd(1.0))
    parameters = [tensor + random.normal(0.0, 0.1, tensor.shape) for tensor in model.initial_parameters(seed)]

    def loss_at(moved: Sequence[Matrix]) -> float:
        return float(evaluate(program.nodes, moved, batch, program.constants)[loss].item())

    for t, slope in enumerate(slopes_of(model, parameters, batch)):
        for direction in [slope / np.linalg.norm(slope), *random.normal(size=(3, *slope.shape))]:
            ahead, behind = (
                loss_at([p + sign * STEP * direction if i == t else p for i, p in enumerate(parameters)])
                for sign in (1, -1)
            )
            expected = (ahead - behind) / (2 * STEP)
            np.testing.assert_allclose((slope * direction).sum(), expected, rtol=1e-5, atol=1e-8, err_msg=f"tensor {t}")

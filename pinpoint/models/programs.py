"""Models made into programs: one training step, or one batch of answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.autodiff import gradients
from pinpoint.program.builder import Builder, Value
from pinpoint.program.graph import Program
from pinpoint.program.operators import Operator, Shape
from pinpoint.program.optimisers import Optimiser
from pinpoint.replay import native
from pinpoint.replay.plan import Plan


class Model(Protocol):
    """What a network computes. Each row maximum in it only shifts a softmax, so it cancels."""

    @property
    def parameter_shapes(self) -> list[Shape]:
        """Shapes of the parameters, in order."""

    @property
    def batch_shapes(self) -> list[Shape]:
        """Shapes of a batch's tensors: the inputs, then the targets."""

    @property
    def answer_shape(self) -> Shape:
        """Shape of the logits of a batch."""

    def initial_parameters(self, seed: int) -> list[Tensor]:
        """Parameters before training, float32, from PCG64."""

    def logits(self, parameters: Sequence[Value], x: Value) -> Value:
        """Logits of a batch's inputs, of `answer_shape`."""

    def loss(self, logits: Value, targets: Value) -> Value:
        """What training makes small, 1 x 1."""


def training_program(model: Model, optimiser: Optimiser) -> Program:
    """One optimiser step on a batch.

    Returns:
        A program whose state is the parameters, which are its weights, then the optimiser's memory.

    Raises:
        ProgramError: if a reduction has more than 4,096 terms, so if a batch has more rows.
    """
    parameters, memory, loss = _forward(model, optimiser)
    nodes = enumerate(loss.builder.nodes)
    shifts = [Value(loss.builder, index) for index, node in nodes if node.operator is Operator.ROW_MAX]
    slopes = gradients(loss, parameters, fixed=shifts)
    return loss.builder.finish(optimiser.step(parameters, slopes, memory), len(memory))


def loss_node(model: Model, optimiser: Optimiser) -> int:
    """Index of the node of `training_program` whose output is the loss."""
    return _forward(model, optimiser)[2].index


def initial_state(model: Model, optimiser: Optimiser, seed: int = 0) -> list[Tensor]:
    """The state of `training_program` before the first step, float32."""
    return model.initial_parameters(seed) + optimiser.initial_memory(model.parameter_shapes)


def inference_program(model: Model, parameters: Sequence[Tensor]) -> Program:
    """Answers to a batch: the only state tensor is the logits of the batch before, the parameters are constants.

    Args:
        parameters: of the model; of a training state, the first.

    Returns:
        A program of the batch's inputs alone.
    """
    builder = Builder()
    builder.state(*model.answer_shape)
    x = builder.batch(*model.batch_shapes[0])
    return builder.finish([model.logits([_constant(builder, tensor) for tensor in parameters], x)])


def answers(program: Program, batches: Iterable[Sequence[Tensor]]) -> Tensor:
    """What an inference program answers to batches of inputs, below each other, in native arithmetic."""
    plan = Plan(program.nodes, native.arithmetic, keep=program.producers)
    blank = [np.zeros(shape, np.float32) for shape in program.state_shapes]
    outputs = [plan.run(blank, batch, program.constants)[program.producers[0]] for batch in batches]
    return np.concatenate(outputs)


def _forward(model: Model, optimiser: Optimiser) -> tuple[list[Value], list[Value], Value]:
    builder = Builder()
    parameters = [builder.state(*shape) for shape in model.parameter_shapes]
    memory = [builder.state(*shape) for shape in optimiser.memory_shapes(model.parameter_shapes)]
    x, targets = (builder.batch(*shape) for shape in model.batch_shapes)
    return parameters, memory, model.loss(model.logits(parameters, x), targets)


def _constant(builder: Builder, tensor: Tensor) -> Value:
    """A constant. One value all over is a FILL: as a constant, zeros would have the root of fewer zeros."""
    same = (tensor.view(np.uint32) == tensor.view(np.uint32)[0, 0]).all()
    return builder.fill(float(tensor[0, 0]), *tensor.shape) if same else builder.constant(tensor)

"""The same training steps in PyTorch, eager, on the processor, as one would write them there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch.nn import functional

from pinpoint.commitment.tensor import Tensor
from pinpoint.models.convolution import KERNEL, Convolution
from pinpoint.models.dense import Dense
from pinpoint.models.programs import Model
from pinpoint.models.transformer import EPSILON, PER_LAYER, Transformer
from pinpoint.program.optimisers import Adam, Optimiser
from tests.bench.subjects import TASKS

torch.set_num_threads(1)


def step(name: str, batch: Sequence[Tensor]) -> Callable[[], torch.Tensor]:
    """A step of a task, from its initial state on, always with this batch. A call gives the loss before the step."""
    task = TASKS[name]
    shapes = task.model.parameter_shapes
    parameters = [torch.from_numpy(tensor).requires_grad_() for tensor in task.model.initial_parameters(0)]
    assert [tuple(parameter.shape) for parameter in parameters] == shapes
    optimiser, max_norm = _optimiser(task.optimiser, parameters), task.optimiser.max_norm
    x, targets = _batch(task.model, batch)

    def run() -> torch.Tensor:
        optimiser.zero_grad()
        loss = functional.cross_entropy(_logits(task.model, parameters, x), targets)
        loss.backward()
        if max_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        optimiser.step()
        return loss.detach()

    return run


def _optimiser(optimiser: Optimiser, parameters: Sequence[torch.Tensor]) -> torch.optim.Optimizer:
    # What the rate is, and how it changes, does not change the work.
    kind = torch.optim.Adam if isinstance(optimiser, Adam) else torch.optim.SGD
    return kind(parameters, lr=1e-3)


def _batch(model: Model, batch: Sequence[Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    x, targets = batch
    if isinstance(model, Transformer):
        numbers = [torch.from_numpy(tensor.view(np.int32).astype(np.int64)) for tensor in (x, targets)]
        return numbers[0].reshape(model.batch, model.length), numbers[1].reshape(-1)
    return torch.from_numpy(x), torch.from_numpy(targets.argmax(axis=1))


def _logits(model: Model, parameters: Sequence[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    lowered: dict[type, Callable[..., torch.Tensor]] = {
        Dense: _dense,
        Convolution: _convolution,
        Transformer: _transformer,
    }
    return lowered[type(model)](model, parameters, x)


def _dense(model: Dense, parameters: Sequence[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    for layer in range(0, len(parameters), 2):
        x = functional.linear(functional.relu(x) if layer else x, parameters[layer], parameters[layer + 1][0])
    return x


def _convolution(model: Convolution, parameters: Sequence[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    *layers, last = zip(parameters[::2], parameters[1::2], strict=True)
    x = x.reshape(model.batch, 1, model.side, model.side)
    for (weight, bias), stride in zip(layers, model.strides, strict=True):
        kernels = weight.reshape(len(weight), KERNEL, KERNEL, -1).permute(0, 3, 1, 2)
        x = functional.relu(functional.conv2d(x, kernels, bias[0], stride=stride, padding=KERNEL // 2))
    return functional.linear(x.permute(0, 2, 3, 1).reshape(model.batch, -1), last[0], last[1][0])


def _transformer(model: Transformer, parameters: Sequence[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    embedding, positions, *rest = parameters
    stream = functional.embedding(x, embedding) + positions
    for start in range(0, PER_LAYER * model.layers, PER_LAYER):
        gain, query, key, value, output, gain_2, up, down = rest[start : start + PER_LAYER]
        normal = _normalised(model, stream, gain)
        q, k, v = (_heads(model, functional.linear(normal, weight)) for weight in (query, key, value))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        stream = stream + functional.linear(mixed.transpose(1, 2).flatten(2), output)
        wide = functional.gelu(functional.linear(_normalised(model, stream, gain_2), up))
        stream = stream + functional.linear(wide, down)
    last = embedding if model.tied else rest[-1]
    return functional.linear(_normalised(model, stream, rest[PER_LAYER * model.layers]), last).flatten(0, 1)


def _normalised(model: Transformer, x: torch.Tensor, gain: torch.Tensor) -> torch.Tensor:
    return functional.layer_norm(x, (model.width,), gain[0], eps=EPSILON)


def _heads(model: Transformer, x: torch.Tensor) -> torch.Tensor:
    return x.unflatten(2, (model.heads, -1)).transpose(1, 2)

"""The Transformer trains as PyTorch's does: same data, initial weights, optimiser and schedule."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from pinpoint.datasets import text
from pinpoint.models.programs import initial_state, loss_node, training_program
from pinpoint.models.transformer import Transformer
from pinpoint.program.optimisers import Adam, InverseSquareRoot, Linear
from pinpoint.replay import native
from pinpoint.replay.plan import Plan, next_state

STEPS = 40
WARM_UP = 10
PEAK = 3e-3
CASES = {
    "default": (Transformer(), Linear(PEAK, WARM_UP, STEPS)),
    "two layers, untied": (
        Transformer(width=64, layers=2, heads=4, length=32, batch=8, tied=False),
        InverseSquareRoot(PEAK, WARM_UP),
    ),
}


def factor(schedule, step):
    """What the peak is multiplied by at a step, from 1."""
    if isinstance(schedule, Linear):
        return min(step / WARM_UP, (STEPS + 1 - step) / (STEPS + 1 - WARM_UP))
    return min(step / WARM_UP, math.sqrt(WARM_UP / step))


def logits(model, parameters, numbers):
    embedding, positions, *rest = parameters
    x = functional.embedding(numbers, embedding) + positions
    for layer in range(model.layers):
        gain, query, key, value, output, gain_2, up, down = rest[8 * layer : 8 * layer + 8]
        normal = functional.layer_norm(x, (model.width,), gain[0])
        q, k, v = (
            (normal @ weight.T).unflatten(-1, (model.heads, -1)).transpose(1, 2) for weight in (query, key, value)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(1, 2).flatten(2) @ output.T
        x = x + functional.gelu(functional.layer_norm(x, (model.width,), gain_2[0]) @ up.T) @ down.T
    last = embedding if model.tied else rest[-1]
    return functional.layer_norm(x, (model.width,), rest[8 * model.layers][0]) @ last.T


def losses_of_pytorch(model, schedule, start, batches):
    parameters = [torch.tensor(tensor, requires_grad=True) for tensor in start]
    optimiser = torch.optim.Adam(parameters, lr=PEAK)
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda done: factor(schedule, done + 1))
    losses = []
    for step in range(STEPS):
        numbers, targets = (
            torch.tensor(part.view(np.int32).reshape(model.batch, -1), dtype=torch.long) for part in batches[step]
        )
        loss = functional.cross_entropy(logits(model, parameters, numbers).flatten(0, 1), targets.flatten())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        rates.step()
        losses.append(loss.item())
    return losses, [parameter.detach().numpy() for parameter in parameters]


def losses_of_the_program(model, schedule, start, batches):
    optimiser = Adam(schedule, max_norm=1.0)
    program, loss = training_program(model, optimiser), loss_node(model, optimiser)
    plan = Plan(program.nodes, native.arithmetic, keep=[loss, *program.producers])
    state, losses = start, []
    for step in range(STEPS):
        outputs = plan.run(state, batches[step], program.constants)
        state = next_state(program, outputs)
        losses.append(outputs[loss].item())
    return losses, state


@pytest.mark.parametrize("name", CASES)
def test_the_loss_falls_as_pytorchs_does(name):
    model, schedule = CASES[name]
    batches, _ = text(model.batch, model.length)
    start = initial_state(model, Adam(schedule, max_norm=1.0))
    count = len(model.parameter_shapes)
    expected, parameters = losses_of_pytorch(model, schedule, start[:count], batches)
    found, state = losses_of_the_program(model, schedule, start, batches)
    assert expected[-1] < 0.8 * expected[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for tensor, wanted, before in zip(state, parameters, start[:count], strict=False):
        assert np.linalg.norm(tensor - wanted) < 1e-3 * np.linalg.norm(wanted - before)

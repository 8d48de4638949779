"""The Transformer: what it computes, gradients, that it learns, and what a step costs."""

import math

import numpy as np
import pytest
from scipy import special

from pinpoint.datasets import text
from pinpoint.models.programs import answers, inference_program, initial_state, loss_node, training_program
from pinpoint.models.transformer import Transformer
from pinpoint.program.operators import Operator
from pinpoint.program.optimisers import Adam, Linear, Sgd
from pinpoint.replay import native
from pinpoint.replay.plan import Plan, next_state
from tests.float64 import evaluate
from tests.slopes import compare_with_differences

SMALL = Transformer(vocabulary=7, length=4, batch=2, width=6, heads=2, layers=2)
UNTIED = Transformer(vocabulary=7, length=4, batch=2, width=6, heads=3, layers=1, tied=False)


def characters(model, seed=0):
    """Random characters, and others that follow."""
    size = (2, 1, model.batch * model.length)
    numbers = np.random.default_rng(seed).integers(0, model.vocabulary, size).astype(np.int32)
    return list(numbers.view(np.float32))


def perturbed(model, seed=0):
    random = np.random.default_rng(seed)
    return [tensor + random.normal(0, 0.3, tensor.shape) for tensor in model.initial_parameters(seed)]


def layer_norm(x, gain):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * gain


def textbook_logits(model, parameters, x):
    """Batch by batch, head by head, row by row, in float64."""
    embedding, positions, *rest = parameters
    numbers = x.view(np.int32).reshape(model.batch, model.length)
    width = model.width // model.heads
    output = []
    for row in numbers:
        stream = embedding[row] + positions
        for layer in range(model.layers):
            gain, query, key, value, out, gain_2, up, down = rest[8 * layer : 8 * layer + 8]
            normal = layer_norm(stream, gain)
            heads = []
            for head in range(model.heads):
                part = slice(head * width, (head + 1) * width)
                q, k, v = (normal @ weight[part].T for weight in (query, key, value))
                mixed = np.zeros_like(q)
                for i in range(model.length):
                    powers = np.exp(k[: i + 1] @ q[i] / math.sqrt(width))
                    mixed[i] = powers / powers.sum() @ v[: i + 1]
                heads.append(mixed)
            stream = stream + np.concatenate(heads, axis=1) @ out.T
            z = layer_norm(stream, gain_2) @ up.T
            stream = stream + (z * (1 + special.erf(z / math.sqrt(2))) / 2) @ down.T
        last = embedding if model.tied else rest[-1]
        output.append(layer_norm(stream, rest[8 * model.layers]) @ last.T)
    return np.concatenate(output)


@pytest.mark.parametrize("model", [SMALL, UNTIED], ids=["tied", "untied"])
def test_logits_and_loss_are_the_textbooks(model):
    parameters, batch = perturbed(model), characters(model)
    program, loss = training_program(model, Sgd(1.0)), loss_node(model, Sgd(1.0))
    outputs = evaluate(program.nodes, parameters, batch, program.constants)
    expected = textbook_logits(model, parameters, batch[0])
    chances = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    targets = batch[1].view(np.int32)[0]
    mean = -np.log(chances[np.arange(len(targets)), targets]).mean()
    # The constants of the program are binary32.
    assert outputs[loss].item() == pytest.approx(mean, rel=1e-6)
    asked = inference_program(model, [tensor.astype(np.float32) for tensor in parameters])
    np.testing.assert_allclose(answers(asked, [batch[:1]]), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("model", [SMALL, UNTIED], ids=["tied", "untied"])
def test_gradients_are_finite_differences(model):
    compare_with_differences(model, characters(model))


def test_a_later_character_changes_no_earlier_answer():
    program = inference_program(SMALL, [tensor.astype(np.float32) for tensor in perturbed(SMALL)])
    before = characters(SMALL)[0]
    after = before.copy()
    after.view(np.int32)[0, 2] = (after.view(np.int32)[0, 2] + 1) % SMALL.vocabulary
    same = (answers(program, [[before]]) == answers(program, [[after]])).all(axis=1)
    assert same.tolist() == [True, True, False, False, True, True, True, True]


def test_the_initial_state_depends_on_the_seed_alone():
    optimiser = Adam(1e-3)
    state = initial_state(UNTIED, optimiser, seed=3)
    assert [tensor.shape for tensor in state] == list(training_program(UNTIED, optimiser).state_shapes)
    assert all(tensor.dtype == np.float32 for tensor in state)
    assert all((a == b).all() for a, b in zip(state, initial_state(UNTIED, optimiser, seed=3), strict=True))
    assert (state[0] != initial_state(UNTIED, optimiser, seed=4)[0]).any()
    up = Transformer().initial_parameters(0)[8]
    assert up.std() == pytest.approx(Transformer().width ** -0.5, rel=0.02)


def test_heads_divide_the_width():
    with pytest.raises(ValueError, match="expected heads that divide 6, got 4"):
        Transformer(width=6, heads=4)


def test_it_learns_the_text():
    model = Transformer(length=32, batch=8, width=32, layers=1)
    optimiser = Adam(Linear(1e-2, 10, 150), max_norm=1.0)
    batches, _ = text(model.batch, model.length)
    program, loss = training_program(model, optimiser), loss_node(model, optimiser)
    plan = Plan(program.nodes, native.arithmetic, keep=[loss, *program.producers])
    state, losses = initial_state(model, optimiser), []
    for step in range(150):
        outputs = plan.run(state, batches[step], program.constants)
        state = next_state(program, outputs)
        losses.append(outputs[loss].item())
    assert losses[0] == pytest.approx(math.log(model.vocabulary), rel=0.02)
    # Knowing how frequent each character is, and nothing else, gives 3.32.
    assert np.mean(losses[-10:]) < 3.0


def test_a_step_of_the_default_model_has_about_a_hundred_thousand_parameters_and_few_nodes():
    model = Transformer()
    assert 90_000 < sum(rows * cols for rows, cols in model.parameter_shapes) < 120_000
    nodes = training_program(model, Adam(Linear(3e-3, 20, 200), max_norm=1.0)).nodes
    wide = [node for node in nodes if node.shape == (1024, 4 * model.width)]
    # Up, erf, product; its gradient, six of GELU: each more is as much to hash as four of the stream's.
    assert len(wide) == 10 * model.layers
    read = {source for node in nodes for source in node.inputs}
    unread = [node.shape for index, node in enumerate(nodes[:-1]) if index not in read]
    assert unread == [(1, 1)], "only the loss is computed for nobody"
    assert sum(node.operator is Operator.SCATTER_ADD for node in nodes) == 2

"""Inference programs in int8."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pinpoint.binary32.reference import to_float
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.builder import Builder, Value
from pinpoint.program.graph import Node, Program, constant_root
from pinpoint.program.operators import Integer, Operator, blocks
from pinpoint.replay import native
from pinpoint.replay.plan import Plan

LARGEST = 127
"""Of an int8, so that the range is symmetric."""
SMALLEST = 2.0**-40
"""Magnitude that a scale is made for, at least: products of scales and their reciprocals stay ordinary numbers."""


def quantise(program: Program, batches: Iterable[Sequence[Tensor]]) -> Program:
    """The same answers in int8: each product with a weight becomes one of integers.

    A weight is whatever depends on constants alone. It is rounded off chain, with a scale per row; the activations
    are rounded in the program, with a scale per tensor, from the largest magnitude that they have on `batches`.
    Products of activations with each other stay as they are.

    Args:
        program: an inference program.
        batches: to calibrate with, at least one; native arithmetic is good enough.

    Raises:
        ValueError: if there is no batch.
    """
    fixed = _fixed(program.nodes)
    products = [index for index, node in enumerate(program.nodes) if _is_linear(node, fixed)]
    largest, weights = _calibrated(program, products, batches)
    builder = Builder()
    values: dict[int, Value] = {}
    for index in sorted(_needed(program, products)):
        node = program.nodes[index]
        operands = [values[source] for source in node.inputs if source in values]
        if index in products:
            values[index] = _int8_product(operands[0], largest[index], weights[index])
        else:
            values[index] = _copied(builder, program, node, operands)
    return builder.finish([values[producer] for producer in program.producers])


def _fixed(nodes: Sequence[Node]) -> set[int]:
    """The nodes that depend on no input."""
    fixed: set[int] = set()
    for index, node in enumerate(nodes):
        inputs = node.operator not in (Operator.STATE, Operator.BATCH, Operator.PACK)
        if inputs and all(source in fixed for source in node.inputs):
            fixed.add(index)
    return fixed


def _is_linear(node: Node, fixed: set[int]) -> bool:
    return (
        node.operator is Operator.MATMUL
        and blocks(node.attribute) == 1
        and node.inputs[0] not in fixed
        and node.inputs[1] in fixed
    )


def _calibrated(
    program: Program, products: Sequence[int], batches: Iterable[Sequence[Tensor]]
) -> tuple[dict[int, float], dict[int, Tensor]]:
    """Per product the largest magnitude of its activations, and its weight."""
    pairs = {index: program.nodes[index].inputs for index in products}
    plan = Plan(program.nodes, native.arithmetic, keep={source for pair in pairs.values() for source in pair})
    blank = [np.zeros(shape, np.float32) for shape in program.state_shapes]
    largest = dict.fromkeys(products, 0.0)
    outputs: dict[int, Tensor] | None = None
    for batch in batches:
        outputs = plan.run(blank, batch, program.constants)
        for index, (activation, _) in pairs.items():
            here = float(np.abs(outputs[activation]).max())
            if not np.isfinite(here):
                raise ValueError(f"expected finite activations of node {index}, got {here}")
            largest[index] = max(largest[index], here)
    if outputs is None:
        raise ValueError("expected a batch to calibrate with, got none")
    return largest, {index: outputs[weight] for index, (_, weight) in pairs.items()}


def _needed(program: Program, products: Sequence[int]) -> set[int]:
    """The nodes that the answers need, and all inputs; the weights of products are no longer among them."""
    needed = set(program.producers)
    for index in range(program.pack - 1, -1, -1):
        node = program.nodes[index]
        if node.operator in (Operator.STATE, Operator.BATCH):
            needed.add(index)
        elif index in needed:
            needed.update(node.inputs[:1] if index in products else node.inputs)
    return needed


def _copied(builder: Builder, program: Program, node: Node, operands: Sequence[Value]) -> Value:
    match node.operator:
        case Operator.STATE:
            return builder.state(*node.shape)
        case Operator.BATCH:
            return builder.batch(*node.shape)
        case Operator.CONSTANT:
            return builder.constant(program.constants[constant_root(node)])
        case Operator.FILL:
            return builder.fill(to_float(node.attribute), *node.shape)
    return builder.apply(node.operator, *operands, attribute=node.attribute, shape=node.shape)


def _int8_product(x: Value, largest: float, weight: Tensor) -> Value:
    scale = max(largest, SMALLEST) / LARGEST if largest > 0 else 1.0
    integers, scales = rounded(weight)
    sums = (x * (1.0 / scale)).to_int(Integer.INT8).matmul_int8(x.builder.constant(integers))
    return sums.to_float() * x.builder.constant((scales * np.float32(scale)).T.copy())


def rounded(weight: Tensor) -> tuple[NDArray[np.int32], Tensor]:
    """A weight, n x k, as int8 lanes and the scale of each row, n x 1: their product is the weight, nearly."""
    largest = np.abs(weight).max(axis=1, keepdims=True)
    scales = np.where(largest > 0, np.maximum(largest, SMALLEST) / LARGEST, 1).astype(np.float32)
    return np.rint(weight / scales).astype(np.int32), scales

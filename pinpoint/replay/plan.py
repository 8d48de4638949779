"""A program made ready to run, step after step, in one arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node, Program, constant_root
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay.movement import move

Hook = Callable[[int, Tensor], Tensor]
"""Sees the output of a node before later nodes read it, and returns what is to stand: how roots are taken as a step
runs, and how tests and demonstrations lie."""
Kernel = Callable[..., Tensor]
"""From the operands of a node to its output."""
Arithmetic = Callable[[Node], Kernel]
"""Makes the kernel of a node that is pointwise or a reduction."""


class Plan:
    """The nodes of a step or of a distance, each with its kernel; an output is freed after its last reader.

    Attributes:
        nodes: what is run.
    """

    def __init__(self, nodes: Sequence[Node], arithmetic: Arithmetic, keep: Collection[int] | None = None) -> None:
        """Choose a kernel for each node.

        Args:
            nodes: of a valid program, or of a distance.
            arithmetic: canonical or native.
            keep: the nodes whose outputs a run returns; all by default.
        """
        self.nodes = nodes
        count = len(nodes) - (nodes[-1].operator is Operator.PACK)
        kept = set(range(count) if keep is None else keep)
        readers = {index: index for index in range(count)}
        for index, node in enumerate(nodes[:count]):
            if TABLE[node.operator].kind is not Kind.INPUT:
                readers.update(dict.fromkeys(node.inputs, index))
        dead: list[list[int]] = [[] for _ in range(count)]
        for index, reader in readers.items():
            if index not in kept:
                dead[reader].append(index)
        self._steps = [
            (index, node, _kernel(node, arithmetic), dead[index]) for index, node in enumerate(nodes[:count])
        ]

    def run(
        self,
        state: Sequence[Tensor],
        batch: Sequence[Tensor],
        constants: Mapping[bytes, Tensor],
        hook: Hook | None = None,
    ) -> dict[int, Tensor]:
        """Run once. Overflow and invalid operations give infinities and NaN, no warnings.

        Args:
            state: float32 matrices, by the attribute of the STATE nodes.
            batch: float32 matrices, by the attribute of the BATCH nodes.
            constants: float32 matrices by root.
            hook: see Hook.

        Returns:
            The outputs that are kept, by node, float32 matrices.

        Raises:
            ValueError: if an input is missing or is not a float32 matrix of its node's shape.
        """
        outputs: dict[int, Tensor] = {}
        with np.errstate(all="ignore"):
            for index, node, kernel, dead in self._steps:
                if kernel is None:
                    output = _given(index, node, state, batch, constants)
                else:
                    output = kernel(*[outputs[source] for source in node.inputs])
                outputs[index] = output if hook is None else hook(index, output)
                for index in dead:
                    del outputs[index]
        return outputs


def next_state(program: Program, outputs: Mapping[int, Tensor]) -> list[Tensor]:
    """The state after a step, from the step's outputs."""
    return [outputs[producer] for producer in program.producers]


def _kernel(node: Node, arithmetic: Arithmetic) -> Kernel | None:
    """None for what a run is given."""
    match TABLE[node.operator].kind:
        case Kind.POINTWISE | Kind.REDUCTION:
            return arithmetic(node)
        case Kind.MOVEMENT:
            return lambda *operands: move(node, *operands)
    if node.operator is not Operator.FILL:
        return None
    filled = np.broadcast_to(np.array(node.attribute, np.uint32).view(np.float32), node.shape)
    return lambda: filled


def _given(
    index: int,
    node: Node,
    state: Sequence[Tensor],
    batch: Sequence[Tensor],
    constants: Mapping[bytes, Tensor],
) -> Tensor:
    if node.operator is Operator.CONSTANT:
        tensor = constants.get(constant_root(node))
    else:
        tensors = state if node.operator is Operator.STATE else batch
        tensor = tensors[node.attribute] if node.attribute < len(tensors) else None
    name = f"node {index} ({node.operator.name})"
    if tensor is None:
        raise ValueError(f"{name}: expected a tensor {node.attribute}, got none")
    if tensor.dtype != np.float32 or tensor.shape != node.shape:
        raise ValueError(
            f"{name}: expected float32 of shape {node.shape}, got {tensor.dtype} of shape {tensor.shape}"
        )
    return tensor

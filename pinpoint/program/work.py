"""What a program asks of those who run it, by its shapes alone: work (docs/design.md, section 3) and data."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint.program.graph import NODE_BYTES, Node, Program
from pinpoint.program.operators import TABLE, Shape

NODE_UNITS = 100
"""What a node costs however small it is: about as long as so many lanes of a column take to compute and hash."""


def node_units(node: Node) -> int:
    """Work units of one node, PACK too."""
    return NODE_UNITS + TABLE[node.operator].units(node.shape, node.input_shapes)


def program_units(program: Program) -> int:
    """Work units of one step."""
    return sum(node_units(node) for node in program.nodes)


def data_bits(program: Program, interval: int, samples: int) -> int:
    """Two to this power is what a verifier holds at most, in bytes: program, sampled checkpoints and their batches.

    Args:
        interval: steps of a segment.
        samples: segments that are sampled.
    """
    state, batch = _bytes(program.state_shapes), _bytes(program.batch_shapes)
    held = NODE_BYTES * len(program.nodes) + samples * (2 * state + interval * batch)
    held += sum(constant.nbytes for constant in program.constants.values())
    return (held - 1).bit_length()


def _bytes(shapes: Sequence[Shape]) -> int:
    return sum(4 * rows * cols for rows, cols in shapes)

"""Work units (docs/design.md, section 3): what a program costs, by its shapes alone."""

from __future__ import annotations

from pinpoint.program.graph import Node, Program
from pinpoint.program.operators import TABLE

NODE_UNITS = 100
"""What a node costs however small it is: about as long as so many lanes of a column take to compute and hash."""


def node_units(node: Node) -> int:
    """Work units of one node, PACK too."""
    return NODE_UNITS + TABLE[node.operator].units(node.shape, node.input_shapes)


def program_units(program: Program) -> int:
    """Work units of one step."""
    return sum(node_units(node) for node in program.nodes)

"""The program of the distance (docs/design.md, section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.program.operators import Operator, Predicate, Shape

NODES_PER_TENSOR = 30
ETA_BITS = 0x35800000
"""2^-20, the weight of the tensor's own norm in the denominator."""
INFINITY_BITS = 0x7F800000

_INPUTS = 3
_LAYOUT: tuple[tuple[Operator, tuple[int, ...], int], ...] = (
    (Operator.STATE, (), 0),
    (Operator.STATE, (), 1),
    (Operator.STATE, (), 2),
    (Operator.SUB, (0, 2), 0),
    (Operator.MUL, (3, 3), 0),
    (Operator.SUM, (4,), 0),
    (Operator.TRANSPOSE, (5,), 0),
    (Operator.SUM, (6,), 0),
    (Operator.SQRT, (7,), 0),
    (Operator.SUB, (0, 1), 0),
    (Operator.MUL, (9, 9), 0),
    (Operator.SUM, (10,), 0),
    (Operator.TRANSPOSE, (11,), 0),
    (Operator.SUM, (12,), 0),
    (Operator.SQRT, (13,), 0),
    (Operator.MUL, (0, 0), 0),
    (Operator.SUM, (15,), 0),
    (Operator.TRANSPOSE, (16,), 0),
    (Operator.SUM, (17,), 0),
    (Operator.SQRT, (18,), 0),
    (Operator.FILL, (), ETA_BITS),
    (Operator.FMA, (20, 19, 14), 0),
    (Operator.FILL, (), INFINITY_BITS),
    (Operator.COMPARE, (21, 22), Predicate.LESS),
    (Operator.DIV, (8, 21), 0),
    (Operator.FILL, (), 0),
    (Operator.COMPARE, (8, 25), Predicate.EQUAL),
    (Operator.SELECT, (26, 25, 24), 0),
    (Operator.SELECT, (23, 27, 22), 0),
    (Operator.MAX, (28, -1), 0),
)


def distance_node(t: int, i: int, shape: Shape) -> Node:
    """Node `30 t + i` of the distance.

    Args:
        t: number of the state tensor.
        i: number of the node within the tensor's 30.
        shape: the tensor's shape.
    """
    operator, relative, attribute = _LAYOUT[i]
    if operator is Operator.STATE:
        return Node(operator, *shape, attribute=_INPUTS * t + attribute)
    if operator is Operator.MAX and t == 0:
        relative = (28, 28)
    inputs = tuple(NODES_PER_TENSOR * t + j for j in relative)
    return Node(operator, *_shape(i, shape), inputs, tuple(_shape(j, shape) for j in relative), attribute)


def distance_program(shapes: Sequence[Shape]) -> list[Node]:
    """The nodes, 30 per state tensor, for tensors of `shapes`; the last one's output is the distance."""
    return [distance_node(t, i, shape) for t, shape in enumerate(shapes) for i in range(NODES_PER_TENSOR)]


def distance_state(
    replayed: Sequence[Tensor], start: Sequence[Tensor], claimed: Sequence[Tensor]
) -> list[Tensor]:
    """The state that the program runs on: per tensor its replayed end, its start and its claimed end."""
    return [tensor for tensors in zip(replayed, start, claimed, strict=True) for tensor in tensors]


def _shape(i: int, shape: Shape) -> Shape:
    rows, _ = shape
    if i in (0, 1, 2, 3, 4, 9, 10, 15):
        return shape
    return {5: (rows, 1), 11: (rows, 1), 16: (rows, 1), 6: (1, rows), 12: (1, rows), 17: (1, rows)}.get(
        i, (1, 1)
    )

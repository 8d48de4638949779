"""The program of the distance (docs/design.md, section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.program.operators import Operator, Predicate, Shape

NODES_PER_TENSOR = 29
ETA_BITS = 0x35800000
"""2^-20, the weight of the tensor's own norm in the denominator."""
LIMIT_BITS = 0x5F800000
"""2^64, which the norms of start and update together must stay below."""
INFINITY_BITS = 0x7F800000

_INPUTS = 3
_LAYOUT: tuple[tuple[Operator, tuple[int, ...], int], ...] = (
    (Operator.STATE, (), 0),
    (Operator.STATE, (), 1),
    (Operator.STATE, (), 2),
    (Operator.SUB, (0, 2), 0),
    (Operator.ABS, (3,), 0),
    (Operator.ROW_MAX, (4,), 0),
    (Operator.TRANSPOSE, (5,), 0),
    (Operator.ROW_MAX, (6,), 0),
    (Operator.SUB, (0, 1), 0),
    (Operator.ABS, (8,), 0),
    (Operator.ROW_MAX, (9,), 0),
    (Operator.TRANSPOSE, (10,), 0),
    (Operator.ROW_MAX, (11,), 0),
    (Operator.ABS, (0,), 0),
    (Operator.ROW_MAX, (13,), 0),
    (Operator.TRANSPOSE, (14,), 0),
    (Operator.ROW_MAX, (15,), 0),
    (Operator.FILL, (), ETA_BITS),
    (Operator.FMA, (17, 16, 12), 0),
    (Operator.ADD, (12, 16), 0),
    (Operator.FILL, (), LIMIT_BITS),
    (Operator.COMPARE, (19, 20), Predicate.LESS),
    (Operator.DIV, (7, 18), 0),
    (Operator.FILL, (), 0),
    (Operator.COMPARE, (7, 23), Predicate.EQUAL),
    (Operator.SELECT, (24, 23, 22), 0),
    (Operator.FILL, (), INFINITY_BITS),
    (Operator.SELECT, (21, 25, 26), 0),
    (Operator.MAX, (27, -1), 0),
)
_LAST = len(_LAYOUT) - 2
"""The tensor's own distance, which the last node compares with that of the tensor before."""


def distance_node(t: int, i: int, shape: Shape) -> Node:
    """Node `NODES_PER_TENSOR * t + i` of the distance.

    Args:
        t: number of the state tensor.
        i: number of the node within the tensor's own.
        shape: the tensor's shape.
    """
    operator, relative, attribute = _LAYOUT[i]
    if operator is Operator.STATE:
        return Node(operator, *shape, attribute=_INPUTS * t + attribute)
    if operator is Operator.MAX and t == 0:
        relative = (_LAST, _LAST)
    inputs = tuple(NODES_PER_TENSOR * t + j for j in relative)
    return Node(operator, *_shape(i, shape), inputs, tuple(_shape(j, shape) for j in relative), attribute)


def distance_program(shapes: Sequence[Shape]) -> list[Node]:
    """The nodes, per state tensor `NODES_PER_TENSOR`; the output of the last is the distance."""
    return [distance_node(t, i, shape) for t, shape in enumerate(shapes) for i in range(NODES_PER_TENSOR)]


def distance_state(
    replayed: Sequence[Tensor], start: Sequence[Tensor], claimed: Sequence[Tensor]
) -> list[Tensor]:
    """The state that the program runs on: per tensor its replayed end, its start and its claimed end."""
    return [tensor for tensors in zip(replayed, start, claimed, strict=True) for tensor in tensors]


def _shape(i: int, shape: Shape) -> Shape:
    rows, _ = shape
    if i in (0, 1, 2, 3, 4, 8, 9, 13):
        return shape
    return {5: (rows, 1), 10: (rows, 1), 14: (rows, 1), 6: (1, rows), 11: (1, rows), 15: (1, rows)}.get(i, (1, 1))

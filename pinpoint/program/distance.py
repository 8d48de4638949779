"""The program of the distance (docs/design.md, section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.program.operators import Operator, Predicate, Shape

NODES_PER_TENSOR = 32
ETA_BITS = 0x35800000
"""2^-20, the weight of the tensor's own norm in the denominator."""
LIMIT_BITS = 0x5F800000
"""2^64, which the norms of start and update together must stay below."""
INFINITY_BITS = 0x7F800000
SIGN_BIT = 0x80000000
"""In a posted distance: the segment has stalled, so it is no work, and no fault."""

_INPUTS = 3
_BEFORE = -1
"""Input: the same node of the tensor before."""
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
    (Operator.MUL, (17, 16), 0),
    (Operator.ADD, (18, 12), 0),
    (Operator.ADD, (12, 16), 0),
    (Operator.FILL, (), LIMIT_BITS),
    (Operator.COMPARE, (20, 21), Predicate.LESS),
    (Operator.DIV, (7, 19), 0),
    (Operator.SELECT, (7, 23, 7), 0),
    (Operator.FILL, (), INFINITY_BITS),
    (Operator.SELECT, (22, 24, 25), 0),
    (Operator.COMPARE, (18, 12), Predicate.LESS),
    (Operator.MAX, (26, _BEFORE), 0),
    (Operator.MAX, (27, _BEFORE), 0),
    (Operator.NEG, (28,), 0),
    (Operator.SELECT, (29, 28, 30), 0),
)
_MOVED = 29
"""Whether any of the weights so far has moved; other tensors repeat what was found before them."""


def distance_node(t: int, i: int, shape: Shape, weights: int) -> Node:
    """Node `NODES_PER_TENSOR * t + i` of the distance.

    Args:
        t: number of the state tensor.
        i: number of the node within the tensor's own.
        shape: the tensor's shape.
        weights: how many of the first state tensors are weights.
    """
    operator, relative, attribute = _LAYOUT[i]
    if operator is Operator.STATE:
        return Node(operator, *shape, attribute=_INPUTS * t + attribute)
    if i == _MOVED and t >= weights:
        relative = (_BEFORE, _BEFORE)
    if t == 0:
        # A running maximum begins with the first tensor.
        relative = tuple(relative[0] if j == _BEFORE else j for j in relative)
    places = [i - NODES_PER_TENSOR if j == _BEFORE else j for j in relative]
    shapes = tuple(_shape(j, shape) for j in places)
    return Node(operator, *_shape(i, shape), tuple(NODES_PER_TENSOR * t + j for j in places), shapes, attribute)


def distance_program(shapes: Sequence[Shape], weights: int) -> list[Node]:
    """The nodes, per state tensor `NODES_PER_TENSOR`; the output of the last is the distance, negative where no weight
    has moved.

    Args:
        weights: how many of the first state tensors are weights.
    """
    return [distance_node(t, i, shape, weights) for t, shape in enumerate(shapes) for i in range(NODES_PER_TENSOR)]


def posted_distance(last: int, same: bool) -> int:
    """The binary32 bits that a report posts of a segment.

    Args:
        last: bits of the distance's last output.
        same: whether the replay ends in the very checkpoint. Zero then, with a sign unless it has moved and is finite.
    """
    if not same:
        return last
    return 0 if last < INFINITY_BITS else SIGN_BIT


def magnitude(posted: int) -> int:
    """What is compared with the threshold, as unsigned numbers: NaN and infinity are larger than what is finite."""
    return posted & ~SIGN_BIT


def has_stalled(posted: int) -> bool:
    """Whether the segment of a posted distance is no work."""
    return posted & SIGN_BIT != 0


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

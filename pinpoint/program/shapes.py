"""Shape rules of the operators: which inputs fit each other, and what comes out.

Every rule is `rule(shapes, attribute, stated)`: the shape of the output from those of the inputs, the attribute and
the shape that the node states. It is None where these do not fit each other; where nothing is stated (None) it is the
natural one. The words for it are beside the rule in the table of operators.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

Shape = tuple[int, int]
"""Rows and columns of a tensor."""


class Axis(IntEnum):
    """Attribute of CONCAT."""

    ROWS = 0
    COLUMNS = 1


def fits(shape: Shape, output: Shape) -> bool:
    """Whether a tensor of `shape` broadcasts to `output`: each side is the output's, or 1."""
    return all(side in (1, wide) for side, wide in zip(shape, output, strict=True))


def blocks(attribute: int) -> int:
    """Blocks of rows that a MATMUL or MATMUL_INT8 multiplies, each by its own."""
    return attribute + 1


def grouping(attribute: int) -> tuple[int, int]:
    """Blocks of rows, and lanes of a group, of a TRANSPOSE."""
    return (attribute >> 32) + 1, (attribute & 0xFFFFFFFF) + 1


def corner(attribute: int) -> tuple[int, int]:
    """First row and first column of a SLICE."""
    return attribute >> 32, attribute & 0xFFFFFFFF


def broadcast(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """Pointwise operators."""
    rows, cols = (max(sides) for sides in zip(*shapes, strict=True))
    output = stated or (rows, cols)
    return output if all(fits(shape, output) for shape in shapes) else None


def column(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape:
    """SUM, ROW_MAX, ARGMAX."""
    return shapes[0][0], 1


def product(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """MATMUL, MATMUL_INT8."""
    (rows, terms), (cols, other_terms) = shapes
    count = blocks(attribute)
    fit = terms == other_terms and rows % count == 0 and cols % count == 0
    return (rows, cols // count) if fit else None


def scattered(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """SCATTER_ADD."""
    (cols, terms), indices = shapes
    return (stated[0], cols) if stated and indices == (1, terms) else None


def transposed(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """TRANSPOSE."""
    rows, cols = shapes[0]
    count, group = grouping(attribute)
    if rows % count or cols % group:
        return None
    return cols // group * count, rows // count * group


def reshaped(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """RESHAPE."""
    rows, cols = shapes[0]
    return stated if stated and stated[0] * stated[1] == rows * cols else None


def sliced(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """SLICE."""
    if stated is None:
        return None
    ends = zip(corner(attribute), stated, shapes[0], strict=True)
    return stated if all(first + side <= wide for first, side, wide in ends) else None


def joined(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """CONCAT."""
    (rows, cols), (more_rows, more_cols) = shapes
    if attribute == Axis.ROWS:
        return (rows + more_rows, cols) if cols == more_cols else None
    return (rows, cols + more_cols) if rows == more_rows else None


def gathered(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """GATHER."""
    (_, cols), (one, count) = shapes
    return (count, cols) if one == 1 else None


def one_hot(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """ONE_HOT."""
    one, count = shapes[0]
    return (count, stated[1]) if stated and one == 1 else None


def masked(shapes: Sequence[Shape], attribute: int, stated: Shape | None) -> Shape | None:
    """CAUSAL_MASK."""
    rows, cols = shapes[0]
    return (rows, cols) if rows % cols == 0 else None

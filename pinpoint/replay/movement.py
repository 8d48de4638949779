"""Movement of lanes: bits unchanged, the same in every arithmetic. `contracts/libraries/movement.vy` is the twin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pinpoint.binary32.reference import ONE
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.program.operators import Axis, Operator, corner, grouping

INDEXED = (Operator.GATHER, Operator.ONE_HOT)
"""Operators whose last input says in row 0, per output row, which."""


def move(node: Node, *operands: Tensor) -> Tensor:
    """The output of a movement node, float32 of its shape, contiguous."""
    a = operands[0]
    match node.operator:
        case Operator.TRANSPOSE:
            blocks, group = grouping(node.attribute)
            grid = a.reshape(blocks, a.shape[0] // blocks, a.shape[1] // group, group)
            turned: Tensor = np.ascontiguousarray(grid.transpose(0, 2, 1, 3)).reshape(node.shape)
            return turned
        case Operator.RESHAPE:
            reshaped: Tensor = a.reshape(node.shape)
            return reshaped
        case Operator.SLICE:
            row, col = corner(node.attribute)
            # A copy: a view would keep the whole matrix alive.
            return a[row : row + node.rows, col : col + node.cols].copy()
        case Operator.CONCAT:
            joined: Tensor = np.concatenate(operands, axis=0 if node.attribute == Axis.ROWS else 1)
            return joined
        case Operator.GATHER:
            indices = operands[1].view(np.uint32)[0]
            inside = indices < len(a)
            rows = a.view(np.uint32).take(np.where(inside, indices, 0), axis=0)
            rows[~inside] = 0
            return rows.view(np.float32)
        case Operator.ONE_HOT:
            hits = a.view(np.uint32)[0][:, None] == np.arange(node.cols, dtype=np.uint32)
            ones: Tensor = hits.astype(np.float32)
            return ones
        case Operator.CAUSAL_MASK:
            return np.where(_below_diagonal(*node.shape), a.view(np.uint32), np.uint32(node.attribute)).view(np.float32)
    raise ValueError(f"expected a movement operator, got {node.operator.name}")


@lru_cache(maxsize=8)
def _below_diagonal(rows: int, cols: int) -> NDArray[np.bool_]:
    """Where a causal mask keeps what is there: the same in each square block."""
    return np.tile(np.tri(cols, dtype=bool), (rows // cols, 1))


@dataclass(frozen=True)
class Origin:
    """Where an output lane comes from.

    Attributes:
        which: number of the input, or None where the lane is a fixed `bits`.
        row: row of the input.
        col: column of the input.
        bits: what stands there if nothing is moved.
    """

    which: int | None
    row: int = 0
    col: int = 0
    bits: int = 0


def origin(node: Node, row: int, col: int, index: int = 0) -> Origin:
    """Where the lane at `row` and `col` of a movement node's output comes from.

    Args:
        index: for an operator of `INDEXED`, lane `row` of the index row, as an unsigned number.
    """
    rows, cols = node.input_shapes[0]
    match node.operator:
        case Operator.TRANSPOSE:
            blocks, group = grouping(node.attribute)
            m, n = rows // blocks, cols // group
            return Origin(0, row // n * m + col // group, row % n * group + col % group)
        case Operator.RESHAPE:
            return Origin(0, *divmod(row * node.cols + col, cols))
        case Operator.SLICE:
            first_row, first_col = corner(node.attribute)
            return Origin(0, row + first_row, col + first_col)
        case Operator.CONCAT if node.attribute == Axis.ROWS:
            return Origin(0, row, col) if row < rows else Origin(1, row - rows, col)
        case Operator.CONCAT:
            return Origin(0, row, col) if col < cols else Origin(1, row, col - cols)
        case Operator.GATHER:
            return Origin(0, index, col) if index < rows else Origin(None)
        case Operator.ONE_HOT:
            return Origin(None, bits=ONE if index == col else 0)
        case Operator.CAUSAL_MASK:
            return Origin(0, row, col) if col <= row % cols else Origin(None, bits=node.attribute)
    raise ValueError(f"expected a movement operator, got {node.operator.name}")

# pragma version 0.4.3
"""
@title Where an output lane of a movement operator comes from
@license AGPL-3.0-only
@notice docs/operators.md. `pinpoint/replay/movement.py` is the twin.
"""

from . import operators

ONE: constant(uint256) = 1065353216  # 0x3f800000


# Either lane (`row`, `col`) of input `which`, or, unless `moved`, these bits.
struct Origin:
    moved: bool
    which: uint256
    row: uint256
    col: uint256
    bits: uint256


@internal
@pure
def has_index(node: operators.Node) -> bool:
    """
    @notice Whether row 0 of the last input says, per output row, which.
    """
    return node.operator in [operators.GATHER, operators.ONE_HOT]


@internal
@pure
def origin(
    node: operators.Node, row: uint256, col: uint256, index: uint256
) -> Origin:
    """
    @notice Where the lane at `row` and `col` of the output comes from.
    @param index The output row's index, for an operator that has one.
    """
    high: uint256 = node.attribute >> 32
    low: uint256 = node.attribute & operators.MASK
    if node.operator == operators.TRANSPOSE:
        # Block after block, m x n groups of lanes have become n x m.
        group: uint256 = low + 1
        m: uint256 = node.input_rows[0] // (high + 1)
        n: uint256 = node.input_cols[0] // group
        return self._lane(
            0,
            row // n * m + col // group,
            row % n * group + col % group,
        )
    if node.operator == operators.RESHAPE:
        flat: uint256 = row * node.cols + col
        cols: uint256 = node.input_cols[0]
        return self._lane(0, flat // cols, flat % cols)
    if node.operator == operators.SLICE:
        return self._lane(0, row + high, col + low)
    if node.operator == operators.CONCAT:
        if node.attribute == 0:
            if row < node.input_rows[0]:
                return self._lane(0, row, col)
            return self._lane(1, row - node.input_rows[0], col)
        if col < node.input_cols[0]:
            return self._lane(0, row, col)
        return self._lane(1, row, col - node.input_cols[0])
    if node.operator == operators.GATHER:
        if index < node.input_rows[0]:
            return self._lane(0, index, col)
        return self._bits(0)
    if node.operator == operators.ONE_HOT:
        return self._bits(ONE if index == col else 0)
    assert node.operator == operators.CAUSAL_MASK, "evidence: operator"
    if col <= row % node.cols:
        return self._lane(0, row, col)
    return self._bits(low)


@internal
@pure
def _lane(which: uint256, row: uint256, col: uint256) -> Origin:
    return Origin(moved=True, which=which, row=row, col=col, bits=0)


@internal
@pure
def _bits(bits: uint256) -> Origin:
    return Origin(moved=False, which=0, row=0, col=0, bits=bits)

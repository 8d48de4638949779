# pragma version 0.4.3
"""
@title What proves that a computed output is wrong
@license AGPL-3.0-only
@notice Each function proves its operands, computes what should stand where
        the game has arrived, and says whether something else stands there.
"""

from ..interfaces import IReferee
from . import descent
from . import evidence
from . import geometry
from . import movement
from . import operators
from . import tree

# Every lane of a word the same: a multiple of this.
SPREAD: constant(uint256) = (
    1
    | (1 << 32)
    | (1 << 64)
    | (1 << 96)
    | (1 << 128)
    | (1 << 160)
    | (1 << 192)
    | (1 << 224)
)


# A lane of a reduction's output: what stands there, and what it follows from.
struct Lane:
    found: uint256
    # Beyond the last column, where zero stands.
    padding: bool
    arity: uint256
    # Of each operand, the row that is reduced.
    rows: uint256[2]
    # For the Referee.
    attribute: uint256


@internal
@view
def word_fault(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Leaf, 3],
    referee: address,
) -> bool:
    """
    @notice Pointwise operators and FILL, judged by the word that `lane` is in.
    """
    evidence.check_leaf(p, node, leaf, lane)
    per_row: uint256 = operators.leaves_per_row(node.cols)
    row: uint256 = p.index // per_row
    place: uint256 = p.index % per_row
    found: uint256 = leaf[lane // operators.LANES]
    arity: uint256 = operators.arity(node)
    assert len(operands) == arity, "evidence: operands"
    values: uint256[3] = empty(uint256[3])
    for i: uint256 in range(arity, bound=3):
        at: uint256 = row
        if node.input_rows[i] == 1:
            at = 0
        spread: bool = node.input_cols[i] == 1 and node.cols != 1
        if not spread:
            at = at * per_row + place
        evidence.check_operand(p, g, node, i, at, operands[i])
        if spread:
            values[i] = evidence.lane(operands[i].words[0], 0) * SPREAD
        else:
            values[i] = operands[i].words[lane // operators.LANES]
    first: uint256 = place * 128 + lane // operators.LANES * operators.LANES
    right: uint256 = staticcall IReferee(referee).pointwise(
        node.operator,
        node.attribute,
        min(operators.LANES, node.cols - first),
        values[0],
        values[1],
        values[2],
    )
    return found != right


@internal
@pure
def lane_sought(
    p: descent.Position,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
) -> Lane:
    """
    @notice What stands at a lane of a reduction's output, and the rows of the
            operands that it follows from.
    """
    evidence.check_leaf(p, node, leaf, lane)
    per_row: uint256 = operators.leaves_per_row(node.cols)
    row: uint256 = p.index // per_row
    col: uint256 = p.index % per_row * evidence.LANES_PER_LEAF + lane
    sought: Lane = Lane(
        found=evidence.lane(leaf[lane // operators.LANES], lane),
        padding=col >= node.cols,
        arity=operators.arity(node),
        rows=[row, 0],
        attribute=node.attribute,
    )
    if sought.padding:
        return sought
    if node.operator == operators.SCATTER_ADD:
        sought.rows[0] = col
        sought.attribute = row
    elif sought.arity == 2:
        # A block of rows is multiplied by its own block.
        blocks: uint256 = node.attribute + 1
        sought.rows[1] = (
            row // (node.rows // blocks) * (node.input_rows[1] // blocks) + col
        )
    return sought


@internal
@pure
def moved_fault(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Leaf, 2],
) -> bool:
    """
    @notice Movement, judged by one lane: `operands` are the leaf of the index,
            where there is one, and that of the lane which is moved, unless
            none is.
    """
    evidence.check_leaf(p, node, leaf, lane)
    per_row: uint256 = operators.leaves_per_row(node.cols)
    row: uint256 = p.index // per_row
    col: uint256 = p.index % per_row * evidence.LANES_PER_LEAF + lane
    found: uint256 = evidence.lane(leaf[lane // operators.LANES], lane)
    if col >= node.cols:
        return found != 0
    used: uint256 = 0
    index: uint256 = 0
    if movement.has_index(node):
        assert len(operands) != 0, "evidence: operands"
        used = 1
        index = self._lane_of(
            p, g, node, operators.arity(node) - 1, 0, row, operands[0]
        )
    origin: movement.Origin = movement.origin(node, row, col, index)
    right: uint256 = origin.bits
    assert len(operands) == used + convert(
        origin.moved, uint256
    ), "evidence: operands"
    if origin.moved:
        right = self._lane_of(
            p,
            g,
            node,
            origin.which,
            origin.row,
            origin.col,
            operands[used],
        )
    return found != right


@internal
@pure
def _lane_of(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    which: uint256,
    row: uint256,
    col: uint256,
    operand: evidence.Leaf,
) -> uint256:
    """
    @dev The lane of an input at `row` and `col`, whose leaf is shown.
    """
    per_row: uint256 = operators.leaves_per_row(node.input_cols[which])
    place: uint256 = col // evidence.LANES_PER_LEAF
    evidence.check_operand(p, g, node, which, row * per_row + place, operand)
    lane: uint256 = col % evidence.LANES_PER_LEAF
    return evidence.lane(operand.words[lane // operators.LANES], lane)

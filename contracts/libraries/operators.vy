# pragma version 0.4.3
"""
@title Nodes of a program: their fields, and those of the distance
@license AGPL-3.0-only
@notice docs/design.md, sections 3 and 5. `pinpoint/program` is the twin.
"""

from . import geometry

STATE: constant(uint256) = 0
BATCH: constant(uint256) = 1
CONSTANT_: constant(uint256) = 2
FILL: constant(uint256) = 3
SUM: constant(uint256) = 48
SCATTER_ADD: constant(uint256) = 53
TRANSPOSE: constant(uint256) = 64
RESHAPE: constant(uint256) = 65
SLICE: constant(uint256) = 66
CONCAT: constant(uint256) = 67
GATHER: constant(uint256) = 68
ONE_HOT: constant(uint256) = 69
CAUSAL_MASK: constant(uint256) = 70
PACK: constant(uint256) = 80

MASK: constant(uint256) = 2**32 - 1
LANES: constant(uint256) = 8
WORDS_PER_LEAF: constant(uint256) = 16

# eta = 2^-20, 2^64, and plus infinity.
ETA: constant(uint256) = 897581056
LIMIT: constant(uint256) = 1602224128
INFINITY: constant(uint256) = 2139095040

# The distance's 32 nodes per state tensor, a byte each, from the left: the
# operator; the places of its inputs (255: none, 254: the same node of the
# tensor before); its shape (0 the tensor's, 1 a column of its rows, 2 a row of
# them, 3 scalar).
OPERATORS: constant(bytes32) = 0x000000111c314031111c3140311c314031031210100317131803181716161518
FIRST: constant(bytes32) = 0xffffff00030405060008090a0b000d0e0fff11120cff140707ff16121a1b1c1d
SECOND: constant(bytes32) = 0xffffff02ffffffff01ffffffffffffffffff100c10ff151317ff180cfefeff1c
THIRD: constant(bytes32) = 0xffffffffffffffffffffffffffffffffffffffffffffffff07ff19ffffffff1e
SHAPES: constant(bytes32) = 0x0000000000010203000001020300010203030303030303030303030303030303
NOTHING: constant(uint256) = 255
BEFORE: constant(uint256) = 254
# Whether any of the weights so far has moved.
MOVED: constant(uint256) = 29


struct Node:
    operator: uint256
    rows: uint256
    cols: uint256
    inputs: uint256[3]
    input_rows: uint256[3]
    input_cols: uint256[3]
    attribute: uint256


@internal
@pure
def unpack(words: uint256[3]) -> Node:
    head: uint256 = words[0]
    shapes: uint256 = words[1]
    return Node(
        operator=(head >> 160) & 255,
        rows=(head >> 128) & MASK,
        cols=(head >> 96) & MASK,
        inputs=[(head >> 64) & MASK, (head >> 32) & MASK, head & MASK],
        input_rows=[
            (shapes >> 160) & MASK,
            (shapes >> 96) & MASK,
            (shapes >> 32) & MASK,
        ],
        input_cols=[
            (shapes >> 128) & MASK, (shapes >> 64) & MASK, shapes & MASK
        ],
        attribute=words[2],
    )


@internal
@pure
def arity(node: Node) -> uint256:
    """
    @notice Inputs that the node has: those with rows.
    """
    for i: uint256 in range(3):
        if node.input_rows[i] == 0:
            return i
    return 3


@internal
@pure
def words_per_row(cols: uint256) -> uint256:
    return (cols + LANES - 1) // LANES


@internal
@pure
def leaves_per_row(cols: uint256) -> uint256:
    return (cols + 127) // 128


@internal
@pure
def leaf_count(rows: uint256, cols: uint256) -> uint256:
    return rows * self.leaves_per_row(cols)


@internal
@pure
def leaf_words(cols: uint256, place: uint256) -> uint256:
    """
    @notice Words of the leaf at `place` within its row.
    """
    return min(
        WORDS_PER_LEAF,
        self.words_per_row(cols) - place * WORDS_PER_LEAF,
    )


@internal
@pure
def distance_node(
    index: uint256, rows: uint256, cols: uint256, weights: uint256
) -> Node:
    """
    @notice Node `index` of the distance program; `rows x cols` is the shape of
            state tensor `index // 32`, the first `weights` of which are
            weights.
    """
    tensor: uint256 = index // geometry.DISTANCE_NODES
    place: uint256 = index % geometry.DISTANCE_NODES
    base: uint256 = index - place
    node: Node = empty(Node)
    node.operator = self._entry(OPERATORS, place)
    node.rows, node.cols = self._shape(place, rows, cols)
    if node.operator == STATE:
        node.attribute = 3 * tensor + place
    elif place == 17:
        node.attribute = ETA
    elif place == 21:
        node.attribute = LIMIT
    elif place == 25:
        node.attribute = INFINITY
    sources: bytes32[3] = [FIRST, SECOND, THIRD]
    for i: uint256 in range(3):
        source: uint256 = self._entry(sources[i], place)
        if source == NOTHING:
            break
        if place == MOVED and tensor >= weights:
            source = BEFORE
        if source == BEFORE and tensor == 0:
            # A running maximum begins with the first tensor.
            source = self._entry(FIRST, place)
        if source == BEFORE:
            source = place
            node.inputs[i] = index - geometry.DISTANCE_NODES
        else:
            node.inputs[i] = base + source
        node.input_rows[i], node.input_cols[i] = self._shape(
            source, rows, cols
        )
    return node


@internal
@pure
def _entry(column: bytes32, place: uint256) -> uint256:
    return (convert(column, uint256) >> (8 * (31 - place))) & 255


@internal
@pure
def _shape(
    place: uint256, rows: uint256, cols: uint256
) -> (uint256, uint256):
    form: uint256 = self._entry(SHAPES, place)
    if form == 0:
        return rows, cols
    if form == 1:
        return rows, 1
    if form == 2:
        return 1, rows
    return 1, 1

# pragma version 0.4.3
"""
@title What a proof of a fault shows: program node, leaves and rows of operands
@license AGPL-3.0-only
@notice All of it is proved against the task's program and against the very
        trace that the report commits to (attack A1).
"""

from . import descent
from . import geometry
from . import operators
from . import tree

MAX_ROW_WORDS: constant(uint256) = 512
LANES_PER_LEAF: constant(uint256) = 128


# A node of the program and its path. For a node of the distance, and for PACK,
# it is the STATE node of the tensor in question.
struct NodeProof:
    words: uint256[3]
    siblings: DynArray[bytes32, tree.MAX_PATH]


# A leaf of an operand's tensor, with its path, and the path of the tensor.
struct Leaf:
    words: DynArray[uint256, tree.MAX_WORDS]
    siblings: DynArray[bytes32, tree.MAX_PATH]
    trace_siblings: DynArray[bytes32, tree.MAX_PATH]


# A row of an operand's tensor, likewise.
struct Row:
    words: DynArray[uint256, MAX_ROW_WORDS]
    siblings: DynArray[bytes32, tree.MAX_RUN_PATH]
    trace_siblings: DynArray[bytes32, tree.MAX_PATH]


@internal
@pure
def node_at(
    p: descent.Position,
    g: geometry.Geometry,
    program: bytes32,
    proof: NodeProof,
) -> operators.Node:
    """
    @notice The node of the program or of the distance that the game is in.
    """
    if p.step < g.interval:
        return self.program_node(p.node, g, program, proof)
    tensor: uint256 = p.node // geometry.DISTANCE_NODES
    state: operators.Node = self.program_node(tensor, g, program, proof)
    return operators.distance_node(
        p.node, state.rows, state.cols, g.weights
    )


@internal
@pure
def is_pack(p: descent.Position, g: geometry.Geometry) -> bool:
    """
    @notice Whether the game is in the packed state of a step.
    """
    return p.step < g.interval and p.node == g.nodes - 1


@internal
@pure
def program_node(
    index: uint256,
    g: geometry.Geometry,
    program: bytes32,
    proof: NodeProof,
) -> operators.Node:
    """
    @notice Node `index` of the program.
    """
    leaf: bytes32 = tree.hash_program_node(proof.words)
    assert program == tree.member_root(
        tree.PROGRAM, leaf, index, g.nodes, proof.siblings
    ), "evidence: program"
    return operators.unpack(proof.words)


@internal
@pure
def check_leaf(
    p: descent.Position,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
):
    """
    @notice The game has arrived at a leaf, of a tensor of the node's shape,
            and these are its words; `lane` is one of them.
    """
    assert p.stage == descent.OUTPUT and p.level == 0, "evidence: position"
    assert p.kind == tree.TENSOR, "evidence: malformed"
    assert p.count == operators.leaf_count(
        node.rows, node.cols
    ), "evidence: malformed"
    assert tree.hash_leaf(leaf) == p.claim, "evidence: leaf"
    assert len(leaf) == self.expected_words(p, node), "evidence: malformed"
    assert lane < len(leaf) * operators.LANES, "evidence: lane"


@internal
@pure
def expected_words(p: descent.Position, node: operators.Node) -> uint256:
    """
    @notice Words of the leaf that the game has arrived at.
    """
    per_row: uint256 = operators.leaves_per_row(node.cols)
    return operators.leaf_words(node.cols, p.index % per_row)


@internal
@pure
def lane(word: uint256, lane: uint256) -> uint256:
    """
    @notice Lane `lane % 8` of a word.
    """
    return (word >> (32 * (7 - lane % 8))) & operators.MASK


@internal
@pure
def check_operand(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    which: uint256,
    index: uint256,
    operand: Leaf,
):
    """
    @notice The words are leaf `index` of the node's input `which`.
    """
    root: bytes32 = tree.member_root(
        tree.TENSOR,
        tree.hash_leaf(operand.words),
        index,
        operators.leaf_count(node.input_rows[which], node.input_cols[which]),
        operand.siblings,
    )
    self.check_traced(p, g, node.inputs[which], root, operand.trace_siblings)


@internal
@pure
def check_row(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    which: uint256,
    row: uint256,
    size: uint256,
    run: DynArray[bytes32, tree.MAX_RUN],
    siblings: DynArray[bytes32, tree.MAX_RUN_PATH],
    trace_siblings: DynArray[bytes32, tree.MAX_PATH],
):
    """
    @notice Row `row` of the node's input `which` has so many words, and leaves
            of these hashes.
    """
    cols: uint256 = node.input_cols[which]
    assert size == operators.words_per_row(cols), "evidence: row"
    root: bytes32 = tree.run_root(
        tree.TENSOR,
        run,
        row * operators.leaves_per_row(cols),
        operators.leaf_count(node.input_rows[which], cols),
        siblings,
    )
    self.check_traced(p, g, node.inputs[which], root, trace_siblings)


@internal
@pure
def check_traced(
    p: descent.Position,
    g: geometry.Geometry,
    source: uint256,
    root: bytes32,
    siblings: DynArray[bytes32, tree.MAX_PATH],
):
    """
    @notice The root is that of node `source`'s output, in the same trace.
    """
    assert p.trace == tree.member_root(
        tree.TRACE, root, source, descent.trace_count(p, g), siblings
    ), "evidence: operand"

# pragma version 0.4.3
"""
@title What proves, at the bottom of a descent, that a report is wrong
@license AGPL-3.0-only
@notice Each function proves its operands against the very trace that the
        report commits to (attack A1), computes what should stand where the
        game has arrived, and says whether something else stands there.
"""

from ..interfaces import IReferee
from . import descent
from . import geometry
from . import operators
from . import tree

MAX_ROW_WORDS: constant(uint256) = 512
MAX_LINKS: constant(uint256) = 4


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


# A hash and the paths that chain it, tree by tree, up to a known root. `count`
# is that of the first tree where the task does not fix it (a batch).
struct Chain:
    leaf: bytes32
    count: uint256
    paths: DynArray[DynArray[bytes32, tree.MAX_PATH], MAX_LINKS]


# What a task and its report are committed to.
struct Roots:
    dataset: bytes32
    proof: bytes32
    report: bytes32
    # The sampled segment that the game is in.
    segment: uint256


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
        return self._program_node(p.node, g, program, proof)
    tensor: uint256 = p.node // geometry.DISTANCE_NODES
    state: operators.Node = self._program_node(tensor, g, program, proof)
    return operators.distance_node(p.node, state.rows, state.cols)


@internal
@view
def word_fault(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[Leaf, 3],
    referee: address,
) -> bool:
    """
    @notice Pointwise operators and FILL, judged by the word that `lane` is in,
            and TRANSPOSE, judged by that lane.
    """
    self._check_leaf(p, node, leaf, lane)
    per_row: uint256 = operators.leaves_per_row(node.cols)
    row: uint256 = p.index // per_row
    place: uint256 = p.index % per_row
    found: uint256 = leaf[lane // operators.LANES]
    if node.operator == operators.TRANSPOSE:
        return self._lane(found, lane) != self._transposed(
            p, g, node, row, place * 128 + lane, operands
        )
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
        self._check_operand(p, g, node, i, at, operands[i])
        if spread:
            values[i] = self._lane(operands[i].words[0], 0) * SPREAD
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
@view
def lane_fault(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[Row, 2],
    referee: address,
) -> bool:
    """
    @notice SUM, ROW_MAX and MATMUL, judged by one lane.
    """
    self._check_leaf(p, node, leaf, lane)
    per_row: uint256 = operators.leaves_per_row(node.cols)
    row: uint256 = p.index // per_row
    col: uint256 = p.index % per_row * 128 + lane
    found: uint256 = self._lane(leaf[lane // operators.LANES], lane)
    if col >= node.cols:
        return found != 0
    assert len(operands) == operators.arity(node), "evidence: operands"
    self._check_row(p, g, node, 0, row, operands[0])
    second: DynArray[uint256, MAX_ROW_WORDS] = []
    if node.operator == operators.MATMUL:
        self._check_row(p, g, node, 1, col, operands[1])
        second = operands[1].words
    return found != staticcall IReferee(referee).reduce(
        node.operator, node.input_cols[0], operands[0].words, second
    )


@internal
@pure
def input_fault(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    roots: Roots,
    source: Chain,
) -> bool:
    """
    @notice STATE, BATCH and CONSTANT, judged by the root of their output.
    """
    assert p.stage == descent.OUTPUT, "evidence: position"
    assert p.level == descent.ROOT, "evidence: position"
    if node.operator == operators.CONSTANT_:
        return convert(p.claim, uint256) != node.attribute
    if node.operator == operators.BATCH:
        assert len(source.paths) == 2, "evidence: paths"
        batch: bytes32 = tree.member_root(
            tree.BATCH,
            source.leaf,
            node.attribute,
            source.count,
            source.paths[0],
        )
        step: uint256 = roots.segment * g.interval + p.step
        assert roots.dataset == tree.member_root(
            tree.DATASET, batch, step % g.batches, g.batches, source.paths[1]
        ), "evidence: dataset"
        return source.leaf != p.claim
    assert node.operator == operators.STATE, "evidence: operator"
    tensor: uint256 = node.attribute
    # Which state: 0 the replayed one, 1 the segment's start, 2 its end.
    which: uint256 = 0
    if p.step == g.interval:
        which = node.attribute % 3
        tensor = node.attribute // 3
    elif p.step == 0:
        which = 1
    if which == 0:
        assert len(source.paths) == 4, "evidence: paths"
    else:
        assert len(source.paths) == 2, "evidence: paths"
    state: bytes32 = tree.member_root(
        tree.CHECKPOINT, source.leaf, tensor, g.state, source.paths[0]
    )
    if which == 0:
        self._check_packed(
            p.sample,
            p.step - 1,
            g,
            roots.report,
            state,
            source.paths[1],
            source.paths[2],
            source.paths[3],
        )
    else:
        assert roots.proof == tree.member_root(
            tree.PROOF,
            state,
            roots.segment + which - 1,
            g.steps // g.interval + 1,
            source.paths[1],
        ), "evidence: proof"
    return source.leaf != p.claim


@internal
@pure
def pack_fault(
    p: descent.Position,
    g: geometry.Geometry,
    program: bytes32,
    proof: NodeProof,
    source: Chain,
) -> bool:
    """
    @notice PACK, judged per tensor: it must be the output of the node that
            the tensor's STATE node names.
    """
    assert p.stage == descent.OUTPUT and p.level == 0, "evidence: position"
    assert self.is_pack(p, g), "evidence: operator"
    assert p.kind == tree.CHECKPOINT, "evidence: malformed"
    assert p.count == g.state, "evidence: malformed"
    assert len(source.paths) == 1, "evidence: paths"
    state: operators.Node = self._program_node(p.index, g, program, proof)
    assert p.trace == tree.member_root(
        tree.TRACE, source.leaf, state.inputs[0], g.nodes, source.paths[0]
    ), "evidence: trace"
    return source.leaf != p.claim


@internal
@pure
def distance_fault(
    p: descent.Position,
    g: geometry.Geometry,
    roots: Roots,
    posted: uint256,
    replayed: Chain,
    claimed: Chain,
) -> bool:
    """
    @notice The posted distance: zero where the replay ends in the very
            checkpoint, else the last output of the distance's trace.
    """
    assert p.stage == descent.OUTPUT, "evidence: position"
    assert p.level == descent.ROOT, "evidence: position"
    assert p.step == g.interval, "evidence: position"
    assert p.node == descent.trace_count(p, g) - 1, "evidence: position"
    assert len(replayed.paths) == 3, "evidence: paths"
    assert len(claimed.paths) == 1, "evidence: paths"
    self._check_packed(
        p.sample,
        g.interval - 1,
        g,
        roots.report,
        replayed.leaf,
        replayed.paths[0],
        replayed.paths[1],
        replayed.paths[2],
    )
    assert roots.proof == tree.member_root(
        tree.PROOF,
        claimed.leaf,
        roots.segment + 1,
        g.steps // g.interval + 1,
        claimed.paths[0],
    ), "evidence: proof"
    if replayed.leaf == claimed.leaf:
        return posted != 0
    return tree.hash_scalar(posted) != p.claim


@internal
@pure
def malformed(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
) -> bool:
    """
    @notice An output whose tree is not of the kind and count, or whose leaf
            is not of the length, that the node's shape demands.
    """
    assert p.stage == descent.OUTPUT, "evidence: position"
    assert p.level != descent.ROOT, "evidence: position"
    if self.is_pack(p, g):
        return p.kind != tree.CHECKPOINT or p.count != g.state
    count: uint256 = operators.leaf_count(node.rows, node.cols)
    if p.kind != tree.TENSOR or p.count != count:
        return True
    assert p.level == 0, "evidence: position"
    assert tree.hash_leaf(leaf) == p.claim, "evidence: leaf"
    return len(leaf) != self._expected_words(p, node)


@internal
@pure
def is_pack(p: descent.Position, g: geometry.Geometry) -> bool:
    return p.step < g.interval and p.node == g.nodes - 1


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


@internal
@pure
def _program_node(
    index: uint256,
    g: geometry.Geometry,
    program: bytes32,
    proof: NodeProof,
) -> operators.Node:
    leaf: bytes32 = tree.hash_program_node(proof.words)
    assert program == tree.member_root(
        tree.PROGRAM, leaf, index, g.nodes, proof.siblings
    ), "evidence: program"
    return operators.unpack(proof.words)


@internal
@pure
def _expected_words(p: descent.Position, node: operators.Node) -> uint256:
    per_row: uint256 = operators.leaves_per_row(node.cols)
    return operators.leaf_words(node.cols, p.index % per_row)


@internal
@pure
def _check_leaf(
    p: descent.Position,
    node: operators.Node,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
):
    assert p.stage == descent.OUTPUT and p.level == 0, "evidence: position"
    assert p.kind == tree.TENSOR, "evidence: malformed"
    assert p.count == operators.leaf_count(
        node.rows, node.cols
    ), "evidence: malformed"
    assert tree.hash_leaf(leaf) == p.claim, "evidence: leaf"
    assert len(leaf) == self._expected_words(p, node), "evidence: malformed"
    assert lane < len(leaf) * operators.LANES, "evidence: lane"


@internal
@pure
def _lane(word: uint256, lane: uint256) -> uint256:
    return (word >> (32 * (7 - lane % 8))) & operators.MASK


@internal
@pure
def _transposed(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    row: uint256,
    col: uint256,
    operands: DynArray[Leaf, 3],
) -> uint256:
    if col >= node.cols:
        return 0
    assert len(operands) == 1, "evidence: operands"
    per_row: uint256 = operators.leaves_per_row(node.input_cols[0])
    self._check_operand(
        p, g, node, 0, col * per_row + row // 128, operands[0]
    )
    return self._lane(operands[0].words[row % 128 // 8], row)


@internal
@pure
def _check_operand(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    which: uint256,
    index: uint256,
    operand: Leaf,
):
    root: bytes32 = tree.member_root(
        tree.TENSOR,
        tree.hash_leaf(operand.words),
        index,
        operators.leaf_count(node.input_rows[which], node.input_cols[which]),
        operand.siblings,
    )
    self._check_traced(p, g, node.inputs[which], root, operand.trace_siblings)


@internal
@pure
def _check_row(
    p: descent.Position,
    g: geometry.Geometry,
    node: operators.Node,
    which: uint256,
    row: uint256,
    operand: Row,
):
    cols: uint256 = node.input_cols[which]
    size: uint256 = len(operand.words)
    assert size == operators.words_per_row(cols), "evidence: row"
    run: DynArray[bytes32, tree.MAX_RUN] = []
    per_row: uint256 = operators.leaves_per_row(cols)
    for i: uint256 in range(per_row, bound=tree.MAX_RUN):
        words: DynArray[uint256, tree.MAX_WORDS] = []
        first: uint256 = i * tree.MAX_WORDS
        for j: uint256 in range(
            first, min(first + tree.MAX_WORDS, size), bound=tree.MAX_WORDS
        ):
            words.append(operand.words[j])
        run.append(tree.hash_leaf(words))
    root: bytes32 = tree.run_root(
        tree.TENSOR,
        run,
        row * per_row,
        operators.leaf_count(node.input_rows[which], cols),
        operand.siblings,
    )
    self._check_traced(p, g, node.inputs[which], root, operand.trace_siblings)


@internal
@pure
def _check_traced(
    p: descent.Position,
    g: geometry.Geometry,
    source: uint256,
    root: bytes32,
    siblings: DynArray[bytes32, tree.MAX_PATH],
):
    assert p.trace == tree.member_root(
        tree.TRACE, root, source, descent.trace_count(p, g), siblings
    ), "evidence: operand"


@internal
@pure
def _check_packed(
    sample: uint256,
    step: uint256,
    g: geometry.Geometry,
    report: bytes32,
    state: bytes32,
    in_trace: DynArray[bytes32, tree.MAX_PATH],
    in_segment: DynArray[bytes32, tree.MAX_PATH],
    in_report: DynArray[bytes32, tree.MAX_PATH],
):
    # The state after a step is the last leaf of its trace.
    trace: bytes32 = tree.member_root(
        tree.TRACE, state, g.nodes - 1, g.nodes, in_trace
    )
    segment: bytes32 = tree.member_root(
        tree.SEGMENT, trace, step, g.interval + 1, in_segment
    )
    assert report == tree.member_root(
        tree.REPORT, segment, sample, g.samples, in_report
    ), "evidence: report"

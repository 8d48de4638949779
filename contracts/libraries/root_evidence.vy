# pragma version 0.4.3
"""
@title What proves that a root, a posted distance or a size is wrong
@license AGPL-3.0-only
@notice Each function chains hashes up to what program, data, proof or report
        are committed to, and says whether something else stands where the
        game has arrived.
"""

from . import descent
from . import distances
from . import evidence
from . import geometry
from . import operators
from . import tree

MAX_LINKS: constant(uint256) = 4


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
    proof: evidence.NodeProof,
    source: Chain,
) -> bool:
    """
    @notice PACK, judged per tensor: it must be the output of the node that
            the tensor's STATE node names. The game is in PACK's output.
    """
    assert p.level == 0, "evidence: position"
    assert p.kind == tree.CHECKPOINT, "evidence: malformed"
    assert p.count == g.state, "evidence: malformed"
    assert len(source.paths) == 1, "evidence: paths"
    state: operators.Node = evidence.program_node(p.index, g, program, proof)
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
    last: uint256,
    replayed: Chain,
    claimed: Chain,
) -> bool:
    """
    @notice The posted distance is not the one that follows from the last
            output of the distance's trace.
    @param last That output's 32 bits.
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
    assert last < 2**32, "evidence: leaf"
    assert tree.hash_scalar(last) == p.claim, "evidence: leaf"
    return posted != distances.right(last, replayed.leaf == claimed.leaf)


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
    if evidence.is_pack(p, g):
        return p.kind != tree.CHECKPOINT or p.count != g.state
    count: uint256 = operators.leaf_count(node.rows, node.cols)
    if p.kind != tree.TENSOR or p.count != count:
        return True
    assert p.level == 0, "evidence: position"
    assert tree.hash_leaf(leaf) == p.claim, "evidence: leaf"
    return len(leaf) != evidence.expected_words(p, node)


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


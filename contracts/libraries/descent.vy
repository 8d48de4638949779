# pragma version 0.4.3
"""
@title Where a game stands in the report's tree, and how it goes down
@license AGPL-3.0-only
@notice A report is one tree from root to word, made of trees: REPORT, SEGMENT,
        TRACE, then the output of a node, a TENSOR or for PACK a CHECKPOINT. A
        position is a node of it whose hash the report is committed to, the
        *claim*. Every descent ends strictly below its claim, so games end.
"""

from . import geometry
from . import tree

# Stages: the tree that the claim is a node of.
REPORT: constant(uint256) = 0
SEGMENT: constant(uint256) = 1
TRACE: constant(uint256) = 2
OUTPUT: constant(uint256) = 3

# Legs of one walk: one per tree.
MAX_LEGS: constant(uint256) = 4

# The level of a root, which wraps the top.
ROOT: constant(uint256) = 255

# Width of a packed position. Leaf counts fit their field: what an attacker
# claims beyond it has no preimage that counts.
BITS: constant(uint256) = 106
MAX_COUNT: constant(uint256) = 2**26 - 1
M2: constant(uint256) = 2**2 - 1
M4: constant(uint256) = 2**4 - 1
M8: constant(uint256) = 2**8 - 1
M16: constant(uint256) = 2**16 - 1
M20: constant(uint256) = 2**20 - 1
M26: constant(uint256) = 2**26 - 1


struct Position:
    claim: bytes32
    # Root of the trace that the claim is in; from stage OUTPUT on.
    trace: bytes32
    stage: uint256
    level: uint256
    index: uint256
    # Kind and leaf count of the tree; below its root only.
    kind: uint256
    count: uint256
    # Coordinates: place of the sample, step in the segment, node of the step.
    sample: uint256
    step: uint256
    node: uint256


# One leg: a node further down in the same tree, with the path up to the claim.
struct Descent:
    child: bytes32
    level: uint256
    index: uint256
    # Of the output's tree; used only where the claim is its root.
    kind: uint256
    count: uint256
    siblings: DynArray[bytes32, tree.MAX_PATH]


@internal
@pure
def start(root: bytes32) -> Position:
    """
    @notice The root of a report.
    """
    position: Position = empty(Position)
    position.claim = root
    position.level = ROOT
    return position


@internal
@pure
def pack(p: Position) -> uint256:
    """
    @notice All but the two hashes, in 106 bits; from the bottom: stage 2, kind
            4, level 8, index 26, count 26, sample 4, step 16, node 20.
    """
    return (
        p.stage
        | (p.kind << 2)
        | (p.level << 6)
        | (p.index << 14)
        | (p.count << 40)
        | (p.sample << 66)
        | (p.step << 70)
        | (p.node << 86)
    )


@internal
@pure
def unpack(packed: uint256, claim: bytes32, trace: bytes32) -> Position:
    return Position(
        claim=claim,
        trace=trace,
        stage=packed & M2,
        level=(packed >> 6) & M8,
        index=(packed >> 14) & M26,
        kind=(packed >> 2) & M4,
        count=(packed >> 40) & M26,
        sample=(packed >> 66) & M4,
        step=(packed >> 70) & M16,
        node=(packed >> 86) & M20,
    )


@internal
@pure
def trace_count(p: Position, g: geometry.Geometry) -> uint256:
    """
    @notice Leaves of the trace of this position's step: of the program, or of
            the distance, which is the step after the last.
    """
    if p.step < g.interval:
        return g.nodes
    return g.state * geometry.DISTANCE_NODES


@internal
@pure
def at_packed_tensor(p: Position) -> bool:
    """
    @notice Whether the claim is the root of a tensor of a packed state, below
            which the game does not go.
    """
    return p.stage == OUTPUT and p.level == 0 and p.kind == tree.CHECKPOINT


@internal
@pure
def tree_of(
    p: Position, g: geometry.Geometry, kind: uint256, count: uint256
) -> (uint256, uint256):
    """
    @notice Kind and leaf count of the tree that the claim is a node of. They
            follow from the task, but for an output's root: there the mover
            says them, its hash proves them, and the verdict judges them.
    """
    if p.level != ROOT:
        return p.kind, p.count
    if p.stage == REPORT:
        return tree.REPORT, g.samples
    if p.stage == SEGMENT:
        return tree.SEGMENT, g.interval + 1
    if p.stage == TRACE:
        return tree.TRACE, self.trace_count(p, g)
    assert kind == tree.TENSOR or kind == tree.CHECKPOINT, "descent: kind"
    assert count != 0 and count <= MAX_COUNT, "descent: count"
    return kind, count


@internal
@pure
def descend(
    before: Position, d: Descent, g: geometry.Geometry
) -> Position:
    """
    @notice The position at `d.child`, which is proved to be below the claim.
    """
    p: Position = before
    kind: uint256 = 0
    count: uint256 = 0
    kind, count = self.tree_of(p, g, d.kind, d.count)
    top: uint256 = p.level
    if p.level == ROOT:
        top = tree.height(count)
        # A tree of one leaf has nothing below its top but that leaf.
        assert d.level < top or top == 0, "descent: level"
    else:
        assert d.level < top, "descent: level"
        assert d.index >> (2 * (top - d.level)) == p.index, "descent: index"
    node: bytes32 = tree.ascend(
        d.child, d.index, count, d.siblings, d.level, top
    )
    if p.level == ROOT:
        node = tree.wrap(kind, count, node)
    assert node == p.claim, "descent: path"

    p.claim = d.child
    p.level = d.level
    p.index = d.index
    p.kind = kind
    p.count = count
    if p.stage == OUTPUT or d.level != 0:
        return p
    # The leaf is the root of the next tree.
    if p.stage == REPORT:
        p.sample = d.index
    elif p.stage == SEGMENT:
        p.step = d.index
        p.trace = d.child
    else:
        p.node = d.index
    p.stage += 1
    p.level = ROOT
    p.index = 0
    p.kind = 0
    p.count = 0
    return p


@internal
@pure
def needs_geometry(packed: uint256) -> bool:
    """
    @notice Whether what is below a position depends on the task's counts: at
            the roots of all trees but a node's output.
    """
    return (packed >> 6) & M8 == ROOT and packed & M2 != OUTPUT


@internal
@pure
def check_children(
    p: Position,
    kind: uint256,
    count: uint256,
    children: DynArray[bytes32, 16],
    g: geometry.Geometry,
):
    """
    @notice Require that `children` are all descendants of the claim two
            levels below, or one where there are no two.
    """
    tree_kind: uint256 = 0
    tree_count: uint256 = 0
    tree_kind, tree_count = self.tree_of(p, g, kind, count)
    top: uint256 = p.level
    if p.level == ROOT:
        top = tree.height(tree_count)
    node: bytes32 = empty(bytes32)
    if top == 0:
        assert p.level == ROOT, "descent: leaf"
        assert len(children) == 1, "tree: children"
        node = children[0]
    else:
        node = tree.widen(children, top, p.index, min(top, 2), tree_count)
    if p.level == ROOT:
        node = tree.wrap(tree_kind, tree_count, node)
    assert node == p.claim, "descent: children"

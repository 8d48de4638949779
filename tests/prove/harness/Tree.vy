# pragma version 0.4.3
"""
@title The tree and the way down, for lemmas
@license AGPL-3.0-only
"""

from libraries import descent
from libraries import geometry
from libraries import tree


@external
@pure
def node_header(level: uint256, children: uint256) -> uint256:
    return tree.node_header(level, children)


@external
@pure
def width(count: uint256, level: uint256) -> uint256:
    return tree.width(count, level)


@external
@pure
def height(count: uint256) -> uint256:
    return tree.height(count)


@external
@pure
def wrap(kind: uint256, count: uint256, top: bytes32) -> bytes32:
    return tree.wrap(kind, count, top)


@external
@pure
def hash_children(
    level: uint256, children: bytes32[4], size: uint256
) -> bytes32:
    return tree.hash_children(level, children, size)


@external
@pure
def hash_program_node(words: uint256[3]) -> bytes32:
    return tree.hash_program_node(words)


@external
@pure
def hash_leaf(words: uint256[3], size: uint256) -> bytes32:
    listed: DynArray[uint256, tree.MAX_WORDS] = []
    for i: uint256 in range(size, bound=3):
        listed.append(words[i])
    return tree.hash_leaf(listed)


@external
@pure
def hash_scalar(bits: uint256) -> bytes32:
    return tree.hash_scalar(bits)


@external
@pure
def member_root(
    leaf: bytes32, index: uint256, count: uint256, siblings: bytes32[6]
) -> bytes32:
    """
    @notice Of a TENSOR of 2 to 16 leaves, by as many of these siblings as its
            path has.
    """
    listed: DynArray[bytes32, tree.MAX_PATH] = []
    above: uint256 = 0
    if count > 4:
        above = tree.width(count, 1) - 1
    group: uint256 = min(4, count - (index - index % 4)) - 1
    for i: uint256 in range(group + above, bound=6):
        listed.append(siblings[i])
    return tree.member_root(tree.TENSOR, leaf, index, count, listed)


@external
@pure
def descend(
    p: descent.Position,
    child: bytes32,
    level: uint256,
    index: uint256,
    kind: uint256,
    count: uint256,
    siblings: bytes32[6],
    given: uint256,
) -> descent.Position:
    """
    @notice Down to level and index, by so many siblings. Every tree that the
            task fixes has `count` leaves.
    """
    g: geometry.Geometry = empty(geometry.Geometry)
    g.nodes = count
    g.samples = count
    g.interval = count - 1
    listed: DynArray[bytes32, tree.MAX_PATH] = []
    for i: uint256 in range(given, bound=6):
        listed.append(siblings[i])
    return descent.descend(
        p,
        descent.Descent(
            child=child,
            level=level,
            index=index,
            kind=kind,
            count=count,
            siblings=listed,
        ),
        g,
    )


@external
@pure
def needs_geometry(p: descent.Position) -> bool:
    return descent.needs_geometry(descent.pack(p))

# pragma version 0.4.3
"""
@title The tree's functions, one by one, for tests
@license AGPL-3.0-only
"""

from ..libraries import tree


@external
@pure
def height(count: uint256) -> uint256:
    return tree.height(count)


@external
@pure
def width(count: uint256, level: uint256) -> uint256:
    return tree.width(count, level)


@external
@pure
def hash_leaf(words: DynArray[uint256, 16]) -> bytes32:
    return tree.hash_leaf(words)


@external
@pure
def hash_scalar(bits: uint256) -> bytes32:
    return tree.hash_scalar(bits)


@external
@pure
def hash_program_node(words: uint256[3]) -> bytes32:
    return tree.hash_program_node(words)


@external
@pure
def member_root(
    kind: uint256,
    leaf: bytes32,
    index: uint256,
    count: uint256,
    siblings: DynArray[bytes32, 48],
) -> bytes32:
    return tree.member_root(kind, leaf, index, count, siblings)


@external
@pure
def ascend(
    child: bytes32,
    index: uint256,
    count: uint256,
    siblings: DynArray[bytes32, 48],
    level: uint256,
    to_level: uint256,
) -> bytes32:
    return tree.ascend(child, index, count, siblings, level, to_level)


@external
@pure
def run_root(
    kind: uint256,
    run: DynArray[bytes32, 32],
    first: uint256,
    count: uint256,
    siblings: DynArray[bytes32, 72],
) -> bytes32:
    return tree.run_root(kind, run, first, count, siblings)


@external
@pure
def widen(
    run: DynArray[bytes32, 16],
    level: uint256,
    index: uint256,
    down: uint256,
    count: uint256,
) -> bytes32:
    return tree.widen(run, level, index, down, count)

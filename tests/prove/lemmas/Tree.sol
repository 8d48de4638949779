// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.30;

import {Prove} from "./Prove.sol";

struct Position {
    bytes32 claim;
    bytes32 trace;
    uint256 stage;
    uint256 level;
    uint256 index;
    uint256 kind;
    uint256 count;
    uint256 sample;
    uint256 step;
    uint256 node;
}

interface ITree {
    function node_header(uint256 level, uint256 children) external returns (uint256);
    function width(uint256 count, uint256 level) external returns (uint256);
    function height(uint256 count) external returns (uint256);
    function wrap(uint256 kind, uint256 count, bytes32 top) external returns (bytes32);
    function hash_children(uint256 level, bytes32[4] calldata children, uint256 size) external returns (bytes32);
    function hash_program_node(uint256[3] calldata words) external returns (bytes32);
    function hash_leaf(uint256[3] calldata words, uint256 size) external returns (bytes32);
    function hash_scalar(uint256 bits) external returns (bytes32);
    function member_root(bytes32 leaf, uint256 index, uint256 count, bytes32[6] calldata siblings)
        external
        returns (bytes32);
    function descend(
        Position calldata p,
        bytes32 child,
        uint256 level,
        uint256 index,
        uint256 kind,
        uint256 count,
        bytes32[6] calldata siblings,
        uint256 given
    ) external returns (Position memory);
    function needs_geometry(Position calldata p) external returns (bool);
}

/// What a commitment binds, and that a game goes down. Equal keccak hashes are taken to mean equal texts.
/// @custom:code Tree
contract TreeLemmas is Prove {
    uint256 constant ROOT = 255;
    uint256 constant OUTPUT = 3;
    ITree tree;

    function setUp() public {
        tree = ITree(deploy("Tree"));
    }

    /// No two inner nodes of different level or size begin with one header. Promise 10.
    /// @custom:twin libraries/tree.vy: `return DOMAIN | TAG_NODE | level << 64 | children` -> `return DOMAIN | TAG_NODE | level << 2 | children`
    function check_header_binds(uint64 level, uint64 children, uint64 otherLevel, uint64 otherChildren) external {
        uint256 header = tree.node_header(level, children);
        if (header == tree.node_header(otherLevel, otherChildren)) {
            assert(level == otherLevel && children == otherChildren);
        }
    }

    /// A root binds its kind, its number of leaves and its top: commitment binding. Promise 10.
    /// @custom:twin libraries/tree.vy: `DOMAIN | TAG_ROOT | kind << 64 | count` -> `DOMAIN | TAG_ROOT | kind + count`
    function check_root_binds(uint64 kind, uint64 count, bytes32 top, uint64 otherKind, uint64 otherCount, bytes32 other)
        external
    {
        if (tree.wrap(kind, count, top) == tree.wrap(otherKind, otherCount, other)) {
            assert(kind == otherKind && count == otherCount && top == other);
        }
    }

    /// An inner node binds its level, its number of children and each of them. Promise 10.
    /// @custom:twin libraries/tree.vy: `0, 32 * (size + 1)` -> `0, 32 * size`
    function check_children_are_bound(
        uint64 level,
        uint64 otherLevel,
        bytes32[4] calldata children,
        uint256 size,
        bytes32[4] calldata others,
        uint256 otherSize
    ) external {
        if (hashOf(level, children, size) != hashOf(otherLevel, others, otherSize)) return;
        assert(level == otherLevel && size == otherSize);
        for (uint256 i = 0; i < 4; i++) {
            assert(i >= size || children[i] == others[i]);
        }
    }

    /// Of 1 to 4 children, each number by itself: halmos copies no memory of unknown length.
    function hashOf(uint64 level, bytes32[4] calldata children, uint256 size) internal returns (bytes32) {
        for (uint256 i = 1; i < 5; i++) {
            if (size == i) return tree.hash_children(level, children, i);
        }
        vm.assume(false);
        return 0;
    }

    /// A node of a program, a leaf, an inner node of as many words, and a root are never the same. Promise 10.
    /// @custom:twin libraries/tree.vy: `TAG_PROGRAM: constant(uint256) = 4 * 2**128` -> `TAG_PROGRAM: constant(uint256) = 1 * 2**128 + 3`
    function check_domains_are_apart(
        uint256[3] calldata words,
        uint256[3] calldata others,
        bytes32[4] calldata children,
        uint64 level,
        uint64 kind,
        uint64 count
    ) external {
        bytes32 program = tree.hash_program_node(words);
        bytes32 node = tree.hash_children(level, children, 3);
        bytes32 leaf = tree.hash_leaf(others, 3);
        assert(program != node && node != leaf && leaf != program);
        bytes32 root = tree.wrap(kind, count, children[0]);
        assert(root != tree.hash_leaf(others, 1) && root != tree.hash_children(level, children, 1));
    }

    /// The root of a scalar says its bits. Promise 11.
    /// @custom:twin libraries/tree.vy: `word: uint256 = bits << 224` -> `word: uint256 = bits << 225`
    function check_scalar_binds(uint32 bits, uint32 other) external {
        if (tree.hash_scalar(bits) == tree.hash_scalar(other)) assert(bits == other);
    }

    /// A leaf binds its words and their number. Promise 10.
    /// @custom:twin libraries/tree.vy: `slice(encoded, 64, 32 * size)` -> `slice(encoded, 32, 32 * size)`
    function check_leaf_binds(uint256[3] calldata words, uint256 size, uint256[3] calldata others, uint256 otherSize)
        external
    {
        vm.assume(size >= 1 && size <= 3 && otherSize >= 1 && otherSize <= 3);
        if (tree.hash_leaf(words, size) == tree.hash_leaf(others, otherSize)) {
            assert(size == otherSize);
            for (uint256 i = 0; i < 3; i++) {
                if (i < size) assert(words[i] == others[i]);
            }
        }
    }

    /// A level is as wide as the leaves over 4 to its number, rounded up. Promise 10.
    /// @custom:twin libraries/tree.vy: `for _: uint256 in range(level, bound=MAX_HEIGHT):` -> `for _: uint256 in range(min(level, 12), bound=MAX_HEIGHT):`
    function check_width(uint32 count, uint256 level) external {
        vm.assume(level <= 16);
        assert(tree.width(count, level) == (uint256(count) + (1 << (2 * level)) - 1) >> (2 * level));
    }

    /// A tree is as high as it has to be: one node at its height, more below. Promise 10.
    /// @custom:twin libraries/tree.vy: `        levels += 1` -> `        levels += 1 if n != 2 else 2`
    function check_height(uint32 count) external {
        uint256 height = tree.height(count);
        assert(height <= 16 && (uint256(count) + (1 << (2 * height)) - 1) >> (2 * height) == 1);
        assert(height == 0 || uint256(count) > 1 << (2 * (height - 1)));
    }

    /// In a root of 2, 4, 5, 7 or 16 leaves one place has one leaf: commitment binding. Promise 10.
    /// @custom:twin libraries/tree.vy: `node = keccak256(abi_encode(head, a, b, node, c))` -> `node = keccak256(abi_encode(head, a, b, a, c))`
    function check_member_binds(
        bytes32 leaf,
        bytes32 other,
        uint256 which,
        bytes32[6] calldata siblings,
        bytes32[6] calldata others
    ) external {
        uint8[5] memory counts = [2, 4, 5, 7, 16];
        for (uint256 k = 0; k < 5; k++) {
            for (uint256 index = 0; index < counts[k]; index++) {
                if (which == 16 * k + index) {
                    bytes32 root = tree.member_root(leaf, index, counts[k], siblings);
                    if (root == tree.member_root(other, index, counts[k], others)) assert(leaf == other);
                    return;
                }
            }
        }
    }

    /// How far a game is from its end at most: trees still to come, then levels of this one.
    function distance(Position memory p) internal pure returns (uint256) {
        return (OUTPUT - p.stage) * 256 + p.level;
    }

    /// A descent ends strictly below its claim, from a root or from the top below it, in trees of 1, 4 and 16 leaves.
    /// Promise 6: a game ends.
    /// @custom:twin libraries/descent.vy: `p.stage += 1` -> `p.stage += 0`
    function check_descent_shrinks(
        Position memory p,
        bytes32 child,
        uint256 kind,
        bytes32[6] calldata siblings,
        uint256 which,
        bool isRoot
    ) external {
        vm.assume(p.stage <= OUTPUT && p.step == 0 && p.index == 0);
        for (uint256 shape = 0; shape < 24; shape++) {
            if (which == shape) {
                p.level = isRoot ? ROOT : shape / 8;
                p.count = 4 ** (shape / 8);
                shrinks(p, child, kind, siblings, shape);
                return;
            }
        }
    }

    function shrinks(Position memory p, bytes32 child, uint256 kind, bytes32[6] calldata siblings, uint256 shape)
        internal
    {
        (uint256 height, uint256 level) = (shape / 8, (shape / 4) % 2);
        uint256 given = height > level ? 3 * (height - level) : 0;
        Position memory found = tree.descend(p, child, level, shape % 4, kind, p.count, siblings, given);
        assert(found.claim == child && found.stage <= OUTPUT);
        assert(distance(found) < distance(p));
    }

    /// Only at the roots of trees that the task fixes are its counts needed. Promise 10.
    /// @custom:twin libraries/descent.vy: `return (packed >> 6) & M8 == ROOT and packed & M2 != OUTPUT` -> `return (packed >> 6) & M8 == ROOT`
    function check_counts_are_needed_at_roots(Position calldata p) external {
        vm.assume(p.stage < 4 && p.kind < 16 && p.level < 256 && p.index < 2 ** 26 && p.count < 2 ** 26);
        vm.assume(p.sample < 16 && p.step < 2 ** 16 && p.node < 2 ** 20);
        assert(tree.needs_geometry(p) == (p.level == ROOT && p.stage != OUTPUT));
    }
}

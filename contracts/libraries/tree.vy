# pragma version 0.4.3
"""
@title The 4-ary tree that everything is committed to
@license AGPL-3.0-only
@notice docs/design.md, section 2: headers, levels, runs. Promise 10: every
        tree is bound to its length and kind, every path has one right size.
"""

ARITY: constant(uint256) = 4

# "PINPOINT" in the most significant eight bytes.
DOMAIN: constant(uint256) = (
    36314548223750743530383244750215197635199171569991602690293038434762222469120
)
TAG_LEAF: constant(uint256) = 1 * 2**128
TAG_NODE: constant(uint256) = 2 * 2**128
FULL_NODE: constant(uint256) = DOMAIN | TAG_NODE | ARITY
MAX_WORDS: constant(uint256) = 16
FULL_LEAF: constant(uint256) = DOMAIN | TAG_LEAF | MAX_WORDS
TAG_ROOT: constant(uint256) = 3 * 2**128
TAG_PROGRAM: constant(uint256) = 4 * 2**128

TENSOR: constant(uint256) = 1
CHECKPOINT: constant(uint256) = 2
TRACE: constant(uint256) = 3
SEGMENT: constant(uint256) = 4
REPORT: constant(uint256) = 5
PROOF: constant(uint256) = 6
BATCH: constant(uint256) = 7
DATASET: constant(uint256) = 8
PROGRAM: constant(uint256) = 9

MAX_RUN: constant(uint256) = 32
MAX_PATH: constant(uint256) = 48
MAX_RUN_PATH: constant(uint256) = 72
MAX_HEIGHT: constant(uint256) = 16

@internal
@pure
def node_header(level: uint256, children: uint256) -> uint256:
    return DOMAIN | TAG_NODE | level << 64 | children


@internal
@pure
def width(count: uint256, level: uint256) -> uint256:
    """
    @notice Nodes at `level` of a tree of `count` leaves.
    """
    n: uint256 = count
    for _: uint256 in range(level, bound=MAX_HEIGHT):
        n = (n + 3) // ARITY
    return n


@internal
@pure
def height(count: uint256) -> uint256:
    """
    @notice Levels above the leaves; reverts on an empty tree.
    """
    assert count != 0, "tree: empty"
    n: uint256 = count
    levels: uint256 = 0
    for _: uint256 in range(MAX_HEIGHT):
        if n == 1:
            break
        n = (n + 3) // ARITY
        levels += 1
    assert n == 1, "tree: count"
    return levels


@internal
@pure
def wrap(kind: uint256, count: uint256, top: bytes32) -> bytes32:
    """
    @notice The root: the top bound to kind and count.
    """
    head: uint256 = DOMAIN | TAG_ROOT | kind << 64 | count
    return keccak256(abi_encode(head, top))


@internal
@pure
def hash_children(
    level: uint256, children: bytes32[4], size: uint256
) -> bytes32:
    head: uint256 = self.node_header(level, size)
    if size == ARITY:
        return keccak256(abi_encode(head, children))
    return keccak256(slice(abi_encode(head, children), 0, 32 * (size + 1)))


@internal
@pure
def hash_leaf(words: DynArray[uint256, MAX_WORDS]) -> bytes32:
    """
    @notice Hash of a tensor's leaf of 1 to 16 words.
    """
    size: uint256 = len(words)
    assert size != 0, "tree: leaf"
    head: uint256 = DOMAIN | TAG_LEAF | size
    # Offset and length come before the words.
    encoded: Bytes[32 * (MAX_WORDS + 2)] = abi_encode(words)
    return keccak256(
        concat(convert(head, bytes32), slice(encoded, 64, 32 * size))
    )


@internal
@pure
def hash_full_leaf(words: Bytes[32 * MAX_WORDS]) -> bytes32:
    """
    @notice Hash of a tensor's leaf of 16 words.
    """
    return keccak256(concat(convert(FULL_LEAF, bytes32), words))


@internal
@pure
def hash_scalar(bits: uint256) -> bytes32:
    """
    @notice Root of the 1 x 1 tensor whose element has these binary32 bits.
    """
    head: uint256 = DOMAIN | TAG_LEAF | 1
    word: uint256 = bits << 224
    return self.wrap(TENSOR, 1, keccak256(abi_encode(head, word)))


@internal
@pure
def hash_program_node(words: uint256[3]) -> bytes32:
    head: uint256 = DOMAIN | TAG_PROGRAM
    return keccak256(abi_encode(head, words))


@internal
@pure
def ascend(
    child: bytes32,
    position: uint256,
    count: uint256,
    siblings: DynArray[bytes32, MAX_PATH],
    level: uint256,
    to_level: uint256,
) -> bytes32:
    """
    @notice The ancestor at `to_level` of the node `position` of `level`, in a
            tree of `count` leaves.
    @dev Reverts unless the path has exactly the siblings that the count asks
         for, and the position exists.
    """
    n: uint256 = self.width(count, level)
    assert position < n, "tree: index"
    return self._climb(child, position, n, siblings, 0, level, to_level)


@internal
@pure
def _climb(
    child: bytes32,
    position: uint256,
    width: uint256,
    siblings: DynArray[bytes32, MAX_RUN_PATH],
    first: uint256,
    level: uint256,
    to_level: uint256,
) -> bytes32:
    # From one of `width` nodes of a level up, by the siblings from `first` on.
    node: bytes32 = child
    index: uint256 = position
    n: uint256 = width
    used: uint256 = first
    for l: uint256 in range(level, to_level, bound=MAX_HEIGHT):
        place: uint256 = index & 3
        # How many siblings there are; fewer than three in a last group only.
        others: uint256 = min(4, n - (index - place)) - 1
        assert used + others <= len(siblings), "tree: path"
        if others == 3:
            a: bytes32 = siblings[used]
            b: bytes32 = siblings[used + 1]
            c: bytes32 = siblings[used + 2]
            head: uint256 = FULL_NODE | (l + 1) << 64
            if place == 0:
                node = keccak256(abi_encode(head, node, a, b, c))
            elif place == 1:
                node = keccak256(abi_encode(head, a, node, b, c))
            elif place == 2:
                node = keccak256(abi_encode(head, a, b, node, c))
            else:
                node = keccak256(abi_encode(head, a, b, c, node))
        else:
            children: bytes32[4] = empty(bytes32[4])
            at: uint256 = used
            for k: uint256 in range(others + 1, bound=4):
                if k == place:
                    children[k] = node
                else:
                    children[k] = siblings[at]
                    at += 1
            node = self.hash_children(l + 1, children, others + 1)
        used += others
        index >>= 2
        n = (n + 3) >> 2
    assert used == len(siblings), "tree: path"
    return node


@internal
@pure
def member_root(
    kind: uint256,
    leaf: bytes32,
    index: uint256,
    count: uint256,
    siblings: DynArray[bytes32, MAX_PATH],
) -> bytes32:
    """
    @notice The root of that kind and count that has `leaf` at `index`.
    """
    top: bytes32 = self.ascend(
        leaf, index, count, siblings, 0, self.height(count)
    )
    return self.wrap(kind, count, top)


@internal
@pure
def run_root(
    kind: uint256,
    run: DynArray[bytes32, MAX_RUN],
    first: uint256,
    count: uint256,
    siblings: DynArray[bytes32, MAX_RUN_PATH],
) -> bytes32:
    """
    @notice The root of that kind and count that has `run` as its leaves
            from `first` on.
    """
    size: uint256 = len(run)
    assert size != 0 and first + size <= count, "tree: index"
    nodes: bytes32[MAX_RUN] = empty(bytes32[MAX_RUN])
    for i: uint256 in range(size, bound=MAX_RUN):
        nodes[i] = run[i]
    at: uint256 = first
    n: uint256 = count
    used: uint256 = 0
    level: uint256 = 0
    for l: uint256 in range(MAX_HEIGHT):
        level = l
        if size == 1:
            break
        parent: uint256 = at >> 2
        parents: uint256 = ((at + size + 3) >> 2) - parent
        for j: uint256 in range(parents, bound=MAX_RUN):
            base: uint256 = (parent + j) << 2
            if base >= at and base + ARITY <= at + size:
                k: uint256 = base - at
                nodes[j] = keccak256(
                    abi_encode(
                        FULL_NODE | (l + 1) << 64,
                        nodes[k],
                        nodes[k + 1],
                        nodes[k + 2],
                        nodes[k + 3],
                    )
                )
                continue
            group: uint256 = min(ARITY, n - base)
            children: bytes32[4] = empty(bytes32[4])
            for k: uint256 in range(group, bound=4):
                place: uint256 = base + k
                if place >= at and place < at + size:
                    children[k] = nodes[place - at]
                else:
                    assert used < len(siblings), "tree: path"
                    children[k] = siblings[used]
                    used += 1
            nodes[j] = self.hash_children(l + 1, children, group)
        at = parent
        size = parents
        n = (n + 3) >> 2
    top: bytes32 = self._climb(
        nodes[0], at, n, siblings, used, level, self.height(count)
    )
    return self.wrap(kind, count, top)


@internal
@pure
def widen(
    run: DynArray[bytes32, 16],
    level: uint256,
    index: uint256,
    down: uint256,
    count: uint256,
) -> bytes32:
    """
    @notice The node `(level, index)` of a tree of `count` leaves whose
            descendants `down` levels below, one or two, are exactly `run`.
    """
    below: uint256 = level - down
    span: uint256 = 16
    if down == 1:
        span = ARITY
    first: uint256 = index * span
    size: uint256 = min(span, self.width(count, below) - first)
    assert len(run) == size, "tree: children"
    if down == 1:
        quartet: bytes32[4] = empty(bytes32[4])
        for k: uint256 in range(size, bound=4):
            quartet[k] = run[k]
        return self.hash_children(level, quartet, size)
    # Offset and length come before the hashes.
    encoded: Bytes[576] = abi_encode(run)
    uppers: bytes32[4] = empty(bytes32[4])
    groups: uint256 = (size + 3) // ARITY
    for j: uint256 in range(groups, bound=4):
        group: uint256 = min(ARITY, size - j * ARITY)
        head: uint256 = self.node_header(below + 1, group)
        lowers: Bytes[576] = slice(encoded, 64 + j * 128, group * 32)
        uppers[j] = keccak256(concat(convert(head, bytes32), lowers))
    return self.hash_children(level, uppers, groups)

# pragma version 0.4.3
"""
@title Chunks of a tensor: what is asked for and posted at once
@license AGPL-3.0-only
@notice A chunk is 64 leaves, the last one of a tensor perhaps fewer: all that
        is below one node of level 3. Its shape fixes how long it is and where
        each leaf ends, so it is shown as its words alone, row after row.
"""

from . import operators
from . import tree

LEVEL: constant(uint256) = 3
LEAVES: constant(uint256) = 64
WORD: constant(uint256) = 32
LEAF: constant(uint256) = WORD * tree.MAX_WORDS
MAX_BYTES: constant(uint256) = LEAVES * LEAF


# CHECKPOINT: a checkpoint of the proof. BATCH: a batch of the data set. FINAL:
# the last checkpoint, in a request only.
flag Source:
    CHECKPOINT
    FINAL
    BATCH


struct Chunk:
    source: Source
    # Of the checkpoint in the proof, or of the batch in the data set.
    index: uint256
    # Of the tensor in that.
    tensor: uint256
    # Its shape.
    rows: uint256
    cols: uint256
    # Of the chunk in the tensor.
    number: uint256


# From the chunk's node to the task's root: in the tensor, in the checkpoint or
# batch of so many tensors, in the proof or data set.
struct Paths:
    tensors: uint256
    in_tensor: DynArray[bytes32, tree.MAX_PATH]
    in_bundle: DynArray[bytes32, tree.MAX_PATH]
    in_collection: DynArray[bytes32, tree.MAX_PATH]


@internal
@pure
def digest(c: Chunk) -> bytes32:
    """
    @notice What names a chunk among those of one proof.
    """
    return keccak256(abi_encode(c))


@internal
@pure
def count(rows: uint256, cols: uint256) -> uint256:
    """
    @notice Chunks of a tensor.
    """
    return tree.width(operators.leaf_count(rows, cols), LEVEL)


@internal
@pure
def size(c: Chunk) -> uint256:
    """
    @notice Bytes of a chunk that the tensor has.
    """
    first: uint256 = c.number * LEAVES
    leaves: uint256 = operators.leaf_count(c.rows, c.cols)
    last: uint256 = min(first + LEAVES, leaves)
    return self._bytes_before(c.cols, last) - self._bytes_before(
        c.cols, first
    )


@internal
@pure
def tensor_root(
    c: Chunk,
    data: Bytes[MAX_BYTES],
    siblings: DynArray[bytes32, tree.MAX_PATH],
) -> bytes32:
    """
    @notice Root of the tensor that has these words as its chunk. Reverts if
            they are not as many as the shape says, or if a lane beyond the end
            of a row is not zero: nobody could replay from such a tensor.
    """
    assert len(data) == self.size(c), "chunks: size"
    leaves: uint256 = operators.leaf_count(c.rows, c.cols)
    per_row: uint256 = operators.leaves_per_row(c.cols)
    padding: uint256 = self._padding(c.cols)
    first: uint256 = c.number * LEAVES
    n: uint256 = min(LEAVES, leaves - first)
    nodes: bytes32[LEAVES] = empty(bytes32[LEAVES])
    used: uint256 = 0
    for i: uint256 in range(n, bound=LEAVES):
        place: uint256 = (first + i) % per_row
        words: uint256 = operators.leaf_words(c.cols, place)
        # The words are hashed where they stand: cheaper than tree.hash_leaf.
        head: uint256 = tree.DOMAIN | tree.TAG_LEAF | words
        nodes[i] = keccak256(
            concat(
                convert(head, bytes32), slice(data, used, words * WORD)
            )
        )
        used += words * WORD
        if place == per_row - 1:
            word: uint256 = extract32(data, used - WORD, output_type=uint256)
            assert word & padding == 0, "chunks: padding"

    height: uint256 = tree.height(leaves)
    top: uint256 = min(LEVEL, height)
    for l: uint256 in range(top, bound=LEVEL):
        groups: uint256 = (n + tree.ARITY - 1) // tree.ARITY
        for j: uint256 in range(groups, bound=LEAVES):
            base: uint256 = j * tree.ARITY
            group: uint256 = min(tree.ARITY, n - base)
            children: bytes32[4] = empty(bytes32[4])
            for k: uint256 in range(group, bound=4):
                children[k] = nodes[base + k]
            nodes[j] = tree.hash_children(l + 1, children, group)
        n = groups
    return tree.wrap(
        tree.TENSOR,
        leaves,
        tree.ascend(nodes[0], c.number, leaves, siblings, top, height),
    )


@internal
@pure
def _bytes_before(cols: uint256, leaf: uint256) -> uint256:
    # Every leaf of a row but its last is full.
    per_row: uint256 = operators.leaves_per_row(cols)
    return (
        leaf // per_row * operators.words_per_row(cols) * WORD
        + leaf % per_row * LEAF
    )


@internal
@pure
def _padding(cols: uint256) -> uint256:
    # The lanes of a row's last word that lie beyond its end.
    return max_value(uint256) >> (32 * ((cols - 1) % operators.LANES + 1))

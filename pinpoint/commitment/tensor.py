"""Tensors as words and leaves (docs/design.md, section 1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pinpoint.commitment.tree import HASH_BYTES, Tag, Tree, TreeKind, header, keccak, plain_keccak, root, unpack

LANES = 8
WORDS_PER_LEAF = 16
LANES_PER_LEAF = LANES * WORDS_PER_LEAF

Tensor = NDArray[np.float32]
FLOAT32 = np.dtype(np.float32)

_LEAF_HEADERS = [header(Tag.LEAF, 0, size) for size in range(WORDS_PER_LEAF + 1)]


def words_per_row(cols: int) -> int:
    """Words that a row of `cols` lanes takes."""
    return -(-cols // LANES)


def leaves_per_row(cols: int) -> int:
    """Leaves that a row of `cols` lanes takes."""
    return -(-cols // LANES_PER_LEAF)


def leaf_count(rows: int, cols: int) -> int:
    """Leaves of a `rows x cols` tensor."""
    return rows * leaves_per_row(cols)


def row_words(tensor: Tensor, row: int) -> list[int]:
    """The words of one row, padding lanes zero, as unsigned 256-bit numbers."""
    data = tensor[row].view(np.uint32).astype(">u4").tobytes()
    data += bytes(-len(data) % HASH_BYTES)
    return [int.from_bytes(data[i : i + HASH_BYTES], "big") for i in range(0, len(data), HASH_BYTES)]


def leaf_words(tensor: Tensor, leaf: int) -> list[int]:
    """The words of leaf number `leaf`."""
    per_row = leaves_per_row(tensor.shape[1])
    first = leaf % per_row * WORDS_PER_LEAF
    return row_words(tensor, leaf // per_row)[first : first + WORDS_PER_LEAF]


def hash_leaf(words: Sequence[int]) -> bytes:
    """Hash of a leaf of 1 to 16 words."""
    return keccak(_LEAF_HEADERS[len(words)] + b"".join(word.to_bytes(HASH_BYTES, "big") for word in words))


def plain_tensor_leaves(tensor: Tensor, rows: int, cols: int, /) -> bytes:
    """`packed_tensor_leaves` where the extension is missing."""
    padded = np.zeros((rows, words_per_row(cols) * LANES), dtype=">u4")
    padded[:, :cols] = tensor.view(np.uint32)
    row_bytes = padded.shape[1] * 4
    step = WORDS_PER_LEAF * HASH_BYTES
    data = padded.tobytes()
    leaves = []
    for row in range(0, len(data), row_bytes):
        for start in range(row, row + row_bytes, step):
            chunk = data[start : min(start + step, row + row_bytes)]
            leaves.append(plain_keccak(_LEAF_HEADERS[len(chunk) // HASH_BYTES] + chunk))
    return b"".join(leaves)


def plain_tensor_root(tensor: Tensor, rows: int, cols: int, /) -> bytes:
    """`packed_tensor_root` where the extension is missing."""
    return root(TreeKind.TENSOR, unpack(plain_tensor_leaves(tensor, rows, cols)))


try:
    from pinpoint.commitment import _hashing
except ImportError:  # tree.py has warned
    packed_tensor_leaves, packed_tensor_root = plain_tensor_leaves, plain_tensor_root
else:
    packed_tensor_leaves, packed_tensor_root = _hashing.tensor_leaves, _hashing.tensor_root


def _matrix(tensor: Tensor) -> tuple[Tensor, int, int]:
    if tensor.ndim != 2 or tensor.dtype != FLOAT32 or tensor.size == 0:
        raise ValueError(f"expected a non-empty float32 matrix, got {tensor.dtype} of shape {tensor.shape}")
    rows, cols = tensor.shape
    return np.ascontiguousarray(tensor), rows, cols


def tensor_leaves(tensor: Tensor) -> list[bytes]:
    """Leaf hashes of a float32 matrix, row after row.

    Raises:
        ValueError: unless the array is a non-empty float32 matrix.
    """
    return unpack(packed_tensor_leaves(*_matrix(tensor)))


def tensor_tree(tensor: Tensor) -> Tree:
    """The whole tree of a float32 matrix."""
    return Tree(TreeKind.TENSOR, tensor_leaves(tensor))


def tensor_root(tensor: Tensor) -> bytes:
    """Root of a float32 matrix, without its tree.

    Raises:
        ValueError: as `tensor_leaves`.
    """
    return packed_tensor_root(*_matrix(tensor))


def scalar_root(bits: int) -> bytes:
    """Root of the 1 x 1 tensor whose element has these binary32 bits."""
    return root(TreeKind.TENSOR, [hash_leaf([bits << 224])])


def checkpoint_root(state: Sequence[Tensor]) -> bytes:
    """Root of a state: its tensors in order."""
    return root(TreeKind.CHECKPOINT, [tensor_root(tensor) for tensor in state])


def batch_root(batch: Sequence[Tensor]) -> bytes:
    """Root of a batch: its tensors in order."""
    return root(TreeKind.BATCH, [tensor_root(tensor) for tensor in batch])


def program_leaf(words: tuple[int, int, int]) -> bytes:
    """Hash of a program node given as its three words."""
    return keccak(header(Tag.PROGRAM, 0, 0) + b"".join(word.to_bytes(HASH_BYTES, "big") for word in words))


def program_root(nodes: Sequence[tuple[int, int, int]]) -> bytes:
    """Root of a program given as the words of its nodes."""
    return root(TreeKind.PROGRAM, [program_leaf(words) for words in nodes])

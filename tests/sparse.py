"""Tensors and trees far larger than memory, held by what repeats in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np

from pinpoint.commitment.tensor import LANES, LANES_PER_LEAF, Tensor, leaf_words, leaves_per_row, tensor_leaves
from pinpoint.commitment.tree import ARITY, HASH_BYTES, Tree, TreeKind, packed_parents, parents, unpack


class Level(Sequence[bytes]):
    """The nodes of a level: a pattern over and over, but for some.

    Node i is `pattern[i % len(pattern)]` unless it is among the changes.
    """

    def __init__(self, pattern: Sequence[bytes], count: int, changes: Mapping[int, bytes] | None = None) -> None:
        self.pattern = list(pattern)
        self.count = count
        self.changes = dict(changes or {})

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._at(i) for i in range(*at.indices(self.count))]
        return self._at(range(self.count)[at])

    def __setitem__(self, at: slice, nodes: Iterable[bytes]) -> None:
        self.changes.update(zip(range(*at.indices(self.count)), nodes, strict=True))

    def __iter__(self) -> Iterator[bytes]:
        return map(self._at, range(self.count))

    def copy(self) -> Level:
        """The same nodes, to be changed."""
        return Level(self.pattern, self.count, self.changes)

    def above(self, number: int) -> Level:
        """The parents, at level `number`."""
        size = len(self.pattern)
        repeated = size // gcd(size, ARITY)
        pattern = parents([self.pattern[i % size] for i in range(repeated * ARITY)], number)
        above = Level(pattern, -(-self.count // ARITY))
        changed = {i // ARITY for i in self.changes}
        if self.count % ARITY:
            changed.add(above.count - 1)
        for group in changed:
            above.changes[group] = self.parent(group, number)
        return above

    def parent(self, group: int, number: int) -> bytes:
        """Node `group` of the level above, which is level `number`."""
        return parents(self[group * ARITY : (group + 1) * ARITY], number)[0]

    def _at(self, i: int) -> bytes:
        return self.changes.get(i) or self.pattern[i % len(self.pattern)]


class SparseTree(Tree):
    """A tree whose levels are sparse; all else is `Tree`."""

    levels: Any

    def __init__(self, kind: TreeKind, leaves: Level) -> None:
        self.kind = kind
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            self.levels.append(self.levels[-1].above(len(self.levels)))

    def copy(self) -> SparseTree:
        """The same nodes, each of which may be changed by itself."""
        made = SparseTree.__new__(SparseTree)
        made.kind, made.levels = self.kind, [level.copy() for level in self.levels]
        return made

    def changed(self, index: int, leaf: bytes) -> SparseTree:
        """The tree with another leaf at `index`."""
        made = self.copy()
        made.levels[0].changes[index] = leaf
        for below, above in enumerate(made.levels[1:]):
            index //= ARITY
            above.changes[index] = made.levels[below].parent(index, below + 1)
        return made


class Packed(Sequence[bytes]):
    """The nodes of a level in a row: a third of the memory of a list."""

    def __init__(self, nodes: bytes) -> None:
        self.nodes = nodes

    def __len__(self) -> int:
        return len(self.nodes) // HASH_BYTES

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            first, last, _ = at.indices(len(self))
            return unpack(self.nodes[first * HASH_BYTES : last * HASH_BYTES])
        at = range(len(self))[at]
        return self.nodes[at * HASH_BYTES : (at + 1) * HASH_BYTES]


class PackedTree(Tree):
    """A tree of leaves that do not repeat."""

    levels: Any

    def __init__(self, kind: TreeKind, leaves: bytes) -> None:
        self.kind = kind
        self.levels = [Packed(leaves)]
        while len(self.levels[-1]) > 1:
            self.levels.append(Packed(packed_parents(self.levels[-1].nodes, len(self.levels))))


class SparseTensor:
    """A float32 matrix whose rows are all equal, but for some. As much of an array as a dispute needs.

    Attributes:
        shape: rows and columns.
        lanes: a row, or one lane if all in it are equal.
        rows: those that differ, each as long as it pleases: a forger writes into the padding, or leaves words out.
    """

    def __init__(self, shape: tuple[int, int], lanes: Tensor, rows: Mapping[int, Tensor] | None = None) -> None:
        self.shape = shape
        self.lanes = lanes
        self.rows = dict(rows or {})

    def __getitem__(self, row: int) -> Tensor:
        """A row, padded with zero lanes to whole words."""
        return self.rows.get(row, self._row)

    def __array__(self, dtype: Any = None) -> Tensor:
        """All of it, for tensors that fit."""
        return np.array([self[row][: self.shape[1]] for row in range(self.shape[0])], dtype)

    @cached_property
    def _row(self) -> Tensor:
        padded = np.zeros(-(-self.shape[1] // LANES) * LANES, np.float32)
        padded[: self.shape[1]] = self.lanes
        return padded

    @cached_property
    def tree(self) -> SparseTree:
        """Its TENSOR tree."""
        cols = self.shape[1]
        per_row = leaves_per_row(cols)
        if len(self.lanes) == 1 and cols % LANES_PER_LEAF == 0:
            pattern = tensor_leaves(self._row[None, :LANES_PER_LEAF])
        else:
            pattern = tensor_leaves(self._row[None])
        tree = SparseTree(TreeKind.TENSOR, Level(pattern, self.shape[0] * per_row))
        for row, lanes in self.rows.items():
            for place, leaf in enumerate(tensor_leaves(lanes[None])):
                tree = tree.changed(row * per_row + place, leaf)
        return tree

    @property
    def root(self) -> bytes:
        """Root of its tree."""
        return self.tree.root

    def words(self, leaf: int) -> list[int]:
        """The words of a leaf."""
        return leaf_words(self, leaf)  # type: ignore[arg-type]

    def flipped(self, row: int, col: int, mask: int) -> SparseTensor:
        """With some bits of one lane flipped, of the padding perhaps."""
        bits = self[row].view(np.uint32).copy()
        bits[col] ^= np.uint32(mask)
        return SparseTensor(self.shape, self.lanes, self.rows | {row: bits.view(np.float32)})

    def resized(self, row: int, words: int) -> SparseTensor:
        """With so many words more, or less, at the end of a row."""
        lanes = self[row]
        longer = np.zeros(len(lanes) + words * LANES, np.float32)
        size = min(len(lanes), len(longer))
        longer[:size] = lanes[:size]
        return SparseTensor(self.shape, self.lanes, self.rows | {row: longer})

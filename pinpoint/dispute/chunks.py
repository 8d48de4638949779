"""Chunks of a task's data: which there are, how one is asked for, how it is posted (docs/availability.md).

A chunk is 64 leaves of a tensor, the last one perhaps fewer. The twin of contracts/libraries/chunks.vy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np

from pinpoint.commitment.tensor import (
    LANES,
    LANES_PER_LEAF,
    WORDS_PER_LEAF,
    Tensor,
    hash_leaf,
    leaf_count,
    leaf_words,
    leaves_per_row,
    program_leaf,
    tensor_tree,
    words_per_row,
)
from pinpoint.commitment.tree import ARITY, HASH_BYTES, PathError, Tree, TreeKind, climb, height, parents, width, wrap
from pinpoint.program.graph import Program
from pinpoint.program.operators import Operator, Shape

LEVEL = 3
LEAVES = ARITY**LEVEL
MAX_BYTES = LEAVES * WORDS_PER_LEAF * HASH_BYTES
POST_BYTES = 8192
"""What the contract counts for a post beside its words, in bytes; see there."""

_UNKNOWN = b""


class ChunkError(ValueError):
    """A chunk is not what its coordinates say, or does not lead to the root that it belongs to."""


class Source(IntEnum):
    """What a chunk is of (chunks.Source); FINAL in a request only."""

    CHECKPOINT = 1
    FINAL = 2
    BATCH = 4

    @property
    def kinds(self) -> tuple[TreeKind, TreeKind]:
        """The tree of a checkpoint or batch, and the one that it is a leaf of."""
        if self is Source.BATCH:
            return TreeKind.BATCH, TreeKind.DATASET
        return TreeKind.CHECKPOINT, TreeKind.PROOF


@dataclass(frozen=True)
class Bundle:
    """A checkpoint or a batch, whose tensors can be asked for.

    Attributes:
        source: CHECKPOINT or BATCH.
        index: of the checkpoint in the proof, or of the batch in the data set.
        asked_as: source, place and step with which `ask` says so; those of the first that there are.
    """

    source: Source
    index: int
    asked_as: tuple[Source, int, int]


@dataclass(frozen=True)
class Chunk:
    """A part of a tensor that is asked for and posted at once (chunks.Chunk).

    Attributes:
        source: CHECKPOINT or BATCH.
        index: of the checkpoint in the proof, or of the batch in the data set.
        tensor: which one of its tensors.
        rows, cols: the tensor's shape.
        number: of the chunk in the tensor.
    """

    source: Source
    index: int
    tensor: int
    rows: int
    cols: int
    number: int

    @classmethod
    def of(cls, chain: Sequence[Any]) -> Chunk:
        """The chunk of an event."""
        return cls(Source(chain[0]), *(int(field) for field in chain[1:]))

    def arguments(self) -> tuple[int, ...]:
        """The contract's struct."""
        return int(self.source), self.index, self.tensor, self.rows, self.cols, self.number

    @property
    def shape(self) -> Shape:
        """The tensor's shape."""
        return self.rows, self.cols

    @property
    def leaves(self) -> range:
        """The tensor's leaves that are in the chunk."""
        first = self.number * LEAVES
        return range(first, min(first + LEAVES, leaf_count(*self.shape)))

    @property
    def size(self) -> int:
        """Bytes of the chunk: its leaves' words."""
        return HASH_BYTES * (self._words_before(self.leaves.stop) - self._words_before(self.leaves.start))

    @property
    def counted(self) -> int:
        """Bytes that the contract gives the solver time for."""
        return self.size + POST_BYTES

    def _words_before(self, leaf: int) -> int:
        row, place = divmod(leaf, leaves_per_row(self.cols))
        return row * words_per_row(self.cols) + place * WORDS_PER_LEAF


@dataclass(frozen=True)
class Paths:
    """From a chunk to the task's root (chunks.Paths): in its tensor, its checkpoint or batch, the proof or data set.

    Attributes:
        tensors: how many the checkpoint or batch has.
    """

    tensors: int
    in_tensor: Sequence[bytes]
    in_bundle: Sequence[bytes]
    in_collection: Sequence[bytes]

    @classmethod
    def of(cls, chain: Sequence[Any]) -> Paths:
        """The paths of an event."""
        tensors, *paths = chain
        return cls(int(tensors), *([bytes(node) for node in path] for path in paths))

    def arguments(self) -> tuple[Any, ...]:
        """The contract's struct."""
        return self.tensors, list(self.in_tensor), list(self.in_bundle), list(self.in_collection)


# What there is


def bundles(samples: Sequence[int], *, segments: int, interval: int, batches: int, final: bool = False) -> list[Bundle]:
    """What a replay of the sampled segments reads, each once, in the order in which it does.

    Args:
        samples: the sampled segments.
        segments, interval, batches: of the task's geometry.
        final: the last checkpoint, too: the trained model.
    """
    found: dict[tuple[Source, int], Bundle] = {}

    def add(source: Source, index: int, *asked_as: Any) -> None:
        found.setdefault((source, index), Bundle(source, index, asked_as))

    for place, segment in enumerate(samples):
        for end in range(2):
            add(Source.CHECKPOINT, segment + end, Source.CHECKPOINT, place, end)
        for step in range(interval):
            add(Source.BATCH, (segment * interval + step) % batches, Source.BATCH, place, step)
    if final:
        add(Source.CHECKPOINT, segments, Source.FINAL, 0, 0)
    return list(found.values())


def program_tree(program: Program) -> Tree:
    """The tree of a program."""
    return Tree(TreeKind.PROGRAM, [program_leaf(node.words()) for node in program.nodes])


def shapes_of(program: Program, source: Source) -> tuple[Shape, ...]:
    """Shapes of a checkpoint's tensors, or of a batch's."""
    return program.batch_shapes if source is Source.BATCH else program.state_shapes


def chunk_count(shape: Shape) -> int:
    """Chunks of a tensor."""
    return width(leaf_count(*shape), LEVEL)


def chunks_of(program: Program, bundle: Bundle) -> Iterator[Chunk]:
    """All chunks of a checkpoint or batch."""
    for tensor, shape in enumerate(shapes_of(program, bundle.source)):
        for number in range(chunk_count(shape)):
            yield Chunk(bundle.source, bundle.index, tensor, *shape, number)


# Asking and posting


def ask_arguments(program: Program, tree: Tree, bundle: Bundle, chunk: Chunk) -> tuple[Any, ...]:
    """What `ask` takes after the task.

    Args:
        tree: the program's.
        bundle: what the chunk is of.
    """
    node = _node_of(program, chunk)
    source, place, step = bundle.asked_as
    return int(source), place, step, node, (program.nodes[node].words(), tree.path(node)), chunk.number


class Poster:
    """One checkpoint or batch, ready to be posted: its trees are made once, however many of its chunks are owed."""

    def __init__(self, source: Source, index: int, tensors: Sequence[Tensor], collection: Tree) -> None:
        """
        Args:
            source: CHECKPOINT or BATCH.
            index: in the collection.
            tensors: what it holds.
            collection: the PROOF or DATASET tree, at least the path of this leaf.
        """
        self._tensors = tensors
        self._in_collection = collection.path(index)
        self._kind, _ = source.kinds

    def arguments(self, chunk: Chunk) -> tuple[Any, ...]:
        """What `post` takes after the task.

        Raises:
            ChunkError: if the tensor is not there, or has another shape.
        """
        if not (chunk.tensor < len(self._tensors) and self._tensors[chunk.tensor].shape == chunk.shape):
            raise ChunkError(f"expected a tensor of {chunk.rows} x {chunk.cols} for {chunk}")
        tensor, tree = self._tensors[chunk.tensor], self._trees[chunk.tensor]
        words = [word for leaf in chunk.leaves for word in leaf_words(tensor, leaf)]
        data = b"".join(word.to_bytes(HASH_BYTES, "big") for word in words)
        paths = Paths(
            len(self._tensors),
            tree.path(chunk.number, min(LEVEL, tree.height)),
            Tree(self._kind, [one.root for one in self._trees]).path(chunk.tensor),
            self._in_collection,
        )
        return chunk.arguments(), data, paths.arguments()

    @cached_property
    def _trees(self) -> list[Tree]:
        return [tensor_tree(tensor) for tensor in self._tensors]


# What was posted


class PartialTree(Tree):
    """A tree of which only some leaves, with their paths, are known. What is not known is empty."""

    def __init__(self, kind: TreeKind, count: int) -> None:
        self.kind = kind
        self.levels = [[_UNKNOWN] * width(count, level) for level in range(height(count) + 1)]

    def learn(self, index: int, leaf: bytes, siblings: Sequence[bytes]) -> None:
        """Take in a leaf and its path, which the caller has checked (`climb`)."""
        node, rest = leaf, list(siblings)
        for level, nodes in enumerate(self.levels[:-1]):
            low = index - index % ARITY
            size = min(ARITY, len(nodes) - low)
            others, rest = rest[: size - 1], rest[size - 1 :]
            group = [*others[: index - low], node, *others[index - low :]]
            nodes[low : low + size] = group
            (node,) = parents(group, level + 1)
            index //= ARITY
        self.levels[-1][0] = node

    def run(self, first: int, last: int, level: int = 0, to_level: int | None = None) -> list[bytes]:
        """As of a whole tree.

        Raises:
            PathError: also if one of the nodes, or a sibling, is not known.
        """
        siblings = super().run(first, last, level, to_level)
        if _UNKNOWN in (*siblings, *self.levels[level][first:last]):
            raise PathError(f"expected nodes [{first}, {last}) of level {level} and their path to be known")
        return siblings


def bundle_root(chunk: Chunk, data: bytes, paths: Paths) -> bytes:
    """Root of the checkpoint or batch that has this data as that chunk; what `post` computes, too.

    Raises:
        ChunkError: if words or siblings are not as many as there must be, or a lane beyond a row's end is not zero.
    """
    kind, _ = chunk.source.kinds
    try:
        tensor = _tensor_root(chunk, data, paths.in_tensor)
        return wrap(kind, paths.tensors, climb([tensor], chunk.tensor, paths.tensors, paths.in_bundle))
    except (PathError, OverflowError) as error:
        raise ChunkError(f"expected paths of {chunk}: {error}") from error


def assemble(shape: Shape, posted: Mapping[int, bytes]) -> Tensor | None:
    """The tensor of all its chunks' data, by number; None while some are missing."""
    numbers = range(chunk_count(shape))
    if any(number not in posted for number in numbers):
        return None
    rows, cols = shape
    lanes = np.frombuffer(b"".join(posted[number] for number in numbers), dtype=">u4").reshape(rows, -1)
    return lanes[:, :cols].astype(np.uint32).view(np.float32)


def _tensor_root(chunk: Chunk, data: bytes, siblings: Sequence[bytes]) -> bytes:
    if len(data) != chunk.size:
        raise ChunkError(f"expected {chunk.size} bytes for {chunk}, got {len(data)}")
    words = [int.from_bytes(data[i : i + HASH_BYTES], "big") for i in range(0, len(data), HASH_BYTES)]
    per_row, used, nodes = leaves_per_row(chunk.cols), 0, []
    padding = ~0 % 2**256 >> 32 * ((chunk.cols - 1) % LANES + 1)
    for leaf in chunk.leaves:
        left = chunk.cols - leaf % per_row * LANES_PER_LEAF
        size = min(WORDS_PER_LEAF, words_per_row(left))
        nodes.append(hash_leaf(words[used : used + size]))
        used += size
        if left <= LANES_PER_LEAF and words[used - 1] & padding:
            raise ChunkError(f"expected zero lanes beyond column {chunk.cols} for {chunk}, in leaf {leaf}")
    count = leaf_count(*chunk.shape)
    top = min(LEVEL, height(count))
    for level in range(1, top + 1):
        nodes = parents(nodes, level)
    return wrap(TreeKind.TENSOR, count, climb(nodes, chunk.number, count, siblings, top))


def _node_of(program: Program, chunk: Chunk) -> int:
    if chunk.source is not Source.BATCH:
        return chunk.tensor
    return next(
        index
        for index, node in enumerate(program.nodes)
        if node.operator is Operator.BATCH and node.attribute == chunk.tensor
    )

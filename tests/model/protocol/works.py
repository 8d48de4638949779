"""What is behind the hashes: trees that everybody in a campaign holds, so that a path can be told to be right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pinpoint.commitment.tensor import program_leaf
from pinpoint.commitment.tree import PathError, Tree, TreeKind, climb, height, keccak, width, wrap
from pinpoint.dispute.chunks import Chunk, Paths, Source, bundle_root
from pinpoint.dispute.position import ROOT, Children, Position, Stage
from tests.model.protocol.order import Geometry
from tests.model.protocol.words import need

DISTANCE_NODES = 32
"""Of the program that says how far a state is, for each tensor of it."""


def as_bytes(word: int) -> bytes:
    """32 bytes of a word."""
    return word.to_bytes(32, "big")


def made_up(*of: Any) -> int:
    """A hash of nothing."""
    return int.from_bytes(keccak(repr(of).encode()), "big")


class Works:
    """Trees by their roots."""

    def __init__(self) -> None:
        self._trees: dict[bytes, Tree] = {}
        self.reports: dict[tuple[int, int, str], Tree] = {}
        self._invalid: set[tuple[int, int]] = set()

    def keep(self, tree: Tree) -> int:
        """Hold a tree; its root."""
        self._trees[tree.root] = tree
        return int.from_bytes(tree.root, "big")

    def tree(self, root: bytes) -> Tree | None:
        """The tree of a root, if anybody holds it."""
        return self._trees.get(root)

    def proof(self, initial: int, segments: int, of: Any) -> Tree:
        """A proof whose first state is the task's, the others made up."""
        leaves = [initial, *(made_up("state", of, place) for place in range(segments))]
        return Tree(TreeKind.PROOF, [as_bytes(leaf) for leaf in leaves])

    def report(self, samples: int, interval: int, content: str) -> Tree:
        """A report that can be shown down to the roots of its steps, which nobody holds."""
        of = samples, interval, content
        if of not in self.reports:
            segments = []
            for sample in range(samples):
                steps = [as_bytes(made_up("trace", of, sample, step)) for step in range(interval + 1)]
                segments.append(Tree(TreeKind.SEGMENT, steps))
                self.keep(segments[-1])
            self.reports[of] = Tree(TreeKind.REPORT, [segment.root for segment in segments])
            self.keep(self.reports[of])
        return self.reports[of]

    def spoil(self, tree: Tree, node: int) -> int:
        """Hold a program, one node of which breaks a rule by itself; its root."""
        self._invalid.add((int.from_bytes(tree.root, "big"), node))
        return self.keep(tree)

    def invalid(self, program: int, node: int) -> bool:
        """Whether a node is such a one."""
        return (program, node) in self._invalid

    @staticmethod
    def opens_to(root: int, leaf: int, place: int, count: int, siblings: Sequence[int]) -> str:
        """Whether siblings lead from a leaf of a proof to its root: "" if so, else why not."""
        try:
            top = climb([as_bytes(leaf)], place, count, [as_bytes(sibling) for sibling in siblings])
        except PathError:
            return "path"
        return "" if wrap(TreeKind.PROOF, count, top) == as_bytes(root) else "root"

    @staticmethod
    def in_program(root: int, count: int, node: int, words: Sequence[int], siblings: Sequence[int]) -> str:
        """Why a node does not belong to a program of `count` nodes; "" if it does."""
        try:
            top = climb([program_leaf(tuple(words))], node, count, [as_bytes(sibling) for sibling in siblings])
        except PathError:
            return "tree: path"
        return "" if wrap(TreeKind.PROGRAM, count, top) == as_bytes(root) else "evidence: program"

    @staticmethod
    def posted(root: int, dataset: int, batches: int, count: int, chunk: Any, data: bytes, paths: Any) -> str:
        """Why a chunk does not belong to a proof of `count` states, or to a data set; "" if it does."""
        found = Chunk(Source(chunk[0]), *chunk[1:])
        tensors, *siblings = paths
        made = Paths(tensors, *([as_bytes(each) for each in path] for path in siblings))
        if len(data) != found.size:
            return "chunks: size"
        bundle = bundle_root(found, data, made)
        kind, leaves, right = TreeKind.PROOF, count, root
        if found.source is Source.BATCH:
            kind, leaves, right = TreeKind.DATASET, batches, dataset
        top = climb([bundle], found.index, leaves, made.in_collection)
        what = "dataset" if kind is TreeKind.DATASET else "proof"
        return "" if wrap(kind, leaves, top) == as_bytes(right) else f"availability: {what}"

    def check_children(self, position: Position, children: tuple[int, ...], geometry: Geometry) -> None:
        """Refuse what is not below a claim. How many there are is known of trees that nobody holds, too."""
        need(position.level == ROOT, "descent: leaf")
        count = self._leaves(position, geometry)
        need(len(children) == width(count, max(0, height(count) - 2)), "tree: children")
        tree = self.tree(position.claim)
        right = () if tree is None else Children.of(tree, position).hashes
        need(tuple(map(as_bytes, children)) == right, "descent: children")

    @staticmethod
    def _leaves(position: Position, geometry: Geometry) -> int:
        if position.stage is Stage.REPORT:
            return geometry.samples
        if position.stage is Stage.SEGMENT:
            return geometry.interval + 1
        step = position.coordinates[1]
        return geometry.nodes if step < geometry.interval else geometry.state * DISTANCE_NODES

    def descend(self, position: Position, legs: Sequence[Any], geometry: Geometry) -> Position:
        """The position that legs lead to, each to a leaf of the tree that the claim is the root of."""
        for child, level, index, kind, count, siblings in legs:
            tree = self.tree(position.claim)
            # Below a leaf there is nothing.
            need(position.level == ROOT, "descent: level")
            need(tree is not None, "descent: path")
            assert tree is not None
            need(level == 0 and tree.levels[0][index] == as_bytes(child), "descent: path")
            need(list(map(as_bytes, siblings)) == list(tree.path(index, 0)), "descent: path")
            assert position.stage in (Stage.REPORT, Stage.SEGMENT), "expected nobody to hold more"
            position = position.below(as_bytes(child), level, index, kind, count)
        return position

"""Proofs of a fault, from a challenger's own report and what it knows of the other's.

The challenger has come to the leftmost place where the two reports differ. Everything left of it is the same in both,
so operands come from its own report; only siblings may be the other's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pinpoint.commitment.tensor import (
    LANES,
    LANES_PER_LEAF,
    Tensor,
    hash_leaf,
    leaf_words,
    leaves_per_row,
    row_words,
)
from pinpoint.commitment.tree import Tree
from pinpoint.dispute.knowledge import Knowledge
from pinpoint.dispute.moves import Leg, Move, prove
from pinpoint.dispute.position import Position
from pinpoint.program.distance import NODES_PER_TENSOR
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator, blocks
from pinpoint.replay.movement import INDEXED, origin
from pinpoint.replay.report import Report


@dataclass(frozen=True)
class Trees:
    """What solver and task are committed to.

    Attributes:
        program: PROGRAM tree.
        dataset: DATASET tree.
        proof: PROOF tree.
    """

    program: Tree
    dataset: Tree
    proof: Tree


@dataclass(frozen=True)
class Case:
    """A challenger's own report, the trees around it, and what it knows of the challenged one."""

    own: Report
    trees: Trees
    theirs: Knowledge

    def node(self, position: Position) -> Node:
        """The node of the program or of the distance that a position is in."""
        _, step, node = position.coordinates
        return self.own.nodes(step)[node]

    def is_pack(self, position: Position) -> bool:
        """Whether a position is in the output of PACK."""
        return self.node(position).operator is Operator.PACK

    def input_fault(self, position: Position, legs: Sequence[Leg]) -> Move:
        """An input's output is not what program, data, proof or trace say. The position is its root."""
        node = self.node(position)
        sample, step, index = position.coordinates
        proof = self._node_proof(step, index)
        if node.operator is Operator.CONSTANT:
            return prove("prove_input_fault", legs, proof, (bytes(32), 0, []))
        leaf = self.own.tree(sample, step).levels[0][index]
        if node.operator is Operator.BATCH:
            return prove("prove_input_fault", legs, proof, self._from_batch(sample, step, node.attribute, leaf))
        return prove("prove_input_fault", legs, proof, self._from_state(sample, step, node.attribute, leaf))

    def pack_fault(self, position: Position, legs: Sequence[Leg]) -> Move:
        """A tensor of the packed state is not the output of its producer. The position is its leaf."""
        sample, step, _ = position.coordinates
        producer = self.own.program.producers[position.index]
        trace = self.theirs.tree(sample, step)
        source = (trace.levels[0][producer], 0, [trace.path(producer)])
        return prove("prove_input_fault", legs, self._node_proof(step, position.index), source)

    def value_fault(self, position: Position, legs: Sequence[Leg], words: Sequence[int]) -> Move:
        """A lane is not what its operator computes. The position is the leaf, `words` are what stands there."""
        sample, step, index = position.coordinates
        node = self.node(position)
        output = self.own.output(sample, step, index)
        right = leaf_words(output, position.index)
        if len(words) != len(right):
            return self.malformed(position, legs, words)
        lane = _first_difference(words, right)
        row, place = divmod(position.index, leaves_per_row(node.cols))
        proof = self._node_proof(step, index)
        column = place * LANES_PER_LEAF + lane
        match TABLE[node.operator].kind:
            case Kind.REDUCTION:
                method, operands = "prove_lane_fault", self._rows(sample, step, node, row, column)
            case Kind.MOVEMENT:
                method, operands = "prove_moved_fault", self._origin(sample, step, node, row, column)
            case _:
                method, operands = "prove_word_fault", self._leaves(sample, step, node, row, place)
        return prove(method, legs, proof, list(words), lane, operands)

    def distance_fault(self, sample: int, legs: Sequence[Leg]) -> Move:
        """The posted distance of a segment is not what its trace ends in."""
        number = self.own.segments[sample].number
        output = self.own.output(sample, self.own.interval, len(self.own.distance_nodes) - 1)
        [word] = leaf_words(output, 0)
        last = self.own.interval - 1
        replayed = (
            self.own.end_root(sample),
            0,
            [
                self.own.tree(sample, last).path(self.own.program.pack),
                self.own.tree(sample).path(last),
                self.own.tree().path(sample),
            ],
        )
        claimed = (self.trees.proof.levels[0][number + 1], 0, [self.trees.proof.path(number + 1)])
        return prove("prove_distance_fault", legs, word >> 32 * (LANES - 1), replayed, claimed)

    def malformed(self, position: Position, legs: Sequence[Leg], words: Sequence[int] = ()) -> Move:
        """An output's tree, or its leaf, has not the size of its shape."""
        _, step, index = position.coordinates
        return prove("prove_malformed", legs, self._node_proof(step, index), list(words))

    def _node_proof(self, step: int, index: int) -> tuple[Any, ...]:
        # A node of the distance is derived from the STATE node of its tensor.
        shown = index if step < self.own.interval else index // NODES_PER_TENSOR
        return self.own.program.nodes[shown].words(), self.trees.program.path(shown)

    def _from_batch(self, sample: int, step: int, attribute: int, leaf: bytes) -> tuple[Any, ...]:
        batch = self.own.batch(sample, step)
        at = (self.own.segments[sample].number * self.own.interval + step) % self.trees.dataset.count
        return leaf, batch.count, [batch.path(attribute), self.trees.dataset.path(at)]

    def _from_state(self, sample: int, step: int, attribute: int, leaf: bytes) -> tuple[Any, ...]:
        source, tensor = (1, attribute) if step == 0 else (0, attribute)
        if step == self.own.interval:
            tensor, source = divmod(attribute, 3)
        if source > 0:
            state, number = self.own.checkpoint(sample, source == 2), self.own.segments[sample].number
            return leaf, 0, [state.path(tensor), self.trees.proof.path(number + source - 1)]
        before = self.own.tree(sample, step - 1)
        packed = self.own.tree(sample, step - 1, self.own.program.pack)
        return (
            leaf,
            0,
            [
                packed.path(tensor),
                before.path(self.own.program.pack),
                self.theirs.tree(sample).path(step - 1),
                self.theirs.tree().path(sample),
            ],
        )

    def _origin(self, sample: int, step: int, node: Node, row: int, column: int) -> list[tuple[Any, ...]]:
        if column >= node.cols:
            return []
        found, index = [], 0
        if node.operator in INDEXED:
            source = node.inputs[-1]
            index = int(self.own.output(sample, step, source).view(np.uint32)[0, row])
            found.append(self._leaf(sample, step, source, 0, row // LANES_PER_LEAF))
        moved = origin(node, row, column, index)
        if moved.which is not None:
            place = moved.col // LANES_PER_LEAF
            found.append(self._leaf(sample, step, node.inputs[moved.which], moved.row, place))
        return found

    def _leaves(self, sample: int, step: int, node: Node, row: int, place: int) -> list[tuple[Any, ...]]:
        found = []
        for source, (rows, cols) in zip(node.inputs, node.input_shapes, strict=True):
            spread = cols == 1 and node.cols != 1
            found.append(self._leaf(sample, step, source, 0 if rows == 1 else row, 0 if spread else place))
        return found

    def _leaf(self, sample: int, step: int, source: int, row: int, place: int) -> tuple[Any, ...]:
        tensor = self.own.output(sample, step, source)
        leaf = row * leaves_per_row(tensor.shape[1]) + place
        path = self.own.tree(sample, step, source).path(leaf)
        return leaf_words(tensor, leaf), path, self.theirs.tree(sample, step).path(source)

    def _rows(self, sample: int, step: int, node: Node, row: int, column: int) -> list[tuple[Any, ...]]:
        if column >= node.cols:
            return []
        rows = [row]
        if node.operator is Operator.SCATTER_ADD:
            rows = [column, 0]
        elif len(node.inputs) == 2:
            # A block of rows is multiplied by its own block.
            count = blocks(node.attribute)
            rows = [row, row // (node.rows // count) * (node.input_shapes[1][0] // count) + column]
        return [
            self._row(sample, step, source, at) for source, at in zip(node.inputs, rows, strict=True)
        ]

    def _row(self, sample: int, step: int, source: int, row: int) -> tuple[Any, ...]:
        tensor: Tensor = self.own.output(sample, step, source)
        per_row = leaves_per_row(tensor.shape[1])
        path = self.own.tree(sample, step, source).run(row * per_row, (row + 1) * per_row)
        return row_words(tensor, row), path, self.theirs.tree(sample, step).path(source)


def _first_difference(words: Sequence[int], right: Sequence[int]) -> int:
    for place, (ours, theirs) in enumerate(zip(right, words, strict=True)):
        if ours != theirs:
            return place * LANES + (256 - (ours ^ theirs).bit_length()) // 32
    raise ValueError(f"expected other words than {hash_leaf(right).hex()} stands for")

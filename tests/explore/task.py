"""A tiny task whose reports are as wrong as an abstract tree says, and what is sent about a place in them.

The abstraction map. The abstract tree branches in two; of the real one, only some places are played at. By depth of
the abstract tree, its inner nodes and its leaves are these, the root being the report's root:

    depth 3   segment i, step j of it, output of ADD or MUL in that   (2 x 2 x 2 leaves)
    depth 2   step 0 of segment i, output of ADD or MUL in that       (2 x 2)
    depth 1   output of ADD or MUL in step 0 of segment 0             (2)
    depth 0   no place below the root but the output of ADD, which can be proved right or wrong

A leaf is the one leaf of that output's tree. What is packed is the second leaf instead: tensor 0 of PACK. In the place
of an inner node without a preimage stands a hash of nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from pinpoint.chain.client import Geometry, Order
from pinpoint.commitment.tensor import Tensor, batch_root, checkpoint_root, leaf_words, program_leaf
from pinpoint.commitment.tree import Tree as Hashes
from pinpoint.commitment.tree import TreeKind
from pinpoint.dispute import defender
from pinpoint.dispute.evidence import Case, Trees
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Leg, Move, descend
from pinpoint.dispute.position import Position
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Program
from pinpoint.program.work import data_bits
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.report import Report, Segment
from pinpoint.replay.training import replay
from tests.model.tree import Tree

SEGMENTS, INTERVAL, LANES = 2, 2, 8
ADD, MUL, PACK = 2, 3, 4
"""Nodes of the program, after its state and its batch."""
LANE, BITS = 3, 1 << 20
"""What is wrong in a wrong leaf."""
NO_PREIMAGE = bytes.fromhex("5a" * 32)
LARGEST = 0x3F7FFFFF
"""Threshold below 1 that every lie of these tasks passes."""
UNITS = 1_000
FULL_DEPTH, OUTPUT_STAGE = 3, 3
Coordinates = tuple[int, ...]


def program() -> Program:
    """state' = (state + batch) * state."""
    b = Builder()
    state, batch = b.state(1, LANES), b.batch(1, LANES)
    built = b.finish([(state + batch) * state])
    assert len(built.nodes) == PACK + 1, "expected state, batch, two operators and PACK"
    return built


def flipped(tensor: Tensor) -> Tensor:
    """Another bit in one lane."""
    bits = tensor.view(np.uint32).copy()
    bits[0, LANE] ^= np.uint32(BITS)
    return bits.view(np.float32)


@dataclass(frozen=True)
class Task:
    """What the solver did.

    Attributes:
        states: its checkpoints; the last one is wrong where the task is to be rejected.
        threshold: largest distance that passes, binary32 bits.
    """

    program: Program
    batches: Sequence[Sequence[Tensor]]
    states: Sequence[Sequence[Tensor]]
    threshold: int

    @property
    def trees(self) -> Trees:
        """Program, data and proof."""
        return Trees(
            program=Hashes(TreeKind.PROGRAM, [program_leaf(node.words()) for node in self.program.nodes]),
            dataset=Hashes(TreeKind.DATASET, [batch_root(batch) for batch in self.batches]),
            proof=Hashes(TreeKind.PROOF, [checkpoint_root(state) for state in self.states]),
        )

    def order(self, price: int) -> Order:
        """The order, at a price of a unit."""
        geometry = Geometry(
            nodes=len(self.program.nodes),
            state=1,
            batches=len(self.batches),
            steps=SEGMENTS * INTERVAL,
            interval=INTERVAL,
            samples=SEGMENTS,
            threshold=self.threshold,
            weights=1,
            data=data_bits(self.program, INTERVAL, SEGMENTS),
        )
        trees = self.trees
        return Order(trees.program.root, trees.dataset.root, checkpoint_root(self.states[0]), geometry, UNITS, price)

    def segments(self, numbers: Sequence[int]) -> list[Segment]:
        """The sampled segments as the solver claims them."""
        return [
            Segment(
                number,
                self.states[number],
                self.states[number + 1],
                [self.batches[number * INTERVAL + step] for step in range(INTERVAL)],
            )
            for number in numbers
        ]


def task(rejected: bool = False) -> Task:
    """A training of two segments of two steps, right or wrong at its end."""
    rng = np.random.default_rng(5)
    made = program()
    batches = [[rng.random((1, LANES), dtype=np.float32)] for _ in range(SEGMENTS * INTERVAL)]
    states: list[Sequence[Tensor]] = [[rng.random((1, LANES), dtype=np.float32)]]
    for number in range(SEGMENTS):
        steps = replay(made, states[-1], lambda step: batches[step], number * INTERVAL, INTERVAL, arithmetic)
        states.append([after for _, after in steps][-1])
    if rejected:
        states[-1] = [flipped(tensor) for tensor in states[-1]]
    return Task(made, batches, states, 0 if rejected else LARGEST)


class Forged(Report):
    """A report with lies in outputs and in packed states, and with hashes of nothing."""

    def __init__(
        self,
        made: Program,
        segments: Sequence[Segment],
        wrong: frozenset[Coordinates],
        hidden: frozenset[Coordinates],
    ) -> None:
        """
        Args:
            wrong: sample, step, node and leaf of the faults.
            hidden: coordinates of roots without a preimage: of the report, of a segment, or of a step.
        """
        self._wrong, self._hidden = wrong, hidden
        super().__init__(made, segments, self._falsify)

    @property
    def root(self) -> bytes:
        """Root of the REPORT tree."""
        return NO_PREIMAGE if () in self._hidden else self.tree().root

    def tree(self, sample: int | None = None, step: int | None = None, node: int | None = None) -> Hashes:
        made = super().tree(sample, step, node)
        of = tuple(place for place in (sample, step, node) if place is not None)
        leaves = [NO_PREIMAGE if (*of, place) in self._hidden else leaf for place, leaf in enumerate(made.levels[0])]
        return made if leaves == made.levels[0] else Hashes(made.kind, leaves)

    def packed(self, sample: int, step: int, outputs: Sequence[bytes]) -> list[bytes]:
        right = super().packed(sample, step, outputs)
        return [bytes(32)] if (sample, step, PACK, 0) in self._wrong else right

    def _falsify(self, sample: int, step: int, node: int, right: Tensor) -> Tensor:
        return flipped(right) if (sample, step, node, 0) in self._wrong else right


class Places:
    """The moves that stand for those of an abstract tree."""

    def __init__(self, tree: Tree, made: Task, numbers: Sequence[int]) -> None:
        """
        Args:
            numbers: of the sampled segments.

        Raises:
            ValueError: if the tree has more than eight leaves, or one without a preimage.
        """
        if tree.fan != 2 or tree.depth > FULL_DEPTH or tree.hidden & set(tree.leaves):
            raise ValueError(f"expected at most 2^{FULL_DEPTH} leaves, each with a preimage, got {tree}")
        self.tree = tree
        self.honest = Report(made.program, made.segments(numbers))
        wrong = frozenset(self.leaf(leaf) for leaf in tree.faulty)
        hidden = frozenset(self.coordinates(node) for node in tree.hidden)
        self.report = Forged(made.program, made.segments(numbers), wrong, hidden)
        self._case = Case(self.report, made.trees, Whole(self.report))
        self.legs = cache(self._legs)
        self.position = cache(self._position)

    def leaf(self, node: int) -> Coordinates:
        """Sample, step, node and leaf of an abstract leaf."""
        place = node - self.tree.leaves[0]
        which = [place >> level & 1 for level in reversed(range(self.tree.depth))]
        sample, step, output = ([0] * FULL_DEPTH + which)[-FULL_DEPTH:]
        if self.tree.depth == FULL_DEPTH - 1:
            sample, step = step, 0
        return sample, step, PACK if node in self.tree.packed else (ADD, MUL)[output], 0

    def coordinates(self, node: int) -> Coordinates:
        """Where the claim is at an abstract node: so many trees down."""
        if node == 0:
            return ()
        depth = len(self.tree.ancestors(node)) - 1
        if depth == self.tree.depth:
            return self.leaf(node)
        below = node
        while below < self.tree.leaves[0]:
            below = self.tree.children(below)[0]
        return self.leaf(below)[: FULL_DEPTH - self.tree.depth + depth]

    def show(self, node: int) -> Move:
        """What is shown at a node."""
        return defender.next_move(self.report, self.position(self.coordinates(node)))

    def descend(self, claim: int, node: int) -> Move:
        """The descent to a node; what is not below the claim is sent as if it were."""
        return descend(self._between(self.coordinates(claim), self.coordinates(node)))

    def prove(self, claim: int, leaf: int) -> Move:
        """The proof about a leaf: of a lane that is wrong, or of one that is not."""
        case, place = self._case, self.leaf(leaf)
        legs, position = self._between(self.coordinates(claim), place), self.position(place)
        if leaf in self.tree.packed:
            return case.pack_fault(position, legs)
        sample, step, output, _ = place
        words = leaf_words(self.report.output(sample, step, output), 0)
        # The proof names the lane that differs from what it is told stands there.
        other = list(words)
        other[0] ^= BITS << 32 * (LANES - 1 - LANE)
        move = case.value_fault(position, legs, other)
        walk, proof, _, lane, operands = move.arguments
        assert lane == LANE, "expected the lane that is wrong"
        return Move(move.contract, move.method, (walk, proof, words, lane, operands))

    def _between(self, claim: Coordinates, place: Coordinates) -> list[Leg]:
        return list(self.legs(place)[len(claim) :])

    def _legs(self, place: Coordinates) -> tuple[Leg, ...]:
        found = []
        for depth, index in enumerate(place):
            tree = self.report.tree(*place[:depth])
            kind, count = (int(tree.kind), tree.count) if depth == OUTPUT_STAGE else (0, 0)
            found.append(Leg(tree.levels[0][index], 0, index, kind, count, tree.path(index, 0)))
        return tuple(found)

    def _position(self, place: Coordinates) -> Position:
        position = Position(self.report.root)
        for leg in self.legs(place):
            position = position.below(leg.child, leg.level, leg.index, leg.kind, leg.count)
        return position

"""A tiny training that stands for the market's task, every way to forge it, and reports about each, replayed once.

The program is an adaptive optimiser of eight weights whose gradient is the batch times their distance from a target. So
a batch of zeros moves nothing, huge second moments hold the weights for ever, and NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property

import numpy as np

from pinpoint.chain.client import Geometry, Order
from pinpoint.commitment.tensor import Tensor, batch_root, checkpoint_root, program_leaf
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.evidence import Trees
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Program
from pinpoint.program.operators import TABLE, Kind
from pinpoint.program.work import data_bits
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.lie import LastBitLie
from pinpoint.replay.report import Report, Segment
from pinpoint.replay.training import replay

LANES = 8
THRESHOLD = 0x3A800000  # 2^-10
CANONICAL_NAN = 0x7FC00000
HUGE = 1e30
"""A second moment under which no step moves a weight, though it decays for twelve steps."""


class Work(Enum):
    """What a solver did, or what its data let it do. Forged is from a segment on; that one is found where sampled."""

    HONEST = "honest"
    SKIPPED = "skipped"
    """So many segments claim the state before them, and the rest is trained from there."""
    MOMENTS = "forged moments"
    """The optimiser's moments are forged at the end of one segment; no weight moves afterwards."""
    MOVES = "forged weights"
    """The weights are forged at the end of one segment, and trained from there; with dead hidden layers, for nearly
    nothing."""
    NOT_FINITE = "not finite"
    """The weights are forged to be NaN at the end of one segment, and stay so."""
    PLANTED = "planted"
    """Honest work on data whose even segments have no gradient."""


@cache
def program() -> Program:
    """One step: v' = 0.9 v + 0.1 g^2, w' = w - 0.05 g / sqrt(v' + eps), where g = batch x (w - 1)."""
    b = Builder()
    weights, moments, batch = b.state(1, LANES), b.state(1, LANES), b.batch(1, LANES)
    slope = batch * (weights - 1.0)
    moved = moments * 0.9 + slope * slope * 0.1
    return b.finish([weights - slope * (moved + 1e-8).rsqrt() * 0.05, moved], memory=1)


@dataclass(frozen=True)
class Job:
    """What one kind of work claims, over so many segments of one step.

    Attributes:
        work: the kind.
        segments: of the training.
        at: SKIPPED: how many segments from the first on; forged states: at the end of which segment, from 0.
    """

    work: Work
    segments: int
    at: int = 0

    @cached_property
    def batches(self) -> list[list[Tensor]]:
        """One a step."""
        random = np.random.default_rng(5)
        made = [[random.random((1, LANES), dtype=np.float32) + np.float32(0.5)] for _ in range(self.segments)]
        if self.work is Work.PLANTED:
            made[::2] = [[np.zeros((1, LANES), np.float32)] for _ in made[::2]]
        return made

    @cached_property
    def states(self) -> list[list[Tensor]]:
        """The checkpoints that are claimed."""
        random = np.random.default_rng(6)
        found = [[random.random((1, LANES), dtype=np.float32) + np.float32(4), np.zeros((1, LANES), np.float32)]]
        for segment in range(self.segments):
            if self.work is Work.SKIPPED and segment < self.at:
                found.append(found[-1])
                continue
            steps = replay(program(), found[-1], lambda step: self.batches[step], segment, 1, arithmetic)
            after = [state for _, state in steps][-1]
            if segment == self.at and self.work is Work.MOMENTS:
                after = [found[-1][0], np.full((1, LANES), HUGE, np.float32)]
            if segment == self.at and self.work is Work.MOVES:
                after = [after[0] + np.float32(1), after[1]]
            if segment == self.at and self.work is Work.NOT_FINITE:
                after = [np.full((1, LANES), CANONICAL_NAN, np.uint32).view(np.float32), found[-1][1]]
            found.append(list(after))
        return found

    @cached_property
    def trees(self) -> Trees:
        """Program, data and proof."""
        return Trees(
            program=Tree(TreeKind.PROGRAM, [program_leaf(node.words()) for node in program().nodes]),
            dataset=Tree(TreeKind.DATASET, [batch_root(batch) for batch in self.batches]),
            proof=Tree(TreeKind.PROOF, [checkpoint_root(state) for state in self.states]),
        )

    def order(self, samples: int, units: int, price: int) -> Order:
        """The order, with the units of the training that this one stands for.

        Args:
            samples: segments that are replayed.
            units: of one step.
            price: of a unit, in base units.
        """
        geometry = Geometry(
            nodes=len(program().nodes),
            state=len(program().state_shapes),
            batches=self.segments,
            steps=self.segments,
            interval=1,
            samples=samples,
            threshold=THRESHOLD,
            weights=program().weights,
            data=data_bits(program(), 1, samples),
        )
        trees = self.trees
        return Order(trees.program.root, trees.dataset.root, checkpoint_root(self.states[0]), geometry, units, price)

    def report(self, samples: Sequence[int]) -> Report:
        """The right report about these segments."""
        return Joined([replayed(self, number) for number in samples])

    def wrong_report(self, samples: Sequence[int]) -> Report:
        """One whose first segment was replayed with a lane's last bit wrong."""
        return Joined([lied(self, samples[0]), *(replayed(self, number) for number in samples[1:])])


class Joined(Report):
    """A report out of replays of one segment each."""

    def __init__(self, parts: Sequence[Report]) -> None:
        """
        Args:
            parts: one a sample, of one program.
        """
        first = parts[0]
        self.program, self.interval, self.distance_nodes = first.program, first.interval, first.distance_nodes
        self.segments = [part.segments[0] for part in parts]
        self.distances = [part.distances[0] for part in parts]
        self._parts = list(parts)

    def tree(self, sample: int | None = None, step: int | None = None, node: int | None = None) -> Tree:
        if sample is None:
            return Tree(TreeKind.REPORT, [part.tree(0).root for part in self._parts])
        return self._parts[sample].tree(0, step, node)

    def output(self, sample: int, step: int, node: int) -> Tensor:
        return self._parts[sample].output(0, step, node)

    def end_root(self, sample: int) -> bytes:
        return self._parts[sample].end_root(0)


@cache
def job(work: Work, segments: int, at: int = 0) -> Job:
    """The only job of a kind: what it has replayed is kept."""
    return Job(work, segments, at)


@cache
def replayed(claimed: Job, number: int) -> Report:
    """The replay of one segment."""
    return Report(program(), [_segment(claimed, number)])


@cache
def lied(claimed: Job, number: int) -> Report:
    """The replay of one segment, wrong in the last operator before the weights."""
    last = max(i for i, node in enumerate(program().nodes) if TABLE[node.operator].kind is Kind.POINTWISE)
    return Report(program(), [_segment(claimed, number)], LastBitLie(0, 0, last, 0, 0))


def _segment(claimed: Job, number: int) -> Segment:
    return Segment(number, claimed.states[number], claimed.states[number + 1], [claimed.batches[number]])

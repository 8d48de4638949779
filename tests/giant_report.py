"""Reports of giant tasks, right ones and wrong ones, for the honest challenger and defender to dispute."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np

from pinpoint.commitment.tensor import LANES
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.program.distance import posted_distance
from pinpoint.program.operators import Operator
from pinpoint.replay.report import Report
from tests.giant import Giant, tree_of
from tests.sparse import Level, SparseTensor, SparseTree

WRONG_LANE, WRONG_PACK, WRONG_POSTED = "lane", "pack", "posted"
WRONG_KIND, WRONG_COUNT, WRONG_LENGTH = "kind", "count", "length"
MALFORMED = (WRONG_KIND, WRONG_COUNT, WRONG_LENGTH)
INPUTS = (Operator.STATE, Operator.BATCH, Operator.CONSTANT)


@dataclass(frozen=True)
class Lie:
    """What is wrong in a report, and where.

    Attributes:
        what: a lane of an output; a leaf of PACK; a posted distance; the kind, the count or a leaf's length of an
            output's tree.
        sample: place of the sample.
        step: in the segment; the interval for the distance.
        node: of the step.
        row: of the output; of PACK, the tensor.
        col: lane in the row, of the padding perhaps.
        mask: bits that are flipped.
    """

    what: str
    sample: int
    step: int = 0
    node: int = 0
    row: int = 0
    col: int = 0
    mask: int = 1


class GiantReport(Report):
    """The replay of segments of a giant task, with every tree that a dispute may ask for."""

    def __init__(self, giant: Giant, numbers: Sequence[int]) -> None:
        """
        Args:
            numbers: the sampled segments, in order.
        """
        self.giant = giant
        self.program = giant.program
        self.segments = [giant.segment(number) for number in numbers]
        self.interval = giant.sizes.interval
        self.distance_nodes = giant.distance_nodes
        self.lie: Lie | None = None
        self.values: list[list[list[SparseTensor]]] = []
        self.traces: list[list[SparseTree]] = []
        self.distances = []
        for segment in self.segments:
            state, values = segment.start, []
            for batch in segment.batches:
                values.append(giant.outputs(state, batch))  # type: ignore[arg-type]
                state = giant.next_state(values[-1])
            values.append(giant.distances(state, segment.start, segment.end))  # type: ignore[arg-type]
            self.values.append(values)
            self.traces.append([self._step_trace(outputs) for outputs in values[:-1]])
            roots = [output.root for output in values[-1]]
            self.traces[-1].append(SparseTree(TreeKind.TRACE, Level(roots, len(roots))))
            same = tree_of(TreeKind.CHECKPOINT, state).root == tree_of(TreeKind.CHECKPOINT, segment.end).root  # type: ignore[arg-type]
            bits = values[-1][-1].lanes.view(np.uint32)[0]
            self.distances.append(posted_distance(int(bits), same))

    def lying(self, lie: Lie) -> GiantReport:
        """This report with one thing wrong; what stands elsewhere stays."""
        other = copy(self)
        other.__dict__.pop("root", None)
        other.__dict__.pop("digest", None)
        other.lie = lie
        if lie.what == WRONG_POSTED:
            other.distances = list(self.distances)
            other.distances[lie.sample] ^= lie.mask
            return other
        other.traces = list(self.traces)
        other.traces[lie.sample] = traces = list(self.traces[lie.sample])
        wrong = other.tree(lie.sample, lie.step, lie.node).root
        traces[lie.step] = traces[lie.step].changed(lie.node, wrong)
        return other

    def end_root(self, sample: int) -> bytes:
        return self.traces[sample][self.interval - 1].levels[0][-1]

    def tree(self, sample: int | None = None, step: int | None = None, node: int | None = None) -> Tree:
        if sample is None:
            return Tree(TreeKind.REPORT, [self.tree(place).root for place in range(len(self.segments))])
        if step is None:
            return Tree(TreeKind.SEGMENT, [trace.root for trace in self.traces[sample]])
        if node is None:
            return self.traces[sample][step]
        return self._forged(self._right(sample, step, node), sample, step, node)

    def output(self, sample: int, step: int, node: int) -> SparseTensor:  # type: ignore[override]
        place = self.program.nodes.place(node) if step < self.interval else node
        right = self.values[sample][step][place]
        lie = self.lie
        if lie is None or (lie.sample, lie.step, lie.node) != (sample, step, node):
            return right
        if lie.what == WRONG_LANE:
            return _flipped(right, lie.row, lie.col, lie.mask)
        if lie.what == WRONG_LENGTH:
            return _resized(right, lie.row)
        return right

    def checkpoint(self, sample: int, end: bool) -> Tree:
        """The CHECKPOINT tree that the solver claims at the start, or the end, of a sampled segment."""
        segment = self.segments[sample]
        return tree_of(TreeKind.CHECKPOINT, segment.end if end else segment.start)  # type: ignore[arg-type]

    def batch(self, sample: int, step: int) -> Tree:
        """The BATCH tree of a step."""
        return tree_of(TreeKind.BATCH, self.segments[sample].batches[step])  # type: ignore[arg-type]

    def _right(self, sample: int, step: int, node: int) -> Tree:
        if step < self.interval and node == self.program.pack:
            leaves = self.traces[sample][step].levels[0]
            return Tree(TreeKind.CHECKPOINT, [leaves[producer] for producer in self.program.producers])
        return self.output(sample, step, node).tree

    def _forged(self, right: Tree, sample: int, step: int, node: int) -> Tree:
        lie = self.lie
        if lie is None or (lie.sample, lie.step, lie.node) != (sample, step, node):
            return right
        if lie.what == WRONG_PACK:
            leaves = list(right.levels[0])
            leaves[lie.row] = keccak(leaves[lie.row])
            return Tree(TreeKind.CHECKPOINT, leaves)
        if lie.what == WRONG_KIND:
            return _relabelled(right)
        return _longer(right) if lie.what == WRONG_COUNT else right

    def _step_trace(self, outputs: Sequence[SparseTensor]) -> SparseTree:
        nodes = self.program.nodes
        roots = [output.root for output in outputs]
        first = nodes.start + nodes.period
        pattern = roots[first : first + nodes.period]
        turn = first % nodes.period
        level = Level(pattern[-turn:] + pattern[:-turn], len(nodes))
        for index in (*range(first), *range(nodes.end, self.program.pack)):
            level.changes[index] = roots[nodes.place(index)]
        producers = [roots[nodes.place(producer)] for producer in self.program.producers]
        level.changes[len(nodes) - 1] = Tree(TreeKind.CHECKPOINT, producers).root
        return SparseTree(TreeKind.TRACE, level)


@lru_cache(8)
def _flipped(tensor: SparseTensor, row: int, col: int, mask: int) -> SparseTensor:
    return tensor.flipped(row, col, mask)


@lru_cache(8)
def _resized(tensor: SparseTensor, row: int) -> SparseTensor:
    # No leaf more, and none less.
    last = -(-tensor.shape[1] // LANES) % 16
    return tensor.resized(row, -1 if last == 0 else 1)


def _relabelled(tree: Tree) -> Tree:
    """Of the other kind."""
    other = copy(tree)
    other.kind = TreeKind.TENSOR if tree.kind is TreeKind.CHECKPOINT else TreeKind.CHECKPOINT
    return other


def _longer(tree: Tree) -> Tree:
    """With one leaf more."""
    if not isinstance(tree, SparseTree):
        return Tree(tree.kind, [*tree.levels[0], tree.levels[0][0]])
    leaves = tree.levels[0]
    return SparseTree(tree.kind, Level(leaves.pattern, leaves.count + 1, leaves.changes))


def random_lie(random: Random, report: GiantReport) -> Lie:
    """A lie anywhere, in any way; the ends of the program, where the largest tensors are, as often as its middle."""
    sample, mask = random.randrange(len(report.segments)), random.randrange(1, 2**32)
    if random.random() < 0.5:
        mask = 1 << random.randrange(32)
    what = random.choice((WRONG_LANE,) * 7 + (WRONG_PACK, WRONG_POSTED, *MALFORMED))
    if what == WRONG_POSTED:
        return Lie(what, sample, mask=mask)
    step, pack = random.randrange(report.interval), report.program.pack
    if what == WRONG_PACK:
        return Lie(what, sample, step, pack, random.randrange(len(report.program.state_shapes)))
    if what in (WRONG_KIND, WRONG_COUNT) and random.random() < 0.2:
        return Lie(what, sample, step, pack)
    nodes = report.program.nodes
    group = random.choice(("inputs", "ends", "middle", "middle", "distance"))
    if group == "distance":
        step, node = report.interval, random.randrange(len(report.distance_nodes))
    elif group == "middle":
        node = random.randrange(nodes.start, pack)
    elif group == "inputs":
        node = random.choice([i for i in range(nodes.start) if nodes[i].operator in INPUTS])
    else:
        node = random.choice((*range(nodes.start), *range(nodes.end, pack)))
    rows, cols = report.nodes(step)[node].shape
    return Lie(what, sample, step, node, random.randrange(rows), random.randrange(-(-cols // LANES) * LANES), mask)

"""Tasks of realistic size: a program of a million nodes, tensors up to the largest there may be, and lies in them.

All rows of a tensor are equal and the program repeats a cycle of nodes, so that a replay computes one row of one
cycle, with the canonical arithmetic, and the trees hold what repeats once. Each of these nodes, words and roots is
what a replay of the whole program would find: `tests/unit/test_giant.py` compares them on a small one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pinpoint.chain.client import Geometry, Order
from pinpoint.commitment.tensor import Tensor, program_leaf
from pinpoint.commitment.tree import Tag, Tree, TreeKind, header, keccak
from pinpoint.dispute.evidence import Trees
from pinpoint.program.builder import Builder, Value
from pinpoint.program.distance import distance_program, distance_state
from pinpoint.program.graph import NODE_BYTES, Node, Program, constant_root
from pinpoint.program.operators import TABLE, Kind, Operator, Predicate, corner
from pinpoint.program.work import data_bits, node_units
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.report import Segment
from tests.sparse import PackedTree, SparseTensor

CYCLES = 3
"""In the program that is stretched: the first reads other nodes, the second and third are alike."""


@dataclass(frozen=True)
class Sizes:
    """How large a task is.

    Attributes:
        nodes: of the program.
        side: of the square tensors in its cycle, which is how many terms a dot product has.
        state: side of the largest state tensor.
        rows: of the largest tensor.
        cols: likewise.
        segments: of the training.
        interval: steps of a segment.
        samples: that a verifier replays.
    """

    nodes: int = 2**20
    side: int = 1024
    state: int = 4096
    rows: int = 2**20
    cols: int = 2048
    segments: int = 32
    interval: int = 10
    samples: int = 16


SMALL = Sizes(nodes=112, side=136, state=130, rows=96, cols=144, segments=3, interval=2, samples=3)
"""One that can be replayed whole."""


def cycle(link: Value, state: Value, bias: Value, batch: Value, scale: Value, numbers: Sequence[Value]) -> Value:
    """The nodes that repeat. Whatever `link` holds, the first is 1, unless it is NaN: so all cycles hold the same."""
    small, one = numbers
    ones = link.compare(link, Predicate.EQUAL)
    logits = (ones + state).matmul_transposed(batch) * scale * small
    shares = ones / ((-logits).exp() + one)
    column = shares.row_sum().transpose()
    mixed = shares.fma(column, bias).maximum(bias).absolute()
    return ((mixed - shares).minimum(bias) * small).select(shares, mixed)


def short_program(sizes: Sizes, seed: int) -> tuple[Program, int, int]:
    """A program of three cycles, the first node of the first, and how many nodes a cycle has.

    The number of its nodes is that of `sizes` but for whole cycles.
    """
    fillers = 0
    while True:
        program, start, period = _written(sizes, seed, fillers)
        missing = (sizes.nodes - len(program.nodes)) % period
        if missing == 0:
            return program, start, period
        fillers += missing


def _written(sizes: Sizes, seed: int, fillers: int) -> tuple[Program, int, int]:
    rng = np.random.default_rng(seed)
    b = Builder()
    weights, bias, moments = b.state(sizes.side, sizes.side), b.state(1, sizes.side), b.state(sizes.state, sizes.state)
    batch, shift = b.batch(sizes.side, sizes.side), b.batch(1, 1)
    scale = b.constant(rng.standard_normal((1, sizes.side)).astype(np.float32))
    numbers = [b.fill(2.0**-8), b.fill(1.0)]
    huge = b.fill(0.75, sizes.rows, sizes.cols) * shift
    (-huge).exp()
    for number in range(fillers):
        b.fill(2.0 + number)
    start, link = len(b.nodes), batch
    ends = []
    for _ in range(CYCLES):
        link = cycle(link, weights, bias, batch, scale, numbers)
        ends.append(len(b.nodes))
    # A width that is no whole number of words.
    odd = link.slice(range(sizes.side), range(3, sizes.side - 4))
    odd.exp().row_max()
    small = numbers[0]
    program = b.finish([weights - link * small, link.row_sum().transpose().fma(small, bias), moments - moments * small])
    period = ends[0] - start
    assert ends == [start + period * (i + 1) for i in range(CYCLES)], "expected cycles of the same length"
    return program, start, period


class Nodes(Sequence[Node]):
    """The nodes of a program whose cycles are many more than the three of a short one; made as they are asked for."""

    def __init__(self, short: Sequence[Node], start: int, period: int, count: int) -> None:
        self.short, self.start, self.period = short, start, period
        self.shift = count - len(short)
        self.end = start + CYCLES * period + self.shift
        """The first node after the cycles."""

    def __len__(self) -> int:
        return len(self.short) + self.shift

    def place(self, index: int) -> int:
        """The node of the short program that does the same."""
        if index < self.start + 2 * self.period:
            return index
        if index >= self.end:
            return index - self.shift
        return self.start + self.period + (index - self.start) % self.period

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        index = range(len(self))[at]
        place = self.place(index)
        node = self.short[place]
        # What a STATE node reads is at the end.
        shift = self.shift if node.operator is Operator.STATE else index - place
        return replace(node, inputs=tuple(i if i < self.start else i + shift for i in node.inputs))

    def leaves(self) -> bytes:
        """The PROGRAM tree's leaves in a row."""
        first, last = self.start + self.period, self.end
        opening, middle = header(Tag.PROGRAM, 0, 0), []
        words = b"".join(node.to_bytes() for node in self[first : first + self.period])
        nodes = np.frombuffer(words, np.uint8).reshape(self.period, NODE_BYTES).copy()
        # The last twelve bytes of the first of three words are the inputs.
        inputs = nodes[:, 20:32].copy().view(">u4").astype(np.uint32)
        for moved in range(0, last - first, self.period):
            nodes[:, 20:32] = np.where(inputs < self.start, inputs, inputs + moved).astype(">u4").view(np.uint8)
            packed = nodes.tobytes()
            middle += [keccak(opening + packed[at : at + NODE_BYTES]) for at in range(0, len(packed), NODE_BYTES)]
        outer = [[program_leaf(self[i].words()) for i in part] for part in (range(first), range(last, len(self)))]
        return b"".join([*outer[0], *middle, *outer[1]])


class StretchedProgram(Program):
    """A short program, its second cycle repeated until there are `count` nodes."""

    nodes: Nodes  # type: ignore[assignment]

    def __init__(self, short: Program, start: int, period: int, count: int) -> None:
        object.__setattr__(self, "nodes", Nodes(short.nodes, start, period, count))
        object.__setattr__(self, "constants", short.constants)
        object.__setattr__(self, "short", short)

    @property
    def state_shapes(self) -> tuple[tuple[int, int], ...]:
        return self.short.state_shapes  # type: ignore[attr-defined]

    @cached_property
    def producers(self) -> tuple[int, ...]:
        return tuple(node.inputs[0] for node in self.nodes[: len(self.state_shapes)])

    @cached_property
    def tree(self) -> Tree:
        """The PROGRAM tree."""
        return PackedTree(TreeKind.PROGRAM, self.nodes.leaves())

    @property
    def root(self) -> bytes:
        return self.tree.root

    @property
    def units(self) -> int:
        """Work units of a step."""
        nodes = self.nodes
        units = [node_units(node) for node in nodes.short]
        one = sum(units[nodes.start : nodes.start + nodes.period])
        return sum(units) + nodes.shift // nodes.period * one


def run(
    nodes: Sequence[Node],
    state: Sequence[SparseTensor],
    batch: Sequence[SparseTensor],
    constants: Mapping[bytes, Tensor],
) -> list[SparseTensor]:
    """The outputs of nodes but PACK, a row of each computed."""
    rows: list[Tensor] = []
    with np.errstate(all="ignore"):
        for node in nodes:
            if node.operator is not Operator.PACK:
                rows.append(_row(node, [rows[i] for i in node.inputs if i < len(rows)], state, batch, constants))
    return [SparseTensor(node.shape, row[0]) for node, row in zip(nodes, rows, strict=False)]


def _row(
    node: Node,
    operands: Sequence[Tensor],
    state: Sequence[SparseTensor],
    batch: Sequence[SparseTensor],
    constants: Mapping[bytes, Tensor],
) -> Tensor:
    """A row of a node's output, as one lane if all are equal."""
    kind = TABLE[node.operator].kind
    match node.operator:
        case Operator.STATE | Operator.BATCH:
            given = (state if node.operator is Operator.STATE else batch)[node.attribute]
            return given.lanes[None]
        case Operator.CONSTANT:
            assert node.rows == 1, "expected a constant of one row"
            return constants[constant_root(node)]
        case Operator.FILL:
            return np.array([[node.attribute]], np.uint32).view(np.float32)
        case Operator.TRANSPOSE:
            assert operands[0].shape[1] == 1 and node.attribute == 0, "expected a tensor whose lanes are equal"
            return operands[0]
        case Operator.SLICE:
            _, first = corner(node.attribute)
            return operands[0] if operands[0].shape[1] == 1 else operands[0][:, first : first + node.cols]
    if kind is Kind.POINTWISE:
        width = max(operand.shape[1] for operand in operands)
        return arithmetic(replace(node, rows=1, cols=width))(*operands)
    # All rows of the other operand are equal, too, so that all lanes are.
    whole = [
        np.ascontiguousarray(np.broadcast_to(operand, (1, cols)))
        for operand, (_, cols) in zip(operands, node.input_shapes, strict=True)
    ]
    return arithmetic(replace(node, rows=1, cols=1))(*whole)


class Giant:
    """A task: its program, its data, and the checkpoints of a solver who is right but for the last bit, sometimes."""

    def __init__(self, sizes: Sizes = Sizes(), seed: int = 1) -> None:
        self.sizes = sizes
        short, start, period = short_program(sizes, seed)
        self.program = StretchedProgram(short, start, period, sizes.nodes)
        self.distance_nodes = tuple(distance_program(short.state_shapes, short.weights))
        rng = np.random.default_rng([seed, sizes.nodes])

        def row(cols: int) -> Tensor:
            return rng.standard_normal(cols).astype(np.float32)

        side, largest = sizes.side, sizes.state
        self.batches = [
            [SparseTensor((side, side), row(side)), SparseTensor((1, 1), row(1))] for _ in range(7)
        ]
        shapes = short.state_shapes
        state = [SparseTensor(shape, row(cols)) for shape, cols in zip(shapes, (side, side, largest), strict=True)]
        self.states = [state]
        for number in range(sizes.segments):
            for step in range(sizes.interval):
                state = self.next_state(self.outputs(state, self.batch(number, step)))
            if number % 2:
                state = [_nudged(tensor, number) for tensor in state]
            self.states.append(state)

    def batch(self, segment: int, step: int) -> Sequence[SparseTensor]:
        """The batch of a step of a segment."""
        return self.batches[(segment * self.sizes.interval + step) % len(self.batches)]

    def outputs(self, state: Sequence[SparseTensor], batch: Sequence[SparseTensor]) -> list[SparseTensor]:
        """What the nodes of the short program compute, of which those of the whole one are copies."""
        found = run(self.program.nodes.short, state, batch, self.program.constants)
        nodes = self.program.nodes
        for place in range(nodes.start + nodes.period, nodes.start + 2 * nodes.period):
            second, third = found[place].lanes, found[place + nodes.period].lanes
            assert second.tobytes() == third.tobytes(), f"expected the same in all cycles, got another at {place}"
        return found

    def distances(
        self, replayed: Sequence[SparseTensor], start: Sequence[SparseTensor], claimed: Sequence[SparseTensor]
    ) -> list[SparseTensor]:
        """What the nodes of the distance compute."""
        state = distance_state(replayed, start, claimed)  # type: ignore[arg-type]
        return run(self.distance_nodes, state, [], {})  # type: ignore[arg-type]

    def next_state(self, outputs: Sequence[SparseTensor]) -> list[SparseTensor]:
        """The state after a step."""
        return [outputs[self.program.nodes.place(producer)] for producer in self.program.producers]

    def segment(self, number: int) -> Segment:
        """A segment as the solver claims it."""
        batches = [self.batch(number, step) for step in range(self.sizes.interval)]
        return Segment(number, self.states[number], self.states[number + 1], batches)  # type: ignore[arg-type]

    @cached_property
    def trees(self) -> Trees:
        """Program, data and proof."""
        return Trees(
            program=self.program.tree,
            dataset=Tree(TreeKind.DATASET, [tree_of(TreeKind.BATCH, batch).root for batch in self.batches]),
            proof=Tree(TreeKind.PROOF, [tree_of(TreeKind.CHECKPOINT, state).root for state in self.states]),
        )

    @property
    def geometry(self) -> Geometry:
        """The counts of the order. The threshold is the largest that the deployment takes."""
        sizes = self.sizes
        return Geometry(
            nodes=len(self.program.nodes),
            state=len(self.program.state_shapes),
            batches=len(self.batches),
            steps=sizes.segments * sizes.interval,
            interval=sizes.interval,
            samples=sizes.samples,
            threshold=0x3E000000,
            weights=len(self.program.state_shapes),
            data=data_bits(self.program, sizes.interval, sizes.samples),
        )

    def order(self, fee: int) -> Order:
        """The order, at a price at which the solver earns about `fee`."""
        trees, units = self.trees, self.program.units
        price = max(1, fee // (units * self.geometry.steps))
        return Order(
            trees.program.root, trees.dataset.root, trees.proof.levels[0][0], self.geometry, units, price
        )


def tree_of(kind: TreeKind, tensors: Sequence[SparseTensor]) -> Tree:
    """The tree of a state or of a batch."""
    return Tree(kind, [tensor.root for tensor in tensors])


def _nudged(tensor: SparseTensor, place: int) -> SparseTensor:
    bits = tensor.lanes.view(np.uint32).copy()
    bits[place % len(bits)] ^= np.uint32(1)
    return SparseTensor(tensor.shape, bits.view(np.float32))

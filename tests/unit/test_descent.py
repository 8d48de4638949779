"""The descent off chain and the descent on chain are one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from types import SimpleNamespace

import boa
import pytest

from pinpoint.commitment.tensor import hash_leaf
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.dispute.descent import (
    MAX_COUNT,
    IllegalMove,
    Place,
    check_children,
    check_words,
    descend,
)
from pinpoint.dispute.moves import Leg
from pinpoint.dispute.position import ROOT, Children, Position, Stage
from pinpoint.program.distance import NODES_PER_TENSOR

MOCK = boa.load_partial("contracts/mocks/SignedStateMock.vy")
FIELDS = ("nodes", "state", "batches", "steps", "interval", "samples", "threshold")
SIZES = [(1, 1, 1, 1), (5, 4, 21, 1), (16, 6, 70, 2), (2, 17, 300, 3)]
"""Samples, interval, nodes, state tensors."""


@pytest.fixture(scope="module")
def mock():
    return MOCK.deploy()


class Forest:
    """A report of noise, whose trees have the sizes of a task."""

    def __init__(self, samples: int, interval: int, nodes: int, state: int, output: int, kind: TreeKind) -> None:
        self.counts = SimpleNamespace(samples=samples, interval=interval, nodes=nodes, state=state)
        self.words = [1, 2, 3]
        leaves = [hash_leaf([*self.words, n]) if n else hash_leaf(self.words) for n in range(output)]
        self.output = Tree(kind, leaves)
        self.distance = Tree(TreeKind.TRACE, self._noise(NODES_PER_TENSOR * state, self.output.root))
        self.trace = Tree(TreeKind.TRACE, self._noise(nodes, self.output.root))
        self.segment = Tree(TreeKind.SEGMENT, [*[self.trace.root] * interval, self.distance.root])
        self.report = Tree(TreeKind.REPORT, [self.segment.root] * samples)

    def _noise(self, count: int, every: bytes) -> list[bytes]:
        return [every if n % 4 in (0, 3) else keccak(n.to_bytes(2, "big")) for n in range(count)]

    def tree(self, position: Position) -> Tree:
        """The tree that a position is in."""
        if position.stage is Stage.TRACE:
            return self.trace if position.coordinates[1] < self.counts.interval else self.distance
        return {Stage.REPORT: self.report, Stage.SEGMENT: self.segment, Stage.OUTPUT: self.output}[position.stage]

    def packed(self) -> int:
        """The counts as the contract has them."""
        return sum(getattr(self.counts, name, 1) << 32 * place for place, name in enumerate(FIELDS))

    def walk(self, rng: random.Random) -> Iterator[tuple[Place, Leg, Children]]:
        """A random way from the root down to a leaf: each place, the next leg, and what can be shown there."""
        place = Place(Position(self.report.root))
        while place.position.stage is not Stage.OUTPUT or place.position.level > 0:
            position, tree = place.position, self.tree(place.position)
            top = position.top(tree.height)
            level = rng.randrange(max(0, top - 3), top) if top else 0
            span = 4 ** (top - level)
            index = rng.randrange(position.index * span, min((position.index + 1) * span, len(tree.levels[level])))
            if level == 0 and position.stage is Stage.TRACE and tree.levels[0][index] != self.output.root:
                continue  # Only these have an output.
            kind, count = int(tree.kind), tree.count
            leg = Leg(tree.levels[level][index], level, index, kind, count, tree.path(index, level, top))
            yield place, leg, Children.of(tree, position)
            after = position.below(leg.child, level, index, kind, count)
            entered = after.stage is Stage.TRACE and position.stage is Stage.SEGMENT
            place = Place(after, leg.child if entered else place.trace)
        yield place, Leg(bytes(32), 0, 0, 0, 0, []), Children(0, 0, 0, 0, 0, ())


def forests() -> list[Forest]:
    kinds = (TreeKind.TENSOR, TreeKind.CHECKPOINT)
    return [Forest(*size, output, kind) for size in SIZES for output, kind in zip((1, 90), kinds, strict=True)]


def ours(place, legs, forest):
    """Claim, trace and packed position after legs; None if they are refused."""
    try:
        after = descend(place, legs, forest.counts)
    except IllegalMove:
        return None
    return after.position.claim, after.trace, after.position.pack()


def chain(mock, place, legs, forest):
    """What the contract says of the same. Where nothing is left to show, Arbitration refuses, not the library."""
    arguments = [leg.arguments() for leg in legs]
    at = place.position
    try:
        claim, trace, packed = mock.descend(at.claim, place.trace, at.pack(), arguments, forest.packed())
    except (boa.BoaError, ValueError, OverflowError):
        return None
    bottom = Position.unpack(packed, claim)
    if bottom.stage is Stage.OUTPUT and bottom.level == 0 and bottom.kind == TreeKind.CHECKPOINT:
        return None
    return claim, trace, packed


def shown(mock, position, kind, count, hashes, forest):
    """Whether contract and client take children, which must be the same."""
    try:
        check_children(position, kind, count, hashes, forest.counts)
        taken = True
    except IllegalMove:
        taken = False
    arguments = (position.claim, position.pack(), kind, count, hashes, forest.packed())
    try:
        mock.check_children(*arguments)
    except boa.BoaError:
        assert not taken, (position, kind, count)
        return False
    assert taken, (position, kind, count)
    return True


def changed(leg, rng):
    """Legs that are a little wrong."""
    siblings = list(leg.siblings)
    flipped = bytes([leg.child[0] ^ 1]) + leg.child[1:]
    yield Leg(flipped, leg.level, leg.index, leg.kind, leg.count, siblings)
    yield Leg(leg.child, leg.level, leg.index ^ 1, leg.kind, leg.count, siblings)
    yield Leg(leg.child, leg.level + 1, leg.index, leg.kind, leg.count, siblings)
    yield Leg(leg.child, leg.level, leg.index + 4**9, leg.kind, leg.count, siblings)
    yield Leg(leg.child, leg.level, leg.index, leg.kind ^ 3, leg.count, siblings)
    yield Leg(leg.child, leg.level, leg.index, leg.kind, leg.count + 1, siblings)
    yield Leg(leg.child, leg.level, leg.index, leg.kind, 0, siblings)
    yield Leg(leg.child, leg.level, leg.index, leg.kind, MAX_COUNT + 1, siblings)
    yield Leg(leg.child, leg.level, leg.index, leg.kind, leg.count, [*siblings, bytes(32)])
    if siblings:
        yield Leg(leg.child, leg.level, leg.index, leg.kind, leg.count, siblings[:-1])
        place = rng.randrange(len(siblings))
        siblings[place] = keccak(siblings[place])
        yield Leg(leg.child, leg.level, leg.index, leg.kind, leg.count, siblings)


@pytest.mark.parametrize("forest", forests())
def test_legs_lead_to_the_same_place_and_wrong_ones_nowhere(mock, forest):
    rng = random.Random(str(forest.counts))
    taken = 0
    for place, leg, _ in forest.walk(rng):
        if leg.child == bytes(32):
            break
        assert ours(place, [leg], forest) == chain(mock, place, [leg], forest)
        taken += ours(place, [leg], forest) is not None
        for wrong in changed(leg, rng):
            assert ours(place, [wrong], forest) == chain(mock, place, [wrong], forest), wrong
    assert taken >= 4 if forest.output.kind is TreeKind.TENSOR else taken >= 3


@pytest.mark.parametrize("forest", forests())
def test_several_legs_are_one_walk(mock, forest):
    steps = list(forest.walk(random.Random(5)))
    for first in range(len(steps) - 1):
        for last in range(first + 1, min(first + 6, len(steps))):
            place, legs = steps[first][0], [leg for _, leg, _ in steps[first:last]]
            assert ours(place, legs, forest) == chain(mock, place, legs, forest)
    assert ours(steps[0][0], [], forest) is None
    legs = [leg for _, leg, _ in steps[:5]]
    assert len(legs) < 5 or ours(steps[0][0], legs, forest) is None


@pytest.mark.parametrize("forest", forests())
def test_all_children_are_taken_and_nothing_else(mock, forest):
    rng = random.Random(str(forest.counts))
    for place, _, children in forest.walk(rng):
        at, hashes = place.position, list(children.hashes)
        kind, count = int(children.kind), children.count
        if not hashes:
            assert not shown(mock, at, int(TreeKind.TENSOR), 1, [at.claim], forest)
            break
        assert shown(mock, at, kind, count, hashes, forest)
        assert not shown(mock, at, kind, count, hashes[:-1], forest)
        assert not shown(mock, at, kind, count, [keccak(hashes[0]), *hashes[1:]], forest)
        if len(hashes) < 16:
            assert not shown(mock, at, kind, count, [*hashes, bytes(32)], forest)
        matters = at.stage is Stage.OUTPUT and at.level == ROOT
        for other in ((kind ^ 3, count), (kind, count + 1), (kind, 0), (9, count), (kind, MAX_COUNT + 1)):
            assert shown(mock, at, *other, hashes, forest) is not matters


def test_hashes_that_are_right_only_together_are_refused():
    leaves = [keccak(b"a"), keccak(b"b")]
    forest = Forest(2, 1, 1, 1, 1, TreeKind.TENSOR)
    tree = Tree(TreeKind.REPORT, leaves)
    shifted = [leaves[0] + leaves[1][:1], leaves[1][1:]]
    check_children(Position(tree.root), 0, 0, leaves, forest.counts)
    with pytest.raises(IllegalMove):
        check_children(Position(tree.root), 0, 0, shifted, forest.counts)


def test_words_are_those_of_the_leaf():
    forest = Forest(5, 4, 21, 1, 1, TreeKind.TENSOR)
    *above, (bottom, _, _) = forest.walk(random.Random(1))
    check_words(bottom.position, forest.words)
    for wrong in ([1, 2], [1, 2, 4], [1, 2, 3, 0], [], [-1, 2, 3], [1 << 256, 2, 3], [0] * 17):
        with pytest.raises(IllegalMove):
            check_words(bottom.position, wrong)
    with pytest.raises(IllegalMove):
        check_words(above[-1][0].position, forest.words)

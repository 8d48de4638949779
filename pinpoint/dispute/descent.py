"""How a game goes down, judged as the contract judges it; the twin of contracts/libraries/descent.vy.

Whoever signs a state off chain has no contract to refuse a wrong move, so it needs the same rules here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pinpoint.commitment.tensor import WORDS_PER_LEAF, hash_leaf
from pinpoint.commitment.tree import HASH_BYTES, PathError, TreeKind, climb, height, wrap
from pinpoint.dispute.moves import Leg
from pinpoint.dispute.position import ROOT, Children, Position, Stage
from pinpoint.program.distance import NODES_PER_TENSOR

MAX_LEGS = 4
MAX_COUNT = 2**26 - 1


class IllegalMove(Exception):
    """The contract would refuse this move."""


class Counts(Protocol):
    """The counts of a task that fix its trees; `Geometry` has them."""

    @property
    def nodes(self) -> int:
        """Nodes of the program."""

    @property
    def state(self) -> int:
        """Tensors of the state."""

    @property
    def interval(self) -> int:
        """Steps of a segment."""

    @property
    def samples(self) -> int:
        """Segments of the report."""


@dataclass(frozen=True)
class Place:
    """A position, and the root of the trace that it is in (zero above a trace): all that the chain knows of it."""

    position: Position
    trace: bytes = bytes(HASH_BYTES)


def descend(place: Place, legs: Sequence[Leg], counts: Counts) -> Place:
    """Where legs lead.

    Raises:
        IllegalMove: if a leg does not end below its claim in the same tree, or its path does not prove it; if there
            is none, or more than four; if they end where nothing is left to be shown.
    """
    if not 0 < len(legs) <= MAX_LEGS:
        raise IllegalMove(f"expected 1 to {MAX_LEGS} legs, got {len(legs)}")
    for leg in legs:
        place = _below(place, leg, counts)
    at = place.position
    if at.stage is Stage.OUTPUT and at.level == 0 and at.kind == TreeKind.CHECKPOINT:
        raise IllegalMove("below a tensor of a packed state there is nothing to show")
    return place


def check_children(
    position: Position, kind: int, count: int, hashes: Sequence[bytes], counts: Counts
) -> Children:
    """What was shown of a position, all of it.

    Args:
        kind: of the tree below, where the position is an output's root; else ignored.
        count: leaves of that tree, likewise.

    Raises:
        IllegalMove: unless the hashes are all descendants of the claim two levels below, or one where there are no two.
    """
    kind, count = _tree_of(position, kind, count, counts)
    _check_hashes(hashes)
    if position.level == 0:
        raise IllegalMove("a leaf has words, not children")
    children = Children.shown(position, kind, count, hashes)
    top = position.top(height(count))
    _check_claim(position, kind, count, _climb(hashes, children.first, count, [], children.level, top))
    return children


def check_words(position: Position, words: Sequence[int]) -> None:
    """Check the words of the leaf at a position.

    Raises:
        IllegalMove: if the position is no leaf, or they are not its words.
    """
    if position.stage is not Stage.OUTPUT or position.level != 0:
        raise IllegalMove("only leaves have words")
    if not 0 < len(words) <= WORDS_PER_LEAF or any(not 0 <= word < 1 << 256 for word in words):
        raise IllegalMove(f"expected 1 to {WORDS_PER_LEAF} words of 256 bits, got {len(words)}")
    if hash_leaf(words) != position.claim:
        raise IllegalMove("the words do not hash to the claim")


def _below(place: Place, leg: Leg, counts: Counts) -> Place:
    before = place.position
    kind, count = _tree_of(before, leg.kind, leg.count, counts)
    top = before.top(height(count))
    if before.level == ROOT:
        # A tree of one leaf has nothing below its top but that leaf.
        inside = leg.level < top or leg.level == top == 0
    else:
        inside = leg.level < top and leg.index >> 2 * (top - leg.level) == before.index
    if leg.level < 0 or not inside:
        raise IllegalMove(f"node {leg.index} of level {leg.level} is not below the claim")
    _check_hashes([leg.child, *leg.siblings])
    _check_claim(before, kind, count, _climb([leg.child], leg.index, count, leg.siblings, leg.level, top))
    after = before.below(leg.child, leg.level, leg.index, kind, count)
    entered = before.stage is Stage.SEGMENT and after.stage is Stage.TRACE
    return Place(after, leg.child if entered else place.trace)


def _tree_of(position: Position, kind: int, count: int, counts: Counts) -> tuple[int, int]:
    if position.level != ROOT:
        return position.kind, position.count
    match position.stage:
        case Stage.REPORT:
            return TreeKind.REPORT, counts.samples
        case Stage.SEGMENT:
            return TreeKind.SEGMENT, counts.interval + 1
        case Stage.TRACE:
            in_program = position.coordinates[1] < counts.interval
            return TreeKind.TRACE, counts.nodes if in_program else counts.state * NODES_PER_TENSOR
    if kind not in (TreeKind.TENSOR, TreeKind.CHECKPOINT) or not 0 < count <= MAX_COUNT:
        raise IllegalMove(f"no output has a tree of kind {kind} with {count} leaves")
    return kind, count


def _climb(
    nodes: Sequence[bytes], first: int, count: int, siblings: Sequence[bytes], level: int, to_level: int
) -> bytes:
    try:
        return climb(nodes, first, count, siblings, level, to_level)
    except PathError as error:
        raise IllegalMove(str(error)) from error


def _check_claim(position: Position, kind: int, count: int, node: bytes) -> None:
    if position.level == ROOT:
        node = wrap(TreeKind(kind), count, node)
    if node != position.claim:
        raise IllegalMove(f"what is shown is not below the claim {position.claim.hex()}")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    # Only together do hashes of other lengths have the right number of bytes.
    if any(len(one) != HASH_BYTES for one in hashes):
        raise IllegalMove(f"a hash has {HASH_BYTES} bytes")

"""Where a game stands in the report's tree; the twin of contracts/libraries/descent.vy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from pinpoint.commitment.tree import ARITY, Tree, height, parents

ROOT = 255
"""The level of a root, which wraps the top of its tree."""


class Stage(IntEnum):
    """The tree that the claim is a node of."""

    REPORT = 0
    SEGMENT = 1
    TRACE = 2
    OUTPUT = 3


@dataclass(frozen=True)
class Position:
    """A node of the report's tree.

    Attributes:
        claim: its hash, to which the report is committed.
        stage: the tree that it is in.
        level: its level in that tree, or ROOT.
        index: its index in that level.
        coordinates: which tree: sample, step and node, as many as the stage says.
        kind: of the tree, below its root; there 0.
        count: leaves of the tree, likewise.
    """

    claim: bytes
    stage: Stage = Stage.REPORT
    level: int = ROOT
    index: int = 0
    coordinates: tuple[int, ...] = ()
    kind: int = 0
    count: int = 0

    @classmethod
    def of(cls, chain: Any) -> Position:
        """The position that the contract returns."""
        return cls(
            claim=bytes(chain.claim),
            stage=Stage(chain.stage),
            level=chain.level,
            index=chain.index,
            coordinates=(chain.sample, chain.step, chain.node)[: chain.stage],
            kind=chain.kind,
            count=chain.count,
        )

    @classmethod
    def unpack(cls, packed: int, claim: bytes) -> Position:
        """The position of a packed word, as in the event `Descended`."""
        stage = packed & 0x3
        coordinates = (packed >> 66 & 0xF, packed >> 70 & 0xFFFF, packed >> 86 & 0xFFFFF)
        return cls(
            claim=claim,
            stage=Stage(stage),
            level=packed >> 6 & 0xFF,
            index=packed >> 14 & 0x3FFFFFF,
            coordinates=coordinates[:stage],
            kind=packed >> 2 & 0xF,
            count=packed >> 40 & 0x3FFFFFF,
        )

    def pack(self) -> int:
        """All but the claim in one word, 106 bits (contracts/libraries/descent.vy)."""
        sample, step, node = (*self.coordinates, 0, 0, 0)[:3]
        word = self.stage | self.kind << 2 | self.level << 6 | self.index << 14 | self.count << 40
        return word | sample << 66 | step << 70 | node << 86

    def below(self, child: bytes, level: int, index: int, kind: int, count: int) -> Position:
        """The position at a node further down in the same tree; a leaf that is a root enters the next tree."""
        if self.stage is Stage.OUTPUT or level > 0:
            return replace(self, claim=child, level=level, index=index, kind=kind, count=count)
        return Position(child, Stage(self.stage + 1), ROOT, 0, (*self.coordinates, index))

    def top(self, height: int) -> int:
        """The level from which a path descends, in a tree of that height."""
        return height if self.level == ROOT else self.level


@dataclass(frozen=True)
class Children:
    """All descendants of a claim two levels below it, or one where there are no two.

    Attributes:
        kind: of the tree that they are in.
        count: leaves of that tree.
        level: theirs.
        first: index of the first.
        down: levels between them and the claim: 2, 1, or 0 for the only leaf of a tree.
        hashes: from the first to the last.
    """

    kind: int
    count: int
    level: int
    first: int
    down: int
    hashes: tuple[bytes, ...]

    @classmethod
    def shown(cls, position: Position, kind: int, count: int, hashes: Sequence[bytes]) -> Children:
        """What a move showed of a position in a tree of that kind and count."""
        top = position.top(height(count))
        down = min(2, top)
        return cls(kind, count, top - down, position.index << 2 * down, down, tuple(hashes))

    @classmethod
    def of(cls, tree: Tree, position: Position) -> Children:
        """Those of a position in a tree that is held whole."""
        top = position.top(tree.height)
        hashes = tree.children(top, position.index) if top else tree.levels[0]
        return cls.shown(position, tree.kind, tree.count, hashes)

    @property
    def parents(self) -> list[bytes]:
        """The nodes one level above them."""
        return parents(self.hashes, self.level + 1)

    def path(self, place: int) -> list[bytes]:
        """Siblings that prove the one at `place` up to the claim."""
        siblings: list[bytes] = []
        hashes = list(self.hashes)
        for above in range(self.down):
            group = place - place % ARITY
            siblings += [h for i, h in enumerate(hashes[group : group + ARITY], group) if i != place]
            hashes = parents(hashes, self.level + above + 1)
            place //= ARITY
        return siblings

"""What is played on the contracts: the covering set of sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pinpoint.chain.parameters import MAX_TURNS
from tests.explore.deployed import rules
from tests.explore.replay import Cover
from tests.explore.sizes import ALL, Size, binary, faults

FEW_TURNS = 2
"""A bound on turns that games reach whose trees are as small as these."""
SHORT = 1
"""Seconds of a clock that are no more than a reply: for what would take too long otherwise."""
WALKS = 1_000
"""Random sequences of a size that is too large for all."""


@dataclass(frozen=True)
class Trial:
    """A size that is played.

    Attributes:
        turns: bound on the turns of a game, in the contracts.
        cover: which sequences; if None, random ones, each from start to end.
    """

    size: Size
    turns: int = FEW_TURNS
    cover: Cover | None = Cover.ALL

    def __str__(self) -> str:
        cover = "random" if self.cover is None else self.cover.value
        return f"{self.size}, {self.turns} turns, {cover}"


def trials() -> Iterator[Trial]:
    """All of them, what takes longest last."""
    usual, few, short = rules(MAX_TURNS), rules(FEW_TURNS), rules(FEW_TURNS, SHORT)
    rejecting = replace(few, rejects=True)
    yield Trial(Size("anybody", 1, binary(1, 1), usual), MAX_TURNS)
    hidden = [
        binary(2, 1, hidden=[2]), binary(2, hidden=[1]), binary(2, hidden=[0]),
        binary(3, 1, hidden=[2]), binary(3, hidden=[5]),
    ]  # fmt: skip
    for tree in [
        *(binary(2, *wrong) for wrong in faults(2)),
        *(binary(3, *wrong) for wrong in ((), (0,), (5,), (1, 2, 6), tuple(range(8)))),
        *hidden,
        binary(2, 1, packed=[1, 3]),
    ]:
        yield Trial(Size("anybody", 1, tree, few))
    yield Trial(Size("all contents", 1, binary(1, 1), few, ALL))
    yield Trial(Size("all contents, right report", 1, binary(1), few, ALL))
    yield Trial(Size("a rejection", 1, binary(1, 1), rejecting, ALL))
    yield Trial(Size("no stake", 2, binary(1, 0), few, poor=1))
    yield Trial(Size("all contents", 2, binary(0, 0), few, ALL))
    yield Trial(Size("anybody", 3, binary(0, 0), few))
    for wrong in faults(1):
        yield Trial(Size("anybody", 2, binary(1, *wrong), few))
    for wrong in faults(1):
        yield Trial(Size("anybody", 3, binary(1, *wrong), short), cover=Cover.ONCE)
    for tree in (binary(2, 2, hidden=[1]), *(binary(2, *wrong) for wrong in faults(2))):
        yield Trial(Size("anybody", 2, tree, short), cover=Cover.ONCE)
    for tree in (binary(3), binary(3, 5)):
        yield Trial(Size("anybody", 2, tree, short), cover=Cover.ALIKE)
    for tree in (binary(3), binary(3, 5), binary(3, 1, hidden=[2])):
        yield Trial(Size("anybody", 3, tree, usual), MAX_TURNS, None)
    for tree in (binary(2), binary(2, 2)):
        yield Trial(Size("anybody", 3, tree, short), cover=Cover.ALIKE)

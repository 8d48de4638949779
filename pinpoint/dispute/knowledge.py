"""What a challenger knows of the report that it challenges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pinpoint.commitment.tensor import leaf_words
from pinpoint.commitment.tree import Tree
from pinpoint.dispute.position import Children, Position, Stage
from pinpoint.replay.report import Report


class Knowledge(Protocol):
    """The challenged report, as far as it is known."""

    def tree(self, *coordinates: int) -> Tree:
        """The tree of the report, of a segment or of a step: right in all nodes on the way down and their siblings."""

    def children(self, position: Position) -> Children | None:
        """What is below a position, or None while nobody has shown it."""

    def words(self, position: Position) -> list[int] | None:
        """The words of the leaf at a position, or None while nobody has shown them."""


class Whole:
    """A report that is public: its challenger needs nobody to show anything."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def tree(self, *coordinates: int) -> Tree:
        return self._report.tree(*coordinates)

    def children(self, position: Position) -> Children | None:
        return Children.of(self._report.tree(*position.coordinates), position)

    def words(self, position: Position) -> list[int] | None:
        sample, step, node = position.coordinates
        return leaf_words(self._report.output(sample, step, node), position.index)


class Shown:
    """A report of which only what was shown in the game is known.

    Left of the place where the two reports part, the challenger's own is the same, so its own trees, with what was
    shown put over them, hold every sibling that a proof needs.
    """

    def __init__(self, own: Report) -> None:
        self._own = own
        self._children: dict[Position, Children] = {}
        self._words: dict[Position, list[int]] = {}

    def learn_children(self, position: Position, kind: int, count: int, hashes: Sequence[bytes]) -> None:
        """Take in what `show_children` showed of a position; kind and count matter for an output's root only."""
        if position.stage is not Stage.OUTPUT:
            tree = self._own.tree(*position.coordinates)
            kind, count = tree.kind, tree.count
        elif position.kind:
            kind, count = position.kind, position.count
        self._children[position] = Children.shown(position, kind, count, hashes)

    def learn_words(self, position: Position, words: Sequence[int]) -> None:
        """Take in what `show_leaf` showed."""
        self._words[position] = list(words)

    def tree(self, *coordinates: int) -> Tree:
        tree = self._own.tree(*coordinates).copy()
        for position, known in self._children.items():
            if position.coordinates == coordinates:
                tree.levels[known.level][known.first : known.first + len(known.hashes)] = known.hashes
                if known.down == 2:
                    above = known.parents
                    tree.levels[known.level + 1][known.first // 4 : known.first // 4 + len(above)] = above
        return tree

    def children(self, position: Position) -> Children | None:
        return self._children.get(position)

    def words(self, position: Position) -> list[int] | None:
        return self._words.get(position)

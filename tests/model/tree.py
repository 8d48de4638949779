"""The tree that a game goes down, without hashes: which nodes are below which, and what can be shown of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

LEVELS = 2
"""A verifier shows all that is so many levels below the claim."""


@dataclass(frozen=True)
class Tree:
    """Nodes are numbered from the root, 0, level by level; the leaves come last.

    Attributes:
        fan: children of a node.
        depth: levels below the root.
        faulty: leaves that are wrong by themselves. A report without any is right.
        hidden: nodes without a preimage. Nobody can show what is below, nor prove it.
        packed: leaves that can be proved wrong, but not asked about.
    """

    fan: int
    depth: int
    faulty: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    packed: frozenset[int] = frozenset()

    @cached_property
    def count(self) -> int:
        """Nodes."""
        return sum(self.fan**level for level in range(self.depth + 1))

    @cached_property
    def leaves(self) -> range:
        """The leaves, left to right."""
        return range(self.count - self.fan**self.depth, self.count)

    @cached_property
    def right(self) -> bool:
        """Whether the report is the one that an honest replay gives."""
        return not self.faulty and not self.hidden

    @cached_property
    def below(self) -> tuple[frozenset[int], ...]:
        """By node, all nodes strictly below it that can be reached by a path of hashes."""
        found: list[frozenset[int]] = [frozenset()] * self.count
        for node in reversed(range(self.leaves[0])):
            if node not in self.hidden:
                for child in self.children(node):
                    found[node] |= found[child] | {child}
        return tuple(found)

    def children(self, node: int) -> range:
        """Children of an inner node."""
        return range(self.fan * node + 1, self.fan * node + self.fan + 1)

    def ancestors(self, node: int) -> list[int]:
        """From the node up to the root, both included."""
        found = [node]
        while node:
            node = (node - 1) // self.fan
            found.append(node)
        return found

    @cached_property
    def provable(self) -> tuple[frozenset[int], ...]:
        """By node, the leaves of which something can be proved while it is the claim."""
        leaves = frozenset(self.leaves) - self.hidden
        return tuple(((below | {node}) & leaves) for node, below in enumerate(self.below))

    @cached_property
    def alike(self) -> tuple[int, ...]:
        """By node, the first one whose subtree is the same up to the order of children.

        What can happen in a game depends on nothing else of its claim.
        """
        kinds: dict[int, tuple[object, ...]] = {}
        first: dict[tuple[object, ...], int] = {}
        for node in reversed(range(self.count)):
            below = sorted((kinds[child] for child in self.children(node)), key=repr) if node < self.leaves[0] else []
            kinds[node] = (node in self.faulty, node in self.hidden, node in self.packed, *below)
            first[kinds[node]] = node
        return tuple(first[kinds[node]] for node in range(self.count))

    @cached_property
    def first_wrong(self) -> int:
        """Leftmost place that is wrong: a faulty leaf, or a node without a preimage."""
        first_leaf = {node: self._leftmost(node) for node in self.faulty | self.hidden}
        return min(first_leaf, key=lambda node: (first_leaf[node], node))

    def _leftmost(self, node: int) -> int:
        while node < self.leaves[0]:
            node = self.children(node)[0]
        return node

    def towards(self, claim: int, place: int) -> int:
        """The node on the way from a claim to a place below it that is shown with the claim's children."""
        way = self.ancestors(place)
        return way[max(0, way.index(claim) - LEVELS)]

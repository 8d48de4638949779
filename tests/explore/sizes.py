"""What is explored: sizes of the dispute, and who is honest in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from tests.explore.search import Search
from tests.model.game import Dispute
from tests.model.rules import Rules
from tests.model.state import Content
from tests.model.strategies import Anybody, HonestChallenger, HonestDefender, InformedChallenger
from tests.model.tree import Tree

RULES = Rules()
SHORT = Rules(budget=1)
"""Clocks that are no longer than a reply: for trees and parties that would take too long otherwise."""
ALL = (Content.RIGHT, Content.OTHER, Content.SAME, Content.STOLEN, Content.COPIED)
FAN = 2


@dataclass(frozen=True)
class Size:
    """A dispute to explore.

    Attributes:
        poor: challengers that have not the stake for a bond; they come first.
        pairs: compare the orders of any two moves.
    """

    name: str
    challengers: int
    tree: Tree
    rules: Rules = RULES
    contents: tuple[Content, ...] = (Content.RIGHT,)
    player: type[Anybody] = Anybody
    poor: int = 0
    pairs: bool = False
    dispute: type[Dispute] = Dispute

    def search(self, alike: bool = True) -> Search:
        """The search of it."""
        bond = self.rules.bond
        dispute = self.dispute(self.rules, self.tree, self.contents)
        start = dispute.start(*([bond - 1] * self.poor + [bond] * (self.challengers - self.poor)))
        player = self.player(dispute)
        return Search(dispute, start, player, pairs=self.pairs, fixed=self.poor, alike=alike)

    def __str__(self) -> str:
        tree = self.tree
        places = {"faulty": tree.faulty, "no preimage": tree.hidden, "packed": tree.packed}
        marked = ", ".join(f"{what} {sorted(nodes)}" for what, nodes in places.items() if nodes)
        clocks = "" if self.rules.budget == RULES.budget else f", clocks of {self.rules.budget}"
        return f"{self.name}: {self.challengers} challengers, {len(tree.leaves)} leaves, {marked or 'right'}{clocks}"


def binary(depth: int, *wrong: int, hidden: Sequence[int] = (), packed: Sequence[int] = ()) -> Tree:
    """A tree of 2^depth leaves with some of them faulty, named from 0.

    Args:
        hidden: nodes without a preimage, in the numbers of the tree.
        packed: leaves that cannot be asked about, named from 0.
    """
    first = FAN**depth - 1
    return Tree(
        FAN,
        depth,
        frozenset(first + leaf for leaf in wrong),
        frozenset(hidden),
        frozenset(first + leaf for leaf in packed),
    )


def faults(depth: int) -> Iterator[tuple[int, ...]]:
    """Sets of faulty leaves, one of all that differ in the order of children only."""
    if depth == 0:
        yield from ((), (0,))
        return
    half = FAN ** (depth - 1)
    for left, right in combinations_with_replacement(list(faults(depth - 1)), 2):
        yield (*left, *(half + leaf for leaf in right))


def small() -> list[Size]:
    """Those that take seconds."""
    slow = Rules(commit=2, budget=3, reply=2, turns=2)
    special = (
        binary(2, 1, hidden=[2]),
        binary(2, hidden=[1]),
        binary(2, hidden=[0]),
        binary(2, 2, packed=[2]),
        binary(2, packed=[0, 1, 2, 3]),
    )
    found = [
        *(Size("anybody", 1, binary(3, *wrong)) for wrong in faults(3)),
        *(Size("anybody", 1, tree) for tree in special),
        Size("slow clocks", 1, binary(3, 4), slow),
        Size("all contents", 1, binary(1, 1), contents=ALL),
        Size("all contents, right report", 1, binary(1), contents=ALL),
        Size("no stake", 2, binary(1, 0), poor=1),
        Size("all contents, orders", 2, binary(0, 0), contents=ALL, pairs=True),
        Size("a rejection", 2, binary(0, 0), Rules(rejects=True), ALL),
        Size("a poor deposit", 2, binary(0, 0), Rules(verifier_deposit=5, bounty=2)),
        Size("honest defender", 1, binary(3), player=HonestDefender),
        Size("honest defender", 2, binary(2), player=HonestDefender),
        Size("honest defender", 2, binary(2, packed=[1, 3]), player=HonestDefender),
    ]
    for player in (HonestChallenger, InformedChallenger):
        name = "honest challenger" if player is HonestChallenger else "informed challenger"
        wrong_trees = [binary(3, *wrong) for wrong in faults(3) if wrong]
        found += [Size(name, 1, tree, player=player) for tree in (*wrong_trees, *special[:4])]
        found += [Size(name, 2, binary(2, *wrong), player=player) for wrong in faults(2) if wrong]
        found.append(Size(name, 2, binary(0, 0), Rules(rejects=True), ALL, player))
    return found


def large() -> list[Size]:
    """Those that take minutes in all."""
    found = [
        *(Size("anybody, orders", 2, binary(2, *wrong), pairs=True) for wrong in faults(2)),
        *(Size("anybody", 2, binary(3, *wrong)) for wrong in ((), (0,), (3, 6), (0, 2, 4, 6))),
        Size("all contents", 3, binary(0, 0), contents=ALL),
        Size("anybody, orders", 3, binary(1, 0), pairs=True),
        Size("anybody", 3, binary(2, 2), SHORT),
        Size("anybody", 3, binary(3), SHORT),
        Size("anybody", 3, binary(3, 5), SHORT),
        Size("honest defender", 2, binary(3), player=HonestDefender),
        Size("honest defender", 3, binary(3), SHORT, player=HonestDefender),
    ]
    for player in (HonestChallenger, InformedChallenger):
        name = "honest challenger" if player is HonestChallenger else "informed challenger"
        found += [Size(name, 2, binary(3, *wrong), player=player) for wrong in ((0,), (5,), (3, 6), (0, 2, 4, 6))]
        found.append(Size(name, 3, binary(3, 5), SHORT, player=player))
    return found


def changed(size: Size, dispute: type[Dispute], turns: int = RULES.turns) -> Size:
    """A size with a mutant of the dispute, or another absolute end."""
    return replace(size, dispute=dispute, rules=replace(size.rules, turns=turns))

"""Who plays in a campaign: honest ones with the algorithms of pinpoint.dispute, and liars with anything."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from pinpoint.commitment.tensor import LANES, leaf_words
from pinpoint.commitment.tree import keccak, width
from pinpoint.dispute import challenger, defender
from pinpoint.dispute.evidence import Case, Trees
from pinpoint.dispute.knowledge import Shown, Whole
from pinpoint.dispute.moves import Leg, Move, descend
from pinpoint.dispute.position import ROOT, Children, Position, Stage
from pinpoint.program.operators import TABLE, Kind, Operator
from tests.giant_report import GiantReport

EXPONENTS = sum(0x3F800000 << 32 * lane for lane in range(LANES))
"""Bits whose change is no small one, in each lane of a word."""
DIRECT, INTERACTIVE, JUMPING = "direct", "interactive", "jumping"


class Guessed(Whole):
    """A public report of whose nodes some have to be asked for."""

    def __init__(self, report: GiantReport, random: Random) -> None:
        super().__init__(report)
        self._random = random
        self._asked: set[Position] = set()

    def ask(self, position: Position) -> None:
        """Take in what was shown at a position."""
        self._asked.add(position)

    def children(self, position: Position) -> Children | None:
        return super().children(position) if self._has(position) else None

    def words(self, position: Position) -> list[int] | None:
        return super().words(position) if self._has(position) else None

    def _has(self, position: Position) -> bool:
        return position in self._asked or self._random.random() < 0.7


class HonestChallenger:
    """Goes to the leftmost difference, from what is public and what was shown."""

    def __init__(self, own: GiantReport, theirs: GiantReport, trees: Trees, mode: str, random: Random) -> None:
        self._theirs = theirs
        self._shown = Shown(own)
        self._guessed = Guessed(theirs, random)
        knowledge = {DIRECT: Whole(theirs), INTERACTIVE: self._shown, JUMPING: self._guessed}[mode]
        self._case = Case(own, trees, knowledge)

    def learn(self, position: Position, shown: Move) -> None:
        """Take in what the verifier has shown."""
        self._guessed.ask(position)
        if shown.method == "show_leaf":
            self._shown.learn_words(position, shown.arguments[0])
        else:
            self._shown.learn_children(position, *shown.arguments)

    def next_move(self, position: Position) -> Move:
        """The move on the clock."""
        if self._case.own.root == self._theirs.root:
            found = challenger.wrong_distance(self._case, self._theirs.distances)
            assert found is not None, "expected a wrong distance"
            return found
        return challenger.next_move(self._case, position)


class LyingChallenger:
    """Accuses an honest report: wanders about in it, sends proofs of what is no fault, and broken ones."""

    def __init__(self, report: GiantReport, trees: Trees, random: Random) -> None:
        self._report, self._random = report, random
        self._case = Case(report, trees, Whole(report))

    def wander(self, position: Position) -> Move:
        """Descend to anywhere below."""
        legs: list[Leg] = []
        for _ in range(self._random.randrange(1, 5)):
            if position.stage is Stage.OUTPUT and position.level == 0:
                break
            tree = self._report.tree(*position.coordinates)
            top = position.top(tree.height)
            legs.append(self._leg(position, self._random.randrange(max(top, 1))))
            position = _after(position, legs[-1])
        return descend(legs)

    def accuse(self, position: Position) -> Move:
        """A complete proof of something that is right."""
        legs: list[Leg] = []
        while True:
            if position.stage is Stage.OUTPUT:
                move = self._accusation(position, legs)
                if move is not None:
                    return move
            leg = self._leg(position, 0)
            inside = legs and position.level != ROOT
            position = _after(position, leg)
            legs = [*legs[:-1], legs[-1].then(leg)] if inside else [*legs, leg]

    def forge(self, position: Position) -> Move:
        """A proof, something of which is not what was committed to."""
        move = self.accuse(position)
        if move.contract == "ValueJudge" and move.arguments[-1] and self._random.random() < 0.7:
            return Move(move.contract, move.method, self._other_operands(*move.arguments))
        return Move(move.contract, move.method, _spoilt(move.arguments, self._random))

    def _other_operands(self, *arguments: Any) -> tuple[Any, ...]:
        """Operands of which something else would follow."""
        *rest, lane, operands = arguments
        which = self._random.randrange(len(operands))
        words, *paths = operands[which]
        at = lane // LANES if len(words) > lane // LANES else 0
        others = [word ^ EXPONENTS if i == at else word for i, word in enumerate(words)]
        return *rest, lane, [(others, *paths) if i == which else each for i, each in enumerate(operands)]

    def _accusation(self, position: Position, legs: list[Leg]) -> Move | None:
        case, node = self._case, self._case.node(position)
        sample, step, index = position.coordinates
        if position.level == ROOT:
            last = step == self._report.interval and index == len(self._report.distance_nodes) - 1
            if last and self._random.random() < 0.5:
                return case.distance_fault(sample, legs)
            given = TABLE[node.operator].kind is Kind.INPUT and node.operator is not Operator.FILL
            return case.input_fault(position, legs) if given else None
        if position.level > 0:
            return None
        if node.operator is Operator.PACK:
            wrong = case.pack_fault if self._random.random() < 0.5 else case.malformed
            return wrong(position, legs)
        words = leaf_words(self._report.output(sample, step, index), position.index)
        given = TABLE[node.operator].kind is Kind.INPUT and node.operator is not Operator.FILL
        if given or self._random.random() < 0.2:
            return case.malformed(position, legs, words)
        # The proof of a lane that were wrong, with the words that stand there.
        lane = self._random.randrange(len(words) * LANES)
        other = list(words)
        other[lane // LANES] ^= 1 << 32 * (LANES - 1 - lane % LANES)
        move = case.value_fault(position, legs, other)
        walk, proof, _, at, operands = move.arguments
        return Move(move.contract, move.method, (walk, proof, words, at, operands))

    def _leg(self, position: Position, level: int) -> Leg:
        tree = self._report.tree(*position.coordinates)
        top = position.top(tree.height)
        first, count = 0, width(tree.count, level)
        if position.level != ROOT:
            below = 4 ** (top - level)
            first, count = position.index * below, min(count, (position.index + 1) * below)
        # PACK, the distance and its last node are the last ones: few among many, and judged in ways of their own.
        index = count - 1 if self._random.random() < 0.2 else self._random.randrange(first, count)
        path = tree.path(index, level, top)
        kind, leaves = (int(tree.kind), tree.count) if position.stage is Stage.OUTPUT else (0, 0)
        return Leg(tree.levels[level][index], level, index, kind, leaves, path)


def honest_show(report: GiantReport, position: Position) -> Move:
    """What a verifier shows by the book."""
    return defender.next_move(report, position)


def _after(position: Position, leg: Leg) -> Position:
    return position.below(leg.child, leg.level, leg.index, leg.kind, leg.count)


def _leaves(value: object, at: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    if isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield from _leaves(part, (*at, place))
    else:
        yield at


def _spoilt(value: tuple[object, ...], random: Random) -> tuple[object, ...]:
    """With one hash or number replaced."""
    place = random.choice(list(_leaves(value)))

    def replaced(part: object, rest: tuple[int, ...]) -> object:
        if isinstance(part, list | tuple):
            return tuple(replaced(each, rest[1:]) if i == rest[0] else each for i, each in enumerate(part))
        return keccak(part) if isinstance(part, bytes) else part ^ 1 << random.randrange(32)  # type: ignore[operator]

    return tuple(replaced(value, place))  # type: ignore[arg-type]

"""The honest challenger (docs/dispute.md): always to the leftmost difference."""

from __future__ import annotations

from pinpoint.dispute.evidence import Case
from pinpoint.dispute.moves import Leg, Move, descend
from pinpoint.dispute.position import ROOT, Children, Position, Stage
from pinpoint.program.operators import TABLE, Kind, Operator


class NothingToChallenge(Exception):
    """The report is what the challenger's own replay says."""


def next_move(case: Case, position: Position) -> Move:
    """What an honest challenger does at a position: prove a fault if it can reach one, else descend and ask.

    Args:
        case: own report, and all that is known of the challenged one.
        position: where the game stands, at a claim that is not what the own report has there.

    Raises:
        NothingToChallenge: if the claim is what the own report has there.
    """
    legs: list[Leg] = []
    while True:
        if position.stage is Stage.OUTPUT:
            found = _fault(case, position, legs)
            if found is not None:
                return found
        children = case.theirs.children(position)
        if children is None:
            return descend(legs)
        place = _leftmost(case, position, children)
        leg = Leg(
            children.hashes[place],
            children.level,
            children.first + place,
            children.kind,
            children.count,
            children.path(place),
        )
        before = position
        position = position.below(leg.child, leg.level, leg.index, leg.kind, leg.count)
        if legs and before.level != ROOT:
            legs[-1] = legs[-1].then(leg)
        else:
            legs.append(leg)


def wrong_distance(case: Case, posted: list[int]) -> Move | None:
    """The proof against a report whose tree is right and one of whose posted distances is not; None if all are."""
    for sample, (ours, theirs) in enumerate(zip(case.own.distances, posted, strict=True)):
        if ours != theirs:
            step, node = case.own.interval, len(case.own.distance_nodes) - 1
            legs = []
            for coordinates, index in (((), sample), ((sample,), step), ((sample, step), node)):
                tree = case.own.tree(*coordinates)
                legs.append(Leg(tree.levels[0][index], 0, index, 0, 0, tree.path(index)))
            return case.distance_fault(sample, legs)
    return None


def _fault(case: Case, position: Position, legs: list[Leg]) -> Move | None:
    node = case.node(position)
    if TABLE[node.operator].kind is Kind.INPUT and position.level == ROOT and node.operator is not Operator.FILL:
        return case.input_fault(position, legs)
    if position.level == ROOT:
        return None
    own = case.own.tree(*position.coordinates)
    if (position.kind, position.count) != (own.kind, own.count):
        return case.malformed(position, legs)
    if position.level > 0:
        return None
    if case.is_pack(position):
        return case.pack_fault(position, legs)
    words = case.theirs.words(position)
    if words is None:
        return descend(legs)
    return case.value_fault(position, legs, words)


def _leftmost(case: Case, position: Position, children: Children) -> int:
    own = case.own.tree(*position.coordinates)
    if (children.kind, children.count) != (own.kind, own.count):
        return 0
    level = own.levels[children.level]
    for place, shown in enumerate(children.hashes):
        if level[children.first + place] != shown:
            return place
    raise NothingToChallenge(f"the own report has the same below {position.claim.hex()}")

"""The honest defender (docs/dispute.md): shows what it is asked for."""

from __future__ import annotations

from pinpoint.commitment.tensor import leaf_words
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Children, Position, Stage
from pinpoint.replay.report import Report


def next_move(report: Report, position: Position) -> Move:
    """What a verifier shows when it is on the clock: children, or at the bottom the words."""
    if position.stage is Stage.OUTPUT and position.level == 0:
        sample, step, node = position.coordinates
        if node < report.output_count(step):
            words = leaf_words(report.output(sample, step, node), position.index)
            return Move("Arbitration", "show_leaf", (words,))
    children = Children.of(report.tree(*position.coordinates), position)
    return Move("Arbitration", "show_children", (children.kind, children.count, list(children.hashes)))

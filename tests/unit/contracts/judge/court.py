"""What tests of the judges point at, and what they send."""

from __future__ import annotations

from typing import Any

from pinpoint.chain.client import ChallengePhase
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.moves import Move
from pinpoint.program.distance import NODES_PER_TENSOR
from pinpoint.program.operators import Operator
from pinpoint.replay.report import Report
from tests.games import Game, innocent_moves, zoo_job

JOB = zoo_job()
NODES = JOB.program.nodes
PACK = JOB.program.pack
WIDE, SMALL, BATCH, CONSTANT = 0, 1, 2, 3
DISTANCE = JOB.interval
LAST = NODES_PER_TENSOR * len(JOB.program.state_shapes) - 1


def index_of(operator: Operator) -> int:
    """The first node of an operator."""
    return next(index for index, node in enumerate(NODES) if node.operator is operator)


ADD, NEG, SUM, MATMUL, TRANSPOSE, FILL = map(
    index_of,
    (Operator.ADD, Operator.NEG, Operator.SUM, Operator.MATMUL, Operator.TRANSPOSE, Operator.FILL),
)
RESHAPE, GATHER, ONE_HOT, CAUSAL_MASK = map(
    index_of, (Operator.RESHAPE, Operator.GATHER, Operator.ONE_HOT, Operator.CAUSAL_MASK)
)


class Table:
    """A live game and the case of its challenger."""

    def __init__(self, game: Game, dispute: int, case: Case) -> None:
        self.game, self.dispute, self.case = game, dispute, case

    def move(self, what: str, step: int, node: int, leaf: int = 0, lane: int = 0) -> Move:
        """A proof against a right place of sample 1."""
        return innocent_moves(self.case, 1, step, node, leaf, lane)[what]

    def send(self, move: Move, **changes: Any) -> ChallengePhase:
        """Send it, with some of its arguments changed; how the challenge stands."""
        names = ARGUMENTS[move.method]
        arguments = tuple(changes.get(name, value) for name, value in zip(names, move.arguments, strict=True))
        self.game.play(self.dispute, Move(move.contract, move.method, arguments))
        return self.game.phase(self.dispute)


ARGUMENTS = {
    "prove_word_fault": ("legs", "node", "leaf", "lane", "operands"),
    "prove_lane_fault": ("legs", "node", "leaf", "lane", "operands"),
    "prove_moved_fault": ("legs", "node", "leaf", "lane", "operands"),
    "prove_input_fault": ("legs", "node", "source"),
    "prove_distance_fault": ("legs", "last", "replayed", "claimed"),
    "prove_malformed": ("legs", "node", "leaf"),
}


def convicts(game: Game, honest: Report, report: Report) -> str:
    """The proof that convicts a report, sent."""
    dispute = game.start(report, honest.digest)
    receipt = game.prove_directly(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON
    assert game.round == 1
    return receipt.method


# What becomes of the words of an output's leaves


def longer(leaves: list[list[int]]) -> list[list[int]]:
    """The last leaf has a word more."""
    return [*leaves[:-1], [*leaves[-1], 0]]


def shorter(leaves: list[list[int]]) -> list[list[int]]:
    """The first leaf has a word less."""
    return [leaves[0][:-1], *leaves[1:]]


def more(leaves: list[list[int]]) -> list[list[int]]:
    """There is a leaf more."""
    return [*leaves, leaves[-1]]


def fewer(leaves: list[list[int]]) -> list[list[int]]:
    """There is a leaf less."""
    return leaves[:-1]

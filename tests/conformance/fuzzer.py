"""Random programs, random places: what the evaluator computes is what evidence and Referee judge to be right.

A case is one lane of one node's output. The words that the evaluator has there must not convict; the same words with
some bits of that lane flipped must, by the very proof that an honest challenger sends.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyrevm import EVM

from pinpoint.chain.client import Geometry
from pinpoint.commitment.tensor import LANES, batch_root, checkpoint_root, hash_leaf, leaf_words, program_leaf
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.evidence import Case, Trees
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position, Stage
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay.report import Report, Segment
from tests.evm import Contract, Reverted
from tests.programs import random_inputs, random_program

JUDGED = (Kind.POINTWISE, Kind.REDUCTION, Kind.MOVEMENT)


@dataclass(frozen=True)
class Mismatch:
    """A case where the two do not agree, and how to see it again."""

    seed: int
    operator: str
    place: tuple[int, int, int, int]
    words: list[int]
    verdict: bool | str
    """True where the proof convicts, False where not; or why it was refused."""


class Judge:
    """ValueJudge and Referee, without a game around them."""

    def __init__(self) -> None:
        self._evm = EVM()
        self._hearing = Contract(self._evm, "mocks/HearingMock")
        referee = Contract(self._evm, "Referee")
        court = self._hearing.address
        self._judge = Contract(self._evm, "ValueJudge", court, court, referee.address)

    def verdict(self, case: Case, position: Position, move: Move, words: list[int]) -> bool | str:
        """Whether a proof convicts a report in which these words stand; the reason where it is refused."""
        sample, step, _ = position.coordinates
        own, trees = case.own, case.trees
        interval = own.interval
        nodes, state = len(own.program.nodes), len(own.program.state_shapes)
        geometry = Geometry(nodes, state, 1, interval, interval, 1, 0, own.program.weights)
        game = (0, own.root, position.claim, own.tree(sample, step).root, position.pack())
        order = (trees.program.root, trees.dataset.root, bytes(32), geometry.pack(), 1, 1)
        _, proof, _, lane, operands = move.arguments
        before = self._evm.snapshot()
        try:
            self._hearing.transact("open", game, order)
            self._judge.transact(move.method, 1, [], proof, words, lane, operands)
            assert self._hearing.call("decided"), "expected a verdict"
            return bool(self._hearing.call("faulty"))
        except Reverted as refusal:
            return str(refusal)
        finally:
            self._evm.revert(before)


def draw(seed: int, cases: int) -> Iterator[tuple[Case, Position, int, random.Random]]:
    """Of one random program with random inputs: places, at most so many, and a lane to be judged in each."""
    rng = random.Random(seed)
    program = random_program(rng)
    state, batch = random_inputs(rng, program)
    report = Report(program, [Segment(0, state, state, [batch])])
    trees = Trees(
        Tree(TreeKind.PROGRAM, [program_leaf(node.words()) for node in program.nodes]),
        Tree(TreeKind.DATASET, [batch_root(batch) if batch else bytes(32)]),
        Tree(TreeKind.PROOF, [checkpoint_root(state)] * 2),
    )
    case = Case(report, trees, Whole(report))
    places = [
        (step, index)
        for step in range(2)
        for index, node in enumerate(report.nodes(step))
        if TABLE[node.operator].kind in JUDGED or node.operator is Operator.FILL
    ]
    for _ in range(min(cases, len(places))):
        # The distance has the same operators in every program.
        step, index = rng.choice([place for place in places if place[0] == 0 or rng.randrange(10) == 0] or places)
        tree = report.tree(0, step, index)
        leaf = rng.randrange(tree.count)
        words = leaf_words(report.output(0, step, index), leaf)
        position = Position(
            tree.levels[0][leaf], Stage.OUTPUT, 0, leaf, (0, step, index), int(tree.kind), tree.count
        )
        yield case, position, rng.randrange(LANES * len(words)), rng


def judge_program(judge: Judge, seed: int, counts: Counter[str], cases: int = 20) -> list[Mismatch]:
    """So many cases of a seed, or fewer if the program is small; by operator they are added to `counts`."""
    found: list[Mismatch] = []
    for case, position, lane, rng in draw(seed, cases):
        _, step, index = position.coordinates
        operator = case.own.nodes(step)[index].operator.name
        right = leaf_words(case.own.output(0, step, index), position.index)
        wrong = list(right)
        wrong[lane // LANES] ^= rng.randrange(1, 2**32) << 32 * (LANES - 1 - lane % LANES)
        move = case.value_fault(position, [], wrong)
        assert move.arguments[3] == lane
        for words, guilty in ((right, False), (wrong, True)):
            claimed = _claiming(position, words)
            verdict = judge.verdict(case, claimed, move, words)
            if verdict is not guilty:
                found.append(Mismatch(seed, operator, (step, index, position.index, lane), words, verdict))
        counts[operator] += 1
    return found


def _claiming(position: Position, words: list[int]) -> Position:
    return replace(position, claim=hash_leaf(words))

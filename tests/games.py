"""Drives a task to a live game with any report, and plays games, on the test world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boa
import numpy as np

from pinpoint.chain.client import (
    DEFENDER,
    ChallengePhase,
    Client,
    Geometry,
    Order,
    ReportState,
    VerificationPhase,
)
from pinpoint.chain.port import Receipt
from pinpoint.commitment.tensor import (
    Tensor,
    batch_root,
    checkpoint_root,
    hash_leaf,
    leaf_words,
    program_leaf,
)
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.dispute import challenger, defender
from pinpoint.dispute.evidence import Case, Trees
from pinpoint.dispute.knowledge import Knowledge, Whole
from pinpoint.dispute.moves import Leg, Move
from pinpoint.dispute.position import Position, Stage
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Program
from pinpoint.program.operators import Axis, Integer, Predicate
from pinpoint.program.work import data_bits, program_units
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.report import Report, Segment
from pinpoint.replay.training import replay
from pinpoint.roles.whistleblower import seal, shown_in
from tests.world import World

THRESHOLD = 0x3A800000  # 2^-10
FEE = 1_000 * 10**18
"""About what the solver earns."""
SECRET, SALT, SEAL = (keccak(name) for name in (b"secret", b"salt", b"seal"))
CHALLENGER_USER = "whistleblower"


@dataclass(frozen=True)
class Job:
    """What a task commits to, and the solver's checkpoints.

    Attributes:
        states: one more than there are segments.
        changes: fields of the geometry that are not what program and data say.
    """

    program: Program
    batches: Sequence[Sequence[Tensor]]
    states: Sequence[Sequence[Tensor]]
    interval: int
    samples: int
    changes: Mapping[str, int] = field(default_factory=dict)

    @property
    def geometry(self) -> Geometry:
        """The counts of the order."""
        honest = {
            "nodes": len(self.program.nodes),
            "state": len(self.program.state_shapes),
            "batches": len(self.batches),
            "steps": self.interval * (len(self.states) - 1),
            "interval": self.interval,
            "samples": self.samples,
            "threshold": THRESHOLD,
            "data": data_bits(self.program, self.interval, self.samples),
        }
        return Geometry(**(honest | dict(self.changes)))

    @cached_property
    def trees(self) -> Trees:
        """Program, data and proof."""
        return Trees(
            program=Tree(TreeKind.PROGRAM, [program_leaf(node.words()) for node in self.program.nodes]),
            dataset=Tree(TreeKind.DATASET, [batch_root(batch) for batch in self.batches]),
            proof=Tree(TreeKind.PROOF, [checkpoint_root(state) for state in self.states]),
        )

    @property
    def order(self) -> Order:
        """The order, at a price that makes a bounty worth more than a challenge costs."""
        units = max(1, program_units(self.program))
        return Order(
            self.trees.program.root,
            self.trees.dataset.root,
            checkpoint_root(self.states[0]),
            self.geometry,
            units,
            FEE // (units * self.geometry.steps),
        )

    def batch(self, step: int) -> Sequence[Tensor]:
        """The batch of a step of the training."""
        return self.batches[step % len(self.batches)]

    def segment(self, number: int) -> Segment:
        """A segment as the solver claims it."""
        first = number * self.interval
        return Segment(
            number,
            self.states[number],
            self.states[number + 1],
            [self.batch(first + step) for step in range(self.interval)],
        )


def trained(
    program: Program,
    batches: Sequence[Sequence[Tensor]],
    initial: Sequence[Tensor],
    *,
    segments: int,
    interval: int,
    samples: int,
) -> Job:
    """A job whose checkpoints are the canonical replay."""
    states = [list(initial)]
    for number in range(segments):
        first = number * interval
        steps = replay(program, states[-1], lambda step: batches[step % len(batches)], first, interval, arithmetic)
        states.append([after for _, after in steps][-1])
    return Job(program, batches, states, interval, samples)


class Forged(Report):
    """A report with trees that no tensors stand for: padding, leaves of the wrong length, wrong counts, wrong packs.

    What follows from a forged tree is computed as if it were right.
    """

    def __init__(
        self,
        program: Program,
        segments: Sequence[Segment],
        *,
        words: Mapping[tuple[int, int, int], Callable[[list[list[int]]], list[list[int]]]] | None = None,
        kinds: Mapping[tuple[int, int, int], TreeKind] | None = None,
        packs: Mapping[tuple[int, int], Callable[[list[bytes]], list[bytes]]] | None = None,
        posted: Mapping[int, int] | None = None,
        lie: Any = None,
    ) -> None:
        """
        Args:
            words: by sample, step and node, what becomes of the words of an output's leaves.
            kinds: likewise, the kind of an output's tree.
            packs: by sample and step, what becomes of the leaves of PACK.
            posted: by sample, the distance that is posted.
        """
        self._words, self._kinds, self._packs = words or {}, kinds or {}, packs or {}
        super().__init__(program, segments, lie)
        for sample, distance in (posted or {}).items():
            self.distances[sample] = distance

    def words(self, sample: int, step: int, node: int, leaf: int) -> list[int]:
        """What stands in a leaf."""
        if (sample, step, node) in self._words:
            return self._leaves(sample, step, node)[leaf]
        return leaf_words(self.output(sample, step, node), leaf)

    def packed(self, sample: int, step: int, outputs: Sequence[bytes]) -> list[bytes]:
        right = super().packed(sample, step, outputs)
        return self._packs[sample, step](right) if (sample, step) in self._packs else right

    def tree(self, sample: int | None = None, step: int | None = None, node: int | None = None) -> Tree:
        if node is None:
            return super().tree(sample, step)
        return self._forged(sample, step, node)

    def _trace(self, sample: int, step: int, leaves: Sequence[bytes]) -> Tree:
        roots = list(leaves)
        for node in {n for s, t, n in (*self._words, *self._kinds) if (s, t) == (sample, step)}:
            if node < len(roots):
                roots[node] = self._forged(sample, step, node).root
        if step == self.interval:
            return Tree(TreeKind.TRACE, roots)
        kind = self._kinds.get((sample, step, self.program.pack), TreeKind.CHECKPOINT)
        return Tree(TreeKind.TRACE, [*roots, Tree(kind, self.packed(sample, step, roots)).root])

    def _forged(self, sample: int, step: int, node: int) -> Tree:
        place = (sample, step, node)
        if step < self.interval and node == self.program.pack:
            leaves = self.packed(sample, step, self._traces[sample][step].levels[0])
            return Tree(self._kinds.get(place, TreeKind.CHECKPOINT), leaves)
        if place not in self._words and place not in self._kinds:
            return super().tree(sample, step, node)
        kind = self._kinds.get(place, TreeKind.TENSOR)
        return Tree(kind, [hash_leaf(words) for words in self._leaves(*place)])

    def _leaves(self, sample: int, step: int, node: int) -> list[list[int]]:
        tensor = self.output(sample, step, node)
        count = super().tree(sample, step, node).count
        right = [leaf_words(tensor, leaf) for leaf in range(count)]
        return self._words.get((sample, step, node), lambda words: words)(right)


def words_of(report: Report, position: Position) -> list[int]:
    """What stands in the leaf at a position."""
    sample, step, node = position.coordinates
    if isinstance(report, Forged):
        return report.words(sample, step, node, position.index)
    return leaf_words(report.output(sample, step, node), position.index)


class Public(Whole):
    """A report that is public, forgeries too."""

    def words(self, position: Position) -> list[int] | None:
        return words_of(self._report, position)


def defence(report: Report, position: Position) -> Move:
    """What the report's verifier shows, by the book."""
    if position.stage is Stage.OUTPUT and position.level == 0 and position.kind == TreeKind.TENSOR:
        return Move("Arbitration", "show_leaf", (words_of(report, position),))
    return defender.next_move(report, position)


def leg_to(tree: Tree, index: int, level: int = 0, output: bool = False) -> Leg:
    """The leg from the root of a tree down to one of its nodes."""
    kind, count = (int(tree.kind), tree.count) if output else (0, 0)
    return Leg(tree.levels[level][index], level, index, kind, count, tree.path(index, level))


def legs_to(report: Report, *places: int) -> list[Leg]:
    """Legs from the report's root to a sample, a step of it, a node of that, a leaf of its output."""
    return [leg_to(report.tree(*places[:depth]), place, output=depth == 3) for depth, place in enumerate(places)]


def position_at(legs: Sequence[Leg]) -> Position:
    """Where legs from the report's root lead."""
    position = Position(b"")
    for leg in legs:
        position = position.below(leg.child, leg.level, leg.index, leg.kind, leg.count)
    return position


class Game:
    """A task on the chain, up to a live game and through it."""

    def __init__(self, world: World, job: Job) -> None:
        """The task, up to the drawn verifier's acceptance."""
        self.world, self.job = world, job
        self.client = Client(world.port, world.deployment)
        send, stranger = world.send, "stranger"
        receipt = send("submitter", "TaskRegistry", "submit_task", job.order.arguments())
        self.task = int(receipt.event("TaskSubmitted").fields["task"])
        send("solver", "TaskRegistry", "enrol", self.task, 0)
        self.at(self.client.task(self.task).deadline + 1)
        send(stranger, "TaskRegistry", "close_enrolment", self.task)
        self.after_block(self.client.task(self.task).draw_block)
        send(stranger, "TaskRegistry", "draw_solver", self.task)
        send("solver", "TaskRegistry", "accept", self.task)
        proof = job.trees.proof
        send("solver", "TaskRegistry", "post_proof", self.task, proof.root, proof.path(0))
        self.assign()

    def assign(self) -> None:
        """Draw the round's verifier, which accepts."""
        now = self.client.round(self.task)
        if now.phase is VerificationPhase.DRAWING:
            self.after_block(now.draw_block)
            self.world.send("stranger", "Verification", "draw", self.task)
        self.samples = self.client.samples(self.task)
        self.segments = [self.job.segment(number) for number in self.samples]
        self.world.send(self.verifier, "Verification", "accept_assignment", self.task, keccak(SECRET))

    @property
    def round(self) -> int:
        """The current round."""
        return self.client.round(self.task).round

    @property
    def verifier(self) -> str:
        """Name of the round's verifier."""
        return self.world.name_of(self.client.round(self.task).verifier)

    def honest(self) -> Report:
        """The right report."""
        return Report(self.job.program, self.segments)

    @property
    def number(self) -> int:
        """Of the report of the current round."""
        return self.client.round(self.task).report

    def report(
        self, report: Report, distances: Sequence[int] | None = None, fallback: Report | None = None
    ) -> Receipt:
        """Give a report, when asking for data is over and it is known whether an error is forced."""
        now = self.client.round(self.task)
        self.at(now.ask_end + 1)
        self.after_block(now.draw_block)
        posted = list(report.distances if distances is None else distances)
        commitment = keccak(b"fallback")
        if fallback is not None:
            user = self.world[self.verifier]
            commitment = self.world.view(
                "Verification", "report_commitment", self.task, user, fallback.digest, SALT
            )
        arguments = (self.task, report.root, posted, commitment)
        return self.world.send(self.verifier, "Verification", "report", *arguments)

    def report_fallback(self, report: Report) -> Receipt:
        """Open the fallback of a report whose error was forced."""
        arguments = (self.task, report.root, list(report.distances), SALT)
        return self.world.send(self.verifier, "Verification", "report_fallback", *arguments)

    def seal(self, user: str, digest: bytes) -> bytes:
        """A user's sealed report."""
        return seal(self.task, self.world[user], digest, SEAL)

    def commit(self, digest: bytes, user: str = CHALLENGER_USER) -> int:
        """Commit a challenge that seals a report; its number."""
        commitment = self.world.view(
            "Arbitration", "commitment_of", self.number, self.world[user], SALT, self.seal(user, digest)
        )
        receipt = self.world.send(user, "Arbitration", "commit_challenge", self.number, commitment)
        return int(receipt.event("ChallengeCommitted").fields["dispute"])

    def reveal(self, dispute: int, digest: bytes, user: str = CHALLENGER_USER) -> Receipt:
        """Reveal a challenge, when its phase has come."""
        self.at(self.windows.commit_end + 1)
        return self.world.send(user, "Arbitration", "reveal_challenge", dispute, SALT, self.seal(user, digest))

    def open_secret(self) -> Receipt:
        """Open the verifier's secret, when its phase has come."""
        self.at(self.windows.reveal_end + 1)
        return self.world.send("stranger", "Verification", "open_secret", self.task, SECRET)

    def start(self, report: Report, own_digest: bytes, *users: str, distances: Sequence[int] | None = None) -> Any:
        """Report, and challenges of it up to the first second of the games; the disputes, the only one alone."""
        self.report(report, distances)
        users = users or (CHALLENGER_USER,)
        disputes = [self.commit(own_digest, user) for user in users]
        for dispute, user in zip(disputes, users, strict=True):
            self.reveal(dispute, own_digest, user)
        self.open_secret()
        self.at(self.windows.secret_end + 1)
        return disputes[0] if len(disputes) == 1 else disputes

    @property
    def windows(self) -> ReportState:
        """The report of the current round, with its phases."""
        return self.client.report(self.number)

    def play(self, dispute: int, move: Move, user: str = CHALLENGER_USER) -> Receipt:
        """Send a move."""
        return self.client.play(self.world[user], dispute, move)

    def case(self, own: Report, theirs: Knowledge) -> Case:
        """What a challenger plays with."""
        return Case(own, self.job.trees, theirs)

    def next_move(self, dispute: int, own: Report, theirs: Knowledge, posted: Sequence[int]) -> Move | None:
        """The honest challenger's move."""
        case = self.case(own, theirs)
        if self.windows.root == own.root:
            return challenger.wrong_distance(case, list(posted))
        return challenger.next_move(case, self.client.game(dispute).position)

    def play_out(self, dispute: int, own: Report, theirs: Report) -> int:
        """Honest challenger against a verifier that shows what it is asked for; the number of moves."""
        for moves in range(48):
            if self.phase(dispute) is not ChallengePhase.REVEALED:
                return moves
            game = self.client.game(dispute)
            if game.side == DEFENDER:
                self.play(dispute, defence(theirs, game.position), self.verifier)
                continue
            known = shown_in(self.client, dispute, self.windows.root, own)
            move = self.next_move(dispute, own, known, theirs.distances)
            assert move is not None, "the honest challenger has no move"
            self.play(dispute, move)
        raise AssertionError("a game of more than 48 moves")

    def prove_directly(self, dispute: int, own: Report, theirs: Report, user: str = CHALLENGER_USER) -> Receipt:
        """One transaction against a public report."""
        move = self.next_move(dispute, own, Public(theirs), theirs.distances)
        assert move is not None and move.contract.endswith("Judge"), move
        return self.play(dispute, move, user)

    def phase(self, dispute: int) -> ChallengePhase:
        """How a challenge stands."""
        return self.client.challenge(dispute).phase

    def settle(self) -> Receipt:
        """Settle the task, when nothing is open any more."""
        return self.world.send("stranger", "Settlement", "settle", self.task)

    def at(self, timestamp: int) -> None:
        """Give the next block this time, if it is not later already."""
        boa.env.evm.patch.timestamp = max(timestamp, int(boa.env.evm.patch.timestamp))

    def after_block(self, number: int) -> None:
        """Let a block be there."""
        boa.env.evm.patch.block_number = max(number + 1, int(boa.env.evm.patch.block_number))


@contextmanager
def unchecked(world: World) -> Iterator[World]:
    """Without the slow comparison of all accounts after each transaction; undone at the end."""
    checks, world.port.checks = world.port.checks, []
    length = len(world.port.log)
    try:
        with world.undone():
            yield world
    finally:
        # Hypothesis leaves by exceptions, which `undone` does not survive.
        world.port.checks = checks
        del world.port.log[length:]


def flip(tensor: Tensor, index: int, mask: int) -> Tensor:
    """A copy with some bits of one lane flipped."""
    bits = tensor.view(np.uint32).copy()
    bits.reshape(-1)[index] ^= np.uint32(mask)
    return bits.view(np.float32)


def judge_phase(world: World, dispute: int) -> ChallengePhase:
    """How a challenge stands."""
    return ChallengePhase(world.view("Arbitration", "challenge_of", dispute).phase)


def innocent_moves(case: Case, sample: int, step: int, node: int, leaf: int, lane: int) -> dict[str, Move]:
    """Everything that can be sent against a place of a report that is right there, by what it points at.

    Args:
        case: with the challenged report as the own one, and as what is known.
        leaf: of the output.
        lane: in the leaf, padding lanes too.
    """
    report = case.own
    at_root = legs_to(report, sample, step, node)
    at_leaf = legs_to(report, sample, step, node, leaf)
    operator = report.nodes(step)[node].operator
    found: dict[str, Move] = {}
    if step == report.interval and node == len(report.nodes(step)) - 1:
        found["distance"] = case.distance_fault(sample, at_root)
    if operator.name in ("STATE", "BATCH", "CONSTANT"):
        found["input"] = case.input_fault(position_at(at_root), at_root)
    if operator.name == "PACK":
        found["pack"] = case.pack_fault(position_at(at_leaf), at_leaf)
        found["malformed"] = case.malformed(position_at(at_leaf), at_leaf)
        return found
    words = words_of(report, position_at(at_leaf))
    found["malformed"] = case.malformed(position_at(at_leaf), at_leaf, words)
    if operator.name not in ("STATE", "BATCH", "CONSTANT"):
        # The proof of a lane that were wrong, with the words that stand there.
        wrong = list(words)
        wrong[lane // 8] ^= 1 << 32 * (7 - lane % 8)
        move = case.value_fault(position_at(at_leaf), at_leaf, wrong)
        legs, proof, _, named, operands = move.arguments
        assert named == lane
        found["value"] = Move(move.contract, move.method, (legs, proof, words, lane, operands))
    return found


def zoo() -> Program:
    """Every operator, broadcasts of both sides, rows of two leaves and of less than a word."""
    b = Builder()
    wide, small = b.state(3, 130), b.state(3, 5)
    batch, constant = b.batch(1, 130), b.constant(np.linspace(0.5, 2, 130, dtype=np.float32).reshape(1, 130))
    column = wide.row_max()
    indices = b.constant(np.array([[2, 0, 2, 9, 1]], np.int32))
    values = [
        wide + batch,
        wide - column,
        wide * 0.5,
        small / 3.0,
        wide.fma(constant, batch),
        -small,
        small.maximum(0.25),
        wide.compare(constant, Predicate.LESS),
        wide.compare(constant, Predicate.LESS).select(wide, constant),
        small.maximum(0.25).sqrt(),
        small.exp(),
        small.maximum(0.25).log(),
        wide.row_sum(),
        wide.matmul_transposed(wide),
        wide.transpose(),
        b.fill(1.5, 3, 130),
        (-small).absolute(),
        wide.minimum(batch),
        small.maximum(0.25).rsqrt(),
        small.tanh(),
        small.erf(),
        (wide * 100.0).to_int(),
        (wide * 100.0).to_int(Integer.INT8).to_float(),
        wide.argmax(),
        wide.reshape(6, 65).matmul_transposed(wide.reshape(6, 65), blocks=2),
        (wide * 100.0).to_int(Integer.INT8).matmul_int8(wide.to_int(), blocks=3),
        small.scatter_add(indices, 4),
        wide.transpose(blocks=3, group=13),
        wide.reshape(39, 10),
        wide.slice(range(1, 3), range(2, 125)),
        wide.concat(batch, Axis.ROWS),
        wide.concat(small, Axis.COLUMNS),
        small.gather(indices),
        indices.one_hot(3),
        small.slice(range(3), range(3)).causal_mask(-0.0),
    ]
    return b.finish([values[4], values[9]])


def zoo_job(segments: int = 3, interval: int = 2, samples: int = 3) -> Job:
    """A short training of the zoo. The last checkpoint is a bit off, the others are right."""
    rng = np.random.default_rng(7)
    batches = [[rng.random((1, 130), dtype=np.float32)] for _ in range(3)]
    initial = [rng.random(shape, dtype=np.float32) for shape in ((3, 130), (3, 5))]
    job = trained(zoo(), batches, initial, segments=segments, interval=interval, samples=samples)
    last = [flip(tensor, 0, 1) for tensor in job.states[-1]]
    return Job(job.program, batches, [*job.states[:-1], last], interval, samples)

"""Pinpoint's state as Python sees it: tasks, verifications and games, read through a port."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from pinpoint.chain.deployment import Deployment
from pinpoint.chain.port import Event, Port, Receipt
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position


class TaskPhase(IntEnum):
    """Phase of a task (ITaskRegistry.Phase)."""

    NONE = 0
    OPEN = 1
    DRAWING = 2
    OFFERED = 4
    TRAINING = 8
    PROVED = 16
    ENDED = 32


class Ending(IntEnum):
    """How a task ended (ITaskRegistry.Ending)."""

    NONE = 0
    ACCEPTED = 1
    REJECTED = 2
    NO_SOLVER = 4
    SOLVER_SILENT = 8
    UNRESOLVED = 16


class VerificationPhase(IntEnum):
    """Phase of a task's verification (Verification.Phase)."""

    NONE = 0
    DRAWING = 1
    ASSIGNED = 2
    REPORTING = 4
    REPORTED = 8
    CONCLUDED = 16
    ABORTED = 32


class ChallengePhase(IntEnum):
    """Phase of a challenge (IArbitration.Phase)."""

    NONE = 0
    COMMITTED = 1
    REVEALED = 2
    WON = 4
    LOST = 8
    CLOSED = 16


CHALLENGER, DEFENDER = 0, 1
_FIELDS = ("nodes", "state", "batches", "steps", "interval", "samples", "threshold")


@dataclass(frozen=True)
class Geometry:
    """The counts that fix every tree of a task; the twin of contracts/libraries/geometry.vy.

    Attributes:
        nodes: of the program.
        state: tensors of the state.
        batches: of the data set.
        steps: of the training.
        interval: steps from checkpoint to checkpoint.
        samples: segments that a verifier replays.
        threshold: largest distance that passes, binary32 bits.
    """

    nodes: int
    state: int
    batches: int
    steps: int
    interval: int
    samples: int
    threshold: int

    @property
    def segments(self) -> int:
        """Segments of the training."""
        return self.steps // self.interval

    def pack(self) -> int:
        """The word of an order."""
        return sum(getattr(self, name) << 32 * place for place, name in enumerate(_FIELDS))

    @classmethod
    def unpack(cls, word: int) -> Geometry:
        """The counts of a word."""
        return cls(*(word >> 32 * place & 0xFFFFFFFF for place in range(len(_FIELDS))))


@dataclass(frozen=True)
class Order:
    """What a submitter asks for (ITaskRegistry.Order).

    Attributes:
        units: of work in one step.
        price: of a unit, in base units of the token.
    """

    program_root: bytes
    dataset_root: bytes
    initial_state: bytes
    geometry: Geometry
    units: int
    price: int

    def arguments(self) -> tuple[Any, ...]:
        """The contract's struct."""
        return (
            self.program_root,
            self.dataset_root,
            self.initial_state,
            self.geometry.pack(),
            self.units,
            self.price,
        )

    @classmethod
    def of(cls, chain: Any) -> Order:
        """The order that the contract returns."""
        return cls(
            bytes(chain.program_root),
            bytes(chain.dataset_root),
            bytes(chain.initial_state),
            Geometry.unpack(chain.geometry),
            chain.units,
            chain.price,
        )


@dataclass(frozen=True)
class Task:
    """A task as the registry holds it."""

    number: int
    order: Order
    submitter: str
    solver: str
    proof_root: bytes
    phase: TaskPhase
    ending: Ending
    tries: int
    enrolled: int
    draw_block: int
    deadline: int


@dataclass(frozen=True)
class VerificationState:
    """The current round of a task's verification."""

    phase: VerificationPhase
    round: int
    verifier: str
    draw_block: int
    deadline: int
    root: bytes
    passed: bool
    reported_at: int
    secret_opened: bool
    samples_drawn: bool


@dataclass(frozen=True)
class Windows:
    """Last second of each phase of a report; of the games, if a challenge was revealed."""

    commit_end: int
    reveal_end: int
    secret_end: int


@dataclass(frozen=True)
class Challenge:
    """A challenge; `sealed` is its commitment until it is revealed."""

    number: int
    task: int
    round: int
    challenger: str
    phase: ChallengePhase
    sealed: bytes
    challenged: bytes


@dataclass(frozen=True)
class Game:
    """Where a game stands, whose move it is (CHALLENGER or DEFENDER), and the last second for it."""

    position: Position
    side: int
    deadline: int


class Client:
    """One deployment on one chain."""

    def __init__(self, port: Port, deployment: Deployment) -> None:
        self.port = port
        self.deployment = deployment
        self.parameters = deployment.parameters

    def send(self, account: Any, contract: str, method: str, *arguments: Any) -> Receipt:
        """Send a transaction. Raises CallRefused with the contract's reason."""
        return self.port.send(account, contract, method, *arguments)

    def play(self, account: Any, dispute: int, move: Move) -> Receipt:
        """Send a move of a dispute."""
        return self.port.send(account, move.contract, move.method, dispute, *move.arguments)

    def task(self, number: int) -> Task:
        """A task.

        Raises:
            LookupError: if there is none of that number.
        """
        chain = self.port.view("TaskRegistry", "task_of", number)
        if chain.phase == TaskPhase.NONE:
            raise LookupError(f"expected a task number up to {self.task_count()}, got {number}")
        return Task(
            number,
            Order.of(chain.order),
            str(chain.submitter),
            str(chain.solver),
            bytes(chain.proof_root),
            TaskPhase(chain.phase),
            Ending(chain.ending),
            chain.tries,
            chain.enrolled,
            chain.draw_block,
            chain.deadline,
        )

    def task_count(self) -> int:
        """Tasks submitted so far; they are numbered from 1."""
        return int(self.port.view("TaskRegistry", "task_count"))

    def verification(self, task: int) -> VerificationState:
        """The verification of a task."""
        chain = self.port.view("Verification", "verification_of", task)
        return VerificationState(
            VerificationPhase(chain.phase),
            chain.round,
            str(chain.verifier),
            chain.draw_block,
            chain.deadline,
            bytes(chain.root),
            chain.passed,
            chain.reported_at,
            chain.secret_opened,
            chain.samples_drawn,
        )

    def samples(self, task: int) -> list[int]:
        """The sampled segments, in order; empty before they are drawn."""
        return [int(sample) for sample in self.port.view("Verification", "samples_of", task)]

    def posted_distances(self, task: int) -> list[int]:
        """The distances of the report that stands, binary32 bits, in the samples' order."""
        count = len(self.samples(task))
        return [int(self.port.view("Verification", "distance_of", task, place)) for place in range(count)]

    def windows(self, reported_at: int) -> Windows:
        """Phases of a report that was given at a time."""
        commit_end = reported_at + self.parameters.commit_window
        reveal_end = commit_end + self.parameters.reveal_window
        return Windows(commit_end, reveal_end, reveal_end + self.parameters.secret_window)

    def revealed(self, task: int, round_: int) -> int:
        """Challenges of a report that have been revealed."""
        return int(self.port.view("Arbitration", "revealed", task, round_))

    def challenge(self, number: int) -> Challenge:
        """A challenge."""
        chain = self.port.view("Arbitration", "challenges", number)
        return Challenge(
            number,
            chain.task,
            chain.round,
            str(chain.challenger),
            ChallengePhase(chain.phase),
            bytes(chain.sealed),
            bytes(chain.challenged),
        )

    def challenges(self, task: int) -> list[Challenge]:
        """All challenges of a task, oldest first."""
        found = self.port.events("Arbitration", "ChallengeCommitted")
        return [self.challenge(e.fields["dispute"]) for e in found if e.fields["task"] == task]

    def game(self, dispute: int) -> Game:
        """The game of a revealed challenge."""
        position, side, deadline = self.port.view("Arbitration", "game_of", dispute)
        return Game(Position.of(position), side, deadline)

    def history(self, dispute: int) -> list[Event]:
        """The moves of a game, oldest first."""
        names = ("Descended", "ChildrenShown", "LeafShown")
        return [e for e in self.port.events("Arbitration", "*") if e.name in names and e.fields["dispute"] == dispute]

    def ensure_stake(self, account: Any, amount: int) -> None:
        """Bring an account's stake up to an amount, from its credit first, then from its tokens.

        Raises:
            CallRefused: if it has not so many tokens.
        """
        address, staking = self.port.address(account), self.deployment.addresses["Staking"]
        missing = amount - int(self.port.view("Staking", "stake", address))
        from_credit = min(missing, int(self.port.view("Staking", "credit", address)))
        if from_credit > 0:
            self.send(account, "Staking", "restake", from_credit)
            missing -= from_credit
        if missing > 0:
            if int(self.port.view("Token", "allowance", address, staking)) < missing:
                self.send(account, "Token", "approve", staking, missing)
            self.send(account, "Staking", "deposit", missing)

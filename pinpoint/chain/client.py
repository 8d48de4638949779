"""Pinpoint's state as Python sees it: tasks, verifications and games, read through a port."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from pinpoint.chain.deployment import Deployment
from pinpoint.chain.port import Event, NodeError, Port, Receipt
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position


class Said(IntEnum):
    """What a view says by a number. A node that says another one is none to go on with."""

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise NodeError(f"expected a {cls.__name__} of {', '.join(str(int(one)) for one in cls)}, got {value!r:.80}")


class TaskPhase(Said):
    """Phase of a task (ITaskRegistry.Phase)."""

    NONE = 0
    OPEN = 1
    DRAWING = 2
    OFFERED = 4
    TRAINING = 8
    PROVED = 16
    ENDED = 32
    PROFILING = 64


class Ending(Said):
    """How a task ended (ITaskRegistry.Ending)."""

    NONE = 0
    ACCEPTED = 1
    REJECTED = 2
    NO_SOLVER = 4
    SOLVER_SILENT = 8
    UNRESOLVED = 16
    DATA_WITHHELD = 32
    INVALID_PROGRAM = 64
    STALLED = 128
    NOT_PROFILABLE = 256


class ProfilePhase(Said):
    """Phase of a task's profile (Profiling.Phase)."""

    NONE = 0
    DRAWING = 1
    MEASURING = 2
    OVER = 4


class ProfilerAnswer(Said):
    """What a profiler has said (IProfiling.Answer)."""

    NONE = 0
    DRAWN = 1
    COMMITTED = 2
    REVEALED = 4
    UNAVAILABLE = 8


class VerificationPhase(Said):
    """Phase of a task's verification (Verification.Phase)."""

    NONE = 0
    DRAWING = 1
    ASSIGNED = 2
    REPORTING = 4
    REPORTED = 8
    FALLBACK = 16
    OPEN = 32
    CONCLUDED = 64
    ABORTED = 128


class ChallengePhase(Said):
    """Phase of a challenge (IArbitration.Phase)."""

    NONE = 0
    COMMITTED = 1
    REVEALED = 2
    WON = 4
    LOST = 8
    CLOSED = 16
    FORFEITED = 32


class ActionKind(Said):
    """What can be done next about a challenge (Watchtower.Kind)."""

    REVEAL = 1
    OPEN_SECRET = 2
    SILENCE = 4
    SHOW = 8
    DESCEND = 16
    PROVE = 32
    TIME_OUT = 64
    CLOSE = 128


CHALLENGER, DEFENDER = 0, 1
PLACE_BITS = 16
"""A report's number is its task's, followed by so many bits of its place (libraries/keys)."""
FALLBACK = 8
"""What a fallback's place is beyond that of the report that it stands for (libraries/keys)."""
FIRST_OPEN = 16
"""The place of the open round's first report (libraries/keys)."""
_FIELDS = {
    **{name: (32 * place, 32) for place, name in enumerate(("nodes", "state", "batches", "steps", "interval"))},
    "samples": (160, 32),
    "threshold": (192, 32),
    "weights": (224, 16),
    "data": (248, 8),
    "profilers": (240, 8),
}
"""First bit of each count in the geometry's word, and its size."""


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
        threshold: largest distance that passes, binary32 bits; 0 as long as it is to be profiled.
        weights: how many of the first state tensors are weights.
        data: two to this power is what a verifier holds at most, in bytes (`program.work.data_bits`).
        profilers: who measure the threshold; 0: the order says it.
    """

    nodes: int
    state: int
    batches: int
    steps: int
    interval: int
    samples: int
    threshold: int
    weights: int
    data: int
    profilers: int = 0

    @property
    def segments(self) -> int:
        """Segments of the training."""
        return self.steps // self.interval

    def pack(self) -> int:
        """The word of an order."""
        return sum(getattr(self, name) << first for name, (first, _) in _FIELDS.items())

    @classmethod
    def unpack(cls, word: int) -> Geometry:
        """The counts of a word."""
        return cls(**{name: word >> first & (1 << size) - 1 for name, (first, size) in _FIELDS.items()})


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

    def as_submitted(self) -> Order:
        """The order before its threshold was profiled."""
        g = self.geometry
        return replace(self, geometry=replace(g, threshold=0)) if g.profilers else self

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
class Profile:
    """The profile of a task (Profiling.Profile).

    Attributes:
        draw_block: whose seed decides who makes it.
        deadline: of the draw, then of the commitments.
        reveal_end: last second of the reveals; 0 before the draw.
        fee: of each profiler, in base units.
        profilers: who were drawn.
    """

    phase: ProfilePhase
    draw_block: int
    deadline: int
    reveal_end: int
    fee: int
    profilers: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """The current round of a task's verification (Verification.Round).

    Attributes:
        report: of this round, or its fallback; 0 before the samples are drawn, and in the open round, where there are
            many.
        verifier: drawn for it.
        draw_block: whose seed decides the draw; once it is accepted, whether the error is forced.
        deadline: of the draw, of the answer to it, of the report, of its fallback, or in the open round of the
            commitments.
        ask_end: last second in which data can be asked for.
    """

    phase: VerificationPhase
    round: int
    report: int
    verifier: str
    samples_drawn: bool
    draw_block: int
    deadline: int
    ask_end: int


@dataclass(frozen=True)
class ReportState:
    """A report as Verification holds it, with the last second of each phase.

    Attributes:
        digest: of root and posted distances.
        standing: given, and still to be decided.
    """

    number: int
    verifier: str
    root: bytes
    digest: bytes
    commit_end: int
    reveal_end: int
    secret_end: int
    secret_opened: bool
    standing: bool


@dataclass(frozen=True)
class Challenge:
    """A challenge; `sealed` is its commitment until it is revealed."""

    number: int
    task: int
    report: int
    challenger: str
    phase: ChallengePhase
    sealed: bytes


@dataclass(frozen=True)
class Action:
    """What can be done next about a challenge.

    Attributes:
        actor: who may do it; None: anybody.
        opens: first second in which it counts.
        closes: the last one; None: it has none.
    """

    kind: ActionKind
    actor: str | None
    opens: int
    closes: int | None

    def due(self, now: int, address: str) -> bool:
        """Whether an account may do it now."""
        mine = self.actor is None or self.actor == address
        return mine and self.opens <= now and (self.closes is None or now <= self.closes)


@dataclass(frozen=True)
class Game:
    """Where a game stands, whose move it is (CHALLENGER or DEFENDER), the first second for it, and the last."""

    position: Position
    side: int
    opens: int
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

    def lineage(self, task: int) -> list[int]:
        """The tasks that a task builds on, the nearest first."""
        return [int(number) for number in self.port.view("TaskRegistry", "lineage", task)]

    def profile(self, task: int) -> Profile:
        """The profile of a task; of phase NONE where none was asked for."""
        chain = self.port.view("Profiling", "profile_of", task)
        return Profile(
            ProfilePhase(chain.phase),
            chain.draw_block,
            chain.deadline,
            chain.reveal_end,
            chain.fee,
            tuple(str(profiler) for profiler in chain.profilers),
        )

    def profiled(self, task: int, profiler: str) -> tuple[ProfilerAnswer, int]:
        """What a profiler of a task has said, and the distance that it has revealed, binary32 bits."""
        chain = self.port.view("Profiling", "profiler_of", task, profiler)
        return ProfilerAnswer(chain.answer), int(chain.distance)

    def stale(self, verifier: str) -> bool:
        """Whether a registered verifier weighs more, or less, in draws than what it has allotted now."""
        if not any(self.port.view("Sortition", "capacity_of", verifier)):
            return False
        weight = self.parameters.tickets(int(self.port.view("Staking", "allotted", verifier)))
        return int(self.port.view("Sortition", "tickets_of", verifier)) != weight

    def round(self, task: int) -> Round:
        """The current round of a task's verification."""
        chain = self.port.view("Verification", "round_of", task)
        return Round(
            VerificationPhase(chain.phase),
            chain.round,
            chain.report,
            str(chain.verifier),
            chain.samples_drawn,
            chain.draw_block,
            chain.deadline,
            chain.ask_end,
        )

    def post_end(self, task: int) -> int:
        """Last second in which what was asked for in the current round has to be posted."""
        now = self.round(task)
        return now.ask_end + int(self.port.view("Availability", "posting_time", task, now.round))

    def report(self, number: int) -> ReportState:
        """A report. Raises CallRefused if it was never given."""
        chain = self.port.view("Verification", "report_of", number)
        return ReportState(
            number,
            str(chain.verifier),
            bytes(chain.root),
            bytes(chain.digest),
            chain.commit_end,
            chain.reveal_end,
            chain.secret_end,
            chain.secret_opened,
            chain.standing,
        )

    def standing_reports(self, task: int) -> list[ReportState]:
        """The reports of a task that are still to be decided; several in the open round."""
        given = [e.fields for e in self.port.events("Verification", "Reported") if e.fields["task"] == task]
        return [state for state in (self.report(fields["report"]) for fields in given) if state.standing]

    def forced_reports(self, task: int) -> list[int]:
        """The reports of a task that were void, since their errors were forced."""
        opened = [e.fields for e in self.port.events("Verification", "SecretOpened")]
        return [fields["report"] for fields in opened if fields["task"] == task and fields["forced"]]

    def samples(self, task: int) -> list[int]:
        """The sampled segments, in order; empty before they are drawn."""
        return [int(sample) for sample in self.port.view("Verification", "samples_of", task)]

    def posted_distances(self, report: int) -> list[int]:
        """The distances of a report, binary32 bits, in the samples' order."""
        count = len(self.samples(report >> PLACE_BITS))
        return [int(self.port.view("Verification", "distance_of", report, place)) for place in range(count)]

    def seed(self, block: int) -> bytes | None:
        """The seed of a block; None as long as it is not known."""
        seed = bytes(self.port.view("Beacon", "seed_of", block))
        return seed if any(seed) else None

    def revealed(self, report: int) -> int:
        """Challenges of a report that have been revealed."""
        return int(self.port.view("Arbitration", "revealed", report))

    def challenge(self, number: int) -> Challenge:
        """A challenge."""
        chain = self.port.view("Arbitration", "challenge_of", number)
        return Challenge(
            number,
            chain.task,
            chain.report,
            str(chain.challenger),
            ChallengePhase(chain.phase),
            bytes(chain.sealed),
        )

    def challenges(self, task: int) -> list[Challenge]:
        """All challenges of a task's reports, oldest first."""
        found = self.port.events("Arbitration", "ChallengeCommitted")
        return [self.challenge(e.fields["dispute"]) for e in found if e.fields["report"] >> PLACE_BITS == task]

    def next_actions(self, dispute: int) -> list[Action]:
        """Who may do what next about a challenge, and until when."""
        found = self.port.view("Watchtower", "next_actions", dispute)
        return [
            Action(
                ActionKind(chain.kind),
                None if int(str(chain.actor), 16) == 0 else str(chain.actor),
                chain.opens,
                chain.closes or None,
            )
            for chain in found
        ]

    def due(self, dispute: int, address: str) -> set[ActionKind]:
        """What an account may do now about a challenge."""
        now = self.port.now()
        return {action.kind for action in self.next_actions(dispute) if action.due(now, address)}

    def game(self, dispute: int) -> Game:
        """The game of a revealed challenge."""
        position, side, opens, deadline = self.port.view("Arbitration", "game_of", dispute)
        return Game(Position.of(position), side, opens, deadline)

    def history(self, dispute: int) -> list[Event]:
        """The moves of a game, oldest first."""
        names = ("Descended", "ChildrenShown", "LeafShown", "StatePosted")
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

"""The solver: trains the model and proves it, or signs a quote for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.bids import Bid, BidError, Quote, Signed
from pinpoint.chain.client import Client, Ending, Order, Task, TaskPhase, VerificationPhase
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tensor import Tensor
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.invalid import show_invalid
from pinpoint.program.distance import magnitude
from pinpoint.program.graph import ProgramError
from pinpoint.replay import canonical, native
from pinpoint.replay.plan import Arithmetic
from pinpoint.replay.report import Report
from pinpoint.replay.training import replay
from pinpoint.roles.bidder import Bidder
from pinpoint.roles.journal import Journal
from pinpoint.roles.task_data import TaskData

Trainer = Callable[[TaskData, Sequence[Tensor], int], Iterator[list[Tensor]]]
"""Given a task, a state and the number of its segment: the checkpoints from there on, one per segment."""


def train(
    data: TaskData, state: Sequence[Tensor], segment: int, arithmetic: Arithmetic = native.arithmetic
) -> Iterator[list[Tensor]]:
    """Train with the native evaluator, or another."""
    g = data.geometry
    steps = replay(data.program, state, data.batch, segment * g.interval, g.steps - segment * g.interval, arithmetic)
    for step, after in steps:
        if (step + 1) % g.interval == 0:
            yield after


class Solver(Bidder):
    """Enrols, accepts what it can check, trains, replays itself, and posts the proof."""

    def __init__(
        self,
        client: Client,
        account: Any,
        artifacts: Artifacts,
        folder: Path,
        trainer: Trainer = train,
        check_own_work: bool = True,
        **options: Any,
    ) -> None:
        """As Role; with another trainer, and without the replay of its own work, a dishonest one."""
        super().__init__(client, account, artifacts, folder, **options)
        self._trainer = trainer
        self._check_own_work = check_own_work

    def quote(self, bid: Signed[Bid], price: int, deadline: int) -> Signed[Quote]:
        """Sign a quote for a bid that this account could accept. Once they are matched, `step` does the rest.

        Makes sure of the stake that the match locks, for this quote alone. Of all quotes for one bid at most one is
        ever matched.

        Args:
            price: of a unit of work, in base units of the token.
            deadline: last second in which it can be matched.

        Raises:
            BidError: if it could not be matched, or one for this bid was, or was cancelled.
            ArtifactError: if what the bid commits to is not available.
            ProgramError: if that is ill-formed.
        """
        terms = bid.terms
        if not self.signatures.holds(bid):
            raise BidError(f"expected a bid that {terms.submitter} has signed, got another signature")
        if terms.submitter == self.address:
            raise BidError("expected somebody else's bid, got an own one")
        if not 0 < price <= terms.order.price:
            raise BidError(f"expected a price of at least 1 and at most {terms.order.price}, got {price}")
        if self.late(min(terms.deadline, deadline)):
            raise BidError(f"expected deadlines from {self.client.port.now()} on, got {terms.deadline}, {deadline}")
        if self.client.port.view("TaskRegistry", "nonce_used", terms.submitter, terms.nonce):
            raise BidError(f"expected an open bid, got number {terms.nonce} of {terms.submitter}, which is used up")
        self._check(terms)
        digest = self.signatures.digest(terms)
        number = self.number(f"quote {digest.hex()}")
        # By the bid's price: declining a cheap quote is no cheaper.
        self.stake_for(self._deposit(terms.order))
        return self.signatures.sign(self.account, Quote(digest, self.address, price, number, deadline))

    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is."""
        now = self.client.task(task)
        mine = now.solver == self.address
        match now.phase:
            case TaskPhase.OPEN:
                return self._enrol(now)
            case TaskPhase.DRAWING:
                return self.draw("TaskRegistry", "draw_solver", task, now.draw_block)
            case TaskPhase.OFFERED if mine and not self.late(now.deadline):
                return self.send("TaskRegistry", "accept" if self._sound(now) else "decline", task)
            case TaskPhase.TRAINING if mine and not self.late(now.deadline):
                return self._post_proof(now)
            case TaskPhase.PROVED if mine:
                return self._draw_samples(task) or self._post_data(task)
            case TaskPhase.TRAINING | TaskPhase.PROVED:
                return self._leave(task)
            case TaskPhase.ENDED:
                return self._leave(task) or self.withdraw_credit()
        return None

    def _enrol(self, task: Task) -> str | None:
        if self.late(task.deadline):
            return self.send("TaskRegistry", "close_enrolment", task.number)
        if self._enrolled(task.number):
            return None
        if not self._sound(task):
            return self._refute(task)
        self.stake_for(self._deposit(task.order))
        return self.send("TaskRegistry", "enrol", task.number, 0)

    def _deposit(self, order: Order) -> int:
        return int(self.client.port.view("Orders", "deposit_of", order.as_submitted().arguments()))

    def _enrolled(self, task: int) -> bool:
        return bool(self.client.port.view("TaskRegistry", "enrolment_place", task, self.address))

    def _leave(self, task: int) -> str | None:
        # Not chosen: the deposit is of more use elsewhere.
        return self.send("TaskRegistry", "leave", task) if self._enrolled(task) else None

    def _sound(self, task: Task) -> bool:
        try:
            self.data(task.number).check()
        except (ArtifactError, ProgramError):
            return False
        return True

    def _check(self, bid: Bid) -> None:
        # As `_sound`, of a task that is still to be, and of which nothing is on chain.
        task = Task(0, bid.order, bid.submitter, "", bytes(32), TaskPhase.NONE, Ending.NONE, 0, 0, 0, 0)
        TaskData(task, self.artifacts, lambda program: self.posted(0, program)).check()

    def _refute(self, task: Task) -> str | None:
        """Show on chain that a program is invalid, which pays; None if no node shows that, or if a solver has accepted
        it once: then it has a meaning.
        """
        if self.client.port.view("TaskRegistry", "task_of", task.number).accepted:
            return None
        try:
            nodes = self.artifacts.program_nodes(task.order.program_root)
        except (ArtifactError, ProgramError):
            return None
        move = show_invalid(nodes, task.order.geometry.state)
        if move is None or len(nodes) != task.order.geometry.nodes:
            return None
        # Claimed first, so that nobody who reads the proof shows it in its place.
        index = move.arguments[0]
        salt = self.journal("secrets").secret(f"{task.number}-{index}-invalid")
        claim = bytes(self.client.port.view("ProgramJudge", "commitment_of", task.number, index, self.address, salt))
        if not self.client.port.view("ProgramJudge", "committed", claim):
            return self.send("ProgramJudge", "commit", claim)
        return self.send(move.contract, move.method, task.number, *move.arguments, salt)

    def _post_data(self, task: int) -> str | None:
        """Post a chunk that was asked for: whoever owes data and does not, loses its deposit."""
        if not self.client.port.view("Availability", "pending", task):
            return None
        posted = self.posted(task)
        chunk = posted.pending()[0]
        return self.send("Availability", "post", *posted.post_arguments(chunk, self.artifacts))

    def _post_proof(self, task: Task) -> str:
        journal = self.journal(f"training-{task.number}-{task.tries}")
        roots = self._train(task, journal)
        if self._check_own_work and not journal.get("canonical"):
            far_off = self._far_off(task, roots)
            if far_off is not None:
                # The replay is right by definition. Where training is far off, as after a division by next to nothing,
                # or the threshold is 0, it goes on from there.
                journal.put("checkpoints", [root.hex() for root in roots[: far_off + 1]])
                journal.put("canonical", True)
                roots = self._train(task, journal)
        for root in roots:
            self.artifacts.publish_state(root)
        proof_root = self.artifacts.put_proof(roots)
        path = Tree(TreeKind.PROOF, roots).path(0)
        return self.send("TaskRegistry", "post_proof", task.number, proof_root, path)

    def _train(self, task: Task, journal: Journal) -> list[bytes]:
        # Checkpoints are kept as they come, so that training resumes at the last one.
        data = self.data(task.number)
        trainer = partial(train, arithmetic=canonical.arithmetic) if journal.get("canonical") else self._trainer
        roots = [bytes.fromhex(root) for root in journal.get("checkpoints") or [task.order.initial_state.hex()]]
        done = len(roots) - 1
        if done < data.geometry.segments:
            for state in trainer(data, self.artifacts.state(roots[-1]), done):
                roots.append(self.artifacts.put_state(state))
                journal.put("checkpoints", [root.hex() for root in roots])
                self.progress("training", len(roots) - 1, data.geometry.segments)
        return roots

    def _far_off(self, task: Task, roots: Sequence[bytes]) -> int | None:
        # The first segment whose replay is beyond the threshold: posting it could cost the deposit.
        data = self.data(task.number)
        states = [self.artifacts.state(root) for root in roots]
        for number in range(data.geometry.segments):
            segment = data.segment(number, states[number], states[number + 1])
            distance = magnitude(Report(data.program, [segment]).distances[0])
            self.progress("own replay", number + 1, data.geometry.segments)
            if distance > data.geometry.threshold:
                return number
        return None

    def _draw_samples(self, task: int) -> str | None:
        # An undrawn sample is this solver's silence, so it draws itself.
        now = self.client.round(task)
        due = now.phase is VerificationPhase.DRAWING and not now.samples_drawn
        if due and not self.late(now.deadline):
            return self.draw("Verification", "draw", task, now.draw_block)
        return None

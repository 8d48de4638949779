"""The submitter: publishes a task, or signs a bid for one."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint.chain.bids import Bid, Signed
from pinpoint.chain.client import Ending, Geometry, Order, TaskPhase
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tensor import Tensor, batch_root, checkpoint_root
from pinpoint.commitment.tree import PathError, TreeKind, root
from pinpoint.program.graph import Program, ProgramError
from pinpoint.program.validation import validate
from pinpoint.program.work import data_bits, program_units
from pinpoint.roles.bidder import Bidder
from pinpoint.roles.task_data import expect_shapes


class Submitter(Bidder):
    """Publishes program, data and initial state, and escrows the price."""

    def submit(
        self,
        name: str,
        program: Program,
        batches: Sequence[Sequence[Tensor]],
        initial_state: Sequence[Tensor],
        *,
        steps: int,
        interval: int,
        samples: int,
        threshold: int,
        price: int,
        parent: int | None = None,
    ) -> int:
        """Submit a task once per name: a second call, of another process too, finds the first one's task.

        Args:
            name: of the submission, in this account's journal.
            program: one training step.
            batches: batch of step g is number g modulo their number.
            initial_state: the state before the first step.
            steps: of the whole training, a multiple of the interval.
            interval: steps from checkpoint to checkpoint.
            samples: segments that a verifier replays.
            threshold: largest distance that passes, binary32 bits.
            price: of a unit of work, in base units of the token.
            parent: accepted task whose final state is the initial one (see `final_state`); the chain records it.

        Returns:
            The task's number.

        Raises:
            ProgramError: if the program is ill-formed or does not fit state and batches.
            ArtifactError: if the parent's proof is not available.
            LookupError: if the parent was not accepted.
            CallRefused: if the contract refuses the order; nothing was sent or stored then.
        """
        order = _order(program, batches, initial_state, steps, interval, samples, threshold, price)
        escrow = self._escrow(order)
        path = None if parent is None else self._path(parent)
        journal = self.journal("submissions")
        if journal.get(name) is None:
            journal.put(name, {"after": self.client.task_count(), "task": None})
        entry = journal.get(name)
        if entry["task"] is None:
            self._store(program, batches, initial_state)
            sent = self._sent(order, parent, entry["after"])
            entry = entry | {"task": sent or self._send(order, escrow, parent, path)}
            journal.put(name, entry)
        return int(entry["task"])

    def bid(
        self,
        name: str,
        program: Program,
        batches: Sequence[Sequence[Tensor]],
        initial_state: Sequence[Tensor],
        *,
        steps: int,
        interval: int,
        samples: int,
        threshold: int,
        price: int,
        deadline: int,
    ) -> Signed[Bid]:
        """Sign a bid: an order that becomes a task when a solver's quote is matched with it.

        Makes sure of the stake that the match locks, for this bid alone. Of all bids of one name at most one is ever
        matched: they have one number. To take a bid back, use that up (`cancel` of TaskRegistry).

        Args:
            name: of the bid, in this account's journal.
            price: most that is paid for a unit of work, in base units of the token.
            deadline: last second in which it can be matched.

        Raises:
            ProgramError, CallRefused: as `submit`.
            BidError: if a bid of this name was matched or cancelled.
        """
        order = _order(program, batches, initial_state, steps, interval, samples, threshold, price)
        escrow = self._escrow(order)
        number = self.number(f"bid {name}")
        self._store(program, batches, initial_state)
        self.stake_for(escrow + self.client.parameters.task_deposit)
        return self.signatures.sign(self.account, Bid(self.address, order, number, deadline))

    def final_state(self, task: int) -> list[Tensor]:
        """The trained state of an accepted task.

        Raises:
            LookupError: if it was not accepted.
            ArtifactError: if it is not available.
        """
        self._expect_accepted(task)
        data = self.data(task)
        return data.state(data.geometry.segments)

    def step(self, task: int) -> str | None:
        """Withdraw what came back, once the task has ended."""
        return self.withdraw_credit() if self.client.task(task).phase is TaskPhase.ENDED else None

    def _escrow(self, order: Order) -> int:
        return int(self.client.port.view("TaskRegistry", "price_of", order.arguments()))

    def _store(
        self, program: Program, batches: Sequence[Sequence[Tensor]], initial_state: Sequence[Tensor]
    ) -> None:
        self.artifacts.put_program(program)
        self.artifacts.put_dataset(batches)
        self.artifacts.put_state(initial_state)

    def _expect_accepted(self, task: int) -> None:
        ending = self.client.task(task).ending
        if ending is not Ending.ACCEPTED:
            raise LookupError(f"expected an accepted task, got {task}: {ending.name}")

    def _path(self, parent: int) -> list[bytes]:
        """From the parent's last checkpoint to its proof."""
        self._expect_accepted(parent)
        data = self.data(parent)
        try:
            return data.proof.path(data.geometry.segments)
        except PathError as error:
            raise ArtifactError(f"the proof of task {parent} is not available: {error}") from error

    def _send(self, order: Order, escrow: int, parent: int | None, path: list[bytes] | None) -> int:
        self.stake_for(escrow + self.client.parameters.task_deposit)
        if parent is None:
            receipt = self.client.send(self.account, "TaskRegistry", "submit_task", order.arguments())
        else:
            stacked = order.arguments(), parent, path
            receipt = self.client.send(self.account, "TaskRegistry", "submit_stacked", *stacked)
        return int(receipt.event("TaskSubmitted").fields["task"])

    def _sent(self, order: Order, parent: int | None, after: int) -> int | None:
        # Killed between sending and writing it down: the task is on chain, and no other submission's.
        others = {entry["task"] for _, entry in self.journal("submissions").items()}
        for number in range(after + 1, self.client.task_count() + 1):
            task = self.client.task(number)
            stacked_on = int(self.client.port.view("TaskRegistry", "parent_of", number)) or None
            same = task.submitter == self.address and task.order == order and stacked_on == parent
            if number not in others and same:
                return number
        return None


def _order(
    program: Program,
    batches: Sequence[Sequence[Tensor]],
    initial_state: Sequence[Tensor],
    steps: int,
    interval: int,
    samples: int,
    threshold: int,
    price: int,
) -> Order:
    validate(program)
    if not batches or not program.batch_shapes:
        raise ProgramError("expected at least 1 batch and a program that reads one, got none")
    expect_shapes("initial state", program.state_shapes, initial_state)
    for place, batch in enumerate(batches):
        expect_shapes(f"batch {place}", program.batch_shapes, batch)
    return Order(
        program.root,
        root(TreeKind.DATASET, [batch_root(batch) for batch in batches]),
        checkpoint_root(initial_state),
        Geometry(
            nodes=len(program.nodes),
            state=len(program.state_shapes),
            batches=len(batches),
            steps=steps,
            interval=interval,
            samples=samples,
            threshold=threshold,
            data=data_bits(program, interval, samples),
        ),
        program_units(program),
        price,
    )

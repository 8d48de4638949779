"""The submitter: publishes a task."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint.chain.client import Geometry, Order, TaskPhase
from pinpoint.commitment.tensor import Tensor, batch_root, checkpoint_root
from pinpoint.commitment.tree import TreeKind, root
from pinpoint.program.graph import Program, ProgramError
from pinpoint.program.validation import validate
from pinpoint.program.work import program_units
from pinpoint.roles.role import Role
from pinpoint.roles.task_data import expect_shapes


class Submitter(Role):
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

        Returns:
            The task's number.

        Raises:
            ProgramError: if the program is ill-formed or does not fit state and batches.
            CallRefused: if the contract refuses the order; nothing was sent or stored then.
        """
        validate(program)
        if not batches or not program.batch_shapes:
            raise ProgramError("expected at least 1 batch and a program that reads one, got none")
        expect_shapes("initial state", program.state_shapes, initial_state)
        for place, batch in enumerate(batches):
            expect_shapes(f"batch {place}", program.batch_shapes, batch)
        order = Order(
            program.root,
            root(TreeKind.DATASET, [batch_root(batch) for batch in batches]),
            checkpoint_root(initial_state),
            Geometry(
                len(program.nodes), len(program.state_shapes), len(batches), steps, interval, samples, threshold
            ),
            program_units(program),
            price,
        )
        escrow = int(self.client.port.view("TaskRegistry", "price_of", order.arguments()))
        journal = self.journal("submissions")
        if journal.get(name) is None:
            journal.put(name, {"after": self.client.task_count(), "task": None})
        entry = journal.get(name)
        if entry["task"] is None:
            self.artifacts.put_program(program)
            self.artifacts.put_dataset(batches)
            self.artifacts.put_state(initial_state)
            entry = entry | {"task": self._sent(order, entry["after"]) or self._send(order, escrow)}
            journal.put(name, entry)
        return int(entry["task"])

    def step(self, task: int) -> str | None:
        """Withdraw what came back, once the task has ended."""
        return self.withdraw_credit() if self.client.task(task).phase is TaskPhase.ENDED else None

    def _send(self, order: Order, escrow: int) -> int:
        self.stake_for(escrow + self.client.parameters.task_deposit)
        receipt = self.client.send(self.account, "TaskRegistry", "submit_task", order.arguments())
        return int(receipt.event("TaskSubmitted").fields["task"])

    def _sent(self, order: Order, after: int) -> int | None:
        # Killed between sending and writing it down: the task is on chain, and no other submission's.
        others = {entry["task"] for _, entry in self.journal("submissions").items()}
        for number in range(after + 1, self.client.task_count() + 1):
            task = self.client.task(number)
            if number not in others and task.submitter == self.address and task.order == order:
                return number
        return None

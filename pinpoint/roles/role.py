"""What all roles share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes
from typing import Any

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import Client
from pinpoint.chain.posted import Posted
from pinpoint.program.graph import Program
from pinpoint.roles.journal import Entropy, Journal
from pinpoint.roles.task_data import TaskData

Progress = Callable[[str, int, int], None]
"""Told of long work: what, steps done, steps in all."""


class Role(ABC):
    """An account that acts in tasks.

    `step` looks at chain and disk, does at most one thing that is due, and says what it did. It can be called at any
    time, and by a new process.
    """

    def __init__(
        self,
        client: Client,
        account: Any,
        artifacts: Artifacts,
        folder: Path,
        entropy: Entropy = token_bytes,
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        """
        Args:
            client: the deployment.
            account: whatever the client's port signs with.
            artifacts: where programs, data and checkpoints are.
            folder: what this account must not forget, and a copy of the data that it answers for.
            entropy: source of secrets and salts.
            progress: told of training and replays.
        """
        self.client = client
        self.account = account
        self.address = client.port.address(account)
        self.progress = progress
        self._folder = folder / client.deployment.addresses["Staking"] / self.address
        self.artifacts = artifacts.keeping(str(self._folder / "artifacts"))
        self._entropy = entropy
        self._journals: dict[str, Journal] = {}
        self._data: dict[tuple[int, bytes], TaskData] = {}
        self._posted: dict[tuple[int, bytes], Posted] = {}

    @abstractmethod
    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is."""

    def journal(self, name: str) -> Journal:
        """This account's journal of a name, in this deployment."""
        if name not in self._journals:
            self._journals[name] = Journal(self._folder / f"{name}.json", self._entropy)
        return self._journals[name]

    def data(self, task: int) -> TaskData:
        """What a task commits to."""
        now = self.client.task(task)
        key = (task, now.proof_root)
        if key not in self._data:
            self._data[key] = TaskData(now, self.artifacts, lambda program: self.posted(task, program))
        return self._data[key]

    def posted(self, task: int, program: Program | None = None) -> Posted:
        """What is on chain of a task's data, its samples drawn.

        Raises:
            ArtifactError: if the program cannot be had.
        """
        now = self.client.task(task)
        key = (task, now.proof_root)
        if key not in self._posted:
            self._posted[key] = Posted(self.client, now, program or self.data(task).program)
        return self._posted[key]

    def send(self, contract: str, method: str, *arguments: Any) -> str:
        """Send, and say so."""
        self.client.send(self.account, contract, method, *arguments)
        return method

    def stake_for(self, amount: int) -> None:
        """Make sure that so much can be locked."""
        self.client.ensure_stake(self.account, amount)

    def late(self, deadline: int) -> bool:
        """Whether a deadline is over: moves count up to and including it, exits from the second after."""
        return self.client.port.now() > deadline

    def drawable(self, draw_block: int) -> bool:
        """Whether the seed of the block that decides a draw can be known."""
        # A node answers as if in its latest block, which does not know its own hash.
        return self.client.port.height() > draw_block

    def draw(self, contract: str, method: str, task: int, block: int) -> str | None:
        """Draw by the seed of a block, which is fixed before; None if the block is still to come."""
        if not self.drawable(block):
            return None
        return self.fix_seed(block) or self.send(contract, method, task)

    def fix_seed(self, block: int) -> str | None:
        """Fix the seed of a past block, if that is still to be done, and can be."""
        if not self.client.port.view("Beacon", "fixable", block):
            return None
        return self.send("Beacon", "fix", block, self.client.port.header(block))

    def withdraw_credit(self) -> str | None:
        """Withdraw everything that this account was paid."""
        credit = int(self.client.port.view("Staking", "credit", self.address))
        return self.send("Staking", "withdraw", credit) if credit else None

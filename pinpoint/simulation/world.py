"""The compiled contracts in a fast EVM, with agents who hold stake, and seeds that one random generator decides."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from eth_utils import to_checksum_address

from pinpoint.chain.client import Client
from pinpoint.chain.deployment import deploy
from pinpoint.chain.port import Receipt
from pinpoint.chain.revm_port import RevmPort
from pinpoint.commitment.tree import keccak
from pinpoint.economics.market import Task
from pinpoint.economics.setting import Setting
from pinpoint.simulation.costs import Costs

UNIT = 10**18
FUNDS = 10**6 * UNIT
"""Stake of each agent: no strategy ends for want of it, and what is lost changes no draw by more than a thousandth."""
LEAST_STAKE, TICKET = FUNDS // 100, UNIT
"""Of a verifier, and of a ticket of the lot. Every agent has a hundred times as much, whatever the deployment asks, and
the one dear task that fills the pool (chunks.POOL_PRICE) may ask a deposit of this size."""
CAPACITY = 2**60, 2**40
"""Units and bytes that a verifier can have in hand."""
VERIFIERS = tuple(f"verifier {number}" for number in range(12))
ALIASES = tuple(f"alias {number}" for number in range(3))
USERS = ("submitter", "solver", "whistleblower", "other whistleblower", "keeper", *ALIASES, *VERIFIERS)
ACCOUNTS = ("stake", "bonded", "unbonding", "credit")


def stand_in(task: Task) -> Task:
    """The same training as so many segments of one step: what is played."""
    return replace(task, units=task.units * task.interval, steps=task.segments, interval=1)


class World:
    """One deployment with its agents. A step through time is a block."""

    def __init__(self, setting: Setting) -> None:
        """
        Args:
            setting: a task of segments of one step (`stand_in`), and the parameters that are deployed, but for the
                least stake.
        """
        self.setting = setting
        self.costs = Costs(setting)
        self.random = random.Random(0)
        self.port = RevmPort()
        names = (*USERS, "deployer", "treasury")
        self.users = {name: to_checksum_address(keccak(name.encode())[:20]) for name in names}
        self._names: dict[str, str] = {address: name for name, address in self.users.items()}
        for address in self.users.values():
            self.port.fund(address)
        deployer = self.users["deployer"]
        token = self.port.deploy(deployer, "LocalToken", [])
        self._beacon = "BeaconMock"
        beacon = self.port.deploy(deployer, self._beacon, [])
        parameters = setting.parameters.model_copy(update={"verifier_stake": LEAST_STAKE, "ticket": TICKET})
        deployment = deploy(self.port, deployer, token, self.users["treasury"], parameters, beacon)
        self.port.attach("Token", token)
        self.client = Client(self.port, deployment)
        for name in USERS:
            self.free("deployer", "Token", "mint", self.users[name], FUNDS)
            self.free(name, "Token", "approve", deployment.addresses["Staking"], FUNDS)
            self.free(name, "Staking", "deposit", FUNDS)
        for name in VERIFIERS:
            self.free(name, "Sortition", "register", *CAPACITY)
        # Stake counts from the next epoch on.
        self.after(self.port.now() + parameters.epoch_period)

    @contextmanager
    def undone(self, seed: Sequence[Any]) -> Iterator[None]:
        """Whatever happens inside is decided by a seed, and undone at the end."""
        self.random = random.Random(repr(tuple(seed)))
        self.costs.spent.clear()
        with self.port.undone():
            yield

    def send(self, user: str, contract: str, method: str, *arguments: Any) -> Receipt:
        """Send as an agent, at its cost."""
        receipt = self.free(user, contract, method, *arguments)
        self.costs.gas(user, method, receipt.gas)
        return receipt

    def free(self, user: str, contract: str, method: str, *arguments: Any) -> Receipt:
        """Send at no cost."""
        return self.port.send(self.users[user], contract, method, *arguments)

    def name_of(self, address: str) -> str:
        """Of an agent."""
        return self._names[address]

    def wealth(self, user: str) -> int:
        """What the contracts say that an agent has and may lose, all that is not locked for a task: base units."""
        address = self.users[user]
        return sum(int(self.port.view("Staking", account, address)) for account in ACCOUNTS)

    def seed(self, block: int) -> bytes:
        """Decide a block's seed, and let the block pass."""
        seed = self.random.randbytes(32)
        self.free("deployer", self._beacon, "choose", block, seed)
        self.port.mine(max(0, block + 1 - self.port.number))
        return seed

    def after(self, deadline: int) -> None:
        """Go on to the second after a deadline."""
        self.port.warp_to(deadline + 1)

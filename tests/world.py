"""A deployed suite with its actors, and the conservation of money after every transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import boa

from pinpoint.chain.deployment import Deployment, deploy
from pinpoint.chain.ledger import Ledger
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import Receipt
from tests.boa_port import BoaPort
from tests.lots import CAPACITY

UNIT = 10**18
FUNDS = 100_000 * UNIT
ROLES = (
    "deployer",
    "treasury",
    "submitter",
    "solver",
    "other_solver",
    "whistleblower",
    "other_whistleblower",
    "stranger",
)
VERIFIERS = ("verifier_one", "verifier_two", "verifier_three", "verifier_four", "verifier_five")
USERS = (*ROLES, *VERIFIERS)
PARAMETERS = Parameters.load(Path("deployments/local.yaml")).model_copy(
    update={"forced_rate": 0, "least_fee": 0, "least_price": 1, "verifier_stake": 40_000 * UNIT, "ticket": UNIT}
)
"""Without forced errors, and for orders of any price; whoever tests those asks for them.

The least stake covers the deposits of profilers at the dearest price (tests/integration/books.py, RICH).
"""


class World:
    """All contracts on titanoboa, users by the name of their role, each with stake; the verifiers registered."""

    def __init__(self, parameters: Parameters = PARAMETERS) -> None:
        self.port = BoaPort()
        self.parameters = parameters
        self.users = {name: str(boa.env.generate_address(name)) for name in USERS}
        deployer = self.users["deployer"]
        token = self.port.deploy(deployer, "LocalToken", [])
        self.port.contracts["Token"] = self.port.contracts["LocalToken"]
        beacon = self.port.deploy(deployer, "BeaconMock", [])
        self.deployment: Deployment = deploy(self.port, deployer, token, self.users["treasury"], parameters, beacon)
        for name in USERS:
            self.send("deployer", "Token", "mint", self.users[name], FUNDS)
            self.send(name, "Token", "approve", self.deployment.addresses["Staking"], 2**256 - 1)
            if name not in ("deployer", "treasury"):
                self.send(name, "Staking", "deposit", FUNDS // 2)
        for name in VERIFIERS:
            self.send(name, "Sortition", "register", *CAPACITY)
        # Stake counts from the next epoch on.
        self.warp_to(self.port.now() + parameters.epoch_period)
        self.ledger = Ledger(self.port, self.deployment.addresses["Staking"])
        self.ledger.check()
        self.port.checks.append(self.ledger.check)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside is undone at the end."""
        ledger, length = deepcopy(self.ledger.__dict__ | {"_port": None}), len(self.port.log)
        try:
            with boa.env.anchor():
                yield
        finally:
            del self.port.log[length:]
            self.ledger.__dict__.update(ledger | {"_port": self.port})

    def __getitem__(self, user: str) -> str:
        return self.users[user]

    def name_of(self, address: str) -> str:
        """The role of an address."""
        return next(name for name, known in self.users.items() if known == address)

    def send(self, user: str, contract: str, method: str, *arguments: Any) -> Receipt:
        """Send as a user. Raises CallRefused with the contract's reason."""
        return self.port.send(self.users[user], contract, method, *arguments)

    def view(self, contract: str, method: str, *arguments: Any) -> Any:
        """Call a view."""
        return self.port.view(contract, method, *arguments)

    def warp_to(self, timestamp: int) -> None:
        """Make the next transaction's block have this time; a move of time is one block."""
        boa.env.evm.patch.timestamp = timestamp
        boa.env.evm.patch.block_number += 1

    def mine(self, blocks: int = 1) -> None:
        """Let blocks pass, a second each."""
        boa.env.evm.patch.timestamp += blocks
        boa.env.evm.patch.block_number += blocks

    def wealth(self, user: str) -> int:
        """All that a user has that is not locked: tokens, stake, unbonding, credit, in base units."""
        address = self.users[user]
        return self.view("Token", "balanceOf", address) + sum(
            self.view("Staking", account, address) for account in ("stake", "unbonding", "credit")
        )

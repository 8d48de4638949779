"""A deployed suite with its actors, and the conservation of money after every transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boa

from pinpoint.chain.deployment import Deployment, deploy
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import Receipt
from tests.boa_port import BoaPort

UNIT = 10**18
FUNDS = 100_000 * UNIT
ROLES = ("deployer", "treasury", "submitter", "solver", "other_solver", "whistleblower", "other_whistleblower", "stranger")
VERIFIERS = ("verifier_one", "verifier_two", "verifier_three", "verifier_four", "verifier_five")
USERS = (*ROLES, *VERIFIERS)
PARAMETERS = Parameters.load(Path("deployments/local.yaml"))


class World:
    """All contracts on titanoboa, users by the name of their role, each with stake; the verifiers registered."""

    def __init__(self, parameters: Parameters = PARAMETERS) -> None:
        self.port = BoaPort()
        self.parameters = parameters
        self.users = {name: str(boa.env.generate_address(name)) for name in USERS}
        deployer = self.users["deployer"]
        token = self.port.deploy(deployer, "LocalToken", [])
        self.port.contracts["Token"] = self.port.contracts["LocalToken"]
        self.deployment: Deployment = deploy(self.port, deployer, token, self.users["treasury"], parameters)
        for name in USERS:
            self.send("deployer", "Token", "mint", self.users[name], FUNDS)
            self.send(name, "Token", "approve", self.deployment.addresses["Staking"], 2**256 - 1)
            if name not in ("deployer", "treasury"):
                self.send(name, "Staking", "deposit", FUNDS // 2)
        for name in VERIFIERS:
            self.send(name, "Staking", "register_verifier")
        self.ledger = Ledger(self)
        self.port.checks.append(self.ledger.check)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside is undone at the end."""
        accounts, seen, length = dict(self.ledger.accounts), self.ledger.seen, len(self.port.log)
        with boa.env.anchor():
            yield
        del self.port.log[length:]
        self.ledger.accounts, self.ledger.seen = accounts, seen

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
        """Make the next transaction's block have this time."""
        boa.env.time_travel(seconds=timestamp - self.port.now(), block_delta=1)

    def mine(self, blocks: int = 1) -> None:
        """Let blocks pass."""
        boa.env.time_travel(seconds=blocks, block_delta=blocks)

    def wealth(self, user: str) -> int:
        """All that a user has that is not locked: tokens, stake, unbonding, credit, in base units."""
        address = self.users[user]
        return self.view("Token", "balanceOf", address) + sum(
            self.view("Staking", account, address) for account in ("stake", "unbonding", "credit")
        )


class Ledger:
    """Rebuilds every account from the events and compares with the contract (promises 1 and 2).

    Nothing but Staking's own events moves an account; the sum of all accounts is `owed`, and the tokens held cover it.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts: dict[tuple[str, Any], int] = {}
        self.seen = 0
        self.check(world.port, None)

    def check(self, port: BoaPort, receipt: Receipt | None) -> None:
        """Apply the new events and compare."""
        for event in port.log[self.seen :]:
            if event.contract == "Staking":
                self._apply(event.name, event.fields)
        self.seen = len(port.log)
        total = sum(self.accounts.values())
        assert total == port.view("Staking", "owed"), "owed is not the sum of all accounts"
        held = port.view("Token", "balanceOf", self.world.deployment.addresses["Staking"])
        assert held >= total, f"insolvent: {held} held, {total} owed"
        assert all(amount >= 0 for amount in self.accounts.values())
        for (account, key), amount in self.accounts.items():
            if account == "burnt":
                actual = port.view("Staking", "burnt")
            elif account == "locks":
                actual = port.view("Staking", "locked_amount", key)
            else:
                actual = port.view("Staking", account, key)
            assert actual == amount, f"{account} of {key}: expected {amount}, got {actual}"

    def _move(self, account: str, key: Any, amount: int) -> None:
        self.accounts[account, key] = self.accounts.get((account, key), 0) + amount

    def _apply(self, name: str, f: Any) -> None:
        amount = f.get("amount", 0)
        match name:
            case "Deposited":
                self._move("stake", f["owner"], amount)
            case "Restaked":
                self._move("credit", f["owner"], -amount)
                self._move("stake", f["owner"], amount)
            case "Unbonded":
                self._move("stake", f["owner"], -amount)
                self._move("unbonding", f["owner"], amount)
            case "StakeWithdrawn":
                self._move("unbonding", f["owner"], -amount)
            case "Withdrawn":
                self._move("credit", f["owner"], -amount)
            case "Locked":
                self._move("stake", f["owner"], -f["from_stake"])
                self._move("unbonding", f["owner"], -f["from_unbonding"])
                self._move("locks", f["key"], f["from_stake"] + f["from_unbonding"])
            case "Released":
                self._move("locks", f["key"], -amount)
                self._move("stake", f["owner"], amount)
            case "Seized":
                self._move("locks", f["key"], -amount)
                self._move("pots", f["pot"], amount)
            case "Funded":
                self._move("stake", f["owner"], -amount)
                self._move("pots", f["pot"], amount)
            case "Paid":
                self._move("pots", f["pot"], -amount)
                self._move("credit", f["receiver"], amount)
            case "Shifted":
                self._move("pots", f["source"], -amount)
                self._move("pots", f["target"], amount)
            case "Burnt":
                self._move("pots", f["pot"], -amount)
                self._move("burnt", None, amount)

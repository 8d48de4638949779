"""Every account of Staking rebuilt from its events: conservation of money, to the unit."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pinpoint.chain.port import Port
from pinpoint.commitment.tree import keccak

Account = tuple[str, Any]
"""Kind ("stake", "bonded", "unbonding", "credit", "locks", "pots", "burnt") and its key."""

POOL = keccak((10).to_bytes(32, "big"))
"""Key of the pot that jackpots are taken from (contracts/libraries/keys.vy)."""
FIELD = {"locks": "locked_amount"}
FLOWS: dict[str, list[tuple[str, str | None, str, int]]] = {
    # Event: per entry the kind of account, the field with its key, the field with the amount, the sign.
    "Deposited": [("stake", "owner", "amount", 1)],
    "Restaked": [("credit", "owner", "amount", -1), ("stake", "owner", "amount", 1)],
    "Unbonded": [("stake", "owner", "amount", -1), ("unbonding", "owner", "amount", 1)],
    "StakeWithdrawn": [("unbonding", "owner", "amount", -1)],
    "Withdrawn": [("credit", "owner", "amount", -1)],
    "Locked": [
        ("stake", "owner", "from_stake", -1),
        ("unbonding", "owner", "from_unbonding", -1),
        ("locks", "key", "from_stake", 1),
        ("locks", "key", "from_unbonding", 1),
    ],
    "Released": [("locks", "key", "amount", -1), ("stake", "owner", "amount", 1)],
    "Slashed": [
        *(("locks", "key", amount, -1) for amount in ("returned", "paid", "kept", "burnt")),
        ("stake", "owner", "returned", 1),
        ("credit", "receiver", "paid", 1),
        ("pots", "pot", "kept", 1),
        ("burnt", None, "burnt", 1),
    ],
    "Pledged": [("stake", "owner", "amount", -1), ("bonded", "owner", "amount", 1)],
    "Restored": [("bonded", "owner", "amount", -1), ("stake", "owner", "amount", 1)],
    "Forfeited": [
        ("bonded", "owner", "paid", -1),
        ("bonded", "owner", "burnt", -1),
        ("credit", "receiver", "paid", 1),
        ("burnt", None, "burnt", 1),
    ],
    "Funded": [("stake", "owner", "amount", -1), ("pots", "pot", "amount", 1)],
    "Paid": [("pots", "pot", "amount", -1), ("credit", "receiver", "amount", 1)],
    "Shifted": [("pots", "source", "amount", -1), ("pots", "target", "amount", 1)],
    "Burnt": [("pots", "pot", "amount", -1), ("burnt", None, "amount", 1)],
}


class NotConserved(AssertionError):
    """An account is not what the events say, or the tokens do not cover the accounts."""


class Ledger:
    """Accounts by the events seen so far (promises 1 and 2)."""

    def __init__(self, port: Port, staking: str) -> None:
        """
        Args:
            port: the chain, from the deployment on.
            staking: address of Staking, which holds the tokens.
        """
        self._port = port
        self._staking = staking
        self._seen = 0
        self.accounts: Counter[Account] = Counter()

    def update(self) -> None:
        """Take in new events."""
        events = self._port.events("Staking", "*")
        for event in events[self._seen :]:
            for kind, key, amount, sign in FLOWS.get(event.name, []):
                holder = None if key is None else event.fields[key]
                self.accounts[kind, bytes(holder) if isinstance(holder, bytes) else holder] += (
                    sign * event.fields[amount]
                )
        self._seen = len(events)

    def check_total(self) -> None:
        """Compare the sum of all accounts with what Staking owes, and that with the tokens it holds.

        Raises:
            NotConserved: with both numbers.
        """
        self.update()
        total, owed = self.accounts.total(), int(self._port.view("Staking", "owed"))
        held = int(self._port.view("Token", "balanceOf", self._staking))
        if total != owed or held < owed:
            raise NotConserved(f"expected accounts = owed <= held, got {total}, {owed}, {held}")

    def check(self) -> None:
        """Compare every account with the contract, and the totals.

        Raises:
            NotConserved: naming the first account that differs.
        """
        self.check_total()
        for (kind, key), amount in self.accounts.items():
            arguments = [] if key is None else [key]
            actual = int(self._port.view("Staking", FIELD.get(kind, kind), *arguments))
            if actual != amount or amount < 0:
                raise NotConserved(f"expected {amount} in {kind} of {key!r}, got {actual}")

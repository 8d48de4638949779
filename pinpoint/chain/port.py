"""The little that Pinpoint asks of a chain, so that one client serves any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class CallRefused(Exception):
    """The chain refused a transaction; the message is the contract's reason."""


class NodeError(Exception):
    """A node has answered what no chain of ours could."""


@dataclass(frozen=True)
class Event:
    """A log of one of our contracts."""

    contract: str
    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Receipt:
    """What a transaction did."""

    contract: str
    method: str
    gas: int
    events: Sequence[Event] = field(default_factory=tuple)

    def event(self, name: str) -> Event:
        """The only event of that name.

        Raises:
            LookupError: if there is none or more than one.
        """
        found = [event for event in self.events if event.name == name]
        if len(found) != 1:
            raise LookupError(f"expected one {name} in {self.method}, got {len(found)}")
        return found[0]


class Port(Protocol):
    """A chain with our contracts on it, by name. Accounts are whatever the port signs with."""

    def deploy(self, sender: Any, name: str, arguments: Sequence[Any]) -> str:
        """Deploy the contract of that name; its address."""

    def attach(self, name: str, address: str) -> None:
        """Use the contract at an address.

        Raises:
            LookupError: if there is none.
        """

    def address(self, account: Any) -> str:
        """Address of an account."""

    def nonce(self, account: Any) -> int:
        """Transactions that an account has sent."""

    def send(self, sender: Any, contract: str, method: str, *arguments: Any) -> Receipt:
        """Send a transaction and wait for it.

        Raises:
            CallRefused: with the reason, if it reverts.
        """

    def view(self, contract: str, method: str, *arguments: Any) -> Any:
        """Call a view; structs come with their fields as attributes.

        Raises:
            CallRefused: with the reason, if it reverts.
        """

    def events(self, contract: str, name: str) -> list[Event]:
        """All events of a name, or with "*" of any, since the deployment, oldest first."""

    def header(self, number: int) -> bytes:
        """A block's header in RLP, as it is hashed.

        Raises:
            HeaderError: if the chain hashes other headers than Ethereum's.
        """

    def chain_id(self) -> int:
        """Number of the chain (EIP-155)."""

    def now(self) -> int:
        """Timestamp of the pending block, in seconds."""

    def height(self) -> int:
        """Number of the latest block."""

"""The port over titanoboa: the fast in-process chain of the unit tests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boa
from boa import interpret
from boa.interpret import set_cache_dir
from eth_utils import to_canonical_address

from pinpoint.chain.deployment import CONTRACTS
from pinpoint.chain.header import HeaderError
from pinpoint.chain.port import CallRefused, Event, Receipt
from pinpoint.commitment.tree import keccak

SOURCES = sorted(Path("contracts").rglob("*.vy*"))
# Boa does not see that a library changed below the one that a contract imports.
set_cache_dir(f"~/.cache/pinpoint/titanoboa/{keccak(b''.join(path.read_bytes() for path in SOURCES)).hex()[:16]}")
# Its garbage collection removes folders that another process has just made.
interpret._disk_cache.last_gc = time.time()
DEPLOYERS = {name: boa.load_partial(f"contracts/{name}.vy") for name in (*CONTRACTS, "LocalToken")}
DEPLOYERS["BeaconMock"] = boa.load_partial("contracts/mocks/BeaconMock.vy")


class BoaPort:
    """Accounts are addresses. `checks` run after each transaction."""

    def __init__(self) -> None:
        # Addresses of what was undone are used again, by contracts that store other things; titanoboa reads all that
        # was ever stored there when it words an error.
        boa.env.sstore_trace.clear()
        self.contracts: dict[str, Any] = {}
        self.log: list[Event] = []
        self.checks: list[Any] = []
        self.gas: dict[str, list[int]] = {}

    def deploy(self, sender: str, name: str, arguments: Sequence[Any]) -> str:
        with boa.env.prank(sender):
            self.contracts[name] = DEPLOYERS[name].deploy(*arguments)
        return str(self.contracts[name].address)

    def attach(self, name: str, address: str) -> None:
        # Where a beacon is given, it is the one for tests.
        self.contracts[name] = DEPLOYERS["BeaconMock" if name == "Beacon" else name].at(address)

    def address(self, account: str) -> str:
        return str(account)

    def nonce(self, account: str) -> int:
        return boa.env.evm.vm.state.get_nonce(to_canonical_address(account))

    def send(self, sender: str, contract: str, method: str, *arguments: Any) -> Receipt:
        target = self.contracts[contract]
        try:
            getattr(target, method)(*arguments, sender=sender)
        except boa.BoaError as error:
            raise CallRefused(reason(error)) from error
        gas = target._computation.get_gas_used()
        events = tuple(self._events(target))
        self.log.extend(events)
        boa.env.evm.patch.timestamp += 1
        boa.env.evm.patch.block_number += 1
        receipt = Receipt(contract, method, gas, events)
        for check in self.checks:
            check()
        return receipt

    def view(self, contract: str, method: str, *arguments: Any) -> Any:
        try:
            return getattr(self.contracts[contract], method)(*arguments)
        except boa.BoaError as error:
            raise CallRefused(reason(error)) from error

    def events(self, contract: str, name: str) -> list[Event]:
        return [event for event in self.log if event.contract == contract and name in (event.name, "*")]

    def header(self, number: int) -> bytes:
        raise HeaderError("this chain has none")

    def chain_id(self) -> int:
        return int(boa.env.evm.patch.chain_id)

    def now(self) -> int:
        return int(boa.env.evm.patch.timestamp)

    def height(self) -> int:
        return int(boa.env.evm.patch.block_number) - 1

    def _events(self, target: Any) -> list[Event]:
        names = {contract.address: name for name, contract in self.contracts.items()}
        return [
            Event(names[log.address], type(log).__name__, log._asdict())
            for log in target.get_logs(include_child_logs=True)
            if log.address in names
        ]


def reason(error: boa.BoaError) -> str:
    """The revert string of a titanoboa error."""
    frame = error.stack_trace.last_frame
    return str(getattr(frame, "pretty_vm_reason", frame))

"""The port over ape: any network that ape knows. Accounts are ape's."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import ape
import rlp  # type: ignore[import-untyped]
from ape.exceptions import ContractLogicError
from ape_ethereum.trace import Trace
from ape_test.provider import LocalProvider
from eth_abi.abi import decode
from eth_utils import to_checksum_address
from hexbytes import HexBytes

from pinpoint.chain.header import FIELDS, HeaderError, encode_header
from pinpoint.chain.port import CallRefused, Event, NodeError, Receipt

PROJECT = Path(__file__).parents[2]
WORD = 32
LOG_BLOCKS = 5_000
"""Blocks per request for logs: what public nodes grant."""


class ApePort:
    """Our contracts through ape's connected provider.

    Logs are read once and kept, so that looking at the history again asks only for new blocks. After a reorganisation
    of the chain they are read anew: a role that took a move for made that is not on the chain would fall silent.
    """

    def __init__(self, first_block: int = 0) -> None:
        """
        Args:
            first_block: where to begin to look for logs; the deployment's.
        """
        self._project = ape.project if ape.project.path == PROJECT else ape.Project(PROJECT)
        self._contracts: dict[str, Any] = {}
        self._logs: list[Event] = []
        self._first_block = self._next_block = first_block
        self._last_hash = b""
        self.receipts: list[Receipt] = []
        """All that was sent through this port."""

    def deploy(self, sender: Any, name: str, arguments: Sequence[Any]) -> str:
        contract = sender.deploy(getattr(self._project, name), *arguments)
        self._contracts[name] = contract
        self._keep(Receipt(name, "deploy", int(contract.creation_metadata.receipt.gas_used)))
        return str(contract.address)

    def attach(self, name: str, address: str) -> None:
        if not self._provider.get_code(address):
            raise LookupError(f"expected {name} at {address}, got no contract: is this the manifest's chain?")
        container = getattr(self._project, "LocalToken" if name == "Token" else name)
        self._contracts[name] = ape.Contract(address, contract_type=container.contract_type)

    def address(self, account: Any) -> str:
        return str(account.address)

    def nonce(self, account: Any) -> int:
        return int(account.nonce)

    def send(self, sender: Any, contract: str, method: str, *arguments: Any) -> Receipt:
        target = self._contracts[contract]
        with refusals():
            sent = getattr(target, method)(*arguments, sender=sender)
        return self._keep(Receipt(contract, method, int(sent.gas_used), self._decode(sent.logs)))

    def view(self, contract: str, method: str, *arguments: Any) -> Any:
        with refusals():
            return plain(getattr(self._contracts[contract], method)(*arguments))

    def events(self, contract: str, name: str) -> list[Event]:
        latest = self._provider.get_block("latest")
        if self._last_hash and not self._stands(latest):
            self._logs, self._next_block = [], self._first_block
        while self._next_block <= latest.number:
            last = min(latest.number, self._next_block + LOG_BLOCKS - 1)
            found = self._provider.web3.eth.get_logs(
                {
                    "address": [known.address for known in self._contracts.values()],
                    "fromBlock": self._next_block,
                    "toBlock": last,
                }
            )
            self._logs.extend(self._decode(found))
            self._next_block = last + 1
        self._last_hash = bytes(latest.hash)
        return [event for event in self._logs if event.contract == contract and name in (event.name, "*")]

    def header(self, number: int) -> bytes:
        if isinstance(self._provider, LocalProvider):
            raise HeaderError("expected headers as they are hashed, got ape's chain in process, which shows others")
        return encode_header(self._provider.make_request("eth_getBlockByNumber", [hex(number), False]))

    def check_randomness(self) -> None:
        """See whether Beacon can work on this chain: whether headers carry prevrandao (EIP-4399).

        Raises:
            HeaderError: if they do not.
        """
        # A local chain's first block has none.
        number = self.height()
        randao = rlp.decode(self.header(number))[FIELDS.index("mixHash")]
        if number and not any(randao):
            raise HeaderError(f"expected a header with prevrandao, got zero in block {number}")

    def chain_id(self) -> int:
        return int(ape.chain.chain_id)

    def now(self) -> int:
        return int(ape.chain.pending_timestamp)

    def height(self) -> int:
        return int(self._provider.get_block("latest").number)

    def warp_to(self, timestamp: int) -> None:
        """On a local chain, make the next block have at least this time."""
        if timestamp > self.now():
            ape.chain.pending_timestamp = timestamp

    def mine(self, blocks: int = 1) -> None:
        """On a local chain, let blocks pass."""
        ape.chain.mine(blocks)

    @property
    def _provider(self) -> Any:
        return ape.chain.provider

    def _stands(self, latest: Any) -> bool:
        """Whether the last block whose logs were read is still on the chain."""
        last = self._next_block - 1
        if latest.number <= last:
            return latest.number == last and bytes(latest.hash) == self._last_hash
        return bytes(self._provider.get_block(last).hash) == self._last_hash

    def _keep(self, receipt: Receipt) -> Receipt:
        self.receipts.append(receipt)
        return receipt

    def _decode(self, logs: Sequence[Any]) -> list[Event]:
        names = {str(known.address): (name, known.contract_type) for name, known in self._contracts.items()}
        found = []
        for log in logs:
            try:
                log = dict(log)
                at = to_checksum_address(log["address"])
                if at not in names:
                    continue
                name, contract_type = names[at]
                for decoded in self._provider.network.ecosystem.decode_logs([log], *contract_type.events):
                    _check_whole(log, contract_type.events[decoded.event_name])
                    found.append(Event(name, decoded.event_name, plain(decoded.event_arguments)))
            except Exception as error:  # each library below has errors of its own
                raise NodeError(f"expected a log of our contracts, got {str(log)[:200]}: {str(error)[:200]}") from error
        return found


def _check_whole(log: Any, event: Any) -> None:
    """Of a log that is cut short ape gives what there is, for every field."""
    decode([field.canonical_type for field in event.inputs if not field.indexed], bytes(HexBytes(log["data"])))
    indexed = sum(bool(field.indexed) for field in event.inputs)
    sizes = [len(HexBytes(topic)) for topic in log["topics"]]
    if sizes != [WORD] * (1 + indexed):
        raise ValueError(f"expected {1 + indexed} topics of {WORD} bytes, got {sizes}")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn ape's errors into ours. On anvil ape prints the whole trace of a revert; the reason is enough."""
    try:
        with patch.object(Trace, "show", lambda trace: None):
            yield
    except ContractLogicError as error:
        raise CallRefused(str(error.message)) from error


def plain(value: Any) -> Any:
    """Ape's structs as named tuples, so that a client sees the same from every port."""
    if hasattr(value, "__dataclass_fields__"):
        names = list(value.__dataclass_fields__)
        return namedtuple(type(value).__name__, names)(*(plain(getattr(value, name)) for name in names))
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [plain(item) for item in value]
    return value

"""The port over pyrevm: thousands of transactions a second, for campaigns. Its gas is not that of a chain."""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from os import getpid
from pathlib import Path
from sysconfig import get_path
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils import to_checksum_address
from eth_utils.abi import collapse_if_tuple
from pyrevm import EVM, AccountInfo, BlockEnv
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

from pinpoint.chain.header import HeaderError
from pinpoint.chain.port import CallRefused, Event, Receipt
from pinpoint.commitment.tree import keccak

ROOT = Path(__file__).resolve().parents[2]
"""Of the repository: the contracts are compiled here."""
CONTRACTS = ROOT / "contracts"
CACHE = ROOT / "build" / "compiled"
IMPORT = re.compile(r"^from (\.+)(\w*) import (\w+)$", re.MULTILINE)
CHAIN_ID = 1
"""What pyrevm's own configuration says."""
GAS_LIMIT = 2**24
"""Of a transaction, EIP-7825."""
BLOCK_SECONDS = 1
ANYBODY = "0x" + "11" * 20
"""Who calls views."""


def source(name: str, folder: Path) -> Path:
    """The file of a contract, or of a mock."""
    path = folder / f"{name}.vy"
    return path if path.exists() else folder / "mocks" / f"{name}.vy"


def texts(name: str, folder: Path) -> dict[str, str]:
    """The text of a contract and of all that it imports from the same folder, by path below it."""
    found: dict[str, str] = {}
    waiting = [source(name, folder)]
    while waiting:
        path = waiting.pop()
        file = path.relative_to(folder).as_posix()
        if file in found:
            continue
        found[file] = path.read_text()
        for dots, module_folder, module in IMPORT.findall(found[file]):
            base = path.parents[len(dots) - 1] / module_folder / module
            waiting.append(next(p for p in (base.with_suffix(".vy"), base.with_suffix(".vyi")) if p.exists()))
    return found


def code_of(name: str, folder: Path = CONTRACTS) -> Mapping[str, Any]:
    """ABI and creation code of a contract, compiled once for each text of it and of what it imports.

    Args:
        folder: that the contracts are in, if not in that of the repository.
    """
    text = repr(sorted(texts(name, folder).items())).encode()
    path = CACHE / f"{name}-{keccak(text).hex()[:16]}.json"
    if not path.exists():
        keep(path, compiled(name, folder, Settings(evm_version="cancun", optimize=OptimizationLevel.GAS)))
    found: Mapping[str, Any] = json.loads(path.read_text())
    return found


def compiled(name: str, folder: Path, settings: Settings) -> Mapping[str, Any]:
    """ABI and creation code of a contract, as the compiler makes it."""
    # snekmate lies beside the other packages.
    bundle = FilesystemInputBundle([Path(get_path("purelib")), folder])
    file = bundle.load_file(source(name, folder))
    formats = ["abi", "bytecode"]
    output: Mapping[str, Any] = compile_from_file_input(
        file, input_bundle=bundle, output_formats=formats, settings=settings
    )
    return output


def keep(path: Path, output: Mapping[str, Any]) -> None:
    """Write a file that other processes may write at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{getpid()}")
    part.write_text(json.dumps(output))
    part.replace(path)


def reason(message: str) -> str:
    """The string of an Error(string), from pyrevm's message, else all of it."""
    output = re.search("output: 0x08c379a0([0-9a-f]+)", message)
    return str(decode(["string"], bytes.fromhex(output[1]))[0]) if output else message


class Function:
    """How a function is called, and what it returns."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.inputs = [collapse_if_tuple(item) for item in entry["inputs"]]
        self.outputs = [collapse_if_tuple(item) for item in entry["outputs"]]
        self._shape = entry["outputs"]
        self.selector = keccak(f"{entry['name']}({','.join(self.inputs)})".encode())[:4]

    def calldata(self, arguments: Sequence[Any]) -> bytes:
        """Selector and arguments."""
        return self.selector + encode(self.inputs, arguments)

    def returned(self, data: bytes) -> Any:
        """The result, or a list of results; structs as named tuples."""
        values = [plain(item, value) for item, value in zip(self._shape, decode(self.outputs, data), strict=True)]
        return values[0] if len(values) == 1 else values


class Log:
    """How an event is read."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name = entry["name"]
        types = ",".join(collapse_if_tuple(item) for item in entry["inputs"])
        self.topic = keccak(f"{self.name}({types})".encode())
        self._indexed = [item for item in entry["inputs"] if item["indexed"]]
        self._others = [item for item in entry["inputs"] if not item["indexed"]]

    def fields(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """Its fields by name."""
        found = {
            item["name"]: plain(item, decode([item["type"]], topic)[0])
            for item, topic in zip(self._indexed, topics[1:], strict=True)
        }
        values = decode([collapse_if_tuple(item) for item in self._others], data)
        return found | {item["name"]: plain(item, value) for item, value in zip(self._others, values, strict=True)}


def plain(item: Mapping[str, Any], value: Any) -> Any:
    """A decoded value as the other ports give it: checksummed addresses, lists, structs with fields."""
    kind = item["type"]
    if kind.endswith("]"):
        return [plain({**item, "type": kind[: kind.rindex("[")]}, each) for each in value]
    if kind == "tuple":
        parts = tuple(part["name"] for part in item["components"])
        return _struct(parts)(*map(plain, item["components"], value))
    return to_checksum_address(value) if kind == "address" else value


@cache
def _struct(parts: tuple[str, ...]) -> Any:
    return namedtuple("Struct", parts)


class Interface:
    """What a contract understands and says."""

    def __init__(self, abi: Sequence[Mapping[str, Any]]) -> None:
        self.functions = {entry["name"]: Function(entry) for entry in abi if entry["type"] == "function"}
        logs = [Log(entry) for entry in abi if entry["type"] == "event"]
        self.logs = {log.topic: log for log in logs}
        self.created = [
            collapse_if_tuple(item) for entry in abi if entry["type"] == "constructor" for item in entry["inputs"]
        ]


class RevmPort:
    """Accounts are addresses. Each transaction is a block of its own, a second after the last."""

    def __init__(self, start: int = 1_800_000_000, folder: Path = CONTRACTS) -> None:
        """
        Args:
            start: timestamp of the first block.
            folder: that the contracts are in.
        """
        self.evm = EVM(spec_id="CANCUN", env=None)
        self.timestamp, self.number = start, 1
        self.log: list[Event] = []
        self.sent = 0
        self._folder = folder
        self._interfaces: dict[str, Interface] = {}
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def code(self, name: str) -> Mapping[str, Any]:
        """ABI and creation code of what is deployed under a name."""
        return code_of(name, self._folder)

    def deploy(self, sender: str, name: str, arguments: Sequence[Any]) -> str:
        code = self.code(name)
        self._interfaces[name] = Interface(code["abi"])
        self._begin()
        created = encode(self._interfaces[name].created, arguments)
        try:
            address = self.evm.deploy(sender, bytes.fromhex(code["bytecode"][2:]) + created)
        except RuntimeError as error:
            raise CallRefused(reason(str(error))) from error
        self._know(name, to_checksum_address(address))
        self.mine()
        return self._addresses[name]

    def attach(self, name: str, address: str) -> None:
        if not self.evm.get_code(address):
            raise LookupError(f"expected {name} at {address}, got no contract")
        self._interfaces[name] = Interface(code_of("LocalToken" if name == "Token" else name, self._folder)["abi"])
        self._know(name, address)

    def address(self, account: str) -> str:
        return account

    def nonce(self, account: str) -> int:
        return int(self.evm.basic(account).nonce)

    def fund(self, account: str) -> None:
        """Make an account exist."""
        self.evm.insert_account_info(account, AccountInfo(balance=10**24))  # type: ignore[call-arg]

    def send(self, sender: str, contract: str, method: str, *arguments: Any) -> Receipt:
        gas = self._call(sender, contract, self._interfaces[contract].functions[method].calldata(arguments))
        events = tuple(self._events())
        self.log.extend(events)
        self.mine()
        self.sent += 1
        return Receipt(contract, method, gas, events)

    def view(self, contract: str, method: str, *arguments: Any) -> Any:
        function = self._interfaces[contract].functions[method]
        before = self.evm.snapshot()
        try:
            self._begin()
            data = self._message(ANYBODY, contract, function.calldata(arguments))
        finally:
            self.evm.revert(before)
        return function.returned(data)

    def events(self, contract: str, name: str) -> list[Event]:
        return [event for event in self.log if event.contract == contract and name in (event.name, "*")]

    def header(self, number: int) -> bytes:
        raise HeaderError("this chain has none")

    def chain_id(self) -> int:
        return CHAIN_ID

    def now(self) -> int:
        return self.timestamp

    def height(self) -> int:
        return self.number - 1

    def warp_to(self, timestamp: int) -> None:
        """Give the next block this time, if it is not later already."""
        self.timestamp = max(timestamp, self.timestamp)

    def mine(self, blocks: int = 1) -> None:
        """Let blocks pass."""
        self.timestamp += blocks * BLOCK_SECONDS
        self.number += blocks

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside is undone at the end, the time too."""
        before, then, length = self.evm.snapshot(), (self.timestamp, self.number), len(self.log)
        try:
            yield
        finally:
            self.evm.revert(before)
            self.timestamp, self.number = then
            del self.log[length:]

    def _know(self, name: str, address: str) -> None:
        self._addresses[name] = address
        self._names[address.lower()] = name

    def _begin(self) -> None:
        # A transaction of its own: without this, one sees what the last has left in transient storage.
        self.evm.reset_transient_storage()
        self.evm.set_block_env(BlockEnv(number=self.number, timestamp=self.timestamp, gas_limit=GAS_LIMIT * 4))

    def _call(self, sender: str, contract: str, calldata: bytes) -> int:
        self._begin()
        self._message(sender, contract, calldata)
        result = self.evm.result
        assert result is not None, "expected a call before"
        return int(result.gas_used)

    def _message(self, sender: str, contract: str, calldata: bytes) -> bytes:
        try:
            return self.evm.message_call(
                caller=sender, to=self._addresses[contract], calldata=calldata, gas=GAS_LIMIT
            )
        except RuntimeError as error:
            raise CallRefused(reason(str(error))) from error

    def _events(self) -> Iterator[Event]:
        result = self.evm.result
        assert result is not None, "expected a call before"
        for log in result.logs:
            name = self._names.get(log.address.lower())
            if name is None:
                continue
            topics, data = log.data
            known = self._interfaces[name].logs[bytes(topics[0])]
            yield Event(name, known.name, known.fields(topics, data))

"""The compiled contracts, edited, and raw calls of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import getpid
from pathlib import Path
from sysconfig import get_path
from tempfile import TemporaryDirectory
from typing import Any

from eth_abi.abi import encode
from eth_utils import to_checksum_address
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

from pinpoint.chain.parameters import MAX_TURNS
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tree import keccak
from tests.evm import ROOT, reason
from tests.revm_port import ANYBODY, CACHE, GAS_LIMIT, Interface, RevmPort
from tests.revm_port import code_of as unedited

CONTRACTS = ROOT / "contracts"
IMPORT = re.compile(r"^from (\.+)(\w*) import (\w+)$", re.MULTILINE)
TURNS = "MAX_TURNS: constant(uint256) = {}\n"


@dataclass(frozen=True)
class Edit:
    """A change of a contract's source."""

    file: str
    before: str
    after: str


def turns(bound: int) -> Edit:
    """Another bound on the turns of a game."""
    return Edit("libraries/parameters.vy", TURNS.format(MAX_TURNS), TURNS.format(bound))


def sources(name: str, edits: tuple[Edit, ...]) -> dict[str, str]:
    """The edited text of a contract and of all files of this repository that it imports, by path below contracts/.

    Raises:
        ValueError: if what is to be edited does not stand there once.
    """
    found: dict[str, str] = {}
    waiting = [CONTRACTS / f"{name}.vy"]
    while waiting:
        path = waiting.pop()
        file = path.relative_to(CONTRACTS).as_posix()
        if file in found:
            continue
        text = path.read_text()
        for edit in edits:
            if edit.file == file:
                if text.count(edit.before) != 1:
                    raise ValueError(f"expected {edit.before!r} once in {file}, got it {text.count(edit.before)} times")
                text = text.replace(edit.before, edit.after)
        found[file] = text
        for dots, folder, module in IMPORT.findall(text):
            base = path.parents[len(dots) - 1] / folder / module
            waiting.append(next(p for p in (base.with_suffix(".vy"), base.with_suffix(".vyi")) if p.exists()))
    return found


def code_of(name: str, edits: tuple[Edit, ...]) -> Mapping[str, Any]:
    """ABI and creation code of an edited contract, compiled once for each text of it and of what it imports."""
    texts = sources(name, edits)
    if not any(edit.file in texts for edit in edits):
        return unedited(name)
    path = CACHE / f"{name}-edited-{keccak(repr(sorted(texts.items())).encode()).hex()[:16]}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as folder:
            copy = Path(folder) / "contracts"
            for file, text in texts.items():
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                (copy / file).write_text(text)
            bundle = FilesystemInputBundle([Path(get_path("purelib")), copy])
            output = compile_from_file_input(
                bundle.load_file(copy / f"{name}.vy"),
                input_bundle=bundle,
                output_formats=["abi", "bytecode"],
                settings=Settings(evm_version="cancun", optimize=OptimizationLevel.GAS),
            )
        part = path.with_suffix(f".{getpid()}")
        part.write_text(json.dumps(output))
        part.replace(path)
    found: Mapping[str, Any] = json.loads(path.read_text())
    return found


class StillPort(RevmPort):
    """A port whose contracts may be edited, and whose time stands still until it is moved."""

    def __init__(self, edits: tuple[Edit, ...]) -> None:
        super().__init__()
        self._edits = edits
        self._reasons: dict[str, str] = {}

    def deploy(self, sender: str, name: str, arguments: Sequence[Any]) -> str:
        code = code_of(name, self._edits)
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

    def calldata(self, contract: str, method: str, *arguments: Any) -> bytes:
        """The bytes of a call."""
        return self._interfaces[contract].functions[method].calldata(arguments)

    def attempt(self, sender: str, contract: str, calldata: bytes) -> str | None:
        """Send a transaction in a block of its own, of this second; why it was refused, or None."""
        self.number += 1
        self._begin()
        return self._refusal(sender, contract, calldata)

    def words(self, contract: str, calldata: bytes) -> list[int]:
        """What a view returns at the time of the last transaction, as words."""
        data = self.evm.message_call(
            caller=ANYBODY, to=self._addresses[contract], calldata=calldata, gas=GAS_LIMIT, is_static=True
        )
        return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]

    def present(self) -> None:
        """Let views see the present second."""
        self._begin()

    def _refusal(self, sender: str, contract: str, calldata: bytes) -> str | None:
        try:
            self.evm.message_call(caller=sender, to=self._addresses[contract], calldata=calldata, gas=GAS_LIMIT)
        except RuntimeError as error:
            # The gas that it used, before this, is never the same.
            output = str(error).partition("output: ")[2]
            if output not in self._reasons:
                self._reasons[output] = reason(str(error))
            return self._reasons[output]
        return None

"""Compiled contracts in a bare EVM: no chain, no transactions, fast."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils import keccak
from eth_utils.abi import collapse_if_tuple
from pyrevm import EVM
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

from pinpoint.chain.revm_port import ROOT, reason

CALLER = "0x" + "11" * 20


class Reverted(Exception):
    """The contract refused; the message is the reason."""


@cache
def compiled(name: str) -> Mapping[str, Any]:
    """ABI and bytecode of `contracts/<name>.vy`."""
    bundle = FilesystemInputBundle([ROOT / "contracts"])
    output: Mapping[str, Any] = compile_from_file_input(
        bundle.load_file(ROOT / "contracts" / f"{name}.vy"),
        input_bundle=bundle,
        output_formats=["abi", "bytecode", "bytecode_runtime"],
        settings=Settings(evm_version="cancun", optimize=OptimizationLevel.GAS),
    )
    return output


class Contract:
    """A contract of this repository."""

    def __init__(self, evm: EVM, name: str, *arguments: Any) -> None:
        """Deploy `contracts/<name>.vy`."""
        output = compiled(name)
        self.runtime_size = len(output["bytecode_runtime"]) // 2 - 1
        self._functions = {}
        for entry in output["abi"]:
            types = [collapse_if_tuple(item) for item in entry["inputs"]]
            if entry["type"] == "constructor":
                created = encode(types, arguments)
            else:
                returned = [collapse_if_tuple(item) for item in entry["outputs"]]
                selector = keccak(text=f"{entry['name']}({','.join(types)})")[:4]
                self._functions[entry["name"]] = selector, types, returned
        code = bytes.fromhex(output["bytecode"][2:])
        self._evm = evm
        self.address: str = evm.deploy(CALLER, code + (created if arguments else b""))

    def call(self, name: str, *arguments: Any) -> Any:
        """What a function with one result returns. The call is undone.

        Raises:
            Reverted: if the contract refuses.
        """
        selector, types, returned = self._functions[name]
        return decode(returned, self.send(selector + encode(types, arguments)))[0]

    def transact(self, name: str, *arguments: Any) -> None:
        """Call a function, and keep what it does.

        Raises:
            Reverted: if the contract refuses.
        """
        selector, types, _ = self._functions[name]
        self._message(selector + encode(types, arguments))

    def send(self, calldata: bytes) -> bytes:
        """What a call of these bytes returns. It is undone.

        Raises:
            Reverted: if the contract refuses.
        """
        checkpoint = self._evm.snapshot()
        try:
            return self._message(calldata)
        finally:
            self._evm.revert(checkpoint)

    def _message(self, calldata: bytes) -> bytes:
        try:
            return self._evm.message_call(caller=CALLER, to=self.address, calldata=calldata, gas=30_000_000)
        except RuntimeError as error:
            raise Reverted(reason(str(error))) from error

    @property
    def gas(self) -> int:
        """What the last call used."""
        result = self._evm.result
        assert result is not None, "expected a call before"
        return int(result.gas_used)

"""A plugin of pytest: all that tests ask of an in-process chain, written down to be played again on any code.

    python -m pytest tests/unit/contracts/test_staking.py -p tests.mutants.recorder --record build/mutants/traces/x
"""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boa
import pyrevm
import pytest

from tests.mutants.ops import Call, Deploy, Op, Poke, Revert, Snapshot, Test

BOA = 0
"""Number of titanoboa's chain; those of pyrevm count from one."""
REVM_BLOCK = (0, 1)
"""Number and timestamp where a test sets none."""


OPS: list[Op] = []


class RecordedEvm:
    """pyrevm's chain, whose calls are written down."""

    made = BOA

    def __init__(self, *arguments: Any, **options: Any) -> None:
        RecordedEvm.made += 1
        self._number, self._block = RecordedEvm.made, REVM_BLOCK
        self._evm = REAL_EVM(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._evm, name)

    def set_block_env(self, block: Any) -> None:
        self._block = int(block.number), int(block.timestamp)
        self._evm.set_block_env(block)

    def deploy(self, deployer: str, code: bytes, **options: Any) -> str:
        nonce, succeeded = int(self._evm.basic(deployer).nonce), False
        try:
            made = str(self._evm.deploy(deployer, code, **options))
            succeeded = True
        finally:
            OPS.append(Deploy(self._number, deployer, nonce, code, self._block, succeeded))
        return made

    def message_call(
        self, caller: str, to: str, calldata: bytes = b"", value: int = 0, gas: int = 2**24, is_static: bool = False
    ) -> bytes:
        succeeded = False
        try:
            found = bytes(
                self._evm.message_call(
                    caller=caller, to=to, calldata=calldata, value=value, gas=gas, is_static=is_static
                )
            )
            succeeded = True
        finally:
            OPS.append(Call(self._number, caller, to, calldata, value, gas, is_static, self._block, succeeded))
        return found

    def snapshot(self) -> Any:
        found = self._evm.snapshot()
        OPS.append(Snapshot(self._number, len(OPS)))
        return found, len(OPS) - 1

    def revert(self, kept: Any) -> None:
        found, number = kept
        OPS.append(Revert(self._number, number))
        self._evm.revert(found)

    def insert_account_info(self, address: str, info: Any) -> None:
        OPS.append(Poke(self._number, "account", (address, int(info.balance), int(info.nonce))))
        self._evm.insert_account_info(address, info)

    def set_balance(self, address: str, balance: int) -> None:
        OPS.append(Poke(self._number, "balance", (address, balance)))
        self._evm.set_balance(address, balance)

    def insert_account_storage(self, address: str, slot: int, value: int) -> None:
        OPS.append(Poke(self._number, "storage", (address, slot, value)))
        self._evm.insert_account_storage(address, slot, value)


REAL_EVM = pyrevm.EVM


def touched(computation: Any) -> tuple[bytes, ...]:
    """The addresses whose code ran."""
    found, waiting = set(), [computation]
    while waiting:
        at = waiting.pop()
        found.add(bytes(at.msg.code_address or at.msg.storage_address))
        waiting.extend(at.children)
    return tuple(sorted(found))


def record_boa() -> None:
    """Write down what titanoboa's chain is asked."""
    env = boa.Env
    execute, deploy, anchor = env.execute_code, env.deploy, env._anchor
    pokes = {"storage": env.set_storage, "code": env.set_code, "balance": env.set_balance}

    def block(of: Any) -> tuple[int, int]:
        return int(of.evm.patch.block_number), int(of.evm.patch.timestamp)

    def executed(self: Any, to_address: Any, sender: Any = None, gas: Any = None, **options: Any) -> Any:
        found = execute(self, to_address, sender, gas, **options)
        if options.get("override_bytecode") is None:
            static = not options.get("is_modifying", True) or bool(options.get("simulate"))
            given = str(self._get_sender(sender)), str(to_address), bytes(options.get("data", b""))
            limit = int(gas or self.evm.get_gas_limit())
            ended = block(self), bool(found.is_success), touched(found)
            OPS.append(Call(BOA, *given, int(options.get("value", 0)), limit, static, *ended))
        return found

    def deployed(self: Any, sender: Any = None, **options: Any) -> Any:
        by = self._get_sender(sender)
        nonce = self.evm.vm.state.get_nonce(by.canonical_address)
        found = deploy(self, sender, **options)
        code = bytes(options["bytecode"])
        if options.get("override_address") is None:
            ended = block(self), bool(found[1].is_success), touched(found[1])
            OPS.append(Deploy(BOA, str(by), nonce, code, *ended))
        return found

    @contextmanager
    def anchored(self: Any) -> Iterator[None]:
        number = len(OPS)
        OPS.append(Snapshot(BOA, number))
        try:
            with anchor(self):
                yield
        finally:
            OPS.append(Revert(BOA, number))

    def poked(kind: str) -> Any:
        def poke(self: Any, *arguments: Any) -> None:
            OPS.append(Poke(BOA, kind, (str(arguments[0]), *arguments[1:])))
            pokes[kind](self, *arguments)

        return poke

    env.execute_code, env.deploy, env._anchor = executed, deployed, anchored
    for kind in pokes:
        setattr(env, f"set_{kind}", poked(kind))


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--record", required=True, help="the file that is written")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    # Before the tests import what is replaced.
    pyrevm.EVM = RecordedEvm  # type: ignore[assignment, misc]
    record_boa()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: Any) -> None:
    OPS.append(Test(item.nodeid))


def pytest_sessionfinish(session: Any) -> None:
    path = Path(session.config.getoption("--record"))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with gzip.open(part, "wb", compresslevel=3) as file:
        pickle.dump([(type(op).__name__, tuple(op)) for op in OPS], file)
    part.replace(path)

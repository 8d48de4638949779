"""A plugin of pytest, `-p tests.coverage.plugin`: keeps every step from instruction to instruction that titanoboa saw.

What tests ask of contracts in a bare pyrevm, which shows no steps, titanoboa is asked once more. Each process writes
one file below build/coverage; `python -m tests.coverage` merges them.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import boa
import pyrevm
import pytest
from boa.environment import Env

FOLDER = Path(__file__).resolve().parents[2] / "build" / "coverage"
END = -1
"""What follows the last instruction."""
LONGEST = 1_500_000
"""Gas of a call in pyrevm above which it is not repeated: thousands of terms go where one goes."""
Steps = dict[bytes, set[tuple[int, int]]]
"""By code as deployed: pairs of program counters that followed each other."""

seen: Steps = {}
sources: set[str] = set()
"""Of the contracts that tests write themselves, around a module."""


def record(_env: Env, computation: Any, _contract: Any = None) -> None:
    """Keep the steps of a call, and of all that it called."""
    pending = [computation]
    while pending:
        here = pending.pop()
        # Empty where there is no code, or a precompile.
        if trace := here.code._trace:
            seen.setdefault(here.code._raw_code_bytes, set()).update(zip(trace, [*trace[1:], END], strict=True))
        pending += here.children


def keep_sources() -> None:
    """Keep what tests compile from a text."""
    load = boa.loads_partial

    def loads_partial(source_code: str, *arguments: Any, **options: Any) -> Any:
        sources.add(source_code)
        return load(source_code, *arguments, **options)

    boa.loads_partial = loads_partial


class RepeatedEvm:
    """pyrevm's chain, whose calls titanoboa repeats."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._evm = REAL_EVM(*arguments, **options)
        self._codes: dict[str, bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._evm, name)

    def deploy(self, deployer: str, code: bytes, **options: Any) -> str:
        address = str(self._evm.deploy(deployer, code, **options))
        self._codes[address] = bytes(self._evm.get_code(address))
        return address

    def message_call(self, caller: str, to: str, calldata: bytes = b"", **options: Any) -> bytes:
        try:
            return bytes(self._evm.message_call(caller=caller, to=to, calldata=calldata, **options))
        finally:
            if self._evm.result.gas_used <= LONGEST:
                self._repeat(caller, to, calldata)

    def snapshot(self) -> Any:
        return self._evm.snapshot(), boa.env.evm.snapshot()

    def revert(self, kept: Any) -> None:
        self._evm.revert(kept[0])
        boa.env.evm.revert(kept[1])

    def _repeat(self, caller: str, to: str, calldata: bytes) -> None:
        # Tests of titanoboa undo what was set before, and other bare chains use the same addresses.
        for address, code in self._codes.items():
            if boa.env.get_code(address) != code:
                boa.env.set_code(address, code)
        boa.env.execute_code(to, sender=caller, data=calldata)


REAL_EVM = pyrevm.EVM


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    # Before the tests import what is replaced.
    pyrevm.EVM = RepeatedEvm  # type: ignore[assignment, misc]
    # What titanoboa calls after each call and deployment; its own collects lines only.
    Env._coverage_enabled = True
    Env._trace_computation = record
    keep_sources()


def pytest_sessionfinish() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{os.getpid()}.pickle").open("wb") as file:
        pickle.dump((seen, sources), file)

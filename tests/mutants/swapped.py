"""A plugin of pytest: tests run on contracts of another folder, of which few are changed.

    python -m pytest tests/unit/contracts/test_staking.py -p tests.mutants.swapped --contracts F --changed Staking
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boa
from boa import interpret

from pinpoint.chain import revm_port
from tests import evm


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--contracts", required=True, help="a folder that is called contracts")
    parser.addoption("--changed", required=True, help="the contracts that are not the original, with commas between")


def pytest_configure(config: Any) -> None:
    folder, changed = Path(config.getoption("--contracts")), set(config.getoption("--changed").split(","))
    load = boa.load_partial

    def load_partial(path: str, *arguments: Any, **options: Any) -> Any:
        if Path(path).stem not in changed:
            return load(path, *arguments, **options)
        # In its own cache titanoboa would take the unchanged one for it, and without any it has no map of the source.
        kept = interpret._disk_cache
        interpret.set_cache_dir(folder.parent / "cache")
        try:
            return load(str(folder / Path(path).relative_to("contracts")), *arguments, **options)
        finally:
            interpret._disk_cache = kept

    boa.load_partial = load_partial
    revm_port.code_of.__defaults__ = (folder,)
    start, _ = revm_port.RevmPort.__init__.__defaults__ or ()
    revm_port.RevmPort.__init__.__defaults__ = start, folder
    evm.ROOT = folder.parent  # type: ignore[attr-defined]

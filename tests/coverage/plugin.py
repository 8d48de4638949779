"""A plugin of pytest, `-p tests.coverage.plugin`: keeps every step from instruction to instruction that titanoboa saw.

Each process writes one file below build/coverage; `python -m tests.coverage` merges them.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

from boa.environment import Env

FOLDER = Path(__file__).resolve().parents[2] / "build" / "coverage"
END = -1
"""What follows the last instruction."""
Steps = dict[bytes, set[tuple[int, int]]]
"""By code as deployed: pairs of program counters that followed each other."""

seen: Steps = {}


def record(_env: Env, computation: Any, _contract: Any = None) -> None:
    """Keep the steps of a call, and of all that it called."""
    pending = [computation]
    while pending:
        here = pending.pop()
        # Empty where there is no code, or a precompile.
        if trace := here.code._trace:
            seen.setdefault(here.code._raw_code_bytes, set()).update(zip(trace, [*trace[1:], END], strict=True))
        pending += here.children


def pytest_configure() -> None:
    # What titanoboa calls after each call and deployment; its own collects lines only.
    Env._coverage_enabled = True
    Env._trace_computation = record


def pytest_sessionfinish() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{os.getpid()}.pickle").open("wb") as file:
        pickle.dump(seen, file)

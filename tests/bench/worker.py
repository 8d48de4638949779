"""python -m tests.bench.worker KIND NAME ROUNDS: something measured in a process whose libraries have one thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.bench.sections import SECTIONS, measure
from tests.bench.timing import Spread

# Read when the libraries are loaded, so they have to be there before the process.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def measured(section: str, rounds: int) -> dict[str, Spread] | None:
    """The figures of a section; None where what it compares with is not installed."""
    found = _answer(["section", section, str(rounds)], SECTIONS[section].unset)
    return None if found is None else {key: Spread(**spread) for key, spread in found.items()}


def profiled(task: str, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """See `tests.bench.profile`."""
    found: dict[str, list[dict[str, Any]]] = _answer(["profile", task, str(rounds)])
    return found


def machine() -> dict[str, Any]:
    """See `tests.bench.machine`."""
    found: dict[str, Any] = _answer(["machine", "", "0"])
    return found


def _answer(arguments: Sequence[str], unset: Sequence[str] = ()) -> Any:
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.worker", *arguments],
        env=environment | ONE_THREAD,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def _work(kind: str, name: str, rounds: int) -> Any:
    from tests.bench.machine import describe, use_threads
    from tests.bench.profile import profile

    use_threads(1)
    if kind == "machine":
        return describe()
    if kind == "profile":
        return profile(name, rounds)
    use_threads(SECTIONS[name].threads)
    try:
        return {key: asdict(spread) for key, spread in measure(SECTIONS[name], rounds).items()}
    except ModuleNotFoundError as missing:
        if missing.name != "torch":
            raise
        return None


if __name__ == "__main__":
    print(json.dumps(_work(sys.argv[1], sys.argv[2], int(sys.argv[3]))))

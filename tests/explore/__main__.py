"""`make explore`: every sequence of moves of small disputes, and a covering set of them on the contracts.

Writes build/explore.json. Exits with 1 if a property is violated, model and contracts disagree, or a mutant is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from tests.explore import record
from tests.explore.sizes import large, small

DEFAULT_MINUTES = 10.0


def main() -> int:
    """Run, write, and say whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.explore", description=__doc__)
    parser.add_argument("--small", action="store_true", help="only what takes seconds of the model")
    parser.add_argument("--minutes", type=float, default=DEFAULT_MINUTES, help="of one processor for the contracts")
    parser.add_argument("--output", type=Path, default=Path("build/explore.json"))
    options = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "model": lambda: record.explore(small() if options.small else [*small(), *large()]),
        "mutants": record.find_mutants,
        "replay": lambda: record.replay(options.minutes),
        "broken": record.find_broken,
    }
    found: dict[str, Any] = {}
    for name, run in parts.items():
        started, used = perf_counter(), process_time()
        part = run()
        minutes = {
            "minutes": round((perf_counter() - started) / 60, 1),
            "cpu_minutes": round((process_time() - used) / 60, 1),
        }
        found[name] = minutes | part
    model, replayed = found["model"], found["replay"]
    record.write(
        options.output,
        {name: model[name] for name in ("states", "transitions", "sequences", "violations")}
        | {
            "replayed": replayed["moves"],
            "refused": replayed["refused"],
            "disagreements": len(replayed["disagreements"]),
            "minutes": round(sum(part["minutes"] for part in found.values()), 1),
            "cpu_minutes": round(sum(part["cpu_minutes"] for part in found.values()), 1),
        }
        | found,
    )
    missed = [f"missed: {name}" for kind in ("mutants", "broken") for name in _missed(found[kind])]
    wrong = [*model["traces"], *replayed["disagreements"], *missed]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _missed(found: dict[str, Any]) -> list[str]:
    return [name for name, what in found["of"].items() if what is None]


if __name__ == "__main__":
    sys.exit(main())

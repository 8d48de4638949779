"""Command: read many more spoilt documents than `make test` does, and write down how many. See `make fuzz-data`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from secrets import randbits

import click
import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "build" / "fuzz-data.json"


class Tally:
    """The tests that failed."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's result in."""
        if report.failed:
            self.failed.append(report.nodeid)


@click.command()
@click.option("--examples", default=2000, show_default=True, type=click.IntRange(1), help="Documents per test.")
@click.option("--seed", type=int, help="Of the documents; drawn and printed where it is not given.")
@click.option("--only", default="", help="The tests with this in their name.")
def main(examples: int, seed: int | None, only: str) -> None:
    """Fuzz all readers of outside data."""
    seed = randbits(32) if seed is None else seed
    os.environ["FUZZ_EXAMPLES"] = str(examples)
    click.echo(f"seed {seed}")
    tally, begun = Tally(), time.monotonic()
    arguments = [str(ROOT / "tests" / "fuzz"), "-q", f"--hypothesis-seed={seed}", "-k", only]
    code = pytest.main(arguments, plugins=[tally])
    # The tests' own copy, whatever it was imported as.
    read = sys.modules["tests.fuzz.outside"].READ
    record = {
        "seed": seed,
        "examples": dict(sorted(read.items())),
        "failures": tally.failed,
        "seconds": round(time.monotonic() - begun, 1),
    }
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    click.echo(f"{read.total()} documents, {len(tally.failed)} tests failed: {RECORD.relative_to(ROOT)}")
    sys.exit(int(code))


if __name__ == "__main__":
    main()

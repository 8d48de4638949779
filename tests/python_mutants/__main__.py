"""python -m tests.python_mutants: change the Python half place by place, count the changes that no test fails for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from pinpoint.commitment.tree import keccak
from tests.python_mutants.changes import PACKAGES, ROOT, Change, Place, changed, files, places, source
from tests.python_mutants.equivalent import EQUIVALENT
from tests.python_mutants.judge import FOLDER, KILLED, SURVIVED, Record, Verdict, judged, warm_up

OUTPUT = ROOT / "build" / "mutants-python.json"
RECORD, VERDICTS = FOLDER / "record.json", FOLDER / "verdicts.jsonl"
TESTS = (
    "unit/test_tree.py",
    "unit/test_hashing.py",
    "unit/test_report.py",
    "unit/test_program_validation.py",
    "unit/test_channel.py",
    "unit/test_chunks.py",
    "unit/test_descent.py",
    "unit/test_invalid.py",
    "unit/test_economics_*.py",
    "property/test_random_lies.py",
)
"""Those below tests that are about the three packages."""


def record() -> None:
    """Run the tests once and write down which functions each runs.

    Raises:
        click.ClickException: if one fails, as it must not on unchanged files.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    paths = [str(path) for pattern in TESTS for path in sorted((ROOT / "tests").glob(pattern))]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.python_mutants.recorder", "--record", str(RECORD)]
    done = subprocess.run([*command, *paths], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        RECORD.unlink(missing_ok=True)
        raise click.ClickException(f"expected the tests to pass, got\n{done.stdout[-2000:]}")


def check(of: Record) -> None:
    """Judge no change at all.

    Raises:
        click.ClickException: if a test fails for it: then it would fail for all.
    """
    file = files()[0]
    nothing = Change(Place(file, 0, "nothing", 0), source(file))
    found = next(judged([nothing], Record(of.seconds, {file: {"": list(of.seconds)}}), 1))
    if found.outcome != SURVIVED:
        raise click.ClickException(f"expected all tests to pass on unchanged files, got {found}")


def chosen(given: Sequence[str], sample: int) -> list[Change]:
    """The changes of some files, or of all; of each file the first so many by the hash of their names, 0 for all."""
    found: list[Change] = []
    for file in given or files():
        ordered = sorted(places(file), key=lambda place: keccak(place.name.encode()))
        found += islice(filter(None, map(changed, ordered)), sample or None)
    return found


def known() -> dict[str, Verdict]:
    """The verdicts of earlier runs, by key; later ones count."""
    lines = VERDICTS.read_text().splitlines() if VERDICTS.exists() else []
    return {verdict.key: verdict for verdict in (Verdict(**json.loads(line)) for line in lines)}


def summary(verdicts: Sequence[Verdict], equivalent: set[str]) -> dict[str, Any]:
    """What is written.

    Args:
        equivalent: keys of those that change nothing, as a person has found.
    """

    def killed(of: Sequence[Verdict]) -> float | None:
        return round(sum(verdict.outcome == KILLED for verdict in of) / len(of), 4) if of else None

    valid = [verdict for verdict in verdicts if verdict.outcome == KILLED or verdict.key not in equivalent]
    parts = {package: [v for v in valid if v.name.startswith(f"{package}/")] for package in PACKAGES}
    return {
        "killed": killed(valid),
        "valid": len(valid),
        "equivalent": len(verdicts) - len(valid),
        "packages": {package: {"valid": len(of), "killed": killed(of)} for package, of in parts.items()},
        "survivors": sorted(verdict.name for verdict in valid if verdict.outcome != KILLED),
    }


@click.command()
@click.option("--files", "given", multiple=True, help="A file, such as pinpoint/dispute/moves.py; or all.")
@click.option("--sample", default=0, help="Changes of each file; 0 for all. They are drawn by their names' hash.")
@click.option("--workers", default=os.cpu_count() or 1, help="Processes.")
@click.option("--recorded", is_flag=True, help="Use the record that there is, which says what each test runs.")
@click.option("--again", is_flag=True, help="Judge again what no test failed for: there are new ones.")
def main(given: Sequence[str], sample: int, workers: int, recorded: bool, again: bool) -> None:
    """Judge changes. What was judged before is not judged again, as long as its file is the same."""
    if not recorded:
        record()
    found = Record.load(RECORD)
    made = {change.key: change for change in chosen(given, sample)}
    verdicts = {key: verdict for key, verdict in known().items() if key in made}
    if again:
        verdicts = {key: verdict for key, verdict in verdicts.items() if verdict.outcome == KILLED}
    waiting = [change for key, change in made.items() if key not in verdicts]
    if waiting:
        warm_up(sorted({test.split("::")[0] for test in found.seconds}))
        check(found)
        with VERDICTS.open("a") as file:
            for verdict in track(judged(waiting, found, workers), "judging", len(waiting)):
                verdicts[verdict.key] = verdict
                file.write(json.dumps(asdict(verdict)) + "\n")
                file.flush()
    written = summary(list(verdicts.values()), {key for key, change in made.items() if change.lines in EQUIVALENT})
    OUTPUT.write_text(json.dumps(written, indent=1) + "\n")
    console = Console()
    for change in (change for change in made.values() if change.place.name in written["survivors"]):
        console.print(f"\n{change.place.name}", style="bold", markup=False)
        console.print(change.lines[1], markup=False, highlight=False)
    for package, of in written["packages"].items():
        console.print(f"{package}: {of['killed']} of {of['valid']}")
    console.print(f"killed {written['killed']} of {written['valid']}: {OUTPUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

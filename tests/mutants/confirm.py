"""python -m tests.mutants.confirm: run the test that reached a difference. Does it fail?

A recorded transaction shows what tests reach; this shows that they assert it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.progress import track

from pinpoint.chain.revm_port import CONTRACTS, ROOT
from tests.mutants.judge import BUILD, KILLED, Verdict, importers, key, known
from tests.mutants.mutator import Mutant, Mutator

CONFIRMED = BUILD / "confirmed.jsonl"
FAILED, PASSED = 1, 0
"""What pytest returns."""


def runs(tests: Sequence[str], file: str, mutant: Mutant | None = None) -> bool:
    """Whether tests pass on a copy of the contracts, where those that have a file are compiled anew.

    Args:
        mutant: the change, if there is one.

    Raises:
        RuntimeError: if pytest could not run them.
    """
    with TemporaryDirectory() as made:
        folder = shutil.copytree(CONTRACTS, Path(made) / "contracts")
        if mutant is not None:
            path = folder / file
            path.write_text(mutant.text(path.read_text()))
        swapped = ["-p", "tests.mutants.swapped", f"--contracts={folder}", f"--changed={','.join(importers(file))}"]
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests, *swapped]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode not in (FAILED, PASSED):
        raise RuntimeError(f"expected pytest to run {tests}, got\n{done.stdout[-2000:]}")
    return done.returncode == PASSED


@cache
def sound(tests: str, file: str) -> None:
    """See that a file of tests passes without a change.

    Raises:
        RuntimeError: if it does not, so that its failures would say nothing.
    """
    if not runs([tests], file):
        raise RuntimeError(f"expected {tests} to pass on a copy of the contracts, got a failure")


def fails(mutant: Mutant, test: str) -> bool:
    """Whether a test, or another of its file, fails on a mutant, and not without it."""
    tests = test.partition("::")[0]
    sound(tests, mutant.file)
    return not runs([test], mutant.file, mutant) or not runs([tests], mutant.file, mutant)


def confirmed() -> dict[str, bool]:
    """What earlier runs found, by key."""
    lines = CONFIRMED.read_text().splitlines() if CONFIRMED.exists() else []
    return {found["key"]: found["failed"] for found in map(json.loads, lines)}


@click.command()
@click.option("--files", "given", multiple=True, required=True, help="A file below contracts.")
@click.option("--kind", multiple=True, help="Only what was seen so: outcome, reason, returned, logs.")
@click.option("--sample", default=0, help="How many of each file, by the hash of their keys; 0 for all.")
def main(given: Sequence[str], kind: Sequence[str], sample: int) -> None:
    """Run the tests of mutants that the judge has called killed."""
    before, verdicts = confirmed(), known()
    chosen: list[tuple[Mutant, Verdict]] = []
    for file in given:
        text = (CONTRACTS / file).read_text()
        found = [(m, verdicts[of]) for m in Mutator(file).mutants() if (of := key(m, text)) in verdicts]
        found = [(m, v) for m, v in found if v.outcome == KILLED and (not kind or v.kind in kind)]
        chosen += sorted(found, key=lambda each: each[1].key)[: sample or None]
    waiting = [(mutant, verdict) for mutant, verdict in chosen if verdict.key not in before]
    with CONFIRMED.open("a") as file_of_verdicts:
        for mutant, verdict in track(waiting, "running tests"):
            failed = fails(mutant, verdict.test)
            before[verdict.key] = failed
            file_of_verdicts.write(json.dumps({**asdict(verdict), "failed": failed}) + "\n")
            file_of_verdicts.flush()
    passed = [(mutant, verdict) for mutant, verdict in chosen if not before[verdict.key]]
    click.echo(f"{len(chosen) - len(passed)} of {len(chosen)} are failed by tests")
    for mutant, verdict in passed:
        original = (CONTRACTS / mutant.file).read_text()
        click.echo(f"\n{mutant.name}: {verdict.kind} in {verdict.test}\n{mutant.diff(original)}")


if __name__ == "__main__":
    main()

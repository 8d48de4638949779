"""python -m tests.mutants: change the contracts one place at a time, and count the changes that no test shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from pinpoint.chain.revm_port import CONTRACTS, ROOT
from pinpoint.commitment.tree import keccak
from tests.mutants.equivalent import EQUIVALENT, change
from tests.mutants.judge import KILLED, SURVIVED, TRACES, UNREACHED, VERDICTS, Verdict, judged, keep, key, known
from tests.mutants.mutator import Mutant, Mutator

OUTPUT = ROOT / "build" / "mutants.json"
CRITICAL = (
    "Settlement.vy",
    "Staking.vy",
    "libraries/bounty.vy",
    "libraries/stalls.vy",
    "libraries/clock.vy",
    "libraries/status.vy",
    "libraries/binary32.vy",
    "libraries/dot_product.vy",
)
"""Settlement, staking, clocks, and the rounding of the referee: all of their mutants are killed."""
RECORDED = ("unit/contracts", "conformance", "property")
"""The folders of tests whose transactions are recorded."""


def files() -> list[str]:
    """All contracts and libraries, those of which nothing may survive first."""
    found = {path.relative_to(CONTRACTS).as_posix() for path in CONTRACTS.rglob("*.vy")}
    others = sorted(file for file in found - set(CRITICAL) if not file.startswith("mocks/") and file != "LocalToken.vy")
    return [*CRITICAL, *others]


def chosen(given: Sequence[str], sample: int, shard: str) -> list[Mutant]:
    """The mutants of some files, of a sample and of a shard.

    Args:
        given: files below contracts, or none for all.
        sample: how many of each file that is not critical; 0 for all. They are drawn by their names' hash.
        shard: "1/4" is the first of four.
    """
    part, parts = (int(number) for number in shard.split("/"))
    found: list[Mutant] = []
    for file in given or files():
        mutants = sorted(Mutator(file).mutants(), key=lambda mutant: keccak(mutant.name.encode()))
        found += mutants if file in CRITICAL or not sample else mutants[:sample]
    return [mutant for place, mutant in enumerate(found) if place % parts == part - 1]


def tests() -> Iterator[tuple[Path, Path]]:
    """The files of tests that are recorded, and where to."""
    for folder in RECORDED:
        for path in sorted((ROOT / "tests" / folder).rglob("test_*.py")):
            relative = path.relative_to(ROOT / "tests")
            yield path, TRACES / (".".join(relative.with_suffix("").parts) + ".trace")


def record(workers: int) -> None:
    """Run the tests whose transactions are not recorded as they are now.

    Raises:
        click.ClickException: if one fails, as it must not on unchanged contracts.
    """
    waiting = [(path, trace) for path, trace in tests() if not trace.exists() or older(trace, path)]
    with ThreadPoolExecutor(workers) as pool:
        for _ in track(pool.map(run, waiting), "recording", len(waiting)) if waiting else ():
            pass


def older(trace: Path, test: Path) -> bool:
    """Whether a test has changed since."""
    return trace.stat().st_mtime < test.stat().st_mtime


def run(each: tuple[Path, Path]) -> None:
    """Record one file of tests."""
    path, trace = each
    command = [sys.executable, "-m", "pytest", "-q", str(path), "-p", "tests.mutants.recorder"]
    done = subprocess.run([*command, "--record", str(trace)], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        trace.unlink(missing_ok=True)
        raise click.ClickException(f"expected {path.name} to pass, got\n{done.stdout[-2000:]}")


def summary(verdicts: Sequence[Verdict], equivalent: set[str]) -> dict[str, Any]:
    """What is written: fractions of those that differ from the original.

    Args:
        equivalent: names of those that do not, as a person has found.
    """

    def killed(of: Sequence[Verdict]) -> float | None:
        return round(sum(verdict.outcome == KILLED for verdict in of) / len(of), 4) if of else None

    alive = [verdict for verdict in verdicts if verdict.outcome in (KILLED, SURVIVED, UNREACHED)]
    valid = [verdict for verdict in alive if verdict.outcome == KILLED or verdict.name not in equivalent]
    by_file = {file: [v for v in valid if v.name.startswith(f"{file}:")] for file in files()}
    return {
        "killed": killed(valid),
        "critical": killed([verdict for file in CRITICAL for verdict in by_file[file]]),
        "valid": len(valid),
        "judged": len(verdicts),
        "made": sum(len(Mutator(file).mutants()) for file in files()),
        "equivalent": len(alive) - len(valid),
        "outcomes": dict(Counter(verdict.outcome for verdict in verdicts)),
        "seen_by": dict(Counter(verdict.kind for verdict in valid if verdict.outcome == KILLED)),
        "files": {file: {"valid": len(of), "killed": killed(of)} for file, of in by_file.items() if of},
        "survivors": sorted(verdict.name for verdict in valid if verdict.outcome != KILLED),
    }


def show(console: Console, written: dict[str, Any], mutants: Sequence[Mutant]) -> None:
    table = Table("file", "valid", "killed")
    for file, row in written["files"].items():
        table.add_row(file, f"{row['valid']:,}", f"{row['killed']:.1%}")
    console.print(table)
    survivors = set(written["survivors"])
    for mutant in (mutant for mutant in mutants if mutant.name in survivors):
        console.print(f"\n{mutant.name}", style="bold", markup=False)
        console.print(mutant.diff((CONTRACTS / mutant.file).read_text()), markup=False, highlight=False)


@click.command()
@click.option("--files", "given", multiple=True, help="A file below contracts; all, if none is given.")
@click.option("--sample", default=30, help="Mutants of each file that is not critical; 0 for all.")
@click.option("--shard", default="1/1", help="Which part of how many.")
@click.option("--workers", default=os.cpu_count() or 1, help="Processes.")
@click.option("--again", is_flag=True, help="Judge again what survived, once there are new tests.")
@click.option("--recorded", is_flag=True, help="Use the traces that there are, however few.")
@click.option("--keep", "kept", is_flag=True, help="Keep the verdicts with the tests.")
def main(given: Sequence[str], sample: int, shard: str, workers: int, again: bool, recorded: bool, kept: bool) -> None:
    """Judge mutants. What was judged before is not judged again, as long as its file is the same."""
    mutants = chosen(given, sample, shard)
    texts = {file: (CONTRACTS / file).read_text() for file in {mutant.file for mutant in mutants}}
    keys = {key(mutant, texts[mutant.file]): mutant for mutant in mutants}
    found = {of: verdict for of, verdict in known().items() if of in keys}
    if again:
        found = {of: verdict for of, verdict in found.items() if verdict.outcome not in (SURVIVED, UNREACHED)}
    waiting = [mutant for of, mutant in keys.items() if of not in found]
    if waiting and not recorded:
        record(workers)
    VERDICTS.parent.mkdir(parents=True, exist_ok=True)
    with VERDICTS.open("a") as file:
        for verdict in track(judged(waiting, workers), "judging", len(waiting)) if waiting else ():
            found[verdict.key] = verdict
            file.write(json.dumps(asdict(verdict)) + "\n")
            file.flush()
    equivalent = {mutant.name for mutant in mutants if change(mutant) in EQUIVALENT}
    if kept:
        keep(found.values())
    written = summary(list(found.values()), equivalent)
    OUTPUT.write_text(json.dumps(written, indent=1) + "\n")
    show(Console(), written, mutants)


if __name__ == "__main__":
    main()

"""python -m tests.conformance: all implementations of the arithmetic, on and off chain, against each other."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.conformance.campaign import SECTIONS, run
from tests.conformance.campaign_tally import Tally

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "build" / "conformance.json"


def names(_context: click.Context, _option: click.Parameter, value: str) -> list[str]:
    chosen = value.split(",")
    if unknown := sorted(set(chosen) - set(SECTIONS)):
        raise click.BadParameter(f"not among {', '.join(SECTIONS)}: {', '.join(unknown)}")
    return chosen


def record(tallies: Sequence[Tally], seed: int, scale: float, seconds: float) -> dict[str, Any]:
    """What is written: totals, and the counts of each operation by section."""
    parts: dict[str, dict[str, Any]] = {}
    for tally in tallies:
        parts.setdefault(tally.section, {})[tally.name] = tally.as_json()
    fuzzed = sum(tally.on_chain for tally in tallies if tally.section == "fuzz")
    return {
        "vectors": sum(tally.compared.total() for tally in tallies) - fuzzed,
        "fuzz_cases": fuzzed,
        "mismatches": sum(tally.mismatches for tally in tallies),
        "seed": seed,
        "scale": scale,
        "seconds": round(seconds, 1),
        "date": datetime.now(UTC).date().isoformat(),
        "sections": parts,
    }


def show(console: Console, tallies: Sequence[Tally], written: dict[str, Any]) -> None:
    table = Table("section", "operation")
    for heading in ("off chain", "on chain", "mismatches", "CPU s"):
        table.add_column(heading, justify="right")
    for tally in tallies:
        counts = (tally.off_chain, tally.on_chain, tally.mismatches)
        table.add_row(tally.section, tally.name, *(f"{count:,}" for count in counts), f"{tally.seconds:.1f}")
    console.print(table)
    for wrong in (wrong for tally in tallies for wrong in tally.shown):
        console.print(
            f"{wrong.section} {wrong.name}, {wrong.implementation}: expected {wrong.expected}, "
            f"got {wrong.found} of {', '.join(wrong.operands)}",
            soft_wrap=True,
        )
    console.print(
        f"{written['vectors']:,} results compared, {written['fuzz_cases']:,} programs fuzzed, "
        f"{written['mismatches']:,} mismatches, seed {written['seed']}, {written['seconds']:.0f} s",
        soft_wrap=True,
    )


@click.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of everything random.")
@click.option("--scale", default=1.0, show_default=True, help="Share of the cases.")
@click.option("--only", default=",".join(SECTIONS), show_default=True, callback=names, help="Sections.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes.")
@click.option("--output", default=OUTPUT, type=click.Path(path_type=Path), help="Where the counts are written.")
def main(seed: int, scale: float, only: list[str], workers: int, output: Path) -> None:
    """Exits with 1 if any two do not agree."""
    console = Console()
    console.print(f"seed {seed}, scale {scale:g}, {workers} processes")
    started = perf_counter()
    with Progress(console=console) as progress:
        bar = progress.add_task("compared")
        tallies = run(
            only, seed, scale, workers, lambda done, all_: progress.update(bar, completed=done, total=all_)
        )
    written = record(tallies, seed, scale, perf_counter() - started)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(written, indent=1) + "\n")
    show(console, tallies, written)
    sys.exit(bool(written["mismatches"]))


if __name__ == "__main__":
    main()

"""python -m tests.campaigns.games: random games about tasks of realistic size, each against the compiled contracts.

In each game one side lies: the verifier somewhere in its report, or the challenger about a right one. How both play,
when they move and when they fall silent is random. The liar has to lose. A game is that of its seed and its number,
whatever was played before it and by how many processes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median_low
from time import perf_counter
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from pinpoint.chain.deployment import CONTRACTS
from pinpoint.chain.revm_port import ROOT, code_of
from tests.campaigns.court import SIZES, Assizes
from tests.campaigns.game import Outcome, play

OUTPUT = ROOT / "build" / "games.json"
BATCH = 50
"""Games of one piece of a worker's work."""


@cache
def court() -> Assizes:
    """A process's own, made once."""
    return Assizes()


def played(seed: int, first: int, last: int) -> list[Outcome]:
    """Some of the games of a seed."""
    return [play(court(), f"{seed}/{number}") for number in range(first, last)]


def run(seed: int, games: int, workers: int) -> Iterator[list[Outcome]]:
    """Play all games, in pieces."""
    pieces = [(seed, first, min(first + BATCH, games)) for first in range(0, games, BATCH)]
    if workers == 1:
        yield from (played(*piece) for piece in pieces)
        return
    for name in (*CONTRACTS, "LocalToken", "BeaconMock"):
        code_of(name)  # Once, and not by each process.
    # Not forked: the progress bar is a thread.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            for future in as_completed([pool.submit(played, *piece) for piece in pieces]):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def record(outcomes: Sequence[Outcome], seed: int, seconds: float) -> dict[str, Any]:
    """What is written."""
    ends: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        ends.setdefault(outcome.what, Counter())[outcome.end] += 1
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    return {
        "games": len(outcomes),
        "convicted": sum(outcome.convicted for outcome in outcomes),
        "acquitted": sum(not outcome.convicted for outcome in outcomes),
        "wrong_verdicts": len(wrong),
        "moves": sum(outcome.moves for outcome in outcomes),
        "refused": sum(outcome.refused for outcome in outcomes),
        "longest": max(outcome.moves for outcome in outcomes),
        "median_ms": round(1000 * median_low(outcome.seconds for outcome in outcomes), 1),
        "seed": seed,
        "seconds": round(seconds, 1),
        "date": datetime.now(UTC).date().isoformat(),
        "sizes": [vars(size) for size in SIZES],
        "modes": Counter(outcome.mode for outcome in outcomes),
        "ends": ends,
        "wrong": [f"{o.seed}: {o.lie or 'right report'}, {o.mode}: {o.wrong}" for o in wrong[:20]],
    }


def show(console: Console, written: dict[str, Any]) -> None:
    """Table of what was played, and a line of totals."""
    table = Table("report", "ended by", title="Games")
    table.add_column("games", justify="right")
    for what, ends in sorted(written["ends"].items()):
        for end, count in sorted(ends.items()):
            table.add_row(what, end, f"{count:,}")
    console.print(table)
    for line in written["wrong"]:
        console.print(line, soft_wrap=True)
    console.print(
        f"{written['games']:,} games, {written['convicted']:,} convicted, {written['acquitted']:,} acquitted, "
        f"{written['wrong_verdicts']} wrong verdicts, {written['moves']:,} moves, {written['refused']:,} refused, "
        f"seed {written['seed']}, {written['seconds']:.0f} s",
        soft_wrap=True,
    )


@click.command()
@click.option("--games", default=10_000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Of everything random.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes.")
@click.option("--output", default=OUTPUT, type=click.Path(path_type=Path), help="Where the counts are written.")
def main(games: int, seed: int, workers: int, output: Path) -> None:
    """Exits with 1 if a verdict is wrong."""
    console = Console()
    started, outcomes = perf_counter(), list[Outcome]()
    with Progress(console=console) as progress:
        bar = progress.add_task("games", total=games)
        for piece in run(seed, games, workers):
            outcomes += piece
            progress.update(bar, completed=len(outcomes))
    written = record(outcomes, seed, perf_counter() - started)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(written, indent=1) + "\n")
    show(console, written)
    sys.exit(bool(written["wrong_verdicts"]))


if __name__ == "__main__":
    main()

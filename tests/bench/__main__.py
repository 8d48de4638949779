"""python -m tests.bench: what exactness and commitments cost, in ratios: build/bench.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from rich.console import Console

from tests.bench import worker
from tests.bench.figures import SOURCES, TARGETS, cost_table, figure_table, missed
from tests.bench.sections import SECTIONS
from tests.bench.subjects import TASKS
from tests.bench.timing import Spread

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "build" / "bench.json"
ROUNDS, QUICK_ROUNDS, PROFILE_ROUNDS = 11, 5, 15
SHAPES_SHOWN = 30


def names(_context: click.Context, _option: click.Parameter, value: str) -> list[str]:
    chosen = value.split(",")
    if unknown := sorted(set(chosen) - set(SECTIONS)):
        raise click.BadParameter(f"not among {', '.join(SECTIONS)}: {', '.join(unknown)}")
    return chosen


def record(found: Mapping[str, Spread], machine: Mapping[str, Any], rounds: int, seconds: float) -> dict[str, Any]:
    """What is written: medians by key, then what is to be known about them."""
    return {
        **{key: round(spread.median, 4) for key, spread in found.items()},
        "quartiles": {key: [round(spread.low, 4), round(spread.high, 4)] for key, spread in found.items()},
        "targets": dict(TARGETS),
        "missed": missed(found),
        "rounds": rounds,
        "seconds": round(seconds, 1),
        "machine": dict(machine),
        "date": datetime.now(UTC).date().isoformat(),
    }


def show_profile(console: Console, task: str) -> None:
    """Where the time of a task's step goes."""
    costs = worker.profiled(task, PROFILE_ROUNDS)
    console.print(f"{task}, milliseconds a step")
    console.print(cost_table("operator", costs["operators"], len(costs["operators"])))
    console.print(cost_table("operator and shapes", costs["shapes"], SHAPES_SHOWN))


@click.command()
@click.option("--only", default=",".join(SECTIONS), show_default=True, callback=names, help="Sections.")
@click.option("--quick", is_flag=True, help=f"{QUICK_ROUNDS} rounds instead of {ROUNDS}.")
@click.option("--profile", type=click.Choice(list(TASKS)), help="Only show where the time of this task's step goes.")
@click.option("--output", default=OUTPUT, type=click.Path(path_type=Path), help="Where the figures are written.")
def main(only: list[str], quick: bool, profile: str | None, output: Path) -> None:
    """Medians of ratios of alternatives that are timed in turn, on one thread unless the name says another number."""
    console = Console()
    if profile:
        show_profile(console, profile)
        return
    rounds, started = QUICK_ROUNDS if quick else ROUNDS, perf_counter()
    found: dict[str, Spread] = {}
    for name in only:
        with console.status(name):
            figures = worker.measured(name, rounds)
        if figures is None:
            console.print(f"{name}: it is not installed, so nothing is compared with it (make test-torch installs it)")
        found |= figures or {}
    written = record(found, worker.machine(), rounds, perf_counter() - started)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(written, indent=1) + "\n")
    console.print(figure_table(found))
    console.print(" ".join(SOURCES.split()))
    console.print(", ".join(f"{name} {value}" for name, value in written["machine"].items()))
    above = ", ".join(written["missed"]) or "none"
    console.print(f"{rounds} rounds, {written['seconds']:.0f} s; above target: {above}")


if __name__ == "__main__":
    main()

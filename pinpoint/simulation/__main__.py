"""Play the economics of a deployment against its contracts: build/economics.json and plots."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from pinpoint.chain.parameters import Parameters
from pinpoint.command_line import console
from pinpoint.economics import setting
from pinpoint.economics.options import market_of, market_options
from pinpoint.simulation.campaign import Machines
from pinpoint.simulation.chunks import ready
from pinpoint.simulation.figures import write
from pinpoint.simulation.study import Size, Study

TASKS = 400
FIGURES = (
    *("agrees", "honest_dominates", "min_margin", "binding", "entry_multiple", "tax", "stable_until"),
    *("tasks", "seconds"),
)


@click.command()
@click.option(
    "--parameters",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("deployments/local.yaml"),
    show_default=True,
    help="What is deployed.",
)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("build"), show_default=True)
@click.option("--tasks", type=int, default=TASKS, show_default=True, help="Of each strategy; all else in proportion.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes.")
@click.option("--scheduler", default=None, help="Address of a Dask scheduler, instead of processes.")
@market_options
def main(
    parameters: Path, folder: Path, tasks: int, seed: int, workers: int, scheduler: str | None, **numbers: Any
) -> None:
    """Play every strategy, and write economics.json. What a run that was killed has played is not played again."""
    began = time.monotonic()
    try:
        study = Study(setting(Parameters.load(parameters), *market_of(numbers)), Size.of(tasks), seed)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    # Compiled once, before others look for it.
    ready(study.world)
    found = study.run(folder, Machines(workers, scheduler))
    found["seconds"] = round(time.monotonic() - began, 1)
    path = folder / "economics.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(found, indent=1) + "\n")
    part.replace(path)
    console.print(_table(found))
    for name in FIGURES:
        console.print(f"{name}: {found[name]}")
    for written in (path, *write(found, folder)):
        console.print(f"Written: {written}")


def _table(found: dict[str, Any]) -> Table:
    table = Table("strategy", "profit", "interval", "closed form", "margin", title="Tokens a task")
    for name, row in found["strategies"].items():
        low, high = row["interval"]
        margin = f"{row['margin']:.3f}" if "margin" in row else ""
        style = "bold red" if not row["agrees"] or row.get("margin", 1) <= 0 else ""
        table.add_row(
            name, f"{row['profit']:.3f}", f"{low:.3f} to {high:.3f}", f"{row['closed_form']:.3f}", margin, style=style
        )
    return table


if __name__ == "__main__":
    main()

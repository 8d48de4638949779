"""python -m tests.exhaustive: every input of the five functions, resuming where the last run ended."""

from __future__ import annotations

import sys

import click

from tests.exhaustive import record
from tests.exhaustive.judge import BUILD, CODES, Judge
from tests.exhaustive.progress import CHUNKS, Progress, Totals
from tests.exhaustive.run import all_complete, run


def names(_context: click.Context, _option: click.Parameter, value: str) -> list[str]:
    chosen = value.split(",")
    if unknown := sorted(set(chosen) - set(CODES)):
        raise click.BadParameter(f"not among {', '.join(CODES)}: {', '.join(unknown)}")
    return chosen


def show(function: str, totals: Totals) -> None:
    bits = totals.hardest[0][2] if totals.hardest else 0
    click.echo(
        f"\r{function} {len(totals.done)}/{CHUNKS}, {len(totals.wrong)} wrong, {totals.undecided[-1]} undecided, "
        f"hardest {bits} bits, {totals.seconds:.0f} s ",
        nl=totals.complete,
    )


@click.command()
@click.option("--functions", default=",".join(CODES), callback=names, help="Names with commas between.")
@click.option("--workers", default=1, show_default=True, help="Threads.")
@click.option("--resume/--anew", default=True, show_default=True, help="Go on from the saved progress.")
def main(functions: list[str], workers: int, resume: bool) -> None:
    """Exits with 1 if a result is wrong."""
    path = BUILD / "progress.json"
    judge = Judge()
    progress = Progress.load(path, judge.version) if resume else Progress(judge.version)
    run(judge, progress, path, functions, workers, show)
    if all_complete(progress):
        record.write(progress)
        click.echo(f"wrote {record.SUMMARY.name} and {record.PAGE.name}")
    sys.exit(any(progress.of(function).wrong for function in functions))


if __name__ == "__main__":
    main()

"""python -m tests.prove: prove the lemmas, and see that each twin fails. Writes build/prove.json."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from time import perf_counter
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from pinpoint.chain.revm_port import ROOT
from tests.prove.halmos import FALSE, PROVED, Verdict, build, judged, missing
from tests.prove.known import Known
from tests.prove.lemmas import Lemma, lemmas
from tests.prove.page import PAGE, page

OUTPUT = ROOT / "build" / "prove.json"


def row(lemma: Lemma, proof: Verdict, twin: Verdict) -> dict[str, Any]:
    """What is written of a lemma. It counts if it was proved and its twin refuted by an example."""
    return {
        "name": lemma.name,
        "subject": lemma.subject,
        "promises": list(lemma.promises),
        "outcome": proof.outcome,
        "seconds": proof.seconds,
        "paths": proof.paths,
        "twin": twin.outcome,
        "twin_seconds": twin.seconds,
        "counts": proof.outcome == PROVED and twin.outcome == FALSE,
    }


def prove(chosen: list[Lemma], known: Known, workers: int, console: Console) -> list[dict[str, Any]]:
    """Prove lemmas and refute twins, some at a time, and print what does not count as soon as it is known."""

    def decide(lemma: Lemma) -> tuple[Lemma, Verdict, Verdict]:
        proof, twin = (known.verdict(lemma, twin) or judged(lemma, twin) for twin in (False, True))
        return lemma, proof, twin

    rows = {}
    with ThreadPoolExecutor(workers) as pool:
        done = as_completed([pool.submit(decide, lemma) for lemma in chosen])
        for each in track(done, "proving", len(chosen), console=console):
            lemma, proof, twin = each.result()
            known.add(lemma, False, proof)
            known.add(lemma, True, twin)
            rows[lemma] = row(lemma, proof, twin)
            if not rows[lemma]["counts"]:
                console.print(f"{lemma.subject} {lemma.name}: {proof}, twin {twin}", markup=False, soft_wrap=True)
    return [rows[lemma] for lemma in chosen]


def summary(rows: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """What is written: the count of lemmas that were proved and whose twins failed, and each."""
    counted = [each for each in rows if each["counts"]]
    return {
        "lemmas": len(counted),
        "names": [each["name"] for each in counted],
        "not_proved": [each["name"] for each in rows if not each["counts"]],
        "seconds": round(seconds),
        "rows": rows,
    }


def show(console: Console, rows: list[dict[str, Any]]) -> None:
    table = Table("contract", "lemma", "promises", "proof", "s", "twin", "s")
    for each in rows:
        promises = ", ".join(map(str, each["promises"]))
        proof, twin = (each["outcome"], str(each["seconds"])), (each["twin"], str(each["twin_seconds"]))
        table.add_row(each["subject"], each["name"], promises, *proof, *twin)
    console.print(table)


@click.command()
@click.option("--only", multiple=True, help="A lemma, or a contract of lemmas; no record is written then.")
@click.option("--page", "write", is_flag=True, help="Write docs/proofs.md, too.")
@click.option("--afresh", is_flag=True, help="Forget what was found before.")
@click.option("--workers", default=os.cpu_count() or 1, help="Processes of halmos.")
def main(only: tuple[str, ...], write: bool, afresh: bool, workers: int) -> None:
    """Prove each lemma, and refute its twin: the same lemma on broken code.

    What was decided before is not done again as long as neither contracts nor lemmas have changed.
    """
    if absent := missing():
        click.echo(f"nothing is proved: {', '.join(absent)} not found (an optional job; `make prover` installs them)")
        return
    console = Console()
    chosen = [lemma for lemma in lemmas() if not only or {lemma.name, lemma.subject} & set(only)]
    if not chosen:
        raise click.ClickException(f"expected a lemma or a contract of lemmas, got {', '.join(only)}")
    started = perf_counter()
    build()
    rows = prove(chosen, Known(afresh), workers, console)
    written = summary(rows, perf_counter() - started)
    show(console, rows)
    console.print(f"{written['lemmas']} of {len(rows)} lemmas, {written['seconds']} s")
    if not only:
        OUTPUT.parent.mkdir(parents=True, exist_ok=True)
        OUTPUT.write_text(json.dumps(written, indent=1) + "\n")
        if write:
            PAGE.write_text(page(written))
    sys.exit(1 if written["not_proved"] else 0)


if __name__ == "__main__":
    main()

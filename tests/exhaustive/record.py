"""The record of a complete run: build/exhaustive.json, and the last part of docs/exhaustive.md."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

from pinpoint.binary32.reference import to_float
from tests.exhaustive.judge import CODES, ROOT
from tests.exhaustive.progress import Progress

PAGE = ROOT / "docs" / "exhaustive.md"
SUMMARY = ROOT / "build" / "exhaustive.json"
MARK = "<!-- below: written by make exhaustive -->\n"


def processor() -> str:
    """The model that the system names."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(progress: Progress, page: Path = PAGE, summary: Path = SUMMARY) -> None:
    """Write the record of all five functions; the page's part above MARK stays as it is."""
    date = datetime.now(UTC).date().isoformat()
    functions = {
        name: {
            "inputs": 1 << 32,
            "wrong": totals.wrong,
            "straddling": totals.straddling,
            "undecided": totals.undecided,
            "seconds": round(totals.seconds),
            "hardest": [{"input": a, "result": result, "bits": bits} for a, result, bits in totals.hardest],
        }
        for name, totals in progress.functions.items()
    }
    head = {"date": date, "processor": processor(), "version": progress.version}
    summary.write_text(json.dumps({**head, "functions": functions}, indent=1) + "\n")
    above, mark, _ = page.read_text().partition(MARK)
    page.write_text(above + mark + _markdown(progress, head))


def _markdown(progress: Progress, head: dict[str, str]) -> str:
    lines = [
        "",
        f"{head['date']}, {head['processor']}, version {head['version']}:",
        "",
        "| function | inputs | wrong | left to MPFR | undecided at levels 0, 1, 2 | seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in CODES:
        totals = progress.of(name)
        undecided = ", ".join(map(str, totals.undecided))
        counts = f"{1 << 32:,} | {len(totals.wrong)} | {totals.straddling} | {undecided} | {totals.seconds:,.0f}"
        lines.append(f"| {name} | {counts} |")
    lines += ["", "| function | input | value | result | bits |", "| --- | --- | --- | --- | --- |"]
    for name in CODES:
        for a, result, bits in progress.of(name).hardest:
            lines.append(f"| {name} | `{a:#010x}` | {to_float(a):.9g} | `{result:#010x}` | {bits:.2f} |")
    return "\n".join(lines) + "\n"

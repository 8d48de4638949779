"""python -m tests.coverage.python: write build/coverage-python.json of what pytest kept, and print what was missed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from coverage import Coverage
from coverage.exceptions import NoDataError

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "build" / "coverage-python.json"


def share(reached: int, among: int) -> float:
    return round(reached / among, 5) if among else 1.0


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """What is written.

    Args:
        report: coverage.py's own, of all files, with branches.

    Returns:
        Shares of 1, their counts, and by file the lines that did not run and the ways that were not taken, as
        "from->to"; a way to 0 leaves the function.
    """
    totals = report["totals"]
    return {
        "lines": share(totals["covered_lines"], totals["num_statements"]),
        "branches": share(totals["covered_branches"], totals["num_branches"]),
        "line_count": totals["num_statements"],
        "branch_count": totals["num_branches"],
        "excluded_lines": totals["excluded_lines"],
        "missed": {
            path: {
                "lines": file["missing_lines"],
                "branches": [f"{here}->{max(there, 0)}" for here, there in file["missing_branches"]],
            }
            for path, file in sorted(report["files"].items())
            if file["missing_lines"] or file["missing_branches"]
        },
    }


def main() -> int:
    coverage = Coverage(config_file=str(ROOT / "pyproject.toml"))
    details = OUTPUT.with_name("coverage-python") / "report.json"
    try:
        coverage.load()
        coverage.json_report(outfile=str(details))
    except NoDataError:
        print("nothing was kept: run pytest with --cov first", file=sys.stderr)
        return 1
    written = summary(json.loads(details.read_text()))
    OUTPUT.write_text(json.dumps(written, indent=1) + "\n")
    for path, missed in written["missed"].items():
        print(f"{path}: lines {missed['lines']}, branches {', '.join(missed['branches'])}")
    print(f"lines {written['lines']:.2%} of {written['line_count']}, ", end="")
    print(f"branches {written['branches']:.2%} of {written['branch_count']}: {OUTPUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

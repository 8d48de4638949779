"""What is written of a report of coverage.py whose lines and branches can be counted by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from coverage import Coverage

from tests.coverage.python import summary

SOURCE = """def sign(number):
    if number < 0:
        return -1
    if number:
        return 1
    return 0
"""


@pytest.mark.skipif(sys.gettrace() is not None, reason="one tracer at a time")
def test_shares_and_what_was_missed(tmp_path: Path) -> None:
    path, report = tmp_path / "example.py", tmp_path / "report.json"
    path.write_text(SOURCE)
    coverage = Coverage(data_file=None, branch=True, include=[str(path)], config_file=False)
    with coverage.collect():
        scope: dict[str, object] = {}
        exec(compile(SOURCE, str(path), "exec"), scope)
        assert scope["sign"](5) == 1  # type: ignore[operator]
    coverage.json_report(outfile=str(report))
    written = summary(json.loads(report.read_text()))
    # Line 3 and line 6 did not run; neither `if` went the way that leads there.
    assert (written["line_count"], written["branch_count"], written["excluded_lines"]) == (6, 4, 0)
    assert (written["lines"], written["branches"]) == (round(4 / 6, 5), 0.5)
    (missed,) = written["missed"].values()
    assert missed == {"lines": [3, 6], "branches": ["2->3", "4->6"]}


def test_a_file_without_branches_misses_none() -> None:
    totals = {"covered_lines": 2, "num_statements": 2, "covered_branches": 0, "num_branches": 0, "excluded_lines": 0}
    files = {"a.py": {"missing_lines": [], "missing_branches": []}}
    written = summary({"totals": totals, "files": files})
    assert (written["lines"], written["branches"], written["missed"]) == (1.0, 1.0, {})

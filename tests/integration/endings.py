"""Writes docs/endings.md from the lifecycle tests that are marked with a row of the protocol's table of endings:
`python -m tests.integration.endings`.

The same tests compare, whenever they run, what they have just played with the page.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.books import Books
from tests.integration.statement import standard, statement

FOLDER = Path(__file__).parent
DOCS = FOLDER.parents[1] / "docs"
PAGE, PROTOCOL = DOCS / "endings.md", DOCS / "protocol.md"
WRITTEN = pytest.StashKey[dict[tuple[str, str], str]]()
"""Of a run that writes the page: statements by row and play."""

_HEAD = """\
# Endings

Written by `make docs` from lifecycle tests, each of which plays a task from its submission to its end: change those.
When they run and the page is not what they have played, they fail.

There is a section for each row of the table in [protocol.md](protocol.md), and in it one for each play of that row. A
row need not end its task: then the numbers are of the whole task, which goes on to the ending that is named. The table
says how much more or less everybody has after the ending than before the task was submitted, in tokens, rounded to four
places; deposits and bonds that came back are no change. It is what the contracts hold: tokens, stake, unbonding and
credit of each account, the jackpot pool, and what is burnt. Whoever took part is named, also where nothing has changed.
Rounds count from 0, as in the contracts. The sum is given exactly, and nothing is left locked. Last come the events of
Staking and Settlement, in order; a plus stands for several in a row, of one or of those in brackets.

Each play has these terms, but for those that it names. Shares and rates are of 1; the rest is in tokens, or counts.
Parameters are those of `deployments/local.yaml`; errors are not forced where a play does not say so. The solver's fee
is the price of all steps, the verifier's follows from the steps that are sampled; both and the tax are in escrow.
"""


def rows() -> dict[str, str]:
    """Of the protocol's table: what happened, by ending."""
    (table,) = re.findall(r"^\| ending \| what happened \|.*\n\|.*\n((?:\|.*\n)+)", PROTOCOL.read_text(), re.MULTILINE)
    cells = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in table.splitlines()]
    return {ending: happened for ending, happened, _ in cells}


def marked() -> set[tuple[str, str]]:
    """Row and test (`file::name`) of each marker in this folder."""
    found = set()
    for path in FOLDER.glob("test_*.py"):
        for node in ast.parse(path.read_text()).body:
            for call in _markers(node) if isinstance(node, ast.FunctionDef) else []:
                found.add((str(ast.literal_eval(call.args[0])), f"{path.stem}::{node.name}"))
    return found


def _markers(test: ast.FunctionDef) -> list[ast.Call]:
    calls = [node for decorator in test.decorator_list for node in ast.walk(decorator) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func) == "pytest.mark.ending"]


def played(item: pytest.Function, books: Books) -> None:
    """Compare what a marked test has played with the page, or keep it for the page that is being written.

    Raises:
        AssertionError: if the page says something else.
    """
    (marker,) = item.iter_markers("ending")
    (row,) = marker.args
    assert row in rows(), f"expected an ending of {PROTOCOL.name}, got {row}"
    case = f", {item.callspec.id}" if hasattr(item, "callspec") else ""
    name = f"`{item.path.stem}::{item.originalname}`{case}"
    text = statement(name, item.function.__doc__ or "", books)
    if WRITTEN in item.config.stash:
        item.config.stash[WRITTEN][row, name] = text
    else:
        assert sections().get((row, name)) == text, f"expected {PAGE.name} as played: `make docs` writes it"


def sections() -> dict[tuple[str, str], str]:
    """The page's statements, by row and play."""
    found, row = {}, ""
    for part in re.split(r"^(?=###? )", PAGE.read_text(), flags=re.MULTILINE):
        title = part.partition("\n")[0]
        if title.startswith("### "):
            found[row, title.removeprefix("### ")] = part.strip()
        else:
            row = title.removeprefix("## ")
    return found


def head() -> str:
    """The page's beginning: how to read it, and the terms of all plays."""
    lines = [f"| {name} | {value} |" for name, value in standard().items()]
    return "\n".join([_HEAD, "| term | value |", "| --- | ---: |", *lines, "\n"])


def page(statements: Mapping[tuple[str, str], str]) -> str:
    """The whole page."""
    parts = []
    for row, happened in rows().items():
        sentence = f"{happened[0].upper()}{happened[1:]}."
        texts = [text for (of, _), text in statements.items() if of == row]
        parts.append("\n\n".join([f"## {row}", sentence, *texts]))
    return head() + "\n\n".join(parts) + "\n"


class Writer:
    """A plugin that keeps what is played."""

    def __init__(self) -> None:
        self.statements: dict[tuple[str, str], str] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[WRITTEN] = self.statements


def write() -> int:
    """Play all marked tests, and write the page if they pass. Returns their exit code."""
    files = sorted({f"{FOLDER / test.partition('::')[0]}.py" for _, test in marked()})
    writer = Writer()
    code = int(pytest.main(["-q", "-m", "ending", *files], plugins=[writer]))
    if code == 0:
        PAGE.write_text(page(writer.statements))
    return code


if __name__ == "__main__":
    # Imported again, so that its key is that of the tests.
    from tests.integration.endings import write as write_page

    sys.exit(write_page())

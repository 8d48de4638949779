"""docs/endings.md has every row of the protocol's table, and nothing that is not played."""

from __future__ import annotations

import re

from pinpoint.chain.client import Ending
from tests.integration.endings import PAGE, head, marked, rows, sections


def test_every_ending_is_played() -> None:
    """Each row has a lifecycle test, and each of those a row."""
    assert {row for row, _ in marked()} == rows().keys()


def test_every_terminal_state_is_reached() -> None:
    """Whatever the contracts can say of an ended task, some play has ended in."""
    ended = {Ending[name] for name in re.findall(r"^Ending on chain: (\w+)", PAGE.read_text(), re.MULTILINE)}
    assert ended == set(Ending) - {Ending.NONE}


def test_the_page_has_the_plays_that_are_marked() -> None:
    """A test whose marker is gone leaves its section behind: `make docs` takes it away."""
    on_page = {(row, name.split("`")[1]) for row, name in sections()}
    assert on_page == marked()


def test_the_page_says_the_terms() -> None:
    """Parameters or the standard task have changed: `make docs`."""
    assert PAGE.read_text().startswith(head())

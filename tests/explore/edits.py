"""Contracts with a line changed: to shorten what takes long, and to break what has to be found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from pinpoint.chain.parameters import MAX_TURNS
from pinpoint.chain.revm_port import CONTRACTS

TURNS = "MAX_TURNS: constant(uint256) = {}\n"


@dataclass(frozen=True)
class Edit:
    """A change of a contract's source."""

    file: str
    before: str
    after: str


def turns(bound: int) -> Edit:
    """Another bound on the turns of a game."""
    return Edit("libraries/parameters.vy", TURNS.format(MAX_TURNS), TURNS.format(bound))


@contextmanager
def edited(*edits: Edit) -> Iterator[Path]:
    """A folder with the contracts, edited.

    Raises:
        ValueError: if what is to be edited does not stand there once.
    """
    with TemporaryDirectory() as made:
        folder = copytree(CONTRACTS, Path(made) / "contracts")
        for edit in edits:
            path = folder / edit.file
            text = path.read_text()
            if (count := text.count(edit.before)) != 1:
                raise ValueError(f"expected {edit.before!r} once in {edit.file}, got it {count} times")
            path.write_text(text.replace(edit.before, edit.after))
        yield folder

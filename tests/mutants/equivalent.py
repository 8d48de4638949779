"""Mutants that do the same as the original, though their code differs: equivalent.toml says which and why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pinpoint.chain.revm_port import CONTRACTS
from tests.mutants.mutator import Mutant

FILE = Path(__file__).with_suffix(".toml")
Changed = tuple[str, str, str]
"""A file, a function and the lines of a change: no line number is part of it, so that it stays as the file grows."""


def reasons() -> Mapping[Changed, str]:
    """Why each is equivalent."""
    return {
        (entry["file"], entry.get("function", ""), lines): entry["reason"]
        for entry in tomllib.loads(FILE.read_text())["mutants"]
        for lines in entry["changes"]
    }


def change(mutant: Mutant) -> Changed:
    """Where a mutant is, and its changed lines without what they are indented by."""
    text = (CONTRACTS / mutant.file).read_text()
    before = text.encode()[: mutant.start].decode()
    lines = mutant.diff(text).split("\n")
    function = re.findall(r"^def (\w+)", before, re.MULTILINE)[-1:]
    return mutant.file, "".join(function), "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines)


EQUIVALENT = reasons()

"""What has been checked so far: a file that a killed run resumes from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from math import log2
from pathlib import Path

from tests.exhaustive.judge import LEVELS, Finding

CHUNK = 1 << 24
CHUNKS = (1 << 32) // CHUNK
TOP = 8
"""Hardest cases per function."""
SIGNIFICAND = (1 << 23) - 1


@dataclass
class Totals:
    """Of one function. `undecided` counts by level; `wrong` is a list of [input, result]; `hardest` of
    [input, result, bits], where the exact value is 2^-bits of itself away from a midpoint of two results."""

    done: list[int] = field(default_factory=list)
    undecided: list[int] = field(default_factory=lambda: [0] * LEVELS)
    straddling: int = 0
    wrong: list[tuple[int, int]] = field(default_factory=list)
    hardest: list[tuple[int, int, float]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        return len(self.done) == CHUNKS

    def rank(self, found: Iterable[Finding]) -> None:
        """Keep the TOP hardest with different significands, as binades of erf and rsqrt repeat each other."""
        cases = self.hardest + [(case.input, case.result, round(-log2(case.distance), 2)) for case in found]
        best: dict[int, tuple[int, int, float]] = {}
        for case in sorted(cases, key=lambda case: (-case[2], case[0])):
            best.setdefault(case[0] & SIGNIFICAND, case)
        self.hardest = list(best.values())[:TOP]


@dataclass
class Progress:
    """The totals of each function, for one version of what is compiled."""

    version: str
    functions: dict[str, Totals] = field(default_factory=dict)

    def of(self, function: str) -> Totals:
        return self.functions.setdefault(function, Totals())

    def save(self, path: Path) -> None:
        """Whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self), indent=1) + "\n")
        os.replace(partial, path)

    @classmethod
    def load(cls, path: Path, version: str) -> Progress:
        """What was saved for this version; nothing if another one was checked."""
        if not path.exists():
            return cls(version)
        saved = json.loads(path.read_text())
        if saved["version"] != version:
            return cls(version)
        functions = {name: Totals(**totals) for name, totals in saved["functions"].items()}
        for totals in functions.values():
            totals.wrong = [(a, result) for a, result in totals.wrong]
            totals.hardest = [(a, result, bits) for a, result, bits in totals.hardest]
        return cls(version, functions)

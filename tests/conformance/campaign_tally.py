"""What the campaign counts, and the tasks that it is cut into."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

REFEREE = "referee"
"""The implementation that runs on chain; all others run off chain."""
REVERTED = -1
"""Stands for a result of the Referee where it refused."""
SHOWN = 5
"""Mismatches of an operation that are kept, the others are only counted."""

Words = NDArray[np.uint32]
Results = NDArray[np.int64]
"""Patterns, or REVERTED."""


@dataclass(frozen=True)
class Mismatch:
    """A result that is not the expected one, and its operands, which repeat it."""

    section: str
    name: str
    implementation: str
    operands: list[str]
    expected: str
    found: str


@dataclass
class Tally:
    """What was compared of an operation, by implementation, and how much of it was wrong."""

    section: str
    name: str
    compared: Counter[str] = field(default_factory=Counter)
    mismatches: int = 0
    shown: list[Mismatch] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def on_chain(self) -> int:
        """Results of the Referee that were compared."""
        return self.compared[REFEREE]

    @property
    def off_chain(self) -> int:
        """Results of all others."""
        return self.compared.total() - self.on_chain

    def wrong(self, implementation: str, operands: list[str], expected: str, found: str) -> None:
        """Count a mismatch, and keep it if it is among the first."""
        self.mismatches += 1
        if len(self.shown) < SHOWN:
            self.shown.append(Mismatch(self.section, self.name, implementation, operands, expected, found))

    def compare(self, implementation: str, expected: Words, found: Results | Words, operands: Sequence[Words]) -> None:
        """Compare results lane by lane.

        Args:
            implementation: whose results they are.
            expected: (count,) patterns, of which the first are compared if fewer were found.
            found: (count or fewer,) patterns, or REVERTED.
            operands: (count, ...) patterns each.
        """
        self.compared[implementation] += len(found)
        for at in np.flatnonzero(found.astype(np.int64) != expected[: len(found)]):
            shown = [" ".join(f"{lane:08x}" for lane in np.atleast_1d(operand[at])) for operand in operands]
            result = "reverted" if found[at] == REVERTED else f"{found[at]:08x}"
            self.wrong(implementation, shown, f"{expected[at]:08x}", result)

    def add(self, other: Tally) -> None:
        """Add what another task found of the same operation."""
        self.compared += other.compared
        self.mismatches += other.mismatches
        self.shown = (self.shown + other.shown)[:SHOWN]
        self.seconds += other.seconds

    def as_json(self) -> dict[str, Any]:
        """Counts, and the mismatches that were kept."""
        return {
            "off_chain": self.off_chain,
            "on_chain": self.on_chain,
            "compared": dict(sorted(self.compared.items())),
            "mismatches": self.mismatches,
            "shown": [asdict(mismatch) for mismatch in self.shown],
            "cpu_seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True)
class Task:
    """So many cases of an operation, from a generator of their own."""

    section: str
    name: str
    seed: int
    first: int
    cases: int

    def random(self) -> np.random.Generator:
        """PCG64 of this task alone."""
        name = zlib.crc32(f"{self.section} {self.name}".encode())
        return np.random.default_rng([self.seed, name, self.first])


@dataclass(frozen=True)
class Section:
    """Operations that are checked alike.

    Attributes:
        names: the operations.
        cases: of each, at scale 1.
        at_once: cases of a task.
        run: checks a task's cases.
    """

    names: Sequence[str]
    cases: int
    at_once: int
    run: Callable[[Task, Tally], None]

    def tasks(self, section: str, seed: int, scale: float) -> Iterator[Task]:
        """All cases, cut into tasks."""
        cases = max(1, round(self.cases * scale))
        for first in range(0, cases, self.at_once):
            for name in self.names:
                yield Task(section, name, seed, first, min(self.at_once, cases - first))

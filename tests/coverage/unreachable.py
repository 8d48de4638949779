"""Branches that no call can take both ways, and why."""

from __future__ import annotations

from tests.coverage.places import ROOT, Place

UNREACHABLE = {
    (
        "contracts/Profiling.vy",
        "for profiler: address in self.drawn[task]:",
    ): "the jump over a loop that is empty: the draw has found at least three, or no profile goes on",
}
"""Reasons by file and line, which no number is part of, so that they stay as the file grows."""


def line_of(place: Place) -> tuple[str, str]:
    """The file of a branch and the text of its first line, without what it is indented by."""
    return place.path, (ROOT / place.path).read_text().split("\n")[place.line - 1].strip()

"""Changes of the Python half that change nothing, and why: docs/mutants.md."""

from __future__ import annotations

EQUIVALENT = {
    (
        "pinpoint/economics/stalls.py",
        "- for left in (-1, *(m for m in moving if m < i)):\n+ for left in (- 2, *(m for m in moving if m < i)):",
    ): "any negative number says that there is none on the left: it is compared with 0 and cut off at 0",
    (
        "pinpoint/economics/whistleblower.py",
        "- for names in range(2, MOST_ALIASES + 1)\n+ for names in range(2, MOST_ALIASES + 0)",
    ): "each further name earns less, so the most names are never the tightest",
}
"""Reasons by file and changed lines (`Change.lines`), which have no numbers, so that they stay as the file grows."""

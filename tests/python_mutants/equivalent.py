"""Changes of the Python half that change nothing, and why: docs/mutants.md."""

from __future__ import annotations

EQUIVALENT: dict[tuple[str, str], str] = {}
"""Reasons by file and changed lines (`Change.lines`), which have no numbers, so that they stay as the file grows."""

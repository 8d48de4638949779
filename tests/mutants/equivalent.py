"""Mutants that do the same as the original, though their code differs, and why: docs/mutants.md."""

from __future__ import annotations

from pinpoint.chain.revm_port import CONTRACTS
from tests.mutants.mutator import Mutant

EQUIVALENT = {
    (
        "libraries/stalls.vy",
        "- if samples[k] < samples[i]:\n+ if samples[k] <= samples[i]:",
    ): "samples are distinct, and i has stalled while k has not: they are never equal",
}
"""Reasons by file and change, which no line number is part of, so that they stay as the file grows."""


def change(mutant: Mutant) -> tuple[str, str]:
    """The file of a mutant and its changed lines, without what they are indented by."""
    lines = mutant.diff((CONTRACTS / mutant.file).read_text()).split("\n")
    return mutant.file, "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines)

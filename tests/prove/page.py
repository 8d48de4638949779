"""docs/proofs.md, written by `make prove ARGS=--page` after a whole run."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from pinpoint.chain.revm_port import ROOT
from tests.prove.lemmas import Lemma, lemmas

PAGE = ROOT / "docs" / "proofs.md"
HEAD = """# Proofs

Written by `make prove ARGS=--page` from `tests/prove` and what it found. halmos 0.3.3 runs the compiled contracts on
symbols instead of numbers, and asks solvers (bitwuzla, yices) whether any values lead to a false assertion. So a
lemma holds for all arguments and, where it says so, for all contents of storage: not for those that a test thought of.

Each lemma is a function in `tests/prove/lemmas`. It speaks of one transition from any state that its assumptions
leave, not of what can be reached: the campaign and the model do that. Libraries are called through small contracts in
`tests/prove/harness`. **Each has a twin that must fail:** the same lemma on contracts with one fault put in, named in
its comment, for which halmos has to find values that break it. A lemma whose twin holds, or whose paths all revert,
or that was only followed for some turns of a loop, does not count.

`make prove` installs the tools below `.tools/prove` (halmos from PyPI; forge and solc from npm) if it can, and says
so if it cannot: then nothing is proved and nothing is written. It writes build/prove.json. `ARGS="--only
clock_never_grows"` runs one lemma or one contract of them. What was decided is not decided again while contracts and
lemmas are the same.

The trusted rest: halmos, both solvers, and what halmos takes keccak for, a function without collisions.
"""
NOT_PROVED = """## Not proved, and why

- **What needs many transactions.** Solvency of the whole system, that an honest party never loses, that each game
  ends with the right side: depth two of a stateful search took half a minute, depth three did not end. Here each
  transition of Staking is proved alone, from any state; `make campaign` and `make explore` put them together.
- **Paths of any length in the tree.** `tree.ascend` and `run_root` loop over levels with a hash in each turn.
  Membership and descents are proved in trees of the sizes that the lemmas name, up to 16 leaves; `tests/model` and
  `tests/unit/contracts` try the rest. There is no proof for `run_root`, `widen` and `check_children`.
- **Products of two symbols.** That a * b is b * a, bit by bit, did not end within a quarter of an hour. `make
  conformance` tries it.
- **Correct rounding.** That a sum, a product or a root is the nearest of all patterns needs an independent
  definition, and products of two significands are beyond the solver in any case. `make conformance` compares with
  independent arithmetic, `make exhaustive` tries every input of the functions. Here are laws that hold of all
  patterns.
- **Sums over lists.** Sum trees, enrolment and capacity loop over storage; dot products and reductions are long
  chains of the same steps.
- **What another contract answers** is anything at all in the lemmas on callers and endings; in those on Staking the
  token is an honest one. `tests/unit/contracts/test_hostile_tokens.py` has the others. Neither calls back.
- **More than so many.** Prizes are divided among up to 8, stalls among up to 3 samples: division by a symbol, and
  loops inside loops, are what costs. Shares at a WAD rate, and what is earned of a fee, are products of two symbols
  and then divided: `tests/unit/contracts` and the model have them.
"""
UNDECIDED = {"counts": False, "outcome": "not decided", "twin": "not decided", "twin_seconds": ""}
"""Of a lemma that a record does not know."""


def page(written: Mapping[str, Any]) -> str:
    """All of it.

    Args:
        written: the record of a whole run.
    """
    rows = {row["name"]: row for row in written["rows"]}
    head = f"{HEAD}\n**{written['lemmas']} lemmas** are proved, and their twins fail.\n"
    sections = [
        section(subject, list(group), rows) for subject, group in groupby(lemmas(), key=lambda lemma: lemma.subject)
    ]
    return "\n".join([head, *sections, NOT_PROVED])


def section(subject: str, members: list[Lemma], rows: Mapping[str, Mapping[str, Any]]) -> str:
    """The lemmas of one contract."""
    lines = [f"## {subject}", "", "| lemma | says | seconds | twin, seconds |", "| --- | --- | --- | --- |"]
    for lemma in members:
        row = rows.get(lemma.name, UNDECIDED)
        proof = str(row["seconds"]) if row["counts"] else f"**not proved: {row['outcome']}, twin {row['twin']}**"
        lines.append(f"| {lemma.name} | {lemma.says} | {proof} | {row['twin_seconds']} |")
    return "\n".join([*lines, ""])

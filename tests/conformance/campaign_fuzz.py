"""Random programs: each case a new one, a place and a lane in it, the right words there and wrong ones."""

from __future__ import annotations

from collections import Counter
from functools import cache

from tests.conformance.campaign_tally import REFEREE, Section, Tally, Task
from tests.conformance.fuzzer import Judge, judge_program

SEEDS = 2**32
"""Programs of a seed of the campaign."""


@cache
def judge() -> Judge:
    """One for each process."""
    return Judge()


def run(task: Task, tally: Tally) -> None:
    """Check so many programs, from seeds of their own."""
    first = task.seed * SEEDS + task.first
    counts: Counter[str] = Counter()
    for seed in range(first, first + task.cases):
        for wrong in judge_program(judge(), seed, counts, cases=1):
            words = " ".join(f"{word:064x}" for word in wrong.words)
            place = f"{wrong.operator} seed {seed} step, node, leaf, lane {wrong.place}"
            tally.wrong(REFEREE, [place, words], str(not wrong.verdict), str(wrong.verdict))
    tally.compared[REFEREE] += counts.total()


SECTION = Section(("programs",), cases=100_000, at_once=1_000, run=run)

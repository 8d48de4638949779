"""Evaluator and referee agree on random programs: 500 cases here, any number with `make conformance`."""

from collections import Counter

import pytest

from pinpoint.program.operators import TABLE
from tests.conformance.fuzzer import JUDGED, Judge, judge_program

CASES = 500
FIRST_SEED = 1


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def test_evaluator_and_referee_agree(judge: Judge) -> None:
    counts: Counter[str] = Counter()
    seed = FIRST_SEED
    while counts.total() < CASES:
        assert judge_program(judge, seed, counts) == [], f"seed {seed}"
        seed += 1
    everything = {operator.name for operator, rule in TABLE.items() if rule.kind in JUDGED}
    assert counts.keys() >= everything, f"seeds {FIRST_SEED} to {seed} leave out {everything - counts.keys()}"

"""A sample of what `make exhaustive` checks, and whether it would notice an error."""

from __future__ import annotations

import random
import re
from math import log2
from pathlib import Path

import gmpy2
import numpy as np
import pytest
from numpy.typing import NDArray

from pinpoint.binary32 import reference
from pinpoint.binary32.reference import INF, MAGNITUDE, NAN, ONE, SIGN, from_float, to_float
from tests.exhaustive.judge import CODES, KEPT, LANES, LEVELS, Finding, Judge, Tally, Verdict, Words
from tests.exhaustive.mpfr import exact, rounded
from tests.exhaustive.progress import CHUNKS, TOP, Progress, Totals
from tests.exhaustive.record import MARK, PAGE, write
from tests.exhaustive.run import run, settle

FUNCTIONS = list(CODES)
COUNT = 100_000
CHUNK = 64

MINUS_INF, MINUS_ONE, MINUS_ZERO = INF | SIGN, ONE | SIGN, SIGN
ENDS = {
    "rsqrt": (NAN, NAN, MINUS_INF, INF, 0),
    "exp": (0, from_float(np.exp(-1.0)), ONE, ONE, INF),
    "log": (NAN, NAN, MINUS_INF, MINUS_INF, INF),
    "tanh": (MINUS_ONE, from_float(np.tanh(-1.0)), MINUS_ZERO, 0, ONE),
    "erf": (MINUS_ONE, from_float(float(gmpy2.erf(-1.0))), MINUS_ZERO, 0, ONE),
}
"""At -inf, -1, -0, +0 and +inf, as in docs/design.md, section 4."""

POWERS = [2.0**-150, 2.0**-126, 2.0**-25, 2.0**-24, 2.0**-12, 2.0**-10, 0.5, 1.0, 2.0]
LIMITS = [*POWERS, 3.92, 3.9375, 4.0, 9.01, 10.0, 88.7229, 103.9721, 104.0]
"""Where results, or the way they are computed, change: their neighbours are tried, too."""


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def sample(function: str, count: int = COUNT) -> Words:
    """Random patterns of all exponents, of those around 1, and edges."""
    generator = np.random.default_rng(CODES[function])
    patterns = generator.integers(0, 1 << 32, count // 2, dtype=np.uint32)
    ordinary = generator.normal(0, 2, count // 2).astype(np.float32).view(np.uint32)
    near = [from_float(limit) + offset for limit in LIMITS for offset in range(-8, 9)]
    edges = [0, INF, NAN, 1, INF - 1, INF + 1, MAGNITUDE, *(word for word in near if word >= 0)]
    both = np.array([word | sign for word in edges for sign in (0, SIGN)], np.uint32)
    return np.concatenate([patterns, ordinary, both])


def random_word(generator: random.Random) -> int:
    """A pattern, finite and not zero, from the exponents where the functions do something."""
    return generator.randrange(from_float(2.0**-30), from_float(8.0)) | generator.choice((0, SIGN))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_level_is_right_wherever_it_decides(judge: Judge, function: str) -> None:
    inputs = sample(function)
    for level in range(LEVELS):
        results, undecided = judge.results(function, inputs, level)
        assert len(undecided) <= 1
        results[undecided] = [rounded(function, int(word)) for word in inputs[undecided]]
        verdicts, _ = judge.judge(function, inputs, results)
        assert (verdicts == Verdict.RIGHT).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_judge_objects_to_every_other_result(judge: Judge, function: str) -> None:
    inputs = sample(function, 20_000)
    results, undecided = judge.results(function, inputs, 0)
    assert not undecided.size
    for difference in (1, -1, SIGN):
        verdicts, _ = judge.judge(function, inputs, results + np.uint32(difference & 0xFFFFFFFF))
        assert (verdicts == Verdict.WRONG).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_ends(judge: Judge, function: str) -> None:
    inputs = np.array([MINUS_INF, MINUS_ONE, MINUS_ZERO, 0, INF, NAN, NAN | SIGN, INF + 1], np.uint32)
    expected = np.array([*ENDS[function], NAN, NAN, NAN], np.uint32)
    for level in range(LEVELS):
        results, undecided = judge.results(function, inputs, level)
        assert results.tolist() == expected.tolist()
        assert not undecided.size
    assert (judge.judge(function, inputs, expected)[0] == Verdict.RIGHT).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_reference_is_right(judge: Judge, function: str) -> None:
    inputs = np.array([random_word(random.Random(seed)) for seed in range(100)], np.uint32)
    results = np.array([getattr(reference, function)(int(word)) for word in inputs], np.uint32)
    assert (judge.judge(function, inputs, results)[0] == Verdict.RIGHT).all()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_mpfr_agrees_with_the_judge(judge: Judge, function: str) -> None:
    generator = random.Random(function)
    kept = MAGNITUDE if function in ("log", "rsqrt") else MAGNITUDE | SIGN
    inputs = np.array([random_word(generator) & kept for _ in range(2000)], np.uint32)
    results = np.array([rounded(function, int(word)) for word in inputs], np.uint32)
    assert (judge.judge(function, inputs, results)[0] == Verdict.RIGHT).all()


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "rsqrt"])
def test_enclosures_hold_the_value_with_room_to_spare(judge: Judge, function: str) -> None:
    generator = random.Random(function)
    limit = {"exp": 104.0, "log": 2.0**127, "tanh": 10.0, "erf": 4.0}[function]
    for smallest in (2.0**-149, 2.0**-12, limit / 64):
        low, high = from_float(smallest), from_float(limit)
        words = [generator.randrange(low, high) for _ in range(LANES)]
        values = np.array([to_float(word) for word in words])
        if function == "exp":
            values[::2] *= -1
        highs, lows, radii = judge.enclose(function, values)
        for value, *parts, radius in zip(values, highs, lows, radii, strict=True):
            with gmpy2.context(precision=400):
                true = exact(function, float(value), 400)
                error = abs(true - gmpy2.mpfr(float(parts[0])) - gmpy2.mpfr(float(parts[1])))
                assert error < radius / 16
                assert radius <= 1.01 * 2.0**-80 * max(abs(true), 1 if function == "log" else 0)


@pytest.mark.parametrize("value", [0.0, 1.0, 2.0**-20, 2.0**-24, -(2.0**-25), 2.0**-60, 2.0**-149, 0.25, 4.0, 100.0])
def test_tensors_of_one_simple_value_are_decided(judge: Judge, value: float) -> None:
    inputs = np.full(300, from_float(value), np.uint32)
    for function in FUNCTIONS:
        assert not judge.results(function, inputs, 2)[1].size


def test_a_result_may_overwrite_its_input_and_undecided_lanes_stay(judge: Judge) -> None:
    hard = 0xBAE0E25C
    inputs = np.array([ONE] * 255 + [hard] + [ONE] * 45, np.uint32)
    results, undecided = judge.results("exp", inputs, 2)
    assert undecided.tolist() == [255]
    assert results[255] == 0
    assert set(results.tolist()) == {0, reference.exp(ONE)}


def recorded() -> list[tuple[str, int, int, float]]:
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \| .* \| `(\w+)` \| ([\d.]+) \|$", PAGE.read_text(), re.MULTILINE)
    return [(function, int(a, 16), int(result, 16), float(bits)) for function, a, result, bits in rows]


def test_the_record_is_of_hard_cases(judge: Judge) -> None:
    cases = recorded()
    assert [function for function, *_ in cases] == [function for function in CODES for _ in range(TOP)]
    for function, a, result, bits in cases:
        with gmpy2.context(precision=400):
            true = exact(function, to_float(a), 400)
            value = gmpy2.mpfr(to_float(result))
            ends = [(value + gmpy2.mpfr(to_float(result + side))) / 2 for side in (-1, 1)]
            assert abs(true - value) < abs(ends[0] - ends[1]) / 2
            distance = min(abs(true - end) for end in ends) / abs(true)
        assert -log2(distance) == pytest.approx(bits, abs=0.01)


def outcome(progress: Progress) -> list[object]:
    totals = progress.of("log")
    return [totals.done, totals.undecided, totals.straddling, totals.wrong, totals.hardest]


def test_an_interrupted_run_resumes(judge: Judge, tmp_path: Path) -> None:
    whole, path = Progress("1"), tmp_path / "progress.json"
    run(judge, whole, tmp_path / "whole.json", ["log"], chunk=CHUNK)
    assert whole.of("log").complete

    def interrupt(_function: str, totals: Totals) -> None:
        if len(totals.done) == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(judge, Progress("1"), path, ["log"], report=interrupt, chunk=CHUNK)
    path.with_suffix(".partial").write_text("{")  # as one that was killed while it wrote
    resumed, calls = Progress.load(path, "1"), []
    assert len(resumed.of("log").done) == 100
    run(judge, resumed, path, ["log"], workers=2, report=lambda *_: calls.append(0), chunk=CHUNK)
    assert len(calls) == CHUNKS - 100
    assert outcome(resumed) == outcome(Progress.load(path, "1")) == outcome(whole)


def test_progress_of_another_version_is_not_resumed(tmp_path: Path) -> None:
    progress = Progress("1")
    progress.of("exp").done = [0]
    progress.save(tmp_path / "progress.json")
    assert Progress.load(tmp_path / "progress.json", "1") == progress
    assert Progress.load(tmp_path / "progress.json", "2") == Progress("2")


def test_undecided_and_straddling_results_are_settled_by_mpfr(judge: Judge) -> None:
    right, totals = rounded("exp", ONE), Totals()
    straddling = [Finding(ONE, right, 0.0), Finding(ONE, right + 1, 0.0)]
    settle(judge, "exp", Tally([7, 0, 1], [0xBAE0E25C], straddling, [Finding(0, 5, 0.0)], []), totals)
    assert (totals.undecided, totals.straddling) == ([7, 0, 1], 2)
    assert totals.wrong == [(ONE, right + 1), (0, 5)]
    assert [a for a, _, _ in totals.hardest] == [0xBAE0E25C, ONE]


class Unsure(Judge):
    """Finds no enclosure narrow enough."""

    def judge(self, function: str, inputs: Words, results: Words) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        verdicts, distances = super().judge(function, inputs, results)
        return np.full_like(verdicts, Verdict.STRADDLES), distances


def test_mpfr_decides_where_the_judge_cannot() -> None:
    right, totals = rounded("log", 2), Totals()
    straddling = [Finding(2, right, 0.0), Finding(2, right - 1, 0.0)]
    settle(Unsure(), "log", Tally([0] * LEVELS, [2], straddling, [], []), totals)
    assert totals.wrong == [(2, right - 1)]
    assert not totals.hardest


def test_the_hardest_cases_have_different_significands() -> None:
    totals = Totals()
    for exponent in (2 << 23, 1 << 23):
        totals.rank(Finding(exponent + bits, 0, 2.0**-bits) for bits in range(99))
    assert totals.hardest == [(bits + (1 << 23), 0, bits) for bits in range(98, 98 - TOP, -1)]


def test_the_record_keeps_what_is_written_by_hand(tmp_path: Path) -> None:
    page, summary = tmp_path / "page.md", tmp_path / "summary.json"
    page.write_text(f"by hand\n{MARK}old")
    progress = Progress("1", {name: Totals(hardest=[(ONE, ONE, 50.0)]) for name in CODES})
    write(progress, page, summary)
    above, below = page.read_text().split(MARK)
    assert above == "by hand\n"
    assert "old" not in below
    assert f"| erf | `{ONE:#010x}` | 1 | `{ONE:#010x}` | 50.00 |" in below
    assert f'"input": {ONE}' in summary.read_text()


def test_findings_are_never_dropped_silently(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.exhaustive.judge.KEPT", -1)
    with pytest.raises(OverflowError, match="0 findings"):
        judge.check("exp", 0, KEPT)

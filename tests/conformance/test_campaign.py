"""The campaign finds nothing wrong in a thousandth of its cases, and whatever is made wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import softfloatpy
from click.testing import CliRunner, Result

from pinpoint.binary32 import compiled, reference, vector
from pinpoint.binary32.compiled import Level
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay import canonical, exact
from pinpoint.replay.plan import Arithmetic
from tests.conformance import campaign_chain, campaign_pointwise, campaign_reductions
from tests.conformance.__main__ import main
from tests.conformance.campaign import SECTIONS
from tests.conformance.campaign_operands import EVERY, SPECIALS, UNARY, operands
from tests.conformance.campaign_tally import REFEREE, SHOWN, Tally, Task
from tests.conformance.campaign_witnesses import softfloat
from tests.conformance.fuzzer import Judge
from tests.evm import Reverted

SCALE = 0.001
exact_pointwise = exact.pointwise
LEVELS = [level for level in Level if level <= compiled.best_level()]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "build" / "conformance.json"


def start(output: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--scale", str(SCALE), "--workers", "1", "--output", str(output), *arguments])


def flipped(function: Callable[..., Any]) -> Callable[..., Any]:
    """The last bit of the last lane is wrong."""

    def wrong(*arguments: Any) -> Any:
        result = function(*arguments)
        if isinstance(result, int):
            return result ^ 1
        if isinstance(result, bytes):
            return result[:-1] + bytes([result[-1] ^ 1])
        result = result.copy()
        result.view(np.uint32)[-1, -1] ^= 1
        return result

    return wrong


def check(section: str, name: str, cases: int = 1) -> Tally:
    """One task."""
    tally = Tally(section, name)
    SECTIONS[section].run(Task(section, name, 7, 0, cases), tally)
    return tally


def test_everything_agrees(output: Path) -> None:
    result = start(output, "--seed", "3")
    assert result.exit_code == 0, result.output
    written = json.loads(output.read_text())
    assert (written["mismatches"], written["seed"], written["scale"]) == (0, 3, SCALE)
    assert written["seconds"] > 0
    assert len(written["date"]) == len("2026-01-01")
    parts = written["sections"]
    assert list(parts) == list(SECTIONS)
    for operation in parts["vectors"].values():
        assert operation["on_chain"] == 1_000
        assert operation["off_chain"] == 1_000 * (1 + len(LEVELS)) + 1_000 // campaign_pointwise.BY_REFERENCE
    assert written["fuzz_cases"] == parts["fuzz"]["programs"]["on_chain"] == 100
    counted = [count for name in parts if name != "fuzz" for operation in parts[name].values()
               for count in (operation["off_chain"], operation["on_chain"])]  # fmt: skip
    assert written["vectors"] == sum(counted)
    assert min(counted) > 0
    assert "seed 3" in result.output
    assert f"{written['vectors']:,} results compared, 100 programs fuzzed, 0 mismatches" in result.output


def test_every_computed_operator_is_in_the_campaign() -> None:
    pointwise = [*campaign_pointwise.OPERATIONS.values(), *campaign_pointwise.FUNCTIONS_AND_CASTS.values()]
    attributes = {(operation.operator, operation.attribute) for operation in pointwise}
    assert attributes == {
        (operator, attribute)
        for operator, rule in TABLE.items()
        if rule.kind is Kind.POINTWISE
        for attribute in range(rule.attributes)
    }
    assert all(TABLE[operation.operator].arity == operation.arity for operation in pointwise)
    reductions = {operator for operator, rule in TABLE.items() if rule.kind is Kind.REDUCTION}
    assert set(campaign_reductions.OPERANDS) == reductions


def test_two_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch, output: Path) -> None:
    monkeypatch.setitem(SECTIONS, "functions", replace(SECTIONS["functions"], at_once=40))
    counts = []
    for workers in ("1", "2"):
        assert start(output, "--only", "functions", "--workers", workers).exit_code == 0
        written = json.loads(output.read_text())
        for operation in written["sections"]["functions"].values():
            del operation["cpu_seconds"]
        counts.append((written["vectors"], written["sections"]))
    assert counts[0] == counts[1]


def make_numpy_wrong(patch: pytest.MonkeyPatch, operator: Operator) -> None:
    make_wrong(patch, operator, vector)


def make_c_wrong(patch: pytest.MonkeyPatch, operator: Operator) -> None:
    make_wrong(patch, operator, compiled)


def make_wrong(patch: pytest.MonkeyPatch, operator: Operator, module: ModuleType) -> None:
    def arithmetic_of(of: ModuleType) -> Arithmetic:
        right = canonical.arithmetic_of(of)
        return lambda node: flipped(right(node)) if (of, node.operator) == (module, operator) else right(node)

    patch.setattr(campaign_pointwise, "arithmetic_of", arithmetic_of)


def make_reference_wrong(patch: pytest.MonkeyPatch, operator: Operator) -> None:
    patch.setattr(exact, "pointwise", lambda node: flipped(exact_pointwise(node)))


def make_referee_wrong(patch: pytest.MonkeyPatch, operator: Operator) -> None:
    patch.setattr(campaign_chain.referee(), "send", flipped(campaign_chain.referee().send))


@pytest.mark.parametrize(
    ("make", "section", "name", "operator", "implementation"),
    [
        (make_numpy_wrong, "vectors", "mul", Operator.MUL, "numpy"),
        (make_numpy_wrong, "functions", "erf", Operator.ERF, "numpy"),
        (make_numpy_wrong, "reductions", "row_max", Operator.ROW_MAX, "numpy"),
        (make_c_wrong, "vectors", "fma", Operator.FMA, "compiled, portable"),
        (make_c_wrong, "reductions", "scatter_add", Operator.SCATTER_ADD, "compiled, portable"),
        (make_reference_wrong, "vectors", "div", Operator.DIV, "reference"),
        (make_referee_wrong, "vectors", "lt", Operator.COMPARE, REFEREE),
        (make_referee_wrong, "functions", "to_int8", Operator.TO_INT, REFEREE),
        (make_referee_wrong, "reductions", "argmax", Operator.ARGMAX, REFEREE),
    ],
)
def test_a_wrong_implementation_is_found(
    monkeypatch: pytest.MonkeyPatch,
    output: Path,
    make: Callable[[pytest.MonkeyPatch, Operator], None],
    section: str,
    name: str,
    operator: Operator,
    implementation: str,
) -> None:
    monkeypatch.setitem(SECTIONS, section, replace(SECTIONS[section], names=[name]))
    make(monkeypatch, operator)
    result = start(output, "--only", section)
    assert result.exit_code == 1
    written = json.loads(output.read_text())
    tally = written["sections"][section][name]
    assert written["mismatches"] == tally["mismatches"] > 0
    assert 0 < len(tally["shown"]) <= SHOWN
    first = tally["shown"][0]
    assert first["implementation"] == implementation
    assert int(first["expected"], 16) == int(first["found"], 16) ^ 1
    assert f"{implementation}: expected {first['expected']}, got {first['found']}" in result.output


def test_what_is_shown_repeats_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    make_numpy_wrong(monkeypatch, Operator.SUB)
    tally = check("vectors", "sub", cases=100)
    assert tally.mismatches == 1
    (shown,) = tally.shown
    a, b = (int(operand, 16) for operand in shown.operands)
    assert f"{reference.sub(a, b):08x}" == shown.expected
    assert f"{reference.sub(a, b) ^ 1:08x}" == shown.found


def test_rows_that_are_shown_repeat_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    make_numpy_wrong(monkeypatch, Operator.SCATTER_ADD)
    tally = check("reductions", "scatter_add")
    lengths = len(campaign_reductions.LENGTHS) + campaign_reductions.LONG + 1
    assert tally.mismatches == lengths
    for shown in tally.shown:
        terms, targets = ([int(lane, 16) for lane in operand.split()] for operand in shown.operands)
        last = reference.scatter_add(terms, targets, campaign_reductions.TARGETS - 1)
        assert f"{last:08x}" == shown.expected


def test_a_refusal_of_the_referee_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(calldata: bytes) -> bytes:
        raise Reverted("no")

    monkeypatch.setattr(campaign_chain.referee(), "send", refuse)
    tally = check("vectors", "abs", cases=9)
    assert tally.mismatches == 9
    assert {shown.found for shown in tally.shown} == {"reverted"}


@pytest.mark.parametrize("verdict", [True, False, "no"])
def test_a_wrong_verdict_is_a_mismatch(monkeypatch: pytest.MonkeyPatch, output: Path, verdict: bool | str) -> None:
    monkeypatch.setattr(Judge, "verdict", lambda *arguments: verdict)
    assert start(output, "--only", "fuzz", "--scale", "0.0001").exit_code == 1
    written = json.loads(output.read_text())
    assert written["fuzz_cases"] == 10
    assert written["mismatches"] == (20 if verdict == "no" else 10)
    assert written["sections"]["fuzz"]["programs"]["shown"][0]["found"] == str(verdict)


def test_without_the_compiled_arithmetic_it_fails(monkeypatch: pytest.MonkeyPatch, output: Path) -> None:
    monkeypatch.setattr(compiled, "available", False)
    result = start(output, "--only", "vectors")
    assert result.exit_code == 1
    assert "compiled arithmetic" in str(result.exception)


def test_an_unknown_section_is_refused(output: Path) -> None:
    result = start(output, "--only", "vectors,fun")
    assert result.exit_code == 2
    assert "not among vectors, functions, reductions, fuzz: fun" in result.output


@pytest.mark.parametrize("name", list(SECTIONS))
def test_tasks_are_all_cases_once(name: str) -> None:
    section = SECTIONS[name]
    of: dict[str, list[Task]] = {operation: [] for operation in section.names}
    for task in section.tasks(name, seed=5, scale=0.55):
        of[task.name].append(task)
    for tasks in of.values():
        assert all(a.first + a.cases == b.first for a, b in pairwise(tasks))
        assert tasks[0].first == 0
        assert tasks[-1].first + tasks[-1].cases == round(section.cases * 0.55)
        assert max(task.cases for task in tasks) <= section.at_once
    drawn = [task.random().integers(2**63) for tasks in of.values() for task in tasks]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(("size", "specials"), [(1, UNARY), (2, SPECIALS), (3, SPECIALS)])
def test_specials_come_in_turn(size: int, specials: np.ndarray[Any, Any]) -> None:
    count = len(specials) ** size
    rng = np.random.default_rng(8)
    half = count // 2 * EVERY
    parts = [operands(rng, half, size), operands(rng, count * EVERY - half, size, half // EVERY)]
    seen = {case for columns in parts for case in zip(*[c[::EVERY].tolist() for c in columns], strict=True)}
    assert len(seen) == len(set(specials.tolist())) ** size


def test_operands_are_where_faults_are() -> None:
    """Of 50,000 each, hundreds of exact ties, of cancellation, of results at the ends of the range."""
    rng = np.random.default_rng(9)
    count = 50_000
    a, b = operands(rng, count, 2)
    with np.errstate(all="ignore"):
        x, y = (side.view(np.float32).astype(np.float64) for side in (a, b))
        assert _ties(x + y) > 1_000
        assert (np.abs(x + y) < np.abs(x) / 2**10).sum() > 1_000
        assert _ties(x * y) > 200
        normal = (np.abs(x) >= 2.0**-126) & (np.abs(y) >= 2.0**-126)
        assert _at_the_ends((x * y)[normal]) > 1_400
        assert _at_the_ends((x / y)[normal]) > 1_400
        p, q, r = (side.view(np.float32).astype(np.longdouble) for side in operands(rng, count, 3))
        assert _ties(p * q + r) > 300
        assert (np.abs(p * q + r) < np.abs(r) / 2**10).sum() > 500
        assert _at_the_ends(p * q + r) > 1_400


def _ties(exact_results: np.ndarray[Any, Any]) -> int:
    """How many of these lie halfway between two binary32 numbers."""
    finite = exact_results[np.isfinite(exact_results) & (exact_results != 0)]
    units = np.ldexp(finite, -np.maximum(np.frexp(finite)[1] - 24, -149))
    return int((np.abs(units - np.floor(units)) == 0.5).sum())


def _at_the_ends(exact_results: np.ndarray[Any, Any]) -> int:
    """How many of these are subnormal or just below, or around the largest."""
    size = np.abs(exact_results)
    return int(((size > 2.0**-151) & (size < 2.0**-126) | (size >= 2.0**127) & (size < 2.0**129)).sum())


def test_softfloat_keeps_only_its_numbers() -> None:
    """Its NaNs become the canonical one, signalling, negative and with payloads."""
    a = np.array([0x7F800001, 0xFFC12345, 0x7F800000, 0x3F800000], np.uint32)
    b = np.array([0x3F800000, 0x3F800000, 0xFF800000, 0x33800000], np.uint32)
    assert softfloat(softfloatpy.f32_add)(a, b).tolist() == [reference.NAN] * 3 + [reference.ONE]

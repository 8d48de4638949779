"""The changes of Python files are those that they say, and the judge runs the changed text."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.python_mutants import changes, judge, recorder
from tests.python_mutants.changes import Change, Place, changed, places
from tests.python_mutants.judge import KILLED, SURVIVED, UNREACHED, Record, Verdict

SOURCE = """from __future__ import annotations
from dataclasses import dataclass

LIMIT: int | None = 7

@dataclass(frozen=True)
class Box:
    side: int | None

    @property
    def small(self) -> bool | None:
        return self.side + 1 <= LIMIT

def outer(count: int | None):
    def inner(number):
        return not number
    return inner(count)
"""


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of that source, below a project of its own."""
    for module in (changes, judge, recorder):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(changes, "source", lambda file: (tmp_path / file).read_text())
    monkeypatch.setattr(recorder, "source", changes.source)
    (tmp_path / "pinpoint").mkdir()
    (tmp_path / "pinpoint" / "example.py").write_text(SOURCE)
    return "pinpoint/example.py"


def test_changes_of_constants_properties_and_decorated_classes(example: str) -> None:
    made = [change for change in map(changed, places(example)) if change is not None]
    lines = {change.lines[1] for change in made}
    assert lines >= {
        "- LIMIT: int | None = 7\n+ LIMIT: int | None = 8",
        "- return self.side + 1 <= LIMIT\n+ return self.side - 1 <= LIMIT",
        "- return self.side + 1 <= LIMIT\n+ return self.side + 1 < LIMIT",
        "- return self.side + 1 <= LIMIT\n+ return self.side + 1 > LIMIT",
        "- return not number\n+ return  number",
    }
    assert any(line.endswith("- @property") for line in lines)
    assert all(ast.parse(change.text) and change.text != SOURCE for change in made)
    assert len({change.key for change in made}) == len(made)


def test_annotations_are_not_changed(example: str) -> None:
    bars = [place for place in places(example) if place.operator == "ReplaceBinaryOperator_BitOr_BitAnd"]
    assert bars
    assert {changed(place) for place in bars} == {None}


def test_a_place_is_of_the_innermost_function(example: str) -> None:
    of = {line: recorder.function(Place(example, line, "", 0)) for line in (4, 8, 12, 14, 16, 17)}
    assert of == {4: "", 8: "", 12: "11", 14: "14", 16: "15", 17: "14"}


def test_the_definition_of_a_function_is_of_no_test(example: str) -> None:
    # Line 11 ran at import, and in a test that made the class anew; line 12 in a test that called it.
    found = recorder.reached(example, {11: ["", "imports"], 12: ["calls", ""], 16: ["nested"]})
    assert found == {"11": ["calls"], "15": ["nested"]}


def test_quick_tests_first_and_all_others_of_the_file_after(example: str) -> None:
    record = Record({"a": 3.0, "b": 1.0, "c": 2.0}, {example: {"11": ["a", "b"], "14": ["c"]}})
    outside, inside = (Change(Place(example, line, "", 0), "") for line in (4, 12))
    assert (record.near(outside), record.far(outside)) == ([], ["b", "c", "a"])
    assert (record.near(inside), record.far(inside)) == (["b", "a"], ["c"])


@pytest.mark.parametrize(
    ("status", "outcome", "kind"),
    [
        (0, SURVIVED, ""),
        (1 << 8, KILLED, "failure"),
        (2 << 8, KILLED, "import"),
        (4 << 8, KILLED, "import"),
        (24, KILLED, "time"),
        (14, KILLED, "time"),
        (11, KILLED, "exit -11"),
    ],
)
def test_verdict_of_a_wait_status(status: int, outcome: str, kind: str) -> None:
    change = Change(Place("pinpoint/f.py", 3, "AddNot", 0), "")
    assert judge._verdict(change, status) == Verdict("f.py:3:AddNot:0", change.key, outcome, kind)


def test_a_file_that_no_test_runs_is_unreached(example: str) -> None:
    change = Change(Place(example, 12, "", 0), "")
    (verdict,) = judge.judged([change], Record({}, {example: {}}), 1)
    assert verdict.outcome == UNREACHED


def test_an_import_finds_the_change(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = judge.Changed(Change(Place(example, 4, "NumberReplacer", 0), SOURCE.replace("= 7", "= 8")))
    assert finder.find_spec("pinpoint.other", None) is None
    spec = finder.find_spec("pinpoint.example", None)
    assert spec is not None and spec.loader is not None
    code = spec.loader.get_code("pinpoint.example")  # type: ignore[attr-defined]
    assert 8 in code.co_consts and 7 not in code.co_consts

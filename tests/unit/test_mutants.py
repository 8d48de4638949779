"""The mutator makes the changes that it says, and the judge sees those that a transaction shows."""

from __future__ import annotations

import gzip
import json
import pickle
from dataclasses import asdict
from pathlib import Path

import pyrevm
import pytest

from pinpoint.chain import revm_port
from tests.mutants import judge, recorder
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.equivalent import change as changed_lines
from tests.mutants.judge import INVALID, KILLED, SAME, SURVIVED, Judge, Verdict
from tests.mutants.mutator import Mutant, Mutator
from tests.mutants.player import Seen

FILE = "libraries/sum_tree.vy"
CONTRACT = '''# pragma version 0.4.3
flag Phase:
    OPEN
    OVER

A: immutable(address)
B: immutable(address)
LIMIT: constant(uint256) = 7
at: uint256

@external
def move(time: uint256, late: bool) -> uint256:
    """
    @notice Not code: 1 < 2
    """
    assert time <= self.at + 1, "late"  # < this is not code
    if late and (time != 0):
        self.at -= min(time, 3)
        extcall Other(A).take(
            time, msg.sender
        )
        log Moved(time=time)
    x: uint256[5] = empty(uint256[5])
    return convert(Phase.OPEN, uint256)
'''


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """The name, and the line after the change, of each mutant of CONTRACT."""
    folder = tmp_path_factory.mktemp("contracts")
    (folder / "C.vy").write_text(CONTRACT)
    mutants = Mutator("C.vy", folder).mutants()
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    return {(mutant.name, "\n".join(mutant.text(CONTRACT).splitlines()[line(mutant) - 1 :][:1])) for mutant in mutants}


def line(mutant: Mutant) -> int:
    return int(mutant.name.split(":")[1])


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("C.vy:8:constant:1", "LIMIT: constant(uint256) = 8"),
        ("C.vy:8:constant:2", "LIMIT: constant(uint256) = 6"),
        ("C.vy:16:no-assert:1", "    pass"),
        ("C.vy:16:boundary:1", '    assert time < self.at + 1, "late"  # < this is not code'),
        ("C.vy:16:negated:1", '    assert time > self.at + 1, "late"  # < this is not code'),
        ("C.vy:16:arithmetic:1", '    assert time <= self.at - 1, "late"  # < this is not code'),
        ("C.vy:17:logic:1", "    if late or (time != 0):"),
        ("C.vy:17:negated:1", "    if (not (late and (time != 0))):"),
        ("C.vy:17:negated:2", "    if late and (time == 0):"),
        ("C.vy:18:no-assignment:1", "        pass"),
        ("C.vy:18:arithmetic:1", "        self.at += min(time, 3)"),
        ("C.vy:18:builtin:1", "        self.at -= max(time, 3)"),
        ("C.vy:19:no-call:1", "        pass"),
        ("C.vy:19:immutable:1", "        extcall Other(B).take("),
        ("C.vy:20:arguments:1", "            msg.sender, time"),
        ("C.vy:20:sender:1", "            time, self"),
        ("C.vy:22:no-log:1", "        pass"),
        ("C.vy:24:flag:1", "    return convert(Phase.OVER, uint256)"),
    ],
)
def test_each_change_is_made_where_it_says(made, name, after):
    assert (name, after) in made


def test_types_and_what_is_no_code_are_left_alone(made):
    lines = {int(name.split(":")[1]) for name, _ in made}
    assert lines.isdisjoint({1, 2, 3, 6, 7, 9, 11, 12, 14, 23})


def test_a_call_of_several_lines_goes_as_a_whole(tmp_path):
    (tmp_path / "C.vy").write_text(CONTRACT)
    gone = next(m for m in Mutator("C.vy", tmp_path).mutants() if m.name == "C.vy:19:no-call:1")
    assert gone.before == "extcall Other(A).take(\n            time, msg.sender\n        )"


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory):
    """A judge that has seen a little of the sum tree."""
    folder = tmp_path_factory.mktemp("mutants")
    patch = pytest.MonkeyPatch()
    patch.setattr(recorder, "OPS", [])
    patch.setattr(revm_port, "EVM", recorder.RecordedEvm)
    patch.setattr(judge, "deployable", lambda: ["SumTreeMock"])
    judge.importers.cache_clear()
    port = revm_port.RevmPort()
    port.fund(deployer := "0x" + "0d" * 20)
    recorder.OPS.append(recorder.Test("sums"))
    port.deploy(deployer, "SumTreeMock", [])
    for place, value, epoch in ((1, 5, 1), (3, 7, 1), (2, 4, 2)):
        port.send(deployer, "SumTreeMock", "add", place, value, 0, epoch)
    for lot in (0, 5, 12, 99):
        try:
            port.view("SumTreeMock", "find_at", lot, 2)
        except revm_port.CallRefused as refused:
            assert str(refused) == "sum tree: lot"
    write(folder / "tree.trace", recorder.OPS)
    with Judge(folder) as found:
        yield found
    patch.undo()
    judge.importers.cache_clear()


def write(path: Path, ops: list[recorder.Op]) -> None:
    with gzip.open(path, "wb") as file:
        pickle.dump([(type(op).__name__, tuple(op)) for op in ops], file)


def change(before: str, after: str) -> Mutant:
    """A mutant that is written by hand."""
    text = (revm_port.CONTRACTS / FILE).read_text()
    assert text.count(before) == 1, f"expected {before!r} once, got it {text.count(before)} times"
    start = text.index(before)
    return Mutant(f"{FILE}:0:by-hand:1", FILE, start, start + len(before), before, after)


@pytest.mark.parametrize(
    ("before", "after", "outcome", "kind"),
    [
        ("return passed + 1", "return passed + 2", KILLED, "returned"),
        ("rest >= value", "rest > value", KILLED, "returned"),
        ('< self.value_at(top, epoch), "sum', '> self.value_at(top, epoch), "sum', KILLED, "outcome"),
        ('"sum tree: lot"', '"sum tree: lots"', KILLED, "reason"),
        ('"sum tree: past"', '"sum tree: late"', SURVIVED, ""),
        ("now <= M64,", "now < 2**64,", SAME, ""),
        ("return passed + 1", "return passed + True", INVALID, "TypeMismatch"),
    ],
)
def test_the_judge_sees_what_a_caller_sees(sitting, before, after, outcome, kind):
    verdict = sitting.verdict(change(before, after))
    assert (verdict.outcome, verdict.kind) == (outcome, kind)


def test_a_recorded_chain_behaves_as_one_that_is_not(monkeypatch):
    monkeypatch.setattr(recorder, "OPS", [])
    assert recorder.REAL_EVM is pyrevm.EVM, "expected this process not to record"
    numbers = []
    for kind in (pyrevm.EVM, recorder.RecordedEvm):
        monkeypatch.setattr(revm_port, "EVM", kind)
        port = revm_port.RevmPort()
        port.fund(deployer := "0x" + "0d" * 20)
        port.deploy(deployer, "SumTreeMock", [])
        with port.undone():
            port.send(deployer, "SumTreeMock", "add", 1, 9, 0, 1)
        port.send(deployer, "SumTreeMock", "add", 1, 5, 0, 1)
        numbers.append(port.view("SumTreeMock", "total"))
    assert numbers == [5, 5]


def test_what_is_called_equivalent_is_a_mutant():
    for file in {file for file, _, _ in EQUIVALENT}:
        named = {each for each in EQUIVALENT if each[0] == file}
        assert named <= {changed_lines(mutant) for mutant in Mutator(file).mutants()}


def test_verdicts_are_kept_with_the_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another clone does not judge again what is the same; what a run finds later counts."""
    monkeypatch.setattr(judge, "KEPT", tmp_path / "verdicts.csv")
    monkeypatch.setattr(judge, "VERDICTS", tmp_path / "verdicts.jsonl")
    one, other = Verdict("a.vy:1:x:0", "k1", SURVIVED), Verdict("b.vy:1:x:0", "k2", KILLED, "trace", "test", "logs")
    judge.keep([other, one])
    assert judge.known() == {"k1": one, "k2": Verdict("b.vy:1:x:0", "k2", KILLED, kind="logs")}
    again = Verdict("a.vy:1:x:0", "k1", KILLED, "trace", "test", "outcome")
    (tmp_path / "verdicts.jsonl").write_text(json.dumps(asdict(again)) + "\n")
    assert judge.known()["k1"] == again


def test_what_the_original_shows_too_is_no_kill(monkeypatch: pytest.MonkeyPatch, sitting: Judge) -> None:
    """A recording that does not fit what was seen of it would kill every change."""
    monkeypatch.setattr(sitting, "_sound", set())
    for trace in sitting.traces:
        monkeypatch.setattr(trace, "_expected", dict.fromkeys(trace._expected, Seen(True, b"another", b"")))
    with pytest.raises(RuntimeError, match="expected the original to do"):
        sitting.verdict(change("return passed + 1", "return passed + 2"))

"""Run the tests on a changed file: in a process of its own, which imports the change instead of the file."""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.python_mutants.changes import ROOT, Change
from tests.python_mutants.recorder import function

FOLDER = ROOT / "build" / "mutants-python"
KILLED, SURVIVED, UNREACHED = "killed", "survived", "unreached"
QUIET = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:cov", "--no-header", "--tb=no")
PATIENCE, LEAST = 10, 60
"""A changed file that takes ten times as long, and a minute more, loops."""


@dataclass(frozen=True)
class Verdict:
    """What became of a change.

    Attributes:
        kind: how it was seen: a test failed, none could be collected, or time ran out.
    """

    name: str
    key: str
    outcome: str
    kind: str = ""


@dataclass(frozen=True)
class Record:
    """What the recorder wrote."""

    seconds: dict[str, float]
    tests: dict[str, dict[str, list[str]]]

    @classmethod
    def load(cls, path: Path) -> Record:
        return cls(**json.loads(path.read_text()))

    def near(self, change: Change) -> list[str]:
        """Tests that run the changed function, quick ones first; of what runs at import, none."""
        return self._sorted(self.tests[change.place.file].get(function(change.place), []))

    def far(self, change: Change) -> list[str]:
        """All other tests that run anything of the file: a fixture or a cache may have hidden that they need it."""
        near = set(self.near(change))
        return self._sorted({test for of in self.tests[change.place.file].values() for test in of} - near)

    def _sorted(self, tests: Sequence[str] | set[str]) -> list[str]:
        return sorted(tests, key=lambda test: (self.seconds[test], test))


class Changed(importlib.abc.MetaPathFinder):
    """Finds the changed module before the file is found."""

    def __init__(self, change: Change) -> None:
        self.path = str(ROOT / change.place.file)
        self.name = change.place.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.text = change.text

    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        finder = self

        class Loader(SourceFileLoader):
            def get_code(self, fullname: str) -> CodeType:
                return compile(finder.text, finder.path, "exec")

        return importlib.util.spec_from_file_location(name, self.path, loader=Loader(name, self.path))


def forget() -> None:
    """Drop all modules of ours, so that they are imported anew; what they import stays."""
    for name in [name for name in sys.modules if name.split(".")[0] in ("pinpoint", "tests")]:
        del sys.modules[name]


def warm_up(tests: Sequence[str]) -> None:
    """Import whatever the tests import, so that each fork has it."""
    pytest.main(["--collect-only", "-qq", *QUIET, *tests])


def _child(change: Change, near: list[str], far: list[str], seconds: float) -> int:
    limit = int(PATIENCE * seconds) + LEAST
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    signal.alarm(60 * limit)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    forget()
    sys.meta_path.insert(0, Changed(change))
    for tests in filter(None, (near, far)):
        code = int(pytest.main([*QUIET, *tests]))
        if code:
            return code
    return 0


def _verdict(change: Change, status: int) -> Verdict:
    code = os.waitstatus_to_exitcode(status)
    match code:
        case 0:
            return Verdict(change.place.name, change.key, SURVIVED)
        case 1:
            return Verdict(change.place.name, change.key, KILLED, "failure")
        case 2 | 3 | 4:
            return Verdict(change.place.name, change.key, KILLED, "import")
    if -code in (signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM):
        return Verdict(change.place.name, change.key, KILLED, "time")
    return Verdict(change.place.name, change.key, KILLED, f"exit {code}")


def judged(changes: Sequence[Change], record: Record, workers: int) -> Iterator[Verdict]:
    """The verdicts, as they come."""
    running: dict[int, Change] = {}
    for change in changes:
        near, far = record.near(change), record.far(change)
        if not near and not far:
            yield Verdict(change.place.name, change.key, UNREACHED)
            continue
        if len(running) >= workers:
            yield _next(running)
        child = os.fork()
        if not child:
            code = 70
            try:
                code = _child(change, near, far, sum(record.seconds[test] for test in near + far))
            finally:
                os._exit(code)
        running[child] = change
    while running:
        yield _next(running)


def _next(running: dict[int, Change]) -> Verdict:
    child, status = os.wait()
    return _verdict(running.pop(child), status)

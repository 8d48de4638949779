"""A plugin of pytest that writes down which functions each test runs, and how long it takes."""

from __future__ import annotations

import ast
import json
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from tests.python_mutants.changes import ROOT, Place, files, source


def spans(file: str) -> list[tuple[int, int]]:
    """First and last line of each function of a file, outer ones first."""
    found = (node for node in ast.walk(ast.parse(source(file))) if isinstance(node, ast.FunctionDef))
    return sorted(((node.lineno, node.end_lineno or 0) for node in found), key=lambda span: (span[0], -span[1]))


def function(of: Place) -> str:
    """The innermost function that has a place, by its first line; "" outside of functions."""
    return next((str(first) for first, last in reversed(spans(of.file)) if first <= of.line <= last), "")


class Recorder:
    """Traces all tests; at the end `path` has {"seconds": {test: float}, "tests": {file: {place: [test]}}}."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = {}
        self.coverage = Coverage(data_file=None, source=[str(ROOT / "pinpoint")], config_file=False)
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self.coverage.switch_context(item.nodeid)
        start = time.process_time()
        result = yield
        self.seconds[item.nodeid] = round(time.process_time() - start, 3)
        self.coverage.switch_context("")
        return result

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        found = {file: reached(file, data.contexts_by_lineno(str(ROOT / file))) for file in files()}
        self.path.write_text(json.dumps({"seconds": self.seconds, "tests": found}))


def reached(file: str, contexts: dict[int, Iterable[str]]) -> dict[str, list[str]]:
    """By function the tests that run a line of it. What runs at import is of no test."""
    tests: dict[str, set[str]] = defaultdict(set)
    functions = spans(file)
    for line, names in contexts.items():
        inside = [str(first) for first, last in functions if first < line <= last]
        for name in inside[-1:]:
            tests[name] |= set(names) - {""}
    return {name: sorted(of) for name, of in tests.items()}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", help="where to write which test runs what")


def pytest_configure(config: pytest.Config) -> None:
    where: Any = config.getoption("--record")
    if where:
        config.pluginmanager.register(Recorder(Path(where)))

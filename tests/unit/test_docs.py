"""The docs name tests and commands that are there: nothing in their tables can rot unseen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import click
import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS, DOCS, SCRIPTS = ROOT / "tests", ROOT / "docs", ROOT / "scripts"
PAGES = {"dispute": 60, "attacks": 50, "invariants": 40, "endings": 20, "threats": 40, "findings": 60}
"""Pages with tables of tests, and how many they name at least."""
RULES, ATTACKS, PROMISES = range(1, 23), range(1, 29), range(1, 12)
NAMED = re.compile(r"`(test_\w+)::(test_\w+)`")
NUMBERS = re.compile(r"\brules? ((?:\d+(?:, | and )?)+)", re.IGNORECASE)


@cache
def found() -> dict[tuple[str, str], list[set[int]]]:
    """Tests by file and name, each with the rules that it, or the file that it is in, cites."""
    tests: dict[tuple[str, str], list[set[int]]] = {}
    for path in TESTS.rglob("test_*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = f"{ast.get_docstring(tree)}\n{ast.get_docstring(node)}"
                rules = {int(n) for group in NUMBERS.findall(text) for n in re.findall(r"\d+", group)}
                tests.setdefault((path.stem, node.name), []).append(rules)
    return tests


def page(name: str) -> str:
    """A page's text."""
    return (DOCS / f"{name}.md").read_text()


def rows(name: str, number: str) -> dict[int, str]:
    """A table's rows by number, which a pattern finds at their beginning."""
    return {int(m[1]): m[0] for m in re.finditer(rf"^\| {number} .*$", page(name), re.MULTILINE)}


@pytest.mark.parametrize("name", PAGES)
def test_tests_that_are_named_exist(name: str) -> None:
    """Rule 18."""
    named = NAMED.findall(page(name))
    assert len(named) >= PAGES[name]
    assert [f"{file}::{test}" for file, test in named if (file, test) not in found()] == []


@pytest.mark.parametrize("name", PAGES)
def test_files_that_are_named_exist(name: str) -> None:
    paths = re.findall(r"`([\w/]+\.py)`", page(name))
    folders = (ROOT, TESTS, ROOT / "contracts")
    assert [path for path in paths if not any((folder / path).exists() for folder in folders)] == []


@pytest.mark.parametrize("number", RULES)
def test_every_rule_has_a_test_that_cites_it(number: int) -> None:
    """Rule 18."""
    row = rows("dispute", r"(\d+) \|")[number]
    citing = [test for test in NAMED.findall(row) if any(number in rules for rules in found()[test])]
    assert citing, f"no test of rule {number} cites it"


@pytest.mark.parametrize("number", ATTACKS)
def test_every_attack_has_a_test_or_says_what_it_waits_for(number: int) -> None:
    row = rows("attacks", r"A(\d+)")[number]
    assert NAMED.findall(row) or "| waits for " in row


@pytest.mark.parametrize("number", PROMISES)
def test_every_promise_has_a_test(number: int) -> None:
    assert NAMED.findall(rows("invariants", r"(\d+)")[number])


def commands() -> Iterator[tuple[str, str]]:
    """What docs/running.md says to run: a script, and what follows it."""
    for command in re.findall(r"`([^`]*)`", page("running")):
        words = command.removeprefix("ape run ").split()
        if words and (SCRIPTS / f"{words[0]}.py").exists():
            yield words[0], " ".join(words[1:])
        else:
            assert not command.startswith("ape run ") or words[0] in ("NAME", "..."), f"no script for `{command}`"


def load(script: str) -> ModuleType:
    """A script, as a module."""
    spec = spec_from_file_location(script, SCRIPTS / f"{script}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def options(script: str) -> set[str]:
    """What a script takes."""
    module = load(script)
    command: click.Command = module.cli
    return {name for parameter in command.params for name in parameter.opts}


def test_r18_the_runbook_names_commands_that_exist() -> None:
    """Rule 18: who follows docs/running.md in trouble finds each command, with each option."""
    named = list(commands())
    assert {path.stem for path in SCRIPTS.glob("*.py")} == {script for script, _ in named}
    for script in {script for script, _ in named}:
        said = {option for name, rest in named if name == script for option in re.findall(r"--[a-z-]+", rest)}
        assert said <= options(script) | {"--network"}, f"{script} does not take {said}"


def test_the_runbook_quotes_what_is_said() -> None:
    """Each refusal that docs/running.md explains is in the sources."""
    sources = "".join(path.read_text() for path in (ROOT / "contracts").rglob("*.vy"))
    said = re.findall(r"`([a-z]+: [^`]+)`", page("running"))
    assert len(said) >= 5
    assert [reason for reason in said if f'"{reason}"' not in sources] == []

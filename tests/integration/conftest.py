"""Fixtures of tasks that the roles play."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.integration.books import Books, quick
from tests.integration.endings import played
from tests.play import Play
from tests.world import World


@pytest.fixture(scope="session", autouse=True)
def folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Made before any world: titanoboa undoes fixtures in turn, so what outlives a test must not begin within it."""


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """After a test that plays an ending, before its world is undone: docs/endings.md says what came of it."""
    result = yield
    if pyfuncitem.get_closest_marker("ending"):
        played(pyfuncitem, pyfuncitem.funcargs["books"])
    return result


@pytest.fixture
def play(world: World, tmp_path: Path) -> Play:
    """A table without players."""
    return Play(world, tmp_path)


@pytest.fixture
def books(world: World) -> Books:
    """The accounts before the task."""
    return Books(world)


@pytest.fixture
def quickly(world: World) -> Iterator[None]:
    """As `quick`, for the whole test."""
    with quick(world):
        yield

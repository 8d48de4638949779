"""Fixtures of tasks that the roles play."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.books import Books, quick
from tests.play import Play
from tests.world import World


@pytest.fixture(scope="session", autouse=True)
def folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Made before any world: titanoboa undoes fixtures in turn, so what outlives a test must not begin within it."""


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

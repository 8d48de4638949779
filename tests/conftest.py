"""Shared fixtures: one deployment per process, undone after each test."""

from collections.abc import Iterator

import pytest

from tests.world import World


@pytest.fixture(scope="session")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """The deployed suite; whatever a test does to it is undone."""
    with deployed.undone():
        yield deployed

"""Shared fixtures: one deployment per process, undone after each test."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.world import World

# The same examples in every run, however slow the machine is.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """The deployed suite; whatever a test does to it is undone."""
    with deployed.undone():
        yield deployed

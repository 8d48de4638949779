"""Shared fixtures: one deployment per module, undone after each test."""

from collections.abc import Iterator

import boa
import pytest

from tests.world import World


@pytest.fixture(scope="session")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """The deployed suite; whatever a test does to it is undone."""
    accounts, length, seen = dict(deployed.ledger.accounts), len(deployed.port.log), deployed.ledger.seen
    with boa.env.anchor():
        yield deployed
    del deployed.port.log[length:]
    deployed.ledger.accounts, deployed.ledger.seen = accounts, seen

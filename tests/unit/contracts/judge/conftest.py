"""A task of all operators whose verifier has accepted, and a game about the right report."""

from collections.abc import Iterator

import pytest

from pinpoint.dispute.knowledge import Whole
from pinpoint.replay.report import Report
from tests.games import Game, unchecked
from tests.unit.contracts.judge.court import JOB, Table
from tests.world import World


@pytest.fixture(scope="module")
def table(deployed: World) -> Iterator[Game]:
    """A task whose verifier has accepted."""
    with unchecked(deployed) as world:
        yield Game(world, JOB)


@pytest.fixture
def game(table: Game) -> Iterator[Game]:
    """The same, undone after each test."""
    with table.world.undone():
        yield table


@pytest.fixture(scope="module")
def honest(table: Game) -> Report:
    """The right report."""
    return table.honest()


@pytest.fixture
def innocent(game: Game, honest: Report) -> Table:
    """A live game about the right report."""
    return Table(game, game.start(honest, honest.digest), game.case(honest, Whole(honest)))

"""A task whose verifier has accepted, reports of it, and games about them."""

from collections.abc import Iterator

import pytest

from pinpoint.replay.report import Report
from tests.games import Game
from tests.unit.contracts.arbitration.plays import JOB, lie, show
from tests.world import World


@pytest.fixture(scope="module")
def table(deployed: World) -> Iterator[Game]:
    """A task whose verifier has accepted."""
    with deployed.undone():
        yield Game(deployed, JOB)


@pytest.fixture
def game(table: Game) -> Iterator[Game]:
    """The same, undone after each test."""
    with table.world.undone():
        yield table


@pytest.fixture(scope="module")
def honest(table: Game) -> Report:
    """The right report."""
    return table.honest()


@pytest.fixture(scope="module")
def lying(table: Game) -> Report:
    """A report with one wrong lane and all that follows from it."""
    return Report(JOB.program, table.segments, lie)


@pytest.fixture
def fresh(game: Game, honest: Report) -> int:
    """A game about the right report, in its first second."""
    return game.start(honest, honest.digest)


@pytest.fixture
def dispute(game: Game, fresh: int, honest: Report) -> int:
    """The same, with the verifier's first move made in that second: the challenger is on the clock."""
    show(game, fresh, honest)
    return fresh


@pytest.fixture
def just(game: Game, lying: Report, honest: Report) -> int:
    """A game about the wrong report, in its first second."""
    return game.start(lying, honest.digest)

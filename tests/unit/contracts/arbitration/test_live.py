"""Arbitration: when a move counts. Promise 5; rules 1, 3."""

from __future__ import annotations

import pytest

from pinpoint.chain.client import ChallengePhase
from pinpoint.replay.report import Report
from tests.games import Game
from tests.unit.contracts.arbitration.plays import MOVES, fall_silent, moves, overturn, refuses, show
from tests.unit.contracts.steps import at


def expected(move: str, reason: str) -> str:
    """A time-out asks where the challenge stands, and nothing else."""
    return "arbitration: early" if move == "time_out" else reason


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_before_the_games_begin(game: Game, honest: Report, move: str) -> None:
    """Attack A22: the first second of the games is the one after the secret's last."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    refuses(expected(move, "arbitration: phase"), moves(game, dispute, honest)[move])
    game.reveal(dispute, honest.digest)
    refuses("arbitration: early", moves(game, dispute, honest)[move])
    game.open_secret()
    at(game.windows.secret_end)
    refuses("arbitration: early", moves(game, dispute, honest)[move])


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_while_the_secret_is_closed(game: Game, honest: Report, move: str) -> None:
    """Whoever keeps its secret has lost by that, and not by a game."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    for late in (1, 10**6):
        at(game.windows.secret_end + late)
        refuses(expected(move, "arbitration: secret"), moves(game, dispute, honest)[move])


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_that_was_never_revealed(game: Game, honest: Report, move: str) -> None:
    """Another challenge was, so that the games are on."""
    game.report(honest)
    hidden, shown = game.commit(honest.digest, "other_whistleblower"), game.commit(honest.digest)
    game.reveal(shown, honest.digest)
    game.open_secret()
    at(game.windows.secret_end + 1)
    refuses(expected(move, "arbitration: phase"), moves(game, hidden, honest)[move])


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_of_a_challenge_that_there_is_not(table: Game, honest: Report, move: str) -> None:
    """Rule 1: it has no phase, and names no report, which is what a prover asks for first."""
    reason = "verification: report" if move == "prove" else "arbitration: phase"
    for number in (0, 999, 2**256 - 1):
        refuses(expected(move, reason), moves(table, number, honest)[move])


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_after_the_verdict(game: Game, fresh: int, honest: Report, move: str, begun: bool) -> None:
    """Rule 3: no move after resolution, promise 5: a terminal state is terminal."""
    if begun:
        show(game, fresh, honest)
    moves(game, fresh, honest)["prove"]()
    assert game.phase(fresh) is ChallengePhase.LOST
    refuses(expected(move, "arbitration: phase"), moves(game, fresh, honest)[move])


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_once_another_game_has_overturned_the_report(
    game: Game, lying: Report, honest: Report, move: str, begun: bool
) -> None:
    """Rule 3, in the same round and in the next; a game that has begun is as dead as one that has not."""
    first, second = game.start(lying, honest.digest, "other_whistleblower", "whistleblower")
    if begun:
        show(game, second, lying)
    overturn(game, first, honest, lying)
    refuses(expected(move, "arbitration: fallen"), moves(game, second, honest)[move])
    game.assign()
    game.report(honest)
    refuses(expected(move, "arbitration: fallen"), moves(game, second, honest)[move])


@pytest.mark.parametrize("move", MOVES)
def test_nothing_counts_after_silence(game: Game, honest: Report, move: str) -> None:
    """Rule 3."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    at(game.windows.secret_end + 1)
    fall_silent(game)
    refuses(expected(move, "arbitration: fallen"), moves(game, dispute, honest)[move])

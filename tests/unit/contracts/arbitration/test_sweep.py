"""Arbitration: one transaction that takes whatever exits are due. Promise 5; rules 7, 9, 16."""

from __future__ import annotations

import pytest

from pinpoint.chain.client import ChallengePhase
from pinpoint.chain.port import CallRefused
from pinpoint.replay.report import Report
from tests.games import Game, unchecked
from tests.unit.contracts.arbitration.plays import (
    BOND,
    BUDGET,
    commit_to,
    give,
    overturn,
    prove_innocent,
    reveal,
    show,
    sweep,
    to_open,
)
from tests.unit.contracts.steps import at, events, some_hash

COMMITTED, REVEALED, WON, LOST, CLOSED, FORFEITED = (
    ChallengePhase.COMMITTED,
    ChallengePhase.REVEALED,
    ChallengePhase.WON,
    ChallengePhase.LOST,
    ChallengePhase.CLOSED,
    ChallengePhase.FORFEITED,
)
USERS = ("whistleblower", "other_whistleblower", "stranger", "solver")
BLOCK_GAS = 30_000_000


def four(game: Game, report: Report, digest: bytes) -> list[int]:
    """Three games in their first second, and a challenge that was never revealed."""
    game.report(report)
    disputes = [game.commit(digest, user) for user in USERS]
    for dispute, user in zip(disputes[:3], USERS, strict=False):
        game.reveal(dispute, digest, user)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    return disputes


def phases(game: Game, disputes: list[int]) -> list[ChallengePhase]:
    """How challenges stand."""
    return [game.phase(dispute) for dispute in disputes]


def test_every_exit_at_once(game: Game, honest: Report) -> None:
    """The first conviction frees the second, the third's challenger was late before; the fourth is forfeited."""
    disputes = four(game, honest, honest.digest)
    show(game, disputes[2], honest)
    start, number = game.windows.secret_end, game.number
    world = game.world
    stakes = {user: world.view("Staking", "stake", world[user]) for user in USERS}
    burnt = world.view("Staking", "burnt")
    at(start + BUDGET + 2)
    first, second, third, hidden = disputes
    with world.undone():
        receipt = sweep(game, third, hidden, 0, first, 999, first, second, 2**256 - 1, third, hidden)
        assert phases(game, disputes) == [WON, CLOSED, LOST, FORFEITED]
        logged = events(receipt)
        decided = [(e["dispute"], e["report"], e["phase"], e["reason"]) for e in logged["ChallengeDecided"]]
        assert decided == [(third, number, LOST, 2), (first, number, WON, 2)]
        closed = [(e["dispute"], e["revealed"]) for e in logged["ChallengeClosed"]]
        assert closed == [(hidden, False), (second, True)]
        now = {user: world.view("Staking", "stake", world[user]) for user in USERS}
        assert now == {
            USERS[0]: stakes[USERS[0]] + BOND,
            USERS[1]: stakes[USERS[1]] + BOND,
            USERS[2]: stakes[USERS[2]],
            USERS[3]: stakes[USERS[3]],
        }
        assert world.view("Staking", "burnt") > burnt + BOND
        assert game.round == 1
        assert world.view("Arbitration", "open_games", number) == 1, "the freed one had no verdict"
        assert events(sweep(game, *disputes)) == {}, "twice does nothing more"
    # The other way round, the second convicts; and a late challenger is freed, not late, if it is swept after that.
    sweep(game, hidden, second, third, first)
    assert phases(game, disputes) == [CLOSED, WON, CLOSED, FORFEITED]


def test_what_is_not_due_stays_as_it_is(game: Game, honest: Report) -> None:
    game.report(honest)
    disputes = [game.commit(honest.digest, user) for user in USERS]
    w = game.windows

    def nothing_is_due() -> None:
        before = phases(game, disputes)
        assert events(sweep(game, *disputes, *disputes)) == {}
        assert phases(game, disputes) == before

    nothing_is_due()
    at(w.commit_end + 1)
    nothing_is_due()
    for dispute, user in zip(disputes, USERS, strict=True):
        game.reveal(dispute, honest.digest, user)
    game.open_secret()
    for second in (w.reveal_end, w.reveal_end + 1, w.secret_end, w.secret_end + 1, w.secret_end + BUDGET):
        at(second)
        nothing_is_due()
    at(w.secret_end + BUDGET)
    prove_innocent(game, disputes[0], honest)
    at(w.secret_end + BUDGET)
    nothing_is_due()


def test_one_due_among_others(game: Game, honest: Report) -> None:
    """The verifier is late in one game only: it loses that one, though it has answered in the others."""
    disputes = four(game, honest, honest.digest)
    start = game.windows.secret_end
    at(start + BUDGET)
    for dispute in disputes[:2]:
        show(game, dispute, honest)
        at(start + BUDGET)
    at(start + BUDGET + 1)
    with game.world.undone():
        sweep(game, *disputes[:2])
        assert phases(game, disputes) == [REVEALED, REVEALED, REVEALED, COMMITTED]
    sweep(game, disputes[2], *disputes[:2])
    assert phases(game, disputes) == [CLOSED, CLOSED, WON, COMMITTED]


def test_reports_of_several_rounds_and_places(game: Game, lying: Report, honest: Report) -> None:
    """One sweep goes over two reports of the open round, and what is left of an earlier one."""
    game.report(lying)
    old, winner = game.commit(honest.digest, "other_whistleblower"), game.commit(honest.digest)
    game.reveal(old, honest.digest, "other_whistleblower")
    game.reveal(winner, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    overturn(game, winner, honest, lying)
    to_open(game)
    numbers = give(game, {"other_solver": lying, "stranger": honest})
    one = commit_to(game, numbers["other_solver"], honest.digest)
    two = commit_to(game, numbers["stranger"], lying.digest, "other_whistleblower")
    hidden = commit_to(game, numbers["stranger"], some_hash("nothing"))
    end = game.client.report(numbers["stranger"])
    game.at(end.commit_end + 1)
    reveal(game, one, honest.digest)
    reveal(game, two, lying.digest, "other_whistleblower")
    game.at(end.secret_end + 1)
    show(game, two, honest)
    at(game.client.game(two).deadline + 1)
    sweep(game, two, old, one, hidden)
    assert phases(game, [old, one, two, hidden]) == [CLOSED, WON, LOST, FORFEITED]
    assert game.world.view("Arbitration", "batch_games", game.task) == 0


def test_anybody_may_sweep_nothing(game: Game) -> None:
    assert events(sweep(game)) == {}


def test_sixty_four_at_most(game: Game, honest: Report) -> None:
    """Rule 7: the list is its sender's, and bounded; the dearest fits into a block."""
    with unchecked(game.world):
        game.report(honest)
        disputes = [game.commit(honest.digest) for _ in range(64)]
        for dispute in disputes[:32]:
            game.reveal(dispute, honest.digest)
        game.open_secret()
        at(game.windows.secret_end + BUDGET + 1)
        with pytest.raises(CallRefused):
            sweep(game, *disputes, 1)
        receipt = sweep(game, *disputes)
        assert receipt.gas < BLOCK_GAS
        assert phases(game, disputes) == [WON] + 31 * [CLOSED] + 32 * [FORFEITED]
        again = sweep(game, *disputes)
        assert again.gas < receipt.gas / 4, "rule 16: what is done is a cheap no-op"

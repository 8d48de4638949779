"""Arbitration: clocks and the absolute end. Promises 5, 6; rules 2, 4, 5, 6; each deadline at t - 1, t, t + 1."""

from __future__ import annotations

import pytest

from pinpoint.chain.client import CHALLENGER, DEFENDER, ChallengePhase
from pinpoint.replay.report import Report
from pinpoint.roles.whistleblower import shown_in
from tests.games import Game, leg_to, legs_to
from tests.unit.contracts.arbitration.plays import (
    BUDGET,
    REPLY,
    WINDOW,
    ask,
    prove_innocent,
    send_time_out,
    set_clock,
    show,
)
from tests.unit.contracts.steps import at, check_exit, check_window, events, refused


def test_the_verifier_moves_up_to_its_first_deadline(game: Game, fresh: int, honest: Report) -> None:
    last = game.windows.secret_end + BUDGET
    assert game.client.game(fresh).deadline == last
    check_window(game.world, last, "arbitration: late", lambda: show(game, fresh, honest))


def test_a_silent_verifier_loses_after_its_deadline(game: Game, fresh: int) -> None:
    last = game.windows.secret_end + BUDGET
    check_exit(game.world, last, "arbitration: early", lambda: send_time_out(game, fresh))
    assert game.phase(fresh) is ChallengePhase.WON
    assert game.round == 1


def test_the_challenger_moves_up_to_its_deadline(game: Game, dispute: int, honest: Report) -> None:
    last = game.windows.secret_end + 1 + BUDGET
    assert game.client.game(dispute).deadline == last
    legs = legs_to(honest, 0)
    check_window(game.world, last, "arbitration: late", lambda: ask(game, dispute, *legs))


def test_a_silent_challenger_loses_after_its_deadline(game: Game, dispute: int) -> None:
    last = game.windows.secret_end + 1 + BUDGET
    check_exit(game.world, last, "arbitration: early", lambda: send_time_out(game, dispute))
    assert game.phase(dispute) is ChallengePhase.LOST
    assert game.world.view("Verification", "is_final", game.task)


def test_the_verifier_moves_up_to_a_later_deadline(game: Game, dispute: int, honest: Report) -> None:
    ask(game, dispute, *legs_to(honest, 0))
    last = game.client.game(dispute).deadline
    with game.world.undone():
        check_window(game.world, last, "arbitration: late", lambda: show(game, dispute, honest))
    check_exit(game.world, last, "arbitration: early", lambda: send_time_out(game, dispute))
    assert game.phase(dispute) is ChallengePhase.WON


def test_a_proof_counts_up_to_the_verifiers_deadline(game: Game, just: int, lying: Report, honest: Report) -> None:
    last = game.windows.secret_end + BUDGET
    check_window(game.world, last, "arbitration: late", lambda: game.prove_directly(just, honest, lying))


def test_a_proof_counts_up_to_the_challengers_deadline(game: Game, just: int, lying: Report, honest: Report) -> None:
    show(game, just, lying)
    last = game.client.game(just).deadline
    check_window(game.world, last, "arbitration: late", lambda: game.prove_directly(just, honest, lying))


def test_each_second_belongs_to_one_side(game: Game, fresh: int, honest: Report) -> None:
    """Rule 6: a clock never grows, a move costs only its mover's time."""
    start = game.windows.secret_end
    at(start + 100)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 100 + BUDGET
    at(start + 130)
    ask(game, fresh, *legs_to(honest, 0))
    assert game.client.game(fresh).deadline == start + 130 + BUDGET - 100
    at(start + 140)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 140 + BUDGET - 30
    at(start + 150)
    ask(game, fresh, leg_to(honest.tree(0), 0))
    assert game.client.game(fresh).deadline == start + 150 + BUDGET - 110


def test_each_reply_has_its_window(game: Game, fresh: int, honest: Report) -> None:
    """Rule 5: a move at the last second leaves the other side, and the same side later, a usable window."""
    start = game.windows.secret_end
    at(start + BUDGET)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 2 * BUDGET
    at(start + 2 * BUDGET)
    ask(game, fresh, *legs_to(honest, 0))
    assert game.client.game(fresh).deadline == start + 2 * BUDGET + REPLY
    at(start + 2 * BUDGET + REPLY)
    show(game, fresh, honest)
    assert game.client.game(fresh).deadline == start + 2 * BUDGET + 2 * REPLY


def test_the_events_say_the_deadline(game: Game, fresh: int, honest: Report) -> None:
    """Rule 22: an indexer needs no clock of its own."""
    shown = events(show(game, fresh, honest))["ChildrenShown"][0]["deadline"]
    assert shown == game.client.game(fresh).deadline
    asked = events(ask(game, fresh, *legs_to(honest, 0)))["Descended"][0]["deadline"]
    assert asked == game.client.game(fresh).deadline


def test_a_game_in_which_everybody_dawdles_ends_in_time(game: Game, just: int, lying: Report, honest: Report) -> None:
    """Promise 6: with every move in its last second, the honest side has still won before the absolute end."""
    end = game.windows.secret_end + WINDOW
    while game.phase(just) is ChallengePhase.REVEALED:
        state = game.client.game(just)
        assert state.deadline < end
        at(state.deadline)
        if state.side == DEFENDER:
            show(game, just, lying)
        else:
            known = shown_in(game.client, just, lying.root, honest)
            move = game.next_move(just, honest, known, lying.distances)
            assert move is not None
            game.play(just, move)
    assert game.phase(just) is ChallengePhase.WON


@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_at_the_absolute_end_the_challenger_has_lost(game: Game, dispute: int, honest: Report, side: int) -> None:
    """Promise 6: whoever is on the clock, if its deadline is not over before."""
    end = game.windows.secret_end + WINDOW
    legs = legs_to(honest, 0)
    if side == DEFENDER:
        ask(game, dispute, *legs)
    set_clock(game, dispute, side, BUDGET, end - BUDGET + 1)
    assert game.client.game(dispute).deadline == end
    with game.world.undone():
        check_window(
            game.world,
            end,
            "arbitration: late",
            lambda: show(game, dispute, honest) if side == DEFENDER else ask(game, dispute, *legs),
        )
    with game.world.undone():
        check_window(game.world, end, "arbitration: late", lambda: prove_innocent(game, dispute, honest))
    check_exit(game.world, end, "arbitration: early", lambda: send_time_out(game, dispute))
    assert game.phase(dispute) is ChallengePhase.LOST


@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_a_move_near_the_absolute_end_gives_no_time_beyond(
    game: Game, dispute: int, honest: Report, side: int
) -> None:
    """Attack A28: no deadline, and no event, is later than the end."""
    end = game.windows.secret_end + WINDOW
    if side == DEFENDER:
        ask(game, dispute, *legs_to(honest, 0))
    set_clock(game, dispute, side, BUDGET, end - BUDGET + 1)
    at(end)
    receipt = show(game, dispute, honest) if side == DEFENDER else ask(game, dispute, *legs_to(honest, 0))
    [said] = [event.fields["deadline"] for event in receipt.events]
    assert said == game.client.game(dispute).deadline == end
    at(end + 1)
    send_time_out(game, dispute)
    assert game.phase(dispute) is ChallengePhase.LOST


@pytest.mark.parametrize("late", [0, 10**6])
def test_a_verifier_late_before_the_absolute_end_has_lost_for_ever(
    game: Game, dispute: int, honest: Report, late: int
) -> None:
    """Rule 2: who wins a game depends on who was late first, not on when somebody says so."""
    end = game.windows.secret_end + WINDOW
    ask(game, dispute, *legs_to(honest, 0))
    set_clock(game, dispute, DEFENDER, BUDGET, end - BUDGET)
    at(end + 1 + late)
    send_time_out(game, dispute)
    assert game.phase(dispute) is ChallengePhase.WON


def test_a_time_out_is_said_once(game: Game, fresh: int) -> None:
    """Rule 3."""
    at(game.windows.secret_end + BUDGET + 1)
    send_time_out(game, fresh)
    with refused("arbitration: early"):
        send_time_out(game, fresh)

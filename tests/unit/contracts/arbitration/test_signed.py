"""Arbitration: states that both sides signed off chain, posted. Promises 4, 6; attack A28."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import boa
import pytest

from pinpoint.chain.client import CHALLENGER, DEFENDER, ActionKind, ChallengePhase
from pinpoint.dispute.moves import Leg
from pinpoint.dispute.position import ROOT, Position
from pinpoint.replay.report import Report
from pinpoint.roles.whistleblower import shown_in
from tests.games import CHALLENGER_USER, Game, leg_to, legs_to
from tests.unit.contracts.arbitration.plays import (
    BUDGET,
    JOB,
    REPLY,
    WINDOW,
    ask,
    clocks,
    prove_innocent,
    refuses,
    send_time_out,
    show,
    works,
)
from tests.unit.contracts.arbitration.signing import Pen, keyed_world
from tests.unit.contracts.steps import at, check_exit, check_window, events, refused, some_hash

WALLET = boa.load_partial("contracts/mocks/WalletMock.vy")
HONEST, LAX, REVERTS = 1, 2, 64
"""Its modes."""


@pytest.fixture(scope="module")
def table() -> Iterator[Game]:
    """A task among users with keys."""
    with keyed_world() as world:
        yield Game(world, JOB)


@pytest.fixture
def pen(game: Game, fresh: int, honest: Report) -> Pen:
    """A game about the right report, in its first second, of two who sign."""
    return Pen(game, fresh, honest.root)


@pytest.fixture
def start(game: Game, fresh: int) -> int:
    """The second before the games."""
    return game.windows.secret_end


def test_the_game_goes_on_from_what_both_signed(game: Game, pen: Pen, honest: Report, start: int) -> None:
    """Two moves off chain, one transaction, whoever sends it."""
    legs = legs_to(honest, 1, 0)
    state = pen.state(2, legs, DEFENDER, defender_left=BUDGET - 7, challenger_left=BUDGET - 9)
    at(start + 3)
    receipt = pen.post(state)
    since = start + 3 + REPLY
    expected = {
        "dispute": pen.dispute,
        "number": 2,
        "claim": honest.tree(1, 0).root,
        "position": state.position,
        "deadline": since + BUDGET - 7,
    }
    assert events(receipt) == {"StatePosted": [expected]}
    now = game.client.game(pen.dispute)
    assert now.position == Position(honest.tree(1, 0).root, stage=2, level=ROOT, coordinates=(1, 0))
    assert pen.clock == (DEFENDER, since + BUDGET - 7)
    at(since)
    live = game.world.view("Arbitration", "live_game", pen.dispute)
    assert live.claim == live.trace == honest.tree(1, 0).root
    assert live.position == state.position
    assert (live.report, live.report_root) == (game.number, honest.root)
    show(game, pen.dispute, honest)
    ask(game, pen.dispute, leg_to(honest.tree(1, 0), 3))
    assert game.client.game(pen.dispute).position.coordinates == (1, 0, 3)


@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_a_posted_game_rests_for_one_reply(game: Game, pen: Pen, honest: Report, start: int, side: int) -> None:
    """Rules 2, 4: from the first second after the pause, and in none of it, does a move count."""
    legs = legs_to(honest, 0)
    at(start + 5)
    pen.post(pen.state(1 + side, legs if side == DEFENDER else (), side))
    since = start + 5 + REPLY
    moves = {
        DEFENDER: lambda: show(game, pen.dispute, honest),
        CHALLENGER: lambda: ask(game, pen.dispute, *legs),
    }
    for second in (start + 6, since - 1):
        at(second)
        for send in (*moves.values(), lambda: prove_innocent(game, pen.dispute, honest)):
            refuses("arbitration: early", send)
        refuses("arbitration: early", lambda: game.world.view("Arbitration", "live_game", pen.dispute))
        refuses("arbitration: early", lambda: send_time_out(game, pen.dispute))
        refuses("arbitration: open", lambda: game.world.send("stranger", "Arbitration", "close", pen.dispute))
        kind = ActionKind.SHOW if side == DEFENDER else ActionKind.DESCEND
        said = {action.kind: action.opens for action in game.client.next_actions(pen.dispute)}
        assert said == {kind: since, ActionKind.PROVE: since, ActionKind.TIME_OUT: pen.clock[1] + 1}
        for party in (CHALLENGER_USER, pen.verifier, "stranger"):
            assert game.client.due(pen.dispute, game.world[party]) == set(), "nobody may act"
    at(since)
    assert {s for s, send in moves.items() if works(game, send)} == {side}
    assert works(game, lambda: prove_innocent(game, pen.dispute, honest))
    with game.world.undone():
        check_window(game.world, pen.clock[1], "arbitration: late", moves[side])
    check_exit(game.world, pen.clock[1], "arbitration: early", lambda: send_time_out(game, pen.dispute))
    assert game.phase(pen.dispute) is (ChallengePhase.WON if side == DEFENDER else ChallengePhase.LOST)


def test_a_posted_game_is_won_by_the_honest(game: Game, lying: Report, honest: Report) -> None:
    """Promise 4: what was shown off chain is asked for again where it is not known."""
    dispute = game.start(lying, honest.digest)
    pen = Pen(game, dispute, lying.root)
    pen.post(pen.state(2, legs_to(lying, 1), DEFENDER))
    game.at(game.windows.secret_end + 1 + REPLY)
    while game.phase(dispute) is ChallengePhase.REVEALED:
        if game.client.game(dispute).side == DEFENDER:
            show(game, dispute, lying)
            continue
        known = shown_in(game.client, dispute, lying.root, honest)
        move = game.next_move(dispute, honest, known, lying.distances)
        assert move is not None
        game.play(dispute, move)
    assert game.phase(dispute) is ChallengePhase.WON


# Clocks


def test_clocks_only_fall(game: Game, pen: Pen, start: int) -> None:
    """Attack A28: a signed clock above the chain's is the chain's, which has charged the verifier until now."""
    rng = random.Random(1)
    for spent in (1, 2, 100, BUDGET - 1, BUDGET):
        for _ in range(4):
            lefts = [rng.choice((0, 1, rng.randrange(BUDGET), BUDGET, BUDGET + 1, 2**32, 2**256 - 1)) for _ in "dc"]
            with game.world.undone():
                at(start + spent)
                pen.post(pen.state(1, defender_left=lefts[0], challenger_left=lefts[1]))
                assert clocks(game, pen.dispute) == (min(lefts[0], BUDGET - spent), min(lefts[1], BUDGET))
                at(start + spent + REPLY - 1)
                pen.post(pen.state(2, defender_left=2**256 - 1, challenger_left=2**256 - 1))
                assert clocks(game, pen.dispute) == (min(lefts[0], BUDGET - spent), min(lefts[1], BUDGET))


def test_whatever_two_colluders_sign_the_game_ends(game: Game, pen: Pen, start: int) -> None:
    """Attack A28, promise 6: two posts in their last seconds cost one reply; the end stays where it was."""
    most, end = 2**256 - 1, start + WINDOW
    at(start + BUDGET)
    pen.post(pen.state(1, defender_left=most, challenger_left=most))
    at(start + BUDGET + REPLY - 1)
    pen.post(pen.state(2, defender_left=most, challenger_left=most))
    assert pen.clock == (CHALLENGER, start + BUDGET + REPLY - 1 + BUDGET)
    assert pen.clock[1] < end
    at(pen.clock[1] + 1)
    send_time_out(game, pen.dispute)
    assert game.phase(pen.dispute) is ChallengePhase.LOST


@pytest.mark.parametrize("left", [0, REPLY - 1, REPLY, REPLY + 1])
@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_after_a_post_each_reply_has_its_window(game: Game, pen: Pen, start: int, side: int, left: int) -> None:
    """Rule 5: also after a state that was posted in the last second."""
    at(start + BUDGET)
    mine = "defender_left" if side == DEFENDER else "challenger_left"
    pen.post(pen.state(1, side=side, **{mine: left}))
    at(start + BUDGET + REPLY - 1)
    pen.post(pen.state(2, side=side, **{mine: left}))
    expected = max(REPLY, 0 if side == DEFENDER else left)
    assert pen.clock == (side, start + BUDGET + REPLY - 1 + expected)


def test_a_liar_that_posts_old_states_twice_loses_in_time(game: Game, lying: Report, honest: Report) -> None:
    """Attack A28: it uses up the supersession itself, and everybody dawdles; the honest side is done before the end."""
    dispute = game.start(lying, honest.digest)
    pen, start = Pen(game, dispute, lying.root), game.windows.secret_end
    at(start + BUDGET)
    pen.post(pen.state(1, side=CHALLENGER))
    at(start + BUDGET + REPLY - 1)
    pen.post(pen.state(2, legs_to(lying, 1), DEFENDER))
    with refused("arbitration: superseded"):
        pen.post(pen.state(30, legs_to(lying, 1, 1), DEFENDER))
    while game.phase(dispute) is ChallengePhase.REVEALED:
        state = game.client.game(dispute)
        assert state.deadline < start + WINDOW
        at(state.deadline)
        if state.side == DEFENDER:
            show(game, dispute, lying)
            continue
        known = shown_in(game.client, dispute, lying.root, honest)
        move = game.next_move(dispute, honest, known, lying.distances)
        assert move is not None
        game.play(dispute, move)
    assert game.phase(dispute) is ChallengePhase.WON


# Supersession


def test_a_later_state_supersedes_once(game: Game, pen: Pen, honest: Report, start: int) -> None:
    """Attack A28: whoever posts an old state is answered with the last; then the game goes on."""
    at(start + 1)
    pen.post(pen.state(4, legs_to(honest, 0), DEFENDER))
    assert not game.world.view("Arbitration", "superseded", pen.dispute)
    for number in (0, 3, 4):
        with refused("arbitration: stale"):
            pen.post(pen.state(number))
    later = pen.state(6, legs_to(honest, 1, 2), CHALLENGER, challenger_left=BUDGET - 20)
    at(start + 30)
    receipt = pen.post(later)
    assert events(receipt)["StatePosted"][0]["number"] == 6
    assert game.world.view("Arbitration", "superseded", pen.dispute)
    assert game.world.view("Arbitration", "posted", pen.dispute) == 6
    assert game.client.game(pen.dispute).position.claim == honest.tree(1, 2).root
    assert pen.clock == (CHALLENGER, start + 30 + BUDGET - 20), "it goes on at once"
    for number in (7, 2**256 - 1):
        with refused("arbitration: superseded"):
            pen.post(pen.state(number))
    ask(game, pen.dispute, leg_to(honest.tree(1, 2), 4))
    with refused("arbitration: superseded"):
        pen.post(pen.state(8))


def test_a_state_is_superseded_in_the_pause_alone(game: Game, pen: Pen, honest: Report, start: int) -> None:
    """Rule 4; and refused after a move."""
    at(start + 1)
    pen.post(pen.state(1))
    last = start + REPLY
    with game.world.undone():
        check_window(game.world, last, "arbitration: late", lambda: pen.post(pen.state(2)))
    at(last + 1)
    ask(game, pen.dispute, *legs_to(honest, 0))
    for number in (2, 2**256 - 1):
        with refused("arbitration: late"):
            pen.post(pen.state(number))


def test_a_superseding_state_is_checked_as_the_first(game: Game, pen: Pen) -> None:
    pen.post(pen.state(1))
    state = pen.state(2)
    with refused("arbitration: challenger"):
        pen.post(state, challenger=pen.sign(pen.state(3)))
    with refused("arbitration: verifier"):
        pen.post(state, verifier=pen.sign(state))
    with refused("arbitration: dispute"):
        pen.post(replace(state, dispute=pen.dispute + 1))
    with refused("arbitration: position"):
        pen.post(replace(state, position=2**106))
    pen.post(state)


def test_a_place_that_is_not_in_the_report(game: Game, pen: Pen, honest: Report, start: int) -> None:
    """Two may agree on a place that the report has not; from there nothing can be shown, so the verifier would not."""
    pen.post(pen.state(1, side=DEFENDER, claim=some_hash("nowhere")))
    game.at(start + 2 + REPLY)
    with refused("descent: children"):
        show(game, pen.dispute, honest)
    with refused("arbitration: turn"):
        ask(game, pen.dispute, Leg(some_hash(1), 0, 0, 0, 0, []))

"""Arbitration: what it says can be done next is what can be sent. Promise 5; rules 2, 4, 5, 22.

Each moment below says what counts in it. It is compared with what the client finds due for each party, and with what
the contracts take when everything is sent. At each second one side may move, or one exit is open to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntFlag
from typing import Any

import pytest

from pinpoint.chain.client import CHALLENGER, DEFENDER, ActionKind, ChallengePhase
from pinpoint.replay.report import Report
from tests.games import CHALLENGER_USER, SECRET, Game, legs_to, unchecked
from tests.unit.contracts.arbitration.plays import (
    BUDGET,
    JOB,
    WINDOW,
    ask,
    close,
    fall_silent,
    overturn,
    prove_innocent,
    reveal,
    send_time_out,
    set_clock,
    show,
    sweep,
    works,
)
from tests.unit.contracts.steps import at
from tests.world import World

REVEAL, OPEN_SECRET, SILENCE, SHOW, DESCEND, PROVE, TIME_OUT, CLOSE = ActionKind
EXITS = {SILENCE, TIME_OUT, CLOSE}
NOTHING: set[ActionKind] = set()


class Status(IntFlag):
    """libraries/status."""

    (SEALED, REVEALING, UNREVEALED, WAITING, DEFENDING, CHALLENGING, DEFENDER_LATE, CHALLENGER_LATE, FREED, OVER) = (
        1 << place for place in range(10)
    )


@pytest.fixture(scope="module")
def table(deployed: World) -> Iterator[Game]:
    """Without the slow comparison of all accounts, which other tests make."""
    with unchecked(deployed) as world:
        yield Game(world, JOB)


def sends(game: Game, dispute: int, report: Report, user: str) -> dict[ActionKind, Callable[[], Any]]:
    """Each kind of action, by whoever it is for."""
    walked = game.client.game(dispute).position.stage
    legs = legs_to(report, 0, 0)[walked : walked + 1]
    challenge = game.client.challenge(dispute)
    of_the_report: dict[ActionKind, Callable[[], Any]] = {}
    if challenge.phase is ChallengePhase.REVEALED and game.client.report(challenge.report).standing:
        # Verification takes these for other reasons, too.
        of_the_report = {
            OPEN_SECRET: lambda: game.world.send("stranger", "Verification", "open_secret", game.task, SECRET),
            SILENCE: lambda: fall_silent(game),
        }
    return of_the_report | {
        REVEAL: lambda: reveal(game, dispute, report.digest, user),
        SHOW: lambda: show(game, dispute, report),
        DESCEND: lambda: ask(game, dispute, *legs, user=user),
        PROVE: lambda: prove_innocent(game, dispute, report, user),
        TIME_OUT: lambda: send_time_out(game, dispute),
        CLOSE: lambda: close(game, dispute),
    }


def check(
    game: Game,
    dispute: int,
    report: Report,
    seconds: list[int],
    status: Status,
    expected: set[ActionKind],
    user: str = CHALLENGER_USER,
) -> None:
    """In each of these seconds the challenge stands so, and these and no other actions count."""
    client, world = game.client, game.world
    for second in seconds:
        at(second)
        assert Status(world.view("Arbitration", "status_of", dispute)) == status, second
        sent = {kind for kind, send in sends(game, dispute, report, user).items() if works(game, send)}
        assert sent == expected, f"{status.name}: {sent} can be sent"
        parties = {world[user], client.round(game.task).verifier, world["stranger"]}
        due = {kind for party in parties for kind in client.due(dispute, party)}
        assert due == expected, f"{status.name}: {due} are said to be due"
        assert len(expected & (EXITS | {SHOW, DESCEND})) <= 1, "two may act"
        swept_by_anybody = bool(expected & {TIME_OUT, CLOSE})
        with world.undone():
            before = game.phase(dispute)
            sweep(game, dispute)
            assert (game.phase(dispute) != before) is swept_by_anybody, "sweep takes the exit that is due"
        for action in client.next_actions(dispute):
            assert action.closes is None or action.opens <= action.closes


def edges(first: int, last: int) -> list[int]:
    """First and last seconds of a time."""
    return sorted({first, first + 1, last - 1, last})


def committed(game: Game, report: Report) -> int:
    """A challenge of a report."""
    game.report(report)
    return game.commit(report.digest)


def revealed(game: Game, report: Report) -> int:
    """The same, revealed in its phase's first second."""
    dispute = committed(game, report)
    game.reveal(dispute, report.digest)
    return dispute


def test_from_commitment_to_reveal(game: Game, honest: Report) -> None:
    dispute = committed(game, honest)
    w = game.windows
    check(game, dispute, honest, [w.commit_end - 1, w.commit_end], Status.SEALED, NOTHING)
    check(game, dispute, honest, edges(w.commit_end + 1, w.reveal_end), Status.REVEALING, {REVEAL})
    check(game, dispute, honest, [w.reveal_end + 1, w.secret_end, w.secret_end + 1], Status.UNREVEALED, {CLOSE})
    at(w.reveal_end + 1)
    game.open_secret()
    game.settle()
    check(game, dispute, honest, [w.secret_end, w.secret_end + 10**7], Status.UNREVEALED, {CLOSE})
    close(game, dispute)
    check(game, dispute, honest, [w.secret_end + 10**7], Status.OVER, NOTHING)


def test_from_reveal_to_silence(game: Game, honest: Report) -> None:
    dispute = revealed(game, honest)
    w = game.windows
    check(game, dispute, honest, [w.commit_end + 2, w.reveal_end - 1, w.reveal_end], Status.WAITING, NOTHING)
    check(game, dispute, honest, edges(w.reveal_end + 1, w.secret_end), Status.WAITING, {OPEN_SECRET})
    check(game, dispute, honest, [w.secret_end + 1, w.secret_end + 10**7], Status.WAITING, {SILENCE})
    fall_silent(game)
    check(game, dispute, honest, [w.secret_end + 10**7 + 1], Status.FREED, {CLOSE})
    close(game, dispute)
    check(game, dispute, honest, [w.secret_end + 10**7 + 2], Status.OVER, NOTHING)


def test_from_secret_to_the_verifiers_time_out(game: Game, honest: Report) -> None:
    dispute = revealed(game, honest)
    game.open_secret()
    w = game.windows
    check(game, dispute, honest, [w.reveal_end + 2, w.secret_end - 1, w.secret_end], Status.WAITING, NOTHING)
    last = w.secret_end + BUDGET
    check(game, dispute, honest, edges(w.secret_end + 1, last), Status.DEFENDING, {SHOW, PROVE})
    check(game, dispute, honest, [last + 1, last + 10**7], Status.DEFENDER_LATE, {TIME_OUT})
    send_time_out(game, dispute)
    check(game, dispute, honest, [last + 10**7 + 1], Status.OVER, NOTHING)


def test_from_turn_to_turn(game: Game, honest: Report) -> None:
    dispute = game.start(honest, honest.digest)
    start = game.windows.secret_end
    at(start + BUDGET)
    show(game, dispute, honest)
    last = start + 2 * BUDGET
    check(game, dispute, honest, edges(start + BUDGET + 1, last), Status.CHALLENGING, {DESCEND, PROVE})
    with game.world.undone():
        check(game, dispute, honest, [last + 1, last + 10**7], Status.CHALLENGER_LATE, {TIME_OUT})
    at(last)
    ask(game, dispute, *legs_to(honest, 0))
    reply = game.client.game(dispute).deadline
    assert reply == last + game.world.parameters.reply_window
    check(game, dispute, honest, edges(last + 1, reply), Status.DEFENDING, {SHOW, PROVE})
    check(game, dispute, honest, [reply + 1], Status.DEFENDER_LATE, {TIME_OUT})


@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_around_the_absolute_end(game: Game, honest: Report, side: int) -> None:
    """Whose deadline is not over before the end wins, unless it is the challenger."""
    dispute = game.start(honest, honest.digest)
    end = game.windows.secret_end + WINDOW
    show(game, dispute, honest)
    if side == DEFENDER:
        ask(game, dispute, *legs_to(honest, 0))
    set_clock(game, dispute, side, BUDGET, end - BUDGET + 1)
    turn, may = (Status.DEFENDING, SHOW) if side == DEFENDER else (Status.CHALLENGING, DESCEND)
    check(game, dispute, honest, [end - 1, end], turn, {may, PROVE})
    check(game, dispute, honest, [end + 1, end + 10**7], Status.CHALLENGER_LATE, {TIME_OUT})
    set_clock(game, dispute, side, BUDGET, end - BUDGET)
    late = Status.DEFENDER_LATE if side == DEFENDER else Status.CHALLENGER_LATE
    check(game, dispute, honest, [end + 1, end + 10**7], late, {TIME_OUT})


def test_when_another_has_convicted(game: Game, lying: Report, honest: Report) -> None:
    """One has not begun, one has, one was never revealed."""
    users = ("whistleblower", "other_whistleblower", "stranger", "solver")
    game.report(lying)
    winner, fresh, begun, hidden = (game.commit(honest.digest, user) for user in users)
    for dispute, user in zip((winner, fresh, begun), users, strict=False):
        game.reveal(dispute, honest.digest, user)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    show(game, begun, lying)
    overturn(game, winner, honest, lying)
    ended = game.client.report(game.client.challenge(winner).report).secret_end
    for dispute, user, status, expected in [
        (winner, users[0], Status.OVER, NOTHING),
        (fresh, users[1], Status.FREED, {CLOSE}),
        (begun, users[2], Status.FREED, {CLOSE}),
        (hidden, users[3], Status.UNREVEALED, {CLOSE}),
    ]:
        check(game, dispute, lying, [ended + 10, ended + WINDOW + 1], status, expected, user)


def test_a_number_that_no_challenge_has(game: Game) -> None:
    """Rule 1."""
    for number in (0, 999, 2**256 - 1):
        assert game.world.view("Arbitration", "status_of", number) == Status.OVER
        assert game.client.next_actions(number) == []
        assert game.phase(number) is ChallengePhase.NONE


def test_who_may_act(game: Game, honest: Report) -> None:
    """A turn is named after its side, though anybody may show what hashes prove; exits are anybody's."""
    dispute = committed(game, honest)
    client, world = game.client, game.world

    def actors() -> dict[ActionKind, str | None]:
        return {action.kind: action.actor for action in client.next_actions(dispute)}

    challenger, verifier = world[CHALLENGER_USER], client.round(game.task).verifier
    assert actors() == {REVEAL: challenger}
    game.reveal(dispute, honest.digest)
    assert actors() == {OPEN_SECRET: verifier, SILENCE: None}
    game.open_secret()
    assert actors() == {SHOW: verifier, PROVE: None, TIME_OUT: None}
    game.at(game.windows.secret_end + 1)
    show(game, dispute, honest)
    assert actors() == {DESCEND: challenger, PROVE: None, TIME_OUT: None}
    assert client.due(dispute, world["stranger"]) == {PROVE}
    assert client.due(dispute, challenger) == {DESCEND, PROVE}
    assert client.due(dispute, verifier) == {PROVE}


def test_what_comes_next_is_said_before(game: Game, honest: Report) -> None:
    """Rule 22: a client that sleeps until the next second that is named misses nothing."""
    dispute = committed(game, honest)
    game.reveal(dispute, honest.digest)
    w = game.windows
    said = {action.kind: (action.opens, action.closes) for action in game.client.next_actions(dispute)}
    assert said == {OPEN_SECRET: (w.reveal_end + 1, w.secret_end), SILENCE: (w.secret_end + 1, None)}
    game.open_secret()
    last = w.secret_end + BUDGET
    said = {action.kind: (action.opens, action.closes) for action in game.client.next_actions(dispute)}
    expected = {SHOW: (w.secret_end + 1, last), PROVE: (w.secret_end + 1, last), TIME_OUT: (last + 1, None)}
    assert said == expected
    at(last + 1)
    [late] = game.client.next_actions(dispute)
    assert (late.kind, late.opens, late.closes) == (TIME_OUT, last + 1, None)

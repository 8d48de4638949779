"""Arbitration in the open round: several reports at once, no secret, no signed states. Promise 4; attacks A13, A26."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pinpoint.chain.client import ActionKind, ChallengePhase, Ending, VerificationPhase
from pinpoint.dispute import challenger
from pinpoint.dispute.knowledge import Whole
from pinpoint.replay.report import Report
from tests.games import CHALLENGER_USER, Forged, Game, Public, flip, innocent_moves, legs_to
from tests.unit.contracts.arbitration.plays import (
    BOND,
    BUDGET,
    COST,
    JOB,
    ask,
    close,
    commit_to,
    give,
    prove_innocent,
    refuses,
    reveal,
    send_time_out,
    show,
    to_open,
)
from tests.unit.contracts.arbitration.signing import Pen, keyed_world
from tests.unit.contracts.steps import at, check_exit, check_window, events, refused

LIAR, RIGHT, MEMBER = "solver", "other_solver", "stranger"
"""Who reports: a liar, and two the right thing."""


@pytest.fixture(scope="module")
def table() -> Iterator[Game]:
    """A task that anybody may report on, among users with keys."""
    with keyed_world() as world:
        game = Game(world, JOB)
        to_open(game)
        yield game


@pytest.fixture
def numbers(game: Game, honest: Report, lying: Report) -> dict[str, int]:
    """Two reports, the right one given twice."""
    return give(game, {LIAR: lying, RIGHT: honest, MEMBER: honest})


@pytest.fixture
def started(game: Game, numbers: dict[str, int], honest: Report, lying: Report) -> tuple[int, int, int]:
    """Two challenges of the wrong report and one of the right one, in the first second of the games."""
    challenges = [
        (numbers[LIAR], honest, CHALLENGER_USER),
        (numbers[LIAR], honest, "other_whistleblower"),
        (numbers[RIGHT], lying, "submitter"),
    ]
    disputes = [commit_to(game, number, own.digest, user) for number, own, user in challenges]
    game.at(game.client.report(numbers[LIAR]).commit_end + 1)
    for dispute, (_, own, user) in zip(disputes, challenges, strict=True):
        reveal(game, dispute, own.digest, user)
    game.at(game.client.report(numbers[LIAR]).secret_end + 1)
    return disputes[0], disputes[1], disputes[2]


def prove(game: Game, dispute: int, own: Report, theirs: Report, user: str = "stranger") -> None:
    """Convict in one transaction."""
    move = challenger.next_move(game.case(own, Public(theirs)), game.client.game(dispute).position)
    assert move is not None
    game.play(dispute, move, user)


def batch_games(game: Game) -> int:
    """Open games of the task's open round."""
    return int(game.world.view("Arbitration", "batch_games", game.task))


def test_reports_have_the_same_phases_and_no_secret(game: Game, numbers: dict[str, int]) -> None:
    assert numbers[RIGHT] == numbers[MEMBER] != numbers[LIAR]
    one, other = (game.client.report(numbers[user]) for user in (LIAR, RIGHT))
    assert one.number == game.task << 16 | 16
    assert (one.commit_end, one.reveal_end, one.secret_end) == (other.commit_end, other.reveal_end, other.secret_end)
    assert one.secret_end == one.reveal_end and one.secret_opened


def test_from_commitment_to_game(game: Game, numbers: dict[str, int], honest: Report) -> None:
    """Rules 2, 4: the first second of the games is the one after the reveals' last."""
    number = numbers[LIAR]
    w = game.client.report(number)
    with game.world.undone():
        check_window(game.world, w.commit_end, "arbitration: late", lambda: commit_to(game, number, honest.digest))
    dispute = commit_to(game, number, honest.digest)
    at(w.commit_end)
    with refused("arbitration: early"):
        reveal(game, dispute, honest.digest)
    with game.world.undone():
        at(w.commit_end + 1)
        check_window(game.world, w.reveal_end, "arbitration: late", lambda: reveal(game, dispute, honest.digest))
    at(w.commit_end + 1)
    receipt = reveal(game, dispute, honest.digest)
    assert events(receipt)["ChallengeRevealed"][0]["report"] == number
    last = w.reveal_end + BUDGET
    kinds = (ActionKind.SHOW, ActionKind.PROVE, ActionKind.TIME_OUT)
    expected = dict(zip(kinds, ((w.reveal_end + 1, last), (w.reveal_end + 1, last), (last + 1, None)), strict=True))
    assert {a.kind: (a.opens, a.closes) for a in game.client.next_actions(dispute)} == expected
    at(w.reveal_end)
    refuses("arbitration: early", lambda: game.world.view("Arbitration", "live_game", dispute))
    at(w.reveal_end + 1)
    assert game.world.view("Arbitration", "live_game", dispute).report == number
    check_exit(game.world, last, "arbitration: early", lambda: send_time_out(game, dispute))
    assert game.phase(dispute) is ChallengePhase.WON


def test_a_conviction_ends_all_games_of_its_report(
    game: Game, started: tuple[int, int, int], numbers: dict[str, int], honest: Report, lying: Report
) -> None:
    """And none of another's: the task goes on."""
    first, second, wrong = started
    assert batch_games(game) == 3
    prove(game, first, honest, lying)
    assert game.phase(first) is ChallengePhase.WON
    assert batch_games(game) == 1
    assert game.client.round(game.task).phase is VerificationPhase.OPEN
    assert not game.client.report(numbers[LIAR]).standing and game.client.report(numbers[RIGHT]).standing
    refuses("arbitration: fallen", lambda: prove(game, second, honest, lying))
    stake = game.world.view("Staking", "stake", game.world["other_whistleblower"])
    close(game, second)
    assert game.world.view("Staking", "stake", game.world["other_whistleblower"]) == stake + BOND
    assert batch_games(game) == 1
    assert not game.world.view("Verification", "is_final", game.task)
    prove_innocent(game, wrong, honest, "submitter")
    assert batch_games(game) == 0
    game.settle()
    assert game.client.task(game.task).ending is Ending.ACCEPTED
    assert game.world.view("Verification", "upheld_report", game.task) == numbers[RIGHT]


def test_a_lost_challenge_pays_whoever_revealed_first(
    game: Game, started: tuple[int, int, int], honest: Report
) -> None:
    before = {user: game.world.view("Staking", "credit", game.world[user]) for user in (RIGHT, MEMBER)}
    prove_innocent(game, started[2], honest, "submitter")
    after = {user: game.world.view("Staking", "credit", game.world[user]) for user in (RIGHT, MEMBER)}
    assert after == {RIGHT: before[RIGHT] + COST, MEMBER: before[MEMBER]}


def test_games_of_several_reports_are_played(
    game: Game, started: tuple[int, int, int], honest: Report, lying: Report
) -> None:
    """Anybody may show what an honest report commits to."""
    first, second, wrong = started
    show(game, wrong, honest, "treasury")
    ask(game, wrong, *legs_to(honest, 0), user="submitter")
    show(game, wrong, honest, MEMBER)
    show(game, second, lying, LIAR)
    ask(game, second, *legs_to(lying, 1), user="other_whistleblower")
    assert batch_games(game) == 3
    at(game.client.game(first).deadline + 1)
    send_time_out(game, first)
    assert batch_games(game) == 1
    at(game.client.game(wrong).deadline + 1)
    send_time_out(game, wrong)
    assert (batch_games(game), game.phase(wrong)) == (0, ChallengePhase.LOST)
    game.settle()
    assert game.client.task(game.task).ending is Ending.ACCEPTED


def test_no_state_is_signed_for_others(
    game: Game, started: tuple[int, int, int], numbers: dict[str, int], lying: Report
) -> None:
    """One who gave the same report must not lose it by what another signs."""
    dispute = started[0]
    pen = Pen(game, dispute, lying.root, LIAR)
    state = pen.state(1)
    with refused("arbitration: open round"):
        pen.post(state)
    for signer in (LIAR, CHALLENGER_USER):
        with refused("arbitration: open round"):
            pen.convict(state, pen.state(1, legs_to(lying, 0)), signer)


def test_two_wrong_reports_are_convicted_side_by_side(game: Game, honest: Report, lying: Report) -> None:
    """Promise 6: reports, too, are decided at the same time."""

    def other_lie(sample: int, step: int, node: int, right: Any) -> Any:
        return flip(right, 0, 1 << 9) if (sample, step, node) == (0, 1, 8) else right

    other = Report(JOB.program, game.segments, other_lie)
    numbers = give(game, {LIAR: lying, RIGHT: honest, MEMBER: other})
    pairs = {LIAR: lying, MEMBER: other}
    disputes = {user: commit_to(game, numbers[user], honest.digest) for user in pairs}
    w = game.client.report(numbers[LIAR])
    game.at(w.commit_end + 1)
    for dispute in disputes.values():
        reveal(game, dispute, honest.digest)
    game.at(w.secret_end + 1)
    assert batch_games(game) == 2
    for left, user in ((1, MEMBER), (0, LIAR)):
        prove(game, disputes[user], honest, pairs[user])
        assert batch_games(game) == left
    game.settle()
    assert game.world.view("Verification", "upheld_report", game.task) == numbers[RIGHT]


@pytest.mark.parametrize("wrong", [True, False])
def test_a_posted_distance_is_that_reports_own(game: Game, honest: Report, wrong: bool) -> None:
    """Two reports of one root: the judge compares what the challenged one posted, not its neighbour."""
    liar = Forged(JOB.program, game.segments, posted={2: honest.distances[2] ^ 1})
    assert liar.root == honest.root
    numbers = give(game, {RIGHT: honest, LIAR: liar})
    assert numbers[RIGHT] != numbers[LIAR]
    number = numbers[LIAR if wrong else RIGHT]
    dispute = commit_to(game, number, honest.digest if wrong else liar.digest)
    w = game.client.report(number)
    game.at(w.commit_end + 1)
    reveal(game, dispute, honest.digest if wrong else liar.digest)
    game.at(w.secret_end + 1)
    last = len(honest.distance_nodes) - 1
    case = game.case(honest, Whole(honest))
    move = innocent_moves(case, 2, JOB.interval, last, 0, 0)["distance"]
    game.play(dispute, move)
    assert game.phase(dispute) is (ChallengePhase.WON if wrong else ChallengePhase.LOST)

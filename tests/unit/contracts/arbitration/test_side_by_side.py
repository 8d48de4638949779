"""Arbitration: games of one report run side by side. Promises 5, 6, 8; attacks A7, A12, A21; rules 6, 7, 9."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from pinpoint.chain.client import DEFENDER, ChallengePhase, VerificationPhase
from pinpoint.replay.report import Report
from pinpoint.roles.whistleblower import shown_in
from tests.games import SEAL, Game, legs_to, unchecked
from tests.unit.contracts.arbitration.plays import (
    BUDGET,
    COST,
    JOB,
    ask,
    close,
    overturn,
    prove_innocent,
    reveal,
    send_time_out,
    show,
    sweep,
)
from tests.unit.contracts.steps import at, some_hash

USERS = ("whistleblower", "other_whistleblower", "stranger")
EVERYBODY = (*USERS, "solver", "submitter", "treasury", "verifier_one", "verifier_two")


def test_games_run_side_by_side(game: Game, honest: Report) -> None:
    """Promise 6: one game's end changes nothing in another; the report is final when all are over."""
    disputes = game.start(honest, honest.digest, *USERS)
    world = game.world
    for left, (dispute, user) in enumerate(zip(disputes, USERS, strict=True)):
        assert world.view("Arbitration", "open_games", game.number) == len(USERS) - left
        assert not world.view("Verification", "is_final", game.task)
        prove_innocent(game, dispute, honest, user)
    assert world.view("Verification", "is_final", game.task)
    assert world.view("Arbitration", "revealed", game.number) == len(USERS)


def test_clocks_are_each_games_own(game: Game, honest: Report) -> None:
    """Rule 6: no clock credit, and no charge, from one game to another."""
    one, other = game.start(honest, honest.digest, *USERS[:2])
    start = game.windows.secret_end
    untouched = game.client.game(other)
    at(start + 200)
    show(game, one, honest)
    at(start + 250)
    ask(game, one, *legs_to(honest, 0))
    assert game.client.game(one).deadline == start + 250 + BUDGET - 200
    assert game.client.game(other) == untouched
    at(start + 300)
    show(game, other, honest)
    assert game.client.game(other).deadline == start + 300 + BUDGET
    assert game.client.game(other).position.claim == honest.root
    assert game.client.game(one).deadline == start + 250 + BUDGET - 200


def dawdle(game: Game, lying: Report, honest: Report, count: int) -> tuple[int, int]:
    """Every transaction in its last second, with so many challengers; seconds from report to decision, and moves."""
    game.report(lying)
    reported, w = game.client.port.now() - 1, game.windows
    disputes = []
    for place in range(count):
        at(w.commit_end)
        disputes.append(game.commit(honest.digest, USERS[place % len(USERS)]))
    for place, dispute in enumerate(disputes):
        at(w.reveal_end)
        reveal(game, dispute, honest.digest, USERS[place % len(USERS)])
    at(w.secret_end)
    game.open_secret()
    moves = 0
    at(w.secret_end + 1)
    while game.client.round(game.task).phase is VerificationPhase.REPORTED:
        for place, dispute in enumerate(disputes):
            if game.phase(dispute) is not ChallengePhase.REVEALED or not game.client.report(w.number).standing:
                continue
            state = game.client.game(dispute)
            at(state.deadline)
            moves += 1
            user = USERS[place % len(USERS)]
            if state.side == DEFENDER:
                show(game, dispute, lying)
                continue
            known = shown_in(game.client, dispute, lying.root, honest)
            move = game.next_move(dispute, honest, known, lying.distances)
            assert move is not None
            game.play(dispute, move, user)
    return game.client.port.now() - reported, moves


def test_the_bound_is_independent_of_the_challengers(game: Game, lying: Report, honest: Report) -> None:
    """Promise 6, attack A7: more challengers take no second more, and all of it is below the bound that is a view."""
    times, moves = [], []
    with unchecked(game.world):
        for count in (1, 2, 5):
            with game.world.undone():
                taken, sent = dawdle(game, lying, honest, count)
            times.append(taken)
            moves.append(sent)
    assert len(set(times)) == 1, f"seconds with 1, 2 and 5 challengers: {times}"
    assert moves[2] > 3 * moves[0], "the other games were not played"
    assert times[0] <= game.world.view("Verification", "report_bound")
    replay = JOB.order.units * JOB.interval * JOB.samples
    parameters = game.world.parameters
    assert times[0] <= parameters.decision_window(parameters.work_time(replay, 1 << JOB.order.geometry.data))


def test_nobody_crowds_out_the_last(game: Game, lying: Report, honest: Report) -> None:
    """Attack A7: after many aliases that lose on purpose, one honest challenger still convicts."""
    with unchecked(game.world):
        game.report(lying)
        number = game.number
        aliases = [game.commit(some_hash(place), "stranger") for place in range(20)]
        last = game.commit(honest.digest)
        for dispute, place in zip(aliases, range(20), strict=True):
            game.reveal(dispute, some_hash(place), "stranger")
        game.reveal(last, honest.digest)
        game.open_secret()
        game.at(game.windows.secret_end + 1)
        for dispute in aliases[:10]:
            prove_innocent(game, dispute, lying, "stranger")
        assert game.world.view("Arbitration", "open_games", number) == 11
        overturn(game, last, honest, lying)
        assert game.phase(last) is ChallengePhase.WON
        sweep(game, *aliases)
        assert [game.phase(d) for d in aliases] == 10 * [ChallengePhase.LOST] + 10 * [ChallengePhase.CLOSED]


# Money


def finish(game: Game, honest: Report, disputes: Sequence[int], digests: Sequence[bytes]) -> None:
    """A right report in the next round, the task's end, and what right seals earn, in the disputes' order."""
    game.assign()
    game.report(honest)
    game.open_secret()
    game.settle()
    world = game.world
    for dispute, digest in zip(disputes, digests, strict=True):
        if digest == honest.digest:
            world.send("stranger", "Settlement", "open_report", dispute, digest, SEAL)
    game.at(world.view("Settlement", "claim_ends", game.task) + 1)
    for dispute, digest in zip(disputes, digests, strict=True):
        if digest == honest.digest:
            world.send("stranger", "Settlement", "collect", dispute)


def earned(game: Game, before: dict[str, int]) -> dict[str, int]:
    """What everybody has more than before."""
    return {user: game.world.wealth(user) - before[user] for user in before}


@pytest.mark.parametrize("by", ["proof", "time"])
def test_the_order_of_convictions_changes_only_the_flat_cost(
    game: Game, lying: Report, honest: Report, by: str
) -> None:
    """Attack A12: two right seals and a wrong one; whoever's game ends first, and whoever is closed or paid first."""
    digests = dict(zip(USERS, (honest.digest, honest.digest, some_hash("wrong")), strict=True))
    found = []
    with unchecked(game.world):
        game.report(lying)
        disputes = {user: game.commit(digests[user], user) for user in USERS}
        for user in USERS:
            game.reveal(disputes[user], digests[user], user)
        game.open_secret()
        game.at(game.windows.secret_end + 1)
        before = {user: game.world.wealth(user) for user in EVERYBODY}
        for order in permutations(USERS):
            with game.world.undone():
                winner = disputes[order[0]]
                if by == "proof":
                    overturn(game, winner, honest, lying)
                else:
                    game.at(game.client.game(winner).deadline + 1)
                    send_time_out(game, winner)
                for user in order[1:]:
                    close(game, disputes[user])
                finish(game, honest, [disputes[user] for user in order], [digests[user] for user in order])
                money = earned(game, before)
                money[order[0]] -= COST
                assert all(game.world.view("Staking", "bonded", game.world[user]) == 0 for user in USERS)
                found.append(money)
    assert all(money == found[0] for money in found[1:])
    assert found[0]["whistleblower"] == found[0]["other_whistleblower"] > found[0]["stranger"] > 0


def test_a_right_seal_shares_though_its_game_was_lost(game: Game, lying: Report, honest: Report) -> None:
    """Attacks A12, A21: a game that ended first, and badly, costs its bond, not the bounty."""
    digests = [honest.digest, honest.digest]
    with unchecked(game.world):
        loser, winner = game.start(lying, honest.digest, *USERS[:2])
        before = {user: game.world.wealth(user) for user in USERS}
        money = []
        for lost in (True, False):
            with game.world.undone():
                if lost:
                    prove_innocent(game, loser, lying)
                overturn(game, winner, honest, lying)
                if not lost:
                    close(game, loser)
                assert game.phase(loser) is (ChallengePhase.LOST if lost else ChallengePhase.CLOSED)
                finish(game, honest, [loser, winner], digests)
                money.append(earned(game, before))
    assert money[0][USERS[1]] == money[1][USERS[1]]
    assert money[1][USERS[0]] - money[0][USERS[0]] == game.world.parameters.challenge_bond
    assert money[0][USERS[0]] > -game.world.parameters.challenge_bond + 1


def test_the_order_of_acquittals_changes_nothing(game: Game, honest: Report) -> None:
    """Each lost bond pays the verifier once (rule 9), in any order, by proof or by time."""
    found = []
    with unchecked(game.world):
        disputes = dict(zip(USERS, game.start(honest, honest.digest, *USERS), strict=True))
        everybody = {user: game.world.wealth(user) for user in (*EVERYBODY, game.verifier)}
        for order in permutations(USERS):
            with game.world.undone():
                prove_innocent(game, disputes[order[0]], honest, order[0])
                for user in order[1:]:
                    show(game, disputes[user], honest)
                game.at(game.client.game(disputes[order[2]]).deadline + 1)
                for user in order[1:]:
                    send_time_out(game, disputes[user])
                game.settle()
                found.append(earned(game, everybody))
    assert all(money == found[0] for money in found[1:])

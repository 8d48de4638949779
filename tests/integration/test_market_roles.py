"""Whistleblowers that enter where it pays, and stay out where it does not."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest

from pinpoint.chain.client import ChallengePhase, Ending
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import POOLED, RICH, WAD, Bill, key, quick
from tests.integration.parties import HostileVerifier, flip
from tests.integration.processes import Mortal, new
from tests.integration.table import ending, moves_of, phases, play_until, report_id, verifiers
from tests.play import Play
from tests.world import PARAMETERS, World

RATE = WAD - 1
BILL = Bill.at(RICH)
MOMENTS = 200


@pytest.fixture(scope="module")
def deployed(folders: None) -> Iterator[World]:
    """A deployment in which all errors are forced but one in 10^18."""
    with boa.env.anchor():
        yield World(PARAMETERS.model_copy(update={"forced_rate": RATE}))


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """That deployment; whatever a test does to it is undone."""
    with deployed.undone(), quick(deployed):
        yield deployed


@pytest.fixture
def table(play: Play) -> Play:
    """Keeper, solver and verifiers; the pool is empty."""
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    verifiers(play)
    return play


def run(play: Play, name: str) -> int:
    """The standard tiny task, to its end."""
    play.moves.clear()
    task = play.submit(name, price=RICH)
    play.run(task, moments=MOMENTS)
    assert ending(play, task) is Ending.ACCEPTED
    return task


def jackpot(pool: int, rights: int) -> int:
    """What one of so many right ones is expected to get of a third of the pool, for all but one error are forced."""
    return (pool // 3 >> (rights - 1)) // rights * RATE // WAD


def units(play: Play, task: int) -> int:
    """Of the replay."""
    return int(play.world.view("TaskRegistry", "replay_of", task).units)


def test_it_stays_out_of_an_empty_market_and_enters_a_fat_one(table: Play) -> None:
    """By one unit's cost: what it costs is at most what it is expected to earn, the verifier counted."""
    table.join(Whistleblower, "whistleblower", unit_cost=1)
    first = run(table, "first")
    replayed = units(table, first)
    assert moves_of(table, "whistleblower")[0] == f"stays out: expected 0, costs {replayed}"
    assert phases(table, first) == []
    # It says so once of each report: here of the forced one, and of its fallback.
    assert len(moves_of(table, "whistleblower")) == 2

    table.players.pop()
    just = jackpot(BILL.pooled, 2) // replayed
    table.join(Whistleblower, "whistleblower", unit_cost=just)
    table.join(Whistleblower, "other_whistleblower", unit_cost=just + 1)
    second = run(table, "second")
    assert phases(table, second) == [ChallengePhase.CLOSED]
    mine = moves_of(table, "whistleblower")
    assert mine == ["commit_challenge", "reveal_challenge", "open_report", "collect", "withdraw"]
    costs = (just + 1) * replayed
    others = moves_of(table, "other_whistleblower")
    assert others[0] == f"stays out: expected {jackpot(BILL.pooled, 2)}, costs {costs}"
    assert all(move.startswith("stays out") for move in others)


def test_it_stays_out_where_others_crowd_in(table: Play) -> None:
    """Two check whatever it pays: a third one counts on both."""
    crowd = [table.join(Whistleblower, user) for user in ("whistleblower", "other_whistleblower")]
    first = run(table, "first")
    assert phases(table, first) == [ChallengePhase.CLOSED] * len(crowd)
    pool = table.world.view("Staking", "pots", key(POOLED))
    # With the verifier, who is one of the right.
    at_two, at_four = jackpot(pool, 2) // units(table, first), jackpot(pool, 4)
    table.join(Whistleblower, "submitter", unit_cost=at_two)
    second = run(table, "second")
    assert phases(table, second) == [ChallengePhase.CLOSED] * len(crowd)
    costs = at_two * units(table, second)
    assert at_four < costs <= jackpot(pool, 2)
    assert moves_of(table, "submitter")[0] == f"stays out: expected {at_four}, costs {costs}"


def test_it_does_not_look_before_it_enters(table: Play) -> None:
    """Outside, it does not replay, though it could."""
    out = table.join(Whistleblower, "whistleblower", unit_cost=1)
    looks = table.join(Whistleblower, "other_whistleblower", unit_cost=0)
    task = run(table, "first")
    assert (out.has_replayed(task), looks.has_replayed(task)) == (False, True)


def test_once_in_it_finishes(table: Play) -> None:
    """A wrong fallback, too, though its bounty was never seen to be paid: the replay is paid for. Another process of
    the same account goes on from the challenge that is on chain."""
    run(table, "first")
    table.players[2:] = []
    verifiers(table, HostileVerifier, falsify=flip(1, 1, 12))
    price = jackpot(BILL.pooled, 2) // units(table, 1)
    place = len(table.players)
    table.join(Whistleblower, "whistleblower", unit_cost=price)
    table.moves.clear()
    task = table.submit("second", price=RICH)
    play_until(table, task, lambda: bool(table.client.challenges(task)), MOMENTS)
    # From now on no replay would pay.
    table.players[place] = Mortal(lambda: new(table, Whistleblower, "whistleblower", unit_cost=10**30))
    table.run(task, moments=MOMENTS)
    assert ending(table, task) is Ending.ACCEPTED
    found = [(c.report, c.phase) for c in table.client.challenges(task)]
    assert found[:2] == [
        (report_id(task), ChallengePhase.CLOSED),
        (report_id(task, 8), ChallengePhase.WON),
    ]
    assert not [move for _, move in table.moves if move.startswith("stays out")]

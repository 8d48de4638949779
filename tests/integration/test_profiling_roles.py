"""Profiled tasks, played by the roles: from a submission without a threshold to an accepted training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pinpoint.binary32.reference import to_float
from pinpoint.chain.bids import match
from pinpoint.chain.client import Ending, ProfilePhase, ProfilerAnswer, TaskPhase
from pinpoint.chain.storage import ArtifactError
from pinpoint.models.dense import initial_state
from pinpoint.replay.report import Report
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.verifier import Verifier
from tests.bidding import seated, signer
from tests.integration.books import RICH, Bill, Books, part
from tests.integration.parties import muted
from tests.integration.table import ending, play_until, upheld_distances
from tests.lots import CAPACITY
from tests.play import INTERVAL, LAYERS, PROGRAM, SAMPLES, STEPS, Play, batches
from tests.world import VERIFIERS

TERMS: dict[str, Any] = {"threshold": 0, "profilers": 3, "price": RICH}


def crew(play: Play, *more: str, **options: Any) -> None:
    """Verifiers, a solver and a keeper."""
    play.join_verifiers(**options)
    play.join(Solver, "solver")
    play.join(Keeper, "stranger")


def fee() -> int:
    """Of one profiler of the standard task: a segment, four times, of Bill's replay of two."""
    return Bill.at(RICH).verifier_fee * 4 // SAMPLES


def test_a_profiled_task_is_accepted(play: Play, books: Books) -> None:
    """The solver trains natively; what it is off by lies under what three verifiers have measured."""
    crew(play)
    task = play.submit(**TERMS)
    assert play.client.task(task).phase is TaskPhase.PROFILING
    play.run(task, until=TaskPhase.OPEN)
    profile = play.client.profile(task)
    measured = [play.client.profiled(task, profiler) for profiler in profile.profilers]
    assert {answer for answer, _ in measured} == {ProfilerAnswer.REVEALED}
    threshold = play.client.task(task).order.geometry.threshold
    assert threshold == play.world.parameters.threshold([distance for _, distance in measured], 3)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    found = upheld_distances(play, task)
    assert 0 < max(found) <= threshold
    profilers = {play.world.name_of(profiler) for profiler in profile.profilers}
    verifier = play.world.name_of(play.client.report(task << 16).verifier)
    gains = Bill.at(RICH).accepted("solver", verifier)
    for name in profilers:
        gains.update({name: fee(), "submitter": -fee()})
    books.check(task, gains)


def test_an_honest_solver_is_below_the_profiled_threshold_in_every_segment(play: Play) -> None:
    """Not only in those that are sampled."""
    crew(play)
    task = play.submit(**TERMS)
    play.run(task)
    data = play.role(Verifier, VERIFIERS[0]).data(task)
    distances = Report(data.program, data.segments(list(range(data.geometry.segments)))).distances
    assert 0 < max(distances) < data.geometry.threshold
    # Eightfold, if the floor did not lift it.
    assert to_float(max(distances)) < 0.5 * to_float(data.geometry.threshold)


def a_bid(play: Play, profilers: int = 3) -> tuple[Any, int]:
    """A matched bid of somebody with a key, to be profiled: its solver, and its task."""
    late = play.world.port.now() + 10_000
    terms = {"steps": STEPS, "interval": INTERVAL, "samples": SAMPLES, **TERMS, "profilers": profilers}
    submitter, solver = (
        kind(play.client, signer(name), play.artifacts, play.folder, **play.options)
        for kind, name in ((Submitter, "bidder"), (Solver, "quoter"))
    )
    bid = submitter.bid("bid", PROGRAM, batches(), initial_state(LAYERS, 0), **terms, deadline=late)
    return solver, match(play.client, play.world["stranger"], bid, solver.quote(bid, RICH, late))


def test_a_profiled_bid(play: Play) -> None:
    """Its solver is asked when the threshold is known, and is not among those who measure it."""
    client, world = play.client, play.world
    with seated(world):
        world.send("quoter", "Sortition", "register", *CAPACITY)
        world.warp_to(world.port.now() + client.parameters.epoch_period)
        solver, task = a_bid(play, 5)
        now = client.task(task)
        assert (now.phase, now.solver) == (TaskPhase.PROFILING, solver.address)
        play.join_verifiers()
        play.join(Keeper, "stranger")
        play_until(play, task, lambda: client.task(task).phase is TaskPhase.OFFERED)
        assert {world.name_of(profiler) for profiler in client.profile(task).profilers} == {*VERIFIERS}
        now, p = client.task(task), client.parameters
        assert now.solver == solver.address
        assert p.threshold_floor <= now.order.geometry.threshold <= p.threshold_ceiling
        assert now.deadline - p.accept_window <= world.port.now() <= now.deadline
        play.players.append(solver)
        play.run(task)
        assert ending(play, task) is Ending.ACCEPTED


def test_a_bid_that_cannot_be_profiled_frees_its_solver(play: Play) -> None:
    """Escrow and both deposits go back; profilers who are drawn and silent lose theirs."""
    world = play.world
    with seated(world):
        before = {user: world.wealth(user) for user in world.users}
        _, task = a_bid(play)
        play.join(Keeper, "stranger")
        play.run(task)
        assert ending(play, task) is Ending.NOT_PROFILABLE
        lost = part(fee(), "profiler_deposit")
        profilers = [world.name_of(profiler) for profiler in play.client.profile(task).profilers]
        gains = {user: world.wealth(user) - amount for user, amount in before.items()}
        assert {user: gain for user, gain in gains.items() if gain} == dict.fromkeys(profilers, -lost)


def test_a15_dead_data(play: Play, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack A15: whoever is drawn says so, and nobody loses anything."""
    crew(play)
    task = play.submit(**TERMS)

    def gone(*arguments: Any) -> None:
        raise ArtifactError("gone")

    for player in play.players:
        monkeypatch.setattr(player.artifacts, "batch", gone)
    play.run(task)
    assert ending(play, task) is Ending.NOT_PROFILABLE
    answers = {play.client.profiled(task, profiler)[0] for profiler in play.client.profile(task).profilers}
    assert answers == {ProfilerAnswer.UNAVAILABLE}
    books.check(task, {})


def test_ill_formed_data_are_as_good_as_gone(play: Play) -> None:
    """The initial state has other shapes than the program's."""
    crew(play)
    task = play.submit(**TERMS)
    for player in play.players:
        player.artifacts.state = lambda root: [np.zeros((1, 1), np.float32)]
    play.run(task)
    assert ending(play, task) is Ending.NOT_PROFILABLE


@pytest.mark.ending("Not profilable")
def test_too_few_profiles(play: Play, books: Books) -> None:
    """Two of three profilers are silent, and lose their deposits; the third is paid, and everything else goes back."""
    crew(play)
    task = play.submit(**TERMS)
    play_until(play, task, lambda: play.client.profile(task).phase is ProfilePhase.MEASURING)
    *silent, paid = (play.world.name_of(profiler) for profiler in play.client.profile(task).profilers)
    for name in silent:
        play.players[VERIFIERS.index(name)] = play.role(muted(Verifier, "commit_profile"), name)
    play.run(task)
    assert ending(play, task) is Ending.NOT_PROFILABLE
    lost = part(fee(), "profiler_deposit")
    books.check(task, {"submitter": -fee(), paid: fee()} | dict.fromkeys(silent, -lost), burnt=2 * lost)


def test_one_silent_profiler_stops_nothing(play: Play) -> None:
    """Its deposit is burnt; the median of the other two decides."""
    burnt = play.world.view("Staking", "burnt")
    silent = muted(Verifier, "commit_profile")
    crew(play)
    task = play.submit(**TERMS)
    play_until(play, task, lambda: play.client.profile(task).phase is ProfilePhase.MEASURING)
    name = play.world.name_of(play.client.profile(task).profilers[0])
    play.players[VERIFIERS.index(name)] = play.role(silent, name)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert play.world.view("Staking", "burnt") - burnt == part(fee(), "profiler_deposit")


@pytest.mark.parametrize("distance", [0x3F800000, 0x7F800000, 0x7FC00000, 0x80000000, 0xFFFFFFFF])
def test_an_honest_profiler_is_never_absurd(play: Play, distance: int) -> None:
    """Where it alone measures 1 or more, it says that there is nothing to be had: it is not paid, nor slashed."""
    crew(play)
    task = play.submit(**TERMS)
    play_until(play, task, lambda: play.client.profile(task).phase is ProfilePhase.MEASURING)
    alone, *others = (play.world.name_of(profiler) for profiler in play.client.profile(task).profilers)
    play.players[VERIFIERS.index(alone)].measured = lambda task: distance
    play.run(task, until=TaskPhase.OPEN)
    answers = {name: play.client.profiled(task, play.world[name])[0] for name in (alone, *others)}
    assert answers == {alone: ProfilerAnswer.UNAVAILABLE, **dict.fromkeys(others, ProfilerAnswer.REVEALED)}
    assert not play.world.port.events("Settlement", "ProfilerSlashed")


def test_the_largest_distance_below_one_is_revealed(play: Play) -> None:
    crew(play)
    task = play.submit(**TERMS)
    for player in play.players[: len(VERIFIERS)]:
        player.measured = lambda task: 0x3F7FFFFF
    play_until(play, task, lambda: play.client.profile(task).phase is ProfilePhase.OVER)
    measured = {play.client.profiled(task, profiler) for profiler in play.client.profile(task).profilers}
    assert measured == {(ProfilerAnswer.REVEALED, 0x3F7FFFFF)}


def test_a_killed_profiler_reveals_what_it_has_sealed(play: Play) -> None:
    """The distance is on disk before it is committed to."""
    verifiers = {user: play.role(Verifier, user) for user in VERIFIERS}
    task = play.submit(**TERMS)
    for _ in range(3):
        play.world.mine()
    assert verifiers[VERIFIERS[0]].step(task) == "draw"
    drawn = [play.world.name_of(profiler) for profiler in play.client.profile(task).profilers]
    for user in drawn:
        assert verifiers[user].step(task) == "commit_profile"
        assert verifiers[user].step(task) is None
    play.world.warp_to(play.client.profile(task).deadline + 1)
    for user in drawn:
        again = play.role(Verifier, user)
        again.measured = lambda task: pytest.fail("measured anew")
        assert again.step(task) == "reveal_profile"
        assert again.step(task) is None


def test_a_submission_that_was_killed_finds_its_task(play: Play) -> None:
    """Though its threshold has been measured since."""
    submitter = play.role(Submitter, "submitter")
    task = play.submit("name", **TERMS)
    crew(play)
    play.run(task, until=TaskPhase.OPEN)
    submitter.journal("submissions").put("name", {"after": 0, "task": None})
    assert play.submit("name", **TERMS) == task

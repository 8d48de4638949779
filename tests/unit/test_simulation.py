"""Agents against the compiled contracts: money, verdicts, seeds, and the study as a whole, small."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pinpoint.chain.ledger import POOL
from pinpoint.chain.parameters import WAD, Parameters
from pinpoint.economics import gas, setting
from pinpoint.economics.attacks import LISTED
from pinpoint.economics.setting import Setting
from pinpoint.simulation.__main__ import main
from pinpoint.simulation.campaign import Machines, Store
from pinpoint.simulation.cast import Agent, Cast, Trial, Verifier, Watch, Watcher
from pinpoint.simulation.chunks import Chunk, play_chunk, ready
from pinpoint.simulation.estimate import Estimate
from pinpoint.simulation.play import Play
from pinpoint.simulation.strategies import FARMER, SHOWS, SOLVER, Strategy, strategies
from pinpoint.simulation.study import ends, ends_as_played
from pinpoint.simulation.workshop import THRESHOLD, Work, job
from pinpoint.simulation.world import USERS, World, stand_in

PARAMETERS = Parameters.load(Path("deployments/local.yaml"))


@cache
def typical() -> Setting:
    """The demonstration's task, as it is played."""
    s = setting(PARAMETERS)
    return Setting(s.parameters, s.market, stand_in(s.task))


def forced() -> Setting:
    """The same, with an error forced in each task."""
    s = typical()
    return replace(s, parameters=PARAMETERS.model_copy(update={"forced_rate": WAD - 1}))


def named(name: str) -> Strategy:
    return next(strategy for strategy in strategies(typical()) if strategy.name == name)


def piece(name: str, tasks: int = 3, index: int = 0, seed: int = 1) -> Chunk:
    return Chunk(typical(), name, index, named(name).trial, tasks, seed)


def everything(world: World) -> int:
    """All that anybody can have when no task is open, in base units."""
    view = world.port.view
    held = sum(world.wealth(name) for name in (*USERS, "treasury"))
    return held + int(view("Staking", "burnt")) + int(view("Staking", "pots", POOL))


# Money


@pytest.mark.parametrize("strategy", strategies(typical()), ids=lambda strategy: strategy.name)
def test_no_strategy_makes_money_or_leaves_any_behind(strategy: Strategy) -> None:
    world = ready(typical())
    with world.undone((strategy.name,)):
        before = everything(world)
        for _ in range(3):
            Play(world, strategy.trial.cast).run()
        assert everything(world) == before
        assert int(world.port.view("Staking", "owed")) == before


def test_agents_gain_what_burns_treasury_and_pool_do_not() -> None:
    # All who may have gained, as agents of one trial: what they earned, less what they spent, is what the rest lost.
    world, cast = ready(typical()), named("lazy verifier").trial.cast
    with world.undone(("sum",)):
        before = {name: world.wealth(name) for name in (*USERS, "treasury")}
        burnt, pool = int(world.port.view("Staking", "burnt")), int(world.port.view("Staking", "pots", POOL))
        outcome = Play(world, cast).run()
        gained = {name: world.wealth(name) - had for name, had in before.items()}
        burnt = int(world.port.view("Staking", "burnt")) - burnt
        pool = int(world.port.view("Staking", "pots", POOL)) - pool
    assert sum(gained.values()) == -burnt - pool
    assert {name for name, gain in gained.items() if gain} <= {"submitter", "solver", "treasury", *outcome.drawn}


@pytest.mark.parametrize("name", ["honest solver", "honest submitter"])
def test_what_is_certain_is_what_the_closed_form_says(name: str) -> None:
    for (earned,) in play_chunk(piece(name)):
        assert earned == pytest.approx(named(name).closed_form, abs=1e-9)


def test_a_rejected_solver_loses_its_deposit_and_its_work() -> None:
    s = typical()
    everything_forged = Trial(Cast(Work.SKIPPED, s.task.segments, 0.5), (Agent(("solver",), outside=True),))
    spent = s.market.gas(gas.ENROL + gas.ACCEPT + gas.POST_PROOF) + s.cost / 2
    for (earned,) in play_chunk(Chunk(s, "rejected", 0, everything_forged, 3, 1)):
        assert earned == pytest.approx(-s.solver_deposit - spent, abs=1e-9)


def test_an_accepted_forgery_is_worth_its_outside_value() -> None:
    s = typical()
    let_pass = Cast(Work.SKIPPED, s.task.segments, 0.0, colluders=12)
    trial = Trial(let_pass, (Agent(("solver",), outside=True), Agent(("submitter",))))
    for solver, _ in play_chunk(Chunk(s, "accepted", 0, trial, 2, 1)):
        assert solver == pytest.approx(s.fee + s.outside - s.market.gas(gas.SOLVER - gas.CLAIM), abs=1e-9)


def test_the_moves_of_a_caught_fallback_are_what_the_closed_form_counts() -> None:
    s = forced()
    cast = Cast(verifiers=(Verifier.SKIPS_FORCED, Verifier.HONEST), watchers=(SOLVER,))
    trial = Trial(cast, (Agent(("drawn 0",)),))
    spent = gas.ACCEPT_ASSIGNMENT + 2 * gas.REPORT + gas.OPEN_SECRET + SHOWS * gas.SHOW
    for (earned,) in play_chunk(Chunk(s, "caught", 0, trial, 2, 1)):
        assert earned == pytest.approx(-s.verifier_deposit - s.replay_cost - s.market.gas(spent), abs=1e-9)


def test_each_right_report_halves_the_jackpot() -> None:
    s = forced()
    alone = Watcher(Watch.REPLAYS, ("whistleblower",))
    cost = s.market.gas(gas.CHALLENGE + gas.CLAIM)
    # Where each error is forced, what a task's tax pays for.
    most = s.tax * s.rate("pool_share")
    # The verifier is one more.
    for watchers, part in (((alone,), 1 / 4), ((alone, FARMER), 1 / 12)):
        trial = Trial(Cast(watchers=watchers), (Agent(("whistleblower",)),))
        for (earned,) in play_chunk(Chunk(s, f"{part}", 0, trial, 2, 1)):
            assert earned == pytest.approx(part * most - cost, abs=1e-9)


# Verdicts


def test_only_what_was_forged_is_found() -> None:
    n = typical().task.segments
    cases = ((Work.HONEST, 0, set()), (Work.SKIPPED, 3, {0, 1, 2}), (Work.MOMENTS, 4, {4}), (Work.NOT_FINITE, 4, {4}))
    cases = (*cases, (Work.MOVES, 4, {4}))
    for work, at, forged in cases:
        distances = job(work, n, at).report(range(n)).distances
        # The sign says what has not moved.
        assert {i for i, bits in enumerate(distances) if bits & 0x7FFFFFFF > THRESHOLD} == forged, work


def test_forged_and_planted_states_do_not_move() -> None:
    n = typical().task.segments

    def still(work: Work, at: int = 0) -> list[int]:
        states = job(work, n, at).states
        return [i for i in range(n) if (states[i][0].view("u4") == states[i + 1][0].view("u4")).all()]

    assert still(Work.HONEST) == []
    assert still(Work.MOMENTS, 5) == list(range(5, n))
    assert still(Work.NOT_FINITE, 5) == list(range(6, n))
    assert still(Work.MOVES, 5) == []
    assert still(Work.PLANTED) == list(range(0, n, 2))


def test_a_joined_report_is_the_report() -> None:
    from pinpoint.replay.report import Report, Segment
    from pinpoint.simulation.workshop import program

    claimed = job(Work.SKIPPED, 12, 3)
    samples = [7, 1, 4]
    segments = [Segment(i, claimed.states[i], claimed.states[i + 1], [claimed.batches[i]]) for i in samples]
    whole, joined = Report(program(), segments), claimed.report(samples)
    assert (joined.root, joined.digest) == (whole.root, whole.digest)


# Seeds and workers


def test_a_seed_decides_everything() -> None:
    name = "colluding owner of the task"
    first = play_chunk(piece(name, 6))
    assert play_chunk(piece(name, 6)) == first
    assert play_chunk(piece(name, 6, seed=2)) != first
    assert play_chunk(piece(name, 6, index=1)) != first


def test_workers_do_not_matter() -> None:
    chunks = [piece(name, 2) for name in ("lazy verifier", "colluding owner of the task", "griefing whistleblower")]
    one = {chunk.key: profits for chunk, profits in Machines(1).play(chunks)}
    two = {chunk.key: profits for chunk, profits in Machines(2).play(chunks)}
    assert one == two


def test_a_cluster_does_not_matter() -> None:
    distributed = pytest.importorskip("distributed")
    chunks = [piece(name, 2) for name in ("lazy verifier", "colluding owner of the task")]
    one = {chunk.key: profits for chunk, profits in Machines(1).play(chunks)}
    # Threads of one process, as a worker may have, share its world.
    with distributed.LocalCluster(1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        assert {c.key: p for c, p in Machines(1, cluster.scheduler_address).play(chunks)} == one


class Nobody(Machines):
    """Refuses to play."""

    def play(self, chunks: Any) -> Any:
        raise AssertionError(f"expected nothing to play, got {len(chunks)} pieces")


def test_what_was_played_is_not_played_again(tmp_path: Path) -> None:
    path, chunks = tmp_path / "partial", [piece("honest solver", 2, index) for index in range(3)]
    first = Store(path, "campaign").play(Machines(1), chunks[:2])
    with path.open("a") as file:
        # Killed while it wrote.
        file.write('{"campaign": "')
    store = Store(path, "campaign")
    assert store.play(Nobody(1), chunks[:2]) == first
    assert len(store.play(Machines(1), chunks)) == 3
    assert len(Store(path, "campaign").play(Nobody(1), chunks)) == 3
    with pytest.raises(AssertionError, match="got 1 pieces"):
        Store(path, "another").play(Nobody(1), chunks[:1])


# Figures


def test_intervals() -> None:
    # Student's t with 3 degrees of freedom at 99 %: 5.841; the error of these is 0.645.
    found = Estimate.of([1.0, 2.0, 3.0, 4.0], 1)
    assert found.mean == 2.5
    assert found.high - found.mean == pytest.approx(5.841 * 0.6455, rel=1e-3)
    assert found.holds(2.5) and not found.holds(6.5)
    assert Estimate.of([1.0, 2.0, 3.0, 4.0], 10).low < found.low
    with pytest.raises(ValueError, match="two tasks"):
        Estimate.of([1.0], 1)


def test_where_honesty_ends() -> None:
    s = typical()
    assert 0 < ends(s) < 1
    assert ends(s.changed(outside_value=5.0)) < ends(s) < ends(s.changed(solver_deposit=5.0, outside_value=0.5))
    points = [
        {"strategy": name, "dishonest": share, "gain": slope * share - level}
        for name, slope, level in (("early", 4.0, 1.0), ("late", 2.0, 1.0), ("never", 0.0, 1.0))
        for share in (0.0, 0.25, 0.5)
    ]
    assert ends_as_played(points) == pytest.approx(0.25)


def test_the_study(tmp_path: Path) -> None:
    arguments = ["--tasks", "2", "--workers", "1", "--folder", str(tmp_path)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "economics.json").read_text())
    rows = found["strategies"]
    assert {row["listed"] for row in rows.values()} == {None, *LISTED}
    assert all(row["interval"][0] <= row["profit"] <= row["interval"][1] for row in rows.values())
    assert found["min_margin"] == min(row["margin"] for row in rows.values() if row["listed"])
    assert found["honest_dominates"] == (found["min_margin"] > 0)
    assert found["tax"] <= 0.10 and found["entry_multiple"] <= 5
    assert found["stable_until"] == min(found["stable_until_by"].values())
    assert found["seed"] == 1 and found["tasks"] > 2 * len(rows)
    # Partial results are gone; a run begins anew.
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".png", ".svg"}


def test_no_study_of_one_task() -> None:
    result = CliRunner().invoke(main, ["--tasks", "1"])
    assert result.exit_code == 1 and "at least two tasks" in result.output

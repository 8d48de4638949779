"""Closed forms of profits: what they say beside honesty is what the inequalities say, where both count alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinpoint.chain.parameters import Parameters
from pinpoint.economics import profits, setting, solver, verifier, whistleblower
from pinpoint.economics.setting import Setting
from pinpoint.economics.stalls import alternate, planting

LOCAL = Parameters.load(Path("deployments/local.yaml"))
N = setting(LOCAL).task.segments


def bare() -> Setting:
    """Without what the inequalities count otherwise: gas, false alarms, and a bounty for an alias of the slashed."""
    return setting(LOCAL).changed(gas_price=0.0, false_alarm=0.0, solver_bounty_share=0.0)


def left_over(inequality: object) -> float:
    """What protects, less what it covers."""
    return float(inequality.left - inequality.right)  # type: ignore[attr-defined]


@pytest.mark.parametrize("forged", range(1, N))
def test_partial_training(forged: int) -> None:
    s = bare()
    lost = profits.solver(s) - profits.partial(s, forged, forged / N)
    assert lost == pytest.approx(left_over(solver.forging(s, forged, s.outside)))


def test_a_forged_state() -> None:
    s = bare()
    lost = profits.coalition(s) - profits.colludes_once(s)
    assert lost == pytest.approx(left_over(solver.forged_state(s)))
    # Alone, a solver saves none of the replays.
    saved = (1 - s.honest_draw) * s.replay_cost
    assert profits.solver(s) - profits.moves(s) == pytest.approx(lost + saved)


@pytest.mark.parametrize("first", range(N))
def test_a_dead_state_earns_less_than_one_that_moves(first: int) -> None:
    s = bare()
    assert profits.dead(s, first) < profits.moves(s)


def test_withholding() -> None:
    s = bare()
    assert profits.solver(s) - profits.withholds(s) == pytest.approx(left_over(solver.withholds_data(s)))


def test_an_owner_that_colludes() -> None:
    s = bare()
    assert -profits.owns(s) == pytest.approx(left_over(solver.owns_the_task(s)))


def test_a_lazy_verifier() -> None:
    s = bare()
    # With the chance v, an honest solver looks; else a verifier has the jackpot alone, lazy or not.
    v = s.honest_draw
    honest = v * profits.verifier(s, 1) + (1 - v) * profits.verifier(s, 0)
    lost = honest - profits.lazy(s, v)
    assert lost == pytest.approx(left_over(verifier.lazy_verifier(s)))


def test_a_forced_error_that_is_skipped() -> None:
    s = setting(LOCAL)
    for watched in (0.0, 0.5, 1.0):
        honest = watched * profits.verifier(s, 1) + (1 - watched) * profits.verifier(s, 0)
        lost = honest - profits.skips_forced(s, watched, 0.0)
        each = s.verifier_fee + s.verifier_deposit + s.jackpot / 4
        assert lost == pytest.approx(s.rate("forced_rate") * watched * each)


@pytest.mark.parametrize("others", range(4))
def test_an_alias_of_a_forced_verifier_costs_it(others: int) -> None:
    """A11, A21: it counts among the right itself."""
    s = bare()
    k = others + 1
    alone, both = s.jackpot / 2 ** (k - 1) / k, 2 * s.jackpot / 2**k / (k + 1)
    lost = profits.verifier(s, others) - profits.farms(s, others)
    assert lost == pytest.approx(s.rate("forced_rate") * (alone - both))
    assert lost > 0


def test_dust_for_the_jackpot() -> None:
    s = bare()
    # Where all verifiers are its own, it loses what the inequality says.
    own = s.changed(dishonest=s.rate("eligible_share"))
    work = own.cost + own.replay_cost
    assert -profits.dust(own, 1.0) == pytest.approx(left_over(whistleblower.dust_tasks(own)) + work)
    assert profits.dust(s, 1.0) < profits.dust(own, 1.0) < 0


def test_names_of_one_whistleblower() -> None:
    s = bare()
    one, two, three = (profits.claims(s, names, 0) for names in (1, 2, 3))
    assert one > two > three > 0
    assert one == pytest.approx(s.rate("forced_rate") * s.jackpot / 4)
    assert two == pytest.approx(s.rate("forced_rate") * s.jackpot / 6)


def test_planted_stalls() -> None:
    s = bare()
    lost = profits.submitter(s) - profits.plants(s)
    assert lost == pytest.approx(left_over(planting(s, alternate(N))))


def test_who_griefs_or_lies_with_aliases_loses_more_than_the_bond_or_the_deposit_leaves() -> None:
    s = bare()
    assert profits.griefs(s) == pytest.approx(-(1 - s.rate("forced_rate")) * s.rate("challenge_bond"))
    assert profits.fills(s, 3, 0.0) == pytest.approx(s.rate("challenge_cost") - s.verifier_deposit)

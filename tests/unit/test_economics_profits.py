"""Closed forms of profits: what they say beside honesty is what the inequalities say, where both count alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinpoint.chain.parameters import Parameters
from pinpoint.economics import profits, setting, solver, verifier, whistleblower
from pinpoint.economics.limits import planted_stalls
from pinpoint.economics.setting import Setting

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


@pytest.mark.parametrize("first", range(N))
def test_dead_states(first: int) -> None:
    s = bare()
    assert profits.solver(s) - profits.dead(s, first) == pytest.approx(left_over(solver.dead_ways(s)[first]))


def test_withholding() -> None:
    s = bare()
    assert profits.solver(s) - profits.withholds(s) == pytest.approx(left_over(solver.withholds_data(s)))


def test_an_owner_that_colludes() -> None:
    s = bare()
    # The inequality leaves out the tax of what an honest verifier lets pass, since its sample missed it.
    missed = s.honest_draw * (1 - s.task.sampled) * s.tax
    assert -profits.owns(s) == pytest.approx(left_over(solver.owns_the_task(s)) + missed)


def test_a_lazy_verifier() -> None:
    s = bare()
    lost = profits.verifier(s) - profits.lazy(s, s.honest_draw)
    assert lost == pytest.approx(left_over(verifier.lazy_verifier(s)))


def test_a_forced_error_that_is_skipped() -> None:
    s = setting(LOCAL)
    for watched in (0.0, 0.5, 1.0):
        lost = profits.verifier(s) - profits.skips_forced(s, watched, 0.0)
        assert lost == pytest.approx(s.rates.forced_rate * watched * (s.verifier_fee + s.verifier_deposit))


def test_dust_for_the_jackpot() -> None:
    s = bare()
    # Where all verifiers are its own, it loses what the inequality says.
    own = s.changed(dishonest=s.rates.eligible_share)
    assert -profits.dust(own, 1.0) == pytest.approx(left_over(whistleblower.dust_tasks(own)))
    assert profits.dust(s, 1.0) < profits.dust(own, 1.0) < 0


def test_names_of_one_whistleblower() -> None:
    s = bare()
    one, two, three = (profits.claims(s, names, 1) for names in (1, 2, 3))
    assert one > two > three > 0
    assert one == pytest.approx(s.rates.forced_rate * s.jackpot / 4)
    assert two == pytest.approx(s.rates.forced_rate * s.jackpot / 6)


def test_planted_stalls() -> None:
    s = bare()
    assert profits.submitter(s) - profits.plants(s) == pytest.approx(left_over(planted_stalls(s)))


def test_who_griefs_or_lies_with_aliases_loses_more_than_the_bond_or_the_deposit_leaves() -> None:
    s = bare()
    assert profits.griefs(s) == pytest.approx(-(1 - s.rates.forced_rate) * s.rate("challenge_bond"))
    assert profits.fills(s, 3, 0.0) == pytest.approx(s.rate("challenge_cost") - s.verifier_deposit)

"""Populations that follow profit, on payoffs made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pinpoint.simulation import replicator
from pinpoint.simulation.live import met, payoffs
from pinpoint.simulation.replicator import PAIRINGS, ROLES, SOLVERS, VERIFIERS, WHISTLEBLOWERS, Floats, Mix


def game(cheating_pays: bool = False) -> Floats:
    """Honest solvers earn 0.2. Others earn 2 where a verifier is lazy, else lose 2.3; honest ones catch the lazy."""
    found = np.zeros((len(ROLES), len(SOLVERS), len(VERIFIERS), len(WHISTLEBLOWERS)))
    found[0] = -2.3
    found[0, :, 1, :] = 2.0
    found[0, 0] = 0.2
    if cheating_pays:
        found[0, 1] = 0.3
    found[1, :, 0, :] = 0.1
    found[1, :, 1:, :] = 0.5
    found[1, 0, 1:, :] = -2.0
    return found


def uniform() -> Mix:
    first, second, third = (np.full(len(names), 1 / len(names)) for names in ROLES.values())
    return first, second, third


def test_what_pays_grows() -> None:
    mix = uniform()
    earned = (np.array([1.0, 0.0, 0.0, 0.0]), np.zeros(3), np.zeros(3))
    after = replicator.grown(mix, earned)
    assert after[0][0] > mix[0][0] and after[0][1] == pytest.approx(after[0][2])
    assert after[0][0] / after[0][1] == pytest.approx(np.exp(replicator.RATE))
    np.testing.assert_allclose(after[1], mix[1])
    assert all(shares.sum() == pytest.approx(1) for shares in after)


def test_what_is_expected_of_a_mix() -> None:
    solvers, verifiers, _ = replicator.expected(game(), uniform())
    assert solvers[0] == pytest.approx(0.2)
    assert solvers[1] == pytest.approx(2 / 3 * -2.3 + 1 / 3 * 2)
    assert verifiers[1] == pytest.approx(3 / 4 * 0.5 + 1 / 4 * -2)


def test_honesty_wins_from_few_liars_and_not_from_many() -> None:
    assert replicator.stable(game(), 0.2, 1)
    assert not replicator.stable(game(), 0.9, 1)
    assert not replicator.stable(game(cheating_pays=True), 0.2, 1)


def test_mixes_have_the_share_that_is_asked_for() -> None:
    mixes = replicator.starts(0.3, 1)
    assert len(mixes) == replicator.STARTS
    for solvers, verifiers, whistleblowers in mixes:
        assert solvers[0] == verifiers[0] == pytest.approx(0.7)
        assert solvers.sum() == pytest.approx(1) and verifiers.sum() == pytest.approx(1)
        assert whistleblowers.sum() == pytest.approx(1)
    # All liars of one kind, nobody watching.
    assert any(solvers[3] == pytest.approx(0.3) and watching[0] == 1 for solvers, _, watching in mixes)


def test_everybody_meets_by_their_shares() -> None:
    only = (np.array([0.0, 1, 0, 0]), np.array([1.0, 0, 0]), np.array([0.5, 0.5, 0]))
    counts = met(only, 1_000, 1, 0)
    assert sum(counts.values()) == 1_000
    assert {(p.solver, p.verifier) for p in counts} == {(1, 0)}
    assert 400 < min(counts.values()) <= max(counts.values()) < 600
    assert met(only, 1_000, 1, 0) == counts != met(only, 1_000, 1, 1)


def test_who_has_not_played_earns_the_mean() -> None:
    first, second = PAIRINGS[0], PAIRINGS[-1]
    found = payoffs(uniform(), {first: [[2.0, 4.0, 0.0]], second: [[4.0, 8.0, 2.0], [4.0, 8.0, 2.0]]}, 2.0)
    np.testing.assert_allclose(found[0], [1.0, 1.5, 1.5, 2.0])
    np.testing.assert_allclose(found[1], [2.0, 3.0, 4.0])


def test_the_table_of_pairings() -> None:
    played = {pairing: [[float(pairing.solver), 1.0, 2.0], [float(pairing.solver), 3.0, 2.0]] for pairing in PAIRINGS}
    table = replicator.table(played, 2.0)
    assert table[0, 3, 1, 2] == 1.5 and table[1, 0, 0, 0] == 1.0 and table[2, 1, 1, 1] == 1.0

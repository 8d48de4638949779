"""What cheating solvers earn: the closed forms against all samples, and against plays of the game by chance."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.economics import solver
from pinpoint.economics.stalls import alternate, paid_chances, paid_share, planting

PLAYS = 40_000


def stretches_paid(n, sample, moves):
    """The rule, written out: what lies between two samples that moved, around one that did not, is not paid."""
    moving = [i for i in sorted(sample) if moves(i)]
    paid = np.ones(n, dtype=bool)
    for stalled in (i for i in sample if not moves(i)):
        left = max((i for i in moving if i < stalled), default=-1)
        right = min((i for i in moving if i > stalled), default=n)
        paid[left + 1 : right] = False
    return paid


@pytest.mark.parametrize(("n", "q"), [(1, 1), (5, 1), (6, 3), (8, 4), (9, 9)])
def test_what_is_paid_after_a_forged_dead_state(n, q):
    """A10, over all samples: the forged segment moves, all after it do not."""
    for forged in range(n):
        paid = [
            stretches_paid(n, sample, lambda i, k=forged: i <= k).mean()
            for sample in combinations(range(n), q)
            if forged not in sample
        ]
        assert paid_share(n, q, forged) == pytest.approx(sum(paid) / comb(n, q))


@pytest.mark.parametrize(("n", "q"), [(2, 1), (5, 2), (7, 4), (8, 8), (9, 3)])
def test_what_is_paid_among_planted_stalls(n, q):
    """A25, over all samples: every other segment does not move."""
    paid = [stretches_paid(n, sample, lambda i: i % 2 == 1) for sample in combinations(range(n), q)]
    assert paid_chances(n, q, alternate(n)) == pytest.approx(np.mean(paid, axis=0))


def test_no_planted_stalls_pay(typical):
    """A25: whatever is planted among six segments, and however many are sampled. Were less than half of what nobody is
    paid burnt, one planted segment among many would pay."""
    for samples in range(1, 7):
        s = typical.changed(steps=60, samples=samples)
        for pattern in range(1, 2**6 - 1):
            planted = [i for i in range(6) if pattern >> i & 1]
            moves = set(range(6)).difference(planted).__contains__
            paid = [stretches_paid(6, sample, moves) for sample in combinations(range(6), samples)]
            assert paid_chances(6, samples, planted) == pytest.approx(np.mean(paid, axis=0))
            assert planting(s, planted).holds, (samples, planted)
    long = typical.changed(steps=1000, samples=12)
    assert planting(long, [50]).holds
    assert not planting(long.changed(stall_burn=0.42), [50]).holds


def played(s, seed, forged, moves=False):
    """What a forger earns a task, on average, and by how much that may be off: the game, told by chance."""
    random = np.random.default_rng(seed)
    n, q = s.task.segments, s.task.samples
    earned = np.empty(PLAYS)
    for play in range(PLAYS):
        sample = set(random.permutation(n)[:q].tolist())
        honest = random.random() < s.honest_draw
        work = 0 if moves else s.cost * (n - len(forged)) / n
        if honest and sample & set(forged):
            earned[play] = -work - s.solver_deposit
        else:
            earned[play] = s.fee + s.outside - work
    return earned.mean(), 4 * earned.std() / PLAYS**0.5


@pytest.mark.parametrize("forged", [1, 2, 6, 11])
def test_forging_earns_what_the_closed_form_says(typical, forged):
    s = typical.changed(false_alarm=0.0)
    found = solver.forging(s, forged, s.outside)
    mean, error = played(s, 7, range(forged))
    assert s.solver_profit - mean == pytest.approx(found.left - found.right, abs=error)


def test_a_forged_state_earns_what_the_closed_form_says(typical):
    for samples in (3, 7):
        s = typical.changed(samples=samples)
        found = solver.forged_state(s)
        mean, error = played(s, 0, [0], moves=True)
        # Against a solver that has stake of its own in the draw, and honestly replays where that is drawn.
        honest = s.solver_profit - (1 - s.honest_draw) * s.replay_cost
        assert honest - mean == pytest.approx(found.left - found.right, abs=error)


def test_skipping_everything_is_forging_all_segments(typical):
    s = typical.changed(false_alarm=0.0)
    whole, all_segments = solver.skips_everything(s), solver.forging(s, s.task.segments, s.outside)
    assert (whole.left, whole.right) == pytest.approx((all_segments.left, all_segments.right))


@given(st.integers(2, 40), st.data(), st.floats(0, 5), st.floats(0, 0.9))
def test_every_number_of_forged_segments_is_deterred_where_the_worst_is(typical, n, data, outside, dishonest):
    samples = data.draw(st.integers(1, n))
    s = typical.changed(steps=10 * n, samples=samples, outside_value=outside, dishonest=dishonest * 0.75)
    ways = solver.partial_ways(s, s.outside)
    assert len(ways) == n - 1
    assert solver.partial_training(s).holds == all(way.holds for way in ways)


NEEDED = {samples: 12 / samples for samples in (2, 3, 4, 6)}


@pytest.mark.parametrize("samples", NEEDED)
def test_the_deposit_against_a_forged_state_grows_as_the_inverse_of_the_sampled_share(typical, samples):
    """A10. With a deposit of d (n / q - 1) + d', found and not found weigh the same, whatever q is."""
    s = typical.changed(samples=samples, compute_cost=typical.task.price, outside_value=1.0, eligible_share=1.0)
    s = s.changed(dishonest=0.0, solver_deposit=2 * (NEEDED[samples] - 1) / NEEDED[samples])
    early = solver.forged_state(s)
    assert early.left == pytest.approx(early.right)

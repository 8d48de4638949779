"""What right reports share, what aliases make of it, and that the pool lasts."""

import boa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.economics.jackpot import aliased, jackpot, part
from pinpoint.economics.solvency import play

WAD = 10**18
TASKS = 10_000
AMOUNTS = st.floats(1e-6, 1e6)


@given(AMOUNTS, st.integers(0, 30), st.integers(2, 30))
def test_an_alias_always_costs_its_owner(total, others, aliases):
    """A21: whatever others do."""
    assert aliased(total, others, aliases) < aliased(total, others, aliases - 1)


@given(AMOUNTS, st.integers(1, 60))
def test_never_more_than_the_total_is_paid(total, rights):
    assert rights * part(total, rights) <= total * (1 + 1e-12)
    assert part(total, rights + 1) <= part(total, rights) / 2


def test_the_share_is_the_contracts():
    source = """
# pragma version 0.4.3
from contracts.libraries import bounty

initializes: bounty


@deploy
def __init__():
    bounty.__init__(self, self, self)


@external
@pure
def part(total: uint256, members: uint256) -> uint256:
    return bounty.part(total, members)
"""
    mock = boa.loads(source)
    for rights in (1, 2, 3, 7, 20):
        assert mock.part(WAD, rights) == pytest.approx(part(WAD, rights), abs=1)


def test_nobody_is_right_in_no_share():
    assert aliased(1.0, 3, 0) == 0
    with pytest.raises(ValueError, match="at least one right report"):
        part(1.0, 0)


@given(AMOUNTS, st.floats(0, 1), st.floats(0.01, 1), st.floats(0, 1e9))
def test_a_jackpot_is_bounded_by_the_tax_and_the_pool(tax, pool_share, forced_rate, pool):
    """A11: expected jackpots of a task are below its tax, and two thirds of the pool stay."""
    found = jackpot(tax, pool_share, forced_rate, pool)
    assert forced_rate * found <= tax * (1 + 1e-12)
    assert found <= pool / 3


@pytest.mark.parametrize("seed", range(5))
def test_the_pool_lasts_though_every_forced_error_is_found(typical, seed):
    pool = play(typical, TASKS, seed)
    assert pool.min() > 0
    assert len(pool) == TASKS


def test_the_pool_is_what_came_in_less_what_was_paid(typical):
    """Brute force, with whole jackpots from a full pool."""
    full = 1e9
    random = np.random.default_rng(3)
    forced = random.random(TASKS) < typical.rate("forced_rate")
    pool = play(typical, TASKS, 3, start=full)
    income = typical.tax * typical.rate("pool_share")
    assert pool[-1] - full == pytest.approx(TASKS * income - forced.sum() * typical.jackpot, rel=1e-4)


def test_the_pool_grows_where_two_share_and_most_where_nobody_finds(typical):
    alone, shared, unfound = (play(typical, TASKS, 1, rights)[-1] for rights in ((1,), (2,), (0,)))
    assert alone < shared < unfound
    assert unfound == pytest.approx(TASKS * typical.tax * typical.rate("pool_share"))
    # Two share half of each jackpot, so half of the income stays, on average.
    assert shared == pytest.approx(unfound / 2, rel=0.1)

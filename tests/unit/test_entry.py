"""The enter-or-leave strategy: what an earning has to be, to the unit."""

from __future__ import annotations

import pytest

from pinpoint.chain.market import Activity, Earning
from pinpoint.roles.entry import CHALLENGE_GAS, WAD, balance


def market(wrong: int) -> Activity:
    """With a share of wrong reports."""
    return Activity(upheld=1, forced=0, against_forced=0, overturned=0, against_overturned=0, active=0, wrong=wrong)


@pytest.mark.parametrize(
    "earning, wrong, expected",
    [
        (Earning(1000, 0, 0), 0, 1000),
        (Earning(1000, 300, 0), 0, 1000),
        (Earning(1000, 300, 0), WAD // 3, 1099),
        (Earning(0, 300, 0), WAD, 300),
        # The cost pays for the moves of a conviction.
        (Earning(0, 300, 5000), WAD // 2, 150),
    ],
)
def test_what_is_expected(earning, wrong, expected):
    assert balance(earning, market(wrong), 1, 1, 0).expected == expected


def test_it_enters_at_exactly_what_it_costs():
    """Units of the replay, and gas."""
    costs = 7 * 11 + 3 * CHALLENGE_GAS
    for forced, pays in ((costs - 1, False), (costs, True), (costs + 1, True)):
        found = balance(Earning(forced, 0, 0), market(0), units=7, unit_cost=11, gas_cost=3)
        assert (found.expected, found.costs, found.pays) == (forced, costs, pays)


def test_work_that_costs_nothing_is_done():
    assert balance(Earning(0, 0, 0), market(0), 7, 0, 0).pays

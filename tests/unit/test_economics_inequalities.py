"""Each inequality holds at the defaults with a margin, and fails where what it speaks of goes beyond its bound."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.economics import Inequality
from pinpoint.economics.attacks import LISTED
from pinpoint.economics.calculator import MARGIN, beyond, judged
from pinpoint.economics.inequality import most_tempting, tightest

# What breaks each, all else as deployed; several are numbers that the contracts refuse, too.
BEYOND = {
    "partial training": {"solver_deposit": 0.2},
    "partial training, no outside value": {"dishonest": 0.74},
    "skips everything": {"solver_deposit": 0.4},
    "withholds data": {"solver_deposit": 0.3},
    "forged state": {"solver_deposit": 1.7},
    "slashed solver's alias": {"bounty_share": 0.8},
    "planted stalls": {"stall_burn": 0.25},
    "profiler earns": {"verifier_rate": 0.79},
    "silent profiler": {"verifier_rate": 0.1, "profiler_deposit": 0.1},
    "absurd profile": {"absurd_share": 0.19},
    "owns the task": {"submitter_share": 0.69},
    "detection target": {"samples": 6},
    "false rejections": {"false_alarm": 0.02},
    "solver earns": {"compute_cost": 1.76e-6},
    "verifier works": {"forced_rate": 0.25},
    "lazy verifier": {"verifier_deposit": 0.05},
    "skips a forced error": {"gas_price": 1e6},
    "liar's alias": {"bounty_share": 1.01},
    "verifier earns": {"verifier_rate": 0.79},
    "held capacity": {"least_price": 1.39e-6},
    "asks fit the window": {"ask_window": 383},
    "least fee pays a report's gas": {"least_fee": 0.049},
    "dust tasks for the jackpot": {"pool_share": 1.0, "gas_price": 0.0},
    "tax keeps the pool solvent": {"pool_share": 1.0},
    "Sybil whistleblowers": {"tax": 0.0},
    "whistleblower enters": {"tax": 0.002},
    "whistleblower convicts": {"bounty_share": 0.05},
    "griefing whistleblower": {"challenge_cost": 0.7},
    "challenge bond": {"challenge_bond": 4.4},
    "cost of a conviction": {"gas_price": 220.0},
    "bounty pays the cost": {"units": 20_000},
    "solver's slash is burnt in part": {"submitter_share": 0.71},
    "invalid program": {"task_deposit": 0.3},
    "submitter's slash is burnt in part": {"invalid_share": 1.01},
    "stake covers a deposit": {"verifier_stake": 59.0},
    "ask pays the post": {"chunk_fee": 0.28},
    "unbonding": {"unbonding_period": 91_379},
    "replay time": {"units": 5e8},
    "shortest window": {"reply_window": 47},
    "eligible share": {"eligible_share": 0.69},
}
# These reach equality, and no parameters go beyond it.
AT_EQUALITY = {"dust tasks for the jackpot", "tax keeps the pool solvent", "Sybil whistleblowers"}


def by_name(s):
    return {i.name: i for i in judged(s)}


def test_the_defaults_hold_with_a_margin(typical):
    found = by_name(typical)
    assert {name: i.margin for name, i in found.items() if i.margin < MARGIN} == {}
    assert set(found) == set(BEYOND)


@pytest.mark.parametrize("name", BEYOND)
def test_each_fails_beyond_its_bound(typical, name):
    found = by_name(typical.changed(**BEYOND[name]))[name]
    assert found.margin == pytest.approx(0) if name in AT_EQUALITY else not found.holds, found


@pytest.mark.parametrize("attack", LISTED)
def test_every_attack_is_answered_by_inequalities_that_exist(typical, attack):
    assert LISTED[attack]
    assert {*LISTED[attack]} <= {*by_name(typical)}


def test_what_cannot_hold_does_not(typical):
    """If one of them begins to, docs/design.md is to say so."""
    assert [i.name for i in beyond(typical) if i.holds] == []


SAFER_BY_MORE = {
    "solver_deposit": {"false rejections", "slashed solver's alias"},
    "verifier_deposit": {"stake covers a deposit"},
    "challenge_bond": set(),
    "forced_rate": {"skips a forced error", "verifier earns", "whistleblower enters", "Sybil whistleblowers"},
}
"""And what it makes dearer instead."""


@pytest.mark.parametrize("name", SAFER_BY_MORE)
def test_more_of_it_is_safer(typical, name):
    values = [typical.value(name) * x for x in (0.5, 1, 2, 3)]
    gaps = [{n: i.left - i.right for n, i in by_name(typical.changed(**{name: v})).items()} for v in values]
    for less, more in pairwise(gaps):
        worse = {n for n in less if more[n] < less[n] - 1e-9}
        assert worse <= SAFER_BY_MORE[name] | {"whistleblower convicts"}, worse


def test_more_samples_are_safer(typical):
    for fewer, more in pairwise(by_name(typical.changed(samples=samples)) for samples in range(1, 13)):
        for name in ("forged state", "owns the task", "detection target"):
            assert more[name].margin >= fewer[name].margin


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_more_a_forgery_is_worth_and_the_more_are_dishonest_the_worse(typical, less, more):
    less, more = sorted((less, more))
    for low, high in (
        (typical.changed(outside_value=less), typical.changed(outside_value=more)),
        (typical.changed(dishonest=less / 200), typical.changed(dishonest=more / 200)),
    ):
        before, after = by_name(low), by_name(high)
        for name in ("partial training", "skips everything", "withholds data", "forged state", "owns the task"):
            assert after[name].left - after[name].right <= before[name].left - before[name].right + 1e-9


def test_a_margin_is_a_share_of_the_larger_side():
    assert Inequality("", 100, 95, "").margin == pytest.approx(0.05)
    assert Inequality("", 95, 100, "").margin == pytest.approx(-0.05)
    assert Inequality("", 0, 0, "").margin == 0 and Inequality("", 0, 0, "").holds
    assert Inequality("", 1, -1, "").margin == 2


def test_the_tightest_and_the_most_tempting():
    small, large = Inequality("small", 1, 0.5, ""), Inequality("large", 100, 90, "")
    assert tightest([small, large]) == large
    assert most_tempting([small, large]) == small

"""Both sides of every inequality, and every profit, for a task whose round numbers were worked out by hand.

Fee 120, cost 60, outside value B 60; 3 of 12 segments sampled; an honest verifier is drawn with v = 0.75, so a forged
segment is found with f = 0.1875. Deposits: solver 960, verifier 60, of which 24 are bounty. A verifier has 45 for a
replay of 15. Tax 12, forced errors 0.05, jackpot 120, so 30 for each of two and 10 for each of three. A million of gas
costs a token.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pinpoint.chain.parameters import Parameters
from pinpoint.economics import profits, setting, solver
from pinpoint.economics.calculator import beyond, judged
from pinpoint.economics.limits import break_even_lies
from pinpoint.economics.market import Market, Task
from pinpoint.economics.setting import Setting
from pinpoint.economics.stalls import alternate, paid_chances, paid_share
from pinpoint.replay.profile import RUNS

WINDOWS = (
    "enrol_window",
    "accept_window",
    "commit_window",
    "reveal_window",
    "secret_window",
    "ask_window",
    "reply_window",
    "claim_window",
)
PARAMETERS = {
    **dict.fromkeys(WINDOWS, 300),
    "solver_deposit": 2,
    "verifier_rate": 1.5,
    "verifier_deposit": 0.5,
    "bounty_share": 0.4,
    "tax": 0.1,
    "pool_share": 0.5,
    "forced_rate": 0.05,
    "eligible_share": 0.8,
    "challenge_bond": 5,
    "challenge_cost": 4,
    "task_deposit": 7,
    "submitter_share": 0.3,
    "verifier_share": 0.1,
    "solver_bounty_share": 0.05,
    "invalid_share": 0.5,
    "verifier_stake": 100,
    "chunk_fee": 1.5,
    "least_fee": 0.5,
    "least_price": 0.005,
    "stall_burn": 0.5,
    "profiler_deposit": 2,
    "absurd_share": 0.6,
    "max_rounds": 1,
    "draw_window": 130,
    "draw_delay": 3,
}
MARKET = Market(
    compute_cost=0.005,
    gas_price=2000.0,
    token_price=2.0,
    outside_value=0.5,
    dishonest=0.2,
    false_alarm=0.1,
    skipped=0.25,
    detection=0.5,
    block_time=10.0,
    response=3,
)
TASK = Task(units=100, price=0.01, steps=120, interval=10, samples=3, data=2**20)

FOUND = 0.75 * 136 / 220
"""Three forged segments, by an honest verifier: C(9, 3) = 84 of C(12, 3) = 220 samples miss them."""
ALARM = 1 - 0.9**3
REPORTS = 0.067 + 0.042 + 1.05 * 0.156
PROVE, SETTLE = 0.140 + 0.056 + 0.099, 0.399 - 0.160

SIDES = {
    # One forged segment of twelve tempts most: it is found with 0.75 x 3 / 12.
    "partial training": ((0.1875 - ALARM) * 1080, 5 + 0.8125 * 60),
    "partial training, no outside value": ((0.1875 - ALARM) * 1080, 5),
    "skips everything": (0.75 * 1080, 60 + 0.25 * 60),
    "withholds data": (0.75 * 1080, 60 + 0.25 * 60),
    "forged state": (60 + 0.1875 * 960, 0.8125 * 180 + 0.25 * 15),
    # At half the price: fee 60, deposit 480, 22.5 for a report, tax 6, jackpot 60.
    "owns the task": (0.1875 * 480 * 0.7 + 0.5625 * 22.5 + 0.8125 * 6 - 0.25 * 3, 0.8125 * 60),
    "slashed solver's alias": (60 - 24, 48),
    "detection target": (136 / 220, 0.5),
    "false rejections": (60, ALARM * 1080),
    "solver earns": (120, 60 + 0.694),
    "verifier works": (0.05 * 0.75 * (30 + 45 + 60), 15),
    "lazy verifier": (0.75 * (45 + 60 + 1.5), 15),
    "skips a forced error": (0.75 * (45 + 60 + 30), 0.198),
    "liar's alias": (60, 24),
    "verifier earns": (45, 15 + 0.257 + 1.05 * 0.198),
    "least fee pays a report's gas": (0.5, 0.265),
    "dust tasks for the jackpot": (12 + 1.455, 6),
    "tax keeps the pool solvent": (12, 6),
    # Four others: a fifth of 120 / 16, or two sixths of 120 / 32.
    "Sybil whistleblowers": (1.5, 1.25),
    "whistleblower enters": (30, 0.345),
    "whistleblower convicts": (1, (5 + 21.177216 + 0.16) / (4 + 5 + 5)),
    "griefing whistleblower": (4, 36 * 0.11),
    "challenge bond": (5, 4),
    "cost of a conviction": (4, 0.2 + 35 * 0.12 + 16.777216),
    "bounty pays the cost": (24, 4),
    "profiler earns": (15 * RUNS, 5 * RUNS + 0.114),
    "silent profiler": (45 * RUNS, 5 * RUNS + 0.114),
    "absurd profile": (18 * RUNS, 15 * RUNS),
    "solver's slash is burnt in part": (1, 0.45),
    "invalid program": (3.5, 1),
    "submitter's slash is burnt in part": (1, 0.5),
    "stake covers a deposit": (100, 60),
    "held capacity": (1.5 * 0.005 * 3000, 15),
    "asks fit the window": (300, 32 * 10),
    "ask pays the post": (1.5, 1.46),
    # Of 130 seconds to draw, three blocks are over before anybody can.
    "shortest window": (100, 30),
    "stand-alone whistleblower": (1.5, 15),
    "lazy profiler": (10 * RUNS, 15 * RUNS),
    # One redraw: twice an honest one, 0.5625.
    "data beyond the window": (60 + 0.5625 * 960, 0.4375 * 180),
}


@pytest.fixture(scope="module")
def s() -> Setting:
    parameters = Parameters.load(Path("deployments/local.yaml"))
    return setting(parameters, MARKET, TASK).changed(**PARAMETERS)


@pytest.mark.parametrize("name", SIDES)
def test_both_sides_of_an_inequality(s: Setting, name: str) -> None:
    found = {i.name: (i.left, i.right) for i in (*judged(s), *beyond(s))}
    assert found[name] == pytest.approx(SIDES[name])


def test_the_others_are_of_times_and_of_stalls(s: Setting) -> None:
    """Their right sides are a deployment's own rules, and brute force over all samples (test_economics_solver.py)."""
    names = {i.name for i in (*judged(s), *beyond(s))}
    assert names - set(SIDES) == {"unbonding", "replay time", "planted stalls", "eligible share"}
    found = {i.name: i for i in judged(s)}
    p = s.parameters
    assert found["unbonding"].right == p.decision_window(p.max_replay_time)
    assert found["unbonding"].left == p.unbonding_period
    assert found["replay time"].left == p.max_replay_time
    assert found["replay time"].right == p.work_time(100 * 30, 2**20)


@pytest.mark.parametrize("name", WINDOWS)
def test_the_shortest_window_is_of_all(s: Setting, name: str) -> None:
    found = {i.name: i for i in judged(s.changed(**{name: 40}))}
    assert (found["shortest window"].left, found["shortest window"].right) == (40, 30)


def test_forging_three_segments(s: Setting) -> None:
    found = solver.forging(s, 3, 60.0)
    assert (found.left, found.right) == pytest.approx(((FOUND - ALARM) * 1080, 15 + (1 - FOUND) * 60))


def test_a_single_segment_is_forged_whole(s: Setting) -> None:
    (found,) = solver.partial_ways(s.changed(steps=10, samples=1), 60.0)
    # Fee 10, cost 5, deposit 20; found by any honest verifier.
    assert (found.left, found.right) == pytest.approx(((0.75 - 0.1) * 30, 5 + 0.25 * 60))


def test_entry_and_break_even(s: Setting) -> None:
    assert s.entry_multiple == pytest.approx((960 + 60 + 7 + 5) / 120)
    # Alone: 4 + 20 of the bounty, 48 of the solver's deposit, against a conviction's gas and the jackpots.
    assert break_even_lies(s, rights=1) == pytest.approx((15 - 6) / (4 + 20 + 48 - 21.337216 - 6))
    assert break_even_lies(s) == float("inf")


def small_change(s: Setting) -> float:
    """`dust` of a hundredth of the work: fee 1.2, cost 0.6, jackpot 1.2, so 0.3 for each of two."""
    won = 0.25 * 0.05 * 1.2 + 0.75 * 0.05 * (0.3 - 0.345)
    return won - 0.12 - 0.75 * 0.45 - (0.306 + PROVE + SETTLE + 0.25 * REPORTS + 0.6 + 0.25 * 0.15)


def planted(s: Setting) -> float:
    """`plants`: six of twelve segments, and half of what is not paid is burnt."""
    paid = sum(paid_chances(12, 3, alternate(12))) / 12
    return -45 - 12 - 0.306 + (1 - 0.5 - paid - 0.5 * (1 - paid)) * 120


PROFITS = {
    "solver": (profits.solver, 60 - PROVE - SETTLE),
    "partial": (
        lambda s: profits.partial(s, 3, 0.25),
        (1 - FOUND) * 180 - FOUND * 960 - 45 - PROVE - (1 - FOUND) * SETTLE,
    ),
    "dead": (
        lambda s: profits.dead(s, 6),
        0.8125 * 60 + (0.25 + 0.75 * paid_share(12, 3, 6)) * 120 - 180 - 30 - PROVE - 0.8125 * SETTLE,
    ),
    "moves": (profits.moves, 0.8125 * 180 - 180 - PROVE - 0.8125 * SETTLE),
    "withholds": (profits.withholds, 0.25 * 180 - 720 - PROVE - 0.25 * SETTLE),
    "coalition": (profits.coalition, 60 - PROVE - SETTLE + 0.25 * (30 - REPORTS + 6)),
    "passes": (profits.passes, 0.25 * (45 + 6 - REPORTS)),
    "colludes": (
        profits.colludes,
        0.25 * 180 - 720 - PROVE - 0.25 * SETTLE + 0.25 * (45 + 6 - REPORTS),
    ),
    "colludes once": (
        profits.colludes_once,
        0.8125 * 180 - 180 - PROVE - 0.8125 * SETTLE + 0.25 * (45 + 6 - REPORTS),
    ),
    "owns": (
        profits.owns,
        0.8125 * (60 - 6) - 0.5625 * 22.5 - 63 - 0.306 - PROVE - 0.8125 * SETTLE - 0.25 * (REPORTS - 3),
    ),
    "verifier": (profits.verifier, 30 - REPORTS + 1.5),
    "verifier alone": (lambda s: profits.verifier(s, 0), 30 - REPORTS + 6),
    "lazy": (lambda s: profits.lazy(s, 0.75), -45 + 0.25 * (45 + 6) - REPORTS),
    "copies": (profits.copies, -60 - REPORTS),
    "skips forced": (
        lambda s: profits.skips_forced(s, 0.5, 1e6),
        30 - REPORTS + 0.5 * 6 - 0.025 * (45 + 60 + 1),
    ),
    "farms": (profits.farms, 30 - REPORTS + 0.05 * (20 - 0.345)),
    "claims": (lambda s: profits.claims(s, 2, 1), 0.05 * (7.5 - 2 * 0.345)),
    "griefs": (profits.griefs, -0.95 * 5 - 0.185),
    "fills": (lambda s: profits.fills(s, 3, 1e5), 4 - 60 - REPORTS - 1.05 * 3 * 0.185 - 0.1),
    "submitter": (profits.submitter, -45 - 12 - 0.306),
    "plants": (profits.plants, planted),
    "dust": (lambda s: profits.dust(s, 0.01), small_change),
}


@pytest.mark.parametrize("name", PROFITS)
def test_profit(s: Setting, name: str) -> None:
    earns, expected = PROFITS[name]
    assert earns(s) == pytest.approx(expected(s) if callable(expected) else expected)


def test_a_dead_state_is_forged_where_it_pays_most(s: Setting) -> None:
    earned = [profits.dead(s, first) for first in range(12)]
    assert earned[profits.dead_from(s)] == max(earned)

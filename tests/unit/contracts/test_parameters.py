"""The rules of a deployment's parameters, each by its reason; and that their Python twin has the same rules."""

import boa
import pytest
from pydantic import ValidationError

from pinpoint.chain.parameters import MAX_TURNS, Parameters
from tests.boa_port import DEPLOYERS, reason
from tests.unit.contracts.steps import WAD
from tests.world import PARAMETERS

MOCK = boa.loads_partial(
    """
# pragma version 0.4.3
from contracts.interfaces import IParameters
from contracts.libraries import game_parameters
from contracts.libraries import parameters

initializes: game_parameters
initializes: parameters
exports: parameters.PARAMETERS


@deploy
def __init__(p: IParameters.Parameters):
    game_parameters.__init__(p)
    parameters.__init__(p)


@external
@view
def decision_window(replay: uint256) -> uint256:
    return parameters.decision_window(replay)


@external
@view
def budget(segment_units: uint256) -> uint256:
    return game_parameters.budget(segment_units)


@external
@view
def game_window(budget: uint256) -> uint256:
    return game_parameters.game_window(budget)


@external
@view
def work_time(units: uint256, data: uint256) -> uint256:
    return parameters.work_time(units, data)


@external
@pure
def share(amount: uint256, rate: uint256) -> uint256:
    return parameters.share(amount, rate)
"""
)
GOOD = PARAMETERS.model_dump()
REPLAY = GOOD["max_replay_time"]
SEALED = GOOD["commit_window"] + REPLAY + GOOD["reveal_window"]
LONGEST = 2 * (SEALED + GOOD["secret_window"]) + 2 * (GOOD["clock_budget"] + REPLAY) + MAX_TURNS * GOOD["reply_window"]
MAX_TIME, MAX_AMOUNT = 2**30, 2**96
ONE = 0x3F800000
TIMES = (
    "enrol_window",
    "accept_window",
    "draw_window",
    "base_time",
    "commit_window",
    "reveal_window",
    "secret_window",
    "ask_window",
    "clock_budget",
    "reply_window",
    "max_replay_time",
    "claim_window",
    "unbonding_period",
    "epoch_period",
)
AMOUNTS = (
    "verifier_stake",
    "least_fee",
    "least_price",
    "ticket",
    "eligible_share",
    "task_deposit",
    "solver_deposit",
    "verifier_deposit",
    "tax",
    "verifier_rate",
    "submitter_share",
    "verifier_share",
    "solver_bounty_share",
    "challenge_bond",
    "chunk_fee",
    "forced_rate",
    "pool_share",
    "stall_burn",
    "profiler_deposit",
)
# Of these, what another rule keeps below that bound.
SHARES = (
    *("submitter_share", "verifier_share", "solver_bounty_share", "forced_rate", "pool_share", "stall_burn"),
    *("verifier_stake", "ticket", "eligible_share"),
)

BAD = [
    ({"draw_delay": 0}, "draw"),
    ({"draw_delay": 1}, "draw"),
    ({"draw_delay": 129}, "draw"),
    ({"enrol_window": 0}, "windows"),
    ({"accept_window": 0}, "windows"),
    ({"draw_window": 0}, "windows"),
    ({"base_time": 0}, "windows"),
    ({"units_per_second": 0}, "windows"),
    ({"fetched_per_second": 0}, "windows"),
    ({"commit_window": 0}, "phases"),
    ({"reveal_window": 0}, "phases"),
    ({"secret_window": 0}, "phases"),
    ({"claim_window": 0}, "phases"),
    ({"ask_window": 0}, "data"),
    ({"least_price": 0}, "price"),
    ({"bytes_per_second": 0}, "data"),
    ({"chunk_fee": 0}, "data"),
    ({"reply_window": 0}, "clock"),
    ({"clock_budget": 0, "reply_window": 0}, "clock"),
    ({"max_tries": 0}, "tries"),
    ({"max_tries": 17}, "tries"),
    ({"max_rounds": 0}, "rounds"),
    ({"max_rounds": 7}, "rounds"),
    ({"solver_deposit": 0}, "deposit"),
    ({"verifier_deposit": 0}, "deposit"),
    ({"verifier_stake": 0}, "verifier stake"),
    ({"ticket": 0}, "ticket"),
    ({"task_deposit": 0}, "deposit"),
    ({"challenge_cost": 0}, "bond"),
    ({"threshold_floor": 0}, "threshold"),
    ({"threshold_ceiling": ONE}, "threshold"),
    ({"threshold_margin": ONE - 1}, "margin"),
    ({"threshold_margin": 0x7F800000}, "margin"),
]
# Rules between two parameters.
BAD_TOGETHER = [
    ({"clock_budget": 59, "reply_window": 60}, "clock"),
    ({"submitter_share": WAD, "verifier_share": 0, "solver_bounty_share": 0}, "burn"),
    ({"submitter_share": 0, "verifier_share": WAD, "solver_bounty_share": 0}, "burn"),
    ({"submitter_share": 0, "verifier_share": 0, "solver_bounty_share": WAD}, "burn"),
    ({"submitter_share": WAD // 2, "verifier_share": WAD // 4, "solver_bounty_share": WAD // 4}, "burn"),
    ({"bounty_share": WAD}, "burn"),
    ({"ticket": GOOD["verifier_stake"] + 1}, "ticket"),
    ({"ticket": 7, "verifier_stake": 7 * (2**16 + 1)}, "ticket"),
    ({"epoch_period": GOOD["draw_window"] - 1}, "epoch"),
    ({"eligible_share": WAD + 1}, "eligible share"),
    ({"forced_rate": WAD}, "jackpot"),
    ({"pool_share": WAD + 1}, "jackpot"),
    ({"stall_burn": WAD + 1}, "burn"),
    ({"invalid_share": WAD}, "burn"),
    ({"base_time": REPLAY + 1}, "replay"),
    ({"max_replay_time": GOOD["base_time"] - 1}, "replay"),
    ({"decline_share": GOOD["silence_share"]}, "shares"),
    ({"silence_share": WAD + 1}, "shares"),
    ({"challenge_cost": GOOD["challenge_bond"]}, "bond"),
    ({"threshold_floor": GOOD["threshold_ceiling"] + 1}, "threshold"),
    ({"absurd_share": WAD + 1}, "profile"),
    ({"profiler_deposit": 5 * WAD, "absurd_share": WAD // 5}, "profile"),
    ({"unbonding_period": LONGEST}, "unbonding"),
]
# At the bound, on the right side of it.
GOOD_AT_BOUND = [
    {},
    {"draw_delay": 2},
    {"least_fee": 0},
    {"least_price": 1},
    {"draw_delay": 128},
    *({name: 1} for name in ("enrol_window", "accept_window", "draw_window", "base_time", "units_per_second")),
    {"fetched_per_second": 1},
    {"ticket": 1, "verifier_stake": 1},
    {"ticket": GOOD["verifier_stake"]},
    {"ticket": 7, "verifier_stake": 7 * 2**16 + 6},
    {"epoch_period": GOOD["draw_window"]},
    {"eligible_share": 0},
    {"eligible_share": WAD},
    *({name: 1} for name in ("commit_window", "reveal_window", "secret_window", "claim_window")),
    *({name: 1} for name in ("ask_window", "bytes_per_second", "chunk_fee", "task_deposit")),
    {"base_time": REPLAY},
    {"max_replay_time": GOOD["base_time"]},
    {"clock_budget": 60, "reply_window": 60},
    {"clock_budget": 1, "reply_window": 1},
    {"max_tries": 1},
    {"max_tries": 16},
    {"max_rounds": 1},
    {"max_rounds": 6},
    {"solver_deposit": 1},
    {"verifier_deposit": 1},
    {"tax": 0},
    {"verifier_rate": 0},
    {"submitter_share": WAD - 1, "verifier_share": 0, "solver_bounty_share": 0},
    {"bounty_share": 0},
    {"bounty_share": WAD - 1},
    {"forced_rate": 0},
    {"forced_rate": WAD - 1},
    {"pool_share": 0},
    {"pool_share": WAD},
    {"stall_burn": 0},
    {"stall_burn": WAD},
    {"invalid_share": 0},
    {"invalid_share": WAD - 1},
    {"decline_share": 0, "silence_share": 1},
    {"silence_share": WAD},
    {"challenge_cost": 1, "challenge_bond": 2},
    {"threshold_floor": 1},
    {"threshold_floor": GOOD["threshold_ceiling"]},
    {"threshold_floor": ONE - 1, "threshold_ceiling": ONE - 1},
    {"threshold_margin": ONE},
    {"threshold_margin": 0x7F7FFFFF},
    {"absurd_share": WAD},
    {"profiler_deposit": 5 * WAD, "absurd_share": WAD // 5 + 1},
    {"unbonding_period": LONGEST + 1},
]


def deploy(changes, deployer=MOCK, *before):
    return deployer.deploy(*before, tuple((GOOD | changes).values()))


def names(changes):
    return ",".join(f"{name}={value}" for name, value in changes.items()) or "local"


def test_the_fields_stand_in_the_order_of_the_struct():
    assert deploy({}).PARAMETERS()._asdict() == GOOD
    assert list(GOOD.values()) == list(PARAMETERS.arguments())


@pytest.mark.parametrize(
    ("changes", "rule"), BAD + BAD_TOGETHER, ids=lambda value: names(value) if isinstance(value, dict) else value
)
def test_a_broken_rule_is_refused(changes, rule):
    with pytest.raises(boa.BoaError) as refusal:
        deploy(changes)
    assert reason(refusal.value) == f"parameters: {rule}"


@pytest.mark.parametrize("changes", GOOD_AT_BOUND, ids=names)
def test_a_bound_is_allowed(changes):
    assert deploy(changes).PARAMETERS()._asdict() == GOOD | changes
    assert Parameters(**(GOOD | changes)).model_dump() == GOOD | changes


@pytest.mark.parametrize("changes", [changes for changes, _ in BAD + BAD_TOGETHER], ids=names)
def test_the_twin_refuses_what_the_contract_refuses(changes):
    with pytest.raises(ValidationError):
        Parameters(**(GOOD | changes))


@pytest.mark.parametrize("name", TIMES)
def test_times_are_bounded(name):
    """Promise 10: no sum of them overflows its field in a packed word, a clock's least of all."""
    with pytest.raises(boa.BoaError) as refusal:
        deploy({name: MAX_TIME + 1})
    assert reason(refusal.value) == "parameters: time"
    with pytest.raises(ValidationError):
        Parameters(**(GOOD | {name: MAX_TIME + 1}))


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_are_bounded(name):
    """Promise 10. 2^96 of a token's units is what a lock can hold."""
    with pytest.raises(boa.BoaError) as refusal:
        deploy({name: MAX_AMOUNT + 1})
    assert reason(refusal.value) == "parameters: amount"
    with pytest.raises(ValidationError):
        Parameters(**(GOOD | {name: MAX_AMOUNT + 1}))


@pytest.mark.parametrize("name", sorted({*AMOUNTS} - {*SHARES}))
def test_the_largest_amount_is_allowed(name):
    changes = {name: MAX_AMOUNT}
    assert deploy(changes).PARAMETERS()._asdict() == Parameters(**(GOOD | changes)).model_dump() == GOOD | changes


def test_the_longest_unbonding_is_allowed():
    changes = {"unbonding_period": MAX_TIME}
    assert deploy(changes).PARAMETERS()._asdict() == Parameters(**(GOOD | changes)).model_dump() == GOOD | changes


def test_every_time_and_amount_is_among_those():
    """One that is added must be given its bound."""
    counts = {"draw_delay", "max_tries", "max_rounds"}
    counts |= {"units_per_second", "fetched_per_second", "bytes_per_second"}
    bounded_by_another = {"invalid_share", "decline_share", "silence_share", "bounty_share", "challenge_cost"}
    bounded_by_another |= {"threshold_floor", "threshold_ceiling", "threshold_margin", "absurd_share"}
    assert {*GOOD} == {*TIMES} | {*AMOUNTS} | counts | bounded_by_another


CONTRACTS = {
    "TaskRegistry": 8,
    "Verification": 8,
    "Settlement": 8,
    "Availability": 4,
    "Profiling": 5,
    "Orders": 0,
    "Market": 4,
}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_contract_checks_its_parameters(contract):
    others = [boa.env.generate_address() for _ in range(CONTRACTS[contract])]
    assert deploy({}, DEPLOYERS[contract], *others).PARAMETERS()._asdict() == GOOD
    with pytest.raises(boa.BoaError) as refusal:
        deploy({"max_rounds": 7}, DEPLOYERS[contract], *others)
    assert reason(refusal.value) == "parameters: rounds"
    for missing in range(len(others)):
        with pytest.raises(boa.BoaError) as refusal:
            deploy({}, DEPLOYERS[contract], *others[:missing], "0x" + "00" * 20, *others[missing + 1 :])
        assert reason(refusal.value) == f"{contract.removeprefix('Task').lower()}: address"


ADDRESSES = {"OpenRound": 4, "ProgramJudge": 1, "RootJudge": 3, "Watchtower": 2}
"""How many a contract without parameters is given."""


@pytest.mark.parametrize("contract", ADDRESSES)
def test_every_contract_checks_its_addresses(contract):
    others = [boa.env.generate_address() for _ in range(ADDRESSES[contract])]
    DEPLOYERS[contract].deploy(*others)
    for missing in range(len(others)):
        with pytest.raises(boa.BoaError) as refusal:
            DEPLOYERS[contract].deploy(*others[:missing], "0x" + "00" * 20, *others[missing + 1 :])
        assert reason(refusal.value).endswith(": address")


CHANGED = {
    "units_per_second": 1000,
    "clock_budget": 601,
    "reply_window": 61,
    "commit_window": 301,
    "reveal_window": 302,
    "secret_window": 303,
}


@pytest.mark.parametrize("units", [0, 999, 1000, 1_999_999])
def test_the_clocks_of_a_game(units):
    """Promise 6: a dispute may take the replay of one segment on each side, and has an absolute end."""
    mock, twin = deploy(CHANGED), Parameters(**(GOOD | CHANGED))
    budget = 601 + units // 1000
    assert mock.budget(units) == twin.budget(units) == budget
    assert mock.game_window(budget) == twin.game_window(budget) == 2 * budget + 48 * 61


@pytest.mark.parametrize("replay", [0, 1, 3600])
def test_the_longest_way_of_a_report(replay):
    """Promise 6: commitments, reveals, secret, and the longest game; nothing depends on who takes part.

    Where its error was forced, no game, but its fallback: to be given, then sealed challenges and the longest game.
    """
    mock, twin = deploy(CHANGED), Parameters(**(GOOD | CHANGED))
    sealed, games = (301 + replay) + 302, 2 * (601 + replay) + 48 * 61
    longest = sealed + 303 + 303 + sealed + games
    assert longest > sealed + 303 + games
    assert mock.decision_window(replay) == twin.decision_window(replay) == longest


@pytest.mark.parametrize("changes", [{"secret_window": 1}, {"reveal_window": 10_000, "unbonding_period": 2**20}])
def test_the_longest_way_of_an_open_report(changes):
    """It is given up to a window for reveals before its phases begin, and has no secret: that is no longer."""
    changes = CHANGED | changes
    mock, twin = deploy(changes), Parameters(**(GOOD | changes))
    reveal = changes["reveal_window"]
    longest = reveal + (301 + 7) + reveal + 2 * (601 + 7) + 48 * 61
    assert mock.decision_window(7) == twin.decision_window(7) >= longest


def test_the_time_for_work():
    changes = {"base_time": 300, "units_per_second": 1000, "fetched_per_second": 50}
    mock, twin = deploy(changes), Parameters(**(GOOD | changes))
    for units, data, seconds in (
        (0, 0, 300),
        (999, 49, 300),
        (1000, 0, 301),
        (1999, 50, 302),
        (0, 2**48, 300 + 2**48 // 50),
        (2**96, 99, 301 + 2**96 // 1000),
    ):
        assert mock.work_time(units, data) == twin.work_time(units, data) == seconds


def test_a_share_is_rounded_down():
    mock = deploy({})
    assert mock.share(10**18 + 1, 5 * 10**17) == 5 * 10**17
    assert mock.share(1, WAD - 1) == 0
    assert mock.share(1, WAD) == 1
    assert mock.share(3, 2 * WAD) == 6

"""The rules of a deployment's parameters, each by its reason; and that their Python twin has the same rules."""

import boa
import pytest
from pydantic import ValidationError

from pinpoint.chain.parameters import MAX_TURNS, Parameters
from tests.boa_port import DEPLOYERS, reason
from tests.unit.contracts.steps import WAD
from tests.world import PARAMETERS

MOCK = boa.load_partial("contracts/mocks/LibrariesMock.vy")
GOOD = PARAMETERS.model_dump()
LONGEST = (
    GOOD["commit_window"]
    + GOOD["reveal_window"]
    + GOOD["secret_window"]
    + 2 * GOOD["clock_budget"]
    + MAX_TURNS * GOOD["reply_window"]
)

BAD = [
    ({"draw_delay": 0}, "draw"),
    ({"draw_delay": 129}, "draw"),
    ({"enrol_window": 0}, "windows"),
    ({"accept_window": 0}, "windows"),
    ({"draw_window": 0}, "windows"),
    ({"base_time": 0}, "windows"),
    ({"units_per_second": 0}, "windows"),
    ({"commit_window": 0}, "phases"),
    ({"reveal_window": 0}, "phases"),
    ({"secret_window": 0}, "phases"),
    ({"claim_window": 0}, "phases"),
    ({"reply_window": 0}, "clock"),
    ({"clock_budget": 0, "reply_window": 0}, "clock"),
    ({"max_tries": 0}, "tries"),
    ({"max_tries": 17}, "tries"),
    ({"max_rounds": 0}, "rounds"),
    ({"max_rounds": 7}, "rounds"),
    ({"solver_deposit": 0}, "deposit"),
    ({"verifier_deposit": 0}, "deposit"),
    ({"challenge_cost": 0}, "bond"),
]
# Rules between two parameters.
BAD_TOGETHER = [
    ({"clock_budget": 59, "reply_window": 60}, "clock"),
    ({"submitter_share": WAD, "verifier_share": 0, "solver_bounty_share": 0}, "burn"),
    ({"submitter_share": 0, "verifier_share": WAD, "solver_bounty_share": 0}, "burn"),
    ({"submitter_share": 0, "verifier_share": 0, "solver_bounty_share": WAD}, "burn"),
    ({"submitter_share": WAD // 2, "verifier_share": WAD // 4, "solver_bounty_share": WAD // 4}, "burn"),
    ({"bounty_share": WAD}, "burn"),
    ({"decline_share": GOOD["silence_share"]}, "shares"),
    ({"silence_share": WAD + 1}, "shares"),
    ({"challenge_cost": GOOD["challenge_bond"]}, "bond"),
    ({"unbonding_period": LONGEST}, "unbonding"),
]
# At the bound, on the right side of it.
GOOD_AT_BOUND = [
    {},
    {"draw_delay": 1},
    {"draw_delay": 128},
    *({name: 1} for name in ("enrol_window", "accept_window", "draw_window", "base_time", "units_per_second")),
    *({name: 1} for name in ("commit_window", "reveal_window", "secret_window", "claim_window")),
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
    {"decline_share": 0, "silence_share": 1},
    {"silence_share": WAD},
    {"challenge_cost": 1, "challenge_bond": 2},
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


def test_a_clock_fits_its_field():
    """libraries/clock has 64 bits for seconds; one more bit would put the other side on the clock."""
    huge = {"clock_budget": 2**64, "unbonding_period": 2**128}
    with pytest.raises(boa.BoaError) as refusal:
        deploy(huge)
    assert reason(refusal.value) == "parameters: time"


@pytest.mark.parametrize("name", ["enrol_window", "base_time", "claim_window", "unbonding_period"])
def test_times_are_bounded(name):
    with pytest.raises(boa.BoaError) as refusal:
        deploy({name: 2**32 + 1})
    assert reason(refusal.value) == "parameters: time"
    with pytest.raises(ValidationError):
        Parameters(**(GOOD | {name: 2**32 + 1}))


@pytest.mark.parametrize("name", ["verifier_stake", "solver_deposit", "tax", "challenge_bond"])
def test_amounts_are_bounded(name):
    with pytest.raises(boa.BoaError) as refusal:
        deploy({name: 2**128 + 1})
    assert reason(refusal.value) == "parameters: amount"
    with pytest.raises(ValidationError):
        Parameters(**(GOOD | {name: 2**128 + 1}))


@pytest.mark.parametrize("contract", ["TaskRegistry", "Verification", "Arbitration", "Settlement"])
def test_every_contract_checks_its_parameters(contract):
    addresses = {"TaskRegistry": 3, "Verification": 4, "Arbitration": 6, "Settlement": 5}[contract]
    others = [boa.env.generate_address() for _ in range(addresses)]
    assert deploy({}, DEPLOYERS[contract], *others).PARAMETERS()._asdict() == GOOD
    with pytest.raises(boa.BoaError) as refusal:
        deploy({"max_rounds": 7}, DEPLOYERS[contract], *others)
    assert reason(refusal.value) == "parameters: rounds"
    for missing in range(addresses):
        with pytest.raises(boa.BoaError) as refusal:
            deploy({}, DEPLOYERS[contract], *others[:missing], "0x" + "00" * 20, *others[missing + 1 :])
        assert reason(refusal.value) == f"{contract.removeprefix('Task').lower()}: address"


def test_the_longest_game():
    """Promise 6: a bound that follows from the parameters alone."""
    mock = deploy({"clock_budget": 601, "reply_window": 61})
    changed = Parameters(**(GOOD | {"clock_budget": 601, "reply_window": 61}))
    assert mock.game_window() == changed.game_window == 2 * 601 + 48 * 61


def test_the_time_for_work():
    mock = deploy({"base_time": 300, "units_per_second": 1000})
    assert [mock.work_time(units) for units in (0, 999, 1000, 1999, 2**96)] == [300, 300, 301, 301, 300 + 2**96 // 1000]


def test_a_share_is_rounded_down():
    mock = deploy({})
    assert mock.share(10**18 + 1, 5 * 10**17) == 5 * 10**17
    assert mock.share(1, WAD - 1) == 0
    assert mock.share(1, WAD) == 1
    assert mock.share(3, 2 * WAD) == 6

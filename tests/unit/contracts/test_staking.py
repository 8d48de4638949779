"""Staking: accounts, bonds, locks and what is allotted. Tokens that lie are in test_hostile_tokens.py.

After every transaction through `world` the ledger rebuilds all accounts from the events and compares (promises 1, 2).
"""

import boa
import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.boa_port import DEPLOYERS, reason
from tests.unit.contracts.bank import STAKE, Bank
from tests.unit.contracts.steps import NOBODY, balances, check_exit, events, moved, refused, some_hash
from tests.world import FUNDS, PARAMETERS

HOSTILE = boa.load_partial("contracts/mocks/HostileToken.vy")
STAKING = DEPLOYERS["Staking"]
KEY, POT, OTHER_POT = some_hash("key"), some_hash("pot"), some_hash("other pot")
LOCKERS = ("TaskRegistry", "Verification", "Availability", "OpenRound", "Profiling")
MOST = 2**96 - 1
"""That one lock can hold."""


@pytest.fixture(scope="module")
def deployed():
    """The money alone, in the place of the whole suite."""
    return Bank()


def as_contract(world, contract, method, *arguments):
    """Send to Staking as another contract of the suite."""
    return world.as_contract(contract, "Staking", method, *arguments)


def lock(world, amount, owner="solver", key=KEY):
    return as_contract(world, "TaskRegistry", "lock", key, world[owner], amount)


def fund(world, amount, owner="submitter", pot=POT):
    return as_contract(world, "TaskRegistry", "fund", pot, world[owner], amount)


def settle(world, method, *arguments):
    return as_contract(world, "Settlement", method, *arguments)


def pledge(world, amount, owner="whistleblower"):
    return as_contract(world, "Arbitration", "pledge", world[owner], amount)


def division(world, returned=0, receiver=None, paid=0, pot=bytes(32), kept=0):
    """In the order of IStaking.Division."""
    return returned, NOBODY if receiver is None else world[receiver], paid, pot, kept


def burnt(world):
    return world.view("Staking", "burnt")


def bonded(world, owner="whistleblower"):
    return world.view("Staking", "bonded", world[owner])


def credit(world, user, amount):
    """Give a user credit, out of the submitter's stake."""
    fund(world, amount)
    settle(world, "pay", POT, world[user], amount)


def accounts(world, user):
    return balances(world, user)[user]


def held(world):
    return world.view("Token", "balanceOf", world.deployment.addresses["Staking"])


# Construction


NEIGHBOURS = (
    *("REGISTRY", "VERIFICATION", "ARBITRATION", "SETTLEMENT", "AVAILABILITY", "OPEN_ROUND", "SORTITION", "PROFILING"),
)


def test_the_constructor_fixes_its_addresses():
    token = HOSTILE.deploy().address
    others = [boa.env.generate_address() for _ in NEIGHBOURS]
    staking = STAKING.deploy(token, *others, 7)
    assert [getattr(staking, name)() for name in ("TOKEN", *NEIGHBOURS)] == [token, *others]
    assert staking.UNBONDING_PERIOD() == 7


@pytest.mark.parametrize("place", range(len(NEIGHBOURS)))
def test_the_constructor_refuses_no_address(place):
    others = [boa.env.generate_address() for _ in NEIGHBOURS]
    others[place] = NOBODY
    with pytest.raises(boa.BoaError) as refusal:
        STAKING.deploy(HOSTILE.deploy().address, *others, 7)
    assert reason(refusal.value) == "staking: address"


def test_the_constructor_refuses_a_token_without_code_and_no_period():
    others = [boa.env.generate_address() for _ in NEIGHBOURS]
    for token, period, rule in (
        (boa.env.generate_address(), 7, "token"),
        (NOBODY, 7, "token"),
        (HOSTILE.deploy().address, 0, "unbonding"),
    ):
        with pytest.raises(boa.BoaError) as refusal:
            STAKING.deploy(token, *others, period)
        assert reason(refusal.value) == f"staking: {rule}"


# deposit


def test_a_deposit_becomes_stake(world):
    before, tokens, owed = balances(world, *world.users), held(world), world.view("Staking", "owed")
    receipt = world.send("treasury", "Staking", "deposit", 7)
    assert events(receipt)["Deposited"] == [{"owner": world["treasury"], "amount": 7}]
    assert moved(world, before) == {"treasury": (7, 0, 0)}
    assert held(world) == tokens + 7
    assert world.view("Staking", "owed") == owed + 7
    assert world.view("Token", "balanceOf", world["treasury"]) == FUNDS - 7


def test_a_deposit_can_be_refused(world):
    with refused("staking: amount"):
        world.send("solver", "Staking", "deposit", 0)
    with refused("erc20: transfer amount exceeds balance"):
        world.send("solver", "Staking", "deposit", FUNDS)
    world.send("solver", "Token", "approve", world.deployment.addresses["Staking"], 5)
    with refused("erc20: insufficient allowance"):
        world.send("solver", "Staking", "deposit", 6)
    world.send("solver", "Staking", "deposit", 5)
    assert accounts(world, "solver") == (STAKE + 5, 0, 0)


def test_all_accounts_together_fit_half_a_word(world):
    """Stake never runs over into what is bonded."""
    owed = world.view("Staking", "owed")
    room = 2**128 - 1 - owed
    world.send("deployer", "Token", "mint", world["solver"], room)
    for amount in (room + 1, 2**128, 2**256 - 1):
        with refused("staking: amount"):
            world.send("solver", "Staking", "deposit", amount)
    world.send("solver", "Staking", "deposit", room)
    assert accounts(world, "solver") == (STAKE + room, 0, 0)
    assert bonded(world, "solver") == 0
    pledge(world, STAKE + room, "solver")
    assert (accounts(world, "solver"), bonded(world, "solver")) == ((0, 0, 0), STAKE + room)
    with refused("staking: amount"):
        world.send("stranger", "Staking", "deposit", 1)


# deposit_with_permit


@pytest.fixture
def owner(world):
    """An account with a key, tokens and no allowance."""
    account = Account.from_key(some_hash("key of the owner"))
    world.users["owner"] = account.address
    world.send("deployer", "Token", "mint", account.address, 100)
    yield account
    del world.users["owner"]


def permit(world, owner, amount, deadline):
    _, name, version, chain_id, contract, _, _ = world.view("Token", "eip712Domain")
    message = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Permit": [
                {"name": "owner", "type": "address"},
                {"name": "spender", "type": "address"},
                {"name": "value", "type": "uint256"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ],
        },
        "primaryType": "Permit",
        "domain": {"name": name, "version": version, "chainId": chain_id, "verifyingContract": str(contract)},
        "message": {
            "owner": owner.address,
            "spender": world.deployment.addresses["Staking"],
            "value": amount,
            "nonce": world.view("Token", "nonces", owner.address),
            "deadline": deadline,
        },
    }
    signed = owner.sign_message(encode_typed_data(full_message=message))
    return amount, deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def test_a_permit_replaces_the_allowance(world, owner):
    with refused("erc20: insufficient allowance"):
        world.send("owner", "Staking", "deposit", 60)
    receipt = world.send("owner", "Staking", "deposit_with_permit", *permit(world, owner, 60, world.port.now()))
    assert events(receipt)["Deposited"] == [{"owner": owner.address, "amount": 60}]
    assert accounts(world, "owner") == (60, 0, 0)
    assert world.view("Token", "balanceOf", owner.address) == 40


def test_a_permit_sent_by_another_does_no_harm(world, owner):
    amount, *rest = permit(world, owner, 60, world.port.now() + 60)
    staking = world.deployment.addresses["Staking"]
    world.send("stranger", "Token", "permit", owner.address, staking, amount, *rest)
    with refused("erc20: invalid signature"):
        world.send("stranger", "Token", "permit", owner.address, staking, amount, *rest)
    world.send("owner", "Staking", "deposit_with_permit", amount, *rest)
    assert accounts(world, "owner") == (60, 0, 0)


def test_a_permit_is_the_callers_alone(world, owner):
    """Promise 8: with somebody else's permit nobody deposits somebody else's tokens."""
    world.send("stranger", "Token", "approve", world.deployment.addresses["Staking"], 0)
    with refused("erc20: invalid signature"):
        world.send("stranger", "Staking", "deposit_with_permit", *permit(world, owner, 60, world.port.now() + 60))


def test_a_permit_can_be_too_late_or_for_nothing(world, owner):
    signed = permit(world, owner, 60, world.port.now() - 1)
    with refused("erc20: expired deadline"):
        world.send("owner", "Staking", "deposit_with_permit", *signed)
    with refused("staking: amount"):
        world.send("owner", "Staking", "deposit_with_permit", 0, *signed[1:])


# restake


def test_credit_becomes_stake(world):
    credit(world, "treasury", 10)
    receipt = world.send("treasury", "Staking", "restake", 4)
    assert events(receipt) == {"Restaked": [{"owner": world["treasury"], "amount": 4}]}
    assert accounts(world, "treasury") == (4, 0, 6)
    with refused("staking: credit"):
        world.send("treasury", "Staking", "restake", 7)
    with refused("staking: amount"):
        world.send("treasury", "Staking", "restake", 0)
    world.send("treasury", "Staking", "restake", 6)
    assert accounts(world, "treasury") == (10, 0, 0)


# unbond, withdraw_stake


def test_stake_unbonds(world):
    now, period = world.port.now(), world.parameters.unbonding_period
    receipt = world.send("solver", "Staking", "unbond", 4)
    assert events(receipt) == {"Unbonded": [{"owner": world["solver"], "amount": 4, "ready_at": now + period}]}
    assert accounts(world, "solver") == (STAKE - 4, 4, 0)
    assert world.view("Staking", "unbonding_ends", world["solver"]) == now + period
    with refused("staking: amount"):
        world.send("solver", "Staking", "unbond", 0)
    with refused("staking: stake"):
        world.send("solver", "Staking", "unbond", STAKE - 3)
    world.send("solver", "Staking", "unbond", STAKE - 4)
    assert accounts(world, "solver") == (0, STAKE, 0)


def test_unbonded_stake_is_paid_out_after_its_period(world):
    tokens, owed = held(world), world.view("Staking", "owed")
    last = world.send("solver", "Staking", "unbond", 4).event("Unbonded").fields["ready_at"]
    receipts = []
    check_exit(
        world,
        last,
        "staking: unbonding",
        lambda: receipts.append(world.send("solver", "Staking", "withdraw_stake")),
    )
    assert events(receipts[0])["StakeWithdrawn"] == [{"owner": world["solver"], "amount": 4}]
    assert accounts(world, "solver") == (STAKE - 4, 0, 0)
    assert world.view("Token", "balanceOf", world["solver"]) == FUNDS - STAKE + 4
    assert (held(world), world.view("Staking", "owed")) == (tokens - 4, owed - 4)
    with refused("staking: amount"):
        world.send("solver", "Staking", "withdraw_stake")


def test_each_unbonding_begins_the_period_anew(world):
    first = world.send("solver", "Staking", "unbond", 4).event("Unbonded").fields["ready_at"]
    boa.env.evm.patch.timestamp += 100
    last = world.send("solver", "Staking", "unbond", 3).event("Unbonded").fields["ready_at"]
    assert last == first + 101
    check_exit(world, last, "staking: unbonding", lambda: world.send("solver", "Staking", "withdraw_stake"))
    assert accounts(world, "solver") == (STAKE - 7, 0, 0)


# withdraw


def test_credit_is_paid_out(world):
    credit(world, "treasury", 10)
    tokens, owed = held(world), world.view("Staking", "owed")
    receipt = world.send("treasury", "Staking", "withdraw", 4)
    assert events(receipt)["Withdrawn"] == [{"owner": world["treasury"], "amount": 4}]
    assert accounts(world, "treasury") == (0, 0, 6)
    assert world.view("Token", "balanceOf", world["treasury"]) == FUNDS + 4
    assert (held(world), world.view("Staking", "owed")) == (tokens - 4, owed - 4)
    with refused("staking: credit"):
        world.send("treasury", "Staking", "withdraw", 7)
    with refused("staking: amount"):
        world.send("treasury", "Staking", "withdraw", 0)


def test_no_open_task_keeps_a_credit_back(world):
    """Promise 7."""
    lock(world, STAKE)
    pledge(world, STAKE, "whistleblower")
    for user in ("solver", "whistleblower"):
        credit(world, user, 5)
        world.send(user, "Staking", "withdraw", 5)
        assert accounts(world, user) == (0, 0, 0)


def test_stake_is_no_credit(world):
    with refused("staking: credit"):
        world.send("solver", "Staking", "withdraw", 1)


# allotted


def allotted(world, name):
    return world.view("Staking", "allotted", world[name])


def tickets(world, name):
    return world.view("Sortition", "tickets_of", world[name])


TICKET = PARAMETERS.ticket
MOVES = {
    "deposit": (lambda w: w.send("verifier_one", "Staking", "deposit", 9), 9),
    "restake": (lambda w: (credit(w, "verifier_one", 9), w.send("verifier_one", "Staking", "restake", 8)), 8),
    "unbond": (lambda w: w.send("verifier_one", "Staking", "unbond", 7), -7),
    "lock": (lambda w: lock(w, 7, "verifier_one"), 0),
    "lock of unbonding": (
        lambda w: (w.send("verifier_one", "Staking", "unbond", STAKE), lock(w, 7, "verifier_one")),
        7 - STAKE,
    ),
    "release": (lambda w: (lock(w, 7, "verifier_one"), settle(w, "release", KEY)), 0),
    "slash": (
        lambda w: (lock(w, 7, "verifier_one"), settle(w, "slash", KEY, division(w, 2, "stranger", 1, POT, 3))),
        -5,
    ),
    "fund": (lambda w: fund(w, 7, "verifier_one"), -7),
    "pledge": (lambda w: pledge(w, 7, "verifier_one"), 0),
    "restore": (lambda w: (pledge(w, 7, "verifier_one"), settle(w, "restore", w["verifier_one"], 7)), 0),
    "forfeit": (
        lambda w: (
            pledge(w, 7, "verifier_one"),
            settle(w, "forfeit", w["verifier_one"], 6, w["stranger"], 2),
        ),
        -6,
    ),
}


@pytest.mark.parametrize("move", MOVES)
def test_what_is_allotted_is_stake_bonded_and_locked(world, move):
    play, change = MOVES[move]
    play(world)
    assert allotted(world, "verifier_one") == STAKE + change
    stake, bond = (world.view("Staking", name, world["verifier_one"]) for name in ("stake", "bonded"))
    held = world.view("Staking", "locks", KEY)
    assert stake + bond + (held.amount if held.owner == world["verifier_one"] else 0) == STAKE + change
    for other in ("verifier_two", "solver"):
        assert allotted(world, other) == STAKE, other


@pytest.mark.parametrize("move", ["unbond", "fund"])
def test_whoever_takes_stake_out_is_weighed(world, move):
    """Or a verifier would keep the lots of stake that it has lent to somebody else."""
    whole = STAKE // TICKET
    assert tickets(world, "verifier_one") == whole
    takes = {
        "unbond": lambda amount: world.send("verifier_one", "Staking", "unbond", amount),
        "fund": lambda amount: fund(world, amount, "verifier_one"),
    }[move]
    receipt = takes(TICKET)
    assert events(receipt)["WeightChanged"] == [{"verifier": world["verifier_one"], "tickets": whole - 1}]
    takes(STAKE - TICKET - PARAMETERS.verifier_stake)
    assert tickets(world, "verifier_one") == PARAMETERS.verifier_stake // TICKET
    takes(1)
    assert tickets(world, "verifier_one") == 0


def test_what_is_lost_counts_until_somebody_weighs(world):
    lock(world, 5 * TICKET, "verifier_one")
    settle(world, "slash", KEY, division(world))
    assert tickets(world, "verifier_one") == STAKE // TICKET
    world.send("stranger", "Sortition", "weigh", world["verifier_one"])
    assert tickets(world, "verifier_one") == STAKE // TICKET - 5


# lock


@pytest.mark.parametrize("locker", LOCKERS)
def test_a_lock_takes_stake(world, locker):
    receipt = as_contract(world, locker, "lock", KEY, world["solver"], 7)
    assert events(receipt) == {"Locked": [{"key": KEY, "owner": world["solver"], "from_stake": 7, "from_unbonding": 0}]}
    assert accounts(world, "solver") == (STAKE - 7, 0, 0)
    assert world.view("Staking", "locks", KEY) == (world["solver"], 7)
    assert world.view("Staking", "locked_amount", KEY) == 7
    assert world.view("Staking", "lockable", world["solver"]) == STAKE - 7


def test_a_lock_takes_stake_before_unbonding(world):
    """Promise 9: stake on its way out can still be locked, and slashed."""
    world.send("solver", "Staking", "unbond", 10)
    with refused("staking: stake"):
        lock(world, STAKE + 1)
    receipt = lock(world, STAKE - 4)
    assert events(receipt)["Locked"][0]["from_stake"] == STAKE - 10
    assert events(receipt)["Locked"][0]["from_unbonding"] == 6
    assert accounts(world, "solver") == (0, 4, 0)
    settle(world, "slash", KEY, division(world))
    assert burnt(world) == STAKE - 4
    boa.env.evm.patch.timestamp += world.parameters.unbonding_period + 1
    world.send("solver", "Staking", "withdraw_stake")
    assert world.view("Token", "balanceOf", world["solver"]) == FUNDS - STAKE + 4


def test_a_lock_takes_all_there_is(world):
    world.send("solver", "Staking", "unbond", 10)
    assert world.view("Staking", "lockable", world["solver"]) == STAKE
    lock(world, STAKE)
    assert accounts(world, "solver") == (0, 0, 0)
    assert world.view("Staking", "lockable", world["solver"]) == 0


def test_locked_stake_cannot_leave(world):
    """Promise 9."""
    lock(world, STAKE - 3)
    with refused("staking: stake"):
        world.send("solver", "Staking", "unbond", 4)
    with refused("staking: credit"):
        world.send("solver", "Staking", "withdraw", 1)
    with refused("staking: amount"):
        world.send("solver", "Staking", "withdraw_stake")
    with refused("staking: stake"):
        fund(world, 4, owner="solver")
    with refused("staking: stake"):
        lock(world, 4, key=some_hash("another key"))


def test_a_key_is_used_once(world):
    lock(world, 7)
    for owner in ("solver", "other_solver"):
        with refused("staking: locked"):
            lock(world, 1, owner)
    settle(world, "release", KEY)
    lock(world, 0, "other_solver")
    with refused("staking: locked"):
        lock(world, 1)
    settle(world, "slash", KEY, division(world))
    lock(world, 1, "other_solver")
    assert world.view("Staking", "locks", KEY) == (world["other_solver"], 1)


def test_a_lock_holds_so_much(world):
    world.send("deployer", "Token", "mint", world["solver"], 2**97)
    world.send("solver", "Staking", "deposit", 2**97)
    with refused("staking: amount"):
        lock(world, MOST + 1)
    lock(world, MOST)
    assert world.view("Staking", "locks", KEY) == (world["solver"], MOST)
    settle(world, "release", KEY)
    assert accounts(world, "solver") == (STAKE + 2**97, 0, 0)


@pytest.mark.parametrize("method", ["lock", "fund"])
def test_only_four_contracts_touch_stake(world, method):
    others = [world.deployment.addresses[name] for name in ("Settlement", "Arbitration", "Staking", "Token")]
    callers = [world["solver"], world["deployer"], world["treasury"], *others]
    for caller in callers:
        with refused("staking: caller"):
            world.port.send(caller, "Staking", method, KEY, world["solver"], 1)
    for contract in LOCKERS:
        with world.undone():
            as_contract(world, contract, method, KEY, world["solver"], 1)


# fund


@pytest.mark.parametrize("funder", LOCKERS)
def test_a_pot_is_funded_from_stake(world, funder):
    receipt = as_contract(world, funder, "fund", POT, world["submitter"], 7)
    assert events(receipt) == {"Funded": [{"pot": POT, "owner": world["submitter"], "amount": 7}]}
    as_contract(world, funder, "fund", POT, world["solver"], 5)
    assert world.view("Staking", "pots", POT) == 12
    assert accounts(world, "submitter") == (STAKE - 7, 0, 0)
    assert accounts(world, "solver") == (STAKE - 5, 0, 0)


def test_a_pot_is_not_funded_from_unbonding(world):
    world.send("submitter", "Staking", "unbond", 10)
    with refused("staking: stake"):
        fund(world, STAKE - 9)
    fund(world, STAKE - 10)
    assert accounts(world, "submitter") == (0, 10, 0)


# pledge, restore, forfeit


def test_a_bond_is_pledged(world):
    receipt = pledge(world, 7)
    assert events(receipt) == {"Pledged": [{"owner": world["whistleblower"], "amount": 7}]}
    pledge(world, 5)
    assert (accounts(world, "whistleblower"), bonded(world)) == ((STAKE - 12, 0, 0), 12)
    assert world.view("Staking", "lockable", world["whistleblower"]) == STAKE - 12


def test_a_bond_is_stake_alone(world):
    """Not unbonding stake, nor credit; and not more than there is."""
    world.send("whistleblower", "Staking", "unbond", 10)
    credit(world, "whistleblower", 10)
    for amount in (STAKE - 9, 2**128, 2**256 - 1):
        with refused("staking: stake"):
            pledge(world, amount)
    pledge(world, STAKE - 10)
    assert (accounts(world, "whistleblower"), bonded(world)) == ((0, 10, 10), STAKE - 10)


def test_bonded_stake_cannot_leave(world):
    """Promise 9."""
    pledge(world, STAKE - 3)
    with refused("staking: stake"):
        world.send("whistleblower", "Staking", "unbond", 4)
    with refused("staking: credit"):
        world.send("whistleblower", "Staking", "withdraw", 1)
    with refused("staking: credit"):
        world.send("whistleblower", "Staking", "restake", 1)
    with refused("staking: amount"):
        world.send("whistleblower", "Staking", "withdraw_stake")
    with refused("staking: stake"):
        fund(world, 4, owner="whistleblower")
    with refused("staking: stake"):
        lock(world, 4, "whistleblower")
    with refused("staking: stake"):
        pledge(world, 4)
    world.send("whistleblower", "Staking", "unbond", 3)
    assert (accounts(world, "whistleblower"), bonded(world)) == ((0, 3, 0), STAKE - 3)


def test_a_bond_is_restored(world):
    pledge(world, 10)
    receipt = settle(world, "restore", world["whistleblower"], 7)
    assert events(receipt) == {"Restored": [{"owner": world["whistleblower"], "amount": 7}]}
    assert (accounts(world, "whistleblower"), bonded(world)) == ((STAKE - 3, 0, 0), 3)
    for amount in (4, 2**128, 2**256 - 1):
        with refused("staking: bonded"):
            settle(world, "restore", world["whistleblower"], amount)
    settle(world, "restore", world["whistleblower"], 3)
    with refused("staking: bonded"):
        settle(world, "restore", world["whistleblower"], 1)
    assert (accounts(world, "whistleblower"), bonded(world)) == ((STAKE, 0, 0), 0)


@pytest.mark.parametrize("paid", [0, 1, 6, 7])
def test_a_bond_is_forfeited(world, paid):
    """What is not paid is burnt; stake is left alone."""
    pledge(world, 10)
    tokens, owed = held(world), world.view("Staking", "owed")
    receipt = settle(world, "forfeit", world["whistleblower"], 7, world["treasury"], paid)
    assert events(receipt) == {
        "Forfeited": [
            {"owner": world["whistleblower"], "receiver": world["treasury"], "paid": paid, "burnt": 7 - paid}
        ]
    }
    assert (accounts(world, "whistleblower"), bonded(world)) == ((STAKE - 10, 0, 0), 3)
    assert (accounts(world, "treasury"), burnt(world)) == ((0, 0, paid), 7 - paid)
    assert (held(world), world.view("Staking", "owed")) == (tokens, owed)


def test_a_bond_forfeits_no_more_than_is_bonded(world):
    """Neither stake, nor another's bond."""
    pledge(world, 10)
    pledge(world, 20, "other_whistleblower")
    for amount in (11, 2**128, 2**256 - 1):
        with refused("staking: bonded"):
            settle(world, "forfeit", world["whistleblower"], amount, world["treasury"], 1)
    with refused("staking: slash"):
        settle(world, "forfeit", world["whistleblower"], 10, world["treasury"], 11)
    settle(world, "forfeit", world["whistleblower"], 10, world["treasury"], 10)
    assert (bonded(world), bonded(world, "other_whistleblower")) == (0, 20)


def test_only_arbitration_pledges(world):
    at = world.deployment.addresses
    others = [at[name] for name in (*LOCKERS, "Settlement", "Staking", "Token")]
    for caller in (*others, world["whistleblower"], world["deployer"], world["treasury"]):
        with refused("staking: caller"):
            world.port.send(caller, "Staking", "pledge", world["whistleblower"], 1)


# release


def test_a_lock_is_released_to_stake(world):
    world.send("solver", "Staking", "unbond", STAKE)
    lock(world, 10)
    receipt = settle(world, "release", KEY)
    assert events(receipt) == {"Released": [{"key": KEY, "owner": world["solver"], "amount": 10}]}
    assert accounts(world, "solver") == (10, STAKE - 10, 0)
    assert world.view("Staking", "locks", KEY) == (NOBODY, 0)
    with refused("staking: no lock"):
        settle(world, "release", KEY)


# slash


@pytest.mark.parametrize(
    ("returned", "paid", "kept"),
    [(0, 0, 0), (10, 0, 0), (0, 10, 0), (0, 0, 10), (1, 1, 1), (1, 2, 3), (1, 2, 7)],
    ids=["all burnt", "all returned", "all paid", "all kept", "one of each", "some of each", "none burnt"],
)
def test_a_lock_is_divided(world, returned, paid, kept):
    world.send("solver", "Staking", "unbond", 5)
    lock(world, 10)
    tokens, owed, rest = held(world), world.view("Staking", "owed"), 10 - returned - paid - kept
    receipt = settle(world, "slash", KEY, division(world, returned, "treasury", paid, POT, kept))
    assert events(receipt) == {
        "Slashed": [
            {
                "key": KEY,
                "owner": world["solver"],
                "receiver": world["treasury"],
                "returned": returned,
                "paid": paid,
                "pot": POT,
                "kept": kept,
                "burnt": rest,
            }
        ]
    }
    assert accounts(world, "solver") == (STAKE - 15 + returned, 5, 0)
    assert accounts(world, "treasury") == (0, 0, paid)
    assert (world.view("Staking", "pots", POT), burnt(world)) == (kept, rest)
    assert (held(world), world.view("Staking", "owed")) == (tokens, owed)
    assert world.view("Staking", "locks", KEY) == (NOBODY, 0)
    with refused("staking: no lock"):
        settle(world, "slash", KEY, division(world))


@pytest.mark.parametrize("over", [(11, 0, 0), (0, 11, 0), (0, 0, 11), (4, 4, 3), (STAKE, 0, 0)])
def test_a_slash_is_no_more_than_was_locked_under_the_key(world, over):
    """Neither of another lock of the same owner, nor of its stake."""
    returned, paid, kept = over
    lock(world, 10)
    lock(world, 20, key=some_hash("another key"))
    with refused("staking: slash"):
        settle(world, "slash", KEY, division(world, returned, "treasury", paid, POT, kept))
    assert world.view("Staking", "locked_amount", some_hash("another key")) == 20


# pay, pay_rest, shift, burn


def test_a_pot_pays(world):
    fund(world, 10)
    receipt = settle(world, "pay", POT, world["treasury"], 4)
    assert events(receipt) == {"Paid": [{"pot": POT, "receiver": world["treasury"], "amount": 4}]}
    assert accounts(world, "treasury") == (0, 0, 4)
    assert world.view("Staking", "pots", POT) == 6


def test_a_pot_pays_its_rest(world):
    fund(world, 10)
    settle(world, "pay", POT, world["solver"], 4)
    receipt = settle(world, "pay_rest", POT, world["treasury"])
    assert events(receipt) == {"Paid": [{"pot": POT, "receiver": world["treasury"], "amount": 6}]}
    assert accounts(world, "treasury") == (0, 0, 6)
    assert world.view("Staking", "pots", POT) == 0
    # An empty one pays nothing, and says nothing.
    assert events(settle(world, "pay_rest", POT, world["treasury"])) == {}
    assert accounts(world, "treasury") == (0, 0, 6)


def test_a_pot_is_shifted(world):
    fund(world, 10)
    receipt = settle(world, "shift", POT, OTHER_POT, 4)
    assert events(receipt) == {"Shifted": [{"source": POT, "target": OTHER_POT, "amount": 4}]}
    assert (world.view("Staking", "pots", POT), world.view("Staking", "pots", OTHER_POT)) == (6, 4)
    settle(world, "shift", POT, POT, 6)
    assert world.view("Staking", "pots", POT) == 6


def test_a_pot_is_burnt(world):
    fund(world, 10)
    tokens, owed = held(world), world.view("Staking", "owed")
    receipt = settle(world, "burn", POT, 4)
    assert events(receipt) == {"Burnt": [{"pot": POT, "amount": 4}]}
    assert (world.view("Staking", "pots", POT), world.view("Staking", "burnt")) == (6, 4)
    assert (held(world), world.view("Staking", "owed")) == (tokens, owed)


@pytest.mark.parametrize("method", ["pay", "shift", "burn"])
def test_a_pot_gives_what_it_has(world, method):
    fund(world, 10)
    fund(world, 10, pot=OTHER_POT)
    target = {"pay": [world["treasury"]], "shift": [OTHER_POT], "burn": []}[method]
    with refused("staking: pot"):
        settle(world, method, POT, *target, 11)
    settle(world, method, POT, *target, 10)
    with refused("staking: pot"):
        settle(world, method, POT, *target, 1)


def test_only_settlement_distributes(world):
    """Promise 7: nobody can touch a lock, a bond, a pot or a credit."""
    lock(world, 5)
    lock(world, 5, key=some_hash("another key"))
    fund(world, 5)
    pledge(world, 5)
    owner = world["whistleblower"]
    calls = [
        ("release", KEY),
        ("slash", some_hash("another key"), division(world)),
        ("restore", owner, 1),
        ("forfeit", owner, 1, world["treasury"], 1),
        ("pay_rest", POT, world["treasury"]),
        ("pay", POT, world["treasury"], 1),
        ("shift", POT, OTHER_POT, 1),
        ("burn", POT, 1),
    ]
    callers = [world.deployment.addresses[name] for name in (*LOCKERS, "Arbitration", "Staking", "Token")]
    for caller in (*callers, world["deployer"], world["solver"], world["treasury"]):
        for call in calls:
            with refused("staking: caller"):
                world.port.send(caller, "Staking", *call)
    for call in reversed(calls):
        settle(world, *call)


# solvent


def test_donations_are_nobodys(world):
    world.send("stranger", "Token", "transfer", world.deployment.addresses["Staking"], 5)
    assert world.view("Staking", "solvent") is True
    assert held(world) == world.view("Staking", "owed") + 5


# lockable


def test_what_can_be_locked(world):
    """Stake and what unbonds, not what is bonded, and no more than one lock holds: a draw never stands in the way."""
    world.send("verifier_one", "Staking", "unbond", 10)
    pledge(world, 20, "verifier_one")
    lock(world, 30, "verifier_one")
    assert world.view("Staking", "lockable", world["verifier_one"]) == STAKE - 50
    world.send("deployer", "Token", "mint", world["verifier_one"], 2**97)
    world.send("verifier_one", "Staking", "deposit", 2**97)
    assert world.view("Staking", "lockable", world["verifier_one"]) == MOST

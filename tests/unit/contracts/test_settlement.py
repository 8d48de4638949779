"""Settlement: who may tell it what, and what each of its functions moves and logs, to the unit.

Staking is the real one, and after every transaction the ledger rebuilds all accounts from the events and compares
(promises 1, 2). The other contracts are stand-ins; that they tell Settlement the right thing is in their own tests,
and whole lives of tasks are in tests/integration/test_endings.py. Sealed reports are in test_bounty.py.
"""

import random
from types import SimpleNamespace

import boa
import pytest

from tests.boa_port import DEPLOYERS, reason
from tests.unit.contracts.bank import Bank
from tests.unit.contracts.orders import jackpot_key, pool_key
from tests.unit.contracts.steps import (
    NOBODY,
    Ending,
    balances,
    bill,
    bounty_key,
    escrow_key,
    events,
    fee_key,
    make_order,
    moved,
    refused,
    report_id,
    reporter_key,
    solver_key,
    some_hash,
    submitter_key,
    verifier_key,
)
from tests.world import PARAMETERS, USERS

WAD = 10**18
P = PARAMETERS.model_copy(update={"tax": WAD // 20, "forced_rate": WAD // 10 + 7, "pool_share": WAD // 3})
"""With forced errors, and nothing that divides what the pool and the treasury share."""
TASK = 5
FALLBACK = 8
"""Place of the first round's fallback."""
OPEN = 16
"""Place of the first report of the open round."""
CHEAP = 1
"""A price at which deposits are less than a challenge costs."""
MEMBERS = ("verifier_one", "verifier_two", "verifier_three")


@pytest.fixture(scope="module")
def deployed():
    """The money alone, in the place of the whole suite."""
    return Bank(P)


def share(amount, rate):
    return amount * rate // WAD


def part(total, members):
    """Of `members` who share a total (attack A21)."""
    return total // 2 ** (members - 1) // members


def lock(world, key, user, amount):
    """As whoever locks it would."""
    world.as_contract("TaskRegistry", "Staking", "lock", key, world[user], amount)


def pots(world, *names):
    of = {"escrow": escrow_key, "bounty": bounty_key, "fee": fee_key}
    return [pot(world, of[name](TASK)) for name in names]


def pot(world, key):
    return world.view("Staking", "pots", key)


def pool(world):
    """What jackpots can be taken from."""
    return pot(world, pool_key())


def fill_pool(world, amount):
    """As taxes of other tasks would."""
    world.as_contract("TaskRegistry", "Staking", "fund", pool_key(), world["stranger"], amount)


def burnt(world):
    return world.view("Staking", "burnt")


def tell(world, contract, method, *arguments):
    """Tell Settlement as another contract of the suite; all that is logged."""
    return events(world.as_contract(contract, "Settlement", method, *arguments))


def deposit_key(world, user="solver"):
    return solver_key(TASK, world[user])


def proved(world, place=0, **changes):
    """A proved task with its escrow and deposits, and a verifier's for the report at a place of the drawn rounds."""
    order = make_order(**changes)
    cost = bill(world, order)
    world.as_contract("TaskRegistry", "Staking", "fund", escrow_key(TASK), world["submitter"], cost.escrow)
    lock(world, deposit_key(world), "solver", cost.solver_deposit)
    world.tell("TaskRegistry", "set_task", TASK, world["submitter"], world["solver"], cost.fee, order.geometry)
    report = report_id(TASK, place)
    if place < OPEN:
        lock(world, verifier_key(report), "verifier_one", cost.verifier_deposit)
    return SimpleNamespace(report=report, cost=cost, before=balances(world, *USERS), burnt=burnt(world))


def gains(world, found):
    """What has moved since, and how much of it was burnt."""
    return moved(world, found.before), burnt(world) - found.burnt


def settle(world, report, passed=True):
    world.tell("Verification", "set_verdict", TASK, report, passed)
    return events(world.send("stranger", "Settlement", "settle", TASK))


def deadline(world):
    """Last second in which reports can be opened."""
    return world.view("Settlement", "claim_ends", TASK)


# Deployment

NEIGHBOURS = (
    *("STAKING", "REGISTRY", "VERIFICATION", "ARBITRATION", "AVAILABILITY", "OPEN_ROUND", "PROFILING", "TREASURY"),
)


def deploy(*addresses):
    return DEPLOYERS["Settlement"].deploy(*addresses, P.arguments())


@pytest.mark.parametrize("place", range(len(NEIGHBOURS)))
def test_no_address_is_empty(place):
    addresses = [boa.env.generate_address() for _ in NEIGHBOURS]
    addresses[place] = NOBODY
    with pytest.raises(boa.BoaError) as error:
        deploy(*addresses)
    assert reason(error.value) == "settlement: address"


def test_knows_its_neighbours():
    addresses = [boa.env.generate_address() for _ in NEIGHBOURS]
    contract = deploy(*addresses)
    assert [getattr(contract, name)() for name in NEIGHBOURS] == addresses
    assert tuple(contract.PARAMETERS()) == P.arguments()


CALLBACKS = {
    "TaskRegistry": {
        "solver_declined": (1, NOBODY),
        "solver_silent": (1, NOBODY),
        "solver_left": (1, NOBODY),
        "refund": (1,),
        "deposit_returned": (1,),
        "program_invalid": (1, NOBODY, NOBODY),
    },
    "Verification": {
        "verifier_excused": (1,),
        "verifier_silent": (1,),
        "overturned": (1, NOBODY),
        "disclosed": (1, NOBODY),
        "forced": (1,),
        "withheld": (1, 1),
    },
    "OpenRound": {"reporter_closed": (1, NOBODY, 0)},
    "Profiling": {"profiler_closed": (1, NOBODY, 0, 0)},
    "Arbitration": {"bond_returned": (NOBODY,), "bond_lost": (NOBODY, NOBODY), "bond_burnt": (NOBODY,)},
    "Availability": {"fee_paid": (bytes(32), NOBODY)},
}


@pytest.mark.parametrize(
    ("owner", "method"), [(owner, method) for owner, methods in CALLBACKS.items() for method in methods]
)
def test_callbacks_have_one_caller(world, owner, method):
    """Promise 7: nobody else can tell Settlement what has happened, not even the rest of the suite."""
    at = world.deployment.addresses
    senders = [world["stranger"], world["deployer"], world["treasury"], *(at[name] for name in at if name != owner)]
    for sender in senders:
        with refused("settlement: caller"):
            world.port.send(sender, "Settlement", method, *CALLBACKS[owner][method])


def test_every_callback_is_listed(world):
    """One that is added must be given its caller above."""
    external = {entry["name"] for entry in world.port.contracts["Settlement"].abi if entry["type"] == "function"}
    anybody = {"settle", "open_report", "close_prize", "collect"}
    views = {"prize_of", "claim_ends", "report_opened", "collected", "reporter_fee", "earned", "PARAMETERS"}
    views |= {*NEIGHBOURS}
    assert external - anybody - views == {method for methods in CALLBACKS.values() for method in methods}


# Accepted


@pytest.mark.parametrize("place", [0, 1, P.max_rounds, FALLBACK, FALLBACK + P.max_rounds])
def test_accepted(world, place):
    found = proved(world, place)
    cost, now = found.cost, world.port.now()
    logged = settle(world, found.report)
    pay = {"pot": escrow_key(TASK)}
    assert logged == {
        "Settled": [{"task": TASK, "ending": Ending.ACCEPTED, "report": found.report}],
        "Paid": [
            pay | {"receiver": world["solver"], "amount": cost.fee},
            pay | {"receiver": world["verifier_one"], "amount": cost.verifier_fee},
            pay | {"receiver": world["treasury"], "amount": cost.treasury},
        ],
        "Shifted": [{"source": escrow_key(TASK), "target": pool_key(), "amount": cost.pooled}],
        "Released": [
            {"key": verifier_key(found.report), "owner": world["verifier_one"], "amount": cost.verifier_deposit},
            {"key": deposit_key(world), "owner": world["solver"], "amount": cost.solver_deposit},
        ],
    }
    assert gains(world, found) == (
        {
            "solver": (cost.solver_deposit, 0, cost.fee),
            "verifier_one": (cost.verifier_deposit, 0, cost.verifier_fee),
            "treasury": (0, 0, cost.treasury),
        },
        0,
    )
    assert world.view("TaskRegistry", "ending_of", TASK) == Ending.ACCEPTED
    assert (pots(world, "escrow"), pool(world)) == ([0], cost.pooled)
    # Where the first report was upheld none has fallen, and there is nothing to claim.
    assert deadline(world) == (now + P.claim_window if place else 0)


@pytest.mark.parametrize("pool_share", [0, 1, WAD // 2, WAD])
def test_pool_and_treasury_share_the_tax(pool_share):
    """To the unit, whatever the share; the pool's is what a task of this fee pays for jackpots."""
    with boa.env.anchor():
        world = Bank(P.model_copy(update={"pool_share": pool_share}))
        fill_pool(world, 11)
        found = proved(world)
        tax = found.cost.tax
        to_pool = tax * pool_share // WAD
        logged = settle(world, found.report)
        assert logged["Shifted"] == [{"source": escrow_key(TASK), "target": pool_key(), "amount": to_pool}]
        gained, lost = gains(world, found)
        assert gained.get("treasury", (0, 0, 0)) == (0, 0, tax - to_pool)
        assert (pool(world), lost) == (11 + to_pool, 0)


def test_excess_goes_back(world):
    found = proved(world)
    world.as_contract("TaskRegistry", "Staking", "fund", escrow_key(TASK), world["stranger"], 7)
    settle(world, found.report)
    assert gains(world, found)[0]["submitter"] == (0, 0, 7)
    assert pots(world, "escrow") == [0]


# Of 6 segments, 3 of which are sampled.
STALLS = [
    ((4, 0, 2), "+-+", 2),
    ((4, 1, 0), "+-+", 3),
    ((2, 0, 1), "++-", 1),
    ((4, 0, 2), "-++", 3),
    ((4, 0, 2), "+--", 4),
    ((5, 1, 3), "---", 6),
]


@pytest.mark.parametrize(("samples", "stalled", "unpaid"), STALLS)
@pytest.mark.parametrize("place", [0, FALLBACK + 1, OPEN])
def test_stalled(world, place, samples, stalled, unpaid):
    """Attacks A10, A25: what has stalled is the submitter's, less what is burnt; verifier, treasury and pool have what
    is theirs."""
    found = proved(world, place)
    cost, report = found.cost, found.report
    if place == OPEN:
        world.tell("Verification", "set_report", report, world["verifier_one"], some_hash(1), 1)
        lock(world, reporter_key(TASK, world["verifier_one"]), "verifier_one", cost.verifier_deposit)
        found.before = balances(world, *USERS)
    words = sum(1 << 32 * place + 31 for place, sign in enumerate(stalled) if sign == "-")
    world.tell("Verification", "set_stalled", TASK, report, samples, (words, 0))
    lost = cost.fee // 6 * unpaid
    burnt = share(lost, P.stall_burn)
    assert cost.fee % 6 == 0 < burnt < lost
    assert world.view("Settlement", "earned", report) == cost.fee - lost
    logged = settle(world, report)
    assert logged["Settled"] == [{"task": TASK, "ending": Ending.STALLED, "report": report}]
    assert logged["WorkUnpaid"] == [{"task": TASK, "report": report, "unpaid": unpaid, "segments": 6}]
    if place == OPEN:
        world.as_contract("OpenRound", "Settlement", "reporter_closed", TASK, world["verifier_one"], 2)
    assert gains(world, found) == (
        {
            "solver": (cost.solver_deposit, 0, cost.fee - lost),
            "submitter": (0, 0, lost - burnt),
            "verifier_one": (cost.verifier_deposit, 0, cost.verifier_fee),
            "treasury": (0, 0, cost.treasury),
        },
        burnt,
    )
    assert (pots(world, "escrow"), pool(world)) == ([0], cost.pooled)


@pytest.mark.parametrize("members", [1, 2, 3, 60, 300])
def test_accepted_in_the_open_round(world, members):
    """k reporters share the verifier's fee as total / 2^(k-1), rounded towards the burn (attack A21)."""
    found = proved(world, OPEN + 2)
    world.tell("Verification", "set_report", found.report, world["verifier_two"], some_hash("digest"), members)
    cost, each = found.cost, part(found.cost.verifier_fee, members)
    logged = settle(world, found.report)
    shared = {"task": TASK, "total": cost.verifier_fee, "members": members, "each": each}
    assert logged["FeeShared"] == [shared]
    assert (each == 0) == (members > 50)
    assert gains(world, found) == (
        {"solver": (cost.solver_deposit, 0, cost.fee), "treasury": (0, 0, cost.treasury)},
        cost.verifier_fee - members * each,
    )
    assert pots(world, "escrow", "fee") == [0, members * each]
    assert world.view("Settlement", "reporter_fee", TASK) == each
    assert deadline(world) != 0


# Rejected


def slashed(deposit):
    """What a rejected solver's deposit becomes: for the submitter, the verifier, right sealed reports."""
    return [share(deposit, rate) for rate in (P.submitter_share, P.verifier_share, P.solver_bounty_share)]


@pytest.mark.parametrize("place", [0, 1, P.max_rounds, FALLBACK, FALLBACK + 1])
def test_rejected(world, place):
    """Only where an earlier verifier's report can have fallen is something set aside for right sealed reports.

    A fallback's own forced report has a jackpot; a rejected task's tax goes back, and nothing into the pool.
    """
    found = proved(world, place)
    cost, deposit = found.cost, found.cost.solver_deposit
    to_submitter, to_verifier, to_bounty = slashed(deposit)
    to_bounty = 0 if place in (0, FALLBACK) else to_bounty
    logged = settle(world, found.report, passed=False)
    assert logged["Settled"] == [{"task": TASK, "ending": Ending.REJECTED, "report": found.report}]
    assert logged["SolverSlashed"] == [{"task": TASK, "solver": world["solver"], "amount": deposit}]
    assert gains(world, found) == (
        {
            "submitter": (0, 0, cost.escrow + to_submitter),
            "verifier_one": (cost.verifier_deposit, 0, to_verifier),
        },
        deposit - to_submitter - to_verifier - to_bounty,
    )
    assert (pots(world, "escrow", "bounty"), pool(world)) == ([0, to_bounty], 0)
    assert (deadline(world) != 0) == (place != 0)
    assert world.view("TaskRegistry", "ending_of", TASK) == Ending.REJECTED


@pytest.mark.parametrize("members", [1, 2, 3])
def test_rejected_in_the_open_round(world, members):
    """They share what the verifier would have had of the solver's deposit."""
    found = proved(world, OPEN)
    world.tell("Verification", "set_report", found.report, world["verifier_two"], some_hash("digest"), members)
    cost, deposit = found.cost, found.cost.solver_deposit
    to_submitter, to_verifier, to_bounty = slashed(deposit)
    each = part(to_verifier, members)
    logged = settle(world, found.report, passed=False)
    shared = {"task": TASK, "total": to_verifier, "members": members, "each": each}
    assert logged["FeeShared"] == [shared]
    assert gains(world, found) == (
        {"submitter": (0, 0, cost.escrow + to_submitter)},
        deposit - to_submitter - to_bounty - members * each,
    )
    assert pots(world, "escrow", "fee", "bounty") == [0, members * each, to_bounty]
    assert world.view("Settlement", "reporter_fee", TASK) == each


# Unresolved


def test_unresolved(world):
    """Escrow and solver's deposit go back; what was set aside before can only be burnt."""
    found, now = proved(world, OPEN), world.port.now()
    logged = settle(world, 0, passed=False)
    assert logged["Settled"] == [{"task": TASK, "ending": Ending.UNRESOLVED, "report": 0}]
    assert "SolverSlashed" not in logged
    assert gains(world, found) == (
        {"submitter": (0, 0, found.cost.escrow), "solver": (found.cost.solver_deposit, 0, 0)},
        0,
    )
    assert pots(world, "escrow") == [0]
    assert deadline(world) == now + P.claim_window
    assert world.view("TaskRegistry", "ending_of", TASK) == Ending.UNRESOLVED


def test_settle_waits_for_verification(world):
    found = proved(world)
    with refused("verification: open"):
        world.send("stranger", "Settlement", "settle", TASK)
    settle(world, found.report)
    with refused("verification: open"):
        world.send("stranger", "Settlement", "settle", TASK)


# Data withheld


@pytest.mark.parametrize("place", [0, 2])
def test_withheld(world, place):
    """As rejected; but no report is upheld, so nothing is set aside for right ones."""
    found = proved(world, place)
    cost, deposit = found.cost, found.cost.solver_deposit
    to_submitter, to_verifier, _ = slashed(deposit)
    logged = tell(world, "Verification", "withheld", TASK, found.report)
    assert logged["Settled"] == [{"task": TASK, "ending": Ending.DATA_WITHHELD, "report": found.report}]
    assert logged["SolverSlashed"] == [{"task": TASK, "solver": world["solver"], "amount": deposit}]
    assert gains(world, found) == (
        {
            "submitter": (0, 0, cost.escrow + to_submitter),
            "verifier_one": (cost.verifier_deposit, 0, to_verifier),
        },
        deposit - to_submitter - to_verifier,
    )
    assert pots(world, "escrow", "bounty") == [0, 0]
    assert (deadline(world) != 0) == (place != 0)
    assert world.view("TaskRegistry", "ending_of", TASK) == Ending.DATA_WITHHELD


def test_withheld_in_the_open_round(world):
    """There is no verifier: its share is burnt."""
    found = proved(world, OPEN)
    cost, deposit = found.cost, found.cost.solver_deposit
    to_submitter, _, _ = slashed(deposit)
    logged = tell(world, "Verification", "withheld", TASK, 0)
    assert logged["Settled"] == [{"task": TASK, "ending": Ending.DATA_WITHHELD, "report": 0}]
    assert gains(world, found) == ({"submitter": (0, 0, cost.escrow + to_submitter)}, deposit - to_submitter)
    assert pots(world, "escrow", "bounty", "fee") == [0, 0, 0]
    assert deadline(world) != 0


def test_a_task_ends_once(world):
    found = proved(world)
    tell(world, "Verification", "withheld", TASK, found.report)
    with refused("registry: phase"):
        settle(world, 0)


# What the registry tells


def test_solver_declined(world):
    found = proved(world)
    deposit = found.cost.solver_deposit
    fee = share(deposit, P.decline_share)
    assert set(tell(world, "TaskRegistry", "solver_declined", TASK, world["solver"])) == {"Slashed"}
    assert gains(world, found) == ({"solver": (deposit - fee, 0, 0), "treasury": (0, 0, fee)}, 0)
    # What is escrowed stays, for the next one.
    assert pots(world, "escrow") == [found.cost.escrow]


def test_solver_silent(world):
    found = proved(world)
    deposit = found.cost.solver_deposit
    slash = share(deposit, P.silence_share)
    compensation = share(slash, P.submitter_share)
    logged = tell(world, "TaskRegistry", "solver_silent", TASK, world["solver"])
    assert logged["SolverSlashed"] == [{"task": TASK, "solver": world["solver"], "amount": slash}]
    assert gains(world, found) == (
        {"solver": (deposit - slash, 0, 0), "submitter": (0, 0, compensation)},
        slash - compensation,
    )
    assert pots(world, "escrow") == [found.cost.escrow]


def test_solver_left(world):
    found = proved(world)
    lock(world, deposit_key(world, "other_solver"), "other_solver", 9)
    tell(world, "TaskRegistry", "solver_left", TASK, world["other_solver"])
    assert gains(world, found) == ({}, 0)
    assert world.view("Staking", "locked_amount", deposit_key(world)) == found.cost.solver_deposit
    with refused("staking: no lock"):
        tell(world, "TaskRegistry", "solver_left", TASK, world["other_solver"])


def test_refund(world):
    found = proved(world)
    tell(world, "TaskRegistry", "refund", TASK)
    assert gains(world, found) == ({"submitter": (0, 0, found.cost.escrow)}, 0)
    # There is nothing to claim where nothing was settled.
    assert deadline(world) == 0


def test_task_deposit_returned(world):
    """Once; and a task that has none is no obstacle."""
    before = balances(world, *USERS)
    assert tell(world, "TaskRegistry", "deposit_returned", TASK) == {}
    lock(world, submitter_key(TASK), "submitter", P.task_deposit)
    tell(world, "TaskRegistry", "deposit_returned", TASK)
    assert tell(world, "TaskRegistry", "deposit_returned", TASK) == {}
    assert moved(world, before) == {}


@pytest.mark.parametrize("solver", ["solver", None])
def test_program_invalid(world, solver):
    """The finder never gets all: who shows its own program to be invalid loses."""
    found = proved(world)
    deposit = 10**18 + 7
    lock(world, submitter_key(TASK), "submitter", deposit)
    reward = share(deposit, P.invalid_share)
    address = world[solver] if solver else NOBODY
    logged = tell(world, "TaskRegistry", "program_invalid", TASK, world["stranger"], address)
    assert logged["SubmitterSlashed"] == [{"task": TASK, "finder": world["stranger"], "amount": deposit}]
    returned = {"solver": (found.cost.solver_deposit, 0, 0)} if solver else {}
    assert gains(world, found) == (
        returned
        | {"submitter": (-deposit, 0, found.cost.escrow), "stranger": (0, 0, reward)},
        deposit - reward,
    )
    assert 0 < reward < deposit
    assert pots(world, "escrow") == [0]
    assert world.view("Staking", "locked_amount", submitter_key(TASK)) == 0


# What Verification tells


def test_verifier_excused(world):
    found = proved(world, 1)
    assert set(tell(world, "Verification", "verifier_excused", found.report)) == {"Released"}
    assert gains(world, found) == ({"verifier_one": (found.cost.verifier_deposit, 0, 0)}, 0)


def test_verifier_silent(world):
    """All is burnt: nothing for a right root, since nobody challenged anything."""
    found = proved(world, 1)
    deposit = found.cost.verifier_deposit
    logged = tell(world, "Verification", "verifier_silent", found.report)
    slash = {"task": TASK, "report": found.report, "amount": deposit, "challenger": NOBODY}
    assert logged["VerifierSlashed"] == [slash]
    assert gains(world, found) == ({}, deposit)
    assert pots(world, "bounty") == [0]
    with refused("staking: no lock"):
        tell(world, "Verification", "verifier_silent", found.report)


@pytest.mark.parametrize("price", [make_order().price, CHEAP])
@pytest.mark.parametrize("place", [0, 2, FALLBACK, FALLBACK + 2, OPEN, OPEN + 5])
def test_overturned_by_a_challenge(world, price, place):
    """The winner's cost comes out of the bounty, which may be less than it."""
    found = proved(world, place, price=price)
    deposit = found.cost.verifier_deposit
    if place >= OPEN:
        # The first to reveal it stands for it.
        world.tell("Verification", "set_report", found.report, world["verifier_one"], some_hash("digest"), 2)
        for member in MEMBERS[:2]:
            lock(world, reporter_key(TASK, world[member]), member, deposit)
        found.before = balances(world, *USERS)
    set_aside = share(deposit, P.bounty_share)
    paid = min(set_aside, P.challenge_cost)
    assert (set_aside < P.challenge_cost) == (price == CHEAP)
    challenger = world["whistleblower"]
    logged = tell(world, "Verification", "overturned", found.report, challenger)
    slash = {"task": TASK, "report": found.report, "amount": deposit, "challenger": challenger}
    assert logged["VerifierSlashed"] == [slash]
    assert set(logged) == {"VerifierSlashed", "Slashed"}
    assert gains(world, found) == ({"whistleblower": (0, 0, paid)}, deposit - set_aside)
    # In the open round right reports share, elsewhere right seals.
    kept = [0, set_aside - paid] if place >= OPEN else [set_aside - paid, 0]
    assert pots(world, "bounty", "fee") == kept
    with refused("staking: no lock"):
        tell(world, "Verification", "overturned", found.report, challenger)


def test_overturned_by_silence(world):
    """Nobody convicted, nobody is paid for moves."""
    found = proved(world)
    deposit = found.cost.verifier_deposit
    logged = tell(world, "Verification", "overturned", found.report, NOBODY)
    slash = {"task": TASK, "report": found.report, "amount": deposit, "challenger": NOBODY}
    assert logged["VerifierSlashed"] == [slash]
    set_aside = share(deposit, P.bounty_share)
    assert gains(world, found) == ({}, deposit - set_aside)
    assert pots(world, "bounty") == [set_aside]


@pytest.mark.parametrize("price", [make_order().price, CHEAP])
def test_disclosed(world, price):
    """As a conviction, with the finder's cost: the bounty is for right sealed reports. A liar that was caught and shows
    its own secret under an alias saves no more than that (attack A12)."""
    found = proved(world, 1, price=price)
    deposit = found.cost.verifier_deposit
    aside = share(deposit, P.bounty_share)
    to_finder = min(aside, P.challenge_cost)
    logged = tell(world, "Verification", "disclosed", found.report, world["stranger"])
    slash = {"task": TASK, "report": found.report, "amount": deposit, "challenger": world["stranger"]}
    assert logged["VerifierSlashed"] == [slash]
    assert set(logged) == {"VerifierSlashed", "Slashed"}
    assert gains(world, found) == ({"stranger": (0, 0, to_finder)}, deposit - aside)
    assert 0 < to_finder < deposit
    assert pots(world, "escrow", "bounty") == [found.cost.escrow, aside - to_finder]
    assert pot(world, jackpot_key(found.report)) == 0
    with refused("staking: no lock"):
        tell(world, "Verification", "disclosed", found.report, world["stranger"])


# Jackpots (attack A11)


def most_jackpot(cost):
    """What the tax of a task pays for on average, at the chance that an error is forced."""
    return cost.pooled * WAD // P.forced_rate


def force(world, place=0):
    """A verifier's error was forced; its jackpot."""
    tell(world, "Verification", "forced", report_id(TASK, place))
    return pot(world, jackpot_key(report_id(TASK, place)))


MOST = most_jackpot(bill(SimpleNamespace(parameters=P)))
"""Of the order that these tests have."""


@pytest.mark.parametrize(
    ("there", "amount"),
    [
        (0, 0),
        (1, 0),
        (2, 0),
        (3, 1),
        (10**9, 10**9 // 3),
        (3 * MOST - 1, MOST - 1),
        (3 * MOST, MOST),
        (3 * MOST + 3, MOST),
        (1000 * MOST, MOST),
    ],
)
def test_a_jackpot_has_two_bounds(world, there, amount):
    """Attack A11: what the task's tax pays for on average, and a third of the pool; nothing of an empty one."""
    found = proved(world, 1)
    if there:
        fill_pool(world, there)
    before, was_burnt = balances(world, *USERS), burnt(world)
    logged = tell(world, "Verification", "forced", found.report)
    assert logged == {
        "JackpotSet": [{"task": TASK, "report": found.report, "amount": amount}],
        "Shifted": [{"source": pool_key(), "target": jackpot_key(found.report), "amount": amount}],
    }
    assert (pool(world), pot(world, jackpot_key(found.report))) == (there - amount, amount)
    # The verifier keeps its deposit, and nobody is paid yet.
    assert (moved(world, before), burnt(world)) == ({}, was_burnt)
    assert world.view("Staking", "locked_amount", verifier_key(found.report)) == found.cost.verifier_deposit
    assert pots(world, "escrow", "bounty") == [found.cost.escrow, 0]


@pytest.mark.parametrize("rate", [1, WAD // 1000, WAD // 3, WAD - 1])
def test_dust_cannot_drain_the_pool(rate):
    """Attack A11: a task's jackpot times its chance is never more than its tax has brought, to the unit."""
    with boa.env.anchor():
        world = Bank(P.model_copy(update={"forced_rate": rate}))
        there = 10**22
        fill_pool(world, there)
        found = proved(world, units=1, price=CHEAP, steps=100, interval=1)
        assert (found.cost.fee, found.cost.tax, found.cost.pooled) == (100, 5, 1)
        jackpot = force(world)
        assert jackpot * rate <= found.cost.pooled * WAD < (jackpot + 1) * rate
        assert pool(world) == there - jackpot


def test_a_task_that_pays_no_tax_has_no_jackpot(world):
    """Attack A11: its fee is so small that the tax is rounded to nothing."""
    fill_pool(world, 10**22)
    found = proved(world, units=1, price=CHEAP)
    assert (found.cost.fee, found.cost.tax) == (12, 0)
    assert force(world) == 0


def test_each_jackpot_leaves_two_thirds(world):
    """Attack A11: whatever is forced in a row, the pool is never empty; each round has its own."""
    proved(world)
    there = 2 * MOST
    fill_pool(world, there)
    for place in range(4):
        amount = there // 3
        assert force(world, place) == amount < MOST
        there -= amount
        assert pool(world) == there
    assert there > 0


# Reporters of the open round


def reported(world, members=2, passed=True):
    """A task settled by the open round, its reporters' deposits still locked."""
    found = proved(world, OPEN)
    for member in MEMBERS:
        lock(world, reporter_key(TASK, world[member]), member, found.cost.verifier_deposit)
    world.tell("Verification", "set_report", found.report, world[MEMBERS[0]], some_hash("digest"), members)
    settle(world, found.report, passed)
    found.before, found.burnt = balances(world, *USERS), burnt(world)
    return found


def close(world, member, verdict):
    return tell(world, "OpenRound", "reporter_closed", TASK, world[member], verdict)


@pytest.mark.parametrize("passed", [True, False])
def test_reporters_of_the_upheld_report_are_paid(world, passed):
    found = reported(world, members=2, passed=passed)
    total = found.cost.verifier_fee if passed else share(found.cost.solver_deposit, P.verifier_share)
    each, deposit = part(total, 2), found.cost.verifier_deposit
    assert pots(world, "fee") == [2 * each]
    for member in MEMBERS[:2]:
        assert set(close(world, member, 2)) == {"Released", "Paid"}
        with refused("staking: no lock"):
            close(world, member, 2)
    assert gains(world, found) == (dict.fromkeys(MEMBERS[:2], (deposit, 0, each)), 0)
    assert pots(world, "fee") == [0]


def test_reporter_released(world):
    found = reported(world)
    assert set(close(world, MEMBERS[2], 1)) == {"Released"}
    assert gains(world, found) == ({MEMBERS[2]: (found.cost.verifier_deposit, 0, 0)}, 0)


def test_reporter_burnt(world):
    found = reported(world)
    assert set(close(world, MEMBERS[2], 0)) == {"Slashed"}
    assert gains(world, found) == ({}, found.cost.verifier_deposit)


def test_convicted_reporter_loses_once(world):
    """Its deposit was seized at the conviction; its fellows' are burnt when they close."""
    found = proved(world, OPEN)
    deposit = found.cost.verifier_deposit
    for member in MEMBERS[:2]:
        lock(world, reporter_key(TASK, world[member]), member, deposit)
    world.tell("Verification", "set_report", found.report, world[MEMBERS[0]], some_hash("digest"), 2)
    tell(world, "Verification", "overturned", found.report, NOBODY)
    found.before, found.burnt = balances(world, *USERS), burnt(world)
    assert close(world, MEMBERS[0], 0) == {}
    assert gains(world, found) == ({}, 0)
    close(world, MEMBERS[1], 0)
    assert gains(world, found) == ({}, deposit)


def test_no_other_verdict(world):
    reported(world)
    with refused("settlement: verdict"):
        close(world, MEMBERS[2], 3)


# What Arbitration tells


@pytest.fixture
def bonds(world):
    """Two open challenges of one user, one of another; the balances since."""
    for user in ("whistleblower", "whistleblower", "other_whistleblower"):
        world.as_contract("Arbitration", "Staking", "pledge", world[user], P.challenge_bond)
    return SimpleNamespace(before=balances(world, *USERS), burnt=burnt(world))


def bonded(world):
    return [world.view("Staking", "bonded", world[user]) for user in ("whistleblower", "other_whistleblower")]


def test_bond_returned(world, bonds):
    assert set(tell(world, "Arbitration", "bond_returned", world["whistleblower"])) == {"Restored"}
    assert gains(world, bonds) == ({"whistleblower": (P.challenge_bond, 0, 0)}, 0)
    assert bonded(world) == [P.challenge_bond, P.challenge_bond]


def test_bond_lost(world, bonds):
    tell(world, "Arbitration", "bond_lost", world["whistleblower"], world["verifier_one"])
    rest = P.challenge_bond - P.challenge_cost
    assert gains(world, bonds) == ({"verifier_one": (0, 0, P.challenge_cost), "treasury": (0, 0, rest)}, 0)
    assert bonded(world) == [P.challenge_bond, P.challenge_bond]


def test_bond_burnt(world, bonds):
    assert set(tell(world, "Arbitration", "bond_burnt", world["whistleblower"])) == {"Forfeited"}
    assert gains(world, bonds) == ({}, P.challenge_bond)
    assert bonded(world) == [P.challenge_bond, P.challenge_bond]


@pytest.mark.parametrize(("method", "more"), [("bond_returned", ()), ("bond_lost", (NOBODY,)), ("bond_burnt", ())])
def test_each_bond_ends_once(world, bonds, method, more):
    tell(world, "Arbitration", method, world["other_whistleblower"], *more)
    with refused("staking: bonded"):
        tell(world, "Arbitration", method, world["other_whistleblower"], *more)


# What Availability tells


def test_fee_paid(world):
    pot = some_hash("ask")
    world.as_contract("Availability", "Staking", "fund", pot, world["stranger"], P.chunk_fee)
    before = balances(world, *USERS)
    assert set(tell(world, "Availability", "fee_paid", pot, world["solver"])) == {"Paid"}
    assert moved(world, before) == {"solver": (0, 0, P.chunk_fee)}
    assert world.view("Staking", "pots", pot) == 0
    assert tell(world, "Availability", "fee_paid", pot, world["solver"]) == {}


# All endings, other rates


def random_parameters(chance):
    """Rates that a deployment may have, and that do not divide anything."""
    shares = sorted(chance.randrange(WAD) for _ in range(3))
    silence = chance.randrange(1, WAD)
    return P.model_copy(
        update={
            "max_rounds": chance.randint(1, 6),
            "solver_deposit": chance.randrange(1, 3 * WAD),
            "verifier_deposit": chance.randrange(1, 3 * WAD),
            "tax": chance.randrange(WAD),
            "verifier_rate": chance.randrange(2 * WAD),
            "submitter_share": shares[0],
            "verifier_share": shares[1] - shares[0],
            "solver_bounty_share": shares[2] - shares[1],
            "decline_share": chance.randrange(silence),
            "silence_share": silence,
            "bounty_share": chance.randrange(WAD),
            "invalid_share": chance.randrange(WAD),
            "forced_rate": chance.randrange(1, WAD),
            "pool_share": chance.randrange(WAD + 1),
            "stall_burn": chance.randrange(WAD + 1),
        }
    )


FATES = [(0, 1), (0, OPEN), (OPEN, OPEN + 1), (0, FALLBACK + 1), (FALLBACK, 1), (FALLBACK, OPEN)]
"""Places of the report that falls and of the one that ends the task."""


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("seed", range(4))
def test_every_unit_of_a_task_is_accounted_for(seed, fate):
    """Promise 2: reports fall, another ends the task, all close and claim; then only the pool holds anything."""
    chance = random.Random(repr((seed, fate)))
    with boa.env.anchor():
        world = Bank(random_parameters(chance))
        fallen, place = fate
        found = proved(world, place, units=chance.randrange(1, 10**7), price=chance.randrange(1, 10**12))
        deposit = found.cost.verifier_deposit
        if place >= OPEN:
            world.tell("Verification", "set_report", found.report, world[MEMBERS[0]], some_hash("digest"), 3)
            for member in MEMBERS:
                lock(world, reporter_key(TASK, world[member]), member, deposit)
        loser = verifier_key(report_id(TASK, fallen))
        if fallen >= OPEN:
            loser = reporter_key(TASK, world["stranger"])
            world.tell("Verification", "set_report", report_id(TASK, fallen), world["stranger"], bytes(32), 1)
        lock(world, loser, "stranger", deposit)
        pooled = chance.randrange(10**15)
        fill_pool(world, pooled)
        forced = [report_id(TASK, at - FALLBACK) for at in fate if FALLBACK <= at < OPEN]
        for report in forced:
            world.tell("Verification", "set_report", report, world["verifier_one"], some_hash("forced"), 0)
            world.tell("Verification", "set_forced", report)
            tell(world, "Verification", "forced", report)
        how = "disclosed" if fallen == 0 and chance.random() < 0.5 else "overturned"
        tell(world, "Verification", how, report_id(TASK, fallen), world["whistleblower"])
        ending = Ending.DATA_WITHHELD
        if chance.random() < 0.3 and place < FALLBACK:
            tell(world, "Verification", "withheld", TASK, found.report)
        else:
            ending = chance.choice([Ending.ACCEPTED, Ending.REJECTED])
            settle(world, found.report, passed=ending == Ending.ACCEPTED)
        for member in MEMBERS if place >= OPEN else ():
            close(world, member, 2)
        boa.env.evm.patch.timestamp = deadline(world) + 1
        # A verifier whose fallback was upheld has the jackpot of its forced report alone.
        won = pot(world, jackpot_key(report_id(TASK, place - FALLBACK))) if FALLBACK <= place < OPEN else 0
        for report in (report_id(TASK, 7), *forced):
            world.send("stranger", "Settlement", "close_prize", report)
        world.ledger.check()
        held = {
            key: amount for (kind, key), amount in world.ledger.accounts.items() if amount and kind in ("locks", "pots")
        }
        # Nobody was right about any other forced report, so all that was taken from the pool is there again.
        assert held == {pool_key(): pooled - won + found.cost.pooled * (ending == Ending.ACCEPTED)}

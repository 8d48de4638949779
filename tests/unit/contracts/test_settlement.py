"""Settlement: who may tell it what, what each of its functions moves and logs, and the claim of sealed roots.

After every transaction through `world` the ledger rebuilds all accounts from the events and compares (promises 1, 2).
Whole lives of tasks are in tests/integration/test_endings.py.
"""

from types import SimpleNamespace

import boa
import pytest
from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.boa_port import DEPLOYERS, reason
from tests.unit.contracts.steps import (
    NOBODY,
    ZERO,
    Ending,
    Order,
    Stage,
    accept_assignment,
    at,
    balances,
    bill,
    bond_key,
    bounty_key,
    check_exit,
    check_window,
    close_enrolment,
    digest_of,
    draw_verifier,
    enrol,
    enrol_and_draw,
    escrow_key,
    events,
    make_order,
    moved,
    open_secret,
    phase_ends,
    refused,
    report,
    solver_key,
    some_hash,
    submit,
    task_of,
    to_assigned,
    to_proved,
    to_reported,
    to_reporting,
    to_training,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.world import PARAMETERS, USERS

WAD = 10**18
P = PARAMETERS
RIGHT_ROOT, WRONG_ROOT = some_hash("right"), some_hash("wrong")
PASSING, FAILING = [0, 0, 0], [0, 0, 2**32 - 1]
RIGHT, WRONG, OTHER = digest_of(RIGHT_ROOT, PASSING), digest_of(WRONG_ROOT, PASSING), some_hash("other")
"""Digests of reports."""
SALT, SEAL_SALT = some_hash("salt"), some_hash("seal salt")
CHEAP = 1
"""A price at which deposits are less than a challenge costs."""


def share(amount, rate):
    return amount * rate // WAD


def seal(world, task, user, root, salt=SEAL_SALT):
    """A report that only the user can open, by the rule of Arbitration.commitment_of."""
    return keccak(encode(["uint256", "address", "bytes32", "bytes32"], [task, world[user], root, salt]))


def commit(world, task, user="whistleblower", sealed=None, root=RIGHT):
    """A challenge of the report that stands."""
    round = verification_of(world, task).round
    sealed = sealed or seal(world, task, user, root)
    commitment = world.view("Arbitration", "commitment_of", task, round, world[user], SALT, sealed)
    receipt = world.send(user, "Arbitration", "commit_challenge", task, commitment)
    return receipt.event("ChallengeCommitted").fields["dispute"]


def reveal(world, task, dispute, user="whistleblower", sealed=None, root=RIGHT):
    """Reveal it, as soon as that counts."""
    sealed = sealed or seal(world, task, user, root)
    at(max(phase_ends(world, task)[0] + 1, world.port.now()))
    world.send(user, "Arbitration", "reveal_challenge", dispute, SALT, sealed)


def challenge(world, task, *users, digests=None):
    """Challenges of the report that stands, all commitments first; their numbers."""
    users = users or ("whistleblower",)
    digests = digests or [RIGHT] * len(users)
    numbers = [commit(world, task, user, root=root) for user, root in zip(users, digests, strict=True)]
    for user, number, root in zip(users, numbers, digests, strict=True):
        reveal(world, task, number, user, root=root)
    return numbers


def fall_silent(world, task):
    """The verifier does not open its secret: its report is overturned without a game."""
    at(phase_ends(world, task)[2] + 1)
    return world.send("stranger", "Verification", "time_out", task)


def judge(world, dispute, faulty):
    """A judge has been shown something by the challenger."""
    challenger = world.view("Arbitration", "challenges", dispute).challenger
    sender = world.deployment.addresses["ValueJudge"]
    return world.port.send(sender, "Arbitration", "decide", dispute, challenger, faulty)


def decide(world, task, dispute, faulty):
    """The same, as soon as the games begin."""
    open_secret(world, task)
    at(phase_ends(world, task)[2] + 1)
    return judge(world, dispute, faulty)


def next_report(world, task, root=RIGHT_ROOT, distances=None):
    """Another verifier reports."""
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task, distances, root)


def settle(world, task):
    """As soon as the report is final, where nobody has revealed a challenge."""
    at(phase_ends(world, task)[1] + 1)
    return world.send("stranger", "Settlement", "settle", task)


def deadline(world, task):
    """Last second in which roots are opened."""
    return world.view("Settlement", "bounties", task).deadline


def open_report(world, dispute, root=RIGHT, salt=SEAL_SALT, user="stranger"):
    return world.send(user, "Settlement", "open_report", dispute, root, salt)


def close_bounty(world, task):
    at(deadline(world, task) + 1)
    return world.send("stranger", "Settlement", "close_bounty", task)


def pot(world, task):
    return world.view("Staking", "pots", bounty_key(task))


def burnt(world):
    return world.view("Staking", "burnt")


def overturned(world, *users, digests=None, **changes):
    """A task with a right report after a wrong one that users had challenged; the disputes."""
    task = to_reporting(world, **changes)
    report(world, task, root=WRONG_ROOT)
    disputes = challenge(world, task, *users, digests=digests)
    fall_silent(world, task)
    next_report(world, task)
    return task, disputes


def ended(world, *users, digests=None, **changes):
    """The same, settled."""
    task, disputes = overturned(world, *users, digests=digests, **changes)
    settle(world, task)
    return task, disputes


# Deployment


def addresses(**changes):
    names = ("staking", "registry", "verification", "arbitration", "treasury")
    given = {name: "0x" + f"{place + 1:040x}" for place, name in enumerate(names)} | changes
    return [*given.values(), P.arguments()]


@pytest.mark.parametrize("name", ["staking", "registry", "verification", "arbitration", "treasury"])
def test_no_address_is_empty(name):
    with pytest.raises(boa.BoaError) as error:
        DEPLOYERS["Settlement"].deploy(*addresses(**{name: NOBODY}))
    assert reason(error.value) == "settlement: address"


def test_knows_its_neighbours():
    given = addresses()
    contract = DEPLOYERS["Settlement"].deploy(*given)
    names = ("STAKING", "REGISTRY", "VERIFICATION", "ARBITRATION", "TREASURY", "PARAMETERS")
    found = [getattr(contract, name)() for name in names]
    assert [int(address, 16) for address in found[:5]] == [1, 2, 3, 4, 5]
    assert tuple(found[5]) == P.arguments()


CALLBACKS = {
    "TaskRegistry": {
        "solver_declined": (1, NOBODY),
        "solver_silent": (1, NOBODY),
        "solver_left": (1, NOBODY),
        "refund": (1,),
    },
    "Verification": {
        "verifier_excused": (1, 0),
        "verifier_silent": (1, 0),
        "overturned": (1, 0, NOBODY),
        "unresolved": (1,),
    },
    "Arbitration": {"bond_returned": (1,), "bond_lost": (1, NOBODY), "bond_burnt": (1,)},
}


@pytest.mark.parametrize(
    ("owner", "method"), [(owner, method) for owner, methods in CALLBACKS.items() for method in methods]
)
def test_callbacks_have_one_caller(world, owner, method):
    """Promise 7: nobody else can tell Settlement what has happened, not even the rest of the suite."""
    at_home = world.deployment.addresses
    senders = [world["stranger"], world["deployer"], world["treasury"]]
    senders += [at_home[name] for name in at_home if name not in (owner, "Token")]
    for sender in senders:
        with refused("settlement: caller"):
            world.port.send(sender, "Settlement", method, *CALLBACKS[owner][method])


# Settling


def test_settle_accepted(world):
    task = to_reported(world)
    verifier, cost = verifier_of(world, task), bill(world)
    before = balances(world, *USERS)
    at(phase_ends(world, task)[1] + 1)
    now = world.port.now()
    logged = events(world.send("stranger", "Settlement", "settle", task))
    assert logged["VerificationEnded"] == [{"task": task, "round": 0, "concluded": True}]
    assert logged["TaskEnded"] == [{"task": task, "ending": Ending.ACCEPTED}]
    assert logged["Settled"] == [{"task": task, "ending": Ending.ACCEPTED, "round": 0}]
    pay = {"pot": escrow_key(task)}
    assert logged["Paid"] == [
        pay | {"receiver": world["solver"], "amount": cost.fee},
        pay | {"receiver": world[verifier], "amount": cost.verifier_fee},
        pay | {"receiver": world["treasury"], "amount": cost.tax},
        pay | {"receiver": world["submitter"], "amount": 0},
    ]
    assert logged["Released"] == [
        {"key": solver_key(task, world["solver"]), "owner": world["solver"], "amount": cost.solver_deposit},
        {"key": verifier_key(task, 0), "owner": world[verifier], "amount": cost.verifier_deposit},
    ]
    assert set(logged) == {"VerificationEnded", "TaskEnded", "Settled", "Paid", "Released"}
    assert moved(world, before) == {
        "solver": (cost.solver_deposit, 0, cost.fee),
        verifier: (cost.verifier_deposit, 0, cost.verifier_fee),
        "treasury": (0, 0, cost.tax),
    }
    assert tuple(world.view("Settlement", "bounties", task)) == (False, now + P.claim_window, 0, False, 0)
    assert task_of(world, task).ending == Ending.ACCEPTED
    assert world.view("Verification", "upheld_digest", task) == digest_of(some_hash("report", task), PASSING)


def test_settle_rejected(world):
    """Nothing was overturned, so nothing of the solver's deposit is set aside."""
    task = to_reported(world, FAILING)
    verifier, cost = verifier_of(world, task), bill(world)
    before, burnt_before = balances(world, *USERS), burnt(world)
    logged = events(settle(world, task))
    deposit = cost.solver_deposit
    to_submitter, to_verifier = share(deposit, P.submitter_share), share(deposit, P.verifier_share)
    assert logged["Settled"] == [{"task": task, "ending": Ending.REJECTED, "round": 0}]
    assert logged["SolverSlashed"] == [{"task": task, "solver": world["solver"], "amount": deposit}]
    assert logged["Shifted"] == [{"source": escrow_key(task), "target": bounty_key(task), "amount": 0}]
    assert moved(world, before) == {
        "submitter": (0, 0, cost.escrow + to_submitter),
        verifier: (cost.verifier_deposit, 0, to_verifier),
    }
    assert burnt(world) - burnt_before == deposit - to_submitter - to_verifier
    assert (pot(world, task), world.view("Staking", "pots", escrow_key(task))) == (0, 0)
    assert task_of(world, task).ending == Ending.REJECTED


def test_settle_rejected_after_an_overturned_report(world):
    """A share of the solver's deposit joins the bounty."""
    task = to_reporting(world)
    report(world, task, root=WRONG_ROOT)
    failed = digest_of(RIGHT_ROOT, FAILING)
    (dispute,) = challenge(world, task, digests=[failed])
    fall_silent(world, task)
    next_report(world, task, distances=FAILING)
    cost = bill(world)
    set_aside = share(cost.verifier_deposit, P.bounty_share)
    assert pot(world, task) == set_aside
    burnt_before = burnt(world)
    logged = events(settle(world, task))
    deposit = cost.solver_deposit
    added = share(deposit, P.solver_bounty_share)
    kept = share(deposit, P.submitter_share) + share(deposit, P.verifier_share)
    assert logged["Shifted"] == [{"source": escrow_key(task), "target": bounty_key(task), "amount": added}]
    assert logged["Settled"] == [{"task": task, "ending": Ending.REJECTED, "round": 1}]
    assert pot(world, task) == set_aside + added
    assert burnt(world) - burnt_before == deposit - kept - added > 0
    open_report(world, dispute, failed)
    close_bounty(world, task)
    assert world.view("Settlement", "bounties", task).each == set_aside + added


def test_settle_waits_for_the_reveals(world):
    task = to_reported(world)
    end = phase_ends(world, task)[1]
    check_exit(world, end, "verification: open", lambda: world.send("stranger", "Settlement", "settle", task))
    with refused("verification: open"):
        world.send("stranger", "Settlement", "settle", task)


def test_settle_waits_for_games(world):
    task = to_reported(world)
    (dispute,) = challenge(world, task)
    open_secret(world, task)
    at(phase_ends(world, task)[2] + 1)
    with refused("verification: open"):
        world.send("stranger", "Settlement", "settle", task)
    judge(world, dispute, False)
    world.send("stranger", "Settlement", "settle", task)


@pytest.mark.parametrize("prepare", [submit, to_training, to_proved, to_assigned, to_reporting])
def test_settle_needs_a_report(world, prepare):
    with refused("verification: open"):
        world.send("stranger", "Settlement", "settle", prepare(world))


def test_settle_needs_a_task(world):
    with refused("verification: open"):
        world.send("stranger", "Settlement", "settle", 1)


# What the registry tells


def test_solver_declined(world):
    task = submit(world)
    enrol_and_draw(world, task)
    before, deposit = balances(world, *USERS), bill(world).solver_deposit
    fee = share(deposit, P.decline_share)
    logged = events(world.send("solver", "TaskRegistry", "decline", task))
    key = solver_key(task, world["solver"])
    assert logged["Seized"] == [{"key": key, "pot": escrow_key(task), "amount": fee}]
    assert logged["Paid"] == [{"pot": escrow_key(task), "receiver": world["treasury"], "amount": fee}]
    assert logged["Released"] == [{"key": key, "owner": world["solver"], "amount": deposit - fee}]
    assert moved(world, before) == {"solver": (deposit - fee, 0, 0), "treasury": (0, 0, fee)}
    # What is escrowed stays, for the next one.
    assert world.view("Staking", "pots", escrow_key(task)) == bill(world).escrow


def test_solver_silent(world):
    task = to_training(world)
    before, burnt_before, deposit = balances(world, *USERS), burnt(world), bill(world).solver_deposit
    slash = share(deposit, P.silence_share)
    compensation = share(slash, P.submitter_share)
    at(task_of(world, task).deadline + 1)
    logged = events(world.send("stranger", "TaskRegistry", "time_out", task))
    assert logged["SolverSlashed"] == [{"task": task, "solver": world["solver"], "amount": slash}]
    assert moved(world, before) == {"solver": (deposit - slash, 0, 0), "submitter": (0, 0, compensation)}
    assert burnt(world) - burnt_before == slash - compensation > 0
    assert world.view("Staking", "pots", escrow_key(task)) == bill(world).escrow


def test_solver_left(world):
    task = submit(world)
    enrol(world, task, "solver", "other_solver")
    before, deposit = balances(world, *USERS), bill(world).solver_deposit
    logged = events(world.send("other_solver", "TaskRegistry", "leave", task))
    key = solver_key(task, world["other_solver"])
    assert logged["Released"] == [{"key": key, "owner": world["other_solver"], "amount": deposit}]
    assert moved(world, before) == {"other_solver": (deposit, 0, 0)}


def test_refund(world):
    task = submit(world)
    before = balances(world, *USERS)
    logged = events(close_enrolment(world, task))
    assert logged["Paid"] == [{"pot": escrow_key(task), "receiver": world["submitter"], "amount": bill(world).escrow}]
    assert moved(world, before) == {"submitter": (0, 0, bill(world).escrow)}
    # There is nothing to claim where nothing was settled.
    assert deadline(world, task) == 0
    with refused("settlement: open"):
        world.send("stranger", "Settlement", "close_bounty", task)


# What Verification tells


def test_verifier_excused(world):
    task = to_assigned(world)
    verifier, before = verifier_of(world, task), balances(world, *USERS)
    logged = events(world.send(verifier, "Verification", "report_unavailable", task))
    assert "VerifierSlashed" not in logged
    assert moved(world, before) == {verifier: (bill(world).verifier_deposit, 0, 0)}


@pytest.mark.parametrize("prepare", [to_assigned, to_reporting])
def test_verifier_silent(world, prepare):
    """All is burnt: nothing for a right root, since nobody challenged anything."""
    task = prepare(world)
    verifier, deposit = verifier_of(world, task), bill(world).verifier_deposit
    before, burnt_before = balances(world, *USERS), burnt(world)
    at(verification_of(world, task).deadline + 1)
    logged = events(world.send("stranger", "Verification", "time_out", task))
    assert logged["VerifierSlashed"] == [{"task": task, "round": 0, "amount": deposit, "challenger": NOBODY}]
    key = verifier_key(task, 0)
    assert logged["Released"] == [{"key": key, "owner": world[verifier], "amount": 0}]
    assert moved(world, before) == {}
    assert burnt(world) - burnt_before == deposit
    assert pot(world, task) == 0
    assert not world.view("Settlement", "bounties", task).overturned


@pytest.mark.parametrize("price", [Order().price, CHEAP])
def test_overturned_by_a_challenge(world, price):
    """The winner's cost comes out of the bounty, which may be less than it."""
    task = to_reported(world, price=price)
    deposit = bill(world, make_order(price=price)).verifier_deposit
    set_aside = share(deposit, P.bounty_share)
    paid = min(set_aside, P.challenge_cost)
    assert (set_aside < P.challenge_cost) == (price == CHEAP)
    (dispute,) = challenge(world, task)
    before, burnt_before = balances(world, *USERS), burnt(world)
    logged = events(decide(world, task, dispute, True))
    challenger = world["whistleblower"]
    assert logged["VerifierSlashed"] == [{"task": task, "round": 0, "amount": deposit, "challenger": challenger}]
    assert logged["Paid"] == [{"pot": bounty_key(task), "receiver": challenger, "amount": paid}]
    assert moved(world, before) == {"whistleblower": (P.challenge_bond, 0, paid)}
    assert burnt(world) - burnt_before == deposit - set_aside
    assert pot(world, task) == set_aside - paid
    assert tuple(world.view("Settlement", "bounties", task)) == (True, 0, 0, False, 0)


def test_overturned_by_silence(world):
    """Nobody convicted, nobody is paid for moves."""
    task = to_reported(world)
    challenge(world, task)
    deposit = bill(world).verifier_deposit
    before, burnt_before = balances(world, *USERS), burnt(world)
    logged = events(fall_silent(world, task))
    assert logged["VerifierSlashed"] == [{"task": task, "round": 0, "amount": deposit, "challenger": NOBODY}]
    assert "Paid" not in logged
    assert moved(world, before) == {}
    assert pot(world, task) == share(deposit, P.bounty_share)
    assert burnt(world) - burnt_before == deposit - pot(world, task)
    assert world.view("Settlement", "bounties", task).overturned


def unresolved(world, sealed_root):
    """All rounds overturned, the first with a challenge that sealed this root."""
    task, disputes = to_reporting(world), []
    for round in range(P.max_rounds + 1):
        report(world, task, root=some_hash("wrong", round))
        disputes += challenge(world, task, digests=[sealed_root if round == 0 else OTHER])
        receipt = fall_silent(world, task)
        if round < P.max_rounds:
            draw_verifier(world, task)
            accept_assignment(world, task)
    return SimpleNamespace(task=task, dispute=disputes[0], logged=events(receipt))


def test_unresolved(world):
    before = balances(world, *USERS)
    found = unresolved(world, RIGHT)
    task, rounds, deposit = found.task, P.max_rounds + 1, bill(world).verifier_deposit
    assert verification_of(world, task).phase == Stage.ABORTED
    assert found.logged["Settled"] == [{"task": task, "ending": Ending.UNRESOLVED, "round": rounds}]
    assert found.logged["TaskEnded"] == [{"task": task, "ending": Ending.UNRESOLVED}]
    for dispute in range(1, rounds + 1):
        world.send("stranger", "Arbitration", "close", dispute)
    losers = {world.name_of(world.view("Verification", "verifier_of", task, r)) for r in range(rounds)}
    escrow = bill(world).escrow
    assert moved(world, before) == {
        "submitter": (-escrow, 0, escrow),
        **dict.fromkeys(losers, (-deposit, 0, 0)),
    }
    with refused("settlement: report"):
        open_report(world, found.dispute)
    burnt_before = burnt(world)
    logged = events(close_bounty(world, task))
    total = rounds * share(deposit, P.bounty_share)
    assert logged["BountyClosed"] == [{"task": task, "total": total, "rights": 0, "each": 0}]
    assert burnt(world) - burnt_before == total


def test_no_root_is_right_where_none_was_upheld(world):
    """The zero root is not: who seals it bets on no report being upheld, and would get slashed deposits back."""
    found = unresolved(world, ZERO)
    with refused("settlement: report"):
        open_report(world, found.dispute, ZERO)


# What Arbitration tells


def test_bond_returned(world):
    """Of a challenge without a verdict, whose report was overturned otherwise."""
    task = to_reported(world)
    (dispute,) = challenge(world, task)
    fall_silent(world, task)
    before = balances(world, *USERS)
    logged = events(world.send("stranger", "Arbitration", "close", dispute))
    owner = world["whistleblower"]
    assert logged["Released"] == [{"key": bond_key(dispute), "owner": owner, "amount": P.challenge_bond}]
    assert moved(world, before) == {"whistleblower": (P.challenge_bond, 0, 0)}


def test_bond_lost(world):
    task = to_reported(world)
    verifier = verifier_of(world, task)
    (dispute,) = challenge(world, task)
    before, burnt_before = balances(world, *USERS), burnt(world)
    logged = events(decide(world, task, dispute, False))
    rest = P.challenge_bond - P.challenge_cost
    assert logged["Paid"] == [
        {"pot": bond_key(dispute), "receiver": world[verifier], "amount": P.challenge_cost},
        {"pot": bond_key(dispute), "receiver": world["treasury"], "amount": rest},
    ]
    assert moved(world, before) == {verifier: (0, 0, P.challenge_cost), "treasury": (0, 0, rest)}
    assert burnt(world) == burnt_before


def test_bond_burnt(world):
    task = to_reported(world)
    dispute = commit(world, task)
    before, burnt_before = balances(world, *USERS), burnt(world)
    at(phase_ends(world, task)[1] + 1)
    logged = events(world.send("stranger", "Arbitration", "close", dispute))
    assert logged["Burnt"] == [{"pot": bond_key(dispute), "amount": P.challenge_bond}]
    assert moved(world, before) == {}
    assert burnt(world) - burnt_before == P.challenge_bond


# Opening roots


def test_open_report(world):
    """Promise 8: whoever sends it, it counts for the committed challenger."""
    task, disputes = ended(world, "whistleblower", "other_whistleblower")
    for rights, (user, dispute) in enumerate(zip(("whistleblower", "other_whistleblower"), disputes, strict=True), 1):
        assert not world.view("Settlement", "report_opened", dispute)
        logged = events(open_report(world, dispute, user="stranger"))
        assert logged == {
            "ReportOpened": [{"task": task, "dispute": dispute, "challenger": world[user], "rights": rights}]
        }
        assert world.view("Settlement", "report_opened", dispute)
    assert world.view("Settlement", "bounties", task).rights == 2


def test_open_report_in_its_window(world):
    task, (dispute,) = ended(world)
    check_window(world, deadline(world, task), "settlement: late", lambda: open_report(world, dispute))


def test_open_report_only_after_the_end(world):
    task, (dispute,) = overturned(world)
    with refused("settlement: open"):
        open_report(world, dispute)
    settle(world, task)
    open_report(world, dispute)


def test_open_report_of_no_challenge(world):
    ended(world)
    with refused("settlement: open"):
        open_report(world, 99)


def test_open_report_twice(world):
    _, (dispute,) = ended(world)
    open_report(world, dispute)
    with refused("settlement: opened"):
        open_report(world, dispute)


def test_open_report_that_was_not_revealed(world):
    """Before it is revealed, a challenge holds its commitment where the seal will be; it opens as neither."""
    task = to_reporting(world)
    report(world, task, root=WRONG_ROOT)
    hidden = commit(world, task, "other_whistleblower", sealed=some_hash("anything"))
    challenge(world, task)
    fall_silent(world, task)
    next_report(world, task)
    settle(world, task)
    with refused("settlement: unrevealed"):
        open_report(world, hidden)
    world.send("stranger", "Arbitration", "close", hidden)
    with refused("settlement: unrevealed"):
        open_report(world, hidden)


def test_commitment_that_is_a_seal_does_not_open(world):
    """A challenger that commits its seal itself would have nothing to reveal, and has nothing to open."""
    task = to_reporting(world)
    report(world, task, root=WRONG_ROOT)
    sealed = seal(world, task, "other_whistleblower", RIGHT)
    receipt = world.send("other_whistleblower", "Arbitration", "commit_challenge", task, sealed)
    hidden = receipt.event("ChallengeCommitted").fields["dispute"]
    challenge(world, task)
    fall_silent(world, task)
    next_report(world, task)
    settle(world, task)
    with refused("settlement: unrevealed"):
        open_report(world, hidden)


@pytest.mark.parametrize(
    ("root", "salt"),
    [(RIGHT, OTHER), (OTHER, SEAL_SALT), (WRONG, SEAL_SALT), (ZERO, SEAL_SALT), (RIGHT, ZERO)],
    ids=["other salt", "other root", "challenged root", "zero root", "zero salt"],
)
def test_open_report_opens_what_was_sealed(world, root, salt):
    _, (dispute,) = ended(world)
    with refused("settlement: seal"):
        open_report(world, dispute, root, salt)


def test_copied_seal_does_not_open(world):
    """Promise 8: a seal names its owner, so that one copied from the mempool is worthless (rule of attack A12)."""
    task = to_reporting(world)
    report(world, task, root=WRONG_ROOT)
    copied = seal(world, task, "whistleblower", RIGHT)
    own = commit(world, task)
    copy = commit(world, task, "other_whistleblower", sealed=copied)
    reveal(world, task, own)
    reveal(world, task, copy, "other_whistleblower", sealed=copied)
    fall_silent(world, task)
    next_report(world, task)
    settle(world, task)
    open_report(world, own)
    with refused("settlement: seal"):
        open_report(world, copy)


def test_seal_of_another_task_does_not_open(world):
    """Nor can one seal serve twice."""
    first, _ = ended(world)
    task = to_reporting(world)
    report(world, task, root=WRONG_ROOT)
    stale = seal(world, first, "whistleblower", RIGHT)
    again = commit(world, task, sealed=stale)
    reveal(world, task, again, sealed=stale)
    fall_silent(world, task)
    next_report(world, task)
    settle(world, task)
    with refused("settlement: seal"):
        open_report(world, again)


@pytest.mark.parametrize("sealed", [OTHER, WRONG], ids=["other root", "challenged root"])
def test_wrong_root(world, sealed):
    """It opens, but it is not the report that was upheld."""
    task, (dispute,) = ended(world, digests=[sealed])
    with refused("settlement: challenged" if sealed == WRONG else "settlement: report"):
        open_report(world, dispute, sealed)
    assert world.view("Settlement", "bounties", task).rights == 0


def test_challenged_root_never_counts(world):
    """Not even where it is the root of the report that is finally upheld: who challenged it had nothing better."""
    task = to_reporting(world)
    report(world, task, root=RIGHT_ROOT)
    (dispute,) = challenge(world, task)
    fall_silent(world, task)
    next_report(world, task)
    settle(world, task)
    assert world.view("Verification", "upheld_digest", task) == RIGHT
    with refused("settlement: challenged"):
        open_report(world, dispute)


def test_same_root_with_other_distances_counts(world):
    """Who challenged nothing but the posted distances has another report, and shares."""
    task = to_reporting(world)
    report(world, task, FAILING, RIGHT_ROOT)
    (dispute,) = challenge(world, task)
    fall_silent(world, task)
    next_report(world, task)
    settle(world, task)
    open_report(world, dispute)
    assert world.view("Settlement", "bounties", task).rights == 1


def test_root_of_a_lost_challenge_counts(world):
    """Whoever's game ended how: what counts is the root."""
    task = to_reporting(world)
    report(world, task, root=WRONG_ROOT)
    lost, other = challenge(world, task, "whistleblower", "other_whistleblower")
    decide(world, task, lost, False)
    judge(world, other, True)
    next_report(world, task)
    settle(world, task)
    open_report(world, lost)
    assert world.view("Settlement", "bounties", task).rights == 1


# The bounty


@pytest.mark.parametrize("rights", [0, 1, 2, 3])
def test_close_bounty(world, rights):
    """k roots share total / 2^(k-1), whoever owns them, and the rest is burnt (attacks A12, A21)."""
    users = ("whistleblower", "other_whistleblower", "other_solver")
    task, disputes = ended(world, *users, units=1_000_001)
    for dispute in disputes[:rights]:
        open_report(world, dispute)
    total = share(bill(world, make_order(units=1_000_001)).verifier_deposit, P.bounty_share)
    each = total // 2 ** (rights - 1) // rights if rights else 0
    assert pot(world, task) == total
    before, burnt_before = balances(world, *USERS), burnt(world)
    rest = total - rights * each
    logged = events(close_bounty(world, task))
    assert logged == {
        "BountyClosed": [{"task": task, "total": total, "rights": rights, "each": each}],
        "Burnt": [{"pot": bounty_key(task), "amount": rest}],
    }
    assert burnt(world) - burnt_before == rest
    for dispute in disputes[:rights]:
        world.send("stranger", "Settlement", "collect", dispute)
    assert pot(world, task) == 0
    assert moved(world, before) == dict.fromkeys(users[:rights], (0, 0, each))


def test_aliases_always_cost(world):
    """The more roots one owner opens, the less it has in all (attack A21)."""
    totals = []
    task, disputes = ended(world, *["whistleblower"] * 3)
    for rights in (1, 2, 3):
        with world.undone():
            for dispute in disputes[:rights]:
                open_report(world, dispute)
            before = balances(world, "whistleblower")
            at(deadline(world, task) + 1)
            for dispute in disputes[:rights]:
                world.send("whistleblower", "Settlement", "collect", dispute)
            totals.append(moved(world, before)["whistleblower"][2])
    assert totals == [pot(world, task), pot(world, task) // 2, pot(world, task) // 4 // 3 * 3]


def test_close_bounty_after_its_window(world):
    task, _ = ended(world)

    def close():
        return world.send("stranger", "Settlement", "close_bounty", task)

    check_exit(world, deadline(world, task), "settlement: early", close)
    with refused("settlement: closed"):
        close()


def test_close_bounty_needs_an_end(world):
    task, _ = overturned(world)
    for number in (task, 99):
        with refused("settlement: open"):
            world.send("stranger", "Settlement", "close_bounty", number)


def test_collect_closes_the_bounty(world):
    """Anybody may send it; the credit is the challenger's (promise 8)."""
    task, (dispute,) = ended(world)
    open_report(world, dispute)
    total, before = pot(world, task), balances(world, *USERS)
    check_exit(
        world,
        deadline(world, task),
        "settlement: early",
        lambda: world.send("stranger", "Settlement", "collect", dispute),
    )
    assert moved(world, before) == {"whistleblower": (0, 0, total)}
    assert world.view("Settlement", "bounties", task).closed


def test_collect_logs(world):
    task, disputes = ended(world, "whistleblower", "other_whistleblower")
    for dispute in disputes:
        open_report(world, dispute)
    total = pot(world, task)
    each = total // 2 // 2
    at(deadline(world, task) + 1)
    challenger = world["whistleblower"]
    collected = {"task": task, "dispute": disputes[0], "challenger": challenger, "amount": each}
    assert events(world.send("stranger", "Settlement", "collect", disputes[0])) == {
        "BountyClosed": [{"task": task, "total": total, "rights": 2, "each": each}],
        "Burnt": [{"pot": bounty_key(task), "amount": total - 2 * each}],
        "BountyCollected": [collected],
        "Paid": [{"pot": bounty_key(task), "receiver": challenger, "amount": each}],
    }
    # The second one finds it closed.
    assert set(events(world.send("stranger", "Settlement", "collect", disputes[1]))) == {
        "BountyCollected",
        "Paid",
    }
    assert all(world.view("Settlement", "collected", dispute) for dispute in disputes)


def test_collect_twice(world):
    task, disputes = ended(world, "whistleblower", "other_whistleblower")
    for dispute in disputes:
        open_report(world, dispute)
    close_bounty(world, task)
    world.send("whistleblower", "Settlement", "collect", disputes[0])
    with refused("settlement: collected"):
        world.send("whistleblower", "Settlement", "collect", disputes[0])
    world.send("stranger", "Settlement", "collect", disputes[1])


def test_collect_needs_an_opened_root(world):
    task, (dispute,) = ended(world)
    at(deadline(world, task) + 1)
    for number in (dispute, 99):
        with refused("settlement: unopened"):
            world.send("whistleblower", "Settlement", "collect", number)


def test_roots_of_all_rounds_share(world):
    """One bounty per task: of every overturned report, for every right root."""
    task = to_reporting(world)
    numbers = []
    for round, user in enumerate(("whistleblower", "other_whistleblower")):
        report(world, task, root=some_hash("wrong", round))
        numbers += challenge(world, task, user)
        fall_silent(world, task)
        draw_verifier(world, task)
        accept_assignment(world, task)
    report(world, task, root=RIGHT_ROOT)
    settle(world, task)
    assert pot(world, task) == 2 * share(bill(world).verifier_deposit, P.bounty_share)
    total, before = pot(world, task), balances(world, *USERS)
    for number in numbers:
        open_report(world, number)
    close_bounty(world, task)
    for number in numbers:
        world.send("stranger", "Settlement", "collect", number)
    users = ("whistleblower", "other_whistleblower")
    assert moved(world, before) == dict.fromkeys(users, (0, 0, total // 2 // 2))


def test_bounties_are_apart(world):
    """A task's bounty pays for nothing else."""
    first, (one,) = ended(world)
    open_report(world, one)
    second, (two,) = ended(world)
    close_bounty(world, first)
    world.send("stranger", "Settlement", "collect", one)
    assert (pot(world, first), pot(world, second)) == (0, share(bill(world).verifier_deposit, P.bounty_share))
    with refused("settlement: unopened"):
        world.send("stranger", "Settlement", "collect", two)

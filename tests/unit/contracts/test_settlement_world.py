"""That the deployed suite tells Settlement what has happened, once, and to the unit what it then pays.

What Settlement makes of each message is in test_settlement.py; whole lives of tasks by roles are in
tests/integration/test_endings.py. After every transaction the ledger compares all accounts (promises 1, 2).
"""

import boa
import pytest
from eth_abi import encode

from pinpoint.commitment.tree import keccak
from pinpoint.roles.whistleblower import seal
from tests.unit.contracts.orders import jackpot_key, pool_key
from tests.unit.contracts.steps import (
    Ending,
    Stage,
    accept_assignment,
    at,
    balances,
    bill,
    bounty_key,
    challenge,
    check_exit,
    commit_challenge,
    digest_of,
    draw_verifier,
    enrol,
    enrol_and_draw,
    escrow_key,
    events,
    fee_key,
    moved,
    open_reports,
    open_secret,
    phase_ends,
    refused,
    report,
    report_id,
    secret_of,
    some_hash,
    submit,
    task_of,
    to_assigned,
    to_open,
    to_proved,
    to_reported,
    to_reporting,
    to_training,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.world import PARAMETERS, USERS, World

WAD = 10**18
P = PARAMETERS
PASSING, FAILING = [0, 0, 0], [0, 0, 2**32 - 1]


def share(amount, rate):
    return amount * rate // WAD


def burnt(world):
    return world.view("Staking", "burnt")


def pot(world, key):
    return world.view("Staking", "pots", key)


def settle(world, task):
    return world.send("stranger", "Settlement", "settle", task)


def settle_unchallenged(world, task):
    """As soon as the report is final, where nobody has revealed a challenge and the secret is open."""
    open_secret(world, task)
    return events(settle(world, task))


def judge(world, dispute, faulty):
    """A judge has been shown something by the challenger."""
    challenger = world.view("Arbitration", "challenge_of", dispute).challenger
    sender = world.deployment.addresses["ValueJudge"]
    return world.port.send(sender, "Arbitration", "decide", dispute, challenger, faulty)


def decide(world, task, dispute, faulty):
    """The same, as soon as the games begin."""
    open_secret(world, task)
    at(phase_ends(world, task)[2] + 1)
    return judge(world, dispute, faulty)


def test_accepted(world):
    task = to_reported(world)
    verifier, cost, before = verifier_of(world, task), bill(world), balances(world, *USERS)
    logged = settle_unchallenged(world, task)
    assert logged["TaskEnded"] == [{"task": task, "ending": Ending.ACCEPTED}]
    assert logged["Settled"] == [{"task": task, "ending": Ending.ACCEPTED, "report": report_id(task, 0)}]
    assert moved(world, before) == {
        "solver": (cost.solver_deposit, 0, cost.fee),
        verifier: (cost.verifier_deposit, 0, cost.verifier_fee),
        "treasury": (0, 0, cost.treasury),
    }
    assert pot(world, escrow_key(task)) == 0
    assert pot(world, pool_key()) == cost.pooled == cost.tax - cost.treasury > 0
    assert task_of(world, task).ending == Ending.ACCEPTED


def test_rejected(world):
    task = to_reported(world, FAILING)
    verifier, cost, before, was_burnt = verifier_of(world, task), bill(world), balances(world, *USERS), burnt(world)
    settle_unchallenged(world, task)
    deposit = cost.solver_deposit
    to_submitter, to_verifier = share(deposit, P.submitter_share), share(deposit, P.verifier_share)
    assert moved(world, before) == {
        "submitter": (0, 0, cost.escrow + to_submitter),
        verifier: (cost.verifier_deposit, 0, to_verifier),
    }
    assert burnt(world) - was_burnt == deposit - to_submitter - to_verifier
    assert task_of(world, task).ending == Ending.REJECTED


def test_settle_waits_for_the_secret(world):
    """Which waits for the reveals; an error may have been forced."""
    task = to_reported(world)
    _, reveal_end, secret_end = phase_ends(world, task)
    for second in (reveal_end, reveal_end + 1, secret_end, secret_end + 1):
        at(second)
        with refused("verification: open"):
            settle(world, task)
    open_secret(world, task)
    settle(world, task)
    with refused("verification: open"):
        settle(world, task)


def test_settle_waits_for_games(world):
    task = to_reported(world)
    dispute = challenge(world, task)
    open_secret(world, task)
    at(phase_ends(world, task)[2] + 1)
    with refused("verification: open"):
        settle(world, task)
    judge(world, dispute, False)
    settle(world, task)


@pytest.mark.parametrize("prepare", [submit, to_training, to_proved, to_assigned, to_reporting, to_open])
def test_settle_needs_a_report(world, prepare):
    with refused("verification: open"):
        settle(world, prepare(world))


def test_settle_needs_a_task(world):
    with refused("verification: open"):
        settle(world, 1)


def test_solver_declined(world):
    task = submit(world)
    enrol_and_draw(world, task)
    before, deposit = balances(world, *USERS), bill(world).solver_deposit
    fee = share(deposit, P.decline_share)
    world.send("solver", "TaskRegistry", "decline", task)
    assert moved(world, before) == {"solver": (deposit - fee, 0, 0), "treasury": (0, 0, fee)}


def test_solver_left(world):
    task = submit(world)
    enrol(world, task, "solver", "other_solver")
    before, deposit = balances(world, *USERS), bill(world).solver_deposit
    world.send("other_solver", "TaskRegistry", "leave", task)
    assert moved(world, before) == {"other_solver": (deposit, 0, 0)}


def test_verifier_excused(world):
    task = to_assigned(world)
    verifier, before = verifier_of(world, task), balances(world, *USERS)
    world.send(verifier, "Verification", "report_unavailable", task)
    assert moved(world, before) == {verifier: (bill(world).verifier_deposit, 0, 0)}


@pytest.mark.parametrize("prepare", [to_assigned, to_reporting])
def test_verifier_silent(world, prepare):
    task = prepare(world)
    before, was_burnt = balances(world, *USERS), burnt(world)
    at(verification_of(world, task).deadline + 1)
    world.send("stranger", "Verification", "time_out", task)
    assert moved(world, before) == {}
    assert burnt(world) - was_burnt == bill(world).verifier_deposit


def test_conviction(world):
    """Bond and cost go to the challenger, the bounty waits, and the rest is burnt, in one transaction."""
    task = to_reported(world)
    deposit = bill(world).verifier_deposit
    set_aside = share(deposit, P.bounty_share)
    cost = min(set_aside, P.challenge_cost)
    dispute = challenge(world, task)
    assert world.view("Staking", "bonded", world["whistleblower"]) == P.challenge_bond
    before, was_burnt = balances(world, *USERS), burnt(world)
    logged = events(decide(world, task, dispute, True))
    assert len(logged["VerifierSlashed"]) == 1
    assert moved(world, before) == {"whistleblower": (P.challenge_bond, 0, cost)}
    assert burnt(world) - was_burnt == deposit - set_aside
    assert pot(world, bounty_key(task)) == set_aside - cost
    assert world.view("Staking", "bonded", world["whistleblower"]) == 0


def test_challenge_lost(world):
    task = to_reported(world)
    verifier, dispute = verifier_of(world, task), challenge(world, task)
    before = balances(world, *USERS)
    decide(world, task, dispute, False)
    rest = P.challenge_bond - P.challenge_cost
    assert moved(world, before) == {verifier: (0, 0, P.challenge_cost), "treasury": (0, 0, rest)}


def test_challenge_never_revealed(world):
    task = to_reported(world)
    dispute = commit_challenge(world, task)
    before, was_burnt = balances(world, *USERS), burnt(world)
    at(phase_ends(world, task)[1] + 1)
    world.send("stranger", "Arbitration", "close", dispute)
    assert moved(world, before) == {}
    assert burnt(world) - was_burnt == P.challenge_bond


def test_secret_never_opened_where_nobody_challenged(world):
    """The report is overturned all the same: the verifier may hide a forced error."""
    task = to_reported(world)
    deposit, before, was_burnt = bill(world).verifier_deposit, balances(world, *USERS), burnt(world)
    end = phase_ends(world, task)[2]
    check_exit(world, end, "verification: early", lambda: world.send("stranger", "Verification", "time_out", task))
    set_aside = share(deposit, P.bounty_share)
    assert moved(world, before) == {}
    assert (pot(world, bounty_key(task)), burnt(world) - was_burnt) == (set_aside, deposit - set_aside)


def test_secret_never_opened(world):
    """The report is overturned without a game, and the challenge that was revealed gets its bond back."""
    task = to_reported(world)
    dispute = challenge(world, task)
    deposit, before, was_burnt = bill(world).verifier_deposit, balances(world, *USERS), burnt(world)
    at(phase_ends(world, task)[2] + 1)
    world.send("stranger", "Verification", "time_out", task)
    world.send("stranger", "Arbitration", "close", dispute)
    assert moved(world, before) == {"whistleblower": (P.challenge_bond, 0, 0)}
    assert pot(world, bounty_key(task)) == share(deposit, P.bounty_share)
    assert burnt(world) - was_burnt == deposit - pot(world, bounty_key(task))
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task)
    logged = settle_unchallenged(world, task)
    assert logged["Settled"][0]["report"] == report_id(task, 1)
    assert world.view("Settlement", "claim_ends", task) != 0


@pytest.mark.parametrize("distances", [PASSING, FAILING])
def test_open_round(world, distances):
    """Three give the same report: they share as total / 4, and each has its deposit back."""
    task = to_open(world)
    users, cost = ("stranger", "other_solver", "whistleblower"), bill(world)
    before = balances(world, *users)
    reports = open_reports(world, task, {user: (some_hash("root"), distances) for user in users})
    assert set(reports.values()) == {report_id(task, 16)}
    at(phase_ends(world, task, 16)[1] + 1)
    logged = events(settle(world, task))
    assert logged["Settled"][0]["report"] == reports["stranger"]
    total = cost.verifier_fee if distances == PASSING else share(cost.solver_deposit, P.verifier_share)
    for user in users:
        world.send("stranger", "OpenRound", "close_reporter", task, world[user])
    assert moved(world, before) == dict.fromkeys(users, (0, 0, total // 4 // 3))
    assert pot(world, fee_key(task)) == 0


def test_unresolved(world):
    """Nobody reports: escrow and solver's deposit go back."""
    task = to_open(world)
    cost, before = bill(world), balances(world, *USERS)
    at(verification_of(world, task).deadline + P.reveal_window + 1)
    logged = events(settle(world, task))
    assert logged["Settled"] == [{"task": task, "ending": Ending.UNRESOLVED, "report": 0}]
    assert moved(world, before) == {"solver": (cost.solver_deposit, 0, 0), "submitter": (0, 0, cost.escrow)}


# Disclosed secrets


@pytest.mark.parametrize("finder", ["stranger", "verifier"])
def test_disclosed(world, finder):
    """The cost to who found the secret, the rest as after a conviction; so it does not pay to be one's own finder."""
    task = to_reporting(world)
    verifier, deposit = verifier_of(world, task), bill(world).verifier_deposit
    finder = verifier if finder == "verifier" else finder
    report, salt = report_id(task, 0), some_hash("finder")
    of = encode(["uint256", "address", *["bytes32"] * 2], [report, world[finder], secret_of(task), salt])
    before, was_burnt = balances(world, *USERS), burnt(world)
    world.send(finder, "Verification", "commit_disclosure", keccak(of))
    logged = events(world.send(finder, "Verification", "disclose", task, secret_of(task), salt))
    aside = share(deposit, P.bounty_share)
    reward = min(aside, P.challenge_cost)
    slashed = {"task": task, "report": report, "amount": deposit, "challenger": world[finder]}
    assert logged["VerifierSlashed"] == [slashed]
    assert moved(world, before) == {finder: (0, 0, reward)}
    assert burnt(world) - was_burnt == deposit - aside > 0
    assert world.view("Staking", "locked_amount", verifier_key(report)) == 0
    assert (pot(world, bounty_key(task)), pot(world, jackpot_key(report))) == (aside - reward, 0)
    assert verification_of(world, task).phase == Stage.DRAWING


# Forced errors

LIE, TRUTH, SALT = some_hash("lie"), some_hash("truth"), some_hash("salt")
RIGHT = digest_of(TRUTH, PASSING)


@pytest.fixture(scope="module")
def certain():
    """The suite where every error is forced."""
    with boa.env.anchor():
        yield World(P.model_copy(update={"forced_rate": WAD - 1}))


@pytest.fixture
def forcing(certain):
    with certain.undone():
        yield certain


def lie(world):
    """A task whose verifier has reported as it was forced to."""
    task = to_reporting(world)
    verifier = world[verifier_of(world, task)]
    commitment = world.view("Verification", "report_commitment", task, verifier, RIGHT, SALT)
    report(world, task, PASSING, LIE, commitment)
    return task


def challenges(world, task, sealed):
    """Challenges of the current report, committed and revealed, by who has sealed which digest; their numbers."""
    number, found = verification_of(world, task).report, {}
    for user, digest in sealed.items():
        arguments = (some_hash(user), seal(task, world[user], digest, SALT))
        commitment = world.view("Arbitration", "commitment_of", number, world[user], *arguments)
        receipt = world.send(user, "Arbitration", "commit_challenge", number, commitment)
        found[user] = int(receipt.event("ChallengeCommitted").fields["dispute"]), arguments
    at(phase_ends(world, task)[0] + 1)
    for user, (dispute, arguments) in found.items():
        world.send(user, "Arbitration", "reveal_challenge", dispute, *arguments)
    return {user: dispute for user, (dispute, _) in found.items()}


def jackpot_set(logged):
    return [event["amount"] for event in logged["JackpotSet"]]


def open_fallback(world, task):
    return world.send(verifier_of(world, task), "Verification", "report_fallback", task, TRUTH, PASSING, SALT)


def end_by_fallback(world, task):
    """Nobody challenges the fallback, and the task is accepted."""
    open_fallback(world, task)
    at(phase_ends(world, task)[1] + 1)
    return events(settle(world, task))


def test_a_forced_error(forcing):
    """Attack A11: the first fills an empty pool, so there is nothing to win; of the next, a third of it.

    Bonds come back, right roots share the jackpot with the verifier, and it loses nothing by either.
    """
    world, cost = forcing, bill(forcing)
    first = lie(world)
    assert jackpot_set(events(open_secret(world, first))) == [0]
    end_by_fallback(world, first)
    assert pot(world, pool_key()) == cost.pooled
    task = lie(world)
    verifier = verifier_of(world, task)
    # Its deposit is locked and two bonds are pledged; all three come back below.
    before, was_burnt = balances(world, *USERS), burnt(world)
    sealed = {"whistleblower": RIGHT, "other_whistleblower": some_hash("blind"), "stranger": RIGHT}
    disputes = challenges(world, task, sealed)
    logged = events(open_secret(world, task))
    jackpot = cost.pooled // 3
    assert jackpot_set(logged) == [jackpot] and "Slashed" not in logged
    assert (pot(world, pool_key()), pot(world, jackpot_key(report_id(task, 0)))) == (cost.pooled - jackpot, jackpot)
    for dispute in disputes.values():
        world.send("stranger", "Arbitration", "close", dispute)
    assert (moved(world, before), burnt(world)) == ({}, was_burnt)
    logged = end_by_fallback(world, task)
    assert logged["Settled"] == [{"task": task, "ending": Ending.ACCEPTED, "report": report_id(task, 8)}]
    for user in ("whistleblower", "stranger"):
        world.send("stranger", "Settlement", "open_report", disputes[user], RIGHT, SALT)
    with refused("settlement: report"):
        world.send("stranger", "Settlement", "open_report", disputes["other_whistleblower"], some_hash("blind"), SALT)
    at(world.view("Settlement", "claim_ends", task) + 1)
    for user in ("whistleblower", "stranger"):
        world.send("stranger", "Settlement", "collect", disputes[user])
    each = jackpot // 4 // 3
    assert moved(world, before) == {
        "whistleblower": (0, 0, each),
        "stranger": (0, 0, each),
        "solver": (cost.solver_deposit, 0, cost.fee),
        verifier: (cost.verifier_deposit, 0, cost.verifier_fee + each),
        "treasury": (0, 0, cost.treasury),
    }
    assert burnt(world) - was_burnt == jackpot - 3 * each
    assert pot(world, jackpot_key(report_id(task, 0))) == pot(world, bounty_key(task)) == 0
    assert pot(world, pool_key()) == 2 * cost.pooled - jackpot


def test_a_forced_error_that_nobody_found(forcing):
    """Its jackpot is the verifier's, whose fallback was upheld."""
    world, cost = forcing, bill(forcing)
    for _ in range(2):
        task = lie(world)
        (amount,) = jackpot_set(events(open_secret(world, task)))
        end_by_fallback(world, task)
    assert amount == cost.pooled // 3 > 0
    at(world.view("Settlement", "claim_ends", task) + 1)
    before, was_burnt = balances(world, *USERS), burnt(world)
    world.send("stranger", "Settlement", "close_prize", report_id(task, 0))
    assert moved(world, before) == {verifier_of(world, task): (0, 0, amount)}
    assert (pot(world, pool_key()), burnt(world)) == (2 * cost.pooled - amount, was_burnt)


def test_a_fallback_that_is_not_given(forcing):
    """The verifier is silent after all: the whole deposit is burnt, and the jackpot waits for the end of the task."""
    world, deposit = forcing, bill(forcing).verifier_deposit
    first = lie(world)
    open_secret(world, first)
    end_by_fallback(world, first)
    task = lie(world)
    (amount,) = jackpot_set(events(open_secret(world, task)))
    before, was_burnt = balances(world, *USERS), burnt(world)
    at(verification_of(world, task).deadline + 1)
    with refused("verification: late"):
        open_fallback(world, task)
    world.send("stranger", "Verification", "time_out", task)
    assert (moved(world, before), burnt(world) - was_burnt) == ({}, deposit)
    assert pot(world, jackpot_key(report_id(task, 0))) == amount > 0
    assert verification_of(world, task).phase == Stage.DRAWING


def test_both_kinds_of_prize(forcing):
    """The fallback of a forced error is wrong, too: its challengers share the bounty, the others the jackpot."""
    world, cost = forcing, bill(forcing)
    first = lie(world)
    open_secret(world, first)
    end_by_fallback(world, first)
    task = lie(world)
    # The fallback that will be upheld is the next verifier's.
    right = digest_of(some_hash("upheld"), PASSING)
    of_lie = challenges(world, task, {"whistleblower": right})["whistleblower"]
    (jackpot,) = jackpot_set(events(open_secret(world, task)))
    open_fallback(world, task)
    of_fallback = challenges(world, task, {"other_whistleblower": right})["other_whistleblower"]
    at(phase_ends(world, task)[2] + 1)
    before, was_burnt = balances(world, *USERS), burnt(world)
    judge(world, of_fallback, True)
    set_aside = share(cost.verifier_deposit, P.bounty_share)
    paid = min(set_aside, P.challenge_cost)
    assert pot(world, bounty_key(task)) == set_aside - paid > 0
    draw_verifier(world, task)
    accept_assignment(world, task)
    verifier = verifier_of(world, task)
    commitment = world.view("Verification", "report_commitment", task, world[verifier], right, SALT)
    report(world, task, PASSING, LIE, commitment)
    (second,) = jackpot_set(events(open_secret(world, task)))
    assert second == (cost.pooled - jackpot) // 3
    world.send(verifier, "Verification", "report_fallback", task, some_hash("upheld"), PASSING, SALT)
    at(phase_ends(world, task)[1] + 1)
    settle(world, task)
    world.send("stranger", "Arbitration", "close", of_lie)
    for dispute in (of_lie, of_fallback):
        world.send("stranger", "Settlement", "open_report", dispute, right, SALT)
    at(world.view("Settlement", "claim_ends", task) + 1)
    for dispute in (of_lie, of_fallback):
        world.send("stranger", "Settlement", "collect", dispute)
    world.send("stranger", "Settlement", "close_prize", report_id(task, 1))
    gained = moved(world, before)
    # Nobody challenged the second verifier's forced report.
    assert gained[verifier][2] == cost.verifier_fee + second
    assert gained["whistleblower"] == (P.challenge_bond, 0, jackpot)
    assert gained["other_whistleblower"] == (P.challenge_bond, 0, set_aside)
    assert burnt(world) - was_burnt == cost.verifier_deposit - set_aside
    assert pot(world, pool_key()) == 2 * cost.pooled - jackpot - second
    pots = [bounty_key(task), *(jackpot_key(report_id(task, place)) for place in (0, 1))]
    assert [pot(world, key) for key in pots] == [0, 0, 0]

"""That the deployed suite tells Settlement what has happened, once, and to the unit what it then pays.

What Settlement makes of each message is in test_settlement.py; whole lives of tasks by roles are in
tests/integration/test_endings.py. After every transaction the ledger compares all accounts (promises 1, 2).
"""

import pytest

from tests.unit.contracts.steps import (
    Ending,
    accept_assignment,
    at,
    balances,
    bill,
    bounty_key,
    challenge,
    check_exit,
    commit_challenge,
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
    verifier_of,
)
from tests.world import PARAMETERS, USERS

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
    """As soon as the report is final, where nobody has revealed a challenge."""
    at(phase_ends(world, task)[1] + 1)
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
        "treasury": (0, 0, cost.tax),
    }
    assert pot(world, escrow_key(task)) == 0
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


def test_settle_waits_for_the_reveals(world):
    task = to_reported(world)
    check_exit(world, phase_ends(world, task)[1], "verification: open", lambda: settle(world, task))
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
    assert world.view("Settlement", "bounties", task).deadline != 0


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

"""A report's secret, and how a round is lost: silence, and a conviction."""

import pytest

from tests.unit.contracts.steps import (
    NOBODY,
    Stage,
    accept_assignment,
    at,
    balances,
    bill,
    block_number,
    bounty_key,
    challenge,
    check_exit,
    check_window,
    commit_challenge,
    draw_verifier,
    events,
    moved,
    open_secret,
    phase_ends,
    refused,
    report,
    report_id,
    report_of,
    secret_of,
    some_hash,
    to_assigned,
    to_reported,
    to_reporting,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    as_contract,
    check_opening,
    round_of,
    send,
    stage,
    to_games,
    view,
)

# open_secret


def test_the_secret_opens_between_reveals_and_games(world):
    """Attack A22: after the last reveal, before any game."""
    task = to_reported(world)
    _, reveal_end, secret_end = phase_ends(world, task)

    def open_it():
        return send(world, "stranger", "open_secret", task, secret_of(task))

    check_opening(world, reveal_end + 1, "verification: early", open_it)
    check_window(world, secret_end, "verification: late", open_it)
    at(secret_end)
    with refused("verification: secret"):
        send(world, "stranger", "open_secret", task, some_hash("another secret"))
    receipt = open_it()
    opened = {"task": task, "report": report_id(task, 0), "secret": secret_of(task), "forced": False}
    assert events(receipt) == {"SecretOpened": [opened]}
    assert report_of(world, task).secret_opened is True
    at(secret_end)
    with refused("verification: opened"):
        open_it()


def test_there_is_no_secret_without_report(world):
    task = to_reporting(world)
    with refused("verification: phase"):
        send(world, "stranger", "open_secret", task, secret_of(task))


# time_out


@pytest.mark.parametrize("to", [to_assigned, to_reporting])
def test_a_silent_verifier_is_slashed(world, to):
    task, due = to(world), bill(world)
    name, last = report_id(task, 0), verification_of(world, task).deadline
    before, receipts = balances(world, *world.users), []
    check_exit(
        world,
        last,
        "verification: early",
        lambda: receipts.append(send(world, "stranger", "time_out", task)),
    )
    deposit, found = due.verifier_deposit, events(receipts[0])
    assert set(found.pop("RoundStarted")[0].items()) >= {("task", task), ("round", 1)}
    owner = view(world, "verifier_of", name)
    assert found == {
        "VerifierSlashed": [{"task": task, "report": name, "amount": deposit, "challenger": NOBODY}],
        "Slashed": [slash(task, verifier_key(name), owner, burnt=deposit)],
        "Freed": [{"verifier": owner, "units": due.replay, "bytes": 2**19}],
    }
    assert moved(world, before) == {}
    assert (stage(world, task), round_of(world, task)) == (Stage.DRAWING, 1)


def slash(task, key, owner, receiver=NOBODY, paid=0, kept=0, burnt=0):
    """How a verifier's deposit goes; what is kept is for right sealed reports."""
    what = {"returned": 0, "paid": paid, "pot": bounty_key(task), "kept": kept, "burnt": burnt}
    return {"key": key, "owner": owner, "receiver": receiver, **what}


def test_nothing_times_out_without_a_task(world):
    for method in ("time_out", "draw"):
        with refused("verification: phase"):
            send(world, "stranger", method, 0)


def revealed(world, task):
    challenge(world, task)


def hidden(world, task):
    commit_challenge(world, task)


def nobody(world, task):
    pass


@pytest.mark.parametrize("challenged", [revealed, hidden, nobody])
def test_a_secret_that_stays_closed_overturns_the_report(world, challenged):
    """Attack A12: nobody falls silent to pay nobody; the bounty is set aside, challenged or not."""
    task, due = to_reported(world), bill(world)
    challenged(world, task)
    name, last = report_id(task, 0), phase_ends(world, task)[2]
    before, receipts = balances(world, *world.users), []
    check_exit(
        world,
        last,
        "verification: early",
        lambda: receipts.append(send(world, "stranger", "time_out", task)),
    )
    deposit, found = due.verifier_deposit, events(receipts[0])
    bounty = deposit * world.parameters.bounty_share // 10**18
    assert found["VerifierSlashed"] == [{"task": task, "report": name, "amount": deposit, "challenger": NOBODY}]
    owner = view(world, "verifier_of", name)
    assert found["Slashed"] == [slash(task, verifier_key(name), owner, kept=bounty, burnt=deposit - bounty)]
    assert world.view("Staking", "pots", bounty_key(task)) == bounty > 0
    assert moved(world, before) == {}
    assert (stage(world, task), round_of(world, task)) == (Stage.DRAWING, 1)
    assert report_of(world, task, 0).standing is False


def test_an_opened_secret_is_no_silence(world):
    task, _ = to_games(world)
    for later in (1, 100_000):
        at(phase_ends(world, task)[2] + later)
        with refused("verification: opened"):
            send(world, "stranger", "time_out", task)


# overturn


def test_a_conviction_overturns_the_report(world):
    task, due = to_reported(world), bill(world)
    name = report_id(task, 0)
    samples, before, p = view(world, "samples_of", task), balances(world, *world.users), world.parameters
    others = [at_ for contract, at_ in world.deployment.addresses.items() if contract != "Arbitration"]
    for user in (*world.users.values(), *others):
        with refused("verification: caller"):
            world.port.send(user, "Verification", "overturn", name, user)
    for other in (report_id(task, 1), report_id(task + 1, 0), 0):
        with refused("verification: report"):
            as_contract(world, "Arbitration", "overturn", other, world["whistleblower"])
    block, deadline = block_number() + p.draw_delay, world.port.now() + p.draw_window
    receipt = as_contract(world, "Arbitration", "overturn", name, world["whistleblower"])
    deposit, owner, winner = due.verifier_deposit, view(world, "verifier_of", name), world["whistleblower"]
    bounty = deposit // 2
    cost = min(bounty, p.challenge_cost)
    assert events(receipt) == {
        "RoundStarted": [{"task": task, "round": 1, "draw_block": block, "deadline": deadline}],
        "VerifierSlashed": [{"task": task, "report": name, "amount": deposit, "challenger": winner}],
        "Slashed": [slash(task, verifier_key(name), owner, winner, cost, bounty - cost, deposit - bounty)],
        "Freed": [{"verifier": owner, "units": due.replay, "bytes": 2**19}],
    }
    assert moved(world, before) == {"whistleblower": (0, 0, cost)}
    assert view(world, "samples_of", task) == samples
    assert report_of(world, task, 0).standing is False
    assert view(world, "upheld_report", task) == 0
    with refused("verification: report"):
        as_contract(world, "Arbitration", "overturn", name, world["whistleblower"])


def test_an_earlier_rounds_verdict_does_not_touch_a_later_report(world):
    task = to_reported(world)
    as_contract(world, "Arbitration", "overturn", report_id(task, 0), world["whistleblower"])
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task)
    with refused("verification: report"):
        as_contract(world, "Arbitration", "overturn", report_id(task, 0), world["whistleblower"])
    assert (report_of(world, task, 0).standing, report_of(world, task, 1).standing) == (False, True)


def test_an_opened_secret_does_not_open_the_next_rounds(world):
    """Attack A3: a secret is one report's, and says nothing about another's."""
    task, _ = to_games(world)
    as_contract(world, "Arbitration", "overturn", report_id(task, 0), world["whistleblower"])
    draw_verifier(world, task)
    other = some_hash("another secret")
    send(world, verifier_of(world, task), "accept_assignment", task, other)
    report(world, task)
    assert report_of(world, task).secret_opened is False
    challenge(world, task)
    with refused("verification: secret"):
        open_secret(world, task)

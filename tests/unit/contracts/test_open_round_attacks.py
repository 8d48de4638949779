"""Attacks on the open round, played."""

import pytest

from tests.unit.contracts.steps import (
    Ending,
    Stage,
    at,
    balances,
    bill,
    challenge,
    check_exit,
    commit_report,
    digest_of,
    events,
    fee_key,
    make_order,
    moved,
    open_reports,
    phase_ends,
    refused,
    report_id,
    report_salt,
    reporter_key,
    reveal_report,
    some_hash,
    task_of,
    to_open,
    to_proved,
    verification_of,
)
from tests.unit.contracts.verification_steps import (
    DATA,
    game_end,
    locked,
    posting_time,
    silent,
    stage,
    to_open_with_data,
    view,
)

FIRST = 16
WAD = 10**18
GOOD, BAD = (some_hash("right"), [0, 0, 0]), (some_hash("wrong"), [0, 0, 0])


def reveal_end(world, task):
    return verification_of(world, task).deadline + world.parameters.reveal_window


def settle(world, task):
    return world.send("stranger", "Settlement", "settle", task)


def close(world, task, user):
    return world.send("stranger", "OpenRound", "close_reporter", task, world[user])


def convict(world, task, place):
    """Challenge a report that nobody defends."""
    dispute = challenge(world, task, "whistleblower", place)
    at(game_end(world, dispute) + 1)
    world.send("stranger", "Arbitration", "time_out", dispute)


def seized(world):
    """What one conviction leaves to those who reported right, beside the challenger's cost."""
    p = world.parameters
    return bill(world).verifier_deposit * p.bounty_share // WAD - p.challenge_cost


def test_silent_verifiers_do_not_kill_a_task(world):
    """Attack A13: the submitter's own verifiers fall silent, then its alias reports something else, so that the
    checkpoints are public and the escrow comes back. One honest reporter and one honest challenger suffice."""
    task, due = to_proved(world), bill(world)
    before, burnt = balances(world, *world.users), world.view("Staking", "burnt")
    for _ in range(world.parameters.max_rounds + 1):
        silent(world, task)
    assert world.view("Staking", "burnt") - burnt == 4 * due.verifier_deposit, "each silence costs a whole deposit"
    names = open_reports(world, task, {"submitter": BAD, "stranger": GOOD})
    convict(world, task, names["submitter"] - report_id(task, 0))
    settle(world, task)
    assert (task_of(world, task).ending, view(world, "upheld_report", task)) == (Ending.ACCEPTED, names["stranger"])
    for user in ("submitter", "stranger"):
        close(world, task, user)
    change = moved(world, before)
    assert change["solver"] == (due.solver_deposit, 0, due.fee)
    assert change["submitter"] == (-due.verifier_deposit, 0, 0), "no escrow, and no deposit"
    assert change["stranger"] == (0, 0, due.verifier_fee + seized(world))


@pytest.mark.parametrize("first", ["wrong", "right"])
def test_who_reveals_first_decides_nothing(world, first):
    """Attack A26: wrong reports in front of the right one, and copies of the right one, change nothing."""
    task, due = to_open(world), bill(world)
    copier, liar, honest = "submitter", "other_solver", "stranger"
    commit_report(world, task, honest, *GOOD)
    # The copier sees the commitment in the mempool, the report itself only when no more commitments count.
    sealed = bytes(world.view("OpenRound", "sealed_reports", task, world[honest]))
    world.send(copier, "OpenRound", "commit_report", task, sealed)
    commit_report(world, task, liar, *BAD)
    order = (liar, honest) if first == "wrong" else (honest, liar)
    for user in order:
        reveal_report(world, task, user, *(BAD if user == liar else GOOD))
    late = view(world, "report_commitment", task, world["solver"], digest_of(*GOOD), bytes(32))
    with refused("open round: late"):
        world.send("solver", "OpenRound", "commit_report", task, late)
    with refused("open round: commitment"):
        world.send(copier, "OpenRound", "reveal_report", task, *GOOD, report_salt(task, honest))
    before = balances(world, *world.users)
    convict(world, task, FIRST + order.index(liar))
    settle(world, task)
    for user in (copier, liar, honest):
        close(world, task, user)
    change = moved(world, before)
    assert change[honest] == (due.verifier_deposit, 0, due.verifier_fee + seized(world))
    assert copier not in change and liar not in change, "both deposits are gone"


def test_reporting_against_oneself_costs(world):
    """Rule 9, attack A21: who reports wrong, reports right and convicts itself gets less than the deposit back."""
    task, due = to_open(world), bill(world)
    liar, alias, challenger = "submitter", "stranger", "whistleblower"
    before = balances(world, liar, alias, challenger)
    names = open_reports(world, task, {liar: BAD, alias: GOOD})
    assert names[liar] == report_id(task, FIRST)
    convict(world, task, FIRST)
    settle(world, task)
    for user in (liar, alias):
        close(world, task, user)
    gain = sum(sum(moved(world, before)[user]) for user in (liar, alias, challenger))
    back = due.verifier_deposit * world.parameters.bounty_share // WAD
    assert gain == due.verifier_fee + back - due.verifier_deposit < due.verifier_fee


# Data that are owed


def test_data_withheld_in_the_open_round(world):
    """Ending: data withheld. Nobody was asked to reveal, so everybody has its deposit back, and nobody earns."""
    task, users = to_open_with_data(world), ("stranger", "verifier_one")
    due, p = bill(world, make_order(**DATA.order)), world.parameters
    chunk = DATA.ask(world, task)
    before = balances(world, *world.users)
    for user in users:
        commit_report(world, task, user, *GOOD)
    with refused("open round: pending"):
        close(world, task, "stranger")
    post_end = verification_of(world, task).ask_end + posting_time(world, chunk)
    receipts = []
    check_exit(
        world,
        post_end,
        "availability: early",
        lambda: receipts.append(world.send("stranger", "Availability", "time_out", task)),
    )
    assert events(receipts[0])["Settled"] == [{"task": task, "ending": Ending.DATA_WITHHELD, "report": 0}]
    assert (stage(world, task), view(world, "open_rounds", task).void) == (Stage.ABORTED, True)
    for user in users:
        found = events(close(world, task, user))["ReporterClosed"]
        assert found == [{"task": task, "reporter": world[user], "report": 0, "verdict": 1}]
        with refused("open round: reporter"):
            close(world, task, user)
    share = due.solver_deposit * p.submitter_share // WAD
    assert moved(world, before) == {"submitter": (0, 0, due.escrow + share)}
    assert world.view("Staking", "pots", fee_key(task)) == 0


def test_asks_move_the_commitments_of_the_open_round(world):
    """Attack A24: who reports has the data first, and then the time to replay them."""
    task = to_open_with_data(world)
    before = verification_of(world, task)
    chunks = [DATA.ask(world, task, number) for number in range(2)]
    for chunk in chunks:
        DATA.post(world, task, chunk)
    after = verification_of(world, task)
    assert after.deadline == before.deadline + posting_time(world, *chunks)
    at(after.ask_end + 1)
    with refused("availability: late"):
        DATA.ask(world, task, 2)
    open_reports(world, task, {"stranger": GOOD})
    p = world.parameters
    assert phase_ends(world, task, FIRST)[0] == after.deadline + p.reveal_window + p.commit_window + (
        p.work_time(bill(world, make_order(**DATA.order)).replay, 2**19)
    )


def test_nothing_is_revealed_while_data_are_owed(world):
    """Promise 3: and so nobody is blamed for what it could not reveal, nor the task unresolved for it."""
    task = to_open_with_data(world)
    DATA.ask(world, task)
    commit_report(world, task, "stranger", *GOOD)
    with refused("open round: pending"):
        reveal_report(world, task, "stranger", *GOOD)
    at(reveal_end(world, task) + 1)
    with refused("verification: open"):
        settle(world, task)
    with refused("open round: pending"):
        close(world, task, "stranger")
    world.send("stranger", "Availability", "time_out", task)
    close(world, task, "stranger")
    assert locked(world, reporter_key(task, world["stranger"])) == 0
    assert moved(world, {"stranger": balances(world, "stranger")["stranger"]}) == {}


def test_data_cannot_come_when_reveals_are_over(world):
    """Attack A6: a solver that expects to be rejected holds a chunk back until nobody can reveal, and then posts."""
    task = to_open_with_data(world)
    chunk = DATA.ask(world, task)
    commit_report(world, task, "stranger", *GOOD)
    at(reveal_end(world, task))
    with refused("availability: late"):
        DATA.post(world, task, chunk)


# Counts


def filled(world, code):
    """Bring Verification's storage to where it takes 2^16 reporters to come."""
    world.port.contracts["Verification"].eval(code)


def test_reports_do_not_run_into_the_next_task(world):
    """Promise 10: a report's place has 16 bits; the one after the last is refused, whatever its deposit."""
    task = to_open(world)
    commit_report(world, task, "stranger", *GOOD)
    commit_report(world, task, "solver", *BAD)
    filled(world, f"self.open_rounds[{task}].reports = {2**16 - FIRST - 1}")
    assert reveal_report(world, task, "stranger", *GOOD) == report_id(task, 2**16 - 1)
    with refused("keys: place"):
        reveal_report(world, task, "solver", *BAD)


def test_members_do_not_run_into_the_flags(world):
    """Promise 10: however many give one report, it stays the report that it was, and can be settled."""
    task = to_open(world)
    name, first, second = report_id(task, FIRST), "stranger", "solver"
    for user in (first, second):
        commit_report(world, task, user, *GOOD)
    reveal_report(world, task, first, *GOOD)
    before, many = view(world, "report_of", name), 2**32
    filled(world, f"self.terms_of[{name}] += {(many - 1) << 208}")
    assert reveal_report(world, task, second, *GOOD) == name
    assert view(world, "members", name) == many + 1
    assert view(world, "report_of", name) == before
    at(before.reveal_end + 1)
    settle(world, task)
    assert task_of(world, task).ending == Ending.ACCEPTED

"""The drawn verifier's answer: it accepts, or says that it cannot get the data."""

import pytest

from tests.unit.contracts.steps import (
    NOBODY,
    ZERO,
    Stage,
    accept_assignment,
    at,
    balances,
    bill,
    block_number,
    check_window,
    draw_verifier,
    events,
    make_order,
    moved,
    refused,
    report,
    report_id,
    some_hash,
    to_assigned,
    to_proved,
    to_reported,
    to_reporting,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    locked,
    replay_time,
    send,
    stage,
    view,
)

EMPTY = {
    "round": 0,
    "report": 0,
    "verifier": NOBODY,
    "samples_drawn": False,
    "ask_end": 0,
}


# accept_assignment


def test_a_verifier_accepts(world):
    """Its time is that of the replay, and begins when no data can be asked for any more."""
    task, commitment = to_assigned(world), some_hash("commitment")
    verifier, before, now = verifier_of(world, task), balances(world, *world.users), world.port.now()
    for user in world.users:
        if user != verifier:
            with refused("verification: verifier"):
                send(world, user, "accept_assignment", task, commitment)
    with refused("verification: secret"):
        send(world, verifier, "accept_assignment", task, ZERO)
    p, block = world.parameters, block_number()
    receipt = send(world, verifier, "accept_assignment", task, commitment)
    ask_end = now + p.ask_window
    assert replay_time(world) == p.base_time + 1_000_003 * 6 // p.units_per_second == 306
    assert events(receipt) == {
        "AssignmentAccepted": [
            {
                "task": task,
                "round": 0,
                "verifier": world[verifier],
                "secret_commitment": commitment,
                "error_block": block + p.draw_delay,
                "ask_end": ask_end,
            }
        ]
    }
    assert moved(world, before) == {}
    found = verification_of(world, task)
    assert (found.phase, found.ask_end, found.deadline) == (Stage.REPORTING, ask_end, ask_end + 306)
    assert found.draw_block == block + p.draw_delay
    assert view(world, "secret_commitments", report_id(task, 0)) == commitment
    assert tuple(view(world, "asking", task)) == (0, ask_end)
    with refused("verification: phase"):
        send(world, verifier, "accept_assignment", task, commitment)


def test_an_assignment_has_a_deadline(world):
    task = to_assigned(world)
    last = verification_of(world, task).deadline
    check_window(world, last, "verification: late", lambda: accept_assignment(world, task))


@pytest.mark.parametrize("to", [to_proved, to_assigned, to_reported])
def test_nothing_can_be_asked_for_before_and_after_the_verifiers_work(world, to):
    task = to(world)
    with refused("verification: phase"):
        view(world, "asking", task)


# report_unavailable


def test_a_verifier_without_data_is_excused(world):
    """Promise 3: an honest verifier is not slashed for what it does not get."""
    task, due = to_assigned(world), bill(world)
    verifier, samples, first = verifier_of(world, task), view(world, "samples_of", task), report_id(task, 0)
    before, found = balances(world, *world.users), verification_of(world, task)
    last = found.deadline
    for user in ("stranger", "submitter", "solver"):
        with refused("verification: verifier"):
            send(world, user, "report_unavailable", task)
    check_window(world, last, "verification: late", lambda: send(world, verifier, "report_unavailable", task))
    at(last)
    block = block_number() + world.parameters.draw_delay
    receipt = send(world, verifier, "report_unavailable", task)
    deadline = last + world.parameters.draw_window
    assert events(receipt) == {
        "DataUnavailable": [{"task": task, "round": 0, "verifier": world[verifier]}],
        "RoundStarted": [{"task": task, "round": 1, "draw_block": block, "deadline": deadline}],
        "Released": [{"key": verifier_key(first), "owner": world[verifier], "amount": due.verifier_deposit}],
        "Freed": [{"verifier": world[verifier], "units": due.replay, "bytes": 2**19}],
    }
    assert moved(world, before) == {verifier: (due.verifier_deposit, 0, 0)}
    assert verification_of(world, task)._asdict() == EMPTY | {
        "phase": Stage.DRAWING,
        "round": 1,
        "report": report_id(task, 1),
        "samples_drawn": True,
        "draw_block": block,
        "deadline": deadline,
        "ask_end": found.ask_end,
    }
    assert view(world, "samples_of", task) == samples
    with refused("verification: phase"):
        send(world, verifier, "report_unavailable", task)
    draw_verifier(world, task)
    with refused("verification: verifier"):
        send(world, verifier, "report_unavailable", task)


@pytest.mark.parametrize("to", [to_reporting, to_reported])
def test_who_has_accepted_is_not_excused(world, to):
    """It asks for data on chain; who gets them and does not report is silent."""
    task = to(world)
    with refused("verification: phase"):
        send(world, verifier_of(world, task), "report_unavailable", task)


def test_tasks_do_not_touch_each_other(world):
    """Each has its own seeds, rounds, locks and pots."""
    one, two = to_proved(world), to_proved(world, price=10**12 + 9)
    draw_verifier(world, one)
    assert stage(world, two) == Stage.DRAWING and view(world, "samples_of", two) == []
    draw_verifier(world, two)
    accept_assignment(world, two)
    at(verification_of(world, one).deadline + 1)
    send(world, "stranger", "time_out", one)
    assert (verification_of(world, one).round, verification_of(world, two).round) == (1, 0)
    assert locked(world, verifier_key(report_id(two, 0))) == bill(world, make_order(price=10**12 + 9)).verifier_deposit
    report(world, two)
    assert stage(world, two) == Stage.REPORTED

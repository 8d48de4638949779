"""Every phase of a verification has one exit, open to anybody from the second after its deadline, and to nobody before.

Rule 2, rule 4, promise 5.
"""

import pytest

from pinpoint.chain.port import CallRefused
from tests.unit.contracts.steps import (
    Stage,
    at,
    challenge,
    open_reports,
    open_secret,
    phase_ends,
    refused,
    report_of,
    secret_of,
    some_hash,
    task_of,
    to_assigned,
    to_open,
    to_proved,
    to_reported,
    to_reporting,
    verification_of,
)
from tests.unit.contracts.verification_steps import (
    DATA,
    excused,
    game_end,
    now,
    posting_time,
    reported,
    send,
    stage,
    to_asking,
    to_games,
    to_open_with_data,
    undrawn,
)

FIRST = 16
GOOD, BAD = (some_hash("right"), [0, 0, 0]), (some_hash("wrong"), [0, 0, 0])
SILENCE, WITHHELD, SETTLE, GAME = (
    ("Verification", "time_out"),
    ("Availability", "time_out"),
    ("Settlement", "settle"),
    ("Arbitration", "time_out"),
)
DISPUTE = 1
"""Of the only challenge that there is."""


def deadline(world, task):
    return verification_of(world, task).deadline


def post_end(world, task, chunk):
    return verification_of(world, task).ask_end + posting_time(world, chunk)


# Each builds a state: the task, the last second of its phase, the exit, and the phase that it leads to.


def undrawn_samples(world):
    task = to_proved(world)
    return task, deadline(world, task), SILENCE, 0


def undrawn_verifier(world):
    task = to_proved(world)
    excused(world, task)
    return task, deadline(world, task), SILENCE, Stage.DRAWING


def undrawn_last_verifier(world):
    task = to_proved(world)
    for lost in (excused, undrawn, undrawn):
        lost(world, task)
    return task, deadline(world, task), SILENCE, Stage.OPEN


def unaccepted(world):
    task = to_assigned(world)
    return task, deadline(world, task), SILENCE, Stage.DRAWING


def unreported(world):
    task = to_reporting(world)
    return task, deadline(world, task), SILENCE, Stage.DRAWING


def unreported_with_data(world):
    task = to_asking(world)
    DATA.post(world, task, DATA.ask(world, task))
    return task, deadline(world, task), SILENCE, Stage.DRAWING


def withheld(world):
    task = to_asking(world)
    return task, post_end(world, task, DATA.ask(world, task)), WITHHELD, Stage.ABORTED


def unchallenged(world):
    task = to_reported(world)
    open_secret(world, task)
    return task, phase_ends(world, task)[1], SETTLE, Stage.CONCLUDED


def unchallenged_and_unopened(world):
    task = to_reported(world)
    return task, phase_ends(world, task)[2], SILENCE, Stage.DRAWING


def unopened_secret(world):
    task = to_reported(world)
    challenge(world, task)
    return task, phase_ends(world, task)[2], SILENCE, Stage.DRAWING


def undefended(world):
    task, dispute = to_games(world)
    return task, game_end(world, dispute), GAME, Stage.DRAWING


def unopened_last_secret(world):
    task = to_proved(world)
    for lost in (excused, excused, excused):
        lost(world, task)
    reported(world, task)
    challenge(world, task)
    return task, phase_ends(world, task)[2], SILENCE, Stage.OPEN


def nobody_reports(world):
    task = to_open(world)
    return task, deadline(world, task) + world.parameters.reveal_window, SETTLE, Stage.ABORTED


def withheld_in_the_open(world):
    task = to_open_with_data(world)
    return task, post_end(world, task, DATA.ask(world, task)), WITHHELD, Stage.ABORTED


def one_report(world):
    task = to_open(world)
    open_reports(world, task, {"stranger": GOOD})
    return task, phase_ends(world, task, FIRST)[1], SETTLE, Stage.CONCLUDED


def two_reports(world):
    task = to_open(world)
    open_reports(world, task, {"stranger": GOOD, "solver": BAD})
    return task, phase_ends(world, task, FIRST)[1], SETTLE, Stage.ABORTED


def undefended_in_the_open(world):
    task = to_open(world)
    open_reports(world, task, {"stranger": GOOD, "solver": BAD})
    return task, game_end(world, challenge(world, task, place=FIRST + 1)), GAME, Stage.OPEN


STATES = [
    undrawn_samples,
    undrawn_verifier,
    undrawn_last_verifier,
    unaccepted,
    unreported,
    unreported_with_data,
    withheld,
    unchallenged,
    unchallenged_and_unopened,
    unopened_secret,
    unopened_last_secret,
    undefended,
    nobody_reports,
    withheld_in_the_open,
    one_report,
    two_reports,
    undefended_in_the_open,
]


def take(world, task, contract, method):
    """Whether the exit is open to a stranger."""
    try:
        world.send("stranger", contract, method, DISPUTE if contract == "Arbitration" else task)
    except CallRefused:
        return False
    return True


def open_exits(world, task):
    """All exits that a stranger could take now."""
    found = []
    for one in (SILENCE, WITHHELD, SETTLE, GAME):
        with world.undone():
            if take(world, task, *one):
                found.append(one)
    return found


@pytest.mark.parametrize("to", STATES, ids=lambda to: to.__name__)
def test_one_exit_opens_in_the_second_after_the_deadline(world, to):
    task, last, exit_, then = to(world)
    for second in (last - 1, last):
        at(second)
        assert open_exits(world, task) == []
    for second in (last + 1, last + 100_000):
        at(second)
        assert open_exits(world, task) == [exit_]
    at(last + 1)
    assert take(world, task, *exit_)
    assert verification_of(world, task).phase == then


@pytest.mark.parametrize("to", STATES, ids=lambda to: to.__name__)
def test_exits_alone_lead_to_the_end(world, to):
    """Nobody but a stranger acts any more, and a draw nobody: the task ends, or its solver has lost it."""
    task, last, *_ = to(world)
    at(last)
    for _ in range(200):
        if task_of(world, task).phase != 16:
            break
        at(now() + 300)
        taken = [one for one in (SILENCE, WITHHELD, SETTLE, GAME) if take(world, task, *one)]
        assert len(taken) <= 1
    assert stage(world, task) in (Stage(0), Stage.CONCLUDED, Stage.ABORTED)


def test_a_round_that_is_over_leaves_nothing_open(world):
    """Rule 3: what an exit has ended is ended, also for who was a second late."""
    task, last, exit_, _ = unopened_secret(world)
    at(last + 1)
    take(world, task, *exit_)
    assert open_exits(world, task) == []
    assert report_of(world, task, 0).standing is False
    with refused("verification: phase"):
        send(world, "stranger", "open_secret", task, secret_of(task))

"""The availability window and the verifier's clock: while data are owed, nobody can be blamed but the solver."""


from tests.unit.contracts.steps import (
    Ending,
    Stage,
    accept_assignment,
    at,
    balances,
    bill,
    bounty_key,
    check_exit,
    check_window,
    draw_verifier,
    events,
    make_order,
    moved,
    refused,
    report,
    report_id,
    task_of,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    DATA,
    as_contract,
    locked,
    now,
    pending,
    posting_time,
    replay_time,
    round_of,
    send,
    stage,
    to_asking,
    view,
)


def deadline_of(world, task):
    return verification_of(world, task).deadline


def post_end(world, task, *chunks):
    """Last second to post what was asked for in this round."""
    return verification_of(world, task).ask_end + posting_time(world, *chunks)


def take_exit(world, task):
    """The exit of a window whose data did not come."""
    return world.send("stranger", "Availability", "time_out", task)


# The verifier's clock


def test_asks_move_the_verifiers_deadline(world):
    """Attack A6: its time begins when the solver's is over, however much was asked for."""
    task = to_asking(world)
    found = verification_of(world, task)
    assert found.deadline == found.ask_end + replay_time(world, **DATA.order)
    chunks = []
    for number in range(3):
        chunks.append(DATA.ask(world, task, number))
        assert deadline_of(world, task) == found.deadline + posting_time(world, *chunks)
    assert verification_of(world, task).ask_end == found.ask_end
    last = deadline_of(world, task)
    for chunk in chunks:
        DATA.post(world, task, chunk)
    assert deadline_of(world, task) == last, "posting early takes nothing from the verifier"


def test_asks_close_before_the_posting(world):
    """Attack A24: who asks in the last second moves the deadline like any other; the second after is too late."""
    task = to_asking(world)
    ask_end = verification_of(world, task).ask_end
    check_window(world, ask_end, "availability: late", lambda: DATA.ask(world, task))


def test_a_report_waits_for_what_is_owed(world):
    """Attack A6: who reports without the data would blame itself."""
    task = to_asking(world)
    chunks = [DATA.ask(world, task, number) for number in (0, 1)]
    at(verification_of(world, task).ask_end + 1)
    for chunk in chunks:
        with refused("verification: pending"):
            report(world, task)
        DATA.post(world, task, chunk)
    assert pending(world, task) == 0
    report(world, task)
    assert stage(world, task) == Stage.REPORTED


def test_a_verifier_that_waits_for_data_is_not_silent(world):
    """Promise 3: never slashed while data are owed, however late it is."""
    task = to_asking(world)
    chunk = DATA.ask(world, task)
    for second in (deadline_of(world, task), deadline_of(world, task) + 1, deadline_of(world, task) + 100_000):
        at(second)
        with refused("verification: pending"):
            send(world, "stranger", "time_out", task)
    assert locked(world, verifier_key(report_id(task, 0))) == bill(world, make_order(**DATA.order)).verifier_deposit
    assert posting_time(world, chunk) > 0


def test_data_that_came_start_the_verifiers_clock(world):
    """Rule 5: who gets the last chunk in the last second still has the whole time of the replay."""
    task = to_asking(world)
    chunk = DATA.ask(world, task)
    last = post_end(world, task, chunk)
    at(last)
    DATA.post(world, task, chunk)
    end = last + replay_time(world, **DATA.order)
    assert deadline_of(world, task) == end
    check_window(world, end, "verification: late", lambda: report(world, task))
    check_exit(world, end, "verification: early", lambda: send(world, "stranger", "time_out", task))
    assert round_of(world, task) == 1


def test_a_chunk_that_comes_too_late_slashes_nobody(world):
    """Attack A6: a solver that goes dark, then posts when the verifier's time is over and calls it silent."""
    task = to_asking(world)
    chunk = DATA.ask(world, task)
    at(deadline_of(world, task) + 1)
    with refused("availability: late"):
        DATA.post(world, task, chunk)
    with refused("verification: pending"):
        send(world, "stranger", "time_out", task)
    take_exit(world, task)
    assert task_of(world, task).ending == Ending.DATA_WITHHELD


# Data withheld


def test_data_that_stay_away_end_the_task(world):
    """Ending: data withheld. The solver loses as if rejected; the verifier has its deposit back, and its share."""
    task = to_asking(world)
    chunk, due, p = DATA.ask(world, task), bill(world, make_order(**DATA.order)), world.parameters
    verifier, name = verifier_of(world, task), report_id(task, 0)
    before, receipts = balances(world, *world.users), []
    check_exit(
        world,
        post_end(world, task, chunk),
        "availability: early",
        lambda: receipts.append(take_exit(world, task)),
    )
    found = events(receipts[0])
    assert found["VerificationEnded"] == [{"task": task, "report": 0}]
    assert found["Settled"] == [{"task": task, "ending": Ending.DATA_WITHHELD, "report": name}]
    to_submitter, to_verifier = (due.solver_deposit * s // 10**18 for s in (p.submitter_share, p.verifier_share))
    assert moved(world, before) == {
        "submitter": (0, 0, due.escrow + to_submitter),
        verifier: (due.verifier_deposit, 0, to_verifier),
    }
    assert (stage(world, task), task_of(world, task).ending) == (Stage.ABORTED, Ending.DATA_WITHHELD)
    assert view(world, "upheld_report", task) == 0
    assert locked(world, verifier_key(name)) == 0
    assert world.view("Staking", "pots", bounty_key(task)) == 0
    with refused("verification: phase"):
        take_exit(world, task)


def test_only_availability_says_that_data_stay_away(world):
    task = to_asking(world)
    callers = [at_ for name, at_ in world.deployment.addresses.items() if name != "Availability"]
    for caller in (*world.users.values(), *callers):
        with refused("verification: caller"):
            world.port.send(caller, "Verification", "withheld", task)
    as_contract(world, "Availability", "withheld", task)
    assert stage(world, task) == Stage.ABORTED


def test_what_was_posted_in_time_is_not_withheld(world):
    task = to_asking(world)
    chunk = DATA.ask(world, task)
    DATA.post(world, task, chunk)
    at(post_end(world, task, chunk) + 1)
    with refused("availability: posted"):
        take_exit(world, task)


# Another round


def lose_round(world, task):
    """The verifier is silent, when all is posted."""
    at(deadline_of(world, task) + 1)
    send(world, "stranger", "time_out", task)


def test_the_window_opens_again_for_the_next_verifier(world):
    """Attack A24: for what was not asked for before; each round has the time for its own chunks."""
    task = to_asking(world)
    first = DATA.ask(world, task)
    DATA.post(world, task, first)
    lose_round(world, task)
    with refused("verification: phase"):
        DATA.ask(world, task, 1)
    draw_verifier(world, task)
    with refused("verification: phase"):
        DATA.ask(world, task, 1)
    start = now()
    accept_assignment(world, task)
    found = verification_of(world, task)
    assert (found.round, found.ask_end) == (1, start + world.parameters.ask_window)
    assert found.deadline == found.ask_end + replay_time(world, **DATA.order)
    with refused("availability: asked"):
        DATA.ask(world, task, 0)
    second = DATA.ask(world, task, 1)
    assert deadline_of(world, task) == found.deadline + posting_time(world, second)


def test_no_data_are_owed_from_round_to_round(world):
    """Attack A24: ask for everything, leave at once, and let the next round's short window convict the solver.

    A round with data that are owed has one exit, which is not its verifier's: the solver posts, or the task ends.
    """
    task = to_asking(world)
    chunk, verifier = DATA.ask(world, task), verifier_of(world, task)
    for second in (now(), post_end(world, task, chunk), deadline_of(world, task) + 1):
        at(second)
        with refused("verification: phase"):
            send(world, verifier, "report_unavailable", task)
        with refused("verification: pending"):
            send(world, "stranger", "time_out", task)
        assert (stage(world, task), round_of(world, task)) == (Stage.REPORTING, 0)
    take_exit(world, task)
    assert task_of(world, task).ending == Ending.DATA_WITHHELD

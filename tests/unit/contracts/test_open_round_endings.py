"""How an open round ends: who is upheld, and what each reporter gets."""

import pytest

from tests.unit.contracts.steps import (
    Ending,
    Geometry,
    Stage,
    at,
    balances,
    bill,
    bounty_key,
    challenge,
    check_exit,
    commit_challenge,
    commit_report,
    escrow_key,
    events,
    fee_key,
    moved,
    open_reports,
    phase_ends,
    refused,
    report_id,
    report_of,
    reporter_key,
    reveal_report,
    some_hash,
    task_of,
    to_open,
    verification_of,
)
from tests.unit.contracts.verification_steps import (
    check_opening,
    game_end,
    locked,
    report_root,
    segment_roots,
    stage,
    view,
)

WAD = 10**18
THRESHOLD = Geometry().threshold
RIGHT, WRONG = some_hash("right"), some_hash("wrong")
GOOD, BAD, FAILED = (RIGHT, [0, 0, 0]), (WRONG, [0, 0, 0]), (RIGHT, [0, 0, THRESHOLD + 1])
FIRST = 16
"""Place of the first report of the open round."""


@pytest.fixture
def task(world):
    return to_open(world)


def reveal_end(world, task):
    """Last second to reveal a report."""
    return verification_of(world, task).deadline + world.parameters.reveal_window


def settle(world, task):
    return world.send("stranger", "Settlement", "settle", task)


def settle_unchallenged(world, task):
    """Settle when the challenges of the reports could have been revealed."""
    at(phase_ends(world, task, FIRST)[1] + 1)
    return settle(world, task)


def close(world, task, user):
    return world.send("stranger", "OpenRound", "close_reporter", task, world[user])


def convict(world, task, place, user="whistleblower"):
    """Challenge a report that nobody defends; the challenge."""
    dispute = challenge(world, task, user, place)
    at(game_end(world, dispute) + 1)
    world.send("stranger", "Arbitration", "time_out", dispute)
    return dispute


def closed(task, name, world, user, verdict):
    return {"task": task, "reporter": world[user], "report": name, "verdict": verdict}


BURNT, RELEASED, PAID = 0, 1, 2


# The end


def test_without_a_report_a_task_is_unresolved(world, task):
    """Ending: unresolved, promise 5. Escrow and the solver's deposit go back when no report can be revealed."""
    due, before = bill(world), balances(world, "submitter", "solver", "treasury")
    commit_report(world, task, "stranger", *GOOD)
    receipts = []
    check_exit(world, reveal_end(world, task), "verification: open", lambda: receipts.append(settle(world, task)))
    found = events(receipts[0])
    assert found["VerificationEnded"] == [{"task": task, "report": 0}]
    assert found["TaskEnded"] == [{"task": task, "ending": Ending.UNRESOLVED}]
    assert found["Settled"] == [{"task": task, "ending": Ending.UNRESOLVED, "report": 0}]
    assert moved(world, before) == {"submitter": (0, 0, due.escrow), "solver": (due.solver_deposit, 0, 0)}
    assert (stage(world, task), view(world, "upheld_report", task)) == (Stage.ABORTED, 0)
    assert task_of(world, task).ending == Ending.UNRESOLVED


@pytest.mark.parametrize("given, ending", [(GOOD, Ending.ACCEPTED), (FAILED, Ending.REJECTED)])
def test_the_only_report_is_upheld(world, task, given, ending):
    """When nobody can reveal a challenge of it any more, one second after its own reveals."""
    names = open_reports(world, task, {"stranger": given})
    end = phase_ends(world, task, FIRST)[1]
    assert view(world, "is_final", task) is False
    check_opening(world, end + 1, "verification: open", lambda: settle(world, task))
    at(end + 1)
    assert view(world, "is_final", task) is True
    found = events(settle(world, task))
    assert found["VerificationEnded"] == [{"task": task, "report": names["stranger"]}]
    assert found["Settled"] == [{"task": task, "ending": ending, "report": names["stranger"]}]
    assert (stage(world, task), view(world, "upheld_report", task)) == (Stage.CONCLUDED, names["stranger"])
    assert report_of(world, task, FIRST).standing is False


@pytest.mark.parametrize("given", [GOOD, FAILED])
@pytest.mark.parametrize("reporters", [("stranger",), ("stranger", "solver"), ("stranger", "solver", "verifier_one")])
def test_who_was_right_shares_what_a_verifier_earns(world, task, given, reporters):
    """Attack A21: k reporters share the total / 2^(k-1), whoever came first; an alias always costs its owner."""
    due, p, before = bill(world), world.parameters, balances(world, *world.users)
    rejected = due.solver_deposit * p.verifier_share // WAD
    total = due.verifier_fee if given is GOOD else rejected
    each = (total >> (len(reporters) - 1)) // len(reporters)
    name = open_reports(world, task, dict.fromkeys(reporters, given))["stranger"]
    settle_unchallenged(world, task)
    assert world.view("Staking", "pots", escrow_key(task)) == 0
    assert world.view("Staking", "pots", fee_key(task)) == each * len(reporters) <= total // 2 ** (len(reporters) - 1)
    paid = {user: moved(world, before).get(user, (0, 0, 0))[2] for user in reporters}
    for user in reversed(reporters):
        deposit, credit = locked(world, reporter_key(task, world[user])), world.view("Staking", "credit", world[user])
        assert deposit == due.verifier_deposit
        found = events(close(world, task, user))
        assert found["ReporterClosed"] == [closed(task, name, world, user, PAID)]
        assert world.view("Staking", "credit", world[user]) - credit == each > 0
        assert locked(world, reporter_key(task, world[user])) == 0
        with refused("open round: reporter"):
            close(world, task, user)
    assert world.view("Staking", "pots", fee_key(task)) == 0
    assert all(moved(world, before)[user][2] - paid[user] == each for user in reporters)


def test_two_reports_that_nobody_challenged_decide_nothing(world, task):
    """A contract cannot tell them apart; whoever is harmed challenges. Everybody has its deposit back."""
    due, users = bill(world), ("stranger", "solver", "verifier_one")
    before = balances(world, *users)
    names = open_reports(world, task, {"stranger": GOOD, "solver": BAD, "verifier_one": GOOD})
    found = events(settle_unchallenged(world, task))
    assert found["TaskEnded"] == [{"task": task, "ending": Ending.UNRESOLVED}]
    for user in users:
        found = events(close(world, task, user))
        assert found["ReporterClosed"] == [closed(task, names[user], world, user, RELEASED)]
    assert moved(world, before) == {"solver": (due.solver_deposit, 0, 0)}
    assert view(world, "upheld_report", task) == 0


def test_the_only_survivor_is_upheld(world, task):
    """Promise 4: one honest whistleblower suffices, however many wrong reports there are."""
    given = {"stranger": BAD, "solver": GOOD, "verifier_one": FAILED, "verifier_two": (WRONG, [0, 0, 1])}
    names = open_reports(world, task, given)
    places = [names[user] - report_id(task, 0) for user in ("stranger", "verifier_one", "verifier_two")]
    disputes = [commit_challenge(world, task, place=place) for place in places]
    at(phase_ends(world, task, FIRST)[0] + 1)
    for dispute, place in zip(disputes, places, strict=True):
        reveal(world, task, dispute)
        assert view(world, "is_final", task) is False
        assert report_of(world, task, place).standing
    last = game_end(world, disputes[0])
    assert world.view("Arbitration", "batch_games", task) == 3
    at(last + 1)
    for left, dispute in zip((2, 1, 0), disputes, strict=True):
        with refused("verification: open"):
            settle(world, task)
        world.send("stranger", "Arbitration", "time_out", dispute)
        assert world.view("Arbitration", "batch_games", task) == left
    assert tuple(view(world, "open_rounds", task)) == (4, 1, names["solver"], False)
    assert events(settle(world, task))["VerificationEnded"] == [{"task": task, "report": names["solver"]}]


def reveal(world, task, dispute, user="whistleblower"):
    salt, sealed = some_hash("salt", task, user), some_hash("sealed", task, user)
    return world.send(user, "Arbitration", "reveal_challenge", dispute, salt, sealed)


def test_if_all_reports_fall_a_task_is_unresolved(world, task):
    """Ending: unresolved. What was set aside for who reports right is nobody's, and burnt."""
    open_reports(world, task, {"stranger": BAD, "verifier_one": BAD})
    convict(world, task, FIRST)
    assert tuple(view(world, "open_rounds", task)) == (1, 0, 0, False)
    set_aside, burnt = world.view("Staking", "pots", fee_key(task)), world.view("Staking", "burnt")
    found = events(settle(world, task))
    assert found["TaskEnded"] == [{"task": task, "ending": Ending.UNRESOLVED}]
    assert world.view("Staking", "burnt") - burnt == set_aside > 0
    assert [world.view("Staking", "pots", key(task)) for key in (fee_key, bounty_key, escrow_key)] == [0, 0, 0]


def test_a_lost_challenge_pays_whoever_revealed_first(world, task):
    """Any of the group may show what it commits to; none of it falls."""
    given = (report_root(task), [0, 0, 0])
    open_reports(world, task, {"stranger": given, "solver": given})
    dispute, cost = challenge(world, task, place=FIRST), world.parameters.challenge_cost
    before = balances(world, "stranger", "solver")
    at(phase_ends(world, task, FIRST)[2] + 1)
    world.send("solver", "Arbitration", "show_children", dispute, 0, 0, segment_roots(task))
    assert view(world, "is_final", task) is False
    at(game_end(world, dispute) + 1)
    world.send("stranger", "Arbitration", "time_out", dispute)
    assert moved(world, before) == {"stranger": (0, 0, cost)}
    settle(world, task)
    assert stage(world, task) == Stage.CONCLUDED
    for user in ("stranger", "solver"):
        close(world, task, user)


# Deposits that are lost


def test_a_convicted_group_loses_all_its_deposits(world, task):
    """Rule 9. Of the first one's a share is kept for who reported right, what the others locked is burnt."""
    due, group = bill(world), ("stranger", "verifier_one", "verifier_two")
    names = open_reports(world, task, {**dict.fromkeys(group, BAD), "solver": GOOD})
    before, burnt = balances(world, *world.users), world.view("Staking", "burnt")
    convict(world, task, FIRST)
    bounty = due.verifier_deposit * world.parameters.bounty_share // WAD
    cost = world.parameters.challenge_cost
    assert world.view("Staking", "pots", fee_key(task)) == bounty - cost
    assert world.view("Staking", "pots", bounty_key(task)) == 0
    assert world.view("Staking", "burnt") - burnt == due.verifier_deposit - bounty
    held = [locked(world, reporter_key(task, world[user])) for user in group]
    assert held == [0, due.verifier_deposit, due.verifier_deposit]
    assert stage(world, task) == Stage.OPEN, "others may still be challenged"
    for user, loss in zip(group, held, strict=True):
        burnt = world.view("Staking", "burnt")
        found = events(close(world, task, user))
        assert found["ReporterClosed"] == [closed(task, names[user], world, user, BURNT)]
        assert world.view("Staking", "burnt") - burnt == loss
        with refused("open round: reporter"):
            close(world, task, user)
    settle(world, task)
    assert moved(world, before)["whistleblower"] == (0, 0, cost)
    assert all(user not in moved(world, before) for user in group)
    close(world, task, "solver")
    paid = due.fee + due.verifier_fee + bounty - cost
    assert moved(world, before)["solver"] == (due.solver_deposit + due.verifier_deposit, 0, paid)
    assert view(world, "upheld_report", task) == names["solver"]


def test_a_report_that_was_never_revealed_is_burnt(world, task):
    """Aborting instead of revealing costs the deposit; from the second after the reveals on."""
    due = bill(world)
    commit_report(world, task, "stranger", *GOOD)
    burnt, before = world.view("Staking", "burnt"), balances(world, *world.users)
    receipts = []
    check_exit(
        world, reveal_end(world, task), "open round: early", lambda: receipts.append(close(world, task, "stranger"))
    )
    assert events(receipts[0])["ReporterClosed"] == [closed(task, 0, world, "stranger", BURNT)]
    assert world.view("Staking", "burnt") - burnt == due.verifier_deposit
    assert moved(world, before) == {}
    with refused("open round: reporter"):
        close(world, task, "stranger")


def test_what_was_never_revealed_is_burnt_when_the_task_has_ended_too(world, task):
    due = bill(world)
    for user in ("stranger", "solver"):
        commit_report(world, task, user, *GOOD)
    reveal_report(world, task, "solver", *GOOD)
    settle_unchallenged(world, task)
    burnt = world.view("Staking", "burnt")
    close(world, task, "stranger")
    assert world.view("Staking", "burnt") - burnt == due.verifier_deposit


def test_a_report_that_stands_is_closed_after_the_end_only(world, task):
    open_reports(world, task, {"stranger": GOOD})
    for second in (phase_ends(world, task, FIRST)[1], phase_ends(world, task, FIRST)[1] + 100_000):
        at(second)
        with refused("open round: early"):
            close(world, task, "stranger")
    settle(world, task)
    close(world, task, "stranger")


def test_nobody_is_closed_who_did_not_report(world, task):
    commit_report(world, task, "stranger", *GOOD)
    at(reveal_end(world, task) + 1)
    for user in ("solver", "submitter"):
        with refused("open round: reporter"):
            close(world, task, user)
    settle(world, task)
    with refused("open round: reporter"):
        close(world, task, "solver")

"""The open round: all commit, then all reveal, and equal reports are one."""

import pytest

from tests.unit.contracts.steps import (
    ZERO,
    Geometry,
    Stage,
    at,
    balances,
    bill,
    check_window,
    commit_report,
    digest_of,
    events,
    moved,
    refused,
    report_id,
    report_of,
    report_salt,
    reporter_key,
    reveal_report,
    some_hash,
    to_open,
    to_reported,
    to_reporting,
    verification_of,
)
from tests.unit.contracts.verification_steps import check_opening, locked, replay_time, stage, view
from tests.world import VERIFIERS

THRESHOLD = Geometry().threshold
RIGHT, WRONG = some_hash("right"), some_hash("wrong")
GOOD, BAD = (RIGHT, [0, 0, 0]), (WRONG, [0, 1, THRESHOLD + 1])


@pytest.fixture
def task(world):
    return to_open(world)


def first_place(world):
    return 16


def reveal_end(world, task):
    """Last second to reveal a report."""
    return verification_of(world, task).deadline + world.parameters.reveal_window


def to_reveals(world, task):
    at(verification_of(world, task).deadline + 1)


def commitment(world, task, user, given=GOOD, salt=None):
    digest, salt = digest_of(*given), salt or report_salt(task, user)
    return view(world, "report_commitment", task, world[user], digest, salt)


def reveal(world, task, user, given=GOOD, salt=None):
    root, distances = given
    return world.send(user, "OpenRound", "reveal_report", task, root, distances, salt or report_salt(task, user))


# commit_report


def test_a_report_is_committed_under_a_deposit(world, task):
    """Attack A13: anybody may report, who risks what a verifier risks."""
    due, sealed = bill(world), commitment(world, task, "stranger")
    before, key = balances(world, *world.users), reporter_key(task, world["stranger"])
    receipt = world.send("stranger", "OpenRound", "commit_report", task, sealed)
    assert events(receipt) == {
        "ReportCommitted": [{"task": task, "reporter": world["stranger"], "commitment": sealed}],
        "Locked": [
            {"key": key, "owner": world["stranger"], "from_stake": due.verifier_deposit, "from_unbonding": 0}
        ],
    }
    assert moved(world, before) == {"stranger": (-due.verifier_deposit, 0, 0)}
    assert world.view("OpenRound", "sealed_reports", task, world["stranger"]) == sealed
    assert world.view("OpenRound", "reported_as", task, world["stranger"]) == 0


def test_each_address_commits_once(world, task):
    with refused("open round: commitment"):
        world.send("stranger", "OpenRound", "commit_report", task, ZERO)
    world.send("stranger", "OpenRound", "commit_report", task, some_hash("one"))
    for sealed in (some_hash("one"), some_hash("two")):
        with refused("open round: committed"):
            world.send("stranger", "OpenRound", "commit_report", task, sealed)
    world.send("solver", "OpenRound", "commit_report", task, some_hash("one"))


def test_who_reports_must_have_the_deposit(world, task):
    due, stake = bill(world), world.view("Staking", "stake", world["stranger"])
    registry = world.deployment.addresses["TaskRegistry"]
    world.port.send(registry, "Staking", "lock", some_hash("k"), world["stranger"], stake - due.verifier_deposit + 1)
    with refused("staking: stake"):
        world.send("stranger", "OpenRound", "commit_report", task, some_hash("one"))
    world.send("stranger", "Staking", "deposit", 1)
    world.send("stranger", "OpenRound", "commit_report", task, some_hash("one"))


@pytest.mark.parametrize("user", ["submitter", "solver", "stranger", *VERIFIERS])
def test_whoever_it_is_may_report(world, task, user):
    """Correctness never depended on who reports; verifiers of earlier rounds may, too."""
    commit_report(world, task, user, *GOOD)
    assert reveal_report(world, task, user, *GOOD) == report_id(task, first_place(world))


@pytest.mark.parametrize("to", [to_reporting, to_reported])
def test_there_is_no_open_round_as_long_as_verifiers_are_drawn(world, to):
    task = to(world)
    with refused("open round: phase"):
        world.send("stranger", "OpenRound", "commit_report", task, some_hash("one"))
    with refused("open round: phase"):
        reveal(world, task, "stranger")
    with refused("open round: reporter"):
        world.send("stranger", "OpenRound", "close_reporter", task, world["stranger"])


def test_commitments_have_a_window_that_grows_with_the_work(world):
    """Rule 4. Who reports has the time of the replay after the asks, and then the window for commitments."""
    task, p = to_open(world, units=100_000_000, price=10**6), world.parameters
    work = replay_time(world, units=100_000_000)
    assert work == p.base_time + 600
    found = verification_of(world, task)
    assert found.deadline == found.ask_end + work + p.commit_window
    call = "stranger", "OpenRound", "commit_report", task, some_hash("one")
    check_window(world, found.deadline, "open round: late", lambda: world.send(*call))


# reveal_report


def test_a_report_is_revealed(world, task):
    """Its phases are the same whoever reveals first or last: challenges begin when all reports are known."""
    commit_report(world, task, "stranger", *BAD)
    before, p, name = balances(world, *world.users), world.parameters, report_id(task, first_place(world))
    last = reveal_end(world, task)
    commit_end = last + p.commit_window + replay_time(world)
    at(last)
    receipt = reveal(world, task, "stranger", BAD)
    ends = {"commit_end": commit_end, "reveal_end": commit_end + p.reveal_window}
    ends["secret_end"] = ends["reveal_end"]
    assert events(receipt) == {
        "Reported": [
            {
                "task": task,
                "report": name,
                "verifier": world["stranger"],
                "root": WRONG,
                "distances": BAD[1],
                "passed": False,
                "fallback": ZERO,
                **ends,
            }
        ],
        "ReportRevealed": [{"task": task, "report": name, "reporter": world["stranger"]}],
    }
    assert view(world, "report_of", name)._asdict() == {
        "verifier": world["stranger"],
        "root": WRONG,
        "digest": digest_of(*BAD),
        **ends,
        "secret_opened": True,
        "standing": True,
    }
    assert (view(world, "is_open", name), view(world, "members", name)) == (True, 1)
    assert world.view("OpenRound", "reported_as", task, world["stranger"]) == name
    assert tuple(view(world, "open_rounds", task)) == (1, 1, name, False)
    assert [view(world, "distance_of", name, i) for i in range(3)] == BAD[1]
    assert moved(world, before) == {}
    assert stage(world, task) == Stage.OPEN


def test_reveals_begin_when_commitments_are_over_and_end(world, task):
    """Attack A26, rule 4: nobody sees a report in time to commit its own."""
    commit_report(world, task, "stranger", *GOOD)
    last = verification_of(world, task).deadline
    check_opening(world, last + 1, "open round: early", lambda: reveal(world, task, "stranger"))
    check_window(world, reveal_end(world, task), "open round: late", lambda: reveal(world, task, "stranger"))


def test_only_what_was_committed_can_be_revealed(world, task):
    """Rule 20: a commitment binds chain, contract, task, reporter, report and salt."""
    commit_report(world, task, "stranger", *GOOD)
    other = to_open(world)
    commit_report(world, task, "solver", *GOOD)
    world.send("stranger", "OpenRound", "commit_report", other, commitment(world, task, "stranger"))
    to_reveals(world, other)
    with refused("open round: commitment"):
        reveal(world, other, "stranger", salt=report_salt(task, "stranger"))
    to_reveals(world, task)
    for given in ((WRONG, [0, 0, 0]), (RIGHT, [0, 0, 1]), (RIGHT, [0, 0, 0, 1])):
        with refused("open round: commitment"):
            reveal(world, task, "stranger", given)
    for salt in (ZERO, report_salt(task, "solver")):
        with refused("open round: commitment"):
            reveal(world, task, "stranger", salt=salt)
    with refused("open round: commitment"):
        reveal(world, task, "submitter", salt=report_salt(task, "stranger"))
    reveal(world, task, "stranger")
    with refused("open round: revealed"):
        reveal(world, task, "stranger")


def test_a_copied_commitment_opens_nothing(world, task):
    """Attacks A18, A26; promise 8: who copies a commitment cannot reveal it, not even once the salt is known."""
    commit_report(world, task, "solver", *GOOD)
    world.send("stranger", "OpenRound", "commit_report", task, commitment(world, task, "solver"))
    to_reveals(world, task)
    reveal(world, task, "solver")
    for salt in (report_salt(task, "solver"), report_salt(task, "stranger")):
        with refused("open round: commitment"):
            reveal(world, task, "stranger", salt=salt)
    assert view(world, "members", report_id(task, first_place(world))) == 1


@pytest.mark.parametrize("given", [(ZERO, [0, 0, 0]), (RIGHT, [0, 0]), (RIGHT, [0] * 4), (RIGHT, [0, 0, 2**32])])
def test_an_open_report_is_as_well_formed_as_a_drawn_one(world, task, given):
    """Promise 10."""
    root, distances = given
    commit_report(world, task, "stranger", root, distances)
    to_reveals(world, task)
    reason = "verification: root" if root == ZERO else "verification: distances"
    with refused("distances: range" if max(distances) >= 2**32 else reason):
        reveal(world, task, "stranger", given)


def test_equal_reports_are_one(world, task):
    """Whoever reveals second joins the first; the challenge is one, and its times are one."""
    for user in ("stranger", "solver", "verifier_one"):
        commit_report(world, task, user, *GOOD)
    name = report_id(task, first_place(world))
    assert reveal_report(world, task, "stranger", *GOOD) == name
    before = view(world, "report_of", name)
    receipt = reveal(world, task, "solver")
    joined = {"task": task, "report": name, "reporter": world["solver"]}
    assert events(receipt) == {"ReportRevealed": [joined]}
    assert view(world, "members", name) == 2
    assert reveal_report(world, task, "verifier_one", *GOOD) == name
    assert view(world, "members", name) == 3
    assert view(world, "report_of", name) == before
    assert view(world, "verifier_of", name) == world["stranger"]
    assert tuple(view(world, "open_rounds", task)) == (1, 1, name, False)
    with refused("open round: revealed"):
        reveal(world, task, "solver")


def test_reports_of_one_root_and_other_distances_are_two(world, task):
    """A report is its root and its posted distances."""
    given = {"stranger": GOOD, "solver": BAD, "verifier_one": (RIGHT, [0, 0, 1]), "submitter": BAD}
    for user, one in given.items():
        commit_report(world, task, user, *one)
    names = [reveal_report(world, task, user, *one) for user, one in given.items()]
    places = [name - report_id(task, first_place(world)) for name in names]
    assert places == [0, 1, 2, 1]
    mix = names[0] ^ names[1] ^ names[2]
    assert tuple(view(world, "open_rounds", task)) == (3, 3, mix, False)
    assert len({view(world, "digest_of", name) for name in names}) == 3
    assert len({report_of(world, task, first_place(world) + i).commit_end for i in range(3)}) == 1


def test_the_same_report_in_two_tasks_is_two(world, task):
    other = to_open(world)
    for one in (task, other):
        commit_report(world, one, "stranger", *GOOD)
    to_reveals(world, other)
    reveal(world, other, "stranger")
    assert world.view("OpenRound", "reported_as", task, world["stranger"]) == 0
    assert world.view("OpenRound", "reported_as", other, world["stranger"]) == report_id(other, first_place(world))


def test_an_unrevealed_report_cannot_be_challenged(world, task):
    """Rule 1: existence is explicit."""
    commit_report(world, task, "stranger", *GOOD)
    with refused("verification: report"):
        report_of(world, task, first_place(world))
    assert locked(world, reporter_key(task, world["stranger"])) == bill(world).verifier_deposit

"""A report: when it may come, what it must be, and what it says."""

import pytest

from tests.unit.contracts.steps import (
    ZERO,
    Geometry,
    Stage,
    accept_assignment,
    at_block,
    balances,
    check_window,
    commit_challenge,
    digest_of,
    draw_verifier,
    end_asks,
    events,
    know_error,
    moved,
    phase_ends,
    refused,
    report,
    report_id,
    report_of,
    some_hash,
    to_assigned,
    to_proved,
    to_reported,
    to_reporting,
    verification_of,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    LARGEST,
    as_contract,
    check_opening,
    replay_time,
    send,
    stage,
    view,
)
from tests.world import PARAMETERS

THRESHOLD = Geometry().threshold
FLOOR, CEILING = PARAMETERS.threshold_floor, PARAMETERS.threshold_ceiling
ROOT, FALLBACK = some_hash("root"), some_hash("fallback")


def report_as(world, user, task, root=ROOT, distances=(0, 0, 0), fallback=FALLBACK):
    return send(world, user, "report", task, root, list(distances), fallback)


def passed(receipt):
    return events(receipt)["Reported"][0]["passed"]


# report


def test_a_verifier_reports(world):
    """Challengers get the time of the replay on top of the window: more work, more time."""
    task = to_reporting(world)
    end_asks(world, task)
    before, now, p = balances(world, *world.users), world.port.now(), world.parameters
    verifier, root, name = verifier_of(world, task), some_hash("report", task), report_id(task, 0)
    distances = [0, THRESHOLD, 1]
    with refused("verification: report"):
        view(world, "report_of", name)
    receipt = report(world, task, distances)
    commit_end = now + p.commit_window + replay_time(world)
    reveal_end = commit_end + p.reveal_window
    ends = {"commit_end": commit_end, "reveal_end": reveal_end, "secret_end": reveal_end + p.secret_window}
    assert events(receipt) == {
        "Reported": [
            {
                "task": task,
                "report": name,
                "verifier": world[verifier],
                "root": root,
                "distances": distances,
                "passed": True,
                "fallback": some_hash("fallback", task),
                **ends,
            }
        ]
    }
    assert moved(world, before) == {}
    assert (stage(world, task), verification_of(world, task).report) == (Stage.REPORTED, name)
    assert view(world, "fallbacks", name) == some_hash("fallback", task)
    assert view(world, "report_of", name)._asdict() == {
        "verifier": world[verifier],
        "root": root,
        "digest": digest_of(root, distances),
        **ends,
        "secret_opened": False,
        "standing": True,
    }
    assert view(world, "digest_of", name) == digest_of(root, distances)
    assert [view(world, "distance_of", name, i) for i in range(4)] == [*distances, 0]
    assert (view(world, "is_open", name), view(world, "members", name)) == (False, 0)
    assert view(world, "upheld_report", task) == 0, "not upheld yet"
    with refused("verification: report"):
        view(world, "report_of", report_id(task, 1))
    with refused("verification: phase"):
        report_as(world, verifier, task)


@pytest.mark.parametrize("units", [1, 100_000_000])
def test_the_window_for_challenges_grows_with_the_work(world, units):
    """Promise 4: whoever replays has as long for it as the verifier, and then the whole window."""
    task, p = to_reported(world, units=units, price=10**6), world.parameters
    now = world.port.now() - 1
    work = replay_time(world, units=units)
    assert work == p.base_time + units * 6 // 10**6
    assert phase_ends(world, task)[0] == now + p.commit_window + work


def test_a_report_can_be_refused(world):
    task = to_assigned(world)
    verifier = verifier_of(world, task)
    with refused("verification: phase"):
        report_as(world, verifier, task)
    accept_assignment(world, task)
    end_asks(world, task)
    for user in world.users:
        if user != verifier:
            with refused("verification: verifier"):
                report_as(world, user, task)
    with refused("verification: root"):
        report_as(world, verifier, task, root=ZERO)
    with refused("verification: fallback"):
        report_as(world, verifier, task, fallback=ZERO)
    for distances in ((), (0, 0), (0, 0, 0, 0)):
        with refused("verification: distances"):
            report_as(world, verifier, task, distances=distances)
    for distances in ((2**32, 0, 0), (0, 0, 2**32), (0, 2**256 - 1, 0)):
        with refused("distances: range"):
            report_as(world, verifier, task, distances=distances)
    report_as(world, verifier, task)


def test_a_report_has_a_deadline(world):
    """Rule 4: up to and including the last second."""
    task = to_reporting(world)
    last = verification_of(world, task).deadline
    check_window(world, last, "verification: late", lambda: report(world, task))


def test_a_report_waits_until_nobody_can_ask_any_more(world):
    task = to_reporting(world)
    first = verification_of(world, task).ask_end + 1
    verifier = verifier_of(world, task)
    know_error(world, task)
    check_opening(world, first, "verification: asking", lambda: report_as(world, verifier, task))


def test_a_report_waits_for_the_block_that_may_force_its_error(world, seeds):
    """Attack A2: nobody reports before it can know what is asked of it, nor where that never becomes known."""
    task = to_reporting(world)
    end_asks(world, task)
    number, verifier = verification_of(world, task).draw_block, verifier_of(world, task)
    at_block(number)
    with refused("randomness: seed"):
        report_as(world, verifier, task)
    at_block(number + 1)
    with world.undone():
        report_as(world, verifier, task)
    seeds.lose(number)
    with refused("randomness: seed"):
        report_as(world, verifier, task)


@pytest.fixture
def reporting(world):
    return to_reporting(world)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    "distance, expected",
    [
        (0, True),
        (1, True),
        (THRESHOLD - 1, True),
        (THRESHOLD, True),
        (THRESHOLD + 1, False),
        (0x3F800000, False),
        (LARGEST, False),
        (0x7F800000, False),  # +infinity
        (0x7F800001, False),  # NaN, signalling
        (0x7FC00000, False),  # NaN
        (0x7FFFFFFF, False),  # NaN
        (0x80000000, True),  # stalled, and equal
        (0x80000001, True),
        (0xBDCCCCCD, True),  # stalled, at the threshold
        (0xBDCCCCCE, False),
        (0xFF800000, False),  # -infinity
        (0xFFC00000, False),  # NaN, negative
        (0xFFFFFFFF, False),
    ],
)
def test_every_distance_is_compared_with_the_threshold(world, reporting, place, distance, expected):
    """Attacks A5, A20: what is not a number within the threshold fails. The sign says whether it is work."""
    distances = [0, 0, 0]
    distances[place] = distance
    assert passed(report(world, reporting, distances)) is expected
    assert view(world, "distance_of", report_id(reporting, 0), place) == distance


@pytest.mark.parametrize(
    "threshold, distance, expected",
    [
        (0, 0, True),
        (0, 1, False),
        (0, 0x80000000, True),
        (0, 0x80000001, False),
        (CEILING, CEILING, True),
        (CEILING, CEILING + 1, False),
        (CEILING, 0x80000000 | CEILING, True),
        (CEILING, 0x80000000 | CEILING + 1, False),
        (CEILING, 0x7F800000, False),
        (CEILING, 0xFF800000, False),
        (FLOOR, FLOOR, True),
        (FLOOR, FLOOR + 1, False),
    ],
)
def test_the_extreme_thresholds(world, threshold, distance, expected):
    task = to_reporting(world, threshold=threshold)
    assert passed(report(world, task, [0, distance, 0])) is expected


def test_sixteen_distances_fit(world):
    task = to_reporting(world, steps=16, interval=1, samples=16, threshold=CEILING)
    distances = [LARGEST - i for i in range(16)]
    report(world, task, distances)
    name = report_id(task, 0)
    assert [view(world, "distance_of", name, i) for i in range(16)] == distances
    assert view(world, "digest_of", name) == digest_of(some_hash("report", task), distances)
    assert len(set(view(world, "samples_of", task))) == 16
    for method, of in (("distance_of", name), ("sample_of", task)):
        with refused("verification: place"):
            view(world, method, of, 16)


@pytest.mark.parametrize("place", [7, 8, 15])
def test_one_failed_distance_of_sixteen_is_enough(world, place):
    task = to_reporting(world, steps=16, interval=1, samples=16)
    assert passed(report(world, task, [THRESHOLD + (i == place) for i in range(16)])) is False


def test_each_round_has_its_own_report(world):
    """What an earlier round said stays what it was, and counts for nothing in the next."""
    task = to_reporting(world, steps=16, interval=1, samples=16)
    report(world, task, [LARGEST] * 16, root=some_hash("first"))
    first, second = report_id(task, 0), report_id(task, 1)
    digest = view(world, "digest_of", first)
    as_contract(world, "Arbitration", "overturn", first, world["whistleblower"])
    assert view(world, "digest_of", second) == digest_of(ZERO, [0] * 16)
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task, [1] * 8 + [0] * 8)
    assert [view(world, "distance_of", second, i) for i in range(16)] == [1] * 8 + [0] * 8
    assert [view(world, "distance_of", first, i) for i in range(16)] == [LARGEST] * 16
    assert view(world, "digest_of", first) == digest == digest_of(some_hash("first"), [LARGEST] * 16)
    assert (report_of(world, task, 0).standing, report_of(world, task, 1).standing) == (False, True)


@pytest.mark.parametrize("to", [to_proved, to_assigned, to_reporting])
def test_there_is_nothing_to_challenge_without_a_report(world, to):
    task = to(world)
    with refused("verification: report"):
        view(world, "report_of", report_id(task, 0))
    with refused("verification: report"):
        commit_challenge(world, task, place=0)

"""Verification: samples, the verifier's draw, its report, and every exit."""

import pytest

from pinpoint.commitment.tree import Tree, TreeKind, keccak
from tests.unit.contracts import steps
from tests.unit.contracts.steps import (
    NOBODY,
    SAMPLES,
    VERIFIERS,
    WAD,
    ZERO,
    Ending,
    Phase,
    Stage,
    accept,
    accept_assignment,
    at,
    at_block,
    balances,
    bill,
    block_number,
    bounty_key,
    challenge,
    check_exit,
    check_window,
    commit_challenge,
    digest_of,
    draw_verifier,
    enrol_and_draw,
    escrow_key,
    events,
    make_order,
    moved,
    open_secret,
    phase_ends,
    post_proof,
    probes,
    refused,
    report,
    reveal_challenge,
    secret_of,
    seed_of,
    solver_key,
    some_hash,
    task_of,
    to_assigned,
    to_proved,
    to_reported,
    to_reporting,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.world import VERIFIERS as LISTED

pytestmark = pytest.mark.usefixtures("hashes")

THRESHOLD = steps.Geometry().threshold
LARGEST = 0x7F7FFFFF
EMPTY = {
    "verifier": NOBODY,
    "secret_commitment": ZERO,
    "root": ZERO,
    "distances": [0, 0],
    "passed": False,
    "fallback": ZERO,
    "reported_at": 0,
    "secret_opened": False,
}


def send(world, user, method, *arguments):
    return world.send(user, "Verification", method, *arguments)


def as_contract(world, contract, method, *arguments):
    return world.port.send(world.deployment.addresses[contract], "Verification", method, *arguments)


def view(world, method, *arguments):
    return world.view("Verification", method, *arguments)


def stage(world, task):
    return Stage(verification_of(world, task).phase)


def draw_block_of(world, task):
    return verification_of(world, task).draw_block


def locked(world, key):
    return world.view("Staking", "locked_amount", key)


def floyd(seed, segments, samples):
    """Distinct samples, drawn anew from the definition."""
    found = []
    for i in range(samples):
        top = segments - samples + i
        choice = int.from_bytes(keccak(seed + i.to_bytes(32, "big")), "big") % (top + 1)
        found.append(top if choice in found else choice)
    return found


def to_games(world, **changes):
    """A report with a revealed challenge and an opened secret; the task and the challenge."""
    task = to_reported(world, **changes)
    dispute = challenge(world, task)
    open_secret(world, task)
    return task, dispute


# begin


def test_a_proof_starts_a_verification(world):
    task = to_proved(world)
    found = verification_of(world, task)
    expected = EMPTY | {
        "phase": Stage.DRAWING,
        "round": 0,
        "samples_drawn": False,
        "samples": 0,
        "draw_block": block_number() - 1 + world.parameters.draw_delay,
        "deadline": world.port.now() - 1 + world.parameters.draw_window,
    }
    assert found._asdict() == expected
    assert view(world, "samples_of", task) == []


def test_only_the_registry_begins(world):
    task = to_proved(world)
    callers = [*world.users.values()]
    callers += [world.deployment.addresses[name] for name in ("Settlement", "Arbitration", "Verification")]
    for caller in callers:
        with refused("verification: caller"):
            world.port.send(caller, "Verification", "begin", task)


# draw: samples


def test_samples_and_verifier_are_drawn(world, hashes):
    task, due = to_proved(world), bill(world)
    before, block = balances(world, *world.users), draw_block_of(world, task)
    for number in (block - 1, block):
        at_block(number)
        with refused("verification: early"):
            send(world, "stranger", "draw", task)
    at_block(block + 1)
    deadline = world.port.now() + world.parameters.accept_window
    receipt = send(world, "stranger", "draw", task)
    samples = floyd(seed_of(hashes.of(block), task, SAMPLES), 6, 3)
    verifier = LISTED[probes(seed_of(hashes.of(block), task, VERIFIERS), 5)[0]]
    assert events(receipt) == {
        "SamplesDrawn": [{"task": task, "samples": samples}],
        "VerifierDrawn": [{"task": task, "round": 0, "verifier": world[verifier], "deadline": deadline}],
        "Locked": [
            {
                "key": verifier_key(task, 0),
                "owner": world[verifier],
                "from_stake": due.verifier_deposit,
                "from_unbonding": 0,
            }
        ],
    }
    assert due.verifier_deposit == 2 * due.fee
    assert moved(world, before) == {verifier: (-due.verifier_deposit, 0, 0)}
    found = verification_of(world, task)
    assert (found.phase, found.verifier, found.deadline) == (Stage.ASSIGNED, world[verifier], deadline)
    assert view(world, "samples_of", task) == samples
    assert [view(world, "sample_of", task, i) for i in range(3)] == samples
    assert view(world, "verifier_of", task, 0) == world[verifier]
    with refused("verification: phase"):
        send(world, "stranger", "draw", task)


@pytest.mark.parametrize("steps_, interval, samples", [(2, 2, 1), (16, 1, 16), (17, 1, 16), (24, 2, 7), (65535, 1, 16)])
def test_samples_are_distinct_and_within_range(world, hashes, steps_, interval, samples):
    task = to_proved(world, steps=steps_, interval=interval, samples=samples, units=1, price=10**6)
    block, segments = draw_block_of(world, task), steps_ // interval
    at_block(block + 1)
    seen = set()
    for i in range(8):
        hashes.forced[block] = some_hash("sampled", i)
        with world.undone():
            send(world, "stranger", "draw", task)
            drawn = view(world, "samples_of", task)
        assert drawn == floyd(seed_of(hashes.of(block), task, SAMPLES), segments, samples)
        assert len(set(drawn)) == samples and max(drawn) < segments
        seen.add(tuple(drawn))
    assert len(seen) > 1 or segments == samples


def test_the_last_segment_can_be_sampled(world, hashes):
    task = to_proved(world)
    block, seen = draw_block_of(world, task), set()
    at_block(block + 1)
    for i in range(20):
        hashes.forced[block] = some_hash("sampled", i)
        with world.undone():
            send(world, "stranger", "draw", task)
            seen |= set(view(world, "samples_of", task))
    assert seen == set(range(6))


@pytest.mark.parametrize("age", [255, 256])
def test_samples_do_not_depend_on_when_they_are_drawn(world, hashes, age):
    """Attack A8: the fixed block alone decides, as long as it can be read."""
    task = to_proved(world)
    block = draw_block_of(world, task)
    at_block(block + age)
    send(world, "stranger", "draw", task)
    assert view(world, "samples_of", task) == floyd(seed_of(hashes.of(block), task, SAMPLES), 6, 3)


def test_samples_are_never_drawn_from_another_block(world):
    """Attack A8: whoever lets its block expire is silent."""
    task, due = to_proved(world), bill(world)
    block, before = draw_block_of(world, task), balances(world, *world.users)
    at_block(block + 256)
    with refused("verification: early"):
        send(world, "stranger", "time_out", task)
    at_block(block + 257)
    with refused("verification: expired"):
        send(world, "stranger", "draw", task)
    assert world.port.now() < verification_of(world, task).deadline
    receipt = send(world, "stranger", "time_out", task)
    slash = due.solver_deposit // 4
    assert events(receipt)["SolverSlashed"] == [{"task": task, "solver": world["solver"], "amount": slash}]
    assert moved(world, before) == {"solver": (due.solver_deposit - slash, 0, 0), "submitter": (0, 0, slash * 3 // 10)}
    assert (task_of(world, task).phase, task_of(world, task).tries) == (Phase.OPEN, 1)
    assert verification_of(world, task).phase == 0
    for method in ("draw", "time_out"):
        with refused("verification: phase"):
            send(world, "stranger", method, task)


def test_a_draw_has_a_deadline(world):
    task = to_proved(world)
    at_block(draw_block_of(world, task) + 1)
    last = verification_of(world, task).deadline
    check_window(world, last, "verification: late", lambda: send(world, "stranger", "draw", task))
    check_exit(world, last, "verification: early", lambda: send(world, "stranger", "time_out", task))
    assert task_of(world, task).phase == Phase.OPEN


def test_another_proof_is_sampled_anew(world, hashes):
    """Nothing of a proof whose samples were never drawn remains."""
    task = to_proved(world)
    first = draw_block_of(world, task)
    at_block(first + 257)
    send(world, "stranger", "time_out", task)
    enrol_and_draw(world, task, "other_solver")
    accept(world, task)
    post_proof(world, task)
    assert verification_of(world, task).round == 0
    second = draw_block_of(world, task)
    draw_verifier(world, task)
    assert view(world, "samples_of", task) == floyd(seed_of(hashes.of(second), task, SAMPLES), 6, 3)
    assert second != first


# draw: the verifier


@pytest.mark.parametrize("place", range(5))
def test_each_verifier_can_be_drawn(world, hashes, place):
    task = to_proved(world)
    hashes.aim_verifiers(draw_block_of(world, task), task, 5, place)
    assert draw_verifier(world, task) == LISTED[place]


@pytest.mark.parametrize("party", ["submitter", "solver"])
def test_nobody_verifies_its_own_task(world, hashes, party):
    world.send(party, "Staking", "register_verifier")
    task = to_proved(world)
    hashes.aim_verifiers(draw_block_of(world, task), task, 6, 5, 0)
    assert draw_verifier(world, task) == LISTED[0]


def test_an_earlier_verifier_is_not_drawn_again(world, hashes):
    """In each round the seed falls on the verifier of the first; the draw goes on to one that is not excluded."""
    task = to_proved(world)
    drawn = []
    for after in (3, 3, 4, 0):
        hashes.aim_verifiers(draw_block_of(world, task), task, 5, 2, after)
        drawn.append(draw_verifier(world, task))
        send(world, drawn[-1], "report_unavailable", task)
    assert drawn == [LISTED[i] for i in (2, 3, 4, 0)]


def test_a_verifier_is_drawn_only_with_its_deposit(world, hashes):
    """Exactly the deposit suffices, unbonding included; a unit less does not."""
    task, due = to_proved(world), bill(world)
    stake = world.view("Staking", "stake", world["verifier_one"])
    for name, left in (("verifier_one", due.verifier_deposit - 1), ("verifier_two", due.verifier_deposit)):
        key = some_hash("somewhere else", name)
        registry = world.deployment.addresses["TaskRegistry"]
        world.port.send(registry, "Staking", "lock", key, world[name], stake - left)
        world.send(name, "Staking", "unbond", left)
    hashes.aim_verifiers(draw_block_of(world, task), task, 5, 0, 1)
    assert draw_verifier(world, task) == "verifier_two"
    assert world.view("Staking", "unbonding", world["verifier_two"]) == 0
    assert locked(world, verifier_key(task, 0)) == due.verifier_deposit


def retire_all(world):
    for name in LISTED:
        world.send(name, "Staking", "retire_verifier")


def test_who_finds_nobody_draws_again_for_the_same_samples(world, hashes):
    retire_all(world)
    task = to_proved(world)
    first, last = draw_block_of(world, task), verification_of(world, task).deadline
    at_block(first + 1)
    receipt = send(world, "stranger", "draw", task)
    second = first + 1 + world.parameters.draw_delay
    samples = view(world, "samples_of", task)
    assert samples == floyd(seed_of(hashes.of(first), task, SAMPLES), 6, 3)
    found = verification_of(world, task)
    assert (found.phase, found.verifier, found.deadline) == (Stage.DRAWING, NOBODY, last)
    assert found.draw_block == second
    assert events(receipt) == {
        "SamplesDrawn": [{"task": task, "samples": samples}],
        "DrawPostponed": [{"task": task, "round": 0, "draw_block": second}],
    }
    world.send("verifier_four", "Staking", "register_verifier")
    with refused("verification: early"):
        send(world, "stranger", "draw", task)
    at_block(second + 1)
    receipt = send(world, "stranger", "draw", task)
    assert set(events(receipt)) == {"VerifierDrawn", "Locked"}
    assert verifier_of(world, task) == "verifier_four"
    assert view(world, "samples_of", task) == samples


def test_an_expired_draw_of_a_verifier_gets_another_block(world, hashes):
    task = to_assigned(world)
    samples = view(world, "samples_of", task)
    send(world, verifier_of(world, task), "report_unavailable", task)
    first, last = draw_block_of(world, task), verification_of(world, task).deadline
    at_block(first + 257)
    receipt = send(world, "stranger", "draw", task)
    found = verification_of(world, task)
    assert (found.phase, found.round, found.deadline) == (Stage.DRAWING, 1, last)
    second = first + 257 + world.parameters.draw_delay
    assert found.draw_block == second
    assert events(receipt) == {"DrawPostponed": [{"task": task, "round": 1, "draw_block": second}]}
    at_block(second + 256)
    send(world, "stranger", "draw", task)
    excluded = view(world, "verifier_of", task, 0)
    tried = probes(seed_of(hashes.of(second), task, VERIFIERS), 5)
    expected = next(LISTED[place] for place in tried if world[LISTED[place]] != excluded)
    assert verifier_of(world, task) == expected
    assert view(world, "samples_of", task) == samples


def test_a_round_without_verifier_is_over_at_its_deadline(world):
    """Promise 5. Nobody is slashed for it."""
    retire_all(world)
    task = to_proved(world)
    at_block(draw_block_of(world, task) + 1)
    send(world, "stranger", "draw", task)
    samples, before = view(world, "samples_of", task), balances(world, *world.users)
    last, receipts = verification_of(world, task).deadline, []
    check_exit(
        world,
        last,
        "verification: early",
        lambda: receipts.append(send(world, "stranger", "time_out", task)),
    )
    assert events(receipts[0]) == {
        "RoundStarted": [
            {
                "task": task,
                "round": 1,
                "draw_block": draw_block_of(world, task),
                "deadline": last + 1 + world.parameters.draw_window,
            }
        ]
    }
    assert moved(world, before) == {}
    assert view(world, "samples_of", task) == samples


# accept_assignment


def test_a_verifier_accepts(world):
    task, commitment = to_assigned(world), some_hash("commitment")
    verifier, before, now = verifier_of(world, task), balances(world, *world.users), world.port.now()
    for user in world.users:
        if user != verifier:
            with refused("verification: verifier"):
                send(world, user, "accept_assignment", task, commitment)
    with refused("verification: secret"):
        send(world, verifier, "accept_assignment", task, ZERO)
    receipt = send(world, verifier, "accept_assignment", task, commitment)
    p = world.parameters
    deadline = now + p.base_time + 1_000_003 * 6 // p.units_per_second
    assert deadline == now + 306
    assert events(receipt) == {
        "AssignmentAccepted": [
            {
                "task": task,
                "round": 0,
                "verifier": world[verifier],
                "secret_commitment": commitment,
                "deadline": deadline,
            }
        ]
    }
    assert moved(world, before) == {}
    found = verification_of(world, task)
    assert (found.phase, found.secret_commitment, found.deadline) == (Stage.REPORTING, commitment, deadline)
    with refused("verification: phase"):
        send(world, verifier, "accept_assignment", task, commitment)


def test_an_assignment_has_a_deadline(world):
    task = to_assigned(world)
    last = verification_of(world, task).deadline
    check_window(world, last, "verification: late", lambda: accept_assignment(world, task))


# report_unavailable


@pytest.mark.parametrize("to", [to_assigned, to_reporting])
def test_a_verifier_without_data_is_excused(world, to):
    """Promise 3: an honest verifier is not slashed for what it does not get."""
    task, due = to(world), bill(world)
    verifier, samples = verifier_of(world, task), view(world, "samples_of", task)
    before, last = balances(world, *world.users), verification_of(world, task).deadline
    for user in ("stranger", "submitter", "solver"):
        with refused("verification: verifier"):
            send(world, user, "report_unavailable", task)
    check_window(world, last, "verification: late", lambda: send(world, verifier, "report_unavailable", task))
    at(last)
    block = block_number() + world.parameters.draw_delay
    receipt = send(world, verifier, "report_unavailable", task)
    assert events(receipt) == {
        "DataUnavailable": [{"task": task, "round": 0, "verifier": world[verifier]}],
        "RoundStarted": [
            {"task": task, "round": 1, "draw_block": block, "deadline": last + world.parameters.draw_window}
        ],
        "Released": [{"key": verifier_key(task, 0), "owner": world[verifier], "amount": due.verifier_deposit}],
    }
    assert moved(world, before) == {verifier: (due.verifier_deposit, 0, 0)}
    assert verification_of(world, task)._asdict() == EMPTY | {
        "phase": Stage.DRAWING,
        "round": 1,
        "samples_drawn": True,
        "samples": sum(sample << (16 * i) for i, sample in enumerate(samples)),
        "draw_block": block,
        "deadline": last + world.parameters.draw_window,
    }
    assert view(world, "samples_of", task) == samples
    with refused("verification: phase"):
        send(world, verifier, "report_unavailable", task)
    draw_verifier(world, task)
    with refused("verification: verifier"):
        send(world, verifier, "report_unavailable", task)


def test_data_cannot_go_missing_after_the_report(world):
    task = to_reported(world)
    with refused("verification: phase"):
        send(world, verifier_of(world, task), "report_unavailable", task)


# report


def test_a_verifier_reports(world):
    task = to_reporting(world)
    before, now, p = balances(world, *world.users), world.port.now(), world.parameters
    verifier, root = verifier_of(world, task), some_hash("report", task)
    distances = [0, THRESHOLD, 1]
    receipt = report(world, task, distances)
    ends = [now + p.commit_window, now + p.commit_window + p.reveal_window]
    ends.append(ends[1] + p.secret_window)
    assert events(receipt) == {
        "Reported": [
            {
                "task": task,
                "round": 0,
                "verifier": world[verifier],
                "root": root,
                "distances": distances,
                "passed": True,
                "fallback": some_hash("fallback", task),
                "commit_end": ends[0],
                "reveal_end": ends[1],
                "secret_end": ends[2],
            }
        ]
    }
    assert moved(world, before) == {}
    found = verification_of(world, task)
    assert (found.phase, found.root, found.passed) == (Stage.REPORTED, root, True)
    assert (found.fallback, found.reported_at) == (some_hash("fallback", task), now)
    assert view(world, "report_of", task)._asdict() == {
        "round": 0,
        "verifier": world[verifier],
        "root": root,
        "digest": digest_of(root, distances),
        "commit_end": ends[0],
        "reveal_end": ends[1],
        "secret_end": ends[2],
        "secret_opened": False,
    }
    assert [view(world, "distance_of", task, i) for i in range(4)] == [*distances, 0]
    assert view(world, "is_reported", task, 0) is True
    assert view(world, "is_reported", task, 1) is False
    assert view(world, "upheld_digest", task) == ZERO, "not upheld yet"
    with refused("verification: phase"):
        report_as(world, verifier, task)


ROOT, FALLBACK = some_hash("root"), some_hash("fallback")


def report_as(world, user, task, root=ROOT, distances=(0, 0, 0), fallback=FALLBACK):
    return send(world, user, "report", task, root, list(distances), fallback)


def test_a_report_can_be_refused(world):
    task = to_assigned(world)
    verifier = verifier_of(world, task)
    with refused("verification: phase"):
        report_as(world, verifier, task)
    accept_assignment(world, task)
    for user in world.users:
        if user != verifier:
            with refused("verification: verifier"):
                report_as(world, user, task)
    with refused("verification: root"):
        report_as(world, verifier, task, root=ZERO)
    with refused("verification: fallback"):
        report_as(world, verifier, task, fallback=ZERO)
    for distances in ((), (0, 0), (0, 0, 0, 0), (2**32, 0, 0), (0, 0, 2**32), (0, 2**256 - 1, 0)):
        with refused("verification: distances"):
            report_as(world, verifier, task, distances=distances)
    report_as(world, verifier, task)


def test_a_report_has_a_deadline(world):
    task = to_reporting(world)
    last = verification_of(world, task).deadline
    check_window(world, last, "verification: late", lambda: report(world, task))


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    "distance, passed",
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
        (0x80000000, False),  # -0
        (0x80000001, False),
        (0xBDCCCCCD, False),  # minus the threshold
        (0xFF800000, False),  # -infinity
        (0xFFC00000, False),  # NaN, negative
        (0xFFFFFFFF, False),
    ],
)
def test_every_distance_is_compared_with_the_threshold(world, reporting, place, distance, passed):
    """Attack A5, A20: what is not a number within the threshold fails, whatever its sign."""
    with world.undone():
        distances = [0, 0, 0]
        distances[place] = distance
        receipt = report(world, reporting, distances)
        assert events(receipt)["Reported"][0]["passed"] is passed
        assert verification_of(world, reporting).passed is passed
        assert view(world, "distance_of", reporting, place) == distance


@pytest.fixture
def reporting(world):
    return to_reporting(world)


@pytest.mark.parametrize(
    "threshold, distance, passed",
    [
        (0, 0, True),
        (0, 1, False),
        (0, 0x80000000, False),
        (LARGEST, LARGEST, True),
        (LARGEST, 0x7F800000, False),
        (1, 1, True),
        (1, 2, False),
    ],
)
def test_the_extreme_thresholds(world, threshold, distance, passed):
    task = to_reporting(world, threshold=threshold)
    report(world, task, [0, distance, 0])
    assert verification_of(world, task).passed is passed


def test_sixteen_distances_fit(world):
    task = to_reporting(world, steps=16, interval=1, samples=16, threshold=LARGEST)
    distances = [LARGEST - i for i in range(16)]
    report(world, task, distances)
    assert [view(world, "distance_of", task, i) for i in range(16)] == distances
    assert len(set(view(world, "samples_of", task))) == 16
    for method in ("distance_of", "sample_of"):
        with pytest.raises(Exception, match="verification: place"):
            view(world, method, task, 16)


@pytest.mark.parametrize("place", [7, 8, 15])
def test_one_failed_distance_of_sixteen_is_enough(world, place):
    task = to_reporting(world, steps=16, interval=1, samples=16)
    report(world, task, [THRESHOLD + (i == place) for i in range(16)])
    assert verification_of(world, task).passed is False


def test_no_distance_outlives_its_round(world):
    task = to_reporting(world, steps=16, interval=1, samples=16)
    report(world, task, [LARGEST] * 16)
    as_contract(world, "Arbitration", "overturn", task, 0, world["whistleblower"])
    assert [view(world, "distance_of", task, i) for i in range(16)] == [0] * 16
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task, [1] * 8 + [0] * 8)
    assert [view(world, "distance_of", task, i) for i in range(16)] == [1] * 8 + [0] * 8


# open_secret


def test_the_secret_opens_between_reveals_and_games(world):
    """Attack A22: after the last reveal, before any game."""
    task = to_reported(world)
    _, reveal_end, secret_end = phase_ends(world, task)

    def open_it():
        return send(world, "stranger", "open_secret", task, secret_of(task))

    for second in (reveal_end - 1, reveal_end):
        at(second)
        with refused("verification: early"):
            open_it()
    with world.undone():
        at(reveal_end + 1)
        open_it()
    check_window(world, secret_end, "verification: late", open_it)
    at(secret_end)
    with refused("verification: secret"):
        send(world, "stranger", "open_secret", task, some_hash("another secret"))
    receipt = open_it()
    assert events(receipt) == {"SecretOpened": [{"task": task, "round": 0, "secret": secret_of(task)}]}
    assert verification_of(world, task).secret_opened is True
    assert view(world, "report_of", task).secret_opened is True
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
    samples, last = view(world, "samples_of", task), verification_of(world, task).deadline
    before, receipts = balances(world, *world.users), []
    check_exit(
        world,
        last,
        "verification: early",
        lambda: receipts.append(send(world, "stranger", "time_out", task)),
    )
    key, pot, deposit = verifier_key(task, 0), bounty_key(task), due.verifier_deposit
    found = events(receipts[0])
    assert set(found.pop("RoundStarted")[0].items()) >= {("task", task), ("round", 1)}
    assert found == {
        "VerifierSlashed": [{"task": task, "round": 0, "amount": deposit, "challenger": NOBODY}],
        "Seized": [{"key": key, "pot": pot, "amount": deposit}],
        "Burnt": [{"pot": pot, "amount": deposit}],
        "Released": [{"key": key, "owner": view(world, "verifier_of", task, 0), "amount": 0}],
    }
    assert moved(world, before) == {}
    assert (stage(world, task), verification_of(world, task).round) == (Stage.DRAWING, 1)
    assert view(world, "samples_of", task) == samples


def test_there_is_no_time_out_without_a_task(world):
    with refused("verification: phase"):
        send(world, "stranger", "time_out", 0)
    with refused("verification: phase"):
        send(world, "stranger", "draw", 0)


def test_silence_after_a_reveal_overturns_the_report(world):
    """Attack A12: nobody falls silent to pay nobody; the bounty is set aside."""
    task, due = to_reported(world), bill(world)
    challenge(world, task)
    last = phase_ends(world, task)[2]
    before, receipts = balances(world, *world.users), []
    check_exit(
        world,
        last,
        "verification: early",
        lambda: receipts.append(send(world, "stranger", "time_out", task)),
    )
    deposit, found = due.verifier_deposit, events(receipts[0])
    bounty = deposit * world.parameters.bounty_share // WAD
    assert found["VerifierSlashed"] == [{"task": task, "round": 0, "amount": deposit, "challenger": NOBODY}]
    assert found["Burnt"] == [{"pot": bounty_key(task), "amount": deposit - bounty}]
    assert "Paid" not in found
    assert world.view("Staking", "pots", bounty_key(task)) == bounty > 0
    assert moved(world, before) == {}
    assert (stage(world, task), verification_of(world, task).round) == (Stage.DRAWING, 1)


def test_silence_without_a_reveal_is_no_fault(world):
    """Promise 3: nobody challenged, so no secret was due. A hidden commitment is no challenge."""
    task = to_reported(world)
    commit_challenge(world, task)
    at(phase_ends(world, task)[2] + 1)
    with refused("verification: unchallenged"):
        send(world, "stranger", "time_out", task)
    world.send("stranger", "Settlement", "settle", task)
    assert stage(world, task) == Stage.CONCLUDED


def test_an_opened_secret_is_no_silence(world):
    task, _ = to_games(world)
    for later in (1, 100_000):
        at(phase_ends(world, task)[2] + later)
        with refused("verification: opened"):
            send(world, "stranger", "time_out", task)


# overturn


def test_a_conviction_overturns_the_report(world):
    task, due = to_reported(world), bill(world)
    samples, before, p = view(world, "samples_of", task), balances(world, *world.users), world.parameters
    for user in (*world.users.values(), world.deployment.addresses["Settlement"]):
        with refused("verification: caller"):
            world.port.send(user, "Verification", "overturn", task, 0, user)
    with refused("verification: round"):
        as_contract(world, "Arbitration", "overturn", task, 1, world["whistleblower"])
    block, deadline = block_number() + p.draw_delay, world.port.now() + p.draw_window
    receipt = as_contract(world, "Arbitration", "overturn", task, 0, world["whistleblower"])
    key, pot, deposit = verifier_key(task, 0), bounty_key(task), due.verifier_deposit
    bounty = deposit // 2
    cost = min(bounty, p.challenge_cost)
    assert events(receipt) == {
        "RoundStarted": [{"task": task, "round": 1, "draw_block": block, "deadline": deadline}],
        "VerifierSlashed": [{"task": task, "round": 0, "amount": deposit, "challenger": world["whistleblower"]}],
        "Seized": [{"key": key, "pot": pot, "amount": deposit}],
        "Burnt": [{"pot": pot, "amount": deposit - bounty}],
        "Paid": [{"pot": pot, "receiver": world["whistleblower"], "amount": cost}],
        "Released": [{"key": key, "owner": view(world, "verifier_of", task, 0), "amount": 0}],
    }
    assert moved(world, before) == {"whistleblower": (0, 0, cost)}
    assert view(world, "samples_of", task) == samples
    assert view(world, "is_reported", task, 0) is False
    assert view(world, "upheld_digest", task) == ZERO
    with refused("verification: phase"):
        as_contract(world, "Arbitration", "overturn", task, 0, world["whistleblower"])


def test_an_earlier_rounds_verdict_does_not_touch_a_later_report(world):
    task = to_reported(world)
    as_contract(world, "Arbitration", "overturn", task, 0, world["whistleblower"])
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task)
    with refused("verification: round"):
        as_contract(world, "Arbitration", "overturn", task, 0, world["whistleblower"])
    assert view(world, "is_reported", task, 1) is True
    assert view(world, "is_reported", task, 0) is False


# conclude, is_final


@pytest.mark.parametrize("passed", [True, False])
def test_an_unchallenged_report_is_final_after_the_reveals(world, passed):
    task = to_reported(world, [0, 0, THRESHOLD + (not passed)])
    reveal_end = phase_ends(world, task)[1]
    for second, final in ((reveal_end - 1, False), (reveal_end, False), (reveal_end + 1, True)):
        at(second)
        assert view(world, "is_final", task) is final
        if not final:
            with refused("verification: open"):
                world.send("stranger", "Settlement", "settle", task)
    receipt = world.send("stranger", "Settlement", "settle", task)
    found = events(receipt)
    assert found["VerificationEnded"] == [{"task": task, "round": 0, "concluded": True}]
    ending = Ending.ACCEPTED if passed else Ending.REJECTED
    assert found["Settled"] == [{"task": task, "ending": ending, "round": 0}]
    assert found["TaskEnded"] == [{"task": task, "ending": ending}]
    assert stage(world, task) == Stage.CONCLUDED
    posted = [0, 0, THRESHOLD + (not passed)]
    assert view(world, "upheld_digest", task) == digest_of(some_hash("report", task), posted)
    assert view(world, "is_final", task) is False
    assert view(world, "is_reported", task, 0) is False


def test_only_settlement_concludes(world):
    task = to_reported(world)
    at(phase_ends(world, task)[1] + 1)
    callers = [*world.users.values()]
    callers += [world.deployment.addresses[name] for name in ("TaskRegistry", "Arbitration")]
    for caller in callers:
        with refused("verification: caller"):
            world.port.send(caller, "Verification", "conclude", task)
    as_contract(world, "Settlement", "conclude", task)
    with refused("verification: open"):
        as_contract(world, "Settlement", "conclude", task)


@pytest.mark.parametrize("to", [to_proved, to_assigned, to_reporting])
def test_nothing_is_concluded_without_a_report(world, to):
    task = to(world)
    at(world.port.now() + 100_000)
    assert view(world, "is_final", task) is False
    with refused("verification: open"):
        world.send("stranger", "Settlement", "settle", task)


def lose(world, task, *disputes):
    """The verifier shows what is below the report's root, and no challenger goes on."""
    at(phase_ends(world, task)[2] + 1)
    leaves = segment_roots(task)
    for dispute in disputes:
        world.send("stranger", "Arbitration", "show_children", dispute, 0, 0, leaves)
    at(world.port.now() + world.parameters.clock_budget)
    for dispute in disputes:
        assert view(world, "is_final", task) is False
        world.send("stranger", "Arbitration", "time_out", dispute)


def segment_roots(task):
    return [some_hash("segment", task, i) for i in range(3)]


def test_a_challenged_report_is_open_until_its_games_are_over(world):
    """Promise 4: no wrong report becomes final while one challenge is awake."""
    task = to_reporting(world)
    report(world, task, root=Tree(TreeKind.REPORT, segment_roots(task)).root)
    dispute = challenge(world, task)
    open_secret(world, task)
    secret_end = phase_ends(world, task)[2]
    for second in (secret_end, secret_end + 1, secret_end + 100_000):
        at(second)
        assert view(world, "is_final", task) is False
        with refused("verification: open"):
            world.send("stranger", "Settlement", "settle", task)
    lose(world, task, dispute)
    assert view(world, "is_final", task) is True
    world.send("stranger", "Settlement", "settle", task)
    assert stage(world, task) == Stage.CONCLUDED


def test_two_games_keep_a_report_open(world):
    challengers = ("whistleblower", "other_whistleblower")
    task = to_reporting(world)
    report(world, task, root=Tree(TreeKind.REPORT, segment_roots(task)).root)
    disputes = [commit_challenge(world, task, user) for user in challengers]
    for dispute, user in zip(disputes, challengers, strict=True):
        reveal_challenge(world, task, dispute, user)
    open_secret(world, task)
    lose(world, task, *disputes)
    assert view(world, "is_final", task) is True


def test_a_verifier_that_does_not_play_is_overturned(world):
    """Promise 4, and the exit of a game: the verifier is on the clock first."""
    task, dispute = to_games(world)
    last = phase_ends(world, task)[2] + world.parameters.clock_budget
    check_exit(world, last, "arbitration: early", lambda: world.send("stranger", "Arbitration", "time_out", dispute))
    assert (stage(world, task), verification_of(world, task).round) == (Stage.DRAWING, 1)
    assert view(world, "is_final", task) is False


def test_a_challenged_report_without_its_secret_is_never_final(world):
    task = to_reported(world)
    challenge(world, task)
    for later in (1, 100_000):
        at(phase_ends(world, task)[2] + later)
        assert view(world, "is_final", task) is False
        with refused("verification: open"):
            world.send("stranger", "Settlement", "settle", task)


# Rounds


def silent(world, task):
    draw_verifier(world, task)
    at(verification_of(world, task).deadline + 1)
    return send(world, "stranger", "time_out", task)


def excused(world, task):
    return send(world, draw_verifier(world, task), "report_unavailable", task)


def convicted(world, task):
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task)
    round = verification_of(world, task).round
    return as_contract(world, "Arbitration", "overturn", task, round, world["whistleblower"])


def unanswered(world, task):
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task)
    challenge(world, task)
    at(phase_ends(world, task)[2] + 1)
    return send(world, "stranger", "time_out", task)


def undrawn(world, task):
    at(verification_of(world, task).deadline + 1)
    return send(world, "stranger", "time_out", task)


@pytest.mark.parametrize("lost", [silent, excused, convicted, unanswered, undrawn])
def test_after_so_many_rounds_a_task_is_unresolved(world, lost):
    """Promise 5; ending: unresolved. Escrow and the solver's deposit go back, whichever way the rounds were lost."""
    task, due = to_proved(world), bill(world)
    before = balances(world, "submitter", "solver", "treasury")
    excused(world, task)
    samples, drawn = view(world, "samples_of", task), {view(world, "verifier_of", task, 0)}
    for round in range(1, world.parameters.max_rounds + 1):
        assert verification_of(world, task).round == view(world, "round_of", task) == round
        receipt = lost(world, task)
        drawn.add(view(world, "verifier_of", task, round))
        if round < world.parameters.max_rounds:
            assert stage(world, task) == Stage.DRAWING
            assert view(world, "samples_of", task) == samples
    if lost is not undrawn:
        assert len(drawn) == 4 and NOBODY not in drawn
    found = events(receipt)
    assert found["VerificationEnded"] == [{"task": task, "round": 4, "concluded": False}]
    assert found["TaskEnded"] == [{"task": task, "ending": Ending.UNRESOLVED}]
    assert found["Settled"] == [{"task": task, "ending": Ending.UNRESOLVED, "round": 4}]
    assert {"pot": escrow_key(task), "receiver": world["submitter"], "amount": due.escrow} in found["Paid"]
    assert moved(world, before) == {"submitter": (0, 0, due.escrow), "solver": (due.solver_deposit, 0, 0)}
    assert locked(world, solver_key(task, world["solver"])) == 0
    assert stage(world, task) == Stage.ABORTED
    assert (task_of(world, task).phase, task_of(world, task).ending) == (Phase.ENDED, Ending.UNRESOLVED)
    assert view(world, "upheld_digest", task) == ZERO


def test_an_aborted_verification_stays_aborted(world):
    """Promise 5: terminal states are terminal."""
    task = to_proved(world)
    for _ in range(world.parameters.max_rounds + 1):
        verifier = draw_verifier(world, task)
        send(world, verifier, "report_unavailable", task)
    found = verification_of(world, task)
    at(world.port.now() + 100_000)
    at_block(block_number() + 1000)
    for user in (verifier, "solver", "stranger"):
        for method, *rest in (
            ("draw",),
            ("time_out",),
            ("report_unavailable",),
            ("accept_assignment", ZERO),
            ("report", some_hash("root"), [0, 0, 0], some_hash("fallback")),
            ("open_secret", secret_of(task)),
        ):
            with refused("verification: phase"):
                send(world, user, method, task, *rest)
        with refused("verification: open"):
            world.send(user, "Settlement", "settle", task)
    with refused("verification: phase"):
        as_contract(world, "Arbitration", "overturn", task, found.round, world["whistleblower"])
    assert verification_of(world, task) == found


def test_a_concluded_verification_stays_concluded(world):
    task = to_reported(world)
    verifier = verifier_of(world, task)
    at(phase_ends(world, task)[1] + 1)
    world.send("stranger", "Settlement", "settle", task)
    found = verification_of(world, task)
    for user in (verifier, "solver", "stranger"):
        for method, *rest in (
            ("draw",),
            ("time_out",),
            ("report_unavailable",),
            ("accept_assignment", ZERO),
            ("report", some_hash("root"), [0, 0, 0], some_hash("fallback")),
            ("open_secret", secret_of(task)),
        ):
            with refused("verification: phase"):
                send(world, user, method, task, *rest)
    with refused("verification: phase"):
        as_contract(world, "Arbitration", "overturn", task, 0, world["whistleblower"])
    assert verification_of(world, task) == found
    assert locked(world, verifier_key(task, 0)) == 0


@pytest.mark.parametrize("to", [to_proved, to_assigned, to_reporting])
def test_there_is_nothing_to_challenge_without_a_report(world, to):
    task = to(world)
    with pytest.raises(Exception, match="verification: phase"):
        view(world, "report_of", task)
    assert view(world, "is_reported", task, 0) is False


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
    assert locked(world, verifier_key(two, 0)) == bill(world, make_order(price=10**12 + 9)).verifier_deposit
    report(world, two)
    assert stage(world, two) == Stage.REPORTED

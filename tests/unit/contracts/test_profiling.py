"""Profiling: the draw, commitments, reveals, and what follows for the task."""

import boa
import pytest
from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.boa_port import DEPLOYERS, reason
from tests.lots import CAPACITY
from tests.unit.contracts.profiling_steps import (
    INFINITY,
    LARGE,
    MIDDLE,
    ONE,
    SMALL,
    Answer,
    Stage,
    answer_of,
    answers,
    commit,
    draw,
    finish,
    profile_of,
    profiled,
    reveal,
    salt_of,
    to_drawn,
)
from tests.unit.contracts.steps import (
    NOBODY,
    ZERO,
    Ending,
    Geometry,
    Phase,
    at,
    at_block,
    balances,
    bill,
    check_exit,
    check_window,
    enrol,
    enrol_and_draw,
    events,
    make_order,
    moved,
    post_proof,
    profiler_key,
    refused,
    some_hash,
    submit,
    task_of,
    to_training,
)
from tests.world import PARAMETERS, VERIFIERS

P = PARAMETERS
FLOOR, CEILING = P.threshold_floor, P.threshold_ceiling


def send(world, user, method, *arguments):
    return world.send(user, "Profiling", method, *arguments)


def threshold_of(world, task):
    return (world.view("TaskRegistry", "geometry_of", task) >> 192) % 2**32


# Deployment


NEIGHBOURS = ("STAKING", "REGISTRY", "SETTLEMENT", "BEACON", "SORTITION")


def test_the_constructor_fixes_its_addresses():
    others = [boa.env.generate_address() for _ in NEIGHBOURS]
    contract = DEPLOYERS["Profiling"].deploy(*others, P.arguments())
    assert [getattr(contract, name)() for name in NEIGHBOURS] == others


@pytest.mark.parametrize("place", range(len(NEIGHBOURS)))
def test_the_constructor_refuses_no_address(place):
    others = [boa.env.generate_address() for _ in NEIGHBOURS]
    others[place] = NOBODY
    with pytest.raises(boa.BoaError) as refusal:
        DEPLOYERS["Profiling"].deploy(*others, P.arguments())
    assert reason(refusal.value) == "profiling: address"


# The order


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"threshold": FLOOR - 1}, "registry: threshold"),
        ({"threshold": 1}, "registry: threshold"),
        ({"threshold": CEILING + 1}, "registry: threshold"),
        ({"threshold": ONE}, "registry: threshold"),
        ({"profilers": 3, "threshold": FLOOR}, "registry: threshold"),
        ({"profilers": 3, "threshold": 1}, "registry: threshold"),
        ({"profilers": 2, "threshold": 0}, "geometry: profilers"),
        ({"profilers": 10, "threshold": 0}, "geometry: profilers"),
    ],
)
def test_whose_threshold_it_is(world, changes, rule):
    """Attacks A17, A27: an order's own lies between floor and ceiling, or is exact; to be profiled, it has none."""
    with refused(rule):
        submit(world, **changes)


@pytest.mark.parametrize("threshold", [0, FLOOR, CEILING])
def test_a_threshold_of_the_order_is_kept(world, threshold):
    task = submit(world, threshold=threshold)
    assert (task_of(world, task).phase, threshold_of(world, task)) == (Phase.OPEN, threshold)
    assert profile_of(world, task).phase == 0


def test_a_task_begins_with_its_profile(world):
    order = make_order(profilers=5, threshold=0)
    now, block = world.port.now(), world.port.height() + 1
    receipt = world.send("submitter", "TaskRegistry", "submit_task", order)
    task, due = receipt.event("TaskSubmitted").fields["task"], bill(world, order)
    assert due.profile_fee == 4 * 1_000_003 * 2 * (10**12 + 7)
    assert receipt.event("TaskSubmitted").fields["escrow"] == due.escrow == world.view("Orders", "price_of", order)
    assert due.escrow == bill(world).escrow + 5 * due.profile_fee
    assert events(receipt)["ProfilingStarted"] == [
        {"task": task, "profilers": 5, "draw_block": block + P.draw_delay, "deadline": now + P.draw_window}
    ]
    found = task_of(world, task)
    assert (found.phase, found.deadline, found.ending) == (Phase.PROFILING, 0, 0)
    assert profile_of(world, task)._asdict() == {
        "phase": Stage.DRAWING,
        "count": 5,
        "draw_block": block + P.draw_delay,
        "deadline": now + P.draw_window,
        "reveal_end": 0,
        "fee": due.profile_fee,
        "profilers": [],
    }


def test_nobody_enrols_and_nobody_draws_a_solver_before(world):
    """So every solver knows the threshold."""
    task, _ = to_drawn(world)
    for call in (("enrol", task, 0), ("close_enrolment", task), ("draw_solver", task), ("time_out", task)):
        with refused("registry: phase"):
            world.send("solver", "TaskRegistry", *call)


def test_too_few_with_the_capacity(world):
    """Attack A27. A profile is larger than the replay of fewer samples than it has runs."""
    for name in VERIFIERS:
        world.send(name, "Sortition", "resize", 2**30, CAPACITY[1])
    terms = {"units": 2**28, "interval": 2, "samples": 1, "price": 10**9}
    submit(world, **terms)
    with refused("profiling: eligible"):
        submit(world, profilers=3, threshold=0, **terms)
    submit(world, profilers=3, threshold=0, **terms | {"units": 2**26})


@pytest.mark.parametrize("method", ["begin", "abandon"])
def test_only_the_registry_begins_and_abandons(world, method):
    arguments = (1, make_order()) if method == "begin" else (1,)
    with refused("profiling: caller"):
        send(world, "stranger", method, *arguments)


def test_only_profiling_ends_it(world):
    task, _ = to_drawn(world)
    with refused("registry: caller"):
        world.send("stranger", "TaskRegistry", "profiled", task, FLOOR)
    done = submit(world)
    with refused("registry: phase"):
        world.port.send(world.deployment.addresses["Profiling"], "TaskRegistry", "profiled", done, FLOOR)


# The draw


def test_profilers_are_drawn(world):
    task = submit(world, profilers=4, threshold=0)
    before = profile_of(world, task)
    at_block(before.draw_block)
    with refused("profiling: early"):
        send(world, "stranger", "draw", task)
    at_block(before.draw_block + 1)
    now = world.port.now()
    receipt = send(world, "stranger", "draw", task)
    due = bill(world, make_order(profilers=4, threshold=0))
    commit_end = now + P.base_time + 4 * 2 * 1_000_003 // P.units_per_second + 2**19 // P.fetched_per_second
    found = profile_of(world, task)
    names = [world.name_of(address) for address in found.profilers]
    assert len(set(names)) == 4 and set(names) <= set(VERIFIERS)
    ends = (commit_end, commit_end + P.reveal_window)
    assert (found.phase, found.deadline, found.reveal_end) == (Stage.MEASURING, *ends)
    assert events(receipt)["ProfilersDrawn"] == [
        {
            "task": task,
            "profilers": found.profilers,
            "deposit": due.profiler_deposit,
            "commit_end": commit_end,
            "reveal_end": commit_end + P.reveal_window,
        }
    ]
    size = (4 * 2 * 1_000_003, 2**19)
    for name in VERIFIERS:
        drawn = name in names
        lock = world.view("Staking", "locks", profiler_key(task, world[name]))
        assert (lock.owner, lock.amount) == ((world[name], due.profiler_deposit) if drawn else (NOBODY, 0))
        used = size if drawn else (0, 0)
        free = world.view("Sortition", "free_capacity", world[name])
        assert tuple(free) == (CAPACITY[0] - used[0], CAPACITY[1] - used[1])
        if drawn:
            assert answer_of(world, task, name) == Answer.DRAWN
    with refused("profiling: phase"):
        send(world, "stranger", "draw", task)


@pytest.mark.parametrize("number", range(4))
def test_submitter_does_not_profile(world, number):
    """Five of six: it would be among them."""
    world.send("submitter", "Sortition", "register", *CAPACITY)
    world.warp_to(world.port.now() + P.epoch_period)
    at_block(boa.env.evm.patch.block_number + number)
    _, names = to_drawn(world, profilers=5)
    assert sorted(names) == sorted(VERIFIERS)


def test_who_lacks_stake_or_capacity_is_not_drawn(world):
    order = make_order(profilers=3, threshold=0, units=2**28)
    poor, busy = VERIFIERS[:2]
    world.send(busy, "Sortition", "resize", 2**30, CAPACITY[1])
    # All but a unit too few is locked for other work, and still counts as allotted.
    held = world.view("Staking", "stake", world[poor]) - bill(world, order).profiler_deposit + 1
    registry = world.deployment.addresses["TaskRegistry"]
    world.port.send(registry, "Staking", "lock", some_hash("other work"), world[poor], held)
    _, names = to_drawn(world, units=2**28)
    assert sorted(names) == sorted(VERIFIERS[2:])


def test_where_too_few_are_found_the_task_ends(world):
    """In the draw itself: nobody has the time to make room."""
    before = balances(world, "submitter")
    task = submit(world, profilers=6, threshold=0)
    receipt = draw(world, task)
    found, now = profile_of(world, task), task_of(world, task)
    assert (found.phase, found.profilers) == (Stage.OVER, [])
    assert (now.phase, now.ending) == (Phase.ENDED, Ending.NOT_PROFILABLE)
    assert events(receipt)["ProfilingEnded"] == [{"task": task, "threshold": 0}]
    assert "DrawPostponed" not in events(receipt)
    assert {user: sum(change) for user, change in moved(world, before).items() if sum(change)} == {}
    for name in VERIFIERS:
        assert tuple(world.view("Sortition", "free_capacity", world[name])) == CAPACITY


def test_a8_whoever_dislikes_a_draw_gets_no_other(world):
    """Attack A8: those who see the seed can retire for a moment; that ends the task, it draws nobody else."""
    task = submit(world, profilers=3, threshold=0)
    at_block(profile_of(world, task).draw_block + 1)
    for name in VERIFIERS[:3]:
        world.send(name, "Sortition", "retire")
    receipt = send(world, "stranger", "draw", task)
    assert events(receipt)["ProfilingEnded"] == [{"task": task, "threshold": 0}]
    for name in VERIFIERS[:3]:
        world.send(name, "Sortition", "register", *CAPACITY)
    with refused("profiling: phase"):
        draw(world, task)
    assert task_of(world, task).ending == Ending.NOT_PROFILABLE


def test_a_draw_counts_up_to_the_deadline(world):
    task = submit(world, profilers=3, threshold=0)
    at_block(profile_of(world, task).draw_block + 1)
    last = profile_of(world, task).deadline
    check_window(world, last, "profiling: late", lambda: send(world, "stranger", "draw", task))


def test_a_seed_that_was_lost_costs_only_time(world, seeds):
    """Attack A8: the new block is as far ahead."""
    task = submit(world, profilers=3, threshold=0)
    seeds.choose(profile_of(world, task).draw_block, bytes(32))
    receipt = draw(world, task)
    assert [*events(receipt)] == ["DrawPostponed"]
    draw(world, task)
    assert profile_of(world, task).phase == Stage.MEASURING


def test_stake_of_the_epoch_before_counts(world):
    """Attack A19: who has registered since the draw was asked for is not drawn."""
    task = submit(world, profilers=6, threshold=0)
    world.send("stranger", "Sortition", "register", *CAPACITY)
    assert events(draw(world, task))["ProfilingEnded"] == [{"task": task, "threshold": 0}]


def test_a_draw_that_nobody_makes_ends_the_task(world):
    task = submit(world, profilers=3, threshold=0)
    last = profile_of(world, task).deadline
    check_exit(world, last, "profiling: early", lambda: send(world, "stranger", "finish", task))
    assert task_of(world, task).ending == Ending.NOT_PROFILABLE
    assert profile_of(world, task).phase == Stage.OVER


# Commitments


def test_a_commitment(world):
    task, names = to_drawn(world)
    receipt = commit(world, task, names[0], SMALL)
    types = ["uint256", "address", "uint256", "address", "uint256", "bytes32"]
    address = world.deployment.addresses["Profiling"]
    values = [world.port.chain_id(), address, task, world[names[0]], SMALL, salt_of(task, names[0])]
    sealed = keccak(encode(types, values))
    assert events(receipt) == {
        "ProfileCommitted": [{"task": task, "profiler": world[names[0]], "commitment": sealed}]
    }
    found = world.view("Profiling", "profiler_of", task, world[names[0]])
    assert found._asdict() == {"answer": Answer.COMMITTED, "commitment": sealed, "distance": 0}


def test_who_commits_and_how_often(world):
    task, names = to_drawn(world)
    other = next(name for name in VERIFIERS if name not in names)
    for user in ("stranger", "submitter", other):
        with refused("profiling: not due"):
            commit(world, task, user, SMALL)
        with refused("profiling: not due"):
            send(world, user, "profile_unavailable", task)
    with refused("profiling: commitment"):
        send(world, names[0], "commit_profile", task, ZERO)
    commit(world, task, names[0], SMALL)
    send(world, names[1], "profile_unavailable", task)
    for user in names[:2]:
        with refused("profiling: not due"):
            commit(world, task, user, LARGE)
        with refused("profiling: not due"):
            send(world, user, "profile_unavailable", task)


@pytest.mark.parametrize("method", ["commit_profile", "profile_unavailable"])
def test_the_last_second_of_the_commitments(world, method):
    task, names = to_drawn(world)
    arguments = (task, some_hash("sealed")) if method == "commit_profile" else (task,)
    last = profile_of(world, task).deadline
    check_window(world, last, "profiling: late", lambda: send(world, names[0], method, *arguments))


def test_before_the_draw_nothing_is_due(world):
    task = submit(world, profilers=3, threshold=0)
    for method, arguments in (
        ("commit_profile", (task, some_hash("sealed"))),
        ("profile_unavailable", (task,)),
        ("reveal_profile", (task, 0, ZERO)),
    ):
        with refused("profiling: phase"):
            send(world, VERIFIERS[0], method, *arguments)
    for unknown in (0, 2**255):
        with refused("profiling: phase"):
            send(world, "stranger", "finish", unknown)
        with refused("profiling: phase"):
            send(world, "stranger", "draw", unknown)


# Reveals


def test_a_reveal(world):
    task, names = to_drawn(world)
    commit(world, task, names[0], SMALL)
    now = profile_of(world, task)
    at(now.deadline)
    with refused("profiling: early"):
        reveal(world, task, names[0], SMALL)
    check_window(world, now.reveal_end, "profiling: late", lambda: reveal(world, task, names[0], SMALL))
    at(now.deadline + 1)
    receipt = reveal(world, task, names[0], SMALL)
    assert events(receipt) == {
        "ProfileRevealed": [{"task": task, "profiler": world[names[0]], "distance": SMALL}]
    }
    found = world.view("Profiling", "profiler_of", task, world[names[0]])
    assert found._asdict() == {"answer": Answer.REVEALED, "commitment": ZERO, "distance": SMALL}
    with refused("profiling: nothing sealed"):
        reveal(world, task, names[0], SMALL)


def test_only_what_was_sealed_is_revealed(world):
    """Promise 8: what another has sealed opens nothing."""
    task, names = to_drawn(world)
    commit(world, task, names[0], SMALL)
    sealed = world.view("Profiling", "profiler_of", task, world[names[0]]).commitment
    send(world, names[1], "commit_profile", task, sealed)
    at(profile_of(world, task).deadline + 1)
    with refused("profiling: commitment"):
        reveal(world, task, names[0], LARGE)
    with refused("profiling: commitment"):
        send(world, names[0], "reveal_profile", task, SMALL, salt_of(task, names[1]))
    with refused("profiling: commitment"):
        send(world, names[1], "reveal_profile", task, SMALL, salt_of(task, names[0]))
    for user in (names[2], "stranger"):
        with refused("profiling: nothing sealed"):
            reveal(world, task, user, SMALL)


def test_a_distance_is_a_lane(world):
    """Promise 10."""
    task, names = to_drawn(world)
    for user, distance in zip(names, (2**32, 2**32 + SMALL, 2**256 - 1), strict=True):
        commit(world, task, user, distance)
    at(profile_of(world, task).deadline + 1)
    for user, distance in zip(names, (2**32, 2**32 + SMALL, 2**256 - 1), strict=True):
        with refused("profiling: distance"):
            reveal(world, task, user, distance)


# The threshold


def test_the_threshold_is_fixed_once(world):
    """Promise 7: from here on the order never changes."""
    task, names = to_drawn(world)
    answers(world, task, dict(zip(names, (LARGE, SMALL, MIDDLE), strict=True)))
    last, before = profile_of(world, task).reveal_end, world.view("TaskRegistry", "geometry_of", task)
    at(last)
    with refused("profiling: early"):
        send(world, "stranger", "finish", task)
    at(last + 1)
    receipt = send(world, "stranger", "finish", task)
    eightfold = MIDDLE + 3 * 2**23
    found = events(receipt)
    assert found["ProfilingEnded"] == [{"task": task, "threshold": eightfold}]
    assert found["TaskProfiled"] == [{"task": task, "threshold": eightfold, "deadline": last + 1 + P.enrol_window}]
    assert world.view("TaskRegistry", "geometry_of", task) == before | eightfold << 192
    now = task_of(world, task)
    assert (now.phase, now.deadline, now.ending) == (Phase.OPEN, last + 1 + P.enrol_window, 0)
    with refused("profiling: phase"):
        finish(world, task)
    with refused("registry: phase"):
        world.port.send(world.deployment.addresses["Profiling"], "TaskRegistry", "profiled", task, FLOOR)


def test_a_profiled_task_goes_on_as_any(world):
    """What is downstream reads the threshold that was measured."""
    task, _ = profiled(world, (SMALL, SMALL, SMALL))
    enrol_and_draw(world, task)
    world.send("solver", "TaskRegistry", "accept", task)
    post_proof(world, task)
    at_block(world.view("Verification", "round_of", task).draw_block + 1)
    world.send("stranger", "Verification", "draw", task)
    assert threshold_of(world, task) == SMALL + 3 * 2**23
    other = to_training(world)
    assert threshold_of(world, other) == Geometry().threshold


@pytest.mark.parametrize(
    ("distances", "threshold"),
    [
        # One of them may be anything, the threshold stays among what honest ones measured.
        ((SMALL, MIDDLE, ONE - 1), MIDDLE + 3 * 2**23),
        ((SMALL, MIDDLE, 0), SMALL + 3 * 2**23),
        # Of an even number the lower one: absurd ones, and those who could not or did not, do not count.
        ((SMALL, MIDDLE, ONE), SMALL + 3 * 2**23),
        ((SMALL, MIDDLE, INFINITY), SMALL + 3 * 2**23),
        ((SMALL, MIDDLE, 0x7FC00000), SMALL + 3 * 2**23),
        ((SMALL, MIDDLE, 0x80000000 | SMALL), SMALL + 3 * 2**23),
        ((SMALL, MIDDLE, None), SMALL + 3 * 2**23),
        ((SMALL, MIDDLE), SMALL + 3 * 2**23),
        # Floor and ceiling (attacks A17, A27).
        ((0, 0, SMALL), FLOOR),
        ((0, 0, 0), FLOOR),
        ((SMALL, CEILING, CEILING), CEILING),
        ((CEILING - 1, CEILING, CEILING), CEILING),
        # Not profilable.
        ((SMALL, CEILING + 1, CEILING + 1), 0),
        ((SMALL, ONE, ONE), 0),
        ((ONE, ONE, ONE), 0),
        ((SMALL, INFINITY, None), 0),
        ((SMALL, None, None), 0),
        ((None, None, None), 0),
        ((SMALL,), 0),
        ((), 0),
    ],
)
def test_what_follows_from_three(world, distances, threshold):
    """Attacks A17, A27: whatever one of three says, two that agree decide; whatever two say, floor and ceiling do."""
    task, _ = profiled(world, distances)
    now = task_of(world, task)
    assert threshold_of(world, task) == threshold
    expected = (Phase.OPEN, 0) if threshold else (Phase.ENDED, Ending.NOT_PROFILABLE)
    assert (now.phase, now.ending) == expected


@pytest.mark.parametrize("lie", [CEILING, ONE - 1, ONE, INFINITY, 0xFFFFFFFF, 0])
def test_a17_two_colluders_of_three_cannot_push_the_threshold_out_of_its_range(world, lie):
    """Attack A17. Standing still measures 1, which is beyond every threshold there can be."""
    task, _ = profiled(world, (lie, lie, SMALL))
    threshold = threshold_of(world, task)
    assert threshold == 0 or FLOOR <= threshold <= CEILING < ONE
    assert (task_of(world, task).ending == Ending.NOT_PROFILABLE) == (threshold == 0)


def test_a27_a_profile_near_nothing_leaves_the_floor(world):
    """Attack A27: two colluders cannot make honest rounding fail."""
    task, _ = profiled(world, (1, 1, SMALL))
    assert threshold_of(world, task) == FLOOR


def test_four_need_three(world):
    for distances, threshold in (((SMALL, SMALL, None, None), 0), ((SMALL, MIDDLE, LARGE, None), MIDDLE + 3 * 2**23)):
        task, _ = profiled(world, distances, profilers=4)
        assert threshold_of(world, task) == threshold


def test_solvers_enrol_once_it_is_profiled(world):
    task, _ = profiled(world, (SMALL, SMALL, SMALL))
    enrol(world, task)
    assert task_of(world, task).enrolled == 1


def test_a_profile_fits_into_the_tasks_bound(world):
    """Promise 6."""
    order, plain = make_order(profilers=3, threshold=0), make_order()
    start = world.port.now()
    task = submit(world, profilers=3, threshold=0)
    at(profile_of(world, task).deadline)
    draw(world, task)
    finish(world, task)
    longest = world.view("Orders", "task_bound", order) - world.view("Orders", "task_bound", plain)
    assert longest - 3 < world.port.now() - 1 - start <= longest

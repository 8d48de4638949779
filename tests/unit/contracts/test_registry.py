"""TaskRegistry: submission, enrolment, the solver's draw, acceptance and the proof."""

import random

import boa
import pytest

from pinpoint.commitment.tree import Tree, TreeKind
from tests.boa_port import DEPLOYERS, reason
from tests.lots import Drum
from tests.unit.contracts.steps import (
    NOBODY,
    WAD,
    ZERO,
    Ending,
    Geometry,
    Order,
    Phase,
    Stage,
    accept,
    accept_assignment,
    at,
    at_block,
    balances,
    bill,
    block_number,
    check_exit,
    check_window,
    close_enrolment,
    enrol,
    enrol_and_draw,
    enrolled_drum,
    escrow_key,
    events,
    make_order,
    moved,
    open_secret,
    phase_ends,
    post_proof,
    proof_tree,
    refused,
    report,
    seed_of,
    solver_key,
    solver_place,
    some_hash,
    submit,
    submitter_key,
    task_of,
    to_proved,
    to_reported,
    to_training,
    verification_of,
)
from tests.world import PARAMETERS, VERIFIERS

LARGEST_UNITS = 4_750_166_666
"""Whose replay takes all the time that it may: 6 steps of them are 3,300 seconds, and base_time is 300."""
CROWD = ("solver", "other_solver", "whistleblower", "other_whistleblower", "stranger")


def send(world, user, method, *arguments):
    return world.send(user, "TaskRegistry", method, *arguments)


def as_contract(world, contract, method, *arguments):
    return world.port.send(world.deployment.addresses[contract], "TaskRegistry", method, *arguments)


def view(world, method, *arguments):
    return world.view("TaskRegistry", method, *arguments)


def deposited(world, task):
    """What is locked of the submitter."""
    return world.view("Staking", "locked_amount", submitter_key(task))


def pot(world, task):
    return world.view("Staking", "pots", escrow_key(task))


def phase(world, task):
    return Phase(task_of(world, task).phase)


def enrolled(world, task):
    return [view(world, "enrolled_at", task, i + 1) for i in range(task_of(world, task).enrolled)]


def to_offered(world, *solvers, **changes):
    task = submit(world, **changes)
    enrol_and_draw(world, task, *solvers)
    return task


def to_drawing(world, *solvers):
    task = submit(world)
    enrol(world, task, *solvers)
    close_enrolment(world, task)
    return task


# submit_task


def test_a_task_is_submitted(world):
    before, now, count = balances(world, *world.users), world.port.now(), view(world, "task_count")
    order, due = Order(), bill(world)
    assert due.fee == 1_000_003 * 12 * (10**12 + 7)
    assert due.verifier_fee == 1_000_003 * 6 * (10**12 + 7)
    assert due.tax == due.fee * 17 // 200 and due.fee * 17 % 200 != 0
    receipt = send(world, "submitter", "submit_task", order)
    task, deadline = count + 1, now + world.parameters.enrol_window
    found = events(receipt)
    submitted = found.pop("TaskSubmitted")[0]
    assert tuple(submitted.pop("order")) == order
    assert submitted == {"task": task, "submitter": world["submitter"], "escrow": due.escrow, "deadline": deadline}
    deposit = world.parameters.task_deposit
    assert found == {
        "Funded": [{"pot": escrow_key(task), "owner": world["submitter"], "amount": due.escrow}],
        "Locked": [
            {"key": submitter_key(task), "owner": world["submitter"], "from_stake": deposit, "from_unbonding": 0}
        ],
    }
    assert moved(world, before) == {"submitter": (-due.escrow - deposit, 0, 0)}
    assert (pot(world, task), deposited(world, task)) == (due.escrow, deposit)
    assert task_of(world, task)._asdict() == {
        "order": order,
        "submitter": world["submitter"],
        "solver": NOBODY,
        "proof_root": ZERO,
        "phase": Phase.OPEN,
        "ending": 0,
        "tries": 0,
        "enrolled": 0,
        "draw_block": 0,
        "deadline": deadline,
        "accepted": False,
    }


def test_the_views_of_a_task(world):
    task, due = to_proved(world), bill(world)
    assert tuple(view(world, "orders", task)) == Order()
    assert view(world, "geometry_of", task) == Geometry().pack()
    assert view(world, "parties", task) == (world["submitter"], world["solver"])
    assert view(world, "phase_of", task) == Phase.PROVED
    assert view(world, "proof_root_of", task) == proof_tree(world, task).root
    assert view(world, "fee_of", task) == due.fee
    assert world.view("Orders", "price_of", Order()) == due.escrow
    replay = view(world, "replay_of", task)
    assert replay.units == due.replay == 1_000_003 * 3 * 2
    assert replay.bytes == 2**19
    assert replay.time == PARAMETERS.work_time(replay.units, replay.bytes)
    assert view(world, "segment_units", task) == 1_000_003 * 2
    assert world.view("Orders", "pack_geometry", Geometry()) == Geometry().pack()
    assert view(world, "phase_of", task + 1) == 0


def test_two_tasks_do_not_share_a_pot(world):
    one, two = submit(world), submit(world, user="stranger", price=5)
    assert two == one + 1
    assert pot(world, one) == bill(world).escrow
    assert pot(world, two) == bill(world, Order(price=5)).escrow


@pytest.mark.parametrize(
    "change, rule",
    [
        ({"program_root": ZERO}, "registry: root"),
        ({"dataset_root": ZERO}, "registry: root"),
        ({"initial_state": ZERO}, "registry: root"),
        ({"units": 0}, "registry: units"),
        ({"units": 2**64 + 1}, "registry: units"),
        ({"price": 0}, "registry: price"),
        ({"price": 2**96 + 1}, "registry: price"),
        ({"geometry": Geometry().pack() | 1 << 247}, "geometry: profilers"),
        ({"data": 49}, "geometry: data"),
        ({"data": 255}, "geometry: data"),
        ({"state": 0}, "geometry: state"),
        ({"nodes": 2}, "geometry: nodes"),
        ({"batches": 0}, "geometry: batches"),
        ({"interval": 0}, "geometry: interval"),
        ({"steps": 13}, "geometry: steps"),
        ({"samples": 7}, "geometry: samples"),
        ({"threshold": 0x7F800000}, "geometry: threshold"),
        ({"units": LARGEST_UNITS + 1}, "registry: replay"),
        ({"units": 2**64}, "registry: replay"),
        ({"units": LARGEST_UNITS, "price": 2**96}, "order: deposit"),
        ({"units": 10**6, "price": 10**16 * 2 // 9 + 1}, "order: deposit"),
        ({"units": 10**6, "price": 10**15 + 1, "profilers": 3, "threshold": 0}, "order: deposit"),
    ],
)
def test_an_order_can_be_refused(world, change, rule):
    """Promise 10."""
    with refused(rule):
        send(world, "submitter", "submit_task", make_order(**change))


def test_the_longest_replay_and_the_smallest_price_are_allowed(world):
    for change in ({"units": LARGEST_UNITS, "price": 1}, {"units": 1, "price": 2**64}):
        assert tuple(task_of(world, submit(world, **change)).order) == Order(**change)
    assert PARAMETERS.work_time(6 * LARGEST_UNITS, 2**19) == PARAMETERS.max_replay_time
    assert PARAMETERS.work_time(6 * (LARGEST_UNITS + 1), 2**19) == PARAMETERS.max_replay_time + 1


@pytest.mark.parametrize(
    ("order", "price"),
    [({}, 10**16 * 2 // 9), ({"profilers": 3, "threshold": 0}, 10**15)],
)
def test_the_largest_deposits_are_those_that_every_verifier_has(world, order, price):
    """A27: else a dear task could be taken by large stakes only. The dearest price, and one more."""
    task = submit(world, units=10**6, price=price, **order)
    due = bill(world, make_order(units=10**6, price=price, **order))
    largest = max(due.verifier_deposit, due.profiler_deposit if order else 0)
    assert PARAMETERS.verifier_stake - 24 * 10**6 < largest <= PARAMETERS.verifier_stake
    assert task_of(world, task).order.price == price
    with refused("order: deposit"):
        submit(world, units=10**6, price=price + 1, **order)


@pytest.mark.parametrize(
    ("changes", "fee"),
    [
        # A verifier's fee, and a profiler's where that is less.
        ({}, 6 * 1000),
        ({"samples": 6}, 12 * 1000),
        ({"samples": 6, "profilers": 3, "threshold": 0}, 8 * 1000),
    ],
)
def test_no_fee_is_less_than_the_least(changes, fee):
    """A27: or dust would fill the capacity of honest verifiers."""
    order = make_order(units=10, price=100, **changes)
    exact, more = (
        DEPLOYERS["Orders"].deploy(PARAMETERS.model_copy(update={"least_fee": least}).arguments())
        for least in (fee, fee + 1)
    )
    assert exact.price_of(order) > 0
    for view in (more.price_of, more.deposit_of, more.task_bound):
        with pytest.raises(boa.BoaError) as refusal:
            view(order)
        assert reason(refusal.value) == "order: fee"


def test_no_unit_is_cheaper_than_the_least_price():
    """A27: whoever fills others' capacity pays for it."""
    orders = DEPLOYERS["Orders"].deploy(PARAMETERS.model_copy(update={"least_price": 100}).arguments())
    assert orders.price_of(make_order(price=100)) > 0
    for view in (orders.price_of, orders.deposit_of, orders.task_bound):
        with pytest.raises(boa.BoaError) as refusal:
            view(make_order(price=99))
        assert reason(refusal.value) == "registry: price"


def test_a_solver_locks_something():
    """What it locks are its tickets in the lot."""
    least, some = (
        DEPLOYERS["Orders"].deploy(
            PARAMETERS.model_copy(update={"least_price": 1, "least_fee": 0, "solver_deposit": deposit}).arguments()
        )
        for deposit in (1, WAD)
    )
    order = make_order(price=1)
    assert some.deposit_of(order) > 0
    with pytest.raises(boa.BoaError) as refusal:
        least.deposit_of(order)
    assert reason(refusal.value) == "registry: price"


def test_a_profile_takes_no_longer_than_the_longest_replay(world):
    """A27: nor does it hold capacity for longer. It replays four times two steps, the verifier twice two."""
    most = (PARAMETERS.max_replay_time + 1 - PARAMETERS.base_time) * PARAMETERS.units_per_second - 1
    change = {"samples": 2, "profilers": 3, "threshold": 0, "price": 1}
    assert submit(world, units=most // 8, **change)
    with refused("registry: replay"):
        submit(world, units=most // 8 + 1, **change)


def test_the_largest_order_costs_what_it_costs():
    """Promise 10: nothing overflows where units are done in no time."""
    fast = PARAMETERS.model_copy(
        update={"units_per_second": 2**100, "verifier_deposit": 1, "verifier_stake": 2**96, "ticket": 2**80}
    )
    orders = DEPLOYERS["Orders"].deploy(fast.arguments())
    order = make_order(units=2**64, price=2**59, steps=65535**2, interval=65535, samples=16)
    fee, replay = 2**123 * 65535**2, 2**123 * 65535 * 16
    with pytest.raises(boa.BoaError) as refusal:
        orders.price_of(order._replace(price=2**96))
    assert reason(refusal.value) == "order: deposit"
    assert orders.price_of(order) == fee + replay * fast.verifier_rate // WAD + fee * fast.tax // WAD
    assert orders.task_bound(order) > 160 * 2**64 * 65535 * 16 // fast.bytes_per_second


def test_task_numbers_have_32_bits(world):
    """A report's name has 48."""
    registry = world.port.contracts["TaskRegistry"]
    registry.eval("self.task_count = 2**32 - 2")
    assert submit(world) == 2**32 - 1
    with refused("registry: tasks"):
        send(world, "submitter", "submit_task", Order())


def test_an_order_is_paid_to_the_wei(world):
    due = bill(world)
    world.send("submitter", "Staking", "unbond", world.view("Staking", "stake", world["submitter"]))
    world.send("submitter", "Staking", "deposit", due.escrow - 1)
    with refused("staking: stake"):
        send(world, "submitter", "submit_task", Order())
    world.send("submitter", "Staking", "deposit", 1)
    unbonding = world.view("Staking", "unbonding", world["submitter"])
    submit(world)
    assert world.view("Staking", "stake", world["submitter"]) == 0
    # The deposit may be on its way out: it can be slashed all the same.
    assert world.view("Staking", "unbonding", world["submitter"]) == unbonding - world.parameters.task_deposit


# enrol


def test_a_solver_enrols(world):
    task, due = submit(world), bill(world)
    before = balances(world, *world.users)
    receipt = send(world, "solver", "enrol", task, 0)
    # Three of six segments are sampled (attack A10).
    assert due.solver_deposit == due.fee * world.parameters.solver_deposit // 10**18 * 6 // 3 > due.fee
    assert events(receipt) == {
        "SolverEnrolled": [{"task": task, "solver": world["solver"], "deposit": due.solver_deposit}],
        "Locked": [
            {
                "key": solver_key(task, world["solver"]),
                "owner": world["solver"],
                "from_stake": due.solver_deposit,
                "from_unbonding": 0,
            }
        ],
    }
    assert moved(world, before) == {"solver": (-due.solver_deposit, 0, 0)}
    assert enrolled(world, task) == [world["solver"]]
    assert view(world, "enrolment_place", task, world["solver"]) == 1


def test_enrolment_can_be_refused(world):
    task = submit(world)
    with refused("registry: phase"):
        send(world, "solver", "enrol", task + 1, 0)
    with refused("registry: submitter"):
        send(world, "submitter", "enrol", task, 0)
    with refused("staking: stake"):
        send(world, "treasury", "enrol", task, 0)
    send(world, "solver", "enrol", task, 0)
    with refused("registry: enrolled"):
        send(world, "solver", "enrol", task, 0)


def test_enrolment_has_a_deadline(world):
    task = submit(world)
    last = task_of(world, task).deadline
    check_window(world, last, "registry: late", lambda: send(world, "solver", "enrol", task, 0))


def test_who_is_submitter_may_solve_another_task(world):
    task = submit(world, user="solver")
    send(world, "submitter", "enrol", task, 0)
    assert enrolled(world, task) == [world["submitter"]]


# leave


def test_a_solver_leaves(world):
    task, due = submit(world), bill(world)
    before = balances(world, *world.users)
    enrol(world, task)
    receipt = send(world, "solver", "leave", task)
    assert events(receipt) == {
        "SolverLeft": [{"task": task, "solver": world["solver"]}],
        "Released": [
            {
                "key": solver_key(task, world["solver"]),
                "owner": world["solver"],
                "amount": due.solver_deposit,
            }
        ],
    }
    assert moved(world, before) == {}
    assert enrolled(world, task) == []
    with refused("registry: enrolled"):
        send(world, "solver", "leave", task)
    send(world, "solver", "enrol", task, 0)
    assert enrolled(world, task) == [world["solver"]]


def test_nobody_leaves_while_a_draw_is_due(world):
    """Attack A19: the enrolment is closed before its seed is known."""
    task = to_drawing(world, "solver", "other_solver")
    for block in (block_number(), task_of(world, task).draw_block + 1, task_of(world, task).draw_block + 257):
        at_block(block)
        with refused("registry: phase"):
            send(world, "solver", "leave", task)


def test_who_is_not_drawn_leaves_in_every_later_phase(world):
    """Promise 5."""
    task = to_offered(world, "solver", "other_solver")
    drawn = world.name_of(task_of(world, task).solver)
    (other,) = {"solver", "other_solver"} - {drawn}
    before = balances(world, other)

    def check_leave(in_phase):
        assert phase(world, task) == in_phase
        with world.undone():
            send(world, other, "leave", task)
            assert moved(world, before) == {other: (bill(world).solver_deposit, 0, 0)}
            assert task_of(world, task).enrolled == 0
        with refused("registry: enrolled"):
            send(world, drawn, "leave", task)

    check_leave(Phase.OFFERED)
    accept(world, task)
    check_leave(Phase.TRAINING)
    post_proof(world, task)
    check_leave(Phase.PROVED)


def test_the_enrolled_leave_after_the_end(world):
    """Promise 5: a deposit has an exit in a task that is over."""
    before = balances(world, *CROWD)
    task = to_offered(world, *CROWD)
    for tries in range(world.parameters.max_tries):
        send(world, world.name_of(task_of(world, task).solver), "decline", task)
        if tries + 1 < world.parameters.max_tries:
            close_enrolment(world, task)
            at_block(task_of(world, task).draw_block + 1)
            send(world, "stranger", "draw_solver", task)
    assert phase(world, task) == Phase.ENDED
    left = [world.name_of(address) for address in enrolled(world, task)]
    assert len(left) == 2
    for name in left:
        send(world, name, "leave", task)
    fee = bill(world).solver_deposit // 100
    assert moved(world, before) == {name: (-fee, 0, 0) for name in CROWD if name not in left}
    assert task_of(world, task).enrolled == 0


def test_enrolment_in_any_order_is_a_list(world):
    """Swap and pop: the list and its places never disagree."""
    task, expected, chance = submit(world), [], random.Random(2)
    for _ in range(60):
        name = chance.choice(CROWD)
        if name in expected:
            send(world, name, "leave", task)
            place, last = expected.index(name), expected.pop()
            if last != name:
                expected[place] = last
        else:
            send(world, name, "enrol", task, 0)
            expected.append(name)
        at(task_of(world, task).deadline - 10)
        assert enrolled(world, task) == [world[name] for name in expected]
        assert view(world, "enrolled_at", task, len(expected) + 1) == NOBODY
        for name in CROWD:
            place = expected.index(name) + 1 if name in expected else 0
            assert view(world, "enrolment_place", task, world[name]) == place


# close_enrolment


def test_enrolment_closes(world):
    task = submit(world)
    enrol(world, task, "solver", "other_solver")
    with world.undone():
        check_exit(
            world,
            task_of(world, task).deadline,
            "registry: early",
            lambda: send(world, "stranger", "close_enrolment", task),
        )
    at(task_of(world, task).deadline + 1)
    draw_block = block_number() + world.parameters.draw_delay
    receipt = send(world, "stranger", "close_enrolment", task)
    assert events(receipt) == {"EnrolmentClosed": [{"task": task, "enrolled": 2, "draw_block": draw_block}]}
    assert phase(world, task) == Phase.DRAWING
    assert task_of(world, task).draw_block == draw_block
    with refused("registry: phase"):
        send(world, "stranger", "close_enrolment", task)
    with refused("registry: phase"):
        send(world, "stranger", "enrol", task, 0)


def test_nobody_enrolled(world):
    """Ending: no solver. The escrow goes back."""
    before = balances(world, *world.users)
    task, due = submit(world), bill(world)
    at(task_of(world, task).deadline)
    with refused("registry: early"):
        send(world, "stranger", "close_enrolment", task)
    receipt = close_enrolment(world, task)
    assert events(receipt) == {
        "TaskEnded": [{"task": task, "ending": Ending.NO_SOLVER}],
        "Paid": [{"pot": escrow_key(task), "receiver": world["submitter"], "amount": due.escrow}],
        "Released": [
            {"key": submitter_key(task), "owner": world["submitter"], "amount": world.parameters.task_deposit}
        ],
    }
    assert (phase(world, task), task_of(world, task).ending) == (Phase.ENDED, Ending.NO_SOLVER)
    assert moved(world, before) == {"submitter": (-due.escrow, 0, due.escrow)}
    assert pot(world, task) == 0


# draw_solver


def test_a_solver_is_drawn_by_its_block(world, seeds):
    task = to_drawing(world, *CROWD)
    before = balances(world, *world.users)
    draw_block = task_of(world, task).draw_block
    for block in (draw_block - 1, draw_block):
        at_block(block)
        with refused("registry: early"):
            send(world, "stranger", "draw_solver", task)
    at_block(draw_block + 1)
    expected = CROWD[solver_place(enrolled_drum(world, task), seed_of(seeds.of(draw_block), task, 0))]
    deadline = world.port.now() + world.parameters.accept_window
    receipt = send(world, "stranger", "draw_solver", task)
    assert events(receipt) == {"SolverDrawn": [{"task": task, "solver": world[expected], "deadline": deadline}]}
    found = task_of(world, task)
    assert (found.phase, found.solver, found.deadline) == (Phase.OFFERED, world[expected], deadline)
    assert moved(world, before) == {}
    assert set(enrolled(world, task)) == {world[name] for name in CROWD if name != expected}
    assert view(world, "enrolment_place", task, world[expected]) == 0
    with refused("registry: phase"):
        send(world, "stranger", "draw_solver", task)


@pytest.mark.parametrize("place", range(5))
def test_each_of_the_enrolled_can_be_drawn(world, seeds, place):
    task = to_drawing(world, *CROWD)
    draw_block = task_of(world, task).draw_block
    seeds.aim_solver(draw_block, task, place)
    at_block(draw_block + 1)
    send(world, "stranger", "draw_solver", task)
    assert task_of(world, task).solver == world[CROWD[place]]
    rest = list(CROWD)
    last = rest.pop()
    if place < len(rest):
        rest[place] = last
    assert enrolled(world, task) == [world[name] for name in rest]
    for i, name in enumerate(rest):
        assert view(world, "enrolment_place", task, world[name]) == i + 1


@pytest.mark.parametrize("age", [1, 256, 100_000])
def test_the_draw_does_not_depend_on_when_it_is_made(world, seeds, age):
    """Attack A8: as long as the block's seed is known, it alone decides."""
    task = to_drawing(world, *CROWD)
    draw_block = task_of(world, task).draw_block
    at_block(draw_block + age)
    expected = CROWD[solver_place(enrolled_drum(world, task), seed_of(seeds.of(draw_block), task, 0))]
    send(world, "stranger", "draw_solver", task)
    assert task_of(world, task).solver == world[expected]


def test_an_expired_draw_gets_another_block(world, seeds):
    task = to_drawing(world, *CROWD)
    first = task_of(world, task).draw_block
    seeds.lose(first)
    at_block(first + 257)
    receipt = send(world, "stranger", "draw_solver", task)
    second = first + 257 + world.parameters.draw_delay
    assert events(receipt) == {"EnrolmentClosed": [{"task": task, "enrolled": 5, "draw_block": second}]}
    assert (phase(world, task), task_of(world, task).solver) == (Phase.DRAWING, NOBODY)
    with refused("registry: early"):
        send(world, "stranger", "draw_solver", task)
    at_block(second + 1)
    expected = CROWD[solver_place(enrolled_drum(world, task), seed_of(seeds.of(second), task, 0))]
    send(world, "stranger", "draw_solver", task)
    assert task_of(world, task).solver == world[expected]


def test_a_solver_can_lock_more_than_the_deposit(world):
    """And counts for so much in the lot. All of it is what a slash takes its share of."""
    task, due = submit(world), bill(world)
    deposit, before = due.solver_deposit, balances(world, *world.users)
    send(world, "solver", "enrol", task, deposit - 1)
    receipt = send(world, "other_solver", "enrol", task, 3 * deposit)
    enrolled_now = {"task": task, "solver": world["other_solver"], "deposit": 3 * deposit}
    assert events(receipt)["SolverEnrolled"] == [enrolled_now]
    assert [view(world, "enrolled_stake", task, world[name]) for name in ("solver", "other_solver", "stranger")] == [
        deposit, 3 * deposit, 0,
    ]
    assert moved(world, before) == {"solver": (-deposit, 0, 0), "other_solver": (-3 * deposit, 0, 0)}
    send(world, "other_solver", "leave", task)
    assert moved(world, before) == {"solver": (-deposit, 0, 0)}
    assert view(world, "enrolled_stake", task, world["other_solver"]) == 0


def test_a_solver_is_drawn_in_proportion_to_its_stake(world, seeds):
    """Attack A19's other half: what splits or joins accounts changes nothing. Chi-square, 4 degrees of freedom."""
    task, due = submit(world), bill(world)
    weights = dict(zip(CROWD, (1, 2, 3, 5, 9), strict=True))
    for name, weight in weights.items():
        send(world, name, "enrol", task, weight * due.solver_deposit)
    close_enrolment(world, task)
    block, drawn, draws = task_of(world, task).draw_block, [], 400
    at_block(block + 1)
    for number in range(draws):
        seeds.choose(block, some_hash("lot", number))
        with world.undone():
            send(world, "stranger", "draw_solver", task)
            drawn.append(world.name_of(task_of(world, task).solver))
    expected = {name: draws * weight / sum(weights.values()) for name, weight in weights.items()}
    distance = sum((drawn.count(name) - count) ** 2 / count for name, count in expected.items())
    assert distance < 18.47, f"p < 0.001: {distance} for {[(name, drawn.count(name)) for name in CROWD]}"


def test_lots_follow_the_list_in_any_order(world, seeds):
    """The tree of stakes never disagrees with the list, whoever comes and goes."""
    task, due, expected, chance = submit(world), bill(world), {}, random.Random(3)
    for _ in range(60):
        name = chance.choice(CROWD)
        if name in expected:
            send(world, name, "leave", task)
            places = list(expected)
            places[places.index(name)] = places[-1]
            expected = {each: expected[each] for each in places[:-1]}
        else:
            expected[name] = chance.randrange(1, 6) * due.solver_deposit
            send(world, name, "enrol", task, expected[name])
        at(task_of(world, task).deadline - 10)
        if not expected:
            continue
        with world.undone():
            close_enrolment(world, task)
            block, drum = task_of(world, task).draw_block, Drum(list(expected.values()))
            at_block(block + 1)
            for number in range(3):
                seeds.choose(block, some_hash("lot", number))
                with world.undone():
                    send(world, "stranger", "draw_solver", task)
                    place = solver_place(drum, seed_of(seeds.of(block), task, 0))
                    assert task_of(world, task).solver == world[list(expected)[place]]


# Capacity


def test_a_task_that_too_few_can_take_is_refused(world):
    """Attack A27: the share of all tickets whose owners have the capacity, not the number of verifiers."""
    for name, capacity in {"verifier_one": (2**30, 2**24), "verifier_two": (2**60, 2**24)}.items():
        world.send(name, "Sortition", "resize", *capacity)
    for units, data, share in (
        (2**30 // 6, 24, 10),
        (2**30 // 6 + 1, 24, 8),
        (2**30 // 6, 25, 6),
        (2**30 // 6 + 1, 25, 6),
    ):
        order = make_order(units=units, data=data)
        assert world.view("Sortition", "eligible_share", 6 * units, 1 << data) == share * 10**17
        if share * 10**17 >= world.parameters.eligible_share:
            send(world, "submitter", "submit_task", order)
        else:
            with refused("registry: eligible"):
                send(world, "submitter", "submit_task", order)


def test_the_least_share_is_enough(world):
    """Six of eight tickets, where three quarters are asked for."""
    world.send("verifier_one", "Sortition", "resize", 2**30, 2**24)
    world.send(VERIFIERS[-1], "Sortition", "retire")
    order = make_order(units=2**30 // 6 + 1)
    assert world.view("Sortition", "eligible_share", 6 * order.units, 1 << 24) == world.parameters.eligible_share
    send(world, "submitter", "submit_task", order)


def test_without_verifiers_there_is_no_task(world):
    for name in VERIFIERS:
        world.send(name, "Sortition", "retire")
    with refused("registry: eligible"):
        send(world, "submitter", "submit_task", make_order())


def test_no_draw_without_enrolment(world):
    task = submit(world)
    with refused("registry: phase"):
        send(world, "stranger", "draw_solver", task)


# accept


def test_the_drawn_solver_accepts(world):
    task = to_offered(world)
    before, now = balances(world, *world.users), world.port.now()
    for user in ("stranger", "submitter", "deployer"):
        with refused("registry: solver"):
            send(world, user, "accept", task)
    receipt = accept(world, task)
    p = world.parameters
    deadline = now + p.base_time + 2 * 1_000_003 * 12 // p.units_per_second
    assert deadline == now + 324
    assert events(receipt) == {
        "TaskAccepted": [{"task": task, "solver": world["solver"], "deadline": deadline}],
        "Released": [{"key": submitter_key(task), "owner": world["submitter"], "amount": p.task_deposit}],
    }
    assert (phase(world, task), task_of(world, task).deadline) == (Phase.TRAINING, deadline)
    assert task_of(world, task).accepted
    assert moved(world, before) == {"submitter": (p.task_deposit, 0, 0)}
    assert deposited(world, task) == 0
    with refused("registry: phase"):
        send(world, "solver", "accept", task)


@pytest.mark.parametrize("method", ["accept", "decline"])
def test_an_offer_has_a_deadline(world, method):
    task = to_offered(world)
    check_window(world, task_of(world, task).deadline, "registry: late", lambda: send(world, "solver", method, task))


# decline


def test_the_drawn_solver_declines(world):
    task, due = to_offered(world), bill(world)
    fee = due.solver_deposit * world.parameters.decline_share // WAD
    assert 0 < fee < due.solver_deposit // 99
    before, now = balances(world, *world.users), world.port.now()
    with refused("registry: solver"):
        send(world, "stranger", "decline", task)
    receipt = send(world, "solver", "decline", task)
    deadline = now + world.parameters.enrol_window
    assert events(receipt)["TaskReopened"] == [{"task": task, "tries": 1, "deadline": deadline}]
    assert deposited(world, task) == world.parameters.task_deposit
    assert moved(world, before) == {"solver": (due.solver_deposit - fee, 0, 0), "treasury": (0, 0, fee)}
    assert pot(world, task) == due.escrow
    found = task_of(world, task)
    assert (found.phase, found.solver, found.tries, found.deadline) == (Phase.OPEN, NOBODY, 1, deadline)
    with refused("registry: phase"):
        send(world, "solver", "decline", task)
    enrol(world, task)
    assert enrolled(world, task) == [world["solver"]]


def test_who_has_accepted_cannot_decline(world):
    task = to_training(world)
    with refused("registry: phase"):
        send(world, "solver", "decline", task)


def test_the_enrolled_stay_when_a_task_reopens(world):
    task = to_offered(world, *CROWD)
    rest = enrolled(world, task)
    send(world, world.name_of(task_of(world, task).solver), "decline", task)
    assert enrolled(world, task) == rest and len(rest) == 4
    with refused("registry: enrolled"):
        send(world, world.name_of(rest[0]), "enrol", task, 0)


# time_out


def test_no_answer_counts_as_declined(world):
    task, due = to_offered(world), bill(world)
    fee = due.solver_deposit // 100
    before, receipts = balances(world, *world.users), []
    check_exit(
        world,
        task_of(world, task).deadline,
        "registry: early",
        lambda: receipts.append(send(world, "stranger", "time_out", task)),
    )
    assert len(events(receipts[0])["TaskReopened"]) == 1
    assert moved(world, before) == {"solver": (due.solver_deposit - fee, 0, 0), "treasury": (0, 0, fee)}
    assert phase(world, task) == Phase.OPEN


def test_no_proof_is_silence(world):
    task, due = to_training(world), bill(world)
    slash = due.solver_deposit * world.parameters.silence_share // WAD
    to_submitter = slash * world.parameters.submitter_share // WAD
    before, last, receipts = balances(world, *world.users), task_of(world, task).deadline, []
    check_exit(world, last, "registry: early", lambda: receipts.append(send(world, "stranger", "time_out", task)))
    found = events(receipts[0])
    assert found["TaskReopened"] == [{"task": task, "tries": 1, "deadline": last + 1 + world.parameters.enrol_window}]
    assert found["SolverSlashed"] == [{"task": task, "solver": world["solver"], "amount": slash}]
    assert slash > to_submitter > 0
    assert moved(world, before) == {"solver": (due.solver_deposit - slash, 0, 0), "submitter": (0, 0, to_submitter)}
    assert pot(world, task) == due.escrow
    assert (phase(world, task), task_of(world, task).solver) == (Phase.OPEN, NOBODY)


@pytest.mark.parametrize("to", [submit, to_drawing, to_proved])
def test_there_is_no_time_out_where_nobody_is_awaited(world, to):
    task = to(world)
    at(world.port.now() + 100_000)
    with refused("registry: phase"):
        send(world, "stranger", "time_out", task)


@pytest.mark.parametrize("silent", [False, True])
def test_a_task_goes_back_to_the_pool_so_many_times(world, silent):
    """Endings: no solver, solver silent. `max_tries` tries in all, then the escrow goes back."""
    task, due = submit(world), bill(world)
    before = balances(world, "submitter", "treasury")
    for tries in range(1, 4):
        enrol_and_draw(world, task, "solver")
        if silent:
            accept(world, task)
            at(task_of(world, task).deadline + 1)
            receipt = send(world, "stranger", "time_out", task)
        else:
            receipt = send(world, "solver", "decline", task)
        assert task_of(world, task).tries == tries
        assert phase(world, task) == (Phase.OPEN if tries < 3 else Phase.ENDED)
    ending = Ending.SOLVER_SILENT if silent else Ending.NO_SOLVER
    found = events(receipt)
    assert found["TaskEnded"] == [{"task": task, "ending": ending}]
    assert "TaskReopened" not in found
    assert {"pot": escrow_key(task), "receiver": world["submitter"], "amount": due.escrow} in found["Paid"]
    assert task_of(world, task).ending == ending
    assert pot(world, task) == 0
    slash, deposit = due.solver_deposit // 4, world.parameters.task_deposit
    expected = (
        {"submitter": (deposit, 0, due.escrow + 3 * (slash * 3 // 10))}
        if silent
        else {"submitter": (deposit, 0, due.escrow), "treasury": (0, 0, 3 * (due.solver_deposit // 100))}
    )
    assert moved(world, before) == expected


# post_proof


def test_a_proof_is_posted(world):
    task = to_training(world)
    before, tree = balances(world, *world.users), proof_tree(world, task)
    assert tree.count == 12 // 2 + 1
    now, draw_block = world.port.now(), block_number() + world.parameters.draw_delay
    receipt = post_proof(world, task)
    assert events(receipt) == {
        "ProofPosted": [{"task": task, "solver": world["solver"], "proof_root": tree.root}],
        "VerificationStarted": [
            {"task": task, "draw_block": draw_block, "deadline": now + world.parameters.draw_window}
        ],
    }
    assert (phase(world, task), task_of(world, task).proof_root) == (Phase.PROVED, tree.root)
    assert verification_of(world, task).phase == Stage.DRAWING
    assert moved(world, before) == {}
    with refused("registry: phase"):
        send(world, "solver", "post_proof", task, tree.root, tree.path(0))


def test_a_proof_has_a_deadline(world):
    task = to_training(world)
    check_window(world, task_of(world, task).deadline, "registry: late", lambda: post_proof(world, task))


def test_only_the_drawn_solver_posts(world):
    """Promise 8: a copied proof is worth nothing."""
    task = to_offered(world)
    tree = proof_tree(world, task)
    with refused("registry: phase"):
        send(world, "solver", "post_proof", task, tree.root, tree.path(0))
    accept(world, task)
    for user in ("stranger", "submitter", "other_solver"):
        with refused("registry: solver"):
            send(world, user, "post_proof", task, tree.root, tree.path(0))


def test_a_proof_starts_from_the_initial_state(world):
    """Attack A9."""
    task = to_training(world)
    tree = proof_tree(world, task)
    leaves = tree.levels[0]

    def refuse(other, rule="registry: proof"):
        with refused(rule):
            send(world, "solver", "post_proof", task, other.root, other.path(0))

    refuse(Tree(TreeKind.PROOF, [some_hash("another state"), *leaves[1:]]))
    refuse(Tree(TreeKind.PROOF, [leaves[1], leaves[0], *leaves[2:]]))
    refuse(Tree(TreeKind.REPORT, leaves))
    # Another count of checkpoints: the same number of siblings, and not.
    refuse(Tree(TreeKind.PROOF, [*leaves, some_hash("one more")]))
    refuse(Tree(TreeKind.PROOF, leaves[:-1]))
    refuse(Tree(TreeKind.PROOF, leaves[:4]), "tree: path")
    for path in (tree.path(0)[:-1], [*tree.path(0), ZERO]):
        with refused("tree: path"):
            send(world, "solver", "post_proof", task, tree.root, path)
    with refused("registry: proof"):
        send(world, "solver", "post_proof", task, tree.root, tree.path(0)[::-1])
    send(world, "solver", "post_proof", task, tree.root, tree.path(0))


def test_one_checkpoint_per_interval(world):
    task = to_training(world, steps=65535 * 3, interval=3, samples=16, units=1, price=1)
    assert proof_tree(world, task).count == 65536
    post_proof(world, task)
    assert phase(world, task) == Phase.PROVED


# end, solver_failed


def test_only_settlement_ends_a_task(world):
    task = to_proved(world)
    for caller in (*world.users.values(), *(world.deployment.addresses[c] for c in ("Verification", "Arbitration"))):
        with refused("registry: caller"):
            world.port.send(caller, "TaskRegistry", "end", task, Ending.ACCEPTED)
    receipt = as_contract(world, "Settlement", "end", task, Ending.REJECTED)
    assert events(receipt) == {"TaskEnded": [{"task": task, "ending": Ending.REJECTED}]}
    assert (phase(world, task), task_of(world, task).ending) == (Phase.ENDED, Ending.REJECTED)
    with refused("registry: phase"):
        as_contract(world, "Settlement", "end", task, Ending.ACCEPTED)


@pytest.mark.parametrize("to", [submit, to_drawing, to_offered, to_training])
def test_a_task_without_proof_is_not_settled(world, to):
    task = to(world)
    with refused("registry: phase"):
        as_contract(world, "Settlement", "end", task, Ending.ACCEPTED)
    with refused("registry: phase"):
        as_contract(world, "Verification", "solver_failed", task)


def test_only_verification_says_that_a_solver_failed(world):
    task, due = to_proved(world), bill(world)
    for caller in (*world.users.values(), *(world.deployment.addresses[c] for c in ("Settlement", "Arbitration"))):
        with refused("registry: caller"):
            world.port.send(caller, "TaskRegistry", "solver_failed", task)
    before = balances(world, *world.users)
    receipt = as_contract(world, "Verification", "solver_failed", task)
    slash = due.solver_deposit // 4
    assert events(receipt)["SolverSlashed"] == [{"task": task, "solver": world["solver"], "amount": slash}]
    assert moved(world, before) == {"solver": (due.solver_deposit - slash, 0, 0), "submitter": (0, 0, slash * 3 // 10)}
    found = task_of(world, task)
    assert (found.phase, found.solver, found.proof_root, found.tries) == (Phase.OPEN, NOBODY, ZERO, 1)


# invalidate


def test_only_the_program_judge_invalidates(world):
    """How an invalid program is shown, and who is paid for it, is in test_program_judge."""
    task = submit(world)
    others = ("Settlement", "Verification", "Arbitration", "ValueJudge")
    for caller in (*world.users.values(), *(world.deployment.addresses[c] for c in others)):
        with refused("registry: caller"):
            world.port.send(caller, "TaskRegistry", "invalidate", task, caller)
    receipt = as_contract(world, "ProgramJudge", "invalidate", task, world["stranger"])
    assert events(receipt)["TaskEnded"] == [{"task": task, "ending": Ending.INVALID_PROGRAM}]
    assert (phase(world, task), task_of(world, task).ending) == (Phase.ENDED, Ending.INVALID_PROGRAM)


@pytest.mark.parametrize("to", [to_training, to_proved, to_reported])
def test_an_accepted_program_is_not_invalidated(world, to):
    """Attack A15."""
    task = to(world)
    with refused("registry: phase"):
        as_contract(world, "ProgramJudge", "invalidate", task, world["stranger"])


def test_the_submitters_deposit_goes_back_once(world):
    task = to_training(world)
    assert deposited(world, task) == 0
    before = balances(world, "submitter")
    at(task_of(world, task).deadline + 1)
    send(world, "stranger", "time_out", task)
    enrol_and_draw(world, task)
    with refused("registry: accepted"):
        as_contract(world, "ProgramJudge", "invalidate", task, world["stranger"])
    receipt = accept(world, task)
    assert "Released" not in events(receipt)
    assert moved(world, before)["submitter"][0] == 0
    # Nor at the end of a task that was accepted, and then refunded.
    at(task_of(world, task).deadline + 1)
    send(world, "stranger", "time_out", task)
    at(task_of(world, task).deadline + 1)
    receipt = close_enrolment(world, task)
    assert "Released" not in events(receipt) and phase(world, task) == Phase.ENDED


# task_bound


def longest_life(world, task):
    """Play a task so that every phase takes all its time, up to secrets that are never opened; its end."""
    p, last = world.parameters, world.parameters.max_tries - 1
    for tries in range(p.max_tries):
        enrol(world, task)
        close_enrolment(world, task)
        at(world.port.now() + p.draw_window)
        at_block(task_of(world, task).draw_block + 1)
        send(world, "stranger", "draw_solver", task)
        at(task_of(world, task).deadline)
        accept(world, task)
        at(task_of(world, task).deadline)
        post_proof(world, task)
        if tries < last:
            at(verification_of(world, task).deadline + 1)
            world.send("stranger", "Verification", "time_out", task)
    for _ in range(p.max_rounds + 1):
        at(verification_of(world, task).deadline)
        at_block(verification_of(world, task).draw_block + 1)
        world.send("stranger", "Verification", "draw", task)
        at(verification_of(world, task).deadline)
        accept_assignment(world, task)
        at(verification_of(world, task).deadline)
        report(world, task)
        at(phase_ends(world, task)[2] + 1)
        world.send("stranger", "Verification", "time_out", task)
    at(verification_of(world, task).deadline + p.reveal_window + 1)
    receipt = world.send("stranger", "Settlement", "settle", task)
    assert task_of(world, task).ending == Ending.UNRESOLVED
    assert "TaskEnded" in events(receipt)
    return world.port.now() - 1


def test_no_task_lives_longer_than_its_bound(world):
    """Promise 6. Fallbacks, games, and data to be posted are not played, and are all that is left of the bound."""
    p, begin, order = world.parameters, world.port.now(), Order()
    task = submit(world)
    life = longest_life(world, task) - begin
    replay = p.work_time(bill(world).replay, 2**19)
    decision = p.decision_window(replay)
    played = p.commit_window + replay + p.reveal_window + p.secret_window
    in_rounds, in_open_round = (p.max_rounds + 1) * (decision - played), decision
    # Nobody asks for data; who did would leave a reply's time, too.
    posting = 160 * order.units * (3 * 2 + 1) // p.bytes_per_second + (p.max_rounds + 2) * p.reply_window
    spare = world.view("Orders", "task_bound", order) - life - in_rounds - in_open_round - posting
    # What is left are seconds between phases.
    assert 0 <= spare < 5 * p.max_tries + 9 * (p.max_rounds + 1) + 8


def test_a_bound_follows_from_the_order(world):
    p, base = world.parameters, world.view("Orders", "task_bound", Order())
    more = world.view("Orders", "task_bound", make_order(steps=24))
    assert more - base == p.max_tries * (p.work_time(2 * 1_000_003 * 24, 0) - p.work_time(2 * 1_000_003 * 12, 0))
    # Two states of a sample, or the batches of its steps: the larger counts. The last state always.
    def posting(interval, samples):
        order = make_order(steps=4, interval=interval, samples=samples)
        replay = p.work_time(order.units * interval * samples, 2**19)
        return world.view("Orders", "task_bound", order) - (5 * p.max_rounds + 10) * replay

    unit = 160 * 1_000_003
    assert posting(4, 1) - posting(2, 1) == unit * 5 // p.bytes_per_second - unit * 3 // p.bytes_per_second
    assert posting(2, 1) == posting(1, 1)
    with refused("registry: units"):
        world.view("Orders", "task_bound", Order(units=0))


# Storage


STANDING = boa.loads_partial(
    """
# pragma version 0.4.3
from contracts.libraries import standing


@external
@pure
def pack(s: standing.Standing) -> uint256[2]:
    return standing.pack(s)


@external
@pure
def unpack(words: uint256[2]) -> standing.Standing:
    return standing.unpack(words)
"""
)
LARGEST = (
    "0x" + "ff" * 20, 2**48 - 1, 2**48 - 1, "0x" + "ff" * 20, 2**56 - 1, max(Phase), max(Ending), 255, True
)  # fmt: skip
SMALLEST = (NOBODY, 0, 0, NOBODY, 0, 0, 0, 0, False)


def test_where_a_task_stands_is_packed_without_loss():
    mock = STANDING.deploy()
    assert [word.bit_count() for word in mock.pack(SMALLEST)] == [0, 0]
    for place in range(len(LARGEST)):
        for one, others in ((LARGEST, SMALLEST), (SMALLEST, LARGEST)):
            fields = (*others[:place], one[place], *others[place + 1 :])
            found = mock.unpack(mock.pack(fields))
            assert [int(str(value), 16) if isinstance(value, str) else value for value in found] == [
                int(value, 16) if isinstance(value, str) else value for value in fields
            ]


# Promises


def test_an_order_never_changes(world):
    """Promise 7."""
    task = to_offered(world)
    send(world, "solver", "decline", task)
    enrol_and_draw(world, task)
    accept(world, task)
    post_proof(world, task)
    submit(world, price=5)
    assert tuple(task_of(world, task).order) == Order()
    assert task_of(world, task).submitter == world["submitter"]


def test_an_ended_task_stays_ended(world):
    """Promise 5: terminal states are terminal."""
    task = to_reported(world)
    open_secret(world, task)
    world.send("stranger", "Settlement", "settle", task)
    found, tree = task_of(world, task), proof_tree(world, task)
    assert found.phase == Phase.ENDED
    at(world.port.now() + 100_000)
    at_block(block_number() + 1000)
    for user in ("solver", "submitter", "stranger"):
        for method, *rest in (
            ("enrol", 0),
            ("accept",),
            ("decline",),
            ("close_enrolment",),
            ("draw_solver",),
            ("time_out",),
            ("post_proof", tree.root, tree.path(0)),
        ):
            with refused("registry: phase"):
                send(world, user, method, task, *rest)
        with refused("registry: enrolled"):
            send(world, user, "leave", task)
        with refused("verification: open"):
            world.send(user, "Settlement", "settle", task)
    with refused("registry: phase"):
        as_contract(world, "Settlement", "end", task, Ending.REJECTED)
    with refused("registry: phase"):
        as_contract(world, "Verification", "solver_failed", task)
    assert task_of(world, task) == found

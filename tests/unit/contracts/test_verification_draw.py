"""Draws: the samples, once per proof, and a verifier per round."""

import pytest

from tests.lots import CAPACITY, Drum
from tests.unit.contracts.steps import (
    NOBODY,
    SAMPLES,
    VERIFIERS,
    WAD,
    Phase,
    Stage,
    accept,
    at,
    at_block,
    balances,
    bill,
    block_number,
    check_exit,
    check_window,
    draw_verifier,
    enrol_and_draw,
    events,
    moved,
    post_proof,
    refused,
    report_id,
    seed_of,
    some_hash,
    task_of,
    to_assigned,
    to_proved,
    tried,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    draw_block_of,
    floyd,
    locked,
    send,
    view,
)
from tests.world import VERIFIERS as LISTED

EMPTY = {
    "round": 0,
    "report": 0,
    "verifier": NOBODY,
    "samples_drawn": False,
    "ask_end": 0,
}


# begin


def test_a_proof_starts_a_verification(world):
    task = to_proved(world)
    found = verification_of(world, task)
    expected = EMPTY | {
        "phase": Stage.DRAWING,
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


def test_samples_and_verifier_are_drawn(world, seeds):
    task, due = to_proved(world), bill(world)
    before, block = balances(world, *world.users), draw_block_of(world, task)
    for number in (block - 1, block):
        at_block(number)
        with refused("verification: early"):
            send(world, "stranger", "draw", task)
    at_block(block + 1)
    deadline = world.port.now() + world.parameters.accept_window
    receipt = send(world, "stranger", "draw", task)
    samples = floyd(seed_of(seeds.of(block), task, SAMPLES), 6, 3)
    verifier = LISTED[tried(drum(world), seed_of(seeds.of(block), task, VERIFIERS))[0]]
    assert events(receipt) == {
        "SamplesDrawn": [{"task": task, "samples": samples}],
        "VerifierDrawn": [{"task": task, "round": 0, "verifier": world[verifier], "deadline": deadline}],
        "Locked": [
            {
                "key": verifier_key(report_id(task, 0)),
                "owner": world[verifier],
                "from_stake": due.verifier_deposit,
                "from_unbonding": 0,
            }
        ],
        "Assigned": [{"verifier": world[verifier], "units": due.replay, "bytes": 2**19}],
    }
    assert free_of(world, verifier) == (CAPACITY[0] - due.replay, CAPACITY[1] - 2**19)
    assert due.verifier_deposit == due.fee * 3 // 2
    assert moved(world, before) == {verifier: (-due.verifier_deposit, 0, 0)}
    found = verification_of(world, task)
    assert (found.phase, found.verifier, found.deadline) == (Stage.ASSIGNED, world[verifier], deadline)
    assert view(world, "samples_of", task) == samples
    assert [view(world, "sample_of", task, i) for i in range(3)] == samples
    assert view(world, "verifier_of", report_id(task, 0)) == world[verifier]
    with refused("verification: phase"):
        send(world, "stranger", "draw", task)


@pytest.mark.parametrize("steps_, interval, samples", [(2, 2, 1), (16, 1, 16), (17, 1, 16), (24, 2, 7), (65535, 1, 16)])
def test_samples_are_distinct_and_within_range(world, seeds, steps_, interval, samples):
    task = to_proved(world, steps=steps_, interval=interval, samples=samples, units=1, price=10**6)
    block, segments = draw_block_of(world, task), steps_ // interval
    at_block(block + 1)
    seen = set()
    for i in range(8):
        seeds.choose(block, some_hash("sampled", i))
        with world.undone():
            send(world, "stranger", "draw", task)
            drawn = view(world, "samples_of", task)
        assert drawn == floyd(seed_of(seeds.of(block), task, SAMPLES), segments, samples)
        assert len(set(drawn)) == samples and max(drawn) < segments
        seen.add(tuple(drawn))
    assert len(seen) > 1 or segments == samples


def test_the_last_segment_can_be_sampled(world, seeds):
    task = to_proved(world)
    block, seen = draw_block_of(world, task), set()
    at_block(block + 1)
    for i in range(20):
        seeds.choose(block, some_hash("sampled", i))
        with world.undone():
            send(world, "stranger", "draw", task)
            seen |= set(view(world, "samples_of", task))
    assert seen == set(range(6))


@pytest.mark.parametrize("age", [1, 256, 100_000])
def test_samples_do_not_depend_on_when_they_are_drawn(world, seeds, age):
    """Attack A8: the fixed block alone decides, as long as its seed is known."""
    task = to_proved(world)
    block = draw_block_of(world, task)
    at_block(block + age)
    send(world, "stranger", "draw", task)
    assert view(world, "samples_of", task) == floyd(seed_of(seeds.of(block), task, SAMPLES), 6, 3)


def test_samples_are_never_drawn_from_another_block(world, seeds):
    """Attack A8: whoever lets the seed of its block be lost is silent."""
    task, due = to_proved(world), bill(world)
    block, before = draw_block_of(world, task), balances(world, *world.users)
    at_block(block + 257)
    with refused("verification: early"):
        send(world, "stranger", "time_out", task)
    seeds.lose(block)
    at_block(block)
    with refused("verification: early"):
        send(world, "stranger", "time_out", task)
    at_block(block + 1)
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


def test_another_proof_is_sampled_anew(world, seeds):
    """Nothing of a proof whose samples were never drawn remains."""
    task = to_proved(world)
    first = draw_block_of(world, task)
    seeds.lose(first)
    at_block(first + 1)
    send(world, "stranger", "time_out", task)
    enrol_and_draw(world, task, "other_solver")
    accept(world, task)
    post_proof(world, task)
    assert verification_of(world, task).round == 0
    second = draw_block_of(world, task)
    draw_verifier(world, task)
    assert view(world, "samples_of", task) == floyd(seed_of(seeds.of(second), task, SAMPLES), 6, 3)
    assert second != first


# draw: the verifier


@pytest.mark.parametrize("place", range(5))
def test_each_verifier_can_be_drawn(world, seeds, place):
    task = to_proved(world)
    seeds.aim_verifiers(draw_block_of(world, task), task, 5, place)
    assert draw_verifier(world, task) == LISTED[place]


@pytest.mark.parametrize("party", ["submitter", "solver"])
def test_nobody_verifies_its_own_task(world, seeds, party):
    world.send(party, "Sortition", "register", *CAPACITY)
    next_epoch(world)
    task = to_proved(world)
    seeds.aim_verifiers(draw_block_of(world, task), task, 6, 5, 0)
    assert draw_verifier(world, task) == LISTED[0]


def test_an_earlier_verifier_is_not_drawn_again(world, seeds):
    """In each round the seed falls on the verifier of the first; the draw goes on to one that is not excluded."""
    task = to_proved(world)
    drawn = []
    for after in (3, 3, 4, 0):
        seeds.aim_verifiers(draw_block_of(world, task), task, 5, 2, after)
        drawn.append(draw_verifier(world, task))
        send(world, drawn[-1], "report_unavailable", task)
    assert drawn == [LISTED[i] for i in (2, 3, 4, 0)]


def test_a_verifier_is_drawn_only_with_its_deposit(world, seeds):
    """Exactly the deposit suffices, unbonding included; a unit less does not."""
    task, due = to_proved(world), bill(world)
    stake = world.view("Staking", "stake", world["verifier_one"])
    seeds.aim_verifiers(draw_block_of(world, task), task, 5, 0, 1)
    for name, left in (("verifier_one", due.verifier_deposit - 1), ("verifier_two", due.verifier_deposit)):
        key = some_hash("somewhere else", name)
        registry = world.deployment.addresses["TaskRegistry"]
        world.port.send(registry, "Staking", "lock", key, world[name], stake - left)
        world.send(name, "Staking", "unbond", left)
    assert draw_verifier(world, task) == "verifier_two"
    assert world.view("Staking", "unbonding", world["verifier_two"]) == 0
    assert locked(world, verifier_key(report_id(task, 0))) == due.verifier_deposit


def test_a19_stake_that_moves_after_the_request_changes_no_draw(world, seeds):
    """Attack A19: a draw asked for in an epoch uses the tickets as of its start, whatever is staked or split since."""
    task = to_proved(world)
    block = draw_block_of(world, task)
    seeds.aim_verifiers(block, task, 5, 3)
    before = world.view("Sortition", "total_tickets")
    for name in ("verifier_one", "verifier_two"):
        world.send(name, "Staking", "unbond", world.view("Staking", "stake", world[name]) // 2)
    for name, amount in (("verifier_three", 10_000 * WAD), ("stranger", 50_000 * WAD)):
        world.send("deployer", "Token", "mint", world[name], amount)
        world.send(name, "Staking", "deposit", amount)
    world.send("stranger", "Sortition", "register", *CAPACITY)
    world.send("stranger", "Sortition", "weigh", world["verifier_three"])
    assert world.view("Sortition", "total_tickets") != before
    with world.undone():
        assert draw_verifier(world, task) == LISTED[3]
    # Nor in the next epoch, as long as the same request stands.
    next_epoch(world)
    at(min(world.port.now(), verification_of(world, task).deadline))
    assert draw_verifier(world, task) == LISTED[3]


def test_a_new_request_counts_the_stakes_of_its_own_epoch(world, seeds):
    task = to_proved(world)
    world.send("stranger", "Sortition", "register", *CAPACITY)
    next_epoch(world)
    at(min(world.port.now(), verification_of(world, task).deadline))
    seeds.lose(draw_block_of(world, task))
    at_block(draw_block_of(world, task) + 1)
    with refused("verification: expired"):
        send(world, "stranger", "draw", task)
    other = to_proved(world)
    seeds.aim_verifiers(draw_block_of(world, other), other, 6, 5)
    assert draw_verifier(world, other) == "stranger"


def test_a_verifier_without_free_capacity_is_passed_over(world, seeds):
    """Attack A14. Work in hand uses capacity up, and gives it back when the round is over, however it ends."""
    due = bill(world)
    world.send(LISTED[0], "Sortition", "resize", 2**30, 2**24)
    first, second = to_proved(world, units=2**30 // 6), to_proved(world)
    seeds.aim_verifiers(draw_block_of(world, first), first, 5, 0)
    assert draw_verifier(world, first) == LISTED[0]
    assert free_of(world, LISTED[0]) == (2**30 - 2**30 // 6 * 6, 2**24 - 2**19)
    seeds.aim_verifiers(draw_block_of(world, second), second, 5, 0, 2)
    with world.undone():
        assert draw_verifier(world, second) == LISTED[2]
    send(world, LISTED[0], "report_unavailable", first)
    assert free_of(world, LISTED[0]) == (2**30, 2**24)
    assert draw_verifier(world, second) == LISTED[0]
    assert free_of(world, LISTED[0]) == (2**30 - due.replay, 2**24 - 2**19)


def retire_all(world):
    for name in LISTED:
        world.send(name, "Sortition", "retire")


def next_epoch(world):
    at(world.port.now() + world.parameters.epoch_period)


def free_of(world, name):
    return tuple(world.view("Sortition", "free_capacity", world[name]))


def drum(world):
    """The tickets as they count now; nothing has changed since the epoch began."""
    return Drum([world.view("Sortition", "tickets_of", world[name]) for name in LISTED])


def test_who_finds_nobody_draws_again_for_the_same_samples(world, seeds):
    task = to_proved(world)
    retire_all(world)
    first, last = draw_block_of(world, task), verification_of(world, task).deadline
    at_block(first + 1)
    receipt = send(world, "stranger", "draw", task)
    second = first + 1 + world.parameters.draw_delay
    samples = view(world, "samples_of", task)
    assert samples == floyd(seed_of(seeds.of(first), task, SAMPLES), 6, 3)
    found = verification_of(world, task)
    assert (found.phase, found.verifier, found.deadline) == (Stage.DRAWING, NOBODY, last)
    assert found.draw_block == second
    assert events(receipt) == {
        "SamplesDrawn": [{"task": task, "samples": samples}],
        "DrawPostponed": [{"task": task, "round": 0, "draw_block": second}],
    }
    world.send("verifier_four", "Sortition", "register", *CAPACITY)
    with refused("verification: early"):
        send(world, "stranger", "draw", task)
    at_block(second + 1)
    receipt = send(world, "stranger", "draw", task)
    assert set(events(receipt)) == {"VerifierDrawn", "Assigned", "Locked"}
    assert verifier_of(world, task) == "verifier_four"
    assert view(world, "samples_of", task) == samples


def test_an_expired_draw_of_a_verifier_gets_another_block(world, seeds):
    task = to_assigned(world)
    samples = view(world, "samples_of", task)
    send(world, verifier_of(world, task), "report_unavailable", task)
    first, last = draw_block_of(world, task), verification_of(world, task).deadline
    seeds.lose(first)
    at_block(first + 257)
    receipt = send(world, "stranger", "draw", task)
    found = verification_of(world, task)
    assert (found.phase, found.round, found.deadline) == (Stage.DRAWING, 1, last)
    second = first + 257 + world.parameters.draw_delay
    assert found.draw_block == second
    assert events(receipt) == {"DrawPostponed": [{"task": task, "round": 1, "draw_block": second}]}
    at_block(second + 256)
    send(world, "stranger", "draw", task)
    excluded = view(world, "verifier_of", report_id(task, 0))
    places = tried(drum(world), seed_of(seeds.of(second), task, VERIFIERS))
    expected = next(LISTED[place] for place in places if world[LISTED[place]] != excluded)
    assert verifier_of(world, task) == expected
    assert view(world, "samples_of", task) == samples


def test_a_round_without_verifier_is_over_at_its_deadline(world):
    """Promise 5. Nobody is slashed for it."""
    task = to_proved(world)
    retire_all(world)
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

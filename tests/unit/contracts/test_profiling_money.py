"""Profiling: who is paid, who is slashed, what goes back, to the unit, in every ending."""

import pytest

from tests.lots import CAPACITY
from tests.unit.contracts.profiling_steps import (
    INFINITY,
    LARGE,
    MIDDLE,
    ONE,
    SMALL,
    Answer,
    answer_of,
    answers,
    commit,
    draw,
    finish,
    profile_of,
    profiled,
    reveal,
    to_drawn,
)
from tests.unit.contracts.steps import (
    WAD,
    Ending,
    Phase,
    at,
    at_block,
    balances,
    bill,
    close_enrolment,
    enrol,
    escrow_key,
    events,
    make_order,
    moved,
    profiler_key,
    refused,
    solver_key,
    submit,
    submitter_key,
    task_of,
)
from tests.world import PARAMETERS, VERIFIERS

P = PARAMETERS
ORDER = make_order(profilers=3, threshold=0)


def due(world):
    return bill(world, ORDER)


def pot(world, task):
    return world.view("Staking", "pots", escrow_key(task))


def burnt(world):
    return world.view("Staking", "burnt")


def nothing_is_held(world, task):
    """No profiler has anything locked, or any capacity in use; the escrow is gone where the task has ended."""
    for name in VERIFIERS:
        assert world.view("Staking", "locked_amount", profiler_key(task, world[name])) == 0
        assert tuple(world.view("Sortition", "free_capacity", world[name])) == CAPACITY
    if task_of(world, task).phase == Phase.ENDED:
        assert pot(world, task) == 0
        assert world.view("Staking", "locked_amount", submitter_key(task)) == 0


def gains(world, before):
    """By how much each one's stake and credit together have changed, of those where they have."""
    total = {user: sum(change) for user, change in moved(world, before).items()}
    return {user: gain for user, gain in total.items() if gain}


def test_silence_and_absurdity_cost_more_than_the_fee():
    assert P.profiler_deposit * P.absurd_share // WAD > WAD
    assert P.absurd_share < WAD


def test_all_have_measured(world):
    before, gone = balances(world, *world.users), burnt(world)
    task, names = profiled(world, (SMALL, MIDDLE, LARGE))
    nothing_is_held(world, task)
    fee = due(world).profile_fee
    assert gains(world, before) == {"submitter": -due(world).escrow - P.task_deposit, **dict.fromkeys(names, fee)}
    assert pot(world, task) == due(world).escrow - 3 * fee
    assert burnt(world) == gone


@pytest.mark.parametrize("absurd", [ONE, INFINITY, 0x7FC00000, 0x80000000, 0xFFFFFFFF])
def test_an_absurd_one_pays_a_share(world, absurd):
    before, gone = balances(world, *world.users), burnt(world)
    task, names = profiled(world, (SMALL, MIDDLE, absurd))
    nothing_is_held(world, task)
    fee = due(world).profile_fee
    share = due(world).profiler_deposit * P.absurd_share // WAD
    assert share > fee
    assert gains(world, before) == {
        "submitter": -due(world).escrow - P.task_deposit,
        names[0]: fee,
        names[1]: fee,
        names[2]: -share,
    }
    # All of it is burnt: whoever could get some may be the same party.
    assert burnt(world) == gone + share
    assert pot(world, task) == due(world).escrow - 2 * fee


@pytest.mark.parametrize("sealed", [False, True])
def test_a_silent_one_loses_its_deposit(world, sealed):
    """Sealed and not revealed is silence, too: aborting is no way out of an absurd profile."""
    before, gone = balances(world, *world.users), burnt(world)
    task, names = to_drawn(world)
    if sealed:
        commit(world, task, names[2], ONE)
    answers(world, task, {names[0]: SMALL, names[1]: SMALL})
    receipt = finish(world, task)
    nothing_is_held(world, task)
    fee, deposit = due(world).profile_fee, due(world).profiler_deposit
    assert gains(world, before) == {
        "submitter": -due(world).escrow - P.task_deposit,
        names[0]: fee,
        names[1]: fee,
        names[2]: -deposit,
    }
    assert burnt(world) == gone + deposit
    assert events(receipt)["ProfilerSlashed"] == [{"task": task, "profiler": world[names[2]], "amount": deposit}]
    verdicts = {e["profiler"]: e["verdict"] for e in events(receipt)["ProfilerClosed"]}
    assert verdicts == {world[names[0]]: 2, world[names[1]]: 2, world[names[2]]: 0}


def test_a15_dead_data_cost_nobody_anything(world):
    """Attack A15: profilers that cannot get the data are not slashed, and the submitter has all back."""
    before, gone = balances(world, *world.users), burnt(world)
    task, names = profiled(world, (None, None, None))
    assert {answer_of(world, task, name) for name in names} == {Answer.UNAVAILABLE}
    assert task_of(world, task).ending == Ending.NOT_PROFILABLE
    nothing_is_held(world, task)
    assert gains(world, before) == {}
    assert burnt(world) == gone


def test_too_few_profiles(world):
    """Who has measured is paid, who was silent is slashed, the rest goes back."""
    before, gone = balances(world, *world.users), burnt(world)
    task, names = profiled(world, (SMALL, None))
    assert task_of(world, task).ending == Ending.NOT_PROFILABLE
    nothing_is_held(world, task)
    fee, deposit = due(world).profile_fee, due(world).profiler_deposit
    assert gains(world, before) == {"submitter": -fee, names[0]: fee, names[2]: -deposit}
    assert burnt(world) == gone + deposit


def test_beyond_the_ceiling(world):
    """Whoever measured is paid, beside the one whose profile is absurd beside most of them."""
    before, gone = balances(world, *world.users), burnt(world)
    task, names = profiled(world, (P.threshold_ceiling + 1, ONE - 1, ONE))
    assert task_of(world, task).ending == Ending.NOT_PROFILABLE
    nothing_is_held(world, task)
    fee, share = due(world).profile_fee, due(world).profiler_deposit * P.absurd_share // WAD
    assert gains(world, before) == {"submitter": -2 * fee, names[0]: fee, names[1]: fee, names[2]: -share}
    assert burnt(world) == gone + share


def test_where_most_measure_one_nobody_is_absurd(world):
    """What a majority has measured may be so: the training diverges."""
    before, gone = balances(world, *world.users), burnt(world)
    task, names = profiled(world, (INFINITY, 0x7FC00000, SMALL))
    assert task_of(world, task).ending == Ending.NOT_PROFILABLE
    nothing_is_held(world, task)
    fee = due(world).profile_fee
    assert gains(world, before) == {"submitter": -3 * fee, **dict.fromkeys(names, fee)}
    assert burnt(world) == gone


@pytest.mark.parametrize("leave", [draw, finish])
def test_a_draw_that_found_nobody(world, leave):
    before = balances(world, *world.users)
    task = submit(world, profilers=7, threshold=0)
    leave(world, task)
    assert task_of(world, task).ending == Ending.NOT_PROFILABLE
    nothing_is_held(world, task)
    assert gains(world, before) == {}


def test_what_was_not_paid_goes_back_at_the_end(world):
    before = balances(world, *world.users)
    task, names = profiled(world, (SMALL, SMALL, None))
    close_enrolment(world, task)
    assert task_of(world, task).ending == Ending.NO_SOLVER
    nothing_is_held(world, task)
    fee = due(world).profile_fee
    assert gains(world, before) == {"submitter": -2 * fee, names[0]: fee, names[1]: fee}


# The program is invalid


def invalidate(world, task):
    judge = world.deployment.addresses["ProgramJudge"]
    return world.port.send(judge, "TaskRegistry", "invalidate", task, world["stranger"])


def test_an_invalid_program_before_the_draw(world):
    before, gone = balances(world, *world.users), burnt(world)
    task = submit(world, profilers=3, threshold=0)
    invalidate(world, task)
    assert task_of(world, task).ending == Ending.INVALID_PROGRAM
    nothing_is_held(world, task)
    share = P.task_deposit * P.invalid_share // WAD
    assert gains(world, before) == {"submitter": -P.task_deposit, "stranger": share}
    assert burnt(world) == gone + P.task_deposit - share
    at_block(profile_of(world, task).draw_block + 1)
    for method in ("draw", "finish"):
        with refused("profiling: phase"):
            world.send("stranger", "Profiling", method, task)


@pytest.mark.parametrize("revealing", [False, True])
def test_an_invalid_program_while_it_is_measured(world, revealing):
    """Who has worked is paid out of the escrow; nobody is slashed, and nothing stays locked."""
    before, gone = balances(world, *world.users), burnt(world)
    task, names = to_drawn(world)
    commit(world, task, names[0], SMALL)
    world.send(names[1], "Profiling", "profile_unavailable", task)
    if revealing:
        at(profile_of(world, task).deadline + 1)
        reveal(world, task, names[0], SMALL)
    invalidate(world, task)
    assert task_of(world, task).ending == Ending.INVALID_PROGRAM
    nothing_is_held(world, task)
    share, fee = P.task_deposit * P.invalid_share // WAD, due(world).profile_fee
    assert gains(world, before) == {"submitter": -P.task_deposit - fee, "stranger": share, names[0]: fee}
    assert burnt(world) == gone + P.task_deposit - share


def test_once_it_is_profiled_an_invalid_program_is_as_any(world):
    task, _ = profiled(world, (SMALL, SMALL, SMALL))
    enrol(world, task)
    invalidate(world, task)
    assert task_of(world, task).ending == Ending.INVALID_PROGRAM
    world.send("solver", "TaskRegistry", "leave", task)
    nothing_is_held(world, task)
    assert world.view("Staking", "locked_amount", solver_key(task, world["solver"])) == 0


# Verdicts


def test_a_verdict_is_one_of_four(world):
    task, names = to_drawn(world)
    at_profiling = world.deployment.addresses["Profiling"]
    with refused("settlement: verdict"):
        world.port.send(at_profiling, "Settlement", "profiler_closed", task, world[names[0]], 1, 4)


def test_capacity_is_used_up_until_the_end(world):
    """Attack A27: a verifier has no more in hand than it can do; a third profile finds nobody."""
    for name in VERIFIERS:
        world.send(name, "Sortition", "resize", 5 * 2**30, CAPACITY[1])
    order = {"profilers": 5, "threshold": 0, "units": 2**28, "price": 10**9}
    first, second = (submit(world, **order) for _ in range(2))
    draw(world, first)
    draw(world, second)
    at(profile_of(world, first).reveal_end - 100)
    third, fourth = (submit(world, **order) for _ in range(2))
    draw(world, third)
    assert task_of(world, third).ending == Ending.NOT_PROFILABLE
    finish(world, first)
    draw(world, fourth)
    assert len(profile_of(world, fourth).profilers) == 5


def test_who_says_that_data_cannot_be_had_is_free_at_once(world):
    """Attack A27: else a profile that nobody can make would hold what honest verifiers have, until its end."""
    before = balances(world, *VERIFIERS)
    task, names = to_drawn(world)
    receipt = world.send(names[0], "Profiling", "profile_unavailable", task)
    assert events(receipt)["ProfilerClosed"] == [{"task": task, "profiler": world[names[0]], "verdict": 1}]
    assert names[0] not in moved(world, before)
    assert tuple(world.view("Sortition", "free_capacity", world[names[0]])) == CAPACITY
    assert world.view("Staking", "locked_amount", profiler_key(task, world[names[0]])) == 0
    for name in names[1:]:
        assert tuple(world.view("Sortition", "free_capacity", world[name])) != CAPACITY


@pytest.mark.parametrize("leave", [finish, invalidate], ids=["finish", "abandon"])
def test_who_is_closed_is_not_closed_again(world, leave):
    """Or capacity would be freed twice."""
    task, names = to_drawn(world)
    world.send(names[0], "Profiling", "profile_unavailable", task)
    closed = [event["profiler"] for event in events(leave(world, task))["ProfilerClosed"]]
    assert sorted(closed) == sorted(world[name] for name in names[1:])
    nothing_is_held(world, task)

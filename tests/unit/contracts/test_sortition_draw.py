"""Sortition: draws as of an epoch's start, and the share that is eligible.

The twin draws from the tickets that the test itself has noted at the starts of epochs.
"""

import random
from itertools import product

import boa
import pytest

from tests.unit.contracts.lottery import (
    BYTES,
    EPOCH,
    LEAST,
    NOBODY,
    TICKET,
    UNITS,
    WAD,
    opened,
    refused,
    seed_of,
    undone,
)

UNITS_CLASSES, BYTES_CLASSES = 16, 8


@pytest.fixture(scope="module")
def deployed():
    with opened() as lottery:
        yield lottery


@pytest.fixture
def lottery(deployed):
    with undone(deployed):
        yield deployed


# draw


def test_draws_are_those_of_the_twin(lottery):
    rng = random.Random("draws")
    for _ in range(13):
        lottery.newcomer(rng.randint(LEAST, 9 * LEAST))
    tickets = lottery.tickets()
    lottery.next_epoch()
    found = lottery.drawn(300)
    assert found == lottery.of_twin(tickets, 300)
    assert len(set(found)) == 13
    passed = lottery.verifiers[:9]
    assert lottery.drawn(100, excluded=passed) == lottery.of_twin(tickets, 100, passed)


def test_the_deposit_may_be_left_out(lottery):
    for _ in range(3):
        lottery.newcomer()
    epoch = lottery.next_epoch()
    assert [lottery.contract.draw(seed_of(n), epoch, [], 1, 1) for n in range(20)] == lottery.drawn(20)


def test_nobody_is_drawn_when_nobody_can_be(lottery):
    assert lottery.drawn(5) == [NOBODY] * 5
    only = lottery.newcomer()
    # Not before the next epoch.
    assert lottery.drawn(5) == [NOBODY] * 5
    lottery.next_epoch()
    assert lottery.drawn(5) == [only] * 5
    assert lottery.drawn(5, excluded=[only]) == [NOBODY] * 5
    lottery.send("retire", sender=only)
    assert lottery.drawn(5) == [NOBODY] * 5


def test_a_draw_ends_after_32_probes(lottery):
    """One eligible among so much that some seeds miss it in all probes: by contract and twin for the same seeds."""
    whale, small = lottery.newcomer(30 * LEAST), lottery.newcomer()
    lottery.next_epoch()
    found = lottery.drawn(40, excluded=[whale])
    assert set(found) == {small, NOBODY}
    assert found == lottery.of_twin(lottery.tickets(), 40, [whale])


def test_work_in_hand_is_passed_over(lottery):
    small = lottery.newcomer(3 * LEAST, units=UNITS, data=BYTES)
    large = lottery.newcomer(units=3 * UNITS, data=5 * BYTES)
    lottery.next_epoch()
    for units, data, both in (
        (UNITS, BYTES, True), (UNITS + 1, BYTES, False), (UNITS, BYTES + 1, False), (3 * UNITS, 5 * BYTES, False),
    ):
        assert set(lottery.drawn(units=units, data=data)) == ({small, large} if both else {large})
    for units, data in ((3 * UNITS + 1, 0), (0, 5 * BYTES + 1), (2**256 - 1, 2**256 - 1)):
        assert set(lottery.drawn(5, units=units, data=data)) == {NOBODY}
    lottery.assign(large, 3 * UNITS, 1)
    assert set(lottery.drawn(units=1)) == {small}
    lottery.free(large, 1, 1)
    assert set(lottery.drawn(units=1)) == {small, large}
    assert set(lottery.drawn(units=2)) == {small}


def test_who_cannot_give_the_deposit_is_passed_over(lottery):
    poor, rich = lottery.newcomer(5 * LEAST), lottery.newcomer()
    lottery.next_epoch()
    lottery.staking.keep(poor, LEAST - 1)
    assert set(lottery.drawn(deposit=LEAST)) == {rich}
    assert set(lottery.drawn(deposit=LEAST - 1)) == {poor, rich}
    assert set(lottery.drawn(deposit=LEAST + 1)) == {NOBODY}


def test_who_has_no_weight_left_is_passed_over(lottery):
    leaver, stayer = lottery.newcomer(5 * LEAST), lottery.newcomer()
    lottery.next_epoch()
    lottery.allot(leaver, LEAST - 1)
    assert set(lottery.drawn()) == {stayer}


# Epochs


def test_stake_counts_that_was_there_before_the_boundary(lottery):
    """A change a second before the boundary counts in that epoch's draws, at it or after it no more."""
    boundary = (lottery.contract.epoch() + 3) * EPOCH
    first = lottery.newcomer()
    for at, counts in ((boundary - 1, True), (boundary, False), (boundary + 1, False)):
        with boa.env.anchor():
            lottery.warp(at)
            late = lottery.newcomer(5 * LEAST)
            lottery.warp(boundary + 2)
            assert lottery.contract.epoch() == boundary // EPOCH
            assert set(lottery.drawn()) == ({first, late} if counts else {first})
        lottery.verifiers.remove(late)


def test_only_two_epochs_are_remembered(lottery):
    verifier = lottery.newcomer()
    epoch = lottery.next_epoch()
    contract = lottery.contract
    for at, remembered in (
        (epoch * EPOCH, True), ((epoch + 1) * EPOCH, True), ((epoch + 2) * EPOCH - 1, True),
        ((epoch + 2) * EPOCH, False), ((epoch + 9) * EPOCH, False), (epoch * EPOCH - 1, False),
    ):
        lottery.warp(at)
        assert contract.remembers(epoch) is remembered
        if remembered:
            assert lottery.draw(seed_of(1), epoch) == verifier
        else:
            refused("sortition: epoch", lottery.draw, seed_of(1), epoch)
    assert not contract.remembers(2**256 - 1)
    refused("sortition: epoch", lottery.draw, seed_of(1), 2**256 - 1)


def test_stake_moved_after_the_request_changes_nothing(lottery):
    """A19: once the seed is known, nobody moves a lot onto its own place: not by stake, not by new verifiers."""
    rng = random.Random("A19")
    for _ in range(9):
        lottery.newcomer(rng.randint(LEAST, 9 * LEAST))
    lottery.next_epoch()
    tickets = lottery.tickets()
    epoch = lottery.contract.epoch()
    expected = lottery.drawn(30)
    assert expected == lottery.of_twin(tickets, 30)
    for at in (epoch * EPOCH, epoch * EPOCH + 1, (epoch + 1) * EPOCH - 1, (epoch + 1) * EPOCH, (epoch + 2) * EPOCH - 1):
        lottery.warp(at)
        for verifier in rng.sample(lottery.verifiers, 4):
            lottery.allot(verifier, rng.randint(LEAST, 99 * LEAST))
        lottery.newcomer(50 * LEAST)
        assert lottery.drawn(30, epoch=epoch) == expected
    # In the next epoch's draws the moves of this one count.
    assert lottery.drawn(30) != expected


def test_random_lives_are_drawn_as_the_twin_says(lottery):
    """Registrations, stakes, retirements and time at random: the draws of both epochs are those of noted tickets."""
    rng = random.Random("lives")
    starts = {lottery.contract.epoch(): []}
    for _ in range(12):
        for _ in range(rng.randint(1, 4)):
            kind = rng.choice(("new", "new", "stake", "retire", "again"))
            registered = [each for each in lottery.verifiers if lottery.contract.capacity_of(each)[0]]
            retired = [each for each in lottery.verifiers if each not in registered]
            if kind == "new" or not registered:
                lottery.newcomer(rng.randint(LEAST, 9 * LEAST))
            elif kind == "stake":
                lottery.allot(rng.choice(registered), rng.choice((LEAST - 1, rng.randint(LEAST, 9 * LEAST))))
            elif kind == "retire":
                lottery.send("retire", sender=rng.choice(registered))
            elif retired:
                verifier = rng.choice(retired)
                lottery.allot(verifier, 2 * LEAST)
                lottery.send("register", UNITS, BYTES, sender=verifier)
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            starts[lottery.next_epoch()] = lottery.tickets()
        passed = [each for each in lottery.verifiers if not lottery.contract.tickets_of(each)]
        for epoch in {lottery.contract.epoch(), lottery.contract.epoch() - 1} & set(starts):
            assert lottery.drawn(5, epoch=epoch) == lottery.of_twin(starts[epoch], 5, passed)
        assert lottery.contract.total_tickets() == sum(lottery.tickets())


# eligible_share


def class_of(amount, least, classes):
    return max(k for k in range(classes) if least * 4**k <= amount)


def test_the_share_of_nobody_is_nothing(lottery):
    assert lottery.contract.eligible_share(0, 0) == 0
    lottery.newcomer()
    assert lottery.contract.eligible_share(0, 0) == 0
    lottery.next_epoch()
    assert lottery.contract.eligible_share(0, 0) == WAD


def test_the_share_counts_total_capacity(lottery):
    small, large = lottery.newcomer(3 * LEAST), lottery.newcomer(units=4 * UNITS, data=BYTES)
    share = lottery.contract.eligible_share
    lottery.next_epoch()
    assert (share(UNITS, BYTES), share(UNITS + 1, BYTES), share(UNITS, BYTES + 1)) == (WAD, WAD // 4, 0)
    lottery.assign(large, 4 * UNITS, BYTES)
    assert share(4 * UNITS, BYTES) == WAD // 4
    lottery.send("resize", 16 * UNITS, 4 * BYTES, sender=small)
    assert (share(4 * UNITS, BYTES), share(5 * UNITS, BYTES), share(0, 4 * BYTES)) == (WAD // 4, 0, 0)
    lottery.next_epoch()
    assert (share(4 * UNITS, BYTES), share(5 * UNITS, BYTES), share(0, 4 * BYTES)) == (WAD, WAD * 3 // 4, WAD * 3 // 4)
    lottery.allot(small, LEAST)
    assert share(0, 4 * BYTES) == WAD // 2
    lottery.send("retire", sender=large)
    assert share(0, 4 * BYTES) == WAD
    lottery.send("retire", sender=small)
    assert share(0, 0) == 0


def test_every_class_counts_where_it_should(lottery):
    """Brute force over random verifiers and sizes. Powers of four are exact, others never above the truth."""
    rng = random.Random("classes")
    members = []

    def size(least, classes):
        exact = least * 4 ** rng.randrange(classes)
        return rng.choice((exact, exact, exact + rng.randrange(3 * exact), 2**64 - 1))

    for _ in range(25):
        units, data, stake = size(UNITS, UNITS_CLASSES), size(BYTES, BYTES_CLASSES), rng.randint(LEAST, 9 * LEAST)
        verifier = lottery.newcomer(stake, units, data)
        if rng.random() < 0.3:
            units, data = size(UNITS, UNITS_CLASSES), size(BYTES, BYTES_CLASSES)
            lottery.send("resize", units, data, sender=verifier)
        if rng.random() < 0.3:
            stake = rng.randint(LEAST, 9 * LEAST)
            lottery.allot(verifier, stake)
        members.append((units, data, stake // TICKET))
    lottery.next_epoch()
    total = sum(tickets for *_, tickets in members)
    for row, lane in product(range(UNITS_CLASSES), range(BYTES_CLASSES)):
        units, data = UNITS * 4**row, BYTES * 4**lane
        truth = sum(t for u, d, t in members if u >= units and d >= data)
        assert lottery.contract.eligible_share(units, data) == truth * WAD // total
    for _ in range(40):
        units, data = rng.randrange(2**62), rng.randrange(2**40)
        truth = sum(t for u, d, t in members if u >= units and d >= data)
        by_class = sum(
            t for u, d, t in members
            if units <= UNITS * 4 ** class_of(u, UNITS, UNITS_CLASSES)
            and data <= BYTES * 4 ** class_of(d, BYTES, BYTES_CLASSES)
        )
        found = lottery.contract.eligible_share(units, data)
        assert found == by_class * WAD // total <= truth * WAD // total


def test_a_whale_is_in_the_share_when_it_is_in_the_draw(lottery):
    """A27: stake and capacity of the moment would pass the floor and be in no draw. What leaves, leaves at once."""
    share, large = lottery.contract.eligible_share, 64 * UNITS
    for _ in range(2):
        lottery.newcomer()
    raised = lottery.newcomer()
    lottery.next_epoch()
    whale = lottery.newcomer(7 * LEAST, large)
    lottery.send("resize", large, BYTES, sender=raised)
    assert (share(large, BYTES), share(UNITS, BYTES)) == (0, WAD)
    # Of those who were there, one can take it now; of the whale's lots there are none.
    assert set(lottery.drawn(20, units=large)) == {raised}
    lottery.next_epoch()
    assert share(large, BYTES) == WAD * 8 // 10
    assert whale in lottery.drawn(20, units=large)
    lottery.send("resize", UNITS, BYTES, sender=raised)
    assert share(large, BYTES) == WAD * 7 // 10
    lottery.send("retire", sender=whale)
    assert share(large, BYTES) == 0
    lottery.send("register", large, BYTES, sender=whale)
    assert share(large, BYTES) == WAD * 7 // 10


def test_the_share_is_of_the_fewer_of_now_and_the_epochs_start(lottery):
    """Random moves over epochs, against two lists of who is there."""
    rng = random.Random("two lists")
    sizes = [UNITS, 4 * UNITS, 16 * UNITS]
    now, start = {}, {}

    def those(members, units):
        return sum(tickets for capacity, tickets in members.values() if capacity >= units)

    for _ in range(60):
        move, verifier = rng.choice(("join", "resize", "retire", "allot", "epoch")), rng.choice([None, *now])
        if move == "epoch":
            for _ in range(rng.choice((1, 1, 2))):
                lottery.next_epoch()
            start = dict(now)
        elif move == "join" or verifier is None:
            units, stake = rng.choice(sizes), rng.randint(LEAST, 9 * LEAST)
            now[lottery.newcomer(stake, units)] = units, stake // TICKET
        elif move == "resize":
            units = rng.choice(sizes)
            lottery.send("resize", units, BYTES, sender=verifier)
            now[verifier] = units, now[verifier][1]
        elif move == "allot":
            stake = rng.randint(LEAST, 9 * LEAST)
            lottery.allot(verifier, stake)
            now[verifier] = now[verifier][0], stake // TICKET
        else:
            lottery.send("retire", sender=verifier)
            del now[verifier]
        total = min(those(now, 0), those(start, 0))
        for units in sizes:
            found = min(those(now, units), those(start, units))
            assert lottery.contract.eligible_share(units, BYTES) == (found * WAD // total if total else 0)


def test_a_task_sized_for_its_submitters_own_verifiers_shows(lottery):
    """A27: what only the submitter's verifiers could take has a share no larger than their stake."""
    for _ in range(9):
        lottery.newcomer(units=16 * UNITS, data=16 * BYTES)
    own = lottery.newcomer(units=UNITS * 4**15, data=BYTES * 4**7)
    lottery.next_epoch()
    share = lottery.contract.eligible_share
    assert share(16 * UNITS, 16 * BYTES) == WAD
    for units, data in ((16 * UNITS + 1, 0), (0, 16 * BYTES + 1), (UNITS * 4**15, BYTES * 4**7)):
        assert share(units, data) == WAD // 10
        assert set(lottery.drawn(5, units=units, data=data)) <= {own, NOBODY}
    for units, data in ((UNITS * 4**15 + 1, 0), (0, BYTES * 4**7 + 1), (2**256 - 1, 0), (0, 2**256 - 1)):
        assert share(units, data) == 0

"""Sortition: registration, tickets, and capacity."""

from itertools import product

import boa
import pytest

from tests.unit.contracts.lottery import (
    BYTES,
    LEAST,
    LOTTERY,
    NOBODY,
    SORTITION,
    TICKET,
    UNITS,
    opened,
    refused,
    undone,
)


@pytest.fixture(scope="module")
def deployed():
    with opened() as lottery:
        yield lottery


@pytest.fixture
def lottery(deployed):
    with undone(deployed):
        yield deployed


# Construction


def test_the_constructor_fixes_its_values(lottery):
    contract = lottery.contract
    assert contract.STAKING() == lottery.staking.address
    assert contract.VERIFICATION() == lottery.verification
    assert tuple(contract.PARAMETERS()) == LOTTERY.arguments()


@pytest.mark.parametrize(
    ("rule", "change"),
    (
        ("staking", {0: NOBODY}),
        ("verification", {1: NOBODY}),
    ),
)
def test_the_constructor_refuses(rule, change):
    values = [boa.env.generate_address(), boa.env.generate_address(), LOTTERY.arguments()]
    for place, value in change.items():
        values[place] = value
    refused(f"sortition: {rule}", SORTITION.deploy, *values)


# register, retire, resize


def test_registration(lottery):
    verifier = lottery.newcomer(7 * LEAST + TICKET - 1, 4 * UNITS, 16 * BYTES)
    assert lottery.events == [
        ("VerifierRegistered", {"verifier": verifier, "units": 4 * UNITS, "bytes": 16 * BYTES, "place": 1}),
        ("WeightChanged", {"verifier": verifier, "tickets": 7000}),
    ]
    contract = lottery.contract
    assert contract.capacity_of(verifier) == contract.free_capacity(verifier) == (4 * UNITS, 16 * BYTES)
    assert (contract.place_of(verifier), contract.verifier_at(1), contract.places()) == (1, verifier, 1)
    assert contract.tickets_of(verifier) == contract.total_tickets() == 7000
    refused("sortition: registered", contract.register, UNITS, BYTES, sender=verifier)
    second = lottery.newcomer()
    assert (contract.place_of(second), contract.places(), contract.total_tickets()) == (2, 2, 8000)


def test_a_registration_needs_the_least_stake(lottery):
    verifier = boa.env.generate_address()
    refused("sortition: stake", lottery.contract.register, UNITS, BYTES, sender=verifier)
    lottery.allot(verifier, LEAST - 1)
    refused("sortition: stake", lottery.contract.register, UNITS, BYTES, sender=verifier)
    lottery.allot(verifier, LEAST)
    lottery.send("register", UNITS, BYTES, sender=verifier)
    assert lottery.contract.tickets_of(verifier) == 1000


@pytest.mark.parametrize("method", ("register", "resize"))
def test_capacities_have_bounds(lottery, method):
    verifier = lottery.newcomer()
    if method == "register":
        lottery.send("retire", sender=verifier)
    call = getattr(lottery.contract, method)
    for units in (0, UNITS - 1, 2**64, 2**256 - 1):
        refused("capacity: units", call, units, BYTES, sender=verifier)
    for data in (0, BYTES - 1, 2**64, 2**256 - 1):
        refused("capacity: bytes", call, UNITS, data, sender=verifier)
    call(2**64 - 1, 2**64 - 1, sender=verifier)
    assert lottery.contract.capacity_of(verifier) == (2**64 - 1, 2**64 - 1)


def test_retiring_ends_draws_at_once(lottery):
    leaver, stayer = lottery.newcomer(3 * LEAST), lottery.newcomer()
    lottery.next_epoch()
    assert leaver in lottery.drawn()
    lottery.send("retire", sender=leaver)
    assert lottery.events == [
        ("WeightChanged", {"verifier": leaver, "tickets": 0}), ("VerifierRetired", {"verifier": leaver}),
    ]
    assert set(lottery.drawn()) == {stayer}
    lottery.next_epoch()
    assert set(lottery.drawn()) == {stayer}
    contract = lottery.contract
    assert contract.capacity_of(leaver) == contract.free_capacity(leaver) == (0, 0)
    assert contract.total_tickets() == 1000
    for method, arguments in (("retire", ()), ("resize", (UNITS, BYTES))):
        refused("sortition: not registered", getattr(contract, method), *arguments, sender=leaver)


def test_strangers_neither_retire_nor_resize(lottery):
    lottery.newcomer()
    stranger = boa.env.generate_address()
    refused("sortition: not registered", lottery.contract.retire, sender=stranger)
    refused("sortition: not registered", lottery.contract.resize, UNITS, BYTES, sender=stranger)


def test_a_place_stays_its_owners(lottery):
    leaver, stayer = lottery.newcomer(3 * LEAST), lottery.newcomer()
    epoch = lottery.next_epoch()
    before = lottery.drawn(epoch=epoch)
    lottery.assign(leaver, UNITS, 1)
    lottery.send("retire", sender=leaver)
    newcomer = lottery.newcomer(3 * LEAST)
    # No lot of the retired falls on the newcomer.
    assert set(lottery.drawn(epoch=epoch)) == {stayer}
    assert lottery.contract.place_of(newcomer) == 3
    lottery.send("register", 4 * UNITS, BYTES, sender=leaver)
    assert [name for name, _ in lottery.events] == ["VerifierRegistered", "WeightChanged"]
    assert lottery.events[0][1]["place"] == 1
    assert lottery.drawn(epoch=epoch) == before
    # What it had in hand, it still has.
    assert lottery.contract.free_capacity(leaver) == (3 * UNITS, BYTES - 1)
    assert lottery.contract.places() == 3


def test_a_resize_leaves_tickets_and_work(lottery):
    verifier = lottery.newcomer(units=64 * UNITS, data=64 * BYTES)
    lottery.assign(verifier, 5 * UNITS, 6 * BYTES)
    lottery.send("resize", 4 * UNITS, 7 * BYTES, sender=verifier)
    assert lottery.events == [("CapacityChanged", {"verifier": verifier, "units": 4 * UNITS, "bytes": 7 * BYTES})]
    contract = lottery.contract
    assert contract.free_capacity(verifier) == (0, BYTES)
    assert contract.tickets_of(verifier) == 1000
    lottery.free(verifier, 5 * UNITS, 6 * BYTES)
    assert contract.free_capacity(verifier) == contract.capacity_of(verifier) == (4 * UNITS, 7 * BYTES)


# weigh


def test_weights_follow_what_is_allotted(lottery):
    verifier = lottery.newcomer()
    contract = lottery.contract
    for amount, tickets in (
        (LEAST + TICKET, 1001), (LEAST - 1, 0), (3 * LEAST, 3000), (0, 0), (LEAST, 1000),
        (TICKET * (2**32 - 1), 2**32 - 1), (TICKET * 2**32, 2**32 - 1), (2**128, 2**32 - 1), (LEAST, 1000),
    ):
        before = contract.tickets_of(verifier)
        lottery.allot(verifier, amount)
        assert contract.tickets_of(verifier) == contract.total_tickets() == tickets
        changed = [("WeightChanged", {"verifier": verifier, "tickets": tickets})]
        assert lottery.events == (changed if tickets != before else [])


def test_anybody_may_have_a_verifier_weighed(lottery):
    """Whose stake was slashed, or has grown, since it was weighed last."""
    verifier, stranger = lottery.newcomer(), boa.env.generate_address()
    for amount, tickets in ((LEAST - 1, 0), (5 * LEAST, 5000)):
        lottery.staking.set_allotted(verifier, amount)
        lottery.send("weigh", verifier, sender=stranger)
        assert lottery.events == [("WeightChanged", {"verifier": verifier, "tickets": tickets})]
        assert lottery.contract.tickets_of(verifier) == tickets


def test_less_than_a_ticket_changes_nothing(lottery):
    verifier = lottery.newcomer()
    lottery.allot(verifier, LEAST + TICKET - 1)
    assert lottery.events == []
    assert lottery.contract.tickets_of(verifier) == 1000


def test_strangers_and_the_retired_have_no_weight(lottery):
    verifier = lottery.newcomer()
    lottery.send("retire", sender=verifier)
    for owner in (verifier, boa.env.generate_address()):
        lottery.allot(owner, 5 * LEAST)
        assert lottery.events == []
        assert lottery.contract.tickets_of(owner) == lottery.contract.total_tickets() == 0


def test_who_may_call(lottery):
    verifier = lottery.newcomer()
    lottery.assign(verifier, 1, 1)
    for method, caller in product(("assign", "free"), (verifier, lottery.staking.address)):
        refused("sortition: caller", getattr(lottery.contract, method), verifier, 1, 1, sender=caller)


# assign, free


def test_assignments_use_capacity_up(lottery):
    verifier = lottery.newcomer(units=UNITS + 5, data=BYTES + 7)
    lottery.assign(verifier, UNITS, 7)
    assert lottery.events == [("Assigned", {"verifier": verifier, "units": UNITS, "bytes": 7})]
    assert lottery.contract.free_capacity(verifier) == (5, BYTES)
    for units, data in ((6, BYTES), (5, BYTES + 1), (2**256 - 1, 0), (0, 2**256 - 1)):
        refused("sortition: capacity", lottery.assign, verifier, units, data)
    lottery.assign(verifier, 5, BYTES)
    assert lottery.contract.free_capacity(verifier) == (0, 0)
    lottery.free(verifier, 3, 4)
    assert lottery.events == [("Freed", {"verifier": verifier, "units": 3, "bytes": 4})]
    assert lottery.contract.free_capacity(verifier) == (3, 4)


def test_no_more_is_freed_than_was_assigned(lottery):
    verifier = lottery.newcomer()
    lottery.assign(verifier, 5, 7)
    for units, data in ((6, 7), (5, 8), (2**256 - 1, 0), (0, 2**256 - 1)):
        refused("sortition: not in use", lottery.free, verifier, units, data)
    # The retired finish what they have in hand.
    lottery.send("retire", sender=verifier)
    lottery.free(verifier, 5, 7)
    refused("sortition: not in use", lottery.free, verifier, 1, 0)


def test_nothing_is_assigned_to_strangers_and_the_retired(lottery):
    verifier = lottery.newcomer()
    lottery.send("retire", sender=verifier)
    for owner in (verifier, boa.env.generate_address()):
        refused("sortition: capacity", lottery.assign, owner, 1, 0)
        refused("sortition: capacity", lottery.assign, owner, 0, 1)

"""Sortition with a mock in the place of Staking and an account in that of Verification."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import boa

from tests.lots import Drum
from tests.world import PARAMETERS

SORTITION = boa.load_partial("contracts/Sortition.vy")
STAKING = boa.loads_partial(
    """
# pragma version 0.4.3
from contracts.interfaces import ISortition

allotted: public(HashMap[address, uint256])
lockable: public(HashMap[address, uint256])


@external
def allot(sortition: ISortition, owner: address, amount: uint256):
    self.allotted[owner] = amount
    self.lockable[owner] = amount
    extcall sortition.weigh(owner)


@external
def set_allotted(owner: address, amount: uint256):
    self.allotted[owner] = amount


@external
def keep(owner: address, amount: uint256):
    self.lockable[owner] = amount
"""
)

NOBODY = "0x" + "00" * 20
WAD = 10**18
EPOCH = 1000
TICKET = 10**15
LEAST = 10**18
UNITS, BYTES = 2**30, 2**24
"""Of the least classes."""
START = 2_000_000
LOTTERY = PARAMETERS.model_copy(update={"epoch_period": EPOCH, "ticket": TICKET, "verifier_stake": LEAST})


class Lottery:
    """Sortition, and those who ask and tell it something."""

    def __init__(self):
        self.staking = STAKING.deploy()
        self.verification = boa.env.generate_address()
        self.contract = SORTITION.deploy(self.staking.address, self.verification, LOTTERY.arguments())
        self.verifiers = []
        self.events = []

    def warp(self, timestamp):
        boa.env.evm.patch.timestamp = timestamp

    def next_epoch(self):
        self.warp((self.contract.epoch() + 1) * EPOCH)
        return self.contract.epoch()

    def send(self, method, *arguments, sender):
        """Send, and keep what Sortition says."""
        getattr(self.contract, method)(*arguments, sender=sender)
        self._note(self.contract)

    def allot(self, verifier, amount):
        self.staking.allot(self.contract.address, verifier, amount)
        self._note(self.staking)

    def _note(self, called):
        """Keep the events as (name, fields)."""
        logs = called.get_logs(include_child_logs=True)
        assert all(log.address == self.contract.address for log in logs)
        self.events = [(type(log).__name__, log._asdict()) for log in logs]
        for _, fields in self.events:
            del fields["address"]

    def newcomer(self, stake=LEAST, units=UNITS, data=BYTES):
        """A registered verifier."""
        verifier = boa.env.generate_address()
        self.allot(verifier, stake)
        self.send("register", units, data, sender=verifier)
        self.verifiers.append(verifier)
        return verifier

    def assign(self, verifier, units, data):
        self.send("assign", verifier, units, data, sender=self.verification)

    def free(self, verifier, units, data):
        self.send("free", verifier, units, data, sender=self.verification)

    def tickets(self):
        """Of all who have ever registered, by place."""
        return [self.contract.tickets_of(each) for each in self.verifiers]

    def draw(self, seed, epoch=None, excluded=(), units=0, data=0, deposit=0):
        epoch = self.contract.epoch() if epoch is None else epoch
        return self.contract.draw(seed, epoch, list(excluded), units, data, deposit)

    def drawn(self, count=40, **terms):
        """By whom the draws of some seeds are won."""
        return [self.draw(seed_of(number), **terms) for number in range(count)]

    def of_twin(self, tickets, count=40, passed=()):
        """The same by the twin, of tickets by place."""
        drum = Drum(tickets)
        places = [
            drum.drawn(seed_of(number), lambda place: self.verifiers[place - 1] not in passed)
            for number in range(count)
        ]
        return [NOBODY if place is None else self.verifiers[place - 1] for place in places]


@contextmanager
def opened() -> Iterator[Lottery]:
    """A lottery at a time of its own."""
    before = boa.env.evm.patch.timestamp
    boa.env.evm.patch.timestamp = START
    yield Lottery()
    boa.env.evm.patch.timestamp = before


@contextmanager
def undone(lottery: Lottery) -> Iterator[Lottery]:
    """Whatever a test does to it is undone."""
    with boa.env.anchor():
        lottery.warp(START)
        lottery.verifiers = []
        yield lottery


def seed_of(number):
    return random.Random(f"seed {number}").randbytes(32)


def refused(rule, call, *arguments, **options):
    with boa.reverts(rule):
        call(*arguments, **options)

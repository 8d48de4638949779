"""Verifiers are drawn by lot, in proportion to what they had allotted when an epoch began (attacks A14, A19, A27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pinpoint.chain.parameters import WAD
from tests.lots import MAX_PROBES, Drum, lot
from tests.model.protocol.base import Part
from tests.model.protocol.words import NOBODY, need

LEAST_UNITS, UNITS_CLASSES = 2**30, 16
LEAST_BYTES, BYTES_CLASSES = 2**24, 8
MAX_CAPACITY, MAX_TICKETS = 2**64 - 1, 2**32 - 1


def class_of(amount: int, least: int, classes: int) -> int:
    """The highest class, of powers of four, that an amount is enough for."""
    return max([k for k in range(classes) if amount >= least << 2 * k], default=0)


def class_for(amount: int, least: int, classes: int) -> int:
    """The lowest class that can take an amount; `classes` if none can."""
    return next((k for k in range(classes) if amount <= least << 2 * k), classes)


class Weight(NamedTuple):
    """Tickets, and what their owner can work on."""

    tickets: int
    units: int
    data: int

    def suffices(self, units: int, data: int) -> bool:
        """Whether its classes do, for a task of that size."""
        return self.units != 0 and (
            class_of(self.units, LEAST_UNITS, UNITS_CLASSES) >= class_for(units, LEAST_UNITS, UNITS_CLASSES)
            and class_of(self.data, LEAST_BYTES, BYTES_CLASSES) >= class_for(data, LEAST_BYTES, BYTES_CLASSES)
        )


@dataclass
class Place:
    """A verifier's place, its own for ever.

    Attributes:
        units, data: what it can work on at one time; 0 while it is not registered.
        units_used, data_used: of that.
        tickets: now.
        history: epochs in which its tickets or its capacity changed, and what they were afterwards.
    """

    owner: int
    units: int = 0
    data: int = 0
    units_used: int = 0
    data_used: int = 0
    tickets: int = 0
    history: list[tuple[int, Weight]] = field(default_factory=list)

    @property
    def weight(self) -> Weight:
        """What it counts for now."""
        return Weight(self.tickets, self.units, self.data)

    def at(self, epoch: int) -> Weight:
        """What it counted for when an epoch began."""
        return next((after for changed, after in reversed(self.history) if changed < epoch), Weight(0, 0, 0))

    def fits(self, units: int, data: int) -> bool:
        """Whether it has so much free."""
        return units <= max(0, self.units - self.units_used) and data <= max(0, self.data - self.data_used)


class Lots(Part):
    """Who can be drawn."""

    def start(self) -> None:
        self.places: list[Place] = []
        self.place_of: dict[int, Place] = {}

    @property
    def epoch(self) -> int:
        """The present one."""
        return self.m.now // self.p.epoch_period

    def register(self, sender: int, units: int, data: int) -> None:
        self._check(units, data)
        tickets = self._tickets_for(sender)
        need(tickets != 0, "sortition: stake")
        known = self.place_of.get(sender)
        need(known is None or known.units == 0, "sortition: registered")
        place = known or Place(sender)
        if known is None:
            self.places.append(place)
            self.place_of[sender] = place
        place.units, place.data = units, data
        self.say("VerifierRegistered", sender, units, data, self.places.index(place) + 1)
        self._weigh(place, tickets)

    def resize(self, sender: int, units: int, data: int) -> None:
        self._check(units, data)
        place = self._registered(sender)
        place.units, place.data = units, data
        self._remember(place)
        self.say("CapacityChanged", sender, units, data)

    def retire(self, sender: int) -> None:
        place = self._registered(sender)
        self._weigh(place, 0)
        place.units = place.data = 0
        self.say("VerifierRetired", sender)

    def weigh(self, sender: int, verifier: int) -> None:
        """Count what a verifier has allotted now. Anybody may."""
        place = self.place_of.get(verifier)
        if place is not None and place.units:
            self._weigh(place, self._tickets_for(verifier))

    # The other parts

    def draw(self, seed: int, epoch: int, excluded: Sequence[int], units: int, data: int, deposit: int) -> int:
        """Whom a seed decides for, or nobody: not excluded, with weight, room, and a deposit to lock."""
        need(self.epoch - 1 <= epoch <= self.epoch, "sortition: epoch")

        def takes(place: Place) -> bool:
            bank = self.m.accounts
            return (
                place.tickets != 0
                and place.owner not in excluded
                and place.fits(units, data)
                and bank.lockable(place.owner) >= deposit
            )

        drum = Drum([place.at(epoch).tickets for place in self.places])
        if drum.total == 0:
            return NOBODY
        for probe in range(MAX_PROBES):
            place = self.places[drum.place(lot(seed.to_bytes(32, "big"), probe, drum.total)) - 1]
            if takes(place):
                return place.owner
        return NOBODY

    def assign(self, verifier: int, units: int, data: int) -> None:
        place = self.place_of[verifier]
        place.units_used += units
        place.data_used += data
        self.say("Assigned", verifier, units, data)

    def free(self, verifier: int, units: int, data: int) -> None:
        place = self.place_of[verifier]
        place.units_used -= units
        place.data_used -= data
        self.say("Freed", verifier, units, data)

    def eligible_share(self, units: int, data: int) -> int:
        """Of all tickets, WAD, whose owners' class suffices for a task of that size.

        Of what is now and what was when this epoch began, the fewer count (A27): what is new is in no draw yet.
        """
        views = [[p.weight for p in self.places], [p.at(self.epoch) for p in self.places]]
        total = min(sum(w.tickets for w in weights) for weights in views)
        found = min(sum(w.tickets for w in weights if w.suffices(units, data)) for weights in views)
        return found * WAD // total if total else 0

    def _tickets_for(self, owner: int) -> int:
        amount = self.m.accounts.allotted(owner)
        return 0 if amount < self.p.verifier_stake else min(amount // self.p.ticket, MAX_TICKETS)

    def _registered(self, sender: int) -> Place:
        place = self.place_of.get(sender)
        need(place is not None and place.units != 0, "sortition: not registered")
        assert place is not None
        return place

    def _weigh(self, place: Place, tickets: int) -> None:
        if tickets == place.tickets:
            return
        place.tickets = tickets
        self._remember(place)
        self.say("WeightChanged", place.owner, tickets)

    def _remember(self, place: Place) -> None:
        if place.history and place.history[-1][0] == self.epoch:
            place.history.pop()
        place.history.append((self.epoch, place.weight))
        del place.history[:-4]

    @staticmethod
    def _check(units: int, data: int) -> None:
        need(LEAST_UNITS <= units <= MAX_CAPACITY, "capacity: units")
        need(LEAST_BYTES <= data <= MAX_CAPACITY, "capacity: bytes")

    def say(self, name: str, *values: int) -> None:
        self.m.say("Sortition", name, *values)

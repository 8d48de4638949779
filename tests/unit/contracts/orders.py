"""Orders, what they should cost, and how reports, locks and pots are named; computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.world import World

WAD = 10**18


def some_hash(*of: Any) -> bytes:
    """A made-up root."""
    return keccak(repr(of).encode())


# Names


def report_id(task: int, place: int) -> int:
    """The name of a report: places 0 to 7 of rounds, 8 to 15 of their fallbacks, from 16 on of the open round."""
    return task << 16 | place


def _key(*of: Any) -> bytes:
    types = ["address" if isinstance(value, str) else "uint256" for value in of]
    return keccak(encode(types, of))


def escrow_key(task: int) -> bytes:
    """Pot of a task."""
    return _key(1, task)


def bounty_key(task: int) -> bytes:
    """Pot of right sealed roots."""
    return _key(2, task)


def solver_key(task: int, solver: str) -> bytes:
    """Lock of an enrolled solver."""
    return _key(3, task, solver)


def verifier_key(report: int) -> bytes:
    """Lock of the verifier drawn for a report, and for its fallback."""
    place = report % 2**16
    return _key(4, report - 8 if 8 <= place < 16 else report)


def submitter_key(task: int) -> bytes:
    """Lock of the submitter's deposit."""
    return _key(5, task)


def reporter_key(task: int, owner: str) -> bytes:
    """Lock of one who reports in the open round."""
    return _key(6, task, owner)


def fee_key(task: int) -> bytes:
    """Pot that the reporters of the open round share."""
    return _key(7, task)


def jackpot_key(report: int) -> bytes:
    """Pot of those who challenged a forced report rightly."""
    return _key(9, report)


def pool_key() -> bytes:
    """Pot that all jackpots are taken from."""
    return _key(10)


# Orders


class Geometry(NamedTuple):
    """The counts of a task, in the order of the contracts' struct."""

    nodes: int = 20
    state: int = 2
    batches: int = 4
    steps: int = 12
    interval: int = 2
    samples: int = 3
    threshold: int = 0x3DCCCCCD
    data: int = 19

    def pack(self) -> int:
        """32 bits each, the first in the lowest; the data at the top."""
        *counts, data = self
        return sum(value << (32 * i) for i, value in enumerate(counts)) | data << 248

    @property
    def segments(self) -> int:
        """Intervals of the training."""
        return self.steps // self.interval


class Order(NamedTuple):
    """An order. Units and price are odd, so that every share is rounded."""

    program_root: bytes = some_hash("program")
    dataset_root: bytes = some_hash("dataset")
    initial_state: bytes = some_hash("initial state")
    geometry: int = Geometry().pack()
    units: int = 1_000_003
    price: int = 10**12 + 7


def make_order(**changes: Any) -> Order:
    """An order, with changed fields of it or of its geometry."""
    of_geometry = {name: changes.pop(name) for name in Geometry._fields if name in changes}
    if of_geometry:
        changes["geometry"] = Geometry(**of_geometry).pack()
    return Order(**changes)


def geometry_of(order: Order) -> Geometry:
    """The counts of an order."""
    return Geometry(*((order.geometry >> (32 * i)) % 2**32 for i in range(7)), order.geometry >> 248)


@dataclass(frozen=True)
class Bill:
    """What an order moves, in base units."""

    fee: int
    verifier_fee: int
    tax: int
    pooled: int
    solver_deposit: int
    verifier_deposit: int
    work: int
    replay: int

    @property
    def escrow(self) -> int:
        """Paid on submission."""
        return self.fee + self.verifier_fee + self.tax

    @property
    def treasury(self) -> int:
        """What is left of the tax when jackpots have their share."""
        return self.tax - self.pooled


def bill(world: World, order: Order | None = None) -> Bill:
    """The bill of an order under the world's parameters."""
    order, p = order or Order(), world.parameters
    g = geometry_of(order)
    fee, replay = order.units * g.steps * order.price, order.units * g.samples * g.interval
    return Bill(
        fee=fee,
        verifier_fee=replay * order.price * p.verifier_rate // WAD,
        tax=fee * p.tax // WAD,
        pooled=fee * p.tax // WAD * p.pool_share // WAD,
        solver_deposit=fee * p.solver_deposit // WAD * g.segments // g.samples,
        verifier_deposit=fee * p.verifier_deposit // WAD,
        work=order.units * g.steps,
        replay=replay,
    )

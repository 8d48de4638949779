"""An order: what it must fulfil, what it costs and how long its work may take (docs/protocol.md, stages 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pinpoint.chain.parameters import Parameters
from tests.model.protocol.words import need, share

INFINITE = 0x7F800000
FIELDS = (32, 32, 32, 32, 32, 32, 32, 16, 8, 8)
PROFILE_RUNS = 4
"""Replays of a segment by a profiler: one canonical, three native."""
MAX_UNITS, MAX_PRICE = 2**64, 2**96


class Geometry(NamedTuple):
    """The counts of a task, from the lowest bits up."""

    nodes: int
    state: int
    batches: int
    steps: int
    interval: int
    samples: int
    threshold: int
    weights: int
    profilers: int
    data: int

    @classmethod
    def unpack(cls, word: int) -> Geometry:
        """The counts of a word."""
        found, at = [], 0
        for bits in FIELDS:
            found.append(word >> at & (1 << bits) - 1)
            at += bits
        return cls(*found)

    def pack(self) -> int:
        """All in a word."""
        word, at = 0, 0
        for bits, value in zip(FIELDS, self, strict=True):
            word |= value << at
            at += bits
        return word

    @property
    def segments(self) -> int:
        """Intervals of the training."""
        return self.steps // self.interval

    def check(self) -> None:
        """Refuse a count out of its bounds (promise 10)."""
        need(0 < self.state <= 2**10, "geometry: state")
        need(self.state < self.nodes <= 2**20, "geometry: nodes")
        need(0 < self.batches <= 2**24, "geometry: batches")
        need(0 < self.interval < 2**16, "geometry: interval")
        need(self.steps > 0 and self.steps % self.interval == 0, "geometry: steps")
        need(self.segments < 2**16, "geometry: steps")
        need(0 < self.samples <= min(self.segments, 16), "geometry: samples")
        need(self.threshold < INFINITE, "geometry: threshold")
        need(0 < self.weights <= self.state, "geometry: weights")
        need(self.profilers == 0 or 3 <= self.profilers <= 9, "geometry: profilers")
        need(self.data <= 48, "geometry: data")


class Order:
    """An order, with what follows from it."""

    def __init__(self, p: Parameters, words: Sequence[int]) -> None:
        """
        Args:
            words: of the contracts' struct: three roots, counts, units of a step, price of a unit.
        """
        self.words = tuple(words)
        self.program_root, self.dataset_root, self.initial_state, self.packed, self.units, self.price = words
        self.geometry = g = Geometry.unpack(self.packed)
        self._p = p
        if g.interval == 0 or g.samples == 0:
            return
        # Money
        self.fee = self.units * g.steps * self.price
        self.replay_units = self.units * g.samples * g.interval
        self.verifier_fee = share(self.replay_units * self.price, p.verifier_rate)
        self.tax = share(self.fee, p.tax)
        self.pooled = share(self.tax, p.pool_share)
        self.profile_units = PROFILE_RUNS * self.units * g.interval
        self.profile_fee = share(self.profile_units * self.price, p.verifier_rate)
        self.profiler_deposit = share(self.profile_fee, p.profiler_deposit)
        self.escrow = self.fee + self.verifier_fee + self.tax + g.profilers * self.profile_fee
        self.solver_deposit = share(self.fee, p.solver_deposit) * g.segments // g.samples
        self.verifier_deposit = share(self.fee, p.verifier_deposit)
        # Time: of a replay by who has to fetch the data, of a training with a replay by who has them.
        self.data = 1 << g.data
        self.replay_time = p.work_time(self.replay_units, self.data)
        self.training_time = p.work_time(2 * self.units * g.steps, 0)
        self.profile_time = p.work_time(self.profile_units, self.data)
        self.budget = p.budget(self.units * g.interval)

    def check(self) -> None:
        """Refuse what is malformed."""
        g, p = self.geometry, self._p
        g.check()
        for root in (self.program_root, self.dataset_root, self.initial_state):
            need(root != 0, "registry: root")
        need(0 < self.units <= MAX_UNITS, "registry: units")
        need(p.least_price <= self.price <= MAX_PRICE, "registry: price")
        if g.profilers:
            need(g.threshold == 0, "registry: threshold")
        elif g.threshold:
            need(p.threshold_floor <= g.threshold <= p.threshold_ceiling, "registry: threshold")
        need(self.solver_deposit != 0, "registry: price")
        need(self.replay_time <= p.max_replay_time, "registry: replay")
        self._check_work(self.verifier_fee, self.verifier_deposit)
        if g.profilers:
            need(self.profile_time <= p.max_replay_time, "registry: replay")
            self._check_work(self.profile_fee, self.profiler_deposit)

    def _check_work(self, fee: int, deposit: int) -> None:
        # Who is drawn is paid its gas, and whoever is registered has the deposit.
        need(fee >= self._p.least_fee, "order: fee")
        need(deposit <= self._p.verifier_stake, "order: deposit")

"""What a deployment does not choose: prices, the task, and who is dishonest."""

from __future__ import annotations

from dataclasses import dataclass

GWEI = 1e-9


@dataclass(frozen=True)
class Market:
    """The world around a deployment.

    Attributes:
        compute_cost: tokens that a work unit costs whoever computes it.
        gas_price: gwei.
        token_price: of one token, in the chain's coin.
        outside_value: what a forged result is worth elsewhere, as a multiple of the task's price.
        dishonest: share of all stake whose owners collude.
        false_alarm: chance that the distance of one honest segment, replayed before it was posted, is too large.
        skipped: share of a training whose skipping has to be found ...
        detection: ... with this chance.
        block_time: seconds.
        response: blocks that a party needs to see that it is its turn, and to get a transaction in.
    """

    compute_cost: float = 1.4e-6
    gas_price: float = 200.0
    token_price: float = 1.0
    outside_value: float = 1.0
    dishonest: float = 0.25
    false_alarm: float = 1e-4
    skipped: float = 0.1
    detection: float = 0.8
    block_time: float = 12.0
    response: int = 4

    def __post_init__(self) -> None:
        """Refuse what is no market.

        Raises:
            ValueError: if a share is not one, or a price is not positive.
        """
        for name in ("dishonest", "false_alarm", "skipped", "detection"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"expected {name} of at least 0 and below 1, got {getattr(self, name)}")
        for name in ("compute_cost", "gas_price", "outside_value"):
            if getattr(self, name) < 0:
                raise ValueError(f"expected {name} of at least 0, got {getattr(self, name)}")
        for name in ("token_price", "block_time", "response"):
            if getattr(self, name) <= 0:
                raise ValueError(f"expected {name} above 0, got {getattr(self, name)}")

    def gas(self, amount: float) -> float:
        """What so much gas costs, in tokens."""
        return amount * self.gas_price * GWEI / self.token_price


@dataclass(frozen=True)
class Task:
    """A typical one: that of the demonstration.

    Attributes:
        units: work units of a step.
        price: tokens for a unit.
        steps: of the training.
        interval: steps between checkpoints.
        samples: segments that are replayed.
        data: bytes that a verifier fetches.
    """

    units: float = 189_645
    price: float = 1.757670032604e-6
    steps: int = 120
    interval: int = 10
    samples: int = 7
    data: int = 2**20

    def __post_init__(self) -> None:
        """Refuse what the registry would.

        Raises:
            ValueError: if the counts do not fit.
        """
        if self.steps < 1 or self.interval < 1 or self.steps % self.interval:
            raise ValueError(f"expected steps in whole intervals, got {self.steps} and {self.interval}")
        if not 1 <= self.samples <= self.segments:
            raise ValueError(f"expected 1 to {self.segments} samples, got {self.samples}")
        if self.units <= 0 or self.price <= 0:
            raise ValueError(f"expected units and price above 0, got {self.units} and {self.price}")

    @property
    def segments(self) -> int:
        """Stretches between checkpoints."""
        return self.steps // self.interval

    @property
    def fee(self) -> float:
        """The solver's, in tokens: what is meant by a task's price."""
        return self.units * self.steps * self.price

    @property
    def sampled(self) -> float:
        """Share of the training that is replayed."""
        return self.samples / self.segments

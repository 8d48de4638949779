"""What must hold for honesty to be the best reply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Inequality:
    """`left` is to be at least `right`.

    Attributes:
        name: what it forbids or guarantees.
        left: what protects: a loss, a deposit, a window.
        right: what it has to cover: a gain, a cost, a delay.
        unit: of both sides.
    """

    name: str
    left: float
    right: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.left >= self.right

    @property
    def margin(self) -> float:
        """How far it is from failing, as a share of the larger side; negative where it fails, 0 where both are 0."""
        scale = max(abs(self.left), abs(self.right))
        return (self.left - self.right) / scale if scale else 0.0


def most_tempting(inequalities: Iterable[Inequality]) -> Inequality:
    """Of several ways to cheat, the one that earns most, or loses least.

    Raises:
        ValueError: if there is none.
    """
    return max(inequalities, key=lambda inequality: inequality.right - inequality.left)


def tightest(inequalities: Iterable[Inequality]) -> Inequality:
    """The one with the least margin.

    Raises:
        ValueError: if there is none.
    """
    return min(inequalities, key=lambda inequality: inequality.margin)

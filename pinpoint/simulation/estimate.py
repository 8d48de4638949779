"""Means of profits with simultaneous intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.99
"""That all intervals of a family hold together."""
ROUNDING = 1e-9
"""Of a token: what contracts and closed forms round differently."""


@dataclass(frozen=True)
class Estimate:
    """A mean profit.

    Attributes:
        mean: tokens a task.
        low, high: ends of its interval.
        tasks: how many were played.
    """

    mean: float
    low: float
    high: float
    tasks: int

    @classmethod
    def of(cls, profits: Sequence[float], family: int) -> Estimate:
        """By Student's t, at 1 - (1 - CONFIDENCE) / family (Bonferroni).

        Args:
            profits: one a task.
            family: how many intervals are looked at together.

        Raises:
            ValueError: if there are fewer than two.
        """
        if len(profits) < 2:
            raise ValueError(f"expected profits of at least two tasks, got {len(profits)}")
        mean, error = float(np.mean(profits)), float(np.std(profits, ddof=1)) / len(profits) ** 0.5
        width = float(stats.t.ppf(1 - (1 - CONFIDENCE) / family / 2, len(profits) - 1)) * error + ROUNDING
        return cls(mean, mean - width, mean + width, len(profits))

    def holds(self, value: float) -> bool:
        """Whether a value is in the interval."""
        return self.low <= value <= self.high

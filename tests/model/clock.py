"""A chess clock for two: each has a budget, and whatever is left of it a least time for each reply."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Side(IntEnum):
    """Who is on the clock."""

    CHALLENGER = 0
    DEFENDER = 1


class Clock(NamedTuple):
    """Times in ticks.

    Attributes:
        side: that the time runs for.
        challenger: left of the challenger's budget.
        defender: left of the verifier's.
        since: when `side` was put on the clock.
    """

    side: Side
    challenger: int
    defender: int
    since: int

    @property
    def left(self) -> int:
        """Of the side on the clock."""
        return self.defender if self.side == Side.DEFENDER else self.challenger

    def deadline(self, reply: int) -> int:
        """The last tick in which the side on the clock may move."""
        return self.since + max(self.left, reply)

    def press(self, now: int) -> Clock:
        """Charge the mover, and start the other's time."""
        rest = max(0, self.left - (now - self.since))
        if self.side == Side.DEFENDER:
            return Clock(Side.CHALLENGER, self.challenger, rest, now)
        return Clock(Side.DEFENDER, rest, self.defender, now)

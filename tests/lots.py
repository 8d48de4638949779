"""The Python twin of Sortition's lots: which place a lot falls on, and whom a seed decides for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from pinpoint.commitment.tree import keccak

CAPACITY = (2**60, 2**40)
"""Of verifiers that are to take any task: units and bytes at one time."""
MAX_PROBES = 32
"""Lots of one draw."""


def lot(seed: bytes, probe: int, total: int) -> int:
    """The lot of a seed's probe, below `total` tickets."""
    return int.from_bytes(keccak(seed + probe.to_bytes(32, "big")), "big") % total


class Drum:
    """The tickets of all places at one time, laid end to end."""

    def __init__(self, tickets: Sequence[int]) -> None:
        """
        Args:
            tickets: of the places 1, 2, ...
        """
        self.ends = list(accumulate(tickets))
        self.total = self.ends[-1] if self.ends else 0

    def place(self, lot: int) -> int:
        """The place whose range holds a lot.

        Raises:
            LookupError: if the lot is beyond all tickets.
        """
        if not 0 <= lot < self.total:
            raise LookupError(f"expected a lot below {self.total}, got {lot}")
        return bisect_right(self.ends, lot) + 1

    def drawn(self, seed: bytes, takes: Callable[[int], bool] = lambda place: True) -> int | None:
        """The first place that a seed's lots fall on and that takes the work; none if there is none in MAX_PROBES.

        Args:
            seed: 32 bytes.
            takes: whether a place takes the work.
        """
        if self.total == 0:
            return None
        places = (self.place(lot(seed, probe, self.total)) for probe in range(MAX_PROBES))
        return next(filter(takes, places), None)

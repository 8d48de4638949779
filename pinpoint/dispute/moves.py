"""Moves: what a player sends next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Move:
    """A call of a contract about a dispute.

    Attributes:
        contract: "Arbitration", "ValueJudge" or "RootJudge".
        method: its function.
        arguments: what follows the dispute's number.
    """

    contract: str
    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Leg:
    """One leg of a descent: a node further down in a tree and its path up to where the leg began."""

    child: bytes
    level: int
    index: int
    kind: int
    count: int
    siblings: Sequence[bytes]

    def then(self, lower: Leg) -> Leg:
        """This leg and the next one in the same tree, as one."""
        return Leg(
            lower.child, lower.level, lower.index, self.kind, self.count, [*lower.siblings, *self.siblings]
        )

    def arguments(self) -> tuple[Any, ...]:
        """The contract's struct `Descent`."""
        return self.child, self.level, self.index, self.kind, self.count, list(self.siblings)


def descend(legs: Sequence[Leg]) -> Move:
    """Descend, and ask for what is below."""
    return Move("Arbitration", "descend", ([leg.arguments() for leg in legs],))


_VALUES = ("prove_word_fault", "prove_lane_fault", "prove_moved_fault")


def prove(method: str, legs: Sequence[Leg], *evidence: Any) -> Move:
    """Prove a fault at the end of these legs."""
    contract = "ValueJudge" if method in _VALUES else "RootJudge"
    return Move(contract, method, ([leg.arguments() for leg in legs], *evidence))

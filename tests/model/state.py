"""The state of the model: immutable, hashable, and nothing in it that does not matter any more."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from tests.model.clock import Clock, Side


class Phase(IntEnum):
    """Of a challenge."""

    NONE = 0
    COMMITTED = 1
    REVEALED = 2
    WON = 4
    LOST = 8
    CLOSED = 16
    FORFEITED = 32


OPEN = (Phase.COMMITTED, Phase.REVEALED)
EDGES = {
    Phase.NONE: (Phase.COMMITTED,),
    Phase.COMMITTED: (Phase.REVEALED, Phase.FORFEITED),
    Phase.REVEALED: (Phase.WON, Phase.LOST, Phase.CLOSED),
}


class Content(IntEnum):
    """What a challenger's commitment holds.

    RIGHT: the report that an honest replay gives.
    OTHER: a report that is neither right nor the challenged one.
    SAME: the challenged report.
    STOLEN: a sealed right report that is bound to somebody else's address.
    COPIED: nothing that its owner could open: another's commitment.
    """

    NONE = 0
    RIGHT = 1
    OTHER = 2
    SAME = 3
    STOLEN = 4
    COPIED = 5


class Stage(IntEnum):
    """Of the report."""

    STANDS = 0
    FELL = 1
    SETTLED = 2
    """The task has ended, with this report or after it fell."""


class Claim(IntEnum):
    """Of a sealed report."""

    SEALED = 0
    OPENED = 1
    COLLECTED = 2


NO_CLOCK = Clock(Side.DEFENDER, 0, 0, 0)


class Challenger(NamedTuple):
    """One challenger with one challenge. `claim` and `clock` are those of its game while it can be played."""

    phase: Phase
    content: Content
    claim: int
    clock: Clock
    opened: Claim
    stake: int
    bonded: int
    credit: int


class Money(NamedTuple):
    """All accounts but the challengers'. Amounts in base units; of a user, what it had before is not counted.

    Attributes:
        escrow: pot of the task.
        pot: of the bounty.
        successor: credit of who gives the report that is upheld after this one fell.
    """

    escrow: int
    solver_locked: int
    verifier_locked: int
    solver_stake: int
    verifier_stake: int
    solver: int
    verifier: int
    submitter: int
    successor: int
    treasury: int
    pot: int
    burnt: int


class State(NamedTuple):
    """A state of the dispute.

    Attributes:
        now: ticks since the report was given; once the task has ended, since then.
        secret: whether the verifier's secret is open.
        upheld: what was upheld after the report fell, or SAME if it stood; NONE before and where nothing was.
        total: of the bounty, in the pot when it was closed, or -1 before.
        each: paid for a right sealed report.
    """

    now: int
    stage: Stage
    secret: bool
    upheld: Content
    total: int
    each: int
    challengers: tuple[Challenger, ...]
    money: Money

    @property
    def wealth(self) -> int:
        """The sum of all accounts."""
        return sum(self.money) + sum(c.stake + c.bonded + c.credit for c in self.challengers)

    @property
    def fell(self) -> bool:
        """Whether the report was overturned."""
        return self.stage is Stage.FELL or (self.stage is Stage.SETTLED and self.upheld is not Content.SAME)

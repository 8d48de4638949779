"""What the parties can send, and why it may be refused."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """Of a move; in brackets who makes it."""

    TICK = 0
    """Time passes."""
    COMMIT = 1
    """Commit to `what` (the challenger `who`)."""
    REVEAL = 2
    """Open the commitment (anybody who knows it)."""
    SECRET = 3
    """Open the verifier's secret (anybody who knows it)."""
    SILENCE = 4
    """The secret was not opened in time (anybody)."""
    DESCEND = 5
    """Go down to the node `what`, and ask (the challenger)."""
    SHOW = 6
    """Show what is below the claim, or the words of the leaf (anybody: hashes prove it)."""
    PROVE = 7
    """Prove something of the leaf `what` (the challenger)."""
    PROVE_FOR = 8
    """The same, sent by a stranger."""
    TIME_OUT = 9
    """The side on the clock is late (anybody)."""
    CLOSE = 10
    """A challenge that can have no verdict of its own (anybody)."""
    SWEEP = 11
    """Whatever exit is due on each of some challenges, one after another; `what` are their places from 1, a decimal
    digit each (anybody)."""
    SETTLE = 12
    """End the task with the report that stands (anybody)."""
    RESOLVE = 13
    """After the report fell: the redraws, up to the end of the task, with the report `what` upheld, or none."""
    OPEN = 14
    """Open the sealed report of `who` (anybody who knows it)."""
    CLOSE_BOUNTY = 15
    """Share the bounty (anybody)."""
    COLLECT = 16
    """Credit the share of `who` (anybody)."""
    DESCEND_FOR = 17
    """A descent that a stranger sends."""


EXITS = frozenset(
    {Kind.SILENCE, Kind.TIME_OUT, Kind.CLOSE, Kind.SWEEP, Kind.SETTLE, Kind.RESOLVE, Kind.CLOSE_BOUNTY, Kind.COLLECT}
)
"""What anybody can do, without knowing or having anything."""


class Move(NamedTuple):
    """A move. `who` is a challenger's place, `what` a node or a content."""

    kind: Kind
    who: int = 0
    what: int = 0

    def __str__(self) -> str:
        return f"{self.kind.name.lower()}({self.who}, {int(self.what)})"


class Reason(Enum):
    """Why a move is refused; the values are what the contracts say, any of them.

    Where several reasons hold, the model names all, and the contracts the first that they look at.
    """

    FALLEN = ("arbitration: fallen", "verification: phase")
    """The report does not stand (any more)."""
    EARLY = ("arbitration: early", "verification: early")
    LATE = ("arbitration: late", "verification: late")
    STAKE = ("staking: stake",)
    PHASE = ("arbitration: phase",)
    COMMITMENT = ("arbitration: commitment",)
    SECRET = ("arbitration: secret",)
    """It is closed."""
    OPENED = ("verification: opened",)
    CHALLENGER = ("arbitration: challenger",)
    TURN = ("arbitration: turn",)
    OUTSIDE = (
        "descent: level", "descent: index", "descent: path", "arbitration: legs", "evidence: program", "evidence: leaf",
    )  # fmt: skip
    """Not below the claim. What else would be right is looked at as if it were about the claim."""
    BOTTOM = ("arbitration: bottom",)
    HIDDEN = ("descent: children",)
    NO_FAULT = ("arbitration: no fault",)
    IN_TIME = ("arbitration: early",)
    """Nobody is late in a game."""
    UNDECIDED = ("arbitration: open",)
    """A challenge that may have a verdict of its own, or has one."""
    OPEN = ("verification: open",)
    """Reveals or games are not over, or there is nothing to settle."""
    UNSETTLED = ("settlement: open",)
    """There is no bounty, or not yet."""
    CLAIM_EARLY = ("settlement: early",)
    CLAIM_LATE = ("settlement: late",)
    UNREVEALED = ("settlement: unrevealed",)
    CLAIMED = ("settlement: opened",)
    SEAL = ("settlement: seal",)
    CHALLENGED = ("settlement: challenged",)
    REPORT = ("settlement: report",)
    CLOSED = ("settlement: closed",)
    UNOPENED = ("settlement: unopened",)
    COLLECTED = ("settlement: collected",)


class Refused(Exception):
    """A move that does not count. The arguments are the reasons."""

"""Who plays what in a task."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pinpoint.simulation.workshop import Work


class Verifier(Enum):
    """What a drawn verifier does."""

    HONEST = auto()
    """Replays, reports, and does its forced errors. Asks the chain for data that it is not given."""
    LAZY = auto()
    """Replays nothing, and says that all is well."""
    COPIES = auto()
    """Replays nothing, and reports what a challenge of the round before has sealed."""
    SKIPS_FORCED = auto()
    """Reports the truth although its error is forced; its fallback has to be wrong then."""
    COLLUDES = auto()
    """Lets a forged proof pass, and is honest about any other."""


class Watch(Enum):
    """When somebody challenges a report, and what it seals."""

    REPLAYS = auto()
    """Has the right report, since it has replayed anyway; challenges any other, and plays the game."""
    SPARES_OWN = auto()
    """As REPLAYS, but not against colluders, with whom it would share."""
    STANDS_ALONE = auto()
    """As REPLAYS, but for its challenges alone, whoever is asleep; so it pays for a replay in each task."""
    TOLD = auto()
    """Told by the verifier that its error is forced, and what is right."""
    FILLS = auto()
    """An alias of the first verifier: challenges its lie with rubbish, and is the first to say that it is silent."""
    GRIEFS = auto()
    """Challenges the first report of each task with rubbish, and lets the game time out."""


@dataclass(frozen=True)
class Watcher:
    """One who challenges, under one or several names."""

    watch: Watch
    names: tuple[str, ...]


@dataclass(frozen=True)
class Cast:
    """One task's players.

    Attributes:
        work: what the solver's proof is.
        at: how many segments, or at the end of which (workshop.Job).
        computed: share of the training that the solver has computed.
        withholds: whether it serves its data to colluders only.
        verifiers: what those drawn do, by round, the last for all that follow.
        colluders: verifiers that COLLUDE whenever they are drawn.
        watchers: who challenges, in this order.
        awake: chance that one who REPLAYS is, in each task anew: that the solver, who has replayed, is honest.
        price: of a unit of this task, as a share of the typical one's.
        units: of this task, as a share of the typical one's.
    """

    work: Work = Work.HONEST
    at: int = 0
    computed: float = 1.0
    withholds: bool = False
    verifiers: tuple[Verifier, ...] = (Verifier.HONEST,)
    colluders: int = 0
    watchers: tuple[Watcher, ...] = ()
    awake: float = 1.0
    price: float = 1.0
    units: float = 1.0

    @property
    def forged(self) -> bool:
        """Whether the proof claims work that was not done."""
        return self.work in (Work.SKIPPED, Work.MOMENTS, Work.MOVES, Work.NOT_FINITE)


@dataclass(frozen=True)
class Agent:
    """Whose money counts together.

    Attributes:
        accounts: of the world; "drawn n" is the verifier of round n, if there is one.
        outside: whether an accepted forged proof is worth something to it elsewhere.
        worth: what an accepted model is worth to it, over the typical price.
    """

    accounts: tuple[str, ...]
    outside: bool = False
    worth: float = 0.0


@dataclass(frozen=True)
class Trial:
    """A task, and whose profits are looked at."""

    cast: Cast
    agents: tuple[Agent, ...]

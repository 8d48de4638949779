"""What has to hold from each state to the next, by name."""

from __future__ import annotations

from typing import NamedTuple

from tests.campaigns.protocol.driver import Action
from tests.model.protocol.arbitration import Phase as GamePhase
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Phase
from tests.model.protocol.rounds import Stage

TRANSITIONS = {
    "S01": "a task moves along the edges of its phases, and one that has ended stays as it is (promise 5)",
    "S02": "a verification moves along the edges of its phases, and one that is over stays as it is",
    "S03": "a challenge moves along the edges of its phases, and its end is final",
    "S04": "tries, rounds and what is burnt never shrink; a task once accepted stays so",
    "S05": "an order never changes; its threshold changes once, when it is measured (promise 7)",
    "S06": "samples that were drawn stay (A8)",
    "S07": "a report that has fallen stays fallen",
    "S08": "clocks never grow",
    "S09": "only its owner takes anything out of a credit (promise 7)",
    "S10": "only what its owner sends or has signed, or a draw that it has agreed to, takes anything out of a stake",
    "S11": "a refused transaction changes nothing",
}

P, V, G = Phase, Stage, GamePhase
TASK_EDGES = {
    (P.PROFILING, P.OPEN),
    # Of a matched bid.
    (P.PROFILING, P.OFFERED),
    (P.OPEN, P.DRAWING),
    (P.DRAWING, P.OFFERED),
    (P.OFFERED, P.TRAINING),
    (P.OFFERED, P.OPEN),
    (P.TRAINING, P.PROVED),
    (P.TRAINING, P.OPEN),
    (P.PROVED, P.OPEN),
    *((before, P.ENDED) for before in (P.PROFILING, P.OPEN, P.DRAWING, P.OFFERED, P.TRAINING, P.PROVED)),
}
ROUND_EDGES = {
    (V.NONE, V.DRAWING),
    (V.DRAWING, V.NONE),
    (V.DRAWING, V.ASSIGNED),
    (V.DRAWING, V.OPEN),
    *((before, after) for before in (V.ASSIGNED, V.REPORTING, V.REPORTED, V.FALLBACK) for after in (V.DRAWING, V.OPEN)),
    (V.ASSIGNED, V.REPORTING),
    (V.REPORTING, V.REPORTED),
    (V.REPORTED, V.FALLBACK),
    (V.FALLBACK, V.REPORTED),
    (V.REPORTED, V.CONCLUDED),
    (V.REPORTING, V.ABORTED),
    (V.OPEN, V.CONCLUDED),
    (V.OPEN, V.ABORTED),
}
GAME_EDGES = {
    (G.COMMITTED, G.REVEALED),
    (G.COMMITTED, G.FORFEITED),
    (G.REVEALED, G.WON),
    (G.REVEALED, G.LOST),
    (G.REVEALED, G.CLOSED),
}


class Seen(NamedTuple):
    """What of a task is compared with what it was."""

    phase: Phase
    tries: int
    accepted: bool
    threshold: int
    order: tuple[int, ...]
    stage: Stage
    round: int
    samples: tuple[int, ...]
    fallen: frozenset[int]


class Watch:
    """Compares each state with the one before."""

    def __init__(self, m: Protocol) -> None:
        self._edges: set[tuple[str, str]] = set()
        self.look(m)

    @property
    def edges(self) -> set[tuple[str, str]]:
        """Edges of all kinds that were taken so far."""
        return self._edges

    def look(self, m: Protocol) -> None:
        """Take a state as it is."""
        self._tasks = {n: seen(m, n) for n in m.registry.tasks}
        self._games = {n: (c.phase, c.clock) for n, c in m.arbitration.challenges.items()}
        self._burnt = m.accounts.burnt
        self._credit, self._stake = dict(m.accounts.credit), dict(m.accounts.stake)

    def broken(self, m: Protocol, action: Action, drawn: set[int]) -> list[str]:
        """Ids of what does not hold of the step to this state.

        Args:
            drawn: who was drawn in it, and has agreed that its deposit is locked.
        """
        tasks, games, burnt = self._tasks, self._games, self._burnt
        credit, stake = self._credit, self._stake
        self.look(m)
        found = [] if burnt <= m.accounts.burnt else ["S04"]
        for n, old in tasks.items():
            new = self._tasks[n]
            if new != old:
                found += self._of_task(old, new)
        for n, (phase, clock) in games.items():
            now_phase, now_clock = self._games[n]
            if phase != now_phase:
                self._edges.add((phase.name or "", now_phase.name or ""))
                found += [] if (phase, now_phase) in GAME_EDGES else ["S03"]
            if clock is not None and now_clock is not None and clock is not now_clock:
                grown = now_clock.defender > clock.defender or now_clock.challenger > clock.challenger
                found += ["S08"] if grown else []
        mover = action.sender
        found += ["S09" for who, had in credit.items() if self._credit[who] < had and who != mover]
        found += ["S10" for who, had in stake.items() if self._stake[who] < had and who != mover and who not in drawn]
        return found

    def _of_task(self, old: Seen, new: Seen) -> list[str]:
        found = []
        if old.phase != new.phase:
            self._edges.add((old.phase.name or "", new.phase.name or ""))
            found += [] if (old.phase, new.phase) in TASK_EDGES else ["S01"]
        if old.stage != new.stage:
            self._edges.add((old.stage.name or "", new.stage.name or ""))
            found += [] if (old.stage, new.stage) in ROUND_EDGES else ["S02"]
        found += ["S04"] if new.tries < old.tries or (old.accepted and not new.accepted) else []
        found += ["S04"] if old.stage and new.stage and new.round < old.round else []
        measured = old.phase is Phase.PROFILING and old.threshold == 0
        found += ["S05"] if old.order != new.order or (old.threshold != new.threshold and not measured) else []
        found += ["S06"] if old.samples and old.samples != new.samples else []
        found += ["S07"] if not old.fallen <= new.fallen else []
        return found


def seen(m: Protocol, n: int) -> Seen:
    """A task as it stands."""
    task, r = m.registry.tasks[n], m.verification.rounds.get(n)
    of_task = task.phase, task.tries, task.accepted, task.threshold, task.order.words
    if r is None:
        return Seen(*of_task, Stage.NONE, 0, (), frozenset())
    fallen = frozenset(report.number for report in r.reports.values() if report.fallen)
    return Seen(*of_task, r.stage, r.round, r.samples, fallen)

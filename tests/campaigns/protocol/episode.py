"""One episode: from the deployment on, a random life of several tasks, then time alone, then everybody leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.campaigns.protocol.drain import drain, leave
from tests.campaigns.protocol.driver import MOST_TASKS, Action, Driver
from tests.campaigns.protocol.engines import START_BLOCK, START_TIME, Engine
from tests.campaigns.protocol.lockstep import Lockstep
from tests.campaigns.protocol.properties import PROPERTIES
from tests.campaigns.protocol.transitions import Watch
from tests.model.protocol.arbitration import Phase as GamePhase
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Phase

LENGTH = 500
"""Transactions of an episode, exits not counted."""
OFTEN = 20
"""After so many, all states are compared, and all properties asked."""
FEW = 2
"""Counts above it are alike, for telling states apart."""


class Violation(AssertionError):
    """A property does not hold."""


@dataclass
class Found:
    """What a campaign has seen.

    Attributes:
        transactions: that were sent to model and chain.
        counted, refused: by function; refusals with the reason.
        states: of tasks, as far as they differ in more than numbers.
        drained: how many of them time alone has led to the end.
    """

    transactions: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    states: set[Hashable] = field(default_factory=set)
    edges: set[tuple[str, str]] = field(default_factory=set)
    drained: int = 0

    def add(self, other: Found) -> None:
        """Take in what another worker has seen."""
        self.transactions += other.transactions
        self.drained += other.drained
        self.counted.update(other.counted)
        self.refused.update(other.refused)
        self.endings.update(other.endings)
        self.states |= other.states
        self.edges |= other.edges


class Stage:
    """An engine with a deployed suite, on which episodes are played, each from the same beginning."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.lockstep = Lockstep(engine)
        m = self.lockstep.m
        m.now, m.number = START_TIME, START_BLOCK
        for call in Driver(m, Random(0)).setup():
            self.lockstep.send(Action(m.now + 1, m.number + 1, *call))
        # Stake counts from the next epoch on.
        m.now += m.p.epoch_period
        self.lockstep.compare()
        self._base, self._snapshot = m.copy(), engine.snapshot()
        self.sent: list[Action] = []

    def begin(self) -> None:
        """Return to the beginning."""
        self._engine.revert(self._snapshot)
        self._snapshot = self._engine.snapshot()
        self.lockstep.m = self._base.copy()
        self.sent = []
        self._watch = Watch(self.lockstep.m)

    def send(self, action: Action) -> None:
        """Send an action to both sides, and compare; every so often, everything."""
        self.sent.append(action)
        self.lockstep.send(action)
        m = self.lockstep.m
        drawn = {values[1] for contract, event, *values in m.said if (contract, event) == ("Staking", "Locked")}
        if broken := self._watch.broken(m, action, drawn):
            raise Violation(f"{sorted(set(broken))} after {action.contract}.{action.method}")
        if len(self.sent) % OFTEN == 0:
            self.check()

    def check(self) -> None:
        """Compare everything, and ask every property.

        Raises:
            Disagreement: naming the first difference.
            Violation: naming the properties that do not hold.
        """
        self.lockstep.compare()
        m = self.lockstep.m
        broken = {p.id: found for p in PROPERTIES if (found := list(p.broken(m)))}
        if broken:
            raise Violation(f"{sorted(broken)}: {str(broken)[:300]}")

    def exhaust(self) -> None:
        """Let time alone end everything, check that nothing is left, and return."""
        snapshot, m, length = self._engine.snapshot(), self.lockstep.m, len(self.sent)
        self.lockstep.m = m.copy()
        self._finish(drain(self.lockstep.m, self.send))
        self._engine.revert(snapshot)
        self.lockstep.m = m
        self._watch.look(m)
        del self.sent[length:]

    def end(self) -> None:
        """Let time end everything, and everybody leave."""
        self._finish(drain(self.lockstep.m, self.send))
        self._finish(leave(self.lockstep.m, self.send))

    def _finish(self, broken: list[str]) -> None:
        self.check()
        if broken:
            raise Violation(f"{broken} when time has ended everything")

    @property
    def edges(self) -> set[tuple[str, str]]:
        """Of phases, that were taken."""
        return self._watch.edges


def play(
    stage: Stage, seed: str, found: Found, length: int = LENGTH, most: int = MOST_TASKS, alone: bool = True
) -> None:
    """The episode of a seed. It is the same however many were played before.

    Args:
        found: what was seen before: from states that it has, time alone is not played again.
        length: transactions, exits not counted.
        most: tasks that are open at one time.
        alone: whether time alone is played from each new state, too.

    Raises:
        Disagreement: of model and chain; `stage.sent` says what leads there.
        Violation: of a property, likewise.
    """
    stage.begin()
    lockstep = stage.lockstep
    lockstep.counted, lockstep.refused = Counter(), Counter()
    rng, m = Random(seed), lockstep.m
    driver = Driver(m, rng, most)
    try:
        for _ in range(length):
            stage.send(driver.next())
            new = states(m) - found.states
            if alone and new:
                found.states |= new
                stage.exhaust()
                found.drained += len(new)
        stage.end()
    finally:
        found.transactions += lockstep.counted.total() + lockstep.refused.total()
        found.counted.update(lockstep.counted)
        found.refused.update(lockstep.refused)
        found.endings.update(task.ending.name for task in m.registry.tasks.values() if task.ending)  # type: ignore[attr-defined]
        found.edges |= stage.edges


def states(m: Protocol) -> set[Hashable]:
    """Where each task stands, without numbers and names."""
    return {state_of(m, n) for n in m.registry.tasks}


def state_of(m: Protocol, n: int) -> Hashable:
    """Where a task stands: phases, tries, rounds, flags, and how many of what there are, up to a few."""
    task, r = m.registry.tasks[n], m.verification.rounds.get(n)
    of_task: tuple[Any, ...] = task.phase, task.tries, task.accepted, min(FEW, len(task.enrolled)), task.ending
    profile = m.profiling.profiles.get(n)
    if profile is not None and task.phase is Phase.PROFILING:
        return *of_task, profile.stage, tuple(sorted(p.answer for p in profile.profilers.values()))
    if r is None:
        return of_task
    games = Counter[tuple[GamePhase, bool]]()
    for c in m.arbitration.challenges.values():
        if c.report.number >> 16 == n:
            games[c.phase, c.clock is not None] += 1
    rest = (
        *(r.stage, r.round, r.fallback, bool(r.samples), r.void, min(FEW, len(r.named)), min(FEW, len(r.survivors))),
        *((r.reports[r.round].opened,) if r.round in r.reports else ()),
        min(1, m.availability.pending[n]),
        tuple(sorted((phase, moved, min(FEW, count)) for (phase, moved), count in games.items())),
    )
    return *of_task, *rest

"""Pieces of a campaign: a trial played so many times from one seed, whoever plays it and in what order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from threading import Lock

from pinpoint.economics.setting import Setting
from pinpoint.simulation.cast import Agent, Cast, Trial
from pinpoint.simulation.play import Outcome, Play
from pinpoint.simulation.world import UNIT, USERS, World

MOST = 25
"""Tasks of a piece: the longer a chain, the slower each task."""
POOL_PRICE = 100.0
"""Of the one task whose tax fills the jackpot's pool before any other, over the typical one's."""
UPHELD = ("ACCEPTED", "STALLED")
"""Endings in which the model is taken."""
Profits = list[list[float]]
"""By task and agent, in tokens."""


@dataclass(frozen=True)
class Chunk:
    """A piece.

    Attributes:
        setting: of the world that it is played in (`world.stand_in`).
        name: of what is played, unique together with the index and the seed.
        index: of the piece.
        trial: what is played.
        tasks: how often.
        seed: of the campaign.
    """

    setting: Setting
    name: str
    index: int
    trial: Trial
    tasks: int
    seed: int

    @property
    def key(self) -> str:
        """What it is known by in a campaign."""
        return f"{self.name}/{self.index}"


def pieces(setting: Setting, name: str, trial: Trial, tasks: int, seed: int) -> list[Chunk]:
    """So many tasks in pieces of at most MOST tasks."""
    return [
        Chunk(setting, name, at // MOST, trial, min(MOST, tasks - at), seed) for at in range(0, tasks, MOST)
    ]


ALONE = Lock()
"""A process has one world of a setting, though a cluster's worker may have several threads."""


@cache
def ready(setting: Setting) -> World:
    """The world that every piece of a setting begins from: deployed, and with a pool that no piece can empty."""
    world = World(setting)
    Play(world, Cast(price=POOL_PRICE)).run()
    return world


def play_chunk(chunk: Chunk) -> Profits:
    """What each agent has earned in each task. The world is as before afterwards."""
    with ALONE:
        return _played(ready(chunk.setting), chunk)


def _played(world: World, chunk: Chunk) -> Profits:
    with world.undone((chunk.seed, chunk.name, chunk.index)):
        accounts = _Accounts(world)
        return [
            accounts.earned(chunk.trial, Play(world, chunk.trial.cast).run()) for _ in range(chunk.tasks)
        ]


class _Accounts:
    """What everybody had before a task."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._had = {name: world.wealth(name) for name in USERS}

    def earned(self, trial: Trial, outcome: Outcome) -> list[float]:
        """Each agent's profit in the task that has just ended."""
        s, spent = self._world.setting, self._world.costs.spent
        accepted = outcome.ending.name in UPHELD
        found = []
        for agent in trial.agents:
            outside = s.outside if agent.outside and trial.cast.forged and accepted else 0.0
            worth = agent.worth * s.fee if accepted else 0.0
            names = set(_named(agent, outcome))
            found.append(outside + worth + sum(self._gained(name) - spent[name] for name in sorted(names)))
        # Of those who were drawn, some may not have been looked at.
        for name in outcome.drawn:
            self._gained(name)
        spent.clear()
        return found

    def _gained(self, name: str) -> float:
        before, self._had[name] = self._had[name], self._world.wealth(name)
        return (self._had[name] - before) / UNIT


def _named(agent: Agent, outcome: Outcome) -> Iterator[str]:
    for account in agent.accounts:
        drawn, _, number = account.partition("drawn ")
        if drawn:
            yield account
        elif int(number) < len(outcome.drawn):
            yield outcome.drawn[int(number)]

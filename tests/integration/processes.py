"""Roles as processes, which can be killed: what is not on chain or on disk is lost with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import Client
from pinpoint.chain.storage import Storage
from pinpoint.models.dense import initial_state
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.role import Role
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.verifier import Verifier
from tests.integration.books import RICH
from tests.integration.parties import Panel
from tests.play import INTERVAL, LAYERS, PROGRAM, SAMPLES, STEPS, THRESHOLD, Play, batches, here
from tests.world import VERIFIERS, World

TERMS = {"steps": STEPS, "interval": INTERVAL, "samples": SAMPLES, "threshold": THRESHOLD, "price": RICH}


class Killed(Exception):
    """The end of a process."""


class DeadlyPort:
    """A port whose user is killed at each transaction: once just before it is sent, and once just after."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self._tried: set[str] = set()
        self.kills = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def send(self, sender: Any, *transaction: Any) -> Any:
        self.kills += 1
        assert self.kills < 200, f"no progress: {transaction}"
        what = repr((sender, transaction))
        if what in self._tried:
            self._tried.remove(what)
            self._port.send(sender, *transaction)
        else:
            self._tried.add(what)
        raise Killed(transaction[1])


class Mortal(Role):
    """A player that is a new process at each step: nothing but chain and disk is left of the last one."""

    def __init__(self, born: Callable[[], Any]) -> None:
        self._born = born
        self.address = born().address

    def step(self, task: int) -> str | None:
        process = self._born()
        try:
            return process.step(task)
        except Killed as killed:
            return f"{killed}, killed"
        finally:
            self.address = process.address


def process(play: Play, port: Any, kind: type[Any], user: str, **options: Any) -> Any:
    """A new process of a role. Its secrets are unpredictable, so one that is not on disk is lost with it."""
    artifacts = Artifacts(Storage(str(play.folder / "artifacts")))
    client = Client(port, play.world.deployment)
    return kind(client, play.world[user], artifacts, play.folder, **{**here(kind), **options})


def join_mortals(play: Play, port: Any, *players: tuple[type[Any], str, dict[str, Any]]) -> None:
    """Keeper and these, all mortal. A verifier stands for all registered ones."""

    def life(kind: type[Any], user: str, options: dict[str, Any]) -> Callable[[], Any]:
        if issubclass(kind, Verifier):
            return lambda: Panel([process(play, port, kind, name, **options) for name in VERIFIERS])
        return lambda: process(play, port, kind, user, **options)

    for kind, user, options in ((Keeper, "stranger", {}), *players):
        play.players.append(Mortal(life(kind, user, options)))


def new(play: Play, kind: type[Any], user: str, **options: Any) -> Any:
    """A process that has downloaded nothing yet."""
    return process(play, play.world.port, kind, user, **options)


def submitted(play: Play, port: Any, name: str = "task") -> int:
    """The standard task, by a submitter that is killed until it is done."""
    while True:
        try:
            return submit(process(play, port, Submitter, "submitter"), name)
        except Killed:
            pass


def submit(submitter: Submitter, name: str = "task") -> int:
    """The standard task."""
    return submitter.submit(name, PROGRAM, batches(), initial_state(LAYERS, 0), **TERMS)


def port_of(world: World, deadly: bool) -> Any:
    """The port, or one that kills."""
    return DeadlyPort(world.port) if deadly else world.port


class KillsAfter:
    """A port that kills just after one method was sent, or just before."""

    def __init__(self, port: Any, method: str, sends: bool) -> None:
        self._port, self._method, self._sends = port, method, sends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def send(self, sender: Any, contract: str, method: str, *arguments: Any) -> Any:
        if method == self._method and not self._sends:
            raise Killed(method)
        receipt = self._port.send(sender, contract, method, *arguments)
        if method == self._method:
            raise Killed(method)
        return receipt

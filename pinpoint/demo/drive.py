"""Letting a task run on a local chain: everybody acts, then time passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from pinpoint.chain.client import Client, TaskPhase
from pinpoint.chain.timeline import next_moment, waits_for_block
from pinpoint.roles.role import Role


class LocalChain(Protocol):
    """A chain whose time can be moved."""

    def warp_to(self, timestamp: int) -> None:
        """Make the next block have this time."""

    def mine(self, blocks: int = 1) -> None:
        """Let blocks pass."""


class Stuck(RuntimeError):
    """A task does not come to rest."""


def drive(
    client: Client,
    chain: LocalChain,
    players: Sequence[Role],
    task: int,
    until: TaskPhase | None = None,
    acted: Callable[[Role, str], None] = lambda role, done: None,
    moments: int = 100,
) -> None:
    """Let all players act, and time pass, until the task reaches a phase, or has ended and nothing is due any more.

    Args:
        acted: told of each thing that a player did.
        moments: how often time may pass.

    Raises:
        Stuck: if that was not enough.
    """
    for _ in range(moments):
        busy = True
        while busy:
            busy = False
            for player in players:
                if until is not None and client.task(task).phase is until:
                    return
                done = player.step(task)
                if done is not None:
                    acted(player, done)
                    busy = True
        moment = next_moment(client, task)
        if waits_for_block(client, task):
            chain.mine(client.parameters.draw_delay)
        elif moment is not None:
            chain.warp_to(moment)
        elif client.task(task).phase is TaskPhase.ENDED:
            return
        else:
            chain.mine()
    raise Stuck(f"expected task {task} to come to rest within {moments} moments")

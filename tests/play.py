"""Tasks played by the roles on the test world."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import Client, TaskPhase
from pinpoint.chain.storage import Storage
from pinpoint.commitment.tensor import Tensor
from pinpoint.demo.drive import drive
from pinpoint.models.dense import initial_state, training_program
from pinpoint.roles.replayer import Replayer
from pinpoint.roles.role import Role
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.verifier import Verifier
from tests.world import VERIFIERS, World

LAYERS, BATCH = (9, 5, 3), 4
STEPS, INTERVAL, SAMPLES = 12, 3, 2
THRESHOLD = 0x3A800000  # 2^-10
PRICE = 10**12
PROGRAM = training_program(LAYERS, BATCH)


def batches(seed: int = 0, count: int = 5) -> list[list[Tensor]]:
    """Random pixels with random one-hot labels."""
    rng = np.random.default_rng(seed)
    one_hot = np.eye(LAYERS[-1], dtype=np.float32)
    return [
        [
            rng.random((BATCH, LAYERS[0]), dtype=np.float32),
            one_hot[rng.integers(0, LAYERS[-1], BATCH)],
        ]
        for _ in range(count)
    ]


class Play:
    """One task with its players, until nobody has anything to do."""

    def __init__(self, world: World, folder: Path, storage: str | None = None) -> None:
        self.world = world
        self.folder = folder
        self.client = Client(world.port, world.deployment)
        self.artifacts = Artifacts(Storage(storage or str(folder / "artifacts")))
        self.players: list[Role] = []
        self.moves: list[tuple[str, str]] = []
        random_bytes = random.Random(1)
        self.options: dict[str, Any] = {"entropy": lambda size: random_bytes.randbytes(size)}

    def role(self, kind: type[Role], user: str, **options: Any) -> Any:
        """A role that is not (yet) a player."""
        options = {**self.options, **here(kind), **options}
        return kind(self.client, self.world[user], self.artifacts, self.folder, **options)

    def join(self, kind: type[Role], user: str, **options: Any) -> Any:
        """Add a player."""
        player = self.role(kind, user, **options)
        self.players.append(player)
        return player

    def join_verifiers(self, **options: Any) -> None:
        """All registered verifiers, with these options."""
        for user in VERIFIERS:
            self.join(Verifier, user, **options)

    def submit(self, name: str = "task", **changes: Any) -> int:
        """The standard tiny task."""
        terms = {"steps": STEPS, "interval": INTERVAL, "samples": SAMPLES, "threshold": THRESHOLD, "price": PRICE}
        submitter: Submitter = self.role(Submitter, "submitter")
        return submitter.submit(name, PROGRAM, batches(), initial_state(LAYERS, 0), **(terms | changes))

    def run(self, task: int, until: TaskPhase | None = None, moments: int = 60) -> None:
        """Let everybody act, and time pass, until the phase is reached or nothing is due any more."""
        drive(self.client, self.world, self.players, task, until, self._acted, moments)

    def _acted(self, player: Role, done: str) -> None:
        self.moves.append((self.world.name_of(player.address), done))


def here(kind: type[Any]) -> dict[str, Any]:
    """Options of a role on this chain, where a transaction takes a second."""
    return {"ask_seconds": 1} if issubclass(kind, Replayer) else {}

"""Blocks whose hashes or seeds a test can aim, and the draws that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boa
from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.lots import MAX_PROBES, Drum, lot
from tests.unit.contracts.orders import some_hash

SOLVERS_SEED = 0
VERIFIERS_SEED = 2


class BlockHashes:
    """The hashes that BLOCKHASH sees, newest first; `forced` ones by number. titanoboa's own are zero."""

    def __init__(self) -> None:
        self.forced: dict[int, bytes] = {}

    def __iter__(self) -> Iterator[bytes]:
        number = boa.env.evm.patch.block_number
        return (self.of(n) for n in range(number - 1, max(number - 257, -1), -1))

    def of(self, number: int) -> bytes:
        """Hash of a block."""
        return self.forced.get(number, keccak(b"block" + number.to_bytes(32, "big")))


class Seeds:
    """Seeds of a world's beacon that a test can aim."""

    def __init__(self, world) -> None:
        self._world = world

    def choose(self, number: int, seed: bytes) -> None:
        """Give a block a seed; zero: nobody has fixed it in time."""
        # Not a transaction: no time passes.
        self._world.port.contracts["Beacon"].choose(number, seed)

    def lose(self, number: int) -> None:
        """Nobody has fixed the seed of a block in time."""
        self.choose(number, bytes(32))

    def of(self, number: int) -> bytes:
        """The seed of a past block."""
        return bytes(self._world.view("Beacon", "seed_of", number))

    def aim_solver(self, number: int, task: int, place: int) -> None:
        """Choose the seed of a block so that a solver's draw falls on this place, from 0 on, of those enrolled."""
        drum = enrolled_drum(self._world, task)
        self._force(number, lambda seed: solver_place(drum, seed) == place, task, SOLVERS_SEED)

    def aim_verifiers(self, number: int, task: int, size: int, *places: int) -> None:
        """Choose the seed of a block so that a verifier's draw tries these places of `size` first.

        The verifiers registered in the order of places, and have equal tickets.
        """
        tickets = self._world.view("Sortition", "tickets_of", self._world.view("Sortition", "verifier_at", 1))
        drum = Drum([tickets] * size)
        self._force(number, lambda seed: tried(drum, seed)[: len(places)] == list(places), task, VERIFIERS_SEED)

    def _force(self, number: int, fits: Callable[[bytes], bool], task: int, purpose: int) -> None:
        found = next(
            candidate
            for candidate in (some_hash("aimed", number, i) for i in range(10_000))
            if fits(seed_of(candidate, task, purpose))
        )
        self.choose(number, found)


def tried(drum: Drum, seed: bytes) -> list[int]:
    """The places, from 0 on, that Sortition's draw tries, in order."""
    return [drum.place(lot(seed, probe, drum.total)) - 1 for probe in range(MAX_PROBES)]


def enrolled_drum(world: Any, task: int) -> Drum:
    """What a task's enrolled solvers have locked, by place."""
    count = world.view("TaskRegistry", "task_of", task).enrolled
    solvers = [world.view("TaskRegistry", "enrolled_at", task, place + 1) for place in range(count)]
    return Drum([world.view("TaskRegistry", "enrolled_stake", task, solver) for solver in solvers])


def solver_place(drum: Drum, seed: bytes) -> int:
    """The place, from 0 on, of the solver that a seed decides for."""
    return drum.place(int.from_bytes(seed, "big") % drum.total) - 1


def seed_of(randao: bytes, task: int, purpose: int) -> bytes:
    """The seed of libraries/randomness."""
    return keccak(encode(["bytes32", "uint256", "uint256"], [randao, task, purpose]))

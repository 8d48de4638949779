"""Blocks whose hashes or seeds a test can aim, and the draws that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boa
from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.unit.contracts.orders import some_hash

MAX_PROBES = 32
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

    def aim(self, number: int, task: int, purpose: int, size: int, place: int) -> None:
        """Choose the seed of a block so that the one for `purpose` falls on `place` of `size`."""
        self._force(number, lambda seed: int.from_bytes(seed, "big") % size == place, task, purpose)

    def aim_verifiers(self, number: int, task: int, size: int, *places: int) -> None:
        """Choose the seed of a block so that a verifier's draw tries these places of `size` first."""
        self._force(number, lambda seed: probes(seed, size)[: len(places)] == list(places), task, VERIFIERS_SEED)

    def _force(self, number: int, fits: Callable[[bytes], bool], task: int, purpose: int) -> None:
        found = next(
            candidate
            for candidate in (some_hash("aimed", number, i) for i in range(10_000))
            if fits(seed_of(candidate, task, purpose))
        )
        self.choose(number, found)


def probes(seed: bytes, size: int) -> list[int]:
    """The places of a list that Staking's draw tries, in order."""
    return [
        int.from_bytes(keccak(encode(["bytes32", "uint256"], [seed, i])), "big") % size for i in range(MAX_PROBES)
    ]


def seed_number(randao: bytes, task: int, purpose: int) -> int:
    """The seed of libraries/randomness as a number."""
    return int.from_bytes(seed_of(randao, task, purpose), "big")


def seed_of(randao: bytes, task: int, purpose: int) -> bytes:
    """The seed of libraries/randomness."""
    return keccak(encode(["bytes32", "uint256", "uint256"], [randao, task, purpose]))

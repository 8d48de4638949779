"""Blocks whose hashes a test can aim, and the draws that follow from them."""

from __future__ import annotations

from collections.abc import Callable

from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.boa_port import BlockHashes
from tests.unit.contracts.orders import some_hash

MAX_PROBES = 32
VERIFIERS_SEED = 2


class Hashes(BlockHashes):
    """Hashes that a test can aim."""

    def aim(self, number: int, task: int, purpose: int, size: int, place: int) -> None:
        """Force the hash of a block so that the seed for `purpose` falls on `place` of `size`."""
        self._force(number, lambda seed: int.from_bytes(seed, "big") % size == place, task, purpose)

    def aim_verifiers(self, number: int, task: int, size: int, *places: int) -> None:
        """Force the hash of a block so that a verifier's draw tries these places of `size` first."""
        self._force(number, lambda seed: probes(seed, size)[: len(places)] == list(places), task, VERIFIERS_SEED)

    def _force(self, number: int, fits: Callable[[bytes], bool], task: int, purpose: int) -> None:
        self.forced[number] = next(
            candidate
            for candidate in (some_hash("aimed", number, i) for i in range(10_000))
            if fits(seed_of(candidate, task, purpose))
        )


def probes(seed: bytes, size: int) -> list[int]:
    """The places of a list that Staking's draw tries, in order."""
    return [
        int.from_bytes(keccak(encode(["bytes32", "uint256"], [seed, i])), "big") % size for i in range(MAX_PROBES)
    ]


def seed_number(block_hash: bytes, task: int, purpose: int) -> int:
    """The seed of libraries/randomness as a number."""
    return int.from_bytes(seed_of(block_hash, task, purpose), "big")


def seed_of(block_hash: bytes, task: int, purpose: int) -> bytes:
    """The seed of libraries/randomness."""
    return keccak(encode(["bytes32", "uint256", "uint256"], [block_hash, task, purpose]))

"""Forced errors: a small chance that a verifier must report a wrong replay, which only it can see before the end."""

from __future__ import annotations

from pinpoint.chain.parameters import WAD
from pinpoint.commitment.tree import keccak

ERRORS = 3
"""What the seed is for (contracts/Verification.vy)."""


def is_forced(secret: bytes, seed: bytes, task: int, rate: int) -> bool:
    """Whether an error is forced: keccak256(secret, keccak256(seed, task, ERRORS)) below the rate; 32 bytes each.

    Args:
        secret: the verifier's, committed to before the block is known.
        seed: of the block.
        rate: the deployment's `forced_rate`, WAD.
    """
    bound = keccak(seed + task.to_bytes(32, "big") + ERRORS.to_bytes(32, "big"))
    return int.from_bytes(keccak(secret + bound), "big") % WAD < rate

"""Words of 256 bits, their hashes, and how accounts, reports and pots are named (docs/protocol.md, docs/design.md)."""

from __future__ import annotations

from functools import lru_cache

from pinpoint.chain.parameters import WAD
from pinpoint.commitment.tree import keccak

NOBODY = 0
PLACE_BITS, FALLBACK, FIRST_OPEN = 16, 8, 16
ESCROW, BOUNTY, SOLVER, VERIFIER, SUBMITTER, REPORTER, FEE, ASK, JACKPOT, POOL, PROFILER = range(1, 12)


class Refused(Exception):
    """The protocol refuses an action; the reason is the message."""


def need(holds: bool, reason: str) -> None:
    """Refuse, unless a condition holds."""
    if not holds:
        raise Refused(reason)


def hashed(*words: int) -> int:
    """keccak256 of words of 32 bytes."""
    return int.from_bytes(keccak(b"".join([word.to_bytes(32, "big") for word in words])), "big")


@lru_cache(1 << 16)
def key(*of: int) -> int:
    """The name of a lock or a pot: what kind it is, and whose."""
    return hashed(*of)


def share(amount: int, rate: int) -> int:
    """`amount` times a WAD rate, rounded down."""
    return amount * rate // WAD


def part(total: int, members: int) -> int:
    """What each of k gets of a total: together total / 2^(k - 1) (docs/protocol.md, Endings)."""
    return (total >> (members - 1)) // members


def report_id(task: int, place: int) -> int:
    """The name of a report: places from 0 rounds, from 8 their fallbacks, from 16 the open round."""
    return task << PLACE_BITS | place


def task_of(report: int) -> int:
    """The task of a report."""
    return report >> PLACE_BITS


def place_of(report: int) -> int:
    """The place of a report in its task."""
    return report & (1 << PLACE_BITS) - 1


def is_open(report: int) -> bool:
    """Whether it is one of the open round."""
    return place_of(report) >= FIRST_OPEN


def is_fallback(report: int) -> bool:
    """Whether it counts in the place of one whose error was forced."""
    return FALLBACK <= place_of(report) < FIRST_OPEN


def verifier_key(report: int) -> int:
    """Lock of a drawn verifier, for its report and its fallback."""
    return key(VERIFIER, report - FALLBACK if is_fallback(report) else report)


def digest_of(root: int, distances: tuple[int, ...]) -> int:
    """What names a report: its root and its distances, eight a word."""
    words = [0, 0]
    for place, distance in enumerate(distances):
        words[place // 8] |= distance << 32 * (place % 8)
    return hashed(root, *words)

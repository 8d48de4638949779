"""What is paid where work stalls, and that nobody plants stalls to be refunded what moved."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from math import comb

from pinpoint.economics.inequality import Inequality, tightest
from pinpoint.economics.setting import Setting


@cache
def paid_share(n: int, q: int, k: int) -> float:
    """Share of the fee that is paid where segment k (from 0) is forged and not sampled, and all after it are dead.

    The expectation over the samples, times the chance that k is not sampled. Paid is everything if no sample is after
    k, else what is up to the last sample before k (docs/protocol.md, stage 5; A10).
    """
    # `last` is the last sample before k. The other q - 1 are before it or after k, at least one of them after k.
    part = sum((comb(last + n - k - 1, q - 1) - comb(last, q - 1)) * (last + 1) for last in range(k))
    return (comb(k, q) + part / n) / comb(n, q)


def paid_chances(n: int, q: int, planted: Collection[int]) -> list[float]:
    """Chance that each of n segments is paid, where the planted ones never move and q are sampled.

    Unpaid is what lies between the samples that moved around a sample that did not (docs/protocol.md, stage 5). So a
    segment is paid if the next samples on both sides of it moved, or there is none on a side; or it is such a sample.
    """
    moving = [i for i in range(n) if i not in planted]
    chances = []
    for i in range(n):
        paid = comb(n - 1, q - 1) if i in moving else 0
        for left in (-1, *(m for m in moving if m < i)):
            for right in (*(m for m in moving if m > i), n):
                known = (left >= 0) + (right < n)
                if known <= q:
                    paid += comb(max(left, 0) + max(n - 1 - right, 0), q - known)
        chances.append(paid / comb(n, q))
    return chances


def alternate(n: int) -> tuple[int, ...]:
    """Every other segment, from the first on."""
    return tuple(range(0, n, 2))


def planting(s: Setting, planted: Collection[int]) -> Inequality:
    """A submitter plants zero gradients in these segments, and is refunded a part of the work that moved (A25).

    What it pays for planted segments, and what is burnt of what nobody is paid, >= what moved and is not paid for. With
    half of it burnt that holds for every pattern, and with less than half not for a single segment among many: it is
    sampled with the chance q / n, and takes one stretch on either side with it, n / q segments long on average.
    """
    n = s.task.segments
    chances = paid_chances(n, s.task.samples, planted)
    unpaid = sum(1 - chance for chance in chances)
    given = sum(chances[i] for i in planted) + s.rate("stall_burn") * unpaid
    saved = sum(1 - chance for i, chance in enumerate(chances) if i not in planted)
    return Inequality(f"plants {len(planted)} of {n} segments", given * s.fee / n, saved * s.fee / n, "tokens")


def planted_stalls(s: Setting) -> Inequality:
    """Every other segment planted, or a run of them in the middle, whichever tempts most (`planting`)."""
    n = s.task.segments
    runs = [range((n - width) // 2, (n + width) // 2) for width in range(1, n)]
    worst = tightest(planting(s, planted) for planted in (alternate(n), *runs))
    return Inequality("planted stalls", worst.left, worst.right, worst.unit)


INEQUALITIES = (planted_stalls,)

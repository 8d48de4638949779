"""How surely a sample finds what was forged."""

from __future__ import annotations

from functools import cache
from math import comb


@cache
def detection(segments: int, samples: int, forged: int) -> float:
    """Chance that at least one of the forged segments is among the samples.

    `samples` of `segments` are drawn without replacement: 1 - C(n - c, q) / C(n, q), the hypergeometric law.

    Raises:
        ValueError: if the counts do not fit.
    """
    if not 0 <= samples <= segments or not 0 <= forged <= segments or segments < 1:
        raise ValueError(f"expected at most {segments} samples and forged segments, got {samples} and {forged}")
    return 1 - comb(segments - forged, samples) / comb(segments, samples)


def samples_for(segments: int, forged: int, target: float) -> int:
    """The least number of samples that finds so many forged segments with a chance of at least `target`.

    Raises:
        ValueError: if the target is not below or at 1, or nothing is forged.
    """
    if not 0 <= target <= 1 or not 1 <= forged <= segments:
        raise ValueError(f"expected a chance and 1 to {segments} forged segments, got {target} and {forged}")
    # Never beyond n - c + 1: more samples than there are honest segments.
    return next(q for q in range(segments + 1) if detection(segments, q, forged) >= target)


def false_rejection(alpha: float, samples: int) -> float:
    """Chance that an honest proof fails in one of its samples: 1 - (1 - alpha)^q (docs/economics.md, Formulas).

    Args:
        alpha: chance that the distance of one honest segment is beyond the threshold.
        samples: how many are judged, independently.
    """
    return 1 - float((1 - alpha) ** samples)

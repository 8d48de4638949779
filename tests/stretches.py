"""What a training is not paid for, segment by segment: the twin of contracts/libraries/stalls.vy."""

from __future__ import annotations

from collections.abc import Collection


def unpaid(segments: int, moved: Collection[int], stalled: Collection[int]) -> set[int]:
    """The segments between which and a sample that has stalled there is no sample that has moved.

    Args:
        moved: sampled segments that were work.
        stalled: those that were none.
    """

    def together(one: int, other: int) -> bool:
        return not any(min(one, other) <= sample <= max(one, other) for sample in moved)

    return {segment for segment in range(segments) if any(together(segment, sample) for sample in stalled)}

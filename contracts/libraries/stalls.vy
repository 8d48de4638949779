# pragma version 0.4.3
"""
@title What a training is not paid for
@license AGPL-3.0-only
@notice A sampled segment that has stalled is no work, nor is the stretch
        between the sampled segments around it that have moved: from the end of
        the nearest before it, or the training's start, to the start of the
        nearest after it, or the end. Nobody has looked at what is between two
        samples, and what is dead stays dead (attack A10); what moved before
        and afterwards is paid (A25).
"""

from . import distances


@internal
@pure
def unpaid(
    samples: DynArray[uint256, distances.MAX_SAMPLES],
    posted: uint256[2],
    segments: uint256,
) -> uint256:
    """
    @return How many of the segments.
    @param samples Distinct segments, in any order.
    @param posted The samples' distances, packed.
    """
    total: uint256 = 0
    for i: uint256 in range(len(samples), bound=distances.MAX_SAMPLES):
        if not distances.has_stalled(posted, i):
            continue
        first: uint256 = 0
        end: uint256 = segments
        for k: uint256 in range(len(samples), bound=distances.MAX_SAMPLES):
            if distances.has_stalled(posted, k):
                continue
            if samples[k] < samples[i]:
                first = max(first, samples[k] + 1)
            else:
                end = min(end, samples[k])
        # A stretch is counted with the first that has stalled in it.
        counted: bool = False
        for k: uint256 in range(len(samples), bound=distances.MAX_SAMPLES):
            if (
                samples[k] >= first
                and samples[k] < samples[i]
                and distances.has_stalled(posted, k)
            ):
                counted = True
        if not counted:
            total += end - first
    return total

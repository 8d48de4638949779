# pragma version 0.4.3
"""
@title Who gets how much, for lemmas
@license AGPL-3.0-only
"""

from libraries import bounty
from libraries import distances
from libraries import stalls


@external
@pure
def part(total: uint256, members: uint256) -> uint256:
    return bounty.part(total, members)


@external
@pure
def unpaid(
    samples: uint256[3], count: uint256, posted: uint256, segments: uint256
) -> uint256:
    """
    @notice Of the first `count` samples.
    """
    listed: DynArray[uint256, distances.MAX_SAMPLES] = []
    for i: uint256 in range(count, bound=3):
        listed.append(samples[i])
    return stalls.unpaid(listed, [posted, 0], segments)

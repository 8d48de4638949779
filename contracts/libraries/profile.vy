# pragma version 0.4.3
"""
@title A profile: how much work it is, and what threshold follows from it
@license AGPL-3.0-only
@notice A profiler replays one segment from the task's initial state, once
        canonically and several times natively, and measures the distance. All
        distances are binary32 bits. As unsigned numbers, all that is not a
        finite number below 1 is at least 1: negative ones, infinities, NaN.
"""

from . import binary32
from . import bits
from . import geometry

# Replays of the segment: one canonical, three native.
RUNS: constant(uint256) = 4
MAX_PROFILERS: constant(uint256) = geometry.MAX_PROFILERS


@internal
@pure
def units(segment: uint256) -> uint256:
    """
    @param segment Units of one segment.
    """
    return RUNS * segment


@internal
@pure
def is_valid(distance: uint256) -> bool:
    """
    @notice Whether a distance can be an honest one: standing still measures 1.
    """
    return distance < bits.ONE


@internal
@pure
def median(distances: DynArray[uint256, MAX_PROFILERS]) -> uint256:
    """
    @notice The middle one; of an even number the lower of the two, since a
            threshold that is too low is refused by whoever could solve the
            task, and one that is too high by nobody.
    """
    middle: uint256 = (len(distances) - 1) // 2
    found: uint256 = 0
    for distance: uint256 in distances:
        below: uint256 = 0
        up_to: uint256 = 0
        for other: uint256 in distances:
            if other < distance:
                below += 1
            if other <= distance:
                up_to += 1
        if below <= middle and middle < up_to:
            found = distance
    return found


@internal
@pure
def threshold(
    distances: DynArray[uint256, MAX_PROFILERS],
    drawn: uint256,
    least: uint256,
    most: uint256,
    margin: uint256,
) -> uint256:
    """
    @notice Median x margin, between floor and ceiling (`least`, `most`); 0
            where there is none: not more than half of those who were drawn
            have measured, or their median is beyond the ceiling.
    @param distances The valid ones.
    @param drawn How many were asked.
    """
    if len(distances) <= drawn // 2:
        return 0
    found: uint256 = self.median(distances)
    if found > most:
        return 0
    return min(max(binary32.mul(found, margin), least), most)

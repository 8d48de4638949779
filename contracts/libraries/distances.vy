# pragma version 0.4.3
"""
@title A report's posted distances, and what names the report
@license AGPL-3.0-only
@notice 32 bits a distance, eight a word, the first in the lowest. The sign bit
        of a distance says that its segment has stalled: the replay is not
        finite, or no weight has moved. That is no work, and no fault.
"""

MAX_SAMPLES: constant(uint256) = 16

SIGN: constant(uint256) = 2**31
INFINITY: constant(uint256) = 2139095040


@internal
@pure
def pack(distances: DynArray[uint256, MAX_SAMPLES]) -> uint256[2]:
    packed: uint256[2] = empty(uint256[2])
    for i: uint256 in range(len(distances), bound=MAX_SAMPLES):
        assert distances[i] < 2**32, "distances: range"
        packed[i // 8] |= distances[i] << (32 * (i % 8))
    return packed


@internal
@pure
def right(last: uint256, same: bool) -> uint256:
    """
    @notice What has to be posted.
    @param last The last output of the distance.
    @param same The replay ends in the very checkpoint: zero, with a sign unless
           it has moved and is finite.
    """
    if not same:
        return last
    if last < INFINITY:
        return 0
    return SIGN


@internal
@pure
def passes(distance: uint256, threshold: uint256) -> bool:
    # As unsigned numbers, NaN and infinity are larger than what is finite.
    return distance & (SIGN - 1) <= threshold


@internal
@pure
def has_stalled(packed: uint256[2], place: uint256) -> bool:
    return (packed[place // 8] >> (32 * (place % 8))) & SIGN != 0


@internal
@pure
def digest(root: bytes32, packed: uint256[2]) -> bytes32:
    """
    @notice Two reports are the same if root and distances are.
    """
    return keccak256(abi_encode(root, packed))

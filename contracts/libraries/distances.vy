# pragma version 0.4.3
"""
@title A report's posted distances, and what names the report
@license AGPL-3.0-only
@notice 32 bits a distance, eight a word, the first in the lowest.
"""

MAX_SAMPLES: constant(uint256) = 16


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
def digest(root: bytes32, packed: uint256[2]) -> bytes32:
    """
    @notice Two reports are the same if root and distances are.
    """
    return keccak256(abi_encode(root, packed))

# pragma version 0.4.3
"""
@title Seeds from a block that was fixed beforehand
@license AGPL-3.0-only
@notice The seed binds the block's randomness, the purpose and the task, so
        that one block decides many draws independently.
"""

from ..interfaces import IBeacon


@internal
@view
def expired(beacon: address, number: uint256) -> bool:
    """
    @notice Whether the seed of a past block is not known, and never will be.
    """
    return staticcall IBeacon(beacon).seed_of(number) == empty(
        bytes32
    ) and not staticcall IBeacon(beacon).fixable(number)


@internal
@view
def seed(
    beacon: address, number: uint256, task: uint256, purpose: uint256
) -> bytes32:
    """
    @notice Seed for a purpose; reverts as long as the block's is not known.
    """
    found: bytes32 = staticcall IBeacon(beacon).seed_of(number)
    assert found != empty(bytes32), "randomness: seed"
    return keccak256(abi_encode(found, task, purpose))

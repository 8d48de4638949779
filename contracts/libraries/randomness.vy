# pragma version 0.4.3
"""
@title Seeds from a block that was fixed beforehand
@license AGPL-3.0-only
@notice The seed binds the block's hash, the purpose and the task, so that one
        block decides many draws independently.
"""

# The EVM keeps the hashes of so many blocks.
HISTORY: constant(uint256) = 256


@internal
@view
def expired(number: uint256) -> bool:
    """
    @notice Whether the block is too old for its hash to be read.
    """
    return block.number > number + HISTORY


@internal
@view
def seed(number: uint256, task: uint256, purpose: uint256) -> bytes32:
    """
    @notice Seed of a past block that has not expired.
    """
    return keccak256(abi_encode(blockhash(number), task, purpose))

# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Beacon: the seed of a block is the prevrandao in its header
@license AGPL-3.0-only
@notice Anybody shows the header of a past block, while the chain still knows
        that block's hash; what it says is kept for good.

          too early     by BLOCKHASH        by EIP-2935          too late
        |----------|------------------|----------------------|-----------
               number + 1      number + 256         number + 8191

        Prevrandao is the beacon chain's mix before the block's own proposer
        adds to it (EIP-4399), so it is known with the block before: whatever a
        draw depends on must be settled by block number - 2. Who proposes the
        blocks before can leave one out and so choose between two seeds, at the
        cost of its reward, but not search among many as one can who builds a
        block for its hash. Who draws fixes the number ahead of the time from
        which those proposers are known.
        Where the chain has no EIP-2935, the time is over after 256 blocks.
        Attacks: A8.
"""

from .interfaces import IBeacon
from .libraries import header

implements: IBeacon


event SeedFixed:
    number: indexed(uint256)
    randao: bytes32
    sender: indexed(address)


# Blocks whose hashes the EVM knows by itself.
RECENT: constant(uint256) = 256

# Keeps the hashes of the last 8,191 blocks (EIP-2935).
HISTORY: constant(address) = 0x0000F90827F1C53a10cb7A02335B175320002935

randao: HashMap[uint256, bytes32]


@external
def fix(number: uint256, block_header: Bytes[header.MAX_BYTES]):
    """
    @notice Fix the seed of a past block. Anybody may: the hash proves the
            header. Does nothing if the seed is fixed already, so that nobody
            gains by being first.
    @param block_header As it is hashed, in RLP.
    """
    if self.randao[number] != empty(bytes32):
        return
    assert number < block.number, "beacon: early"
    known: bytes32 = self._hash(number)
    assert known != empty(bytes32), "beacon: hash"
    assert keccak256(block_header) == known, "beacon: header"
    found: bytes32 = header.prevrandao(block_header, number)
    # A chain that leaves the field empty has no randomness to offer.
    assert found != empty(bytes32), "beacon: randao"
    self.randao[number] = found
    log SeedFixed(number=number, randao=found, sender=msg.sender)


@external
@view
def seed_of(number: uint256) -> bytes32:
    """
    @notice Prevrandao of a block; zero until it is fixed.
    """
    return self.randao[number]


@external
@view
def fixable(number: uint256) -> bool:
    """
    @notice Whether the seed is not fixed yet and its block's hash is known.
    """
    return (
        self.randao[number] == empty(bytes32)
        and self._hash(number) != empty(bytes32)
    )


@internal
@view
def _hash(number: uint256) -> bytes32:
    # Zero where the chain does not know it.
    if number >= block.number:
        return empty(bytes32)
    if block.number - number <= RECENT:
        return blockhash(number)
    success: bool = False
    answer: Bytes[32] = b""
    # Reverts outside its window; without code the answer is empty.
    success, answer = raw_call(
        HISTORY,
        abi_encode(number),
        max_outsize=32,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(answer) != 32:
        return empty(bytes32)
    return convert(answer, bytes32)

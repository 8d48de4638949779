# pragma version 0.4.3
"""
@title Seeds for chains whose blocks have no randomness, and for tests
@license AGPL-3.0-only
@notice Anybody can tell all seeds in advance: never for value.
"""

from ..interfaces import IBeacon

implements: IBeacon

# By number: a seed that tests chose; unknown where that is zero.
chosen: HashMap[uint256, bool]
seeds: HashMap[uint256, bytes32]


@external
def choose(number: uint256, seed: bytes32):
    """
    @notice Give a block a seed; zero: nobody has fixed it in time.
    """
    self.chosen[number] = True
    self.seeds[number] = seed


@external
@view
def seed_of(number: uint256) -> bytes32:
    """
    @notice Seed of a past block; zero for any other.
    """
    if number >= block.number:
        return empty(bytes32)
    if self.chosen[number]:
        return self.seeds[number]
    return keccak256(abi_encode(self, number))


@external
@view
def fixable(number: uint256) -> bool:
    """
    @notice Never: no seed waits for anybody.
    """
    return False

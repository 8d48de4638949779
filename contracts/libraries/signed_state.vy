# pragma version 0.4.3
"""
@title States of a game that both sides sign off chain
@license AGPL-3.0-only
@notice What two parties that are both online agree on instead of sending
        moves. A signature is bound to chain, contract, dispute and number
        (EIP-712); a fork of the chain has a domain of its own. Whoever imports
        this initializes it.
"""

from snekmate.utils import eip712_domain_separator

initializes: eip712_domain_separator

TYPE_HASH: constant(bytes32) = keccak256(
    "SignedState(uint256 dispute,uint256 number,bytes32 claim,bytes32 trace,uint256 position,uint256 side,uint256 defender_left,uint256 challenger_left)"
)

# Numbered in each dispute. `position` is the packed one of libraries/descent,
# `side` the one on the clock (libraries/clock), times are seconds.
struct SignedState:
    dispute: uint256
    number: uint256
    claim: bytes32
    trace: bytes32
    position: uint256
    side: uint256
    defender_left: uint256
    challenger_left: uint256


@deploy
def __init__():
    eip712_domain_separator.__init__("Pinpoint Arbitration", "1")


@internal
@view
def hash(state: SignedState) -> bytes32:
    """
    @notice The EIP-712 digest that the parties sign.
    """
    return eip712_domain_separator._hash_typed_data_v4(
        keccak256(abi_encode(TYPE_HASH, state))
    )

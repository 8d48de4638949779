# pragma version 0.4.3
"""
@title Signed states, and the descent that they follow, for tests
@license AGPL-3.0-only
"""

from ..libraries import descent
from ..libraries import geometry
from ..libraries import signature
from ..libraries import signed_state
from ..libraries import tree

initializes: signed_state
exports: signed_state.eip712_domain_separator.eip712Domain


@deploy
def __init__():
    signed_state.__init__()


@external
@view
def hash(state: signed_state.SignedState) -> bytes32:
    return signed_state.hash(state)


@external
@view
def signed_by(
    signer: address,
    digest: bytes32,
    given: Bytes[signature.MAX_SIGNATURE],
) -> bool:
    return signature.signed_by(signer, digest, given)


@external
@pure
def descend(
    claim: bytes32,
    trace: bytes32,
    position: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    packed_geometry: uint256,
) -> (bytes32, bytes32, uint256):
    p: descent.Position = descent.unpack(position, claim, trace)
    for leg: descent.Descent in legs:
        p = descent.descend(p, leg, geometry.unpack(packed_geometry))
    return p.claim, p.trace, descent.pack(p)


@external
@pure
def check_children(
    claim: bytes32,
    position: uint256,
    kind: uint256,
    count: uint256,
    children: DynArray[bytes32, 16],
    packed_geometry: uint256,
):
    descent.check_children(
        descent.unpack(position, claim, empty(bytes32)),
        kind,
        count,
        children,
        geometry.unpack(packed_geometry),
    )


@external
@pure
def hash_leaf(words: DynArray[uint256, tree.MAX_WORDS]) -> bytes32:
    return tree.hash_leaf(words)

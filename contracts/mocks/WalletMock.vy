# pragma version 0.4.3
"""
@title A wallet that answers for its owner, or does not (ERC-1271)
@license AGPL-3.0-only
@notice For tests. Its owner's ECDSA signature is its signature while it is
        honest. It can change its mind at any time.
"""

from snekmate.utils import ecdsa

YES: constant(bytes4) = 0x1626ba7e


flag Mode:
    HONEST
    # Says yes to everything.
    LAX
    # Says something that begins like yes.
    NEARLY
    # Says yes in four bytes.
    SHORT
    # Says yes, and much more.
    LONG
    # Says nothing.
    SILENT
    # Reverts, and says yes in doing so.
    REVERTS
    # Uses all gas that it gets.
    BURNS
    # Tries to write before it says yes.
    WRITES


OWNER: public(immutable(address))
mode: public(Mode)
asked: public(uint256)


@deploy
def __init__(owner: address, mode: Mode):
    OWNER = owner
    self.mode = mode


@external
def set_mode(mode: Mode):
    self.mode = mode


@external
@raw_return
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> Bytes[4096]:
    yes: Bytes[32] = concat(YES, empty(bytes28))
    if self.mode == Mode.HONEST:
        if len(signature) != 65:
            return empty(Bytes[4096])
        own: Bytes[65] = slice(signature, 0, 65)
        if ecdsa._recover_sig(digest, own) != OWNER:
            return empty(Bytes[4096])
        return yes
    if self.mode == Mode.NEARLY:
        return concat(YES, slice(convert(1, bytes32), 4, 28))
    if self.mode == Mode.SHORT:
        return slice(yes, 0, 4)
    if self.mode == Mode.LONG:
        return abi_encode(convert(yes, bytes32), empty(uint256[127]))
    if self.mode == Mode.SILENT:
        return empty(Bytes[4096])
    if self.mode == Mode.REVERTS:
        raw_revert(yes)
    if self.mode == Mode.BURNS:
        for i: uint256 in range(2**64):
            if msg.gas < 100:
                break
        raise "wallet: empty"
    if self.mode == Mode.WRITES:
        self.asked += 1
    return yes

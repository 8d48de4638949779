# pragma version 0.4.3
"""
@title Whether an account has signed a digest
@license AGPL-3.0-only
@notice By its key, or, where it is a contract, as that says (ERC-1271).
"""

# Room for the signatures of a wallet with many owners.
MAX_SIGNATURE: constant(uint256) = 1024

# What a wallet may spend on its answer, in gas; it cannot make a call dear.
WALLET_GAS: constant(uint256) = 300_000

# isValidSignature(bytes32,bytes), and the answer yes (ERC-1271).
IS_VALID_SIGNATURE: constant(bytes4) = 0x1626ba7e
YES: constant(bytes32) = (
    0x1626ba7e00000000000000000000000000000000000000000000000000000000
)

# Half the order of secp256k1: of the two signatures that say the same, the one
# with the lower s counts (EIP-2).
HALF_ORDER: constant(uint256) = (
    57896044618658097711785492504343953926418782139537452191302581570759080747168
)

# The code of an account that has delegated to a contract begins so (EIP-7702);
# no contract's does (EIP-3541).
DELEGATION: constant(bytes3) = 0xef0100
DELEGATION_SIZE: constant(uint256) = 23


@internal
@view
def signed_by(
    signer: address, digest: bytes32, signature: Bytes[MAX_SIGNATURE]
) -> bool:
    """
    @notice Whether an account signed a digest: a contract as it says itself
            (ERC-1271), any other by its key. Never reverts: what is no
            signature of one side may be one of the other's.
    """
    if signer.is_contract and not self._is_delegated(signer):
        return self._wallet_says_yes(signer, digest, signature)
    if len(signature) != 65:
        return False
    s: uint256 = extract32(signature, 32, output_type=uint256)
    if s > HALF_ORDER:
        return False
    r: uint256 = extract32(signature, 0, output_type=uint256)
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    recovered: address = ecrecover(digest, v, r, s)
    return recovered == signer and recovered != empty(address)


@internal
@view
def _is_delegated(account: address) -> bool:
    # Its key still commands it. Else a party could delegate to a contract that
    # disowns what the key has signed.
    return (
        account.codesize == DELEGATION_SIZE
        and convert(slice(account.code, 0, 3), bytes3) == DELEGATION
    )


@internal
@view
def _wallet_says_yes(
    wallet: address, digest: bytes32, signature: Bytes[MAX_SIGNATURE]
) -> bool:
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        wallet,
        abi_encode(digest, signature, method_id=IS_VALID_SIGNATURE),
        max_outsize=32,
        gas=WALLET_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    return (
        success and len(answer) == 32 and convert(answer, bytes32) == YES
    )

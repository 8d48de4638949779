"""Typed data (EIP-712) and their signatures; the twin of contracts/libraries/signature.vy, signed_state.vy and of the
types in bids.vy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eip712 import EIP712Domain, EIP712Message, hash_message
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_pydantic_types import abi
from eth_utils import ValidationError, to_checksum_address
from pydantic import BaseModel

from pinpoint.dispute.messages import Side, State

NAME, VERSION = "Pinpoint Arbitration", "1"
SIGNATURE_BYTES = 65
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: of the two signatures that say the same, the one with the lower s counts."""

Wallet = Callable[[str, bytes, bytes], bool | None]
"""What the account at an address says of a digest and a signature (ERC-1271); None if it has no code."""


def no_wallet(address: str, digest: bytes, signature: bytes) -> None:
    """Nobody is a contract."""


# Names and fields are part of what is signed.


class SignedState(EIP712Message):
    """A state of a game."""

    dispute: abi.uint256
    number: abi.uint256
    claim: abi.bytes32
    trace: abi.bytes32
    position: abi.uint256
    side: abi.uint256
    defender_left: abi.uint256
    challenger_left: abi.uint256


class Order(BaseModel):
    """What is to be trained, within a bid."""

    program_root: abi.bytes32
    dataset_root: abi.bytes32
    initial_state: abi.bytes32
    geometry: abi.uint256
    units: abi.uint256
    price: abi.uint256


class Bid(EIP712Message):
    """An order, and the most that its submitter pays."""

    submitter: abi.address
    order: Order
    nonce: abi.uint256
    deadline: abi.uint256


class Quote(EIP712Message):
    """A solver's price for a bid, which its digest names."""

    bid: abi.bytes32
    solver: abi.address
    price: abi.uint256
    nonce: abi.uint256
    deadline: abi.uint256


class StateSignatures:
    """`Signatures` of one side, on one chain and one Arbitration."""

    def __init__(
        self,
        chain_id: int,
        arbitration: str,
        challenger: str,
        defender: str,
        account: Any,
        wallet: Wallet = no_wallet,
    ) -> None:
        """
        Args:
            chain_id: of the chain that Arbitration is on.
            arbitration: its address.
            challenger: address of that side, defender of the other.
            account: signs messages for this side, one of ape's or of eth-account's.
            wallet: how to ask a side that is a contract. It may change its mind: then the game goes on where the chain
                has it.
        """
        self._domain = EIP712Domain(name=NAME, version=VERSION, chainId=chain_id, verifyingContract=arbitration)
        self._parties = {Side.CHALLENGER: challenger, Side.DEFENDER: defender}
        self._account = account
        self._wallet = wallet

    def digest(self, state: State) -> bytes:
        """What is signed."""
        return bytes(hash_message(self._message(state)))

    def sign(self, state: State) -> bytes:
        """The account's signature: r, s, and v of 27 or 28."""
        return sign(self._account, self._message(state))

    def holds(self, side: Side, state: State, signature: bytes) -> bool:
        """Whether the contract would take this for the signature of a side."""
        return signed_by(self._parties[side], self.digest(state), signature, self._wallet)

    def _message(self, state: State) -> SignedState:
        names = SignedState.model_fields
        fields = dict(zip(names, state.arguments(), strict=True))
        return SignedState(**fields, eip712_domain=self._domain)


def sign(account: Any, message: EIP712Message) -> bytes:
    """An account's signature, one of ape's or of eth-account's: r, s, and v of 27 or 28."""
    signed = account.sign_message(message.signable_message)
    return bytes(signed.encode_rsv() if hasattr(signed, "encode_rsv") else signed.signature)


def signed_by(address: str, digest: bytes, signature: bytes, wallet: Wallet = no_wallet) -> bool:
    """Whether the contracts would take this for the signature of an account."""
    answer = wallet(address, digest, signature)
    return recover(digest, signature) == to_checksum_address(address) if answer is None else answer


def recover(digest: bytes, signature: bytes) -> str | None:
    """The address whose key signed a digest; None unless it is a signature of 65 bytes with v of 27 or 28 and low s."""
    if len(signature) != SIGNATURE_BYTES or signature[-1] not in (27, 28):
        return None
    if int.from_bytes(signature[32:64], "big") > HALF_ORDER:
        return None
    try:
        parsed = Signature(signature[:64] + bytes([signature[-1] - 27]))
        return str(parsed.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except (BadSignature, ValidationError):
        return None

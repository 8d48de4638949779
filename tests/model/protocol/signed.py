"""What is signed off chain, as typed data (EIP-712): states of a game, bids, quotes, and a token's permits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from pinpoint.chain.eip712 import recover
from pinpoint.commitment.tree import keccak
from tests.model.protocol.words import hashed

if TYPE_CHECKING:
    from tests.model.protocol.protocol import Protocol

ORDER_WORDS = (
    "Order(bytes32 program_root,bytes32 dataset_root,bytes32 initial_state,"
    "uint256 geometry,uint256 units,uint256 price)"
)
State = Sequence[int]
"""Dispute, number, claim, trace, position, side, seconds left of the defender and of the challenger."""
Bid = tuple[int, Sequence[int], int, int]
"""Submitter, words of the order, number, deadline."""
Quote = Sequence[int]
"""Digest of the bid, solver, price, number, deadline."""


def text(words: str) -> int:
    """The hash of a text."""
    return int.from_bytes(keccak(words.encode()), "big")


DOMAIN = text("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
STATE = text(
    "SignedState(uint256 dispute,uint256 number,bytes32 claim,bytes32 trace,uint256 position,uint256 side,"
    "uint256 defender_left,uint256 challenger_left)"
)
ORDER = text(ORDER_WORDS)
BID = text(f"Bid(address submitter,Order order,uint256 nonce,uint256 deadline){ORDER_WORDS}")
QUOTE = text("Quote(bytes32 bid,address solver,uint256 price,uint256 nonce,uint256 deadline)")
PERMIT = text("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")


def state_digest(m: Protocol, state: State) -> int:
    """What both sides of a game sign."""
    return _typed(m, "Pinpoint Arbitration", "Arbitration", STATE, *state)


def bid_digest(m: Protocol, bid: Bid) -> int:
    """What a submitter signs."""
    submitter, order, nonce, deadline = bid
    return _typed(m, "Pinpoint TaskRegistry", "TaskRegistry", BID, submitter, hashed(ORDER, *order), nonce, deadline)


def quote_digest(m: Protocol, quote: Quote) -> int:
    """What a solver signs."""
    return _typed(m, "Pinpoint TaskRegistry", "TaskRegistry", QUOTE, *quote)


def permit_digest(m: Protocol, owner: int, amount: int, nonce: int, deadline: int) -> int:
    """What an owner signs to let Staking take tokens (EIP-2612)."""
    return _typed(m, "Pinpoint Local", "Token", PERMIT, owner, m.at["Staking"], amount, nonce, deadline)


def signed_by(signer: int, digest: int, signature: bytes) -> bool:
    """Whether an account without code has signed."""
    return signer_of(digest, signature) == signer


@lru_cache(1 << 12)
def signer_of(digest: int, signature: bytes) -> int | None:
    """Who has signed; None where that is no signature."""
    found = recover(digest.to_bytes(32, "big"), signature)
    return None if found is None else int(found, 16)


def _typed(m: Protocol, name: str, contract: str, *words: int) -> int:
    domain = hashed(DOMAIN, text(name), text("1"), m.chain_id, m.at[contract])
    return int.from_bytes(keccak(b"\x19\x01" + domain.to_bytes(32, "big") + hashed(*words).to_bytes(32, "big")), "big")

"""Bids and quotes: orders and prices that are signed off chain; the twin of contracts/libraries/bids.vy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from eip712 import EIP712Domain, EIP712Message, hash_message
from eth_utils import to_checksum_address

from pinpoint.chain import eip712
from pinpoint.chain.client import Client, Geometry, Order
from pinpoint.chain.document import read_file, read_json
from pinpoint.chain.eip712 import Wallet, no_wallet

NAME, VERSION = "Pinpoint TaskRegistry", "1"


class BidError(ValueError):
    """A bid or a quote that cannot be used, and why."""


@dataclass(frozen=True)
class Bid:
    """An order that its submitter signs (Bid in the contract).

    Attributes:
        order: its price is the most that is paid for a unit.
        nonce: the submitter's number for it; of all that an account signs with one number, only one counts.
        deadline: last second in which it can be matched.
    """

    submitter: str
    order: Order
    nonce: int
    deadline: int

    @property
    def signer(self) -> str:
        """Who signs it."""
        return self.submitter

    def arguments(self) -> tuple[Any, ...]:
        """The contract's struct."""
        return self.submitter, self.order.arguments(), self.nonce, self.deadline

    def typed(self, domain: EIP712Domain) -> EIP712Message:
        """What is signed."""
        order = eip712.Order(**dict(zip(eip712.Order.model_fields, self.order.arguments(), strict=True)))
        terms = {"submitter": self.submitter, "order": order, "nonce": self.nonce, "deadline": self.deadline}
        return eip712.Bid(**terms, eip712_domain=domain)

    @classmethod
    def of(cls, fields: Any) -> Bid:
        """The inverse of what `Signatures.save` writes of it."""
        order = fields["order"]
        terms = Order(
            bytes.fromhex(order["program_root"][2:]),
            bytes.fromhex(order["dataset_root"][2:]),
            bytes.fromhex(order["initial_state"][2:]),
            Geometry.unpack(order["geometry"]),
            order["units"],
            order["price"],
        )
        return cls(to_checksum_address(fields["submitter"]), terms, fields["nonce"], fields["deadline"])


@dataclass(frozen=True)
class Quote:
    """A solver's price for a bid, which the solver signs (Quote in the contract).

    Attributes:
        bid: digest of the bid.
        price: of a unit, at most the bid's.
        nonce: the solver's number for it; as a bid's.
        deadline: last second in which it can be matched.
    """

    bid: bytes
    solver: str
    price: int
    nonce: int
    deadline: int

    @property
    def signer(self) -> str:
        """Who signs it."""
        return self.solver

    def arguments(self) -> tuple[Any, ...]:
        """The contract's struct."""
        return self.bid, self.solver, self.price, self.nonce, self.deadline

    def typed(self, domain: EIP712Domain) -> EIP712Message:
        """What is signed."""
        return eip712.Quote(**dict(zip(eip712.Quote.model_fields, self.arguments(), strict=True)), eip712_domain=domain)

    @classmethod
    def of(cls, fields: Any) -> Quote:
        """The inverse of what `Signatures.save` writes of it."""
        solver = to_checksum_address(fields["solver"])
        return cls(bytes.fromhex(fields["bid"][2:]), solver, fields["price"], fields["nonce"], fields["deadline"])


Terms = TypeVar("Terms", Bid, Quote)


@dataclass(frozen=True)
class Signed(Generic[Terms]):
    """A bid or a quote, and its signer's signature."""

    terms: Terms
    signature: bytes

    def arguments(self) -> tuple[Any, ...]:
        """What the contract takes of it."""
        return self.terms.arguments(), self.signature


class BidSignatures:
    """Signs bids and quotes for one TaskRegistry on one chain, checks them, and keeps them in files."""

    def __init__(self, chain_id: int, registry: str, wallet: Wallet = no_wallet) -> None:
        """
        Args:
            chain_id: of the chain that TaskRegistry is on.
            registry: its address.
            wallet: how to ask a signer that is a contract. It may change its mind until the match.
        """
        self._domain = EIP712Domain(name=NAME, version=VERSION, chainId=chain_id, verifyingContract=registry)
        self._wallet = wallet

    @classmethod
    def of(cls, client: Client) -> BidSignatures:
        """Those of a deployment."""
        return cls(client.port.chain_id(), client.deployment.addresses["TaskRegistry"])

    def digest(self, terms: Bid | Quote) -> bytes:
        """What is signed."""
        return bytes(hash_message(terms.typed(self._domain)))

    def sign(self, account: Any, terms: Terms) -> Signed[Terms]:
        """Sign as an account, one of ape's or of eth-account's."""
        return Signed(terms, eip712.sign(account, terms.typed(self._domain)))

    def holds(self, signed: Signed[Bid] | Signed[Quote]) -> bool:
        """Whether the contract would take the signature for the signer's."""
        terms = signed.terms
        return eip712.signed_by(terms.signer, self.digest(terms), signed.signature, self._wallet)

    def save(self, path: Path, signed: Signed[Bid] | Signed[Quote]) -> None:
        """Write a file that others can read."""
        message = signed.terms.typed(self._domain)
        found = {"domain": self._fields, _kind(signed.terms): message.model_dump(), "signature": signed.signature}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_plain(found), indent=1) + "\n")

    def load_bid(self, path: Path) -> Signed[Bid]:
        """Read what `save` wrote of a bid.

        Raises:
            BidError: if it is none, is for another chain or contract, or is not signed by its signer.
        """
        return self._load(path, "bid", Bid.of)

    def load_quote(self, path: Path) -> Signed[Quote]:
        """As `load_bid`, of a quote."""
        return self._load(path, "quote", Quote.of)

    @property
    def _fields(self) -> Any:
        return _plain(self._domain.model_dump(exclude_none=True))

    def _load(self, path: Path, kind: str, terms_of: Callable[[Any], Terms]) -> Signed[Terms]:
        # Whatever is in the file: only what is well signed comes out.
        try:
            found = read_json(read_file(path))
            domain = found["domain"]
            signed = Signed(terms_of(found[kind]), bytes.fromhex(found["signature"][2:]))
            holds = self.holds(signed)
            if _plain(signed.terms.typed(self._domain).model_dump()) != found[kind]:
                raise ValueError("expected the fields that are signed, as they are written here")
        except (OSError, LookupError, TypeError, ValueError, OverflowError) as error:
            raise BidError(f"expected a {kind} in {path}, got none: {str(error)[:1000]}") from error
        if domain != self._fields:
            raise BidError(f"expected a {kind} for {self._fields} in {path}, got one for {domain}")
        if not holds:
            raise BidError(f"expected a {kind} in {path} that {signed.terms.signer} has signed, got another signature")
        return signed


def match(client: Client, account: Any, bid: Signed[Bid], quote: Signed[Quote]) -> int:
    """Publish a bid's task, offered to the solver of a quote; the task's number. Anybody may.

    Raises:
        CallRefused: if they do not match, do not count any more, or their signers lack stake.
    """
    receipt = client.send(account, "TaskRegistry", "match_bid", *bid.arguments(), *quote.arguments())
    return int(receipt.event("BidMatched").fields["task"])


def matched(client: Client, digest: bytes) -> int | None:
    """The task that has become of a bid with this digest, if one has."""
    found = client.port.events("TaskRegistry", "BidMatched")
    return next((int(e.fields["task"]) for e in found if bytes(e.fields["bid"]) == digest), None)


def _kind(terms: Bid | Quote) -> str:
    return "bid" if isinstance(terms, Bid) else "quote"


def _plain(value: Any) -> Any:
    """As JSON has it: bytes in hexadecimal."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return "0x" + value.hex() if isinstance(value, bytes) else value

"""What two parties send each other instead of transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Protocol

from pinpoint.commitment.tensor import WORDS_PER_LEAF
from pinpoint.commitment.tree import ARITY, HASH_BYTES
from pinpoint.dispute.descent import MAX_LEGS, Place
from pinpoint.dispute.moves import Leg, Move
from pinpoint.dispute.position import Position

MAX_SIBLINGS = 48
MAX_SIGNATURE = 1024


class MalformedMessage(ValueError):
    """Bytes from elsewhere that are no message."""


class Side(IntEnum):
    """A side of a game (contracts/libraries/clock.vy)."""

    CHALLENGER = 0
    DEFENDER = 1

    @property
    def other(self) -> Side:
        """The other side."""
        return Side(1 - self)


@dataclass(frozen=True)
class State:
    """A state of a game that both sides sign (SignedState in contracts/libraries/signed_state.vy).

    Attributes:
        number: grows with every state of a dispute.
        claim: hash of the node that the game has come to.
        trace: root of the trace that it is in, or zero.
        position: the packed position.
        side: whose move it is.
        defender_left: seconds on its clock.
        challenger_left: likewise.
    """

    dispute: int
    number: int
    claim: bytes
    trace: bytes
    position: int
    side: Side
    defender_left: int
    challenger_left: int

    @classmethod
    def of_root(cls, dispute: int, root: bytes, budget: int) -> State:
        """Where every game starts: at the report's root, the defender's move, with equal budgets in seconds."""
        at = Place(Position(root))
        return cls(dispute, 0, root, at.trace, at.position.pack(), Side.DEFENDER, budget, budget)

    @property
    def place(self) -> Place:
        """Where the game stands."""
        return Place(Position.unpack(self.position, self.claim), self.trace)

    def left(self, side: Side) -> int:
        """Seconds on a side's clock."""
        return self.defender_left if side is Side.DEFENDER else self.challenger_left

    def after(self, place: Place, left: int) -> State:
        """The next state: its mover has come to a place, or left it as it is, and has so many seconds left."""
        clock = "defender_left" if self.side is Side.DEFENDER else "challenger_left"
        moved: State = replace(
            self,
            number=self.number + 1,
            claim=place.position.claim,
            trace=place.trace,
            position=place.position.pack(),
            side=self.side.other,
            **{clock: left},
        )
        return moved

    def arguments(self) -> tuple[Any, ...]:
        """The contract's struct."""
        return (
            self.dispute,
            self.number,
            self.claim,
            self.trace,
            self.position,
            int(self.side),
            self.defender_left,
            self.challenger_left,
        )


class Signatures(Protocol):
    """Signs for one side, and knows both sides' signatures (pinpoint/chain/eip712.py)."""

    def sign(self, state: State) -> bytes:
        """The own signature of a state."""

    def holds(self, side: Side, state: State, signature: bytes) -> bool:
        """Whether the contract would take this for the signature of a side."""


@dataclass(frozen=True)
class Message:
    """A move, the state that it leads to, signed, and the signature of the state that it answers.

    Attributes:
        answered: empty if the state before is the chain's.
    """

    state: State
    move: Move
    signature: bytes
    answered: bytes = b""

    def encode(self) -> dict[str, Any]:
        """What JSON can carry; bytes and words of 256 bits in hex."""
        return {
            "state": _plain(self.state.arguments()),
            "method": self.move.method,
            "arguments": _plain(self.move.arguments),
            "signature": self.signature.hex(),
            "answered": self.answered.hex(),
        }

    @classmethod
    def decode(cls, data: Any) -> Message:
        """The inverse of `encode`, of anything that JSON can carry.

        Raises:
            MalformedMessage: if it is not what `encode` gives.
        """
        try:
            dispute, number, claim, trace, position, side, defender, challenger = data["state"]
            state = State(
                _number(dispute),
                _number(number),
                _hash(claim),
                _hash(trace),
                _number(position),
                Side(_number(side)),
                _number(defender),
                _number(challenger),
            )
            arguments = _ARGUMENTS[data["method"]](*data["arguments"])
            signature, answered = (_bytes(data[name], 0, MAX_SIGNATURE) for name in ("signature", "answered"))
            return cls(state, Move("Arbitration", data["method"], arguments), signature, answered)
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedMessage(f"expected a message of a game, got {str(data)[:80]}") from error


def legs_of(move: Move) -> list[Leg]:
    """The legs of a `descend`."""
    return [Leg(*leg) for leg in move.arguments[0]]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return hex(value)


def _number(value: Any) -> int:
    number = int(value, 16)
    if not 0 <= number < 1 << 256:
        raise ValueError(f"expected an unsigned number of 256 bits, got {value}")
    return number


def _bytes(value: Any, least: int, most: int) -> bytes:
    data = bytes.fromhex(value)
    if not least <= len(data) <= most:
        raise ValueError(f"expected {least} to {most} bytes, got {len(data)}")
    return data


def _hash(value: Any) -> bytes:
    return _bytes(value, HASH_BYTES, HASH_BYTES)


def _few(most: int, items: Any, decode: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(items, list) or len(items) > most:
        raise ValueError(f"expected a list of up to {most}, got {items}")
    return [decode(item) for item in items]


def _leg(value: Any) -> tuple[Any, ...]:
    child, level, index, kind, count, siblings = value
    return (
        _hash(child),
        *(_number(field) for field in (level, index, kind, count)),
        _few(MAX_SIBLINGS, siblings, _hash),
    )


def _children(kind: Any, count: Any, hashes: Any) -> tuple[Any, ...]:
    return _number(kind), _number(count), _few(ARITY**2, hashes, _hash)


def _words(words: Any) -> tuple[Any, ...]:
    return (_few(WORDS_PER_LEAF, words, _number),)


def _legs(legs: Any) -> tuple[Any, ...]:
    return (_few(MAX_LEGS, legs, _leg),)


_ARGUMENTS: Mapping[str, Callable[..., tuple[Any, ...]]] = {
    "show_children": _children,
    "show_leaf": _words,
    "descend": _legs,
}

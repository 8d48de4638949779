"""What a test can ask of an in-process chain."""

from __future__ import annotations

from typing import Any, NamedTuple


class Deploy(NamedTuple):
    """A contract is made."""

    chain: int
    sender: str
    nonce: int
    code: bytes
    block: tuple[int, int]
    succeeded: bool
    touched: tuple[bytes, ...] | None = None


class Call(NamedTuple):
    """A transaction, or a view.

    Attributes:
        touched: addresses whose code ran, or None if that is not known.
    """

    chain: int
    sender: str
    to: str
    data: bytes
    value: int
    gas: int
    static: bool
    block: tuple[int, int]
    succeeded: bool
    touched: tuple[bytes, ...] | None = None


class Snapshot(NamedTuple):
    """The state is kept under a number."""

    chain: int
    number: int


class Revert(NamedTuple):
    """The state is again what was kept."""

    chain: int
    number: int


class Poke(NamedTuple):
    """An account or a slot is set from outside: `kind` is storage, code, balance or account."""

    chain: int
    kind: str
    arguments: tuple[Any, ...]


class Test(NamedTuple):
    """What follows belongs to a test, its fixtures too."""

    name: str


Op = Deploy | Call | Snapshot | Revert | Poke | Test

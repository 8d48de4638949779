"""What could be sent, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A transaction without its time."""

    sender: int
    contract: str
    method: str
    arguments: tuple[Any, ...]


class Move(NamedTuple):
    """What could happen: from which second on, how likely, how it is made, and up to which second."""

    at: int
    weight: float
    make: Callable[[], Call]
    last: int = 1 << 60

"""How properties of a state are named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Task
from tests.model.protocol.rounds import Round, Stage

IN_HAND = (Stage.ASSIGNED, Stage.REPORTING, Stage.REPORTED, Stage.FALLBACK)
Check = Callable[[Protocol], Iterable[Any]]


class Property(NamedTuple):
    """A property of every state: `broken` yields whatever contradicts it."""

    id: str
    text: str
    broken: Check


NAMED: list[Property] = []


def holds(id: str, text: str) -> Callable[[Check], Check]:
    """Name what a check is about."""

    def named(check: Check) -> Check:
        NAMED.append(Property(id, text, check))
        return check

    return named


def each_round(m: Protocol) -> Iterator[tuple[Task, Round]]:
    """Tasks with a verification."""
    for number, r in m.verification.rounds.items():
        yield m.registry.tasks[number], r

"""Driving a profile by direct calls, with made-up distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntFlag
from typing import Any

import boa

from pinpoint.chain.port import Receipt
from tests.unit.contracts.steps import at, at_block, some_hash, submit
from tests.world import World

ONE, INFINITY = 0x3F800000, 0x7F800000
SMALL, MIDDLE, LARGE = 0x39800000, 0x3A000000, 0x3A800000
"""2^-12, 2^-11, 2^-10."""


class Stage(IntFlag):
    """Profiling's phases."""

    DRAWING, MEASURING, OVER = (1 << i for i in range(3))


class Answer(IntFlag):
    """What a profiler has said."""

    DRAWN, COMMITTED, REVEALED, UNAVAILABLE = (1 << i for i in range(4))


def profile_of(world: World, task: int) -> Any:
    """The profile as the contract has it."""
    return world.view("Profiling", "profile_of", task)


def answer_of(world: World, task: int, user: str) -> Answer:
    """What a profiler has said."""
    return Answer(world.view("Profiling", "profiler_of", task, world[user]).answer)


def draw(world: World, task: int) -> Receipt:
    """Wait for the seed, and draw."""
    at_block(profile_of(world, task).draw_block + 1)
    return world.send("stranger", "Profiling", "draw", task)


def to_drawn(world: World, profilers: int = 3, **changes: Any) -> tuple[int, list[str]]:
    """A task that is being measured, and by whom."""
    task = submit(world, profilers=profilers, threshold=0, **changes)
    draw(world, task)
    return task, [world.name_of(address) for address in profile_of(world, task).profilers]


def salt_of(task: int, user: str) -> bytes:
    """A made-up salt."""
    return some_hash("profile", task, user)


def commit(world: World, task: int, user: str, distance: int) -> Receipt:
    """Seal a distance."""
    sealed = world.view("Profiling", "commitment_of", task, world[user], distance, salt_of(task, user))
    return world.send(user, "Profiling", "commit_profile", task, sealed)


def reveal(world: World, task: int, user: str, distance: int) -> Receipt:
    """Reveal a sealed distance."""
    return world.send(user, "Profiling", "reveal_profile", task, distance, salt_of(task, user))


def answers(world: World, task: int, given: Mapping[str, int | None]) -> None:
    """All seal what they measured, then reveal it; who has measured None says that the data cannot be had."""
    for user, distance in given.items():
        if distance is None:
            world.send(user, "Profiling", "profile_unavailable", task)
        else:
            commit(world, task, user, distance)
    at(max(profile_of(world, task).deadline + 1, int(boa.env.evm.patch.timestamp)))
    for user, distance in given.items():
        if distance is not None:
            reveal(world, task, user, distance)


def finish(world: World, task: int) -> Receipt:
    """Wait for the end and take the exit."""
    now = profile_of(world, task)
    at(max(now.deadline, now.reveal_end) + 1)
    return world.send("stranger", "Profiling", "finish", task)


def profiled(world: World, distances: Sequence[int | None], **changes: Any) -> tuple[int, list[str]]:
    """A task whose first profilers have measured these; any more are silent."""
    task, names = to_drawn(world, **changes)
    answers(world, task, dict(zip(names, distances, strict=False)))
    finish(world, task)
    return task, names

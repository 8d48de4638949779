# pragma version 0.4.3
"""
@title The clock's functions, for lemmas
@license AGPL-3.0-only
"""

from libraries import clock


@external
@pure
def start(budget: uint256, now: uint256) -> uint256:
    return clock.start(budget, now)


@external
@pure
def pack(
    side: uint256, defender: uint256, challenger: uint256, since: uint256
) -> uint256:
    return clock.pack(side, defender, challenger, since)


@external
@pure
def side(state: uint256) -> uint256:
    return clock.side(state)


@external
@pure
def since(state: uint256) -> uint256:
    return clock.since(state)


@external
@pure
def left(state: uint256) -> (uint256, uint256):
    return clock.defender_left(state), clock.challenger_left(state)


@external
@pure
def deadline(state: uint256, reply: uint256) -> uint256:
    return clock.deadline(state, reply)


@external
@pure
def press(state: uint256, now: uint256) -> uint256:
    return clock.press(state, now)

# pragma version 0.4.3
"""
@title A chess clock for two, packed into one word
@license AGPL-3.0-only
@notice Layout, from the top: side on the clock 64, seconds left of the
        defender 64, seconds left of the challenger 64, running since 64. A
        side may always move up to and including its deadline; from the second
        after, it is out. Whatever is left of the budgets, each reply has at
        least `reply` seconds.
"""

CHALLENGER: constant(uint256) = 0
DEFENDER: constant(uint256) = 1
FIELD: constant(uint256) = 2**64 - 1


@internal
@pure
def start(budget: uint256, now: uint256) -> uint256:
    """
    @notice A clock with equal budgets, running for the defender.
    """
    return (DEFENDER << 192) | (budget << 128) | (budget << 64) | now


@internal
@pure
def side(clock: uint256) -> uint256:
    return clock >> 192


@internal
@pure
def left(clock: uint256) -> uint256:
    """
    @notice Seconds left of the side on the clock when it started to run.
    """
    if self.side(clock) == DEFENDER:
        return (clock >> 128) & FIELD
    return (clock >> 64) & FIELD


@internal
@pure
def deadline(clock: uint256, reply: uint256) -> uint256:
    """
    @notice The last second in which the side on the clock may move.
    """
    return (clock & FIELD) + max(self.left(clock), reply)


@internal
@pure
def press(clock: uint256, now: uint256) -> uint256:
    """
    @notice Charge the side on the clock for its time and start the other's.
    """
    spent: uint256 = now - (clock & FIELD)
    before: uint256 = self.left(clock)
    rest: uint256 = 0
    if spent < before:
        rest = before - spent
    if self.side(clock) == DEFENDER:
        kept: uint256 = (clock >> 64) & FIELD
        return (CHALLENGER << 192) | (rest << 128) | (kept << 64) | now
    kept: uint256 = (clock >> 128) & FIELD
    return (DEFENDER << 192) | (kept << 128) | (rest << 64) | now

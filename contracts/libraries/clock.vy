# pragma version 0.4.3
"""
@title A chess clock for two, packed into one word
@license AGPL-3.0-only
@notice 101 bits, from the top: side on the clock 1, seconds left of the
        defender 32, of the challenger 32, running since 36. A side may always
        move up to and including its deadline; from the second after, it is
        out. Whatever is left of the budgets, each reply has at least `reply`
        seconds.
"""

CHALLENGER: constant(uint256) = 0
DEFENDER: constant(uint256) = 1
M32: constant(uint256) = 2**32 - 1
M36: constant(uint256) = 2**36 - 1


@internal
@pure
def pack(
    side: uint256, defender: uint256, challenger: uint256, since: uint256
) -> uint256:
    return (side << 100) | (defender << 68) | (challenger << 36) | since


@internal
@pure
def start(budget: uint256, now: uint256) -> uint256:
    """
    @notice A clock with equal budgets, running for the defender.
    """
    return self.pack(DEFENDER, budget, budget, now)


@internal
@pure
def side(clock: uint256) -> uint256:
    return clock >> 100


@internal
@pure
def since(clock: uint256) -> uint256:
    """
    @notice When the side on the clock came on it.
    """
    return clock & M36


@internal
@pure
def defender_left(clock: uint256) -> uint256:
    return (clock >> 68) & M32


@internal
@pure
def challenger_left(clock: uint256) -> uint256:
    return (clock >> 36) & M32


@internal
@pure
def deadline(clock: uint256, reply: uint256) -> uint256:
    """
    @notice The last second in which the side on the clock may move.
    """
    left: uint256 = self.challenger_left(clock)
    if self.side(clock) == DEFENDER:
        left = self.defender_left(clock)
    return self.since(clock) + max(left, reply)


@internal
@pure
def press(clock: uint256, now: uint256) -> uint256:
    """
    @notice Charge the side on the clock for its time and start the other's.
    """
    spent: uint256 = now - self.since(clock)
    defender: uint256 = self.defender_left(clock)
    challenger: uint256 = self.challenger_left(clock)
    if self.side(clock) == DEFENDER:
        defender -= min(spent, defender)
        return self.pack(CHALLENGER, defender, challenger, now)
    challenger -= min(spent, challenger)
    return self.pack(DEFENDER, defender, challenger, now)

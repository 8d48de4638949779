# pragma version 0.4.3
"""
@title The parameters of a game, which are all that Arbitration needs
@license AGPL-3.0-only
@notice The whole struct would take up 1.3 kB of a contract that has no room.
        Validated by the others, which are given the same.
"""

from ..interfaces import IParameters
from . import parameters

UNITS_PER_SECOND: public(immutable(uint256))
CLOCK_BUDGET: public(immutable(uint256))
REPLY_WINDOW: public(immutable(uint256))
CHALLENGE_BOND: public(immutable(uint256))


@deploy
def __init__(p: IParameters.Parameters):
    UNITS_PER_SECOND = p.units_per_second
    CLOCK_BUDGET = p.clock_budget
    REPLY_WINDOW = p.reply_window
    CHALLENGE_BOND = p.challenge_bond


@internal
@view
def budget(segment_units: uint256) -> uint256:
    """
    @notice Seconds on each side's clock: a dispute may take the replay of one
            segment.
    """
    return CLOCK_BUDGET + segment_units // UNITS_PER_SECOND


@internal
@view
def game_window(budget: uint256) -> uint256:
    """
    @notice How long a game may last at most, in seconds: an absolute bound.
    """
    return 2 * budget + parameters.MAX_TURNS * REPLY_WINDOW

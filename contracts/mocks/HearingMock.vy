# pragma version 0.4.3
"""
@title Arbitration and Registry to a judge, without a game, for tests
@license AGPL-3.0-only
"""

from ..interfaces import IArbitration
from ..interfaces import ITaskRegistry

live_game_: IArbitration.LiveGame
order: ITaskRegistry.Order
decided: public(bool)
faulty: public(bool)


@external
def open(game: IArbitration.LiveGame, order: ITaskRegistry.Order):
    """
    @notice What the judges are told about every dispute from now on.
    """
    self.live_game_ = game
    self.order = order
    self.decided = False


@view
@external
def live_game(dispute: uint256) -> IArbitration.LiveGame:
    return self.live_game_


@view
@external
def orders(task: uint256) -> ITaskRegistry.Order:
    return self.order


@external
def decide(dispute: uint256, sender: address, faulty: bool):
    self.decided = True
    self.faulty = faulty

# pragma version 0.4.3
"""
@title A hearing: a live game and the place in the report where a proof begins
@license AGPL-3.0-only
@notice What every judge does first and last: ask Arbitration where the game
        stands, walk from there, and tell it what was shown.
"""

from ..interfaces import IArbitration
from ..interfaces import ITaskRegistry
from . import descent
from . import evidence
from . import geometry
from . import keys
from . import operators


struct Case:
    report: uint256
    p: descent.Position
    g: geometry.Geometry
    order: ITaskRegistry.Order
    report_root: bytes32


REGISTRY: public(immutable(address))
ARBITRATION: public(immutable(address))


@deploy
def __init__(registry: address, arbitration: address):
    assert registry != empty(address), "judge: address"
    assert arbitration != empty(address), "judge: address"
    REGISTRY = registry
    ARBITRATION = arbitration


@internal
@view
def open(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
) -> Case:
    game: IArbitration.LiveGame = staticcall IArbitration(
        ARBITRATION
    ).live_game(dispute)
    order: ITaskRegistry.Order = staticcall ITaskRegistry(REGISTRY).orders(
        keys.task_of(game.report)
    )
    g: geometry.Geometry = geometry.unpack(order.geometry)
    p: descent.Position = descent.unpack(
        game.position, game.claim, game.trace
    )
    for leg: descent.Descent in legs:
        p = descent.descend(p, leg, g)
    return Case(
        report=game.report,
        p=p,
        g=g,
        order=order,
        report_root=game.report_root,
    )


@internal
@pure
def node_of(case: Case, proof: evidence.NodeProof) -> operators.Node:
    return evidence.node_at(case.p, case.g, case.order.program_root, proof)


@internal
def decide(dispute: uint256, faulty: bool):
    extcall IArbitration(ARBITRATION).decide(dispute, msg.sender, faulty)

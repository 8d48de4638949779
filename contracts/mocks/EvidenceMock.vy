# pragma version 0.4.3
"""
@title The judging of values without a game around it, for tests
@license AGPL-3.0-only
"""

from ..libraries import descent
from ..libraries import evidence
from ..libraries import geometry
from ..libraries import tree
from ..libraries import value_evidence

REFEREE: immutable(address)


@deploy
def __init__(referee: address):
    REFEREE = referee


@external
@view
def prove_word_fault(
    p: descent.Position,
    g: geometry.Geometry,
    program: bytes32,
    node: evidence.NodeProof,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Leaf, 3],
) -> bool:
    return value_evidence.word_fault(
        p,
        g,
        evidence.node_at(p, g, program, node),
        leaf,
        lane,
        operands,
        REFEREE,
    )


@external
@view
def prove_lane_fault(
    p: descent.Position,
    g: geometry.Geometry,
    program: bytes32,
    node: evidence.NodeProof,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Row, 2],
) -> bool:
    return value_evidence.lane_fault(
        p,
        g,
        evidence.node_at(p, g, program, node),
        leaf,
        lane,
        operands,
        REFEREE,
    )


@external
@view
def prove_moved_fault(
    p: descent.Position,
    g: geometry.Geometry,
    program: bytes32,
    node: evidence.NodeProof,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Leaf, 2],
) -> bool:
    return value_evidence.moved_fault(
        p, g, evidence.node_at(p, g, program, node), leaf, lane, operands
    )

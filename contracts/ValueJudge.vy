# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title ValueJudge: what proves that an operator's output is wrong
@license AGPL-3.0-only
@notice One word or lane that an operator computed or moved, by the Referee.
        No storage. A proof walks from where the game stands to one place of
        the report, proves what the output there is made of against the same
        report, and tells Arbitration whether something else stands there.
        Anybody may send a proof: what it decides belongs to the committed
        challenger (promise 8).
"""

from .libraries import descent
from .libraries import evidence
from .libraries import hearing
from .libraries import tree
from .libraries import value_evidence

initializes: hearing
exports: (hearing.REGISTRY, hearing.ARBITRATION)

REFEREE: public(immutable(address))


@deploy
def __init__(registry: address, arbitration: address, referee: address):
    hearing.__init__(registry, arbitration)
    assert referee != empty(address), "judge: address"
    REFEREE = referee


@external
def prove_word_fault(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    node: evidence.NodeProof,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Leaf, 3],
):
    """
    @notice A pointwise operator or FILL: the Referee computes the word.
    """
    case: hearing.Case = hearing.open(dispute, legs)
    hearing.decide(
        dispute,
        value_evidence.word_fault(
            case.p,
            case.g,
            hearing.node_of(case, node),
            leaf,
            lane,
            operands,
            REFEREE,
        ),
    )


@external
def prove_lane_fault(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    node: evidence.NodeProof,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Row, 2],
):
    """
    @notice A reduction: the Referee computes the lane.
    """
    case: hearing.Case = hearing.open(dispute, legs)
    hearing.decide(
        dispute,
        value_evidence.lane_fault(
            case.p,
            case.g,
            hearing.node_of(case, node),
            leaf,
            lane,
            operands,
            REFEREE,
        ),
    )


@external
def prove_moved_fault(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    node: evidence.NodeProof,
    leaf: DynArray[uint256, tree.MAX_WORDS],
    lane: uint256,
    operands: DynArray[evidence.Leaf, 2],
):
    """
    @notice Movement: the lane is looked up where it comes from.
    """
    case: hearing.Case = hearing.open(dispute, legs)
    hearing.decide(
        dispute,
        value_evidence.moved_fault(
            case.p,
            case.g,
            hearing.node_of(case, node),
            leaf,
            lane,
            operands,
        ),
    )

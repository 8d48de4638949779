# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Judge: what proves that a report is wrong
@license AGPL-3.0-only
@notice No storage. A proof walks from where the game stands to one place of
        the report, proves the operands of the operation there against the same
        report, has the Referee execute it, and tells Arbitration whether
        something else stands there. Anybody may send a proof: what it decides
        belongs to the committed challenger (promise 8).
"""

from .interfaces import IArbitration
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import descent
from .libraries import evidence
from .libraries import geometry
from .libraries import operators
from .libraries import tree


struct Case:
    task: uint256
    p: descent.Position
    g: geometry.Geometry
    order: ITaskRegistry.Order
    report_root: bytes32


REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
ARBITRATION: public(immutable(address))
REFEREE: public(immutable(address))


@deploy
def __init__(
    registry: address,
    verification: address,
    arbitration: address,
    referee: address,
):
    for a: address in [registry, verification, arbitration, referee]:
        assert a != empty(address), "judge: address"
    REGISTRY = registry
    VERIFICATION = verification
    ARBITRATION = arbitration
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
    @notice A pointwise operator, FILL or TRANSPOSE: the Referee computes the
            word, or the lane is looked up.
    """
    case: Case = self._open(dispute, legs)
    self._decide(
        dispute,
        evidence.word_fault(
            case.p,
            case.g,
            self._node(case, node),
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
    @notice A reduction or MATMUL: the Referee computes the lane.
    """
    case: Case = self._open(dispute, legs)
    self._decide(
        dispute,
        evidence.lane_fault(
            case.p,
            case.g,
            self._node(case, node),
            leaf,
            lane,
            operands,
            REFEREE,
        ),
    )


@external
def prove_input_fault(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    node: evidence.NodeProof,
    source: evidence.Chain,
):
    """
    @notice An input or PACK: the root that the report holds is not the one
            that program, data, proof or trace say.
    """
    case: Case = self._open(dispute, legs)
    faulty: bool = False
    if evidence.is_pack(case.p, case.g):
        faulty = evidence.pack_fault(
            case.p, case.g, case.order.program_root, node, source
        )
    else:
        faulty = evidence.input_fault(
            case.p, case.g, self._node(case, node), self._roots(case), source
        )
    self._decide(dispute, faulty)


@external
def prove_distance_fault(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    replayed: evidence.Chain,
    claimed: evidence.Chain,
):
    """
    @notice The posted distance of a segment is not what its trace ends in.
    """
    case: Case = self._open(dispute, legs)
    posted: uint256 = staticcall IVerification(VERIFICATION).distance_of(
        case.task, case.p.sample
    )
    self._decide(
        dispute,
        evidence.distance_fault(
            case.p, case.g, self._roots(case), posted, replayed, claimed
        ),
    )


@external
def prove_malformed(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    node: evidence.NodeProof,
    leaf: DynArray[uint256, tree.MAX_WORDS],
):
    """
    @notice An output's tree, or its leaf, has not the size of its shape.
    """
    case: Case = self._open(dispute, legs)
    found: operators.Node = empty(operators.Node)
    if not evidence.is_pack(case.p, case.g):
        found = self._node(case, node)
    self._decide(dispute, evidence.malformed(case.p, case.g, found, leaf))


# Internal


@internal
@view
def _open(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
) -> Case:
    game: IArbitration.LiveGame = staticcall IArbitration(
        ARBITRATION
    ).live_game(dispute)
    order: ITaskRegistry.Order = staticcall ITaskRegistry(REGISTRY).orders(
        game.task
    )
    g: geometry.Geometry = geometry.unpack(order.geometry)
    p: descent.Position = descent.unpack(
        game.position, game.claim, game.trace
    )
    for leg: descent.Descent in legs:
        p = descent.descend(p, leg, g)
    return Case(
        task=game.task, p=p, g=g, order=order, report_root=game.report_root
    )


@internal
@pure
def _node(case: Case, proof: evidence.NodeProof) -> operators.Node:
    return evidence.node_at(case.p, case.g, case.order.program_root, proof)


@internal
@view
def _roots(case: Case) -> evidence.Roots:
    proof_root: bytes32 = staticcall ITaskRegistry(REGISTRY).proof_root_of(
        case.task
    )
    segment: uint256 = staticcall IVerification(VERIFICATION).sample_of(
        case.task, case.p.sample
    )
    return evidence.Roots(
        dataset=case.order.dataset_root,
        proof=proof_root,
        report=case.report_root,
        segment=segment,
    )


@internal
def _decide(dispute: uint256, faulty: bool):
    extcall IArbitration(ARBITRATION).decide(dispute, msg.sender, faulty)

# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title RootJudge: what proves that a root, a distance or a size is wrong
@license AGPL-3.0-only
@notice Inputs, packed states, posted distances, and trees of the wrong size.
        No storage. A proof walks from where the game stands to one place of
        the report, proves what the output there is made of against the same
        report, and tells Arbitration whether something else stands there.
        Anybody may send a proof: what it decides belongs to the committed
        challenger (promise 8).
"""

from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import descent
from .libraries import evidence
from .libraries import hearing
from .libraries import keys
from .libraries import operators
from .libraries import root_evidence
from .libraries import tree

initializes: hearing
exports: (hearing.REGISTRY, hearing.ARBITRATION)

VERIFICATION: public(immutable(address))


@deploy
def __init__(registry: address, verification: address, arbitration: address):
    hearing.__init__(registry, arbitration)
    assert verification != empty(address), "judge: address"
    VERIFICATION = verification


@external
def prove_input_fault(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    node: evidence.NodeProof,
    source: root_evidence.Chain,
):
    """
    @notice An input or PACK: the root that the report holds is not the one
            that program, data, proof or trace say.
    """
    case: hearing.Case = hearing.open(dispute, legs)
    faulty: bool = False
    if evidence.is_pack(case.p, case.g):
        faulty = root_evidence.pack_fault(
            case.p, case.g, case.order.program_root, node, source
        )
    else:
        faulty = root_evidence.input_fault(
            case.p, case.g, hearing.node_of(case, node), self._roots(case), source
        )
    hearing.decide(dispute, faulty)


@external
def prove_distance_fault(
    dispute: uint256,
    legs: DynArray[descent.Descent, descent.MAX_LEGS],
    last: uint256,
    replayed: root_evidence.Chain,
    claimed: root_evidence.Chain,
):
    """
    @notice The posted distance of a segment is not what its trace ends in.
    @param last The 32 bits that it ends in.
    """
    case: hearing.Case = hearing.open(dispute, legs)
    posted: uint256 = staticcall IVerification(VERIFICATION).distance_of(
        case.report, case.p.sample
    )
    hearing.decide(
        dispute,
        root_evidence.distance_fault(
            case.p,
            case.g,
            self._roots(case),
            posted,
            last,
            replayed,
            claimed,
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
    case: hearing.Case = hearing.open(dispute, legs)
    found: operators.Node = empty(operators.Node)
    if not evidence.is_pack(case.p, case.g):
        found = hearing.node_of(case, node)
    hearing.decide(dispute, root_evidence.malformed(case.p, case.g, found, leaf))


# Internal


@internal
@view
def _roots(case: hearing.Case) -> root_evidence.Roots:
    task: uint256 = keys.task_of(case.report)
    proof_root: bytes32 = staticcall ITaskRegistry(
        hearing.REGISTRY
    ).proof_root_of(
        task
    )
    segment: uint256 = staticcall IVerification(VERIFICATION).sample_of(
        task, case.p.sample
    )
    return root_evidence.Roots(
        dataset=case.order.dataset_root,
        proof=proof_root,
        report=case.report_root,
        segment=segment,
    )

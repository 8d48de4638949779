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

from .interfaces import IReferee
from .libraries import descent
from .libraries import evidence
from .libraries import hearing
from .libraries import operators
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
    @dev Rows are handed to no function: that would copy them once more, and
         memory is what a long row costs.
    """
    case: hearing.Case = hearing.open(dispute, legs)
    n: operators.Node = hearing.node_of(case, node)
    sought: value_evidence.Lane = value_evidence.lane_sought(
        case.p, n, leaf, lane
    )
    if sought.padding:
        hearing.decide(dispute, sought.found != 0)
        return
    assert len(operands) == sought.arity, "evidence: operands"
    for i: uint256 in range(sought.arity, bound=2):
        size: uint256 = len(operands[i].words)
        encoded: Bytes[32 * (evidence.MAX_ROW_WORDS + 2)] = abi_encode(
            operands[i].words
        )
        run: DynArray[bytes32, tree.MAX_RUN] = []
        rest: uint256 = size % tree.MAX_WORDS
        for k: uint256 in range(
            size // tree.MAX_WORDS, bound=tree.MAX_RUN
        ):
            # Offset and length come before the words.
            full: Bytes[32 * tree.MAX_WORDS] = slice(
                encoded, 64 + 512 * k, 512
            )
            run.append(tree.hash_full_leaf(full))
        if rest != 0:
            last: DynArray[uint256, tree.MAX_WORDS] = []
            for k: uint256 in range(
                size - rest, size, bound=tree.MAX_WORDS
            ):
                last.append(operands[i].words[k])
            run.append(tree.hash_leaf(last))
        evidence.check_row(
            case.p,
            case.g,
            n,
            i,
            sought.rows[i],
            size,
            run,
            operands[i].siblings,
            operands[i].trace_siblings,
        )
    right: uint256 = 0
    if sought.arity == 1:
        right = staticcall IReferee(REFEREE).reduce(
            n.operator,
            sought.attribute,
            n.input_cols[0],
            operands[0].words,
            [],
        )
    else:
        right = staticcall IReferee(REFEREE).reduce(
            n.operator,
            sought.attribute,
            n.input_cols[0],
            operands[0].words,
            operands[1].words,
        )
    hearing.decide(dispute, sought.found != right)


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

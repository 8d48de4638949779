# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title ProgramJudge: shows that a task's program is invalid
@license AGPL-3.0-only
@notice One transaction with the first invalid node, its path in the program's
        tree and, where the fault lies in what it says of its inputs, the nodes
        that produce them. Until the first solver accepts; the task ends, and
        the sender, who has claimed the fault in an earlier block, is paid out
        of the submitter's deposit. Stores claims only, and has no events: the
        Registry and Settlement tell what follows.

        What can be shown is in libraries/program_rules, with what no bounded
        number of nodes shows. Nor can a hash of the program's tree whose
        preimage nobody publishes, or that has none, and an order whose node
        count, units, data or initial state are not the program's. A solver
        checks all of that before it accepts, and declines.

        A program that `pinpoint.program.validation.validate` accepts, in an
        order with its own counts, is never convicted.
"""

from .interfaces import ITaskRegistry
from .libraries import evidence
from .libraries import geometry
from .libraries import operators
from .libraries import program_rules

MAX_INPUTS: constant(uint256) = 3

REGISTRY: public(immutable(address))

# The block in which a fault was claimed, by what was committed to.
committed: public(HashMap[bytes32, uint256])


@deploy
def __init__(registry: address):
    assert registry != empty(address), "program: address"
    REGISTRY = registry


@external
def commit(commitment: bytes32):
    """
    @notice Claim a fault before it is shown, so that whoever reads how it is
            shown comes too late (promise 8). See `commitment_of`. Again does
            nothing.
    """
    if self.committed[commitment] == 0:
        self.committed[commitment] = block.number


@external
def show_invalid(
    task: uint256,
    index: uint256,
    node: evidence.NodeProof,
    inputs: DynArray[evidence.NodeProof, MAX_INPUTS],
    salt: bytes32,
):
    """
    @notice End a task whose program has an invalid node, which the caller has
            claimed in an earlier block. Anybody may, until the first solver
            accepts. Reverts with "program: valid" where what is shown breaks
            no rule, and as `is_invalid` does.
    @param index Of the invalid node.
    @param node Its words and its path.
    @param inputs The nodes that produce its inputs, from the first on, with
           their paths; none where the node is invalid by itself.
    @param salt Of the claim.
    """
    claimed: uint256 = self.committed[
        self._commitment(task, index, msg.sender, salt)
    ]
    assert claimed != 0, "program: unclaimed"
    assert claimed < block.number, "program: early"
    order: ITaskRegistry.Order = staticcall ITaskRegistry(REGISTRY).orders(
        task
    )
    assert self._is_invalid(
        order.program_root, order.geometry, index, node, inputs
    ), "program: valid"
    extcall ITaskRegistry(REGISTRY).invalidate(task, msg.sender)


@view
@external
def commitment_of(
    task: uint256, index: uint256, finder: address, salt: bytes32
) -> bytes32:
    """
    @notice What to commit to, to claim the fault of a node.
    """
    return self._commitment(task, index, finder, salt)


@view
@external
def is_invalid(
    program_root: bytes32,
    counts: uint256,
    index: uint256,
    node: evidence.NodeProof,
    inputs: DynArray[evidence.NodeProof, MAX_INPUTS],
) -> bool:
    """
    @notice Whether a node of a program, of any task or none, is shown to be
            invalid. Reverts where a path does not lead to the program's root
            ("evidence: program", "tree:"), and on more inputs than the node
            has ("program: inputs").
    @param counts The order's geometry.
    """
    return self._is_invalid(program_root, counts, index, node, inputs)


@internal
@view
def _commitment(
    task: uint256, index: uint256, finder: address, salt: bytes32
) -> bytes32:
    return keccak256(
        abi_encode(chain.id, self, task, index, finder, salt)
    )


@internal
@pure
def _is_invalid(
    program_root: bytes32,
    counts: uint256,
    index: uint256,
    node: evidence.NodeProof,
    inputs: DynArray[evidence.NodeProof, MAX_INPUTS],
) -> bool:
    g: geometry.Geometry = geometry.unpack(counts)
    found: operators.Node = evidence.program_node(
        index, g, program_root, node
    )
    if program_rules.broken(node.words, index, g):
        return True
    assert len(inputs) <= program_rules.arity(
        found.operator
    ), "program: inputs"
    for i: uint256 in range(len(inputs), bound=MAX_INPUTS):
        producer: operators.Node = evidence.program_node(
            found.inputs[i], g, program_root, inputs[i]
        )
        if program_rules.contradicts(found, i, producer):
            return True
    return False

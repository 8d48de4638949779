# pragma version 0.4.3
"""
@title Names of reports, locks and pots
@license AGPL-3.0-only
@notice A report is named by its task and its place: the round of a drawn
        verifier, or what follows the last round for the reports of the open
        round.
"""

# Task numbers are below 2^32, so that a report's name fits 48 bits.
MAX_TASKS: constant(uint256) = 2**32
PLACE_BITS: constant(uint256) = 16

ESCROW: constant(uint256) = 1
BOUNTY: constant(uint256) = 2
SOLVER: constant(uint256) = 3
VERIFIER: constant(uint256) = 4
SUBMITTER: constant(uint256) = 5
REPORTER: constant(uint256) = 6
FEE: constant(uint256) = 7
ASK: constant(uint256) = 8


@internal
@pure
def report(task: uint256, place: uint256) -> uint256:
    assert place < 2**PLACE_BITS, "keys: place"
    return (task << PLACE_BITS) | place


@internal
@pure
def task_of(report: uint256) -> uint256:
    return report >> PLACE_BITS


@internal
@pure
def place_of(report: uint256) -> uint256:
    return report & (2**PLACE_BITS - 1)


@internal
@pure
def escrow(task: uint256) -> bytes32:
    """
    @notice The pot of a task: escrow, and what was slashed for it.
    """
    return keccak256(abi_encode(ESCROW, task))


@internal
@pure
def bounty(task: uint256) -> bytes32:
    """
    @notice The pot that right sealed roots share when the task has ended.
    """
    return keccak256(abi_encode(BOUNTY, task))


@internal
@pure
def solver(task: uint256, owner: address) -> bytes32:
    """
    @notice The deposit of one enrolled solver.
    """
    return keccak256(abi_encode(SOLVER, task, owner))


@internal
@pure
def submitter(task: uint256) -> bytes32:
    """
    @notice The submitter's deposit, as long as its program may be refuted.
    """
    return keccak256(abi_encode(SUBMITTER, task))


@internal
@pure
def verifier(report: uint256) -> bytes32:
    """
    @notice The deposit of the verifier drawn for a report.
    """
    return keccak256(abi_encode(VERIFIER, report))


@internal
@pure
def reporter(task: uint256, owner: address) -> bytes32:
    """
    @notice The deposit of one who reports in the open round.
    """
    return keccak256(abi_encode(REPORTER, task, owner))


@internal
@pure
def fee(task: uint256) -> bytes32:
    """
    @notice The pot that the reporters of the open round share.
    """
    return keccak256(abi_encode(FEE, task))


@internal
@pure
def ask(task: uint256, proof: bytes32, chunk: bytes32) -> bytes32:
    """
    @notice What was paid for a chunk of a proof's data to be posted.
    """
    return keccak256(abi_encode(ASK, task, proof, chunk))

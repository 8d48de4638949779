# pragma version 0.4.3
"""
@title Names of locks and pots
@license AGPL-3.0-only
"""

ESCROW: constant(uint256) = 1
BOUNTY: constant(uint256) = 2
SOLVER: constant(uint256) = 3
VERIFIER: constant(uint256) = 4
BOND: constant(uint256) = 5


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
def verifier(task: uint256, round: uint256) -> bytes32:
    """
    @notice The deposit of the verifier of one round.
    """
    return keccak256(abi_encode(VERIFIER, task, round))


@internal
@pure
def bond(dispute: uint256) -> bytes32:
    """
    @notice The bond of one challenge.
    """
    return keccak256(abi_encode(BOND, dispute))

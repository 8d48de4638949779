# pragma version 0.4.3
"""
@title Names of reports, locks and pots
@license AGPL-3.0-only
@notice A report is named by its task and its place. Each round of a drawn
        verifier has two: that of its report, and that of its fallback, which
        counts where the error of the first was forced. What follows the last
        round are the reports of the open round.
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
JACKPOT: constant(uint256) = 9
POOL: constant(uint256) = 10


@internal
@pure
def report(task: uint256, place: uint256) -> uint256:
    assert place < 2**PLACE_BITS, "keys: place"
    return (task << PLACE_BITS) | place


@internal
@pure
def drawn(task: uint256, round: uint256, fallback: bool) -> uint256:
    """
    @notice The report of a round's drawn verifier.
    """
    return self.report(task, 2 * round + convert(fallback, uint256))


@internal
@pure
def is_fallback(report: uint256, max_rounds: uint256) -> bool:
    place: uint256 = self.place_of(report)
    return place & 1 == 1 and place < self.first_open(max_rounds)


@internal
@pure
def is_open(report: uint256, max_rounds: uint256) -> bool:
    """
    @notice Whether this is the name of a report of the open round.
    """
    return self.place_of(report) >= self.first_open(max_rounds)


@internal
@pure
def first_open(max_rounds: uint256) -> uint256:
    """
    @notice The place of the open round's first report.
    """
    return 2 * (max_rounds + 1)


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
    @notice The deposit of the verifier drawn for a report, and its fallback.
    """
    return keccak256(abi_encode(VERIFIER, report >> 1))


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
def jackpot(report: uint256) -> bytes32:
    """
    @notice The pot for those who challenged a forced report rightly.
    """
    return keccak256(abi_encode(JACKPOT, report))


@internal
@pure
def pool() -> bytes32:
    """
    @notice The pot that all jackpots are taken from.
    """
    return keccak256(abi_encode(POOL))


@internal
@pure
def ask(task: uint256, proof: bytes32, chunk: bytes32) -> bytes32:
    """
    @notice What was paid for a chunk of a proof's data to be posted.
    """
    return keccak256(abi_encode(ASK, task, proof, chunk))

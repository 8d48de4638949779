# pragma version 0.4.3
"""
@title Names of reports, locks and pots
@license AGPL-3.0-only
@notice A report is named by its task and its place: from 0 on the rounds of
        drawn verifiers, from 8 on their fallbacks, which count where the error
        of the report was forced, from 16 on the reports of the open round.
"""

# Task numbers are below 2^32, so that a report's name fits 48 bits.
MAX_TASKS: constant(uint256) = 2**32
PLACE_BITS: constant(uint256) = 16
FALLBACK: constant(uint256) = 8
FIRST_OPEN: constant(uint256) = 16

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
PROFILER: constant(uint256) = 11


@internal
@pure
def report(task: uint256, place: uint256) -> uint256:
    assert place < 2**PLACE_BITS, "keys: place"
    return (task << PLACE_BITS) | place


@internal
@pure
def drawn(task: uint256, round: uint256, fallback: bool) -> uint256:
    """
    @notice The report of a round's drawn verifier; rounds are below 8.
    """
    if fallback:
        return self.report(task, FALLBACK + round)
    return self.report(task, round)


@internal
@pure
def fallback_of(report: uint256) -> uint256:
    """
    @notice The name of the fallback of a drawn verifier's report.
    """
    return report + FALLBACK


@internal
@pure
def is_fallback(report: uint256) -> bool:
    place: uint256 = self.place_of(report)
    return place >= FALLBACK and place < FIRST_OPEN


@internal
@pure
def is_first(report: uint256) -> bool:
    """
    @notice Whether no other verifier was drawn before: the report of the first
            round, or its fallback.
    """
    return self.place_of(report) in [0, FALLBACK]


@internal
@pure
def is_open(report: uint256) -> bool:
    """
    @notice Whether this is the name of a report of the open round.
    """
    return self.place_of(report) >= FIRST_OPEN


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
    first: uint256 = report
    if self.is_fallback(report):
        first -= FALLBACK
    return keccak256(abi_encode(VERIFIER, first))


@internal
@pure
def reporter(task: uint256, owner: address) -> bytes32:
    """
    @notice The deposit of one who reports in the open round.
    """
    return keccak256(abi_encode(REPORTER, task, owner))


@internal
@pure
def profiler(task: uint256, owner: address) -> bytes32:
    """
    @notice The deposit of one of a task's profilers.
    """
    return keccak256(abi_encode(PROFILER, task, owner))


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

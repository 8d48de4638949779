# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Verification: samples, verifiers and their reports
@license AGPL-3.0-only
@notice Draws the sampled segments once per proof, draws a verifier per round,
        takes its report and compares the distances with the threshold.

        DRAWING -> ASSIGNED -> REPORTING -> REPORTED -> CONCLUDED
           ^___________|___________|____________|  another round, or ABORTED

        The phases of a report are fixed when it is given: commitments, then
        reveals, then the verifier's secret, then the games. A party may act up
        to and including a deadline; from the second after, anybody may take
        the exit. Promises: 4 a wrong report never becomes final while somebody
        challenges it, 5 every phase has a permissionless exit, 6 a report is
        decided within a bound.
"""

from .interfaces import IArbitration
from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import geometry
from .libraries import keys
from .libraries import parameters
from .libraries import randomness

implements: IVerification

initializes: parameters
exports: parameters.PARAMETERS


event VerificationStarted:
    task: indexed(uint256)
    draw_block: uint256
    deadline: uint256


event DrawPostponed:
    task: indexed(uint256)
    round: indexed(uint256)
    draw_block: uint256


event SamplesDrawn:
    task: indexed(uint256)
    samples: DynArray[uint256, MAX_SAMPLES]


event VerifierDrawn:
    task: indexed(uint256)
    round: indexed(uint256)
    verifier: indexed(address)
    deadline: uint256


event AssignmentAccepted:
    task: indexed(uint256)
    round: indexed(uint256)
    verifier: indexed(address)
    secret_commitment: bytes32
    deadline: uint256


event DataUnavailable:
    task: indexed(uint256)
    round: indexed(uint256)
    verifier: indexed(address)


event Reported:
    task: indexed(uint256)
    round: indexed(uint256)
    verifier: indexed(address)
    root: bytes32
    distances: DynArray[uint256, MAX_SAMPLES]
    passed: bool
    fallback: bytes32
    commit_end: uint256
    reveal_end: uint256
    secret_end: uint256


event SecretOpened:
    task: indexed(uint256)
    round: indexed(uint256)
    secret: bytes32


event RoundStarted:
    task: indexed(uint256)
    round: indexed(uint256)
    draw_block: uint256
    deadline: uint256


event VerificationEnded:
    task: indexed(uint256)
    round: indexed(uint256)
    concluded: bool


# NONE: no proof yet.
flag Phase:
    DRAWING
    ASSIGNED
    REPORTING
    REPORTED
    CONCLUDED
    ABORTED


struct Verification:
    phase: Phase
    round: uint256
    samples_drawn: bool
    # 16 bits a sample, the first in the lowest.
    samples: uint256
    verifier: address
    draw_block: uint256
    deadline: uint256
    secret_commitment: bytes32
    root: bytes32
    # 32 bits a distance, eight a word, the first in the lowest.
    distances: uint256[2]
    passed: bool
    fallback: bytes32
    reported_at: uint256
    secret_opened: bool


MAX_SAMPLES: constant(uint256) = 16
MAX_ROUNDS: constant(uint256) = 7

# What a seed is for (libraries/randomness).
SAMPLES: constant(uint256) = 1
VERIFIERS: constant(uint256) = 2

STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
ARBITRATION: public(immutable(address))
SETTLEMENT: public(immutable(address))

verifications: HashMap[uint256, Verification]
verifiers: HashMap[uint256, HashMap[uint256, address]]


@deploy
def __init__(
    staking: address,
    registry: address,
    arbitration: address,
    settlement: address,
    p: IParameters.Parameters,
):
    for a: address in [staking, registry, arbitration, settlement]:
        assert a != empty(address), "verification: address"
    STAKING = staking
    REGISTRY = registry
    ARBITRATION = arbitration
    SETTLEMENT = settlement
    parameters.__init__(p)


# Verifier


@external
def accept_assignment(task: uint256, secret_commitment: bytes32):
    """
    @notice The drawn verifier takes the work and commits to its secret, before
            the block that could force an error is known.
    """
    self._check_verifier(task, Phase.ASSIGNED)
    assert secret_commitment != empty(bytes32), "verification: secret"
    units: uint256 = staticcall ITaskRegistry(REGISTRY).replay_units(task)
    deadline: uint256 = block.timestamp + parameters.work_time(units)
    self.verifications[task].phase = Phase.REPORTING
    self.verifications[task].secret_commitment = secret_commitment
    self.verifications[task].deadline = deadline
    log AssignmentAccepted(
        task=task,
        round=self.verifications[task].round,
        verifier=msg.sender,
        secret_commitment=secret_commitment,
        deadline=deadline,
    )


@external
def report_unavailable(task: uint256):
    """
    @notice The drawn verifier cannot get the data that it is to replay. It
            keeps its deposit, nobody is slashed, and another one is drawn.
    """
    assert self.verifications[task].phase in (
        Phase.ASSIGNED | Phase.REPORTING
    ), "verification: phase"
    self._check_actor(task)
    round: uint256 = self.verifications[task].round
    log DataUnavailable(task=task, round=round, verifier=msg.sender)
    self._next_round(task)
    extcall ISettlement(SETTLEMENT).verifier_excused(task, round)
    self._abort_if_out_of_rounds(task)


@external
def report(
    task: uint256,
    root: bytes32,
    distances: DynArray[uint256, MAX_SAMPLES],
    fallback: bytes32,
):
    """
    @notice Report the replay of all sampled segments.
    @param root Of the REPORT tree.
    @param distances One per sample, binary32 bits, in the samples' order.
    @param fallback Commitment to the report that counts if the error of this
           one was forced; every report carries one, so that all look alike.
    """
    self._check_verifier(task, Phase.REPORTING)
    assert root != empty(bytes32), "verification: root"
    assert fallback != empty(bytes32), "verification: fallback"
    g: geometry.Geometry = geometry.unpack(
        staticcall ITaskRegistry(REGISTRY).geometry_of(task)
    )
    assert len(distances) == g.samples, "verification: distances"
    packed: uint256[2] = empty(uint256[2])
    passed: bool = True
    for i: uint256 in range(len(distances), bound=MAX_SAMPLES):
        distance: uint256 = distances[i]
        assert distance < 2**32, "verification: distances"
        packed[i // 8] |= distance << (32 * (i % 8))
        # As unsigned numbers, every NaN, infinity and negative value is larger
        # than a finite threshold.
        if distance > g.threshold:
            passed = False

    self.verifications[task].phase = Phase.REPORTED
    self.verifications[task].root = root
    self.verifications[task].distances[0] = packed[0]
    if packed[1] != 0:
        self.verifications[task].distances[1] = packed[1]
    self.verifications[task].passed = passed
    self.verifications[task].fallback = fallback
    self.verifications[task].reported_at = block.timestamp
    ends: uint256[3] = self._phase_ends(block.timestamp)
    log Reported(
        task=task,
        round=self.verifications[task].round,
        verifier=msg.sender,
        root=root,
        distances=distances,
        passed=passed,
        fallback=fallback,
        commit_end=ends[0],
        reveal_end=ends[1],
        secret_end=ends[2],
    )


@external
def open_secret(task: uint256, secret: bytes32):
    """
    @notice After the reveals and before the games, open the secret committed
            on acceptance. Due when a challenge was revealed. Anybody who knows
            the secret may send it.
    """
    self._check_phase(task, Phase.REPORTED)
    ends: uint256[3] = self._phase_ends(self.verifications[task].reported_at)
    assert block.timestamp > ends[1], "verification: early"
    assert block.timestamp <= ends[2], "verification: late"
    assert not self.verifications[task].secret_opened, "verification: opened"
    assert (
        self.verifications[task].secret_commitment == keccak256(secret)
    ), "verification: secret"
    self.verifications[task].secret_opened = True
    log SecretOpened(
        task=task, round=self.verifications[task].round, secret=secret
    )


# Anybody


@external
def draw(task: uint256):
    """
    @notice Draw the samples, once per proof, and the verifier of this round,
            from the block fixed before. A verifier's draw whose block is too
            old, or that found nobody, gets a new block.
    """
    self._check_phase(task, Phase.DRAWING)
    draw_block: uint256 = self.verifications[task].draw_block
    assert block.number > draw_block, "verification: early"
    assert (
        block.timestamp <= self.verifications[task].deadline
    ), "verification: late"
    if randomness.expired(draw_block):
        assert self.verifications[task].samples_drawn, "verification: expired"
        self._postpone(task)
        return
    if not self.verifications[task].samples_drawn:
        self._draw_samples(task, randomness.seed(draw_block, task, SAMPLES))
    self._draw_verifier(task, randomness.seed(draw_block, task, VERIFIERS))


@external
def time_out(task: uint256):
    """
    @notice Take the exit of a phase whose deadline is over: samples that were
            never drawn are the solver's silence, a report not given or a
            secret not opened the verifier's.
    """
    phase: Phase = self.verifications[task].phase
    round: uint256 = self.verifications[task].round
    if phase == Phase.DRAWING:
        self._time_out_draw(task)
        return
    if phase == Phase.REPORTED:
        ends: uint256[3] = self._phase_ends(
            self.verifications[task].reported_at
        )
        assert block.timestamp > ends[2], "verification: early"
        assert not self.verifications[task].secret_opened, "verification: opened"
        assert (
            staticcall IArbitration(ARBITRATION).revealed(task, round) != 0
        ), "verification: unchallenged"
        self._overturn(task, empty(address))
        return
    assert phase in (Phase.ASSIGNED | Phase.REPORTING), "verification: phase"
    assert (
        block.timestamp > self.verifications[task].deadline
    ), "verification: early"
    self._next_round(task)
    extcall ISettlement(SETTLEMENT).verifier_silent(task, round)
    self._abort_if_out_of_rounds(task)


# The other contracts


@external
def begin(task: uint256):
    """
    @notice A proof is on chain: fix the block that decides the samples.
    """
    assert msg.sender == REGISTRY, "verification: caller"
    self.verifications[task] = empty(Verification)
    self.verifications[task].phase = Phase.DRAWING
    deadline: uint256 = self._fix_draw(task)
    log VerificationStarted(
        task=task,
        draw_block=self.verifications[task].draw_block,
        deadline=deadline,
    )


@external
def overturn(task: uint256, round: uint256, challenger: address):
    """
    @notice A challenge has convicted the report of this round.
    """
    assert msg.sender == ARBITRATION, "verification: caller"
    self._check_phase(task, Phase.REPORTED)
    assert self.verifications[task].round == round, "verification: round"
    self._overturn(task, challenger)


@external
def conclude(task: uint256) -> bool:
    """
    @notice The report is final: whether it passed all segments.
    """
    assert msg.sender == SETTLEMENT, "verification: caller"
    assert self._is_final(task), "verification: open"
    self.verifications[task].phase = Phase.CONCLUDED
    log VerificationEnded(
        task=task, round=self.verifications[task].round, concluded=True
    )
    return self.verifications[task].passed


# Views


@view
@external
def verification_of(task: uint256) -> Verification:
    return self.verifications[task]


@view
@external
def report_of(task: uint256) -> IVerification.Report:
    """
    @notice The report that can be challenged now; reverts if there is none.
    """
    self._check_phase(task, Phase.REPORTED)
    ends: uint256[3] = self._phase_ends(self.verifications[task].reported_at)
    return IVerification.Report(
        round=self.verifications[task].round,
        verifier=self.verifications[task].verifier,
        root=self.verifications[task].root,
        digest=self._digest(task),
        commit_end=ends[0],
        reveal_end=ends[1],
        secret_end=ends[2],
        secret_opened=self.verifications[task].secret_opened,
    )


@view
@external
def is_reported(task: uint256, round: uint256) -> bool:
    """
    @notice Whether the report of this round still stands to be decided.
    """
    return (
        self.verifications[task].phase == Phase.REPORTED
        and self.verifications[task].round == round
    )


@view
@external
def is_final(task: uint256) -> bool:
    """
    @notice Whether the report can be settled: nobody revealed a challenge, or
            all games are over and the report has stood.
    """
    return self._is_final(task)


@view
@external
def samples_of(task: uint256) -> DynArray[uint256, MAX_SAMPLES]:
    """
    @notice The sampled segments; empty before they are drawn.
    """
    found: DynArray[uint256, MAX_SAMPLES] = []
    if self.verifications[task].samples_drawn:
        g: geometry.Geometry = self._geometry(task)
        for i: uint256 in range(g.samples, bound=MAX_SAMPLES):
            found.append(self._sample(task, i))
    return found


@view
@external
def sample_of(task: uint256, place: uint256) -> uint256:
    assert place < MAX_SAMPLES, "verification: place"
    return self._sample(task, place)


@view
@external
def distance_of(task: uint256, place: uint256) -> uint256:
    assert place < MAX_SAMPLES, "verification: place"
    word: uint256 = self.verifications[task].distances[place // 8]
    return (word >> (32 * (place % 8))) & (2**32 - 1)


@view
@external
def upheld_digest(task: uint256) -> bytes32:
    """
    @notice The digest of the report that was upheld; zero if none was.
    """
    if self.verifications[task].phase != Phase.CONCLUDED:
        return empty(bytes32)
    return self._digest(task)


@view
@external
@reentrant
def round_of(task: uint256) -> uint256:
    """
    @dev Reentrant: Settlement asks while this contract tells it of an ending.
    """
    return self.verifications[task].round


@view
@external
def verifier_of(task: uint256, round: uint256) -> address:
    return self.verifiers[task][round]


# Internal


@internal
@view
def _digest(task: uint256) -> bytes32:
    # Two reports are the same if root and distances are.
    return keccak256(
        abi_encode(
            self.verifications[task].root, self.verifications[task].distances
        )
    )


@internal
@view
def _geometry(task: uint256) -> geometry.Geometry:
    return geometry.unpack(
        staticcall ITaskRegistry(REGISTRY).geometry_of(task)
    )


@internal
@view
def _sample(task: uint256, place: uint256) -> uint256:
    return (self.verifications[task].samples >> (16 * place)) & 65535


@internal
@view
def _phase_ends(reported_at: uint256) -> uint256[3]:
    # The last second of commitments, of reveals, and of the secret.
    commit_end: uint256 = reported_at + parameters.PARAMETERS.commit_window
    reveal_end: uint256 = commit_end + parameters.PARAMETERS.reveal_window
    return [
        commit_end,
        reveal_end,
        reveal_end + parameters.PARAMETERS.secret_window,
    ]


@internal
@view
def _is_final(task: uint256) -> bool:
    if self.verifications[task].phase != Phase.REPORTED:
        return False
    round: uint256 = self.verifications[task].round
    ends: uint256[3] = self._phase_ends(self.verifications[task].reported_at)
    if staticcall IArbitration(ARBITRATION).revealed(task, round) == 0:
        return block.timestamp > ends[1]
    return (
        block.timestamp > ends[2]
        and self.verifications[task].secret_opened
        and staticcall IArbitration(ARBITRATION).open_games(task, round) == 0
    )


@internal
def _fix_draw(task: uint256) -> uint256:
    deadline: uint256 = self.verifications[task].deadline
    if deadline == 0:
        deadline = block.timestamp + parameters.PARAMETERS.draw_window
        self.verifications[task].deadline = deadline
    self.verifications[task].draw_block = (
        block.number + parameters.PARAMETERS.draw_delay
    )
    return deadline


@internal
def _postpone(task: uint256):
    self._fix_draw(task)
    log DrawPostponed(
        task=task,
        round=self.verifications[task].round,
        draw_block=self.verifications[task].draw_block,
    )


@internal
def _draw_samples(task: uint256, seed: bytes32):
    # Floyd's algorithm: distinct segments, each set equally likely.
    g: geometry.Geometry = self._geometry(task)
    segments: uint256 = g.steps // g.interval
    found: DynArray[uint256, MAX_SAMPLES] = []
    packed: uint256 = 0
    for i: uint256 in range(g.samples, bound=MAX_SAMPLES):
        top: uint256 = segments - g.samples + i
        number: uint256 = convert(keccak256(abi_encode(seed, i)), uint256)
        choice: uint256 = number % (top + 1)
        if choice in found:
            choice = top
        found.append(choice)
        packed |= choice << (16 * i)
    self.verifications[task].samples = packed
    self.verifications[task].samples_drawn = True
    log SamplesDrawn(task=task, samples=found)


@internal
def _draw_verifier(task: uint256, seed: bytes32):
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    round: uint256 = self.verifications[task].round
    excluded: DynArray[address, 9] = [submitter, solver]
    for i: uint256 in range(round, bound=MAX_ROUNDS):
        excluded.append(self.verifiers[task][i])
    fee: uint256 = staticcall ITaskRegistry(REGISTRY).fee_of(task)
    deposit: uint256 = parameters.share(
        fee, parameters.PARAMETERS.verifier_deposit
    )
    verifier: address = staticcall IStaking(STAKING).draw(
        seed, excluded, deposit
    )
    if verifier == empty(address):
        self._postpone(task)
        return
    deadline: uint256 = (
        block.timestamp + parameters.PARAMETERS.accept_window
    )
    self.verifiers[task][round] = verifier
    self.verifications[task].verifier = verifier
    self.verifications[task].phase = Phase.ASSIGNED
    self.verifications[task].deadline = deadline
    extcall IStaking(STAKING).lock(
        keys.verifier(task, round), verifier, deposit
    )
    log VerifierDrawn(
        task=task, round=round, verifier=verifier, deadline=deadline
    )


@internal
def _time_out_draw(task: uint256):
    late: bool = block.timestamp > self.verifications[task].deadline
    if not self.verifications[task].samples_drawn:
        # Whoever lets its own draw expire is silent; samples are never drawn
        # from another block (attack A8).
        lost: bool = randomness.expired(self.verifications[task].draw_block)
        assert late or lost, "verification: early"
        self.verifications[task] = empty(Verification)
        extcall ITaskRegistry(REGISTRY).solver_failed(task)
        return
    assert late, "verification: early"
    self._next_round(task)
    self._abort_if_out_of_rounds(task)


@internal
def _overturn(task: uint256, challenger: address):
    round: uint256 = self.verifications[task].round
    self._next_round(task)
    extcall ISettlement(SETTLEMENT).overturned(task, round, challenger)
    self._abort_if_out_of_rounds(task)


@internal
def _next_round(task: uint256):
    round: uint256 = self.verifications[task].round + 1
    samples: uint256 = self.verifications[task].samples
    self.verifications[task] = empty(Verification)
    self.verifications[task].round = round
    self.verifications[task].samples = samples
    self.verifications[task].samples_drawn = True
    if round > parameters.PARAMETERS.max_rounds:
        self.verifications[task].phase = Phase.ABORTED
        log VerificationEnded(task=task, round=round, concluded=False)
        return
    self.verifications[task].phase = Phase.DRAWING
    deadline: uint256 = self._fix_draw(task)
    log RoundStarted(
        task=task,
        round=round,
        draw_block=self.verifications[task].draw_block,
        deadline=deadline,
    )


@internal
def _abort_if_out_of_rounds(task: uint256):
    if self.verifications[task].phase == Phase.ABORTED:
        extcall ISettlement(SETTLEMENT).unresolved(task)


@internal
@view
def _check_phase(task: uint256, phase: Phase):
    assert self.verifications[task].phase == phase, "verification: phase"


@internal
@view
def _check_actor(task: uint256):
    assert (
        msg.sender == self.verifications[task].verifier
    ), "verification: verifier"
    assert (
        block.timestamp <= self.verifications[task].deadline
    ), "verification: late"


@internal
@view
def _check_verifier(task: uint256, phase: Phase):
    self._check_phase(task, phase)
    self._check_actor(task)

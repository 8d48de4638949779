# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Profiling: several verifiers measure what an honest distance is
@license AGPL-3.0-only
@notice Drawn by lot, they replay a segment of a task on evaluators of their
        own, commit to the distance that they find, and reveal it. The
        threshold follows from the median (libraries/profile).

             begin        draw          commit_end   reveal_end
          |---------|------------------|------------|----------
            draw      commit, or say     reveal       finish
                      unavailable

        A draw is made by one seed: one that finds too few ends the task. Else
        whoever sees who would be drawn could retire to have others drawn.

        A party may act up to and including a deadline; from the second after,
        anybody may take the exit. Promises: 5 every phase has a permissionless
        exit, 8 a commitment is bound to its profiler. Attacks: A15, A17, A27.
"""

from .interfaces import IParameters
from .interfaces import IProfiling
from .interfaces import ISettlement
from .interfaces import ISortition
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .libraries import geometry
from .libraries import keys
from .libraries import order_rules
from .libraries import parameters
from .libraries import profile
from .libraries import profile_state
from .libraries import randomness

implements: IProfiling

initializes: parameters
initializes: order_rules[parameters := parameters]
exports: parameters.PARAMETERS


# NONE: no profile was asked for. MEASURING: the profilers are drawn.
flag Phase:
    DRAWING
    MEASURING
    OVER


# The profile of a task as the clients see it.
struct Profile:
    phase: Phase
    count: uint256
    draw_block: uint256
    # Of the draw, then of the commitments.
    deadline: uint256
    reveal_end: uint256
    fee: uint256
    profilers: DynArray[address, MAX_PROFILERS]


# One of them. The commitment is gone once it is revealed.
struct Profiler:
    answer: IProfiling.Answer
    commitment: bytes32
    distance: uint256


MAX_PROFILERS: constant(uint256) = profile.MAX_PROFILERS
MAX_DISTANCE: constant(uint256) = 2**32 - 1

# What a seed is for (libraries/randomness).
PROFILERS: constant(uint256) = 4

# What a profiler gets (Settlement.profiler_closed).
BURNT: constant(uint256) = 0
RELEASED: constant(uint256) = 1
PAID: constant(uint256) = 2
ABSURD: constant(uint256) = 3

STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
SETTLEMENT: public(immutable(address))
BEACON: public(immutable(address))
SORTITION: public(immutable(address))

states: HashMap[uint256, uint256[2]]
drawn: HashMap[uint256, DynArray[address, MAX_PROFILERS]]
# By task and profiler.
profilers: HashMap[uint256, HashMap[address, Profiler]]


@deploy
def __init__(
    staking: address,
    registry: address,
    settlement: address,
    beacon: address,
    sortition: address,
    p: IParameters.Parameters,
):
    for a: address in [staking, registry, settlement, beacon, sortition]:
        assert a != empty(address), "profiling: address"
    STAKING = staking
    REGISTRY = registry
    SETTLEMENT = settlement
    BEACON = beacon
    SORTITION = sortition
    parameters.__init__(p)


# Profilers


@external
def commit_profile(task: uint256, commitment: bytes32):
    """
    @notice Seal the distance that the caller has measured. See
            `commitment_of`.
    """
    self._check_due(task)
    assert commitment != empty(bytes32), "profiling: commitment"
    self.profilers[task][msg.sender].answer = IProfiling.Answer.COMMITTED
    self.profilers[task][msg.sender].commitment = commitment
    log IProfiling.ProfileCommitted(
        task=task, profiler=msg.sender, commitment=commitment
    )


@external
def profile_unavailable(task: uint256):
    """
    @notice Say, instead of a commitment, that the program or its data cannot be
            had, or that what was measured is no distance below 1. Deposit and
            capacity are free at once, nothing is paid (attack A15).
    """
    s: profile_state.State = self._check_due(task)
    self.profilers[task][msg.sender].answer = IProfiling.Answer.UNAVAILABLE
    log IProfiling.DataUnavailable(task=task, profiler=msg.sender)
    self._close(task, msg.sender, s, RELEASED)


@external
def reveal_profile(task: uint256, distance: uint256, salt: bytes32):
    """
    @notice Reveal a sealed distance, when no more can be sealed.
    @param distance binary32 bits.
    """
    s: profile_state.State = self._check_phase(task, Phase.MEASURING)
    assert block.timestamp > s.deadline, "profiling: early"
    assert block.timestamp <= self._reveal_end(s), "profiling: late"
    p: Profiler = self.profilers[task][msg.sender]
    assert (
        p.answer == IProfiling.Answer.COMMITTED
    ), "profiling: nothing sealed"
    assert distance <= MAX_DISTANCE, "profiling: distance"
    assert p.commitment == self._commitment(
        task, msg.sender, distance, salt
    ), "profiling: commitment"
    self.profilers[task][msg.sender] = Profiler(
        answer=IProfiling.Answer.REVEALED,
        commitment=empty(bytes32),
        distance=distance,
    )
    log IProfiling.ProfileRevealed(
        task=task, profiler=msg.sender, distance=distance
    )


# Anybody


@external
def draw(task: uint256):
    """
    @notice Draw the profilers by the seed of the block fixed before, lock their
            deposits and use their capacity up. Where nobody has fixed the seed
            in time, a new block decides, as long as the draw is open. Where
            too few are found, the task ends.
    """
    s: profile_state.State = self._check_phase(task, Phase.DRAWING)
    assert block.number > s.draw_block, "profiling: early"
    assert block.timestamp <= s.deadline, "profiling: late"
    deposit: uint256 = parameters.share(
        s.fee, parameters.PARAMETERS.profiler_deposit
    )
    if randomness.expired(BEACON, s.draw_block):
        s = self._drawing(s)
        self.states[task] = profile_state.pack(s)
        log IProfiling.DrawPostponed(task=task, draw_block=s.draw_block)
        return
    found: DynArray[address, MAX_PROFILERS] = self._find(task, s, deposit)
    if len(found) < s.profilers:
        # Its seed is known: another one would be a choice.
        self._finish(task, s)
        return
    s.phase = convert(Phase.MEASURING, uint256)
    s.deadline = block.timestamp + parameters.work_time(
        s.units, 1 << s.data
    )
    self.states[task] = profile_state.pack(s)
    self.drawn[task] = found
    log IProfiling.ProfilersDrawn(
        task=task,
        profilers=found,
        deposit=deposit,
        commit_end=s.deadline,
        reveal_end=self._reveal_end(s),
    )
    for profiler: address in found:
        self.profilers[task][profiler].answer = IProfiling.Answer.DRAWN
        extcall ISortition(SORTITION).assign(profiler, s.units, 1 << s.data)
        extcall IStaking(STAKING).lock(
            keys.profiler(task, profiler), profiler, deposit
        )


@external
def finish(task: uint256):
    """
    @notice When the reveals are over, fix the threshold and give each profiler
            what it deserves; with too few profiles, or a median beyond the
            ceiling, or when nobody has drawn in time, the task ends.
    """
    s: profile_state.State = self._state(task)
    phase: Phase = convert(s.phase, Phase)
    assert phase in (Phase.DRAWING | Phase.MEASURING), "profiling: phase"
    last: uint256 = s.deadline
    if phase == Phase.MEASURING:
        last = self._reveal_end(s)
    assert block.timestamp > last, "profiling: early"
    self._finish(task, s)


# The registry


@external
def begin(task: uint256, order: ITaskRegistry.Order):
    """
    @notice A task wants a profile: fix the block that decides who makes it.
            TaskRegistry only, which has escrowed the fees.
    @dev Reverts where too few verifiers have the capacity, or a submitter could
         have it drawn among few (attack A27).
    """
    assert msg.sender == REGISTRY, "profiling: caller"
    g: geometry.Geometry = geometry.unpack(order.geometry)
    s: profile_state.State = self._drawing(empty(profile_state.State))
    s.phase = convert(Phase.DRAWING, uint256)
    s.profilers = g.profilers
    s.deadline = block.timestamp + parameters.PARAMETERS.draw_window
    s.data = g.data
    s.fee = order_rules.profile_fee(g, order.units, order.price)
    s.units = order_rules.profile_units(g, order.units)
    assert (
        staticcall ISortition(SORTITION).eligible_share(s.units, 1 << s.data)
        >= parameters.PARAMETERS.eligible_share
    ), "profiling: eligible"
    self.states[task] = profile_state.pack(s)
    log IProfiling.ProfilingStarted(
        task=task,
        profilers=s.profilers,
        draw_block=s.draw_block,
        deadline=s.deadline,
    )


@external
def abandon(task: uint256):
    """
    @notice The program was shown to be invalid meanwhile: whoever has sealed
            or revealed a profile is paid, nobody is slashed. TaskRegistry only.
    """
    assert msg.sender == REGISTRY, "profiling: caller"
    s: profile_state.State = self._state(task)
    self._end(task, s)
    log IProfiling.ProfilingEnded(task=task, threshold=0)
    for profiler: address in self.drawn[task]:
        answer: IProfiling.Answer = self.profilers[task][profiler].answer
        if answer == IProfiling.Answer.UNAVAILABLE:
            continue
        verdict: uint256 = RELEASED
        if answer in (
            IProfiling.Answer.COMMITTED | IProfiling.Answer.REVEALED
        ):
            verdict = PAID
        self._close(task, profiler, s, verdict)


# Views


@view
@external
def profile_of(task: uint256) -> Profile:
    s: profile_state.State = self._state(task)
    reveal_end: uint256 = 0
    if s.phase == convert(Phase.MEASURING, uint256):
        reveal_end = self._reveal_end(s)
    return Profile(
        phase=convert(s.phase, Phase),
        count=s.profilers,
        draw_block=s.draw_block,
        deadline=s.deadline,
        reveal_end=reveal_end,
        fee=s.fee,
        profilers=self.drawn[task],
    )


@view
@external
def profiler_of(task: uint256, profiler: address) -> Profiler:
    return self.profilers[task][profiler]


@view
@external
def commitment_of(
    task: uint256, profiler: address, distance: uint256, salt: bytes32
) -> bytes32:
    """
    @notice What a profiler commits to.
    """
    return self._commitment(task, profiler, distance, salt)


@view
@external
def threshold_of(
    distances: DynArray[uint256, MAX_PROFILERS], profilers: uint256
) -> uint256:
    """
    @notice The threshold that follows from valid distances of so many
            profilers; 0 where none does.
    """
    return self._threshold(distances, profilers)


# Internal


@internal
@view
def _state(task: uint256) -> profile_state.State:
    return profile_state.unpack(self.states[task])


@internal
@view
def _check_phase(task: uint256, phase: Phase) -> profile_state.State:
    s: profile_state.State = self._state(task)
    assert s.phase == convert(phase, uint256), "profiling: phase"
    return s


@internal
@view
def _drawing(before: profile_state.State) -> profile_state.State:
    # Wait for a block's seed; stakes count as of this epoch's start.
    s: profile_state.State = before
    s.draw_block = block.number + parameters.PARAMETERS.draw_delay
    s.epoch = parameters.epoch()
    return s


@internal
@view
def _check_due(task: uint256) -> profile_state.State:
    # The caller owes a commitment.
    s: profile_state.State = self._check_phase(task, Phase.MEASURING)
    assert block.timestamp <= s.deadline, "profiling: late"
    assert (
        self.profilers[task][msg.sender].answer == IProfiling.Answer.DRAWN
    ), "profiling: not due"
    return s


@internal
@view
def _reveal_end(s: profile_state.State) -> uint256:
    return s.deadline + parameters.PARAMETERS.reveal_window


@internal
@view
def _commitment(
    task: uint256, profiler: address, distance: uint256, salt: bytes32
) -> bytes32:
    return keccak256(
        abi_encode(chain.id, self, task, profiler, distance, salt)
    )


@internal
@view
def _find(
    task: uint256, s: profile_state.State, deposit: uint256
) -> DynArray[address, MAX_PROFILERS]:
    # Distinct verifiers, neither submitter nor solver; perhaps too few.
    seed: bytes32 = randomness.seed(BEACON, s.draw_block, task, PROFILERS)
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    excluded: DynArray[address, 10] = [submitter, solver]
    found: DynArray[address, MAX_PROFILERS] = []
    for i: uint256 in range(s.profilers, bound=MAX_PROFILERS):
        profiler: address = staticcall ISortition(SORTITION).draw(
            keccak256(abi_encode(seed, i)),
            s.epoch,
            excluded,
            s.units,
            1 << s.data,
            deposit,
        )
        if profiler == empty(address):
            break
        excluded.append(profiler)
        found.append(profiler)
    return found


@internal
@view
def _valid(task: uint256) -> DynArray[uint256, MAX_PROFILERS]:
    found: DynArray[uint256, MAX_PROFILERS] = []
    for profiler: address in self.drawn[task]:
        p: Profiler = self.profilers[task][profiler]
        if (
            p.answer == IProfiling.Answer.REVEALED
            and profile.is_valid(p.distance)
        ):
            found.append(p.distance)
    return found


@internal
@view
def _threshold(
    valid: DynArray[uint256, MAX_PROFILERS], profilers: uint256
) -> uint256:
    return profile.threshold(
        valid,
        profilers,
        parameters.PARAMETERS.threshold_floor,
        parameters.PARAMETERS.threshold_ceiling,
        parameters.PARAMETERS.threshold_margin,
    )


@internal
def _end(task: uint256, before: profile_state.State):
    s: profile_state.State = before
    s.phase = convert(Phase.OVER, uint256)
    self.states[task] = profile_state.pack(s)


@internal
def _finish(task: uint256, s: profile_state.State):
    """
    @notice Fix the threshold, or none, and close whoever is not yet.
    """
    self._end(task, s)
    valid: DynArray[uint256, MAX_PROFILERS] = self._valid(task)
    threshold: uint256 = self._threshold(valid, s.profilers)
    log IProfiling.ProfilingEnded(task=task, threshold=threshold)
    # Where most have measured 1 or more, that is what there is to be measured.
    judged: bool = len(valid) > s.profilers // 2
    for profiler: address in self.drawn[task]:
        p: Profiler = self.profilers[task][profiler]
        if p.answer == IProfiling.Answer.UNAVAILABLE:
            continue
        verdict: uint256 = BURNT
        if p.answer == IProfiling.Answer.REVEALED:
            verdict = PAID
            if judged and not profile.is_valid(p.distance):
                verdict = ABSURD
        self._close(task, profiler, s, verdict)
    extcall ITaskRegistry(REGISTRY).profiled(task, threshold)


@internal
def _close(
    task: uint256,
    profiler: address,
    s: profile_state.State,
    verdict: uint256,
):
    log IProfiling.ProfilerClosed(
        task=task, profiler=profiler, verdict=verdict
    )
    extcall ISortition(SORTITION).free(profiler, s.units, 1 << s.data)
    extcall ISettlement(SETTLEMENT).profiler_closed(
        task, profiler, s.fee, verdict
    )

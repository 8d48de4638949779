# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Verification: samples, verifiers and their reports
@license AGPL-3.0-only
@notice Draws the sampled segments once per proof, draws a verifier per round,
        takes its report and compares the distances with the threshold.

        DRAWING -> ASSIGNED -> REPORTING -> REPORTED -> CONCLUDED
           ^___________|___________|____________|  another round, then
        OPEN -> CONCLUDED or ABORTED

        With a small chance that only the verifier can see, its secret and a
        block's randomness force an error: it reports a wrong replay, and has
        committed to the right one. Every secret is opened when no more
        challenges can be revealed. A forced report is void, and its fallback
        becomes REPORTED in its place, with phases and challenges of its own
        and no such excuse.

        REPORTING begins with the availability window: chunks of data are asked
        for, then posted; the verifier's time starts when nothing is owed any
        more. After the last round anybody may report under a verifier's
        deposit: all commit, then all reveal, equal reports are one, and the
        only one that survives its challenges is upheld.

        The phases of a report are fixed when it is given: commitments, then
        reveals, then the verifier's secret, then the games. A party may act up
        to and including a deadline; from the second after, anybody may take
        the exit. Promises: 3 a verifier facing data that are owed is never
        slashed, 4 a wrong report never becomes final while somebody challenges
        it, 5 every phase has a permissionless exit, 6 a report is decided
        within a bound.
"""

from .interfaces import IArbitration
from .interfaces import IAvailability
from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import ISortition
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import distances as distances_lib
from .libraries import geometry
from .libraries import keys
from .libraries import parameters
from .libraries import randomness
from .libraries import schedule
from .libraries import terms

implements: IVerification

initializes: parameters
exports: parameters.PARAMETERS


# NONE: no proof yet.
flag Phase:
    DRAWING
    ASSIGNED
    REPORTING
    REPORTED
    FALLBACK
    OPEN
    CONCLUDED
    ABORTED


# The current round as the clients see it.
struct Round:
    phase: Phase
    round: uint256
    # Of this round; in the open round, and before a proof, 0.
    report: uint256
    verifier: address
    samples_drawn: bool
    draw_block: uint256
    # Of the draw, of the answer to it, of the report, or of its fallback; in
    # the open round, of the commitments.
    deadline: uint256
    ask_end: uint256


# Of the open round. `survivors` of `reports` distinct ones have not fallen,
# `mix` is the exclusive or of their names: the name of the only one, where
# there is one.
struct Batch:
    reports: uint256
    survivors: uint256
    mix: uint256
    # Ended by data that were withheld: nobody was asked to reveal.
    void: bool


MAX_SAMPLES: constant(uint256) = distances_lib.MAX_SAMPLES
MAX_ROUNDS: constant(uint256) = 7

# What a seed is for (libraries/randomness).
SAMPLES: constant(uint256) = 1
VERIFIERS: constant(uint256) = 2
ERRORS: constant(uint256) = 3

STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
ARBITRATION: public(immutable(address))
SETTLEMENT: public(immutable(address))
AVAILABILITY: public(immutable(address))
OPEN_ROUND: public(immutable(address))
BEACON: public(immutable(address))
SORTITION: public(immutable(address))

schedules: HashMap[uint256, uint256]
# 16 bits a sample, the first in the lowest.
samples: HashMap[uint256, uint256]
upheld_report: public(HashMap[uint256, uint256])

# By report.
terms_of: HashMap[uint256, uint256]
roots: HashMap[uint256, bytes32]
# Packed by libraries/distances.
distances: HashMap[uint256, uint256[2]]
secret_commitments: public(HashMap[uint256, bytes32])
fallbacks: public(HashMap[uint256, bytes32])
# Blocks in which finders of secrets have committed to them.
disclosures: HashMap[bytes32, uint256]

open_rounds: public(HashMap[uint256, Batch])
# By task and digest.
report_named: HashMap[uint256, HashMap[bytes32, uint256]]


@deploy
def __init__(
    staking: address,
    registry: address,
    arbitration: address,
    settlement: address,
    availability: address,
    open_round: address,
    beacon: address,
    sortition: address,
    p: IParameters.Parameters,
):
    for a: address in [
        staking,
        registry,
        arbitration,
        settlement,
        availability,
        open_round,
        beacon,
        sortition,
    ]:
        assert a != empty(address), "verification: address"
    STAKING = staking
    REGISTRY = registry
    ARBITRATION = arbitration
    SETTLEMENT = settlement
    AVAILABILITY = availability
    OPEN_ROUND = open_round
    BEACON = beacon
    SORTITION = sortition
    parameters.__init__(p)


# Verifier


@external
def accept_assignment(task: uint256, secret_commitment: bytes32):
    """
    @notice The drawn verifier takes the work and commits to its secret, before
            the block that could force an error is known. The window opens in
            which anybody may ask for data.
    """
    s: schedule.Schedule = self._check_verifier(task, Phase.ASSIGNED)
    assert block.timestamp <= s.deadline, "verification: late"
    assert secret_commitment != empty(bytes32), "verification: secret"
    s.phase = convert(Phase.REPORTING, uint256)
    s.replay = self._replay(task).time
    s.ask_end = block.timestamp + parameters.PARAMETERS.ask_window
    s.draw_block = block.number + parameters.PARAMETERS.draw_delay
    self.schedules[task] = schedule.pack(s)
    self.secret_commitments[self._current(task, s)] = secret_commitment
    log IVerification.AssignmentAccepted(
        task=task,
        round=s.round,
        verifier=msg.sender,
        secret_commitment=secret_commitment,
        error_block=s.draw_block,
        ask_end=s.ask_end,
    )


@external
def report_unavailable(task: uint256):
    """
    @notice Before it accepts, the drawn verifier says that it cannot get the
            program or its data. It keeps its deposit, nobody is slashed, and
            another one is drawn. Afterwards it asks for data on chain.
    """
    s: schedule.Schedule = self._check_verifier(task, Phase.ASSIGNED)
    assert block.timestamp <= s.deadline, "verification: late"
    log IVerification.DataUnavailable(
        task=task, round=s.round, verifier=msg.sender
    )
    self._next_round(task, s)
    extcall ISettlement(SETTLEMENT).verifier_excused(self._current(task, s))


@external
def report(
    task: uint256,
    root: bytes32,
    distances: DynArray[uint256, MAX_SAMPLES],
    fallback: bytes32,
):
    """
    @notice Report the replay of all sampled segments, when no data are owed
            and the seed is known that may force an error.
    @param root Of the REPORT tree.
    @param distances One per sample, binary32 bits, in the samples' order.
    @param fallback Commitment to the report that counts if the error of this
           one was forced, as of `report_commitment`; every report carries one,
           so that all look alike.
    """
    s: schedule.Schedule = self._check_verifier(task, Phase.REPORTING)
    assert block.timestamp > s.ask_end, "verification: asking"
    assert self._pending(task) == 0, "verification: pending"
    # What was asked for can only have moved the deadline away.
    assert (
        block.timestamp <= s.ask_end + s.replay
        or block.timestamp <= self._deadline(task, s)
    ), "verification: late"
    assert fallback != empty(bytes32), "verification: fallback"
    # The verifier has to know what is asked of it.
    self._seed(task, s, ERRORS)
    report: uint256 = self._current(task, s)
    s.phase = convert(Phase.REPORTED, uint256)
    self.schedules[task] = schedule.pack(s)
    self.fallbacks[report] = fallback
    t: terms.Terms = empty(terms.Terms)
    t.verifier = msg.sender
    t.commit_end = (
        block.timestamp + parameters.PARAMETERS.commit_window + s.replay
    )
    self._give(task, report, s, t, root, distances, fallback)


@external
def open_secret(task: uint256, secret: bytes32):
    """
    @notice After the reveals and before the games, open the secret committed
            on acceptance. Anybody who knows it may send it. If it has forced
            an error, the report is void, and its fallback is due.
    """
    s: schedule.Schedule = self._check_phase(task, Phase.REPORTED)
    report: uint256 = self._current(task, s)
    t: terms.Terms = terms.unpack(self.terms_of[report])
    ends: uint256[2] = self._ends(report, t)
    assert block.timestamp > ends[0], "verification: early"
    assert block.timestamp <= ends[1], "verification: late"
    assert not t.opened, "verification: opened"
    assert (
        self.secret_commitments[report] == keccak256(secret)
    ), "verification: secret"
    t.opened = True
    t.forced = self._is_forced(secret, self._seed(task, s, ERRORS))
    t.fallen = t.forced
    self.terms_of[report] = terms.pack(t)
    log IVerification.SecretOpened(
        task=task, report=report, secret=secret, forced=t.forced
    )
    if t.forced:
        s.phase = convert(Phase.FALLBACK, uint256)
        s.deadline = ends[1] + parameters.PARAMETERS.secret_window
        self.schedules[task] = schedule.pack(s)
        extcall ISettlement(SETTLEMENT).forced(report)


@external
def report_fallback(
    task: uint256,
    root: bytes32,
    distances: DynArray[uint256, MAX_SAMPLES],
    salt: bytes32,
):
    """
    @notice After a forced error the verifier opens its fallback, another
            report than the first. It counts, with phases of its own and no
            secret.
    """
    s: schedule.Schedule = self._check_verifier(task, Phase.FALLBACK)
    assert block.timestamp <= s.deadline, "verification: late"
    first: uint256 = self._current(task, s)
    digest: bytes32 = distances_lib.digest(
        root, distances_lib.pack(distances)
    )
    assert self.fallbacks[first] == self._report_commitment(
        task, msg.sender, digest, salt
    ), "verification: fallback"
    assert digest != self._digest(first), "verification: same"
    s.phase = convert(Phase.REPORTED, uint256)
    s.fallback = True
    self.schedules[task] = schedule.pack(s)
    t: terms.Terms = empty(terms.Terms)
    t.verifier = msg.sender
    t.opened = True
    t.commit_end = (
        block.timestamp + parameters.PARAMETERS.commit_window + s.replay
    )
    self._give(
        task,
        self._current(task, s),
        s,
        t,
        root,
        distances,
        empty(bytes32),
    )


@external
def disclose(task: uint256, secret: bytes32, salt: bytes32):
    """
    @notice Show a verifier's secret before it may be opened: the verifier
            loses its deposit as by a conviction, and the caller has its cost;
            it must have committed to the secret in an earlier block.
    """
    s: schedule.Schedule = self._schedule(task)
    report: uint256 = self._current(task, s)
    t: terms.Terms = terms.unpack(self.terms_of[report])
    phase: Phase = self._phase(s)
    assert phase in (Phase.REPORTING | Phase.REPORTED), "verification: phase"
    assert not t.opened, "verification: opened"
    # Another round would give the solver less time for what it owes.
    assert (
        phase != Phase.REPORTING or self._pending(task) == 0
    ), "verification: pending"
    assert (
        phase == Phase.REPORTING
        or block.timestamp <= self._ends(report, t)[0]
    ), "verification: late"
    assert (
        self.secret_commitments[report] == keccak256(secret)
    ), "verification: secret"
    # Or the disclosure could be copied while it waits (promise 8).
    sealed_in: uint256 = self.disclosures[
        keccak256(abi_encode(report, msg.sender, secret, salt))
    ]
    assert (
        sealed_in != 0 and sealed_in < block.number
    ), "verification: commitment"
    t.fallen = True
    self.terms_of[report] = terms.pack(t)
    log IVerification.SecretDisclosed(
        task=task, report=report, finder=msg.sender
    )
    self._next_round(task, s)
    extcall ISettlement(SETTLEMENT).disclosed(report, msg.sender)


@external
def commit_disclosure(commitment: bytes32):
    """
    @param commitment keccak256(report, caller, secret, salt), 32 bytes each.
    """
    assert self.disclosures[commitment] == 0, "verification: committed"
    self.disclosures[commitment] = block.number


# Anybody


@external
def draw(task: uint256):
    """
    @notice Draw the samples, once per proof, and the verifier of this round,
            from the block fixed before. A verifier's draw whose seed nobody
            has fixed in time, or that found nobody, gets a new block.
    """
    s: schedule.Schedule = self._check_phase(task, Phase.DRAWING)
    assert block.number > s.draw_block, "verification: early"
    assert block.timestamp <= s.deadline, "verification: late"
    if randomness.expired(BEACON, s.draw_block):
        assert s.samples_drawn, "verification: expired"
        self._postpone(task, s)
        return
    if not s.samples_drawn:
        g: geometry.Geometry = geometry.unpack(
            staticcall ITaskRegistry(REGISTRY).geometry_of(task)
        )
        self._draw_samples(task, g, self._seed(task, s, SAMPLES))
        s.samples_drawn = True
        s.samples = g.samples
        s.threshold = g.threshold
    self._draw_verifier(task, s, self._seed(task, s, VERIFIERS))


@external
def time_out(task: uint256):
    """
    @notice Take the exit of a phase whose deadline is over: samples that were
            never drawn are the solver's silence; a report or a fallback not
            given, or a secret not opened, the verifier's.
    """
    s: schedule.Schedule = self._schedule(task)
    phase: Phase = self._phase(s)
    report: uint256 = self._current(task, s)
    if phase == Phase.DRAWING:
        self._time_out_draw(task, s)
        return
    if phase == Phase.REPORTED:
        t: terms.Terms = terms.unpack(self.terms_of[report])
        assert block.timestamp > self._ends(report, t)[1], "verification: early"
        assert not t.opened, "verification: opened"
        self._fall(task, report, t, empty(address))
        return
    assert phase in (
        Phase.ASSIGNED | Phase.REPORTING | Phase.FALLBACK
    ), "verification: phase"
    # While data are owed, the exit is Availability's.
    assert (
        phase != Phase.REPORTING or self._pending(task) == 0
    ), "verification: pending"
    assert block.timestamp > self._deadline(task, s), "verification: early"
    self._next_round(task, s)
    extcall ISettlement(SETTLEMENT).verifier_silent(report)


# The other contracts


@external
def begin(task: uint256):
    """
    @notice A proof is on chain: fix the block that decides the samples.
    """
    assert msg.sender == REGISTRY, "verification: caller"
    s: schedule.Schedule = self._drawing(empty(schedule.Schedule))
    s.deadline = block.timestamp + parameters.PARAMETERS.draw_window
    self.schedules[task] = schedule.pack(s)
    log IVerification.VerificationStarted(
        task=task, draw_block=s.draw_block, deadline=s.deadline
    )


@external
def overturn(report: uint256, challenger: address):
    """
    @notice A challenge has convicted this report.
    """
    assert msg.sender == ARBITRATION, "verification: caller"
    task: uint256 = keys.task_of(report)
    t: terms.Terms = terms.unpack(self.terms_of[report])
    assert self._standing(task, t), "verification: report"
    self._fall(task, report, t, challenger)


@external
def give(
    task: uint256,
    reporter: address,
    root: bytes32,
    distances: DynArray[uint256, MAX_SAMPLES],
) -> uint256:
    """
    @notice A report of the open round has been revealed. Equal ones are one
            report, whose first reporter stands for it; whoever can show what
            it commits to may defend it. OpenRound only.
    @return Its name.
    """
    assert msg.sender == OPEN_ROUND, "verification: caller"
    s: schedule.Schedule = self._check_phase(task, Phase.OPEN)
    digest: bytes32 = distances_lib.digest(
        root, distances_lib.pack(distances)
    )
    report: uint256 = self.report_named[task][digest]
    if report != 0:
        joined: terms.Terms = terms.unpack(self.terms_of[report])
        joined.members += 1
        self.terms_of[report] = terms.pack(joined)
        return report
    place: uint256 = keys.FIRST_OPEN + self.open_rounds[task].reports
    report = keys.report(task, place)
    self.open_rounds[task].reports += 1
    self.open_rounds[task].survivors += 1
    self.open_rounds[task].mix ^= report
    self.report_named[task][digest] = report
    t: terms.Terms = empty(terms.Terms)
    t.verifier = reporter
    t.members = 1
    # No error is forced here: there is no secret.
    t.opened = True
    t.commit_end = (
        self._open_reveal_end(task, s)
        + parameters.PARAMETERS.commit_window
        + s.replay
    )
    self._give(task, report, s, t, root, distances, empty(bytes32))
    return report


@external
def withheld(task: uint256):
    """
    @notice Data that were asked for have not been posted in time.
    """
    assert msg.sender == AVAILABILITY, "verification: caller"
    s: schedule.Schedule = self._schedule(task)
    phase: Phase = self._phase(s)
    assert phase in (Phase.REPORTING | Phase.OPEN), "verification: phase"
    report: uint256 = 0
    if phase == Phase.REPORTING:
        report = self._current(task, s)
    else:
        self.open_rounds[task].void = True
    self._end(task, s, Phase.ABORTED, 0)
    extcall ISettlement(SETTLEMENT).withheld(task, report)


@external
def conclude(task: uint256) -> (uint256, bool):
    """
    @notice The verification is over: the report that is upheld, or 0 where
            none is, and whether it passed all segments.
    """
    assert msg.sender == SETTLEMENT, "verification: caller"
    assert self._is_final(task), "verification: open"
    s: schedule.Schedule = self._schedule(task)
    report: uint256 = self._current(task, s)
    if self._phase(s) == Phase.OPEN:
        # Nobody can tell two reports apart that nobody challenged.
        report = 0
        if self.open_rounds[task].survivors == 1:
            report = self.open_rounds[task].mix
    if report == 0:
        self._end(task, s, Phase.ABORTED, 0)
        return 0, False
    self._end(task, s, Phase.CONCLUDED, report)
    return report, terms.unpack(self.terms_of[report]).passed


# Views


@view
@external
def round_of(task: uint256) -> Round:
    """
    @notice The current round; its deadline may move while data are asked for.
    """
    s: schedule.Schedule = self._schedule(task)
    phase: Phase = self._phase(s)
    report: uint256 = 0
    if s.samples_drawn and s.round <= parameters.PARAMETERS.max_rounds:
        report = self._current(task, s)
    return Round(
        phase=phase,
        round=s.round,
        report=report,
        verifier=self._verifier(report),
        samples_drawn=s.samples_drawn,
        draw_block=s.draw_block,
        deadline=self._deadline(task, s),
        ask_end=s.ask_end,
    )


@view
@external
def report_of(report: uint256) -> IVerification.Report:
    """
    @notice A report; reverts if it was never given.
    """
    t: terms.Terms = terms.unpack(self.terms_of[report])
    assert t.given, "verification: report"
    ends: uint256[2] = self._ends(report, t)
    return IVerification.Report(
        verifier=t.verifier,
        root=self.roots[report],
        digest=self._digest(report),
        commit_end=t.commit_end,
        reveal_end=ends[0],
        secret_end=ends[1],
        secret_opened=t.opened,
        standing=self._standing(keys.task_of(report), t),
    )


@view
@external
@reentrant
def digest_of(report: uint256) -> bytes32:
    return self._digest(report)


@view
@external
@reentrant
def is_open(report: uint256) -> bool:
    """
    @notice Whether this is the name of a report of the open round.
    @dev Reentrant, as what follows: Settlement asks while this contract tells
         it of an ending.
    """
    return keys.is_open(report)


@view
@external
@reentrant
def members(report: uint256) -> uint256:
    """
    @notice How many gave this same report in the open round.
    """
    return terms.unpack(self.terms_of[report]).members


@view
@external
@reentrant
def verifier_of(report: uint256) -> address:
    return self._verifier(report)


@view
@external
@reentrant
def is_forced(report: uint256) -> bool:
    """
    @notice Whether the report was void, since its error was forced.
    """
    return terms.unpack(self.terms_of[report]).forced


@view
@external
@reentrant
def has_fallen(report: uint256) -> bool:
    return terms.unpack(self.terms_of[report]).fallen


@view
@external
def deposit_of(task: uint256) -> uint256:
    """
    @notice What a verifier of this task, drawn or not, deposits.
    """
    return self._deposit(task)


@view
@external
def open_round_of(task: uint256) -> IVerification.OpenRound:
    s: schedule.Schedule = self._schedule(task)
    r: IVerification.OpenRound = empty(IVerification.OpenRound)
    if s.round > parameters.PARAMETERS.max_rounds:
        r.open = self._phase(s) == Phase.OPEN
        r.over = not r.open
        r.void = self.open_rounds[task].void
        r.commit_end = self._open_commit_end(task, s)
        r.reveal_end = r.commit_end + parameters.PARAMETERS.reveal_window
    return r


@view
@external
def asking(task: uint256) -> (uint256, uint256):
    """
    @return The round, and the last second in which data can be asked for;
            reverts in phases that have no such window.
    """
    s: schedule.Schedule = self._schedule(task)
    assert self._phase(s) in (
        Phase.REPORTING | Phase.OPEN
    ), "verification: phase"
    return s.round, s.ask_end


@view
@external
def is_final(task: uint256) -> bool:
    """
    @notice Whether the task can be settled: nobody revealed a challenge, or
            all games are over.
    """
    return self._is_final(task)


@view
@external
def samples_of(task: uint256) -> DynArray[uint256, MAX_SAMPLES]:
    """
    @notice The sampled segments; empty before they are drawn.
    """
    found: DynArray[uint256, MAX_SAMPLES] = []
    s: schedule.Schedule = self._schedule(task)
    for i: uint256 in range(s.samples, bound=MAX_SAMPLES):
        found.append(self._sample(task, i))
    return found


@view
@external
def sample_of(task: uint256, place: uint256) -> uint256:
    assert place < MAX_SAMPLES, "verification: place"
    return self._sample(task, place)


@view
@external
def distance_of(report: uint256, place: uint256) -> uint256:
    assert place < MAX_SAMPLES, "verification: place"
    word: uint256 = self.distances[report][place // 8]
    return (word >> (32 * (place % 8))) & (2**32 - 1)


@view
@external
def report_commitment(
    task: uint256, reporter: address, digest: bytes32, salt: bytes32
) -> bytes32:
    """
    @notice What a reporter of the open round commits to.
    """
    return self._report_commitment(task, reporter, digest, salt)


@view
@external
def report_bound() -> uint256:
    """
    @notice From a report to its decision at most, that of its fallback
            included, in seconds, however many challenge it: a constant of the deployment (promise 6).
    """
    return parameters.decision_window(parameters.PARAMETERS.max_replay_time)


# Internal


@internal
@view
def _report_commitment(
    task: uint256, reporter: address, digest: bytes32, salt: bytes32
) -> bytes32:
    return keccak256(
        abi_encode(chain.id, self, task, reporter, digest, salt)
    )


@internal
@view
def _schedule(task: uint256) -> schedule.Schedule:
    return schedule.unpack(self.schedules[task])


@internal
@pure
def _phase(s: schedule.Schedule) -> Phase:
    return convert(s.phase, Phase)


@internal
@view
def _verifier(report: uint256) -> address:
    return terms.unpack(self.terms_of[report]).verifier


@internal
@pure
def _current(task: uint256, s: schedule.Schedule) -> uint256:
    # The report of a drawn verifier that the round is about.
    return keys.drawn(task, s.round, s.fallback)


@internal
@view
def _seed(
    task: uint256, s: schedule.Schedule, purpose: uint256
) -> bytes32:
    return randomness.seed(BEACON, s.draw_block, task, purpose)


@internal
@view
def _is_forced(secret: bytes32, seed: bytes32) -> bool:
    lot: uint256 = convert(keccak256(abi_encode(secret, seed)), uint256)
    return lot % parameters.WAD < parameters.PARAMETERS.forced_rate


@internal
@view
def _digest(report: uint256) -> bytes32:
    return distances_lib.digest(self.roots[report], self.distances[report])


@internal
@view
def _sample(task: uint256, place: uint256) -> uint256:
    return (self.samples[task] >> (16 * place)) & 65535


@internal
@view
def _pending(task: uint256) -> uint256:
    return staticcall IAvailability(AVAILABILITY).pending(task)


@internal
@view
def _ends(report: uint256, t: terms.Terms) -> uint256[2]:
    # The last second of the reveals, and of the secret.
    reveal_end: uint256 = t.commit_end + parameters.PARAMETERS.reveal_window
    if keys.is_open(report) or keys.is_fallback(report):
        # There is no secret.
        return [reveal_end, reveal_end]
    return [reveal_end, reveal_end + parameters.PARAMETERS.secret_window]


@internal
@view
def _deadline(task: uint256, s: schedule.Schedule) -> uint256:
    # What was asked for moves the deadline of whoever waits for it.
    phase: Phase = self._phase(s)
    if phase == Phase.REPORTING:
        return s.ask_end + self._posting_time(task, s.round) + s.replay
    if phase == Phase.OPEN:
        return self._open_commit_end(task, s)
    return s.deadline


@internal
@view
def _open_commit_end(task: uint256, s: schedule.Schedule) -> uint256:
    return (
        s.ask_end
        + self._posting_time(task, s.round)
        + parameters.PARAMETERS.commit_window
        + s.replay
    )


@internal
@view
def _open_reveal_end(task: uint256, s: schedule.Schedule) -> uint256:
    return self._open_commit_end(task, s) + parameters.PARAMETERS.reveal_window


@internal
@view
def _posting_time(task: uint256, round: uint256) -> uint256:
    return staticcall IAvailability(AVAILABILITY).posting_time(task, round)


@internal
@view
def _standing(task: uint256, t: terms.Terms) -> bool:
    return (
        t.given
        and not t.fallen
        and self._phase(self._schedule(task))
        in (Phase.REPORTED | Phase.OPEN)
    )


@internal
@view
def _is_final(task: uint256) -> bool:
    s: schedule.Schedule = self._schedule(task)
    phase: Phase = self._phase(s)
    if phase == Phase.OPEN:
        end: uint256 = self._open_reveal_end(task, s)
        if self.open_rounds[task].reports != 0:
            end += (
                parameters.PARAMETERS.commit_window
                + s.replay
                + parameters.PARAMETERS.reveal_window
            )
        return (
            block.timestamp > end
            and self._pending(task) == 0
            and staticcall IArbitration(ARBITRATION).batch_games(task) == 0
        )
    if phase != Phase.REPORTED:
        return False
    report: uint256 = self._current(task, s)
    t: terms.Terms = terms.unpack(self.terms_of[report])
    if not t.opened:
        return False
    ends: uint256[2] = self._ends(report, t)
    if staticcall IArbitration(ARBITRATION).revealed(report) == 0:
        return block.timestamp > ends[0]
    return (
        block.timestamp > ends[1]
        and staticcall IArbitration(ARBITRATION).open_games(report) == 0
    )


@internal
def _give(
    task: uint256,
    report: uint256,
    s: schedule.Schedule,
    given: terms.Terms,
    root: bytes32,
    distances: DynArray[uint256, MAX_SAMPLES],
    fallback: bytes32,
):
    assert root != empty(bytes32), "verification: root"
    assert len(distances) == s.samples, "verification: distances"
    t: terms.Terms = given
    t.given = True
    t.passed = True
    for distance: uint256 in distances:
        # As unsigned numbers, every NaN, infinity and negative value is larger
        # than a finite threshold.
        if distance > s.threshold:
            t.passed = False
    packed: uint256[2] = distances_lib.pack(distances)
    self.terms_of[report] = terms.pack(t)
    self.roots[report] = root
    self.distances[report][0] = packed[0]
    if packed[1] != 0:
        self.distances[report][1] = packed[1]
    ends: uint256[2] = self._ends(report, t)
    log IVerification.Reported(
        task=task,
        report=report,
        verifier=t.verifier,
        root=root,
        distances=distances,
        passed=t.passed,
        fallback=fallback,
        commit_end=t.commit_end,
        reveal_end=ends[0],
        secret_end=ends[1],
    )


@internal
@view
def _replay(task: uint256) -> ITaskRegistry.Replay:
    return staticcall ITaskRegistry(REGISTRY).replay_of(task)


@internal
@view
def _drawing(before: schedule.Schedule) -> schedule.Schedule:
    # A draw is asked for now.
    s: schedule.Schedule = before
    s.phase = convert(Phase.DRAWING, uint256)
    s.draw_block = block.number + parameters.PARAMETERS.draw_delay
    s.epoch = parameters.epoch()
    return s


@internal
def _postpone(task: uint256, before: schedule.Schedule):
    s: schedule.Schedule = self._drawing(before)
    self.schedules[task] = schedule.pack(s)
    log IVerification.DrawPostponed(
        task=task, round=s.round, draw_block=s.draw_block
    )


@internal
def _draw_samples(task: uint256, g: geometry.Geometry, seed: bytes32):
    # Floyd's algorithm: distinct segments, each set equally likely.
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
    self.samples[task] = packed
    log IVerification.SamplesDrawn(task=task, samples=found)


@internal
@view
def _deposit(task: uint256) -> uint256:
    return parameters.share(
        staticcall ITaskRegistry(REGISTRY).fee_of(task),
        parameters.PARAMETERS.verifier_deposit,
    )


@internal
def _draw_verifier(
    task: uint256, before: schedule.Schedule, seed: bytes32
):
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    s: schedule.Schedule = before
    excluded: DynArray[address, 9] = [submitter, solver]
    for i: uint256 in range(s.round, bound=MAX_ROUNDS):
        excluded.append(self._verifier(keys.drawn(task, i, False)))
    deposit: uint256 = self._deposit(task)
    replay: ITaskRegistry.Replay = self._replay(task)
    verifier: address = staticcall ISortition(SORTITION).draw(
        seed,
        schedule.epoch_of(s, parameters.epoch()),
        excluded,
        replay.units,
        replay.bytes,
        deposit,
    )
    if verifier == empty(address):
        self._postpone(task, s)
        return
    report: uint256 = self._current(task, s)
    t: terms.Terms = empty(terms.Terms)
    t.verifier = verifier
    self.terms_of[report] = terms.pack(t)
    s.phase = convert(Phase.ASSIGNED, uint256)
    s.deadline = block.timestamp + parameters.PARAMETERS.accept_window
    self.schedules[task] = schedule.pack(s)
    extcall ISortition(SORTITION).assign(
        verifier, replay.units, replay.bytes
    )
    extcall IStaking(STAKING).lock(
        keys.verifier(report), verifier, deposit
    )
    log IVerification.VerifierDrawn(
        task=task, round=s.round, verifier=verifier, deadline=s.deadline
    )


@internal
def _time_out_draw(task: uint256, s: schedule.Schedule):
    late: bool = block.timestamp > s.deadline
    if not s.samples_drawn:
        # Whoever lets its own draw expire is silent; samples are never drawn
        # from another block (attack A8).
        lost: bool = block.number > s.draw_block and randomness.expired(
            BEACON, s.draw_block
        )
        assert late or lost, "verification: early"
        self.schedules[task] = 0
        extcall ITaskRegistry(REGISTRY).solver_failed(task)
        return
    assert late, "verification: early"
    self._next_round(task, s)


@internal
def _fall(
    task: uint256, report: uint256, t: terms.Terms, challenger: address
):
    fallen: terms.Terms = t
    fallen.fallen = True
    self.terms_of[report] = terms.pack(fallen)
    if keys.is_open(report):
        self.open_rounds[task].survivors -= 1
        self.open_rounds[task].mix ^= report
    else:
        self._next_round(task, self._schedule(task))
    extcall ISettlement(SETTLEMENT).overturned(report, challenger)


@internal
def _next_round(task: uint256, before: schedule.Schedule):
    self._dismiss(task, before)
    s: schedule.Schedule = before
    s.round += 1
    s.fallback = False
    if s.round > parameters.PARAMETERS.max_rounds:
        s.phase = convert(Phase.OPEN, uint256)
        s.replay = self._replay(task).time
        s.ask_end = block.timestamp + parameters.PARAMETERS.ask_window
        self.schedules[task] = schedule.pack(s)
        log IVerification.OpenRoundStarted(task=task, ask_end=s.ask_end)
        return
    s = self._drawing(s)
    s.deadline = block.timestamp + parameters.PARAMETERS.draw_window
    self.schedules[task] = schedule.pack(s)
    log IVerification.RoundStarted(
        task=task,
        round=s.round,
        draw_block=s.draw_block,
        deadline=s.deadline,
    )


@internal
def _dismiss(task: uint256, s: schedule.Schedule):
    # The drawn verifier, if there is one, has its capacity back.
    if self._phase(s) not in (
        Phase.ASSIGNED | Phase.REPORTING | Phase.REPORTED | Phase.FALLBACK
    ):
        return
    replay: ITaskRegistry.Replay = self._replay(task)
    extcall ISortition(SORTITION).free(
        self._verifier(keys.drawn(task, s.round, False)),
        replay.units,
        replay.bytes,
    )


@internal
def _end(
    task: uint256,
    before: schedule.Schedule,
    phase: Phase,
    upheld: uint256,
):
    self._dismiss(task, before)
    s: schedule.Schedule = before
    s.phase = convert(phase, uint256)
    self.schedules[task] = schedule.pack(s)
    if upheld != 0:
        self.upheld_report[task] = upheld
    log IVerification.VerificationEnded(task=task, report=upheld)


@internal
@view
def _check_phase(task: uint256, phase: Phase) -> schedule.Schedule:
    s: schedule.Schedule = self._schedule(task)
    assert self._phase(s) == phase, "verification: phase"
    return s


@internal
@view
def _check_verifier(task: uint256, phase: Phase) -> schedule.Schedule:
    s: schedule.Schedule = self._check_phase(task, phase)
    assert (
        msg.sender == self._verifier(keys.drawn(task, s.round, False))
    ), "verification: verifier"
    return s

# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Settlement: who gets what
@license AGPL-3.0-only
@notice Every ending's payout, as moves between accounts of Staking. The other
        contracts say what happened; only this one says what it costs. Shares
        are rounded down, and what rounding leaves is burnt.

        Bounties go to sealed reports equal to the report that was finally
        upheld, whoever's game ended first: k of them share total / 2^(k-1),
        the rest is burnt (attacks A12, A21). The same rule divides the jackpot
        of a forced report, whose verifier is one of them if its fallback is
        upheld, and the fee of the open round among those who gave the upheld
        report. Jackpots come from a pool, which a share of each tax fills.

        Promises: 2 conservation, 3 an honest party is never slashed, 8 every
        reward is bound to the committed address.
"""

from .interfaces import IArbitration
from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import bounty
from .libraries import geometry
from .libraries import keys
from .libraries import parameters
from .libraries import stalls

implements: ISettlement

initializes: parameters
exports: parameters.PARAMETERS

initializes: bounty
exports: (
    bounty.open_report,
    bounty.close_prize,
    bounty.collect,
    bounty.prize_of,
    bounty.claim_ends,
    bounty.report_opened,
    bounty.collected,
)


# Verdicts of OpenRound on one who reported there, of Profiling on a profiler.
BURNT: constant(uint256) = 0
RELEASED: constant(uint256) = 1
PAID: constant(uint256) = 2
ABSURD: constant(uint256) = 3

STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
ARBITRATION: public(immutable(address))
AVAILABILITY: public(immutable(address))
OPEN_ROUND: public(immutable(address))
PROFILING: public(immutable(address))
TREASURY: public(immutable(address))

# By task: what each of the open round's right reporters gets.
reporter_fee: public(HashMap[uint256, uint256])


@deploy
def __init__(
    staking: address,
    registry: address,
    verification: address,
    arbitration: address,
    availability: address,
    open_round: address,
    profiling: address,
    treasury: address,
    p: IParameters.Parameters,
):
    for a: address in [
        staking,
        registry,
        verification,
        arbitration,
        availability,
        open_round,
        profiling,
        treasury,
    ]:
        assert a != empty(address), "settlement: address"
    STAKING = staking
    REGISTRY = registry
    VERIFICATION = verification
    ARBITRATION = arbitration
    AVAILABILITY = availability
    OPEN_ROUND = open_round
    PROFILING = profiling
    TREASURY = treasury
    parameters.__init__(p)
    bounty.__init__(staking, verification, arbitration)


# Anybody


@external
def settle(task: uint256):
    """
    @notice Distribute the money of a task whose verification is over. Where no
            report is upheld, escrow and solver's deposit go back.
    """
    report: uint256 = 0
    passed: bool = False
    report, passed = extcall IVerification(VERIFICATION).conclude(task)
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    if report == 0:
        self._end(task, report, ITaskRegistry.Ending.UNRESOLVED)
        extcall IStaking(STAKING).pay_rest(keys.escrow(task), submitter)
        extcall IStaking(STAKING).release(keys.solver(task, solver))
        pot: bytes32 = keys.fee(task)
        extcall IStaking(STAKING).burn(
            pot, staticcall IStaking(STAKING).pots(pot)
        )
    elif passed:
        g: geometry.Geometry = self._geometry(task)
        unpaid: uint256 = self._unpaid(task, report, g)
        if unpaid == 0:
            self._end(task, report, ITaskRegistry.Ending.ACCEPTED)
        else:
            self._end(task, report, ITaskRegistry.Ending.STALLED)
            log ISettlement.WorkUnpaid(
                task=task,
                report=report,
                unpaid=unpaid,
                segments=g.steps // g.interval,
            )
        self._pay_passed(task, report, submitter, solver, g, unpaid)
    else:
        self._end(task, report, ITaskRegistry.Ending.REJECTED)
        self._pay_rejected(task, report, submitter, solver, True)


# Registry


@external
def solver_declined(task: uint256, solver: address):
    """
    @notice A small share of the deposit goes to the treasury, the rest back.
    """
    self._check(REGISTRY)
    key: bytes32 = keys.solver(task, solver)
    deposit: uint256 = self._locked(key)
    fee: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.decline_share
    )
    extcall IStaking(STAKING).slash(
        key,
        IStaking.Division(
            returned=deposit - fee,
            receiver=TREASURY,
            paid=fee,
            pot=empty(bytes32),
            kept=0,
        ),
    )


@external
def solver_silent(task: uint256, solver: address):
    """
    @notice Part of the deposit is slashed: the submitter's share of that to
            the submitter, the rest burnt. What is left goes back.
    """
    self._check(REGISTRY)
    key: bytes32 = keys.solver(task, solver)
    deposit: uint256 = self._locked(key)
    slashed: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.silence_share
    )
    log ISettlement.SolverSlashed(task=task, solver=solver, amount=slashed)
    submitter: address = self._submitter(task)
    extcall IStaking(STAKING).slash(
        key,
        IStaking.Division(
            returned=deposit - slashed,
            receiver=submitter,
            paid=parameters.share(
                slashed, parameters.PARAMETERS.submitter_share
            ),
            pot=empty(bytes32),
            kept=0,
        ),
    )


@external
def solver_left(task: uint256, solver: address):
    """
    @notice An enrolled solver that was not chosen takes its deposit back.
    """
    self._check(REGISTRY)
    extcall IStaking(STAKING).release(keys.solver(task, solver))


@external
def refund(task: uint256):
    """
    @notice The task ended without a proof: the escrow goes back.
    """
    self._check(REGISTRY)
    submitter: address = self._submitter(task)
    extcall IStaking(STAKING).pay_rest(keys.escrow(task), submitter)


@external
def deposit_returned(task: uint256):
    """
    @notice The program can no longer be refuted: the submitter's deposit goes
            back, if it has not yet.
    """
    self._check(REGISTRY)
    key: bytes32 = keys.submitter(task)
    held: IStaking.Lock = staticcall IStaking(STAKING).locks(key)
    if held.owner != empty(address):
        extcall IStaking(STAKING).release(key)


@external
def program_invalid(task: uint256, finder: address, solver: address):
    """
    @notice The program was shown to break a rule: a share of the submitter's
            deposit to the finder, the rest burnt; the escrow goes back, and
            the deposit of the drawn solver, if there is one.
    """
    self._check(REGISTRY)
    key: bytes32 = keys.submitter(task)
    deposit: uint256 = self._locked(key)
    log ISettlement.SubmitterSlashed(task=task, finder=finder, amount=deposit)
    submitter: address = extcall IStaking(STAKING).slash(
        key,
        IStaking.Division(
            returned=0,
            receiver=finder,
            paid=parameters.share(
                deposit, parameters.PARAMETERS.invalid_share
            ),
            pot=empty(bytes32),
            kept=0,
        ),
    )
    extcall IStaking(STAKING).pay_rest(keys.escrow(task), submitter)
    if solver != empty(address):
        extcall IStaking(STAKING).release(keys.solver(task, solver))


# Verification


@external
def verifier_excused(report: uint256):
    """
    @notice The verifier could not get the data: its deposit goes back.
    """
    self._check(VERIFICATION)
    extcall IStaking(STAKING).release(keys.verifier(report))


@external
def verifier_silent(report: uint256):
    """
    @notice No acceptance or no report in time: the deposit is burnt.
    """
    self._check(VERIFICATION)
    self._slash_verifier(report, empty(address), 0)


@external
def overturned(report: uint256, challenger: address):
    """
    @notice A challenge won, or the verifier's secret stayed closed (no
            challenger then): the bounty is set aside, out of it the winner's
            cost is paid, and the rest is burnt.
    """
    self._check(VERIFICATION)
    self._slash_verifier(
        report, challenger, parameters.PARAMETERS.bounty_share
    )


@external
def disclosed(report: uint256, finder: address):
    """
    @notice A verifier's secret was known before its time: as if a challenge
            had won. No more, or a liar that was caught would disclose itself
            and take the bounty of those who caught it.
    """
    self._check(VERIFICATION)
    self._slash_verifier(
        report, finder, parameters.PARAMETERS.bounty_share
    )


@external
def forced(report: uint256):
    """
    @notice A verifier's error was forced: a jackpot is set aside, at most what
            this task's tax pays for on average, and a third of the pool
            (attack A11).
    """
    self._check(VERIFICATION)
    task: uint256 = keys.task_of(report)
    amount: uint256 = parameters.jackpot(
        staticcall ITaskRegistry(REGISTRY).fee_of(task),
        staticcall IStaking(STAKING).pots(keys.pool()),
    )
    log ISettlement.JackpotSet(task=task, report=report, amount=amount)
    extcall IStaking(STAKING).shift(
        keys.pool(), keys.jackpot(report), amount
    )


@external
def withheld(task: uint256, report: uint256):
    """
    @notice A chunk that was asked for was not posted: the solver loses as by a
            report that failed, and the verifier of this report gets its share
            and its deposit. 0, in the open round: that share is burnt.
    """
    self._check(VERIFICATION)
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    self._end(task, report, ITaskRegistry.Ending.DATA_WITHHELD)
    self._pay_rejected(task, report, submitter, solver, False)


# OpenRound


@external
def reporter_closed(task: uint256, owner: address, verdict: uint256):
    """
    @notice One who reported in the open round: its deposit is burnt (0) unless
            a conviction has taken it, or goes back (1), with its part of the
            fee where its report was upheld (2).
    """
    self._check(OPEN_ROUND)
    key: bytes32 = keys.reporter(task, owner)
    if verdict == BURNT:
        held: IStaking.Lock = staticcall IStaking(STAKING).locks(key)
        if held.owner != empty(address):
            extcall IStaking(STAKING).slash(key, empty(IStaking.Division))
        return
    assert verdict in [RELEASED, PAID], "settlement: verdict"
    extcall IStaking(STAKING).release(key)
    if verdict == PAID:
        extcall IStaking(STAKING).pay(
            keys.fee(task), owner, self.reporter_fee[task]
        )


# Profiling


@external
def profiler_closed(
    task: uint256, owner: address, fee: uint256, verdict: uint256
):
    """
    @notice One who was drawn to profile: its deposit is burnt (0), or goes back
            (1), with its fee out of the escrow where it measured (2); where
            its profile is absurd, a share is burnt (3). Nothing of it goes to
            anybody: submitter and other profilers may be the same party.
    """
    self._check(PROFILING)
    key: bytes32 = keys.profiler(task, owner)
    if verdict in [BURNT, ABSURD]:
        deposit: uint256 = self._locked(key)
        slashed: uint256 = deposit
        if verdict == ABSURD:
            slashed = parameters.share(
                deposit, parameters.PARAMETERS.absurd_share
            )
        log ISettlement.ProfilerSlashed(
            task=task, profiler=owner, amount=slashed
        )
        division: IStaking.Division = empty(IStaking.Division)
        division.returned = deposit - slashed
        extcall IStaking(STAKING).slash(key, division)
        return
    assert verdict in [RELEASED, PAID], "settlement: verdict"
    extcall IStaking(STAKING).release(key)
    if verdict == PAID:
        extcall IStaking(STAKING).pay(keys.escrow(task), owner, fee)


# Arbitration


@external
def bond_returned(owner: address):
    """
    @notice The challenge won, or ended without a verdict.
    """
    self._check(ARBITRATION)
    extcall IStaking(STAKING).restore(
        owner, parameters.PARAMETERS.challenge_bond
    )


@external
def bond_lost(owner: address, verifier: address):
    """
    @notice The challenge lost: its cost to the verifier, the rest to the
            treasury.
    """
    self._check(ARBITRATION)
    cost: uint256 = parameters.PARAMETERS.challenge_cost
    rest: uint256 = parameters.PARAMETERS.challenge_bond - cost
    extcall IStaking(STAKING).forfeit(owner, cost, verifier, cost)
    extcall IStaking(STAKING).forfeit(owner, rest, TREASURY, rest)


@external
def bond_burnt(owner: address):
    """
    @notice The challenge was never revealed.
    """
    self._check(ARBITRATION)
    extcall IStaking(STAKING).forfeit(
        owner, parameters.PARAMETERS.challenge_bond, empty(address), 0
    )


# Availability


@external
def fee_paid(pot: bytes32, receiver: address):
    """
    @notice What was paid for a chunk: to who posted it, or back to who asked.
    """
    self._check(AVAILABILITY)
    extcall IStaking(STAKING).pay_rest(pot, receiver)


# Views


@view
@external
def earned(report: uint256) -> uint256:
    """
    @notice What the solver is paid if this report is upheld and all its
            distances pass, in base units: the fee without its part for what
            has stalled.
    """
    task: uint256 = keys.task_of(report)
    g: geometry.Geometry = self._geometry(task)
    fee: uint256 = staticcall ITaskRegistry(REGISTRY).fee_of(task)
    return self._earned(fee, g, self._unpaid(task, report, g))


# Internal


@internal
def _end(task: uint256, report: uint256, ending: ITaskRegistry.Ending):
    # Before the first report none has fallen, so nothing can be claimed.
    if report == 0 or keys.place_of(report) != 0:
        bounty.start(task, parameters.PARAMETERS.claim_window)
    log ISettlement.Settled(task=task, ending=ending, report=report)
    extcall ITaskRegistry(REGISTRY).end(task, ending)


@internal
def _pay_passed(
    task: uint256,
    report: uint256,
    submitter: address,
    solver: address,
    g: geometry.Geometry,
    unpaid: uint256,
):
    fee: uint256 = staticcall ITaskRegistry(REGISTRY).fee_of(task)
    # The solver's price of the replay: the fee is a multiple of the steps.
    replay: uint256 = fee // g.steps * g.samples * g.interval
    verifier_fee: uint256 = parameters.share(
        replay, parameters.PARAMETERS.verifier_rate
    )
    pot: bytes32 = keys.escrow(task)
    earned: uint256 = self._earned(fee, g, unpaid)
    if earned != 0:
        extcall IStaking(STAKING).pay(pot, solver, earned)
    if earned != fee:
        # What came back in full would pay a submitter to plant stalls (A25).
        extcall IStaking(STAKING).burn(
            pot,
            parameters.share(fee - earned, parameters.PARAMETERS.stall_burn),
        )
    if keys.is_open(report):
        self._share_fee(task, report, verifier_fee)
    else:
        verifier: address = extcall IStaking(STAKING).release(
            keys.verifier(report)
        )
        extcall IStaking(STAKING).pay(pot, verifier, verifier_fee)
    pooled: uint256 = parameters.pool_share(fee)
    extcall IStaking(STAKING).shift(pot, keys.pool(), pooled)
    extcall IStaking(STAKING).pay(
        pot,
        TREASURY,
        parameters.share(fee, parameters.PARAMETERS.tax) - pooled,
    )
    extcall IStaking(STAKING).pay_rest(pot, submitter)
    extcall IStaking(STAKING).release(keys.solver(task, solver))


@internal
def _pay_rejected(
    task: uint256,
    report: uint256,
    submitter: address,
    solver: address,
    upheld: bool,
):
    key: bytes32 = keys.solver(task, solver)
    pot: bytes32 = keys.escrow(task)
    deposit: uint256 = self._locked(key)
    to_verifier: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.verifier_share
    )
    # What is kept goes on from the escrow: to the submitter, to reporters of
    # the open round, and to right sealed reports, if one of an earlier round
    # fell.
    kept: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.submitter_share
    )
    verifier: address = empty(address)
    shared: bool = keys.is_open(report)
    if shared:
        kept += to_verifier
    elif report != 0:
        verifier = extcall IStaking(STAKING).release(keys.verifier(report))
    to_bounty: uint256 = 0
    if upheld and not keys.is_first(report):
        to_bounty = parameters.share(
            deposit, parameters.PARAMETERS.solver_bounty_share
        )
    paid: uint256 = to_verifier
    if verifier == empty(address):
        paid = 0
    log ISettlement.SolverSlashed(task=task, solver=solver, amount=deposit)
    extcall IStaking(STAKING).slash(
        key,
        IStaking.Division(
            returned=0,
            receiver=verifier,
            paid=paid,
            pot=pot,
            kept=kept + to_bounty,
        ),
    )
    if to_bounty != 0:
        extcall IStaking(STAKING).shift(pot, keys.bounty(task), to_bounty)
    if shared:
        self._share_fee(task, report, to_verifier)
    extcall IStaking(STAKING).pay_rest(pot, submitter)


@internal
def _share_fee(task: uint256, report: uint256, fee: uint256):
    # From the escrow to a pot of its own, from which each takes its part.
    # Beside what convictions in the open round have left in it.
    pot: bytes32 = keys.fee(task)
    extcall IStaking(STAKING).shift(keys.escrow(task), pot, fee)
    total: uint256 = staticcall IStaking(STAKING).pots(pot)
    members: uint256 = staticcall IVerification(VERIFICATION).members(report)
    each: uint256 = bounty.part(total, members)
    self.reporter_fee[task] = each
    log ISettlement.FeeShared(
        task=task, total=total, members=members, each=each
    )
    extcall IStaking(STAKING).burn(pot, total - each * members)


@internal
def _slash_verifier(report: uint256, challenger: address, rate: uint256):
    task: uint256 = keys.task_of(report)
    key: bytes32 = keys.verifier(report)
    pot: bytes32 = keys.bounty(task)
    if keys.is_open(report):
        # In the open round a right report was sealed before any was known; a
        # challenge there can seal a copy. So those who reported it share.
        pot = keys.fee(task)
        owner: address = staticcall IVerification(VERIFICATION).verifier_of(
            report
        )
        key = keys.reporter(task, owner)
    deposit: uint256 = self._locked(key)
    set_aside: uint256 = parameters.share(deposit, rate)
    cost: uint256 = 0
    if challenger != empty(address):
        cost = min(set_aside, parameters.PARAMETERS.challenge_cost)
    log ISettlement.VerifierSlashed(
        task=task, report=report, amount=deposit, challenger=challenger
    )
    extcall IStaking(STAKING).slash(
        key,
        IStaking.Division(
            returned=0,
            receiver=challenger,
            paid=cost,
            pot=pot,
            kept=set_aside - cost,
        ),
    )


@internal
@view
def _geometry(task: uint256) -> geometry.Geometry:
    return geometry.unpack(staticcall ITaskRegistry(REGISTRY).geometry_of(task))


@internal
@view
def _unpaid(
    task: uint256, report: uint256, g: geometry.Geometry
) -> uint256:
    samples: DynArray[uint256, geometry.MAX_SAMPLES] = staticcall IVerification(
        VERIFICATION
    ).samples_of(task)
    posted: uint256[2] = staticcall IVerification(VERIFICATION).distances_of(
        report
    )
    return stalls.unpaid(samples, posted, g.steps // g.interval)


@internal
@pure
def _earned(fee: uint256, g: geometry.Geometry, unpaid: uint256) -> uint256:
    # The fee is a multiple of the segments; were it none, what is rounded off
    # would be the submitter's.
    segments: uint256 = g.steps // g.interval
    return fee * (segments - unpaid) // segments


@internal
@view
def _locked(key: bytes32) -> uint256:
    return staticcall IStaking(STAKING).locked_amount(key)


@internal
@view
def _submitter(task: uint256) -> address:
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    return submitter


@internal
@view
def _check(caller: address):
    assert msg.sender == caller, "settlement: caller"

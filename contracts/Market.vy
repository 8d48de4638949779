# pragma version 0.4.3
"""
@title Market: how many whistleblowers there are, and what one can earn
@license AGPL-3.0-only
@notice Views only, by which somebody that could check reports decides whether
        it pays. Promise 4 does not rest on them: what others did says nothing
        certain about what they will do, and whoever knows an error to be
        forced can reveal challenges of it for no more than their gas.
"""

from .interfaces import IArbitration
from .interfaces import IParameters
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import bounty
from .libraries import keys
from .libraries import parameters

initializes: parameters
exports: parameters.PARAMETERS


# Of drawn verifiers' reports, fallbacks among them, that are decided. A report
# whose verifier fell silent and that nobody challenged is in none of these:
# nobody has said that it was wrong.
struct Activity:
    # Upheld at the end.
    upheld: uint256
    # Void, their errors forced; and the revealed challenges of these.
    forced: uint256
    against_forced: uint256
    # Fallen after a challenge was revealed: convicted, or the verifier silent.
    overturned: uint256
    against_overturned: uint256
    # Revealed challenges per forced or overturned report, in WAD.
    active: uint256
    # The share of reports without forced errors that were overturned, in WAD.
    wrong: uint256


# What one right challenge of a report earns, in base units.
struct Earning:
    # The part of a jackpot, times the chance that the error is forced.
    forced: uint256
    # If the report is wrong: the part of its bounty; and what pays the moves
    # of whoever convicts it.
    bounty: uint256
    cost: uint256


MAX_RECENT: constant(uint256) = 64
# Rounds of drawn verifiers: one more than a deployment's redraws.
MAX_ROUNDS: constant(uint256) = 7

STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
ARBITRATION: public(immutable(address))


@deploy
def __init__(
    staking: address,
    registry: address,
    verification: address,
    arbitration: address,
    p: IParameters.Parameters,
):
    for a: address in [staking, registry, verification, arbitration]:
        assert a != empty(address), "market: address"
    STAKING = staking
    REGISTRY = registry
    VERIFICATION = verification
    ARBITRATION = arbitration
    parameters.__init__(p)


@view
@external
def activity(last: uint256, recent: uint256) -> Activity:
    """
    @notice What became of the drawn verifiers' reports in `recent` tasks, at
            most 64, of which `last` is the last. Those that are still open
            count as far as they are decided.
    """
    assert recent <= MAX_RECENT, "market: recent"
    a: Activity = empty(Activity)
    for i: uint256 in range(min(recent, last), bound=MAX_RECENT):
        task: uint256 = last - i
        upheld: uint256 = staticcall IVerification(
            VERIFICATION
        ).upheld_report(task)
        for round: uint256 in range(
            parameters.PARAMETERS.max_rounds + 1, bound=MAX_ROUNDS
        ):
            for fallback: bool in [False, True]:
                a = self._count(
                    a, keys.drawn(task, round, fallback), upheld
                )
    if a.forced + a.overturned != 0:
        a.active = (
            (a.against_forced + a.against_overturned)
            * parameters.WAD
            // (a.forced + a.overturned)
        )
    if a.upheld + a.overturned != 0:
        a.wrong = a.overturned * parameters.WAD // (a.upheld + a.overturned)
    return a


@view
@external
def expected(report: uint256, active: uint256) -> Earning:
    """
    @notice What a right challenge of a report is expected to earn, given or
            still to come, as if the jackpot were set now. Without what an
            earlier report of the task, or its solver, adds to the bounty.
    @param active Other challenges of it, right ones all, in WAD, rounded up; as
           of `activity`. A forced report's verifier counts beside them, and of
           a wrong one's at least one, its alias.
    """
    task: uint256 = keys.task_of(report)
    rights: uint256 = 1 + (active + parameters.WAD - 1) // parameters.WAD
    e: Earning = empty(Earning)
    set_aside: uint256 = parameters.share(
        staticcall IVerification(VERIFICATION).deposit_of(task),
        parameters.PARAMETERS.bounty_share,
    )
    e.cost = min(set_aside, parameters.PARAMETERS.challenge_cost)
    if keys.is_open(report):
        # A seal may be a copy there: nothing but the cost is paid for it.
        return e
    e.bounty = bounty.part(set_aside - e.cost, max(rights, 2))
    if not keys.is_fallback(report):
        e.forced = parameters.share(
            bounty.part(self._jackpot(task), rights + 1),
            parameters.PARAMETERS.forced_rate,
        )
    return e


@internal
@view
def _count(before: Activity, report: uint256, upheld: uint256) -> Activity:
    a: Activity = before
    if report == upheld:
        a.upheld += 1
        return a
    if not staticcall IVerification(VERIFICATION).has_fallen(report):
        return a
    revealed: uint256 = staticcall IArbitration(ARBITRATION).revealed(report)
    if staticcall IVerification(VERIFICATION).is_forced(report):
        a.forced += 1
        a.against_forced += revealed
    elif revealed != 0:
        a.overturned += 1
        a.against_overturned += revealed
    return a


@internal
@view
def _jackpot(task: uint256) -> uint256:
    # A chance of 0 forces nothing.
    if parameters.PARAMETERS.forced_rate == 0:
        return 0
    return parameters.jackpot(
        staticcall ITaskRegistry(REGISTRY).fee_of(task),
        staticcall IStaking(STAKING).pots(keys.pool()),
    )

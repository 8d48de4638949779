# pragma version 0.4.3
"""
@title Parameters, validated and fixed at deployment
@license AGPL-3.0-only
"""

from ..interfaces import IParameters
from . import bits

WAD: constant(uint256) = 10**18

# Enough for two sides to descend two levels a move through a report of 16
# samples, 4^8 steps, 2^20 nodes and a tensor of 2^24 leaves, roots included.
MAX_TURNS: constant(uint256) = 48

# So that no sum of times overflows its field in a packed word; about 34 years. Likewise amounts and rates.
MAX_TIME: constant(uint256) = 2**30
MAX_AMOUNT: constant(uint256) = 2**96
# Of the least stake: 65,536 times the least stake still counts in full
# (Sortition).
MAX_LEAST_TICKETS: constant(uint256) = 2**16

PARAMETERS: public(immutable(IParameters.Parameters))


@deploy
def __init__(p: IParameters.Parameters):
    for time: uint256 in [
        p.enrol_window,
        p.accept_window,
        p.draw_window,
        p.base_time,
        p.commit_window,
        p.reveal_window,
        p.secret_window,
        p.ask_window,
        p.clock_budget,
        p.reply_window,
        p.max_replay_time,
        p.claim_window,
        p.unbonding_period,
        p.epoch_period,
    ]:
        assert time <= MAX_TIME, "parameters: time"
    for amount: uint256 in [
        p.verifier_stake,
        p.ticket,
        p.eligible_share,
        p.task_deposit,
        p.solver_deposit,
        p.verifier_deposit,
        p.tax,
        p.verifier_rate,
        p.least_fee,
        p.least_price,
        p.submitter_share,
        p.verifier_share,
        p.solver_bounty_share,
        p.challenge_bond,
        p.chunk_fee,
        p.forced_rate,
        p.pool_share,
        p.stall_burn,
        p.profiler_deposit,
    ]:
        assert amount <= MAX_AMOUNT, "parameters: amount"
    assert p.verifier_stake != 0, "parameters: verifier stake"
    assert (
        p.ticket != 0
        and p.ticket <= p.verifier_stake
        and p.verifier_stake // p.ticket <= MAX_LEAST_TICKETS
    ), "parameters: ticket"
    # A draw is made in the epoch in which it was asked for, or the next.
    assert p.epoch_period >= p.draw_window, "parameters: epoch"
    assert p.eligible_share <= WAD, "parameters: eligible share"
    # A block's prevrandao is known with the block before.
    assert p.draw_delay >= 2 and p.draw_delay <= 128, "parameters: draw"
    assert (
        p.enrol_window != 0
        and p.accept_window != 0
        and p.draw_window != 0
        and p.base_time != 0
        and p.units_per_second != 0
        and p.fetched_per_second != 0
    ), "parameters: windows"
    assert (
        p.commit_window != 0
        and p.reveal_window != 0
        and p.secret_window != 0
        and p.claim_window != 0
    ), "parameters: phases"
    assert (
        p.ask_window != 0 and p.bytes_per_second != 0 and p.chunk_fee != 0
    ), "parameters: data"
    assert p.max_replay_time >= p.base_time, "parameters: replay"
    assert p.clock_budget >= p.reply_window, "parameters: clock"
    assert p.reply_window != 0, "parameters: clock"
    assert p.max_tries != 0 and p.max_tries <= 16, "parameters: tries"
    assert p.max_rounds != 0 and p.max_rounds <= 6, "parameters: rounds"
    assert p.solver_deposit != 0, "parameters: deposit"
    assert p.verifier_deposit != 0, "parameters: deposit"
    # Some of every slash is burnt, or a pair that slashes itself loses nothing.
    assert (
        p.submitter_share + p.verifier_share + p.solver_bounty_share < WAD
    ), "parameters: burn"
    assert p.bounty_share < WAD, "parameters: burn"
    assert p.forced_rate < WAD and p.pool_share <= WAD, "parameters: jackpot"
    assert p.task_deposit != 0, "parameters: deposit"
    assert p.least_price != 0, "parameters: price"
    assert p.invalid_share < WAD, "parameters: burn"
    assert p.stall_burn <= WAD, "parameters: burn"
    assert p.decline_share < p.silence_share, "parameters: shares"
    assert p.silence_share <= WAD, "parameters: shares"
    assert p.challenge_cost != 0, "parameters: bond"
    assert p.challenge_cost < p.challenge_bond, "parameters: bond"
    # Standing still measures 1, so nothing near it may pass (attack A17).
    assert (
        p.threshold_floor != 0
        and p.threshold_floor <= p.threshold_ceiling
        and p.threshold_ceiling < bits.ONE
    ), "parameters: threshold"
    assert (
        p.threshold_margin >= bits.ONE and p.threshold_margin < bits.INFINITY
    ), "parameters: margin"
    # Whatever a false profile is good for, it costs more than it would earn.
    assert p.absurd_share <= WAD, "parameters: profile"
    assert (
        self.share(p.profiler_deposit, p.absurd_share) > WAD
    ), "parameters: profile"
    assert (
        p.unbonding_period > self._decision_window(p, p.max_replay_time)
    ), "parameters: unbonding"
    PARAMETERS = p


@internal
@pure
def _decision_window(
    p: IParameters.Parameters, replay: uint256
) -> uint256:
    # From a report to the end of its last game, or of its fallback's. The
    # replay of one segment is shorter than that of all samples.
    sealed: uint256 = p.commit_window + replay + p.reveal_window
    games: uint256 = (
        2 * (p.clock_budget + replay) + MAX_TURNS * p.reply_window
    )
    # The secret, and the answer to it, come after the first report. One of
    # the open round, which waits for the others' reveals, is decided before.
    return 2 * (sealed + p.secret_window) + games


@internal
@view
def decision_window(replay: uint256) -> uint256:
    """
    @notice From a report to its decision at most, its fallback's included, in
            seconds, however many challenge it (promise 6).
    @param replay Seconds that the replay of the task's samples is given.
    """
    return self._decision_window(PARAMETERS, replay)


@internal
@view
def work_time(units: uint256, bytes: uint256) -> uint256:
    """
    @notice Seconds that a party gets for so many units of work, and bytes of
            data that it has to fetch first.
    """
    return (
        PARAMETERS.base_time
        + units // PARAMETERS.units_per_second
        + bytes // PARAMETERS.fetched_per_second
    )


@internal
@view
def epoch() -> uint256:
    """
    @notice The present epoch, at whose start stakes count.
    """
    return block.timestamp // PARAMETERS.epoch_period


@internal
@pure
def share(amount: uint256, rate: uint256) -> uint256:
    """
    @notice `amount` times a WAD rate, rounded down.
    """
    return amount * rate // WAD


@internal
@view
def pool_share(fee: uint256) -> uint256:
    """
    @notice What a task of this fee pays for jackpots.
    """
    return self.share(self.share(fee, PARAMETERS.tax), PARAMETERS.pool_share)


@internal
@view
def jackpot(fee: uint256, pool: uint256) -> uint256:
    """
    @notice What a forced error in a task of this fee sets aside: at most what
            its tax pays for on average, and a third of the pool (attack A11).
            Reverts where no error can be forced.
    """
    most: uint256 = self.pool_share(fee) * WAD // PARAMETERS.forced_rate
    return min(most, pool // 3)

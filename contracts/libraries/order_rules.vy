# pragma version 0.4.3
"""
@title An order: what it must fulfil, what it costs, how long it can live
@license AGPL-3.0-only
"""

from ..interfaces import ITaskRegistry
from . import geometry
from . import parameters
from . import profile

uses: parameters

MAX_UNITS: constant(uint256) = 2**64
MAX_PRICE: constant(uint256) = 2**96

# Most that Availability counts for a unit of data. A lane may take a word of
# its own (rows of a column do), and a chunk of 64 leaves 8,192 bytes beside
# its words: 32 + 128 bytes a lane, and 8,192 a tensor, whose node has 100
# units.
BYTES_PER_UNIT: constant(uint256) = 160
# Phases of the profile, of one try, of one round, and of the open round. A second more for
# each: a party may act in its last one, and times to post are rounded up.
PROFILE_PHASES: constant(uint256) = 3
TRY_PHASES: constant(uint256) = 5
ROUND_PHASES: constant(uint256) = 9
OPEN_PHASES: constant(uint256) = 8


@internal
@view
def check(order: ITaskRegistry.Order) -> geometry.Geometry:
    """
    @notice The order's counts; reverts where it is malformed.
    """
    g: geometry.Geometry = geometry.unpack(order.geometry)
    geometry.check(g)
    for root: bytes32 in [
        order.program_root, order.dataset_root, order.initial_state
    ]:
        assert root != empty(bytes32), "registry: root"
    assert order.units != 0 and order.units <= MAX_UNITS, "registry: units"
    # Or capacity could be held for next to nothing, and what is forged for
    # oneself would cost no deposit.
    assert (
        order.price >= parameters.PARAMETERS.least_price
        and order.price <= MAX_PRICE
    ), "registry: price"
    if g.profilers != 0:
        assert g.threshold == 0, "registry: threshold"
    elif g.threshold != 0:
        # 0 is exact mode.
        assert (
            g.threshold >= parameters.PARAMETERS.threshold_floor
            and g.threshold <= parameters.PARAMETERS.threshold_ceiling
        ), "registry: threshold"
    # Or nobody's stake would count in the lot.
    assert self.solver_deposit(g, order.units, order.price) != 0, "registry: price"
    # So every time of a dispute is below a constant of the deployment, and that
    # of a training below 2^16 of them.
    assert (
        self.replay_time(g, order.units)
        <= parameters.PARAMETERS.max_replay_time
    ), "registry: replay"
    self._check_assignment(
        self.verifier_fee(g, order.units, order.price),
        parameters.share(
            self.fee(g, order.units, order.price),
            parameters.PARAMETERS.verifier_deposit,
        ),
    )
    if g.profilers != 0:
        assert (
            parameters.work_time(
                self.profile_units(g, order.units), geometry.data_bytes(g)
            )
            <= parameters.PARAMETERS.max_replay_time
        ), "registry: replay"
        profile_fee: uint256 = self.profile_fee(g, order.units, order.price)
        self._check_assignment(
            profile_fee,
            parameters.share(
                profile_fee, parameters.PARAMETERS.profiler_deposit
            ),
        )
    return g


@internal
@view
def _check_assignment(fee: uint256, deposit: uint256):
    # Or the gas of a report is not paid.
    assert fee >= parameters.PARAMETERS.least_fee, "order: fee"
    # Or only large stakes could be drawn: whoever is registered has this much.
    assert deposit <= parameters.PARAMETERS.verifier_stake, "order: deposit"


@internal
@pure
def replay_units(g: geometry.Geometry, units: uint256) -> uint256:
    """
    @notice Units of one replay of the sampled segments.
    """
    return units * g.samples * g.interval


@internal
@view
def replay_time(g: geometry.Geometry, units: uint256) -> uint256:
    """
    @notice Seconds that one replay of the sampled segments is given.
    """
    return parameters.work_time(
        self.replay_units(g, units), geometry.data_bytes(g)
    )


@internal
@view
def training_time(g: geometry.Geometry, units: uint256) -> uint256:
    """
    @notice Seconds that a solver is given, which holds the data: to train, and
            to replay its own segments before it posts (promise 3).
    """
    return parameters.work_time(2 * units * g.steps, 0)


@internal
@pure
def fee(
    g: geometry.Geometry, units: uint256, price: uint256
) -> uint256:
    """
    @notice The solver's fee, in base units.
    """
    return units * g.steps * price


@internal
@view
def verifier_fee(
    g: geometry.Geometry, units: uint256, price: uint256
) -> uint256:
    """
    @notice A verifier's fee, in base units.
    """
    return parameters.share(
        self.replay_units(g, units) * price,
        parameters.PARAMETERS.verifier_rate,
    )


@internal
@pure
def profile_units(g: geometry.Geometry, units: uint256) -> uint256:
    """
    @notice Units of one profile.
    """
    return profile.units(units * g.interval)


@internal
@view
def profile_fee(
    g: geometry.Geometry, units: uint256, price: uint256
) -> uint256:
    """
    @notice One profiler's fee, in base units.
    """
    return parameters.share(
        self.profile_units(g, units) * price,
        parameters.PARAMETERS.verifier_rate,
    )


@internal
@view
def solver_deposit(
    g: geometry.Geometry, units: uint256, price: uint256
) -> uint256:
    """
    @notice A solver's deposit, in base units. It grows as the inverse of the
            share of segments that is sampled: a forged segment is found only
            if it is (attack A10).
    """
    whole: uint256 = parameters.share(
        self.fee(g, units, price), parameters.PARAMETERS.solver_deposit
    )
    return whole * (g.steps // g.interval) // g.samples


@internal
@view
def escrow(
    g: geometry.Geometry, units: uint256, price: uint256
) -> uint256:
    """
    @notice The solver's fee, the verifier's fee, the tax, and the profilers'
            fees, in base units.
    """
    fee: uint256 = self.fee(g, units, price)
    return (
        fee
        + self.verifier_fee(g, units, price)
        + parameters.share(fee, parameters.PARAMETERS.tax)
        + g.profilers * self.profile_fee(g, units, price)
    )


@internal
@view
def bound(g: geometry.Geometry, units: uint256) -> uint256:
    """
    @notice Seconds from submission to ending at most: task_bound of Orders says what the terms are.
    """
    replay: uint256 = self.replay_time(g, units)
    one_try: uint256 = (
        parameters.PARAMETERS.enrol_window
        + 2 * parameters.PARAMETERS.draw_window
        + parameters.PARAMETERS.accept_window
        + self.training_time(g, units)
        + TRY_PHASES
    )
    one_round: uint256 = (
        parameters.PARAMETERS.accept_window
        + parameters.PARAMETERS.ask_window
        + parameters.PARAMETERS.reply_window
        + replay
        + parameters.decision_window(replay)
        + ROUND_PHASES
    )
    open_round: uint256 = (
        parameters.PARAMETERS.ask_window
        + parameters.PARAMETERS.reply_window
        + parameters.PARAMETERS.commit_window
        + replay
        + parameters.PARAMETERS.reveal_window
        + parameters.decision_window(replay)
        + OPEN_PHASES
    )
    data: uint256 = BYTES_PER_UNIT * units * (
        g.samples * max(2, g.interval) + 1
    )
    profiling: uint256 = 0
    if g.profilers != 0:
        profiling = (
            parameters.PARAMETERS.draw_window
            + parameters.work_time(
                self.profile_units(g, units), geometry.data_bytes(g)
            )
            + parameters.PARAMETERS.reveal_window
            + PROFILE_PHASES
        )
    return (
        profiling
        + parameters.PARAMETERS.max_tries * one_try
        + (parameters.PARAMETERS.max_rounds + 1) * one_round
        + parameters.PARAMETERS.max_rounds * parameters.PARAMETERS.draw_window
        + open_round
        + data // parameters.PARAMETERS.bytes_per_second
    )

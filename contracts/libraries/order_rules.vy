# pragma version 0.4.3
"""
@title An order: what it must fulfil, what it costs, how long it can live
@license AGPL-3.0-only
"""

from ..interfaces import ITaskRegistry
from . import geometry
from . import parameters

uses: parameters

MAX_UNITS: constant(uint256) = 2**64
MAX_PRICE: constant(uint256) = 2**96

# Most that Availability counts for a unit of data. A lane may take a word of
# its own (rows of a column do), and a chunk of 64 leaves 8,192 bytes beside
# its words: 32 + 128 bytes a lane, and 8,192 a tensor, whose node has 100
# units.
BYTES_PER_UNIT: constant(uint256) = 160
# Phases of one try, of one round, and of the open round. A second more for
# each: a party may act in its last one, and times to post are rounded up.
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
    assert geometry.pack(g) == order.geometry, "registry: geometry"
    for root: bytes32 in [
        order.program_root, order.dataset_root, order.initial_state
    ]:
        assert root != empty(bytes32), "registry: root"
    assert order.units != 0 and order.units <= MAX_UNITS, "registry: units"
    assert order.price != 0 and order.price <= MAX_PRICE, "registry: price"
    # Or nobody's stake would count in the lot.
    assert self.solver_deposit(g, order.units, order.price) != 0, "registry: price"
    # So every time of a dispute is below a constant of the deployment, and that
    # of a training below 2^16 of them.
    assert (
        self.replay_time(g, order.units)
        <= parameters.PARAMETERS.max_replay_time
    ), "registry: replay"
    return g


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
    @notice The solver's fee, the verifier's fee and the tax, in base units.
    """
    fee: uint256 = self.fee(g, units, price)
    replay: uint256 = self.replay_units(g, units) * price
    return (
        fee
        + parameters.share(replay, parameters.PARAMETERS.verifier_rate)
        + parameters.share(fee, parameters.PARAMETERS.tax)
    )


@internal
@view
def bound(g: geometry.Geometry, units: uint256) -> uint256:
    """
    @notice Seconds from submission to ending at most: TaskRegistry's
            task_bound says what the terms are.
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
    return (
        parameters.PARAMETERS.max_tries * one_try
        + (parameters.PARAMETERS.max_rounds + 1) * one_round
        + parameters.PARAMETERS.max_rounds * parameters.PARAMETERS.draw_window
        + open_round
        + data // parameters.PARAMETERS.bytes_per_second
    )

# pragma version 0.4.3
"""
@title Orders: what one must fulfil, what it costs, how long its task can live
@license AGPL-3.0-only
@notice Views only. TaskRegistry asks for the price of each order that is
        submitted, and so has it checked.
"""

from .interfaces import IOrders
from .interfaces import IParameters
from .interfaces import ITaskRegistry
from .libraries import geometry
from .libraries import order_rules
from .libraries import parameters

implements: IOrders

initializes: parameters
initializes: order_rules[parameters := parameters]
exports: parameters.PARAMETERS


@deploy
def __init__(p: IParameters.Parameters):
    parameters.__init__(p)


@view
@external
def price_of(order: ITaskRegistry.Order) -> uint256:
    """
    @notice What submitting this order escrows, in base units; reverts as that
            would if the order is malformed.
    """
    g: geometry.Geometry = order_rules.check(order)
    return order_rules.escrow(g, order.units, order.price)


@view
@external
def deposit_of(order: ITaskRegistry.Order) -> uint256:
    """
    @notice What a solver of this order deposits at least, in base units;
            reverts if the order is malformed.
    """
    g: geometry.Geometry = order_rules.check(order)
    return order_rules.solver_deposit(g, order.units, order.price)


@view
@external
def task_bound(order: ITaskRegistry.Order) -> uint256:
    """
    @notice The longest that a task of this order can live, in seconds, from
            its submission to its ending (promise 6), if each exit is taken as
            soon as it opens; reverts as submit_task would if the order is
            malformed. Time after the ending, to claim bounties, not included.

            Once, if it is profiled: draw_window; the work time of a profile;
            reveal_window.

            max_tries times: enrol_window; draw_window, in which somebody
            draws the solver; accept_window; the work time of all steps;
            draw_window for the samples and the first verifier.

            1 + max_rounds times: accept_window; ask_window; reply_window, if
            anything was asked for; the work time of the replay; the decision
            window (commitments, reveals, secret; the fallback, its
            commitments and reveals; games). Before each but the first:
            draw_window.

            Once, in the open round: ask_window; reply_window; commitments of
            reports, with the work time of the replay; reveal_window; the
            decision window.

            Once, shared by all rounds, since each chunk is posted once: the
            time to post all that can be asked for, of each sample two states
            or the batches of its steps, whichever is more, and the last
            state.
    @dev State and batch have at most as many lanes as a step has units, if
         the order's units are the program's, as a solver checks before it
         accepts.
    """
    g: geometry.Geometry = order_rules.check(order)
    return order_rules.bound(g, order.units)


@view
@external
def pack_geometry(g: geometry.Geometry) -> uint256:
    """
    @notice The packed word for an order; reverts on a count out of range.
    """
    return geometry.pack(g)

# pragma version 0.4.3
"""
@title Small libraries, function by function, for tests
@license AGPL-3.0-only
"""

from ..interfaces import IParameters
from ..libraries import clock
from ..libraries import geometry
from ..libraries import keys
from ..libraries import operators
from ..libraries import parameters
from ..libraries import randomness

initializes: parameters
exports: parameters.PARAMETERS


@deploy
def __init__(p: IParameters.Parameters):
    parameters.__init__(p)


# Parameters


@external
@view
def game_window() -> uint256:
    return parameters.game_window()


@external
@view
def work_time(units: uint256) -> uint256:
    return parameters.work_time(units)


@external
@pure
def share(amount: uint256, rate: uint256) -> uint256:
    return parameters.share(amount, rate)


# Clock


@external
@pure
def start(budget: uint256, now: uint256) -> uint256:
    return clock.start(budget, now)


@external
@pure
def side(state: uint256) -> uint256:
    return clock.side(state)


@external
@pure
def left(state: uint256) -> uint256:
    return clock.left(state)


@external
@pure
def deadline(state: uint256, reply: uint256) -> uint256:
    return clock.deadline(state, reply)


@external
@pure
def press(state: uint256, now: uint256) -> uint256:
    return clock.press(state, now)


# Geometry


@external
@pure
def pack(g: geometry.Geometry) -> uint256:
    return geometry.pack(g)


@external
@pure
def unpack(packed: uint256) -> geometry.Geometry:
    return geometry.unpack(packed)


# Keys


@external
@pure
def task_keys(task: uint256) -> (bytes32, bytes32):
    return keys.escrow(task), keys.bounty(task)


@external
@pure
def solver_key(task: uint256, owner: address) -> bytes32:
    return keys.solver(task, owner)


@external
@pure
def verifier_key(task: uint256, round: uint256) -> bytes32:
    return keys.verifier(task, round)


@external
@pure
def bond_key(dispute: uint256) -> bytes32:
    return keys.bond(dispute)


# Operators


@external
@pure
def unpack_node(words: uint256[3]) -> operators.Node:
    return operators.unpack(words)


@external
@pure
def arity(words: uint256[3]) -> uint256:
    return operators.arity(operators.unpack(words))


@external
@pure
def distance_node(
    index: uint256, rows: uint256, cols: uint256
) -> operators.Node:
    return operators.distance_node(index, rows, cols)


@external
@pure
def row(cols: uint256) -> (uint256, uint256):
    return operators.words_per_row(cols), operators.leaves_per_row(cols)


@external
@pure
def leaf_count(rows: uint256, cols: uint256) -> uint256:
    return operators.leaf_count(rows, cols)


@external
@pure
def leaf_words(cols: uint256, place: uint256) -> uint256:
    return operators.leaf_words(cols, place)


# Randomness


@external
@view
def expired(number: uint256) -> bool:
    return randomness.expired(number)


@external
@view
def seed(number: uint256, task: uint256, purpose: uint256) -> bytes32:
    return randomness.seed(number, task, purpose)

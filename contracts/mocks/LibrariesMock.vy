# pragma version 0.4.3
"""
@title Small libraries, function by function, for tests
@license AGPL-3.0-only
"""

from ..interfaces import IArbitration
from ..interfaces import IParameters
from ..interfaces import IVerification
from ..libraries import clock
from ..libraries import descent
from ..libraries import games
from ..libraries import geometry
from ..libraries import keys
from ..libraries import operators
from ..libraries import parameters
from ..libraries import randomness
from ..libraries import schedule
from ..libraries import standing
from ..libraries import status
from ..libraries import terms

initializes: parameters
exports: parameters.PARAMETERS


@deploy
def __init__(p: IParameters.Parameters):
    parameters.__init__(p)


# Parameters


@external
@view
def budget(segment_units: uint256) -> uint256:
    return parameters.budget(segment_units)


@external
@view
def game_window(budget: uint256) -> uint256:
    return parameters.game_window(budget)


@external
@view
def decision_window(replay: uint256) -> uint256:
    return parameters.decision_window(replay)


@external
@view
def work_time(units: uint256, bytes: uint256) -> uint256:
    return parameters.work_time(units, bytes)


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
def pack_clock(
    side: uint256, defender: uint256, challenger: uint256, since: uint256
) -> uint256:
    return clock.pack(side, defender, challenger, since)


@external
@pure
def since(state: uint256) -> uint256:
    return clock.since(state)


@external
@pure
def left(state: uint256) -> (uint256, uint256):
    return clock.defender_left(state), clock.challenger_left(state)


@external
@pure
def deadline(state: uint256, reply: uint256) -> uint256:
    return clock.deadline(state, reply)


@external
@pure
def press(state: uint256, now: uint256) -> uint256:
    return clock.press(state, now)


# Games


@external
@pure
def pack_game(g: games.Game) -> uint256:
    return games.pack(g)


@external
@pure
def unpack_game(word: uint256) -> games.Game:
    return games.unpack(word)


@external
@pure
def pack_tally(t: games.Tally) -> uint256:
    return games.pack_tally(t)


@external
@pure
def unpack_tally(word: uint256) -> games.Tally:
    return games.unpack_tally(word)


@external
@pure
def pack_position(p: descent.Position) -> uint256:
    return descent.pack(p)


@external
@pure
def unpack_position(packed: uint256) -> descent.Position:
    return descent.unpack(packed, empty(bytes32), empty(bytes32))


@external
@view
def status_of(
    phase: IArbitration.Phase,
    report: IVerification.Report,
    state: uint256,
    reply: uint256,
    end: uint256,
    now: uint256,
) -> status.Status:
    return status.of(phase, report, state, reply, end, now)


# Words of Verification and of the registry


@external
@pure
def pack_schedule(s: schedule.Schedule) -> uint256:
    return schedule.pack(s)


@external
@pure
def unpack_schedule(word: uint256) -> schedule.Schedule:
    return schedule.unpack(word)


@external
@pure
def pack_terms(t: terms.Terms) -> uint256:
    return terms.pack(t)


@external
@pure
def unpack_terms(word: uint256) -> terms.Terms:
    return terms.unpack(word)


@external
@pure
def pack_standing(s: standing.Standing) -> uint256[2]:
    return standing.pack(s)


@external
@pure
def unpack_standing(words: uint256[2]) -> standing.Standing:
    return standing.unpack(words)


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
def report(task: uint256, place: uint256) -> uint256:
    return keys.report(task, place)


@external
@pure
def drawn(task: uint256, round: uint256, fallback: bool) -> uint256:
    return keys.drawn(task, round, fallback)


@external
@pure
def kinds_of(report: uint256) -> (bool, bool, bool):
    return (
        keys.is_first(report),
        keys.is_fallback(report),
        keys.is_open(report),
    )


@external
@pure
def parts_of(report: uint256) -> (uint256, uint256):
    return keys.task_of(report), keys.place_of(report)


@external
@pure
def task_keys(task: uint256) -> (bytes32, bytes32, bytes32, bytes32):
    return (
        keys.escrow(task),
        keys.bounty(task),
        keys.submitter(task),
        keys.fee(task),
    )


@external
@pure
def owner_keys(task: uint256, owner: address) -> (bytes32, bytes32):
    return keys.solver(task, owner), keys.reporter(task, owner)


@external
@pure
def verifier_key(report: uint256) -> bytes32:
    return keys.verifier(report)


@external
@pure
def jackpot_keys(report: uint256) -> (bytes32, bytes32):
    return keys.jackpot(report), keys.pool()


@external
@pure
def ask_key(task: uint256, proof: bytes32, chunk: bytes32) -> bytes32:
    return keys.ask(task, proof, chunk)


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
def expired(beacon: address, number: uint256) -> bool:
    return randomness.expired(beacon, number)


@external
@view
def seed(
    beacon: address, number: uint256, task: uint256, purpose: uint256
) -> bytes32:
    return randomness.seed(beacon, number, task, purpose)

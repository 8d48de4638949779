# pragma version 0.4.3
"""
@title Everything that is packed into words, for lemmas
@license AGPL-3.0-only
@notice Each `_trip` packs the fields of a struct, one word each, and unpacks
        them again.
"""

from libraries import capacity
from libraries import descent
from libraries import distances
from libraries import games
from libraries import geometry
from libraries import keys
from libraries import profile_state
from libraries import schedule
from libraries import standing
from libraries import terms


@external
@pure
def geometry_trip(words: uint256[10]) -> uint256[10]:
    g: geometry.Geometry = abi_decode(abi_encode(words), geometry.Geometry)
    return abi_decode(
        abi_encode(geometry.unpack(geometry.pack(g))), uint256[10]
    )


@external
@pure
def measured_trip(words: uint256[10], threshold: uint256) -> uint256[10]:
    g: geometry.Geometry = abi_decode(abi_encode(words), geometry.Geometry)
    packed: uint256 = geometry.with_threshold(geometry.pack(g), threshold)
    return abi_decode(abi_encode(geometry.unpack(packed)), uint256[10])


@external
@view
def standing_trip(words: uint256[9]) -> uint256[9]:
    s: standing.Standing = abi_decode(abi_encode(words), standing.Standing)
    return abi_decode(
        abi_encode(standing.unpack(standing.pack(s))), uint256[9]
    )


@external
@pure
def schedule_trip(words: uint256[11]) -> uint256[11]:
    s: schedule.Schedule = abi_decode(abi_encode(words), schedule.Schedule)
    return abi_decode(
        abi_encode(schedule.unpack(schedule.pack(s))), uint256[11]
    )


@external
@pure
def epoch_of(epoch: uint256, now: uint256) -> uint256:
    s: schedule.Schedule = empty(schedule.Schedule)
    s.epoch = epoch
    return schedule.epoch_of(schedule.unpack(schedule.pack(s)), now)


@external
@pure
def terms_trip(words: uint256[8]) -> uint256[8]:
    t: terms.Terms = abi_decode(abi_encode(words), terms.Terms)
    return abi_decode(abi_encode(terms.unpack(terms.pack(t))), uint256[8])


@external
@pure
def game_trip(words: uint256[3]) -> uint256[3]:
    g: games.Game = abi_decode(abi_encode(words), games.Game)
    return abi_decode(abi_encode(games.unpack(games.pack(g))), uint256[3])


@external
@pure
def tally_trip(words: uint256[5]) -> uint256[5]:
    t: games.Tally = abi_decode(abi_encode(words), games.Tally)
    return abi_decode(
        abi_encode(games.unpack_tally(games.pack_tally(t))), uint256[5]
    )


@external
@pure
def position_trip(words: uint256[10]) -> uint256[10]:
    p: descent.Position = abi_decode(abi_encode(words), descent.Position)
    return abi_decode(
        abi_encode(descent.unpack(descent.pack(p), p.claim, p.trace)),
        uint256[10],
    )


@external
@pure
def capacity_trip(words: uint256[4]) -> uint256[4]:
    c: capacity.Capacity = abi_decode(abi_encode(words), capacity.Capacity)
    return abi_decode(
        abi_encode(capacity.unpack(capacity.pack(c))), uint256[4]
    )


@external
@pure
def profile_trip(words: uint256[8]) -> uint256[8]:
    s: profile_state.State = abi_decode(
        abi_encode(words), profile_state.State
    )
    return abi_decode(
        abi_encode(profile_state.unpack(profile_state.pack(s))), uint256[8]
    )


@external
@pure
def pack_distances(words: uint256[16]) -> uint256[2]:
    listed: DynArray[uint256, 16] = []
    for word: uint256 in words:
        listed.append(word)
    return distances.pack(listed)


@external
@pure
def has_stalled(packed: uint256[2], place: uint256) -> bool:
    return distances.has_stalled(packed, place)


@external
@pure
def right(last: uint256, same: bool) -> uint256:
    return distances.right(last, same)


@external
@pure
def passes(distance: uint256, threshold: uint256) -> bool:
    return distances.passes(distance, threshold)


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
def fallback_of(report: uint256) -> uint256:
    return keys.fallback_of(report)


@external
@pure
def parts_of(report: uint256) -> (uint256, uint256):
    return keys.task_of(report), keys.place_of(report)


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
def verifier_key(report: uint256) -> bytes32:
    return keys.verifier(report)


@external
@pure
def key_of(
    kind: uint256, name: uint256, owner: address, chunk: bytes32
) -> bytes32:
    """
    @notice The key of a lock or a pot. Where it has no owner or no chunk, that
            is not looked at.
    """
    if kind == keys.ESCROW:
        return keys.escrow(name)
    if kind == keys.BOUNTY:
        return keys.bounty(name)
    if kind == keys.SOLVER:
        return keys.solver(name, owner)
    if kind == keys.VERIFIER:
        return keys.verifier(name)
    if kind == keys.SUBMITTER:
        return keys.submitter(name)
    if kind == keys.REPORTER:
        return keys.reporter(name, owner)
    if kind == keys.FEE:
        return keys.fee(name)
    if kind == keys.ASK:
        return keys.ask(name, convert(owner, bytes32), chunk)
    if kind == keys.JACKPOT:
        return keys.jackpot(name)
    if kind == keys.PROFILER:
        return keys.profiler(name, owner)
    assert kind == keys.POOL
    return keys.pool()

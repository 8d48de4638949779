# pragma version 0.4.3
"""
@title A game in one word, and the games of a report in another
@license AGPL-3.0-only
@notice A game, from the bottom: position 106 bits (libraries/descent), clock
        101 (libraries/clock), report 48. Zero: not begun. A tally: challenges
        revealed 32 bits, games still open 32, start of the games 48, budget of
        each side 32, whether the report has fallen 1.
"""

from . import descent

CLOCK_BITS: constant(uint256) = 101
POSITION: constant(uint256) = 2**descent.BITS - 1
CLOCK: constant(uint256) = 2**CLOCK_BITS - 1
M32: constant(uint256) = 2**32 - 1
M48: constant(uint256) = 2**48 - 1


struct Game:
    report: uint256
    position: uint256
    clock: uint256


struct Tally:
    revealed: uint256
    open: uint256
    # The last second before the games.
    start: uint256
    # Seconds on each side's clock.
    budget: uint256
    fallen: bool


@internal
@pure
def pack(g: Game) -> uint256:
    return (
        g.position
        | (g.clock << descent.BITS)
        | (g.report << (descent.BITS + CLOCK_BITS))
    )


@internal
@pure
def unpack(word: uint256) -> Game:
    return Game(
        report=word >> (descent.BITS + CLOCK_BITS),
        position=word & POSITION,
        clock=(word >> descent.BITS) & CLOCK,
    )


@internal
@pure
def pack_tally(t: Tally) -> uint256:
    return (
        t.revealed
        | (t.open << 32)
        | (t.start << 64)
        | (t.budget << 112)
        | (convert(t.fallen, uint256) << 144)
    )


@internal
@pure
def unpack_tally(word: uint256) -> Tally:
    return Tally(
        revealed=word & M32,
        open=(word >> 32) & M32,
        start=(word >> 64) & M48,
        budget=(word >> 112) & M32,
        fallen=(word >> 144) & 1 != 0,
    )

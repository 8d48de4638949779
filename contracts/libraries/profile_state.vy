# pragma version 0.4.3
"""
@title Where the profile of a task stands, in one word
@license AGPL-3.0-only
@notice From the bottom: phase 8 bits, profilers 8, draw block 48, deadline 48,
        fee 128.
"""

M8: constant(uint256) = 2**8 - 1
M48: constant(uint256) = 2**48 - 1


struct State:
    phase: uint256
    # How many are drawn.
    profilers: uint256
    # The block that decides who.
    draw_block: uint256
    # Last second of the draw, then of the commitments.
    deadline: uint256
    # Of one profiler. All of them have been escrowed, so it fits.
    fee: uint256


@internal
@pure
def pack(s: State) -> uint256:
    return (
        s.phase
        | (s.profilers << 8)
        | (s.draw_block << 16)
        | (s.deadline << 64)
        | (s.fee << 112)
    )


@internal
@pure
def unpack(word: uint256) -> State:
    return State(
        phase=word & M8,
        profilers=(word >> 8) & M8,
        draw_block=(word >> 16) & M48,
        deadline=(word >> 64) & M48,
        fee=word >> 112,
    )

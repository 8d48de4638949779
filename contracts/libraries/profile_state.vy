# pragma version 0.4.3
"""
@title Where the profile of a task stands, in two words
@license AGPL-3.0-only
@notice From the bottom, the first word: phase 8 bits, profilers 8, draw block
        48, deadline 48, epoch 48, data 8; the second: fee 128, units 128.
"""

M8: constant(uint256) = 2**8 - 1
M48: constant(uint256) = 2**48 - 1
M128: constant(uint256) = 2**128 - 1


struct State:
    phase: uint256
    # How many are drawn.
    profilers: uint256
    # The block that decides who.
    draw_block: uint256
    # Last second of the draw, then of the commitments.
    deadline: uint256
    # In which the draw was asked for.
    epoch: uint256
    # Two to this power is what a profiler holds at most, in bytes.
    data: uint256
    # Of one profiler. All of them have been escrowed, so it fits.
    fee: uint256
    # Of one profile.
    units: uint256


@internal
@pure
def pack(s: State) -> uint256[2]:
    return [
        s.phase
        | (s.profilers << 8)
        | (s.draw_block << 16)
        | (s.deadline << 64)
        | (s.epoch << 112)
        | (s.data << 160),
        s.fee | (s.units << 128),
    ]


@internal
@pure
def unpack(words: uint256[2]) -> State:
    return State(
        phase=words[0] & M8,
        profilers=(words[0] >> 8) & M8,
        draw_block=(words[0] >> 16) & M48,
        deadline=(words[0] >> 64) & M48,
        epoch=(words[0] >> 112) & M48,
        data=(words[0] >> 160) & M8,
        fee=words[1] & M128,
        units=words[1] >> 128,
    )

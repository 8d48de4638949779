# pragma version 0.4.3
"""
@title What Verification knows of a task's current round, in one word
@license AGPL-3.0-only
@notice From the bottom: phase 8 bits, round 8, samples drawn 1, number of
        samples 7, threshold 32, replay 40, draw block 48, deadline 48, end of
        the asks 48, fallback 1, epoch 15.
"""

M8: constant(uint256) = 2**8 - 1
M15: constant(uint256) = 2**15 - 1
M32: constant(uint256) = 2**32 - 1
M40: constant(uint256) = 2**40 - 1
M48: constant(uint256) = 2**48 - 1


struct Schedule:
    phase: uint256
    round: uint256
    samples_drawn: bool
    samples: uint256
    # binary32 bits.
    threshold: uint256
    # Seconds that the replay of all samples is given.
    replay: uint256
    # Of the draw; when it is accepted, the block that may force an error.
    draw_block: uint256
    # Of the draw, of the answer to it, or of the fallback.
    deadline: uint256
    # Last second in which chunks of data may be asked for.
    ask_end: uint256
    # The round's report was forced: its fallback counts.
    fallback: bool
    # In which the draw was asked for, its lowest bits.
    epoch: uint256


@internal
@pure
def pack(s: Schedule) -> uint256:
    drawn: uint256 = convert(s.samples_drawn, uint256)
    return (
        s.phase
        | (s.round << 8)
        | (drawn << 16)
        | (s.samples << 17)
        | (s.threshold << 24)
        | (s.replay << 56)
        | (s.draw_block << 96)
        | (s.deadline << 144)
        | (s.ask_end << 192)
        | (convert(s.fallback, uint256) << 240)
        | ((s.epoch & M15) << 241)
    )


@internal
@pure
def unpack(word: uint256) -> Schedule:
    return Schedule(
        phase=word & M8,
        round=(word >> 8) & M8,
        samples_drawn=(word >> 16) & 1 != 0,
        samples=(word >> 17) & 127,
        threshold=(word >> 24) & M32,
        replay=(word >> 56) & M40,
        draw_block=(word >> 96) & M48,
        deadline=(word >> 144) & M48,
        ask_end=(word >> 192) & M48,
        fallback=(word >> 240) & 1 != 0,
        epoch=word >> 241,
    )


@internal
@pure
def epoch_of(s: Schedule, now: uint256) -> uint256:
    """
    @notice The epoch in which the draw was asked for.
    @param now The present epoch: fewer than 2^15 later.
    """
    return now - ((now - s.epoch) & M15)

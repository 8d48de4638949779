# pragma version 0.4.3
"""
@title The counts that fix every tree of a task, packed into one word
@license AGPL-3.0-only
@notice Fields of 32 bits, from the bottom: nodes of the program, state
        tensors, batches, steps, interval, samples, threshold (binary32 bits);
        at the top, 8 bits of data.
"""

MASK: constant(uint256) = 2**32 - 1

MAX_NODES: constant(uint256) = 2**20
MAX_STATE: constant(uint256) = 2**10
MAX_BATCHES: constant(uint256) = 2**24
MAX_INTERVAL: constant(uint256) = 2**16 - 1
MAX_SEGMENTS: constant(uint256) = 2**16 - 1
MAX_SAMPLES: constant(uint256) = 16
INFINITY: constant(uint256) = 2139095040
MAX_DATA: constant(uint256) = 48

# Nodes of the distance program per state tensor (docs/design.md, section 5).
DISTANCE_NODES: constant(uint256) = 29


struct Geometry:
    nodes: uint256
    state: uint256
    batches: uint256
    steps: uint256
    interval: uint256
    samples: uint256
    threshold: uint256
    # Two to this power is what a verifier holds at most, in bytes: program,
    # sampled checkpoints and their batches.
    data: uint256


@internal
@pure
def pack(g: Geometry) -> uint256:
    """
    @notice Check every count (promise 10) and pack them.
    """
    assert g.state != 0 and g.state <= MAX_STATE, "geometry: state"
    assert g.nodes > g.state and g.nodes <= MAX_NODES, "geometry: nodes"
    assert g.batches != 0 and g.batches <= MAX_BATCHES, "geometry: batches"
    assert (
        g.interval != 0 and g.interval <= MAX_INTERVAL
    ), "geometry: interval"
    assert g.steps != 0 and g.steps % g.interval == 0, "geometry: steps"
    segments: uint256 = g.steps // g.interval
    assert segments <= MAX_SEGMENTS, "geometry: steps"
    assert (
        g.samples != 0 and g.samples <= min(segments, MAX_SAMPLES)
    ), "geometry: samples"
    assert g.threshold < INFINITY, "geometry: threshold"
    assert g.data <= MAX_DATA, "geometry: data"
    return (
        g.nodes
        | (g.state << 32)
        | (g.batches << 64)
        | (g.steps << 96)
        | (g.interval << 128)
        | (g.samples << 160)
        | (g.threshold << 192)
        | (g.data << 248)
    )


@internal
@pure
def unpack(packed: uint256) -> Geometry:
    return Geometry(
        nodes=packed & MASK,
        state=(packed >> 32) & MASK,
        batches=(packed >> 64) & MASK,
        steps=(packed >> 96) & MASK,
        interval=(packed >> 128) & MASK,
        samples=(packed >> 160) & MASK,
        threshold=(packed >> 192) & MASK,
        data=packed >> 248,
    )


@internal
@pure
def data_bytes(g: Geometry) -> uint256:
    """
    @notice Bytes that a verifier of the task holds at most.
    """
    return 1 << g.data

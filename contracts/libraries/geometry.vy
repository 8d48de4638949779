# pragma version 0.4.3
"""
@title The counts that fix every tree of a task, packed into one word
@license AGPL-3.0-only
@notice Fields of 32 bits, from the bottom: nodes of the program, state
        tensors, batches, steps, interval, samples, threshold (binary32 bits);
        then 16 bits of weights, and 8 each of profilers and data.
"""

MASK: constant(uint256) = 2**32 - 1
M16: constant(uint256) = 2**16 - 1

MAX_NODES: constant(uint256) = 2**20
MAX_STATE: constant(uint256) = 2**10
MAX_BATCHES: constant(uint256) = 2**24
MAX_INTERVAL: constant(uint256) = 2**16 - 1
MAX_SEGMENTS: constant(uint256) = 2**16 - 1
MAX_SAMPLES: constant(uint256) = 16
INFINITY: constant(uint256) = 2139095040
MAX_DATA: constant(uint256) = 48
# A median needs three; a draw can exclude ten, submitter and solver included.
MIN_PROFILERS: constant(uint256) = 3
MAX_PROFILERS: constant(uint256) = 9

# Nodes of the distance program per state tensor (docs/design.md, section 5).
DISTANCE_NODES: constant(uint256) = 32


struct Geometry:
    nodes: uint256
    state: uint256
    batches: uint256
    steps: uint256
    interval: uint256
    samples: uint256
    threshold: uint256
    # How many of the first state tensors are weights.
    weights: uint256
    # Who measure the threshold; 0: the order says it.
    profilers: uint256
    # Two to this power is what a verifier holds at most, in bytes: program,
    # sampled checkpoints and their batches.
    data: uint256


@internal
@pure
def check(g: Geometry):
    """
    @notice Require that every count is within its bounds (promise 10).
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
    assert g.weights != 0 and g.weights <= g.state, "geometry: weights"
    assert (
        g.profilers == 0
        or (g.profilers >= MIN_PROFILERS and g.profilers <= MAX_PROFILERS)
    ), "geometry: profilers"
    assert g.data <= MAX_DATA, "geometry: data"


@internal
@pure
def pack(g: Geometry) -> uint256:
    """
    @notice Check all counts and pack them.
    """
    self.check(g)
    return (
        g.nodes
        | (g.state << 32)
        | (g.batches << 64)
        | (g.steps << 96)
        | (g.interval << 128)
        | (g.samples << 160)
        | (g.threshold << 192)
        | (g.weights << 224)
        | (g.profilers << 240)
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
        weights=(packed >> 224) & M16,
        profilers=(packed >> 240) & 255,
        data=packed >> 248,
    )


@internal
@pure
def data_bytes(g: Geometry) -> uint256:
    """
    @notice Bytes that a verifier of the task holds at most.
    """
    return 1 << g.data


@internal
@pure
def with_threshold(packed: uint256, threshold: uint256) -> uint256:
    """
    @notice The word of an order that left its threshold to profilers, once it
            is measured.
    """
    return packed | (threshold << 192)

# pragma version 0.4.3
"""
@title What verifiers can work on at one time, and how many tickets suffice
@license AGPL-3.0-only
@notice A capacity is in units of work and in bytes of data. Classes are powers
        of four: class k can do the least of its kind times 4^k. Tickets are
        counted by class, so that a few words tell how many could take a task
        of any size. The count is exact for sizes that are such powers, and
        otherwise never too high.

        A count is kept as it is now, and as it was at the start of the epoch of
        its last change: so in any epoch both are known.
"""

LEAST_UNITS: constant(uint256) = 2**30
LEAST_BYTES: constant(uint256) = 2**24
UNITS_CLASSES: constant(uint256) = 16
BYTES_CLASSES: constant(uint256) = 8

M64: constant(uint256) = 2**64 - 1
# A word holds four counts.
LANES: constant(uint256) = 4
ONES: constant(uint256) = 1 + 2**64 + 2**128 + 2**192


# One word, from the bottom, 64 bits each.
struct Capacity:
    units: uint256
    data: uint256
    # In use; more than there is, if it was made smaller meanwhile.
    units_used: uint256
    data_used: uint256


# The lane of a class of bytes counts the tickets of that class *and above*.
struct Counts:
    now: uint256
    # At the start of the epoch of the last change.
    start: uint256
    epoch: uint256


# By two times the class of units, plus one for the upper classes of bytes.
counts: HashMap[uint256, Counts]


@internal
@pure
def pack(c: Capacity) -> uint256:
    return (
        c.units | (c.data << 64) | (c.units_used << 128) | (c.data_used << 192)
    )


@internal
@pure
def unpack(word: uint256) -> Capacity:
    return Capacity(
        units=word & M64,
        data=(word >> 64) & M64,
        units_used=(word >> 128) & M64,
        data_used=word >> 192,
    )


@internal
@pure
def check(units: uint256, data: uint256):
    """
    @notice Refuse a capacity below the least class, or beyond its word.
    """
    assert units >= LEAST_UNITS and units <= M64, "capacity: units"
    assert data >= LEAST_BYTES and data <= M64, "capacity: bytes"


@internal
@pure
def free(c: Capacity) -> (uint256, uint256):
    """
    @notice Units and bytes that are not in use.
    """
    return (
        c.units - min(c.units_used, c.units), c.data - min(c.data_used, c.data)
    )


@internal
def count(c: Capacity, up: uint256, down: uint256, epoch: uint256):
    """
    @notice Count `up` tickets more and `down` fewer for a checked capacity.
    @param epoch The present one.
    """
    row: uint256 = 2 * self._class_of(c.units, LEAST_UNITS, UNITS_CLASSES)
    lanes: uint256 = 1 + self._class_of(c.data, LEAST_BYTES, BYTES_CLASSES)
    for half: uint256 in range(2):
        if lanes <= LANES * half:
            break
        here: uint256 = min(lanes - LANES * half, LANES)
        ones: uint256 = ONES >> (64 * (LANES - here))
        counts: Counts = self.counts[row + half]
        if counts.epoch != epoch:
            counts.start = counts.now
            counts.epoch = epoch
        # Lower first: no lane ever exceeds the sum of all tickets.
        counts.now -= down * ones
        counts.now += up * ones
        self.counts[row + half] = counts


@internal
@view
def sufficient(units: uint256, data: uint256, epoch: uint256) -> uint256:
    """
    @notice Tickets of those whose class can take so much, in use or not: now,
            or at the start of this epoch, whichever is fewer.
    @param epoch The present one.
    """
    lane: uint256 = self._class_for(data, LEAST_BYTES, BYTES_CLASSES)
    if lane == BYTES_CLASSES:
        return 0
    now: uint256 = 0
    start: uint256 = 0
    for row: uint256 in range(
        self._class_for(units, LEAST_UNITS, UNITS_CLASSES),
        UNITS_CLASSES,
        bound=UNITS_CLASSES,
    ):
        counts: Counts = self.counts[2 * row + lane // LANES]
        if counts.epoch != epoch:
            counts.start = counts.now
        now += (counts.now >> (64 * (lane % LANES))) & M64
        start += (counts.start >> (64 * (lane % LANES))) & M64
    return min(now, start)


@internal
@pure
def _class_of(amount: uint256, least: uint256, classes: uint256) -> uint256:
    """
    @notice The highest class that an amount is enough for.
    """
    found: uint256 = 0
    for k: uint256 in range(1, classes, bound=UNITS_CLASSES):
        if amount < least << (2 * k):
            break
        found = k
    return found


@internal
@pure
def _class_for(amount: uint256, least: uint256, classes: uint256) -> uint256:
    """
    @notice The lowest class that can take an amount; `classes`, if none can.
    """
    for k: uint256 in range(classes, bound=UNITS_CLASSES):
        if amount <= least << (2 * k):
            return k
    return classes

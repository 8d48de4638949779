# pragma version 0.4.3
"""
@title A sum tree that remembers: at which place a lot fell, as of an epoch
@license AGPL-3.0-only
@notice A Fenwick tree over the places 1, 2, ... Node n holds the sum of the
        values at the places from n - (n & -n) + 1 to n. A change touches one
        node per level, so does a search. The tree is as high as the highest
        place ever used asks for: `top` is a power of two, and its node holds
        the total.

        A node is one word, from the bottom: value now 64 bits, at the start of
        the epoch of its last change 64, at the start of the epoch before that
        64, that epoch 64.

              epoch last - 1          epoch last          later epochs
            |-----------------|-------------------------|-------------
            before            start    changes          now

        So in any epoch the values at its own start and at the start of the one
        before are known, whatever has changed since.
"""

M64: constant(uint256) = 2**64 - 1
MAX_LEVELS: constant(uint256) = 32
MAX_PLACES: constant(uint256) = 2**MAX_LEVELS

nodes: HashMap[uint256, uint256]
# Zero while the tree is empty.
top: uint256


@internal
def add(place: uint256, up: uint256, down: uint256, epoch: uint256):
    """
    @notice Raise the value at a place by `up` and lower it by `down`.
    @param epoch The present one.
    """
    assert place != 0 and place <= MAX_PLACES, "sum tree: place"
    top: uint256 = self._grow(place)
    node: uint256 = place
    for level: uint256 in range(MAX_LEVELS + 1):
        self.nodes[node] = self._changed(self.nodes[node], up, down, epoch)
        if node == top:
            break
        # Its lowest bit: the next node whose sum contains this one's.
        node += node & unsafe_sub(0, node)


@internal
@view
def value_at(node: uint256, epoch: uint256) -> uint256:
    """
    @notice The sum that a node held at the start of an epoch that is not in
            the future. Reverts for one older than the node remembers.
    """
    word: uint256 = self.nodes[node]
    last: uint256 = word >> 192
    if epoch > last:
        return word & M64
    if epoch == last:
        return (word >> 64) & M64
    assert epoch + 1 == last, "sum tree: forgotten"
    return (word >> 128) & M64


@internal
@view
def total() -> uint256:
    """
    @notice The sum of all values now.
    """
    return self.nodes[self.top] & M64


@internal
@view
def total_at(epoch: uint256) -> uint256:
    """
    @notice The sum of all values at the start of an epoch.
    """
    return self.value_at(self.top, epoch)


@internal
@view
def find_at(lot: uint256, epoch: uint256) -> uint256:
    """
    @notice The place whose range holds `lot`, where the values at the start of
            an epoch are laid end to end from 0 in the order of places.
    @param lot Below `total_at(epoch)`.
    """
    top: uint256 = self.top
    assert lot < self.value_at(top, epoch), "sum tree: lot"
    step: uint256 = top >> 1
    rest: uint256 = lot
    # All ranges up to this place end at or before the lot.
    passed: uint256 = 0
    for level: uint256 in range(MAX_LEVELS):
        if step == 0:
            break
        value: uint256 = self.value_at(passed + step, epoch)
        if rest >= value:
            rest -= value
            passed += step
        step >>= 1
    return passed + 1


@internal
def _grow(place: uint256) -> uint256:
    """
    @notice Make the tree high enough for a place.
    @return The top.
    """
    top: uint256 = self.top
    if place <= top:
        return top
    if top == 0:
        top = 1
    for level: uint256 in range(MAX_LEVELS):
        if place <= top:
            break
        # What lies beyond the old top was always zero: the new one has had
        # the same sums.
        self.nodes[top << 1] = self.nodes[top]
        top <<= 1
    self.top = top
    return top


@internal
@pure
def _changed(
    word: uint256, up: uint256, down: uint256, epoch: uint256
) -> uint256:
    now: uint256 = word & M64
    start: uint256 = (word >> 64) & M64
    before: uint256 = (word >> 128) & M64
    last: uint256 = word >> 192
    assert epoch >= last, "sum tree: past"
    if epoch > last:
        # Nothing changed between the last change and now.
        before = start if epoch == last + 1 else now
        start = now
    now = now + up - down
    assert now <= M64, "sum tree: full"
    return now | (start << 64) | (before << 128) | (epoch << 192)

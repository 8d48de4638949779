# pragma version 0.4.3
"""
@title The solvers that are enrolled for each task, and the lot among them
@license AGPL-3.0-only
@notice Per task a list without order, and a Fenwick tree over its places
        1, 2, ...: node n holds what is locked at the places from
        n - (n & -n) + 1 to n. A change touches one node per level, so does a
        draw. The number of enrolled is kept by whoever uses the lists.
"""

OWNER: constant(uint256) = 2**160 - 1
AMOUNT: constant(uint256) = 160
# Two nodes a word: no sum of stakes exceeds 128 bits (Staking).
M128: constant(uint256) = 2**128 - 1
MAX_LEVELS: constant(uint256) = 64

# By task and place: owner 160 bits, locked 96.
entries: HashMap[uint256, HashMap[uint256, uint256]]
# 0 is "not enrolled".
enrolment_place: public(HashMap[uint256, HashMap[address, uint256]])
nodes: HashMap[uint256, HashMap[uint256, uint256]]


@view
@external
def enrolled_at(task: uint256, place: uint256) -> address:
    """
    @param place From 1 on.
    """
    return self._owner(self.entries[task][place])


@view
@external
def enrolled_stake(task: uint256, solver: address) -> uint256:
    """
    @notice What the lot counts for an enrolled solver.
    """
    place: uint256 = self.enrolment_place[task][solver]
    return self.entries[task][place] >> AMOUNT


@internal
@view
def contains(task: uint256, solver: address) -> bool:
    return self.enrolment_place[task][solver] != 0


@internal
def add(
    task: uint256, solver: address, stake: uint256, count: uint256
) -> uint256:
    """
    @notice Append a solver that is not enrolled.
    @param stake Not 0, and below 2^96, as every lock.
    @param count How many are enrolled.
    @return How many are enrolled now.
    """
    place: uint256 = count + 1
    top: uint256 = self._top(count)
    if place > top:
        # What lies beyond the old top is empty: the new one has the same sum.
        self._set(task, 2 * top, self._node(task, top))
    self._put(task, place, convert(solver, uint256) | (stake << AMOUNT))
    self._change(task, place, stake, 0, self._top(place))
    return place


@internal
def remove(task: uint256, solver: address, count: uint256) -> uint256:
    """
    @notice Remove a solver that is enrolled; the last one takes its place.
    @param count How many are enrolled.
    @return How many are enrolled now.
    """
    top: uint256 = self._top(count)
    place: uint256 = self.enrolment_place[task][solver]
    old: uint256 = self.entries[task][place] >> AMOUNT
    last: uint256 = self.entries[task][count]
    if place != count:
        self._put(task, place, last)
        self._change(task, place, last >> AMOUNT, old, top)
    self._change(task, count, 0, last >> AMOUNT, top)
    self.entries[task][count] = 0
    self.enrolment_place[task][solver] = 0
    return count - 1


@internal
@view
def drawn(task: uint256, lot: uint256, count: uint256) -> address:
    """
    @notice Whose stake a lot falls on, where all are laid end to end.
    @param lot Any number: the bias towards the first is below 2^-128.
    @param count How many are enrolled; not 0.
    """
    step: uint256 = self._top(count)
    rest: uint256 = lot % self._node(task, step)
    # All stakes up to this place end at or before the lot.
    passed: uint256 = 0
    for level: uint256 in range(MAX_LEVELS):
        step >>= 1
        if step == 0:
            break
        if passed + step <= count:
            amount: uint256 = self._node(task, passed + step)
            if rest >= amount:
                rest -= amount
                passed += step
    return self._owner(self.entries[task][passed + 1])


@internal
@pure
def _top(count: uint256) -> uint256:
    # The least power of two that is not below.
    top: uint256 = 1
    for level: uint256 in range(MAX_LEVELS):
        if top >= count:
            break
        top <<= 1
    return top


@internal
def _put(task: uint256, place: uint256, entry: uint256):
    self.entries[task][place] = entry
    self.enrolment_place[task][self._owner(entry)] = place


@internal
def _change(
    task: uint256, place: uint256, up: uint256, down: uint256, top: uint256
):
    node: uint256 = place
    for level: uint256 in range(MAX_LEVELS):
        self._set(task, node, self._node(task, node) + up - down)
        if node == top:
            break
        # Its lowest bit: the next node whose sum contains this one's.
        node += node & unsafe_sub(0, node)


@internal
@view
def _node(task: uint256, node: uint256) -> uint256:
    return (self.nodes[task][node >> 1] >> (128 * (node & 1))) & M128


@internal
def _set(task: uint256, node: uint256, amount: uint256):
    at: uint256 = 128 * (node & 1)
    word: uint256 = self.nodes[task][node >> 1]
    self.nodes[task][node >> 1] = (word & ~(M128 << at)) | (amount << at)


@internal
@pure
def _owner(entry: uint256) -> address:
    return convert(entry & OWNER, address)

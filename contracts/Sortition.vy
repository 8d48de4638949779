# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Sortition: verifiers are drawn by lot, in proportion to their stake
@license AGPL-3.0-only
@notice A verifier registers once, with the capacity that it can work on at one
        time. What it has allotted in Staking weighs as whole tickets, as of
        when it was weighed last: Staking has it weighed when its owner takes
        stake out, anybody may at any time. A draw
        uses the tickets as of the start of an epoch that had begun when the
        draw was asked for, while the seed is of a later block: nobody buys a
        ticket for a seed that is known.

              stake counts   asked for         seed          drawn
            -------------|-------x---------------x-------------x------|----
                      epoch n                       n, n + 1        n + 2

        What changes meanwhile only decides whether a verifier takes a lot that
        fell on it: who has retired, has no weight left or no capacity free is
        passed over, and the seed draws again.

        A place belongs to its first owner for ever. So a lot of an older epoch
        never falls on a newcomer, and no queue of freed places is needed. There
        are 2^32 places, and the tree is only as high as those in use ask for:
        to use them up would take some 10^15 gas and a least stake for each.

        Tokens stay in Staking. Attacks: A8, A14, A19, A27.
"""

from .interfaces import IParameters
from .interfaces import ISortition
from .interfaces import IStaking
from .libraries import capacity
from .libraries import parameters
from .libraries import sum_tree

implements: ISortition

initializes: capacity
initializes: parameters
initializes: sum_tree
exports: parameters.PARAMETERS

OWNER: constant(uint256) = 2**160 - 1
TICKETS: constant(uint256) = 160

# With 2^32 places the sum of all tickets fits the 64 bits of a node, so that
# no change of stake is ever refused. Whoever has more counts as having so many.
MAX_TICKETS: constant(uint256) = 2**32 - 1

# A draw that meets verifiers who cannot take the work draws again, so many
# times.
MAX_PROBES: constant(uint256) = 32

STAKING: public(immutable(address))
VERIFICATION: public(immutable(address))
PROFILING: public(immutable(address))

places: public(uint256)
place_of: public(HashMap[address, uint256])
# By place. One word: owner 160 bits, tickets now.
entries: HashMap[uint256, uint256]
# By place. Whoever is not registered, or has retired, has none.
capacities: HashMap[uint256, uint256]


@deploy
def __init__(
    staking: address,
    verification: address,
    profiling: address,
    p: IParameters.Parameters,
):
    assert staking != empty(address), "sortition: staking"
    assert verification != empty(address), "sortition: verification"
    assert profiling != empty(address), "sortition: profiling"
    STAKING = staking
    VERIFICATION = verification
    PROFILING = profiling
    parameters.__init__(p)


# Verifiers


@external
def register(units: uint256, bytes: uint256):
    """
    @notice Be drawn from the next epoch on, with the least stake allotted, for
            tasks that fit. Who is drawn has agreed to the deposit being locked
            from its stake, and to do the work in time.
    @param units Work that the caller can have in hand at one time.
    @param bytes Data that it can hold at one time.
    """
    capacity.check(units, bytes)
    tickets: uint256 = self._tickets_for(msg.sender)
    assert tickets != 0, "sortition: stake"
    place: uint256 = self.place_of[msg.sender]
    if place == 0:
        place = self.places + 1
        self.places = place
        self.place_of[msg.sender] = place
        self.entries[place] = convert(msg.sender, uint256)
    c: capacity.Capacity = capacity.unpack(self.capacities[place])
    assert c.units == 0, "sortition: registered"
    # What it has in hand from before it retired stays so.
    c.units = units
    c.data = bytes
    self.capacities[place] = capacity.pack(c)
    log ISortition.VerifierRegistered(
        verifier=msg.sender, units=units, bytes=bytes, place=place
    )
    self._weigh(place, c, tickets)


@external
def resize(units: uint256, bytes: uint256):
    """
    @notice Change the caller's capacity. Work in hand stays due.
    """
    capacity.check(units, bytes)
    place: uint256 = self.place_of[msg.sender]
    c: capacity.Capacity = self._registered(place)
    tickets: uint256 = self.entries[place] >> TICKETS
    epoch: uint256 = parameters.epoch()
    capacity.count(c, 0, tickets, epoch)
    c.units = units
    c.data = bytes
    capacity.count(c, tickets, 0, epoch)
    self.capacities[place] = capacity.pack(c)
    log ISortition.CapacityChanged(
        verifier=msg.sender, units=units, bytes=bytes
    )


@external
def retire():
    """
    @notice Be drawn no more, from now on. Work in hand stays due.
    """
    place: uint256 = self.place_of[msg.sender]
    c: capacity.Capacity = self._registered(place)
    self._weigh(place, c, 0)
    c.units = 0
    c.data = 0
    self.capacities[place] = capacity.pack(c)
    log ISortition.VerifierRetired(verifier=msg.sender)


# Anybody


@external
def weigh(verifier: address):
    """
    @notice Count what a verifier has allotted now. Does nothing for who is not
            registered.
    """
    place: uint256 = self.place_of[verifier]
    if place == 0:
        return
    c: capacity.Capacity = capacity.unpack(self.capacities[place])
    if c.units != 0:
        self._weigh(place, c, self._tickets_for(verifier))


# The other contracts


@external
def assign(verifier: address, units: uint256, bytes: uint256):
    """
    @notice Use up capacity of a verifier, that it has free. Verification and
            Profiling only.
    """
    self._check_drawer()
    place: uint256 = self.place_of[verifier]
    c: capacity.Capacity = capacity.unpack(self.capacities[place])
    assert self._fits(c, units, bytes), "sortition: capacity"
    c.units_used += units
    c.data_used += bytes
    self.capacities[place] = capacity.pack(c)
    log ISortition.Assigned(verifier=verifier, units=units, bytes=bytes)


@external
def free(verifier: address, units: uint256, bytes: uint256):
    """
    @notice Give back capacity that was used up, retired or not. Verification
            and Profiling only.
    """
    self._check_drawer()
    place: uint256 = self.place_of[verifier]
    c: capacity.Capacity = capacity.unpack(self.capacities[place])
    assert (
        c.units_used >= units and c.data_used >= bytes
    ), "sortition: not in use"
    c.units_used -= units
    c.data_used -= bytes
    self.capacities[place] = capacity.pack(c)
    log ISortition.Freed(verifier=verifier, units=units, bytes=bytes)


# Views


@view
@external
def epoch() -> uint256:
    """
    @notice The present epoch. Whoever asks for a draw keeps it.
    """
    return parameters.epoch()


@view
@external
def remembers(epoch: uint256) -> bool:
    """
    @notice Whether a draw can still be made as of the start of an epoch: it is
            the present one or the one before.
    """
    return self._remembers(epoch)


@view
@external
def draw(
    seed: bytes32,
    epoch: uint256,
    excluded: DynArray[address, 10],
    units: uint256,
    bytes: uint256,
    deposit: uint256 = 0,
) -> address:
    """
    @notice The verifier that `seed` decides for, or the zero address if none
            is found who is not excluded, still has weight, has so much
            capacity free and `deposit` to lock. A lot's bias towards the first
            tickets is below 2^-192.
    @param epoch Of the request. Reverts for one that is not remembered.
    """
    assert self._remembers(epoch), "sortition: epoch"
    total: uint256 = sum_tree.total_at(epoch)
    if total == 0:
        return empty(address)
    for i: uint256 in range(MAX_PROBES):
        lot: uint256 = convert(keccak256(abi_encode(seed, i)), uint256) % total
        place: uint256 = sum_tree.find_at(lot, epoch)
        entry: uint256 = self.entries[place]
        candidate: address = convert(entry & OWNER, address)
        if entry >> TICKETS == 0 or candidate in excluded:
            continue
        c: capacity.Capacity = capacity.unpack(self.capacities[place])
        if not self._fits(c, units, bytes):
            continue
        if (
            deposit == 0
            or staticcall IStaking(STAKING).lockable(candidate) >= deposit
        ):
            return candidate
    return empty(address)


@view
@external
def eligible_share(units: uint256, bytes: uint256) -> uint256:
    """
    @notice Share of all tickets, in WAD, whose owners' capacity is enough for
            a task of this size, in use or not. Counted by class: never more
            than there are. Of what is now and what was at the start of this
            epoch the fewer count: new tickets and raised capacities, which no
            draw of this epoch sees, from the next one on, and what has left no
            more.
    """
    epoch: uint256 = parameters.epoch()
    total: uint256 = min(sum_tree.total(), sum_tree.total_at(epoch))
    if total == 0:
        return 0
    found: uint256 = capacity.sufficient(units, bytes, epoch)
    return found * parameters.WAD // total


@view
@external
def free_capacity(verifier: address) -> (uint256, uint256):
    return capacity.free(
        capacity.unpack(self.capacities[self.place_of[verifier]])
    )


@view
@external
def capacity_of(verifier: address) -> (uint256, uint256):
    """
    @notice What a verifier has registered; zero for who is not registered.
    """
    c: capacity.Capacity = capacity.unpack(
        self.capacities[self.place_of[verifier]]
    )
    return c.units, c.data


@view
@external
def tickets_of(verifier: address) -> uint256:
    return self.entries[self.place_of[verifier]] >> TICKETS


@view
@external
def total_tickets() -> uint256:
    return sum_tree.total()


@view
@external
def verifier_at(place: uint256) -> address:
    """
    @notice Whose place it is, registered or retired.
    """
    return convert(self.entries[place] & OWNER, address)


# Internal


@internal
@view
def _remembers(epoch: uint256) -> bool:
    now: uint256 = parameters.epoch()
    return epoch <= now and epoch + 1 >= now


@internal
@view
def _tickets_for(verifier: address) -> uint256:
    amount: uint256 = staticcall IStaking(STAKING).allotted(verifier)
    if amount < parameters.PARAMETERS.verifier_stake:
        return 0
    # Rounded down: to split a stake gains nothing.
    return min(amount // parameters.PARAMETERS.ticket, MAX_TICKETS)


@internal
@view
def _registered(place: uint256) -> capacity.Capacity:
    c: capacity.Capacity = capacity.unpack(self.capacities[place])
    assert c.units != 0, "sortition: not registered"
    return c


@internal
@pure
def _fits(c: capacity.Capacity, units: uint256, bytes: uint256) -> bool:
    free_units: uint256 = 0
    free_bytes: uint256 = 0
    free_units, free_bytes = capacity.free(c)
    return units <= free_units and bytes <= free_bytes


@internal
def _weigh(place: uint256, c: capacity.Capacity, tickets: uint256):
    """
    @notice Give the owner of a place so many tickets, if it has others.
    @param c Its capacity, as the tickets are counted.
    """
    entry: uint256 = self.entries[place]
    before: uint256 = entry >> TICKETS
    if tickets == before:
        return
    self.entries[place] = (entry & OWNER) | (tickets << TICKETS)
    epoch: uint256 = parameters.epoch()
    sum_tree.add(place, tickets, before, epoch)
    capacity.count(c, tickets, before, epoch)
    log ISortition.WeightChanged(
        verifier=convert(entry & OWNER, address), tickets=tickets
    )


@internal
@view
def _check_drawer():
    assert (
        msg.sender == VERIFICATION or msg.sender == PROFILING
    ), "sortition: caller"

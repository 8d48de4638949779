# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Staking: every token in the system, as accounts
@license AGPL-3.0-only
@notice The only contract that holds tokens. They enter by `deposit` and leave
        by `withdraw` and `withdraw_stake`; whatever happens between moves from
        account to account and touches no token. An account is one of

        stake      of a user: can be locked
        bonded     of a user: the flat bonds of its open challenges
        unbonding  of a user: on its way out, can still be locked
        credit     of a user: paid out, its owner's alone
        lock       under a key: a deposit that one task may slash
        pot        under a key: what a task has to distribute
        burnt      nobody's, for ever

        Promises: 1 solvency, 2 conservation (`owed` is the sum of all
        accounts), 7 nobody can touch a credit, 9 stake in use cannot be
        withdrawn, stake on its way out can still be slashed. A lock is slashed
        at most to zero, and no other is touched.

        What a user has allotted is its stake and what is locked or bonded of
        it: that counts in draws. Sortition asks for it, and is told when its
        owner takes some of it out.
"""

from ethereum.ercs import IERC20

from .interfaces import ISortition
from .interfaces import IStaking

implements: IStaking


interface IERC20Permit:
    def permit(
        owner: address,
        spender: address,
        amount: uint256,
        deadline: uint256,
        v: uint8,
        r: bytes32,
        s: bytes32,
    ): nonpayable


# No account exceeds the sum of all, so none overflows its half of a word.
MAX_OWED: constant(uint256) = 2**128 - 1
STAKE: constant(uint256) = 2**128 - 1
BONDED: constant(uint256) = 128

# A lock is its owner's address and an amount, in one word.
MAX_LOCK: constant(uint256) = 2**96 - 1
OWNER: constant(uint256) = 2**160 - 1
AMOUNT: constant(uint256) = 160

TOKEN: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
ARBITRATION: public(immutable(address))
SETTLEMENT: public(immutable(address))
AVAILABILITY: public(immutable(address))
OPEN_ROUND: public(immutable(address))
SORTITION: public(immutable(address))
UNBONDING_PERIOD: public(immutable(uint256))

# Stake in the lower half, bonded in the upper: a bond moves in one word.
accounts: HashMap[address, uint256]
# Stake, bonded and locked. Reentrant: Sortition asks while it is told.
allotted: reentrant(public(HashMap[address, uint256]))
unbonding: public(HashMap[address, uint256])
unbonding_ends: public(HashMap[address, uint256])
credit: public(HashMap[address, uint256])
lock_words: HashMap[bytes32, uint256]
pots: public(HashMap[bytes32, uint256])
burnt: public(uint256)
owed: public(uint256)


@deploy
def __init__(
    token: address,
    registry: address,
    verification: address,
    arbitration: address,
    settlement: address,
    availability: address,
    open_round: address,
    sortition: address,
    unbonding_period: uint256,
):
    """
    @notice The addresses never change. Those of the other contracts are
            predicted by the deployer and checked after deployment.
    """
    assert token.is_contract, "staking: token"
    assert unbonding_period != 0, "staking: unbonding"
    for a: address in [
        registry,
        verification,
        arbitration,
        settlement,
        availability,
        open_round,
        sortition,
    ]:
        assert a != empty(address), "staking: address"
    TOKEN = token
    REGISTRY = registry
    VERIFICATION = verification
    ARBITRATION = arbitration
    SETTLEMENT = settlement
    AVAILABILITY = availability
    OPEN_ROUND = open_round
    SORTITION = sortition
    UNBONDING_PERIOD = unbonding_period


# Users


@external
def deposit(amount: uint256):
    """
    @notice Move `amount` tokens of the caller into its stake. Needs an
            allowance. A token that delivers less than it says is refused.
    """
    self._deposit(msg.sender, amount)


@external
def deposit_with_permit(
    amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32
):
    """
    @notice As `deposit`, with the caller's EIP-2612 permit for the allowance.
            A permit that somebody else has already sent does no harm.
    """
    if staticcall IERC20(TOKEN).allowance(msg.sender, self) < amount:
        extcall IERC20Permit(TOKEN).permit(
            msg.sender, self, amount, deadline, v, r, s
        )
    self._deposit(msg.sender, amount)


@external
def restake(amount: uint256):
    """
    @notice Move `amount` of the caller's credit into its stake.
    """
    assert amount != 0, "staking: amount"
    assert self.credit[msg.sender] >= amount, "staking: credit"
    self.credit[msg.sender] -= amount
    self._allot(msg.sender, amount)
    log IStaking.Restaked(owner=msg.sender, amount=amount)


@external
def unbond(amount: uint256):
    """
    @notice Start to take `amount` of stake out. All of the caller's unbonding
            stake is ready one unbonding period after its last call.
    """
    assert amount != 0, "staking: amount"
    ready_at: uint256 = block.timestamp + UNBONDING_PERIOD
    self._take_stake(msg.sender, amount)
    self.unbonding[msg.sender] += amount
    self.unbonding_ends[msg.sender] = ready_at
    log IStaking.Unbonded(owner=msg.sender, amount=amount, ready_at=ready_at)
    extcall ISortition(SORTITION).weigh(msg.sender)


@external
def withdraw_stake():
    """
    @notice Pay the caller's unbonding stake out, when its period is over.
    """
    amount: uint256 = self.unbonding[msg.sender]
    assert amount != 0, "staking: amount"
    assert (
        block.timestamp > self.unbonding_ends[msg.sender]
    ), "staking: unbonding"
    self.unbonding[msg.sender] = 0
    log IStaking.StakeWithdrawn(owner=msg.sender, amount=amount)
    self._send(msg.sender, amount)


@external
def withdraw(amount: uint256):
    """
    @notice Pay `amount` of the caller's credit out. No state of any task can
            stand in the way.
    """
    assert amount != 0, "staking: amount"
    assert self.credit[msg.sender] >= amount, "staking: credit"
    self.credit[msg.sender] -= amount
    log IStaking.Withdrawn(owner=msg.sender, amount=amount)
    self._send(msg.sender, amount)


# The other contracts


@external
def lock(key: bytes32, owner: address, amount: uint256):
    """
    @notice Lock `amount` of `owner` under a new key, stake before unbonding.
            Registry, Verification, Availability and OpenRound only.
    """
    self._check_locker()
    assert self.lock_words[key] == 0, "staking: locked"
    assert amount <= MAX_LOCK, "staking: amount"
    from_stake: uint256 = min(amount, self._stake(owner))
    rest: uint256 = amount - from_stake
    if rest != 0:
        assert self.unbonding[owner] >= rest, "staking: stake"
        self.unbonding[owner] -= rest
        self.allotted[owner] += rest
    self.accounts[owner] -= from_stake
    self.lock_words[key] = convert(owner, uint256) | (amount << AMOUNT)
    log IStaking.Locked(
        key=key, owner=owner, from_stake=from_stake, from_unbonding=rest
    )


@external
def fund(pot: bytes32, owner: address, amount: uint256):
    """
    @notice Move stake of `owner` into a pot. Registry, Verification and
            Availability only.
    """
    self._check_locker()
    self._take_stake(owner, amount)
    self.pots[pot] += amount
    log IStaking.Funded(pot=pot, owner=owner, amount=amount)
    extcall ISortition(SORTITION).weigh(owner)


@external
def pledge(owner: address, amount: uint256):
    """
    @notice Bond stake of `owner`. Arbitration only.
    """
    assert msg.sender == ARBITRATION, "staking: caller"
    word: uint256 = self.accounts[owner]
    assert word & STAKE >= amount, "staking: stake"
    self.accounts[owner] = word - amount + (amount << BONDED)
    log IStaking.Pledged(owner=owner, amount=amount)


@external
def restore(owner: address, amount: uint256):
    """
    @notice Give a bond back to its owner's stake. Settlement only.
    """
    self._check_settlement()
    self._take_bonded(owner, amount)
    self.accounts[owner] += amount
    log IStaking.Restored(owner=owner, amount=amount)


@external
def forfeit(
    owner: address, amount: uint256, receiver: address, paid: uint256
):
    """
    @notice Take a bond, or a part of one. So much of it is paid to a user's
            credit, the rest is burnt. Settlement only.
    """
    self._check_settlement()
    assert amount >= paid, "staking: slash"
    self._take_bonded(owner, amount)
    self.allotted[owner] -= amount
    burnt: uint256 = amount - paid
    if paid != 0:
        self.credit[receiver] += paid
    if burnt != 0:
        self.burnt += burnt
    log IStaking.Forfeited(
        owner=owner, receiver=receiver, paid=paid, burnt=burnt
    )


@external
def release(key: bytes32) -> address:
    """
    @notice Give a lock back to its owner's stake and delete it. Settlement
            only.
    @return The owner.
    """
    self._check_settlement()
    held: IStaking.Lock = self._take_lock(key)
    self.accounts[held.owner] += held.amount
    log IStaking.Released(key=key, owner=held.owner, amount=held.amount)
    return held.owner


@external
def slash(key: bytes32, division: IStaking.Division) -> address:
    """
    @notice Divide a lock, never more than was locked, and delete it. What the
            division leaves is burnt. Settlement only.
    @return The owner.
    """
    self._check_settlement()
    held: IStaking.Lock = self._take_lock(key)
    given: uint256 = division.returned + division.paid + division.kept
    assert held.amount >= given, "staking: slash"
    burnt: uint256 = held.amount - given
    self.allotted[held.owner] -= held.amount - division.returned
    if division.returned != 0:
        self.accounts[held.owner] += division.returned
    if division.paid != 0:
        self.credit[division.receiver] += division.paid
    if division.kept != 0:
        self.pots[division.pot] += division.kept
    if burnt != 0:
        self.burnt += burnt
    log IStaking.Slashed(
        key=key,
        owner=held.owner,
        receiver=division.receiver,
        returned=division.returned,
        paid=division.paid,
        pot=division.pot,
        kept=division.kept,
        burnt=burnt,
    )
    return held.owner


@external
def pay(pot: bytes32, receiver: address, amount: uint256):
    """
    @notice Move `amount` of a pot to a user's credit. Settlement only.
    """
    self._check_settlement()
    self._pay(pot, receiver, amount)


@external
def pay_rest(pot: bytes32, receiver: address):
    """
    @notice Move all that is in a pot to a user's credit; nothing, if it is
            empty. Settlement only.
    """
    self._check_settlement()
    amount: uint256 = self.pots[pot]
    if amount != 0:
        self._pay(pot, receiver, amount)


@external
def shift(source: bytes32, target: bytes32, amount: uint256):
    """
    @notice Move `amount` of one pot to another. Settlement only.
    """
    self._check_settlement()
    self._take_pot(source, amount)
    self.pots[target] += amount
    log IStaking.Shifted(source=source, target=target, amount=amount)


@external
def burn(pot: bytes32, amount: uint256):
    """
    @notice Move `amount` of a pot to the account that nobody owns. Settlement
            only.
    """
    self._check_settlement()
    self._take_pot(pot, amount)
    self.burnt += amount
    log IStaking.Burnt(pot=pot, amount=amount)


# Views


@view
@external
def stake(owner: address) -> uint256:
    return self._stake(owner)


@view
@external
def bonded(owner: address) -> uint256:
    return self.accounts[owner] >> BONDED


@view
@external
def locks(key: bytes32) -> IStaking.Lock:
    return self._lock(key)


@view
@external
def locked_amount(key: bytes32) -> uint256:
    return self._lock(key).amount


@view
@external
def lockable(owner: address) -> uint256:
    """
    @notice What could be locked of `owner` now, under one key.
    """
    return min(self._stake(owner) + self.unbonding[owner], MAX_LOCK)


@view
@external
def solvent() -> bool:
    """
    @notice Whether the tokens held cover all accounts (promise 1).
    """
    return staticcall IERC20(TOKEN).balanceOf(self) >= self.owed


# Internal


@internal
@view
def _stake(owner: address) -> uint256:
    return self.accounts[owner] & STAKE


@internal
def _take_stake(owner: address, amount: uint256):
    word: uint256 = self.accounts[owner]
    assert word & STAKE >= amount, "staking: stake"
    self.accounts[owner] = word - amount
    self.allotted[owner] -= amount


@internal
def _allot(owner: address, amount: uint256):
    # New stake. Sortition counts it when it is asked to.
    self.accounts[owner] += amount
    self.allotted[owner] += amount


@internal
def _take_bonded(owner: address, amount: uint256):
    word: uint256 = self.accounts[owner]
    assert word >> BONDED >= amount, "staking: bonded"
    self.accounts[owner] = word - (amount << BONDED)


@internal
@view
def _lock(key: bytes32) -> IStaking.Lock:
    word: uint256 = self.lock_words[key]
    return IStaking.Lock(
        owner=convert(word & OWNER, address), amount=word >> AMOUNT
    )


@internal
def _take_lock(key: bytes32) -> IStaking.Lock:
    held: IStaking.Lock = self._lock(key)
    assert held.owner != empty(address), "staking: no lock"
    self.lock_words[key] = 0
    return held


@internal
def _take_pot(pot: bytes32, amount: uint256):
    held: uint256 = self.pots[pot]
    assert held >= amount, "staking: pot"
    self.pots[pot] = held - amount


@internal
def _pay(pot: bytes32, receiver: address, amount: uint256):
    self._take_pot(pot, amount)
    self.credit[receiver] += amount
    log IStaking.Paid(pot=pot, receiver=receiver, amount=amount)


@internal
def _deposit(owner: address, amount: uint256):
    assert amount != 0, "staking: amount"
    assert amount <= MAX_OWED - self.owed, "staking: amount"
    before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    done: bool = extcall IERC20(TOKEN).transferFrom(
        owner, self, amount, default_return_value=True
    )
    assert done, "staking: transfer"
    after: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    assert after == before + amount, "staking: received"
    self._allot(owner, amount)
    self.owed += amount
    log IStaking.Deposited(owner=owner, amount=amount)


@internal
def _send(receiver: address, amount: uint256):
    self.owed -= amount
    done: bool = extcall IERC20(TOKEN).transfer(
        receiver, amount, default_return_value=True
    )
    assert done, "staking: transfer"


@internal
@view
def _check_locker():
    assert (
        msg.sender == REGISTRY
        or msg.sender == VERIFICATION
        or msg.sender == AVAILABILITY
        or msg.sender == OPEN_ROUND
    ), "staking: caller"


@internal
@view
def _check_settlement():
    assert msg.sender == SETTLEMENT, "staking: caller"

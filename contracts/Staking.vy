# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Staking: every token in the system, as accounts
@license AGPL-3.0-only
@notice The only contract that holds tokens. They enter by `deposit` and leave
        by `withdraw` and `withdraw_stake`; whatever happens between moves from
        account to account and touches no token. An account is one of

        stake      of a user: can be locked, counts in draws
        unbonding  of a user: on its way out, can still be locked
        credit     of a user: paid out, its owner's alone
        lock       under a key: a deposit or bond that one task may slash
        pot        under a key: what a task has to distribute
        burnt      nobody's, for ever

        Promises: 1 solvency, 2 conservation (`owed` is the sum of all
        accounts), 7 nobody can touch a credit, 9 stake in use cannot be
        withdrawn, stake on its way out can still be slashed.
"""

from ethereum.ercs import IERC20

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


event Deposited:
    owner: indexed(address)
    amount: uint256


event Restaked:
    owner: indexed(address)
    amount: uint256


event Unbonded:
    owner: indexed(address)
    amount: uint256
    ready_at: uint256


event StakeWithdrawn:
    owner: indexed(address)
    amount: uint256


event Withdrawn:
    owner: indexed(address)
    amount: uint256


event VerifierRegistered:
    verifier: indexed(address)


event VerifierRetired:
    verifier: indexed(address)


event Locked:
    key: indexed(bytes32)
    owner: indexed(address)
    from_stake: uint256
    from_unbonding: uint256


event Released:
    key: indexed(bytes32)
    owner: indexed(address)
    amount: uint256


event Seized:
    key: indexed(bytes32)
    pot: indexed(bytes32)
    amount: uint256


event Funded:
    pot: indexed(bytes32)
    owner: indexed(address)
    amount: uint256


event Paid:
    pot: indexed(bytes32)
    receiver: indexed(address)
    amount: uint256


event Shifted:
    source: indexed(bytes32)
    target: indexed(bytes32)
    amount: uint256


event Burnt:
    pot: indexed(bytes32)
    amount: uint256


struct Lock:
    owner: address
    amount: uint256


# A draw that meets verifiers who are excluded or lack stake draws again, so
# many times.
MAX_PROBES: constant(uint256) = 32

TOKEN: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
ARBITRATION: public(immutable(address))
SETTLEMENT: public(immutable(address))
UNBONDING_PERIOD: public(immutable(uint256))
VERIFIER_STAKE: public(immutable(uint256))

stake: public(HashMap[address, uint256])
unbonding: public(HashMap[address, uint256])
unbonding_ends: public(HashMap[address, uint256])
credit: public(HashMap[address, uint256])
locks: public(HashMap[bytes32, Lock])
pots: public(HashMap[bytes32, uint256])
burnt: public(uint256)
owed: public(uint256)

verifiers: public(DynArray[address, 65536])
# Place in the list plus one; 0 is "not in it".
verifier_place: public(HashMap[address, uint256])


@deploy
def __init__(
    token: address,
    registry: address,
    verification: address,
    arbitration: address,
    settlement: address,
    unbonding_period: uint256,
    verifier_stake: uint256,
):
    """
    @notice The five addresses never change. Those of the other contracts are
            predicted by the deployer and checked after deployment.
    """
    assert token.is_contract, "staking: token"
    assert unbonding_period != 0, "staking: unbonding"
    assert verifier_stake != 0, "staking: verifier stake"
    for a: address in [registry, verification, arbitration, settlement]:
        assert a != empty(address), "staking: address"
    TOKEN = token
    REGISTRY = registry
    VERIFICATION = verification
    ARBITRATION = arbitration
    SETTLEMENT = settlement
    UNBONDING_PERIOD = unbonding_period
    VERIFIER_STAKE = verifier_stake


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
    self.stake[msg.sender] += amount
    log Restaked(owner=msg.sender, amount=amount)


@external
def unbond(amount: uint256):
    """
    @notice Start to take `amount` of stake out. All of the caller's unbonding
            stake is ready one unbonding period after its last call.
    """
    assert amount != 0, "staking: amount"
    assert self.stake[msg.sender] >= amount, "staking: stake"
    ready_at: uint256 = block.timestamp + UNBONDING_PERIOD
    self.stake[msg.sender] -= amount
    self.unbonding[msg.sender] += amount
    self.unbonding_ends[msg.sender] = ready_at
    log Unbonded(owner=msg.sender, amount=amount, ready_at=ready_at)


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
    log StakeWithdrawn(owner=msg.sender, amount=amount)
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
    log Withdrawn(owner=msg.sender, amount=amount)
    self._send(msg.sender, amount)


@external
def register_verifier():
    """
    @notice Enter the list from which verifiers are drawn, with a least stake.
            Who is drawn has agreed to the deposit being locked from its stake.
    """
    assert self.verifier_place[msg.sender] == 0, "staking: registered"
    assert self.stake[msg.sender] >= VERIFIER_STAKE, "staking: stake"
    self.verifiers.append(msg.sender)
    self.verifier_place[msg.sender] = len(self.verifiers)
    log VerifierRegistered(verifier=msg.sender)


@external
def retire_verifier():
    """
    @notice Leave the list. Work already drawn stays due.
    """
    self._retire(msg.sender)


@external
def evict_verifier(verifier: address):
    """
    @notice Anybody may take a verifier off the list whose stake is no longer
            the least that is asked for, so that draws are not spent on it.
    """
    assert self.stake[verifier] < VERIFIER_STAKE, "staking: stake"
    self._retire(verifier)


# The other contracts


@external
def lock(key: bytes32, owner: address, amount: uint256):
    """
    @notice Lock `amount` of `owner` under a new key, stake before unbonding.
            Registry, Verification and Arbitration only.
    """
    self._check_locker()
    assert self.locks[key].owner == empty(address), "staking: locked"
    from_stake: uint256 = min(amount, self.stake[owner])
    rest: uint256 = amount - from_stake
    assert self.unbonding[owner] >= rest, "staking: stake"
    self.stake[owner] -= from_stake
    self.unbonding[owner] -= rest
    self.locks[key] = Lock(owner=owner, amount=amount)
    log Locked(
        key=key, owner=owner, from_stake=from_stake, from_unbonding=rest
    )


@external
def fund(pot: bytes32, owner: address, amount: uint256):
    """
    @notice Move stake of `owner` into a pot. Registry, Verification and
            Arbitration only.
    """
    self._check_locker()
    assert self.stake[owner] >= amount, "staking: stake"
    self.stake[owner] -= amount
    self.pots[pot] += amount
    log Funded(pot=pot, owner=owner, amount=amount)


@external
def release(key: bytes32):
    """
    @notice Give what is left of a lock back to its owner's stake and delete
            it. Settlement only.
    """
    self._check_settlement()
    held: Lock = self.locks[key]
    assert held.owner != empty(address), "staking: no lock"
    self.locks[key] = empty(Lock)
    self.stake[held.owner] += held.amount
    log Released(key=key, owner=held.owner, amount=held.amount)


@external
def seize(key: bytes32, amount: uint256, pot: bytes32):
    """
    @notice Move `amount` of a lock into a pot. Never more than was locked.
            Settlement only.
    """
    self._check_settlement()
    assert self.locks[key].amount >= amount, "staking: slash"
    self.locks[key].amount -= amount
    self.pots[pot] += amount
    log Seized(key=key, pot=pot, amount=amount)


@external
def pay(pot: bytes32, receiver: address, amount: uint256):
    """
    @notice Move `amount` of a pot to a user's credit. Settlement only.
    """
    self._check_settlement()
    assert self.pots[pot] >= amount, "staking: pot"
    self.pots[pot] -= amount
    self.credit[receiver] += amount
    log Paid(pot=pot, receiver=receiver, amount=amount)


@external
def shift(source: bytes32, target: bytes32, amount: uint256):
    """
    @notice Move `amount` of one pot to another. Settlement only.
    """
    self._check_settlement()
    assert self.pots[source] >= amount, "staking: pot"
    self.pots[source] -= amount
    self.pots[target] += amount
    log Shifted(source=source, target=target, amount=amount)


@external
def burn(pot: bytes32, amount: uint256):
    """
    @notice Move `amount` of a pot to the account that nobody owns. Settlement
            only.
    """
    self._check_settlement()
    assert self.pots[pot] >= amount, "staking: pot"
    self.pots[pot] -= amount
    self.burnt += amount
    log Burnt(pot=pot, amount=amount)


# Views


@view
@external
def locked_amount(key: bytes32) -> uint256:
    return self.locks[key].amount


@view
@external
def lockable(owner: address) -> uint256:
    """
    @notice What could be locked of `owner` now.
    """
    return self.stake[owner] + self.unbonding[owner]


@view
@external
def verifier_count() -> uint256:
    return len(self.verifiers)


@view
@external
def solvent() -> bool:
    """
    @notice Whether the tokens held cover all accounts (promise 1).
    """
    return staticcall IERC20(TOKEN).balanceOf(self) >= self.owed


@view
@external
def draw(
    seed: bytes32, excluded: DynArray[address, 9], minimum: uint256
) -> address:
    """
    @notice The registered verifier that `seed` decides for, or the zero
            address if none is found that is not excluded and has `minimum`
            to lock.
    """
    size: uint256 = len(self.verifiers)
    if size == 0:
        return empty(address)
    for i: uint256 in range(MAX_PROBES):
        number: uint256 = convert(keccak256(abi_encode(seed, i)), uint256)
        candidate: address = self.verifiers[number % size]
        if candidate in excluded:
            continue
        if self.stake[candidate] + self.unbonding[candidate] >= minimum:
            return candidate
    return empty(address)


# Internal


@internal
def _retire(verifier: address):
    place: uint256 = self.verifier_place[verifier]
    assert place != 0, "staking: not registered"
    last: address = self.verifiers[len(self.verifiers) - 1]
    self.verifiers[place - 1] = last
    self.verifier_place[last] = place
    self.verifiers.pop()
    self.verifier_place[verifier] = 0
    log VerifierRetired(verifier=verifier)


@internal
def _deposit(owner: address, amount: uint256):
    assert amount != 0, "staking: amount"
    before: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    done: bool = extcall IERC20(TOKEN).transferFrom(
        owner, self, amount, default_return_value=True
    )
    assert done, "staking: transfer"
    after: uint256 = staticcall IERC20(TOKEN).balanceOf(self)
    assert after == before + amount, "staking: received"
    self.stake[owner] += amount
    self.owed += amount
    log Deposited(owner=owner, amount=amount)


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
        or msg.sender == ARBITRATION
    ), "staking: caller"


@internal
@view
def _check_settlement():
    assert msg.sender == SETTLEMENT, "staking: caller"

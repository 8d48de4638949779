# pragma version 0.4.3
"""
@title A token that lies as it is told to, for tests
@license AGPL-3.0-only
@notice Everybody may mint and set its flags. What each does is said at its
        name. Without flags it is an ordinary token that asks nobody for an
        allowance.
"""


flag Lie:
    # A tenth of what is sent stays away.
    FEE
    # Transfers return nothing, as those of old and large tokens do.
    SILENT
    # Transfers return False and change nothing.
    REFUSAL
    # One account neither sends nor receives.
    BLACKLIST
    # Nothing moves.
    PAUSE
    # A call in the middle of every transfer.
    HOOK
    # Nothing cannot be sent.
    NO_ZERO
    # Balances are shares of a sum that changes by itself, rounded down.
    REBASE
    # Amounts are cut to 96 bits.
    UINT96
    # Not 18.
    DECIMALS
    # Allowances count, and change by way of zero only.
    APPROVAL
    # What balanceOf says is made up.
    BALANCE


lies: Lie
blocked: address
# Of a share, in thousandths.
worth: uint256
places: uint8
claimed: uint256
hook_target: address
hook_data: Bytes[1024]
shares: HashMap[address, uint256]
allowances: HashMap[address, HashMap[address, uint256]]
calls: public(uint256)
answer: public(bool)


@deploy
def __init__():
    self.worth = 1000


@external
def mint(owner: address, amount: uint256):
    self.shares[owner] += amount


@external
def be(lies: Lie):
    self.lies = lies


@external
def set_blocked(account: address):
    self.blocked = account


@external
def rebase(worth: uint256):
    self.worth = worth


@external
def set_decimals(places: uint8):
    self.places = places


@external
def claim(balance: uint256):
    """
    @notice What every balance is said to be.
    """
    self.claimed = balance


@external
def set_hook(target: address, data: Bytes[1024]):
    self.hook_target = target
    self.hook_data = data


@external
def act(target: address, data: Bytes[1024]):
    """
    @notice Call as this token.
    """
    assert target.is_contract
    raw_call(target, data)


@external
def approve(spender: address, amount: uint256) -> bool:
    if Lie.APPROVAL in self.lies:
        held: uint256 = self.allowances[msg.sender][spender]
        assert held == 0 or amount == 0, "token: approval"
    self.allowances[msg.sender][spender] = amount
    return True


@external
@view
def allowance(owner: address, spender: address) -> uint256:
    if Lie.APPROVAL in self.lies:
        return self.allowances[owner][spender]
    return max_value(uint256)


@external
@view
def decimals() -> uint8:
    return self.places if Lie.DECIMALS in self.lies else 18


@external
@view
def balanceOf(owner: address) -> uint256:
    if Lie.BALANCE in self.lies:
        return self.claimed
    return self._balance(owner)


@external
@raw_return
def transfer(receiver: address, amount: uint256) -> Bytes[32]:
    return self._move(msg.sender, receiver, amount)


@external
@raw_return
def transferFrom(
    owner: address, receiver: address, amount: uint256
) -> Bytes[32]:
    if Lie.APPROVAL in self.lies:
        self.allowances[owner][msg.sender] -= amount
    return self._move(owner, receiver, amount)


@internal
@view
def _balance(owner: address) -> uint256:
    if Lie.REBASE in self.lies:
        return self.shares[owner] * self.worth // 1000
    return self.shares[owner]


@internal
def _move(owner: address, receiver: address, amount: uint256) -> Bytes[32]:
    if Lie.REFUSAL in self.lies:
        return abi_encode(False)
    assert Lie.PAUSE not in self.lies, "token: paused"
    if Lie.BLACKLIST in self.lies:
        assert self.blocked not in [owner, receiver], "token: blocked"
    if Lie.NO_ZERO in self.lies:
        assert amount != 0, "token: zero"
    sent: uint256 = amount
    if Lie.REBASE in self.lies:
        sent = amount * 1000 // self.worth
    if Lie.UINT96 in self.lies:
        sent &= 2**96 - 1
    self.shares[owner] -= sent
    if Lie.FEE in self.lies:
        sent -= sent // 10
    self.shares[receiver] += sent
    if Lie.HOOK in self.lies:
        assert self.hook_target.is_contract
        self.answer = raw_call(
            self.hook_target, self.hook_data, revert_on_failure=False
        )
        self.calls += 1
    return b"" if Lie.SILENT in self.lies else abi_encode(True)

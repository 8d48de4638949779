# pragma version 0.4.3
"""
@title A token that lies as it is told to, for tests
@license AGPL-3.0-only
@notice Everybody may mint; nobody needs an allowance. `skim` is what each
        transfer keeps for itself; `refusing` makes transfers return False,
        `blocked` makes those to one account revert; `hook` is called in the
        middle of every transfer, and `answer` says whether that call went
        through.
"""


balanceOf: public(HashMap[address, uint256])
skim: public(uint256)
refusing: public(bool)
blocked: public(address)
hook_target: address
hook_data: Bytes[1024]
calls: public(uint256)
answer: public(bool)
reply: public(Bytes[256])


@external
def mint(owner: address, amount: uint256):
    self.balanceOf[owner] += amount


@external
def lose(owner: address, amount: uint256):
    """
    @notice A balance that shrinks by itself.
    """
    self.balanceOf[owner] -= amount


@external
def set_skim(amount: uint256):
    self.skim = amount


@external
def set_refusing(refusing: bool):
    self.refusing = refusing


@external
def set_blocked(account: address):
    self.blocked = account


@external
def set_hook(target: address, data: Bytes[1024]):
    self.hook_target = target
    self.hook_data = data


@external
def act(target: address, data: Bytes[1024]):
    """
    @notice Call as this token.
    """
    raw_call(target, data)


@external
@view
def allowance(owner: address, spender: address) -> uint256:
    return max_value(uint256)


@external
def transfer(receiver: address, amount: uint256) -> bool:
    return self._move(msg.sender, receiver, amount)


@external
def transferFrom(owner: address, receiver: address, amount: uint256) -> bool:
    return self._move(owner, receiver, amount)


@internal
def _move(owner: address, receiver: address, amount: uint256) -> bool:
    assert receiver != self.blocked, "token: blocked"
    if self.refusing:
        return False
    self.balanceOf[owner] -= amount
    self.balanceOf[receiver] += amount - self.skim
    if self.hook_target != empty(address):
        success: bool = False
        response: Bytes[256] = b""
        success, response = raw_call(
            self.hook_target,
            self.hook_data,
            max_outsize=256,
            revert_on_failure=False,
        )
        self.calls += 1
        self.answer = success
        self.reply = response
    return True

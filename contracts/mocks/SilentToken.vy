# pragma version 0.4.3
"""
@title A token whose transfers return nothing, for tests
@license AGPL-3.0-only
@notice As old and large tokens do. Everybody may mint; nobody needs an
        allowance.
"""


balanceOf: public(HashMap[address, uint256])


@external
def mint(owner: address, amount: uint256):
    self.balanceOf[owner] += amount


@external
def transfer(receiver: address, amount: uint256):
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[receiver] += amount


@external
def transferFrom(owner: address, receiver: address, amount: uint256):
    self.balanceOf[owner] -= amount
    self.balanceOf[receiver] += amount

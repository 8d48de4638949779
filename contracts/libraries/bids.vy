# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Bids and quotes: orders and prices that are signed off chain
@license AGPL-3.0-only
@notice A module of TaskRegistry. A submitter signs a bid, an order with the
        most that it pays for a unit; a solver signs a quote for that bid, at
        that price or below. Both are typed data (EIP-712), bound to chain and
        contract. Each account numbers what it signs: a number counts once, and
        its owner can use it up before (`cancel`).
"""

from snekmate.utils import eip712_domain_separator

from ..interfaces import ITaskRegistry

initializes: eip712_domain_separator

ORDER_TYPE: constant(bytes32) = keccak256(
    "Order(bytes32 program_root,bytes32 dataset_root,bytes32 initial_state,uint256 geometry,uint256 units,uint256 price)"
)
BID_TYPE: constant(bytes32) = keccak256(
    "Bid(address submitter,Order order,uint256 nonce,uint256 deadline)Order(bytes32 program_root,bytes32 dataset_root,bytes32 initial_state,uint256 geometry,uint256 units,uint256 price)"
)
QUOTE_TYPE: constant(bytes32) = keccak256(
    "Quote(bytes32 bid,address solver,uint256 price,uint256 nonce,uint256 deadline)"
)


struct Bid:
    submitter: address
    order: ITaskRegistry.Order
    nonce: uint256
    # Last second in which it can be matched.
    deadline: uint256


# `bid` is the digest that the submitter signed.
struct Quote:
    bid: bytes32
    solver: address
    price: uint256
    nonce: uint256
    deadline: uint256


# By owner and number.
nonce_used: public(HashMap[address, HashMap[uint256, bool]])


@deploy
def __init__():
    eip712_domain_separator.__init__("Pinpoint TaskRegistry", "1")


@external
def cancel(nonce: uint256):
    """
    @notice Use a number of the caller up, so that nothing signed with it
            counts any more.
    """
    self.use(msg.sender, nonce)


@internal
def use(owner: address, nonce: uint256):
    """
    @notice Use a number of an account up; reverts if it is.
    """
    assert not self.nonce_used[owner][nonce], "registry: nonce"
    self.nonce_used[owner][nonce] = True
    log ITaskRegistry.NonceUsed(owner=owner, nonce=nonce)


@internal
@view
def hash_bid(bid: Bid) -> bytes32:
    """
    @notice The EIP-712 digest that a submitter signs.
    """
    order: bytes32 = keccak256(abi_encode(ORDER_TYPE, bid.order))
    return eip712_domain_separator._hash_typed_data_v4(
        keccak256(
            abi_encode(
                BID_TYPE, bid.submitter, order, bid.nonce, bid.deadline
            )
        )
    )


@internal
@view
def hash_quote(quote: Quote) -> bytes32:
    """
    @notice The EIP-712 digest that a solver signs.
    """
    return eip712_domain_separator._hash_typed_data_v4(
        keccak256(abi_encode(QUOTE_TYPE, quote))
    )

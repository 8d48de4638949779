"""Users with keys, who sign bids and quotes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_account import Account

from pinpoint.commitment.tree import keccak
from tests.world import FUNDS, World

BIDDERS = ("bidder", "other_bidder", "quoter", "other_quoter")
KEYS: dict[str, Any] = {name: Account.from_key(keccak(name.encode())) for name in BIDDERS}


class Signer(str):
    """An address, as the test chain takes it for an account, that also signs."""

    key: Any

    def sign_message(self, message: Any) -> Any:
        """As an account of eth-account's."""
        return self.key.sign_message(message)


def signer(name: str) -> Signer:
    """The account of a user with a key."""
    found = Signer(KEYS[name].address)
    found.key = KEYS[name]
    return found


@contextmanager
def seated(world: World) -> Iterator[World]:
    """Users with keys have tokens and stake; undo the world to take both from them."""
    try:
        for name in BIDDERS:
            world.users[name] = KEYS[name].address
            fund(world, world[name])
        yield world
    finally:
        for name in BIDDERS:
            world.users.pop(name, None)


def fund(world: World, address: str) -> None:
    """Give an address tokens, and half of them stake."""
    world.send("deployer", "Token", "mint", address, FUNDS)
    world.port.send(address, "Token", "approve", world.deployment.addresses["Staking"], 2**256 - 1)
    world.port.send(address, "Staking", "deposit", FUNDS // 2)

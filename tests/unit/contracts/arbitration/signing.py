"""Users with keys, and the states that they sign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import boa
from eth_account import Account

from pinpoint.chain.client import CHALLENGER
from pinpoint.chain.eip712 import StateSignatures
from pinpoint.chain.port import Receipt
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.descent import Place, descend
from pinpoint.dispute.messages import Side, State
from pinpoint.dispute.moves import Leg
from pinpoint.dispute.position import Position
from tests.games import CHALLENGER_USER, Game, unchecked
from tests.unit.contracts.arbitration.plays import BUDGET
from tests.world import USERS, World

KEYS = {name: Account.from_key(keccak(name.encode())) for name in USERS}


@contextmanager
def keyed_world() -> Iterator[World]:
    """A deployment of its own, whose users have keys; undone at the end."""
    with boa.env.anchor():
        with patch.object(boa.env, "generate_address", lambda name: KEYS[name].address):
            world = World()
        with unchecked(world):
            yield world


class Pen:
    """What the two sides of a game sign."""

    def __init__(self, game: Game, dispute: int, root: bytes, verifier: str = "") -> None:
        """
        Args:
            root: of the challenged report.
            verifier: the report's; by default the current round's.
        """
        self.game, self.dispute, self.root = game, dispute, root
        self.verifier = verifier or game.verifier

    def state(self, number: int, legs: Sequence[Leg] = (), side: int = CHALLENGER, **changes: Any) -> State:
        """A state at the end of these legs, by default with full clocks."""
        place = Place(Position(self.root))
        if legs:
            place = descend(place, legs, self.game.job.geometry)
        position = place.position
        state = State(
            self.dispute, number, position.claim, place.trace, position.pack(), Side(side), BUDGET, BUDGET
        )
        return replace(state, **changes)

    def sign(self, state: State, user: str = CHALLENGER_USER, contract: str = "Arbitration") -> bytes:
        """A user's signature, on this chain; of another contract's domain if one is named."""
        parties = KEYS[CHALLENGER_USER].address, KEYS[self.verifier].address
        address = self.game.world.deployment.addresses[contract]
        return StateSignatures(boa.env.evm.patch.chain_id, address, *parties, KEYS[user]).sign(state)

    def post(self, state: State, user: str = "stranger", **signatures: bytes) -> Receipt:
        """Post a state that both sides have signed, or with other signatures."""
        by = {"challenger": self.sign(state), "verifier": self.sign(state, self.verifier)} | signatures
        arguments = self.dispute, state.arguments(), by["challenger"], by["verifier"]
        return self.game.world.send(user, "Arbitration", "post_state", *arguments)

    def convict(self, first: State, second: State, signer: str, other: str = "", user: str = "stranger") -> Receipt:
        """Show two states that a side has signed."""
        signatures = self.sign(first, signer), self.sign(second, other or signer)
        arguments = self.dispute, first.arguments(), second.arguments(), *signatures
        return self.game.world.send(user, "Arbitration", "convict_conflict", *arguments)

    @property
    def clock(self) -> tuple[int, int]:
        """Side on the chain's clock, and its last second."""
        game = self.game.client.game(self.dispute)
        return game.side, game.deadline

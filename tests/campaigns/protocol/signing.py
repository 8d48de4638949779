"""What two who play a game sign off chain: states that go on from where they are, and lies of those who sign two."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pinpoint.commitment.tensor import hash_leaf
from pinpoint.commitment.tree import TreeKind
from pinpoint.dispute.position import Position, Stage
from tests.campaigns.protocol.calls import Call, Move
from tests.campaigns.protocol.world import USERS, WORKS, sign
from tests.model.protocol.arbitration import Challenge
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.rounds import Round
from tests.model.protocol.signed import state_digest

LEAF = (7, 11, 13)
"""The words that signed games come down to."""


class Signing:
    """Signed states of games in a model's state."""

    def __init__(self, m: Protocol, rng: Random) -> None:
        self.m, self._rng = m, rng

    def of(self, r: Round, c: Challenge, start: int, last: int) -> Iterator[Move]:
        """What could be posted of a game in which moves count from `start` to `last`."""
        posted = c.number in self.m.arbitration.posted
        if c.clock is None or self._rng.random() < 0.05:
            yield Move(start, 0.5, lambda: self._post(r, c), last)
        elif posted and c.number not in self.m.arbitration.superseded:
            yield Move(self.m.now, 0.7, lambda: self._post(r, c), c.clock.since - 1)
        yield Move(start, 0.1, lambda: self._conflict(r, c), last)

    def _post(self, r: Round, c: Challenge) -> Call:
        rng = self._rng
        number = self.m.arbitration.posted.get(c.number, 0) + rng.choice((1, 1, 1, 2, 0))
        state = self._state(r, c, number)
        digest = state_digest(self.m, state)
        by_challenger, by_verifier = sign(c.challenger, digest), sign(c.report.verifier, digest)
        if rng.random() < 0.06:
            by_challenger, by_verifier = rng.choice(((by_challenger, by_challenger), (by_verifier, by_verifier)))
        return Call(USERS["stranger"], "Arbitration", "post_state", (c.number, state, by_challenger, by_verifier))

    def _conflict(self, r: Round, c: Challenge) -> Call:
        rng = self._rng
        first = self._state(r, c, 1 + rng.randrange(3))
        second = self._state(r, c, first[1] + (rng.random() < 0.05))
        liar = rng.choice((c.challenger, c.report.verifier))
        other = liar if rng.random() < 0.9 else USERS["stranger"]
        signed = sign(liar, state_digest(self.m, first)), sign(other, state_digest(self.m, second))
        return Call(USERS["stranger"], "Arbitration", "convict_conflict", (c.number, first, second, *signed))

    def _state(self, r: Round, c: Challenge, number: int) -> tuple[int, ...]:
        rng, position = self._rng, Position(c.report.root.to_bytes(32, "big"))
        tree = WORKS.tree(position.claim)
        choice = rng.randrange(3)
        if choice == 1 and tree is not None:
            place = rng.randrange(tree.count)
            position = position.below(tree.levels[0][place], 0, place, 0, 0)
        elif choice == 2:
            position = Position(hash_leaf(LEAF), Stage.OUTPUT, 0, 0, (0, 0, 2), TreeKind.TENSOR, 1)
        packed, side = position.pack(), rng.randrange(2)
        if rng.random() < 0.03:
            packed, side = rng.choice(((packed | 1 << 106, side), (packed, 2)))
        left = rng.choice((0, 1, r.task.order.budget // 2, r.task.order.budget, 1 << 40))
        dispute = c.number if rng.random() < 0.97 else c.number + 1
        claim = int.from_bytes(position.claim, "big")
        return dispute, number, claim, 0, packed, side, left, rng.choice((0, left, 2 * left))

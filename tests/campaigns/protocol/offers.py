"""Orders of all kinds: sent by their submitters, on top of accepted tasks, and signed off chain."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.campaigns.protocol.calls import Call
from tests.campaigns.protocol.world import (
    BROKEN,
    DATASET,
    INITIAL,
    PROGRAM,
    SOLVERS,
    UNIT,
    USERS,
    geometry,
    proof_of,
    sign,
)
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Ending
from tests.model.protocol.signed import bid_digest, permit_digest, quote_digest

THRESHOLD = 0x3B000000
NONCES = 60
"""That users number what they sign with: now and then one twice."""


class Offers:
    """What submitters send or sign in a model's state."""

    def __init__(self, m: Protocol, rng: Random) -> None:
        self.m, self._rng = m, rng

    def next(self) -> Call:
        """An order, or what its submitter needs for one."""
        rng = self._rng
        words, fee = self._order()
        sender = USERS[rng.choice(("submitter", "submitter_two"))]
        tokens = self.m.accounts.tokens[sender]
        if tokens and self.m.accounts.stake[sender] < fee and rng.random() < 0.9:
            return self.deposit(sender, tokens)
        choice = rng.random()
        if choice < 0.2 and (stacked := self._stacked(words)):
            return Call(sender, "TaskRegistry", "submit_stacked", stacked)
        if choice > 0.75:
            return self._bid(sender, words)
        return Call(sender, "TaskRegistry", "submit_task", words)

    def deposit(self, sender: int, amount: int) -> Call:
        """With a permit where the allowance does not suffice, mostly; sometimes somebody else sends that before."""
        rng, needed = self._rng, self.m.accounts.allowance[sender] < amount
        if rng.random() > (0.9 if needed else 0.05):
            return Call(sender, "Staking", "deposit", (amount,))
        deadline = self.m.now + rng.choice((0, 1, 600, 600, 600))
        nonce = self.m.accounts.permits[sender] + (rng.random() < 0.05)
        signature = sign(sender, permit_digest(self.m, sender, amount, nonce, deadline))
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        permitted = amount, deadline, signature[64], r, s
        if rng.random() < 0.15:
            return Call(USERS["stranger"], "Token", "permit", (sender, self.m.at["Staking"], *permitted))
        return Call(sender, "Staking", "deposit_with_permit", permitted)

    def malformed(self, words: list[int]) -> list[int]:
        """An order that breaks a rule, or is at the edge of one."""
        rng, counts = self._rng, geometry(2, False, 0, THRESHOLD)
        bad: dict[str, tuple[int, ...]] = {
            "nodes": (1, 2**20 + 1),
            "state": (0, 1025),
            "batches": (0, 2**24 + 1),
            "steps": (0, 3),
            "interval": (0, 2**16),
            "samples": (0, 3, 17),
            "threshold": (0x7F800000, 0x3E000001, 0x38FFFFFF),
            "weights": (0, 2),
            "profilers": (1, 2, 10, 3),
            "data": (49, 26),
        }
        name = rng.choice(list(bad))
        prices = ((5, 2**96 + 1), (5, 10**6 - 1), (5, 10**6), (5, 10**14))
        others = ((0, 0), (2, 0), (4, 0), (4, 2**64 + 1), (4, 10**9), *prices)
        place, value = rng.choice((*others, *((3, None) for _ in range(3))))
        words[place] = counts._replace(**{name: rng.choice(bad[name])}).pack() if value is None else value
        return words

    def _order(self) -> tuple[tuple[int, ...], int]:
        rng = self._rng
        long = rng.random() < 0.4
        samples = rng.choice((1, 2, 3, 4)) if long else rng.choice((1, 2))
        profilers = 3 if rng.random() < 0.15 else 0
        counts = geometry(samples, long, profilers, 0 if profilers else rng.choice((THRESHOLD, THRESHOLD, 0)))
        # Small tasks, those whose deposits are most of what somebody has, and those that use a capacity up.
        units = rng.choice((1_001, 10**6 + 3, 3 * 10**7 + 1))
        fee = rng.choice((UNIT // 10, 2 * UNIT, 5 * UNIT + 3))
        price = fee // (units * counts.steps) + 1
        program = BROKEN if rng.random() < 0.12 else PROGRAM
        return (program, DATASET, INITIAL, counts.pack(), units, price), fee

    def _stacked(self, words: tuple[int, ...]) -> tuple[Any, ...] | None:
        rng = self._rng
        accepted = [task for task in self.m.registry.tasks.values() if task.ending == Ending.ACCEPTED]
        if not accepted:
            return None
        parent = rng.choice(accepted if rng.random() < 0.95 else list(self.m.registry.tasks.values()))
        proof = proof_of(parent.order)
        last = proof.count - 1 if rng.random() < 0.95 else 0
        path = [int.from_bytes(each, "big") for each in proof.path(last)]
        initial = int.from_bytes(proof.levels[0][last], "big")
        return *words[:2], initial, *words[3:], parent.number, tuple(path if rng.random() < 0.95 else path[1:])

    def _bid(self, submitter: int, words: tuple[int, ...]) -> Call:
        rng, now = self._rng, self.m.now
        solver = rng.choice(SOLVERS) if rng.random() < 0.97 else submitter
        bid = submitter, words, rng.randrange(NONCES), now + rng.choice((0, 1, 2, 600, 600, 600))
        digest = bid_digest(self.m, bid)
        price = words[5] - rng.choice((0, 0, words[5] // 10, words[5] // 10, -1))
        named = digest if rng.random() < 0.98 else digest ^ 1
        quote = named, solver, price, rng.randrange(NONCES), now + rng.choice((1, 600, 600, 600))
        by_submitter, by_solver = sign(submitter, digest), sign(solver, quote_digest(self.m, quote))
        if rng.random() < 0.1:
            by_submitter, by_solver = rng.choice(
                ((by_solver, by_submitter), (by_submitter[:64], by_solver), (by_submitter, b""))
            )
        return Call(USERS["stranger"], "TaskRegistry", "match_bid", (bid, by_submitter, quote, by_solver))

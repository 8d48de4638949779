"""Data that were asked for are posted, or the solver loses (docs/availability.md; attacks A6 and A24).

Which chunk a question is about, and whether an answer is right, the driver says: it has the data.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from tests.model.protocol.base import Part
from tests.model.protocol.registry import Phase as TaskPhase
from tests.model.protocol.rounds import Round, Stage
from tests.model.protocol.words import ASK, hashed, key, need

POST_BYTES, CHUNK_BYTES = 8192, 32
CHECKPOINT, FINAL, BATCH = 1, 2, 4
LANES = 8


class Phase(IntFlag):
    """Of a question, in the order of the contracts' flag."""

    PENDING, POSTED, RETURNED = (1 << i for i in range(3))


@dataclass
class Ask:
    """A chunk that was asked for."""

    task: int
    asker: int
    phase: Phase = Phase.PENDING


class Availability(Part):
    """All questions. Every tensor of the campaign's tasks is one chunk of one word."""

    def start(self) -> None:
        self.asks: dict[int, Ask] = {}
        self.pending: defaultdict[int, int] = defaultdict(int)
        self.bytes: defaultdict[tuple[int, int], int] = defaultdict(int)

    def ask(
        self, sender: int, number: int, source: int, place: int, step: int, node: int, proof: Any, chunk: int
    ) -> None:
        r = self._asking(number)
        need(self.m.now <= r.ask_end, "availability: late")
        order, (words, siblings) = r.task.order, proof
        why = self.m.works.in_program(order.program_root, order.geometry.nodes, node, words, siblings)
        need(not why, why)
        found = self._locate(r, source, place, step, node)
        need(chunk == 0, "availability: chunk")
        name = self.name(r, found)
        need(name not in self.asks, "availability: asked")
        fee = self.p.chunk_fee if r.round == 0 else (self.p.chunk_fee + 1) // 2
        need(self.m.accounts.stake[sender] >= fee, "staking: stake")
        self.asks[name] = Ask(number, sender)
        self.pending[number] += 1
        self.bytes[number, r.round] += CHUNK_BYTES + POST_BYTES
        self.say("ChunkAsked", number, name, sender, r.round, *found, fee)
        self.m.accounts.fund(name, sender, fee)

    def post(self, sender: int, number: int, chunk: tuple[int, ...], data: bytes, paths: Any) -> None:
        r = self.m.verification.rounds.get(number)
        name = 0 if r is None else self.name(r, chunk)
        need(name in self.asks and self.asks[name].phase is Phase.PENDING, "availability: not pending")
        r = self._asking(number)
        need(self.m.now <= r.ask_end + self.posting_time(number, r.round), "availability: late")
        g, order = r.task.order.geometry, r.task.order
        why = self.m.works.posted(
            r.task.proof_root, order.dataset_root, g.batches, g.segments + 1, chunk, data, paths
        )
        need(not why, why)
        self.asks[name].phase = Phase.POSTED
        self.pending[number] -= 1
        self.say("ChunkPosted", number, name, chunk, data, paths)
        self.m.accounts.pay_rest(name, r.task.solver)

    def time_out(self, sender: int, number: int) -> None:
        r = self._asking(number)
        need(self.pending[number] != 0, "availability: posted")
        need(self.m.now > r.ask_end + self.posting_time(number, r.round), "availability: early")
        self.say("DataWithheld", number, self.pending[number])
        self.m.verification.withheld(number)

    def refund(self, sender: int, name: int) -> None:
        found = self.asks.get(name)
        need(found is not None and found.phase is Phase.PENDING, "availability: not pending")
        assert found is not None
        need(self.m.registry.tasks[found.task].phase is TaskPhase.ENDED, "availability: open")
        found.phase = Phase.RETURNED
        self.say("FeeReturned", found.task, name, found.asker)
        self.m.accounts.pay_rest(name, found.asker)

    # The other parts

    def posting_time(self, number: int, round: int) -> int:
        """Seconds for all that was asked for in a round; rounded up, and a reply window more."""
        asked = self.bytes[number, round]
        rate = self.p.bytes_per_second
        return 0 if asked == 0 else self.p.reply_window + -(-asked // rate)

    @staticmethod
    def name(r: Round, chunk: tuple[int, ...]) -> int:
        """The pot of what was paid for a chunk of a task's present proof."""
        return key(ASK, r.task.number, r.task.proof_root, hashed(*chunk))

    # Details

    def _asking(self, number: int) -> Round:
        r = self.m.verification.rounds.get(number)
        need(r is not None and r.stage in (Stage.REPORTING, Stage.OPEN), "verification: phase")
        assert r is not None
        return r

    @staticmethod
    def _locate(r: Round, source: int, place: int, step: int, node: int) -> tuple[int, ...]:
        g = r.task.order.geometry
        if source == FINAL:
            need(place == 0 and step == 0, "availability: place")
            source, index = CHECKPOINT, g.segments
        else:
            need(place < g.samples, "availability: place")
            segment = r.samples[place]
            need(step < (2 if source == CHECKPOINT else g.interval), "availability: step")
            index = segment + step if source == CHECKPOINT else (segment * g.interval + step) % g.batches
        # The tasks' programs have one tensor of state, node 0, and one of a batch, node 1.
        need(node == (1 if source == BATCH else 0), "availability: node")
        return source, index, 0, 1, LANES, 0

    def say(self, name: str, *values: Any) -> None:
        self.m.say("Availability", name, *values)

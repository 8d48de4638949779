"""Who asks for which data, and posts them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

from pinpoint.dispute.chunks import Chunk, Poster, Source, ask_arguments, bundles
from tests.campaigns.protocol.calls import Call, Move
from tests.campaigns.protocol.world import CHALLENGERS, TRAINING, TREES, USERS, program_of, proof_of, state_of
from tests.model.protocol.availability import Phase as AskPhase
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Phase, Task
from tests.model.protocol.rounds import Round, Stage


class Data:
    """Questions and answers in a model's state."""

    def __init__(self, m: Protocol, rng: Random) -> None:
        self.m, self._rng = m, rng

    def of(self, task: Task, r: Round) -> Iterator[Move]:
        """What could be asked and posted of a task."""
        now, n = self.m.now, task.number
        if r.stage in (Stage.REPORTING, Stage.OPEN):
            yield Move(now, 0.15, lambda: self._ask(r), r.ask_end)
            if self.m.availability.pending[n]:
                last = r.ask_end + self.m.availability.posting_time(n, r.round)
                yield Move(now, 6, lambda: self._post(r), last)
                yield Move(last + 1, 0.5, lambda: Call(USERS["stranger"], "Availability", "time_out", (n,)))
        if task.phase is Phase.ENDED:
            for name, ask in self.m.availability.asks.items():
                if ask.task == n and ask.phase is AskPhase.PENDING:
                    yield Move(now, 1, partial(Call, USERS["stranger"], "Availability", "refund", (name,)))

    def _bundles(self, r: Round) -> list[Any]:
        g = r.task.order.geometry
        return bundles(r.samples, segments=g.segments, interval=g.interval, batches=g.batches, final=True)

    def _ask(self, r: Round) -> Call:
        bundle = self._rng.choice(self._bundles(r))
        chunk = Chunk(bundle.source, bundle.index, 0, 1, 8, 0)
        program, _ = program_of(r.task.order)
        source, place, step, node, (words, path), number = ask_arguments(TRAINING.program, program, bundle, chunk)
        proof = tuple(words), tuple(int.from_bytes(each, "big") for each in path)
        asker = self._rng.choice((*CHALLENGERS, r.drawn or USERS["stranger"]))
        return Call(asker, "Availability", "ask", (r.task.number, source, place, step, node, proof, number))

    def _post(self, r: Round) -> Call:
        owed = [
            bundle
            for bundle in self._bundles(r)
            if (ask := self.m.availability.asks.get(self._name(r, bundle))) and ask.phase is AskPhase.PENDING
        ]
        bundle = self._rng.choice(owed)
        batch = bundle.source is Source.BATCH
        tensors = TRAINING.batches[bundle.index] if batch else state_of(r.task.order, bundle.index)
        if tensors is None:
            # Nobody has that state.
            return Call(USERS["stranger"], "Availability", "time_out", (r.task.number,))
        poster = Poster(bundle.source, bundle.index, tensors, TREES.dataset if batch else proof_of(r.task.order))
        chunk, data, (count, *paths) = poster.arguments(Chunk(bundle.source, bundle.index, 0, 1, 8, 0))
        siblings = [tuple(int.from_bytes(each, "big") for each in path) for path in paths]
        return Call(r.task.solver, "Availability", "post", (r.task.number, tuple(chunk), data, (count, *siblings)))

    def _name(self, r: Round, bundle: Any) -> int:
        return self.m.availability.name(r, (int(bundle.source), bundle.index, 0, 1, 8, 0))

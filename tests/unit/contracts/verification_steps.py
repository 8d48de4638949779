"""Driving Verification: data that can be asked for, ways to lose a round, and what its draws should find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boa
import numpy as np

from pinpoint.chain.port import Receipt
from pinpoint.commitment.tensor import Tensor, batch_root, checkpoint_root
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.dispute.chunks import Chunk, Poster, Source, ask_arguments, bundles, chunks_of, program_tree
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Program
from tests.unit.contracts.orders import geometry_of
from tests.unit.contracts.steps import (
    Geometry,
    Stage,
    accept,
    accept_assignment,
    at,
    bill,
    challenge,
    draw_verifier,
    enrol_and_draw,
    make_order,
    open_secret,
    phase_ends,
    refused,
    report,
    solver_of,
    some_hash,
    submit,
    to_reported,
    verification_of,
)
from tests.world import World

LARGEST = 0x7F7FFFFF
"""The largest finite distance."""


def send(world: World, user: str, method: str, *arguments: Any) -> Receipt:
    """Send to Verification as a user."""
    return world.send(user, "Verification", method, *arguments)


def as_contract(world: World, contract: str, method: str, *arguments: Any) -> Receipt:
    """Send to Verification as another contract of the suite."""
    return world.port.send(world.deployment.addresses[contract], "Verification", method, *arguments)


def view(world: World, method: str, *arguments: Any) -> Any:
    """A view of Verification."""
    return world.view("Verification", method, *arguments)


def stage(world: World, task: int) -> Stage:
    """The phase of the task's verification."""
    return Stage(verification_of(world, task).phase)


def round_of(world: World, task: int) -> int:
    """The current round."""
    return int(verification_of(world, task).round)


def draw_block_of(world: World, task: int) -> int:
    """The block that decides the next draw."""
    return int(verification_of(world, task).draw_block)


def locked(world: World, key: bytes) -> int:
    """What is locked under a key."""
    return int(world.view("Staking", "locked_amount", key))


def now() -> int:
    """Time of the next transaction's block."""
    return int(boa.env.evm.patch.timestamp)


def replay_time(world: World, **changes: Any) -> int:
    """Seconds that the replay of the samples of an order is given."""
    order = make_order(**changes)
    return world.parameters.work_time(bill(world, order).replay, 1 << geometry_of(order).data)


def floyd(seed: bytes, segments: int, samples: int) -> list[int]:
    """Distinct samples, drawn anew from the definition."""
    found: list[int] = []
    for i in range(samples):
        top = segments - samples + i
        choice = int.from_bytes(keccak(seed + i.to_bytes(32, "big")), "big") % (top + 1)
        found.append(top if choice in found else choice)
    return found


def to_games(world: World, **changes: Any) -> tuple[int, int]:
    """A report with a revealed challenge and an opened secret; the task and the challenge."""
    task = to_reported(world, **changes)
    dispute = challenge(world, task)
    open_secret(world, task)
    return task, dispute


def check_opening(world: World, first: int, early: str, run: Callable[[], Any]) -> None:
    """A move is refused as `early` up to the second before `first`, and counts in it and in the next."""
    for second in (first - 2, first - 1):
        at(second)
        with refused(early):
            run()
    for second in (first, first + 1):
        with world.undone():
            at(second)
            run()


# Ways to lose a round, from its draw


def silent(world: World, task: int) -> Receipt:
    """The drawn verifier does not answer."""
    draw_verifier(world, task)
    at(verification_of(world, task).deadline + 1)
    return send(world, "stranger", "time_out", task)


def excused(world: World, task: int) -> Receipt:
    """The drawn verifier cannot get the data."""
    return send(world, draw_verifier(world, task), "report_unavailable", task)


def reported(world: World, task: int) -> int:
    """The drawn verifier reports; the report's name."""
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task)
    return int(verification_of(world, task).report)


def convicted(world: World, task: int) -> Receipt:
    """A challenge wins."""
    return as_contract(world, "Arbitration", "overturn", reported(world, task), world["whistleblower"])


def unanswered(world: World, task: int) -> Receipt:
    """A challenge is revealed and the verifier keeps its secret."""
    reported(world, task)
    challenge(world, task)
    at(phase_ends(world, task)[2] + 1)
    return send(world, "stranger", "time_out", task)


def undrawn(world: World, task: int) -> Receipt:
    """Nobody draws a verifier."""
    at(verification_of(world, task).deadline + 1)
    return send(world, "stranger", "time_out", task)


# A task with data


def random_tensor(seed: int, rows: int, cols: int) -> Tensor:
    """Lanes of any bits."""
    return np.random.default_rng(seed).integers(0, 2**32, (rows, cols), np.uint32).view(np.float32)


def small_program() -> Program:
    """One tensor of state, which a step leaves as it is, and one of data."""
    builder = Builder()
    state = builder.state(3, 5)
    builder.batch(2, 9)
    return builder.finish([state])


@dataclass(frozen=True)
class Data:
    """What a task commits to, so small that a tensor is a chunk; the geometry is that of `steps`."""

    program: Program = field(default_factory=small_program)
    states: Sequence[Tensor] = field(
        default_factory=lambda: [random_tensor(i, 3, 5) for i in range(Geometry().segments + 1)]
    )
    batches: Sequence[Tensor] = field(default_factory=lambda: [random_tensor(100 + i, 2, 9) for i in range(4)])

    @cached_property
    def proof(self) -> Tree:
        """Of the checkpoints."""
        return Tree(TreeKind.PROOF, [checkpoint_root([state]) for state in self.states])

    @cached_property
    def dataset(self) -> Tree:
        """Of the batches."""
        return Tree(TreeKind.DATASET, [batch_root([batch]) for batch in self.batches])

    @property
    def order(self) -> dict[str, Any]:
        """The fields of the order that say so."""
        return {
            "program_root": program_tree(self.program).root,
            "dataset_root": self.dataset.root,
            "initial_state": checkpoint_root([self.states[0]]),
            "nodes": len(self.program.nodes),
            "state": 1,
            "batches": len(self.batches),
        }

    def prove(self, world: World) -> int:
        """A task with this proof; its samples are not drawn yet."""
        task = submit(world, **self.order)
        enrol_and_draw(world, task)
        accept(world, task)
        world.send(solver_of(world, task), "TaskRegistry", "post_proof", task, self.proof.root, self.proof.path(0))
        return task

    def ask(self, world: World, task: int, number: int = 0, user: str = "whistleblower") -> Chunk:
        """Ask for one of the chunks of the samples, counted as a replay reads them."""
        samples, g = [int(s) for s in view(world, "samples_of", task)], Geometry()
        pairs = [
            (bundle, chunk)
            for bundle in bundles(
                samples, segments=g.segments, interval=g.interval, batches=len(self.batches), final=True
            )
            for chunk in chunks_of(self.program, bundle)
        ]
        bundle, chunk = pairs[number]
        arguments = ask_arguments(self.program, program_tree(self.program), bundle, chunk)
        world.send(user, "Availability", "ask", task, *arguments)
        return chunk

    def post(self, world: World, task: int, chunk: Chunk) -> Receipt:
        """The solver posts a chunk."""
        of_batch = chunk.source is Source.BATCH
        tensor = (self.batches if of_batch else self.states)[chunk.index]
        poster = Poster(chunk.source, chunk.index, [tensor], self.dataset if of_batch else self.proof)
        return world.send(solver_of(world, task), "Availability", "post", task, *poster.arguments(chunk))


DATA = Data()


def posting_time(world: World, *chunks: Chunk) -> int:
    """Seconds that the solver has for these chunks: for an ask in the last second, too, a whole reply."""
    p = world.parameters
    return p.reply_window * bool(chunks) - (-sum(chunk.counted for chunk in chunks) // p.bytes_per_second)


def pending(world: World, task: int) -> int:
    """Chunks that are owed."""
    return int(world.view("Availability", "pending", task))


def to_asking(world: World) -> int:
    """A task with data, whose verifier has just accepted."""
    task = DATA.prove(world)
    draw_verifier(world, task)
    accept_assignment(world, task)
    return task


def to_open_with_data(world: World) -> int:
    """A task with data in the open round."""
    task = DATA.prove(world)
    for _ in range(world.parameters.max_rounds + 1):
        silent(world, task)
    return task


def game_end(world: World, dispute: int) -> int:
    """Last second in which the side on the clock may move."""
    return int(world.view("Arbitration", "game_of", dispute)[-1])


def lose(world: World, task: int, roots: Sequence[bytes], *disputes: int) -> None:
    """The verifier shows what is below its report's root, and no challenger goes on."""
    at(phase_ends(world, task)[2] + 1)
    for dispute in disputes:
        world.send("stranger", "Arbitration", "show_children", dispute, 0, 0, list(roots))
    last = max(game_end(world, dispute) for dispute in disputes)
    at(last + 1)
    for dispute in disputes:
        assert view(world, "is_final", task) is False
        world.send("stranger", "Arbitration", "time_out", dispute)


def segment_roots(*of: Any, count: int = Geometry().samples) -> list[bytes]:
    """Made-up roots below a report's, one for each sample."""
    return [some_hash("segment", *of, i) for i in range(count)]


def report_root(*of: Any, count: int = Geometry().samples) -> bytes:
    """The root of a report over them."""
    return Tree(TreeKind.REPORT, segment_roots(*of, count=count)).root

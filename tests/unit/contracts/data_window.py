"""Availability between stand-ins: one task whose data can be asked for, and all that a test may turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boa
import numpy as np

from pinpoint.chain.client import Geometry
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import Event
from pinpoint.commitment.tensor import Tensor, batch_root, checkpoint_root, leaf_count, program_leaf
from pinpoint.commitment.tree import Tree, TreeKind, climb, height, keccak, width, wrap
from pinpoint.dispute.chunks import (
    LEVEL,
    Bundle,
    Chunk,
    Paths,
    Poster,
    Source,
    ask_arguments,
    bundle_root,
    bundles,
    program_tree,
)
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Node, Program
from pinpoint.program.operators import MAX_NODES, MAX_STATE, Operator, Shape

TASK = 7
ROUND, NOW = 0, 1_800_000_000
ASK_END = NOW + 100
PROVED, ENDED = 16, 32
PARAMETERS = Parameters.load(Path("deployments/local.yaml"))
CONTRACT = boa.load_partial("contracts/Availability.vy")

SUITE = boa.loads_partial(
    """
# Staking, Registry, Verification and Settlement, as far as Availability asks them.
struct Order:
    program_root: bytes32
    dataset_root: bytes32
    initial_state: bytes32
    geometry: uint256
    units: uint256
    price: uint256

order: Order
proof_root: public(bytes32)
phase: public(uint256)
solver: address
samples: DynArray[uint256, 16]
asks_open: bool
round: uint256
ask_end: uint256
pots: public(HashMap[bytes32, uint256])
stake: public(HashMap[address, uint256])
credit: public(HashMap[address, uint256])
withheld_task: public(uint256)

@external
def set_task(order: Order, proof_root: bytes32, samples: DynArray[uint256, 16], solver: address):
    self.order = order
    self.proof_root = proof_root
    self.samples = samples
    self.solver = solver

@external
def set_phase(phase: uint256):
    self.phase = phase

@external
def set_asking(asks_open: bool, round: uint256, ask_end: uint256):
    self.asks_open = asks_open
    self.round = round
    self.ask_end = ask_end

@external
def deposit(owner: address, amount: uint256):
    self.stake[owner] += amount

@external
def fund(pot: bytes32, owner: address, amount: uint256):
    assert self.stake[owner] >= amount, "staking: stake"
    self.stake[owner] -= amount
    self.pots[pot] += amount

@external
def fee_paid(pot: bytes32, receiver: address):
    self.credit[receiver] += self.pots[pot]
    self.pots[pot] = 0

@external
def withheld(task: uint256):
    self._check(task)
    self.withheld_task = task
    self.phase = 32
    self.asks_open = False

@view
@external
def asking(task: uint256) -> (uint256, uint256):
    self._check(task)
    assert self.asks_open, "verification: phase"
    return self.round, self.ask_end

@view
@external
def sample_of(task: uint256, place: uint256) -> uint256:
    self._check(task)
    return self.samples[place]

@view
@external
def orders(task: uint256) -> Order:
    self._check(task)
    return self.order

@view
@external
def phase_of(task: uint256) -> uint256:
    self._check(task)
    return self.phase

@view
@external
def proof_root_of(task: uint256) -> bytes32:
    self._check(task)
    return self.proof_root

@view
@external
def parties(task: uint256) -> (address, address):
    self._check(task)
    return empty(address), self.solver

@view
@internal
def _check(task: uint256):
    assert task == 7, "stand-in: task"
"""
)


def random_tensors(seed: int, shapes: Sequence[Shape]) -> list[Tensor]:
    """Lanes of any bits."""
    rng = np.random.Generator(np.random.PCG64(seed))
    return [rng.integers(0, 2**32, shape, np.uint32).view(np.float32) for shape in shapes]


# One lane; part of a word in several rows; two leaves a row and three chunks; a last chunk of one leaf; rows that are
# not cut at chunks' ends.
STATE_SHAPES = ((1, 1), (3, 5), (70, 130), (65, 128), (30, 300))
BATCH_SHAPES = ((2, 9), (129, 1))


def program() -> Program:
    """A program of those shapes whose BATCH nodes do not stand in the order of the batch's tensors."""
    builder = Builder()
    states = [builder.state(*shape) for shape in STATE_SHAPES]
    for shape in reversed(BATCH_SHAPES):
        builder.batch(*shape)
    done = builder.finish(states)
    last = len(BATCH_SHAPES) - 1
    swapped = [
        replace(node, attribute=last - node.attribute) if node.operator is Operator.BATCH else node
        for node in done.nodes
    ]
    return Program(tuple(swapped))


@dataclass(frozen=True)
class Job:
    """What a task commits to."""

    program: Program = field(default_factory=program)
    # Segments 1, 2 and 4 are neighbours or not; batches come round again within a segment.
    samples: Sequence[int] = (2, 1, 4)
    segments: int = 5
    interval: int = 3
    states: Sequence[Sequence[Tensor]] = field(
        default_factory=lambda: [random_tensors(place, STATE_SHAPES) for place in range(6)]
    )
    batches: Sequence[Sequence[Tensor]] = field(
        default_factory=lambda: [random_tensors(100 + place, BATCH_SHAPES) for place in range(2)]
    )

    @property
    def counts(self) -> Mapping[str, int]:
        """As `bundles` takes them."""
        return {"segments": self.segments, "interval": self.interval, "batches": len(self.batches)}

    @property
    def geometry(self) -> Geometry:
        """The counts of the order."""
        nodes, state, steps = len(self.program.nodes), len(self.program.state_shapes), self.segments * self.interval
        return Geometry(nodes, state, len(self.batches), steps, self.interval, len(self.samples), 0, 20)

    @property
    def proof(self) -> Tree:
        """Of the checkpoints."""
        return Tree(TreeKind.PROOF, [checkpoint_root(state) for state in self.states])

    @property
    def dataset(self) -> Tree:
        """Of the batches."""
        return Tree(TreeKind.DATASET, [batch_root(batch) for batch in self.batches])

    def bundles(self) -> list[Bundle]:
        """All that can be asked for."""
        return bundles(self.samples, **self.counts, final=True)

    def tensors(self, source: Source, index: int) -> Sequence[Tensor]:
        """A checkpoint or batch."""
        return (self.batches if source is Source.BATCH else self.states)[index]

    def poster(self, source: Source, index: int) -> Poster:
        """An honest solver's."""
        collection = self.dataset if source is Source.BATCH else self.proof
        return Poster(source, index, self.tensors(source, index), collection)


@dataclass(frozen=True)
class Giant:
    """A chunk below trees of the most leaves, whose siblings are made up: nothing else has longer paths."""

    source: Source
    shape: Shape

    @cached_property
    def chunk(self) -> Chunk:
        """The first one of tensor 0 of checkpoint or batch 0."""
        return Chunk(self.source, 0, 0, *self.shape, 0)

    @cached_property
    def data(self) -> bytes:
        """Without a zero byte, which would be cheaper."""
        return np.random.Generator(np.random.PCG64(5)).integers(1, 256, self.chunk.size, np.uint8).tobytes()

    @property
    def geometry(self) -> Geometry:
        """The most of everything."""
        return Geometry(MAX_NODES, MAX_STATE, 2**24, 65535, 1, 1, 0, 48)

    @cached_property
    def paths(self) -> Paths:
        """Made up."""
        leaves, most = leaf_count(*self.shape), self.geometry
        tensors, count = (MAX_NODES, most.batches) if self.source is Source.BATCH else (most.state, 2**16)
        above = made_up(leaves)[sum(min(4, width(leaves, level)) - 1 for level in range(min(LEVEL, height(leaves)))) :]
        return Paths(tensors, above, made_up(tensors), made_up(count))

    @property
    def root(self) -> bytes:
        """Of the proof or the data set."""
        _, kind = self.source.kinds
        count = self.geometry.batches if self.source is Source.BATCH else 2**16
        leaf = bundle_root(self.chunk, self.data, self.paths)
        return wrap(kind, count, climb([leaf], 0, count, self.paths.in_collection))

    @property
    def node(self) -> tuple[Any, ...]:
        """Words of the STATE node 0, or of a BATCH node, and a made-up path."""
        operator = Operator.BATCH if self.source is Source.BATCH else Operator.STATE
        return Node(operator, *self.shape).words(), made_up(MAX_NODES)

    @property
    def program_root(self) -> bytes:
        """With that node as the first."""
        words, path = self.node
        return wrap(TreeKind.PROGRAM, MAX_NODES, climb([program_leaf(words)], 0, MAX_NODES, path))

    def commitment(self) -> tuple[Any, ...]:
        """What `Window.commit` takes."""
        return self.program_root, self.root, self.root, self.geometry, [0]

    def ask_arguments(self) -> tuple[Any, ...]:
        """What `ask` takes after the task."""
        return int(self.source), 0, 0, 0, self.node, 0

    def post_arguments(self) -> tuple[Any, ...]:
        """What `post` takes after the task."""
        return self.chunk.arguments(), self.data, self.paths.arguments()


def made_up(count: int) -> list[bytes]:
    """Siblings of leaf 0 in a tree of so many leaves."""
    size = sum(min(4, width(count, level)) - 1 for level in range(height(count)))
    return [keccak(f"{count} {place}".encode()) for place in range(size)]


class Window:
    """The contract, its stand-ins, and one task."""

    def __init__(self, parameters: Parameters = PARAMETERS) -> None:
        self.solver, self.asker, self.stranger = (
            str(boa.env.generate_address(name)) for name in ("solver", "asker", "stranger")
        )
        self.suite = SUITE.deploy()
        self.parameters = parameters
        self.contract = CONTRACT.deploy(*[self.suite.address] * 4, parameters.arguments())
        self.log: list[Event] = []
        self.suite.deposit(self.asker, 10**24)
        self.suite.set_phase(PROVED)
        self.suite.set_asking(True, ROUND, ASK_END)
        boa.env.evm.patch.timestamp = NOW

    def take(self, job: Job) -> None:
        """Make this the task."""
        self.commit(program_tree(job.program).root, job.dataset.root, job.proof.root, job.geometry, job.samples)

    def commit(
        self, program_root: bytes, dataset: bytes, proof: bytes, geometry: Geometry, samples: Sequence[int]
    ) -> None:
        """Make this the task, by roots."""
        order = program_root, dataset, bytes(32), geometry.pack(), 1, 1
        self.suite.set_task(order, proof, list(samples), self.solver)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside is undone at the end."""
        length = len(self.log)
        with boa.env.anchor():
            yield
        del self.log[length:]

    def at(self, timestamp: int) -> None:
        """Give the next transaction's block this time."""
        boa.env.evm.patch.timestamp = timestamp

    def ask(self, *arguments: Any, sender: str = "") -> bytes:
        """`ask` for the task; the key."""
        key = bytes(self.contract.ask(TASK, *arguments, sender=sender or self.asker))
        self._keep()
        return key

    def ask_for(self, job: Job, chunk: Chunk) -> bytes:
        """Ask as an honest asker does; the key."""
        at = chunk.source, chunk.index
        bundle = next(one for one in job.bundles() if (one.source, one.index) == at)
        return self.ask(*ask_arguments(job.program, program_tree(job.program), bundle, chunk))

    def post(self, *arguments: Any, sender: str = "") -> None:
        """`post` for the task."""
        self.contract.post(TASK, *arguments, sender=sender or self.solver)
        self._keep()

    def post_from(self, job: Job, chunk: Chunk, sender: str = "") -> None:
        """Post as an honest solver does."""
        self.post(*job.poster(chunk.source, chunk.index).arguments(chunk), sender=sender)

    def time_out(self) -> None:
        """`time_out` of the task, by a stranger."""
        self.contract.time_out(TASK, sender=self.stranger)
        self._keep()

    def refund(self, key: bytes) -> None:
        """`refund`, by a stranger."""
        self.contract.refund(key, sender=self.stranger)
        self._keep()

    @property
    def pending(self) -> int:
        """Chunks owed."""
        return int(self.contract.pending(TASK))

    def posting_time(self, round_: int = ROUND) -> int:
        """Seconds."""
        return int(self.contract.posting_time(TASK, round_))

    @property
    def client(self) -> Any:
        """What `Posted` needs of a client."""
        found = {"Availability": self.log}
        port = SimpleNamespace(events=lambda contract, name: list(found[contract]))
        return SimpleNamespace(port=port, samples=lambda task: self._samples)

    def task(self, job: Job) -> Any:
        """What `Posted` needs of a task."""
        self._samples = list(job.samples)
        order = SimpleNamespace(geometry=job.geometry, dataset_root=job.dataset.root)
        return SimpleNamespace(number=TASK, order=order, proof_root=job.proof.root)

    def _keep(self) -> None:
        for log in self.contract.get_logs():
            self.log.append(Event("Availability", type(log).__name__, log._asdict()))

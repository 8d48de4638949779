"""A task's data on chain: what was asked for, what was posted, and what can be put together from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import Client, Task
from pinpoint.chain.port import Event
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tensor import Tensor
from pinpoint.commitment.tree import PathError, Tree, TreeKind, climb, wrap
from pinpoint.dispute.chunks import (
    Bundle,
    Chunk,
    ChunkError,
    PartialTree,
    Paths,
    Poster,
    Source,
    ask_arguments,
    assemble,
    bundle_root,
    bundles,
    chunk_count,
    chunks_of,
    program_tree,
    shapes_of,
)
from pinpoint.program.graph import Program


class Posted:
    """The data of one sampled proof, as far as they are on chain; all of it is checked against the task's roots.

    For an asker: `missing`, then `ask_arguments` of each. For a solver: `pending`, then `post_arguments` of each. For
    whoever replays: `restore`, and the states and batches are among its artifacts; `proof` and `dataset` are the trees
    around them where the lists of roots cannot be had.
    """

    def __init__(self, client: Client, task: Task, program: Program) -> None:
        """
        Args:
            task: with its samples drawn.
            program: the task's.
        """
        self._client = client
        self._task = task
        self._program = program
        g = task.order.geometry
        self._counts = {"segments": g.segments, "interval": g.interval, "batches": g.batches}
        self._samples = client.samples(task.number)
        self._seen: list[Event] = []
        self._asked: dict[Chunk, bool] = {}  # whether it has been posted
        self._data: dict[tuple[Source, int, int], dict[int, bytes]] = defaultdict(dict)
        self._restored: set[tuple[Source, int]] = set()
        self._whole: dict[Source, Tree] = {}
        self._posters: dict[tuple[Source, int], Poster] = {}
        self.proof = PartialTree(TreeKind.PROOF, g.segments + 1)
        self.dataset = PartialTree(TreeKind.DATASET, g.batches)

    def update(self) -> None:
        """Take in new events. Everything below does, first.

        Raises:
            ChunkError: if the node that serves the events made one up: the contract has checked the same.
        """
        events = self._client.port.events("Availability", "*")
        if events[: len(self._seen)] != self._seen:
            # A reorganisation. What was proved by a root stays; what was asked for and posted may not be.
            self._asked, self._seen = {}, []
        for event in events[len(self._seen) :]:
            if event.fields.get("task") != self._task.number:
                continue
            if event.name == "ChunkAsked":
                self._asked.setdefault(self._chunk(event), False)
            elif event.name == "ChunkPosted":
                self._learn(event)
        self._seen = events

    def missing(self, artifacts: Artifacts, final: bool = False) -> list[Chunk]:
        """What a replay needs, cannot be had and has not been asked for: missing, or not what its root says.

        Args:
            final: the last checkpoint, too: the trained model.
        """
        self.update()
        return [
            chunk
            for bundle in self._bundles(final)
            if self._tensors(bundle.source, bundle.index, artifacts) is None
            for chunk in chunks_of(self._program, bundle)
            if chunk not in self._asked
        ]

    def ask_arguments(self, chunk: Chunk) -> tuple[Any, ...]:
        """What `Availability.ask` takes.

        Raises:
            LookupError: if it is not one that may be asked for.
        """
        at = chunk.source, chunk.index
        for bundle in self._bundles(final=True):
            if (bundle.source, bundle.index) == at:
                return self._task.number, *ask_arguments(self._program, self._tree, bundle, chunk)
        raise LookupError(f"expected a chunk of a sampled segment or of the final checkpoint, got {chunk}")

    def pending(self) -> list[Chunk]:
        """What was asked for and has not been posted, oldest first."""
        self.update()
        return [chunk for chunk, posted in self._asked.items() if not posted]

    def post_arguments(self, chunk: Chunk, artifacts: Artifacts) -> tuple[Any, ...]:
        """What `Availability.post` takes.

        Raises:
            ArtifactError: if the data cannot be had.
        """
        at = chunk.source, chunk.index
        if at not in self._posters:
            tensors = self._tensors(*at, artifacts)
            if tensors is None:
                raise ArtifactError(f"{chunk} not available")
            self._posters = {at: Poster(*at, tensors, self._collection(chunk.source, artifacts))}
        return self._task.number, *self._posters[at].arguments(chunk)

    def restore(self, artifacts: Artifacts) -> None:
        """Put every state and batch that has been posted whole among the artifacts."""
        self.update()
        for bundle in self._bundles(final=True):
            at = bundle.source, bundle.index
            tensors = None if at in self._restored else self._assemble(*at)
            if tensors is None:
                continue
            # An own copy is enough, where the storage cannot be written.
            with suppress(ArtifactError):
                if bundle.source is Source.BATCH:
                    artifacts.put_dataset([tensors])
                else:
                    artifacts.put_state(tensors)
            self._restored.add(at)

    @cached_property
    def _tree(self) -> Tree:
        return program_tree(self._program)

    def _bundles(self, final: bool) -> list[Bundle]:
        return bundles(self._samples, **self._counts, final=final)

    def _learn(self, event: Event) -> None:
        chunk, paths = self._chunk(event), Paths.of(event.fields["paths"])
        data = bytes(event.fields["data"])
        known, root = self._known(chunk.source)
        leaf = bundle_root(chunk, data, paths)
        try:
            found = wrap(known.kind, known.count, climb([leaf], chunk.index, known.count, paths.in_collection))
        except PathError as error:
            raise ChunkError(f"expected paths of {chunk}: {error}") from error
        if found != root:
            raise ChunkError(f"expected {chunk} to lead to {root.hex()}, got {found.hex()}")
        known.learn(chunk.index, leaf, paths.in_collection)
        self._asked[chunk] = True
        self._data[chunk.source, chunk.index, chunk.tensor][chunk.number] = data

    def _chunk(self, event: Event) -> Chunk:
        """The chunk of an event, which the contract takes for one of this task's data only."""
        try:
            chunk = Chunk.of(event.fields["chunk"])
            shape = shapes_of(self._program, chunk.source)[chunk.tensor]
        except (LookupError, ValueError):
            shape = None
        if (
            shape is None
            or chunk.source is Source.FINAL
            or chunk.shape != shape
            or chunk.index >= self._known(chunk.source)[0].count
            or chunk.number >= chunk_count(shape)
        ):
            raise ChunkError(f"expected a chunk of the task's data, got {str(event.fields['chunk'])[:400]}")
        return chunk

    def _known(self, source: Source) -> tuple[PartialTree, bytes]:
        if source is Source.BATCH:
            return self.dataset, self._task.order.dataset_root
        return self.proof, self._task.proof_root

    def _collection(self, source: Source, artifacts: Artifacts) -> Tree:
        """The PROOF or DATASET tree, or what is known of it."""
        known, root = self._known(source)
        if source not in self._whole:
            try:
                leaves = artifacts.dataset(root) if source is Source.BATCH else artifacts.proof(root)
            except ArtifactError:
                return known
            self._whole[source] = Tree(known.kind, leaves)
        return self._whole[source]

    def _tensors(self, source: Source, index: int, artifacts: Artifacts) -> Sequence[Tensor] | None:
        """A checkpoint or batch of the right shapes, if it can be had."""
        root = self._collection(source, artifacts).levels[0][index]
        try:
            tensors = artifacts.batch(root) if source is Source.BATCH else artifacts.state(root)
        except ArtifactError:
            return None
        shapes = [tensor.shape for tensor in tensors]
        return tensors if shapes == list(shapes_of(self._program, source)) else None

    def _assemble(self, source: Source, index: int) -> list[Tensor] | None:
        shapes = shapes_of(self._program, source)
        found = [assemble(shape, self._data[source, index, place]) for place, shape in enumerate(shapes)]
        tensors = [tensor for tensor in found if tensor is not None]
        return tensors if len(tensors) == len(shapes) else None

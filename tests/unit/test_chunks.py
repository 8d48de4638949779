"""Chunks off chain: who needs which, and data put together again from what was posted. Promise 4."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.posted import Posted
from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.commitment.tensor import batch_root, checkpoint_root, tensor_root
from pinpoint.commitment.tree import PathError, Tree, TreeKind, climb, keccak, wrap
from pinpoint.dispute.chunks import (
    Bundle,
    Chunk,
    ChunkError,
    PartialTree,
    Paths,
    Poster,
    Source,
    assemble,
    bundle_root,
    chunk_count,
    chunks_of,
)
from tests.unit.contracts.data_window import STATE_SHAPES, TASK, Job, Window, random_tensors

JOB = Job()
START, BATCH = (next(b for b in JOB.bundles() if b.source is source) for source in (Source.CHECKPOINT, Source.BATCH))
SHAPES = [(1, 1), (1, 128), (3, 129), (64, 8), (65, 8), (63, 130), (200, 1), (3, 4096), (257, 9)]


def all_of(bundle: Bundle) -> list[Chunk]:
    return list(chunks_of(JOB.program, bundle))


def posted(chunk: Chunk, job: Job = JOB) -> tuple[bytes, Paths]:
    """Data and paths as an honest solver posts them."""
    coordinates, data, paths = job.poster(chunk.source, chunk.index).arguments(chunk)
    assert coordinates == chunk.arguments()
    return data, Paths.of(paths)


# Chunks


@pytest.mark.parametrize("shape", SHAPES)
def test_a_tensor_is_cut_and_put_together(shape: tuple[int, int]) -> None:
    (tensor,) = random_tensors(1, [shape])
    tree = Tree(TreeKind.PROOF, [checkpoint_root([tensor])])
    poster = Poster(Source.CHECKPOINT, 0, [tensor], tree)
    data = {}
    for number in range(chunk_count(shape)):
        chunk = Chunk(Source.CHECKPOINT, 0, 0, *shape, number)
        _, data[number], paths = poster.arguments(chunk)
        assert len(data[number]) == chunk.size <= 2**15
        assert bundle_root(chunk, data[number], Paths.of(paths)) == tree.levels[0][0]
    found = assemble(shape, data)
    assert found is not None and tensor_root(found) == tensor_root(tensor)
    assert found.dtype == np.float32 and found.tobytes() == tensor.tobytes()
    assert assemble(shape, {number: part for number, part in data.items() if number}) is None


@pytest.mark.parametrize("bundle", [START, BATCH], ids=["CHECKPOINT", "BATCH"])
def test_a_chunk_leads_to_its_checkpoint_or_batch(bundle: Bundle) -> None:
    root = (batch_root if bundle.source is Source.BATCH else checkpoint_root)(JOB.tensors(bundle.source, bundle.index))
    for chunk in all_of(bundle):
        assert bundle_root(chunk, *posted(chunk)) == root


def test_what_is_not_the_chunk_is_refused() -> None:
    chunk = Chunk(Source.CHECKPOINT, 2, 1, *STATE_SHAPES[1], 0)
    data, paths = posted(chunk)
    for wrong in (data[:-32], data + bytes(32), b""):
        with pytest.raises(ChunkError, match=r"expected 96 bytes .* got"):
            bundle_root(chunk, wrong, paths)
    with pytest.raises(ChunkError, match="zero lanes beyond column 5"):
        bundle_root(chunk, data[:-1] + b"\1", paths)
    with pytest.raises(ChunkError, match="siblings"):
        bundle_root(chunk, data, replace(paths, in_bundle=paths.in_bundle[1:]))
    with pytest.raises(ChunkError, match="siblings"):
        bundle_root(chunk, data, replace(paths, in_tensor=[bytes(32)]))
    assert bundle_root(chunk, bytes([data[0] ^ 1]) + data[1:], paths) != bundle_root(chunk, data, paths)


@pytest.mark.parametrize("change", [{"rows": 4}, {"tensor": 0}, {"tensor": 9}])
def test_only_tensors_that_are_there_are_posted(change: dict[str, int]) -> None:
    chunk = Chunk(Source.CHECKPOINT, 2, 1, *STATE_SHAPES[1], 0)
    with pytest.raises(ChunkError, match="expected a tensor of"):
        JOB.poster(chunk.source, chunk.index).arguments(replace(chunk, **change))


# Partial trees


@pytest.mark.parametrize("count", [1, 2, 5, 17, 64, 65, 257])
def test_a_partial_tree_proves_what_it_learned(count: int) -> None:
    rng = random.Random(count)
    whole = Tree(TreeKind.PROOF, [keccak(bytes([i % 256, i // 256])) for i in range(count)])
    partial = PartialTree(TreeKind.PROOF, count)
    assert partial.count == count and partial.height == whole.height
    learned = sorted(rng.sample(range(count), min(count, 3)))
    for index in learned:
        partial.learn(index, whole.levels[0][index], whole.path(index))
    assert partial.root == whole.root
    for index in learned:
        assert partial.path(index) == whole.path(index)
        assert partial.levels[0][index] == whole.levels[0][index]
    for index in set(range(count)) - set(learned):
        if partial.levels[0][index]:
            # Shown as a sibling: known by hash, and its path is the group's.
            assert partial.levels[0][index] == whole.levels[0][index]
            assert partial.path(index) == whole.path(index)
        else:
            with pytest.raises(PathError, match="to be known"):
                partial.path(index)


# From events


@pytest.fixture(scope="module")
def deployed() -> Window:
    window = Window()
    window.take(JOB)
    return window


@pytest.fixture
def window(deployed: Window) -> Iterator[Window]:
    """A round whose asks are open; whatever a test does is undone."""
    with deployed.undone():
        yield deployed


def artifacts() -> Artifacts:
    """Of an asker, to whom nobody serves anything."""
    return Artifacts(Storage(f"memory://{uuid4()}"), Storage(f"memory://{uuid4()}"))


def of_solver() -> Artifacts:
    """Of a solver, who has it all."""
    found = artifacts()
    found.put_dataset(JOB.batches)
    found.put_proof([found.put_state(state) for state in JOB.states])
    return found


def view(window: Window) -> Posted:
    return Posted(window.client, window.task(JOB), JOB.program)


def ask_all(window: Window, found: list[Chunk]) -> None:
    """As a role does."""
    asker = view(window)
    for chunk in found:
        window.contract.ask(*asker.ask_arguments(chunk), sender=window.asker)
        window._keep()


def post_all(window: Window, store: Artifacts) -> None:
    """As a role does."""
    solver = view(window)
    for chunk in solver.pending():
        window.contract.post(*solver.post_arguments(chunk, store), sender=window.solver)
        window._keep()


@pytest.mark.parametrize("final", [False, True])
def test_who_gets_nothing_asks_and_has_everything(window: Window, final: bool) -> None:
    """Promise 4: neither the data nor the lists of roots around them are served."""
    own, posted_data = artifacts(), view(window)
    missing = posted_data.missing(own, final)
    assert missing == [chunk for bundle in JOB.bundles() for chunk in all_of(bundle)]
    ask_all(window, missing)
    assert view(window).missing(own, final) == []
    assert posted_data.pending() == missing
    post_all(window, of_solver())
    assert view(window).pending() == []

    posted_data.restore(own)
    for bundle in JOB.bundles():
        known = posted_data.dataset if bundle.source is Source.BATCH else posted_data.proof
        root, right = known.levels[0][bundle.index], JOB.tensors(bundle.source, bundle.index)
        got = own.batch(root) if bundle.source is Source.BATCH else own.state(root)
        assert [tensor.tobytes() for tensor in got] == [tensor.tobytes() for tensor in right]
    assert (posted_data.proof.root, posted_data.dataset.root) == (JOB.proof.root, JOB.dataset.root)
    for segment in JOB.samples:
        assert posted_data.proof.path(segment) == JOB.proof.path(segment)


def test_only_what_cannot_be_had_is_missing(window: Window) -> None:
    own = of_solver()
    assert view(window).missing(own, final=True) == []
    without = artifacts()
    without.put_dataset(JOB.batches)
    without.put_proof([checkpoint_root(state) for state in JOB.states])
    for index in (1, 2, 4):
        without.put_state(JOB.states[index])
    needed = view(window).missing(without)
    assert {(chunk.source, chunk.index) for chunk in needed} == {(Source.CHECKPOINT, index) for index in (3, 5)}
    ask_all(window, needed[:1])
    assert view(window).missing(without) == needed[1:]


def test_the_final_checkpoint_is_asked_for_by_who_wants_the_model(window: Window) -> None:
    job = replace(JOB, samples=(2,))
    window.take(job)
    replays, wants = (
        {(c.source, c.index) for c in Posted(window.client, window.task(job), job.program).missing(artifacts(), final)}
        for final in (False, True)
    )
    assert wants - replays == {(Source.CHECKPOINT, job.segments)}


def test_a_state_of_other_shapes_is_missing(window: Window) -> None:
    """What the solver committed to is served, and is not what the program reads: asked for, it cannot be posted."""
    odd = replace(JOB, states=[*JOB.states[:2], JOB.states[2][::-1], *JOB.states[3:]])
    store = artifacts()
    store.put_dataset(odd.batches)
    store.put_proof([store.put_state(state) for state in odd.states])
    found = Posted(window.client, window.task(odd), odd.program)
    missing = found.missing(store)
    assert {(chunk.source, chunk.index) for chunk in missing} == {(Source.CHECKPOINT, 2)}
    with pytest.raises(ArtifactError, match="not available"):
        found.post_arguments(missing[0], store)


def test_a_part_is_not_restored(window: Window) -> None:
    own, chunks = artifacts(), all_of(START)
    ask_all(window, chunks)
    solver, reader = view(window), view(window)
    for chunk in chunks[:-1]:
        window.contract.post(*solver.post_arguments(chunk, of_solver()), sender=window.solver)
        window._keep()
    reader.restore(own)
    with pytest.raises(ArtifactError):
        own.state(checkpoint_root(JOB.states[START.index]))
    assert reader.pending() == chunks[-1:]
    post_all(window, of_solver())
    reader.restore(own)
    own.state(checkpoint_root(JOB.states[START.index]))


def test_a_solver_without_the_lists_answers_from_what_it_knows(window: Window) -> None:
    """Whoever has the states and saw one chunk of each can post the rest."""
    own, chunks = artifacts(), all_of(START)
    own.put_state(JOB.states[START.index])
    ask_all(window, chunks)
    with pytest.raises(ArtifactError, match="not available"):
        view(window).post_arguments(chunks[0], own)
    window.post_from(JOB, chunks[0])
    post_all(window, own)
    assert window.pending == 0


def test_storage_that_cannot_be_written_does_no_harm(window: Window) -> None:
    class ReadOnly(Storage):
        def put(self, root: bytes, data: bytes) -> None:
            raise ArtifactError("read-only")

    ask_all(window, all_of(START) + all_of(BATCH))
    post_all(window, of_solver())
    own = Artifacts(ReadOnly(f"memory://{uuid4()}"), Storage(f"memory://{uuid4()}"))
    view(window).restore(own)
    own.state(checkpoint_root(JOB.states[START.index]))
    own.batch(batch_root(JOB.batches[BATCH.index]))


def test_other_tasks_do_not_matter(window: Window) -> None:
    ask_all(window, all_of(START)[:2])
    window.log[0].fields["task"] = TASK + 1
    assert view(window).pending() == all_of(START)[1:2]


@pytest.mark.parametrize("field", ["data", "in_tensor", "in_bundle", "in_collection"])
def test_a_node_that_makes_events_up_is_found_out(window: Window, field: str) -> None:
    chunk = all_of(START)[2]
    ask_all(window, [chunk])
    post_all(window, of_solver())
    fields: Any = window.log[-1].fields
    if field == "data":
        fields["data"] = bytes([fields["data"][0] ^ 1]) + fields["data"][1:]
    else:
        paths = Paths.of(fields["paths"])
        forged = [bytes(32), *getattr(paths, field)[1:]]
        fields["paths"] = replace(paths, **{field: forged}).arguments()
    with pytest.raises(ChunkError, match=r"expected .* to lead to"):
        view(window).pending()


def test_a_path_of_another_length_is_found_out(window: Window) -> None:
    chunk = all_of(BATCH)[0]
    ask_all(window, [chunk])
    post_all(window, of_solver())
    fields: Any = window.log[-1].fields
    fields["paths"] = replace(Paths.of(fields["paths"]), in_collection=[]).arguments()
    with pytest.raises(ChunkError, match="siblings"):
        view(window).pending()


def test_only_what_may_be_asked_for_has_arguments(window: Window) -> None:
    with pytest.raises(LookupError, match="expected a chunk of a sampled segment"):
        view(window).ask_arguments(Chunk(Source.CHECKPOINT, 0, 0, 1, 1, 0))


def test_the_twin_of_a_root_by_hand() -> None:
    """One state of one lane, the only checkpoint: all trees are one leaf."""
    (tensor,) = random_tensors(3, [(1, 1)])
    chunk = Chunk(Source.CHECKPOINT, 0, 0, 1, 1, 0)
    data = tensor.view(np.uint32).astype(">u4").tobytes() + bytes(28)
    head = b"PINPOINT" + b"".join(field.to_bytes(8, "big") for field in (1, 0, 1))
    leaf = keccak(head + data)
    expected = wrap(TreeKind.CHECKPOINT, 1, wrap(TreeKind.TENSOR, 1, leaf))
    assert bundle_root(chunk, data, Paths(1, [], [], [])) == expected == climb([expected], 0, 1, [])

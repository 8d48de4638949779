"""Artifacts: whatever a store holds, what comes out has the root that was asked for, or it is an ArtifactError."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.chain.artifacts import Artifacts, decode_tensors, encode_tensors
from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.commitment.tensor import batch_root, checkpoint_root
from pinpoint.commitment.tree import TreeKind, keccak, root
from pinpoint.dispute.invalid import first_invalid, node_words, nodes_root
from pinpoint.models.dense import initial_state, training_program
from pinpoint.program.graph import Program, ProgramError
from pinpoint.program.validation import validate
from tests.fuzz.outside import damaged, fuzz, judge
from tests.programs import random_program

DENSE = training_program((4, 3), 2).to_bytes()
CONSTANT = next(p for seed in range(99) if (p := random_program(random.Random(seed))).constants).to_bytes()
STATE = initial_state((4, 3), 1)
ENCODED = encode_tensors([*STATE, np.full((1, 1), np.nan, np.float32), np.zeros((3, 9), np.float32)])
HASHES = b"".join(keccak(bytes([i])) for i in range(5))


@fuzz
@given(damaged(ENCODED))
def test_tensors(data: bytes) -> None:
    found = judge("tensors", lambda: decode_tensors(data), ValueError)
    if found is not None:
        assert encode_tensors(found) == data


@fuzz
@given(st.sampled_from((DENSE, CONSTANT)).flatmap(damaged))
def test_programs(data: bytes) -> None:
    found = judge("program", lambda: Program.from_bytes(data), ProgramError)
    if found is not None:
        assert found.to_bytes() == data
        judge("validate", lambda: validate(found), ProgramError)


@fuzz
@given(st.sampled_from((DENSE, CONSTANT)).flatmap(damaged), st.integers(0, 5))
def test_nodes_of_a_program_that_may_be_invalid(data: bytes, states: int) -> None:
    found = judge("program nodes", lambda: node_words(data), ProgramError)
    if found:
        assert b"".join(word.to_bytes(32, "big") for words in found for word in words) in data
        judge("invalid node", lambda: first_invalid(found, states), ProgramError)


@fuzz
@given(st.sampled_from(("program", "program_nodes", "batch", "state", "dataset", "proof")), st.data())
def test_what_a_store_holds(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    """Under the right name, in the own copy, too: nothing else is taken for the artifact, and the copy is mended."""
    valid, of = {
        "program": (DENSE, Program.from_bytes(DENSE).root),
        "program_nodes": (DENSE, nodes_root(node_words(DENSE))),
        "batch": (ENCODED, batch_root(decode_tensors(ENCODED))),
        "state": (ENCODED, checkpoint_root(decode_tensors(ENCODED))),
        "dataset": (HASHES, root(TreeKind.DATASET, [HASHES[i : i + 32] for i in range(0, 160, 32)])),
        "proof": (HASHES, root(TreeKind.PROOF, [HASHES[i : i + 32] for i in range(0, 160, 32)])),
    }[kind]
    folder = tmp_path / "public"
    folder.mkdir(exist_ok=True)
    artifacts = Artifacts(Storage(str(folder))).keeping(str(tmp_path / "own"))
    right, own = folder / f"{of.hex()}.bin", tmp_path / "own" / f"{of.hex()}.bin"
    spoilt = data.draw(damaged(valid))
    right.write_bytes(spoilt)
    own.unlink(missing_ok=True)
    found = judge(f"stored {kind}", lambda: getattr(artifacts, kind)(of), ArtifactError)
    assert own.exists() == (found is not None)
    own.parent.mkdir(exist_ok=True)
    own.write_bytes(spoilt)
    right.write_bytes(valid)
    assert judge(f"stored {kind}", lambda: getattr(artifacts, kind)(of), ArtifactError) is not None
    # What the nodes' root does not bind (the constants) may differ.
    assert own.read_bytes() == valid or kind == "program_nodes"

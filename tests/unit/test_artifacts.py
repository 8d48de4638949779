"""Artifacts: what is read is what its root says, or an error."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.chain.artifacts import Artifacts, decode_tensors, encode_tensors
from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.models.dense import initial_state, training_program
from tests.strategies import tensors


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(Storage(str(tmp_path)))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 20)).flatmap(tensors), max_size=4))
def test_tensors_come_back_bit_by_bit(state):
    back = decode_tensors(encode_tensors(state))
    assert [t.shape for t in back] == [t.shape for t in state]
    for ours, theirs in zip(state, back, strict=True):
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\1",
        (1).to_bytes(4, "big") + (0).to_bytes(4, "big") + (3).to_bytes(4, "big"),
        encode_tensors([np.ones((2, 2), np.float32)]) + b"\0",
        encode_tensors([np.ones((2, 2), np.float32)])[:-1],
    ],
)
def test_malformed_tensors_are_refused(data):
    with pytest.raises(ValueError, match="expected"):
        decode_tensors(data)


def test_everything_of_a_task_comes_back(artifacts):
    program, state = training_program((4, 3), 2), initial_state((4, 3), 1)
    batches = [[np.full((2, 4), i, np.float32), np.eye(2, 3, dtype=np.float32)] for i in range(3)]
    assert artifacts.program(artifacts.put_program(program)) == program
    roots = artifacts.dataset(artifacts.put_dataset(batches))
    assert [artifacts.batch(root)[0][0, 0] for root in roots] == [0, 1, 2]
    first = artifacts.put_state(state)
    second = artifacts.put_state([tensor + np.float32(1) for tensor in state])
    assert artifacts.proof(artifacts.put_proof([first, second])) == [first, second]
    np.testing.assert_array_equal(artifacts.state(first)[0], state[0])


def test_another_content_under_a_root_is_refused(artifacts, tmp_path):
    state = initial_state((4, 3), 1)
    root, other = artifacts.put_state(state), artifacts.put_state([-tensor for tensor in state])
    (tmp_path / f"{root.hex()}.bin").write_bytes((tmp_path / f"{other.hex()}.bin").read_bytes())
    with pytest.raises(ArtifactError, match=f"expected {root.hex()}, got {other.hex()}"):
        artifacts.state(root)


def test_a_root_of_one_kind_is_not_one_of_another(artifacts):
    state = initial_state((4, 3), 1)
    root = artifacts.put_state(state)
    with pytest.raises(ArtifactError, match="expected"):
        artifacts.batch(root)
    with pytest.raises(ArtifactError, match="expected"):
        artifacts.program(root)
    with pytest.raises(ArtifactError, match="expected"):
        artifacts.proof(root)


def test_what_was_read_is_kept_and_a_spoilt_copy_replaced(artifacts, tmp_path):
    state = initial_state((4, 3), 1)
    root = artifacts.put_state(state)
    keeping = artifacts.keeping(str(tmp_path / "own"))
    keeping.state(root)
    own, public = tmp_path / "own" / f"{root.hex()}.bin", tmp_path / f"{root.hex()}.bin"
    own.write_bytes(b"spoilt")
    np.testing.assert_array_equal(keeping.state(root)[0], state[0])
    public.unlink()
    np.testing.assert_array_equal(keeping.state(root)[0], state[0])
    keeping.publish_state(root)
    assert public.read_bytes() == own.read_bytes()

"""Programs, data and checkpoints as content-addressed artifacts: what is read is checked against its root."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np

from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.commitment.tensor import Tensor, batch_root, checkpoint_root
from pinpoint.commitment.tree import HASH_BYTES, TreeKind, root
from pinpoint.dispute.invalid import Words, node_words, nodes_root
from pinpoint.program.graph import Program

_SHAPE = struct.Struct(">II")
_COUNT = struct.Struct(">I")
LANE_BYTES = 4


def encode_tensors(tensors: Sequence[Tensor]) -> bytes:
    """Count, shapes and lanes of float32 matrices, big-endian."""
    shapes = b"".join(_SHAPE.pack(*tensor.shape) for tensor in tensors)
    lanes = b"".join(tensor.view(np.uint32).astype(">u4").tobytes() for tensor in tensors)
    return _COUNT.pack(len(tensors)) + shapes + lanes


def decode_tensors(data: bytes) -> list[Tensor]:
    """The inverse of `encode_tensors`.

    Raises:
        ValueError: if the data is cut short, too long, or has an empty tensor.
    """
    if len(data) < _COUNT.size:
        raise ValueError(f"expected a count of {_COUNT.size} bytes, got {len(data)} bytes")
    (count,) = _COUNT.unpack_from(data)
    at = _COUNT.size + count * _SHAPE.size
    if len(data) < at:
        raise ValueError(f"expected {at} bytes of shapes, got {len(data)}")
    shapes = [_SHAPE.unpack_from(data, _COUNT.size + place * _SHAPE.size) for place in range(count)]
    expected = at + sum(rows * cols * LANE_BYTES for rows, cols in shapes)
    if len(data) != expected or not all(rows * cols for rows, cols in shapes):
        raise ValueError(f"expected {expected} bytes of non-empty tensors, got {len(data)}")
    tensors = []
    for rows, cols in shapes:
        lanes = np.frombuffer(data, dtype=">u4", count=rows * cols, offset=at)
        tensors.append(lanes.astype(np.uint32).view(np.float32).reshape(rows, cols))
        at += rows * cols * LANE_BYTES
    return tensors


def _hashes(data: bytes) -> list[bytes]:
    if not data or len(data) % HASH_BYTES:
        raise ValueError(f"expected hashes of {HASH_BYTES} bytes, got {len(data)} bytes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


class Artifacts:
    """What tasks are made of, by root. Every `get` raises ArtifactError where data is missing or wrong."""

    def __init__(self, storage: Storage, kept: Storage | None = None) -> None:
        """
        Args:
            storage: where everybody looks.
            kept: an own copy of all that was read or written, which is looked at first. Whoever answers for a replay
                needs its data as long as it can be challenged, even if the storage loses them.
        """
        self._storage = storage
        self._kept = kept

    def keeping(self, url: str) -> Artifacts:
        """The same artifacts, with an own copy of all that is read or written."""
        return Artifacts(self._storage, Storage(url))

    def put_program(self, program: Program) -> bytes:
        """Store a program; its root."""
        self._put(program.root, program.to_bytes())
        return program.root

    def program(self, of: bytes) -> Program:
        """The program of a root."""
        return Program.from_bytes(self._get(of, lambda data: Program.from_bytes(data).root))

    def program_nodes(self, of: bytes) -> list[Words]:
        """The nodes of a program of which nothing else need be well formed."""
        return node_words(self._get(of, lambda data: nodes_root(node_words(data))))

    def put_dataset(self, batches: Sequence[Sequence[Tensor]]) -> bytes:
        """Store batches; the DATASET root."""
        roots = [batch_root(batch) for batch in batches]
        for of, batch in zip(roots, batches, strict=True):
            self._put(of, encode_tensors(batch))
        return self._put_hashes(TreeKind.DATASET, roots)

    def dataset(self, of: bytes) -> list[bytes]:
        """The BATCH roots of a DATASET root."""
        return self._hashes(TreeKind.DATASET, of)

    def batch(self, of: bytes) -> list[Tensor]:
        """The tensors of a BATCH root."""
        return decode_tensors(self._get(of, lambda data: batch_root(decode_tensors(data))))

    def put_state(self, state: Sequence[Tensor]) -> bytes:
        """Store a checkpoint; its root."""
        of = checkpoint_root(state)
        self._put(of, encode_tensors(state))
        return of

    def state(self, of: bytes) -> list[Tensor]:
        """The tensors of a CHECKPOINT root."""
        return decode_tensors(self._get(of, lambda data: checkpoint_root(decode_tensors(data))))

    def publish_state(self, of: bytes) -> None:
        """Make sure that others can have a state of which there is an own copy."""
        if not self._storage.has(of):
            self._storage.put(of, encode_tensors(self.state(of)))

    def put_proof(self, checkpoints: Sequence[bytes]) -> bytes:
        """Store the CHECKPOINT roots of a training run; the PROOF root."""
        return self._put_hashes(TreeKind.PROOF, checkpoints)

    def proof(self, of: bytes) -> list[bytes]:
        """The CHECKPOINT roots of a PROOF root."""
        return self._hashes(TreeKind.PROOF, of)

    def _put_hashes(self, kind: TreeKind, hashes: Sequence[bytes]) -> bytes:
        of = root(kind, hashes)
        self._put(of, b"".join(hashes))
        return of

    def _hashes(self, kind: TreeKind, of: bytes) -> list[bytes]:
        return _hashes(self._get(of, lambda data: root(kind, _hashes(data))))

    def _put(self, of: bytes, data: bytes) -> None:
        for storage in (self._kept, self._storage):
            if storage is not None:
                storage.put(of, data)

    def _get(self, of: bytes, check: Callable[[bytes], bytes]) -> bytes:
        if self._kept is None:
            return self._storage.get(of, check)
        if self._kept.has(of):
            try:
                return self._kept.get(of, check)
            except ArtifactError:
                pass  # A spoilt copy is replaced.
        data = self._storage.get(of, check)
        self._kept.put(of, data)
        return data

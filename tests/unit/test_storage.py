"""An artifact has its root, or there is an error, whatever happened to the store or to its writer."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.commitment.tree import keccak

DATA = bytes(range(256)) * 100
ROOT = keccak(DATA)
NAME = f"{ROOT.hex()}.bin"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(params=["folder", "file", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty store that does not exist yet."""
    urls = {"folder": f"{tmp_path}/a/b", "file": f"file://{tmp_path}/a/b/", "memory": f"memory://{uuid4()}"}
    return Storage(urls[request.param])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a read-only server of tmp_path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()



def test_round_trip(storage: Storage) -> None:
    assert not storage.has(ROOT)
    storage.put(ROOT, DATA)
    assert storage.has(ROOT)
    assert storage.get(ROOT, keccak) == DATA
    storage.put(ROOT, DATA)
    assert storage.get(ROOT, keccak) == DATA


def test_empty_artifact(storage: Storage) -> None:
    storage.put(keccak(b""), b"")
    assert storage.get(keccak(b""), keccak) == b""


def test_file_name(tmp_path: Path) -> None:
    Storage(str(tmp_path)).put(ROOT, DATA)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_missing(storage: Storage) -> None:
    with pytest.raises(ArtifactError, match=f"{ROOT.hex()} not available"):
        storage.get(ROOT, keccak)


@pytest.mark.parametrize(
    "data", [DATA[:-1], b"", DATA + b"\0", b"\1" + DATA[1:]], ids=["cut", "empty", "longer", "flipped"]
)
def test_corrupted(storage: Storage, data: bytes) -> None:
    storage.put(ROOT, data)
    with pytest.raises(ArtifactError, match=f"expected {ROOT.hex()}, got {keccak(data).hex()}"):
        storage.get(ROOT, keccak)
    storage.put(ROOT, DATA)
    assert storage.get(ROOT, keccak) == DATA


def test_malformed(storage: Storage) -> None:
    def check(data: bytes) -> bytes:
        raise ValueError(f"expected 8 bytes, got {len(data)}")

    storage.put(ROOT, b"abc")
    with pytest.raises(ArtifactError, match="malformed data: expected 8 bytes, got 3"):
        storage.get(ROOT, check)


@pytest.mark.parametrize("root", [b"", ROOT[:-1], ROOT + b"\0"])
def test_root_of_wrong_length(storage: Storage, root: bytes) -> None:
    put, get, has = partial(storage.put, data=DATA), partial(storage.get, check=keccak), storage.has
    for use in (put, get, has):
        with pytest.raises(ArtifactError, match=f"expected a root of 32 bytes, got {len(root)}"):
            use(root)


@pytest.mark.parametrize(
    "step",
    [
        # Killed half-way through the data, and between the data and its name.
        "pipe_file = lambda self, path, data: (open(path, 'wb', 0).write(data[: len(data) // 2]), die())",
        "mv = lambda self, *paths, **options: die()",
    ],
    ids=["writing", "moving"],
)
@pytest.mark.parametrize("before", [None, DATA], ids=["new", "replacing"])
def test_killed_writer(tmp_path: Path, step: str, before: bytes | None) -> None:
    storage = Storage(str(tmp_path))
    if before is not None:
        storage.put(ROOT, before)
    script = f"""
import os, signal
from fsspec.implementations.local import LocalFileSystem
from pinpoint.chain.storage import Storage
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
LocalFileSystem.{step}
Storage({str(tmp_path)!r}).put(bytes.fromhex({ROOT.hex()!r}), {DATA!r})
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    assert [path.suffix for path in tmp_path.iterdir() if path.name != NAME] == [".part"]
    assert storage.has(ROOT) == (before is not None)
    storage.put(ROOT, DATA)
    assert storage.get(ROOT, keccak) == DATA


def test_read_only_store(tmp_path: Path, served: str) -> None:
    Storage(str(tmp_path)).put(ROOT, DATA)
    storage = Storage(served)
    assert storage.has(ROOT)
    assert storage.get(ROOT, keccak) == DATA
    with pytest.raises(ArtifactError, match="cannot be stored"):
        storage.put(ROOT, DATA)
    missing = keccak(b"missing")
    assert not storage.has(missing)
    with pytest.raises(ArtifactError, match="not available"):
        storage.get(missing, keccak)


def test_unreachable_store() -> None:
    with pytest.raises(ArtifactError, match="not available"):
        Storage("http://127.0.0.1:1").get(ROOT, keccak)


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArtifactError, match="cannot be stored"):
        Storage(str(tmp_path / "file")).put(ROOT, DATA)

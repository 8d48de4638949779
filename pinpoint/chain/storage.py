"""Content-addressed artifacts, wherever fsspec can read or write: a folder, s3://, https://, ipfs://, memory://."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from fsspec.core import url_to_fs

from pinpoint.commitment.tree import HASH_BYTES

MAX_BYTES = 1 << 34
"""Of an artifact: the largest tensor that a program may have is half of that."""


class ArtifactError(RuntimeError):
    """An artifact is not available, is not what its root says, or cannot be stored."""


class Storage:
    """Artifacts by root, one file `<root in hex>.bin` each.

    What is read is never trusted: `get` returns only bytes whose root was computed and found equal. So a
    store may be public, shared by parties that distrust each other, or read-only.
    """

    def __init__(self, url: str) -> None:
        """
        Args:
            url: folder, or any URL of fsspec. It need not exist: the first `put` creates it.
        """
        self.url = url
        self._files, folder = url_to_fs(url)
        self._folder = folder.rstrip("/")

    def put(self, root: bytes, data: bytes) -> None:
        """Store `data` under `root`, replacing what was there.

        The data is written under another name and moved, so that a writer killed half-way leaves nothing
        under the final one. The other name ends in `.part`; such files may be deleted whenever nobody writes.

        Raises:
            ArtifactError: if the store refuses, for example because it is read-only.
        """
        path = self._path(root)
        try:
            write_whole(self._files, path, data)
        except Exception as error:  # each driver has errors of its own
            raise ArtifactError(f"{root.hex()} cannot be stored in {self.url}: {_reason(error)}") from error

    def get(self, root: bytes, check: Callable[[bytes], bytes]) -> bytes:
        """Read the artifact of `root`.

        Args:
            root: what the artifact commits to.
            check: computes the root from the data, with a ValueError if the data has no meaning.

        Raises:
            ArtifactError: if it is not available, or has another root.
        """
        path = self._path(root)
        try:
            data = read_whole(self._files, path, MAX_BYTES)
        except Exception as error:  # each driver has errors of its own
            raise ArtifactError(f"{root.hex()} not available in {self.url}: {_reason(error)}") from error
        try:
            actual = check(data)
        except ValueError as error:
            raise ArtifactError(f"expected {root.hex()}, got malformed data: {error}") from error
        if actual != root:
            raise ArtifactError(f"expected {root.hex()}, got {actual.hex()}")
        return data

    def has(self, root: bytes) -> bool:
        """Whether there is a file for `root`. Says nothing about what is in it."""
        return bool(self._files.exists(self._path(root)))

    def _path(self, root: bytes) -> str:
        if len(root) != HASH_BYTES:
            raise ArtifactError(f"expected a root of {HASH_BYTES} bytes, got {len(root)}")
        return f"{self._folder}/{root.hex()}.bin"


def read_whole(files: Any, path: str, most: int) -> bytes:
    """What is in a file of a store that others can write: no more than was announced, whatever it is.

    Raises:
        OSError, ValueError or an error of the driver: if it cannot be read, is no file, or has more bytes than that.
    """
    found = files.info(path)
    if found.get("type", "file") != "file":
        raise OSError(f"expected a file, got {found['type']}")
    if (found.get("size") or 0) > most:
        raise ValueError(f"expected at most {most} bytes, got {found['size']}")
    parts, left = list[bytes](), most + 1
    with files.open(path, "rb") as file:
        # A stream may give less than was asked for.
        while left and (part := file.read(left)):
            parts.append(part)
            left -= len(part)
    if not left:
        raise ValueError(f"expected at most {most} bytes, got more")
    return b"".join(parts)


def write_whole(files: Any, path: str, data: bytes) -> None:
    """Write a file under another name and move it, so that a writer killed half-way leaves nothing under the final one.

    Raises:
        OSError or an error of the driver: if it cannot be written.
    """
    part = f"{path}.{token_hex(8)}.part"
    files.makedirs(path.rpartition("/")[0], exist_ok=True)
    if files.isdir(path):
        # It would be moved into that folder, and a link may lead anywhere.
        raise OSError(f"expected a file at {path}, got a folder")
    files.pipe_file(part, data)
    files.mv(part, path)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__

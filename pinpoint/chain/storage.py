"""Content-addressed artifacts, wherever fsspec can read or write: a folder, s3://, https://, ipfs://, memory://."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex

from fsspec.core import url_to_fs

from pinpoint.commitment.tree import HASH_BYTES


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
        final = self._path(root)
        part = f"{final}.{token_hex(8)}.part"
        try:
            self._files.makedirs(self._folder, exist_ok=True)
            self._files.pipe_file(part, data)
            self._files.mv(part, final)
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
            data: bytes = self._files.cat_file(path)
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


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__

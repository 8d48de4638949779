"""What a role must not forget: written before it matters, so that a killed process resumes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes
from typing import Any

from pinpoint.chain.document import read_json

SECRET_BYTES = 32

Entropy = Callable[[int], bytes]
"""Gives so many unpredictable bytes."""


class JournalError(RuntimeError):
    """What an account must not forget cannot be read. Its owner has to look: without it deposits may be lost."""


class Journal:
    """A small JSON file, replaced whole at each change."""

    def __init__(self, path: Path, entropy: Entropy = token_bytes) -> None:
        """
        Raises:
            JournalError: if there is a file that is no journal.
        """
        self._path = path
        self._entropy = entropy
        try:
            self._data: dict[str, Any] = read_json(path.read_bytes()) if path.exists() else {}
            if not isinstance(self._data, dict):
                raise ValueError(f"expected names and values, got {type(self._data).__name__}")
        except (OSError, ValueError) as error:
            raise JournalError(f"expected a journal in {path}: {str(error)[:1000]}") from error

    def get(self, key: str) -> Any:
        """The value of a key, or None."""
        return self._data.get(key)

    def items(self) -> list[tuple[str, Any]]:
        """All keys with their values."""
        return list(self._data.items())

    def put(self, key: str, value: Any) -> None:
        """Keep a value, on disk when this returns."""
        self._data[key] = value
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._data, indent=1, sort_keys=True))
        part.replace(self._path)

    def secret(self, key: str) -> bytes:
        """The 32 secret bytes of a key; drawn and kept the first time.

        Raises:
            JournalError: if something else was kept.
        """
        if self.get(key) is None:
            self.put(key, self._entropy(SECRET_BYTES).hex())
        try:
            secret = bytes.fromhex(self._data[key])
        except (TypeError, ValueError):
            secret = b""
        if len(secret) != SECRET_BYTES:
            raise JournalError(f"expected {SECRET_BYTES} bytes in hex under {key} in {self._path}, got something else")
        return secret

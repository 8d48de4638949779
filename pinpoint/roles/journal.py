"""What a role must not forget: written before it matters, so that a killed process resumes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_bytes
from typing import Any

Entropy = Callable[[int], bytes]
"""Gives so many unpredictable bytes."""


class Journal:
    """A small JSON file, replaced whole at each change."""

    def __init__(self, path: Path, entropy: Entropy = token_bytes) -> None:
        self._path = path
        self._entropy = entropy
        self._data: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

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
        """The 32 secret bytes of a key; drawn and kept the first time."""
        if self.get(key) is None:
            self.put(key, self._entropy(32).hex())
        return bytes.fromhex(self._data[key])

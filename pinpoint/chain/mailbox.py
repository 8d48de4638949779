"""Where the two sides of a game leave each other messages: files of any store that fsspec can write."""

from __future__ import annotations

import json
from secrets import token_hex
from typing import Any

from fsspec.core import url_to_fs

MAX_BYTES = 1 << 16


class Mailbox:
    """Messages by game, number and side. Nothing that is read is trusted: a reader checks signatures and moves."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: folder, or any URL of fsspec, that both sides can read and write.
        """
        self._files, folder = url_to_fs(url)
        self._folder = folder.rstrip("/")

    def put(self, game: str, number: int, side: int, message: dict[str, Any]) -> None:
        """Leave a message; again does no harm."""
        final = self._path(game, number, side)
        part = f"{final}.{token_hex(8)}.part"
        self._files.makedirs(self._folder, exist_ok=True)
        self._files.pipe_file(part, json.dumps(message).encode())
        self._files.mv(part, final)

    def get(self, game: str, number: int, side: int) -> Any:
        """A message, whatever JSON it is; None if there is none, or none that can be read."""
        try:
            return json.loads(self._files.cat_file(self._path(game, number, side), end=MAX_BYTES))
        except (OSError, ValueError):
            return None

    def _path(self, game: str, number: int, side: int) -> str:
        return f"{self._folder}/{game}-{number}-{side}.json"

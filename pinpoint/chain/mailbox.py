"""Where the two sides of a game leave each other messages: files of any store that fsspec can write."""

from __future__ import annotations

import json
from typing import Any

from fsspec.core import url_to_fs

from pinpoint.chain.document import MAX_BYTES, read_json
from pinpoint.chain.storage import read_whole, write_whole


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
        write_whole(self._files, self._path(game, number, side), json.dumps(message).encode())

    def get(self, game: str, number: int, side: int) -> Any:
        """A message, whatever JSON it is; None if there is none, or none that can be read."""
        try:
            return read_json(read_whole(self._files, self._path(game, number, side), MAX_BYTES))
        except Exception:  # each driver has errors of its own
            return None

    def _path(self, game: str, number: int, side: int) -> str:
        return f"{self._folder}/{game}-{number}-{side}.json"

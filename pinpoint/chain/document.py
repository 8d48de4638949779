"""Files and JSON that somebody else may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MAX_BYTES = 1 << 16


def read_file(path: Path, most: int = MAX_BYTES) -> bytes:
    """What is in a small file.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it has more bytes than that.
    """
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"expected at most {most} bytes, got more")
    return data


def read_json(data: bytes) -> Any:
    """What a JSON document says. It says it once: of a field that stands twice, people and programs read another one.

    Raises:
        ValueError: if it is no JSON in UTF-8, is nested too deep, has a field twice, or a number that is none.
    """
    try:
        return json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise ValueError("expected JSON of a few levels, got too many") from None


def _object(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in items:
        if name in found:
            raise ValueError(f"expected {name[:80]!r} once, got it twice")
        found[name] = value
    return found


def _constant(name: str) -> None:
    raise ValueError(f"expected a number, got {name}")

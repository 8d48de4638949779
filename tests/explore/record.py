"""What `make explore` has found so far, on disk after every piece: a run that was killed is taken up again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from tests.explore.work import Piece, Row, sources, totals


class Record:
    """The pieces that are done, and build/explore.json."""

    def __init__(self, path: Path, wanted: list[Piece]) -> None:
        """Keep what an earlier run has found from the same sources.

        Args:
            wanted: all pieces of this run.
        """
        self._path, self._wanted = path, wanted
        self._sources = {part: sources(part) for part, _ in wanted}
        self.rows: dict[Piece, Row] = {}
        self._minutes, self._started = 0.0, perf_counter()
        if path.exists():
            self._keep(json.loads(path.read_text()))

    @property
    def missing(self) -> list[Piece]:
        """What is still to be done."""
        return [piece for piece in self._wanted if piece not in self.rows]

    @property
    def wrong(self) -> list[str]:
        """What must not be: violations, disagreements, and what was not found."""
        return [f"{part}, {name}: {what}" for (part, name), row in self.rows.items() for what in row["wrong"]]

    def add(self, piece: Piece, row: Row) -> None:
        """Take in what was found in a piece, and write all."""
        self.rows[piece] = row
        self.write()

    def write(self) -> None:
        """Write the file, whole or not at all."""
        parts: dict[str, dict[str, Row]] = {part: {} for part in self._sources}
        # In the order of the plan, whatever was done first.
        done = {piece: self.rows[piece] for piece in self._wanted if piece in self.rows}
        for (part, name), row in done.items():
            parts[part][name] = row
        minutes = self._minutes + (perf_counter() - self._started) / 60
        text = json.dumps(
            totals(done)
            | {"minutes": round(minutes, 1), "complete": not self.missing, "sources": self._sources, "parts": parts},
            indent=2,
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part_file = self._path.with_suffix(".part")
        part_file.write_text(text + "\n")
        part_file.replace(self._path)

    def _keep(self, earlier: Mapping[str, Row]) -> None:
        for part, rows in earlier.get("parts", {}).items():
            if earlier["sources"].get(part) == self._sources.get(part):
                self.rows |= {(part, name): row for name, row in rows.items() if (part, name) in self._wanted}
        if self.rows:
            self._minutes = float(earlier["minutes"])  # type: ignore[arg-type]

"""Plays pieces on many cores, or on a cluster, and keeps what is done on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from pinpoint.commitment.tree import keccak
from pinpoint.simulation.chunks import Chunk, Profits, play_chunk

Key = TypeVar("Key")


@dataclass(frozen=True)
class Machines:
    """Who plays.

    Attributes:
        workers: processes of this machine.
        scheduler: address of a Dask scheduler, whose workers have this package and its contracts; instead.
    """

    workers: int
    scheduler: str | None = None

    def play(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, Profits]]:
        """Each piece with what was earned in it, in the order in which they are done."""
        if self.scheduler is not None:
            yield from _on_cluster(self.scheduler, chunks)
        elif self.workers == 1:
            yield from ((chunk, play_chunk(chunk)) for chunk in chunks)
        else:
            with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
                futures = {pool.submit(play_chunk, chunk): chunk for chunk in chunks}
                yield from ((futures[future], future.result()) for future in as_completed(futures))


def _on_cluster(scheduler: str, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, Profits]]:
    # An extra of the package (pyproject.toml), which only sweeps need; without types.
    distributed: Any = import_module("distributed")
    with distributed.Client(scheduler) as client:
        futures = {client.submit(play_chunk, chunk, pure=False): chunk for chunk in chunks}
        finished = distributed.as_completed(futures, with_results=True)
        yield from ((futures[future], result) for future, result in finished)


class Store:
    """What was played, a line a piece. A campaign that was killed goes on from there."""

    def __init__(self, path: Path, campaign: str) -> None:
        """
        Args:
            path: is made if it is not there.
            campaign: what fixes every result: lines of another one are left aside.
        """
        self._path, self._campaign = path, keccak(campaign.encode()).hex()
        self._known: dict[str, Profits] = {}
        for line in path.read_bytes().splitlines() if path.exists() else []:
            # The last line of a process that was killed may be half of one.
            with suppress(KeyError, TypeError, ValueError):
                record = json.loads(line)
                if record["campaign"] == self._campaign:
                    self._known[record["key"]] = record["profits"]

    def play(self, machines: Machines, chunks: Sequence[Chunk]) -> dict[str, Profits]:
        """What was earned in each piece, by its key; those that are not known yet are played now."""
        missing = [chunk for chunk in chunks if chunk.key not in self._known]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            # After half a line.
            file.write("\n")
            for chunk, profits in machines.play(missing) if missing else ():
                self._known[chunk.key] = profits
                file.write(json.dumps({"campaign": self._campaign, "key": chunk.key, "profits": profits}) + "\n")
                file.flush()
        return {chunk.key: self._known[chunk.key] for chunk in chunks}

    def play_all(self, machines: Machines, chunks: Mapping[Key, Sequence[Chunk]]) -> dict[Key, Profits]:
        """The same for pieces that belong together, one after the other."""
        done = self.play(machines, [chunk for together in chunks.values() for chunk in together])
        return {
            name: [profits for chunk in together for profits in done[chunk.key]] for name, together in chunks.items()
        }

    def forget(self) -> None:
        """The campaign is over, and written down elsewhere."""
        self._path.unlink(missing_ok=True)

"""Episodes on several processors, with a record that can be resumed."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from pinpoint.chain.revm_port import ROOT
from tests.campaigns.protocol.engines import ENGINES
from tests.campaigns.protocol.episode import Found, Stage, Violation, play
from tests.campaigns.protocol.lockstep import Disagreement
from tests.campaigns.protocol.names import all_properties
from tests.campaigns.protocol.replay import run, save, shrink
from tests.campaigns.protocol.world import parameters

RECORD, PROGRESS = ROOT / "build" / "campaign.json", ROOT / "build" / "campaign-progress.pickle"
FAILURES = ROOT / "build" / "campaign"
BATCH = 4
"""Episodes that a worker plays before it reports."""


@dataclass
class Batch:
    """What a worker has found.

    Attributes:
        seconds: of one processor.
        failures: seed, what is wrong and the replay file of each.
    """

    found: Found = field(default_factory=Found)
    seconds: float = 0.0
    failures: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Progress:
    """How far a campaign has come: so many episodes of a seed."""

    seed: str
    episodes: int = 0
    total: Batch = field(default_factory=Batch)


@cache
def stage_of(engine: str) -> Stage:
    """A process's own, deployed once."""
    return Stage(ENGINES[engine](parameters()))


@cache
def memory_of(engine: str) -> Found:
    """What a process has seen: time alone is played once from each state."""
    return Found()


def play_batch(engine: str, seed: str, first: int, number: int) -> Batch:
    """Play so many episodes; a failure is shrunk and written to a file."""
    stage, known, batch = stage_of(engine), memory_of(engine), Batch()
    started = process_time()
    for episode in range(first, first + number):
        name, found = f"{seed}/{episode}", Found(states=set(known.states))
        try:
            play(stage, name, found)
        except (Disagreement, Violation) as error:
            steps = shrink(stage, stage.sent)
            reason, _ = run(stage, steps)
            path = FAILURES / f"{name.replace('/', '-')}.json"
            save(path, name, reason or str(error), steps)
            batch.failures.append({"seed": name, "reason": reason or str(error), "file": path.name})
        known.states |= found.states
        batch.found.add(found)
    batch.seconds = process_time() - started
    return batch


class Campaign:
    """Episodes of a seed, until there are enough transactions or the time is over."""

    def __init__(self, seed: str, transactions: int, seconds: float, workers: int, engine: str = "revm") -> None:
        self._seed, self._transactions, self._seconds = seed, transactions, seconds
        self._workers, self._engine = workers, engine

    def run(self, resume: bool = False) -> Iterator[Progress]:
        """Play, and say after each batch how far it is.

        Args:
            resume: go on from where the last campaign of this seed was interrupted.
        """
        progress = self._load() if resume else Progress(self._seed)
        until = monotonic() + self._seconds
        numbers = count(progress.episodes, BATCH)
        with ProcessPoolExecutor(self._workers, mp_context=get_context("spawn")) as pool:
            running: set[Future[Batch]] = set()
            while True:
                enough = progress.total.found.transactions >= self._transactions or progress.total.failures
                if not enough and monotonic() < until:
                    while len(running) < self._workers:
                        running.add(pool.submit(play_batch, self._engine, self._seed, next(numbers), BATCH))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    batch = each.result()
                    progress.total.found.add(batch.found)
                    progress.total.seconds += batch.seconds
                    progress.total.failures += batch.failures
                    progress.episodes += BATCH
                self._keep(progress)
                yield progress

    def _load(self) -> Progress:
        if PROGRESS.exists():
            progress: Progress = pickle.loads(PROGRESS.read_bytes())
            if progress.seed == self._seed:
                return progress
        return Progress(self._seed)

    @staticmethod
    def _keep(progress: Progress) -> None:
        PROGRESS.parent.mkdir(parents=True, exist_ok=True)
        part = PROGRESS.with_suffix(".part")
        part.write_bytes(pickle.dumps(progress))
        part.replace(PROGRESS)


def row(progress: Progress) -> dict[str, Any]:
    """What a campaign's record says."""
    total = progress.total
    found = total.found
    return {
        "seed": progress.seed,
        "episodes": progress.episodes,
        "transactions": found.transactions,
        "counted": found.counted.total(),
        "refused": found.refused.total(),
        "per_second": round(found.transactions / total.seconds) if total.seconds else 0,
        "violations": len(total.failures),
        "properties": len(all_properties()),
        "refusals": len(found.refused),
        "states": len(found.states),
        "drained": found.drained,
        "transitions": len(found.edges),
        "endings": dict(found.endings.most_common()),
        "functions": dict(found.counted.most_common()),
        "failures": total.failures,
    }


def write(progress: Progress, path: Path = RECORD) -> None:
    """Write the record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(row(progress), indent=2) + "\n")

"""`make campaign`: random lives of the whole protocol on the contracts and in the model: build/campaign.json."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.campaigns.protocol.campaign import RECORD, Campaign, Progress, row, write
from tests.campaigns.protocol.engines import ENGINES
from tests.campaigns.protocol.episode import Stage
from tests.campaigns.protocol.replay import load, run
from tests.campaigns.protocol.world import parameters


def main(arguments: list[str] | None = None) -> int:
    """Play a campaign, or rerun a failure; 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="make campaign", description=__doc__)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--transactions", type=int, default=200_000, help="to be checked by the model, at least")
    parser.add_argument("--seconds", type=float, default=86_400, help="after which no more episodes begin")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--engine", choices=list(ENGINES), default="revm")
    parser.add_argument("--resume", action="store_true", help="go on where the last campaign of this seed stopped")
    parser.add_argument("--replay", type=Path, help="a file of a failure, to be run again")
    chosen = vars(parser.parse_args(arguments))
    replay = chosen.pop("replay")
    return int(rerun(replay, chosen["engine"]) if replay else campaign(**chosen))


def rerun(file: Path, engine: str) -> bool:
    """Run a failure's steps again, and say what became of them; whether something is wrong."""
    reason, steps = run(Stage(ENGINES[engine](parameters())), load(file))
    print(f"after {steps} steps on {engine}: {reason or 'nothing is wrong'}")
    return bool(reason)


def campaign(seed: str, transactions: int, seconds: float, workers: int, engine: str, resume: bool) -> bool:
    """Play a campaign, and write its record; whether something is wrong."""
    progress = Progress(seed)
    print(f"seed {seed}, {workers} workers, {engine}", flush=True)
    for progress in Campaign(seed, transactions, seconds, workers, engine).run(resume):
        line = row(progress)
        shown = ("episodes", "transactions", "per_second", "states", "drained", "transitions", "violations")
        print(", ".join(f"{name} {line[name]}" for name in shown), flush=True)
    write(progress)
    for failure in progress.total.failures:
        print(f"{failure['seed']}: {failure['reason'][:400]}; steps in build/campaign/{failure['file']}")
    print(f"record in {RECORD.relative_to(RECORD.parents[1])}")
    return bool(progress.total.failures)


if __name__ == "__main__":
    sys.exit(main())

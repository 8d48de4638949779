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
    chosen = parser.parse_args(arguments)
    if chosen.replay:
        reason, steps = run(Stage(ENGINES[chosen.engine](parameters())), load(chosen.replay))
        print(f"after {steps} steps on {chosen.engine}: {reason or 'nothing is wrong'}")
        return 1 if reason else 0
    campaign = Campaign(chosen.seed, chosen.transactions, chosen.seconds, chosen.workers, chosen.engine)
    progress = Progress(chosen.seed)
    print(f"seed {chosen.seed}, {chosen.workers} workers, {chosen.engine}", flush=True)
    for progress in campaign.run(chosen.resume):
        line = row(progress)
        shown = ("episodes", "transactions", "per_second", "states", "drained", "transitions", "violations")
        print(", ".join(f"{name} {line[name]}" for name in shown), flush=True)
    write(progress)
    for failure in progress.total.failures:
        print(f"{failure['seed']}: {failure['reason'][:400]}; steps in build/campaign/{failure['file']}")
    print(f"record in {RECORD.relative_to(RECORD.parents[1])}")
    return 1 if progress.total.failures else 0


if __name__ == "__main__":
    sys.exit(main())

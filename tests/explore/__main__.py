"""`make explore`: every sequence of moves of small disputes, and a covering set of them on the contracts.

Writes build/explore.json after every piece; what is there already, from the same sources, is not done again. Exits with
1 if a property is violated, model and contracts disagree, or a mutant is missed.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

from tests.explore.record import Record
from tests.explore.work import compile_once, do, pieces


def main() -> int:
    """Run, write, and say whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.explore", description=__doc__)
    parser.add_argument("--small", action="store_true", help="only what takes a minute or two")
    parser.add_argument("--afresh", action="store_true", help="forget what an earlier run has found")
    parser.add_argument("--workers", type=int, default=cpu_count() or 1, help="processes")
    parser.add_argument("--output", type=Path, default=Path("build/explore.json"))
    options = parser.parse_args()
    if options.afresh:
        options.output.unlink(missing_ok=True)
    wanted = list(pieces(options.small))
    record = Record(options.output, wanted)
    print(f"{len(wanted) - len(record.missing)} of {len(wanted)} pieces are done", flush=True)
    if any(part == "replay" for part, _ in record.missing):
        compile_once()
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
        # What takes longest first, so that no processor waits at the end.
        running = {pool.submit(do, piece): piece for piece in reversed(record.missing)}
        for done in as_completed(running):
            piece, row = running[done], done.result()
            record.add(piece, row)
            print(f"{': '.join(piece)}: {row['seconds']} s", *row["wrong"], flush=True)
    record.write()
    for line in record.wrong:
        print(line, file=sys.stderr)
    return 1 if record.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

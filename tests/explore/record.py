"""What `make explore` does, and what it writes down."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from pinpoint.chain.parameters import MAX_TURNS
from pinpoint.chain.port import CallRefused
from tests.explore.broken import BROKEN
from tests.explore.deployed import Chain
from tests.explore.mutants import MUTANTS
from tests.explore.replay import Replay
from tests.explore.sizes import Size, binary, played, played_short

FEW_TURNS = 2
"""A bound on turns that games reach whose trees are as small as these."""


def explore(sizes: Iterable[Size]) -> dict[str, Any]:
    """Explore sizes of the model to the end."""
    found: list[dict[str, Any]] = []
    violations: list[str] = []
    for size in sizes:
        started = perf_counter()
        search = size.search().run()
        violations += [f"{size}: {what} after {', '.join(moves)}" for what, moves in search.traces]
        found.append(
            {
                "size": str(size),
                "states": search.states,
                "transitions": search.transitions,
                "sequences": search.sequences,
                "longest": search.longest,
                "violations": search.violations.total(),
                "seconds": round(perf_counter() - started, 1),
            }
        )
        print(f"{size}: {search.states} states, {search.sequences:.3g} sequences", flush=True)
    totals = {name: sum(row[name] for row in found) for name in ("states", "transitions", "sequences", "violations")}
    return totals | {"traces": violations, "sizes": found}


def find_mutants() -> dict[str, Any]:
    """Explore each mutant of the model up to its first violation."""
    found: dict[str, list[str] | None] = {}
    for mutant in MUTANTS:
        search = mutant.size.search().run(stop=True)
        found[mutant.name] = sorted(search.violations) if mutant.breaks in search.violations else None
    return {"mutants": len(found), "mutants_found": sum(what is not None for what in found.values()), "of": found}


def replay(minutes: float) -> dict[str, Any]:
    """Play sizes on the contracts, as many as there is time for.

    Args:
        minutes: of one processor, without compiling.
    """
    few, short, usual = Chain(FEW_TURNS), Chain(FEW_TURNS, budget=1), Chain(MAX_TURNS)
    until = process_time() + 60 * minutes
    plan = [
        (usual, Size("the usual bound", 1, binary(1, 1), usual.rules)),
        *((few, size) for size in played(few.rules)),
        *((short, size) for size in played_short(short.rules)),
    ]
    found: list[dict[str, Any]] = []
    reasons, kinds, wrong = Counter[str](), Counter[str](), list[str]()
    for chain, size in plan:
        started = process_time()
        with chain.port.undone():
            run = Replay(chain, size, until).run()
        reasons += run.reasons
        kinds += run.kinds
        wrong += [f"{size}: {what}" for what in run.disagreements]
        found.append(
            {
                "size": str(size),
                "turns": size.rules.turns,
                "budget": size.rules.budget,
                "states": run.states,
                "moves": run.moves,
                "refused": run.refused,
                "complete": run.complete,
                "cpu_seconds": round(process_time() - started, 1),
            }
        )
        print(f"{size}: {run.moves} moves, {run.refused} refused, complete: {run.complete}", flush=True)
    totals = {name: sum(row[name] for row in found) for name in ("states", "moves", "refused")}
    return totals | {
        "disagreements": wrong,
        "kinds": dict(kinds.most_common()),
        "reasons": dict(reasons.most_common()),
        "sizes": found,
    }


def find_broken() -> dict[str, Any]:
    """Play small sizes on each broken suite, up to the first disagreements."""
    found: dict[str, str | None] = {}
    for broken in BROKEN:
        chain = Chain(FEW_TURNS, broken.edit)
        found[broken.name] = _difference(chain)
        print(f"{broken.name}: {found[broken.name]}", flush=True)
    return {"broken": len(found), "broken_found": sum(what is not None for what in found.values()), "of": found}


def _difference(chain: Chain) -> str | None:
    for size in (Size("broken", 1, binary(2, 1), chain.rules), Size("broken", 2, binary(0, 0), chain.rules)):
        try:
            with chain.port.undone():
                wrong = Replay(chain, size).run().disagreements
        except CallRefused as error:
            # What comes after the report fell is not compared, but has to go on.
            return str(error)
        if wrong:
            return wrong[0]
    return None


def write(path: Path, record: dict[str, Any]) -> None:
    """Write a record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record, indent=2) + "\n")
    part.replace(path)

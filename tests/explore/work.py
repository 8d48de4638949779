"""The pieces of `make explore`, each of which is done by itself, and known by its part and its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from time import process_time
from typing import Any

from pinpoint.chain.deployment import CONTRACTS as NAMES
from pinpoint.chain.port import CallRefused
from pinpoint.chain.revm_port import CONTRACTS, ROOT, code_of
from pinpoint.commitment.tree import keccak
from tests.explore.broken import BROKEN, Broken
from tests.explore.deployed import Chain
from tests.explore.edits import edited, turns
from tests.explore.mutants import MUTANTS, Mutant
from tests.explore.plan import FEW_TURNS, WALKS, Trial, trials
from tests.explore.replay import Cover, Replay
from tests.explore.sizes import Size, binary, large, small

Piece = tuple[str, str]
"""Part and name."""
Row = dict[str, Any]
"""What was found in a piece."""
OF_THE_MODEL = ("tests/model", "tests/explore")
OF_THE_CHAIN = (*OF_THE_MODEL, "tests/evm.py", "contracts", "pinpoint", "deployments/local.yaml")


def explore(size: Size) -> Row:
    """Explore a size of the model to the end."""
    search = size.search().run()
    return {
        "states": search.states,
        "transitions": search.transitions,
        "sequences": search.sequences,
        "longest": search.longest,
        "violations": search.violations.total(),
        "wrong": [f"{what} after {', '.join(moves)}" for what, moves in search.traces],
    }


def find_mutant(mutant: Mutant) -> Row:
    """Explore a mutant of the model up to its first violation."""
    search = mutant.size.search().run(stop=True)
    found = mutant.breaks in search.violations
    return {"breaks": sorted(search.violations), "found": found, "wrong": [] if found else ["missed"]}


def replay(trial: Trial) -> Row:
    """Play a size on the contracts."""
    chain = chain_of(trial.turns, trial.size.rules.budget)
    with chain.port.undone():
        game = Replay(chain, trial.size, trial.cover or Cover.ALL)
        total = game.walks(WALKS) if trial.cover is None else game.run()
    return {
        "states": total.states,
        "moves": total.moves,
        "refused": total.refused,
        "kinds": dict(total.kinds),
        "reasons": dict(total.reasons),
        "wrong": total.disagreements,
    }


def find_broken(broken: Broken) -> Row:
    """Play small sizes on a broken suite, up to the first disagreement."""
    chain = Chain(FEW_TURNS, broken.edit)
    for tree, challengers in ((binary(2, 1), 1), (binary(0, 0), 2), (binary(2, hidden=[1]), 1)):
        try:
            with chain.port.undone():
                wrong = Replay(chain, Size("broken", challengers, tree, chain.rules)).run().disagreements
        except CallRefused as error:
            # What comes after the report fell is not compared, but has to go on.
            wrong = [str(error)]
        if wrong:
            return {"disagreement": wrong[0], "found": True, "wrong": []}
    return {"disagreement": None, "found": False, "wrong": ["missed"]}


@cache
def chain_of(bound: int, budget: int) -> Chain:
    """A process's own, deployed once."""
    return Chain(bound, budget=budget)


def compile_once() -> None:
    """Compile what most replays need, once and not by each process."""
    for name in (*NAMES, "LocalToken"):
        code_of(name, CONTRACTS)
    with edited(turns(FEW_TURNS)) as folder:
        for name in (*NAMES, "LocalToken"):
            code_of(name, folder)


def pieces(only_small: bool) -> dict[Piece, Callable[[], Row]]:
    """Everything there is to do, what takes longest last."""
    sizes = [*small(), *([] if only_small else large())]
    parts: list[tuple[str, Callable[[Any], Row], Iterable[Any]]] = [
        ("mutants", find_mutant, MUTANTS),
        ("broken", find_broken, BROKEN),
        ("model", explore, sizes),
        ("replay", replay, [trial for trial in trials() if not only_small or trial.size.challengers == 1]),
    ]
    found: dict[Piece, Callable[[], Row]] = {}
    for part, run, subjects in parts:
        for subject in subjects:
            name = getattr(subject, "name", "") if part in ("mutants", "broken") else str(subject)
            assert (part, name) not in found, f"two pieces are called {name}"
            found[part, name] = partial(run, subject)
    return found


def do(piece: Piece) -> Row:
    """Do a piece; what was found, and how long it took one processor, in seconds."""
    before = process_time()
    row = pieces(False)[piece]()
    return row | {"seconds": round(process_time() - before, 1)}


def sources(part: str) -> str:
    """A digest of all that a part's findings depend on."""
    digest = b""
    for name in OF_THE_MODEL if part in ("model", "mutants") else OF_THE_CHAIN:
        path = ROOT / name
        for file in [path] if path.is_file() else sorted(files(path)):
            digest = keccak(digest + file.as_posix().encode() + file.read_bytes())
    return digest.hex()[:16]


def files(folder: Path) -> list[Path]:
    """Sources below a folder."""
    return [file for file in folder.rglob("*") if file.suffix in (".py", ".vy", ".vyi", ".c", ".h")]


def totals(rows: dict[Piece, Row]) -> Row:
    """The sums over all pieces."""

    def of(part: str, what: str) -> int:
        return sum(row[what] for (where, _), row in rows.items() if where == part)

    def counts(what: str) -> dict[str, int]:
        counted = Counter[str]()
        for (part, _), row in rows.items():
            if part == "replay":
                counted.update(row[what])
        return dict(counted.most_common())

    return {
        **{what: of("model", what) for what in ("states", "transitions", "sequences", "violations")},
        "replayed": of("replay", "moves"),
        "refused": of("replay", "refused"),
        "disagreements": sum(len(row["wrong"]) for (part, _), row in rows.items() if part == "replay"),
        "mutants": len(MUTANTS),
        "mutants_found": of("mutants", "found"),
        "broken": len(BROKEN),
        "broken_found": of("broken", "found"),
        "cpu_minutes": round(sum(row["seconds"] for row in rows.values()) / 60, 1),
        "kinds": counts("kinds"),
        "reasons": counts("reasons"),
    }

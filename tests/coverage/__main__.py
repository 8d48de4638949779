"""python -m tests.coverage: merge what the plugin kept, write build/coverage.json, and print what was not reached."""

from __future__ import annotations

import json
import pickle
import sys
from collections import Counter, defaultdict
from typing import Any

import boa
from boa.interpret import set_cache_dir

from tests.coverage.places import CONTRACTS, ROOT, Place, Seen
from tests.coverage.plugin import FOLDER, Steps
from tests.coverage.unreachable import UNREACHABLE, line_of

OUTPUT = ROOT / "build" / "coverage.json"


def merged() -> tuple[Steps, set[str]]:
    """The steps of all processes, and the texts of contracts that tests write themselves."""
    steps: Steps = defaultdict(set)
    texts: set[str] = set()
    for path in sorted(FOLDER.glob("*.pickle")):
        found, sources = pickle.loads(path.read_bytes())
        texts |= sources
        for code, pairs in found.items():
            steps[code] |= pairs
    return steps, texts


def share(reached: int, among: int) -> float:
    return round(reached / among, 5) if among else 1.0


def record(seen: Seen, ran: list[str]) -> dict[str, Any]:
    """What is written: shares of 1, what was missed by file, and the compiler's checks by class."""
    wanted = {place: ways for place, ways in seen.branches.items() if place.kind in ("user", "flow")}
    checks = {place: ways for place, ways in seen.branches.items() if place not in wanted}
    unreachable = [place for place, ways in wanted.items() if len(ways) == 1 and line_of(place) in UNREACHABLE]
    for place in unreachable:
        del wanted[place]
    both = [place for place, ways in wanted.items() if len(ways) == 2]
    return {
        "lines": share(sum(seen.lines.values()), len(seen.lines)),
        "branches": share(len(both), len(wanted)),
        "line_count": len(seen.lines),
        "branch_count": len(wanted),
        "unreachable": len(unreachable),
        "contracts_run": ran,
        "missed_lines": by_file((path, line, "") for (path, line), hit in seen.lines.items() if not hit),
        "missed_branches": by_file((p.path, p.line, missing(p, ways)) for p, ways in wanted.items() if len(ways) < 2),
        "checks": classes(checks),
        "untriggered_checks": by_file((p.path, p.line, p.kind) for p, ways in checks.items() if len(ways) < 2),
    }


def missing(place: Place, ways: set[bool]) -> str:
    """What was not seen of a branch."""
    return f"{place.kind}, column {place.column}: " + ("never reached" if not ways else "one way only")


def by_file(found: Any) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = defaultdict(list)
    for path, line, text in sorted(found):
        listed[path].append(f"{line} {text}".strip())
    return dict(listed)


def classes(checks: dict[Place, set[bool]]) -> dict[str, dict[str, int]]:
    """Of each class of the compiler's checks: how many there are, and how many both held and failed."""
    places, failed = Counter(p.kind for p in checks), Counter(p.kind for p, ways in checks.items() if len(ways) == 2)
    return {kind: {"places": count, "triggered": failed[kind]} for kind, count in places.most_common()}


def main() -> int:
    steps, texts = merged()
    seen, ran = Seen(), []
    if not steps:
        print("nothing was kept: run pytest with -p tests.coverage.plugin first", file=sys.stderr)
        return 1
    # Not the cache of the tests: what is compiled there names the files of whichever clone compiled it first.
    set_cache_dir(str(FOLDER / "compiled"))
    # Modules count wherever they were compiled into, also where a mock shows what no contract shows.
    for path in sorted((*CONTRACTS.glob("*.vy"), *(CONTRACTS / "mocks").glob("*.vy"))):
        if seen.add(boa.load_partial(str(path.relative_to(ROOT))).compiler_data, steps):
            ran.append(path.stem)
    for text in sorted(texts):
        seen.add(boa.loads_partial(text).compiler_data, steps)
    written = record(seen, ran)
    OUTPUT.write_text(json.dumps(written, indent=1) + "\n")
    for name in ("missed_lines", "missed_branches"):
        for file, texts in written[name].items():
            print(f"{name.replace('_', ' ')}: {file}: {'; '.join(texts)}")
    print(f"lines {written['lines']:.2%} of {written['line_count']}, ", end="")
    print(f"branches {written['branches']:.2%} of {written['branch_count']} both ways: {OUTPUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

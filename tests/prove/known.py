"""What was decided by earlier runs on the same contracts and lemmas."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

from pinpoint.chain.revm_port import ROOT
from pinpoint.commitment.tree import keccak
from tests.prove.code import sources
from tests.prove.halmos import FALSE, PROVED, Verdict
from tests.prove.lemmas import FOLDER, Lemma

FILE = ROOT / "build" / "prove" / "verdicts.json"


class Known:
    """Verdicts by lemma, code and fault."""

    def __init__(self, afresh: bool) -> None:
        if afresh:
            FILE.unlink(missing_ok=True)
        self._rows = stored()

    def verdict(self, lemma: Lemma, twin: bool) -> Verdict | None:
        row = self._rows.get(key(lemma, twin))
        return None if row is None else Verdict(**row)  # type: ignore[arg-type]

    def add(self, lemma: Lemma, twin: bool, verdict: Verdict) -> None:
        """Take in a verdict. One that decides nothing is kept for this run only."""
        # Another run may have added some.
        self._rows |= stored() | {key(lemma, twin): asdict(verdict)}
        FILE.parent.mkdir(parents=True, exist_ok=True)
        decided = {of: row for of, row in self._rows.items() if row["outcome"] in (PROVED, FALSE)}
        FILE.write_text(json.dumps(decided, indent=1))


def stored() -> dict[str, dict[str, object]]:
    """The rows on disk."""
    found: dict[str, dict[str, object]] = json.loads(FILE.read_text()) if FILE.exists() else {}
    return found


def imported(path: Path) -> set[Path]:
    """A file of lemmas, and all that it imports."""
    names = re.findall(r'from "\./(\w+\.sol)"', path.read_text())
    return {path}.union(*(imported(FOLDER / name) for name in names))


def key(lemma: Lemma, twin: bool) -> str:
    """Changes with the contracts, the harness, the fault, and the text of the lemmas."""
    own = next(path for path in FOLDER.glob("*.sol") if f"contract {lemma.subject} is" in path.read_text())
    text = b"".join(path.read_bytes() for path in sorted(imported(own)))
    code = b"".join(sources(name) for name in lemma.codes)
    return f"{lemma.name}-{keccak(code + text + repr(lemma.twin if twin else '').encode()).hex()[:16]}"

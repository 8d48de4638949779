"""Compiles mutants, and looks for a recorded transaction that tells one from the original."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from sysconfig import get_path
from tempfile import mkdtemp

from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

from pinpoint.chain.revm_port import CONTRACTS, ROOT, code_of, source, texts
from pinpoint.commitment.tree import keccak
from tests.mutants.mutator import Mutant
from tests.mutants.player import Trace

BUILD = ROOT / "build" / "mutants"
VERDICTS = BUILD / "verdicts.jsonl"
KEPT = Path(__file__).with_name("verdicts.csv")
SOURCES = b"".join(path.read_bytes() for path in sorted(CONTRACTS.rglob("*.vy*")))
TRACES = BUILD / "traces" / keccak(SOURCES).hex()[:16]
"""Of the contracts as they are: the codes in a recording name all of their sources, and are not known by others."""
INVALID, SAME, KILLED, SURVIVED, UNREACHED = "invalid", "same code", "killed", "survived", "unreached"


class NotCompiled(Exception):
    """The compiler refused."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        key: of the mutant and of the text it was made from.
        outcome: one of the above.
        trace, test, kind: where it was seen first, and how.
    """

    name: str
    key: str
    outcome: str
    trace: str = ""
    test: str = ""
    kind: str = ""


def key(mutant: Mutant, original: str) -> str:
    """The same for the same change of the same text."""
    return keccak(f"{mutant.name}\0{mutant.after}\0{original}".encode()).hex()[:16]


def known() -> dict[str, Verdict]:
    """The verdicts of earlier runs, by key: those that are kept with the tests, and later ones of this clone."""
    with KEPT.open(newline="") as file:
        kept = [Verdict(**row) for row in csv.DictReader(file)]
    lines = VERDICTS.read_text().splitlines() if VERDICTS.exists() else []
    return {verdict.key: verdict for verdict in [*kept, *(Verdict(**json.loads(line)) for line in lines)]}


def keep(verdicts: Iterable[Verdict]) -> None:
    """Write the verdicts that are kept with the tests."""
    with KEPT.open("w", newline="") as file:
        rows = csv.DictWriter(file, ("name", "key", "outcome", "kind"), extrasaction="ignore", lineterminator="\n")
        rows.writeheader()
        rows.writerows(asdict(verdict) for verdict in sorted(verdicts, key=lambda verdict: verdict.name))


def deployable(folder: Path = CONTRACTS) -> list[str]:
    """The names of all contracts and mocks."""
    return sorted(path.stem for part in (folder, folder / "mocks") for path in part.glob("*.vy"))


@cache
def importers(file: str) -> Sequence[str]:
    """The contracts that a file is part of."""
    return [name for name in deployable() if file in texts(name, CONTRACTS)]


def compiled(name: str, folder: Path) -> bytes:
    """Creation code, without what tells one source from another.

    Raises:
        NotCompiled: with the name of the compiler's error.
    """
    bundle = FilesystemInputBundle([Path(get_path("purelib")), folder])
    try:
        output = compile_from_file_input(
            bundle.load_file(source(name, folder)),
            input_bundle=bundle,
            output_formats=["bytecode"],
            settings=Settings(evm_version="cancun", optimize=OptimizationLevel.GAS),
            no_bytecode_metadata=True,
        )
    except Exception as error:
        # Of any kind: changes make the compiler panic, too.
        raise NotCompiled(type(error).__name__) from error
    return bytes.fromhex(output["bytecode"].removeprefix("0x"))


@cache
def original(name: str) -> bytes:
    """The unchanged creation code, compiled once for each text."""
    text = repr(sorted(texts(name, CONTRACTS).items())).encode()
    path = BUILD / "compiled" / f"{name}-{keccak(text).hex()[:16]}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compiled(name, CONTRACTS))
    return path.read_bytes()


class Judge:
    """All traces, and while it is entered, a folder of contracts of its own."""

    def __init__(self, traces: Path = TRACES) -> None:
        self._folder: Path | None = None
        marked = {name: bytes.fromhex(code_of(name)["bytecode"][2:]) for name in deployable()}
        originals = {name: original(name) for name in deployable()}
        self.traces = [Trace(path, originals, marked) for path in sorted(traces.glob("*.trace"))]
        self._order: dict[str, list[tuple[Trace, list[str]]]] = {}
        self._plans: dict[tuple[str, frozenset[str]], list[int]] = {}
        self._sound: set[tuple[str, frozenset[str]]] = set()

    def __enter__(self) -> Judge:
        self._folder = shutil.copytree(CONTRACTS, Path(mkdtemp(prefix="mutants-")) / "contracts")
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder.parent)

    @property
    def folder(self) -> Path:
        """Where contracts are changed.

        Raises:
            RuntimeError: before it was entered.
        """
        if self._folder is None:
            raise RuntimeError("expected a judge that was entered, got one without a folder")
        return self._folder

    def verdict(self, mutant: Mutant) -> Verdict:
        """What becomes of a mutant."""
        text = (CONTRACTS / mutant.file).read_text()
        about = mutant.name, key(mutant, text)
        with self._changed(mutant, text):
            found = Codes(importers(mutant.file), self.folder)
            try:
                for trace, names in self._worth(mutant.file):
                    changed = found.of(names)
                    if not changed:
                        continue
                    if difference := trace.difference(changed, self._plan(trace, frozenset(changed))):
                        self._check(trace, frozenset(changed))
                        return Verdict(*about, KILLED, trace.name, *difference)
                if not found.of(importers(mutant.file)):
                    return Verdict(*about, SAME)
            except NotCompiled as error:
                return Verdict(*about, INVALID, kind=str(error))
        return Verdict(*about, SURVIVED if self._worth(mutant.file) else UNREACHED)

    def _worth(self, file: str) -> list[tuple[Trace, list[str]]]:
        """The traces that have contracts with a file, what is compiled and played fastest first."""
        if file not in self._order:
            found = [(trace, [name for name in importers(file) if name in trace.contracts]) for trace in self.traces]
            self._order[file] = sorted(
                ((trace, names) for trace, names in found if names),
                key=lambda each: (len(each[1]), len(self._plan(each[0], frozenset(each[1])))),
            )
        return self._order[file]

    def _plan(self, trace: Trace, names: frozenset[str]) -> list[int]:
        if (trace.name, names) not in self._plans:
            self._plans[trace.name, names] = trace.plan(names)
        return self._plans[trace.name, names]

    def _check(self, trace: Trace, names: frozenset[str]) -> None:
        """Play the original by the same road.

        Raises:
            RuntimeError: if that is seen, too: then every change would be.
        """
        if (trace.name, names) not in self._sound:
            if difference := trace.difference({}, self._plan(trace, names)):
                raise RuntimeError(f"expected the original to do in {trace.name} what it did, got {difference}")
            self._sound.add((trace.name, names))

    @contextmanager
    def _changed(self, mutant: Mutant, text: str) -> Iterator[None]:
        path = self.folder / mutant.file
        path.write_text(mutant.text(text))
        try:
            yield
        finally:
            path.write_text(text)


class Codes:
    """The code of contracts in a folder, compiled when it is first asked for."""

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        self._folder, self._names = folder, names
        self._found: dict[str, bytes] = {}

    def of(self, names: Collection[str]) -> dict[str, bytes]:
        """The code of those that differ from the original."""
        for name in names:
            if name not in self._found:
                self._found[name] = compiled(name, self._folder)
        return {name: self._found[name] for name in names if self._found[name] != original(name)}


SITTING: list[Judge] = []
"""That of this process."""


def judged(waiting: Sequence[Mutant], workers: int) -> Iterator[Verdict]:
    """The verdicts, as they come. The traces are read once, before the workers fork."""
    SITTING[:] = [Judge()]
    with get_context("fork").Pool(workers, _sit) as pool:
        yield from pool.imap_unordered(_judge, waiting)
        pool.close()
        pool.join()


def _sit() -> None:
    Finalize(None, SITTING[0].__enter__().__exit__, exitpriority=10)


def _judge(mutant: Mutant) -> Verdict:
    return SITTING[0].verdict(mutant)

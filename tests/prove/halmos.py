"""Halmos as a process: which lemmas of a contract hold."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from time import perf_counter

from pinpoint.chain.revm_port import ROOT
from tests.prove.code import environment
from tests.prove.lemmas import HERE, Lemma

TOOLS = ROOT / ".tools" / "prove"
OUT = ROOT / "build" / "prove" / "out"
SOLVER = f"{TOOLS / 'bin' / 'python'} {HERE / 'solver.py'}"
BINARIES = (TOOLS / "bin", TOOLS / "node_modules" / ".bin")
PROVED, FALSE = "proved", "false"
OUTCOMES = {0: PROVED, 1: FALSE, 2: "solver out of time", 3: "stuck", 4: "all paths revert", 5: "failed"}
"""By halmos's exit code of a lemma."""
LOOPS = 40
"""How often a branch that is not decided is taken again at most; what asks for more counts as not proved."""
SOLVER_SECONDS = 600
MINUTES = 15
"""For one lemma, or one twin."""


@dataclass(frozen=True)
class Verdict:
    outcome: str
    seconds: float
    paths: int = 0


def missing() -> list[str]:
    """The tools that are not there."""
    path = os.pathsep.join([*map(str, BINARIES), os.environ.get("PATH", "")])
    absent = [tool for tool in ("halmos", "forge", "yices-smt2", "node") if which(tool, path=path) is None]
    return absent + ([] if (TOOLS / "node_modules" / "solc").exists() else ["solc"])


def call(command: Sequence[str], binaries: Sequence[Path], values: Mapping[str, str]) -> str:
    """Run a tool, where these folders come first on PATH.

    Returns:
        The end of what it printed.
    """
    path = os.pathsep.join([*map(str, binaries), os.environ.get("PATH", "")])
    process = subprocess.Popen(
        command,
        env={**os.environ, **values, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=60 * MINUTES)
    except subprocess.TimeoutExpired:
        # Its solvers are processes, too.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"no end after {MINUTES} minutes"
    return said.strip()[-500:]


def build() -> None:
    """Compile the lemmas. Halmos would do it again in every process.

    Raises:
        RuntimeError: if they do not compile.
    """
    tools = {"NODE_PATH": str(TOOLS / "node_modules"), "FOUNDRY_SOLC": str(HERE / "solc"), "FOUNDRY_OFFLINE": "true"}
    command = ["forge", "build", "--ast", "--root", str(HERE), "--extra-output", "storageLayout", "metadata"]
    said = call(command, BINARIES, tools)
    # Where one does not compile, forge leaves what it made of an earlier text of all.
    if not OUT.exists() or re.search("failed|error", said, re.IGNORECASE):
        raise RuntimeError(f"expected the lemmas to compile, got {said}")


def judged(lemma: Lemma, twin: bool) -> Verdict:
    """What halmos says of a lemma, on the code as it is or with the twin's fault."""
    values: dict[str, str] = {}
    for code in lemma.codes:
        values |= environment(code, lemma.twin if twin else None)
    with TemporaryDirectory() as made:
        folder, output = Path(made), Path(made) / "output.json"
        # What `build` has done is not to be done again.
        (folder / "forge").symlink_to("/bin/true")
        command = ["halmos", "--root", str(HERE), "--forge-build-out", os.path.relpath(OUT, HERE), "--no-status"]
        command += ["--storage-layout", "generic", "--solver-command", SOLVER, "--loop", str(LOOPS)]
        command += ["--solver-timeout-assertion", f"{SOLVER_SECONDS}s", "--json-output", str(output)]
        command += ["--contract", lemma.subject, "--match-test", f"^check_{lemma.name}\\("]
        command += ["--early-exit"] if twin else []
        started = perf_counter()
        said = call(command, (folder, *BINARIES), values)
        spent = round(perf_counter() - started, 1)
        tests = json.loads(output.read_text())["test_results"] if output.exists() else {}
    return next((verdict(row) for rows in tests.values() for row in rows), Verdict(said, spent))


def verdict(row: Mapping[str, object]) -> Verdict:
    """Of a row of halmos's output."""
    seconds, paths = row["time"], row["num_paths"]
    outcome = OUTCOMES[int(str(row["exitcode"]))]
    if outcome == PROVED and row["num_bounded_loops"]:
        outcome = f"proved up to {LOOPS} turns only"
    return Verdict(
        outcome, round(seconds[0], 1) if isinstance(seconds, list) else 0, paths[0] if isinstance(paths, list) else 0
    )

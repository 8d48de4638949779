"""What is measured, section by section; each runs in a process of its own, see `tests.bench.worker`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from pinpoint.binary32 import arithmetic
from pinpoint.commitment.tensor import tensor_root
from pinpoint.replay import canonical, native
from pinpoint.replay.plan import Arithmetic, Plan
from pinpoint.replay.report import Report
from tests.bench.machine import find_torch
from tests.bench.memory import needed_bytes, peak_bytes
from tests.bench.subjects import TASKS, Subject, subject
from tests.bench.timing import Action, Spread, clock_for, in_turn, ratios

Figures = dict[str, Spread]

TENSOR = 1024
"""Side of the tensor that is committed: 4 MB."""
MATMULS = (256, 1024)


def matmul(rounds: int, threads: int) -> Figures:
    """Canonical `a @ b.T` over NumPy's, of square matrices."""
    figures: Figures = {}
    random = np.random.default_rng(0)
    for side in MATMULS:
        a, b = random.normal(size=(2, side, side)).astype(np.float32)
        actions: dict[str, Action] = {
            "canonical": partial(arithmetic.matmul_transposed, a, b),
            "numpy": partial(np.matmul, a, b.T),
        }
        figures[f"matmul_{side}"] = ratios(in_turn(actions, rounds, clock_for(threads)), "canonical", "numpy")
    return figures


def commitment(rounds: int, threads: int) -> Figures:
    """Milliseconds of a 4 MB tensor's root, and the ratio to SHA3-256 of as many bytes by hashlib."""
    tensor = np.random.default_rng(0).normal(size=(TENSOR, TENSOR)).astype(np.float32)
    data = tensor.tobytes()
    actions: dict[str, Action] = {"root": lambda: tensor_root(tensor), "sha3": lambda: hashlib.sha3_256(data).digest()}
    samples = in_turn(actions, rounds, clock_for(threads))
    milliseconds = Spread.of([1e3 * seconds for seconds in samples["root"]])
    return {"commit_4mb_ms": milliseconds, "commit_4mb_sha3": ratios(samples, "root", "sha3")}


def steps(rounds: int, threads: int) -> Figures:
    """A canonical training step over the same graph in native NumPy, nothing committed."""
    figures: Figures = {}
    for name in TASKS:
        it = subject(name)
        actions = {"canonical": _step(it, canonical.arithmetic), "native": _step(it, native.arithmetic)}
        figures[f"step_{name}"] = ratios(in_turn(actions, rounds, clock_for(threads)), "canonical", "native")
    return figures


def _step(it: Subject, kernels: Arithmetic) -> Action:
    plan = Plan(it.program.nodes, kernels, keep=it.program.producers)
    return partial(plan.run, it.segment.start, it.segment.batches[0], it.program.constants)


def replays(rounds: int, threads: int) -> Figures:
    """A verifier's replay of a segment, every output committed, over replays that commit nothing."""
    figures: Figures = {}
    clock = clock_for(threads)
    for name in TASKS:
        it = subject(name)
        actions: dict[str, Action] = {
            "report": partial(Report, it.program, [it.segment]),
            "canonical": partial(it.final_state, canonical.arithmetic),
        }
        if threads == 1:
            actions["native"] = partial(it.final_state, native.arithmetic)
        samples = in_turn(actions, rounds, clock)
        figures[f"trace_overhead_{name}"] = ratios(samples, "report", "canonical")
        if "native" in samples:
            figures[f"replay_{name}"] = ratios(samples, "report", "native")
    figures["trace_overhead"] = figures.pop("trace_overhead_transformer")
    return figures


def memory(rounds: int, threads: int) -> Figures:
    """Peak memory of a verifier's replay over what its live tensors need; it is the same each time."""
    figures: Figures = {}
    for name in TASKS:
        it = subject(name)
        ratio = peak_bytes(it.program, it.segment) / needed_bytes(it.program, it.segment)
        figures[f"memory_{name}"] = Spread(ratio, ratio, ratio)
    figures["memory"] = figures.pop("memory_transformer")
    return figures


def pytorch(rounds: int, threads: int) -> Figures:
    """A canonical training step over the same step in PyTorch; ImportError where there is none."""
    find_torch()
    from tests.bench import eager

    figures: Figures = {}
    for name in TASKS:
        it = subject(name)
        actions = {"canonical": _step(it, canonical.arithmetic), "torch": eager.step(name, it.segment.batches[0])}
        samples = in_turn(actions, rounds, clock_for(threads))
        figures[f"step_{name}_torch"] = ratios(samples, "canonical", "torch")
    return figures


@dataclass(frozen=True)
class Section:
    """Something to measure.

    Attributes:
        measure: from rounds and threads to figures.
        threads: of all that is measured.
        suffix: of its figures.
        unset: variables of the environment that are taken away.
    """

    measure: Callable[[int, int], Figures]
    threads: int = 1
    suffix: str = ""
    unset: tuple[str, ...] = ()


SECTIONS: Mapping[str, Section] = {
    "matmul": Section(matmul),
    "matmul-unset": Section(matmul, suffix="_unset", unset=("OPENBLAS_CORETYPE",)),
    "commitment": Section(commitment),
    "steps": Section(steps),
    "steps-unset": Section(steps, suffix="_unset", unset=("OPENBLAS_CORETYPE",)),
    "torch": Section(pytorch),
    "replays": Section(replays),
    "replays-2-threads": Section(replays, threads=2, suffix="_2_threads"),
    "memory": Section(memory),
}


def measure(section: Section, rounds: int) -> Figures:
    """A section's figures, by the keys under which they are written."""
    return {key + section.suffix: spread for key, spread in section.measure(rounds, section.threads).items()}

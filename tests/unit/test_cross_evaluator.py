"""One program has one trace root, by integers, NumPy or C, in whatever blocks, threads and instructions."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

import numpy as np
import pytest

from pinpoint.binary32 import compiled, vector
from pinpoint.binary32.compiled import Level
from pinpoint.commitment.tensor import Tensor
from pinpoint.models.dense import initial_state, training_program
from pinpoint.program.graph import Program
from pinpoint.program.operators import TABLE, Kind
from pinpoint.program.work import program_units
from pinpoint.replay import exact, report
from pinpoint.replay.canonical import arithmetic_of
from pinpoint.replay.plan import Arithmetic
from pinpoint.replay.report import Report, Segment
from tests.programs import random_inputs, random_program

NUMPY = arithmetic_of(vector)
BLOCKS = [1, 40, 2_000]
"""Elements of a block of NumPy's product: less than a row, some rows, some whole products; what is usual is more."""
SMALL, SMALL_PROGRAMS = 2_500, 60
"""Most work units of what integers compute, in a hundredth of a second or so, and how many such programs."""
LARGE_PROGRAMS = 40
COMPUTED = {operator for operator, rule in TABLE.items() if rule.kind in (Kind.POINTWISE, Kind.REDUCTION)}


@dataclass(frozen=True)
class Step:
    """A program with inputs for one step."""

    program: Program
    state: Sequence[Tensor]
    batch: Sequence[Tensor]

    def roots(self, monkeypatch: pytest.MonkeyPatch, arithmetic: Arithmetic) -> list[str]:
        """Of the outputs of the step and of its distance, by node, and of the whole report."""
        with monkeypatch.context() as patch:
            patch.setattr(report, "arithmetic", arithmetic)
            replayed = Report(self.program, [Segment(0, self.state, self.state, [self.batch])])
        named = [
            f"{index} {node.operator.name} {root.hex()}"
            for step in range(2)
            for index, (node, root) in enumerate(
                zip(replayed.nodes(step), replayed.tree(0, step).levels[0], strict=True)
            )
        ]
        return [*named, replayed.root.hex()]


def random_step(seed: int) -> Step:
    rng = Random(seed)
    program = random_program(rng)
    return Step(program, *random_inputs(rng, program))


def training_step(layers: Sequence[int], batch: int) -> Step:
    """Of a dense network, on random pixels."""
    rng = np.random.default_rng(61)
    pixels = rng.random((batch, layers[0]), dtype=np.float32)
    labels = np.eye(layers[-1], dtype=np.float32)[rng.integers(0, layers[-1], batch)]
    return Step(training_program(layers, batch), initial_state(layers, seed=62), [pixels, labels])


@pytest.fixture(scope="module")
def small_steps() -> list[Step]:
    """Random programs that integers compute in reasonable time, all operators among them."""
    drawn = (random_step(seed) for seed in range(1_000))
    steps: list[Step] = []
    while len(steps) < SMALL_PROGRAMS:
        step = next(drawn)
        if program_units(step.program) <= SMALL:
            steps.append(step)
    assert {node.operator for step in steps for node in step.program.nodes} >= COMPUTED
    return steps


@pytest.fixture(scope="module")
def small_roots(small_steps: list[Step]) -> list[list[str]]:
    """As integers find them."""
    with pytest.MonkeyPatch.context() as patch:
        return [step.roots(patch, exact.arithmetic) for step in small_steps]


@pytest.fixture(scope="module")
def large_steps() -> list[Step]:
    return [random_step(seed) for seed in range(1_000, 1_000 + LARGE_PROGRAMS)]


@pytest.fixture(scope="module")
def large_roots(large_steps: list[Step]) -> list[list[str]]:
    """As NumPy finds them."""
    with pytest.MonkeyPatch.context() as patch:
        return [step.roots(patch, NUMPY) for step in large_steps]


@contextmanager
def compiled_arithmetic(level: Level, threads: int) -> Iterator[Arithmetic]:
    compiled.use(level)
    compiled.threads(threads)
    try:
        yield arithmetic_of(compiled)
    finally:
        compiled.use(compiled.best_level())
        compiled.threads(len(os.sched_getaffinity(0)))


def levels() -> list[Level]:
    """All that this processor has."""
    return [level for level in Level if compiled.available and level <= compiled.best_level()]


every_level = pytest.mark.parametrize("level", levels() or list(Level), ids=lambda level: level.name)
one_and_two_threads = pytest.mark.parametrize("threads", [1, 2])


def test_the_compiled_arithmetic_is_built() -> None:
    assert compiled.available, "expected pinpoint.binary32._compiled to be built: make install"


@pytest.mark.parametrize("block", [*BLOCKS, vector._BLOCK])
def test_numpy_finds_what_integers_find(
    monkeypatch: pytest.MonkeyPatch, small_steps: list[Step], small_roots: list[list[str]], block: int
) -> None:
    monkeypatch.setattr(vector, "_BLOCK", block)
    for step, roots in zip(small_steps, small_roots, strict=True):
        assert step.roots(monkeypatch, NUMPY) == roots


@every_level
@one_and_two_threads
def test_c_finds_what_integers_find(
    monkeypatch: pytest.MonkeyPatch,
    small_steps: list[Step],
    small_roots: list[list[str]],
    level: Level,
    threads: int,
) -> None:
    with compiled_arithmetic(level, threads) as arithmetic:
        for step, roots in zip(small_steps, small_roots, strict=True):
            assert step.roots(monkeypatch, arithmetic) == roots


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_numpy_finds_the_same_in_any_blocks(
    monkeypatch: pytest.MonkeyPatch, large_steps: list[Step], large_roots: list[list[str]], block: int
) -> None:
    monkeypatch.setattr(vector, "_BLOCK", block)
    for step, roots in zip(large_steps, large_roots, strict=True):
        assert step.roots(monkeypatch, NUMPY) == roots


@every_level
@one_and_two_threads
def test_c_finds_what_numpy_finds(
    monkeypatch: pytest.MonkeyPatch,
    large_steps: list[Step],
    large_roots: list[list[str]],
    level: Level,
    threads: int,
) -> None:
    with compiled_arithmetic(level, threads) as arithmetic:
        for step, roots in zip(large_steps, large_roots, strict=True):
            assert step.roots(monkeypatch, arithmetic) == roots


def test_all_find_the_same_training_step(monkeypatch: pytest.MonkeyPatch) -> None:
    step = training_step((12, 7, 3), batch=5)
    roots = step.roots(monkeypatch, exact.arithmetic)
    assert step.roots(monkeypatch, NUMPY) == roots
    for level in levels():
        with compiled_arithmetic(level, threads=2) as arithmetic:
            assert step.roots(monkeypatch, arithmetic) == roots


def test_numpy_and_c_find_the_same_training_step_of_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows, terms and columns than the C product's blocks have, and work for two threads."""
    step = training_step((600, 1_100, 10), batch=100)
    roots = step.roots(monkeypatch, NUMPY)
    for level in levels():
        for threads in (1, 2):
            with compiled_arithmetic(level, threads) as arithmetic:
                assert step.roots(monkeypatch, arithmetic) == roots

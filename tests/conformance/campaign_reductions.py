"""Reductions: every implementation against the reference, rows of every length."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pinpoint.binary32 import vector
from pinpoint.program.graph import Node
from pinpoint.program.operators import MAX_TERMS, Operator
from pinpoint.replay import exact
from tests.conformance import campaign_chain
from tests.conformance.campaign_operands import FAMILIES, integers, near, of_families
from tests.conformance.campaign_pointwise import off_chain
from tests.conformance.campaign_tally import REFEREE, Section, Tally, Task, Words

LENGTHS = range(1, 65)
LONG = 4
"""Lengths beyond those of each task, drawn, the last the longest there is."""
ROWS = 16
"""Results of each length."""
TARGETS = 4
"""Rows of SCATTER_ADD's output."""


def rows(rng: Generator, terms: int) -> Words:
    """(ROWS, terms): half of the rows of one family, a quarter of any, a quarter of few values, repeated."""
    one = np.repeat(rng.integers(len(FAMILIES), size=(ROWS, 1)), terms, axis=1)
    one[::4] = rng.integers(len(FAMILIES), size=one[::4].shape)
    drawn = of_families(rng, one, FAMILIES)
    few = rng.integers(min(terms, 3), size=(len(drawn[1::4]), terms))
    drawn[1::4] = np.take_along_axis(drawn[1::4], few, axis=1)
    return drawn


def delicate(rng: Generator, terms: int) -> tuple[Words, Words]:
    """Factors of which half of the rows keep products near the running sum: ties, lost leading bits, cancellation."""
    a, b = rows(rng, terms), rows(rng, terms)
    some = np.arange(0, ROWS, 2)
    total = np.zeros(len(some), np.float32)
    with np.errstate(all="ignore"):
        for k in range(terms):
            factor = a[some, k].view(np.float32)
            wanted = near(rng, (total / factor).view(np.uint32))
            usable = np.isfinite(wanted.view(np.float32)) & (total != 0) & (rng.random(len(some)) < 0.8)
            b[some, k] = np.where(usable, wanted, b[some, k])
            total = vector.fma(factor, b[some, k].view(np.float32), total)
            total = np.where(np.isfinite(total), total, np.float32(0))
    return a, b


def _row(rng: Generator, terms: int) -> tuple[Words, ...]:
    return (rows(rng, terms),)


def _summands(rng: Generator, terms: int) -> tuple[Words, ...]:
    """The products of delicate rows, rounded, still tie and cancel."""
    a, b = delicate(rng, terms)
    return (vector.mul(a.view(np.float32), b.view(np.float32)).view(np.uint32),)


def _bytes(rng: Generator, terms: int) -> tuple[Words, ...]:
    """Any lanes, half of the rows with the ends of int8 in the lowest bytes."""
    sides = tuple(rng.integers(0, 2**32, (ROWS, terms), np.uint32) for _ in range(2))
    for side in sides:
        ends = rng.choice(np.array((0x80, 0x7F), np.uint32), side[::2].shape, p=(0.8, 0.2))
        side[::2] = side[::2] & np.uint32(0xFFFFFF00) | ends
    return sides


def _scattered(rng: Generator, terms: int) -> tuple[Words, ...]:
    """Rows of which one in TARGETS is used; indices within the output, just outside it, and far off."""
    targets = rng.integers(-1, TARGETS + 1, terms).astype(np.uint32)
    far = rng.random(terms) < 0.1
    targets[far] = integers(rng, int(far.sum()))
    return rows(rng, terms)[: ROWS // TARGETS], targets[None]


OPERANDS: Mapping[Operator, Callable[[Generator, int], tuple[Words, ...]]] = {
    Operator.SUM: _summands,
    Operator.ROW_MAX: _row,
    Operator.ARGMAX: _row,
    Operator.MATMUL: delicate,
    Operator.MATMUL_INT8: _bytes,
    Operator.SCATTER_ADD: _scattered,
}
BY_NAME = {operator.name.lower(): operator for operator in OPERANDS}


def node_of(operator: Operator, operands: tuple[Words, ...]) -> Node:
    """A reduction of all rows; a product pairs each with its own, as blocks of one row."""
    shapes = tuple((len(side), side.shape[1]) for side in operands)
    inputs = tuple(range(len(operands)))
    if operator is Operator.SCATTER_ADD:
        return Node(operator, TARGETS, len(operands[0]), inputs, shapes)
    return Node(operator, len(operands[0]), 1, inputs, shapes, ROWS - 1 if len(operands) == 2 else 0)


def run(task: Task, tally: Tally) -> None:
    """Check rows of every length, `task.cases` times."""
    operator, rng = BY_NAME[task.name], task.random()
    for _ in range(task.cases):
        for terms in (*LENGTHS, *rng.integers(LENGTHS.stop, MAX_TERMS, LONG), MAX_TERMS):
            _check(operator, OPERANDS[operator](rng, int(terms)), tally)


def _check(operator: Operator, operands: tuple[Words, ...], tally: Tally) -> None:
    node = node_of(operator, operands)
    places = [(row, col) for row in range(node.rows) for col in range(node.cols)]
    grids = [side.tolist() for side in operands]
    expected = np.array([exact.reduced(node, grids, row, col) for row, col in places], np.uint32)
    pairs = _pairs(operator, operands, places)
    for name, arithmetic in off_chain():
        found = arithmetic(node)(*[side.view(np.float32) for side in operands])
        tally.compare(name, expected, found.view(np.uint32).ravel(), pairs)
    judged = campaign_chain.reduce(operator, [row for row, _ in places], *pairs)
    tally.compare(REFEREE, expected, judged, pairs)


def _pairs(operator: Operator, operands: tuple[Words, ...], places: list[tuple[int, int]]) -> list[Words]:
    """The rows that each place of the output is reduced from."""
    if operator is not Operator.SCATTER_ADD:
        return list(operands)
    columns: NDArray[np.intp] = np.array([col for _, col in places])
    return [operands[0][columns], np.repeat(operands[1], len(places), axis=0)]


SECTION = Section(tuple(BY_NAME), cases=16, at_once=1, run=run)

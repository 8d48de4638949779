"""Pointwise operators: every implementation against SoftFloat or MPFR."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import gmpy2
import numpy as np
import softfloatpy

from pinpoint.binary32 import compiled, vector
from pinpoint.binary32.compiled import Level
from pinpoint.program.graph import Node
from pinpoint.program.operators import Integer, Operator, Predicate
from pinpoint.replay import exact
from pinpoint.replay.canonical import arithmetic_of
from pinpoint.replay.plan import Arithmetic
from tests.conformance import campaign_chain
from tests.conformance import campaign_witnesses as witnesses
from tests.conformance.campaign_operands import EVERY, operands
from tests.conformance.campaign_tally import REFEREE, Results, Section, Tally, Task, Words

BY_REFERENCE = 5
"""One case in so many is given to the reference, too, which is slow."""


@dataclass(frozen=True)
class Operation:
    """An operator with its attribute, its number of operands, and who knows the result."""

    operator: Operator
    arity: int
    witness: witnesses.Witness
    attribute: int = 0

    def node(self, count: int) -> Node:
        """The operation on rows of `count` lanes."""
        shapes = ((1, count),) * self.arity
        return Node(self.operator, 1, count, tuple(range(self.arity)), shapes, self.attribute)


OPERATIONS: Mapping[str, Operation] = {
    "add": Operation(Operator.ADD, 2, witnesses.softfloat(softfloatpy.f32_add)),
    "sub": Operation(Operator.SUB, 2, witnesses.softfloat(softfloatpy.f32_sub)),
    "mul": Operation(Operator.MUL, 2, witnesses.softfloat(softfloatpy.f32_mul)),
    "div": Operation(Operator.DIV, 2, witnesses.softfloat(softfloatpy.f32_div)),
    "fma": Operation(Operator.FMA, 3, witnesses.softfloat(softfloatpy.f32_mul_add)),
    "sqrt": Operation(Operator.SQRT, 1, witnesses.softfloat(softfloatpy.f32_sqrt)),
    "lt": Operation(Operator.COMPARE, 2, witnesses.predicate(softfloatpy.f32_lt_quiet), Predicate.LESS),
    "le": Operation(Operator.COMPARE, 2, witnesses.predicate(softfloatpy.f32_le_quiet), Predicate.LESS_EQUAL),
    "eq": Operation(Operator.COMPARE, 2, witnesses.predicate(softfloatpy.f32_eq), Predicate.EQUAL),
    "max": Operation(Operator.MAX, 2, witnesses.maximum),
    "min": Operation(Operator.MIN, 2, witnesses.minimum),
    "neg": Operation(Operator.NEG, 1, witnesses.softfloat(softfloatpy.f32_neg)),
    "abs": Operation(Operator.ABS, 1, witnesses.absolute),
    "select": Operation(Operator.SELECT, 3, witnesses.select),
}
FUNCTIONS_AND_CASTS: Mapping[str, Operation] = {
    "exp": Operation(Operator.EXP, 1, witnesses.mpfr(gmpy2.exp)),
    "log": Operation(Operator.LOG, 1, witnesses.mpfr(gmpy2.log)),
    "rsqrt": Operation(Operator.RSQRT, 1, witnesses.rsqrt),
    "tanh": Operation(Operator.TANH, 1, witnesses.mpfr(gmpy2.tanh)),
    "erf": Operation(Operator.ERF, 1, witnesses.mpfr(gmpy2.erf)),
    "to_int32": Operation(Operator.TO_INT, 1, witnesses.to_int(32), Integer.INT32),
    "to_int8": Operation(Operator.TO_INT, 1, witnesses.to_int(8), Integer.INT8),
    "to_float": Operation(Operator.TO_FLOAT, 1, witnesses.to_float),
}


def off_chain() -> Iterator[tuple[str, Arithmetic]]:
    """What replays may compute with; the compiled arithmetic on each instruction set that is here, while it is in use.

    Raises RuntimeError where the compiled arithmetic was not built.
    """
    yield "numpy", arithmetic_of(vector)
    if not compiled.available:
        raise RuntimeError("expected the compiled arithmetic to be built: make install")
    try:
        for level in Level:
            if level <= compiled.best_level():
                compiled.use(level)
                yield f"compiled, {level.name.lower()}", arithmetic_of(compiled)
    finally:
        compiled.use(compiled.best_level())


def run(task: Task, tally: Tally) -> None:
    """Check a task of any operation above."""
    operation = {**OPERATIONS, **FUNCTIONS_AND_CASTS}[task.name]
    rng = task.random()
    columns = operands(rng, task.cases, operation.arity, task.first // EVERY)
    expected = operation.witness(*columns)
    node = operation.node(task.cases)
    for name, arithmetic in off_chain():
        found = arithmetic(node)(*[column.view(np.float32)[None] for column in columns])
        tally.compare(name, expected, found.view(np.uint32)[0], columns)
    tally.compare(REFEREE, expected, _judged(operation, columns), columns)
    # A stride of operands, so that tuples of specials are among them in their share.
    some = slice(rng.integers(BY_REFERENCE), None, BY_REFERENCE)
    fewer = [column[some] for column in columns]
    tally.compare("reference", expected[some], _exactly(exact.pointwise(node), fewer), fewer)


def _judged(operation: Operation, columns: Sequence[Words]) -> Results:
    return campaign_chain.pointwise(operation.operator, operation.attribute, columns)


def _exactly(function: Callable[..., int], columns: Sequence[Words]) -> Words:
    lanes = zip(*[column.tolist() for column in columns], strict=True)
    return np.array([function(*operands) for operands in lanes], np.uint32)


VECTORS = Section(tuple(OPERATIONS), cases=1_000_000, at_once=50_000, run=run)
FUNCTIONS = Section(tuple(FUNCTIONS_AND_CASTS), cases=200_000, at_once=25_000, run=run)

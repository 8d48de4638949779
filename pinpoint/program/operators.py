"""The table of operators (docs/design.md, section 3): all that is known of each, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from types import MappingProxyType

MAX_TERMS = 4096
"""Most terms of a reduction, and longest side of a state tensor."""
MAX_SIDE = 2**20
MAX_NODES = 2**20
MAX_LEAVES = 2**24
"""Leaves of a tensor: what bounds the longest path of a one-step proof."""

Shape = tuple[int, int]
"""Rows and columns of a tensor."""


class Operator(IntEnum):
    """What a node computes; the number is the code in its first word."""

    STATE = 0
    BATCH = 1
    CONSTANT = 2
    FILL = 3
    ADD = 16
    SUB = 17
    MUL = 18
    DIV = 19
    FMA = 20
    NEG = 21
    MAX = 22
    COMPARE = 23
    SELECT = 24
    SQRT = 25
    EXP = 26
    LOG = 27
    SUM = 48
    ROW_MAX = 49
    MATMUL = 50
    TRANSPOSE = 64
    PACK = 80


class Predicate(IntEnum):
    """Attribute of COMPARE."""

    LESS = 0
    LESS_EQUAL = 1
    EQUAL = 2


class Kind(Enum):
    """How a node's output depends on its inputs, hence what a one-step proof opens."""

    INPUT = auto()
    POINTWISE = auto()
    REDUCTION = auto()
    MOVEMENT = auto()
    PACK = auto()


@dataclass(frozen=True)
class Rule:
    """One row of the table.

    Attributes:
        arity: number of inputs.
        kind: how the output depends on them.
        shape: shape of the output from those of the inputs, None where they do not fit each other. A
            pointwise output may be wider still, by broadcasting; inputs and PACK state their own shape.
        units: work units from the shapes of the output and of the inputs.
        attributes: number of legal attributes, counted from zero.
    """

    arity: int
    kind: Kind
    shape: Callable[[Sequence[Shape]], Shape | None] | None
    units: Callable[[Shape, Sequence[Shape]], int]
    attributes: int = 1


def broadcast(shapes: Sequence[Shape]) -> Shape | None:
    """Smallest shape that all of `shapes` broadcast to, None where there is none."""
    rows, cols = (max(sides) for sides in zip(*shapes, strict=True))
    return (rows, cols) if all(fits(shape, (rows, cols)) for shape in shapes) else None


def fits(shape: Shape, output: Shape) -> bool:
    """Whether a tensor of `shape` broadcasts to `output`: each side is the output's, or 1."""
    return all(side in (1, wide) for side, wide in zip(shape, output, strict=True))


def _column(shapes: Sequence[Shape]) -> Shape:
    return shapes[0][0], 1


def _product(shapes: Sequence[Shape]) -> Shape | None:
    (rows, terms), (cols, other_terms) = shapes
    return (rows, cols) if terms == other_terms else None


def _transposed(shapes: Sequence[Shape]) -> Shape:
    rows, cols = shapes[0]
    return cols, rows


def _none(output: Shape, inputs: Sequence[Shape]) -> int:
    return 0


def _per_output(output: Shape, inputs: Sequence[Shape]) -> int:
    return output[0] * output[1]


def _eight_per_output(output: Shape, inputs: Sequence[Shape]) -> int:
    return 8 * output[0] * output[1]


def _per_input(output: Shape, inputs: Sequence[Shape]) -> int:
    return inputs[0][0] * inputs[0][1]


def _per_term(output: Shape, inputs: Sequence[Shape]) -> int:
    return output[0] * output[1] * inputs[0][1]


TABLE: Mapping[Operator, Rule] = MappingProxyType(
    {
        Operator.STATE: Rule(1, Kind.INPUT, None, _none, attributes=MAX_NODES),
        Operator.BATCH: Rule(0, Kind.INPUT, None, _none, attributes=MAX_NODES),
        Operator.CONSTANT: Rule(0, Kind.INPUT, None, _none, attributes=2**256),
        Operator.FILL: Rule(0, Kind.INPUT, None, _none, attributes=2**32),
        Operator.ADD: Rule(2, Kind.POINTWISE, broadcast, _per_output),
        Operator.SUB: Rule(2, Kind.POINTWISE, broadcast, _per_output),
        Operator.MUL: Rule(2, Kind.POINTWISE, broadcast, _per_output),
        Operator.DIV: Rule(2, Kind.POINTWISE, broadcast, _eight_per_output),
        Operator.FMA: Rule(3, Kind.POINTWISE, broadcast, _per_output),
        Operator.NEG: Rule(1, Kind.POINTWISE, broadcast, _per_output),
        Operator.MAX: Rule(2, Kind.POINTWISE, broadcast, _per_output),
        Operator.COMPARE: Rule(2, Kind.POINTWISE, broadcast, _per_output, attributes=len(Predicate)),
        Operator.SELECT: Rule(3, Kind.POINTWISE, broadcast, _per_output),
        Operator.SQRT: Rule(1, Kind.POINTWISE, broadcast, _eight_per_output),
        Operator.EXP: Rule(1, Kind.POINTWISE, broadcast, _eight_per_output),
        Operator.LOG: Rule(1, Kind.POINTWISE, broadcast, _eight_per_output),
        Operator.SUM: Rule(1, Kind.REDUCTION, _column, _per_input),
        Operator.ROW_MAX: Rule(1, Kind.REDUCTION, _column, _per_input),
        Operator.MATMUL: Rule(2, Kind.REDUCTION, _product, _per_term),
        Operator.TRANSPOSE: Rule(1, Kind.MOVEMENT, _transposed, _per_output),
        Operator.PACK: Rule(0, Kind.PACK, None, _none),
    }
)

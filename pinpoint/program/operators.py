"""The table of operators: all that is known of each, once. `docs/operators.md` is written from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from enum import Enum, IntEnum, auto
from types import MappingProxyType

from pinpoint.program import shapes
from pinpoint.program.shapes import Axis, Shape, blocks, corner, fits, grouping

__all__ = [
    "MAX_LEAVES", "MAX_NODES", "MAX_SIDE", "MAX_STATE", "MAX_TERMS", "TABLE", "Axis", "Integer", "Kind", "Operator",
    "Predicate", "Rule", "Shape", "blocks", "corner", "fits", "grouping",
]  # fmt: skip

MAX_TERMS = 4096
"""Most terms of a reduction, and longest side of a state tensor."""
MAX_SIDE = 2**20
MAX_NODES = 2**20
MAX_STATE = 2**10
"""Most state tensors."""
MAX_LEAVES = 2**24
"""Leaves of a tensor: what bounds the longest path of a one-step proof."""


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
    ABS = 28
    MIN = 29
    RSQRT = 30
    TANH = 31
    ERF = 32
    TO_INT = 33
    TO_FLOAT = 34
    SUM = 48
    ROW_MAX = 49
    MATMUL = 50
    ARGMAX = 51
    MATMUL_INT8 = 52
    SCATTER_ADD = 53
    TRANSPOSE = 64
    RESHAPE = 65
    SLICE = 66
    CONCAT = 67
    GATHER = 68
    ONE_HOT = 69
    CAUSAL_MASK = 70
    PACK = 80


class Predicate(IntEnum):
    """Attribute of COMPARE."""

    LESS = 0
    LESS_EQUAL = 1
    EQUAL = 2


class Integer(IntEnum):
    """Attribute of TO_INT."""

    INT32 = 0
    INT8 = 1


class Kind(Enum):
    """How a node's output depends on its inputs, hence what a one-step proof opens."""

    INPUT = auto()
    POINTWISE = auto()
    REDUCTION = auto()
    MOVEMENT = auto()
    PACK = auto()


@dataclass(frozen=True)
class Rule:
    """One row of the table, for the code and in words.

    The words share their letters: B, d, g, m, n, p, q are at least 1, those of the attribute are fixed by it; i and j
    are row and column of the output, k counts terms.

    Attributes:
        arity: number of inputs.
        kind: how the output depends on them.
        shape: shape of the output, see `pinpoint.program.shapes`. Inputs and PACK state their own.
        units: work units from the shapes of the output and of the inputs.
        attributes: number of legal attributes, counted from zero.
        inputs: what they are, and their shapes where they do not broadcast.
        attribute: what it means; where nothing is said it is 0.
        output: its shape, and what the shapes must fulfil.
        result: what stands in lane [i, j] of the output, exactly.
        work: the units as a formula.
    """

    arity: int
    kind: Kind
    shape: Callable[[Sequence[Shape], int, Shape | None], Shape | None] | None
    units: Callable[[Shape, Sequence[Shape]], int]
    attributes: int = 1
    _: KW_ONLY
    inputs: str
    attribute: str = ""
    output: str
    result: str
    work: str


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


def _per_input_and_output(output: Shape, inputs: Sequence[Shape]) -> int:
    return _per_input(output, inputs) + _per_output(output, inputs)


def _input(result: str, attribute: str, attributes: int, inputs: str = "", output: str = "m x n") -> Rule:
    return Rule(
        1 if inputs else 0,
        Kind.INPUT,
        None,
        _per_output,
        attributes,
        inputs=inputs,
        attribute=attribute,
        output=output,
        result=result,
        work="mn",
    )


def _pointwise(inputs: str, result: str, attribute: str = "", attributes: int = 1, *, dear: bool = False) -> Rule:
    return Rule(
        inputs.count(",") + 1,
        Kind.POINTWISE,
        shapes.broadcast,
        _eight_per_output if dear else _per_output,
        attributes,
        inputs=inputs,
        attribute=attribute,
        output="m x n",
        result=result,
        work="8mn" if dear else "mn",
    )


def _of_each_row(result: str) -> Rule:
    return Rule(
        1, Kind.REDUCTION, shapes.column, _per_input, inputs="a (m x n)", output="m x 1", result=result, work="mn"
    )


def _product(result: str) -> Rule:
    return Rule(
        2,
        Kind.REDUCTION,
        shapes.product,
        _per_term,
        attributes=MAX_SIDE,
        inputs="a (Bm x d), b (Bn x d)",
        attribute="B - 1",
        output="Bm x n",
        result=result,
        work="Bmnd",
    )


TABLE: Mapping[Operator, Rule] = MappingProxyType(
    {
        Operator.STATE: _input(
            "the state tensor",
            "t: node t holds state tensor t",
            MAX_NODES,
            inputs="a: the node, of any place but the last, whose output is the tensor's next value",
            output="m x n, as a",
        ),
        Operator.BATCH: _input("the batch's tensor", "the index in the batch", MAX_NODES),
        Operator.CONSTANT: _input("that tensor", "the tensor's root", 2**256),
        Operator.FILL: _input("these bits", "32 bits", 2**32),
        Operator.ADD: _pointwise("a, b", "a + b"),
        Operator.SUB: _pointwise("a, b", "a - b"),
        Operator.MUL: _pointwise("a, b", "a * b"),
        Operator.DIV: _pointwise("a, b", "a / b", dear=True),
        Operator.FMA: _pointwise("a, b, c", "a * b + c, rounded once"),
        Operator.NEG: _pointwise("a", "a, its sign flipped"),
        Operator.MAX: _pointwise("a, b", "the larger; NaN where either is; +0 is larger than -0"),
        Operator.COMPARE: _pointwise(
            "a, b", "1.0 where that holds, else +0, as for NaN", "0: a < b, 1: a <= b, 2: a == b", len(Predicate)
        ),
        Operator.SELECT: _pointwise("a, b, c", "the bits of b where a is not zero (NaN is not zero), else those of c"),
        Operator.SQRT: _pointwise("a", "the square root", dear=True),
        Operator.EXP: _pointwise("a", "e to the power a", dear=True),
        Operator.LOG: _pointwise("a", "the natural logarithm", dear=True),
        Operator.ABS: _pointwise("a", "a, its sign cleared"),
        Operator.MIN: _pointwise("a, b", "the smaller; NaN where either is; -0 is smaller than +0"),
        Operator.RSQRT: _pointwise("a", "1 / sqrt(a), rounded once", dear=True),
        Operator.TANH: _pointwise("a", "the hyperbolic tangent", dear=True),
        Operator.ERF: _pointwise("a", "the error function", dear=True),
        Operator.TO_INT: _pointwise(
            "a",
            "int32: the integer nearest to a, ties to even, or the nearest of that range; 0 for NaN",
            "0: int32, 1: int8",
            len(Integer),
        ),
        Operator.TO_FLOAT: _pointwise("a (int32)", "the binary32 nearest to a, ties to even"),
        Operator.SUM: _of_each_row("acc = +0, then acc = acc + a[i, k], k ascending"),
        Operator.ROW_MAX: _of_each_row("acc = a[i, 0], then acc = max(acc, a[i, k]), k ascending from 0"),
        Operator.MATMUL: _product("acc = +0, then acc = fma(a[i, k], b[floor(i / m) n + j, k], acc), k ascending"),
        Operator.ARGMAX: _of_each_row(
            "int32: the first k at which a[i, k] is largest; NaN is larger than all else, +0 larger than -0"
        ),
        Operator.MATMUL_INT8: _product(
            "int32: as MATMUL, of the lanes' low bytes as int8; no sum of so few terms overflows"
        ),
        Operator.SCATTER_ADD: Rule(
            2,
            Kind.REDUCTION,
            shapes.scattered,
            _per_input_and_output,
            inputs="a (d x m), b (1 x m, int32)",
            output="n x d, any n",
            result="acc = +0, then acc = acc + a[j, k] for each k, ascending, with b[0, k] == i",
            work="dm + nd",
        ),
        Operator.TRANSPOSE: Rule(
            1,
            Kind.MOVEMENT,
            shapes.transposed,
            _per_output,
            attributes=MAX_SIDE << 32,
            inputs="a (Bm x ng)",
            attribute="2^32 (B - 1) + g - 1",
            output="Bn x mg",
            result="a[floor(i / n) m + floor(j / g), (i mod n) g + j mod g]",
            work="Bnmg",
        ),
        Operator.RESHAPE: Rule(
            1,
            Kind.MOVEMENT,
            shapes.reshaped,
            _per_output,
            inputs="a (m x n)",
            output="p x q, pq = mn",
            result="a[floor(r / n), r mod n] where r = iq + j",
            work="pq",
        ),
        Operator.SLICE: Rule(
            1,
            Kind.MOVEMENT,
            shapes.sliced,
            _per_output,
            attributes=MAX_SIDE << 32,
            inputs="a (m x n)",
            attribute="2^32 r + c",
            output="p x q, r + p <= m, c + q <= n",
            result="a[r + i, c + j]",
            work="pq",
        ),
        Operator.CONCAT: Rule(
            2,
            Kind.MOVEMENT,
            shapes.joined,
            _per_output,
            attributes=len(Axis),
            inputs="a (m x n), b (p x q)",
            attribute="0: rows, 1: columns",
            output="0: (m + p) x n, q = n; 1: m x (n + q), p = m",
            result="a[i, j] where a has it, else 0: b[i - m, j], 1: b[i, j - n]",
            work="mn + pq",
        ),
        Operator.GATHER: Rule(
            2,
            Kind.MOVEMENT,
            shapes.gathered,
            _per_output,
            inputs="a (n x d), b (1 x m, int32)",
            output="m x d",
            result="a[b[0, i], j] where 0 <= b[0, i] < n, else +0",
            work="md",
        ),
        Operator.ONE_HOT: Rule(
            1,
            Kind.MOVEMENT,
            shapes.one_hot,
            _per_output,
            inputs="a (1 x m, int32)",
            output="m x n, any n",
            result="1.0 where a[0, i] == j, else +0",
            work="mn",
        ),
        Operator.CAUSAL_MASK: Rule(
            1,
            Kind.MOVEMENT,
            shapes.masked,
            _per_output,
            attributes=2**32,
            inputs="a (Bn x n)",
            attribute="32 bits",
            output="Bn x n",
            result="a[i, j] where j <= i mod n, else these bits",
            work="Bn^2",
        ),
        Operator.PACK: Rule(
            0,
            Kind.PACK,
            None,
            _none,
            inputs="",
            output="number of state tensors x 0",
            result="the next CHECKPOINT",
            work="0",
        ),
    }
)

"""Random valid programs of all operators, and inputs of any bits, from a `random.Random`."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.builder import Builder, Value
from pinpoint.program.graph import Program
from pinpoint.program.operators import MAX_TERMS, TABLE, Axis, Kind, Operator, Shape
from pinpoint.program.validation import integer_nodes

# Zeros, infinities, NaNs quiet and signalling, the ends of the subnormals and of the normals, and 1.
SPECIAL = [
    0x00000000, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00001, 0x7F800001,
    0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F800000, 0xBF800000,
]  # fmt: skip
# One lane, part of a word, a word, more than a word, more than a leaf.
SIDES = [1, 2, 3, 5, 8, 9, 17, 130]
MOST_ELEMENTS = 40_000
"""Of a drawn tensor: products and concatenations grow."""
MOST_UNITS = 4_000_000
"""Of a drawn operation: a second at most in any evaluator."""
MOST_INDEX = 20
PRODUCTS = (Operator.MATMUL, Operator.MATMUL_INT8)
INDEXED = (Operator.GATHER, Operator.SCATTER_ADD, Operator.ONE_HOT)


def random_lane(rng: random.Random) -> int:
    """32 bits: special, an index, an ordinary number, or anything."""
    family = rng.randrange(4)
    if family == 0:
        return rng.choice(SPECIAL)
    if family == 1:
        return rng.randrange(-2, 18) & 0xFFFFFFFF
    if family == 2:
        return int(np.float32(rng.uniform(-4, 4)).view(np.uint32))
    return rng.getrandbits(32)


def random_tensor(rng: random.Random, shape: Shape) -> Tensor:
    """A float32 matrix of any bits."""
    few = [random_lane(rng) for _ in range(rng.randrange(1, 64))]
    lanes = [rng.choice(few) for _ in range(shape[0] * shape[1])]
    return np.array(lanes, np.uint32).view(np.float32).reshape(shape)


def random_program(rng: random.Random, operations: int = 12) -> Program:
    """A valid program with so many operations, of any operators, besides what makes their operands."""
    sides = [1, *rng.sample(SIDES, rng.randrange(1, 3))]

    def shape() -> Shape:
        return rng.choice(sides), rng.choice(sides)

    builder = Builder()
    states = [builder.state(*shape()) for _ in range(rng.randrange(1, 4))]
    values = states + [builder.batch(*shape()) for _ in range(rng.randrange(3))]
    values.append(builder.fill_bits(random_lane(rng), *shape()))
    if rng.randrange(2):
        values.append(_constant(builder, random_tensor(rng, shape())))
    operators = [operator for operator, rule in TABLE.items() if rule.shape is not None]
    for _ in range(operations):
        values.append(random_operation(rng, rng.choice(operators), values, sides))
    integer = integer_nodes(builder.nodes)
    floats = [value for value in values if value.index not in integer]
    candidates = [[value for value in floats if value.shape == state.shape] for state in states]
    return builder.finish([rng.choice(same) for same in candidates])


def random_inputs(rng: random.Random, program: Program) -> tuple[list[Tensor], list[Tensor]]:
    """A state and a batch of any bits."""
    state = [random_tensor(rng, shape) for shape in program.state_shapes]
    return state, [random_tensor(rng, shape) for shape in program.batch_shapes]


def random_operation(
    rng: random.Random, operator: Operator, values: Sequence[Value], sides: Sequence[int]
) -> Value:
    """The operator applied to some of the values, or where none fit, to made ones."""
    rule = TABLE[operator]
    assert rule.shape is not None
    made = rng.randrange(2) if operator in (*INDEXED, *PRODUCTS, Operator.CAUSAL_MASK) else 0
    for attempt in range(60):
        operands = [rng.choice(values) for _ in range(rule.arity)]
        if made or attempt >= 30:
            operands = _fitted(rng, operator, operands)
        shapes = [operand.shape for operand in operands]
        if rule.kind is Kind.REDUCTION and shapes[0][1] > MAX_TERMS:
            continue
        attribute, stated = _choices(rng, operator, shapes, sides)
        output = rule.shape(shapes, attribute, stated)
        if output and math.prod(output) <= MOST_ELEMENTS and rule.units(output, shapes) <= MOST_UNITS:
            return values[0].builder.apply(operator, *operands, attribute=attribute, shape=stated)
    raise AssertionError(f"expected operands that fit {operator.name} within 60 attempts")


def _fitted(rng: random.Random, operator: Operator, operands: list[Value]) -> list[Value]:
    """Operands that fit: a part of the first, again; indices of which many are within the table."""
    first = operands[0]
    if operator is Operator.GATHER:
        return [first, _indices(rng, first, rng.choice(SIDES))]
    if operator is Operator.SCATTER_ADD:
        return [first, _indices(rng, first, first.shape[1])]
    if operator is Operator.ONE_HOT:
        return [_indices(rng, first, rng.choice(SIDES))]
    if operator is Operator.CAUSAL_MASK:
        rows, cols = first.shape
        side = rng.choice([d for d in _divisors(rows) if d <= cols])
        return [first.slice(range(rows), range(side))]
    small = first.slice(range(min(first.shape[0], 17)), range(first.shape[1]))
    if operator in PRODUCTS:
        # Rows of several blocks, for some blocks of different heights.
        double = small.concat(small, Axis.ROWS)
        return [rng.choice([double, double.concat(double, Axis.ROWS)]) for _ in operands]
    return [small] * len(operands)


def _indices(rng: random.Random, value: Value, count: int) -> Value:
    indices = [rng.randrange(-1, MOST_INDEX) for _ in range(count)]
    return _constant(value.builder, np.array([indices], np.int32).view(np.float32))


def _constant(builder: Builder, tensor: Tensor) -> Value:
    # Constants that differ in zeros at the end alone have one root, and the builder refuses the second.
    lanes = tensor.view(np.uint32).copy()
    lanes[-1, -1] |= 1
    return builder.constant(lanes.view(np.float32))


def _choices(
    rng: random.Random, operator: Operator, shapes: Sequence[Shape], sides: Sequence[int]
) -> tuple[int, Shape | None]:
    """An attribute, and a shape where the operator or chance wants one stated."""
    rule = TABLE[operator]
    rows, cols = shapes[0]
    if rule.kind is Kind.POINTWISE:
        wide = tuple(max(sides) for sides in zip(*shapes, strict=True))
        stated = tuple(rng.choice(sides) if side == 1 else side for side in wide)
        return rng.randrange(rule.attributes), (stated[0], stated[1])
    chosen: dict[Operator, Callable[[], tuple[int, Shape | None]]] = {
        Operator.MATMUL: lambda: (_divisor(rng, math.gcd(rows, shapes[1][0])) - 1, None),
        Operator.MATMUL_INT8: lambda: (_divisor(rng, math.gcd(rows, shapes[1][0])) - 1, None),
        Operator.SCATTER_ADD: lambda: (0, (rng.choice(SIDES), rows)),
        Operator.TRANSPOSE: lambda: ((_divisor(rng, rows) - 1) << 32 | (_divisor(rng, cols) - 1), None),
        Operator.RESHAPE: lambda: (0, _reshaped(rng, rows * cols)),
        Operator.SLICE: lambda: _part(rng, rows, cols),
        Operator.CONCAT: lambda: (rng.choice(list(Axis)), None),
        Operator.ONE_HOT: lambda: (0, (cols, rng.choice(SIDES))),
        Operator.CAUSAL_MASK: lambda: (random_lane(rng), None),
    }
    return chosen[operator]() if operator in chosen else (0, None)


def _divisor(rng: random.Random, number: int) -> int:
    return rng.choice(_divisors(number))


def _divisors(number: int) -> list[int]:
    return [d for d in range(1, number + 1) if number % d == 0]


def _reshaped(rng: random.Random, size: int) -> Shape:
    rows = _divisor(rng, size)
    return rows, size // rows


def _part(rng: random.Random, rows: int, cols: int) -> tuple[int, Shape]:
    first_row, first_col = rng.randrange(rows), rng.randrange(cols)
    shape = rng.randrange(1, rows - first_row + 1), rng.randrange(1, cols - first_col + 1)
    return first_row << 32 | first_col, shape

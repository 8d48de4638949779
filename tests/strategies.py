"""Hypothesis strategies that several tests share."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pinpoint.program.builder import Builder
from pinpoint.program.operators import TABLE, Kind, Operator, Predicate, broadcast

# Zeros, infinities, NaNs quiet and signalling, the ends of the subnormals and of the normals, and 1.
SPECIAL = [
    0x00000000, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00001, 0x7F800001,
    0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F800000, 0xBF800000,
]  # fmt: skip
# One lane, part of a word, a word, more than a word, more than a leaf.
SIDES = [1, 2, 3, 5, 8, 9, 17, 130]

lanes = st.one_of(st.sampled_from(SPECIAL), st.integers(0, 2**32 - 1))


def tensors(shape):
    """Float32 matrices of `shape`, any bits."""
    return arrays.arrays(np.uint32, shape, elements=lanes, fill=lanes).map(lambda bits: bits.view(np.float32))


@st.composite
def random_program(draw, max_operations=12):
    """Valid programs of small shapes with every operator."""
    sides = st.sampled_from([1, *draw(st.lists(st.sampled_from(SIDES), min_size=1, max_size=2))])
    shapes = st.tuples(sides, sides)
    builder = Builder()
    states = [builder.state(*draw(shapes)) for _ in range(draw(st.integers(1, 3)))]
    values = states + [builder.batch(*draw(shapes)) for _ in range(draw(st.integers(0, 2)))]
    values.append(builder.fill(draw(st.floats(width=32)), *draw(shapes)))
    if draw(st.booleans()):
        values.append(builder.constant(draw(shapes.flatmap(tensors))))
    operators = st.sampled_from([operator for operator, rule in TABLE.items() if rule.shape is not None])
    for _ in range(draw(st.integers(1, max_operations))):
        values.append(draw(_operation(builder, values, operators, sides)))
    candidates = [[value for value in values if value.shape == state.shape] for state in states]
    return builder.finish([draw(st.sampled_from(same)) for same in candidates])


@st.composite
def program_inputs(draw, program):
    """A state and a batch for `program`, any bits."""
    state = [draw(tensors(shape)) for shape in program.state_shapes]
    return state, [draw(tensors(shape)) for shape in program.batch_shapes]


@st.composite
def _operation(draw, builder, values, operators, sides):
    operator = draw(operators)
    rule = TABLE[operator]
    operands = [draw(st.sampled_from(values))]
    while len(operands) < rule.arity:
        taken = [operand.shape for operand in operands]
        fitting = [
            value
            for value in values
            if (rule.kind is Kind.POINTWISE and broadcast([*taken, value.shape]))
            or (operator is Operator.MATMUL and value.shape[1] == taken[0][1])
        ]
        operands.append(draw(st.sampled_from(fitting)))
    attribute = draw(st.sampled_from(list(Predicate))) if operator is Operator.COMPARE else 0
    shape = None
    if rule.kind is Kind.POINTWISE:
        natural = broadcast([operand.shape for operand in operands])
        shape = tuple(draw(sides) if side == 1 else side for side in natural)
    return builder.apply(operator, *operands, attribute=attribute, shape=shape)

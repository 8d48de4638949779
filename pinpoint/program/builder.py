"""A symbolic builder of programs: arithmetic on handles writes nodes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from pinpoint.commitment.tensor import Tensor, tensor_root
from pinpoint.program.graph import Node, Program, ProgramError
from pinpoint.program.operators import (
    MAX_SIDE,
    MAX_TERMS,
    TABLE,
    Axis,
    Integer,
    Kind,
    Operator,
    Predicate,
    Shape,
)
from pinpoint.program.validation import validate


@dataclass(frozen=True)
class Value:
    """A node's output, float32 of `shape`. Where a number is accepted, it stands for a 1 x 1 FILL.

    Every operator may raise `ProgramError`: if the operands' shapes do not fit, or their builders differ.
    """

    builder: Builder = field(repr=False)
    index: int

    @property
    def node(self) -> Node:
        """The node that computes it."""
        return self.builder.nodes[self.index]

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self.node.shape

    def __add__(self, other: Value | float) -> Value:
        return self.builder.apply(Operator.ADD, self, other)

    def __radd__(self, other: float) -> Value:
        return self.builder.apply(Operator.ADD, other, self)

    def __sub__(self, other: Value | float) -> Value:
        return self.builder.apply(Operator.SUB, self, other)

    def __rsub__(self, other: float) -> Value:
        return self.builder.apply(Operator.SUB, other, self)

    def __mul__(self, other: Value | float) -> Value:
        return self.builder.apply(Operator.MUL, self, other)

    def __rmul__(self, other: float) -> Value:
        return self.builder.apply(Operator.MUL, other, self)

    def __truediv__(self, other: Value | float) -> Value:
        return self.builder.apply(Operator.DIV, self, other)

    def __rtruediv__(self, other: float) -> Value:
        return self.builder.apply(Operator.DIV, other, self)

    def __neg__(self) -> Value:
        return self.builder.apply(Operator.NEG, self)

    def exp(self) -> Value:
        """Exponential of each element."""
        return self.builder.apply(Operator.EXP, self)

    def log(self) -> Value:
        """Natural logarithm of each element."""
        return self.builder.apply(Operator.LOG, self)

    def sqrt(self) -> Value:
        """Square root of each element."""
        return self.builder.apply(Operator.SQRT, self)

    def rsqrt(self) -> Value:
        """One over the square root of each element, rounded once."""
        return self.builder.apply(Operator.RSQRT, self)

    def tanh(self) -> Value:
        """Hyperbolic tangent of each element."""
        return self.builder.apply(Operator.TANH, self)

    def erf(self) -> Value:
        """Error function of each element."""
        return self.builder.apply(Operator.ERF, self)

    def absolute(self) -> Value:
        """Each element without its sign."""
        return self.builder.apply(Operator.ABS, self)

    def maximum(self, other: Value | float) -> Value:
        """The larger, element by element."""
        return self.builder.apply(Operator.MAX, self, other)

    def minimum(self, other: Value | float) -> Value:
        """The smaller, element by element."""
        return self.builder.apply(Operator.MIN, self, other)

    def to_int(self, kind: Integer = Integer.INT32) -> Value:
        """The nearest integer, ties to even, of that range; NaN becomes 0."""
        return self.builder.apply(Operator.TO_INT, self, attribute=kind)

    def to_float(self) -> Value:
        """The binary32 nearest to each int32."""
        return self.builder.apply(Operator.TO_FLOAT, self)

    def compare(self, other: Value | float, predicate: Predicate) -> Value:
        """1 where the predicate holds, else 0."""
        return self.builder.apply(Operator.COMPARE, self, other, attribute=predicate)

    def select(self, chosen: Value | float, other: Value | float) -> Value:
        """`chosen` where this is not zero, `other` where it is."""
        return self.builder.apply(Operator.SELECT, self, chosen, other)

    def fma(self, factor: Value | float, summand: Value | float) -> Value:
        """`self * factor + summand`, rounded once."""
        return self.builder.apply(Operator.FMA, self, factor, summand)

    def row_sum(self) -> Value:
        """Sum of each row, rows x 1. The sum of a whole matrix is `row_sum().transpose().row_sum()`.

        Raises:
            ProgramError: if a row has more than 4,096 elements.
        """
        return self.builder.apply(Operator.SUM, self)

    def row_max(self) -> Value:
        """Largest element of each row, rows x 1.

        Raises:
            ProgramError: if a row has more than 4,096 elements.
        """
        return self.builder.apply(Operator.ROW_MAX, self)

    def argmax(self) -> Value:
        """Where the largest element of each row is, the first of equals: rows x 1, int32.

        Raises:
            ProgramError: if a row has more than 4,096 elements.
        """
        return self.builder.apply(Operator.ARGMAX, self)

    def matmul_transposed(self, other: Value, blocks: int = 1) -> Value:
        """`self @ other.T` in each of `blocks` blocks of rows: Bm x k times Bn x k is Bm x n.

        Raises:
            ProgramError: if the widths differ or exceed 4,096, or the rows are no whole blocks.
        """
        return self.builder.apply(Operator.MATMUL, self, other, attribute=blocks - 1)

    def matmul_int8(self, other: Value, blocks: int = 1) -> Value:
        """As `matmul_transposed`, of int8 lanes, in int32.

        Raises:
            ProgramError: if the widths differ or exceed 4,096, or the rows are no whole blocks.
        """
        return self.builder.apply(Operator.MATMUL_INT8, self, other, attribute=blocks - 1)

    def scatter_add(self, indices: Value, rows: int) -> Value:
        """Column k is added to row `indices[k]` of the result: d x m, 1 x m is rows x d. Gradient of `gather`.

        Raises:
            ProgramError: unless there is one index a column, at most 4,096.
        """
        return self.builder.apply(Operator.SCATTER_ADD, self, indices, shape=(rows, self.shape[0]))

    def transpose(self, blocks: int = 1, group: int = 1) -> Value:
        """Rows and columns exchanged, in each of `blocks` blocks of rows, `group` lanes kept together.

        Bm x ng becomes Bn x mg.

        Raises:
            ProgramError: unless there are whole blocks and groups.
        """
        return self.builder.apply(Operator.TRANSPOSE, self, attribute=_pair(blocks - 1, group - 1))

    def reshape(self, rows: int, cols: int) -> Value:
        """The same elements, row after row, in another shape.

        Raises:
            ProgramError: if it has not as many elements.
        """
        return self if self.shape == (rows, cols) else self.builder.apply(Operator.RESHAPE, self, shape=(rows, cols))

    def slice(self, rows: range, cols: range) -> Value:
        """A part of the matrix.

        Raises:
            ProgramError: if it is empty, has steps, or leaves the matrix.
        """
        if rows.step != 1 or cols.step != 1 or min(rows.start, cols.start) < 0 or not rows or not cols:
            raise ProgramError(f"expected ranges of step 1 with something in them, got {rows} and {cols}")
        corner = _pair(rows.start, cols.start)
        return self.builder.apply(Operator.SLICE, self, attribute=corner, shape=(len(rows), len(cols)))

    def concat(self, other: Value, axis: Axis) -> Value:
        """`other` below, or to the right.

        Raises:
            ProgramError: if the other side differs.
        """
        return self.builder.apply(Operator.CONCAT, self, other, attribute=axis)

    def gather(self, indices: Value) -> Value:
        """Row `indices[i]` as row i, zeros where there is none: n x d, 1 x m is m x d.

        Raises:
            ProgramError: unless the indices are one row.
        """
        return self.builder.apply(Operator.GATHER, self, indices)

    def one_hot(self, classes: int) -> Value:
        """1 at column `self[0, i]` of row i, else 0: 1 x m is m x classes.

        Raises:
            ProgramError: unless the indices are one row.
        """
        return self.builder.apply(Operator.ONE_HOT, self, shape=(self.shape[1], classes))

    def causal_mask(self, fill: float) -> Value:
        """`fill` right of the diagonal of each square block of rows.

        Raises:
            ProgramError: if the rows are no whole squares.
            OverflowError: if a finite fill rounds to infinity.
        """
        return self.builder.apply(Operator.CAUSAL_MASK, self, attribute=_bits(fill))

    def broadcast(self, shape: Shape) -> Value:
        """Repeated to `shape` where a side is 1. A product with 1: it keeps numbers, not the bits of an int32."""
        return self if self.shape == shape else self.builder.apply(Operator.MUL, self, 1.0, shape=shape)


class Builder:
    """Writes a program node by node; equal nodes are written once. The state comes first.

    Attributes:
        nodes: as written so far; STATE nodes have their input only in the finished program.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._indices: dict[Node, int] = {}
        self._constants: dict[bytes, Tensor] = {}

    def state(self, rows: int, cols: int) -> Value:
        """The next state tensor.

        Raises:
            ProgramError: if another node than a STATE node has been written.
        """
        if self.nodes and self.nodes[-1].operator is not Operator.STATE:
            raise ProgramError(
                f"expected the state before all else, got it after {self.nodes[-1].operator.name}"
            )
        return self._write(Node(Operator.STATE, rows, cols, attribute=len(self.nodes)))

    def batch(self, rows: int, cols: int) -> Value:
        """The next tensor of the batch."""
        index = sum(node.operator is Operator.BATCH for node in self.nodes)
        return self._write(Node(Operator.BATCH, rows, cols, attribute=index))

    def fill(self, value: float, rows: int = 1, cols: int = 1) -> Value:
        """A tensor of one value, rounded to binary32.

        Raises:
            OverflowError: if a finite value rounds to infinity.
        """
        return self.fill_bits(_bits(value), rows, cols)

    def fill_bits(self, bits: int, rows: int = 1, cols: int = 1) -> Value:
        """A tensor whose lanes are all these 32 bits.

        Raises:
            ProgramError: if they are no 32 bits.
        """
        _check_attribute(Operator.FILL, bits)
        return self._write(Node(Operator.FILL, rows, cols, attribute=bits))

    def constant(self, array: Tensor | NDArray[np.int32]) -> Value:
        """A float32 or int32 matrix that is part of the program.

        Raises:
            ProgramError: if there is a constant of another shape with the same root, as zero padding allows.
            ValueError: unless the array is a non-empty float32 or int32 matrix.
        """
        lanes = cast(Tensor, array.view(np.float32) if array.dtype == np.int32 else array)
        root = tensor_root(lanes)
        known = self._constants.setdefault(root, lanes.copy())
        if known.shape != array.shape:
            raise ProgramError(
                f"expected the shape {known.shape} of the constant of this root, got {array.shape}"
            )
        rows, cols = known.shape
        return self._write(Node(Operator.CONSTANT, rows, cols, attribute=int.from_bytes(root, "big")))

    def apply(
        self, operator: Operator, *operands: Value | float, attribute: int = 0, shape: Shape | None = None
    ) -> Value:
        """Any operator that has inputs, but STATE.

        Args:
            shape: of the output, where it does not follow from the operands or they are to be broadcast further.

        Raises:
            ProgramError: if the operands do not fit the operator.
        """
        values = [operand if isinstance(operand, Value) else self.fill(operand) for operand in operands]
        if any(value.builder is not self for value in values):
            raise ProgramError(f"expected operands of {operator.name} from one builder, got several")
        rule = TABLE[operator]
        shapes = tuple(value.shape for value in values)
        if rule.shape is None or len(values) != rule.arity:
            raise ProgramError(
                f"expected an operator and its {rule.arity} operands, got {operator.name}, {shapes}"
            )
        _check_attribute(operator, attribute)
        output = rule.shape(shapes, attribute, shape)
        if output is None or output != (shape or output):
            wanted = f" and an output like {shape}" if shape else ""
            raise ProgramError(f"expected operands of {operator.name} that fit each other{wanted}, got {shapes}")
        if rule.kind is Kind.REDUCTION and shapes[0][1] > MAX_TERMS:
            raise ProgramError(f"expected at most {MAX_TERMS} terms in {operator.name}, got {shapes[0][1]}")
        rows, cols = output
        return self._write(
            Node(operator, rows, cols, tuple(value.index for value in values), shapes, attribute)
        )

    def finish(self, next_states: Sequence[Value], memory: int = 0) -> Program:
        """The program whose next state is `next_states`, in the order of the state tensors.

        Args:
            memory: how many of the last state tensors are not weights.

        Raises:
            ProgramError: if number or shapes differ from the state's, a value is another builder's, no tensor is a
                weight, or the program breaks a limit.
        """
        states = sum(node.operator is Operator.STATE for node in self.nodes)
        if len(next_states) != states:
            raise ProgramError(f"expected {states} next values, one per state tensor, got {len(next_states)}")
        if any(value.builder is not self for value in next_states):
            raise ProgramError("expected next values of this builder, got another's")
        if not 0 <= memory < max(states, 1):
            raise ProgramError(f"expected a weight among {states} state tensors, got {memory} that are none")
        nodes = list(self.nodes)
        for t, value in enumerate(next_states):
            nodes[t] = replace(nodes[t], inputs=(value.index,), input_shapes=(value.shape,))
        program = Program((*nodes, Node(Operator.PACK, states, 0)), dict(self._constants), memory)
        validate(program)
        return program

    def _write(self, node: Node) -> Value:
        if not all(1 <= side <= MAX_SIDE for side in node.shape):
            raise ProgramError(
                f"expected sides of 1 to {MAX_SIDE} of {node.operator.name}, got {node.rows} x {node.cols}"
            )
        index = self._indices.setdefault(node, len(self.nodes))
        if index == len(self.nodes):
            self.nodes.append(node)
        return Value(self, index)


def _check_attribute(operator: Operator, attribute: int) -> None:
    most = TABLE[operator].attributes - 1
    if not 0 <= attribute <= most:
        raise ProgramError(f"expected an attribute of {operator.name} from 0 to {most}, got {attribute}")


def _pair(high: int, low: int) -> int:
    if not 0 <= low < 1 << 32:
        raise ProgramError(f"expected the lower half of an attribute within 32 bits, got {low}")
    return high << 32 | low


def _bits(value: float) -> int:
    return int.from_bytes(struct.pack(">f", value), "big")

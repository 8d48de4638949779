"""A symbolic builder of programs: arithmetic on handles writes nodes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pinpoint.commitment.tensor import Tensor, tensor_root
from pinpoint.program.graph import Node, Program, ProgramError
from pinpoint.program.operators import MAX_TERMS, TABLE, Kind, Operator, Predicate, Shape, fits
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

    def maximum(self, other: Value | float) -> Value:
        """The larger, element by element."""
        return self.builder.apply(Operator.MAX, self, other)

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

    def matmul_transposed(self, other: Value) -> Value:
        """`self @ other.T`: m x k times n x k is m x n.

        Raises:
            ProgramError: if the widths differ or exceed 4,096.
        """
        return self.builder.apply(Operator.MATMUL, self, other)

    def transpose(self) -> Value:
        """Rows and columns exchanged."""
        return self.builder.apply(Operator.TRANSPOSE, self)

    def broadcast(self, shape: Shape) -> Value:
        """Repeated to `shape` where a side is 1."""
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
        bits = int.from_bytes(struct.pack(">f", value), "big")
        return self._write(Node(Operator.FILL, rows, cols, attribute=bits))

    def constant(self, array: Tensor) -> Value:
        """A float32 matrix that is part of the program.

        Raises:
            ProgramError: if there is a constant of another shape with the same root, as zero padding allows.
            ValueError: unless the array is a non-empty float32 matrix.
        """
        root = tensor_root(array)
        known = self._constants.setdefault(root, array.copy())
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
            shape: of the output of a pointwise operator, where the operands are to be broadcast further.

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
        natural = rule.shape(shapes)
        if natural is None:
            raise ProgramError(f"expected operands of {operator.name} that fit each other, got {shapes}")
        if shape is not None and not (rule.kind is Kind.POINTWISE and fits(natural, shape)):
            raise ProgramError(f"expected an output of {operator.name} like {natural}, got {shape}")
        if rule.kind is Kind.REDUCTION and shapes[0][1] > MAX_TERMS:
            raise ProgramError(f"expected at most {MAX_TERMS} terms in {operator.name}, got {shapes[0][1]}")
        rows, cols = shape or natural
        return self._write(
            Node(operator, rows, cols, tuple(value.index for value in values), shapes, attribute)
        )

    def finish(self, next_states: Sequence[Value]) -> Program:
        """The program whose next state is `next_states`, in the order of the state tensors.

        Raises:
            ProgramError: if number or shapes differ from the state's, a value is another builder's, or the
                program breaks a limit.
        """
        states = sum(node.operator is Operator.STATE for node in self.nodes)
        if len(next_states) != states:
            raise ProgramError(f"expected {states} next values, one per state tensor, got {len(next_states)}")
        if any(value.builder is not self for value in next_states):
            raise ProgramError("expected next values of this builder, got another's")
        nodes = list(self.nodes)
        for t, value in enumerate(next_states):
            nodes[t] = replace(nodes[t], inputs=(value.index,), input_shapes=(value.shape,))
        program = Program((*nodes, Node(Operator.PACK, states, 0)), dict(self._constants))
        validate(program)
        return program

    def _write(self, node: Node) -> Value:
        index = self._indices.setdefault(node, len(self.nodes))
        if index == len(self.nodes):
            self.nodes.append(node)
        return Value(self, index)

"""Programs as graphs of nodes, their words and their artifact form (docs/design.md, section 3)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from pinpoint.commitment.tensor import Tensor, program_root, tensor_root
from pinpoint.commitment.tree import HASH_BYTES
from pinpoint.program.operators import MAX_NODES, TABLE, Operator, Shape

MAX_INPUTS = 3
NODE_BYTES = 3 * HASH_BYTES
LANE_BYTES = 4

_WORD_0 = struct.Struct(">B5I")
_WORD_1 = struct.Struct(">6I")
_HEADER = struct.Struct(">8sII")
_MAGIC = b"PINPROGM"
_VERSION = 1


class ProgramError(ValueError):
    """A program, or its artifact, is not what docs/design.md says it is."""


@dataclass(frozen=True)
class Node:
    """One operation of a program.

    Attributes:
        operator: what it computes.
        rows: rows of the output.
        cols: columns of the output.
        inputs: indices of the nodes it reads. A STATE node names the node that computes the tensor's next
            value; in the program of the distance, where nothing follows, it has none.
        input_shapes: their shapes.
        attribute: unsigned 256-bit number, its meaning depends on the operator.
    """

    operator: Operator
    rows: int
    cols: int
    inputs: tuple[int, ...] = ()
    input_shapes: tuple[Shape, ...] = ()
    attribute: int = 0

    @property
    def shape(self) -> Shape:
        """Rows and columns of the output."""
        return self.rows, self.cols

    def words(self) -> tuple[int, int, int]:
        """The three 256-bit words of the node.

        Raises:
            struct.error: if a number exceeds its field; `validate` refuses such a node.
        """
        unused = MAX_INPUTS - len(self.inputs)
        sides = [side for shape in self.input_shapes for side in shape] + [0, 0] * unused
        word_0 = _WORD_0.pack(self.operator, self.rows, self.cols, *self.inputs, *[0] * unused)
        return int.from_bytes(word_0, "big"), int.from_bytes(_WORD_1.pack(*sides), "big"), self.attribute

    @classmethod
    def from_words(cls, words: tuple[int, int, int]) -> Node:
        """The node of three 256-bit words.

        Raises:
            ProgramError: if a bit or field that must be zero is not, or the operator is unknown.
        """
        for number, (word, size) in enumerate(
            zip(words, (_WORD_0.size, _WORD_1.size, HASH_BYTES), strict=True)
        ):
            if not 0 <= word < 1 << 8 * size:
                raise ProgramError(f"expected word {number} of a node within {8 * size} bits, got {word:#x}")
        code, rows, cols, *fields = _WORD_0.unpack(words[0].to_bytes(_WORD_0.size, "big"))
        sides = _WORD_1.unpack(words[1].to_bytes(_WORD_1.size, "big"))
        shapes = list(zip(sides[::2], sides[1::2], strict=True))
        try:
            operator = Operator(code)
        except ValueError:
            raise ProgramError(f"expected a known operator, got code {code}") from None
        arity = TABLE[operator].arity
        if operator is Operator.STATE and fields[0] == 0 and shapes[0] == (0, 0):
            arity = 0
        if any(fields[arity:]) or any(side for shape in shapes[arity:] for side in shape):
            raise ProgramError(
                f"expected zero in the unused inputs of {operator.name}, got {fields} of {shapes}"
            )
        return cls(operator, rows, cols, tuple(fields[:arity]), tuple(shapes[:arity]), words[2])

    def to_bytes(self) -> bytes:
        """The 96 bytes of the words, big-endian."""
        return b"".join(word.to_bytes(HASH_BYTES, "big") for word in self.words())


@dataclass(frozen=True)
class Program:
    """One training step as a single-assignment graph.

    Attributes:
        nodes: in topological order, the STATE nodes first, PACK last.
        constants: the tensors of the CONSTANT nodes by root. Programs of the same nodes are equal, since
            the nodes hold the roots.
        memory: how many of the last state tensors are an optimiser's memory, not weights. The order says it on chain,
            not the artifact.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[bytes, Tensor] = field(default_factory=dict, compare=False)
    memory: int = field(default=0, compare=False)

    @property
    def state_shapes(self) -> tuple[Shape, ...]:
        """Shapes of the state tensors, in order."""
        return tuple(node.shape for node in self.nodes if node.operator is Operator.STATE)

    @property
    def weights(self) -> int:
        """How many of the first state tensors are weights: what has to move, or nothing was learnt."""
        return len(self.state_shapes) - self.memory

    @property
    def batch_shapes(self) -> tuple[Shape, ...]:
        """Shapes of a batch's tensors, in the order of the batch."""
        batch = [node for node in self.nodes if node.operator is Operator.BATCH]
        return tuple(node.shape for node in sorted(batch, key=lambda node: node.attribute))

    @cached_property
    def producers(self) -> tuple[int, ...]:
        """Per state tensor, the index of the node that computes its next value."""
        return tuple(node.inputs[0] for node in self.nodes if node.operator is Operator.STATE)

    @property
    def pack(self) -> int:
        """Index of the PACK node, the last; also the number of tensors that a step outputs."""
        return len(self.nodes) - 1

    @property
    def root(self) -> bytes:
        """Root of the program's tree."""
        return program_root([node.words() for node in self.nodes])

    def to_bytes(self) -> bytes:
        """The artifact: header, nodes, constants' lanes in the order of their first use, all big-endian."""
        constants = [
            self.constants[root].view(np.uint32).astype(">u4").tobytes() for root in _constants(self.nodes)
        ]
        header = _HEADER.pack(_MAGIC, _VERSION, len(self.nodes))
        return b"".join([header, *(node.to_bytes() for node in self.nodes), *constants])

    @classmethod
    def from_bytes(cls, data: bytes) -> Program:
        """The program of an artifact. The graph itself is not checked: see `validate`.

        Raises:
            ProgramError: if the artifact is malformed, cut short or too long, or a constant has another root.
        """
        if len(data) < _HEADER.size:
            raise ProgramError(f"expected a header of {_HEADER.size} bytes, got {len(data)} bytes")
        magic, version, count = _HEADER.unpack_from(data)
        if (magic, version) != (_MAGIC, _VERSION):
            raise ProgramError(f"expected {_MAGIC!r} version {_VERSION}, got {magic!r} version {version}")
        if count > MAX_NODES:
            raise ProgramError(f"expected at most {MAX_NODES} nodes, got {count}")
        end = _HEADER.size + count * NODE_BYTES
        if len(data) < end:
            raise ProgramError(f"expected {end} bytes of header and nodes, got {len(data)}")
        nodes = tuple(
            _read_node(data[start : start + NODE_BYTES]) for start in range(_HEADER.size, end, NODE_BYTES)
        )
        shapes = _constants(nodes)
        expected = end + sum(rows * cols * LANE_BYTES for rows, cols in shapes.values())
        if len(data) != expected:
            raise ProgramError(f"expected {expected} bytes with all constants, got {len(data)}")
        constants = {}
        for root, (rows, cols) in shapes.items():
            lanes = np.frombuffer(data, dtype=">u4", count=rows * cols, offset=end)
            constant = lanes.astype(np.uint32).view(np.float32).reshape(rows, cols)
            if constant.size == 0 or tensor_root(constant) != root:
                raise ProgramError(
                    f"expected a {rows} x {cols} constant of root {root.hex()}, got another tensor"
                )
            constants[root] = constant
            end += constant.nbytes
        return cls(nodes, constants)


def constant_root(node: Node) -> bytes:
    """Root of the tensor that a CONSTANT node stands for, its key in `Program.constants`."""
    return node.attribute.to_bytes(HASH_BYTES, "big")


def _constants(nodes: tuple[Node, ...]) -> dict[bytes, Shape]:
    shapes: dict[bytes, Shape] = {}
    for node in nodes:
        if node.operator is Operator.CONSTANT:
            shapes.setdefault(constant_root(node), node.shape)
    return shapes


def _read_node(data: bytes) -> Node:
    words = [
        int.from_bytes(data[start : start + HASH_BYTES], "big") for start in range(0, NODE_BYTES, HASH_BYTES)
    ]
    return Node.from_words((words[0], words[1], words[2]))

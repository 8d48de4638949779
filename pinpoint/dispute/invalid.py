"""The first node of a program that shows it to be invalid, and the transaction that shows it on chain.

The twin of contracts/libraries/program_rules.vy, on the words of a program as they were downloaded: an invalid program
need not have the form that `Program` holds. What no bounded number of nodes shows is not found here either, and is
only `validate`'s to refuse: a tensor of the batch that is named twice or never, integers that reach a state tensor
through a movement or a selection, and what the constants stand for.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from pinpoint.commitment.tensor import program_leaf
from pinpoint.commitment.tree import HASH_BYTES, Tree, TreeKind
from pinpoint.dispute.moves import Move
from pinpoint.program.graph import NODE_BYTES, Node, ProgramError
from pinpoint.program.operators import MAX_SIDE, Operator, Shape
from pinpoint.program.validation import INTEGERS, check_fields, check_sides, check_state

Words = tuple[int, int, int]
"""A node of a program, as it is hashed."""

_COUNT = struct.Struct(">12xI")
"""The header of a program's artifact: the number of nodes after magic and version."""


@dataclass(frozen=True)
class Fault:
    """A node that breaks a rule.

    Attributes:
        index: of the node.
        producers: how many of its inputs, from the first on, have to be shown with it; 0 if it is invalid by itself.
    """

    index: int
    producers: int


def node_words(artifact: bytes) -> list[Words]:
    """The words of all nodes of a program's artifact; what follows them is not read.

    The root over them is `program_root`: whoever downloads compares it with the order's.

    Raises:
        ProgramError: if it is shorter than its header says.
    """
    if len(artifact) < _COUNT.size:
        raise ProgramError(f"expected a header of {_COUNT.size} bytes, got {len(artifact)} bytes")
    (count,) = _COUNT.unpack_from(artifact)
    end = _COUNT.size + count * NODE_BYTES
    if len(artifact) < end:
        raise ProgramError(f"expected {end} bytes of header and nodes, got {len(artifact)}")
    words = [
        int.from_bytes(artifact[start : start + HASH_BYTES], "big") for start in range(_COUNT.size, end, HASH_BYTES)
    ]
    return list(zip(words[::3], words[1::3], words[2::3], strict=True))


def nodes_root(nodes: Sequence[Words]) -> bytes:
    """The root of a program of these nodes.

    Raises:
        ProgramError: if there are none.
    """
    if not nodes:
        raise ProgramError("expected at least 1 node, got none")
    return Tree(TreeKind.PROGRAM, [program_leaf(words) for words in nodes]).root


def first_invalid(nodes: Sequence[Words], state: int) -> Fault | None:
    """The first node that shows the program to be invalid, or None.

    Args:
        state: state tensors, by the order.
    """
    for index in range(len(nodes)):
        fault = fault_of(nodes, state, index)
        if fault is not None:
            return fault
    return None


def fault_of(nodes: Sequence[Words], state: int, index: int) -> Fault | None:
    """What a node shows, or None if it keeps all rules that it shows."""
    node = _sound_alone(nodes, state, index)
    if node is None:
        return Fault(index, 0)
    for place, (source, shape) in enumerate(zip(node.inputs, node.input_shapes, strict=True)):
        head = nodes[source][0]
        integer = node.operator is Operator.STATE and head >> 160 & 0xFF in INTEGERS
        if _shape(head) != shape or integer:
            return Fault(index, place + 1)
    return None


def show_invalid(nodes: Sequence[Words], state: int) -> Move | None:
    """The call, about a task, that ends it because its program is invalid; None if no node shows that.

    Args:
        nodes: of the program, whose root is the order's.
        state: state tensors, by the order.
    """
    fault = first_invalid(nodes, state)
    return None if fault is None else show(nodes, fault)


def show(nodes: Sequence[Words], fault: Fault) -> Move:
    """The call, about a task, that shows this fault."""
    tree = Tree(TreeKind.PROGRAM, [program_leaf(words) for words in nodes])

    def proof(index: int) -> tuple[list[int], list[bytes]]:
        return list(nodes[index]), tree.path(index)

    sources = Node.from_words(nodes[fault.index]).inputs[: fault.producers] if fault.producers else ()
    arguments = (fault.index, proof(fault.index), [proof(source) for source in sources])
    return Move("ProgramJudge", "show_invalid", arguments)


def _sound_alone(nodes: Sequence[Words], state: int, index: int) -> Node | None:
    """The node, unless it breaks a rule by itself."""
    last = len(nodes) - 1
    try:
        node = Node.from_words(nodes[index])
        check_fields(index, node)
        if node.operator is Operator.STATE:
            check_state(index, node, state)
    except ProgramError:
        return None
    if (node.operator is Operator.STATE) != (index < state) or (node.operator is Operator.PACK) != (index == last):
        return None
    limit = last if node.operator is Operator.STATE else index
    if any(source >= limit for source in node.inputs):
        return None
    if not all(1 <= side <= MAX_SIDE for shape in node.input_shapes for side in shape):
        return None
    if node.operator is Operator.PACK:
        return node if node.shape == (state, 0) else None
    # Each BATCH node names another tensor, so there are at most as many as nodes beside STATE and PACK.
    if node.operator is Operator.BATCH and node.attribute >= last - state:
        return None
    try:
        check_sides(index, node)
    except ProgramError:
        return None
    return node


def _shape(head: int) -> Shape:
    return head >> 128 & 0xFFFFFFFF, head >> 96 & 0xFFFFFFFF

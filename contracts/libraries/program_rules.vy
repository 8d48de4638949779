# pragma version 0.4.3
"""
@title What one node of a program shows to be against the rules
@license AGPL-3.0-only
@notice docs/design.md, section 3. `pinpoint/program/validation.py` and
        `shapes.py` are the twins: whatever is broken here, `validate` refuses.
        Total: no node makes these functions revert, whatever its bits.

        What no node shows, with those that it reads: whether each tensor of
        the batch is named once, and that there is one; integers that reach a
        state tensor through a movement or a selection; what a CONSTANT
        stands for. That is for the solver to check before it accepts.
"""

from . import geometry
from . import operators

COMPARE: constant(uint256) = 23
TO_INT: constant(uint256) = 33
MATMUL: constant(uint256) = 50
ARGMAX: constant(uint256) = 51
MATMUL_INT8: constant(uint256) = 52

# Operators by the number of their inputs, a bit each at the place of the code.
NO_INPUTS: constant(uint256) = 2**1 + 2**2 + 2**3 + 2**80
ONE_INPUT: constant(uint256) = (
    2**0
    + 2**21
    + 2**25 + 2**26 + 2**27 + 2**28
    + 2**30 + 2**31 + 2**32 + 2**33 + 2**34
    + 2**48 + 2**49 + 2**51
    + 2**64 + 2**65 + 2**66
    + 2**69 + 2**70
)
TWO_INPUTS: constant(uint256) = (
    2**16 + 2**17 + 2**18 + 2**19
    + 2**22 + 2**23
    + 2**29
    + 2**50 + 2**52 + 2**53
    + 2**67 + 2**68
)
THREE_INPUTS: constant(uint256) = 2**20 + 2**24
UNKNOWN: constant(uint256) = 4

MAX_SIDE: constant(uint256) = 2**20
MAX_LEAVES: constant(uint256) = 2**24
# Longest side of a state tensor, and most terms of a reduction.
MAX_TERMS: constant(uint256) = 4096


@internal
@pure
def arity(operator: uint256) -> uint256:
    """
    @notice Inputs that an operator has, or UNKNOWN.
    """
    if (NO_INPUTS >> operator) & 1 != 0:
        return 0
    if (ONE_INPUT >> operator) & 1 != 0:
        return 1
    if (TWO_INPUTS >> operator) & 1 != 0:
        return 2
    if (THREE_INPUTS >> operator) & 1 != 0:
        return 3
    return UNKNOWN


@internal
@pure
def broken(
    words: uint256[3], index: uint256, g: geometry.Geometry
) -> bool:
    """
    @notice Whether node `index` of a program of these counts breaks a rule by
            itself.
    """
    if words[0] >> 168 != 0 or words[1] >> 192 != 0:
        return True
    node: operators.Node = operators.unpack(words)
    inputs: uint256 = self.arity(node.operator)
    if inputs == UNKNOWN:
        return True
    if self._misplaced(node, index, g):
        return True
    if self._misses_inputs(node, inputs, index, g):
        return True
    if not self._has_attribute(node, index, g):
        return True
    if node.operator == operators.PACK:
        return node.rows != g.state or node.cols != 0
    if self._oversized(node):
        return True
    return inputs != 0 and self._misshapen(node)


@internal
@pure
def contradicts(
    node: operators.Node, which: uint256, producer: operators.Node
) -> bool:
    """
    @notice Whether the node states another shape of its input `which` than the
            node has that produces it; or, for a state tensor, whether that one
            computes integers.
    """
    if producer.rows != node.input_rows[which]:
        return True
    if producer.cols != node.input_cols[which]:
        return True
    return node.operator == operators.STATE and producer.operator in [
        TO_INT, ARGMAX, MATMUL_INT8
    ]


@internal
@pure
def _misplaced(
    node: operators.Node, index: uint256, g: geometry.Geometry
) -> bool:
    # STATE first, PACK last, neither anywhere else.
    if (node.operator == operators.STATE) != (index < g.state):
        return True
    return (node.operator == operators.PACK) != (index == g.nodes - 1)


@internal
@pure
def _misses_inputs(
    node: operators.Node,
    inputs: uint256,
    index: uint256,
    g: geometry.Geometry,
) -> bool:
    # Next values may come from any node but PACK, all else from earlier nodes.
    limit: uint256 = index
    if node.operator == operators.STATE:
        limit = g.nodes - 1
    for i: uint256 in range(3):
        source: uint256 = node.inputs[i]
        rows: uint256 = node.input_rows[i]
        cols: uint256 = node.input_cols[i]
        if i >= inputs:
            if source != 0 or rows != 0 or cols != 0:
                return True
        elif source >= limit:
            return True
        elif not self._are_sides(rows, cols, MAX_SIDE):
            return True
    return False


@internal
@pure
def _has_attribute(
    node: operators.Node, index: uint256, g: geometry.Geometry
) -> bool:
    # Whether the attribute is legal.
    operator: uint256 = node.operator
    most: uint256 = 0
    if operator == operators.CONSTANT_:
        return True
    if operator == operators.STATE:
        return node.attribute == index
    if operator == operators.BATCH:
        # Each names another tensor: there are at most as many as other nodes.
        return node.attribute < g.nodes - g.state - 1
    if operator == operators.FILL or operator == operators.CAUSAL_MASK:
        most = 2**32 - 1
    elif operator == COMPARE:
        most = 2
    elif operator == TO_INT or operator == operators.CONCAT:
        most = 1
    elif operator == MATMUL or operator == MATMUL_INT8:
        most = MAX_SIDE - 1
    elif operator == operators.TRANSPOSE or operator == operators.SLICE:
        most = (MAX_SIDE << 32) - 1
    return node.attribute <= most


@internal
@pure
def _oversized(node: operators.Node) -> bool:
    longest: uint256 = MAX_SIDE
    if node.operator == operators.STATE:
        longest = MAX_TERMS
    if not self._are_sides(node.rows, node.cols, longest):
        return True
    return operators.leaf_count(node.rows, node.cols) > MAX_LEAVES


@internal
@pure
def _are_sides(rows: uint256, cols: uint256, longest: uint256) -> bool:
    return rows != 0 and rows <= longest and cols != 0 and cols <= longest


@internal
@pure
def _misshapen(node: operators.Node) -> bool:
    # All sides are between 1 and MAX_SIDE here: no division by zero.
    operator: uint256 = node.operator
    if operator == operators.STATE:
        return self._differ(
            node, node.input_rows[0], node.input_cols[0]
        )
    if operator < operators.SUM:
        return not self._broadcast(node)
    if operator < operators.TRANSPOSE:
        return node.input_cols[0] > MAX_TERMS or self._misreduced(node)
    return self._mismoved(node)


@internal
@pure
def _differ(node: operators.Node, rows: uint256, cols: uint256) -> bool:
    return node.rows != rows or node.cols != cols


@internal
@pure
def _broadcast(node: operators.Node) -> bool:
    for i: uint256 in range(3):
        rows: uint256 = node.input_rows[i]
        cols: uint256 = node.input_cols[i]
        # Unused inputs have no rows.
        if rows > 1 and rows != node.rows:
            return False
        if cols > 1 and cols != node.cols:
            return False
    return True


@internal
@pure
def _misreduced(node: operators.Node) -> bool:
    rows: uint256 = node.input_rows[0]
    terms: uint256 = node.input_cols[0]
    if node.operator == MATMUL or node.operator == MATMUL_INT8:
        blocks: uint256 = node.attribute + 1
        if terms != node.input_cols[1]:
            return True
        if rows % blocks != 0 or node.input_rows[1] % blocks != 0:
            return True
        return self._differ(node, rows, node.input_rows[1] // blocks)
    if node.operator == operators.SCATTER_ADD:
        if node.input_rows[1] != 1 or node.input_cols[1] != terms:
            return True
        return node.cols != rows
    return self._differ(node, rows, 1)


@internal
@pure
def _mismoved(node: operators.Node) -> bool:
    operator: uint256 = node.operator
    rows: uint256 = node.input_rows[0]
    cols: uint256 = node.input_cols[0]
    high: uint256 = node.attribute >> 32
    low: uint256 = node.attribute & operators.MASK
    if operator == operators.TRANSPOSE:
        blocks: uint256 = high + 1
        group: uint256 = low + 1
        if rows % blocks != 0 or cols % group != 0:
            return True
        return self._differ(
            node, cols // group * blocks, rows // blocks * group
        )
    if operator == operators.RESHAPE:
        return node.rows * node.cols != rows * cols
    if operator == operators.SLICE:
        return high + node.rows > rows or low + node.cols > cols
    if operator == operators.CONCAT:
        if node.attribute == 0:
            return cols != node.input_cols[1] or self._differ(
                node, rows + node.input_rows[1], cols
            )
        return rows != node.input_rows[1] or self._differ(
            node, rows, cols + node.input_cols[1]
        )
    if operator == operators.GATHER:
        return node.input_rows[1] != 1 or self._differ(
            node, node.input_cols[1], cols
        )
    if operator == operators.ONE_HOT:
        return rows != 1 or node.rows != cols
    # CAUSAL_MASK
    return rows % cols != 0 or self._differ(node, rows, cols)

# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Referee
@license AGPL-3.0-only
@notice Computes what an operator of a program yields, on single words and
        lanes. It promises number 11 of the protocol: the referee and the
        evaluator agree on every operator and every input, bit by bit.

        Anyone may call it; it has no storage and no owner. It reverts on
        malformed requests ("referee: ..."), never on operands: every pattern
        has a result, infinities, subnormals and all NaNs included.
"""

from .interfaces import IReferee
from .libraries import binary32
from .libraries import dot_product
from .libraries import transcendental

implements: IReferee

FILL: constant(uint256) = 3
ADD: constant(uint256) = 16
SUB: constant(uint256) = 17
MUL: constant(uint256) = 18
DIV: constant(uint256) = 19
FMA: constant(uint256) = 20
NEG: constant(uint256) = 21
MAX: constant(uint256) = 22
COMPARE: constant(uint256) = 23
SELECT: constant(uint256) = 24
SQRT: constant(uint256) = 25
EXP: constant(uint256) = 26
LOG: constant(uint256) = 27
SUM: constant(uint256) = 48
ROW_MAX: constant(uint256) = 49
MATMUL: constant(uint256) = 50

LANES: constant(uint256) = 8  # of a word
LANE: constant(uint256) = 4294967295  # 32 bits
MAX_WORDS: constant(uint256) = 512
MAX_TERMS: constant(uint256) = MAX_WORDS * LANES


@external
@pure
def pointwise(
    operator: uint256,
    attribute: uint256,
    lanes: uint256,
    a: uint256,
    b: uint256,
    c: uint256,
) -> uint256:
    """
    @notice Apply a pointwise operator, or FILL, to the first lanes of a word
    @param operator The operator's code
    @param attribute COMPARE's predicate, or FILL's bits
    @param lanes The number of lanes, 1 to 8
    @param a The first operand; whatever an operator does not use is ignored
    @param b The second operand
    @param c The third operand
    @return The word of results, its other lanes zero
    """
    assert lanes != 0 and lanes <= LANES, "referee: lanes"
    result: uint256 = 0
    offset: uint256 = 256
    for i: uint256 in range(lanes, bound=LANES):
        offset = unsafe_sub(offset, 32)  # at most eight times
        result = result | (
            self._apply(
                operator,
                attribute,
                (a >> offset) & LANE,
                (b >> offset) & LANE,
                (c >> offset) & LANE,
            ) << offset
        )
    return result


@external
@pure
def reduce(
    operator: uint256,
    terms: uint256,
    a: DynArray[uint256, MAX_WORDS],
    b: DynArray[uint256, MAX_WORDS],
) -> uint256:
    """
    @notice Reduce a row, or a pair of rows for MATMUL, to one lane
    @param operator The operator's code
    @param terms The number of terms, 1 to 4096
    @param a The words of the row; lanes beyond `terms` are ignored
    @param b The words of MATMUL's other row, else empty
    @return The 32 bits of the result
    """
    assert terms != 0 and terms <= MAX_TERMS, "referee: terms"
    words: uint256 = (terms + LANES - 1) // LANES
    assert len(a) == words, "referee: terms"
    assert operator >= SUM and operator <= MATMUL, "referee: operator"
    assert len(b) == (words if operator == MATMUL else 0), "referee: terms"

    result: uint256 = 0
    if operator == ROW_MAX:
        result = a[0] >> 224
    left: uint256 = terms
    for i: uint256 in range(words, bound=MAX_WORDS):
        x: uint256 = a[i]
        y: uint256 = 0
        if operator == MATMUL:
            y = b[i]
        lanes: uint256 = min(left, LANES)
        if operator == SUM:
            result = self._sum(result, lanes, x)
        elif operator == ROW_MAX:
            result = self._row_max(result, lanes, x)
        else:
            result = dot_product.dot(result, lanes, x, y)
        left = unsafe_sub(left, lanes)  # at most `left`
    return result


@internal
@pure
def _apply(
    operator: uint256, attribute: uint256, a: uint256, b: uint256, c: uint256
) -> uint256:
    if operator == FMA:
        return binary32.fma(a, b, c)
    if operator == ADD:
        return binary32.add(a, b)
    if operator == MUL:
        return binary32.mul(a, b)
    if operator == SUB:
        return binary32.sub(a, b)
    if operator == DIV:
        return binary32.div(a, b)
    if operator == MAX:
        return binary32.maximum(a, b)
    if operator == COMPARE:
        return binary32.compare(a, b, attribute)
    if operator == SELECT:
        return binary32.select(a, b, c)
    if operator == NEG:
        return binary32.neg(a)
    if operator == SQRT:
        return binary32.sqrt(a)
    if operator == EXP:
        return transcendental.exp(a)
    if operator == LOG:
        return transcendental.logarithm(a)
    assert operator == FILL, "referee: operator"
    return attribute & LANE


@internal
@pure
def _sum(start: uint256, lanes: uint256, a: uint256) -> uint256:
    """
    @dev start + a[0] + a[1] ..., in this order.
    """
    result: uint256 = start
    offset: uint256 = 256
    for i: uint256 in range(lanes, bound=LANES):
        offset = unsafe_sub(offset, 32)  # at most eight times
        result = binary32.add(result, (a >> offset) & LANE)
    return result


@internal
@pure
def _row_max(start: uint256, lanes: uint256, a: uint256) -> uint256:
    """
    @dev The largest of start, a[0], a[1] ...
    """
    result: uint256 = start
    offset: uint256 = 256
    for i: uint256 in range(lanes, bound=LANES):
        offset = unsafe_sub(offset, 32)  # at most eight times
        result = binary32.maximum(result, (a >> offset) & LANE)
    return result

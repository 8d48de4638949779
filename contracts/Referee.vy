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
from .libraries import casts
from .libraries import error_function
from .libraries import exponential
from .libraries import logarithm
from .libraries import reductions
from .libraries import roots

implements: IReferee
# As it is: a function around it would copy the rows.
exports: reductions.reduce

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
ABS: constant(uint256) = 28
MIN: constant(uint256) = 29
RSQRT: constant(uint256) = 30
TANH: constant(uint256) = 31
ERF: constant(uint256) = 32
TO_INT: constant(uint256) = 33
TO_FLOAT: constant(uint256) = 34

LANES: constant(uint256) = 8  # of a word
LANE: constant(uint256) = 4294967295  # 32 bits


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
    @param attribute COMPARE's predicate, TO_INT's range, or FILL's bits
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


@internal
@pure
def _apply(
    operator: uint256, attribute: uint256, a: uint256, b: uint256, c: uint256
) -> uint256:
    # In groups, so that no operator waits for all the others.
    if operator < NEG:
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
    elif operator < SQRT:
        if operator == MAX:
            return binary32.maximum(a, b)
        if operator == COMPARE:
            return binary32.compare(a, b, attribute)
        if operator == SELECT:
            return binary32.select(a, b, c)
        # NEG, the last of these
        return binary32.neg(a)
    elif operator < RSQRT:
        if operator == EXP:
            return exponential.exp(a)
        if operator == LOG:
            return logarithm.logarithm(a)
        if operator == SQRT:
            return roots.sqrt(a)
        if operator == ABS:
            return binary32.absolute(a)
        # MIN, the last of these
        return binary32.minimum(a, b)
    else:
        if operator == TO_INT:
            return casts.to_int(a, attribute)
        if operator == TO_FLOAT:
            return casts.to_float(a)
        if operator == RSQRT:
            return roots.rsqrt(a)
        if operator == TANH:
            return exponential.tanh(a)
        if operator == ERF:
            return error_function.erf(a)
    assert operator == FILL, "referee: operator"
    return attribute & LANE

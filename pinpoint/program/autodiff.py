"""Reverse-mode differentiation: the gradient is written into the same graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from pinpoint.program.builder import Value
from pinpoint.program.graph import ProgramError
from pinpoint.program.operators import Operator, Predicate, Shape

_Rule = Callable[..., Value]
"""From the gradient of the output, the output and the inputs to the gradient of one input, broadcast axes not
yet summed."""


def _same(g: Value, y: Value, *inputs: Value) -> Value:
    return g


def _negated(g: Value, y: Value, *inputs: Value) -> Value:
    return -g


def _times_second(g: Value, y: Value, a: Value, b: Value, *rest: Value) -> Value:
    return g * b


def _times_first(g: Value, y: Value, a: Value, *rest: Value) -> Value:
    return g * a


def _divisor(g: Value, y: Value, a: Value, b: Value) -> Value:
    return -(g * y / b)


def _larger_first(g: Value, y: Value, a: Value, b: Value) -> Value:
    return b.compare(a, Predicate.LESS).select(g, 0.0)


def _larger_second(g: Value, y: Value, a: Value, b: Value) -> Value:
    return b.compare(a, Predicate.LESS).select(0.0, g)


def _row_max(g: Value, y: Value, a: Value) -> Value:
    largest = a.compare(y, Predicate.EQUAL)
    return g / largest.row_sum() * largest


_RULES: Mapping[Operator, Sequence[_Rule | None]] = {
    Operator.ADD: (_same, _same),
    Operator.SUB: (_same, _negated),
    Operator.MUL: (_times_second, _times_first),
    Operator.DIV: (lambda g, y, a, b: g / b, _divisor),
    Operator.FMA: (_times_second, _times_first, _same),
    Operator.NEG: (_negated,),
    Operator.MAX: (_larger_first, _larger_second),
    Operator.COMPARE: (None, None),
    Operator.SELECT: (None, lambda g, y, a, b, c: a.select(g, 0.0), lambda g, y, a, b, c: a.select(0.0, g)),
    Operator.SQRT: (lambda g, y, a: g / (y + y),),
    Operator.EXP: (lambda g, y, a: g * y,),
    Operator.LOG: (lambda g, y, a: g / a,),
    Operator.SUM: (lambda g, y, a: g.broadcast(a.shape),),
    Operator.ROW_MAX: (_row_max,),
    Operator.MATMUL: (
        lambda g, y, a, b: g.matmul_transposed(b.transpose()),
        lambda g, y, a, b: g.transpose().matmul_transposed(a.transpose()),
    ),
    Operator.TRANSPOSE: (lambda g, y, a: g.transpose(),),
}


def gradients(loss: Value, wrt: Sequence[Value], fixed: Collection[Value] = ()) -> list[Value]:
    """Gradients of a scalar.

    The larger of two equal operands of MAX is taken to be the second, so that `x.maximum(0.0)` has slope 0 at
    0; equal maxima of a row share its gradient.

    Args:
        loss: 1 x 1.
        wrt: the values to differentiate by.
        fixed: values through which nothing is differentiated.

    Returns:
        One value per element of `wrt`, of its shape; zero where the loss does not depend on it.

    Raises:
        ProgramError: if the loss is not 1 x 1, or a sum over a broadcast axis has more than 4,096 terms.
    """
    if loss.shape != (1, 1):
        raise ProgramError(f"expected a loss of 1 x 1, got {loss.shape[0]} x {loss.shape[1]}")
    builder = loss.builder
    active = _active(loss, {value.index for value in wrt}, {value.index for value in fixed})
    found = {loss.index: builder.fill(1.0)}
    for index in range(loss.index, -1, -1):
        if index not in active or index not in found:
            continue
        output = Value(builder, index)
        inputs = [Value(builder, source) for source in output.node.inputs]
        for value, rule in zip(inputs, _RULES.get(output.node.operator, ()), strict=True):
            if rule is not None and value.index in active:
                term = _sum_to(rule(found[index], output, *inputs), value.shape)
                found[value.index] = found[value.index] + term if value.index in found else term
    return [found[value.index] if value.index in found else builder.fill(0.0, *value.shape) for value in wrt]


def _active(loss: Value, wrt: set[int], fixed: set[int]) -> set[int]:
    active = set(wrt)
    for index, node in enumerate(loss.builder.nodes[: loss.index + 1]):
        rules = _RULES.get(node.operator, ())
        reached = any(rule and source in active for source, rule in zip(node.inputs, rules, strict=True))
        if reached and index not in fixed:
            active.add(index)
    return active


def _sum_to(gradient: Value, shape: Shape) -> Value:
    rows, cols = shape
    if cols < gradient.shape[1]:
        gradient = gradient.row_sum()
    if rows < gradient.shape[0]:
        gradient = gradient.transpose().row_sum().transpose()
    return gradient

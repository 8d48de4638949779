"""Reverse-mode differentiation: the gradient is written into the same graph, in as few and small nodes as it can."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pinpoint.program.builder import Value
from pinpoint.program.graph import ProgramError
from pinpoint.program.operators import TABLE, Axis, Kind, Operator, Predicate, Shape, blocks, corner, grouping

_LOG_ERF_SLOPE = math.log(2.0 / math.sqrt(math.pi))
"""Of the slope of ERF at 0."""


@dataclass(frozen=True)
class _Product:
    """A term a * b that is not written yet: it may become part of an FMA, or a product of rows."""

    a: Value
    b: Value


_Term = Value | _Product
_Rule = Callable[..., _Term]
"""From the gradient of the output, the output and the inputs to the gradient of one input, broadcast axes not
yet summed. A gradient may be narrower than its value: what is the same along a side has 1 there."""


def _same(g: Value, y: Value, *inputs: Value) -> Value:
    return g


def _negated(g: Value, y: Value, *inputs: Value) -> Value:
    return -g


def _times_second(g: Value, y: Value, a: Value, b: Value, *rest: Value) -> _Product:
    return _Product(g, b)


def _times_first(g: Value, y: Value, a: Value, *rest: Value) -> _Product:
    return _Product(g, a)


def _larger_first(g: Value, y: Value, a: Value, b: Value) -> Value:
    return b.compare(a, Predicate.LESS).select(g, 0.0)


def _larger_second(g: Value, y: Value, a: Value, b: Value) -> Value:
    return b.compare(a, Predicate.LESS).select(0.0, g)


def _smaller_first(g: Value, y: Value, a: Value, b: Value) -> Value:
    return a.compare(b, Predicate.LESS).select(g, 0.0)


def _smaller_second(g: Value, y: Value, a: Value, b: Value) -> Value:
    return a.compare(b, Predicate.LESS).select(0.0, g)


def _absolute(g: Value, y: Value, a: Value) -> _Product:
    zero = a.builder.fill(0.0)
    return _Product(g, zero.compare(a, Predicate.LESS) - a.compare(zero, Predicate.LESS))


def _erf(g: Value, y: Value, a: Value) -> _Product:
    return _Product(g, a.fma(-a, _LOG_ERF_SLOPE).exp())


def _row_max(g: Value, y: Value, a: Value) -> _Product:
    largest = a.compare(y, Predicate.EQUAL)
    return _Product(g / largest.row_sum(), largest)


def _matmul_first(g: Value, y: Value, a: Value, b: Value) -> _Term:
    count = blocks(y.node.attribute)
    if a.shape == b.shape == (count, a.shape[1]):
        return _Product(g, b)
    return g.matmul_transposed(_turned(b, count), count)


def _matmul_second(g: Value, y: Value, a: Value, b: Value) -> _Term:
    count = blocks(y.node.attribute)
    if a.shape == b.shape == (count, a.shape[1]):
        return _Product(g, a)
    return _turned(g, count).matmul_transposed(_turned(a, count), count)


def _transpose(g: Value, y: Value, a: Value) -> Value:
    return g if g.shape == (1, 1) else g.broadcast(y.shape).transpose(*grouping(y.node.attribute))


def _reshape(g: Value, y: Value, a: Value) -> Value:
    return g if g.shape == (1, 1) else g.broadcast(y.shape).reshape(*a.shape)


def _slice(g: Value, y: Value, a: Value) -> Value:
    top, left = corner(y.node.attribute)
    below, right = a.shape[0] - top - y.shape[0], a.shape[1] - left - y.shape[1]
    fill = a.builder.fill
    if left:
        g = fill(0.0, g.shape[0], left).concat(g, Axis.COLUMNS)
    if right:
        g = g.concat(fill(0.0, g.shape[0], right), Axis.COLUMNS)
    if top:
        g = fill(0.0, top, g.shape[1]).concat(g, Axis.ROWS)
    if below:
        g = g.concat(fill(0.0, below, g.shape[1]), Axis.ROWS)
    return g


def _concat_first(g: Value, y: Value, a: Value, b: Value) -> Value:
    return g.slice(range(a.shape[0]), range(a.shape[1]))


def _concat_second(g: Value, y: Value, a: Value, b: Value) -> Value:
    rows, cols = y.shape
    return g.slice(range(rows - b.shape[0], rows), range(cols - b.shape[1], cols))


_RULES: Mapping[Operator, Sequence[_Rule | None]] = {
    Operator.ADD: (_same, _same),
    Operator.SUB: (_same, _negated),
    Operator.MUL: (_times_second, _times_first),
    Operator.DIV: (lambda g, y, a, b: g / b, lambda g, y, a, b: _Product(g / -b, y)),
    Operator.FMA: (_times_second, _times_first, _same),
    Operator.NEG: (_negated,),
    Operator.MAX: (_larger_first, _larger_second),
    Operator.MIN: (_smaller_first, _smaller_second),
    Operator.SELECT: (None, lambda g, y, a, b, c: a.select(g, 0.0), lambda g, y, a, b, c: a.select(0.0, g)),
    Operator.ABS: (_absolute,),
    Operator.SQRT: (lambda g, y, a: g / (y + y),),
    Operator.RSQRT: (lambda g, y, a: _Product(g, y / (a * -2.0)),),
    Operator.EXP: (lambda g, y, a: _Product(g, y),),
    Operator.LOG: (lambda g, y, a: g / a,),
    Operator.TANH: (lambda g, y, a: _Product(g, 1.0 - y * y),),
    Operator.ERF: (_erf,),
    Operator.SUM: (_same,),
    Operator.ROW_MAX: (_row_max,),
    Operator.MATMUL: (_matmul_first, _matmul_second),
    Operator.SCATTER_ADD: (lambda g, y, a, b: g.gather(b).transpose(), None),
    Operator.TRANSPOSE: (_transpose,),
    Operator.RESHAPE: (_reshape,),
    Operator.SLICE: (_slice,),
    Operator.CONCAT: (_concat_first, _concat_second),
    Operator.GATHER: (lambda g, y, a, b: g.transpose().scatter_add(b, a.shape[0]), None),
    Operator.CAUSAL_MASK: (lambda g, y, a: g.causal_mask(0.0),),
}
"""Through the operators that are not here nothing is differentiated: their output is flat, or an integer."""

_NARROW = {operator for operator, rule in TABLE.items() if rule.kind is Kind.POINTWISE} | {
    Operator.SUM,
    Operator.TRANSPOSE,
    Operator.RESHAPE,
}
"""Their rules take a gradient that is narrower than the output."""


def gradients(loss: Value, wrt: Sequence[Value], fixed: Collection[Value] = ()) -> list[Value]:
    """Gradients of a scalar.

    The larger (smaller) of two equal operands of MAX (MIN) is taken to be the second, so that `x.maximum(0.0)` has
    slope 0 at 0; so has ABS; equal maxima of a row share its gradient.

    Args:
        loss: 1 x 1.
        wrt: the values to differentiate by.
        fixed: values through which nothing is differentiated.

    Returns:
        One value per element of `wrt`, of its shape; zero where the loss does not depend on it.

    Raises:
        ProgramError: if the loss is not 1 x 1, or a sum over a broadcast axis, or over the rows of a matrix that
            another is multiplied by, has more than 4,096 terms.
    """
    if loss.shape != (1, 1):
        raise ProgramError(f"expected a loss of 1 x 1, got {loss.shape[0]} x {loss.shape[1]}")
    builder = loss.builder
    active = _active(loss, {value.index for value in wrt}, {value.index for value in fixed})
    terms: dict[int, list[_Term]] = {loss.index: [builder.fill(1.0)]}
    found: dict[int, Value] = {}
    for index in range(loss.index, -1, -1):
        if index not in active or index not in terms:
            continue
        output = Value(builder, index)
        found[index] = _total(terms[index])
        g = found[index] if output.node.operator in _NARROW else found[index].broadcast(output.shape)
        inputs = [Value(builder, source) for source in output.node.inputs]
        for value, rule in zip(inputs, _RULES.get(output.node.operator, ()), strict=False):
            if rule is not None and value.index in active:
                term = rule(g, output, *inputs)
                if TABLE[output.node.operator].kind is Kind.POINTWISE:
                    term = _sum_to(term, output.shape, value.shape)
                terms.setdefault(value.index, []).append(term)
    return [
        found[value.index].broadcast(value.shape) if value.index in found else builder.fill(0.0, *value.shape)
        for value in wrt
    ]


def _active(loss: Value, wrt: set[int], fixed: set[int]) -> set[int]:
    active = set(wrt)
    for index, node in enumerate(loss.builder.nodes[: loss.index + 1]):
        rules = _RULES.get(node.operator, ())
        reached = any(rule and source in active for source, rule in zip(node.inputs, rules, strict=False))
        if reached and index not in fixed:
            active.add(index)
    return active


def _total(terms: Sequence[_Term]) -> Value:
    """The sum of the terms of a gradient."""
    values = [term for term in terms if isinstance(term, Value)]
    products = Counter(term for term in terms if isinstance(term, _Product))
    total = reduce(Value.__add__, values) if values else None
    for product, times in products.items():
        a = product.a if times == 1 else product.a * float(times)
        total = a * product.b if total is None else a.fma(product.b, total)
    assert total is not None
    return total


def _sum_to(term: _Term, wide: Shape, shape: Shape) -> _Term:
    """Sum over the axes along which an input of `shape` was broadcast to `wide`."""
    if shape == wide:
        return term
    value = _row_sum(term, wide[1]) if shape[1] < wide[1] else _written(term)
    if shape[0] < wide[0]:
        high = value.shape[0] > 1
        value = value.transpose().row_sum().transpose() if high else value * float(wide[0])
    return value


def _row_sum(term: _Term, cols: int) -> Value:
    """Sum of each row of what would be `cols` wide."""
    if isinstance(term, Value):
        return term.row_sum() if term.shape[1] > 1 else term * float(cols)
    wide, other = (term.a, term.b) if term.a.shape[1] > 1 else (term.b, term.a)
    if wide.shape == other.shape and wide.shape[1] > 1:
        # A product of each row by its own: no whole matrix is written.
        return wide.matmul_transposed(other, wide.shape[0])
    return _row_sum(wide, cols) * other if other.shape[1] == 1 else _written(term).row_sum()


def _written(term: _Term) -> Value:
    return term if isinstance(term, Value) else term.a * term.b


def _turned(value: Value, count: int) -> Value:
    """`value.transpose(count)`, or what `value` is the transpose of."""
    node = value.node
    if node.operator is Operator.TRANSPOSE and grouping(node.attribute) == (count, 1):
        return Value(value.builder, node.inputs[0])
    return value.transpose(count)

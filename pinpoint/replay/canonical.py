"""The canonical arithmetic of programs: every lane as docs/design.md, section 4, defines it, on every machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType

from pinpoint.binary32 import arithmetic as chosen
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator, blocks
from pinpoint.replay.plan import Arithmetic, Kernel


def arithmetic_of(module: ModuleType) -> Arithmetic:
    """The arithmetic of a module of `binary32`, `arithmetic`, `compiled` or `vector`: the same, bit for bit."""
    pointwise = getattr(module, "pointwise", chosen.pointwise_in_numpy)
    reductions: Mapping[Operator, Callable[[Node], Kernel]] = {
        Operator.SUM: lambda node: module.row_sum,
        Operator.ROW_MAX: lambda node: module.row_max,
        Operator.ARGMAX: lambda node: module.argmax,
        Operator.MATMUL: lambda node: partial(_last, module.matmul_transposed, blocks(node.attribute)),
        Operator.MATMUL_INT8: lambda node: partial(_last, module.matmul_int8, blocks(node.attribute)),
        Operator.SCATTER_ADD: lambda node: partial(_last, module.scatter_add, node.rows),
    }

    def kernel_of(node: Node) -> Kernel:
        if TABLE[node.operator].kind is Kind.POINTWISE:
            return partial(pointwise, int(node.operator), node.attribute, node.shape)
        return reductions[node.operator](node)

    return kernel_of


def _last(function: Kernel, argument: int, *operands: Tensor) -> Tensor:
    return function(*operands, argument)


arithmetic: Arithmetic = arithmetic_of(chosen)
"""Bit-exact on every machine."""

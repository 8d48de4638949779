"""Writes docs/operators.md from the table of operators: `python -m pinpoint.program.manual`."""

from __future__ import annotations

from pathlib import Path

from pinpoint.program.operators import MAX_TERMS, TABLE, Kind, Operator

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"

_HEAD = """\
# Operators

Written by `python -m pinpoint.program.manual` from the table in `pinpoint/program/operators.py`: change that. What a
node is, the limits, and how NaN and the ends of the functions are treated, is in [design.md](design.md), sections 3
and 4.

Capital B and small letters are sizes, at least 1, but for i and j, the row and the column of the output's lane that
the result is for, and k, which counts terms. An attribute is 0 where nothing is said of it. The last column is the
node's work units; each node costs 100 more.
"""
_SECTIONS = {
    Kind.INPUT: ("Inputs", "The node states its shape."),
    Kind.POINTWISE: (
        "Pointwise",
        "Inputs broadcast: each side of an input's shape is the output's, or 1. a, b and c are their lanes at "
        "[i, j],\nor at 0 along a side that is 1.",
    ),
    Kind.REDUCTION: ("Reductions", f"a has at most {MAX_TERMS:,} columns."),
    Kind.MOVEMENT: ("Movement", "Bits are moved, and never changed."),
    Kind.PACK: ("The end", "The last node."),
}
_COLUMNS = ("code", "operator", "inputs", "attribute", "output", "result", "units")


def page() -> str:
    """The text of docs/operators.md."""
    return "\n".join([_HEAD, *map(_section, _SECTIONS)])


def _section(kind: Kind) -> str:
    title, remark = _SECTIONS[kind]
    rows = [_COLUMNS, ("---",) * len(_COLUMNS), *(_row(o) for o in Operator if TABLE[o].kind is kind)]
    return f"## {title}\n\n{remark}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(operator: Operator) -> tuple[str, ...]:
    rule = TABLE[operator]
    return (
        str(operator.value), operator.name, rule.inputs, rule.attribute, rule.output, rule.result, rule.work
    )  # fmt: skip


if __name__ == "__main__":
    PAGE.write_text(page())

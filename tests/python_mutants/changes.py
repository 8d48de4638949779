"""One change at a time to a Python file, by cosmic-ray's operators."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from pinpoint.commitment.tree import keccak

ROOT = Path(__file__).parents[2]
PACKAGES = ("commitment", "dispute", "economics")
BINARY = ("Add_Sub", "Sub_Add", "Mul_FloorDiv", "Div_Mul", "FloorDiv_Mul", "Mod_FloorDiv", "Pow_Mul")
BITS = ("LShift_RShift", "RShift_LShift", "BitAnd_BitOr", "BitOr_BitAnd", "BitXor_BitAnd")
BOUNDARY = ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")
OPPOSITE = ("Lt_GtE", "LtE_Gt", "Gt_LtE", "GtE_Lt", "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")
UNARY = ("USub_UAdd", "Invert_UAdd", "Delete_Not", "Delete_USub")
OTHERS = (
    "NumberReplacer",
    "AddNot",
    "ZeroIterationForLoop",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceOrWithAnd",
    "ReplaceAndWithOr",
    "ReplaceContinueWithBreak",
    "ReplaceBreakWithContinue",
    "ExceptionReplacer",
    "RemoveDecorator",
)
OPERATORS = (
    *(f"ReplaceBinaryOperator_{swap}" for swap in BINARY + BITS),
    *(f"ReplaceComparisonOperator_{swap}" for swap in BOUNDARY + OPPOSITE),
    *(f"ReplaceUnaryOperator_{swap}" for swap in UNARY),
    *OTHERS,
)
"""One or two for each sign of the language, where cosmic-ray also has the ten others: more of the same."""


@dataclass(frozen=True)
class Place:
    """Something to change.

    Attributes:
        file: below the project, such as pinpoint/dispute/moves.py.
        line: of the change.
        operator: of cosmic-ray.
        occurrence: which of the operator's places in the file.
    """

    file: str
    line: int
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        return f"{self.file.removeprefix('pinpoint/')}:{self.line}:{self.operator}:{self.occurrence}"


@dataclass(frozen=True)
class Change:
    """A place, and the text of its whole file, changed there."""

    place: Place
    text: str

    @property
    def key(self) -> str:
        """Of the place and of all of the file: a verdict holds as long as both are the same."""
        return keccak(f"{self.place.name}\n{self.text}".encode()).hex()[:16]

    @property
    def lines(self) -> tuple[str, str]:
        """The file and the changed lines, without numbers and indentation."""
        before, after = source(self.place.file).splitlines(), self.text.splitlines()
        found = difflib.unified_diff(before, after, lineterm="", n=0)
        kept = (line for line in found if line[:3] not in ("---", "+++", "@@ "))
        return self.place.file, "\n".join(f"{line[0]} {line[1:].strip()}" for line in kept)


def files() -> list[str]:
    """All files of the three packages."""
    found = (path for package in PACKAGES for path in (ROOT / "pinpoint" / package).glob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


@cache
def source(file: str) -> str:
    return (ROOT / file).read_text()


def places(file: str) -> Iterator[Place]:
    """Where the operators find something to change."""
    tree = get_ast(source(file))
    for operator in OPERATORS:
        found = get_operator(f"core/{operator}")()
        lines = (line for node in ast_nodes(tree) for (line, _), _ in found.mutation_positions(node))
        yield from (Place(file, line, operator, occurrence) for occurrence, line in enumerate(lines))


def changed(place: Place) -> Change | None:
    """The change at a place; none where Python cannot parse it, or in an annotation, which nothing evaluates."""
    original = source(place.file)
    text = mutate_code(original, get_operator(f"core/{place.operator}")(), place.occurrence)
    return Change(place, text) if text is not None and _code(text) not in (None, _code(original)) else None


def _code(text: str) -> str | None:
    """What Python makes of a text without its annotations, or None where it is no Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)

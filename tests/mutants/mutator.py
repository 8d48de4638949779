"""Changes of a Vyper file, one at a time: the compiler's tree says where, the text is what is changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from vyper.ast import parse_to_ast

from pinpoint.chain.revm_port import CONTRACTS

BOUNDARIES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
NEGATIONS = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not in", "not in": "in"}
SWAPS = {
    "+": "-",
    "-": "+",
    "*": "//",
    "//": "*",
    "/": "*",
    "%": "//",
    "**": "*",
    "<<": ">>",
    ">>": "<<",
    "&": "|",
    "|": "&",
    "^": "|",
}
LOGIC = {"and": "or", "or": "and"}
BUILTINS = {
    "min": "max",
    "max": "min",
    "unsafe_add": "unsafe_sub",
    "unsafe_sub": "unsafe_add",
    "unsafe_mul": "unsafe_div",
    "unsafe_div": "unsafe_mul",
}
SYMMETRIC = {"min", "max", "unsafe_add", "unsafe_mul", "parameters.share"}
"""A share is a product."""
TYPES_AT = {"empty": 0, "convert": 1, "abi_decode": 1, "_abi_decode": 1, "max_value": 0, "min_value": 0}
"""Which argument of a builtin is a type."""
REMOVED = {
    "Expr": "call",
    "Log": "log",
    "Assign": "assignment",
    "AugAssign": "assignment",
    "Assert": "assert",
    "Raise": "raise",
    "Continue": "jump",
    "Break": "jump",
}
"""What is called what when it is taken out."""
OPERATOR = re.compile(r"\*\*|//|<<|>>|<=|>=|==|!=|\bnot\s+in\b|\bin\b|\band\b|\bor\b|[-+*/%&|^<>]")
FLAG = re.compile(r"^flag (\w+):\n((?:    .*\n|\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """A file with one change.

    Attributes:
        name: file:line:operator:number, the number among those of its line.
        start, end: the bytes of the file's text that are replaced.
        after: by what.
    """

    name: str
    file: str
    start: int
    end: int
    before: str
    after: str

    def text(self, original: str) -> str:
        """The file with the change."""
        return original[: self.start] + self.after + original[self.end :]

    def diff(self, original: str) -> str:
        """The lines that change, before and after."""
        first = original.rfind("\n", 0, self.start) + 1
        last = original.find("\n", self.end)
        old, new = original[first:last], original[first : self.start] + self.after + original[self.end : last]
        shown = [f"- {line}" for line in old.split("\n")] + [f"+ {line}" for line in new.split("\n")]
        return "\n".join(shown)


@cache
def flags(folder: Path = CONTRACTS) -> Mapping[str, Sequence[str]]:
    """The members of every flag, by its name."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*.vy*"):
        for name, body in FLAG.findall(path.read_text()):
            found[name] = re.findall(r"^    ([A-Z]\w*)", body, re.MULTILINE)
    return found


class Mutator:
    """All mutants of a file."""

    def __init__(self, file: str, folder: Path = CONTRACTS) -> None:
        """
        Args:
            file: path below the folder.
        """
        self.file, self.original = file, (folder / file).read_text()
        self._flags = flags(folder)
        self._lines = [0]
        for line in self.original.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._tree = parse_to_ast(self.original)
        self._immutables = self._declared_immutable()

    def mutants(self) -> list[Mutant]:
        """In the order of the text, without two that are the same."""
        found: list[Mutant] = []
        counts: Counter[tuple[int, str]] = Counter()
        seen = set()
        for operator, start, end, after in sorted(self._changes(), key=lambda each: (each[1], each[2], each[0])):
            before = self.original[start:end]
            if before == after or (start, end, after) in seen:
                continue
            seen.add((start, end, after))
            line = self.original.count("\n", 0, start) + 1
            counts[line, operator] += 1
            name = f"{self.file}:{line}:{operator}:{counts[line, operator]}"
            found.append(Mutant(name, self.file, start, end, before, after))
        return found

    def _changes(self) -> Iterator[tuple[str, int, int, str]]:
        for node in self._tree.body:
            if kind(node) == "FunctionDef":
                for part in node.body:
                    yield from self._walk(part)
            elif kind(node) == "VariableDecl" and node.value is not None:
                yield from self._walk(node.value)

    def _walk(self, node: Any) -> Iterator[tuple[str, int, int, str]]:
        yield from self._here(node)
        for part in parts(node):
            yield from self._walk(part)

    def _here(self, node: Any) -> Iterator[tuple[str, int, int, str]]:
        what = kind(node)
        if what in REMOVED and not (what == "Expr" and kind(node.value) == "Str"):
            yield f"no-{REMOVED[what]}", *self._statement(node), "pass"
        if what == "AugAssign":
            yield from self._operator("arithmetic", SWAPS, node.target, node.value, "=")
        elif what == "BinOp":
            yield from self._operator("arithmetic", SWAPS, node.left, node.right)
        elif what == "Compare":
            yield from self._operator("boundary", BOUNDARIES, node.left, node.right)
            yield from self._operator("negated", NEGATIONS, node.left, node.right)
        elif what == "BoolOp":
            for left, right in pairwise(node.values):
                yield from self._operator("logic", LOGIC, left, right)
        elif what == "Int":
            start, end = self._span(node)
            yield "constant", start, end, str(node.value + 1)
            if node.value > 0:
                yield "constant", start, end, str(node.value - 1)
        elif what == "NameConstant" and isinstance(node.value, bool):
            yield "constant", *self._span(node), str(not node.value)
        elif what == "Attribute":
            yield from self._attribute(node)
        elif what == "Name":
            yield from self._immutable(node)
        elif what == "Call":
            yield from self._call(node)
        if what in ("If", "IfExp", "Assert") and kind(node.test) != "Compare":
            start, end = self._span(node.test)
            yield "negated", start, end, f"(not ({self.original[start:end]}))"

    def _operator(
        self, name: str, table: Mapping[str, str], left: Any, right: Any, tail: str = ""
    ) -> Iterator[tuple[str, int, int, str]]:
        """The operator between two nodes, replaced."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = re.sub(r"#[^\n]*", lambda found: " " * len(found[0]), self.original[start:end])
        found = OPERATOR.search(gap)
        if found and (after := table.get(re.sub(r"\s+", " ", found[0]))):
            assert not tail or gap[found.end()] == tail, f"expected {tail} after {found[0]} in {gap!r}"
            yield name, start + found.start(), start + found.end(), after

    def _attribute(self, node: Any) -> Iterator[tuple[str, int, int, str]]:
        start, end = self._span(node)
        text = self.original[start:end]
        if text == "msg.sender":
            yield "sender", start, end, "self"
        members = self._flags.get(text.split(".")[-2], ())
        if node.attr in members and len(members) > 1:
            after = members[(members.index(node.attr) + 1) % len(members)]
            yield "flag", end - len(node.attr), end, after

    def _immutable(self, node: Any) -> Iterator[tuple[str, int, int, str]]:
        names = next((names for names in self._immutables if node.id in names), [])
        if len(names) > 1:
            yield "immutable", *self._span(node), names[(names.index(node.id) + 1) % len(names)]

    def _call(self, node: Any) -> Iterator[tuple[str, int, int, str]]:
        start, end = self._span(node.func)
        name = self.original[start:end]
        if name in BUILTINS:
            yield "builtin", start, end, BUILTINS[name]
        if name in SYMMETRIC or name in TYPES_AT:
            return
        for group in (node.args, [keyword.value for keyword in node.keywords]):
            for one, other in pairwise(group):
                (a, b), (c, d) = self._span(one), self._span(other)
                yield "arguments", a, d, self.original[c:d] + self.original[b:c] + self.original[a:b]

    def _declared_immutable(self) -> list[list[str]]:
        """The names of immutables, in groups of one type."""
        found: dict[str, list[str]] = {}
        for node in self._tree.body:
            if kind(node) == "VariableDecl" and node.is_immutable:
                found.setdefault(node.annotation.node_source_code, []).append(node.target.id)
        return list(found.values())

    def _at(self, line: int, column: int) -> int:
        return self._lines[line - 1] + column

    def _span(self, node: Any) -> tuple[int, int]:
        """Where a node's text begins and ends; the parentheses around it do not count."""
        if kind(node) in ("StaticCall", "ExtCall"):
            # The compiler's tree begins at the call.
            start, end = self._span(node.value)
            word = re.search(r"(staticcall|extcall)\s+$", self.original[:start])
            return (word.start() if word else start), end
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _statement(self, node: Any) -> tuple[int, int]:
        """A simple statement, from its first word to the end of its last line."""
        line = self.original[self._lines[node.lineno - 1] : self._lines[node.lineno]]
        start = self._lines[node.lineno - 1] + len(line) - len(line.lstrip())
        return start, self._lines[node.end_lineno] - 1


def kind(node: Any) -> str:
    """The name of a node's class."""
    return type(node).__name__


def parts(node: Any) -> Iterator[Any]:
    """The nodes below one that are not types."""
    what = kind(node)
    if what == "Call":
        name = getattr(node.func, "id", "")
        yield node.func
        yield from (each for place, each in enumerate(node.args) if TYPES_AT.get(name) != place)
        yield from (keyword.value for keyword in node.keywords)
    elif what == "AnnAssign":
        if node.value is not None:
            yield node.value
    elif what == "For":
        yield node.iter
        yield from node.body
    else:
        yield from node.get_children()

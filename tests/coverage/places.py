"""Where a compiled contract can go one way or the other, said in places of the source."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vyper import ast as vy_ast
from vyper.compiler.phases import CompilerData
from vyper.ir import compile_ir

from tests.coverage.plugin import Steps

JUMPI, PUSH1, PUSH32 = 0x57, 0x60, 0x7F
BRANCHING = vy_ast.If | vy_ast.For | vy_ast.IfExp | vy_ast.BoolOp | vy_ast.Assert | vy_ast.Raise
ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"


@dataclass(frozen=True, order=True)
class Place:
    """A branch. Modules are compiled into several contracts: the same place of theirs is one."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    kind: str
    """"user" of a revert that the source writes, "flow" of control flow, else the compiler's check."""
    number: int
    """Among those of the same node."""


@dataclass
class Seen:
    """Of all contracts together: lines and branches, each with what was reached of it."""

    lines: dict[tuple[str, int], bool] = field(default_factory=dict)
    branches: dict[Place, set[bool]] = field(default_factory=dict)
    """The ways taken: whether it jumped."""

    def add(self, data: CompilerData, steps: Steps) -> bool:
        """Add one contract's, as it was run under any constructor arguments; whether it ever was."""
        _, creation_map = compile_ir.assembly_to_evm(data.assembly)
        ran = False
        # Immutables and arguments stand behind the code.
        for code, maps in ((data.bytecode_runtime, data.source_map), (data.bytecode, creation_map)):
            pairs = set().union(*(found for deployed, found in steps.items() if deployed.startswith(code)))
            ran |= bool(pairs)
            self._add_lines(maps, {pc for pc, _ in pairs})
            self._add_branches(code, maps, pairs)
        return ran

    def _add_lines(self, maps: dict[str, Any], reached: set[int]) -> None:
        for pc, node in maps["pc_raw_ast_map"].items():
            if (statement := statement_of(node)) is not None and (path := path_of(node)) is not None:
                line = (path, statement.lineno)
                self.lines[line] = self.lines.get(line, False) or pc in reached

    def _add_branches(self, code: bytes, maps: dict[str, Any], pairs: set[tuple[int, int]]) -> None:
        ways: dict[int, set[bool]] = {}
        for pc, following in pairs:
            ways.setdefault(pc, set()).add(following != pc + 1)
        numbers: Counter[tuple[Any, ...]] = Counter()
        known = sorted(maps["pc_raw_ast_map"])
        for pc in jumps(code):
            error = maps["error_map"].get(pc)
            # Most checks are of no node: they belong to what was computed just before.
            at = pc if error is None else known[max(bisect_right(known, pc) - 1, 0)]
            node = maps["pc_raw_ast_map"].get(at)
            if node is None or (path := path_of(node)) is None or (kind := kind_of(node, error)) is None:
                continue
            where = (path, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, kind)
            self.branches.setdefault(Place(*where, numbers[where]), set()).update(ways.get(pc, set()))
            numbers[where] += 1


def jumps(code: bytes) -> Iterator[int]:
    """The places of conditional jumps in a code."""
    pc = 0
    while pc < len(code):
        if code[pc] == JUMPI:
            yield pc
        pc += 1 + (code[pc] - PUSH1 + 1 if PUSH1 <= code[pc] <= PUSH32 else 0)


def kind_of(node: Any, error: str | None) -> str | None:
    """What a jump is for; None where the compiler jumps for itself: to a selector, past a lock, in a copying loop."""
    if error is None:
        return "flow" if isinstance(node, BRANCHING) else None
    return "user" if error.startswith("user") else error


def statement_of(node: Any) -> Any:
    """The statement that a node is in; None outside of a function's body."""
    while node is not None and not isinstance(node, vy_ast.Module | vy_ast.FunctionDef):
        parent = node.get_ancestor()
        if isinstance(parent, vy_ast.FunctionDef):
            return node if _among(node, parent.body) else None
        if isinstance(parent, vy_ast.If | vy_ast.For) and _among(node, (*parent.body, *getattr(parent, "orelse", ()))):
            return node
        node = parent
    return None


def _among(node: Any, nodes: Iterable[Any]) -> bool:
    return any(node is other for other in nodes)


def path_of(node: Any) -> str | None:
    """The file of a node, from the repository's root; None for what is not ours, or a mock."""
    module = node if isinstance(node, vy_ast.Module) else node.get_ancestor(vy_ast.Module)
    path = Path(module.resolved_path)
    ours = path.is_relative_to(CONTRACTS) and not path.is_relative_to(CONTRACTS / "mocks")
    return str(path.relative_to(ROOT)) if ours else None

"""The house's rules for Vyper, one function each, over the compiler's annotated tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vyper import ast as vy_ast
from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.semantics.types.function import ContractFunctionT, MemberFunctionT, StateMutability

CALLING = {"raw_call", "send", "raw_log", "raw_create", "create_minimal_proxy_to", "create_copy_of"}
CALLING |= {"create_from_blueprint", "create_forwarder_to", "selfdestruct"}
"""Builtins that change something."""


@dataclass(frozen=True)
class Source:
    """A module as the compiler understood it."""

    path: Path
    text: str
    data: CompilerData

    @property
    def tree(self) -> Any:
        return self.data.annotated_vyper_module


@dataclass(frozen=True)
class Finding:
    path: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def load(path: Path, bundle: FilesystemInputBundle) -> Source:
    """Read one module; its tree is analysed when it is asked for."""
    file = bundle.load_file(path.resolve())
    assert isinstance(file, FileInput)
    return Source(path, path.read_text(), CompilerData(file, bundle))


def name_of(node: Any) -> str:
    """What a call calls, where it has a plain name."""
    return str(getattr(node.func, "id", getattr(node.func, "attr", "")))


def has_effect(node: Any) -> bool:
    """Whether this node alone changes something: a call that may write."""
    if isinstance(node, vy_ast.ExtCall):
        return True
    if not isinstance(node, vy_ast.Call) or isinstance(node.get_ancestor(), vy_ast.ExtCall | vy_ast.StaticCall):
        return False
    kind = node.func._metadata.get("type")
    if isinstance(kind, ContractFunctionT):
        return bool(kind.mutability > StateMutability.VIEW)
    if isinstance(kind, MemberFunctionT):
        return bool(kind.is_modifying)
    return name_of(node) in CALLING and not _is_true(node, "is_static_call")


def effects_in_arguments(source: Source) -> Iterator[tuple[int, str]]:
    """The order in which arguments and operands are evaluated is not defined, so what changes something stands alone:
    as a statement, as all that is assigned to a plain name, returned, asserted or tested. It may be one argument of a
    statement's call if all others are names of locals or constants: no call can change those."""
    for node in source.tree.get_descendants((vy_ast.Call, vy_ast.ExtCall)):
        if not has_effect(node):
            continue
        parent = node.get_ancestor()
        if isinstance(parent, vy_ast.Assign | vy_ast.AnnAssign):
            alone = not parent.target.get_descendants(vy_ast.Subscript, include_self=True)
        elif isinstance(parent, vy_ast.Call):
            others = [argument for argument in parent.args if argument is not node]
            alone = isinstance(parent.get_ancestor(), vy_ast.Expr) and all(isinstance(a, vy_ast.Name) for a in others)
        else:
            alone = isinstance(parent, vy_ast.Expr | vy_ast.Return | vy_ast.Assert | vy_ast.If)
        if not alone:
            yield node.lineno, "this call may write: assign what it returns to a variable first"


def skipped_contract_check(source: Source) -> Iterator[tuple[int, str]]:
    """With it, an account without code answers as if it had done its work."""
    for node in source.tree.get_descendants(vy_ast.keyword):
        if node.arg == "skip_contract_check":
            yield node.lineno, "the compiler's check that there is code must stay"


def bare_raw_call(source: Source) -> Iterator[tuple[int, str]]:
    """A raw call to an account without code succeeds, and answers nothing."""
    for function in source.tree.get_descendants(vy_ast.FunctionDef):
        calls = [call for call in function.get_descendants(vy_ast.Call) if name_of(call) == "raw_call"]
        measured = any(name_of(call) == "len" for call in function.get_descendants(vy_ast.Call))
        if measured or _asks_for_code(function):
            continue
        for call in calls:
            yield call.lineno, "neither the answer's length nor is_contract is looked at"


def unguarded_default(source: Source) -> Iterator[tuple[int, str]]:
    """`default_return_value` reads silence as an answer, so that the address must be known to be a contract."""
    if _asks_for_code(source.tree):
        return
    for node in source.tree.get_descendants(vy_ast.keyword):
        if node.arg == "default_return_value":
            yield node.lineno, "nothing in this module checks is_contract"


def unexplained_unsafe(source: Source) -> Iterator[tuple[int, str]]:
    """A comment at the statement, or just above it, says why nothing overflows, or the module's head says it of all."""
    head = getattr(source.tree, "doc_string", None)
    if head is not None and "`unsafe_*`" in head.value:
        return
    for call in source.tree.get_descendants(vy_ast.Call):
        if name_of(call).startswith("unsafe_"):
            statement = call
            while not isinstance(statement, vy_ast.Stmt | vy_ast.AnnAssign | vy_ast.Assign | vy_ast.AugAssign):
                statement = statement.get_ancestor()
            near = source.text.splitlines()[statement.lineno - 2 : statement.end_lineno]
            if not any("#" in line for line in near):
                yield call.lineno, "no comment says why it cannot overflow"


def unlocked(source: Source) -> Iterator[tuple[int, str]]:
    """Whatever can be called and may write is locked against reentrance, but for mocks."""
    if "mocks" in source.path.parts or "# pragma nonreentrancy on" in source.text.splitlines():
        return
    for function in source.tree.get_children(vy_ast.FunctionDef):
        kind = function._metadata["func_type"]
        if kind.is_external and kind.mutability > StateMutability.VIEW:
            yield function.lineno, f"{function.name} may write, and `# pragma nonreentrancy on` is missing"


RULES: tuple[Callable[[Source], Iterator[tuple[int, str]]], ...] = (
    effects_in_arguments,
    skipped_contract_check,
    bare_raw_call,
    unguarded_default,
    unexplained_unsafe,
    unlocked,
)


def findings(source: Source) -> list[Finding]:
    """All that is wrong with a module, by line."""
    found = [Finding(source.path, line, rule.__name__, message) for rule in RULES for line, message in rule(source)]
    return sorted(found, key=lambda finding: (finding.line, finding.rule))


def _is_true(call: Any, keyword: str) -> bool:
    return any(k.arg == keyword and getattr(k.value, "value", False) is True for k in call.keywords)


def _asks_for_code(node: Any) -> bool:
    return any(attribute.attr == "is_contract" for attribute in node.get_descendants(vy_ast.Attribute))

"""Which fault each property sees: `python -m tests.campaigns.protocol.kills` writes kills.json, for docs/properties.md.

Properties are asked of the model, so a fault that only they can see is one of the model: an expression or a statement
of a method of it is changed, and lives are played with the model alone until a property does not hold. What a function
refuses and does is compared with the contracts, so there the faults are theirs (`faults.py`).
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from types import CodeType, FunctionType
from typing import Any

from pinpoint.chain.revm_port import CONTRACTS, RevmPort
from tests.campaigns.protocol.codec import address
from tests.campaigns.protocol.drain import DRAINED, drain, leave
from tests.campaigns.protocol.driver import Action, Driver
from tests.campaigns.protocol.engines import (
    CHAIN_ID,
    DEPLOYER,
    START_BLOCK,
    START_TIME,
    TREASURY,
    RevmEngine,
    deploy_suite,
)
from tests.campaigns.protocol.episode import Found, Stage, Violation, play
from tests.campaigns.protocol.faults import FAULTS, Fault
from tests.campaigns.protocol.lockstep import Disagreement
from tests.campaigns.protocol.names import CLASSES
from tests.campaigns.protocol.properties import PROPERTIES
from tests.campaigns.protocol.transitions import TRANSITIONS, Watch
from tests.campaigns.protocol.world import WORKS, parameters
from tests.explore.edits import edited
from tests.model.protocol.protocol import Protocol, Refused

RECORD = Path(__file__).with_name("kills.json")
LIVES, LENGTH, OFTEN = 2, 250, 10
"""That a fault of the model is given, and how often all properties are asked in them."""
PATIENCE = 60.0
"""Seconds for a life."""
FAULTY_LIVES = 40
SWAPPED: dict[type[ast.AST], ast.AST] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.And: ast.Or(),
    ast.Or: ast.And(),
}


@dataclass(frozen=True)
class Change:
    """A method of the model with one thing changed.

    Attributes:
        text: what stands there, and what in its place.
    """

    part: type
    method: str
    text: str
    code: CodeType

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.part.__name__}.{self.method}: {self.text}"

    def make(self) -> FunctionType:
        """The changed method, among the names of its module."""
        old = vars(self.part)[self.method]
        new = FunctionType(self.code, old.__globals__, self.method, old.__defaults__, old.__closure__)
        new.__kwdefaults__ = old.__kwdefaults__
        return new


def changes(part: type) -> Iterator[Change]:
    """All changes of a part's methods."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(part)))  # type: ignore[arg-type]
    (body,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == part.__name__)
    for method in body.body:
        if not isinstance(method, ast.FunctionDef) or method.decorator_list or method.name in ("start", "say"):
            continue
        for place in range(len(list(ast.walk(method)))):
            made = copy.deepcopy(method)
            if text := _change(list(ast.walk(made))[place]):
                module = ast.fix_missing_locations(ast.Module([made], []))
                (code,) = (c for c in compile(module, part.__name__, "exec").co_consts if isinstance(c, CodeType))
                yield Change(part, method.name, text, code)


def _change(node: Any) -> str:
    """Another operator, or a statement less; what was done, nothing where that makes no sense."""
    before = _line(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        node.ops[0] = SWAPPED[type(node.ops[0])]
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPPED:
        node.op = SWAPPED[type(node.op)]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and "say(" not in before:
        node.value = ast.Constant(None)
        return f"without `{before}`"
    elif isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name):
        node.targets = [ast.Name("_", ast.Store())]
        return f"without `{before}`"
    else:
        return ""
    return f"`{before}` is `{_line(node)}`"


def _line(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0] if hasattr(node, "lineno") else ""


@cache
def beginning() -> Protocol:
    """The model where lives begin. Of the contracts, only the addresses are asked."""
    deployment = deploy_suite(_funded(), parameters())
    at = {name: int(each, 16) for name, each in deployment.addresses.items()}
    m = Protocol(parameters(), at, TREASURY, CHAIN_ID, WORKS)
    m.deployer, m.now, m.number = DEPLOYER, START_TIME, START_BLOCK
    for call in Driver(m, Random(0)).setup():
        m.send(m.now + 1, m.number + 1, *call)
    m.now += m.p.epoch_period
    return m


def _funded() -> RevmPort:
    port = RevmPort(folder=CONTRACTS)
    port.fund(address(DEPLOYER))
    return port


def broken(seed: str) -> set[str]:
    """The properties that do not hold where first one does not, in a life of the model alone."""
    m = beginning().copy()
    rng, watch, sent = Random(seed), Watch(m), 0
    driver = Driver(m, rng)

    def send(action: Action) -> None:
        nonlocal sent
        sent += 1
        with suppress(Refused):
            m.send(*action[:6])
        drawn = {values[1] for contract, event, *values in m.said if (contract, event) == ("Staking", "Locked")}
        found = set(watch.broken(m, action, drawn))
        if sent % OFTEN == 0 or found:
            found |= {each.id for each in PROPERTIES if list(each.broken(m))}
        if found:
            raise Violation(*sorted(found))

    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        for _ in range(LENGTH):
            send(driver.next())
        return set(drain(m, send)) or set(leave(m, send))
    except Violation as error:
        return set(error.args)
    except Exception:
        # A model that fails, or never ends, is no property's finding.
        return set()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _late(*_: Any) -> None:
    raise TimeoutError


def of_model(rounds: int) -> dict[str, str]:
    """By property a change of the model that it sees. Those that few other properties see are preferred."""
    found: dict[str, tuple[int, str]] = {}
    every = [change for part in CLASSES.values() for change in changes(part)]
    Random("kills").shuffle(every)
    for number, change in enumerate(every[:rounds]):
        old = vars(change.part)[change.method]
        setattr(change.part, change.method, change.make())
        try:
            ids: set[str] = set()
            for life in range(LIVES):
                ids = ids or broken(f"kills/{life}")
        finally:
            setattr(change.part, change.method, old)
        for id in ids:
            found[id] = min(found.get(id, (99, "")), (len(ids), change.name))
        if number % 50 == 0:
            print(f"{number} of {len(every)} changes, {len(found)} properties have seen one", flush=True)
    return {id: found[id][1] for id in sorted(found)}


def of_contracts() -> dict[str, str]:
    """By fault of the contracts, what has seen it."""
    return {fault.name: seen for fault in FAULTS if (seen := seen_by(fault))}


def seen_by(fault: Fault) -> str:
    """The function, or the property, by which lives see a fault; nothing if they do not."""
    with edited(fault.edit) as folder:
        stage = Stage(RevmEngine(parameters(), folder))
    for life in range(FAULTY_LIVES):
        try:
            play(stage, f"fault/{life}", Found(), alone=False)
        except Disagreement as error:
            words = str(error).removeprefix("after ").split(" ")[0].rstrip(",:")
            return f"{words}/{'pre' if ' it to count' in str(error) or 'that it counts' in str(error) else 'post'}"
        except Violation as error:
            return str(error).split("'")[1]
    return ""


def main() -> int:
    """Find them anew."""
    signal.signal(signal.SIGALRM, _late)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10**6
    model = of_model(rounds)
    every = [*(each.id for each in PROPERTIES), *TRANSITIONS, *DRAINED]
    print(f"{len(model)} of {len(every)} properties, none sees {sorted(set(every) - set(model))}")
    RECORD.write_text(json.dumps({"model": model, "contracts": of_contracts()}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

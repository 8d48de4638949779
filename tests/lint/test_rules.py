"""Each rule catches its example, and lets its mended twin pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from vyper.compiler.input_bundle import FilesystemInputBundle

from tests.lint.rules import RULES, findings, load

HEAD = """# pragma version 0.4.3
# pragma nonreentrancy on
interface Token:
    def move(amount: uint256) -> uint256: nonpayable
    def name() -> uint256: view
token: Token
count: uint256
list: DynArray[uint256, 4]
held: HashMap[uint256, uint256]
@internal
def _next() -> uint256:
    self.count += 1
    return self.count
@internal
@pure
def _sum(a: uint256, b: uint256) -> uint256:
    return a + b
@internal
def _use(a: uint256, b: uint256):
    self.count = a + b
"""


def caught(folder: Path, body: str, head: str = HEAD, name: str = "Example") -> list[str]:
    """The rules that a function with this body breaks."""
    path = folder / f"{name}.vy"
    path.parent.mkdir(exist_ok=True)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    path.write_text(f"{head}@external\ndef act(amount: uint256, target: address):\n{lines}")
    return [finding.rule for finding in findings(load(path, FilesystemInputBundle([folder])))]


@pytest.mark.parametrize(
    "body",
    [
        "self.count = amount + self._next()",
        "self.count = self._sum(self._next(), self.count)",
        "self._use(self.count, self._next())",
        "self.count += self._next()",
        "self.held[self.count] = self._next()",
        "self.held[self._next()] = 1",
        "self.count = self._sum(extcall self.token.move(1), amount)",
        "self.count = staticcall self.token.name() + extcall self.token.move(1)",
        "x: uint256 = self.list.pop() + len(self.list)",
        "assert amount != 0 and self._next() != 0",
        "x: uint256 = self._next() if amount != 0 else 0",
        "x: uint256[2] = [self._next(), self.count]",
        "x: bool = self._next() in self.list",
    ],
)
def test_an_effect_among_others_is_caught(tmp_path: Path, body: str) -> None:
    assert set(caught(tmp_path, body)) == {"effects_in_arguments"}


@pytest.mark.parametrize(
    "body",
    [
        "self._next()",
        "x: uint256 = self._next()",
        "self.count = self._next()",
        "self._use(amount, self._next())",
        "x: uint256 = extcall self.token.move(amount + 1)",
        "x: uint256 = self.list.pop()",
        "self.count = self._sum(amount, staticcall self.token.name()) + 1",
        "assert extcall IERC20(target).transfer(target, amount)",
    ],
)
def test_an_effect_alone_passes(tmp_path: Path, body: str) -> None:
    assert caught(tmp_path, body, HEAD + "from ethereum.ercs import IERC20\n") == []


SKIPPING = "x: uint256 = extcall self.token.move(1, skip_contract_check=True)"
DEFAULT = "x: uint256 = extcall self.token.move(1, default_return_value=1)"
RAW = 'x: Bytes[32] = raw_call(target, b"", max_outsize=32)'
UNSAFE = "x: uint256 = unsafe_add(amount, 1)"


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("skipped_contract_check", SKIPPING, "x: uint256 = extcall self.token.move(1)"),
        ("bare_raw_call", 'raw_call(target, b"")', 'assert target.is_contract\nraw_call(target, b"")'),
        ("bare_raw_call", RAW, f"{RAW}\nassert len(x) == 32"),
        ("unguarded_default", DEFAULT, f"assert target.is_contract\n{DEFAULT}"),
        ("unexplained_unsafe", UNSAFE, f"# below 2**64\n{UNSAFE}"),
        ("unexplained_unsafe", UNSAFE, f"{UNSAFE}  # below 2**64"),
    ],
)
def test_an_example_is_caught_and_its_twin_passes(tmp_path: Path, rule: str, bad: str, good: str) -> None:
    assert caught(tmp_path, bad) == [rule]
    assert caught(tmp_path, good) == []


def test_the_modules_head_may_explain_what_is_unsafe(tmp_path: Path) -> None:
    head = HEAD.replace("interface", '"""\n@notice `unsafe_*` throughout: all are below 2**64.\n"""\ninterface', 1)
    assert caught(tmp_path, UNSAFE, head) == []


def test_what_may_write_is_locked(tmp_path: Path) -> None:
    open_head = HEAD.replace("# pragma nonreentrancy on\n", "")
    assert caught(tmp_path, "self.count = 1", open_head) == ["unlocked"]
    assert caught(tmp_path, "self.count = 1", open_head, "mocks/Example") == []


def test_a_view_needs_no_lock(tmp_path: Path) -> None:
    view = HEAD.replace("# pragma nonreentrancy on\n", "") + "@view\n"
    assert caught(tmp_path, "assert self.count == amount", view) == []


def test_every_rule_has_an_example() -> None:
    text = Path(__file__).read_text()
    assert [rule.__name__ for rule in RULES if f'"{rule.__name__}"' not in text] == []

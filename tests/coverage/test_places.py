"""What coverage says of a contract of a few lines, whose branches can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import boa
import pytest

from tests.coverage import places, plugin
from tests.coverage.places import Place, Seen
from tests.coverage.unreachable import UNREACHABLE, line_of

SOURCE = """# pragma version 0.4.3
count: public(uint256)
@deploy
def __init__(first: uint256):
    assert first != 0, "act: none"
    self.count = first
@external
def act(amount: uint256):
    assert amount != 7, "act: seven"
    if amount > 100:
        self.count += amount
    elif amount > 50:
        self.count = 1
    for i: uint256 in range(2):
        self.count += i
"""


@pytest.fixture
def act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run `act` with these amounts: what was seen of lines and branches."""
    path = tmp_path / "contracts" / "Example.vy"
    path.parent.mkdir()
    path.write_text(SOURCE)
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(places, "CONTRACTS", path.parent)
    monkeypatch.setattr(plugin, "seen", {})
    monkeypatch.setattr(boa.Env, "_coverage_enabled", True)
    monkeypatch.setattr(boa.Env, "_trace_computation", plugin.record)

    def run(*amounts: int) -> Seen:
        with boa.env.anchor():
            contract = boa.load(str(path), 1)
            for amount in amounts:
                if amount in (7, 2**256 - 1):
                    with boa.reverts():
                        contract.act(amount)
                else:
                    contract.act(amount)
        seen = Seen()
        assert seen.add(contract.compiler_data, plugin.seen) is True
        return seen

    return run


def two_way(seen: Seen, kind: str) -> dict[int, bool]:
    """By line: whether a branch was taken both ways."""
    return {place.line: len(ways) == 2 for place, ways in seen.branches.items() if place.kind == kind}


def missed(seen: Seen) -> set[int]:
    return {line for (_, line), reached in seen.lines.items() if not reached}


def test_every_line_and_branch_is_known(act) -> None:
    seen = act()
    assert {line for _, line in seen.lines} == {5, 6, 9, 10, 11, 12, 13, 14, 15}
    assert set(two_way(seen, "user")) == {5, 9}
    assert {10, 12} <= set(two_way(seen, "flow"))
    assert missed(seen) == {9, 10, 11, 12, 13, 14, 15}  # the constructor ran
    assert {place.path for place in seen.branches} == {"contracts/Example.vy"}


def test_one_way_is_not_both(act) -> None:
    seen = act(1)
    assert missed(seen) == {11, 13}
    assert two_way(seen, "user") == {5: False, 9: False}
    assert (two_way(seen, "flow")[10], two_way(seen, "flow")[12]) == (False, False)


def test_both_ways_are_seen(act) -> None:
    seen = act(1, 7, 60, 101)
    assert missed(seen) == set()
    assert two_way(seen, "user") == {5: False, 9: True} and all(two_way(seen, "flow").values())


def test_a_check_of_the_compiler_is_a_class_of_its_own(act) -> None:
    """An overflow that no test tries is neither the source's branch nor hidden."""
    once, overflowing = act(101), act(101, 2**256 - 1)
    assert set(two_way(once, "safeadd").values()) == {False}
    assert sorted(two_way(overflowing, "safeadd").values()) == [False, True]


def test_an_account_without_code_has_no_steps(act) -> None:
    act()
    before = len(plugin.seen)
    boa.env.raw_call(boa.env.generate_address())
    assert len(plugin.seen) == before


@pytest.mark.parametrize("path, line", UNREACHABLE)
def test_what_is_said_to_be_unreachable_is_there(path: str, line: str):
    """A reason of a line that is gone says nothing."""
    assert line in [text.strip() for text in (places.ROOT / path).read_text().split("\n")]


def test_a_branch_is_found_by_the_text_of_its_line():
    path, line = next(iter(UNREACHABLE))
    number = [text.strip() for text in (places.ROOT / path).read_text().split("\n")].index(line) + 1
    assert line_of(Place(path, number, 4, number, 9, "flow", 0)) == (path, line)

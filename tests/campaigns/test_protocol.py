"""A slice of the campaign of the whole protocol, and whether it would see what is wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from pinpoint.chain.parameters import WAD
from pinpoint.chain.revm_port import ROOT
from pinpoint.commitment.tree import height, width
from pinpoint.dispute.position import Position
from pinpoint.dispute.position import Stage as Tree
from tests.campaigns.protocol.campaign import Progress, row
from tests.campaigns.protocol.engines import RevmEngine
from tests.campaigns.protocol.episode import Found, Stage, Violation, play
from tests.campaigns.protocol.faults import FAULTS, Fault
from tests.campaigns.protocol.lockstep import Disagreement
from tests.campaigns.protocol.names import all_properties, functions
from tests.campaigns.protocol.page import page
from tests.campaigns.protocol.properties import PROPERTIES
from tests.campaigns.protocol.replay import MOST_STEPS, alike, load, minimal, run, save, shrink
from tests.campaigns.protocol.transitions import Watch
from tests.campaigns.protocol.world import USERS, WORKS, geometry, parameters
from tests.explore.edits import edited
from tests.model.protocol.registry import Phase
from tests.model.protocol.settlement import unpaid
from tests.model.protocol.verification import SIGN
from tests.model.protocol.words import POOL, Refused, key, part
from tests.model.protocol.works import Works

SEED, EPISODES = "slice", 6
SLOW = {
    "a submitter can solve its own task",
    "a lot falls one place further",
    "unbonding stake cannot be locked",
    "the pool has the whole tax",
    "a prize is closed in its last second",
    "an error is forced half as often",
    "a fallback may repeat the first report",
    "a task follows one that was not accepted",
}
"""Which random lives meet seldom, or which are in what all contracts share: too long for a test, not for a campaign."""
LIVES = 10


@cache
def stage() -> Stage:
    """The contracts as they are, deployed once."""
    return Stage(RevmEngine(parameters()))


@pytest.mark.xdist_group("protocol")
def test_a_slice_of_the_campaign():
    """Promises 1 to 6 and 8: model and contracts agree after each transaction, and time alone ends every state."""
    found = Found()
    for episode in range(EPISODES):
        play(stage(), f"{SEED}/{episode}", found)
    assert found.transactions > 5_000
    assert found.drained == len(found.states) > 300
    # What never happens is not tested.
    never = {f"{contract}.{name}" for contract, name in functions()} - set(found.counted)
    assert len(never) <= 3, f"expected nearly all functions to be sent, got none of {sorted(never)}"
    assert len(found.endings) >= 8


@pytest.mark.xdist_group("protocol")
def test_an_episode_is_repeated_exactly():
    """A seed says everything, whatever was played before."""
    play(stage(), "again", Found(), 120, alone=False)
    first = list(stage().sent)
    play(stage(), "other", Found(), 60, alone=False)
    play(stage(), "again", Found(), 120, alone=False)
    assert stage().sent == first


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.name not in SLOW], ids=lambda fault: fault.name)
def test_a_fault_is_found(fault: Fault):
    """A rule that is broken is seen within a few lives."""
    with edited(fault.edit) as folder:
        engine = RevmEngine(parameters(), folder)
    with pytest.raises((Disagreement, Violation)):
        broken = Stage(engine)
        for life in range(LIVES):
            play(broken, f"fault/{life}", Found())


def test_a_failure_is_shrunk_and_runs_again(tmp_path: Path):
    """A replay file has few steps, which fail alike on the broken contracts and not at all on the right ones."""
    fault = next(fault for fault in FAULTS if fault.name == "one try more")
    with edited(fault.edit) as folder:
        broken = Stage(RevmEngine(parameters(), folder))
    with pytest.raises(Disagreement) as caught:
        for life in range(LIVES):
            play(broken, f"fault/{life}", Found())
    steps = shrink(broken, broken.sent, patience=20)
    assert len(steps) <= MOST_STEPS
    save(tmp_path / "failure.json", "fault", str(caught.value), steps)
    loaded = load(tmp_path / "failure.json")
    assert loaded == steps
    reason, done = run(broken, loaded)
    assert alike(reason, f"Disagreement: {caught.value}")
    assert done == len(steps)
    for left_out in range(len(steps)):
        assert run(broken, steps[:left_out] + steps[left_out + 1 :])[0] == ""
    assert run(stage(), loaded)[0] == ""


@pytest.mark.xdist_group("protocol")
def test_what_runs_out_of_gas_is_not_taken_for_refused():
    """Neither says why, but only one is what the model expects of calldata that is cut off."""
    said = stage()._engine._reason
    assert said("Revert { gas_used: 21000, output: 0x }") == ""
    assert said("Halt { reason: OutOfGas, gas_used: 30000000 }").startswith("Halt { reason: OutOfGas")


def test_a_file_that_is_none_is_refused(tmp_path: Path):
    """What is no replay file is named."""
    path = tmp_path / "nothing.json"
    path.write_text("{}")
    with pytest.raises(ValueError, match=r"expected a replay file at .*nothing\.json"):
        load(path)


def test_a_file_brings_the_reports_that_its_steps_show(tmp_path: Path, monkeypatch):
    """Another process holds no tree of them, and would take what is right for wrong."""
    WORKS.report(2, 2, "shown")
    save(tmp_path / "failure.json", "seed", "reason", [])
    other = Works()
    monkeypatch.setattr("tests.campaigns.protocol.replay.WORKS", other)
    assert load(tmp_path / "failure.json") == []
    assert other.tree(WORKS.report(2, 2, "shown").root) is not None


def test_children_of_a_tree_that_nobody_holds_are_refused_by_their_number_first():
    """As the contract does: how many there are it knows, before it hashes (episode 1/121 of seed 1)."""
    g = geometry(2, long=False, profilers=0, threshold=0)
    work = Position(bytes(32), Tree.TRACE, coordinates=(0, 0))
    with pytest.raises(Refused, match="tree: children"):
        WORKS.check_children(work, (1,) * (width(g.nodes, max(0, height(g.nodes) - 2)) + 1), g)
    with pytest.raises(Refused, match="descent: children"):
        WORKS.check_children(work, (1,) * width(g.nodes, max(0, height(g.nodes) - 2)), g)
    distance = Position(bytes(32), Tree.TRACE, coordinates=(0, g.interval))
    with pytest.raises(Refused, match="descent: children"):
        WORKS.check_children(distance, (1,) * 8, g)


@pytest.mark.xdist_group("protocol")
def test_steps_that_do_not_fail_are_not_shrunk():
    """There is nothing to look for."""
    play(stage(), "fine", Found(), 40, alone=False)
    with pytest.raises(ValueError, match="expected steps that fail"):
        minimal(stage(), stage().sent[:10], until=float("inf"))


@pytest.mark.xdist_group("protocol")
@pytest.mark.parametrize(
    ("id", "spoil"),
    [
        ("M01", lambda m: m.accounts.credit.update({1: 1})),
        ("M02", lambda m: m.accounts.tokens.update({m.at["Staking"]: m.accounts.owed - 1})),
        ("M03", lambda m: m.accounts.pots.update({1: -1})),
        ("M04", lambda m: m.accounts.locked.update({USERS["solver"]: 1})),
        ("M05", lambda m: m.accounts.bonded.update({USERS["solver"]: 1})),
        ("M17", lambda m: m.accounts.locks.update({5: (USERS["solver"], 1)})),
        ("M18", lambda m: m.accounts.pots.update({5: 1})),
        ("L01", lambda m: setattr(m.lots.places[0], "units_used", 10**20)),
        ("L04", lambda m: m.lots.places[0].__dict__.update(units=0, tickets=1)),
        ("L05", lambda m: m.lots.places.append(m.lots.places[0])),
        ("T01", lambda m: setattr(m.registry.tasks[1], "ending", int(not m.registry.tasks[1].ending))),
        ("T04", lambda m: setattr(m.registry.tasks[1], "tries", 99)),
        ("T05", lambda m: m.registry.tasks[1].enrolled.update({m.registry.tasks[1].submitter: 1})),
        ("T06", lambda m: setattr(m.registry.tasks[1], "threshold", 1)),
    ],
)
def test_a_property_sees_what_contradicts_it(id: str, spoil):
    """A property that nothing can break says nothing."""
    play(stage(), "spoilt", Found(), 60, alone=False)
    m = stage().lockstep.m
    check = next(each.broken for each in PROPERTIES if each.id == id)
    assert not list(check(m))
    spoil(m)
    assert list(check(m))


@pytest.mark.xdist_group("protocol")
def test_a_step_back_is_seen():
    """A task that has ended stays as it is."""
    play(stage(), "back", Found(), 60, alone=False)
    m, action = stage().lockstep.m, stage().sent[-1]
    watch = Watch(m)
    assert watch.broken(m, action, set()) == []
    m.registry.tasks[1].phase = Phase.OPEN
    m.accounts.credit[USERS["solver"]] -= 1
    m.accounts.burnt -= 1
    assert set(watch.broken(m, action._replace(sender=0), set())) == {"S01", "S04", "S09"}


def test_there_are_a_hundred_properties_and_the_page_lists_them():
    """Each has an id and a text, and docs/properties.md is what the code says: `make docs` writes it."""
    assert len(all_properties()) >= 100
    assert len(functions()) >= 50
    assert (ROOT / "docs" / "properties.md").read_text() == page()


def test_the_record_counts():
    """What `make campaign` writes."""
    progress = Progress("1", 4)
    progress.total.found.transactions, progress.total.seconds = 3_000, 2.0
    line = row(progress)
    assert (line["transactions"], line["per_second"], line["violations"]) == (3_000, 1_500, 0)
    assert line["properties"] == len(all_properties())


def test_the_models_own_arithmetic():
    """By hand: parts of a prize, and stretches between samples that moved (A10, A21, A25)."""
    assert [part(100, k) for k in (1, 2, 3)] == [100, 25, 8]
    assert unpaid((3, 1), (0, SIGN), 6) == 3
    assert unpaid((1, 3), (SIGN, SIGN), 6) == 6
    assert unpaid((0, 2, 5), (0, SIGN, 0), 6) == 4
    assert unpaid((0, 1), (0, 0), 6) == 0
    assert key(POOL) != key(POOL, 0)
    assert parameters().forced_rate < WAD

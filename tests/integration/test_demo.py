"""The demonstration as a user calls it: three endings, money conserved, and the same again for the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pinpoint.demo.jobs import THRESHOLD
from pinpoint.demo.stage import STAGES
from pinpoint.demo.stories import FUNDS, USERS
from tests.rehearsal import run

# Where the runner knows groups, one worker gets all of these, so that the demonstration is run for it alone.
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Two runs of one seed, one after the other."""
    return [run(tmp_path_factory.mktemp("demo")) for _ in range(2)]


@pytest.fixture
def record(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The first of them."""
    return records[0]


def test_endings(record: dict[str, Any]) -> None:
    assert record["endings"] == ["Accepted", "Overturned+Accepted", "Rejected"]
    assert [task["ending"] for task in record["tasks"]] == record["endings"]


def test_the_paid_model_reads_digits(record: dict[str, Any]) -> None:
    assert record["accuracy"] > 0.9


def test_distances(record: dict[str, Any]) -> None:
    """Native training is close to the replay, not equal to it; a forgery is far away."""
    accepted, overturned, rejected = (task["distances"] for task in record["tasks"])
    # The first one's was measured.
    measured, *given = (task["threshold"] for task in record["tasks"])
    assert all(0 < distance < measured for distance in accepted) and 2**-13 <= measured <= 2**-3
    assert given == [THRESHOLD] * 2
    assert all(distance <= THRESHOLD for distance in overturned)
    assert any(distance > THRESHOLD for distance in rejected)


def test_every_unit_is_accounted_for(record: dict[str, Any]) -> None:
    """All that was minted is in somebody's account, in the pool or burnt: nothing is left locked, in another pot, or
    out of the books."""
    assert record["conserved"] is True
    assert set(record["balances"]) == set(USERS)
    assert sum(record["balances"].values()) + record["pool"] + record["burnt"] == FUNDS * len(USERS)
    assert record["burnt"] > 0


def test_balances_follow_from_task_to_task(record: dict[str, Any]) -> None:
    """What everybody has after a task is what it has before the next, and at the end."""
    tasks = record["tasks"]
    assert [task["before"] for task in tasks[1:]] == [task["after"] for task in tasks[:-1]]
    assert tasks[-1]["after"] == record["balances"]


def test_gas_adds_up(record: dict[str, Any]) -> None:
    """The stages together are all calls together."""
    calls, stages = record["gas"]["calls"], record["gas"]["stages"]
    assert sum(stages.values()) == sum(call["gas"] for call in calls)
    assert "other" not in stages


def test_a_run_is_a_function_of_its_seed(records: list[dict[str, Any]]) -> None:
    """Seconds aside, to the last unit of gas."""
    first, again = ({key: value for key, value in record.items() if key != "seconds"} for record in records)
    assert first == again


def test_forced_errors(tmp_path: Path) -> None:
    """Nobody is slashed for a forced error; a third of what the first task has brought is the second one's jackpot. Of
    that, the whistleblower and the verifier share half."""
    record = run(tmp_path, "--forced")
    assert record["endings"] == ["Forced+Accepted"] * 2
    assert record["conserved"] is True
    first, second = record["tasks"]
    gained = [task["after"]["whistleblower"] - task["before"]["whistleblower"] for task in (first, second)]
    # Half of the tax of each, which is as much for both.
    pooled = (record["pool"] + 2 * gained[1] + record["burnt"]) // 2
    assert gained[0] == 0 < gained[1] == pooled // 3 // 2 // 2
    assert record["burnt"] == pooled // 3 - 2 * gained[1]
    assert sum(record["balances"].values()) + record["pool"] + record["burnt"] == FUNDS * len(USERS)


# The other two ways to play the second story's game


def game_calls(record: dict[str, Any]) -> list[str]:
    """What was sent in the game of the second story, in its order."""
    overturned = record["tasks"][1]["task"]
    methods = (*STAGES["descent"], *STAGES["arbitration"])
    return [c["method"] for c in record["gas"]["calls"] if c["task"] == overturned and c["method"] in methods]


def check_overturned(record: dict[str, Any]) -> None:
    """The same ending and the same money as move by move."""
    assert record["endings"] == ["Accepted", "Overturned+Accepted", "Rejected"]
    assert record["conserved"] is True
    assert sum(record["balances"].values()) + record["pool"] + record["burnt"] == FUNDS * len(USERS)


def test_a_game_move_by_move(record: dict[str, Any]) -> None:
    """In turns, the verifier first, until the whistleblower proves."""
    calls = game_calls(record)
    assert record["dispute"] == "interactive"
    assert set(calls[:-1:2]) <= {"show_children", "show_leaf"} and len(calls) > 3
    assert set(calls[1:-1:2]) == {"descend"}
    assert calls[-1].startswith("prove_")


def test_a_game_against_a_served_report(tmp_path: Path) -> None:
    """Where the report is public, one proof from the root is enough, whatever the verifier has shown before."""
    record = run(tmp_path, "--dispute", "direct")
    check_overturned(record)
    assert record["dispute"] == "direct"
    calls = game_calls(record)
    assert "descend" not in calls
    assert calls[-1].startswith("prove_")
    assert calls[:-1] in ([], ["show_children"])


def test_a_game_by_signed_messages(tmp_path: Path) -> None:
    """Two moves on chain: the last state that both signed, and the proof."""
    record = run(tmp_path, "--dispute", "signed")
    check_overturned(record)
    assert record["dispute"] == "signed"
    state, proof = game_calls(record)
    assert state == "post_state"
    assert proof.startswith("prove_")

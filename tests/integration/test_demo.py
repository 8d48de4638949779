"""The demonstration as a user calls it: three endings, money conserved, and the same again for the same seed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pinpoint.demo.stories import FUNDS, THRESHOLD, USERS

PROJECT = Path(__file__).parents[2]
PARTS = ("ape-config.yaml", "deployments", "scripts")

# Where the runner knows groups, one worker gets all of these, so that the demonstration is run for it alone.
pytestmark = pytest.mark.xdist_group("demo")


def run(folder: Path) -> dict[str, Any]:
    """The record of a run in a project folder of its own, since every run empties build/demo."""
    for part in PARTS:
        (folder / part).symlink_to(PROJECT / part)
    command = ["ape", "run", "demo", "--network", "ethereum:local:test", "--json", "record.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((folder / "record.json").read_text())
    return found


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
    assert all(0 < distance < THRESHOLD for distance in accepted)
    assert all(distance <= THRESHOLD for distance in overturned)
    assert any(distance > THRESHOLD for distance in rejected)


def test_every_unit_is_accounted_for(record: dict[str, Any]) -> None:
    """All that was minted is in somebody's account or burnt: nothing is left locked, in a pot, or out of the books."""
    assert record["conserved"] is True
    assert set(record["balances"]) == set(USERS)
    assert sum(record["balances"].values()) + record["burnt"] == FUNDS * len(USERS)
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

"""Files of our own tools that a killed process may have left half written, or that somebody sends with a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from pinpoint.simulation.campaign import Store
from tests.campaigns.protocol import replay
from tests.campaigns.protocol.driver import Action
from tests.fuzz.outside import damaged, fuzz, json_texts, judge
from tests.model.protocol.works import Works

STEPS = [
    Action(5, 2, 7, "Staking", "deposit", (10**18,), b""),
    Action(6, 3, 8, "Arbitration", "show_children", (1, 2, 3, (bytes(32), bytes(32))), b"\1"),
]


@fuzz
@given(st.data())
def test_replay_files(tmp_path: Path, data: st.DataObject) -> None:
    """The model is told of no report before the whole file is read."""
    path, again = tmp_path / "replay.json", tmp_path / "again.json"
    with patch.object(replay, "WORKS", Works()) as works:
        works.report(2, 3, "right")
        replay.save(path, "seed", "reason", STEPS)
        path.write_bytes(data.draw(json_texts(json.loads(path.read_text()))))
        known = set(works.reports)
        found = judge("replay file", lambda: replay.load(path), ValueError)
        if found is None:
            assert set(works.reports) == known
            return
        replay.save(again, "seed", "reason", found)
        assert replay.load(again) == found


def kept(path: Path) -> dict[str, Any]:
    """What a store of the campaign finds there."""
    return Store(path, "campaign")._known


@fuzz
@given(st.data())
def test_stores_of_campaigns(tmp_path: Path, data: st.DataObject) -> None:
    """A line that is not whole is played again."""
    path = tmp_path / "store"
    campaign = Store(path, "campaign")._campaign
    lines = [json.dumps({"campaign": campaign, "key": key, "profits": [[1.5, 2.0]]}) + "\n" for key in ("a}", "b")]
    path.write_bytes(data.draw(damaged("".join(lines).encode())))
    found = judge("store", lambda: kept(path), AssertionError)
    assert found is not None and len(found) <= 4
    path.write_text("".join(lines))
    assert kept(path) == {"a}": [[1.5, 2.0]], "b": [[1.5, 2.0]]}


def test_half_a_line_that_ends_in_a_brace_is_played_again(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_text('{"campaign": "c", "key": "a}')
    assert kept(path) == {}

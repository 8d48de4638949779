"""The three stories with a Transformer of 100 k parameters."""

from __future__ import annotations

import math
from pathlib import Path

from pinpoint.datasets import ALPHABET
from pinpoint.demo.jobs import THRESHOLD
from tests.rehearsal import run


def test_the_three_stories(tmp_path: Path) -> None:
    record = run(tmp_path, "--model", "transformer")
    assert record["endings"] == ["Accepted", "Overturned+Accepted", "Rejected"]
    assert record["conserved"] is True
    # It has learnt more than which characters there are.
    assert record["loss"] < 0.75 * math.log(len(ALPHABET))
    accepted, _, rejected = (task["distances"] for task in record["tasks"])
    assert all(0 < distance < THRESHOLD for distance in accepted)
    assert any(distance > THRESHOLD for distance in rejected)

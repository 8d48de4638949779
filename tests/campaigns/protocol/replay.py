"""A failure as few steps, in a file that runs again on any engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from tests.campaigns.protocol.driver import Action
from tests.campaigns.protocol.episode import Found, Stage, Violation, play
from tests.campaigns.protocol.lockstep import Disagreement
from tests.campaigns.protocol.world import NAMES, WORKS

MOST_STEPS = 20
"""That a failure should have: where what is left of it has more, shorter lives are tried."""
PATIENCE = 120
"""Seconds for shrinking."""
LONGEST = 1 << 10
"""Interval of a report that a file may name: its trees are made."""
SHORT = 120
"""Transactions of a short life of one task."""


def run(stage: Stage, steps: Sequence[Action]) -> tuple[str, int]:
    """Play steps from the beginning: what fails first, or "", and after how many steps."""
    stage.begin()
    done = 0
    try:
        for step in steps:
            done += 1
            stage.send(step)
        stage.check()
    except (Disagreement, Violation) as error:
        return f"{type(error).__name__}: {error}", done
    return "", done


def shrink(stage: Stage, steps: Sequence[Action], patience: float = PATIENCE) -> list[Action]:
    """Few steps that fail: some of these, or, where many are left, of a shorter life that fails alike.

    What a number of a task decides, its draws and its seals, keeps steps of other tasks; a short life has few.
    """
    until = monotonic() + patience
    reason, _ = run(stage, steps)
    kept = minimal(stage, steps, monotonic() + patience / 3)
    for life in count():
        if len(kept) <= MOST_STEPS or monotonic() > until:
            return kept
        try:
            play(stage, f"short/{life}", Found(), SHORT, most=1, alone=False)
        except (Disagreement, Violation) as error:
            if alike(f"{type(error).__name__}: {error}", reason):
                kept = min(kept, minimal(stage, stage.sent, until), key=len)
    raise AssertionError("unreachable")


def alike(one: str, other: str) -> bool:
    """Whether two failures are of the same kind: of the same function, or of the same property."""
    return one.split(" ")[:2] == other.split(" ")[:2]


def minimal(stage: Stage, steps: Sequence[Action], until: float) -> list[Action]:
    """Steps that fail, none of which can be left out, found by leaving out ever smaller parts (Zeller's ddmin).

    Args:
        until: when to be content with what there is, in seconds of `monotonic`.

    Raises:
        ValueError: if they do not fail.
    """
    reason, done = run(stage, steps)
    if not reason:
        raise ValueError("expected steps that fail, got none")
    kept, size = list(steps[:done]), done
    while size >= 1 and monotonic() < until:
        at, less = len(kept), False
        # From the end: what came late depends on what came before, not the other way round.
        while at > 0 and monotonic() < until:
            start = max(0, at - size)
            tried = kept[:start] + kept[at:]
            reason, done = run(stage, tried)
            if reason:
                kept, less = tried[:done], True
                at = min(start, len(kept))
            else:
                at = start
        if not less or size > len(kept):
            size //= 2
    return kept


def save(path: Path, seed: str, reason: str, steps: Sequence[Action]) -> None:
    """Write a replay file: the steps, and the reports whose trees the model has to hold to judge them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "now": step.now,
            "number": step.number,
            "who": NAMES.get(step.sender, ""),
            "sender": hex(step.sender),
            "contract": step.contract,
            "method": step.method,
            "arguments": _plain(step.arguments),
            "tail": step.tail.hex(),
            "cut": step.cut,
            "crooked": step.crooked,
        }
        for step in steps
    ]
    reports = sorted(WORKS.reports)
    path.write_text(json.dumps({"seed": seed, "reason": reason, "reports": reports, "steps": rows}, indent=1) + "\n")


def load(path: Path) -> list[Action]:
    """Read a replay file. From then on the model holds its reports.

    Raises:
        ValueError: if it is none.
    """
    try:
        found = json.loads(path.read_text())
        steps = [
            Action(
                row["now"],
                row["number"],
                int(row["sender"], 16),
                row["contract"],
                row["method"],
                _value(row["arguments"]),
                bytes.fromhex(row["tail"]),
                row["cut"],
                row["crooked"],
            )
            for row in found["steps"]
        ]
        reports = [_report(*row) for row in found["reports"]]
        for report in reports:
            WORKS.report(*report)
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"expected a replay file at {path}, got {repr(error)[:1000]}") from error
    return steps


def _report(samples: int, interval: int, content: str) -> tuple[int, int, str]:
    if (type(samples), type(interval), type(content)) != (int, int, str):
        raise TypeError(f"expected samples, interval and content of a report, got {samples}, {interval}, {content}")
    if not (0 < samples <= 16 and 0 < interval < LONGEST):
        raise ValueError(f"expected 1 to 16 samples and an interval below {LONGEST}, got {samples} and {interval}")
    return samples, interval, content


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return hex(value) if isinstance(value, int) else [_plain(each) for each in value]


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return bytes.fromhex(value["bytes"])
    return int(value, 16) if isinstance(value, str) else tuple(_value(each) for each in value)

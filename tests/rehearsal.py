"""The demonstration, run as a user calls it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
PARTS = ("ape-config.yaml", "deployments", "scripts")


def run(folder: Path, *options: str) -> dict[str, Any]:
    """The record of a run in a project folder of its own, since every run empties build/demo."""
    for part in PARTS:
        (folder / part).symlink_to(PROJECT / part)
    command = ["ape", "run", "demo", "--network", "ethereum:local:test", "--json", "record.json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads((folder / "record.json").read_text())
    return found

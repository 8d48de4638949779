"""The scripts as their users call them: each call a process of its own, all on one anvil that outlives them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from pinpoint.chain.parameters import Parameters

PROJECT = Path(__file__).parents[2]
PARTS = ("ape-config.yaml", "deployments", "scripts")
PARAMETERS = Parameters.load(PROJECT / "deployments" / "local.yaml").model_copy(update={"forced_rate": 1})
"""One error in 10^18 is forced, so that a run is like any other."""
FREE = ("--compute-cost", "0")
"""Where work costs nothing, that is enough to make honesty pay."""
NETWORK = ("--network", "ethereum:local:foundry")
SUBMITTER, SOLVER, *VERIFIERS, STRANGER = range(6)
"""Numbers of ape's test accounts; the submitter deploys, and so has all tokens."""
FUNDS = 1_000 * 10**18
SEGMENTS = 120
"""Of one step each, so that there are many checkpoints and training can be cut short between two of them."""
TERMS = ("--name", "digits", "--steps", str(SEGMENTS), "--interval", "1")
TRANSFER = "0xa9059cbb"
"""Selector of transfer(address,uint256)."""


class Town:
    """A project folder of its own and the anvil that its commands are sent to, by ape's APE_FOUNDRY_HOST."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._url = url
        for part in PARTS:
            (folder / part).symlink_to(PROJECT / part)

    def start(self, script: str, *arguments: str, account: int | None = None) -> subprocess.Popen[str]:
        """Call a script and do not wait for it."""
        command = ["ape", "run", script, *NETWORK, *arguments]
        if account is not None:
            command += ["--account", f"TEST::{account}"]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | {"APE_FOUNDRY_HOST": self._url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, script: str, *arguments: str, account: int | None = None) -> str:
        """Call a script that must succeed; what it prints."""
        process = self.start(script, *arguments, account=account)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, output + errors
        return output

    def refused(self, script: str, *arguments: str, account: int | None = None) -> str:
        """Call a script that must fail with one line and change nothing, neither on chain nor on disk; the line."""
        before = self.state()
        process = self.start(script, *arguments, account=account)
        output, errors = process.communicate(timeout=120)
        assert process.returncode != 0, output
        assert output == ""
        assert self.state() == before
        assert "Traceback" not in errors
        found = [line for line in errors.splitlines() if line.startswith("Error: ")]
        assert len(found) == 1, errors
        return found[0]

    def state(self) -> tuple[Any, dict[str, bytes]]:
        """The latest block, whose hash stands for the whole chain, and all files."""
        files = {str(path): path.read_bytes() for path in self.folder.glob("build/**/*") if path.is_file()}
        return self.rpc("eth_getBlockByNumber", "latest", False)["hash"], files

    def rpc(self, method: str, *parameters: Any) -> Any:
        """Ask anvil."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        with urlopen(Request(self._url, body, {"Content-Type": "application/json"}), timeout=30) as answer:
            found = json.load(answer)
        assert "error" not in found, found
        return found["result"]

    def wait(self, seconds: int) -> None:
        """Let time pass, on the chain only."""
        now = int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        self.rpc("evm_setNextBlockTimestamp", now + seconds)
        self.rpc("evm_mine")

    def address(self, account: int) -> str:
        """Address of a test account, in lower case: ape's are anvil's own."""
        return str(self.rpc("eth_accounts")[account])

    @property
    def manifest(self) -> dict[str, Any]:
        """What `deploy` wrote."""
        (path,) = self.folder.glob("build/deployments/*/pinpoint.json")
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    def fund(self, account: int) -> None:
        """Give an account tokens, out of the deployer's."""
        data = f"{TRANSFER}{self.address(account)[2:]:0>64}{FUNDS:064x}"
        call = {"from": self.address(SUBMITTER), "to": self.manifest["addresses"]["Token"], "data": data}
        self.rpc("eth_sendTransaction", call)

    def checkpoints(self, account: int) -> list[str]:
        """Roots of the checkpoints that a solver has in its journal."""
        found = self.folder.glob("build/accounts/*/*/training-1-*.json")
        own = [path for path in found if path.parent.name.lower() == self.address(account)]
        return list(json.loads(own[0].read_text())["checkpoints"]) if own else []

    def written(self, roots: list[str]) -> list[int]:
        """When artifacts were written, in nanoseconds."""
        return [(self.folder / "build" / "artifacts" / f"{root}.bin").stat().st_mtime_ns for root in roots]


@pytest.fixture(scope="module")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A node of our own; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["anvil", "--port", str(port), "--hardfork", "prague", "--silent"]
    node = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    os.killpg(node.pid, signal.SIGTERM)
    node.wait(30)


@pytest.fixture(scope="module")
def town(anvil: str, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Everybody has tokens, and verifiers have registered. A block is a second, however slow this machine is."""
    found = Town(tmp_path_factory.mktemp("town"), anvil)
    found.rpc("anvil_setBlockTimestampInterval", 1)
    (found.folder / "parameters.yaml").write_text(yaml.safe_dump(PARAMETERS.model_dump()))
    options = ("--parameters", "parameters.yaml", "--yes")
    assert "Deployed and checked" in found.run("deploy", *options, *FREE, account=SUBMITTER)
    for account in (SOLVER, *VERIFIERS):
        found.fund(account)
    for account in VERIFIERS:
        found.run("verify", "--stake", str(FUNDS // 2), account=account)
    # Stake counts from the next epoch on.
    found.wait(PARAMETERS.epoch_period)
    return found


@pytest.mark.parametrize(
    ("script", "arguments", "account", "expected"),
    [
        ("deploy", ["--yes"], SUBMITTER, "it is never overwritten"),
        ("status", ["--task", "99"], None, "expected a task number up to"),
        ("status", ["--manifest", "missing.json"], None, "expected a manifest at missing.json"),
        ("solve", ["--task", "99"], SOLVER, "expected a task number up to"),
        ("submit", ["--name", "bad", "--threshold=-1"], SUBMITTER, "finite distance of at least 0, got -1"),
        ("submit", ["--name", "bad", "--layers", "64,32"], SUBMITTER, "expected batch 0 of shapes"),
        ("submit", ["--name", "bad", "--samples", "999"], SUBMITTER, "geometry: samples"),
        ("submit", ["--name", "bad", "--batch", "3000"], SUBMITTER, "expected at least 1 batch"),
        ("verify", [], STRANGER, "expected --stake to register, --task to work, or both"),
    ],
)
def test_bad_input(town: Town, script: str, arguments: list[str], account: int | None, expected: str) -> None:
    assert expected in town.refused(script, *arguments, account=account)


def test_accepted_task(town: Town) -> None:
    """From submission to settlement, with a solver that is killed while it trains and goes on when called again."""
    assert "Task 1" in town.run("submit", *TERMS, account=SUBMITTER)
    submitted = town.state()
    assert "Task 1" in town.run("submit", *TERMS, account=SUBMITTER)
    assert town.state() == submitted
    assert "enrol" in town.run("solve", "--task", "1", account=SOLVER)
    town.wait(PARAMETERS.enrol_window)
    assert "close_enrolment" in town.run("solve", "--task", "1", account=SOLVER)
    town.rpc("anvil_mine", PARAMETERS.draw_delay + 1)

    kept = killed_in_training(town)
    before = town.written(kept)
    elsewhere = ("--artifacts", "missing", "--folder", "elsewhere")
    line = town.refused("solve", "--task", "1", *elsewhere, account=SOLVER)
    assert "not available in missing" in line
    assert "post_proof" in town.run("solve", "--task", "1", account=SOLVER)
    assert town.checkpoints(SOLVER)[: len(kept)] == kept
    assert town.written(kept) == before
    assert len(town.checkpoints(SOLVER)) == SEGMENTS + 1

    town.rpc("anvil_mine", PARAMETERS.draw_delay + 1)
    town.run("solve", "--task", "1", account=SOLVER)
    verifier = drawn(town)
    assert "accept_assignment" in town.run("verify", "--task", "1", account=verifier)
    town.rpc("anvil_mine", PARAMETERS.draw_delay + 1)
    assert "fix" in town.run("verify", "--task", "1", account=verifier)
    town.wait(PARAMETERS.ask_window)
    said = town.run("verify", "--task", "1", account=verifier)
    assert "report" in said
    # For the commitments, then for the reveals.
    for _ in range(2):
        town.wait(seconds_left(said))
        said = town.run("verify", "--task", "1", account=verifier)
    assert "open_secret" in said
    assert "settle" in town.run("settle", "--task", "1", account=STRANGER)
    assert "withdraw" in town.run("solve", "--task", "1", account=SOLVER)
    shown = town.run("status", "--task", "1")
    assert "ENDED" in shown
    assert "ACCEPTED" in shown


def killed_in_training(town: Town) -> list[str]:
    """Kill the solver as soon as it has some checkpoints; their roots."""
    process = town.start("solve", "--task", "1", account=SOLVER)
    deadline = time.monotonic() + 60
    while len(town.checkpoints(SOLVER)) < 4:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.communicate()
    kept = town.checkpoints(SOLVER)
    assert len(kept) <= SEGMENTS, "expected training to be cut short"
    return kept


def seconds_left(said: str) -> int:
    """Until the next deadline is over, as a script says it."""
    found = re.search(r"is over at \d+ \((\d+) s\)", said)
    assert found is not None, said
    return int(found[1]) + 1


def drawn(town: Town) -> int:
    """The verifier that was drawn, as `status` shows it."""
    shown = re.search(r"verifier\W+(0x\w{40})", town.run("status", "--task", "1"))
    assert shown is not None
    return next(account for account in VERIFIERS if town.address(account) == shown[1].lower())


def test_a_chain_without_seeds(tmp_path: Path) -> None:
    """ape's chain in process does not show its headers as they are hashed: nobody could fix a seed."""
    for part in PARTS:
        (tmp_path / part).symlink_to(PROJECT / part)
    command = ["ape", "run", "deploy", "--network", "ethereum:local:test", "--account", "TEST::0", "--yes"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "--beacon names another source of seeds" in done.stderr
    assert "Traceback" not in done.stderr


def test_demo(tmp_path: Path) -> None:
    """On an anvil that ape starts for itself."""
    for part in PARTS:
        (tmp_path / part).symlink_to(PROJECT / part)
    command = ["ape", "run", "demo", *NETWORK, "--json", "record.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["endings"] == ["Accepted", "Overturned+Accepted", "Rejected"]
    assert record["conserved"] is True

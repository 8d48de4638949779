"""The stories, and what is written down about them."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pinpoint.binary32.reference import from_float, to_float
from pinpoint.chain.ape_port import ApePort
from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import PLACE_BITS, Client, Ending
from pinpoint.chain.deployment import deploy
from pinpoint.chain.header import HeaderError
from pinpoint.chain.ledger import POOL, Ledger
from pinpoint.chain.mailbox import Mailbox
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.storage import Storage
from pinpoint.demo.drive import drive
from pinpoint.demo.jobs import INTERVAL, SAMPLES, STEPS, THRESHOLD, Job
from pinpoint.demo.players import FirstRoundLiar, forge
from pinpoint.demo.stage import UNIT, Stage, stage_of
from pinpoint.dispute.knowledge import Knowledge, Whole
from pinpoint.replay.lie import LastBitLie
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.role import Role
from pinpoint.roles.solver import Solver
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower

FUNDS = 1_000 * UNIT
CAPACITY = (2**40, 2**36)
"""Of each verifier: units and bytes at one time."""
VERIFIERS = 4
USERS = (
    "deployer",
    "treasury",
    "submitter",
    "solver",
    *(f"verifier {number + 1}" for number in range(VERIFIERS)),
    "whistleblower",
    "keeper",
)
Dispute = Literal["interactive", "direct", "signed"]
NAMES = {Ending.ACCEPTED: "Accepted", Ending.REJECTED: "Rejected"}


class Demo:
    """A deployment on a local chain with its users."""

    def __init__(
        self,
        accounts: Sequence[Any],
        parameters: Parameters,
        folder: Path,
        seed: int,
        job: Job,
        stage: Stage,
        dispute: Dispute = "interactive",
    ) -> None:
        """
        Args:
            accounts: as many test accounts as there are users.
            parameters: of the deployment.
            folder: empty; for artifacts and journals.
            seed: of secrets and the place of the lie.
            job: what is trained.
            dispute: how the second story's game is played: move by move on chain, by one proof of a report that its
                verifier serves, or by signed messages.
        """
        self.dispute = dispute
        self.stage = stage
        self.seed = seed
        self.job = job
        self.folder = folder
        self.port = ApePort()
        self.users = dict(zip(USERS, accounts, strict=False))
        self.artifacts = Artifacts(Storage(str(folder / "artifacts")))
        self._random = random.Random(seed)
        self._started = time.monotonic()
        deployer = self.users["deployer"]
        beacon = None
        try:
            self.port.check_randomness()
        except HeaderError:
            beacon = self.port.deploy(deployer, "BeaconMock", [])
        token = self.port.deploy(deployer, "LocalToken", [])
        self.port.attach("Token", token)
        treasury = self.port.address(self.users["treasury"])
        self.client = Client(self.port, deploy(self.port, deployer, token, treasury, parameters, beacon))
        for user in self.users.values():
            self.port.send(deployer, "Token", "mint", self.port.address(user), FUNDS)
        self.ledger = Ledger(self.port, self.client.deployment.addresses["Staking"])
        for number in range(VERIFIERS):
            self.role(Verifier, f"verifier {number + 1}").register(FUNDS // 2, *CAPACITY)
        # Stake counts from the next epoch on.
        self.port.warp_to(self.port.now() + parameters.epoch_period)
        self.port.mine()
        self.record: dict[str, Any] = {"seed": seed, "dispute": dispute, "tasks": [], "endings": []}
        self._calls: list[dict[str, Any]] = []
        self._taken = 0
        self._take_calls(0, "setup")

    def role(self, kind: type[Role], user: str, **options: Any) -> Any:
        """A role of a user."""
        return kind(
            self.client,
            self.users[user],
            self.artifacts,
            self.folder / "accounts",
            entropy=self._random.randbytes,
            progress=self.stage.progress(user),
            **options,
        )

    def play(self, title: str, text: str, solver: Mapping[str, Any], verifier: type[Role], **lie: Any) -> int:
        """Play one task to its end; its number."""
        before = self.wealth()
        with self.stage.story(title, text):
            task: int = self.role(Submitter, "submitter").submit(
                title,
                self.job.program,
                self.job.batches,
                self.job.state,
                steps=STEPS,
                interval=INTERVAL,
                samples=SAMPLES,
                threshold=from_float(THRESHOLD),
                price=self.job.price,
            )
            start = self.port.now()
            self._line(start, task, "submitter")
            verifiers = {
                f"verifier {n + 1}": self.role(verifier, f"verifier {n + 1}", **lie, **self._mail)
                for n in range(VERIFIERS)
            }
            players = {
                "submitter": self.role(Submitter, "submitter"),
                "solver": self.role(Solver, "solver", **solver),
                **verifiers,
                "whistleblower": self.role(Whistleblower, "whistleblower", **self._mail, **self._served(verifiers)),
                "keeper": self.role(Keeper, "keeper"),
            }
            names = {player.address: name for name, player in players.items()}
            drive(
                self.client,
                self.port,
                list(players.values()),
                task,
                acted=lambda player, done: self._line(start, task, names[player.address]),
            )
        self.ledger.check()
        after = self.wealth()
        self.stage.balances(f"{title}: task {task}", before, after)
        self._write_down(title, task, before, after)
        return task

    def finish(self) -> dict[str, Any]:
        """The whole record; `conserved` is true because every check of every movement has passed."""
        self.ledger.check()
        minted = FUNDS * len(self.users)
        held = {name: self._token(user) for name, user in self.users.items()}
        staking = int(self.port.view("Token", "balanceOf", self.client.deployment.addresses["Staking"]))
        stages: Counter[str] = Counter()
        for call in self._calls:
            stages[stage_of(call["method"])] += call["gas"]
        self.stage.gas(stages)
        return self.record | {
            "conserved": sum(held.values()) + staking == minted and staking == self.ledger.accounts.total(),
            "burnt": self.ledger.accounts["burnt", None],
            "pool": self.ledger.accounts["pots", POOL],
            "balances": self.wealth(),
            "gas": {"calls": self._calls, "stages": dict(stages)},
            "seconds": round(time.monotonic() - self._started, 1),
        }

    def wealth(self) -> dict[str, int]:
        """Per user tokens, stake, stake on its way out and credit, in base units; what is locked is not counted."""
        return {
            name: self._token(user)
            + sum(
                int(self.port.view("Staking", account, self.port.address(user)))
                for account in ("stake", "unbonding", "credit")
            )
            for name, user in self.users.items()
        }

    def measure(self, task: int) -> float:
        """How good the last checkpoint of a task's proof is on data held out."""
        paid = self.artifacts.proof(self.client.task(task).proof_root)[-1]
        return self.job.measure(self.artifacts.state(paid))

    @property
    def _mail(self) -> dict[str, Any]:
        return {"mailbox": Mailbox(str(self.folder / "messages"))} if self.dispute == "signed" else {}

    def _served(self, verifiers: Mapping[str, Verifier]) -> dict[str, Any]:
        if self.dispute != "direct":
            return {}
        by_address = {verifier.address: verifier for verifier in verifiers.values()}

        def serves(report: int) -> Knowledge:
            return Whole(by_address[self.client.report(report).verifier].report_of(report >> PLACE_BITS))

        return {"serves": serves}

    def _token(self, user: Any) -> int:
        return int(self.port.view("Token", "balanceOf", self.port.address(user)))

    def _line(self, start: int, task: int, who: str) -> None:
        for receipt in self._take_calls(task, who):
            self.ledger.check_total()
            seconds = self.port.now() - start
            self.stage.line(seconds, who, receipt["method"], receipt["gas"])
            if receipt["method"] in ("report", "report_fallback"):
                posted = self.client.posted_distances(self.client.round(task).report)
                distances = [to_float(distance) for distance in posted]
                shown = ", ".join(f"{distance:.2g}" for distance in distances)
                self.stage.say(f"distances {shown}; threshold {THRESHOLD:.2g}")
            if receipt["method"] == "open_secret" and self.client.forced_reports(task):
                jackpot = self.port.events("Settlement", "JackpotSet")[-1].fields["amount"]
                self.stage.say(f"the error was forced: the report is void, the jackpot is {jackpot / UNIT:.4f}")
            if receipt["method"].startswith("prove_"):
                self.stage.say("the referee executed that one operation: the report is overturned")

    def _take_calls(self, task: int, who: str) -> list[dict[str, Any]]:
        new = [
            {"task": task, "who": who, "contract": r.contract, "method": r.method, "gas": r.gas}
            for r in self.port.receipts[self._taken :]
        ]
        self._taken = len(self.port.receipts)
        self._calls += new
        return new

    def _write_down(self, title: str, task: int, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        overturned = any(e.fields["task"] == task for e in self.port.events("Settlement", "VerifierSlashed"))
        forced = "Forced+" if self.client.forced_reports(task) else ""
        ending = forced + ("Overturned+" if overturned else "") + NAMES[self.client.task(task).ending]
        report = self.client.report(int(self.client.port.view("Verification", "upheld_report", task)))
        self.record["endings"].append(ending)
        self.record["tasks"].append(
            {
                "title": title,
                "task": task,
                "ending": ending,
                "samples": self.client.samples(task),
                "distances": [to_float(distance) for distance in self.client.posted_distances(report.number)],
                "report": report.root.hex(),
                "before": before,
                "after": after,
            }
        )


def tell_forced(demo: Demo) -> dict[str, Any]:
    """Play two tasks of a deployment in which every error is forced; the record."""
    for title, text in (
        ("Forced, before there is a pool", "The verifier has to report a wrong replay; whoever finds it is not paid."),
        ("Forced, with a jackpot", "Again: the first task has filled the pool, and the whistleblower wins a third."),
    ):
        demo.play(title, text, {}, Verifier)
    return demo.finish()


def tell(demo: Demo) -> dict[str, Any]:
    """Play the three stories; the record."""
    accepted = demo.play(
        "Accepted",
        "The solver trains with BLAS; the verifier replays seven of twelve segments bit by bit.",
        {},
        Verifier,
    )
    rng = np.random.default_rng(demo.seed)
    lie = LastBitLie.draw(rng, demo.job.program, SAMPLES, INTERVAL)
    node = demo.job.program.nodes[lie.node]
    demo.play(
        "Overturned, then settled",
        f"The verifier lies in the last bit of one lane: sample {lie.sample}, step {lie.step}, "
        f"node {lie.node} ({node.operator.name}), row {lie.row}, column {lie.col}.",
        {},
        FirstRoundLiar,
        lie=lie,
    )
    demo.play(
        "Rejected",
        "The solver trains half of the steps and makes up the rest.",
        {"trainer": forge, "check_own_work": False},
        Verifier,
    )
    demo.record[demo.job.measured] = measured = demo.measure(accepted)
    demo.stage.say(f"{demo.job.measured} of the paid model on data held out: {measured:.3f}")
    return demo.finish()

"""All contracts with phases as short as can be, and a tiny task up to its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_utils import to_checksum_address

from pinpoint.chain.client import Client
from pinpoint.chain.deployment import deploy
from pinpoint.chain.parameters import MAX_TURNS, WAD, Parameters
from pinpoint.chain.revm_port import ROOT
from pinpoint.commitment.tree import keccak
from tests.explore.edits import Edit, edited, turns
from tests.explore.port import StillPort
from tests.explore.task import INTERVAL, LARGEST, SEGMENTS, UNITS, Task
from tests.lots import CAPACITY
from tests.model.rules import Rules

UNIT = 10**18
BUDGET = 2
"""Seconds on each side's clock, if nothing else is said: more than the least window for a reply."""
FUNDS = 10_000 * UNIT
PRICE = 10**12 + 7
"""Odd, so that every share is rounded."""
CHALLENGERS = tuple(f"challenger {number}" for number in range(3))
POOR = ("poor",)
"""A challenger whose stake is one unit short of a bond."""
VERIFIERS = tuple(f"verifier {number}" for number in range(3))
USERS = ("deployer", "treasury", "submitter", "solver", "stranger", "victim", *CHALLENGERS, *POOR, *VERIFIERS)
SECRET = keccak(b"secret")


def parameters(budget: int) -> Parameters:
    """A deployment in which a tick of the model is a second, and every phase of a dispute as short as can be.

    Args:
        budget: seconds on each side's clock.
    """
    local = Parameters.load(ROOT / "deployments" / "local.yaml")
    return local.model_copy(
        update={
            "base_time": 1,
            "units_per_second": 10**9,
            "fetched_per_second": 10**9,
            "commit_window": 1,
            "reveal_window": 1,
            "secret_window": 1,
            "clock_budget": budget,
            "reply_window": 1,
            "claim_window": 1,
            "max_rounds": 1,
            "challenge_bond": 10**15 + 9,
            "challenge_cost": 10**14 + 1,
            "least_fee": 0,
            "least_price": 1,
            "forced_rate": 0,
            "pool_share": 0,
            "threshold_ceiling": LARGEST,
        }
    )


def rules(bound: int, budget: int = BUDGET, rejects: bool = False) -> Rules:
    """The same numbers for the model, with what the tiny task costs (docs/design.md, docs/protocol.md)."""
    p = parameters(budget)
    fee = UNITS * SEGMENTS * INTERVAL * PRICE
    replay = UNITS * SEGMENTS * INTERVAL * PRICE
    verifier_deposit, solver_deposit = fee * p.verifier_deposit // WAD, fee * p.solver_deposit // WAD
    return Rules(
        commit=p.commit_window + p.base_time,
        reveal=p.reveal_window,
        secret=p.secret_window,
        budget=p.clock_budget,
        reply=p.reply_window,
        turns=bound,
        claim=p.claim_window,
        bond=p.challenge_bond,
        cost=p.challenge_cost,
        fee=fee,
        verifier_fee=replay * p.verifier_rate // WAD,
        tax=fee * p.tax // WAD,
        verifier_deposit=verifier_deposit,
        bounty=verifier_deposit * p.bounty_share // WAD,
        solver_deposit=solver_deposit,
        submitter_share=solver_deposit * p.submitter_share // WAD,
        verifier_share=solver_deposit * p.verifier_share // WAD,
        solver_bounty=solver_deposit * p.solver_bounty_share // WAD,
        rejects=rejects,
    )


@dataclass(frozen=True)
class Seat:
    """Who plays a challenger of the model, and the number of its dispute, 0 before it has one."""

    user: str
    dispute: int = 0


class Chain:
    """All contracts, and a task whose report has just been given."""

    def __init__(self, bound: int, *edits: Edit, budget: int = BUDGET) -> None:
        """
        Args:
            bound: on the turns of a game, in the contracts.
            edits: of the contracts, to break them.
            budget: seconds on each side's clock.
        """
        self.rules = rules(bound, budget)
        deployed = parameters(budget)
        self.users = {name: to_checksum_address(keccak(name.encode())[:20]) for name in USERS}
        with edited(*(edits if bound == MAX_TURNS else (turns(bound), *edits))) as folder:
            self.port = StillPort(folder)
            self._deploy(deployed)
        staking = self.client.deployment.addresses["Staking"]
        bond = deployed.challenge_bond
        stakes = dict.fromkeys(CHALLENGERS, bond) | dict.fromkeys(POOR, bond - 1)
        for name in USERS:
            self.send("deployer", "Token", "mint", self.users[name], FUNDS)
            self.send(name, "Token", "approve", staking, FUNDS)
            self.send(name, "Staking", "deposit", stakes.get(name, FUNDS // 2))
        for name in VERIFIERS:
            self.send(name, "Sortition", "register", *CAPACITY)
        # Stake counts from the next epoch on.
        self.port.warp_to(self.port.now() + deployed.epoch_period)

    def _deploy(self, planned: Parameters) -> None:
        port, deployer = self.port, self.users["deployer"]
        for address in self.users.values():
            port.fund(address)
        token = port.deploy(deployer, "LocalToken", [])
        beacon = port.deploy(deployer, "BeaconMock", [])
        self.client = Client(port, deploy(port, deployer, token, self.users["treasury"], planned, beacon))
        port.attach("Token", token)

    def send(self, user: str, contract: str, method: str, *arguments: Any) -> Any:
        """Send what has to count."""
        return self.port.send(self.users[user], contract, method, *arguments)

    def begin(self, made: Task) -> int:
        """A task up to its report, which is to be given in the next second; its number."""
        port, send = self.port, self.send
        receipt = send("submitter", "TaskRegistry", "submit_task", made.order(PRICE).arguments())
        number = int(receipt.event("TaskSubmitted").fields["task"])
        send("solver", "TaskRegistry", "enrol", number, 0)
        port.warp_to(self.client.task(number).deadline + 1)
        send("stranger", "TaskRegistry", "close_enrolment", number)
        port.mine(self.client.parameters.draw_delay)
        send("stranger", "TaskRegistry", "draw_solver", number)
        send("solver", "TaskRegistry", "accept", number)
        proof = made.trees.proof
        send("solver", "TaskRegistry", "post_proof", number, proof.root, proof.path(0))
        return number

    def assign(self, number: int) -> str:
        """Draw a verifier, which accepts, up to the second in which it may report; its name."""
        self.port.mine(self.client.parameters.draw_delay + 1)
        self.send("stranger", "Verification", "draw", number)
        verifier = self.name_of(self.client.round(number).verifier)
        self.send(verifier, "Verification", "accept_assignment", number, keccak(SECRET))
        self.port.mine(self.client.parameters.draw_delay)
        self.port.timestamp = self.client.round(number).ask_end + 1
        return verifier

    def name_of(self, address: str) -> str:
        """Of a user."""
        return next(name for name, known in self.users.items() if known == address)

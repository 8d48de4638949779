"""The suite on a local chain, and giant tasks up to their report: what disputes of realistic size begin from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_utils import to_checksum_address

from pinpoint.chain.client import ChallengePhase, Client
from pinpoint.chain.deployment import deploy
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import Receipt
from pinpoint.chain.revm_port import ROOT, RevmPort
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.moves import Move
from pinpoint.replay.report import Report
from pinpoint.roles.whistleblower import seal
from tests.giant import Giant, Sizes
from tests.giant_report import GiantReport
from tests.lots import CAPACITY

UNIT = 10**18
FEE, FUNDS = 1_000 * UNIT, 1_000_000 * UNIT
UNITS_PER_SECOND = 10**13
"""Of machines for which a million nodes a step are no more than minutes of work."""
VERIFIERS = tuple(f"verifier_{number}" for number in range(4))
USERS = ("deployer", "treasury", "submitter", "solver", "whistleblower", "stranger", *VERIFIERS)
SECRET, SALT, SEAL = (keccak(name) for name in (b"secret", b"salt", b"seal"))
SIZES = (
    Sizes(),
    # Whose rows are no whole leaves or words, and whose trees no powers of four.
    Sizes(nodes=999_983, side=1_003, state=4_095, rows=2**20 - 3, cols=1_999, interval=7, samples=11),
)


def parameters_for_giants() -> Parameters:
    """The local deployment's, with fast machines and without forced errors."""
    local = Parameters.load(ROOT / "deployments" / "local.yaml")
    fast = {"units_per_second": UNITS_PER_SECOND, "fetched_per_second": 10**9}
    # The deposits of a task of FEE have to be within the least stake. Several tasks are brought to their reports, one
    # after the other, before the first one's deadline.
    small = {"forced_rate": 0, "verifier_stake": 10 * FEE, "ticket": UNIT, "least_price": 1, "ask_window": 60}
    return local.model_copy(update=fast | small)


@dataclass
class Trial:
    """A task up to its report.

    Attributes:
        task: its number.
        giant: what it is about.
        numbers: the sampled segments.
        verifier: the account that is to report.
    """

    task: int
    giant: Giant
    numbers: list[int]
    verifier: Any

    @cached_property
    def honest(self) -> GiantReport:
        """The right report."""
        return GiantReport(self.giant, self.numbers)


class Court:
    """All contracts, and users with stake."""

    def __init__(self, port: Any, accounts: Sequence[Any], mocks_seeds: bool = False) -> None:
        """
        Args:
            port: a local chain whose time can be moved.
            accounts: as many as there are users, of the port's kind.
            mocks_seeds: whether the chain has no headers to take them from.
        """
        self.port = port
        self.users = dict(zip(USERS, accounts, strict=True))
        deployer = self.users["deployer"]
        token = port.deploy(deployer, "LocalToken", [])
        treasury = port.address(self.users["treasury"])
        beacon = port.deploy(deployer, "BeaconMock", []) if mocks_seeds else None
        deployment = deploy(port, deployer, token, treasury, parameters_for_giants(), beacon)
        port.attach("Token", token)
        self.client = Client(port, deployment)
        for name, account in self.users.items():
            self.send("deployer", "Token", "mint", port.address(account), FUNDS)
            self.send(name, "Token", "approve", deployment.addresses["Staking"], 2**256 - 1)
            self.send(name, "Staking", "deposit", FUNDS // 2)
        for name in VERIFIERS:
            self.send(name, "Sortition", "register", *CAPACITY)
        # Stake counts from the next epoch on.
        port.warp_to(port.now() + deployment.parameters.epoch_period)
        port.mine()

    def send(self, user: str, contract: str, method: str, *arguments: Any) -> Receipt:
        """Send as a user."""
        receipt: Receipt = self.port.send(self.users[user], contract, method, *arguments)
        return receipt

    def account_of(self, address: str) -> Any:
        """The account of an address."""
        return next(account for account in self.users.values() if self.port.address(account) == address)

    def trial(self, giant: Giant) -> Trial:
        """A new task, up to the moment when its verifier may report."""
        client, send = self.client, self.send
        receipt = send("submitter", "TaskRegistry", "submit_task", giant.order(FEE).arguments())
        task = int(receipt.event("TaskSubmitted").fields["task"])
        send("solver", "TaskRegistry", "enrol", task, 0)
        self.port.warp_to(client.task(task).deadline + 1)
        send("stranger", "TaskRegistry", "close_enrolment", task)
        wait_for_seed(client, self.users["stranger"], client.task(task).draw_block)
        send("stranger", "TaskRegistry", "draw_solver", task)
        send("solver", "TaskRegistry", "accept", task)
        proof = giant.trees.proof
        send("solver", "TaskRegistry", "post_proof", task, proof.root, proof.path(0))
        return Trial(task, giant, *self.assign(task))

    def assign(self, task: int) -> tuple[list[int], Any]:
        """Draw the round's verifier, which accepts; the sampled segments and its account."""
        stranger = self.users["stranger"]
        wait_for_seed(self.client, stranger, self.client.round(task).draw_block)
        self.send("stranger", "Verification", "draw", task)
        verifier = self.account_of(self.client.round(task).verifier)
        self.port.send(verifier, "Verification", "accept_assignment", task, keccak(SECRET))
        wait_for_seed(self.client, stranger, self.client.round(task).draw_block)
        self.port.warp_to(self.client.round(task).ask_end + 1)
        return self.client.samples(task), verifier

    def report(self, trial: Trial, report: Report) -> Receipt:
        """Give a report."""
        return give_report(self.client, trial.task, trial.verifier, report, report.distances)

    def challenge(self, trial: Trial, own_digest: bytes) -> int:
        """A challenge of the report that stands, up to the first second of the game; the dispute's number."""
        return challenge(self.client, trial.task, self.users["whistleblower"], trial.verifier, own_digest)

    def play(self, sender: Any, dispute: int, move: Move) -> Receipt:
        """Send a move."""
        receipt: Receipt = self.port.send(sender, move.contract, move.method, dispute, *move.arguments)
        return receipt

    def phase(self, dispute: int) -> ChallengePhase:
        """How a challenge stands."""
        return self.client.challenge(dispute).phase

    def wealth(self, account: Any) -> int:
        """What somebody has in Staking that is not locked: stake and credit, in base units."""
        address = self.port.address(account)
        return sum(int(self.port.view("Staking", what, address)) for what in ("stake", "credit"))


def wait_for_seed(client: Client, account: Any, block: int) -> None:
    """Let blocks pass until the seed of one can be known, and fix it.

    Args:
        client: of a local chain whose time can be moved.
    """
    port: Any = client.port
    while port.height() <= block:
        port.mine()
    if port.view("Beacon", "fixable", block):
        client.send(account, "Beacon", "fix", block, port.header(block))


def give_report(client: Client, task: int, verifier: Any, report: Report, distances: Sequence[int]) -> Receipt:
    """Give a report, with these distances."""
    return client.send(verifier, "Verification", "report", task, report.root, distances, keccak(b"fallback"))


def challenge(client: Client, task: int, challenger: Any, verifier: Any, own_digest: bytes) -> int:
    """A challenge of the report that stands, up to the first second of the game; the dispute's number.

    Args:
        client: of a local chain whose time can be moved.
        verifier: whose secret is SECRET.
        own_digest: of the challenger's own report.
    """
    port: Any = client.port
    address, number = port.address(challenger), client.round(task).report
    given, sealed = client.report(number), seal(task, address, own_digest, SEAL)
    commitment = port.view("Arbitration", "commitment_of", number, address, SALT, sealed)
    receipt = client.send(challenger, "Arbitration", "commit_challenge", number, commitment)
    dispute = int(receipt.event("ChallengeCommitted").fields["dispute"])
    port.warp_to(given.commit_end + 1)
    client.send(challenger, "Arbitration", "reveal_challenge", dispute, SALT, sealed)
    port.warp_to(given.reveal_end + 1)
    client.send(verifier, "Verification", "open_secret", task, SECRET)
    port.warp_to(given.secret_end + 1)
    return dispute


class Assizes(Court):
    """A court on pyrevm with a task of each size that waits for its report: where every game of a campaign begins."""

    def __init__(self, sizes: Sequence[Sizes] = SIZES, seed: int = 1) -> None:
        port = RevmPort()
        accounts = [to_checksum_address(keccak(name.encode())[:20]) for name in USERS]
        for account in accounts:
            port.fund(account)
        super().__init__(port, accounts, mocks_seeds=True)
        self.trials = [self.trial(Giant(size, seed)) for size in sizes]

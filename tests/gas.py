"""What the contracts weigh and cost, measured on ape's in-process Prague chain: build/gas.json and a table.

All gas is that of whole transactions, calldata and 21,000 included. A conviction is measured as one transaction from
the report's root down to the one operation, for each operator, from the same state of the chain.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from tempfile import TemporaryDirectory
from typing import Any

import ape
import numpy as np
from ape.logging import LogLevel, logger
from rich.console import Console
from rich.table import Table

from pinpoint.binary32.reference import from_float
from pinpoint.chain.client import DEFENDER, Client, TaskPhase
from pinpoint.chain.deployment import CONTRACTS
from pinpoint.chain.determinism import pin
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import Receipt
from pinpoint.command_line import open_client
from pinpoint.commitment.tensor import LANES, Tensor, row_words
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.demo.drive import drive
from pinpoint.demo.jobs import INTERVAL, SAMPLES, STEPS, THRESHOLD, dense_job
from pinpoint.demo.players import LastBitLie
from pinpoint.demo.stage import Stage
from pinpoint.demo.stories import USERS, Demo
from pinpoint.dispute import challenger, defender
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay.report import Report
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import seal, shown_in
from tests.dearest import dearest_job

SEED, START = 7, 1_800_000_000
MOST_BYTES = 24_576
"""EIP-170."""
SAMPLE, STEP = SAMPLES // 2, INTERVAL // 2
"""Where the lies are."""
BITS_PER_LEVEL = 4
MOST_GAS = 16_777_216
"""Of one transaction, EIP-7825."""
DOT_TERMS = 1024
SPREAD = sum(1 << 32 * lane for lane in range(LANES))
DEAREST_LANES = {
    Operator.FMA: 0x807FFFFF,
    Operator.DIV: 0x007FFFFF,
    Operator.SQRT: 1,
    Operator.RSQRT: 1,
    Operator.EXP: 0xC2C80000,
    Operator.LOG: 1,
    Operator.TANH: 0x40000000,
    Operator.ERF: 0x407AD444,
}
"""Operands of the longest branch of each function."""
SECRET, SALT, SEAL = (keccak(name) for name in (b"secret", b"salt", b"seal"))


class Mispacked(Report):
    """The state after one step is not what the step computed."""

    def packed(self, sample: int, step: int, outputs: Sequence[bytes]) -> list[bytes]:
        right = super().packed(sample, step, outputs)
        return right if step != STEP else [*right[:-1], keccak(right[-1])]


class Spliced(Report):
    """A report whose segments are those of an honest one, but for one, which was replayed alone."""

    def __init__(self, honest: Report, lying: Report) -> None:
        self.program, self.interval, self.segments = honest.program, honest.interval, honest.segments
        self.distance_nodes = honest.distance_nodes
        self.distances = [*honest.distances[:SAMPLE], *lying.distances, *honest.distances[SAMPLE + 1 :]]
        self._honest = honest
        self._lying = lying

    def tree(self, sample: int | None = None, step: int | None = None, node: int | None = None) -> Tree:
        if sample is None:
            return Tree(TreeKind.REPORT, [self.tree(place).root for place in range(len(self.segments))])
        return self._lying.tree(0, step, node) if sample == SAMPLE else self._honest.tree(sample, step, node)

    def output(self, sample: int, step: int, node: int) -> Tensor:
        lying = sample == SAMPLE
        return self._lying.output(0, step, node) if lying else self._honest.output(sample, step, node)


class Bench:
    """One task whose verifier has accepted and may report anything; what is tried with it is undone."""

    def __init__(self, demo: Demo, manifest: Path) -> None:
        self._users = demo.users
        self._manifest = manifest
        self.task = demo.role(Submitter, "submitter").submit(
            "gas",
            demo.job.program,
            demo.job.batches,
            demo.job.state,
            steps=STEPS,
            interval=INTERVAL,
            samples=SAMPLES,
            threshold=from_float(THRESHOLD),
            price=demo.job.price,
        )
        client = demo.client
        players = [demo.role(Solver, "solver", check_own_work=False), demo.role(Keeper, "keeper")]
        drive(client, demo.port, players, self.task, until=TaskPhase.PROVED)
        demo.port.mine(client.parameters.draw_delay)
        client.send(demo.users["keeper"], "Verification", "draw", self.task)
        verifier = client.verification(self.task).verifier
        self.verifier = next(user for user in demo.users.values() if user.address == verifier)
        client.send(self.verifier, "Verification", "accept_assignment", self.task, keccak(SECRET))
        self.whistleblower = demo.users["whistleblower"]
        client.ensure_stake(self.whistleblower, client.parameters.challenge_bond)
        data = demo.role(Verifier, "keeper").data(self.task)
        self.trees = data.trees
        self.honest = Report(demo.job.program, data.segments(client.samples(self.task)))
        client.deployment.save(manifest)

    @contextmanager
    def undone(self) -> Iterator[Client]:
        """A client; whatever is sent inside is undone at the end."""
        snapshot = ape.chain.snapshot()
        yield open_client(self._manifest)
        ape.chain.restore(snapshot)

    def accepted(self, client: Client) -> dict[str, int]:
        """The honest report, until the verifier has its money."""
        self._report(client, self.honest, self.honest.distances)
        windows = client.windows(client.verification(self.task).reported_at)
        client.port.warp_to(windows.secret_end + 1)
        client.send(self._users["keeper"], "Settlement", "settle", self.task)
        credit = client.port.view("Staking", "credit", self.verifier.address)
        client.send(self.verifier, "Staking", "withdraw", credit)
        return gas_of(client)

    def challenged(self, client: Client, report: Report, distances: Sequence[int] | None = None) -> int:
        """Report and challenge, up to the second in which the game begins; the dispute's number."""
        self._report(client, report, distances or report.distances)
        windows = client.windows(client.verification(self.task).reported_at)
        sealed = seal(self.task, self.whistleblower.address, self.honest.digest, SEAL)
        commitment = client.port.view(
            "Arbitration", "commitment_of", self.task, 0, self.whistleblower.address, SALT, sealed
        )
        receipt = client.send(self.whistleblower, "Arbitration", "commit_challenge", self.task, commitment)
        dispute = int(receipt.event("ChallengeCommitted").fields["dispute"])
        client.port.warp_to(windows.commit_end + 1)
        client.send(self.whistleblower, "Arbitration", "reveal_challenge", dispute, SALT, sealed)
        client.port.warp_to(windows.reveal_end + 1)
        client.send(self.verifier, "Verification", "open_secret", self.task, SECRET)
        client.port.warp_to(windows.secret_end + 1)
        return dispute

    def convict(self, report: Report) -> int:
        """Gas of the proof, in one transaction, of all that is wrong with a public report."""
        with self.undone() as client:
            dispute = self.challenged(client, report)
            move = challenger.next_move(Case(self.honest, self.trees, Whole(report)), Position(report.root))
            return self._decided(client, dispute, move).gas

    def convict_distance(self) -> int:
        """Gas of the proof that a posted distance is not what the report's trace ends in."""
        posted = list(self.honest.distances)
        posted[SAMPLE] ^= 1
        with self.undone() as client:
            dispute = self.challenged(client, self.honest, posted)
            move = challenger.wrong_distance(Case(self.honest, self.trees, Whole(self.honest)), posted)
            assert move is not None
            return self._decided(client, dispute, move).gas

    def played(self, client: Client, report: Report) -> list[Receipt]:
        """A whole game about a report of which nothing is public: its moves, the proof last."""
        dispute = self.challenged(client, report)
        moves: list[Receipt] = []
        while not moves or not moves[-1].contract.endswith("Judge"):
            game = client.game(dispute)
            if game.side == DEFENDER:
                moves.append(client.play(self.verifier, dispute, defender.next_move(report, game.position)))
                continue
            shown = shown_in(client, dispute, client.verification(self.task).root, self.honest)
            move = challenger.next_move(Case(self.honest, self.trees, shown), game.position)
            moves.append(client.play(self.whistleblower, dispute, move))
        return moves

    def lying(self, lie: LastBitLie) -> Report:
        """The report with a lie in the middle sample."""
        segment = self.honest.segments[SAMPLE]
        return Spliced(self.honest, Report(self.honest.program, [segment], replace(lie, sample=0)))

    def mispacked(self) -> Report:
        """The report with a wrong state in the middle sample."""
        return Spliced(self.honest, Mispacked(self.honest.program, [self.honest.segments[SAMPLE]]))

    def lies(self) -> dict[Operator, list[LastBitLie]]:
        """Per operator a lie in the training step, one in the distance, or both."""
        found: dict[Operator, list[LastBitLie]] = {}
        for step in (STEP, INTERVAL):
            nodes = self.honest.nodes(step)
            for operator in sorted({node.operator for node in nodes} - {Operator.PACK}):
                same = [index for index, node in enumerate(nodes) if node.operator is operator]
                largest = max(reversed(same), key=lambda index: _size(nodes[index]))
                rows, cols = nodes[largest].shape
                found.setdefault(operator, []).append(LastBitLie(SAMPLE, step, largest, rows // 2, cols // 2))
        return found

    def _report(self, client: Client, report: Report, distances: Sequence[int]) -> None:
        client.send(self.verifier, "Verification", "report", self.task, report.root, distances, keccak(b"fallback"))

    def _decided(self, client: Client, dispute: int, move: Move) -> Receipt:
        receipt = client.play(self.whistleblower, dispute, move)
        assert receipt.event("ChallengeDecided"), "expected a verdict"
        return receipt


def referee_gas(demo: Demo) -> dict[str, int]:
    """Whole transactions to the Referee alone: the costliest word of each function, and a dot product."""
    referee = ape.Contract(demo.client.deployment.addresses["Referee"])
    sender = demo.users["keeper"]
    rng = np.random.default_rng(SEED)
    rows = [row_words(rng.standard_normal((1, DOT_TERMS)).astype(np.float32), 0) for _ in range(2)]
    found = {"dot_1024": referee.reduce.transact(Operator.MATMUL, 0, DOT_TERMS, *rows, sender=sender).gas_used}
    for operator, lane in DEAREST_LANES.items():
        word = lane * SPREAD
        receipt = referee.pointwise.transact(operator, 0, LANES, word, word, word, sender=sender)
        found[f"word_{operator.name.lower()}"] = receipt.gas_used
    return found


def _size(node: Node) -> tuple[int, int]:
    terms = node.input_shapes[0][1] if TABLE[node.operator].kind is Kind.REDUCTION else 0
    return terms, node.rows * node.cols


def gas_of(client: Client) -> dict[str, int]:
    """Gas by method, the last call of each."""
    return {receipt.method: receipt.gas for receipt in client.port.receipts}


def measure_dearest(demo: Demo, folder: Path) -> dict[str, int]:
    """Gas of the proofs of faults where an attacker has chosen program and data."""
    bench = Bench(demo, folder / "dearest.json")
    return {operator.name: max(map(bench.convict, map(bench.lying, lies))) for operator, lies in bench.lies().items()}


def measure(demo: Demo, folder: Path) -> dict[str, Any]:
    """What the demonstration's dense network costs."""
    bench = Bench(demo, folder / "pinpoint.json")
    gas: dict[str, Any] = gas_of(demo.client)
    with bench.undone() as client:
        gas |= bench.accepted(client)
    lies = bench.lies()
    with bench.undone() as client:
        moves = bench.played(client, bench.lying(lies[Operator.MATMUL][0]))
        gas |= gas_of(client)
    gas["challenge"] = gas["commit_challenge"] + gas["reveal_challenge"]
    gas["level"] = median_low(
        asked.gas + shown.gas
        for asked, shown in pairwise(moves)
        if (asked.method, shown.method) == ("descend", "show_children")
    )
    faults = {operator.name: max(bench.convict(bench.lying(lie)) for lie in each) for operator, each in lies.items()}
    faults |= {"PACK": bench.convict(bench.mispacked()), "DISTANCE": bench.convict_distance()}
    before = gas["challenge"] + gas["open_secret"]
    kept = ("submit_task", "enrol", "accept", "post_proof", "draw", "accept_assignment", "report", "challenge")
    return {
        "bytes": sizes(demo),
        "gas": {name: gas[name] for name in (*kept, "open_secret", "level", "settle", "withdraw")}
        | {
            "prove_fault": faults,
            "direct": before + max(faults.values()),
            "interactive": before + sum(move.gas for move in moves),
        },
    }


def sizes(demo: Demo) -> dict[str, int]:
    """Bytes of code per contract, its immutables included."""
    addresses = demo.client.deployment.addresses
    names = {name: addresses[name] for name in CONTRACTS} | {"LocalToken": addresses["Token"]}
    return {name: len(ape.chain.provider.get_code(address)) for name, address in names.items()}


def tables(found: dict[str, Any]) -> Iterator[Table]:
    """Sizes, transactions beside what others published, and proofs."""
    gas = found["gas"]
    faults = gas["prove_fault"]
    table = Table("contract", "bytes", title=f"Code, at most {MOST_BYTES:,} bytes")
    for name, count in found["bytes"].items():
        table.add_row(name, f"{count:,}")
    yield table
    table = Table("transaction", "gas", "others", title="Whole transactions")
    anchors = {
        "report": "63.0 k commit a result, nobody objects (Agatha)",
        "challenge": "189-300 k opening a claim (Cartesi PRT)",
        "level": f"{gas['level'] / BITS_PER_LEVEL / 1000:.1f} k a bit; 24 k a bit of search (old Arbitrum Nitro)",
        "interactive": "1.50-1.81 M whole dispute (Agatha)",
        "direct": "1.50-1.81 M whole dispute (Agatha)",
    }
    for name, cost in gas.items():
        if isinstance(cost, int):
            table.add_row(name, f"{cost:,}", anchors.get(name, ""))
    yield table
    table = Table(
        "operator", "gas", "dearest", title="A fault proved in one transaction from the report's root; its dearest case"
    )
    worst = gas["dearest"] | faults
    for name in sorted(worst, key=lambda name: worst[name]):
        dearest = gas["dearest"].get(name)
        table.add_row(name, f"{faults[name]:,}" if name in faults else "", f"{dearest:,}" if dearest else "")
    yield table
    table = Table("transaction to the Referee", "gas", "others")
    for name, cost in gas["referee"].items():
        table.add_row(name, f"{cost:,}", "")
    yield table


def main() -> None:
    """Measure, write, print.

    Raises:
        SystemExit: naming the contracts that are too large, or the proofs that no transaction holds.
    """
    logger.set_level(LogLevel.ERROR)
    with ape.networks.parse_network_choice("ethereum:local:test") as provider, TemporaryDirectory() as name:
        pin(provider, SEED, START)
        folder, accounts = Path(name), [ape.accounts.test_accounts[number] for number in range(len(USERS))]
        parameters = Parameters.load(Path("deployments/local.yaml"))
        demo = Demo(accounts, parameters, folder, SEED, dense_job(SEED), Stage(Console(quiet=True)))
        found = measure(demo, folder)
        found["gas"]["referee"] = referee_gas(demo)
        attacked = Demo(accounts, parameters, folder / "dearest", SEED, dearest_job(SEED), Stage(Console(quiet=True)))
        found["gas"]["dearest"] = measure_dearest(attacked, folder)
    path = Path("build/gas.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    console = Console()
    for table in tables(found):
        for column in table.columns[1:2]:
            column.justify = "right"
        console.print(table)
    if dear := [name for name, cost in found["gas"]["dearest"].items() if cost > MOST_GAS]:
        sys.exit(f"expected proofs of at most {MOST_GAS} gas, got more for {', '.join(dear)}")
    if large := [contract for contract, count in found["bytes"].items() if count > MOST_BYTES]:
        sys.exit(f"expected contracts of at most {MOST_BYTES} bytes, got more in {', '.join(large)}")


if __name__ == "__main__":
    main()

"""What a fault of each operator costs to prove, on the demonstration's dense network and on the dearest program.

Each is one transaction from the report's root down to the one operation, from the same state of the chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import ape
import numpy as np

from pinpoint.binary32.reference import from_float
from pinpoint.chain.client import Client, Task, TaskPhase
from pinpoint.command_line import open_client
from pinpoint.commitment.tensor import LANES, Tensor, row_words
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.demo.drive import drive
from pinpoint.demo.jobs import INTERVAL, SAMPLES, STEPS, THRESHOLD
from pinpoint.demo.stories import Demo, tell_forced
from pinpoint.dispute import challenger
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position
from pinpoint.program.graph import Node
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay.lie import LastBitLie
from pinpoint.replay.report import Report
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.verifier import Verifier
from tests.campaigns.court import SECRET, challenge, give_report, wait_for_seed

SAMPLE, STEP = SAMPLES // 2, INTERVAL // 2
"""Where the lies are."""
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


class Unwary(Solver):
    """Accepts whatever it is offered: the dearest operands train nothing."""

    def _sound(self, task: Task) -> bool:
        return True


class Bench:
    """One task whose verifier may report anything now; what is tried with it is undone."""

    def __init__(self, demo: Demo, manifest: Path) -> None:
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
        players = [demo.role(Unwary, "solver", check_own_work=False), demo.role(Keeper, "keeper")]
        drive(client, demo.port, players, self.task, until=TaskPhase.PROVED)
        keeper = demo.users["keeper"]
        wait_for_seed(client, keeper, client.round(self.task).draw_block)
        client.send(keeper, "Verification", "draw", self.task)
        verifier = client.round(self.task).verifier
        self.verifier = next(user for user in demo.users.values() if user.address == verifier)
        client.send(self.verifier, "Verification", "accept_assignment", self.task, keccak(SECRET))
        wait_for_seed(client, keeper, client.round(self.task).draw_block)
        demo.port.warp_to(client.round(self.task).ask_end + 1)
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

    def convict(self, report: Report) -> int:
        """Gas of the proof, in one transaction, of all that is wrong with a public report."""
        with self.undone() as client:
            dispute = self._challenged(client, report, report.distances)
            move = challenger.next_move(Case(self.honest, self.trees, Whole(report)), Position(report.root))
            return self._decided(client, dispute, move)

    def convict_distance(self) -> int:
        """Gas of the proof that a posted distance is not what the report's trace ends in."""
        posted = list(self.honest.distances)
        posted[SAMPLE] ^= 1
        with self.undone() as client:
            dispute = self._challenged(client, self.honest, posted)
            move = challenger.wrong_distance(Case(self.honest, self.trees, Whole(self.honest)), posted)
            assert move is not None, "expected a wrong distance"
            return self._decided(client, dispute, move)

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

    def _challenged(self, client: Client, report: Report, distances: Sequence[int]) -> int:
        give_report(client, self.task, self.verifier, report, distances)
        return challenge(client, self.task, self.whistleblower, self.verifier, self.honest.digest)

    def _decided(self, client: Client, dispute: int, move: Move) -> int:
        receipt = client.play(self.whistleblower, dispute, move)
        assert receipt.event("ChallengeDecided"), "expected a verdict"
        return receipt.gas


def _size(node: Node) -> tuple[int, int]:
    terms = node.input_shapes[0][1] if TABLE[node.operator].kind is Kind.REDUCTION else 0
    return terms, node.rows * node.cols


def measure_faults(demo: Demo, folder: Path) -> dict[str, int]:
    """Gas of a proof per operator, on what a demonstration trains."""
    bench = Bench(demo, folder / "pinpoint.json")
    found = {
        operator.name: max(bench.convict(bench.lying(lie)) for lie in lies) for operator, lies in bench.lies().items()
    }
    return found | {"PACK": bench.convict(bench.mispacked()), "DISTANCE": bench.convict_distance()}


def measure_dearest(demo: Demo, folder: Path) -> dict[str, int]:
    """Gas of the proofs of faults where an attacker has chosen program and data."""
    bench = Bench(demo, folder / "dearest.json")
    return {operator.name: max(map(bench.convict, map(bench.lying, lies))) for operator, lies in bench.lies().items()}


def measure_rare(demo: Demo) -> dict[str, int]:
    """What a forced error costs where there is a jackpot: opening the secret, and the fallback that counts then; and
    what a profile by three verifiers costs, each of which commits and reveals.
    """
    tell_forced(demo)
    last = {receipt.method: receipt.gas for receipt in demo.port.receipts}
    found = {f"forced_{method}": last[method] for method in ("open_secret", "report_fallback")}
    demo.play("Profiled", "Three verifiers measure the threshold.", {}, Verifier, profilers=3)
    profile = {receipt.method: receipt.gas for receipt in demo.port.receipts if receipt.contract == "Profiling"}
    methods = ("draw", "commit_profile", "reveal_profile", "finish")
    return found | {f"profile_{method.removesuffix('_profile')}": profile[method] for method in methods}


def measure_referee(demo: Demo, seed: int) -> dict[str, int]:
    """Whole transactions to the Referee alone: the costliest word of each function, and a dot product."""
    referee = ape.Contract(demo.client.deployment.addresses["Referee"])
    sender = demo.users["keeper"]
    rng = np.random.default_rng(seed)
    rows = [row_words(rng.standard_normal((1, DOT_TERMS)).astype(np.float32), 0) for _ in range(2)]
    found = {"dot_1024": referee.reduce.transact(Operator.MATMUL, 0, DOT_TERMS, *rows, sender=sender).gas_used}
    for operator, lane in DEAREST_LANES.items():
        word = lane * SPREAD
        receipt = referee.pointwise.transact(operator, 0, LANES, word, word, word, sender=sender)
        found[f"word_{operator.name.lower()}"] = receipt.gas_used
    return found

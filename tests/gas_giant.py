"""What disputes of realistic size cost: a program of 2^20 nodes, tensors of 4 MB, 16 samples.

All gas is that of whole transactions. Everybody has played a task before, so that nobody's accounts are empty. The
keys, each a sum of transactions that `gas_sums` names:

report          the report of 16 samples.
challenge       commitment and reveal; the bond comes from the stake.
level           one level of 16 in a game: a descent, and what is shown below. The median of a game's.
direct          a conviction in one transaction, from the report's root: a lane of a pointwise operator.
interactive     a whole game, all moves of both sides without the challenge: a lane of a dot product of 1,024 terms.
                Nothing is known but what was shown, down to the output; the wrong tensor is public, so that its levels
                come with the last proof.
hidden          the same game where the tensor has to be shown, too, level by level, and the leaf's words.
step_overhead   the last proof of the hidden game, less the gas of the call in which the Referee computes, less 16 gas
                for each byte of the two operands' words that is not zero and 4 for each that is. What is left is the
                frame around one step: the transaction's 21,000, the position, the program node, paths, hashes and the
                verdict with all that follows from it.
settle          from a verdict to the last credit, for each party whose account has grown: the task's settlement, then
                the challenger's sealed report opened and collected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median_low
from typing import Any

import ape

from pinpoint.chain.client import DEFENDER, ChallengePhase
from pinpoint.chain.port import Receipt
from pinpoint.commitment.tree import HASH_BYTES
from pinpoint.dispute import challenger, defender
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.knowledge import Knowledge, Shown, Whole
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Children, Position, Stage
from pinpoint.program.operators import Operator
from tests.campaigns.court import SEAL, SECRET, Court, Trial
from tests.giant import SMALL, Giant, Sizes
from tests.giant_report import WRONG_LANE, GiantReport, Lie

POINTWISE, DOT_PRODUCT = Operator.ADD, Operator.MATMUL
BYTE_GAS, ZERO_BYTE_GAS = 16, 4
SETUP = ("submit_task", "enrol", "accept", "post_proof", "fix", "draw", "accept_assignment", "report", "open_secret")


@dataclass
class Found:
    """Gas by key, and the transactions of which each is the sum."""

    gas: dict[str, int] = field(default_factory=dict)
    sums: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str, receipts: Sequence[Receipt]) -> None:
        """A sum of transactions."""
        self.gas[key] = sum(receipt.gas for receipt in receipts)
        self.sums[key] = [receipt.method for receipt in receipts]


class PublicTensor(Shown):
    """What was shown of a report, and the tensors that are its nodes' outputs."""

    def __init__(self, own: GiantReport, theirs: GiantReport) -> None:
        super().__init__(own)
        self._public = Whole(theirs)

    def children(self, position: Position) -> Children | None:
        return self._public.children(position) if position.stage is Stage.OUTPUT else super().children(position)

    def words(self, position: Position) -> list[int] | None:
        return self._public.words(position)


def lie_about(trial: Trial, operator: Operator) -> Lie:
    """One bit of a lane in the middle of the output of a node in the middle of the program."""
    nodes = trial.giant.program.nodes
    middle = (nodes.start + nodes.end) // 2
    node = next(i for i in range(middle, nodes.end) if nodes[i].operator is operator)
    rows, cols = nodes[node].shape
    return Lie(WRONG_LANE, len(trial.numbers) // 2, trial.giant.sizes.interval // 2, node, rows // 2, cols // 2, 1)


class Disputes:
    """The court's tasks, one for each dispute."""

    def __init__(self, court: Court, giant: Giant) -> None:
        self._court, self._giant = court, giant
        self.found = Found()

    def warm_up(self) -> None:
        """A task that everybody has to do with, so that their accounts are not empty later."""
        trial = self._court.trial(Giant(SMALL))
        dispute, _ = self._convicted(trial, lie_about(trial, POINTWISE))
        self._settled(trial, dispute)

    def direct(self) -> None:
        """Convict in one transaction, and settle."""
        first = len(self._court.port.receipts)
        trial = self._court.trial(self._giant)
        dispute, proof = self._convicted(trial, lie_about(trial, POINTWISE))
        once = {receipt.method: receipt for receipt in self._court.port.receipts[first:]}
        for method in SETUP:
            self.found.add(method, [once[method]])
        self.found.add("challenge", [once["commit_challenge"], once["reveal_challenge"]])
        self.found.add("direct", [proof])
        users = self._court.users.values()
        before = [self._court.wealth(user) for user in users]
        receipts = self._settled(trial, dispute)
        parties = sum(self._court.wealth(user) > amount for user, amount in zip(users, before, strict=True))
        self.found.add("settle", receipts)
        self.found.gas["settle_all"] = self.found.gas["settle"]
        self.found.sums["settle_all"] = self.found.sums["settle"]
        self.found.gas["settle"] //= parties
        self.found.sums["settle"] = [*self.found.sums["settle"], f"divided by {parties} parties"]

    def interactive(self) -> None:
        """Convict move by move, with a public tensor and with a hidden one."""
        for key, knowledge in (("interactive", PublicTensor), ("hidden", lambda own, theirs: Shown(own))):
            trial = self._court.trial(self._giant)
            lying = trial.honest.lying(lie_about(trial, DOT_PRODUCT))
            moves, proof = self._game(trial, lying, knowledge(trial.honest, lying))
            self.found.add(key, moves)
        levels = [
            [asked, shown]
            for asked, shown in pairwise(moves)
            if (asked.method, shown.method) == ("descend", "show_children")
        ]
        median = median_low(asked.gas + shown.gas for asked, shown in levels)
        self.found.add("level", next(pair for pair in levels if pair[0].gas + pair[1].gas == median))
        self._overhead(moves[-1], proof)

    def _overhead(self, receipt: Receipt, proof: Move) -> None:
        """What the last proof costs beyond its one operation; the receipt is that of the latest transaction."""
        latest = ape.chain.provider.web3.eth.get_block("latest")["transactions"][0]
        trace = ape.chain.provider.make_request("debug_traceTransaction", [latest.hex(), {"tracer": "callTracer"}])
        assert int(trace["gasUsed"], 16) == receipt.gas, "expected the proof to be the latest transaction"
        referee = self._court.client.deployment.addresses["Referee"]
        computed = sum(int(call["gasUsed"], 16) for call in _calls(trace, referee))
        operands = proof.arguments[-1]
        data = b"".join(word.to_bytes(HASH_BYTES, "big") for words, *_ in operands for word in words)
        zeros = data.count(0)
        own = ZERO_BYTE_GAS * zeros + BYTE_GAS * (len(data) - zeros)
        self.found.gas["step_overhead"] = receipt.gas - computed - own
        self.found.sums["step_overhead"] = [
            receipt.method, f"less {computed} in the Referee", f"less {own} for the operands' {len(data)} bytes"
        ]

    def _convicted(self, trial: Trial, lie: Lie) -> tuple[int, Receipt]:
        """A wrong report, convicted in one transaction: the dispute's number, and the proof."""
        court, lying = self._court, trial.honest.lying(lie)
        court.report(trial, lying)
        dispute = court.challenge(trial, trial.honest.digest)
        move = challenger.next_move(self._case(trial, Whole(lying)), Position(lying.root))
        proof = court.play(court.users["whistleblower"], dispute, move)
        assert court.phase(dispute) is ChallengePhase.WON, "expected a conviction"
        return dispute, proof

    def _game(self, trial: Trial, lying: GiantReport, known: Any) -> tuple[list[Receipt], Move]:
        """All moves of a game; the last one is the proof."""
        court, case = self._court, self._case(trial, known)
        court.report(trial, lying)
        dispute, moves = court.challenge(trial, trial.honest.digest), list[Receipt]()
        while True:
            game = court.client.game(dispute)
            if game.side == DEFENDER:
                shown = defender.next_move(lying, game.position)
                moves.append(court.play(trial.verifier, dispute, shown))
                if shown.method == "show_leaf":
                    known.learn_words(game.position, shown.arguments[0])
                else:
                    known.learn_children(game.position, *shown.arguments)
                continue
            move = challenger.next_move(case, game.position)
            moves.append(court.play(court.users["whistleblower"], dispute, move))
            if move.contract != "Arbitration":
                assert court.phase(dispute) is ChallengePhase.WON, "expected a conviction"
                return moves, move

    def _settled(self, trial: Trial, dispute: int) -> list[Receipt]:
        """The next round's honest report, and all that follows from it."""
        court = self._court
        _, trial.verifier = court.assign(trial.task)
        court.report(trial, trial.honest)
        given = court.client.report(court.client.round(trial.task).report)
        court.port.warp_to(given.reveal_end + 1)
        court.port.send(trial.verifier, "Verification", "open_secret", trial.task, SECRET)
        receipts = [court.send("stranger", "Settlement", "settle", trial.task)]
        arguments = (dispute, trial.honest.digest, SEAL)
        receipts.append(court.send("whistleblower", "Settlement", "open_report", *arguments))
        court.port.warp_to(int(court.port.view("Settlement", "claim_ends", trial.task)) + 1)
        receipts.append(court.send("whistleblower", "Settlement", "collect", dispute))
        return receipts

    def _case(self, trial: Trial, known: Knowledge) -> Case:
        return Case(trial.honest, trial.giant.trees, known)


def _calls(trace: dict[str, Any], address: str) -> list[dict[str, Any]]:
    found = [trace] if trace.get("to", "").lower() == address.lower() else []
    return found + [call for inner in trace.get("calls", []) for call in _calls(inner, address)]


def measure_giant(court: Court) -> Found:
    """Gas of disputes about a task of 2^20 nodes.

    Args:
        court: on anvil, which traces transactions.
    """
    disputes = Disputes(court, Giant(Sizes()))
    disputes.warm_up()
    disputes.direct()
    disputes.interactive()
    withdrawn = court.port.view("Staking", "credit", court.port.address(court.users["solver"])) // 2
    disputes.found.add("withdraw", [court.send("solver", "Staking", "withdraw", withdrawn)])
    return disputes.found

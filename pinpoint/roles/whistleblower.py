"""The whistleblower: replays the verifier's work and challenges what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pinpoint.chain.client import (
    FIRST_OPEN,
    PLACE_BITS,
    ActionKind,
    Challenge,
    ChallengePhase,
    Client,
    ReportState,
    Round,
    TaskPhase,
    VerificationPhase,
)
from pinpoint.chain.market import expected, recent_activity
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tree import keccak
from pinpoint.dispute import challenger
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.knowledge import Knowledge, Shown
from pinpoint.dispute.messages import Side
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position
from pinpoint.program.graph import ProgramError
from pinpoint.replay.report import Report
from pinpoint.roles.correspondence import Next
from pinpoint.roles.entry import balance
from pinpoint.roles.replayer import Replayer


class Whistleblower(Replayer):
    """Checks reports, challenges wrong ones, plays the game to its end, and collects."""

    def __init__(
        self,
        *arguments: Any,
        serves: Callable[[int], Knowledge] | None = None,
        unit_cost: int | None = None,
        gas_cost: int = 0,
        **options: Any,
    ) -> None:
        """As Replayer.

        Args:
            serves: gives a challenged report that is public, by its number: then one proof is enough.
            unit_cost: what a unit of work costs it, in base units of the token. It then checks only what is expected to
                pay; None: it checks everything.
            gas_cost: what a unit of gas costs it, likewise.
        """
        super().__init__(*arguments, **options)
        self._serves = serves
        self._unit_cost = unit_cost
        self._gas_cost = gas_cost
        # Why it stays out of each report, said or still to be said.
        self._outside: set[int] = set()
        self._unsaid: str | None = None

    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is, the data cannot be had, or the report is right.

        If checking a report does not pay, it says so, once.
        """
        phase = self.client.task(task).phase
        if phase is TaskPhase.ENDED:
            return self._collect(task) or self.withdraw_credit()
        if phase is not TaskPhase.PROVED:
            return None
        now = self.client.round(task)
        coming = now.report or task << PLACE_BITS | FIRST_OPEN
        if now.phase in (VerificationPhase.REPORTING, VerificationPhase.OPEN) and self._enters(task, coming):
            done = self._prepare(task, now)
            if done is not None:
                return done
        for report in self.client.standing_reports(task):
            done = self._act(task, report)
            if done is not None:
                return done
        unsaid, self._unsaid = self._unsaid, None
        return unsaid

    def play(self, task: int) -> str | None:
        """Make a move in this whistleblower's games against reports that stand; None if none is due."""
        for challenge in self._mine(task):
            done = self._play(task, challenge)
            if done is not None:
                return done
        return None

    def _prepare(self, task: int, now: Round) -> str | None:
        # The data can be asked for now only, and the replay takes its time.
        try:
            self.report_of(task)
        except (ArtifactError, ProgramError):
            return self.ask_for_data(task, now)
        return None

    def _act(self, task: int, report: ReportState) -> str | None:
        mine = [c for c in self._mine(task) if c.report == report.number]
        if not mine:
            entering = not self.late(report.commit_end) and self._enters(task, report.number)
            return self._challenge(task, report) if entering else None
        if ActionKind.REVEAL in self.client.due(mine[0].number, self.address):
            return self._reveal(mine[0])
        return self._play(task, mine[0])

    def _enters(self, task: int, report: int) -> bool:
        """Whether it checks a report. What it has replayed is paid for; once it has challenged, it plays on."""
        if self._unit_cost is None or self.has_replayed(task) or self._mine(task):
            return True
        activity = recent_activity(self.client)
        earning = expected(self.client, report, activity.active)
        units = int(self.client.port.view("TaskRegistry", "replay_of", task).units)
        found = balance(earning, activity, units, self._unit_cost, self._gas_cost)
        # All reports of the open round are one matter.
        report = min(report, task << PLACE_BITS | FIRST_OPEN)
        if not found.pays and report not in self._outside:
            self._outside.add(report)
            self._unsaid = f"stays out: expected {found.expected}, costs {found.costs}"
        return found.pays

    def _play(self, task: int, challenge: Challenge) -> str | None:
        due = self.client.due(challenge.number, self.address)
        if not self.in_play(challenge, due):
            return None
        own, number = self.report_of(task), challenge.number
        reported = self.client.report(challenge.report).root
        if own.root == reported and ActionKind.PROVE in due:
            case = Case(own, self.data(task).trees, Shown(own))
            move = challenger.wrong_distance(case, self.client.posted_distances(challenge.report))
            return None if move is None else self._send_move(number, move)
        if self._serves is not None and ActionKind.PROVE in due:
            public = self._serves(challenge.report)
            return self._send_move(number, self._next_move(task, public, self.client.game(number).position))
        game = self.correspondence(challenge, Side.CHALLENGER, Shown(own))
        known = Shown(own) if game is None or game.known is None else game.known
        done = self.correspond(challenge, Side.CHALLENGER, lambda position: self._next_move(task, known, position))
        if done is not Next.ON_CHAIN:
            return done if isinstance(done, str) else None
        if ActionKind.DESCEND not in due:
            return None
        learn(known, self.client, number, reported)
        return self._send_move(number, self._next_move(task, known, self.client.game(number).position))

    def _mine(self, task: int) -> list[Challenge]:
        return [c for c in self.client.challenges(task) if c.challenger == self.address]

    def _challenge(self, task: int, report: ReportState) -> str | None:
        try:
            own = self.report_of(task)
        except (ArtifactError, ProgramError):
            return None
        if own.digest == report.digest:
            return None
        sealed = self._seal(task, report.number, own.digest)
        commitment = self.client.port.view(
            "Arbitration", "commitment_of", report.number, self.address, self._salt(report.number, "salt"), sealed
        )
        self.stake_for(self.client.parameters.challenge_bond)
        return self.send("Arbitration", "commit_challenge", report.number, commitment)

    def _reveal(self, challenge: Challenge) -> str:
        own = self.report_of(challenge.task)
        sealed = self._seal(challenge.task, challenge.report, own.digest)
        salt = self._salt(challenge.report, "salt")
        return self.send("Arbitration", "reveal_challenge", challenge.number, salt, sealed)

    def _next_move(self, task: int, known: Knowledge, position: Position) -> Move:
        return challenger.next_move(Case(self.report_of(task), self.data(task).trees, known), position)

    def _send_move(self, dispute: int, move: Move) -> str:
        self.client.play(self.account, dispute, move)
        return move.method

    def _collect(self, task: int) -> str | None:
        ends = int(self.client.port.view("Settlement", "claim_ends", task))
        number = int(self.client.port.view("Verification", "upheld_report", task))
        if not number:
            return None
        upheld = self.client.report(number).digest
        forced = self.client.forced_reports(task)
        revealed = [c for c in self._mine(task) if c.phase is not ChallengePhase.FORFEITED]
        mine = [c for c in revealed if self.client.report(c.report).digest != upheld and not self._is_open(c)]
        opened = [c for c in mine if self.client.port.view("Settlement", "report_opened", c.number)]
        # A jackpot for each forced report, and one bounty for all others. In each, one of them is enough: each further
        # one, of one owner too, halves what all of them get.
        claimed = {prize(c.report, forced) for c in opened}
        due = [c for c in mine if prize(c.report, forced) not in claimed]
        if due and not self.late(ends) and self.report_of(task).digest == upheld:
            salt = self._salt(due[0].report, "seal")
            return self.send("Settlement", "open_report", due[0].number, upheld, salt)
        for challenge in opened if self.late(ends) else []:
            if not self.client.port.view("Settlement", "collected", challenge.number):
                return self.send("Settlement", "collect", challenge.number)
        return None

    def _is_open(self, challenge: Challenge) -> bool:
        # In the open round a seal may be a copy of what was public: it earns the cost of a conviction, no more.
        return bool(self.client.port.view("Verification", "is_open", challenge.report))

    def _salt(self, report: int, name: str) -> bytes:
        return self.journal("salts").secret(f"{report}-{name}")

    def _seal(self, task: int, report: int, digest: bytes) -> bytes:
        return seal(task, self.address, digest, self._salt(report, "seal"))


def prize(report: int, forced: Sequence[int]) -> int:
    """What a challenge of a report can win: the jackpot of that report, or, 0, the task's bounty."""
    return report if report in forced else 0


def seal(task: int, challenger_address: str, digest: bytes, salt: bytes) -> bytes:
    """A report that only its challenger can open: keccak256(task, challenger, digest, salt), 32 bytes each."""
    address = bytes.fromhex(challenger_address.removeprefix("0x"))
    return keccak(task.to_bytes(32, "big") + bytes(12) + address + digest + salt)


def shown_in(client: Client, dispute: int, reported: bytes, own: Report) -> Shown:
    """What the moves of a game have shown of the challenged report, whose root is `reported`."""
    known = Shown(own)
    learn(known, client, dispute, reported)
    return known


def learn(known: Shown, client: Client, dispute: int, reported: bytes) -> None:
    """Take in what the moves of a game on chain have shown; again does no harm."""
    position = Position(reported)
    for event in client.history(dispute):
        f = event.fields
        if event.name in ("Descended", "StatePosted"):
            position = Position.unpack(f["position"], bytes(f["claim"]))
        elif event.name == "ChildrenShown":
            known.learn_children(position, f["kind"], f["count"], [bytes(child) for child in f["children"]])
        else:
            known.learn_words(position, f["words"])

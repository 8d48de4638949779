"""The whistleblower: replays the verifier's work and challenges what is wrong."""

from __future__ import annotations

from pinpoint.chain.client import (
    CHALLENGER,
    Challenge,
    ChallengePhase,
    Client,
    TaskPhase,
    VerificationPhase,
    VerificationState,
)
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tree import keccak
from pinpoint.dispute import challenger
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.knowledge import Shown
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position
from pinpoint.program.graph import ProgramError
from pinpoint.replay.report import Report
from pinpoint.roles.replayer import Replayer


class Whistleblower(Replayer):
    """Checks reports, challenges wrong ones, plays the game to its end, and collects."""

    def step(self, task: int) -> str | None:
        """Do what is due in a task; None if nothing is, the data cannot be had, or the report is right."""
        phase = self.client.task(task).phase
        if phase is TaskPhase.ENDED:
            return self._collect(task) or self.withdraw_credit()
        if phase is not TaskPhase.PROVED:
            return None
        now = self.client.verification(task)
        if now.phase is not VerificationPhase.REPORTED:
            return None
        mine = [c for c in self._mine(task) if c.round == now.round]
        windows = self.client.windows(now.reported_at)
        if not mine:
            return None if self.late(windows.commit_end) else self._challenge(task, now)
        if mine[0].phase is ChallengePhase.COMMITTED:
            due = self.late(windows.commit_end) and not self.late(windows.reveal_end)
            return self._reveal(mine[0]) if due else None
        return self.play(task)

    def play(self, task: int) -> str | None:
        """Make a move in this whistleblower's game against the report that stands; None if none is due."""
        now = self.client.verification(task)
        if now.phase is not VerificationPhase.REPORTED or not now.secret_opened:
            return None
        if not self.late(self.client.windows(now.reported_at).secret_end):
            return None
        for challenge in self._mine(task):
            if challenge.round == now.round and challenge.phase is ChallengePhase.REVEALED:
                return self._move(task, challenge)
        return None

    def _mine(self, task: int) -> list[Challenge]:
        return [c for c in self.client.challenges(task) if c.challenger == self.address]

    def _challenge(self, task: int, now: VerificationState) -> str | None:
        try:
            own = self.report_of(task)
        except (ArtifactError, ProgramError):
            return None
        if own.root == now.root and own.distances == self.client.posted_distances(task):
            return None
        sealed = self._seal(task, now.round, own.digest)
        commitment = self.client.port.view(
            "Arbitration", "commitment_of", task, now.round, self.address, self._salt(task, now.round, "salt"), sealed
        )
        self.stake_for(self.client.parameters.challenge_bond)
        return self.send("Arbitration", "commit_challenge", task, commitment)

    def _reveal(self, challenge: Challenge) -> str:
        own = self.report_of(challenge.task)
        sealed = self._seal(challenge.task, challenge.round, own.digest)
        salt = self._salt(challenge.task, challenge.round, "salt")
        return self.send("Arbitration", "reveal_challenge", challenge.number, salt, sealed)

    def _move(self, task: int, challenge: Challenge) -> str | None:
        game = self.client.game(challenge.number)
        if game.side != CHALLENGER or self.late(game.deadline):
            return None
        own = self.report_of(task)
        reported = self.client.verification(task).root
        case = Case(own, self.data(task).trees, shown_in(self.client, challenge.number, reported, own))
        if own.root == reported:
            move: Move | None = challenger.wrong_distance(case, self.client.posted_distances(task))
        else:
            move = challenger.next_move(case, game.position)
        if move is None:
            return None
        self.client.play(self.account, challenge.number, move)
        return move.method

    def _collect(self, task: int) -> str | None:
        bounty = self.client.port.view("Settlement", "bounties", task)
        upheld = bytes(self.client.port.view("Verification", "upheld_digest", task))
        mine = [c for c in self._mine(task) if c.challenged not in (bytes(32), upheld)]
        opened = [c for c in mine if self.client.port.view("Settlement", "report_opened", c.number)]
        if not opened and mine and not self.late(bounty.deadline) and self.report_of(task).digest == upheld:
            # One of them is enough: each further one, of one owner too, halves what all of them get.
            salt = self._salt(task, mine[0].round, "seal")
            return self.send("Settlement", "open_report", mine[0].number, upheld, salt)
        for challenge in opened if self.late(bounty.deadline) else []:
            if not self.client.port.view("Settlement", "collected", challenge.number):
                return self.send("Settlement", "collect", challenge.number)
        return None

    def _salt(self, task: int, round_: int, name: str) -> bytes:
        return self.journal("salts").secret(f"{task}-{round_}-{name}")

    def _seal(self, task: int, round_: int, digest: bytes) -> bytes:
        return seal(task, self.address, digest, self._salt(task, round_, "seal"))


def seal(task: int, challenger_address: str, digest: bytes, salt: bytes) -> bytes:
    """A report that only its challenger can open: keccak256(task, challenger, digest, salt), 32 bytes each."""
    address = bytes.fromhex(challenger_address.removeprefix("0x"))
    return keccak(task.to_bytes(32, "big") + bytes(12) + address + digest + salt)


def shown_in(client: Client, dispute: int, reported: bytes, own: Report) -> Shown:
    """What the moves of a game have shown of the challenged report, whose root is `reported`."""
    known = Shown(own)
    position = Position(reported)
    for event in client.history(dispute):
        f = event.fields
        if event.name == "Descended":
            position = Position.unpack(f["position"], bytes(f["claim"]))
        elif event.name == "ChildrenShown":
            known.learn_children(position, f["kind"], f["count"], [bytes(child) for child in f["children"]])
        else:
            known.learn_words(position, f["words"])
    return known

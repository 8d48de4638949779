"""A role that replays the samples of a task, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import ActionKind, Challenge, ChallengePhase, Client, Round
from pinpoint.chain.mailbox import Mailbox
from pinpoint.chain.storage import ArtifactError
from pinpoint.dispute.knowledge import Shown
from pinpoint.dispute.messages import Side
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position
from pinpoint.program.graph import ProgramError
from pinpoint.replay.report import Lie, Report
from pinpoint.roles.correspondence import Correspondence, Next
from pinpoint.roles.role import Role

MOST_ASKED = 256
"""Chunks that an account asks for; beyond, the data are as good as gone for it."""
ASK_SECONDS = 12
"""What an ask takes: a slot of Ethereum. One is sent after another, and all while asks are open."""


class Replayer(Role):
    """What verifier and whistleblower share: the same replay, made once per proof."""

    def __init__(
        self,
        client: Client,
        account: Any,
        artifacts: Artifacts,
        folder: Path,
        lie: Lie | None = None,
        mailbox: Mailbox | None = None,
        ask_seconds: int = ASK_SECONDS,
        **options: Any,
    ) -> None:
        """As Role; with a lie, a dishonest one; with a mailbox, games are played by signed messages, if the other side
        answers there.

        Args:
            ask_seconds: that a transaction takes here. Work is refused whose data could not be asked for in time.
        """
        super().__init__(client, account, artifacts, folder, **options)
        self._lie = lie
        self._mailbox = mailbox
        self._ask_seconds = ask_seconds
        self._games: dict[int, Correspondence] = {}
        self._reports: dict[tuple[int, bytes], Report] = {}

    def has_replayed(self, task: int) -> bool:
        """Whether the samples of the present proof have been replayed by this process."""
        return (task, self.client.task(task).proof_root) in self._reports

    def report_of(self, task: int) -> Report:
        """The own replay of a task's samples.

        Raises:
            ArtifactError: if a checkpoint or batch that is to be replayed cannot be had.
            ProgramError: if what is to be replayed is ill-formed.
        """
        data = self.data(task)
        key = (task, data.task.proof_root)
        if key not in self._reports:
            self.posted(task).restore(self.artifacts)
            segments = data.segments(self.client.samples(task))
            total = sum(len(segment.batches) for segment in segments)
            done = 0

            def count() -> None:
                nonlocal done
                done += 1
                self.progress("replay", done, total)

            self._reports[key] = Report(data.program, segments, self._lie, count)
        return self._reports[key]

    def correspond(
        self, challenge: Challenge, side: Side, move: Callable[[Position], Move], known: Shown | None = None
    ) -> str | Next:
        """Play a game by messages as long as it is not on chain; what was done, if anything.

        Args:
            move: this side's next move at a position.
            known: the challenger's knowledge.
        """
        begun = self.client.history(challenge.number)
        game = self.correspondence(challenge, side, known)
        if game is None:
            return Next.ON_CHAIN
        if not begun:
            return game.step(move)
        posted = begun[-1].fields["number"] if begun[-1].name == "StatePosted" else None
        resting = posted is not None and self.client.game(challenge.number).opens > self.client.port.now()
        superseded = bool(self.client.port.view("Arbitration", "superseded", challenge.number))
        if posted is None or not resting or superseded:
            return Next.ON_CHAIN
        return game.supersede(posted) or Next.ON_CHAIN

    def in_play(self, challenge: Challenge, due: set[ActionKind]) -> bool:
        """Whether a game is on: somebody may move, or a posted state rests."""
        if ActionKind.PROVE in due:
            return True
        return challenge.phase is ChallengePhase.REVEALED and bool(self.client.history(challenge.number))

    def correspondence(self, challenge: Challenge, side: Side, known: Shown | None = None) -> Correspondence | None:
        """The own side of a game by messages; None without a mailbox, and in the open round."""
        number = challenge.number
        if self._mailbox is None or self.client.port.view("Verification", "is_open", challenge.report):
            return None
        if number not in self._games:
            journal = self.journal("messages")
            self._games[number] = Correspondence(
                self.client, self.account, challenge, side, self._mailbox, journal, known
            )
        return self._games[number]

    def ask_for_data(self, task: int, now: Round) -> str | None:
        """Ask for a chunk of what this account cannot get otherwise, while it may; None if there is none to ask for.

        Tensors of other shapes than the program's are no data either: nobody can post them.
        """
        if self.late(now.ask_end):
            return None
        try:
            # Where the order is ill-formed, it does not say which data there are.
            self.data(task).check_program()
            posted = self.posted(task)
        except (ArtifactError, ProgramError):
            return None
        missing = posted.missing(self.artifacts)
        if not missing or len(missing) > MOST_ASKED:
            return None
        self.stake_for(int(self.client.port.view("Availability", "fee", now.round)))
        return self.send("Availability", "ask", *posted.ask_arguments(missing[0]))

    def can_ask(self, task: int, count: int) -> bool:
        """Whether so many chunks can be asked for: in time, and paid for with what is not locked."""
        port, window = self.client.port, self.client.parameters.ask_window
        funds = sum(int(port.view("Staking", account, self.address)) for account in ("stake", "credit"))
        funds += int(port.view("Token", "balanceOf", self.address))
        price = count * int(port.view("Availability", "fee", self.client.round(task).round))
        return count <= min(MOST_ASKED, window // self._ask_seconds) and price <= funds

    def owed(self, task: int) -> int:
        """Chunks of a task's data that were asked for and have not been posted."""
        return int(self.client.port.view("Availability", "pending", task))

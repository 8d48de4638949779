"""Playing a game by signed messages, as long as both sides do (docs/dispute.md)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any

from pinpoint.chain.client import Challenge, Client
from pinpoint.chain.eip712 import StateSignatures
from pinpoint.chain.mailbox import Mailbox
from pinpoint.dispute.channel import Channel, Conflict, Limits, Refused
from pinpoint.dispute.knowledge import Shown
from pinpoint.dispute.messages import MalformedMessage, Message, Side, State
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position
from pinpoint.roles.journal import Journal


class Next(Enum):
    """What is left to do after a look at the mailbox."""

    WAIT = "the other side's message is awaited"
    ON_CHAIN = "the game goes on on chain"


class Correspondence:
    """One side's game, off chain until somebody goes on chain."""

    def __init__(
        self,
        client: Client,
        account: Any,
        challenge: Challenge,
        side: Side,
        mailbox: Mailbox,
        journal: Journal,
        known: Shown | None = None,
    ) -> None:
        """
        Args:
            challenge: revealed, its game on, and nobody has moved on chain when this is made for the first time.
            known: the challenger's knowledge; it learns what is shown off chain.
        """
        self._client, self._account, self._challenge, self._mailbox = client, account, challenge, mailbox
        report = client.report(challenge.report)
        game = client.game(challenge.number)
        arbitration = client.deployment.addresses["Arbitration"]
        self._game = f"{arbitration}-{challenge.number}"
        budget = game.deadline - report.secret_end
        start = State.of_root(challenge.number, report.root, budget)
        signatures = StateSignatures(
            client.port.chain_id(), arbitration, challenge.challenger, report.verifier, account
        )
        self.known = known
        self.channel = Channel(
            side,
            start,
            Limits(game.deadline, client.parameters.reply_window + budget - client.parameters.clock_budget),
            client.task(challenge.task).order.geometry,
            signatures,
            journal,
            known,
        )

    def step(self, move: Callable[[Position], Move]) -> str | Next:
        """Take in what has come, and answer it; what was done, if anything.

        Args:
            move: this side's next move at a position.
        """
        channel, now = self.channel, self._client.port.now()
        with suppress(Refused, MalformedMessage):
            self._receive(now)
        if channel.conflict is not None:
            return self._send("convict_conflict", channel.conflict)
        if not channel.turn:
            self._leave_again()
            late = now > channel.until
            return self._go_on_chain() if late and channel.side is Side.DEFENDER else Next.WAIT
        found = move(channel.position)
        if found.method not in ("descend", "show_children", "show_leaf"):
            return self._go_on_chain()
        try:
            message = channel.play(found, now)
        except Refused:
            return self._go_on_chain()
        self._mailbox.put(self._game, message.state.number, channel.side, message.encode())
        return "signed_move"

    def supersede(self, posted: int) -> str | None:
        """Post a later state than the one that the other side has posted; None if there is none."""
        arguments = self.channel.settle_on_chain(posted)
        return None if arguments is None else self._send("post_state", arguments)

    def _receive(self, now: int) -> None:
        channel = self.channel
        data = self._mailbox.get(self._game, channel.state.number + 1, channel.side.other)
        if data is not None:
            with suppress(Conflict):
                channel.take(Message.decode(data), now)

    def _leave_again(self) -> None:
        # Killed between signing and leaving the message.
        message = self.channel.unanswered
        if message is not None and self._mailbox.get(self._game, message.state.number, self.channel.side) is None:
            self._mailbox.put(self._game, message.state.number, self.channel.side, message.encode())

    def _go_on_chain(self) -> str | Next:
        arguments = self.channel.settle_on_chain()
        return Next.ON_CHAIN if arguments is None else self._send("post_state", arguments)

    def _send(self, method: str, arguments: tuple[Any, ...]) -> str:
        self._client.send(self._account, "Arbitration", method, *arguments)
        return method

"""Signed moves: two parties that are both online play a game off chain, each safe from the other (docs/dispute.md).

Each move comes with the state that it leads to, signed, and with the signature of the state that it answers. So
whoever has taken a message holds a state that the other has signed, and needs only its own signature to post it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from pinpoint.dispute.descent import Counts, IllegalMove, check_children, check_words, descend
from pinpoint.dispute.knowledge import Shown
from pinpoint.dispute.messages import Message, Side, Signatures, State, legs_of
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position


class Refused(Exception):
    """This side does not go on off chain; it goes on on chain (`settle_on_chain`), where nothing is lost."""


class Conflict(Refused):
    """The other side has signed two different states of one number: `Channel.conflict` convicts it."""


class Journal(Protocol):
    """What outlives the process; `roles.journal.Journal` is one."""

    def get(self, key: str) -> Any:
        """The value of a key, or None."""

    def put(self, key: str, value: Any) -> None:
        """Keep a value, on disk when this returns."""


@dataclass(frozen=True)
class Limits:
    """Times of a game in which nobody has moved on chain yet: there the verifier's clock runs.

    Attributes:
        deadline: the last second in which it may move on chain, or a state can be posted.
        reserve: seconds that the verifier keeps for the chain: a reply's time, and what its replays still need.
    """

    deadline: int
    reserve: int


class Channel:
    """One side of one game off chain.

    It signs a number once; it signs no state that does not follow from the last one by a move that the contract
    would take, and none that gives anybody time; it signs nothing once it has left. Everything is in the journal
    before it is out of hand, so a killed process goes on where it was.
    """

    def __init__(
        self,
        side: Side,
        start: State,
        limits: Limits,
        counts: Counts,
        signatures: Signatures,
        journal: Journal,
        known: Shown | None = None,
    ) -> None:
        """
        Args:
            side: whom this plays for.
            start: the game as the chain has it (`State.of_root`). Nobody has signed it.
            limits: likewise, as long as nobody moves there.
            counts: of the task.
            signatures: of this side.
            journal: kept per side; what it holds of this dispute is taken up.
            known: the challenger's knowledge; it learns what the defender shows.
        """
        self.side = side
        self.limits = limits
        self.conflict: tuple[Any, ...] | None = None
        """Arguments of `convict_conflict`, once the other side has deserved it."""
        self._counts = counts
        self._signatures = signatures
        self._journal = journal
        self._known = known
        self._key = f"channel-{start.dispute}"
        self._last = start
        self._since: int | None = None
        self._sent: Message | None = None
        self._taken: Message | None = None
        self._theirs: dict[int, tuple[State, bytes]] = {}
        kept = journal.get(self._key) or {"left": False, "log": [], "evidence": []}
        self._left: bool = kept["left"]
        self._log: list[Any] = list(kept["log"])
        self._evidence: list[Any] = list(kept["evidence"])
        for mover, at, encoded in kept["log"]:
            self._advance(Side(mover), Message.decode(encoded), at)
        for encoded in kept["evidence"]:
            with suppress(Conflict):
                self._note(Message.decode(encoded))

    @property
    def state(self) -> State:
        """The last state: both have signed it, or whoever's move it is not."""
        return self._last

    @property
    def position(self) -> Position:
        """Where the game stands; `challenger.next_move` and `defender.next_move` answer it."""
        return self._last.place.position

    @property
    def turn(self) -> bool:
        """Whether it is this side's move."""
        return self._last.side is self.side

    @property
    def unanswered(self) -> Message | None:
        """The last message sent, while it has no answer; it may be sent again."""
        return None if self.turn else self._sent

    @property
    def until(self) -> int:
        """The last second in which this side may still sign; later it goes on on chain.

        It is the defender's clock that runs on chain, so the defender keeps time to post, or to move there. A
        challenger that gets no answer need not do anything: either the defender posts, or anybody may call `time_out`.
        """
        return self.limits.deadline - (self.limits.reserve if self.side is Side.DEFENDER else 0)

    def play(self, move: Move, now: int) -> Message:
        """Make a move; what is to be sent to the other side.

        Args:
            move: `show_children`, `show_leaf` or `descend`. What a judge has to see goes on chain.
            now: the chain's time, in seconds.

        Raises:
            Refused: if it is not this side's turn, or this side has left, or should by now.
            IllegalMove: if the contract would refuse the move.
        """
        if self._left or self.conflict is not None or not self.turn:
            raise Refused("it is the other side's turn" if not self.turn else "this side goes on on chain")
        if now > self.until:
            raise Refused(f"this side had to go on chain by {self.until}, it is {now}")
        before = self._last
        spent = 0 if self._since is None else max(0, now - self._since)
        state = self._follow(before, move, max(0, before.left(self.side) - spent))
        answered = b"" if self._taken is None else self._signatures.sign(before)
        message = Message(state, move, self._signatures.sign(state), answered)
        self._save(log=(self.side, now, message))
        self._advance(self.side, message, now)
        return message

    def take(self, message: Message, now: int) -> None:
        """Take the other side's move in; twice is as good as once.

        Raises:
            Conflict: if it has signed another state of that number before.
            Refused: if the message is not from the other side, does not answer the last one, or its state is not
                what its move leads to.
        """
        state, other = message.state, self.side.other
        if message == self._taken:
            return
        if state.dispute != self._last.dispute or not self._signatures.holds(other, state, message.signature):
            raise Refused("not the other side's signature")
        if self.conflict is not None:
            raise Conflict("the other side is to be convicted")
        signed = len(self._theirs)
        try:
            self._judge(message)
        except Refused:
            if self.conflict is not None or len(self._theirs) > signed:
                self._save(evidence=message)
            raise
        self._save(log=(other, now, message))
        self._advance(other, message, now)

    def leave(self) -> None:
        """Sign nothing more in this channel."""
        self._left = True
        self._save()

    def settle_on_chain(self, posted: int = 0) -> tuple[Any, ...] | None:
        """Leave; the arguments of `post_state` for the last state that both sides agree on.

        Args:
            posted: number of the state that the other side has posted. It rests for a reply's time, in which a later
                one supersedes it.

        Returns:
            None if the chain has nothing earlier.
        """
        self.leave()
        agreed = [self._last] if self._taken is None else [self._last, self._taken.state]
        for state in agreed:
            signed, signature = self._theirs.get(state.number, (None, b""))
            if state.number > posted and signed == state:
                both = {self.side: self._signatures.sign(state), self.side.other: signature}
                return state.dispute, state.arguments(), both[Side.CHALLENGER], both[Side.DEFENDER]
        return None

    def _judge(self, message: Message) -> None:
        state, before = message.state, self._last
        if state.number > before.number + 1:
            raise Refused(f"expected the state of number {before.number + 1}, got {state.number}")
        self._note(message)
        if self._left or self.turn:
            raise Refused("this side goes on on chain" if self._left else "it is this side's turn")
        if self._sent is not None and not self._signatures.holds(self.side.other, before, message.answered):
            raise Refused("the other side has not signed the state that it answers")
        try:
            expected = self._follow(before, message.move, state.left(before.side))
        except IllegalMove as error:
            raise Refused(str(error)) from error
        if state != expected:
            raise Refused("the state does not follow from the last one by that move")
        if state.left(before.side) > before.left(before.side):
            raise Refused("the state gives its mover time")

    def _follow(self, before: State, move: Move, left: int) -> State:
        """The state after a move.

        Raises:
            IllegalMove: if the contract would refuse it.
        """
        place = before.place
        if before.side is Side.CHALLENGER and move.method == "descend":
            place = descend(place, legs_of(move), self._counts)
        elif before.side is Side.DEFENDER and move.method == "show_children":
            kind, count, hashes = move.arguments
            check_children(place.position, kind, count, hashes, self._counts)
        elif before.side is Side.DEFENDER and move.method == "show_leaf":
            check_words(place.position, *move.arguments)
        else:
            raise IllegalMove(f"{move.method} is no move of a {before.side.name.lower()} off chain")
        return before.after(place, left)

    def _advance(self, mover: Side, message: Message, now: int) -> None:
        position = self.position
        if mover is self.side:
            self._sent = message
        else:
            self._taken = message
            self._note(message)
            if self._known is not None and message.move.method == "show_children":
                self._known.learn_children(position, *message.move.arguments)
            elif self._known is not None and message.move.method == "show_leaf":
                self._known.learn_words(position, *message.move.arguments)
        self._last = message.state
        self._since = now

    def _note(self, message: Message) -> None:
        """Remember what the other side has signed, whatever else is wrong with it.

        Raises:
            Conflict: if it has signed something else in its place.
        """
        signed = [(message.state, message.signature)]
        if self._sent is not None and self._signatures.holds(self.side.other, self._sent.state, message.answered):
            signed.insert(0, (self._sent.state, message.answered))
        for state, signature in signed:
            first, of_first = self._theirs.setdefault(state.number, (state, signature))
            if first != state:
                self.conflict = (state.dispute, first.arguments(), state.arguments(), of_first, signature)
                raise Conflict(f"the other side has signed two states of number {state.number}")

    def _save(self, log: tuple[Side, int, Message] | None = None, evidence: Message | None = None) -> None:
        kept = [*self._log, [int(log[0]), log[1], log[2].encode()]] if log else self._log
        shown = [*self._evidence, evidence.encode()] if evidence else self._evidence
        self._journal.put(self._key, {"left": self._left, "log": kept, "evidence": shown})
        self._log, self._evidence = kept, shown


def converse(
    challenger: Channel,
    defender: Channel,
    ask: Callable[[Position], Move],
    show: Callable[[Position], Move],
    now: Callable[[], int],
) -> Move:
    """Both sides in one process, until the challenger has something to prove; its move from the last state.

    Args:
        ask: the challenger's move at a position, show the defender's.
        now: the chain's time, in seconds.

    Raises:
        Refused: if one side does not go on off chain.
    """
    while True:
        if defender.turn:
            message = defender.play(show(defender.position), now())
            challenger.take(Message.decode(message.encode()), now())
            continue
        move = ask(challenger.position)
        if move.method != "descend":
            return move
        message = challenger.play(move, now())
        defender.take(Message.decode(message.encode()), now())

"""Every move of every state of a dispute on the contracts, once, depth first, and everything that is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import process_time

from tests.explore.chain import Played
from tests.explore.deployed import CHALLENGERS, Chain, Seat
from tests.explore.search import canonical
from tests.explore.sizes import Size
from tests.model.moves import Kind, Move
from tests.model.state import State
from tests.model.strategies import Anybody

MOST_DISAGREEMENTS = 5


@dataclass
class Replayed:
    """What was compared.

    Attributes:
        states: of the model, compared with the chain at least once.
        moves: that counted, with the chain compared after each; time passing is one.
        refused: that were refused, with the reason compared.
        reasons: how often each reason was given.
        kinds: of the moves that counted.
        complete: whether every move of every state was played.
        disagreements: of model and contracts, with the moves that lead there.
    """

    states: int = 0
    moves: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    complete: bool = True
    disagreements: list[str] = field(default_factory=list)


class Replay:
    """A size of the model, played on the contracts."""

    def __init__(self, chain: Chain, size: Size, until: float = float("inf"), illegal: bool = True) -> None:
        """
        Args:
            until: value of `process_time` at which to stop.
            illegal: send what does not count, too.
        """
        self.size, self._until, self._illegal = size, until, illegal
        dispute = size.dispute(size.rules, size.tree, size.contents)
        self._player: Anybody = size.player(dispute)
        self._fixed = max(size.poor, self._player.fixed)
        self._dispute = dispute
        self._played = Played(chain, dispute)
        self._path: list[Move] = []
        self._seen: set[State] = set()
        self.found = Replayed()

    def run(self) -> Replayed:
        """Play all of it, or as much as there is time for."""
        start = self._dispute.start(*[self.size.rules.bond] * self.size.challengers)
        seats = tuple(Seat(user) for user in CHALLENGERS[: self.size.challengers])
        self._compare(seats, start)
        self._visit(seats, start)
        self.found.states = len(self._seen)
        return self.found

    def _visit(self, seats: tuple[Seat, ...], state: State) -> None:
        """Everything that can be sent in a state, and whatever follows from that."""
        self._seen.add(state)
        if self._illegal:
            self._refused(seats, state)
        moves = self._dispute.moves(state)
        waits = self._player.lets_pass(state)
        for move in moves:
            if not (waits or move.kind) or not self._player.makes(state, move):
                continue
            if process_time() > self._until or len(self.found.disagreements) >= MOST_DISAGREEMENTS:
                self.found.complete = False
                return
            self._path.append(move)
            with self._played.undone():
                self._step(seats, state, move)
            self._path.pop()

    def _step(self, seats: tuple[Seat, ...], state: State, move: Move) -> None:
        refusal, seats = self._played.play(seats, state, move)
        if refusal is not None:
            self._disagree(f"the contracts say {refusal!r}")
            return
        self.found.moves += 1
        self.found.kinds[move.kind.name] += 1
        after = self._dispute.effect(state, move)
        # Challengers are renamed with their seats.
        after, seats = renamed(after, seats, self._fixed)
        if self._compare(seats, after) and after not in self._seen:
            self._visit(seats, after)

    def _compare(self, seats: tuple[Seat, ...], state: State) -> bool:
        differences = self._played.differences(seats, state)
        if differences:
            self._disagree("; ".join(differences))
        return not differences

    def _refused(self, seats: tuple[Seat, ...], state: State) -> None:
        """Everything that does not count, and why; and a sweep where nothing is due."""
        for move in self._dispute.alphabet(state):
            reasons = self._dispute.refusals(state, move)
            if not reasons:
                continue
            with self._played.undone():
                refusal, _ = self._played.play(seats, state, move)
            said = {text for reason in reasons for text in reason.value}
            if refusal not in said:
                names = [reason.name for reason in reasons]
                self._disagree(f"{move} is refused with {refusal!r}, in the model for {names}")
            self.found.refused += 1
            self.found.reasons[str(refusal)] += 1
        places = [str(who + 1) for who, seat in enumerate(seats) if seat.dispute]
        if places and not any(move.kind is Kind.SWEEP for move in self._dispute.moves(state)):
            with self._played.undone():
                refusal, _ = self._played.play(seats, state, Move(Kind.SWEEP, 0, int("".join(places * 2))))
                if refusal is not None:
                    self._disagree(f"a sweep of nothing is refused with {refusal!r}")
                self._compare(seats, state)

    def _disagree(self, what: str) -> None:
        if len(self.found.disagreements) < MOST_DISAGREEMENTS:
            self.found.disagreements.append(f"{what} after {', '.join(map(str, self._path))}")


def renamed(state: State, seats: tuple[Seat, ...], fixed: int) -> tuple[State, tuple[Seat, ...]]:
    """The representative of a state, with its seats in the same order as its challengers."""
    order = sorted(range(fixed, len(seats)), key=lambda who: state.challengers[who])
    return canonical(state, fixed, None), (*seats[:fixed], *(seats[who] for who in order))

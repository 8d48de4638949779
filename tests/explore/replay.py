"""A dispute on the contracts, depth first or at random: what counts, and what is refused, as the model says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from tests.explore.chain import Played
from tests.explore.deployed import CHALLENGERS, POOR, Chain, Seat
from tests.explore.search import canonical
from tests.explore.sizes import Size
from tests.model.moves import Kind, Move
from tests.model.state import Money, State
from tests.model.strategies import Anybody

MOST_DISAGREEMENTS = 5
OF_A_CHALLENGE = frozenset(Kind) - {Kind.SECRET, Kind.SILENCE, Kind.SETTLE, Kind.CLOSE_BOUNTY}
ONWARDS, OFTEN = (Kind.COMMIT, Kind.REVEAL, Kind.SECRET, Kind.SHOW, Kind.DESCEND), 8
"""What random sequences take so many times as often, or few would ever be deep in a game."""
NO_MONEY = Money(*[0] * len(Money._fields))


class Cover(Enum):
    """Which set of sequences is played. In each, what leads to a state, and all that counts in it, is played.

    ALL: every move of every state, and in every state everything that is refused.
    ONCE: every move of every state; what is refused is sent once for each state of the challenge and the report.
    ALIKE: the same, where states are one that differ in claims with equal subtrees only, as in the search.
    """

    ALL = "all"
    ONCE = "once"
    ALIKE = "alike"


@dataclass
class Replayed:
    """What was compared.

    Attributes:
        states: of the model.
        moves: that counted, with the chain compared after each; time passing is one.
        refused: that were refused, with the reason compared.
        reasons: how often each reason was given.
        kinds: of the moves that counted.
        disagreements: of model and contracts, with the moves that lead there.
    """

    states: int = 0
    moves: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


class Replay:
    """A size of the model, played on the contracts."""

    def __init__(self, chain: Chain, size: Size, cover: Cover = Cover.ALL) -> None:
        self.size, self.cover = size, cover
        dispute = size.dispute(size.rules, size.tree, size.contents)
        self._player: Anybody = size.player(dispute)
        self._fixed = max(size.poor, self._player.fixed)
        self._dispute = dispute
        self._played = Played(chain, dispute)
        self._path: list[Move] = []
        self._seen: set[State] = set()
        self._sent: set[tuple[object, ...]] = set()
        self._alike = dispute.tree.alike if cover is Cover.ALIKE else None
        self.found = Replayed()

    def run(self) -> Replayed:
        """Play all of the cover."""
        seats, state = self._start()
        self._seen.add(state)
        self._visit(seats, state)
        self.found.states = len(self._seen)
        return self.found

    def walks(self, count: int) -> Replayed:
        """Play sequences chosen at random, each from the start to a state without moves."""
        rng = Random(count)
        for _ in range(count):
            with self._played.undone():
                self._walk(rng)
            self._path.clear()
        self.found.states = len(self._seen)
        return self.found

    def _walk(self, rng: Random) -> None:
        seats, state = self._start()
        while (moves := self._made(state)) and not self.found.disagreements:
            self._seen.add(state)
            [move] = rng.choices(moves, [OFTEN if move.kind in ONWARDS else 1 for move in moves])
            self._path.append(move)
            if (after := self._step(seats, state, move)) is None:
                return
            state, seats = after

    def _start(self) -> tuple[tuple[Seat, ...], State]:
        size = self.size
        bond = size.rules.bond
        state = self._dispute.start(*[bond - 1] * size.poor, *[bond] * (size.challengers - size.poor))
        seats = tuple(Seat(user) for user in (*POOR[: size.poor], *CHALLENGERS[: size.challengers - size.poor]))
        self._compare(seats, state)
        return seats, state

    def _made(self, state: State) -> list[Move]:
        waits = self._player.lets_pass(state)
        moves = self._dispute.moves(state)
        return [move for move in moves if (waits or move.kind) and self._player.makes(state, move)]

    def _visit(self, seats: tuple[Seat, ...], state: State) -> None:
        """Everything that can be sent in a state, and whatever follows from that."""
        self._refused(seats, state)
        for move in self._made(state):
            if len(self.found.disagreements) >= MOST_DISAGREEMENTS:
                return
            self._path.append(move)
            with self._played.undone():
                after = self._step(seats, state, move)
                if after is not None:
                    kept = canonical(after[0], self._fixed, self._alike)
                    if kept not in self._seen:
                        self._seen.add(kept)
                        self._visit(after[1], after[0])
            self._path.pop()

    def _step(self, seats: tuple[Seat, ...], state: State, move: Move) -> tuple[State, tuple[Seat, ...]] | None:
        """The state after a move that counts, and its seats; None if the contracts disagree."""
        refusal, seats = self._played.play(seats, state, move)
        if refusal is not None:
            self._disagree(f"the contracts say {refusal!r}")
            return None
        self.found.moves += 1
        self.found.kinds[move.kind.name] += 1
        # Challengers are renamed with their seats.
        after, seats = renamed(self._dispute.effect(state, move), seats, self._fixed)
        return (after, seats) if self._compare(seats, after) else None

    def _compare(self, seats: tuple[Seat, ...], state: State) -> bool:
        differences = self._played.differences(seats, state)
        if differences:
            self._disagree("; ".join(differences))
        return not differences

    def _refused(self, seats: tuple[Seat, ...], state: State) -> None:
        """Everything that does not count, and why; and a sweep where nothing is due."""
        for move in self._dispute.alphabet(state):
            reasons = self._dispute.refusals(state, move)
            if not reasons or self._was_sent(state, move):
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

    def _was_sent(self, state: State, move: Move) -> bool:
        """Whether it was refused before, as far as a cover asks: with the same report and challenge."""
        if self.cover is Cover.ALL or move.kind not in OF_A_CHALLENGE:
            return False
        key = (move._replace(who=0), state._replace(challengers=(), money=NO_MONEY), state.challengers[move.who])
        known = key in self._sent
        self._sent.add(key)
        return known

    def _disagree(self, what: str) -> None:
        if len(self.found.disagreements) < MOST_DISAGREEMENTS:
            self.found.disagreements.append(f"{what} after {', '.join(map(str, self._path))}")


def renamed(state: State, seats: tuple[Seat, ...], fixed: int) -> tuple[State, tuple[Seat, ...]]:
    """The representative of a state, with its seats in the same order as its challengers."""
    order = sorted(range(fixed, len(seats)), key=lambda who: state.challengers[who])
    return canonical(state, fixed, None), (*seats[:fixed], *(seats[who] for who in order))

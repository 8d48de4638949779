"""Breadth first through all states that any sequence of moves reaches.

A game is a directed graph without cycles: every move decides something, goes down, changes turns, or is time. So the
number of maximal sequences is a sum over successors, counted exactly from the end.

Challengers that start alike may be renamed: moves and properties treat all alike, so two states that differ in their
names only have futures that differ in names only. Of such states one is kept, with its challengers sorted. Likewise of
claims: what can happen in a game depends on the subtree below its claim alone, so of all nodes with the same subtree,
faults and all, one is kept. Each move of each challenger to each node is still counted. An honest challenger keeps its
name and its claim.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.model.game import Dispute
from tests.model.moves import Kind, Move
from tests.model.properties import of_move, of_pairs, of_player, of_reply, of_state
from tests.model.state import Challenger, State
from tests.model.strategies import Anybody

MOST_TRACES = 3
"""Of violations that are kept; all are counted."""


@dataclass
class Found:
    """What an exploration has seen.

    Attributes:
        states: up to names of challengers.
        transitions: moves that count, of all states.
        sequences: maximal ones, from the start to a state without moves.
        longest: moves in the longest.
        terminal: states.
        violations: by what is violated.
        traces: of the first violations, which are among the shortest: what, and the moves from the start.
    """

    states: int = 0
    transitions: int = 0
    sequences: int = 0
    longest: int = 0
    terminal: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    traces: list[tuple[str, list[str]]] = field(default_factory=list)


def canonical(state: State, fixed: int, alike: tuple[int, ...] | None) -> State:
    """The representative of all states that differ in the names of challengers, or in claims with the same futures.

    Args:
        fixed: so many challengers come first and stay as they are.
        alike: by node, the one that stands for it; if None, each for itself.
    """
    others = state.challengers[fixed:]
    if alike:
        others = tuple(c if alike[c.claim] == c.claim else c._replace(claim=alike[c.claim]) for c in others)
    return state._replace(challengers=(*state.challengers[:fixed], *sorted(others)))


class Search:
    """The graph of one dispute, and what is wrong with it."""

    def __init__(
        self,
        dispute: Dispute,
        start: State,
        player: Anybody | None = None,
        *,
        pairs: bool = False,
        fixed: int = 0,
        alike: bool = True,
    ) -> None:
        """
        Args:
            player: the honest party; the others may do anything.
            pairs: compare both orders of any two moves, too.
            fixed: challengers that are unlike the others, and come first.
            alike: keep one of all claims with the same futures.
        """
        self.dispute, self.start, self.pairs = dispute, start, pairs
        self.player = player or Anybody(dispute)
        self.fixed = max(fixed, self.player.fixed)
        self.alike = dispute.tree.alike if alike else None
        self.found = Found()
        self.order: list[State] = []
        self.next: list[array[int]] = []
        self._parent: list[tuple[int, Move]] = []
        self._seen: dict[State, int] = {}
        self._shared: dict[Challenger, Challenger] = {}

    def run(self, stop: bool = False) -> Found:
        """Explore everything.

        Args:
            stop: at the first violation, and count no sequences then. A broken dispute may never end.

        Raises:
            ValueError: if the graph has a cycle.
        """
        self._add(self._canonical(self.start), -1, Move(Kind.TICK))
        for number, state in self._growing():
            self.next.append(self._expand(number, state))
            if stop and self.found.violations:
                return self.found
        self._count()
        return self.found

    def made(self, state: State, moves: list[Move]) -> list[Move]:
        """What is explored of the moves that count: all but what the honest party does not do."""
        player = self.player
        waits = player.lets_pass(state)
        return [move for move in moves if (waits or move.kind) and player.makes(state, move)]

    def trace(self, number: int) -> list[str]:
        """The moves from the start to a state; challengers are named by their place in each state."""
        found: list[str] = []
        while number:
            number, move = self._parent[number]
            found.append(str(move))
        return found[::-1]

    def _canonical(self, state: State) -> State:
        return canonical(state, self.fixed, self.alike)

    def _growing(self) -> Iterator[tuple[int, State]]:
        number = 0
        while number < len(self.order):
            yield number, self.order[number]
            number += 1

    def _expand(self, number: int, state: State) -> array[int]:
        dispute, followers = self.dispute, array("I")
        moves = dispute.moves(state)
        wrong = list(of_state(dispute, self.start, state, moves))
        wrong += of_player(dispute, self.start, state, self.player)
        if self.pairs:
            wrong += of_pairs(dispute, state, moves)
        for move in self.made(state, moves):
            after = dispute.effect(state, move)
            for what in (*of_move(dispute, state, move, after), *of_reply(dispute, move, after, self.player)):
                self._wrong(what, number, move)
            followers.append(self._add(self._canonical(after), number, move))
        for what in wrong:
            self._wrong(what, number)
        return followers

    def _add(self, state: State, parent: int, move: Move) -> int:
        number = self._seen.get(state)
        if number is None:
            number = len(self.order)
            shared = self._shared
            state = state._replace(challengers=tuple(shared.setdefault(c, c) for c in state.challengers))
            self._seen[state] = number
            self.order.append(state)
            self._parent.append((parent, move))
        return number

    def _wrong(self, what: str, number: int, move: Move | None = None) -> None:
        self.found.violations[what.split(":")[0]] += 1
        if len(self.found.traces) < MOST_TRACES:
            self.found.traces.append((what, self.trace(number) + ([str(move)] if move else [])))

    def _count(self) -> None:
        sequences, longest = [0] * len(self.order), [0] * len(self.order)
        for number in self._backwards():
            followers = self.next[number]
            sequences[number] = sum(sequences[follower] for follower in followers) or 1
            longest[number] = max((longest[follower] + 1 for follower in followers), default=0)
        found = self.found
        found.states, found.transitions = len(self.order), sum(map(len, self.next))
        found.sequences, found.longest = sequences[0], longest[0]
        found.terminal = sum(not followers for followers in self.next)

    def _backwards(self) -> Iterator[int]:
        """Every state after all that follow from it.

        Raises:
            ValueError: if the graph has a cycle, so that a dispute could go on for ever.
        """
        before = Counter(follower for followers in self.next for follower in followers)
        ready, done = [0], []
        while ready:
            number = ready.pop()
            done.append(number)
            for follower in self.next[number]:
                before[follower] -= 1
                if not before[follower]:
                    ready.append(follower)
        if len(done) != len(self.order):
            raise ValueError(f"expected no cycle, and {len(self.order) - len(done)} states are on one or behind it")
        yield from reversed(done)

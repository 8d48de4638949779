"""What the moves do."""

from __future__ import annotations

from tests.model.bank import with_challenger
from tests.model.clock import Clock, Side
from tests.model.law import Law, Status
from tests.model.moves import Kind, Move, Refused
from tests.model.state import Content, Phase, State


class Dispute(Law):
    """The dispute about one report. A mutant is a subclass with one method changed."""

    def apply(self, state: State, move: Move) -> State:
        """The state after a move.

        Raises:
            Refused: if it does not count.
        """
        if reasons := self.refusals(state, move):
            raise Refused(*reasons)
        return self.effect(state, move)

    def effect(self, state: State, move: Move) -> State:
        """The state after a move that counts."""
        bank, who = self.bank, move.who
        match move.kind:
            case Kind.TICK:
                return state._replace(now=state.now + 1)
            case Kind.COMMIT:
                return bank.pledge(state, who, Content(move.what))
            case Kind.REVEAL:
                return self.reveal(state, who)
            case Kind.SECRET:
                return state._replace(secret=True)
            case Kind.SILENCE:
                return bank.convict(state, None)
            case Kind.DESCEND:
                return self.press(state, who, self.claim(move.what))
            case Kind.SHOW:
                return self.press(state, who, state.challengers[who].claim)
            case Kind.PROVE | Kind.PROVE_FOR:
                return self.convict(state, who) if move.what in self.tree.faulty else bank.lose(state, who)
            case Kind.TIME_OUT | Kind.CLOSE:
                return self.leave(state, who)
            case Kind.SWEEP:
                return self.sweep(state, [int(digit) - 1 for digit in str(move.what)])
            case Kind.SETTLE:
                return bank.settle(state)
            case Kind.RESOLVE:
                return bank.resolve(state, Content(move.what))
            case Kind.OPEN:
                return bank.open(state, who)
            case Kind.CLOSE_BOUNTY:
                return bank.close_bounty(state)
            case Kind.COLLECT:
                return bank.collect(state, who)
        raise AssertionError(f"expected a kind of move with an effect, got {move}")

    def claim(self, node: int) -> int:
        """Where a descent to a node ends."""
        return node

    def reveal(self, state: State, who: int) -> State:
        """The game begins when the secret's phase is over, with the verifier on the clock."""
        budget = self.rules.budget
        clock = Clock(Side.DEFENDER, budget, budget, self.rules.secret_end)
        c = state.challengers[who]._replace(phase=Phase.REVEALED, clock=clock)
        return with_challenger(state, who, c)

    def press(self, state: State, who: int, claim: int) -> State:
        """A reply in a game."""
        c = state.challengers[who]
        return with_challenger(state, who, c._replace(claim=claim, clock=c.clock.press(state.now)))

    def convict(self, state: State, winner: int | None) -> State:
        """The report falls."""
        return self.bank.convict(state, winner)

    def leave(self, state: State, who: int) -> State:
        """Whatever exit is due on a challenge."""
        match self.status(state, who):
            case Status.UNREVEALED:
                return self.bank.forfeit(state, who)
            case Status.FELL:
                return self.bank.give_back(state, who, Phase.CLOSED)
            case Status.DEFENDER_LATE:
                return self.convict(state, who)
            case Status.CHALLENGER_LATE:
                return self.bank.lose(state, who)
            case _:
                return state

    def sweep(self, state: State, places: list[int]) -> State:
        """The exits of challenges, one after another; what is not due is skipped."""
        for who in places:
            state = self.leave(state, who)
        return state

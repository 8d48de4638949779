"""Who is honest: the moves that it makes, and the moments that it does not let pass. Everybody else may do anything."""

from __future__ import annotations

from tests.model.clock import Side
from tests.model.law import Law, Status
from tests.model.moves import Kind, Move
from tests.model.state import Content, Phase, Stage, State
from tests.model.tree import LEVELS


class Anybody:
    """Nobody is known to be honest.

    Attributes:
        fixed: so many challengers come first and are unlike the others.
    """

    fixed = 0

    def __init__(self, law: Law) -> None:
        self.law = law

    def makes(self, state: State, move: Move) -> bool:
        """Whether a move may be made, as far as it is the honest party's."""
        return True

    def lets_pass(self, state: State) -> bool:
        """Whether it has nothing to do that would be too late in the next tick."""
        return True

    def last_chance(self, state: State, who: int, side: Side) -> bool:
        """Whether a side of a game is on the clock, in the last tick for its reply."""
        clock = state.challengers[who].clock
        if self.law.status(state, who) is not Status.LIVE or clock.side is not side:
            return False
        deadline = self.law.deadline(clock)
        # The absolute end is the challenger's concern.
        return state.now == (deadline if side is Side.DEFENDER else min(deadline, self.law.games_end))


class HonestDefender(Anybody):
    """Opens its secret and answers, at the latest at each deadline. Its report has to be right (docs/dispute.md)."""

    def lets_pass(self, state: State) -> bool:
        if state.stage is not Stage.STANDS:
            return True
        if not state.secret and state.now == self.law.rules.secret_end:
            return False
        return not any(self.last_chance(state, who, Side.DEFENDER) for who in range(len(state.challengers)))


class HonestChallenger(Anybody):
    """The first challenger follows docs/dispute.md: it goes to the leftmost difference among what was shown.

    Its report is right, the challenged one is not. Where `public`, it knows all of that and may prove at any time.
    """

    fixed = 1
    public = False

    def makes(self, state: State, move: Move) -> bool:
        if move.who != 0 or move.kind not in (Kind.COMMIT, Kind.DESCEND, Kind.PROVE):
            return True
        if move.kind is Kind.COMMIT:
            return move.what == Content.RIGHT
        clock, tree = state.challengers[0].clock, self.law.tree
        wrong = tree.first_wrong
        if move.kind is Kind.PROVE:
            return move.what == wrong and (self.public or self._shown(state))
        if clock.side is Side.CHALLENGER and self._shown(state):
            return False
        return move.what == tree.towards(state.challengers[0].claim, wrong)

    def _shown(self, state: State) -> bool:
        # The words of a leaf have been shown, or the root of a packed tensor among the claim's grandchildren.
        c, tree = state.challengers[0], self.law.tree
        if c.clock.side is not Side.CHALLENGER:
            return False
        if tree.first_wrong in tree.packed:
            way = tree.ancestors(tree.first_wrong)
            return c.claim in way[: LEVELS + 1]
        return c.claim == tree.first_wrong

    def lets_pass(self, state: State) -> bool:
        c, rules = state.challengers[0], self.law.rules
        if state.stage is Stage.SETTLED:
            return state.now != rules.claim or bool(self.law.refusals(state, Move(Kind.OPEN)))
        if state.stage is not Stage.STANDS:
            return True
        if c.phase is Phase.NONE:
            return state.now != rules.commit_end
        if c.phase is Phase.COMMITTED:
            return state.now != rules.reveal_end
        return not self.last_chance(state, 0, Side.CHALLENGER)


class InformedChallenger(HonestChallenger):
    """The same where the challenged report is public."""

    public = True

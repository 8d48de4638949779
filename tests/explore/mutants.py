"""Disputes with one rule taken out, which the explorer has to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.explore.sizes import ALL, Size, binary, changed
from tests.model.bank import Bank, with_challenger
from tests.model.clock import Clock, Side
from tests.model.game import Dispute
from tests.model.law import Status
from tests.model.moves import Kind, Move, Reason
from tests.model.state import Content, Phase, Stage, State
from tests.model.strategies import HonestChallenger, HonestDefender


class GrowingClocks(Dispute):
    """Each reply gives the mover a tick, as increments do in chess."""

    def press(self, state: State, who: int, claim: int) -> State:
        state = super().press(state, who, claim)
        c = state.challengers[who]
        clock = c.clock._replace(challenger=c.clock.challenger + 1, defender=c.clock.defender + 1)
        return with_challenger(state, who, c._replace(clock=clock))


class SharedTime(Dispute):
    """A reply is charged to both."""

    def press(self, state: State, who: int, claim: int) -> State:
        clock = state.challengers[who].clock
        spent = state.now - clock.since
        state = super().press(state, who, claim)
        c = state.challengers[who]
        other = max(0, (c.clock.challenger if clock.side is Side.DEFENDER else c.clock.defender) - spent)
        if clock.side is Side.DEFENDER:
            return with_challenger(state, who, c._replace(clock=c.clock._replace(challenger=other)))
        return with_challenger(state, who, c._replace(clock=c.clock._replace(defender=other)))


class NoReplyWindow(Dispute):
    """A clock that has run out leaves no time for a reply."""

    def deadline(self, clock: Clock) -> int:
        return clock.deadline(0)


class NoAbsoluteEnd(Dispute):
    """Nothing but the clocks ends a game."""

    @property
    def games_end(self) -> int:
        return self.rules.games_end + 100


class VerifierLosesAtTheEnd(Dispute):
    """At the absolute end, whoever is on the clock has lost."""

    def status(self, state: State, who: int) -> Status:
        status = super().status(state, who)
        defender = state.challengers[who].clock.side is Side.DEFENDER
        return Status.DEFENDER_LATE if status is Status.CHALLENGER_LATE and defender else status


class EarlyClock(Dispute):
    """The verifier's clock runs while it may not move yet."""

    def reveal(self, state: State, who: int) -> State:
        state = super().reveal(state, who)
        c = state.challengers[who]
        return with_challenger(state, who, c._replace(clock=c.clock._replace(since=self.rules.reveal_end)))


class OpenInterval(Dispute):
    """A move does not count in the tick of its deadline, and the exit does."""

    def deadline(self, clock: Clock) -> int:
        return super().deadline(clock) - 1


class SameClaimAgain(Dispute):
    """A descent ends where the last one did."""

    def press(self, state: State, who: int, claim: int) -> State:
        return super().press(state, who, state.challengers[who].claim)


class FirstTakesAll(Bank):
    """Who convicts takes the bounty."""

    def convict(self, state: State, winner: int | None) -> State:
        state = super().convict(state, winner)
        if winner is None:
            return state
        c, pot = state.challengers[winner], state.money.pot
        state = state._replace(money=state.money._replace(pot=0))
        return with_challenger(state, winner, c._replace(credit=c.credit + pot))


class EqualShares(Bank):
    """Right reports share all of the bounty, so that an alias costs nothing."""

    def share(self, total: int, rights: int) -> int:
        return total // rights if rights else 0


class NothingBurnt(Bank):
    """Of a slash, all is set aside."""

    def convict(self, state: State, winner: int | None) -> State:
        before = state.money.burnt
        money = (state := super().convict(state, winner)).money
        kept = money._replace(pot=money.pot + money.burnt - before, burnt=before)
        return state._replace(money=kept)


class Minting(Bank):
    """The winner's cost is paid, and not taken from the bounty."""

    def convict(self, state: State, winner: int | None) -> State:
        state = super().convict(state, winner)
        extra = 0 if winner is None else self.rules.cost
        return state._replace(money=state.money._replace(pot=state.money.pot + extra))


class BondKept(Bank):
    """The bond of a challenge whose report fell otherwise is burnt."""

    def give_back(self, state: State, who: int, phase: Phase) -> State:
        if phase is not Phase.CLOSED:
            return super().give_back(state, who, phase)
        state = self.forfeit(state, who)
        return with_challenger(state, who, state.challengers[who]._replace(phase=phase))


class StillStanding(Bank):
    """A conviction leaves the other games open, to convict again."""

    def convict(self, state: State, winner: int | None) -> State:
        others = state.challengers
        state = super().convict(state, winner)
        kept = tuple(new if who == winner else others[who] for who, new in enumerate(state.challengers))
        return state._replace(stage=Stage.STANDS, secret=True, challengers=kept)


class GamesDieTogether(Bank):
    """A lost challenge is lost for all."""

    def lose(self, state: State, who: int) -> State:
        for other, c in enumerate(state.challengers):
            if c.phase is Phase.REVEALED:
                state = super().lose(state, other)
        return state


class UpheldEarly(Dispute):
    """A report is upheld as soon as there is no game about it."""

    def refusals(self, state: State, move: Move) -> list[Reason]:
        games = any(c.phase is Phase.REVEALED for c in state.challengers)
        if move.kind is Kind.SETTLE and state.stage is Stage.STANDS and not games:
            return []
        return super().refusals(state, move)


class StolenSeals(Dispute):
    """A seal does not name its owner."""

    def refusals(self, state: State, move: Move) -> list[Reason]:
        c = state.challengers[move.who]
        if c.content is Content.STOLEN:
            state = with_challenger(state, move.who, c._replace(content=Content.RIGHT))
        return super().refusals(state, move)


def banked(kind: type[Bank]) -> type[Dispute]:
    """A dispute with another bank."""

    class Banked(Dispute):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.bank = kind(self.rules)

    return Banked


def without(kind: Kind, *dropped: Reason) -> type[Dispute]:
    """A dispute in which moves of a kind are not refused for some reasons."""

    class Lenient(Dispute):
        def refusals(self, state: State, move: Move) -> list[Reason]:
            reasons = super().refusals(state, move)
            return [reason for reason in reasons if move.kind is not kind or reason not in dropped]

    return Lenient


def never(*kinds: Kind) -> type[Dispute]:
    """A dispute without some kinds of moves."""

    class Strict(Dispute):
        def refusals(self, state: State, move: Move) -> list[Reason]:
            return [Reason.PHASE] if move.kind in kinds else super().refusals(state, move)

    return Strict


@dataclass(frozen=True)
class Mutant:
    """A size with a rule taken out.

    Attributes:
        breaks: what is found to be violated first.
    """

    name: str
    size: Size
    breaks: str


ONE_FAULT = Size("one fault", 1, binary(3, 5))
TWO = Size("two challengers", 2, binary(1, 0))
CONTENTS = Size("all contents", 2, binary(0, 0), contents=ALL)
HONEST = Size("honest challenger", 1, binary(3, 5), player=HonestChallenger)
HONEST_OF_TWO = Size("honest challenger", 2, binary(1, 0), player=HonestChallenger)
DEFENDED = Size("honest defender", 1, binary(3), player=HonestDefender)

MUTANTS = [
    Mutant("clocks that grow", changed(ONE_FAULT, GrowingClocks), "I16"),
    Mutant("a reply costs both", changed(ONE_FAULT, SharedTime), "I17"),
    Mutant("no least reply window, challenger", changed(HONEST, NoReplyWindow), "R5"),
    Mutant("no least reply window, verifier", changed(DEFENDED, NoReplyWindow), "R5"),
    Mutant("no absolute end", changed(ONE_FAULT, NoAbsoluteEnd), "P6, I16"),
    Mutant("the absolute end a turn early", changed(HONEST, Dispute, turns=3), "R5"),
    Mutant("the verifier loses at the absolute end", changed(DEFENDED, VerifierLosesAtTheEnd, turns=2), "P3"),
    Mutant("the clock runs before the games", changed(DEFENDED, EarlyClock), "I15"),
    Mutant("half-open windows", changed(DEFENDED, OpenInterval), "R5"),
    Mutant("a descent stays", changed(ONE_FAULT, SameClaimAgain), "I21"),
    Mutant("the first convictor takes the bounty", changed(TWO, banked(FirstTakesAll)), "P, A12, A21"),
    Mutant("aliases cost nothing", changed(TWO, banked(EqualShares)), "P, A12, A21"),
    Mutant("nothing burnt", changed(TWO, banked(NothingBurnt)), "P2, A12, A21"),
    Mutant("money from nowhere", changed(TWO, banked(Minting)), "P2, I1"),
    Mutant("bonds of the others kept", changed(HONEST_OF_TWO, banked(BondKept)), "P3, A12"),
    Mutant("convicted twice", changed(TWO, banked(StillStanding)), "P2, I1"),
    Mutant("games die together", changed(HONEST_OF_TWO, banked(GamesDieTogether)), "P3, I18"),
    Mutant("anybody loses a challenge", changed(HONEST, without(Kind.PROVE_FOR, Reason.NO_FAULT)), "P3, I18"),
    Mutant("upheld while a game is on", changed(HONEST, without(Kind.SETTLE, Reason.OPEN)), "P4, I19"),
    Mutant("upheld before the reveals are over", changed(HONEST, UpheldEarly), "P4, I19"),
    Mutant("a stolen seal opens", changed(CONTENTS, StolenSeals), "P8, I14, A18"),
    Mutant("a copied commitment opens", changed(CONTENTS, without(Kind.REVEAL, Reason.COMMITMENT)), "P8, I14, A18"),
    Mutant("any report counts", changed(CONTENTS, without(Kind.OPEN, Reason.REPORT)), "P2, A12, A21"),
    Mutant("collected twice", changed(CONTENTS, without(Kind.COLLECT, Reason.COLLECTED)), "P5, R3"),
    Mutant("a challenge never closed", changed(TWO, never(Kind.CLOSE, Kind.SWEEP)), "P5, R2, I9"),
    Mutant("no time-out", changed(ONE_FAULT, never(Kind.TIME_OUT, Kind.SWEEP)), "P5, R2, I9"),
    Mutant("silence without an exit", changed(ONE_FAULT, never(Kind.SILENCE)), "P5, R2, I9"),
]

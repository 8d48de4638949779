"""Who pays whom, from docs/protocol.md, Endings. Every function returns another state of the same wealth."""

from __future__ import annotations

from typing import Any

from tests.model.rules import Rules
from tests.model.state import NO_CLOCK, Challenger, Claim, Content, Phase, Stage, State


def with_challenger(state: State, who: int, challenger: Challenger) -> State:
    """A state with another challenger in a place."""
    challengers = state.challengers
    return state._replace(challengers=(*challengers[:who], challenger, *challengers[who + 1 :]))


def decided(c: Challenger, phase: Phase, **changes: Any) -> Challenger:
    """A challenge that is over; its game is forgotten."""
    return c._replace(phase=phase, claim=0, clock=NO_CLOCK, **changes)


class Bank:
    """The payouts under some rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def pledge(self, state: State, who: int, content: Content) -> State:
        """A commitment takes the flat bond."""
        c, bond = state.challengers[who], self.rules.bond
        committed = c._replace(phase=Phase.COMMITTED, content=content, stake=c.stake - bond, bonded=c.bonded + bond)
        return with_challenger(state, who, committed)

    def give_back(self, state: State, who: int, phase: Phase) -> State:
        """The bond goes back."""
        c, bond = state.challengers[who], self.rules.bond
        return with_challenger(state, who, decided(c, phase, stake=c.stake + bond, bonded=c.bonded - bond))

    def lose(self, state: State, who: int) -> State:
        """A lost challenge: its cost to the verifier, the rest to the treasury."""
        c, money, rules = state.challengers[who], state.money, self.rules
        state = with_challenger(state, who, decided(c, Phase.LOST, bonded=c.bonded - rules.bond))
        paid = money._replace(
            verifier=money.verifier + rules.cost, treasury=money.treasury + rules.bond - rules.cost
        )
        return state._replace(money=paid)

    def forfeit(self, state: State, who: int) -> State:
        """A commitment that was never revealed: the bond is burnt."""
        c, money, bond = state.challengers[who], state.money, self.rules.bond
        state = with_challenger(state, who, decided(c, Phase.FORFEITED, bonded=c.bonded - bond))
        return state._replace(money=money._replace(burnt=money.burnt + bond))

    def convict(self, state: State, winner: int | None) -> State:
        """The report falls: the bounty share of the deposit is set aside, a winner's cost comes out of it, the rest
        is burnt."""
        money, rules = state.money, self.rules
        cost = 0 if winner is None else min(rules.cost, rules.bounty)
        if winner is not None:
            state = self.give_back(state, winner, Phase.WON)
            c = state.challengers[winner]
            state = with_challenger(state, winner, c._replace(credit=c.credit + cost))
        money = money._replace(
            verifier_locked=money.verifier_locked - rules.verifier_deposit,
            pot=money.pot + rules.bounty - cost,
            burnt=money.burnt + rules.verifier_deposit - rules.bounty,
        )
        # No game about a fallen report is played on.
        ended = tuple(c._replace(claim=0, clock=NO_CLOCK) for c in state.challengers)
        return state._replace(stage=Stage.FELL, secret=False, money=money, challengers=ended)

    def settle(self, state: State) -> State:
        """The report stands: its verifier is paid and released, and the task ends as the report says."""
        money, rules = state.money, self.rules
        released = money._replace(verifier_locked=0, verifier_stake=money.verifier_stake + rules.verifier_deposit)
        state = state._replace(stage=Stage.SETTLED, now=0, secret=False, upheld=Content.SAME, money=released)
        return self._end(state, "verifier")

    def resolve(self, state: State, upheld: Content) -> State:
        """After the report fell, another one was upheld, whose verifier is paid; or none was."""
        state = state._replace(stage=Stage.SETTLED, now=0, upheld=upheld)
        if upheld is not Content.NONE:
            return self._end(state, "successor")
        money, rules = state.money, self.rules
        returned = money._replace(
            escrow=0,
            submitter=money.submitter + rules.escrow,
            solver_locked=0,
            solver_stake=money.solver_stake + rules.solver_deposit,
        )
        return state._replace(money=returned)

    def _end(self, state: State, verifier: str) -> State:
        money, rules = state.money._replace(escrow=0, solver_locked=0), self.rules
        fees = getattr(money, verifier)
        if not rules.rejects:
            money = money._replace(
                solver=money.solver + rules.fee,
                solver_stake=money.solver_stake + rules.solver_deposit,
                treasury=money.treasury + rules.tax,
                **{verifier: fees + rules.verifier_fee},
            )
            return state._replace(money=money)
        aside = rules.solver_bounty if state.fell else 0
        money = money._replace(
            submitter=money.submitter + rules.escrow + rules.submitter_share,
            pot=money.pot + aside,
            burnt=money.burnt + rules.solver_deposit - rules.submitter_share - rules.verifier_share - aside,
            **{verifier: fees + rules.verifier_share},
        )
        return state._replace(money=money)

    def open(self, state: State, who: int) -> State:
        """A right sealed report is opened."""
        return with_challenger(state, who, state.challengers[who]._replace(opened=Claim.OPENED))

    def share(self, total: int, rights: int) -> int:
        """What each of `rights` right sealed reports is paid: they share total / 2^(rights - 1)."""
        return total // 2 ** (rights - 1) // rights if rights else 0

    def close_bounty(self, state: State) -> State:
        """What is shared is fixed, and the rest burnt."""
        money, rights = state.money, sum(c.opened is not Claim.SEALED for c in state.challengers)
        each = self.share(money.pot, rights)
        rest = money.pot - rights * each
        shared = money._replace(pot=money.pot - rest, burnt=money.burnt + rest)
        return state._replace(total=money.pot, each=each, money=shared)

    def collect(self, state: State, who: int) -> State:
        """A share is credited to the challenger."""
        state = state if state.total >= 0 else self.close_bounty(state)
        c, money = state.challengers[who], state.money
        state = with_challenger(state, who, c._replace(opened=Claim.COLLECTED, credit=c.credit + state.each))
        return state._replace(money=money._replace(pot=money.pot - state.each))

"""What has to hold in every reachable state and for every move, by the promise (P), rule (R), attack (A) or
invariant (I) that asks for it: docs/protocol.md, docs/economics.md, docs/attacks.md.

The order of moves (P: "the order of moves never changes the money") is stated like this. At the end everybody's money
is a function of the task's ending and, per challenge, of what it sealed, whether that was opened, and its phase; see
`expected`. Bounties do not depend on the phases. What depends on the order is flat: who is WON and gets the cost of
its moves, and whether a challenge had a verdict of its own (its bond) before the report fell. Two moves about
different challenges, both of which count in one state, either lead to the same state in both orders, or one of them
makes the report fall.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from tests.model.clock import Side
from tests.model.game import Dispute
from tests.model.law import Status
from tests.model.moves import EXITS, Kind, Move
from tests.model.state import EDGES, OPEN, Claim, Content, Money, Phase, Stage, State
from tests.model.strategies import Anybody, HonestChallenger, HonestDefender

OF_A_GAME = (Kind.DESCEND, Kind.SHOW)
OF_A_CHALLENGE = (
    *OF_A_GAME, Kind.COMMIT, Kind.REVEAL, Kind.PROVE, Kind.PROVE_FOR,
    Kind.TIME_OUT, Kind.CLOSE, Kind.OPEN, Kind.COLLECT,
)  # fmt: skip


def of_state(dispute: Dispute, start: State, state: State, moves: list[Move]) -> Iterator[str]:
    """What does not hold in a state.

    Args:
        start: of the dispute.
        moves: all that counts in the state.
    """
    rules, bond = dispute.rules, dispute.rules.bond
    if state.wealth != start.wealth:
        yield f"P2, I1: {start.wealth} at the start, {state.wealth} now"
    if min(state.money) < 0 or any(min(c.stake, c.bonded, c.credit) < 0 for c in state.challengers):
        yield "P1: an account is below zero"
    if any(c.bonded != (bond if c.phase in OPEN else 0) for c in state.challengers):
        yield "I5, P9: a bond is not what open challenges may lose"
    if sum(c.phase is Phase.WON for c in state.challengers) > 1:
        yield "R9: one report is convicted twice"
    if state.stage is Stage.STANDS and state.now > rules.games_end:
        late = [who for who in range(len(state.challengers)) if dispute.status(state, who) is Status.LIVE]
        if late:
            yield f"P6, I16: games {late} are on after {rules.games_end}"
    if dispute.terminal(state):
        if moves:
            yield f"P5, R3: {moves[0]} counts in a terminal state"
        yield from _money(dispute, start, state)
    elif not any(move.kind is Kind.TICK or move.kind in EXITS for move in moves):
        yield "P5, R2, I9: no exit by time alone"


def of_move(dispute: Dispute, before: State, move: Move, after: State) -> Iterator[str]:
    """What a move has done that it must not do."""
    if move.kind is Kind.TICK and after != before._replace(now=before.now + 1):
        yield "I15: time moves more than time"
    if after.stage < before.stage:
        yield "I8: the report goes back"
    for who, (old, new) in enumerate(zip(before.challengers, after.challengers, strict=True)):
        if new.phase is not old.phase and new.phase not in EDGES.get(old.phase, ()):
            yield f"I8, R3: a challenge goes from {old.phase.name} to {new.phase.name}"
        if new.phase is not old.phase and new.phase is Phase.REVEALED and new.clock.since < dispute.rules.secret_end:
            yield "I15: a clock runs before its side may move"
        if not old.phase is new.phase is Phase.REVEALED or after.stage is not Stage.STANDS:
            continue
        if new.clock.challenger > old.clock.challenger or new.clock.defender > old.clock.defender:
            yield "I16: a clock grows"
        if move.kind not in OF_A_GAME or move.who != who:
            if (new.clock, new.claim) != (old.clock, old.claim):
                yield "P6: a game is moved by something else"
            continue
        spent = before.now - old.clock.since
        mine, others = ("defender", "challenger") if old.clock.side is Side.DEFENDER else ("challenger", "defender")
        charged = getattr(old.clock, mine) - getattr(new.clock, mine)
        if charged != min(spent, getattr(old.clock, mine)) or new.clock.since != before.now:
            yield "I15: not every second belongs to the side that was on the clock"
        if getattr(old.clock, others) != getattr(new.clock, others) or new.clock.side is old.clock.side:
            yield "I17: a move costs another's time"
        if move.kind is Kind.DESCEND and new.claim not in dispute.tree.below[old.claim]:
            yield "I21: a descent does not shrink"


def of_pairs(dispute: Dispute, state: State, moves: list[Move]) -> Iterator[str]:
    """Whether the order of two moves about different challenges matters: the last sentence of this module's text."""
    single = [move for move in moves if move.kind in OF_A_CHALLENGE]
    for first, second in combinations(single, 2):
        if first.who == second.who:
            continue
        one, other = dispute.effect(state, first), dispute.effect(state, second)
        if Stage.FELL in (one.stage, other.stage) and state.stage is Stage.STANDS:
            continue
        if dispute.refusals(one, second) or dispute.refusals(other, first):
            yield f"P, I26: {first} and {second} shut each other out"
        elif dispute.effect(one, second) != dispute.effect(other, first):
            yield f"P, I26: the order of {first} and {second} matters"


def of_player(dispute: Dispute, start: State, state: State, player: Anybody) -> Iterator[str]:
    """What happens to an honest party that must not."""
    if isinstance(player, HonestDefender):
        if state.fell:
            yield "P3: an honest verifier is convicted"
        elif dispute.terminal(state):
            have = state.money.verifier_locked + state.money.verifier_stake + state.money.verifier
            if have <= start.money.verifier_locked:
                yield "P3, I18: an honest verifier earns nothing"
    if isinstance(player, HonestChallenger):
        honest, before = state.challengers[0], start.challengers[0]
        if honest.phase in (Phase.LOST, Phase.FORFEITED):
            yield f"P3, I18: an honest challenger's challenge is {honest.phase.name}"
        if state.upheld is Content.SAME:
            yield "P4, I19: a wrong report is final"
        if dispute.terminal(state):
            earned = honest.stake + honest.credit - before.stake
            won = min(dispute.rules.cost, dispute.rules.bounty) if honest.phase is Phase.WON else 0
            if earned != won + (state.each if state.upheld is Content.RIGHT else 0):
                yield "P3, A12: an honest challenger is not paid its share"


def of_reply(dispute: Dispute, move: Move, after: State, player: Anybody) -> Iterator[str]:
    """Whether who has been put on the clock, and is honest, has a usable window."""
    if move.kind not in OF_A_GAME or after.stage is not Stage.STANDS:
        return
    clock = after.challengers[move.who].clock
    deadline = dispute.deadline(clock)
    if isinstance(player, HonestChallenger):
        if move.who != 0 or clock.side is not Side.CHALLENGER:
            return
        # Whatever the verifier does, the absolute end is not in the way.
        deadline = min(deadline, dispute.games_end)
    elif not isinstance(player, HonestDefender) or clock.side is not Side.DEFENDER:
        return
    if deadline - after.now < dispute.rules.reply:
        yield f"R5: {deadline - after.now} ticks for a reply"


def expected(dispute: Dispute, start: State, state: State) -> tuple[Money, list[int]]:
    """All money at the end: the accounts, and what each challenger has gained. By the table of endings, in one go."""
    rules, challengers = dispute.rules, state.challengers
    phases = [c.phase for c in challengers]
    lost, forfeited, won = (phases.count(phase) for phase in (Phase.LOST, Phase.FORFEITED, Phase.WON))
    fell, ended = state.upheld is not Content.SAME, state.upheld is not Content.NONE
    paid = won * min(rules.cost, rules.bounty)
    total = (rules.bounty - paid if fell else 0) + (rules.solver_bounty if fell and ended and rules.rejects else 0)
    right = [
        c.opened is Claim.COLLECTED and c.content is state.upheld and c.content is not dispute.challenged
        for c in challengers
    ]
    rights = sum(right)
    each = total // (2 ** (rights - 1) * rights) if rights else 0
    fee = 0 if not ended else rules.verifier_share if rules.rejects else rules.verifier_fee
    rejected, accepted = ended and rules.rejects, ended and not rules.rejects
    slashed = rules.solver_deposit - rules.submitter_share - rules.verifier_share if rejected else 0
    money = start.money._replace(
        escrow=0,
        solver_locked=0,
        verifier_locked=0,
        solver_stake=0 if rejected else rules.solver_deposit,
        verifier_stake=0 if fell else rules.verifier_deposit,
        solver=rules.fee if accepted else 0,
        verifier=(0 if fell else fee) + lost * rules.cost,
        submitter=(0 if accepted else rules.escrow) + (rules.submitter_share if rejected else 0),
        successor=fee if fell else 0,
        treasury=(rules.tax if accepted else 0) + lost * (rules.bond - rules.cost),
        pot=0,
        burnt=forfeited * rules.bond + (rules.verifier_deposit - paid if fell else 0) + slashed - rights * each,
    )
    gains = [
        each * right[who]
        + (min(rules.cost, rules.bounty) if phase is Phase.WON else 0)
        - (rules.bond if phase in (Phase.LOST, Phase.FORFEITED) else 0)
        for who, phase in enumerate(phases)
    ]
    return money, gains


def _money(dispute: Dispute, start: State, state: State) -> Iterator[str]:
    money, gains = expected(dispute, start, state)
    have = [c.stake + c.bonded + c.credit for c in state.challengers]
    # Stakes are equal, or those of the first ones differ, which stay in their places.
    owned = [c.stake for c in start.challengers]
    if have != [own + gain for own, gain in zip(owned, gains, strict=True)]:
        yield f"P, A12, A21: challengers have {have}, not {gains} more than {owned}"
    if state.money != money:
        yield f"P2, A12, A21: {state.money}, not {money}"
    for c in state.challengers:
        # Who has a commitment of its own around a stolen seal may play, and win its cost, but not the bounty.
        plays = c.content is Content.STOLEN and c.phase is Phase.WON
        paid = min(dispute.rules.cost, dispute.rules.bounty) if plays else 0
        if c.content in (Content.COPIED, Content.STOLEN) and c.credit > paid:
            yield "P8, I14, A18: a copy pays"


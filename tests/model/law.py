"""Which moves count now, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from itertools import permutations

from tests.model.bank import Bank
from tests.model.clock import Clock, Side
from tests.model.moves import Kind, Move, Reason
from tests.model.rules import Rules
from tests.model.state import NO_CLOCK, OPEN, Challenger, Claim, Content, Money, Phase, Stage, State
from tests.model.tree import Tree


class Status(IntEnum):
    """Where a challenge stands now; there is one exit, or none, in each."""

    NONE = 0
    SEALED = 1
    """Committed, and it may still be revealed, now or later."""
    UNREVEALED = 2
    """It can be no more: the bond is to be burnt."""
    WAITING = 3
    """Revealed; the games have not begun."""
    SILENT = 4
    """Revealed, and the secret was not opened."""
    LIVE = 5
    DEFENDER_LATE = 6
    CHALLENGER_LATE = 7
    """Or the game's absolute end has come."""
    FELL = 8
    """The report fell otherwise: the bond is to go back."""
    DECIDED = 9


class Law:
    """What counts in the dispute about one report. Every method is a pure function of the state."""

    def __init__(
        self,
        rules: Rules,
        tree: Tree,
        contents: tuple[Content, ...] = (Content.RIGHT,),
        endings: tuple[Content, ...] = (Content.RIGHT, Content.OTHER, Content.NONE),
    ) -> None:
        """
        Args:
            contents: what challengers may commit to.
            endings: what may be upheld after the report fell.
        """
        self.rules, self.tree, self.contents, self.endings = rules, tree, contents, endings
        self.bank = Bank(rules)
        self.challenged = Content.RIGHT if tree.right else Content.SAME

    def start(self, *stakes: int) -> State:
        """The report has just been given; a challenger for each stake."""
        rules = self.rules
        money = Money(rules.escrow, rules.solver_deposit, rules.verifier_deposit, *[0] * 9)
        nobody = Challenger(Phase.NONE, Content.NONE, 0, NO_CLOCK, Claim.SEALED, 0, 0, 0)
        challengers = tuple(nobody._replace(stake=stake) for stake in stakes)
        return State(0, Stage.STANDS, False, Content.NONE, -1, 0, challengers, money)

    # Where a challenge stands

    def deadline(self, clock: Clock) -> int:
        """Last tick for the side on the clock, if the game does not end before."""
        return clock.deadline(self.rules.reply)

    @property
    def games_end(self) -> int:
        """Absolute end of every game."""
        return self.rules.games_end

    def status(self, state: State, who: int) -> Status:
        """The one classifier of what can become of a challenge."""
        c, now, rules = state.challengers[who], state.now, self.rules
        if c.phase is Phase.NONE:
            return Status.NONE
        if c.phase is Phase.COMMITTED:
            sealed = state.stage is Stage.STANDS and now <= rules.reveal_end
            return Status.SEALED if sealed else Status.UNREVEALED
        if c.phase is not Phase.REVEALED:
            return Status.DECIDED
        if state.stage is not Stage.STANDS:
            return Status.FELL
        if now <= rules.secret_end:
            return Status.WAITING
        if not state.secret:
            return Status.SILENT
        deadline, end = self.deadline(c.clock), self.games_end
        if now <= min(deadline, end):
            return Status.LIVE
        if c.clock.side is Side.DEFENDER and deadline <= end:
            return Status.DEFENDER_LATE
        return Status.CHALLENGER_LATE

    def terminal(self, state: State) -> bool:
        """Whether all is decided and paid."""
        return (
            state.stage is Stage.SETTLED
            and (state.total >= 0 or not state.fell)
            and all(c.phase not in OPEN and c.opened is not Claim.OPENED for c in state.challengers)
        )

    def horizon(self, state: State) -> int:
        """The tick from which on time changes nothing."""
        rules = self.rules
        if state.stage is Stage.FELL:
            return state.now
        if state.stage is Stage.SETTLED:
            return rules.claim + 1 if state.fell and state.total < 0 else state.now
        if any(c.phase is Phase.REVEALED for c in state.challengers):
            return self.games_end + 1 if state.secret or state.now <= rules.reveal_end else rules.secret_end + 1
        return (rules.reveal_end if state.secret else rules.secret_end) + 1

    # What counts

    def alphabet(self, state: State) -> Iterator[Move]:
        """Everything that somebody could send, whether it counts or not. Nobody can send time, or the redraws."""
        for who, c in enumerate(state.challengers):
            for content in self.contents:
                yield Move(Kind.COMMIT, who, content)
            if c.phase is Phase.NONE:
                continue
            for kind in (Kind.REVEAL, Kind.SHOW, Kind.TIME_OUT, Kind.CLOSE, Kind.OPEN, Kind.COLLECT):
                yield Move(kind, who)
            for node in range(self.tree.count):
                yield Move(Kind.DESCEND, who, node)
                yield Move(Kind.DESCEND_FOR, who, node)
            for leaf in self.tree.leaves:
                yield Move(Kind.PROVE, who, leaf)
                yield Move(Kind.PROVE_FOR, who, leaf)
        for kind in (Kind.SECRET, Kind.SILENCE, Kind.SETTLE, Kind.CLOSE_BOUNTY):
            yield Move(kind)

    def moves(self, state: State) -> list[Move]:
        """All that counts now, from every party, and time; not what leaves everything as it is."""
        return [move for move in self._likely(state) if not self.refusals(state, move)]

    def _likely(self, state: State) -> Iterator[Move]:
        """The alphabet without moves that are in vain in this stage, for speed; and time and the redraws."""
        yield Move(Kind.TICK)
        due = False
        for who, c in enumerate(state.challengers):
            if c.phase is Phase.NONE and state.stage is Stage.STANDS:
                for content in self.contents:
                    yield Move(Kind.COMMIT, who, content)
            elif c.phase is Phase.COMMITTED:
                yield Move(Kind.REVEAL, who)
            status = self.status(state, who)
            if status is Status.LIVE:
                yield Move(Kind.SHOW, who)
                for node in self.tree.below[c.claim]:
                    yield Move(Kind.DESCEND, who, node)
                for leaf in self.tree.provable[c.claim]:
                    yield Move(Kind.PROVE, who, leaf)
                    yield Move(Kind.PROVE_FOR, who, leaf)
            elif self.exit(status) is not None:
                due = True
                yield Move(Kind.TIME_OUT, who)
                yield Move(Kind.CLOSE, who)
            if state.stage is Stage.SETTLED:
                yield Move(Kind.OPEN, who)
                yield Move(Kind.COLLECT, who)
        for kind in (Kind.SECRET, Kind.SILENCE, Kind.SETTLE, Kind.CLOSE_BOUNTY):
            yield Move(kind)
        if due:
            # Whoever is swept first may convict, and so change what is due on the next.
            open_ = [str(who + 1) for who, c in enumerate(state.challengers) if c.phase in OPEN]
            for order in permutations(open_):
                yield Move(Kind.SWEEP, 0, int("".join(order)))
        if state.stage is Stage.FELL:
            for content in self.endings:
                yield Move(Kind.RESOLVE, 0, content)

    def exit(self, status: Status) -> Kind | None:
        """What anybody can do about a challenge that nobody else can move."""
        if status in (Status.DEFENDER_LATE, Status.CHALLENGER_LATE):
            return Kind.TIME_OUT
        return Kind.CLOSE if status in (Status.UNREVEALED, Status.FELL) else None

    def refusals(self, state: State, move: Move) -> list[Reason]:
        """Every reason for which a move does not count; none if it does."""
        found: dict[Reason, bool] = {}
        match move.kind:
            case Kind.TICK:
                found[Reason.LATE] = state.now >= self.horizon(state)
            case Kind.SWEEP:
                pass
            case Kind.RESOLVE:
                found[Reason.OPEN] = state.stage is not Stage.FELL
            case Kind.COMMIT | Kind.REVEAL | Kind.SECRET | Kind.SILENCE:
                found = self._refused_phases(state, move)
            case Kind.DESCEND | Kind.DESCEND_FOR | Kind.SHOW | Kind.PROVE | Kind.PROVE_FOR:
                found = self._refused_game(state, move)
            case Kind.TIME_OUT | Kind.CLOSE | Kind.SETTLE:
                found = self._refused_exit(state, move)
            case _:
                found = self._refused_claim(state, move)
        return [reason for reason, holds in found.items() if holds]

    def _refused_phases(self, state: State, move: Move) -> dict[Reason, bool]:
        rules, now, standing = self.rules, state.now, state.stage is Stage.STANDS
        c = state.challengers[move.who]
        if move.kind is Kind.COMMIT:
            return {
                Reason.FALLEN: not standing,
                Reason.LATE: not standing or now > rules.commit_end,
                Reason.STAKE: c.stake < rules.bond,
            }
        if move.kind is Kind.REVEAL:
            return {
                Reason.PHASE: c.phase is not Phase.COMMITTED,
                Reason.EARLY: standing and now <= rules.commit_end,
                Reason.LATE: not standing or now > rules.reveal_end,
                Reason.COMMITMENT: c.content is Content.COPIED,
            }
        if move.kind is Kind.SECRET:
            return {
                Reason.FALLEN: not standing,
                Reason.EARLY: standing and now <= rules.reveal_end,
                Reason.LATE: not standing or now > rules.secret_end,
                Reason.OPENED: state.secret,
            }
        return {
            Reason.FALLEN: not standing,
            # The redraw has its own time.
            Reason.EARLY: state.stage is Stage.FELL or (standing and now <= rules.secret_end),
            Reason.OPENED: state.secret,
        }

    def _refused_game(self, state: State, move: Move) -> dict[Reason, bool]:
        c, status, tree = state.challengers[move.who], self.status(state, move.who), self.tree
        found = {
            Reason.PHASE: c.phase is not Phase.REVEALED,
            Reason.FALLEN: state.stage is not Stage.STANDS,
            Reason.EARLY: status in (Status.SEALED, Status.WAITING),
            Reason.SECRET: status is Status.SILENT,
            Reason.LATE: status in (Status.DEFENDER_LATE, Status.CHALLENGER_LATE),
        }
        if move.kind in (Kind.DESCEND, Kind.DESCEND_FOR):
            found[Reason.CHALLENGER] = move.kind is Kind.DESCEND_FOR
            found[Reason.TURN] = c.clock.side is not Side.CHALLENGER
            found[Reason.OUTSIDE] = move.what not in tree.below[c.claim]
            found[Reason.BOTTOM] = move.what in tree.packed
        elif move.kind is Kind.SHOW:
            found[Reason.TURN] = c.clock.side is not Side.DEFENDER
            found[Reason.HIDDEN] = c.claim in tree.hidden
        else:
            inside = move.what in tree.provable[c.claim]
            found[Reason.OUTSIDE] = not inside
            found[Reason.NO_FAULT] = move.kind is Kind.PROVE_FOR and move.what not in tree.faulty
        return found

    def _refused_exit(self, state: State, move: Move) -> dict[Reason, bool]:
        if move.kind is Kind.SETTLE:
            games = any(c.phase is Phase.REVEALED for c in state.challengers)
            return {Reason.OPEN: state.stage is not Stage.STANDS or not state.secret or games}
        exit_ = self.exit(self.status(state, move.who))
        if move.kind is Kind.TIME_OUT:
            return {Reason.IN_TIME: exit_ is not Kind.TIME_OUT}
        return {Reason.UNDECIDED: exit_ is not Kind.CLOSE}

    def _refused_claim(self, state: State, move: Move) -> dict[Reason, bool]:
        c = state.challengers[move.who]
        # Where the first report stood, there is no bounty.
        ended = state.stage is Stage.SETTLED and state.fell
        early = ended and state.now <= self.rules.claim
        if move.kind is Kind.OPEN:
            digest = Content.RIGHT if c.content is Content.SAME and self.tree.right else c.content
            return {
                Reason.UNSETTLED: not ended,
                Reason.CLAIM_LATE: ended and not early,
                Reason.CLAIMED: c.opened is not Claim.SEALED,
                Reason.UNREVEALED: c.phase in (Phase.NONE, Phase.COMMITTED, Phase.FORFEITED),
                Reason.SEAL: c.content in (Content.STOLEN, Content.COPIED),
                Reason.CHALLENGED: digest is self.challenged,
                Reason.REPORT: digest is not state.upheld,
            }
        if move.kind is Kind.CLOSE_BOUNTY:
            return {Reason.UNSETTLED: not ended, Reason.CLAIM_EARLY: early, Reason.CLOSED: state.total >= 0}
        return {
            Reason.UNOPENED: c.opened is Claim.SEALED,
            Reason.COLLECTED: c.opened is Claim.COLLECTED,
            Reason.CLAIM_EARLY: early,
        }

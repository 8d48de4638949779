"""Challenges, their games and clocks (docs/protocol.md, stages 6 and 7). Who proves what is said by the judges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag
from typing import Any

from pinpoint.commitment.tensor import hash_leaf
from pinpoint.dispute.position import Position
from pinpoint.dispute.position import Stage as Tree
from tests.model.protocol.base import Part
from tests.model.protocol.rounds import Report, Round
from tests.model.protocol.signed import signed_by, state_digest
from tests.model.protocol.words import hashed, is_open, need, task_of

JUDGES = ("ValueJudge", "RootJudge")
POSITION_BITS = 106


class Phase(IntFlag):
    """Of a challenge, in the order of the contracts' flag."""

    COMMITTED, REVEALED, WON, LOST, CLOSED, FORFEITED = (1 << i for i in range(6))


class Reason(IntFlag):
    """What decided a game."""

    PROOF, TIME, CONFLICT = (1 << i for i in range(3))


class Status(Enum):
    """Where a challenge stands at a second, as far as exits are concerned."""

    UNREVEALED, FREED, DEFENDER_LATE, CHALLENGER_LATE, OTHER = range(5)


@dataclass
class Clock:
    """Of two sides; it runs for the defender first."""

    defending: bool
    defender: int
    challenger: int
    since: int

    def deadline(self, reply: int) -> int:
        """The last second of the side whose turn it is; each reply has a least window."""
        return self.since + max(self.defender if self.defending else self.challenger, reply)

    def press(self, now: int) -> Clock:
        """The clock after a move: who moved pays for its time."""
        spent = now - self.since
        if self.defending:
            return Clock(False, max(0, self.defender - spent), self.challenger, now)
        return Clock(True, self.defender, max(0, self.challenger - spent), now)


@dataclass
class Tally:
    """The games of a report: they start when its secret's phase is over."""

    start: int
    budget: int
    revealed: int = 0
    open: int = 0


@dataclass
class Challenge:
    """A challenge, and its game as soon as somebody has moved."""

    number: int
    challenger: int
    report: Report
    sealed: int
    phase: Phase = Phase.COMMITTED
    position: Position | None = None
    clock: Clock | None = None


class Arbitration(Part):
    """All challenges."""

    def start(self) -> None:
        self.challenges: dict[int, Challenge] = {}
        self.tallies: dict[int, Tally] = {}
        # By challenge: the number of the signed state that was posted last.
        self.posted: dict[int, int] = {}
        self.superseded: set[int] = set()

    # Challenger

    def commit_challenge(self, sender: int, report: int, commitment: int) -> None:
        given = self.m.verification.of(report)
        need(self.m.verification.standing(given), "arbitration: fallen")
        need(self.m.now <= given.commit_end, "arbitration: late")
        need(commitment != 0, "arbitration: commitment")
        need(self.m.accounts.stake[sender] >= self.p.challenge_bond, "staking: stake")
        number = len(self.challenges) + 1
        self.challenges[number] = Challenge(number, sender, given, commitment)
        self.say("ChallengeCommitted", number, report, sender, commitment)
        self.m.accounts.pledge(sender, self.p.challenge_bond)

    def reveal_challenge(self, sender: int, number: int, salt: int, sealed: int) -> None:
        c = self.challenges.get(number)
        need(c is not None and c.phase is Phase.COMMITTED, "arbitration: phase")
        assert c is not None
        report = c.report
        reveal_end, secret_end = self.m.verification.ends(report)
        need(self.m.now > report.commit_end, "arbitration: early")
        need(self.m.now <= reveal_end, "arbitration: late")
        need(c.sealed == self.commitment(report.number, c.challenger, salt, sealed), "arbitration: commitment")
        c.phase, c.sealed = Phase.REVEALED, sealed
        order = self._round(c).task.order
        tally = self.tallies.setdefault(report.number, Tally(secret_end, order.budget))
        tally.revealed += 1
        tally.open += 1
        self.say("ChallengeRevealed", number, report.number, c.challenger, sealed)

    def descend(self, sender: int, number: int, legs: tuple[Any, ...]) -> None:
        need(len(legs) != 0, "arbitration: legs")
        c, clock, position = self._live(number)
        need(sender == c.challenger, "arbitration: challenger")
        need(not clock.defending, "arbitration: turn")
        position = self.m.works.descend(position, legs, self._round(c).task.order.geometry)
        deadline = self._press(c, clock, position)
        self.say("Descended", number, int.from_bytes(position.claim, "big"), position.pack(), deadline)

    # Verifier

    def show_children(self, sender: int, number: int, kind: int, count: int, children: tuple[int, ...]) -> None:
        c, clock, position = self._live(number)
        need(clock.defending, "arbitration: turn")
        self.m.works.check_children(position, children, self._round(c).task.order.geometry)
        deadline = self._press(c, clock, position)
        self.say("ChildrenShown", number, kind, count, children, deadline)

    def show_leaf(self, sender: int, number: int, words: tuple[int, ...]) -> None:
        c, clock, position = self._live(number)
        need(clock.defending, "arbitration: turn")
        need(position.stage is Tree.OUTPUT and position.level == 0, "arbitration: position")
        need(hash_leaf(words) == position.claim, "arbitration: leaf")
        deadline = self._press(c, clock, position)
        self.say("LeafShown", number, words, deadline)

    # Two who exchange their moves off chain

    def post_state(
        self, sender: int, number: int, state: tuple[int, ...], by_challenger: bytes, by_verifier: bytes
    ) -> None:
        dispute, count, claim, _, packed, side, defender, challenger = state
        need(number in self.challenges, "verification: report")
        c, since = self.challenges[number], self.m.now
        if number not in self.posted:
            need(c.phase is not Phase.REVEALED or c.clock is None, "arbitration: moved")
            _, clock, _ = self._live(number)
            clock = clock.press(self.m.now)
            since += self.p.reply_window
        else:
            need(c.phase is Phase.REVEALED, "arbitration: phase")
            need(self.m.verification.standing(c.report), "arbitration: fallen")
            need(number not in self.superseded, "arbitration: superseded")
            clock, _ = self._game(c)
            need(self.m.now < clock.since, "arbitration: late")
        need(not is_open(c.report.number), "arbitration: open round")
        need(dispute == number, "arbitration: dispute")
        need(count > self.posted.get(number, 0), "arbitration: stale")
        need(packed < 1 << POSITION_BITS, "arbitration: position")
        need(side <= 1, "arbitration: side")
        digest = state_digest(self.m, state)
        need(signed_by(c.challenger, digest, by_challenger), "arbitration: challenger")
        need(signed_by(c.report.verifier, digest, by_verifier), "arbitration: verifier")
        if number in self.posted:
            self.superseded.add(number)
        self.posted[number] = count
        # Clocks only fall: what has passed on chain is the verifier's.
        c.clock = Clock(side == 1, min(defender, clock.defender), min(challenger, clock.challenger), since)
        c.position = Position.unpack(packed, claim.to_bytes(32, "big"))
        deadline = min(c.clock.deadline(self.p.reply_window), self.end_of(c))
        self.say("StatePosted", number, count, claim, packed, deadline)

    def convict_conflict(
        self,
        sender: int,
        number: int,
        first: tuple[int, ...],
        second: tuple[int, ...],
        by_first: bytes,
        by_second: bytes,
    ) -> None:
        c = self.challenges.get(number)
        need(c is not None and self.playing(c), "arbitration: phase")
        assert c is not None
        need(not is_open(c.report.number), "arbitration: open round")
        need(first[0] == second[0] == number, "arbitration: dispute")
        need(first[1] == second[1], "arbitration: number")
        need(first != second, "arbitration: same")
        signed = (state_digest(self.m, first), by_first), (state_digest(self.m, second), by_second)
        if all(signed_by(c.report.verifier, *each) for each in signed):
            self._convict(c, Reason.CONFLICT)
            return
        need(all(signed_by(c.challenger, *each) for each in signed), "arbitration: signature")
        self._acquit(c, Reason.CONFLICT)

    # The judges

    def decide(self, sender: int, number: int, by: int, faulty: int) -> None:
        """What a proof sent by somebody has shown. Who knows is abstracted: the driver says so in a judge's name."""
        need(sender in [self.m.at[judge] for judge in JUDGES], "arbitration: caller")
        c, _, _ = self._live(number)
        if faulty:
            self._convict(c, Reason.PROOF)
            return
        need(by == c.challenger, "arbitration: no fault")
        self._acquit(c, Reason.PROOF)

    # Anybody

    def time_out(self, sender: int, number: int) -> None:
        status = self.status(number)
        need(status in (Status.DEFENDER_LATE, Status.CHALLENGER_LATE), "arbitration: early")
        self._exit(number, status)

    def close(self, sender: int, number: int) -> None:
        status = self.status(number)
        need(status in (Status.UNREVEALED, Status.FREED), "arbitration: open")
        self._exit(number, status)

    def sweep(self, sender: int, numbers: tuple[int, ...]) -> None:
        for number in numbers:
            self._exit(number, self.status(number))

    # The other parts

    def status(self, number: int) -> Status:
        """Which exit is open, if one is."""
        c = self.challenges.get(number)
        if c is None or c.phase not in (Phase.COMMITTED, Phase.REVEALED):
            return Status.OTHER
        now, reveal_end = self.m.now, self.m.verification.ends(c.report)[0]
        if c.phase is Phase.COMMITTED:
            return Status.UNREVEALED if now > reveal_end else Status.OTHER
        if not self.m.verification.standing(c.report):
            return Status.FREED
        if now <= self.m.verification.ends(c.report)[1] or not c.report.opened:
            return Status.OTHER
        clock, _ = self._game(c)
        deadline, end = clock.deadline(self.p.reply_window), self.end_of(c)
        if now <= min(deadline, end):
            return Status.OTHER
        # An honest challenger is done before the end, whatever the verifier does.
        return Status.DEFENDER_LATE if clock.defending and deadline <= end else Status.CHALLENGER_LATE

    def playing(self, c: Challenge) -> bool:
        """Whether its game is on, and nobody late."""
        report, now = c.report, self.m.now
        if c.phase is not Phase.REVEALED or not self.m.verification.standing(report) or not report.opened:
            return False
        last = min(self._game(c)[0].deadline(self.p.reply_window), self.end_of(c))
        return self.m.verification.ends(report)[1] < now <= last

    def open_in_batch(self, r: Round) -> int:
        """Open games of a task's open round; those of a report that fell are over."""
        reports = [report.number for report in r.reports.values() if is_open(report.number) and not report.fallen]
        return sum(self.tallies[report].open for report in reports if report in self.tallies)

    def end_of(self, c: Challenge) -> int:
        """The last second of a game, whoever is on the clock."""
        tally = self.tallies[c.report.number]
        return tally.start + self.p.game_window(tally.budget)

    def commitment(self, report: int, challenger: int, salt: int, sealed: int) -> int:
        """What a challenger commits to."""
        return hashed(self.m.chain_id, self.m.at["Arbitration"], report, challenger, salt, sealed)

    # Details

    def _round(self, c: Challenge) -> Round:
        return self.m.verification.rounds[task_of(c.report.number)]

    def _game(self, c: Challenge) -> tuple[Clock, Position]:
        tally = self.tallies[c.report.number]
        begins = Clock(True, tally.budget, tally.budget, tally.start)
        return c.clock or begins, c.position or Position(c.report.root.to_bytes(32, "big"))

    def _live(self, number: int) -> tuple[Challenge, Clock, Position]:
        c = self.challenges.get(number)
        need(c is not None and c.phase is Phase.REVEALED, "arbitration: phase")
        assert c is not None
        moved, now = c.clock is not None, self.m.now
        if not moved:
            need(self.m.verification.standing(c.report), "arbitration: fallen")
            need(now > self.m.verification.ends(c.report)[1], "arbitration: early")
            need(c.report.opened, "arbitration: secret")
        need(not c.report.fallen, "arbitration: fallen")
        clock, position = self._game(c)
        need(now >= clock.since, "arbitration: early")
        need(now <= min(clock.deadline(self.p.reply_window), self.end_of(c)), "arbitration: late")
        return c, clock, position

    def _press(self, c: Challenge, clock: Clock, position: Position) -> int:
        c.clock, c.position = clock.press(self.m.now), position
        return min(c.clock.deadline(self.p.reply_window), self.end_of(c))

    def _exit(self, number: int, status: Status) -> None:
        c = self.challenges.get(number)
        if c is None or status is Status.OTHER:
            return
        if status is Status.DEFENDER_LATE:
            self._convict(c, Reason.TIME)
        elif status is Status.CHALLENGER_LATE:
            self._acquit(c, Reason.TIME)
        else:
            revealed = status is Status.FREED
            c.phase = Phase.CLOSED if revealed else Phase.FORFEITED
            self.say("ChallengeClosed", number, c.report.number, revealed)
            if revealed:
                self.m.accounts.restore(c.challenger, self.p.challenge_bond)
            else:
                self.m.accounts.forfeit(c.challenger, self.p.challenge_bond, 0, 0)

    def _convict(self, c: Challenge, reason: Reason) -> None:
        self._end(c, Phase.WON, reason)
        self.m.accounts.restore(c.challenger, self.p.challenge_bond)
        self.m.verification.overturn(c.report.number, c.challenger)

    def _acquit(self, c: Challenge, reason: Reason) -> None:
        self._end(c, Phase.LOST, reason)
        # Its cost to the verifier, the rest to the treasury.
        bond, cost, accounts = self.p.challenge_bond, self.p.challenge_cost, self.m.accounts
        accounts.forfeit(c.challenger, cost, c.report.verifier, cost)
        accounts.forfeit(c.challenger, bond - cost, self.m.treasury, bond - cost)

    def _end(self, c: Challenge, phase: Phase, reason: Reason) -> None:
        c.phase = phase
        self.tallies[c.report.number].open -= 1
        self.say("ChallengeDecided", c.number, c.report.number, c.challenger, phase, reason)

    def say(self, name: str, *values: int | tuple[int, ...]) -> None:
        self.m.say("Arbitration", name, *values)

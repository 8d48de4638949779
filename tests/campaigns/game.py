"""One random game: who lies, where and how, how both sides play, and whether the verdict is right."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from pinpoint.chain.client import DEFENDER, PLACE_BITS, ChallengePhase, Game
from pinpoint.chain.port import CallRefused
from pinpoint.dispute.moves import Move
from tests.campaigns.court import Assizes, Trial
from tests.campaigns.players import DIRECT, INTERACTIVE, JUMPING, HonestChallenger, LyingChallenger, honest_show
from tests.giant_report import WRONG_POSTED, GiantReport, Lie, random_lie

MOST_MOVES = 48
"""Of both sides together, those that are refused not counted."""
MOST_TURNS = 200
INNOCENT = "arbitration: no fault"
NOT_THAT = ("descent: children", "tree: children", "arbitration: leaf")
"""What is shown is not what was committed to."""


class WrongVerdict(AssertionError):
    """A liar has won, an honest side has lost, or somebody's money is not right."""


@dataclass
class Outcome:
    """What a game was, and how it ended.

    Attributes:
        what: how the report is wrong, or "right".
        mode: how the challenger played.
        end: method of the transaction that ended it.
        moves: transactions that counted.
        refused: that were refused, as they ought to be.
        seconds: of this machine.
        wrong: what is wrong with the verdict; empty if nothing is.
    """

    seed: str
    what: str = "right"
    mode: str = ""
    end: str = ""
    moves: int = 0
    refused: int = 0
    seconds: float = 0.0
    wrong: str = ""
    lie: Lie | None = None
    convicted: bool = False
    log: list[str] = field(default_factory=list)


def play(court: Assizes, seed: str) -> Outcome:
    """The game of a seed. It is the same however many were played before."""
    outcome, started = Outcome(seed), perf_counter()
    try:
        with court.port.undone():
            Play(court, Random(seed), outcome).run()
    except (WrongVerdict, CallRefused) as error:
        outcome.wrong = f"{type(error).__name__}: {error}"
    outcome.seconds = perf_counter() - started
    return outcome


class Play:
    """A game as it is played."""

    def __init__(self, court: Assizes, random: Random, outcome: Outcome) -> None:
        self._court, self._random, self._outcome = court, random, outcome
        self._trial: Trial = random.choice(court.trials)
        self._challenger = court.users["whistleblower"]
        honest = self._trial.honest
        self._report: GiantReport = honest
        if random.random() < 0.5:
            outcome.lie = random_lie(random, honest)
            outcome.what = outcome.lie.what
            self._report = honest.lying(outcome.lie)
        self._lying_report = outcome.lie is not None
        # The last of its turns at which a liar still moves.
        self._patience = random.choice((0, 1, 2, 5, MOST_MOVES, MOST_MOVES, MOST_MOVES))

    def run(self) -> None:
        """Report, challenge and play to the end, and compare the end with what it should be."""
        court, trial = self._court, self._trial
        before = {who: court.wealth(who) for who in (self._challenger, trial.verifier)}
        court.report(trial, self._report)
        self._dispute = court.challenge(trial, trial.honest.digest)
        trees = trial.giant.trees
        if self._lying_report:
            self._outcome.mode = self._random.choice((DIRECT, INTERACTIVE, JUMPING))
            honest = HonestChallenger(trial.honest, self._report, trees, self._outcome.mode, self._random)
            self._turns(lambda game: self._defend(game, honest), lambda game: self._challenge(game, honest))
        else:
            self._outcome.mode = "lying"
            liar = LyingChallenger(trial.honest, trees, self._random)
            self._turns(lambda game: self._defend_honestly(game, liar), lambda game: self._accuse(game, liar))
        self._check(before)

    def _turns(self, defend, challenge) -> None:  # type: ignore[no-untyped-def]
        for _ in range(MOST_TURNS):
            if self._court.phase(self._dispute) is not ChallengePhase.REVEALED:
                return
            game = self._court.client.game(self._dispute)
            self._try_exit_early(game)
            (defend if game.side == DEFENDER else challenge)(game)
        raise WrongVerdict(f"expected an end within {MOST_TURNS} turns")

    # The report is wrong.

    def _defend(self, game: Game, challenger: HonestChallenger) -> None:
        """The liar's verifier: by the book, as long as it likes."""
        self._wait(game)
        if self._outcome.mode == DIRECT and self._random.random() < 0.7:
            self._prove(challenger.next_move(game.position))
            return
        if self._patience == 0:
            self._time_out(game)
            return
        self._patience -= 1
        if self._random.random() < 0.1 and self._outcome.what != WRONG_POSTED:
            # What stands in the right report.
            self._refused(self._trial.verifier, honest_show(self._trial.honest, game.position), *NOT_THAT)
        move = honest_show(self._report, game.position)
        self._send(self._trial.verifier, move)
        challenger.learn(game.position, move)

    def _challenge(self, game: Game, challenger: HonestChallenger) -> None:
        self._wait(game)
        self._prove(challenger.next_move(game.position))

    def _prove(self, move: Move) -> None:
        """A proof may come from anybody."""
        proof = move.contract != "Arbitration" and self._random.random() < 0.2
        self._send(self._court.users["stranger"] if proof else self._challenger, move)

    # The report is right.

    def _defend_honestly(self, game: Game, liar: LyingChallenger) -> None:
        self._wait(game)
        if self._random.random() < 0.05 and game.position.level != 0:
            self._refused(self._challenger, liar.wander(game.position), "arbitration: turn")
        self._send(self._trial.verifier, honest_show(self._report, game.position))

    def _accuse(self, game: Game, liar: LyingChallenger) -> None:
        self._wait(game)
        if self._patience == 0:
            self._time_out(game)
            return
        self._patience -= 1
        choice, position = self._random.random(), game.position
        if choice < 0.6:
            self._attempt(self._challenger, liar.wander(position))
        elif choice < 0.7:
            self._refused(self._court.users["stranger"], liar.accuse(position), INNOCENT)
        elif choice < 0.85:
            self._attempt(self._challenger, liar.forge(position))
        else:
            self._send(self._challenger, liar.accuse(position))

    # All.

    def _wait(self, game: Game) -> None:
        """Let time pass, at most to the last second in which a move counts."""
        now = self._court.port.now()
        choice = self._random.random()
        if choice < 0.1:
            self._court.port.warp_to(game.deadline)
        elif choice < 0.4 and now < game.deadline:
            self._court.port.warp_to(self._random.randrange(now, game.deadline))

    def _try_exit_early(self, game: Game) -> None:
        if self._random.random() < 0.1:
            self._refused(self._court.users["stranger"], Move("Arbitration", "time_out", ()), "arbitration: early")

    def _time_out(self, game: Game) -> None:
        self._court.port.warp_to(game.deadline + 1)
        if self._random.random() < 0.5:
            late = honest_show(self._report, game.position)
            if game.side == DEFENDER:
                self._refused(self._trial.verifier, late, "arbitration: late")
        self._send(self._court.users["stranger"], Move("Arbitration", "time_out", ()))

    def _send(self, sender: str, move: Move) -> None:
        self._outcome.log.append(move.method)
        self._court.play(sender, self._dispute, move)
        self._outcome.moves += 1
        self._outcome.end = move.method

    def _attempt(self, sender: str, move: Move) -> None:
        """Send what may be refused."""
        try:
            self._send(sender, move)
        except CallRefused:
            self._outcome.log.append("refused")
            self._outcome.refused += 1

    def _refused(self, sender: str, move: Move, *reasons: str) -> None:
        """Send what has to be refused, for one of these reasons."""
        try:
            self._court.play(sender, self._dispute, move)
        except CallRefused as error:
            if str(error) not in reasons:
                raise WrongVerdict(f"expected {move.method} to be refused with {reasons}, got {error}") from error
            self._outcome.refused += 1
            return
        raise WrongVerdict(f"expected {move.method} to be refused with {reasons}, and it was not")

    def _check(self, before: dict[str, int]) -> None:
        court, trial = self._court, self._trial
        phase = court.phase(self._dispute)
        self._outcome.convicted = phase is ChallengePhase.WON
        expected = ChallengePhase.WON if self._lying_report else ChallengePhase.LOST
        if phase is not expected:
            raise WrongVerdict(f"expected {expected.name}, got {phase.name}")
        if court.client.report(trial.task << PLACE_BITS).standing == self._lying_report:
            raise WrongVerdict("expected the report to stand where it is right, and to fall where it is wrong")
        if self._outcome.moves > MOST_MOVES:
            raise WrongVerdict(f"expected at most {MOST_MOVES} moves, got {self._outcome.moves}")
        moved = {who: court.wealth(who) - amount for who, amount in before.items()}
        parameters = court.client.parameters
        challenger, verifier = moved[self._challenger], moved[trial.verifier]
        if self._lying_report:
            if challenger < 0 or verifier != 0:
                raise WrongVerdict(f"expected an honest challenger to lose nothing, got {challenger}, {verifier}")
        elif (challenger, verifier) != (-parameters.challenge_bond, parameters.challenge_cost):
            raise WrongVerdict(f"expected the bond to pay for the defence, got {challenger}, {verifier}")

"""Arbitration: whoever follows the events knows what the contract knows. Promise 5; rule 22."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pinpoint.chain.client import DEFENDER, Challenge, ChallengePhase
from pinpoint.chain.port import Event
from pinpoint.dispute.position import Position
from pinpoint.replay.report import Report
from tests.games import Game, leg_to, legs_to
from tests.unit.contracts.arbitration.plays import (
    JOB,
    ask,
    close,
    commit_to,
    give,
    overturn,
    prove_innocent,
    reveal,
    send_time_out,
    show,
    to_open,
)
from tests.unit.contracts.arbitration.signing import Pen, keyed_world
from tests.unit.contracts.steps import at


@dataclass
class Index:
    """Challenges and games, from Arbitration's events alone."""

    challenges: dict[int, Challenge] = field(default_factory=dict)
    revealed: Counter[int] = field(default_factory=Counter)
    decided: Counter[int] = field(default_factory=Counter)
    positions: dict[int, Position] = field(default_factory=dict)
    deadlines: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Index:
        """All of it."""
        index = cls()
        for event in events:
            if event.contract == "Arbitration":
                index.take(event)
        return index

    def take(self, event: Event) -> None:
        """One more event."""
        fields = event.fields
        dispute = fields["dispute"]
        match event.name:
            case "ChallengeCommitted":
                self.challenges[dispute] = Challenge(
                    dispute,
                    fields["report"] >> 16,
                    fields["report"],
                    fields["challenger"],
                    ChallengePhase.COMMITTED,
                    fields["commitment"],
                )
            case "ChallengeRevealed":
                self._change(dispute, phase=ChallengePhase.REVEALED, sealed=fields["sealed"])
                self.revealed[fields["report"]] += 1
            case "ChallengeDecided":
                self._change(dispute, phase=ChallengePhase(fields["phase"]))
                self.decided[fields["report"]] += 1
            case "ChallengeClosed":
                phase = ChallengePhase.CLOSED if fields["revealed"] else ChallengePhase.FORFEITED
                self._change(dispute, phase=phase)
            case "Descended" | "StatePosted":
                self.positions[dispute] = Position.unpack(fields["position"], fields["claim"])
        if "deadline" in fields:
            self.deadlines[dispute] = fields["deadline"]

    def _change(self, dispute: int, **changes: object) -> None:
        self.challenges[dispute] = replace(self.challenges[dispute], **changes)  # type: ignore[arg-type]


def check(game: Game) -> Index:
    """The index of all events so far agrees with the contract."""
    index = Index.of(game.world.port.log)
    count = game.world.view("Arbitration", "dispute_count")
    assert sorted(index.challenges) == list(range(1, count + 1))
    for dispute, challenge in index.challenges.items():
        assert game.client.challenge(dispute) == challenge
        number = challenge.report
        assert game.client.revealed(number) == index.revealed[number]
        assert game.world.view("Arbitration", "open_games", number) == index.revealed[number] - index.decided[number]
        if challenge.phase is ChallengePhase.REVEALED and dispute in index.deadlines:
            state = game.client.game(dispute)
            assert state.deadline == index.deadlines[dispute]
            assert state.position == index.positions.get(dispute, state.position)
    return index


def test_a_posted_state_is_followed(honest: Report) -> None:
    """In a game of two who have signed, and after it was superseded."""
    with keyed_world() as world:
        game = Game(world, JOB)
        dispute = game.start(honest, honest.digest)
        pen = Pen(game, dispute, honest.root)
        pen.post(pen.state(2, legs_to(honest, 1), DEFENDER))
        assert check(game).positions[dispute].coordinates == (1,)
        pen.post(pen.state(4, legs_to(honest, 0, 2), DEFENDER))
        assert check(game).positions[dispute].coordinates == (0, 2)
        show(game, dispute, honest)
        check(game)


def test_events_rebuild_everything(game: Game, lying: Report, honest: Report) -> None:
    """Through all that can happen to challenges, in drawn rounds and in the open one."""
    users = ("whistleblower", "other_whistleblower", "stranger", "solver")
    game.report(lying)
    winner, freed, loser, hidden = (game.commit(honest.digest, user) for user in users)
    check(game)
    for dispute, user in zip((winner, freed, loser), users, strict=False):
        game.reveal(dispute, honest.digest, user)
    check(game)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    for step in (
        lambda: show(game, freed, lying),
        lambda: show(game, loser, lying),
        lambda: ask(game, freed, *legs_to(lying, 1), user=users[1]),
        lambda: show(game, freed, lying),
        lambda: ask(game, freed, *[leg_to(lying.tree(1), 2)], user=users[1]),
        lambda: close(game, hidden),
        lambda: prove_innocent(game, loser, lying, users[2]),
        lambda: overturn(game, winner, honest, lying),
        lambda: close(game, freed),
    ):
        step()
        check(game)
    to_open(game)
    numbers = give(game, {"other_solver": lying, "stranger": honest})
    one = commit_to(game, numbers["other_solver"], honest.digest)
    two = commit_to(game, numbers["stranger"], lying.digest)
    game.at(game.client.report(numbers["stranger"]).commit_end + 1)
    for dispute, digest in ((one, honest.digest), (two, lying.digest)):
        reveal(game, dispute, digest)
    game.at(game.client.report(numbers["stranger"]).secret_end + 1)
    show(game, two, honest)
    check(game)
    for late in (one, two):
        at(max(game.client.game(d).deadline for d in (one, two)) + 1)
        send_time_out(game, late)
    index = check(game)
    assert {challenge.phase for challenge in index.challenges.values()} == set(ChallengePhase) - {
        ChallengePhase.NONE,
        ChallengePhase.COMMITTED,
        ChallengePhase.REVEALED,
    }

"""Arbitration: verdicts, and challenges that end without one. Promises 4, 5, 8; rules 9, 10, 11."""

from __future__ import annotations

import pytest

from pinpoint.chain.client import ChallengePhase, VerificationPhase
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Leg
from pinpoint.replay.report import Report
from tests.games import Forged, Game, innocent_moves, leg_to, legs_to
from tests.unit.contracts.arbitration.plays import (
    BOND,
    BUDGET,
    COST,
    JOB,
    PACK,
    WIDE,
    ask,
    challenge_of,
    close,
    fall_silent,
    overturn,
    prove_innocent,
    send_time_out,
    show,
)
from tests.unit.contracts.steps import ZERO, at, check_exit, events, refused

PROOF, TIME = 1, 2
"""IArbitration.Reason."""


def test_only_the_judges_decide(game: Game, just: int) -> None:
    for user in ("stranger", "whistleblower", "deployer", game.verifier):
        for faulty in (True, False):
            with refused("arbitration: caller"):
                game.world.send(user, "Arbitration", "decide", just, game.world["whistleblower"], faulty)


def test_a_conviction(game: Game, just: int, lying: Report, honest: Report) -> None:
    world, number, verifier = game.world, game.number, game.verifier
    challenger = world["whistleblower"]
    before = world.view("Staking", "stake", challenger)
    receipt = game.prove_directly(just, honest, lying)
    logged = events(receipt)
    assert logged["ChallengeDecided"] == [
        {
            "dispute": just,
            "report": number,
            "challenger": challenger,
            "phase": ChallengePhase.WON,
            "reason": PROOF,
        }
    ]
    assert logged["Restored"] == [{"owner": challenger, "amount": BOND}]
    assert challenge_of(world, just).phase == ChallengePhase.WON
    assert world.view("Staking", "stake", challenger) == before + BOND
    assert world.view("Staking", "bonded", challenger) == 0
    assert world.view("Arbitration", "open_games", number) == 0
    assert world.view("Arbitration", "revealed", number) == 1
    now = game.client.round(game.task)
    assert (now.phase, now.round) == (VerificationPhase.DRAWING, 1)
    [slashed] = logged["VerifierSlashed"]
    assert (slashed["report"], slashed["challenger"]) == (number, challenger)
    assert logged["Slashed"][0]["owner"] == world[verifier]


def test_an_acquittal(game: Game, dispute: int, honest: Report) -> None:
    world, verifier = game.world, game.client.round(game.task).verifier
    challenger, number = world["whistleblower"], game.number
    stake = world.view("Staking", "stake", challenger)
    treasury = world.view("Staking", "credit", world["treasury"])
    receipt = prove_innocent(game, dispute, honest)
    assert events(receipt)["ChallengeDecided"] == [
        {
            "dispute": dispute,
            "report": number,
            "challenger": challenger,
            "phase": ChallengePhase.LOST,
            "reason": PROOF,
        }
    ]
    assert world.view("Staking", "stake", challenger) == stake
    assert world.view("Staking", "bonded", challenger) == 0
    assert world.view("Staking", "credit", verifier) == COST
    assert world.view("Staking", "credit", world["treasury"]) == treasury + BOND - COST
    assert world.view("Arbitration", "open_games", number) == 0
    assert world.view("Verification", "is_final", game.task)


def test_a_stranger_can_convict(game: Game, just: int, lying: Report, honest: Report) -> None:
    """Promise 8, rule 10: what its proof earns is the challenger's."""
    stranger = game.world.wealth("stranger")
    receipt = game.prove_directly(just, honest, lying, "stranger")
    assert game.phase(just) is ChallengePhase.WON
    logged = events(receipt)
    assert {paid["receiver"] for paid in logged["Slashed"]} == {game.world["whistleblower"]}
    assert logged["Slashed"][0]["paid"] == COST
    assert game.world.wealth("stranger") == stranger


def test_a_stranger_cannot_lose_somebodys_challenge(game: Game, just: int, lying: Report) -> None:
    """A true statement about a right place of a wrong report decides nothing, unless the challenger makes it."""
    proof = innocent_moves(game.case(lying, Whole(lying)), 0, 0, WIDE, 0, 0)["input"]
    for user in ("stranger", "other_whistleblower", game.verifier):
        with refused("arbitration: no fault"):
            game.play(just, proof, user)
    game.play(just, proof)
    assert game.phase(just) is ChallengePhase.LOST


@pytest.mark.parametrize("who", ["verifier", "challenger"])
def test_a_time_out_says_so(game: Game, fresh: int, honest: Report, who: str) -> None:
    if who == "challenger":
        show(game, fresh, honest)
    at(game.windows.secret_end + BUDGET + 2)
    receipt = send_time_out(game, fresh)
    [logged] = events(receipt)["ChallengeDecided"]
    phase = ChallengePhase.WON if who == "verifier" else ChallengePhase.LOST
    assert (logged["phase"], logged["reason"]) == (phase, TIME)


def test_a_whole_game_of_one_sides_shows(game: Game, just: int, lying: Report, honest: Report) -> None:
    """Promise 4: the challenger knows nothing of the report but what it is shown, and wins."""
    count = game.play_out(just, honest, lying)
    assert game.phase(just) is ChallengePhase.WON
    assert count <= 20


def test_a_hash_of_zeros_is_a_hash(game: Game, honest: Report) -> None:
    """Rule 1: a place whose hash is zero is not the root, and the game there has a winner."""
    report = Forged(JOB.program, game.segments, packs={(1, 0): lambda leaves: [ZERO, leaves[1]]})
    dispute = game.start(report, honest.digest)
    show(game, dispute, report)
    with refused("arbitration: bottom"):
        ask(game, dispute, *legs_to(report, 1, 0, PACK, 0))
    with game.world.undone():
        game.prove_directly(dispute, honest, report)
        assert game.phase(dispute) is ChallengePhase.WON
    game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


def test_nobody_can_show_what_is_below_zeros(game: Game, honest: Report) -> None:
    """Rule 1: asked for a node of zeros, the verifier cannot show what is below the root instead."""

    class Hollow(Forged):
        """A step of which nothing stands anywhere."""

        def _trace(self, sample, step, leaves):  # type: ignore[no-untyped-def]
            found = super()._trace(sample, step, leaves)
            if (sample, step) == (1, 1):
                found.levels[0][WIDE] = ZERO
                return type(found)(found.kind, found.levels[0])
            return found

    report = Hollow(JOB.program, game.segments)
    dispute = game.start(report, honest.digest)
    show(game, dispute, report)
    trace = report.tree(1, 1)
    ask(game, dispute, *legs_to(report, 1, 1), Leg(ZERO, 0, WIDE, 0, 0, leg_to(trace, WIDE).siblings))
    at_zero = game.client.game(dispute).position
    assert at_zero.coordinates == (1, 1, WIDE)
    for kind, count, children in [
        (0, 0, report.tree().levels[0]),
        (1, 3, report.tree().levels[0]),
        (1, 6, honest.tree(1, 1, WIDE).children(honest.tree(1, 1, WIDE).height, 0)),
    ]:
        with refused("descent: (kind|children)"):
            game.world.send("stranger", "Arbitration", "show_children", dispute, kind, count, children)
    at(game.client.game(dispute).deadline + 1)
    send_time_out(game, dispute)
    assert game.phase(dispute) is ChallengePhase.WON


# Without a verdict


def test_an_unrevealed_bond_is_burnt_after_the_reveals(game: Game, honest: Report) -> None:
    """Rule 9: it is burnt once."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    burnt = game.world.view("Staking", "burnt")
    check_exit(game.world, game.windows.reveal_end, "arbitration: open", lambda: close(game, dispute))
    assert game.phase(dispute) is ChallengePhase.FORFEITED
    assert game.world.view("Staking", "burnt") == burnt + BOND
    with refused("arbitration: open"):
        close(game, dispute)
    assert game.world.view("Staking", "burnt") == burnt + BOND


@pytest.mark.parametrize("end", ["overturned", "settled"])
def test_an_unrevealed_bond_is_burnt_after_the_round_too(game: Game, lying: Report, honest: Report, end: str) -> None:
    """Rule 11: whatever became of the report, whoever hides its challenge pays."""
    game.report(lying if end == "overturned" else honest)
    number, hidden = game.number, game.commit(honest.digest, "other_whistleblower")
    right = game.commit(honest.digest)
    game.at(game.windows.commit_end + 1)
    if end == "overturned":
        game.reveal(right, honest.digest)
        game.open_secret()
        game.at(game.windows.secret_end + 1)
        overturn(game, right, honest, lying)
    else:
        game.open_secret()
        game.settle()
    burnt = game.world.view("Staking", "burnt")
    receipt = close(game, hidden)
    assert events(receipt)["ChallengeClosed"] == [{"dispute": hidden, "report": number, "revealed": False}]
    assert game.world.view("Staking", "burnt") == burnt + BOND
    assert game.world.view("Staking", "bonded", game.world["other_whistleblower"]) == 0


def test_an_open_game_cannot_be_closed(game: Game, dispute: int) -> None:
    with refused("arbitration: open"):
        close(game, dispute)
    with refused("arbitration: open"):
        close(game, 999)
    at(game.client.game(dispute).deadline + 1)
    with refused("arbitration: open"):
        close(game, dispute)


def test_a_game_whose_report_fell_otherwise_gives_the_bond_back(game: Game, lying: Report, honest: Report) -> None:
    first, second = game.start(lying, honest.digest, "whistleblower", "other_whistleblower")
    number = game.number
    game.prove_directly(first, honest, lying)
    stake = game.world.view("Staking", "stake", game.world["other_whistleblower"])
    receipt = close(game, second)
    assert events(receipt)["ChallengeClosed"] == [{"dispute": second, "report": number, "revealed": True}]
    assert game.phase(second) is ChallengePhase.CLOSED
    assert game.world.view("Staking", "stake", game.world["other_whistleblower"]) == stake + BOND
    for decided in (first, second):
        with refused("arbitration: open"):
            close(game, decided)


def test_silence_gives_every_revealed_bond_back(game: Game, honest: Report) -> None:
    """Attack A12: the secret stays closed, and the report is overturned without a game."""
    game.report(honest)
    users = ("whistleblower", "other_whistleblower")
    disputes = [game.commit(honest.digest, user) for user in users]
    for dispute, user in zip(disputes, users, strict=True):
        game.reveal(dispute, honest.digest, user)
    at(game.windows.secret_end + 1)
    fall_silent(game)
    for dispute, user in zip(disputes, users, strict=True):
        stake = game.world.view("Staking", "stake", game.world[user])
        close(game, dispute)
        assert game.world.view("Staking", "stake", game.world[user]) == stake + BOND

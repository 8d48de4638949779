"""Arbitration: whoever signs two different states of one number loses. Attack A28; rules 3, 20."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pinpoint.chain.client import DEFENDER, ChallengePhase
from pinpoint.dispute.messages import State
from pinpoint.replay.report import Report
from tests.games import CHALLENGER_USER, Game, legs_to
from tests.unit.contracts.arbitration.plays import BOND, BUDGET, JOB, REPLY, ask, overturn, send_time_out, show
from tests.unit.contracts.arbitration.signing import Pen, keyed_world
from tests.unit.contracts.steps import at, check_window, events, refused

CONFLICT = 4
"""IArbitration.Reason."""


@pytest.fixture(scope="module")
def table() -> Iterator[Game]:
    """A task among users with keys."""
    with keyed_world() as world:
        yield Game(world, JOB)


@pytest.fixture
def pen(game: Game, fresh: int, honest: Report) -> Pen:
    """A game about the right report, in its first second, of two who sign."""
    return Pen(game, fresh, honest.root)


@pytest.fixture
def pair(pen: Pen, honest: Report) -> tuple[State, State]:
    """Two states of number 3."""
    return pen.state(3, legs_to(honest, 0), DEFENDER), pen.state(3, legs_to(honest, 1), DEFENDER)


@pytest.mark.parametrize("side", ["verifier", "challenger"])
def test_whoever_signed_both_loses(game: Game, pen: Pen, pair: tuple[State, State], side: str) -> None:
    """Either side, shown by anybody, in either order."""
    signer = pen.verifier if side == "verifier" else CHALLENGER_USER
    number, challenger = game.number, game.world[CHALLENGER_USER]
    phase = ChallengePhase.WON if side == "verifier" else ChallengePhase.LOST
    for first, second in (pair, pair[::-1]):
        for user in ("stranger", CHALLENGER_USER, pen.verifier):
            with game.world.undone():
                receipt = pen.convict(first, second, signer, user=user)
                decided = {
                    "dispute": pen.dispute,
                    "report": number,
                    "challenger": challenger,
                    "phase": phase,
                    "reason": CONFLICT,
                }
                assert events(receipt)["ChallengeDecided"] == [decided]
                assert game.phase(pen.dispute) is phase
                assert game.round == (1 if side == "verifier" else 0)
                returned = game.world.view("Staking", "bonded", challenger) == 0
                kept = "Restored" in events(receipt)
                assert returned and kept is (side == "verifier")


@pytest.mark.parametrize(
    "changes",
    [
        {"claim": bytes(32)},
        {"trace": b"\1" * 32},
        {"position": 1},
        {"side": 0},
        {"defender_left": BUDGET - 1},
        {"challenger_left": 2**256 - 1},
    ],
    ids=str,
)
def test_any_difference_is_a_conflict(
    game: Game, pen: Pen, pair: tuple[State, State], changes: dict[str, int]
) -> None:
    """Also one in a state that could not be posted."""
    first = pair[0]
    pen.convict(first, replace(first, **changes), CHALLENGER_USER)  # type: ignore[arg-type]
    assert game.phase(pen.dispute) is ChallengePhase.LOST


def test_a_game_has_one_verdict(game: Game, pen: Pen, pair: tuple[State, State]) -> None:
    """Rule 3: where both have signed two, whose are shown first loses, and the other's count no more."""
    for signer, other, phase in [
        (pen.verifier, CHALLENGER_USER, ChallengePhase.WON),
        (CHALLENGER_USER, pen.verifier, ChallengePhase.LOST),
    ]:
        with game.world.undone():
            pen.convict(*pair, signer)
            with refused("arbitration: phase"):
                pen.convict(*pair, other)
            assert game.phase(pen.dispute) is phase


def test_what_is_no_conflict(game: Game, pen: Pen, pair: tuple[State, State], honest: Report) -> None:
    """Two numbers, one state twice, two signers, a stranger, another dispute."""
    first, second = pair
    for signer in (CHALLENGER_USER, pen.verifier):
        with refused("arbitration: number"):
            pen.convict(first, replace(second, number=4), signer)
        with refused("arbitration: same"):
            pen.convict(first, first, signer)
        for changed in ((replace(first, dispute=99), second), (first, replace(second, dispute=99))):
            with refused("arbitration: dispute"):
                pen.convict(*changed, signer)
    for signer, other in [
        ("stranger", "stranger"),
        (CHALLENGER_USER, pen.verifier),
        (pen.verifier, CHALLENGER_USER),
        (CHALLENGER_USER, "stranger"),
        ("stranger", pen.verifier),
    ]:
        with refused("arbitration: signature"):
            pen.convict(first, second, signer, other)
    assert game.phase(pen.dispute) is ChallengePhase.REVEALED


def test_a_signature_counts_for_its_own_state(game: Game, pen: Pen, pair: tuple[State, State]) -> None:
    """Rule 20: nobody is convicted by one signature shown twice, or by signatures exchanged."""
    one, other = (pen.sign(state) for state in pair)
    first, second = (state.arguments() for state in pair)
    for signatures in ((one, one), (other, one), (one, b""), (other, other), (one, other[:-1])):
        with refused("arbitration: signature"):
            game.world.send("stranger", "Arbitration", "convict_conflict", pen.dispute, first, second, *signatures)
    for contract in ("Verification", "Settlement"):
        foreign = [pen.sign(state, contract=contract) for state in pair]
        with refused("arbitration: signature"):
            game.world.send("stranger", "Arbitration", "convict_conflict", pen.dispute, first, second, *foreign)


def test_a_conflict_counts_while_the_game_lasts(game: Game, pen: Pen, pair: tuple[State, State]) -> None:
    """Rule 4: whoever is late has lost by that."""
    last = game.client.game(pen.dispute).deadline
    for signer in (CHALLENGER_USER, pen.verifier):
        with game.world.undone():
            at(last - 1)
            check_window(game.world, last, "arbitration: phase", lambda by=signer: pen.convict(*pair, by))


def test_a_conflict_counts_on_and_after_moves(
    game: Game, pen: Pen, pair: tuple[State, State], honest: Report
) -> None:
    """Whoever leaves for the chain takes what it signed along."""
    show(game, pen.dispute, honest)
    with game.world.undone():
        pen.convict(*pair, CHALLENGER_USER)
        assert game.phase(pen.dispute) is ChallengePhase.LOST
    ask(game, pen.dispute, *legs_to(honest, 0))
    pen.convict(*pair, pen.verifier)
    assert game.phase(pen.dispute) is ChallengePhase.WON


@pytest.mark.parametrize("second", [0, REPLY - 2, REPLY, REPLY + 10])
def test_a_conflict_counts_in_the_pause_and_after(
    game: Game, pen: Pen, pair: tuple[State, State], second: int
) -> None:
    """Also about the number that was posted."""
    pen.post(pair[0])
    game.at(game.windows.secret_end + 2 + second)
    for signer, phase in ((CHALLENGER_USER, ChallengePhase.LOST), (pen.verifier, ChallengePhase.WON)):
        with game.world.undone():
            pen.convict(*pair, signer)
            assert game.phase(pen.dispute) is phase
            with refused("arbitration: phase"):
                pen.post(pen.state(9))


def test_a_conflict_counts_in_no_other_time(game: Game, lying: Report, honest: Report) -> None:
    """Rule 3: before the games, after the verdict, in a game whose report has fallen."""
    game.report(lying)
    dispute, winner = game.commit(honest.digest), game.commit(honest.digest, "other_whistleblower")
    pen = Pen(game, dispute, lying.root)
    pair = pen.state(1, legs_to(lying, 0)), pen.state(1, legs_to(lying, 1))

    def refuse() -> None:
        for signer in (CHALLENGER_USER, pen.verifier):
            with refused("arbitration: phase"):
                pen.convict(*pair, signer)

    refuse()
    game.reveal(dispute, honest.digest)
    game.reveal(winner, honest.digest, "other_whistleblower")
    refuse()
    with game.world.undone():
        at(game.windows.secret_end + 1)
        refuse()
    game.open_secret()
    at(game.windows.secret_end)
    refuse()
    at(game.windows.secret_end + 1)
    with game.world.undone():
        at(game.client.game(dispute).deadline + 1)
        refuse()
        send_time_out(game, dispute)
        refuse()
    overturn(game, winner, honest, lying)
    refuse()
    with refused("arbitration: phase"):
        game.world.send(
            "stranger", "Arbitration", "convict_conflict", 999, *(s.arguments() for s in pair), b"", b""
        )


def test_the_money_is_that_of_any_verdict(game: Game, pen: Pen, pair: tuple[State, State]) -> None:
    """Promise 8: a stranger earns nothing by it."""
    world, before = game.world, game.world.wealth("stranger")
    challenger = world.wealth(CHALLENGER_USER)
    with world.undone():
        pen.convict(*pair, CHALLENGER_USER)
        assert world.wealth(CHALLENGER_USER) == challenger
    receipt = pen.convict(*pair, pen.verifier)
    [slashed] = events(receipt)["Slashed"]
    assert (slashed["receiver"], slashed["paid"]) == (world[CHALLENGER_USER], world.parameters.challenge_cost)
    assert world.wealth(CHALLENGER_USER) == challenger + BOND + slashed["paid"]
    assert world.wealth("stranger") == before

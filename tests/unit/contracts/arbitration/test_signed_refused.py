"""Arbitration: which signed states count, and whose signatures. Promise 10; attack A28; rules 1, 3, 15, 20."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import boa
import pytest

from pinpoint.chain.client import CHALLENGER, DEFENDER
from pinpoint.replay.report import Report
from pinpoint.roles.whistleblower import seal
from tests.games import CHALLENGER_USER, SALT, SEAL, Game, legs_to
from tests.unit.contracts.arbitration.plays import (
    BUDGET,
    JOB,
    REPLY,
    overturn,
    send_time_out,
    show,
)
from tests.unit.contracts.arbitration.signing import KEYS, Pen, keyed_world
from tests.unit.contracts.steps import at, check_window, refused

WALLET = boa.load_partial("contracts/mocks/WalletMock.vy")
HONEST, LAX, REVERTS = 1, 2, 64
"""Its modes."""


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
def start(game: Game, fresh: int) -> int:
    """The second before the games."""
    return game.windows.secret_end


def test_a_state_counts_only_before_the_first_move(game: Game, pen: Pen, honest: Report) -> None:
    """Whoever moves on chain has left what was signed."""
    show(game, pen.dispute, honest)
    for state in (pen.state(1), pen.state(2**256 - 1)):
        with refused("arbitration: moved"):
            pen.post(state)


def test_a_state_counts_while_the_verifier_may_move(game: Game, pen: Pen, start: int) -> None:
    """Rule 4."""
    check_window(game.world, start + BUDGET, "arbitration: late", lambda: pen.post(pen.state(1)))


def test_a_state_needs_a_live_game(game: Game, honest: Report, lying: Report) -> None:
    """Rules 1, 3."""
    game.report(lying)
    users = (CHALLENGER_USER, "other_whistleblower", "stranger")
    dispute, winner, hidden = (game.commit(honest.digest, user) for user in users)
    pen, secret_end = Pen(game, dispute, lying.root), game.windows.secret_end
    state = pen.state(1)
    with refused("arbitration: phase"):
        pen.post(state)
    game.reveal(dispute, honest.digest)
    game.reveal(winner, honest.digest, "other_whistleblower")
    with refused("arbitration: early"):
        pen.post(state)
    with game.world.undone():
        at(secret_end + 1)
        with refused("arbitration: secret"):
            pen.post(state)
    game.open_secret()
    at(secret_end)
    with refused("arbitration: early"):
        pen.post(state)
    at(secret_end + 1)
    other = Pen(game, hidden, lying.root)
    with refused("arbitration: phase"):
        other.post(other.state(1))
    with refused("verification: report"):
        Pen(game, 999, lying.root).post(replace(state, dispute=999))
    for posted_before in (False, True):
        with game.world.undone():
            if posted_before:
                pen.post(state)
            overturn(game, winner, honest, lying)
            with refused("arbitration: fallen"):
                pen.post(pen.state(2))
    pen.post(state)
    game.at(pen.clock[1] + 1)
    send_time_out(game, dispute)
    with refused("arbitration: phase"):
        pen.post(pen.state(2))


def test_a_state_needs_both_signatures(game: Game, pen: Pen, honest: Report) -> None:
    """Rule 20: bound to contract, dispute, number and side."""
    state, verifier = pen.state(2, legs_to(honest, 0), DEFENDER), pen.verifier
    others = [
        pen.sign(state, "stranger"),
        pen.sign(replace(state, number=3)),
        pen.sign(replace(state, defender_left=BUDGET - 1)),
        pen.sign(replace(state, dispute=pen.dispute + 1)),
        pen.sign(state, contract="Verification"),
        pen.sign(state)[:-1],
        b"",
        bytes(65),
    ]
    for bad in (*others, pen.sign(state, verifier)):
        with refused("arbitration: challenger"):
            pen.post(state, challenger=bad)
    others[1:5] = [
        pen.sign(replace(state, number=3), verifier),
        pen.sign(replace(state, defender_left=BUDGET - 1), verifier),
        pen.sign(replace(state, dispute=pen.dispute + 1), verifier),
        pen.sign(state, verifier, contract="Verification"),
    ]
    for bad in (*others, pen.sign(state)):
        with refused("arbitration: verifier"):
            pen.post(state, verifier=bad)
    pen.post(state)


def test_a_state_is_of_its_dispute(game: Game, honest: Report) -> None:
    """Rule 6: what was signed in one game counts in no other."""
    first, second = game.start(honest, honest.digest, CHALLENGER_USER, "other_whistleblower")
    one, other = Pen(game, first, honest.root), Pen(game, second, honest.root)
    with refused("arbitration: dispute"):
        one.post(other.state(1))
    one.post(one.state(1))
    other.post(other.state(1), challenger=other.sign(other.state(1), "other_whistleblower"))


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("stale", {"number": 0}),
        ("position", {"position": 2**106}),
        ("position", {"position": 2**256 - 1}),
        ("side", {"side": 2}),
        ("side", {"side": 2**256 - 1}),
    ],
)
def test_a_state_fits_its_word(game: Game, pen: Pen, reason: str, changes: dict[str, int]) -> None:
    """Rule 15, promise 10: no field runs over into another."""
    state = replace(pen.state(1), **changes)  # type: ignore[arg-type]
    with refused(f"arbitration: {reason}"):
        pen.post(state)


def test_the_largest_state_that_fits(game: Game, pen: Pen, start: int) -> None:
    """Rule 15: what stands beside a position and clocks that are all ones is untouched."""
    most = 2**256 - 1
    state = pen.state(most, side=DEFENDER, position=2**106 - 1, defender_left=most, challenger_left=most)
    pen.post(state)
    assert pen.clock == (DEFENDER, start + 1 + REPLY + BUDGET - 1)
    at(start + 1 + REPLY)
    live = game.world.view("Arbitration", "live_game", pen.dispute)
    assert (live.position, live.report) == (2**106 - 1, game.number)
    assert game.world.view("Arbitration", "posted", pen.dispute) == most


# Wallets


@pytest.mark.parametrize("mode", [HONEST, LAX, REVERTS])
def test_a_challenger_may_be_a_contract(game: Game, honest: Report, mode: int) -> None:
    """ERC-1271: it says itself what it has signed."""
    world, wallet = game.world, WALLET.deploy(KEYS["stranger"].address, mode)
    world.send("stranger", "Token", "transfer", wallet.address, 10**21)
    port, staking = world.port, world.deployment.addresses["Staking"]
    port.send(wallet.address, "Token", "approve", staking, 10**21)
    port.send(wallet.address, "Staking", "deposit", 10**21)
    game.report(honest)
    sealed = seal(game.task, wallet.address, honest.digest, SEAL)
    commitment = world.view("Arbitration", "commitment_of", game.number, wallet.address, SALT, sealed)
    receipt = port.send(wallet.address, "Arbitration", "commit_challenge", game.number, commitment)
    dispute = receipt.event("ChallengeCommitted").fields["dispute"]
    game.at(game.windows.commit_end + 1)
    world.send("stranger", "Arbitration", "reveal_challenge", dispute, SALT, sealed)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    pen = Pen(game, dispute, honest.root)
    state = pen.state(1)
    with game.world.undone():
        if mode == LAX:
            pen.post(state)
        else:
            with refused("arbitration: challenger"):
                pen.post(state)
    if mode == REVERTS:
        with refused("arbitration: challenger"):
            pen.post(state, challenger=pen.sign(state, "stranger"))
        return
    pen.post(state, challenger=pen.sign(state, "stranger"))
    assert game.client.game(dispute).side == CHALLENGER

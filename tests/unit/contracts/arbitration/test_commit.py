"""Arbitration: commitments and reveals. Promises 4, 8; rules 12, 20."""

from __future__ import annotations

import boa
import pytest
from eth_abi import encode

from pinpoint.chain.client import DEFENDER, ChallengePhase
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.position import Position
from pinpoint.replay.report import Report
from tests.boa_port import DEPLOYERS
from tests.games import SALT, Game
from tests.unit.contracts.arbitration.plays import BOND, BUDGET, challenge_of, overturn, reveal
from tests.unit.contracts.steps import (
    NOBODY,
    ZERO,
    at,
    check_window,
    events,
    refused,
    report_id,
    some_hash,
)
from tests.world import PARAMETERS

# Deployment


@pytest.mark.parametrize("missing", range(6))
def test_every_address_is_needed(missing: int) -> None:
    addresses = [boa.env.generate_address() for _ in range(6)]
    addresses[missing] = NOBODY
    with boa.reverts("arbitration: address"):
        DEPLOYERS["Arbitration"].deploy(*addresses, PARAMETERS.arguments())


def test_the_suite_knows_itself(table: Game) -> None:
    world = table.world
    for name, contract in [
        ("STAKING", "Staking"),
        ("REGISTRY", "TaskRegistry"),
        ("VERIFICATION", "Verification"),
        ("SETTLEMENT", "Settlement"),
        ("VALUE_JUDGE", "ValueJudge"),
        ("ROOT_JUDGE", "RootJudge"),
    ]:
        assert world.view("Arbitration", name) == world.deployment.addresses[contract]


# Commitments


def test_a_commitment_takes_the_flat_bond(game: Game, honest: Report) -> None:
    """Attack A23: the bond of the first is that of the last."""
    game.report(honest)
    world, user = game.world, game.world["whistleblower"]
    stake, count = world.view("Staking", "stake", user), world.view("Arbitration", "dispute_count")
    for place in range(1, 4):
        receipt = world.send("whistleblower", "Arbitration", "commit_challenge", game.number, some_hash(place))
        logged = events(receipt)
        committed = {
            "dispute": count + place,
            "report": game.number,
            "challenger": user,
            "commitment": some_hash(place),
        }
        assert logged == {"ChallengeCommitted": [committed], "Pledged": [{"owner": user, "amount": BOND}]}
        assert world.view("Staking", "stake", user) == stake - place * BOND
        assert world.view("Staking", "bonded", user) == place * BOND
        challenge = challenge_of(world, count + place)
        assert (challenge.task, challenge.report, challenge.challenger) == (game.task, game.number, user)
        assert (challenge.phase, challenge.sealed) == (ChallengePhase.COMMITTED, some_hash(place))
    assert world.view("Arbitration", "revealed", game.number) == 0
    assert world.view("Arbitration", "open_games", game.number) == 0


def test_a_commitment_counts_up_to_its_deadline(game: Game, honest: Report) -> None:
    """Rule 4."""
    game.report(honest)
    last = game.windows.commit_end
    check_window(game.world, last, "arbitration: late", lambda: game.commit(honest.digest))


def test_only_a_report_that_stands_can_be_challenged(game: Game, lying: Report, honest: Report) -> None:
    """Rule 1: whether a report is there is a phase, not a hash; rule 3: none that has fallen."""
    send = game.world.send
    for number in (
        game.number,  # not given yet
        report_id(game.task, 1),
        report_id(game.task, 16),
        report_id(999, 0),
        0,
        2**48 | game.number,
        2**256 - 1,
    ):
        with refused("verification: report"):
            send("whistleblower", "Arbitration", "commit_challenge", number, some_hash(1))
    dispute, fallen = game.start(lying, honest.digest), game.number
    overturn(game, dispute, honest, lying)
    with refused("arbitration: fallen"):
        send("whistleblower", "Arbitration", "commit_challenge", fallen, some_hash(1))


def test_a_concluded_report_cannot_be_challenged(game: Game, honest: Report) -> None:
    game.report(honest)
    number = game.number
    game.open_secret()
    game.settle()
    with refused("arbitration: fallen"):
        game.world.send("whistleblower", "Arbitration", "commit_challenge", number, some_hash(1))


def test_an_empty_commitment_is_refused(game: Game, honest: Report) -> None:
    game.report(honest)
    with refused("arbitration: commitment"):
        game.world.send("whistleblower", "Arbitration", "commit_challenge", game.number, ZERO)


def test_a_challenger_needs_the_bond(game: Game, honest: Report) -> None:
    game.report(honest)
    with refused("staking: stake"):
        game.world.send("treasury", "Arbitration", "commit_challenge", game.number, some_hash(1))


def test_stake_on_its_way_out_is_no_bond(game: Game, honest: Report) -> None:
    """A bond comes from stake alone: what unbonds could be withdrawn under it."""
    game.report(honest)
    world = game.world
    stake = world.view("Staking", "stake", world["whistleblower"])
    world.send("whistleblower", "Staking", "unbond", stake - BOND + 1)
    with refused("staking: stake"):
        world.send("whistleblower", "Arbitration", "commit_challenge", game.number, some_hash(1))


def test_the_commitment_is_bound_to_everything(game: Game) -> None:
    """Rule 20: report, sender, chain, contract, salt."""
    world = game.world
    user, chain = world["whistleblower"], boa.env.evm.patch.chain_id
    types = ["uint256", "address", "uint256", "address", "bytes32", "bytes32"]
    contract = world.deployment.addresses["Arbitration"]
    number = report_id(7, 2)
    expected = keccak(encode(types, [chain, contract, number, user, SALT, some_hash(2)]))
    assert world.view("Arbitration", "commitment_of", number, user, SALT, some_hash(2)) == expected


# Reveals


def test_a_reveal_opens_a_game(game: Game, honest: Report) -> None:
    game.report(honest)
    dispute = game.commit(honest.digest)
    receipt = game.reveal(dispute, honest.digest, "whistleblower")
    world, sealed = game.world, game.seal("whistleblower", honest.digest)
    revealed = {
        "dispute": dispute,
        "report": game.number,
        "challenger": world["whistleblower"],
        "sealed": sealed,
    }
    assert events(receipt) == {"ChallengeRevealed": [revealed]}
    challenge = challenge_of(world, dispute)
    assert (challenge.phase, challenge.sealed) == (ChallengePhase.REVEALED, sealed)
    assert world.view("Arbitration", "revealed", game.number) == 1
    assert world.view("Arbitration", "open_games", game.number) == 1
    assert world.view("Arbitration", "batch_games", game.task) == 0, "not of the open round"
    state = game.client.game(dispute)
    assert state.position == Position(honest.root)
    assert (state.side, state.deadline) == (DEFENDER, game.windows.secret_end + BUDGET)


def test_a_reveal_counts_in_its_phase_only(game: Game, honest: Report) -> None:
    """Rule 4; attack A22: commitments end before the first reveal."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    at(game.windows.commit_end)
    with refused("arbitration: early"):
        reveal(game, dispute, honest.digest)
    with game.world.undone():
        at(game.windows.commit_end + 1)
        reveal(game, dispute, honest.digest)
    last = game.windows.reveal_end
    check_window(game.world, last, "arbitration: late", lambda: reveal(game, dispute, honest.digest))


def test_a_reveal_must_open_its_own_commitment(game: Game, honest: Report) -> None:
    """Promise 8: whoever copies a commitment cannot open it, and whoever sends an opening does its owner's work."""
    game.report(honest)
    dispute = game.commit(honest.digest)
    copied = challenge_of(game.world, dispute).sealed
    receipt = game.world.send("stranger", "Arbitration", "commit_challenge", game.number, copied)
    copy = receipt.event("ChallengeCommitted").fields["dispute"]
    at(game.windows.commit_end + 1)
    sealed = game.seal("whistleblower", honest.digest)
    for number, salt, seal in [(copy, SALT, sealed), (dispute, ZERO, sealed), (dispute, SALT, some_hash(3))]:
        with refused("arbitration: commitment"):
            game.world.send("stranger", "Arbitration", "reveal_challenge", number, salt, seal)
    game.world.send("stranger", "Arbitration", "reveal_challenge", dispute, SALT, sealed)
    assert game.phase(dispute) is ChallengePhase.REVEALED
    assert game.client.challenge(dispute).challenger == game.world["whistleblower"]


def test_a_challenge_is_revealed_once(game: Game, honest: Report) -> None:
    game.report(honest)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    with refused("arbitration: phase"):
        reveal(game, dispute, honest.digest)
    with refused("arbitration: phase"):
        game.world.send("stranger", "Arbitration", "reveal_challenge", 999, SALT, ZERO)
    assert game.client.revealed(game.number) == 1


def test_a_commitment_is_for_one_report(game: Game, lying: Report, honest: Report) -> None:
    """A challenge left over from a report that fell opens nothing in the next round."""
    game.report(lying)
    left, right = game.commit(honest.digest, "other_whistleblower"), game.commit(honest.digest)
    game.reveal(right, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    overturn(game, right, honest, lying)
    game.assign()
    game.report(honest)
    game.at(game.windows.commit_end + 1)
    with refused("arbitration: late"):
        reveal(game, left, honest.digest, "other_whistleblower")
    assert game.client.revealed(game.number) == 0


def test_what_is_sealed_stays_sealed(game: Game, honest: Report) -> None:
    """Attack A18: a revealed challenge says nothing of the report in it; two of the same look unlike."""
    game.report(honest)
    users = ("whistleblower", "other_whistleblower")
    disputes = [game.commit(honest.digest, user) for user in users]
    receipts = [game.reveal(d, honest.digest, user) for d, user in zip(disputes, users, strict=True)]
    seals = {challenge_of(game.world, dispute).sealed for dispute in disputes}
    assert len(seals) == 2
    for receipt in receipts:
        said = [value for event in receipt.events for value in event.fields.values()]
        assert honest.digest not in said and honest.root not in said

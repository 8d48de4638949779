"""What tests of Arbitration send, and what they compare it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import boa
import pytest
from eth_abi import encode

from pinpoint.chain.client import VerificationPhase
from pinpoint.chain.port import CallRefused, Receipt
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Leg, Move, descend
from pinpoint.program.distance import NODES_PER_TENSOR
from pinpoint.program.work import program_units
from pinpoint.replay.report import Report
from tests.games import CHALLENGER_USER, SALT, Game, defence, flip, innocent_moves, legs_to, zoo_job
from tests.unit.contracts.steps import open_reports
from tests.world import PARAMETERS, World

JOB = zoo_job()
PACK = JOB.program.pack
LAST = NODES_PER_TENSOR * len(JOB.program.state_shapes) - 1
WIDE, SMALL = 0, 1
"""The two STATE nodes: a tree of six leaves, and one of three."""
LIE = (1, 1, 6)
BOND, COST = PARAMETERS.challenge_bond, PARAMETERS.challenge_cost
REPLY = PARAMETERS.reply_window
BUDGET = PARAMETERS.budget(program_units(JOB.program) * JOB.interval)
WINDOW = PARAMETERS.game_window(BUDGET)
"""Longest duration of a game."""


def lie(sample: int, step: int, node: int, right: Any) -> Any:
    """One wrong lane."""
    return flip(right, 3, 1 << 20) if (sample, step, node) == LIE else right


def ask(game: Game, dispute: int, *legs: Leg, user: str = CHALLENGER_USER) -> Receipt:
    """The challenger descends, and asks."""
    return game.play(dispute, descend(legs), user)


def show(game: Game, dispute: int, report: Report, user: str = "stranger") -> Receipt:
    """Somebody answers for the verifier."""
    return game.play(dispute, defence(report, game.client.game(dispute).position), user)


def reveal(game: Game, dispute: int, digest: bytes, user: str = CHALLENGER_USER) -> Receipt:
    """Reveal a challenge now."""
    return game.world.send(user, "Arbitration", "reveal_challenge", dispute, SALT, game.seal(user, digest))


def prove_innocent(game: Game, dispute: int, report: Report, user: str = CHALLENGER_USER) -> Receipt:
    """Prove that a right place of a report is right: if the challenger does, its challenge is lost.

    The game has not left the way there: sample 0, step 0, node WIDE.
    """
    proof = innocent_moves(game.case(report, Whole(report)), 0, 0, WIDE, 0, 0)["input"]
    legs, *rest = proof.arguments
    walked = game.client.game(dispute).position.stage
    return game.play(dispute, Move(proof.contract, proof.method, (legs[walked:], *rest)), user)


def send_time_out(game: Game, dispute: int) -> Receipt:
    """Somebody says that a side is late."""
    return game.world.send("stranger", "Arbitration", "time_out", dispute)


def close(game: Game, dispute: int) -> Receipt:
    """Somebody closes a challenge."""
    return game.world.send("stranger", "Arbitration", "close", dispute)


def sweep(game: Game, *disputes: int) -> Receipt:
    """Somebody sweeps."""
    return game.world.send("stranger", "Arbitration", "sweep", list(disputes))


def fall_silent(game: Game) -> Receipt:
    """Take the exit of the verifier's silence."""
    return game.world.send("stranger", "Verification", "time_out", game.task)


def challenge_of(world: World, dispute: int) -> Any:
    """A challenge as Arbitration has it."""
    return world.view("Arbitration", "challenge_of", dispute)


def _slot(game: Game, dispute: int) -> tuple[str, int]:
    contract = game.world.port.contracts["Arbitration"]
    place = contract.compiler_data.storage_layout["storage_layout"]["game_words"]["slot"]
    return contract.address, int.from_bytes(keccak(encode(["uint256", "uint256"], [place, dispute])), "big")


def clocks(game: Game, dispute: int) -> tuple[int, int]:
    """Seconds left of the defender and of the challenger, as Arbitration has them (libraries/games)."""
    clock = boa.env.get_storage(*_slot(game, dispute)) >> 106
    return clock >> 68 & 2**32 - 1, clock >> 36 & 2**32 - 1


def set_clock(game: Game, dispute: int, side: int, left: int, since: int) -> None:
    """Set a clock by hand: no legal game of this size lasts to its absolute end."""
    clock = side << 100 | left << 68 | left << 36 | since
    word = boa.env.get_storage(*_slot(game, dispute))
    assert word != 0, "the game has not begun"
    boa.env.set_storage(*_slot(game, dispute), word & ~((1 << 101) - 1 << 106) | clock << 106)


def overturn(game: Game, winner: int, honest: Report, lying: Report) -> Receipt:
    """One of several challengers convicts."""
    return game.prove_directly(winner, honest, lying, "stranger")


MOVES = ("descend", "show_children", "show_leaf", "prove", "live_game", "time_out")


def moves(game: Game, dispute: int, honest: Report) -> dict[str, Callable[[], Any]]:
    """One of each move."""
    children = (0, 0, honest.tree().levels[0])
    return {
        "descend": lambda: ask(game, dispute, *legs_to(honest, 0)),
        "show_children": lambda: game.play(dispute, Move("Arbitration", "show_children", children), "stranger"),
        "show_leaf": lambda: game.play(dispute, Move("Arbitration", "show_leaf", ([1],)), "stranger"),
        "prove": lambda: prove_innocent(game, dispute, honest),
        "live_game": lambda: game.world.view("Arbitration", "live_game", dispute),
        "time_out": lambda: send_time_out(game, dispute),
    }


def refuses(reason: str, send: Callable[[], Any]) -> None:
    """A transaction or a view reverts with exactly this reason."""
    with pytest.raises(CallRefused, match=f"^{reason}$"):
        send()


def works(game: Game, send: Callable[[], Any]) -> bool:
    """Whether it is not refused now; undone."""
    with game.world.undone():
        try:
            send()
        except CallRefused:
            return False
        return True


# The open round


def to_open(game: Game) -> None:
    """Let verifier after verifier fall silent, until anybody may report."""
    while (state := game.client.round(game.task)).phase is not VerificationPhase.OPEN:
        if state.phase is VerificationPhase.DRAWING:
            game.after_block(state.draw_block)
            game.world.send("stranger", "Verification", "draw", game.task)
            continue
        game.at(state.deadline + 1)
        game.world.send("stranger", "Verification", "time_out", game.task)


def give(game: Game, reports: Mapping[str, Report]) -> dict[str, int]:
    """Reports of the open round, by who gives them; their numbers."""
    return open_reports(game.world, game.task, {user: (r.root, r.distances) for user, r in reports.items()})


def commit_to(game: Game, number: int, digest: bytes, user: str = CHALLENGER_USER) -> int:
    """Challenge one of several reports; the challenge's number."""
    sealed = game.seal(user, digest)
    commitment = game.world.view("Arbitration", "commitment_of", number, game.world[user], SALT, sealed)
    receipt = game.world.send(user, "Arbitration", "commit_challenge", number, commitment)
    return int(receipt.event("ChallengeCommitted").fields["dispute"])

"""Rules that peers' incidents taught (docs/prior_art.md), against the compiled contracts, by number."""

from __future__ import annotations

import pytest

from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Move, descend
from tests.games import Game, innocent_moves, legs_to, zoo_job
from tests.integration.cases import BOND, COST
from tests.integration.table import refused
from tests.world import World


@pytest.fixture
def game(world: World) -> Game:
    """The zoo's task, its verifier at work."""
    return Game(world, zoo_job())


def test_r01_a_zero_hash_is_refused_where_it_could_mean_nothing(game: Game) -> None:
    """Rule 1."""
    game.at(game.client.round(game.task).ask_end + 1)
    with refused("verification: root"):
        game.world.send(game.verifier, "Verification", "report", game.task, bytes(32), [0] * 3, bytes([1]) * 32)


def test_r07_no_exit_pays_for_a_list_that_others_grow(game: Game) -> None:
    """Rule 7: gas of settling does not depend on how many have challenged."""
    honest = game.honest()
    game.report(honest)
    with game.world.undone():
        game.at(game.windows.reveal_end + 1)
        alone = game.settle().gas
    for count in range(25):
        game.commit(bytes([count + 1]) * 32)
    game.at(game.windows.reveal_end + 1)
    assert abs(game.settle().gas - alone) < 5_000


def test_r09_a_challenger_that_is_its_own_verifier_loses(game: Game) -> None:
    """Rule 9: some residue of every loss is burnt or gone, also where both sides are one."""
    honest = game.honest()
    world, verifier = game.world, game.verifier
    game.report(honest)
    before = world.view("Staking", "stake", world[verifier]) + world.view("Staking", "credit", world[verifier])
    dispute = game.commit(honest.digest, verifier)
    game.reveal(dispute, honest.digest, verifier)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    proof = innocent_moves(game.case(honest, Whole(honest)), 0, 0, 0, 0, 0)["input"]
    game.play(dispute, proof, verifier)
    after = world.view("Staking", "stake", world[verifier]) + world.view("Staking", "credit", world[verifier])
    assert after == before - BOND + COST


def test_r13_a_root_of_another_kind_is_no_claim(game: Game) -> None:
    """Rule 13: the same leaves under another kind, count or domain are another root."""
    honest = game.honest()
    tree = honest.tree()
    other = Tree(TreeKind.SEGMENT, tree.levels[0])
    assert other.root != tree.root
    dispute = game.start(honest, honest.digest)
    state = game.client.game(dispute)
    game.play(dispute, Move("Arbitration", "show_children", (0, 0, tree.levels[0])), game.verifier)
    [leg] = legs_to(honest, 0)
    short = type(leg)(leg.child, leg.level, leg.index, leg.kind, leg.count, leg.siblings[:-1])
    with refused("tree: path"):
        game.play(dispute, descend([short]))
    assert state.position.claim == honest.root


def test_r15_trailing_calldata_changes_nothing(game: Game) -> None:
    """Rule 15: wide integers are refused."""
    honest = game.honest()
    dispute = game.start(honest, honest.digest)
    game.play(dispute, Move("Arbitration", "show_children", (0, 0, honest.tree().levels[0])), game.verifier)
    [leg] = legs_to(honest, 0)
    for index in (2**32, 2**64, 2**256 - 1):
        wide = type(leg)(leg.child, leg.level, index, leg.kind, leg.count, leg.siblings)
        with refused("tree: index"):
            game.play(dispute, descend([wide]))

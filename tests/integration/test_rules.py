"""Rules that peers' incidents taught (the table in docs/dispute.md), against the compiled contracts, by number.

Here are those of proofs, calldata, gas and timers; those of money are in tests/unit/contracts/test_rules_money.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import boa
import pytest

from pinpoint.chain.client import ChallengePhase, Client, VerificationPhase
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Move, descend
from pinpoint.program.operators import Operator
from pinpoint.replay.report import Report
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.role import Role
from pinpoint.roles.solver import Solver
from pinpoint.roles.whistleblower import Whistleblower
from tests.games import CHALLENGER_USER, Game, Public, innocent_moves, leg_to, legs_to, zoo_job
from tests.integration.cases import liar
from tests.integration.parties import HostileVerifier, Panel, flip
from tests.integration.table import refused
from tests.play import PROGRAM, Play
from tests.world import VERIFIERS, World

CROWD = 25
SAME_GAS = 1_000
"""Of 25 more or fewer; every word is warm here, so that each costs at least 100."""


@pytest.fixture
def game(world: World) -> Game:
    """The zoo's task, its verifier at work."""
    return Game(world, zoo_job())


def test_r01_a_zero_hash_is_refused_where_it_could_mean_nothing(game: Game) -> None:
    """Rule 1."""
    game.after_block(game.client.round(game.task).draw_block)
    game.at(game.client.round(game.task).ask_end + 1)
    with refused("verification: root"):
        game.world.send(game.verifier, "Verification", "report", game.task, bytes(32), [0] * 3, bytes([1]) * 32)


# No loop over a list that others can grow


def crowded(game: Game, report: Report, aliases: int) -> int:
    """One honest challenge, and so many others, revealed up to the first second of the games; the honest one."""
    game.report(report)
    honest = game.honest().digest
    disputes = [game.commit(bytes([count + 1]) * 32, "other_whistleblower") for count in range(aliases)]
    mine = game.commit(honest)
    for count, dispute in enumerate(disputes):
        game.reveal(dispute, bytes([count + 1]) * 32, "other_whistleblower")
    game.reveal(mine, honest)
    return mine


@pytest.mark.parametrize("exit_", ["settle", "silence", "verdict"])
def test_r07_no_exit_pays_for_a_list_that_others_grow(game: Game, exit_: str) -> None:
    """Rule 7: what it costs to end a task, a report, a game does not depend on how many others challenge it."""
    honest, lying = game.honest(), liar(game)

    def gas(aliases: int) -> int:
        with game.world.undone():
            if exit_ == "settle":
                game.report(honest)
                for count in range(aliases):
                    game.commit(bytes([count + 1]) * 32)
                game.open_secret()
                return game.settle().gas
            mine = crowded(game, lying, aliases)
            if exit_ == "verdict":
                game.open_secret()
            game.at(game.windows.secret_end + 1)
            if exit_ == "verdict":
                return game.prove_directly(mine, honest, lying).gas
            return game.world.send("stranger", "Verification", "time_out", game.task).gas

    assert abs(gas(CROWD) - gas(0)) < SAME_GAS


# Trees


def test_r13_a_root_of_another_kind_is_no_claim(game: Game) -> None:
    """Rule 13: the same leaves under another kind, count or domain are another root; a path has one length."""
    honest = game.honest()
    tree = honest.tree()
    roots = {Tree(kind, tree.levels[0]).root for kind in TreeKind} | {Tree(tree.kind, tree.levels[0][:-1]).root}
    assert len(roots) == len(TreeKind) + 1
    dispute = game.start(honest, honest.digest)
    game.play(dispute, Move("Arbitration", "show_children", (0, 0, tree.levels[0])), game.verifier)
    [leg] = legs_to(honest, 0)
    for siblings in (leg.siblings[:-1], [*leg.siblings, bytes(32)]):
        with refused("tree: path"):
            game.play(dispute, descend([replace(leg, siblings=siblings)]))


def longer_roots(report: Report, depth: int) -> list[Tree]:
    """The trees of sample 0 and step 0 down to a depth, the lowest with one leaf more; those above follow from it."""
    trees = [report.tree(*(0,) * level) for level in range(depth + 1)]
    lowest = trees[depth]
    trees[depth] = Tree(lowest.kind, [*lowest.levels[0], lowest.levels[0][-1]])
    for level in reversed(range(depth)):
        trees[level] = Tree(trees[level].kind, [trees[level + 1].root, *trees[level].levels[0][1:]])
    return trees


@pytest.mark.parametrize("depth", range(3), ids=["samples", "steps", "nodes"])
def test_r14_nobody_chooses_how_long_a_computation_is(game: Game, depth: int) -> None:
    """Rule 14: the counts come from the task. What is committed to under another one cannot be shown, and loses."""
    honest = game.honest()
    trees = longer_roots(honest, depth)
    game.after_block(game.client.round(game.task).draw_block)
    game.at(game.client.round(game.task).ask_end + 1)
    arguments = (game.task, trees[0].root, honest.distances, bytes([1]) * 32)
    game.world.send(game.verifier, "Verification", "report", *arguments)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    for tree in trees[:depth]:
        game.play(dispute, Move("Arbitration", "show_children", (0, 0, shown(tree))), game.verifier)
        game.play(dispute, descend([leg_to(tree, 0)]))
    lowest = trees[depth]
    for counted in ((0, 0), (int(lowest.kind), lowest.count)):
        for children in (shown(lowest), lowest.levels[0][: len(shown(lowest)) - 1]):
            with pytest.raises(Exception, match=r"^(descent|tree): children$"):
                game.play(dispute, Move("Arbitration", "show_children", (*counted, children)), game.verifier)
    game.at(game.client.game(dispute).deadline + 1)
    game.world.send("stranger", "Arbitration", "time_out", dispute)
    assert game.phase(dispute) is ChallengePhase.WON


def shown(tree: Tree) -> Sequence[bytes]:
    """What is two levels below a tree's root."""
    return tree.levels[max(0, tree.height - 2)]


# Calldata


def raw(game: Game, user: str, method: str, data: bytes, contract: str = "Arbitration") -> Any:
    """A transaction with just these bytes."""
    target = game.world.port.contracts[contract]
    return boa.env.execute_code(target.address, game.world[user], data=data)


def calldata(game: Game, dispute: int, move: Move) -> bytes:
    """What a move is sent as."""
    function = getattr(game.world.port.contracts[move.contract], move.method)
    return bytes(function.prepare_calldata(dispute, *move.arguments))


def test_r15_trailing_calldata_changes_nothing(game: Game) -> None:
    """Rule 15: bytes behind the arguments are read by nobody; where some are missing nothing happens."""
    honest = game.honest()
    dispute = game.start(honest, honest.digest)
    move = Move("Arbitration", "show_children", (0, 0, honest.tree().levels[0]))
    data, before = calldata(game, dispute, move), game.client.game(dispute)

    def after(data: bytes) -> Any:
        with boa.env.anchor():
            raw(game, game.verifier, move.method, data)
            return game.client.game(dispute)

    right = after(data)
    assert right != before
    for tail in (b"\x00", b"\xff", b"\xff" * 31, b"\xff" * 32, data[4:]):
        assert after(data + tail) == right
    for missing in (1, 31, 32, 33, len(data) - 5, len(data) - 4):
        assert after(data[:-missing]) == before


@pytest.mark.parametrize("name", ["index", "level", "kind", "count"])
def test_r15_wide_integers_are_refused(game: Game, name: str) -> None:
    """Rule 15: an integer that agrees with the right one in its low bits is another one."""
    honest = game.honest()
    dispute = game.start(honest, honest.digest)
    game.play(dispute, Move("Arbitration", "show_children", (0, 0, honest.tree().levels[0])), game.verifier)
    # Kind and count are read where a leg begins at the root of an output.
    legs, at = (legs_to(honest, 0, 0, 0, 1), 3) if name in ("kind", "count") else (legs_to(honest, 0), 0)
    before = game.client.game(dispute)
    for bits in (8, 16, 26, 32, 64, 128, 255):
        wide = [*legs[:at], replace(legs[at], **{name: getattr(legs[at], name) + 2**bits}), *legs[at + 1 :]]
        with refused(r"(tree|descent): (index|level|kind|count|path)"):
            game.play(dispute, descend(wide))
    assert game.client.game(dispute) == before
    game.play(dispute, descend(legs))


# Races


def test_r16_who_comes_second_pays_little(game: Game) -> None:
    """Rule 16: after a verdict the same proof is refused before anything is hashed."""
    honest, lying = game.honest(), liar(game)
    dispute = game.start(lying, honest.digest)
    move = game.next_move(dispute, honest, Public(lying), lying.distances)
    assert move is not None and move.contract.endswith("Judge")
    data = calldata(game, dispute, move)
    first = raw(game, CHALLENGER_USER, move.method, data, move.contract)
    assert not first.is_error and game.phase(dispute) is ChallengePhase.WON
    second = raw(game, "other_whistleblower", move.method, data, move.contract)
    assert second.is_error
    assert second.get_gas_used() < first.get_gas_used() / 4


def test_r16_a_proof_that_shows_nothing_new_is_no_verdict(game: Game) -> None:
    """Rule 16: a stranger's copy of what shows no fault ends nothing, and costs the game no time."""
    honest = game.honest()
    dispute = game.start(honest, honest.digest)
    before = game.client.game(dispute)
    proof = innocent_moves(game.case(honest, Whole(honest)), 0, 0, 0, 0, 0)["input"]
    with refused("arbitration: no fault"):
        game.play(dispute, proof, "stranger")
    assert game.client.game(dispute) == before


# Timers of clients


EXITS = {
    "accept_assignment": "time_out",
    "report": "time_out",
    "commit_challenge": None,
    "reveal_challenge": "sweep",
    "open_secret": "time_out",
    "show_children": "sweep",
    "descend": "sweep",
    "prove_lane_fault": "sweep",
}
"""Moves with a deadline, and the exit that anybody takes in the second after it."""


def last_second(client: Client, task: int, move: str) -> int:
    """In which a move of the first report and its only challenge counts."""
    now = client.round(task)
    if now.phase is not VerificationPhase.REPORTED:
        return now.deadline
    report = client.report(now.report)
    ends = {"commit_challenge": "commit_end", "reveal_challenge": "reveal_end", "open_secret": "secret_end"}
    return int(getattr(report, ends[move])) if move in ends else client.game(1).deadline


class Timed(Role):
    """A player that is asked at each of its moves what it would do just before, at, and just after the deadline."""

    def __init__(self, play: Play, player: Role, keeper: Role, seen: set[str]) -> None:
        self._play, self._player, self._keeper, self._seen = play, player, keeper, seen

    @property
    def address(self) -> str:  # type: ignore[override]
        """The player's."""
        return self._player.address

    def step(self, task: int) -> str | None:
        """The player's step, after all of these."""
        with self._play.world.undone():
            move = self._player.step(task)
        if move in EXITS and self._play.client.round(task).round == 0:
            self._ask(task, move)
        return self._player.step(task)

    def _ask(self, task: int, move: str) -> None:
        last, exit_ = last_second(self._play.client, task, move), EXITS[move]
        for second, played, taken in ((last - 1, move, None), (last, move, None), (last + 1, None, exit_)):
            for role, expected in ((self._keeper, taken), (self._player, played)):
                with self._play.world.undone():
                    self._play.world.warp_to(second)
                    assert role.step(task) == expected, f"{second - last} s after the last one for {move}"
        self._seen.add(move)


def test_r22_clients_and_contracts_agree_on_every_second(play: Play) -> None:
    """Rule 22: at t - 1 and t each role makes its move, and it counts; at t + 1 it makes none, and the exit is taken.

    Anything else would be a transaction that the contracts refuse, or a deadline that was missed.
    """
    keeper, seen = play.role(Keeper, "stranger"), set[str]()
    product = next(i for i, node in enumerate(PROGRAM.nodes) if node.operator is Operator.MATMUL)
    panel = Panel([play.role(HostileVerifier, user, falsify=flip(1, 1, product)) for user in VERIFIERS])
    whistleblower = play.role(Whistleblower, "whistleblower")
    play.join(Solver, "solver")
    play.players += [Timed(play, role, keeper, seen) for role in (panel, whistleblower)]
    play.players.append(keeper)
    play.run(play.submit())
    assert seen == set(EXITS)

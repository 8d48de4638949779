"""The attacks of docs/attacks.md against the compiled contracts, by number.

Elsewhere in this folder: A4, A5, A20 (test_attacks_distance), A6, A24 (test_withheld_data), A13, A26
(test_open_round_roles), A2, A11 (test_forced_roles), A14 (test_attacks_work), A15 (test_invalid_program), A16
(test_attacks_proofs). In tests/unit/contracts: A2, A3, A22 (test_forced), A28 (arbitration/test_signed).

They wait for later work: A10, A25 (stalled work unpaid), A17, A27 (profiling); of A14 the registered capacity, of A19
the stakes of an epoch (weighted draws).
"""

from __future__ import annotations

from pathlib import Path

import boa
import pytest

from pinpoint.chain.client import ChallengePhase, Ending, TaskPhase, VerificationPhase
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tensor import checkpoint_root
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Move
from pinpoint.program.operators import Operator
from pinpoint.roles.solver import Solver
from tests.games import SEAL, Forged, Game, Job, innocent_moves, zoo_job
from tests.integration.cases import BOND, COST, START, finish, liar, moment_job, still_job
from tests.integration.table import lose_seed, refused
from tests.play import Play
from tests.world import PARAMETERS, World


@pytest.fixture
def game(world: World) -> Game:
    """The zoo's task, its verifier at work."""
    return Game(world, zoo_job())


# Evidence


def test_a01_operands_come_from_the_reports_own_tree(game: Game) -> None:
    """Against an honest report: a trace of one's own with one wrong node, and the true operation on it."""
    compare = next(i for i, n in enumerate(game.job.program.nodes) if n.operator is Operator.COMPARE)
    honest, forged = game.honest(), liar(game, (1, 1, compare))
    dispute = game.start(honest, honest.digest)
    # COMPARE's result is what SELECT reads: from the forged one, the honest SELECT looks wrong.
    reader = next(i for i, n in enumerate(game.job.program.nodes) if n.operator is Operator.SELECT)
    own_trace = innocent_moves(game.case(forged, Whole(forged)), 1, 1, reader, 0, 0)["value"]
    with refused("descent: path"):
        game.play(dispute, own_trace)
    right = innocent_moves(game.case(honest, Whole(honest)), 1, 1, reader, 0, 0)["value"]
    legs, node, leaf, lane, operands = right.arguments
    assert operands[0][0] != own_trace.arguments[4][0][0], "the forged operand is the honest one"
    mixed = [own_trace.arguments[4][0], *operands[1:]]
    patched = [(own_trace.arguments[4][0][0], *operands[0][1:]), *operands[1:]]
    for forgery in (mixed, patched):
        with refused("evidence: operand"):
            game.play(dispute, Move(right.contract, right.method, (legs, node, leaf, lane, forgery)))
    assert game.phase(dispute) is ChallengePhase.REVEALED


# Draws and proofs


def test_a08_samples_are_drawn_once(game: Game) -> None:
    """Another verifier, the same samples: no block can be chosen for better ones."""
    honest, lying = game.honest(), liar(game)
    before = game.samples
    dispute = game.start(lying, honest.digest)
    game.prove_directly(dispute, honest, lying)
    game.world.mine(7)
    game.assign()
    assert game.round == 1
    assert game.samples == before


def test_a08_an_expired_block_is_silence(world: World, tmp_path: Path) -> None:
    """Letting the time pass in which the seed of the samples can be fixed does not bring another one."""
    play = Play(world, tmp_path)
    play.join(Solver, "solver")
    task = play.submit()
    play.run(task, until=TaskPhase.PROVED)
    draw_block = play.client.round(task).draw_block
    world.mine(play.client.parameters.draw_delay)
    lose_seed(world, draw_block)
    with refused("verification: expired"):
        world.send("stranger", "Verification", "draw", task)
    world.send("stranger", "Verification", "time_out", task)
    after = play.client.task(task)
    assert (after.phase, after.tries) == (TaskPhase.OPEN, 1)
    assert play.client.samples(task) == []


def test_a09_a_proof_starts_at_the_tasks_initial_state(world: World) -> None:
    """Pretrained weights, and another count of checkpoints."""
    job = moment_job()
    roots = job.trees.proof.levels[0]
    for wrong in (
        [roots[1], *roots[1:]],
        roots[:-1],
        [*roots, roots[-1]],
    ):
        with world.undone():
            tree = Tree(TreeKind.PROOF, wrong)
            game = _training(world, job)
            with pytest.raises(CallRefused, match=r"^(registry: proof|tree: path)$"):
                world.send("solver", "TaskRegistry", "post_proof", game, tree.root, tree.path(0))
            right = job.trees.proof
            world.send("solver", "TaskRegistry", "post_proof", game, right.root, right.path(0))


def _training(world: World, job: Job) -> int:
    receipt = world.send("submitter", "TaskRegistry", "submit_task", job.order.arguments())
    task = int(receipt.event("TaskSubmitted").fields["task"])
    world.send("solver", "TaskRegistry", "enrol", task, 0)
    world.warp_to(world.view("TaskRegistry", "task_of", task).deadline + 1)
    world.send("stranger", "TaskRegistry", "close_enrolment", task)
    boa.env.evm.patch.block_number = world.view("TaskRegistry", "task_of", task).draw_block + 1
    world.send("stranger", "TaskRegistry", "draw_solver", task)
    world.send("solver", "TaskRegistry", "accept", task)
    return task


def test_a19_nobody_leaves_after_seeing_the_seed(world: World) -> None:
    """Enrolment closes before the seed, and who is enrolled stays while the draw is due."""
    job = moment_job()
    receipt = world.send("submitter", "TaskRegistry", "submit_task", job.order.arguments())
    task = int(receipt.event("TaskSubmitted").fields["task"])
    world.send("solver", "TaskRegistry", "enrol", task, 0)
    world.warp_to(world.view("TaskRegistry", "task_of", task).deadline + 1)
    with refused("registry: late"):
        world.send("other_solver", "TaskRegistry", "enrol", task, 0)
    world.send("stranger", "TaskRegistry", "close_enrolment", task)
    for user, method in (("other_solver", "enrol"), ("solver", "leave")):
        with refused("registry: phase"):
            world.send(user, "TaskRegistry", method, task)


# Challenges


def test_a07_no_number_of_aliases_crowds_one_out(game: Game) -> None:
    """Twenty lost challenges take nothing from the honest one but their own bonds."""
    honest, lying = game.honest(), liar(game)
    game.report(lying)
    aliases = [game.commit(bytes([i]) * 32, "other_whistleblower") for i in range(20)]
    right = game.commit(honest.digest)
    for i, alias in enumerate(aliases):
        game.reveal(alias, bytes([i]) * 32, "other_whistleblower")
    game.reveal(right, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    innocent = innocent_moves(game.case(lying, Whole(lying)), 0, 0, 0, 0, 0)["input"]
    for alias in aliases:
        game.play(alias, innocent, "other_whistleblower")
        assert game.phase(alias) is ChallengePhase.LOST
    game.prove_directly(right, honest, lying)
    assert game.phase(right) is ChallengePhase.WON


def test_a12_whoever_convicts_first_the_right_root_is_paid(game: Game) -> None:
    """The liar feeds its alias; the honest one's game closes without a verdict, and the bounty is still its own."""
    honest, lying = game.honest(), liar(game)
    alias, right = game.start(lying, honest.digest, "other_whistleblower", "whistleblower")
    assert game.client.report(game.client.challenge(alias).report).digest == lying.digest
    deposit = game.world.view("TaskRegistry", "fee_of", game.task) * PARAMETERS.verifier_deposit // 10**18
    bounty = deposit * PARAMETERS.bounty_share // 10**18
    game.prove_directly(alias, honest, lying, "other_whistleblower")
    game.world.send("stranger", "Arbitration", "close", right)
    game.assign()
    game.report(honest)
    paid = finish(game, (right, "whistleblower", honest.digest))
    assert paid == {"whistleblower": bounty - min(bounty, COST)}


def test_a12_silence_pays_the_right_root(game: Game) -> None:
    """A liar that never opens its secret is overturned, and its bounty set aside, whole."""
    honest, lying = game.honest(), liar(game)
    game.report(lying)
    dispute = game.commit(honest.digest)
    game.reveal(dispute, honest.digest)
    game.at(game.windows.secret_end + 1)
    with refused("verification: open"):
        game.settle()
    game.world.send("stranger", "Verification", "time_out", game.task)
    deposit = game.world.view("TaskRegistry", "fee_of", game.task) * PARAMETERS.verifier_deposit // 10**18
    game.world.send("stranger", "Arbitration", "close", dispute)
    game.assign()
    game.report(honest)
    assert finish(game, (dispute, "whistleblower", honest.digest)) == {
        "whistleblower": deposit * PARAMETERS.bounty_share // 10**18
    }


def test_a12_an_empty_root_earns_nothing(game: Game) -> None:
    """Where no report was upheld, no sealed root is right: not that of nothing either (rule 1)."""
    honest = game.honest()
    game.report(honest)
    dispute = game.commit(bytes(32), "other_whistleblower")
    game.reveal(dispute, bytes(32), "other_whistleblower")
    game.at(game.windows.secret_end + 1)
    game.world.send("stranger", "Verification", "time_out", game.task)
    while game.client.round(game.task).phase is not VerificationPhase.OPEN:
        game.at(game.client.round(game.task).deadline + 1)
        game.world.send("stranger", "Verification", "time_out", game.task)
    game.at(game.client.round(game.task).deadline + PARAMETERS.reveal_window + 1)
    game.settle()
    assert game.client.task(game.task).ending is Ending.UNRESOLVED
    with pytest.raises(CallRefused):
        game.world.send("stranger", "Settlement", "open_report", dispute, bytes(32), SEAL)


def test_a12_who_exposes_a_wrong_distance_is_paid(game: Game) -> None:
    """The tree is right and a posted distance is not: the challenger's root is right, the report was not."""
    honest = game.honest()
    lying = Forged(game.job.program, game.segments, posted={0: honest.distances[0] ^ 1})
    dispute = game.start(lying, honest.digest)
    game.prove_directly(dispute, honest, lying)
    game.assign()
    game.report(honest)
    paid = finish(game, (dispute, "whistleblower", honest.digest))
    assert paid["whistleblower"] > 0


def test_a18_a_revealed_root_cannot_be_copied(game: Game) -> None:
    """A reveal shows a seal; the same seal under another address opens nothing."""
    honest, lying = game.honest(), liar(game)
    game.report(lying)
    right = game.commit(honest.digest)
    sealed = game.seal("whistleblower", honest.digest)
    # Somebody who somehow knows the seal before the reveal.
    world = game.world
    commitment = world.view(
        "Arbitration", "commitment_of", game.number, world["other_whistleblower"], bytes(32), sealed
    )
    copied = world.send("other_whistleblower", "Arbitration", "commit_challenge", game.number, commitment)
    copy = copied.event("ChallengeCommitted").fields["dispute"]
    receipt = game.reveal(right, honest.digest)
    assert all(honest.digest not in (value,) for event in receipt.events for value in event.fields.values())
    assert game.client.challenge(right).sealed == sealed != honest.digest
    world.send("other_whistleblower", "Arbitration", "reveal_challenge", copy, bytes(32), sealed)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    game.prove_directly(right, honest, lying)
    game.assign()
    game.report(honest)
    game.open_secret()
    game.settle()
    with refused("settlement: seal"):
        world.send("other_whistleblower", "Settlement", "open_report", copy, honest.digest, SEAL)
    world.send("stranger", "Settlement", "open_report", right, honest.digest, SEAL)
    with refused("settlement: opened"):
        world.send("stranger", "Settlement", "open_report", right, honest.digest, SEAL)


@pytest.mark.parametrize("aliases", [0, 1, 2])
def test_a21_every_alias_halves_what_all_share(game: Game, aliases: int) -> None:
    """k right roots share total / 2^(k - 1), the rest is burnt; and the challenged root never counts."""
    honest, lying = game.honest(), liar(game)
    users = ("whistleblower", "other_whistleblower", "stranger")[: aliases + 1]
    game.report(lying)
    disputes = [game.commit(honest.digest, user) for user in users]
    own = game.commit(lying.digest, "solver")
    for dispute, user in zip(disputes, users, strict=True):
        game.reveal(dispute, honest.digest, user)
    game.reveal(own, lying.digest, "solver")
    game.at(game.windows.secret_end + 1)
    game.world.send("stranger", "Verification", "time_out", game.task)
    game.assign()
    game.report(honest)
    game.open_secret()
    game.settle()
    with refused("settlement: challenged"):
        game.world.send("stranger", "Settlement", "open_report", own, lying.digest, SEAL)
    deposit = game.world.view("TaskRegistry", "fee_of", game.task) * PARAMETERS.verifier_deposit // 10**18
    total, k = deposit * PARAMETERS.bounty_share // 10**18, len(users)
    burnt = game.world.view("Staking", "burnt")
    paid = finish(game, *[(d, u, honest.digest) for d, u in zip(disputes, users, strict=True)])
    each = (total >> (k - 1)) // k
    assert paid == dict.fromkeys(users, each)
    assert game.world.view("Staking", "burnt") == burnt + total - k * each


def test_a22_nobody_is_convicted_before_all_have_revealed(game: Game) -> None:
    """An alias cannot shut the window for those still replaying, and no proof counts before the secret's end."""
    honest, lying = game.honest(), liar(game)
    game.report(lying)
    alias = game.commit(honest.digest, "other_whistleblower")
    with refused("arbitration: phase"):
        game.prove_directly(alias, honest, lying, "other_whistleblower")
    game.at(game.windows.commit_end)
    late = game.commit(honest.digest)
    game.reveal(alias, honest.digest, "other_whistleblower")
    with refused("arbitration: early"):
        game.prove_directly(alias, honest, lying, "other_whistleblower")
    game.at(game.windows.reveal_end)
    game.reveal(late, honest.digest)
    game.open_secret()
    game.at(game.windows.secret_end - 1)
    with refused("arbitration: early"):
        game.prove_directly(alias, honest, lying, "other_whistleblower")
    game.at(game.windows.secret_end + 1)
    game.prove_directly(late, honest, lying)
    assert game.phase(late) is ChallengePhase.WON


def test_a23_the_bond_is_flat(game: Game) -> None:
    """The thirtieth challenge costs what the first did."""
    game.report(game.honest())
    stake = game.world.view("Staking", "stake", game.world["whistleblower"])
    for count in range(1, 31):
        game.commit(bytes([count]) * 32)
        assert game.world.view("Staking", "stake", game.world["whistleblower"]) == stake - count * BOND


def test_checkpoints_of_the_games_are_real() -> None:
    """The jobs above start where their tasks say."""
    for job in (moment_job(), still_job(START)):
        assert job.order.initial_state == checkpoint_root(job.states[0])

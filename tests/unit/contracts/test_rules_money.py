"""Rules about money that peers' incidents taught (the table in docs/dispute.md), by number."""

from __future__ import annotations

from pinpoint.chain.client import ChallengePhase
from pinpoint.commitment.tensor import Tensor
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Leg, Move, descend
from pinpoint.replay.report import Report
from tests.games import CHALLENGER_USER, Game, defence, flip, innocent_moves, leg_to, zoo_job
from tests.unit.contracts.orders import verifier_key
from tests.world import FUNDS, PARAMETERS, USERS, VERIFIERS, World

BOND, COST = PARAMETERS.challenge_bond, PARAMETERS.challenge_cost
JOB = zoo_job()


def lying(game: Game) -> Report:
    """A report with one wrong lane."""

    def lie(sample: int, step: int, node: int, right: Tensor) -> Tensor:
        return flip(right, 0, 1 << 20) if (sample, step, node) == (1, 1, 6) else right

    return Report(game.job.program, game.segments, lie)


def unbond_all(world: World, user: str) -> int:
    """Start to take all stake of a user out; how much."""
    stake = world.view("Staking", "stake", world[user])
    world.send(user, "Staking", "unbond", stake)
    return int(stake)


def matured(world: World) -> None:
    """Let the last unbonding be ready."""
    world.warp_to(world.port.now() + world.parameters.unbonding_period + 1)


def test_r08_an_ending_pays_by_credit(world: World) -> None:
    """Rule 8: no verdict and no ending moves a token, whoever is paid; each withdraws its own."""
    game = Game(world, JOB)
    honest, wrong = game.honest(), lying(game)
    held = {user: world.view("Token", "balanceOf", world[user]) for user in USERS}
    credit = {user: world.view("Staking", "credit", world[user]) for user in USERS}
    dispute = game.start(wrong, honest.digest)
    game.prove_directly(dispute, honest, wrong)
    game.assign()
    game.report(honest)
    game.open_secret()
    game.settle()
    assert held == {user: world.view("Token", "balanceOf", world[user]) for user in USERS}
    paid = {user for user in USERS if world.view("Staking", "credit", world[user]) > credit[user]}
    assert {"solver", game.verifier, "treasury"} <= paid
    for user in paid:
        owed = world.view("Staking", "credit", world[user])
        world.send(user, "Staking", "withdraw", owed)
        assert world.view("Token", "balanceOf", world[user]) == held[user] + owed


def test_r09_a_challenger_that_is_its_own_verifier_loses(world: World) -> None:
    """Rule 9: some of every loss is gone, also where both sides are one."""
    game = Game(world, JOB)
    honest, verifier = game.honest(), game.verifier
    game.report(honest)
    owned, treasury = world.wealth(verifier), world.wealth("treasury")
    dispute = game.commit(honest.digest, verifier)
    game.reveal(dispute, honest.digest, verifier)
    game.open_secret()
    game.at(game.windows.secret_end + 1)
    proof = innocent_moves(game.case(honest, Whole(honest)), 0, 0, 0, 0, 0)["input"]
    game.play(dispute, proof, verifier)
    assert world.wealth(verifier) == owned - BOND + COST
    assert world.wealth("treasury") == treasury + BOND - COST


def test_r12_what_is_at_stake_is_fixed_when_a_dispute_opens(world: World) -> None:
    """Rule 12: both sides then take out whatever they can. Deposit, bond and clocks stay what they were."""
    game = Game(world, JOB)
    honest, wrong = game.honest(), lying(game)
    deposit = world.view("Staking", "locked_amount", verifier_key(game.number))
    dispute = game.start(wrong, honest.digest)
    verifier, before = game.verifier, game.client.game(dispute)
    for user in (verifier, CHALLENGER_USER):
        unbond_all(world, user)
    world.send(verifier, "Sortition", "retire")
    assert world.view("Staking", "locked_amount", verifier_key(game.number)) == deposit > 0
    assert world.view("Staking", "bonded", world[CHALLENGER_USER]) == BOND
    assert game.client.game(dispute) == before
    owned = world.wealth(verifier)
    game.prove_directly(dispute, honest, wrong)
    assert world.view("Staking", "locked_amount", verifier_key(game.number - 1)) == 0
    assert world.wealth(verifier) == owned, "nothing of the deposit comes back"
    assert world.view("Staking", "stake", world[CHALLENGER_USER]) == BOND


# A bond pays what it makes the other side do

GAS_PRICE = 200 * 10**9
"""Base units of the token for a unit of gas at which `deployments/local.yaml` has to hold: 200 gwei, at par."""
CALLDATA_GAS, TRANSACTION_GAS = 40, 21_000
"""The dearest that a byte can be (the floor of EIP-7623), and what every transaction costs (Prague)."""
COLD_GAS = 40_000
"""More than what storage that is cold on a chain, and warm here, adds to a move: twenty words or contracts."""
MOST_GAS = 2**24
"""Of one transaction (EIP-7825): no proof costs more (tests/integration/test_attacks_proofs.py)."""
CHALLENGE_GAS = 200_000
"""Most that a commitment and its reveal may cost together (`challenge` in tests/gas.py)."""
HEIGHTS = {"samples": 2, "steps": 9, "nodes": 10, "leaves": 13}
"""Most levels of the trees of 16 samples, 2^16 steps, 2^20 nodes and 2^26 leaves that a position has room for."""


def whole_gas(game: Game, dispute: int, move: Move, user: str) -> int:
    """Of a move as a chain would charge it at most."""
    function = getattr(game.world.port.contracts[move.contract], move.method)
    calldata = function.prepare_calldata(dispute, *move.arguments)
    return game.play(dispute, move, user).gas + TRANSACTION_GAS + COLD_GAS + CALLDATA_GAS * len(calldata)


def level_by_level(report: Report) -> list[Leg]:
    """The longest way down to the first leaf of the first sample, step and node: no level is jumped."""
    found = []
    for depth in range(4):
        tree = report.tree(*(0,) * depth)
        for level in reversed(range(max(1, tree.height))):
            above = leg_to(tree, 0, level + 1, depth == 3) if level + 1 < tree.height else None
            whole = leg_to(tree, 0, level, depth == 3)
            siblings = whole.siblings[: len(whole.siblings) - len(above.siblings)] if above else whole.siblings
            found.append(Leg(whole.child, level, 0, whole.kind, whole.count, siblings))
    return found


def test_r19_a_bond_pays_the_dearest_defence(world: World) -> None:
    """Rule 19: a challenger that asks for one level after the other makes the verifier show as often as it can.

    What it costs is measured, at the dearest show of such a game, for the deepest report that there can be. What a
    conviction costs, its proof as dear as a transaction may be, is below what the convicted verifier pays for it.
    """
    game = Game(world, JOB)
    honest = game.honest()
    dispute = game.start(honest, honest.digest)
    shows, descents, verifier = list[int](), list[int](), game.verifier

    def show() -> None:
        move = defence(honest, game.client.game(dispute).position)
        shows.append(whole_gas(game, dispute, move, verifier))

    show()
    for leg in level_by_level(honest):
        descents.append(whole_gas(game, dispute, descend([leg]), CHALLENGER_USER))
        show()
    heights = [max(1, honest.tree(*(0,) * depth).height) for depth in range(4)]
    assert len(shows) == sum(heights) + 1, "a show for each level, and one of the leaf"
    deepest = sum(HEIGHTS.values()) + 1
    # The secret is opened for less than the dearest show.
    assert (deepest + 1) * max(shows) * GAS_PRICE <= COST < BOND
    assert (CHALLENGE_GAS + deepest * max(descents) + MOST_GAS) * GAS_PRICE <= COST


# On its way out


def test_r21_matured_stake_that_is_not_withdrawn_is_slashed(world: World) -> None:
    """Rule 21: verifiers whose free stake has been ready to go for long are drawn, locked and slashed like others.

    What else they have is locked somewhere, so that they still count in draws.
    """
    for user in VERIFIERS:
        registry = world.deployment.addresses["TaskRegistry"]
        key = keccak(user.encode())
        world.port.send(registry, "Staking", "lock", key, world[user], world.parameters.verifier_stake)
        unbond_all(world, user)
    matured(world)
    game = Game(world, JOB)
    honest, wrong = game.honest(), lying(game)
    verifier, report = game.verifier, game.number
    deposit = world.view("Staking", "locked_amount", verifier_key(report))
    ready = world.view("Staking", "unbonding", world[verifier])
    assert deposit > 0 == world.view("Staking", "stake", world[verifier])
    dispute = game.start(wrong, honest.digest)
    with world.undone():
        held = world.view("Token", "balanceOf", world[verifier])
        world.send(verifier, "Staking", "withdraw_stake")
        assert world.view("Token", "balanceOf", world[verifier]) == held + ready, "the deposit is not among it"
        game.prove_directly(dispute, honest, wrong)
        assert game.phase(dispute) is ChallengePhase.WON
    game.prove_directly(dispute, honest, wrong)
    assert world.view("Staking", "locked_amount", verifier_key(report)) == 0
    assert world.view("Staking", "unbonding", world[verifier]) == ready
    assert world.wealth(verifier) == FUNDS - deposit - world.parameters.verifier_stake

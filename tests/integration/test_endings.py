"""A task's whole life for each ending, and everybody's money afterwards, to the unit (promises 1 and 2).

Expected amounts are computed from deployments/local.yaml and the order (tests/integration/books.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boa
import pytest

from pinpoint.chain.client import ChallengePhase, Ending, TaskPhase, VerificationPhase
from pinpoint.chain.port import CallRefused
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower, seal
from tests.integration.books import BOND, COST, POOR, RATES, RICH, Bill, Books, part, plus, quick
from tests.integration.parties import (
    FickleSolver,
    HostileVerifier,
    HostileWhistleblower,
    Panel,
    endless_distance,
    flip,
    interpolate_half,
    muted,
    no_data,
    no_distance,
    train_canonically,
)
from tests.play import THRESHOLD, Play
from tests.world import VERIFIERS, World

BILL = Bill.at(RICH)
TRIES, ROUNDS = RATES["max_tries"], RATES["max_rounds"] + 1
BLOCK_HISTORY = 256
"""Blocks whose hashes the chain keeps."""
LIE = flip(1, 1, 12)
"""What a lying verifier lies about: in its second sample, in the second step, some node."""
LATER_MISTAKE = flip(1, 2, 12)
"""A mistake of a whistleblower that does not keep it from finding the lie."""


@pytest.fixture
def play(world: World, tmp_path: Path) -> Play:
    """A table without players, but for who takes the exits."""
    table = Play(world, tmp_path)
    table.join(Keeper, "stranger")
    return table


@pytest.fixture
def books(world: World) -> Books:
    """The accounts before the task."""
    return Books(world)


@pytest.fixture(autouse=True)
def quickly(world: World) -> Iterator[None]:
    """All tests here."""
    with quick(world):
        yield


def verifiers(play: Play, kind: type[Verifier] = Verifier, **options: Any) -> None:
    """All registered verifiers, of a kind."""
    play.players.append(Panel([play.role(kind, user, **options) for user in VERIFIERS]))


def refused(reason: str) -> Any:
    """The transaction inside reverts with exactly this reason."""
    return pytest.raises(CallRefused, match=f"^{reason}$")


def run(play: Play, price: int = RICH) -> int:
    """The standard tiny task, to its end."""
    task = play.submit(price=price)
    play.run(task)
    return task


def ending(play: Play, task: int) -> Ending:
    """How a task ended. A terminal state is terminal (promise 5): no exit is left in it."""
    now = play.client.task(task)
    assert now.phase is TaskPhase.ENDED
    for contract, method in (
        ("TaskRegistry", "close_enrolment"),
        ("TaskRegistry", "draw_solver"),
        ("TaskRegistry", "time_out"),
        ("Verification", "draw"),
        ("Verification", "time_out"),
        ("Settlement", "settle"),
        ("Settlement", "close_bounty"),
    ):
        with pytest.raises(CallRefused):
            play.world.send("stranger", contract, method, task)
    return now.ending


def drawn(play: Play, task: int, round_: int = 0) -> str:
    """The verifier of a round."""
    return play.world.name_of(play.world.view("Verification", "verifier_of", task, round_))


def phases(play: Play, task: int) -> list[ChallengePhase]:
    """How the challenges of a task ended, oldest first."""
    return [challenge.phase for challenge in play.client.challenges(task)]


def moves_of(play: Play, user: str) -> list[str]:
    """What somebody sent."""
    return [method for name, method in play.moves if name == user]


# Accepted


@pytest.mark.parametrize("price", [RICH, POOR])
def test_accepted(play: Play, books: Books, price: int) -> None:
    """Promise 3: honest solver and verifier gain, and a whistleblower that has nothing to do loses nothing."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert ending(play, task) is Ending.ACCEPTED
    assert any(play.client.posted_distances(task)), "the native evaluator is not expected to be bit-exact"
    books.check(task, Bill.at(price).accepted("solver", drawn(play, task)))


def test_accepted_by_exact_replay(play: Play, books: Books) -> None:
    """A solver that trains in canonical arithmetic is at distance 0, so no threshold is too low for it."""
    play.join(Solver, "solver", trainer=train_canonically)
    verifiers(play)
    task = play.submit(price=RICH, threshold=0)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert play.client.posted_distances(task) == [0, 0]
    books.check(task, BILL.accepted("solver", drawn(play, task)))


# Rejected


@pytest.mark.parametrize("price", [RICH, POOR])
def test_rejected(play: Play, books: Books, price: int) -> None:
    """A solver that interpolates half of the run loses its deposit; part of it is burnt, whoever reported it."""
    play.join(Solver, "solver", trainer=interpolate_half, check_own_work=False)
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert ending(play, task) is Ending.REJECTED
    assert max(play.client.posted_distances(task)) > THRESHOLD
    bill = Bill.at(price)
    gains = bill.rejected("solver", drawn(play, task))
    books.check(task, gains, burnt=-gains.total())
    assert -gains.total() >= bill.solver_deposit // 2


# A report overturned


def check_overturned_then_accepted(play: Play, books: Books, task: int, bill: Bill, convicts: str | None) -> None:
    """One right root, so all of the bounty for it; what was paid to who convicted comes out of it."""
    assert ending(play, task) is Ending.ACCEPTED
    won = bill.won if convicts else 0
    gains = plus(
        bill.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -bill.verifier_deposit},
        {convicts or "stranger": won},
        {"whistleblower": bill.bounty - won},
    )
    books.check(task, gains, burnt=bill.verifier_deposit - bill.bounty)


@pytest.mark.parametrize("price", [RICH, POOR])
def test_overturned_by_proof_then_accepted(play: Play, books: Books, price: int) -> None:
    """Promise 4: a wrong report does not become final while one whistleblower is awake; where deposits are less than
    the cost of a challenge, the bounty is the cost that is paid, and there is nothing to share."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(Whistleblower, "whistleblower")
    task = run(play, price)
    assert moves_of(play, drawn(play, task, 0)).count("show_leaf") == 1
    assert any(move.startswith("prove") for move in moves_of(play, "whistleblower"))
    assert phases(play, task) == [ChallengePhase.WON]
    check_overturned_then_accepted(play, books, task, Bill.at(price), "whistleblower")


def test_overturned_by_the_clock_then_accepted(play: Play, books: Books) -> None:
    """The liar opened its secret and then let its clock run out: the same money as with a proof."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, defends=False)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ("stranger", "time_out") in play.moves
    assert not any(move.startswith("prove") for move in moves_of(play, "whistleblower"))
    assert phases(play, task) == [ChallengePhase.WON]
    check_overturned_then_accepted(play, books, task, BILL, "whistleblower")


def test_overturned_by_a_secret_that_stayed_shut_then_accepted(play: Play, books: Books) -> None:
    """No game was played and nobody paid for moves, so the right root has all of the bounty."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, silent=("open_secret",))
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert phases(play, task) == [ChallengePhase.CLOSED]
    assert "descend" not in moves_of(play, "whistleblower")
    check_overturned_then_accepted(play, books, task, BILL, None)


def test_right_report_whose_secret_stayed_shut(play: Play, books: Books) -> None:
    """A wrong challenge of it costs nothing but earns nothing: all of the slash is burnt."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, silent=("open_secret",))
    play.join(HostileWhistleblower, "whistleblower", mistake=LIE, plays=False)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.CLOSED]
    gains = plus(BILL.accepted("solver", drawn(play, task, 1)), {drawn(play, task, 0): -BILL.verifier_deposit})
    books.check(task, gains, burnt=BILL.verifier_deposit)


def test_overturned_then_rejected(play: Play, books: Books) -> None:
    """A verifier in league with the solver: right roots share in both deposits."""
    play.join(Solver, "solver", trainer=interpolate_half, check_own_work=False)
    verifiers(play, HostileVerifier, falsify=no_distance)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.REJECTED
    from_solver = part(BILL.solver_deposit, "solver_bounty_share")
    gains = plus(
        BILL.rejected("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit},
        {"whistleblower": BILL.bounty + from_solver},
    )
    burnt_of_solver = -BILL.rejected("solver", "verifier").total() - from_solver
    books.check(task, gains, burnt=burnt_of_solver + BILL.verifier_deposit - BILL.bounty)


def test_solver_challenges_a_report_that_fails_it(play: Play, books: Books) -> None:
    """Promise 3: an honest solver is not slashed, and anyone may challenge, so it need not trust others to help."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=endless_distance)
    play.join(Whistleblower, "solver")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "solver": BILL.bounty},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty)


def test_right_root_with_wrong_distance(play: Play, books: Books) -> None:
    """A report is its root and its distances: who convicts one whose tree is right has the bounty all the same."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, posted=[THRESHOLD + 1, 0])
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert "prove_distance_fault" in moves_of(play, "whistleblower")
    check_overturned_then_accepted(play, books, task, BILL, "whistleblower")


# Several whistleblowers


BOTH = ("whistleblower", "other_whistleblower")


@pytest.mark.parametrize("order", [BOTH, BOTH[::-1]])
def test_two_right_whistleblowers(play: Play, books: Books, order: tuple[str, str]) -> None:
    """They share half of the bounty in either order of moves; only what the moves cost goes to who convicted."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    for user in order:
        play.join(Whistleblower, user)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.CLOSED]
    total = BILL.bounty - BILL.won
    each = total // 2 // 2
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, order[0]: BILL.won},
        dict.fromkeys(order, each),
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.won - 2 * each)


def test_right_root_of_a_game_that_did_not_end_first(play: Play, books: Books) -> None:
    """Who convicted had a wrong root and gets its bond and cost; the one whose game never ended has the bounty."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(HostileWhistleblower, "other_whistleblower", mistake=LATER_MISTAKE)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.CLOSED]
    check_overturned_then_accepted(play, books, task, BILL, "other_whistleblower")


def test_who_convicts_with_a_wrong_root_gets_bond_and_cost(play: Play, books: Books) -> None:
    """Nor can it open its root, or another's, to have more (promise 8)."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    convicts = play.join(HostileWhistleblower, "whistleblower", mistake=LATER_MISTAKE)
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.ENDED)
    (challenge,) = play.client.challenges(task)
    assert challenge.phase is ChallengePhase.WON
    salt = convicts.journal("salts").secret(f"{task}-0-seal")
    own = convicts.report_of(task).digest
    upheld = play.world.view("Verification", "upheld_digest", task)
    assert challenge.sealed == seal(task, convicts.address, own, salt)
    for digest, reason in ((own, "report"), (upheld, "seal")):
        with refused(f"settlement: {reason}"):
            play.world.send("whistleblower", "Settlement", "open_report", challenge.number, digest, salt)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": COST},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - COST)


def test_one_whistleblower_against_two_liars(play: Play, books: Books) -> None:
    """Two roots of one owner halve the bounty, like an alias: an honest whistleblower opens one of them."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, rounds=range(2))
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.WON]
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 2)),
        {drawn(play, task, round_): -BILL.verifier_deposit for round_ in range(2)},
        {"whistleblower": 2 * BILL.bounty},
    )
    books.check(task, gains, burnt=2 * (BILL.verifier_deposit - BILL.bounty))


# The challenger loses


@pytest.mark.parametrize("plays", [True, False], ids=["by proof", "by clock"])
def test_challenge_lost(play: Play, books: Books, plays: bool) -> None:
    """Promise 3: an honest verifier is paid for the moves; a challenger that finds nothing loses its bond."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(HostileWhistleblower, "whistleblower", mistake=LIE, plays=plays)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.LOST]
    assert (("stranger", "time_out") in play.moves) != plays
    verifier = drawn(play, task)
    gains = plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND, verifier: COST, "treasury": BOND - COST})
    books.check(task, gains)


def test_two_challenges_lost(play: Play, books: Books) -> None:
    """Games run side by side (promise 6), and each pays for itself."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(HostileWhistleblower, "whistleblower", mistake=LIE)
    play.join(HostileWhistleblower, "other_whistleblower", mistake=LATER_MISTAKE, plays=False)
    task = run(play)
    assert phases(play, task) == [ChallengePhase.LOST, ChallengePhase.LOST]
    assert ending(play, task) is Ending.ACCEPTED
    verifier = drawn(play, task)
    gains = plus(
        BILL.accepted("solver", verifier),
        dict.fromkeys(BOTH, -BOND),
        {verifier: 2 * COST, "treasury": 2 * (BOND - COST)},
    )
    books.check(task, gains)


def test_commitment_never_revealed(play: Play, books: Books) -> None:
    """Its bond is burnt, and it delays nobody: the report is final without a secret."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(muted(HostileWhistleblower, "reveal_challenge"), "whistleblower", mistake=LIE)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.CLOSED]
    verifier = drawn(play, task)
    assert "open_secret" not in moves_of(play, verifier)
    books.check(task, plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND}), burnt=BOND)


def test_commitment_hidden_while_another_convicts(play: Play, books: Books) -> None:
    """That the report was wrong does not save the bond of who did not reveal."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(Whistleblower, "whistleblower")
    play.join(muted(Whistleblower, "reveal_challenge"), "other_whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.CLOSED]
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": BILL.bounty, "other_whistleblower": -BOND},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty + BOND)


# Verifiers without a report


@pytest.mark.parametrize("method", ["accept_assignment", "report"])
def test_silent_verifier(play: Play, books: Books, method: str) -> None:
    """All of its deposit is burnt, and the next one reports on the same samples."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, silent=(method,))
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert len(play.world.port.events("Verification", "SamplesDrawn")) == 1
    gains = plus(BILL.accepted("solver", drawn(play, task, 1)), {drawn(play, task, 0): -BILL.verifier_deposit})
    books.check(task, gains, burnt=BILL.verifier_deposit)


def test_data_unavailable_to_one_verifier(play: Play, books: Books) -> None:
    """It is excused, nobody is slashed, and another one reports."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=no_data)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert moves_of(play, drawn(play, task, 0)) == ["accept_assignment", "report_unavailable"]
    books.check(task, BILL.accepted("solver", drawn(play, task, 1)))


def test_data_unavailable_to_all(play: Play, books: Books) -> None:
    """Unresolved, and everybody has what it had before: it cannot be told who withholds."""
    play.join(Solver, "solver")
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    for checkpoint in play.artifacts.proof(play.client.task(task).proof_root):
        (play.folder / "artifacts" / f"{checkpoint.hex()}.bin").unlink()
    play.run(task)
    assert ending(play, task) is Ending.UNRESOLVED
    assert [method for _, method in play.moves].count("report_unavailable") == ROUNDS
    books.check(task, {})


# Unresolved


def test_unresolved_after_lies(play: Play, books: Books) -> None:
    """No report survived: escrow and solver's deposit go back, and with no report upheld no root is right."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE, rounds=range(ROUNDS))
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.UNRESOLVED
    assert play.client.verification(task).phase is VerificationPhase.ABORTED
    liars = {drawn(play, task, round_): -BILL.verifier_deposit for round_ in range(ROUNDS)}
    assert len(liars) == ROUNDS
    gains = plus(liars, {"whistleblower": ROUNDS * COST})
    books.check(task, gains, burnt=ROUNDS * (BILL.verifier_deposit - COST))


@pytest.mark.parametrize("method", ["accept_assignment", "report"])
def test_unresolved_after_silence(play: Play, books: Books, method: str) -> None:
    """All verifiers of all rounds are slashed, the others have what they had."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, silent=(method,), rounds=range(ROUNDS))
    task = run(play)
    assert ending(play, task) is Ending.UNRESOLVED
    silent = {drawn(play, task, round_): -BILL.verifier_deposit for round_ in range(ROUNDS)}
    books.check(task, silent, burnt=ROUNDS * BILL.verifier_deposit)


def test_unresolved_without_verifiers(world: World, tmp_path: Path, books: Books) -> None:
    """Nobody to draw: every round's draw has a deadline, so the task ends all the same (promise 5)."""
    play = Play(world, tmp_path)
    play.join(muted(Keeper, "draw"), "stranger")
    play.join(Solver, "solver")
    for user in VERIFIERS:
        world.send(user, "Staking", "retire_verifier")
    task = run(play)
    assert ending(play, task) is Ending.UNRESOLVED
    assert moves_of(play, "solver")[-1] == "draw"
    books.check(task, {})


# Solvers that do not solve


FEE = part(BILL.solver_deposit, "decline_share")
SLASH = part(BILL.solver_deposit, "silence_share")
COMPENSATION = part(SLASH, "submitter_share")
DECLINED = Counter({"solver": -FEE, "treasury": FEE})
SILENT = Counter({"solver": -SLASH, "submitter": COMPENSATION})
ONCE, LATER, ALWAYS = range(1), range(1, TRIES), range(TRIES)
UNWILLING: list[dict[str, Any]] = [{"declines": True}, {"silent": ("accept",)}]


@pytest.mark.parametrize("manner", UNWILLING, ids=["declined", "silent"])
def test_offer_not_accepted(play: Play, books: Books, manner: dict[str, Any]) -> None:
    """It costs a small fee to have been drawn for nothing; another solver finishes."""
    play.join(FickleSolver, "solver", tries=ONCE, **manner)
    play.join(FickleSolver, "other_solver", tries=LATER)
    verifiers(play)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    books.check(task, plus(BILL.accepted("other_solver", drawn(play, task)), DECLINED))


@pytest.mark.parametrize("manner", UNWILLING, ids=["declined", "silent"])
def test_offer_never_accepted(play: Play, books: Books, manner: dict[str, Any]) -> None:
    """After so many tries the escrow goes back."""
    play.join(FickleSolver, "solver", tries=ALWAYS, **manner)
    task = run(play)
    assert ending(play, task) is Ending.NO_SOLVER
    assert play.client.task(task).tries == TRIES
    books.check(task, plus(*[DECLINED] * TRIES))


def test_silent_solver_and_another(play: Play, books: Books) -> None:
    """Accepted, no proof: a part of the deposit is lost, and the task goes back to the pool."""
    play.join(FickleSolver, "solver", tries=ONCE, silent=("post_proof",))
    play.join(FickleSolver, "other_solver", tries=LATER)
    verifiers(play)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(BILL.accepted("other_solver", drawn(play, task)), SILENT)
    books.check(task, gains, burnt=SLASH - COMPENSATION)


def test_silent_solver_every_time(play: Play, books: Books) -> None:
    """After so many tries the escrow goes back."""
    play.join(FickleSolver, "solver", tries=ALWAYS, silent=("post_proof",))
    task = run(play)
    assert ending(play, task) is Ending.SOLVER_SILENT
    books.check(task, plus(*[SILENT] * TRIES), burnt=TRIES * (SLASH - COMPENSATION))


@pytest.mark.parametrize("expired", [False, True], ids=["window over", "block too old"])
def test_samples_never_drawn(world: World, tmp_path: Path, books: Books, expired: bool) -> None:
    """The draw of its samples is the solver's to make; it gets no other block for them (attack A8)."""
    play = Play(world, tmp_path)
    play.join(muted(Keeper, "draw"), "stranger")
    play.join(FickleSolver, "solver", tries=ONCE, silent=("draw",))
    play.join(FickleSolver, "other_solver", tries=LATER)
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    now = play.client.verification(task)
    boa.env.evm.patch.block_number = now.draw_block + (BLOCK_HISTORY + 1 if expired else 1)
    boa.env.evm.patch.timestamp = now.deadline + (0 if expired else 1)
    with refused(f"verification: {'expired' if expired else 'late'}"):
        world.send("solver", "Verification", "draw", task)
    world.send("stranger", "Verification", "time_out", task)
    assert play.client.task(task).tries == 1
    verifiers(play)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(BILL.accepted("other_solver", drawn(play, task)), SILENT)
    books.check(task, gains, burnt=SLASH - COMPENSATION)


def test_samples_never_drawn_every_time(world: World, tmp_path: Path, books: Books) -> None:
    """Ends as silence does."""
    play = Play(world, tmp_path)
    play.join(muted(Keeper, "draw"), "stranger")
    play.join(FickleSolver, "solver", tries=ALWAYS, silent=("draw",))
    task = run(play)
    assert ending(play, task) is Ending.SOLVER_SILENT
    books.check(task, plus(*[SILENT] * TRIES), burnt=TRIES * (SLASH - COMPENSATION))


def test_no_solver(play: Play, books: Books) -> None:
    """All of the escrow goes back."""
    task = run(play)
    assert ending(play, task) is Ending.NO_SOLVER
    books.check(task, {})


def test_solver_that_was_not_chosen_leaves(play: Play, books: Books) -> None:
    """What is locked of it after the ending, nobody but itself takes, and it takes all."""
    for user in ("solver", "other_solver"):
        play.join(muted(Solver, "leave"), user)
    verifiers(play)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    solver = play.world.name_of(play.client.task(task).solver)
    (other,) = {"solver", "other_solver"} - {solver}
    gains = BILL.accepted(solver, drawn(play, task))
    deposit = BILL.solver_deposit
    books.check(task, plus(gains, {other: -deposit}), locked={f"solver {other}": deposit})
    with refused("registry: enrolled"):
        play.world.send("stranger", "TaskRegistry", "leave", task)
    play.world.send(other, "TaskRegistry", "leave", task)
    books.check(task, gains)

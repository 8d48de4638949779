"""Roles whose process is killed: the task ends as without, with the same money (docs/design.md; promises 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pinpoint.chain.client import ChallengePhase, Ending
from pinpoint.chain.posted import Posted
from pinpoint.commitment.tensor import Tensor
from pinpoint.commitment.tree import TreeKind, root
from pinpoint.program.graph import Program
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver, train
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.task_data import TaskData
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import BOND, COST, RICH, TASK_DEPOSIT, Bill, Books, plus
from tests.integration.parties import HostileVerifier, HostileWhistleblower, flip, interpolate_half
from tests.integration.processes import Killed, KillsAfter, join_mortals, port_of, process, submit, submitted
from tests.integration.table import drawn, to_training, upheld_distances
from tests.play import INTERVAL, STEPS, Play

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
SEGMENTS = STEPS // INTERVAL
LIE = flip(1, 1, 12)


DEADLY = pytest.mark.parametrize("deadly", [False, True], ids=["after each step", "around each transaction"])


@DEADLY
def test_honest_task_survives_kills(play: Play, books: Books, deadly: bool) -> None:
    """Killed wherever it hurts, the task ends as without, with the same money."""
    port = port_of(play.world, deadly)
    join_mortals(play, port, (Solver, "solver", {}), (Verifier, "", {}), (Whistleblower, "whistleblower", {}))
    task = submitted(play, port)
    play.run(task)
    assert play.client.task(task).ending is Ending.ACCEPTED
    assert play.client.task_count() == 1
    books.check(task, BILL.accepted("solver", drawn(play, task)))


@DEADLY
def test_dispute_survives_kills(play: Play, books: Books, deadly: bool) -> None:
    """Neither side of a game forgets its secret, its salts or where the game stands (promises 3 and 4)."""
    port = port_of(play.world, deadly)
    join_mortals(
        play,
        port,
        (Solver, "solver", {}),
        (HostileVerifier, "", {"falsify": LIE}),
        (Whistleblower, "whistleblower", {}),
    )
    task = submitted(play, port)
    play.run(task)
    assert play.client.task(task).ending is Ending.ACCEPTED
    assert [challenge.phase for challenge in play.client.challenges(task)] == [ChallengePhase.WON]
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": BILL.bounty},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty)


@DEADLY
def test_defence_survives_kills(play: Play, books: Books, deadly: bool) -> None:
    """An honest verifier is not slashed because its process was killed (promise 3)."""
    port = port_of(play.world, deadly)
    join_mortals(
        play,
        port,
        (Solver, "solver", {"trainer": interpolate_half, "check_own_work": False}),
        (Verifier, "", {}),
        (HostileWhistleblower, "whistleblower", {"mistake": LIE}),
    )
    task = submitted(play, port)
    play.run(task)
    assert play.client.task(task).ending is Ending.REJECTED
    assert [challenge.phase for challenge in play.client.challenges(task)] == [ChallengePhase.LOST]
    verifier = drawn(play, task)
    rejected = BILL.rejected("solver", verifier)
    gains = plus(rejected, {"whistleblower": -BOND, verifier: COST, "treasury": BOND - COST})
    books.check(task, gains, burnt=-rejected.total())


@pytest.mark.parametrize("sends", [True, False], ids=["after sending", "before sending"])
def test_submitter_submits_once(play: Play, sends: bool) -> None:
    """Killed before it wrote the task's number down, it finds the task on chain, or sends it for the first time."""
    world = play.world
    before = world.wealth("submitter")
    with pytest.raises(Killed):
        submit(process(play, KillsAfter(world.port, "submit_task", sends), Submitter, "submitter"))
    assert play.client.task_count() == sends
    numbers = [submit(process(play, world.port, Submitter, "submitter")) for _ in range(2)]
    assert numbers == [1, 1]
    assert play.client.task_count() == 1
    assert before - world.wealth("submitter") == BILL.fee + BILL.verifier_fee + BILL.tax + TASK_DEPOSIT


def test_submissions_of_other_names_are_others(play: Play) -> None:
    """The same order twice is two tasks."""
    port = play.world.port
    numbers = [submit(process(play, port, Submitter, "submitter"), name) for name in ("one", "two", "one")]
    assert numbers == [1, 2, 1]


def test_killed_submission_does_not_take_another(play: Play) -> None:
    """Killed before sending, it does not take a later task of the same order for its own."""
    port = play.world.port
    with pytest.raises(Killed):
        submit(process(play, KillsAfter(port, "submit_task", False), Submitter, "submitter"), "one")
    assert submit(process(play, port, Submitter, "submitter"), "two") == 1
    assert submit(process(play, port, Submitter, "submitter"), "one") == 2


# Training


def honest_proof(play: Play, task: int) -> bytes:
    """Root of the proof of an uninterrupted training."""

    def nothing(_: Program) -> Posted:
        raise AssertionError("expected no look at what is on chain")

    data = TaskData(play.client.task(task), play.artifacts, nothing)
    states = list(train(data, data.initial_state(), 0))
    return root(TreeKind.PROOF, [data.task.order.initial_state, *map(play.artifacts.put_state, states)])


def test_training_resumes_at_the_last_checkpoint(play: Play) -> None:
    """Killed after each checkpoint, it computes none twice, and proves what it would have without."""
    task, computed = to_training(play), []

    def trainer(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
        for place, trained in enumerate(train(data, state, segment), segment):
            computed.append(place)
            yield trained

    def killed(what: str, done: int, total: int) -> None:
        if what == "training" and done < total:
            raise Killed(what)

    for _ in range(SEGMENTS - 1):
        with pytest.raises(Killed):
            process(play, play.world.port, Solver, "solver", trainer=trainer, progress=killed).step(task)
    solver = process(play, play.world.port, Solver, "solver", trainer=trainer, progress=killed)
    assert solver.step(task) == "post_proof"
    assert computed == list(range(SEGMENTS))
    assert play.client.task(task).proof_root == honest_proof(play, task)


def test_training_killed_within_a_segment(play: Play) -> None:
    """Only that segment is trained again."""
    task, begun = to_training(play), []

    def trainer(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
        for place, trained in enumerate(train(data, state, segment), segment):
            begun.append(place)
            if begun.count(place) == 1:
                raise Killed("training")
            yield trained

    for _ in range(SEGMENTS):
        with pytest.raises(Killed):
            process(play, play.world.port, Solver, "solver", trainer=trainer).step(task)
    assert process(play, play.world.port, Solver, "solver", trainer=trainer).step(task) == "post_proof"
    assert begun == [place for place in range(SEGMENTS) for _ in range(2)]
    assert play.client.task(task).proof_root == honest_proof(play, task)


def test_training_is_done_once_for_a_proof_that_was_not_sent(play: Play) -> None:
    """Killed just before the proof is sent, it has nothing left to train."""
    task = to_training(play)

    def refuse(*_: Any) -> Iterator[list[Tensor]]:
        raise AssertionError("expected no more training")

    with pytest.raises(Killed):
        process(play, KillsAfter(play.world.port, "post_proof", False), Solver, "solver").step(task)
    assert process(play, play.world.port, Solver, "solver", trainer=refuse).step(task) == "post_proof"


def test_training_that_is_far_off_is_replayed(play: Play) -> None:
    """Promise 3: an honest solver finds out by itself, before its deposit depends on it, and has the right checkpoints
    already. Killed as often as you like.
    """
    task = to_training(play)
    with pytest.raises(Killed):
        killed = KillsAfter(play.world.port, "post_proof", False)
        process(play, killed, Solver, "solver", trainer=interpolate_half).step(task)
    assert process(play, play.world.port, Solver, "solver", trainer=interpolate_half).step(task) == "post_proof"
    play.join_verifiers()
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    play.run(task)
    assert play.client.task(task).ending is Ending.ACCEPTED
    assert max(upheld_distances(play, task)) == 0


def test_exact_mode_can_be_solved(play: Play) -> None:
    """With a threshold of 0 native training is far off from the first segment on."""
    play.join_verifiers()
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    task = play.submit(price=RICH, threshold=0)
    play.run(task)
    assert play.client.task(task).ending is Ending.ACCEPTED
    assert set(upheld_distances(play, task)) == {0}


def test_solver_that_was_not_chosen_takes_its_deposit_back(play: Play, books: Books) -> None:
    """Nobody else can; so it does when the task has ended, at the latest."""
    join_mortals(play, play.world.port, (Solver, "solver", {}), (Solver, "other_solver", {}), (Verifier, "", {}))
    task = play.submit(price=RICH)
    play.run(task)
    solver = play.world.name_of(play.client.task(task).solver)
    books.check(task, BILL.accepted(solver, drawn(play, task)))



"""Roles whose process is killed, and whose data is not what it should be (docs/design.md; promise 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import ChallengePhase, Client, Ending, Geometry, Order, TaskPhase, VerificationPhase
from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.commitment.tensor import Tensor
from pinpoint.commitment.tree import TreeKind, root
from pinpoint.models.dense import initial_state
from pinpoint.program.graph import ProgramError
from pinpoint.program.work import program_units
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.role import Role
from pinpoint.roles.solver import BadTraining, Solver, train
from pinpoint.roles.submitter import Submitter
from pinpoint.roles.task_data import TaskData
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import BOND, COST, RICH, Bill, Books, plus, quick
from tests.integration.parties import HostileVerifier, HostileWhistleblower, Panel, flip, interpolate_half
from tests.play import INTERVAL, LAYERS, PROGRAM, SAMPLES, STEPS, THRESHOLD, Play, batches
from tests.world import VERIFIERS, World

BILL = Bill.at(RICH)
SEGMENTS = STEPS // INTERVAL
LIE = flip(1, 1, 12)
TERMS = {"steps": STEPS, "interval": INTERVAL, "samples": SAMPLES, "threshold": THRESHOLD, "price": RICH}


@pytest.fixture
def play(world: World, tmp_path: Path) -> Play:
    """A table without players."""
    return Play(world, tmp_path)


@pytest.fixture
def books(world: World) -> Books:
    """The accounts before the task."""
    return Books(world)


@pytest.fixture(autouse=True)
def quickly(world: World) -> Iterator[None]:
    """All tests here."""
    with quick(world):
        yield


def drawn(play: Play, task: int, round_: int = 0) -> str:
    """The verifier of a round."""
    return play.world.name_of(play.world.view("Verification", "verifier_of", task, round_))


# Killed processes


class Killed(Exception):
    """The end of a process."""


class DeadlyPort:
    """A port whose user is killed at each transaction: once just before it is sent, and once just after."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self._tried: set[str] = set()
        self.kills = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def send(self, sender: Any, *transaction: Any) -> Any:
        self.kills += 1
        assert self.kills < 200, f"no progress: {transaction}"
        what = repr((sender, transaction))
        if what in self._tried:
            self._tried.remove(what)
            self._port.send(sender, *transaction)
        else:
            self._tried.add(what)
        raise Killed(transaction[1])


class Mortal(Role):
    """A player that is a new process at each step: nothing but chain and disk is left of the last one."""

    def __init__(self, born: Callable[[], Any]) -> None:
        self._born = born
        self.address = born().address

    def step(self, task: int) -> str | None:
        process = self._born()
        try:
            return process.step(task)
        except Killed as killed:
            return f"{killed}, killed"
        finally:
            self.address = process.address


def process(play: Play, port: Any, kind: type[Any], user: str, **options: Any) -> Any:
    """A new process of a role. Its secrets are unpredictable, so one that is not on disk is lost with it."""
    artifacts = Artifacts(Storage(str(play.folder / "artifacts")))
    client = Client(port, play.world.deployment)
    return kind(client, play.world[user], artifacts, play.folder, **options)


def join_mortals(play: Play, port: Any, *players: tuple[type[Any], str, dict[str, Any]]) -> None:
    """Keeper and these, all mortal. A verifier stands for all registered ones."""

    def life(kind: type[Any], user: str, options: dict[str, Any]) -> Callable[[], Any]:
        if issubclass(kind, Verifier):
            return lambda: Panel([process(play, port, kind, name, **options) for name in VERIFIERS])
        return lambda: process(play, port, kind, user, **options)

    for kind, user, options in ((Keeper, "stranger", {}), *players):
        play.players.append(Mortal(life(kind, user, options)))


def submitted(play: Play, port: Any, name: str = "task") -> int:
    """The standard task, by a submitter that is killed until it is done."""
    while True:
        try:
            return submit(process(play, port, Submitter, "submitter"), name)
        except Killed:
            pass


def submit(submitter: Submitter, name: str = "task") -> int:
    """The standard task."""
    return submitter.submit(name, PROGRAM, batches(), initial_state(LAYERS, 0), **TERMS)


def port_of(world: World, deadly: bool) -> Any:
    """The port, or one that kills."""
    return DeadlyPort(world.port) if deadly else world.port


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


class KillsAfter:
    """A port that kills just after one method was sent, or just before."""

    def __init__(self, port: Any, method: str, sends: bool) -> None:
        self._port, self._method, self._sends = port, method, sends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def send(self, sender: Any, contract: str, method: str, *arguments: Any) -> Any:
        if method == self._method and not self._sends:
            raise Killed(method)
        receipt = self._port.send(sender, contract, method, *arguments)
        if method == self._method:
            raise Killed(method)
        return receipt


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
    assert before - world.wealth("submitter") == BILL.fee + BILL.verifier_fee + BILL.tax


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


def to_training(play: Play) -> int:
    """A task that the solver has accepted, without having looked at it."""
    task = to_offered(play)
    play.world.send("solver", "TaskRegistry", "accept", task)
    return task


def to_offered(play: Play) -> int:
    """A task that is offered to the solver, which has not looked at it."""
    task = play.submit(price=RICH)
    play.world.send("solver", "TaskRegistry", "enrol", task)
    play.join(Keeper, "stranger")
    play.run(task, until=TaskPhase.OFFERED)
    play.players.clear()
    return task


def honest_proof(play: Play, task: int) -> bytes:
    """Root of the proof of an uninterrupted training."""
    data = TaskData(play.client.task(task), play.artifacts)
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


def test_bad_training_posts_nothing(play: Play) -> None:
    """Promise 3: an honest solver finds out by itself, before its deposit depends on it."""
    task = to_training(play)
    for _ in range(2):
        solver = process(play, play.world.port, Solver, "solver", trainer=interpolate_half)
        with pytest.raises(BadTraining, match=r"^expected a distance of at most 0x3a800000 in segment 0, got 0x"):
            solver.step(task)
    now = play.client.task(task)
    assert (now.phase, now.proof_root) == (TaskPhase.TRAINING, bytes(32))


def test_bad_training_at_a_threshold_that_is_too_low(play: Play) -> None:
    """Honest work, but not by the submitter's measure: it is not posted either."""
    play.join(Solver, "solver")
    task = play.submit(price=RICH, threshold=0)
    with pytest.raises(BadTraining, match=r"^expected a distance of at most 0x00000000 in segment 0, got 0x"):
        play.run(task)
    assert play.client.task(task).phase is TaskPhase.TRAINING


def test_solver_that_was_not_chosen_takes_its_deposit_back(play: Play, books: Books) -> None:
    """Nobody else can; so it does when the task has ended, at the latest."""
    join_mortals(play, play.world.port, (Solver, "solver", {}), (Solver, "other_solver", {}), (Verifier, "", {}))
    task = play.submit(price=RICH)
    play.run(task)
    solver = play.world.name_of(play.client.task(task).solver)
    books.check(task, BILL.accepted(solver, drawn(play, task)))


# Damaged data


def place_of(play: Play, of: bytes) -> Path:
    """Where an artifact is."""
    return play.folder / "artifacts" / f"{of.hex()}.bin"


def damage(play: Play, of: bytes, how: str) -> None:
    """Spoil an artifact."""
    path = place_of(play, of)
    data = path.read_bytes()
    match how:
        case "missing":
            path.unlink()
        case "truncated":
            path.write_bytes(data[:-1])
        case "empty":
            path.write_bytes(b"")
        case "longer":
            path.write_bytes(data + bytes(32))
        case "first bit":
            path.write_bytes(bytes([data[0] ^ 0x80]) + data[1:])
        case "last bit":
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


DAMAGE = ("missing", "truncated", "empty", "longer", "first bit", "last bit")
PARTS = ("program", "dataset", "batch", "initial state")


def part_of(play: Play, task: int, part: str) -> bytes:
    """Root of what a task is made of."""
    order = play.client.task(task).order
    match part:
        case "program":
            return order.program_root
        case "dataset":
            return order.dataset_root
        case "batch":
            return play.artifacts.dataset(order.dataset_root)[2]
    return order.initial_state


def new(play: Play, kind: type[Any], user: str, **options: Any) -> Any:
    """A process that has downloaded nothing yet."""
    return process(play, play.world.port, kind, user, **options)


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("part", PARTS)
def test_no_enrolment_without_data(play: Play, part: str, how: str) -> None:
    """A solver does not enrol for what it cannot check; the error names the artifact."""
    task = play.submit(price=RICH)
    of = part_of(play, task, part)
    damage(play, of, how)
    solver = new(play, Solver, "solver")
    assert solver.step(task) is None
    assert play.client.task(task).enrolled == 0
    with pytest.raises(ArtifactError, match=of.hex()):
        solver.data(task).check()


@pytest.mark.parametrize("how", ["missing", "last bit"])
@pytest.mark.parametrize("part", PARTS)
def test_decline_without_data(play: Play, part: str, how: str) -> None:
    """Data that vanish after the enrolment: declining costs little, accepting would cost the deposit."""
    task = to_offered(play)
    damage(play, part_of(play, task, part), how)
    assert new(play, Solver, "solver").step(task) == "decline"
    assert play.client.task(task).phase is TaskPhase.OPEN


@pytest.mark.parametrize("part", PARTS)
def test_no_proof_without_data(play: Play, part: str) -> None:
    """Data that vanish after the acceptance: the error names what the solver has to find again."""
    task = to_training(play)
    of = part_of(play, task, part)
    damage(play, of, "missing")
    with pytest.raises(ArtifactError, match=f"^{of.hex()} not available in "):
        new(play, Solver, "solver").step(task)


def to_assigned(play: Play, **options: Any) -> tuple[int, str]:
    """A task whose verifier is drawn and has not looked at it, and who that is; nobody plays any more."""
    solver = play.join(Solver, "solver", **options)
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    while play.client.verification(task).phase is VerificationPhase.DRAWING:
        play.world.mine()
        solver.step(task)
    play.players.clear()
    return task, drawn(play, task)


def answer(verifier: Verifier, task: int) -> str | None:
    """What a drawn verifier has to say, which may accept before it looks."""
    done = verifier.step(task)
    return verifier.step(task) if done == "accept_assignment" else done


def to_reported(play: Play, **options: Any) -> tuple[int, str]:
    """A task whose verifier, with these options, has reported, and who that is."""
    task, verifier = to_assigned(play)
    kind = HostileVerifier if options else Verifier
    assert answer(new(play, kind, verifier, **options), task) == "report"
    return task, verifier


def sampled_part(play: Play, task: int, part: str) -> bytes:
    """Root of something that the replay of the first sample needs."""
    now, sample = play.client.task(task), play.client.samples(task)[0]
    checkpoints = play.artifacts.proof(now.proof_root)
    match part:
        case "proof":
            return now.proof_root
        case "start":
            return checkpoints[sample]
        case "end":
            return checkpoints[sample + 1]
        case "batch":
            return play.artifacts.dataset(now.order.dataset_root)[sample * INTERVAL % len(batches())]
    return part_of(play, task, part)


@pytest.mark.parametrize(
    ("part", "how"),
    [(part, "missing") for part in ("proof", "end", "batch", "dataset", "program")]
    + [("start", how) for how in DAMAGE],
)
def test_unavailable_data_excuse_the_verifier(play: Play, books: Books, part: str, how: str) -> None:
    """Promise 3: it says so and keeps its deposit, instead of reporting what it does not know."""
    task, verifier = to_assigned(play)
    damage(play, sampled_part(play, task, part), how)
    assert answer(new(play, Verifier, verifier), task) == "report_unavailable"
    assert verifier not in books.gains()
    assert play.client.verification(task).round == 1


@pytest.mark.parametrize("part", ["proof", "start", "end", "batch", "dataset", "program"])
def test_whistleblower_without_data_does_nothing(play: Play, part: str) -> None:
    """It cannot know whether the report is wrong, so it risks no bond, and goes on."""
    task, _ = to_reported(play, falsify=LIE)
    damage(play, sampled_part(play, task, part), "missing")
    assert new(play, Whistleblower, "whistleblower").step(task) is None


@pytest.mark.parametrize("part", ["proof", "start", "batch"])
def test_verifier_defends_a_report_whose_data_have_vanished(play: Play, books: Books, part: str) -> None:
    """Promise 3: what it replayed it still has, though its process was killed and the solver withdrew the data."""
    task, verifier = to_reported(play)
    challenger = new(play, HostileWhistleblower, "whistleblower", mistake=LIE)
    assert challenger.step(task) == "commit_challenge"
    damage(play, sampled_part(play, task, part), "missing")
    play.players[:] = [new(play, Keeper, "stranger"), new(play, Verifier, verifier), challenger]
    play.run(task)
    gains = plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND, verifier: COST, "treasury": BOND - COST})
    books.check(task, gains)


@pytest.mark.parametrize("part", ["proof", "start", "batch"])
def test_whistleblower_goes_on_when_data_have_vanished(play: Play, part: str) -> None:
    """Promise 3: it gets its bond back, though its process was killed and the liar's friend withdrew the data."""
    task, verifier = to_assigned(play)
    liar = new(play, HostileVerifier, verifier, falsify=LIE)
    assert answer(liar, task) == "report"
    assert new(play, Whistleblower, "whistleblower").step(task) == "commit_challenge"
    damage(play, sampled_part(play, task, part), "missing")
    play.players[:] = [new(play, Keeper, "stranger"), liar, new(play, Whistleblower, "whistleblower")]
    play.run(task, until=TaskPhase.ENDED)
    (challenge,) = play.client.challenges(task)
    assert challenge.phase is ChallengePhase.WON


def test_whistleblower_opens_its_root_when_data_have_vanished(play: Play, books: Books) -> None:
    """The root that it sealed is what its bounty depends on."""
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    play.players.append(Panel([play.role(HostileVerifier, user, falsify=LIE) for user in VERIFIERS]))
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.ENDED)
    damage(play, sampled_part(play, task, "start"), "missing")
    play.players[:] = [new(play, Keeper, "stranger"), new(play, Whistleblower, "whistleblower")]
    play.run(task)
    assert books.gains()["whistleblower"] == BILL.bounty


# Orders and proofs that are not what they say


GEOMETRY = Geometry(len(PROGRAM.nodes), len(PROGRAM.state_shapes), len(batches()), STEPS, INTERVAL, SAMPLES, THRESHOLD)
UNITS = program_units(PROGRAM)
WRONG_COUNTS = [
    ("units", UNITS, UNITS + 1),
    ("units", UNITS, UNITS - 1),
    ("nodes", GEOMETRY.nodes, GEOMETRY.nodes + 1),
    ("nodes", GEOMETRY.nodes, GEOMETRY.nodes - 1),
    ("state tensors", GEOMETRY.state, GEOMETRY.state + 1),
    ("state tensors", GEOMETRY.state, GEOMETRY.state - 1),
    ("batches", GEOMETRY.batches, GEOMETRY.batches + 1),
    ("batches", GEOMETRY.batches, GEOMETRY.batches - 1),
]


def submit_wrong(play: Play, name: str, given: int) -> int:
    """The standard task, but for one count, as the contract takes it."""
    geometry, units = GEOMETRY, UNITS
    if name == "units":
        units = given
    else:
        geometry = replace(geometry, **{{"state tensors": "state"}.get(name, name): given})
    artifacts = play.artifacts
    order = Order(
        artifacts.put_program(PROGRAM),
        artifacts.put_dataset(batches()),
        artifacts.put_state(initial_state(LAYERS, 0)),
        geometry,
        units,
        RICH,
    )
    receipt = play.world.send("submitter", "TaskRegistry", "submit_task", order.arguments())
    return int(receipt.event("TaskSubmitted").fields["task"])


@pytest.mark.parametrize(("name", "right", "given"), WRONG_COUNTS)
def test_wrong_counts_in_an_order_are_refused(play: Play, name: str, right: int, given: int) -> None:
    """A solver is paid by these, and judged by them; it does not enrol."""
    task = submit_wrong(play, name, given)
    solver = new(play, Solver, "solver")
    assert solver.step(task) is None
    assert play.client.task(task).enrolled == 0
    with pytest.raises(ProgramError, match=f"^expected an order of {right} {name}, got {given}$"):
        solver.data(task).check()


class Accomplice(Solver):
    """A solver that accepts anything."""

    def _sound(self, task: Any) -> bool:
        return True


@pytest.mark.parametrize(("name", "right", "given"), [case for case in WRONG_COUNTS if case[0] != "units"])
def test_verifier_refuses_wrong_counts(play: Play, books: Books, name: str, right: int, given: int) -> None:
    """Promise 3: submitter and solver in league do not make it lose: a report that it could not defend, it does not
    give, and nobody is slashed."""
    port = play.world.port
    claimed = initial_state(LAYERS, 1)

    def trainer(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
        return iter([claimed] * (SEGMENTS - segment))

    accomplice = {"trainer": trainer, "check_own_work": False}
    join_mortals(play, port, (Accomplice, "solver", accomplice), (Verifier, "", {}))
    task = submit_wrong(play, name, given)
    play.run(task)
    assert play.client.task(task).ending is Ending.UNRESOLVED
    assert "report" not in [method for _, method in play.moves]
    books.check(task, {})


SHAPES = {
    "another shape": [np.zeros((2, 2), np.float32)] * GEOMETRY.state,
    "too few": initial_state(LAYERS, 0)[:-1],
    "too many": [*initial_state(LAYERS, 0), np.zeros((1, 1), np.float32)],
    "transposed": [np.ascontiguousarray(tensor.T) for tensor in initial_state(LAYERS, 0)],
}


@pytest.mark.parametrize("state", SHAPES.values(), ids=SHAPES)
def test_malformed_checkpoints_excuse_the_verifier(play: Play, books: Books, state: list[Tensor]) -> None:
    """Promise 3: a solver that proves tensors of other shapes does not make a verifier fail to report in time."""

    def trainer(data: TaskData, start: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
        return iter([state] * (SEGMENTS - segment))

    task, verifier = to_assigned(play, trainer=trainer, check_own_work=False)
    assert answer(new(play, Verifier, verifier), task) == "report_unavailable"
    assert verifier not in books.gains()


@pytest.mark.parametrize("state", SHAPES.values(), ids=SHAPES)
def test_malformed_checkpoints_do_not_stop_a_whistleblower(play: Play, state: list[Tensor]) -> None:
    """It goes on with its other tasks."""

    def trainer(data: TaskData, start: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
        return iter([state] * (SEGMENTS - segment))

    task, verifier = to_assigned(play, trainer=trainer, check_own_work=False)
    play.world.send(verifier, "Verification", "accept_assignment", task, bytes([3]) * 32)
    report = (task, bytes([1]) * 32, [0] * SAMPLES, bytes([2]) * 32)
    play.world.send(verifier, "Verification", "report", *report)
    assert new(play, Whistleblower, "whistleblower").step(task) is None

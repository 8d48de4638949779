"""Orders and proofs that are not what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pinpoint.chain.client import Ending, Geometry, Order
from pinpoint.commitment.tensor import LANES, Tensor
from pinpoint.models.dense import initial_state
from pinpoint.program.graph import ProgramError
from pinpoint.program.work import data_bits, program_units
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.task_data import TaskData
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import CHUNK_FEE, RICH, Bill, Books
from tests.integration.processes import join_mortals, new
from tests.integration.table import answer, ending, to_assigned
from tests.play import INTERVAL, LAYERS, PROGRAM, SAMPLES, STEPS, THRESHOLD, Play, batches

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
SEGMENTS = STEPS // INTERVAL

GEOMETRY = Geometry(
    nodes=len(PROGRAM.nodes),
    state=len(PROGRAM.state_shapes),
    batches=len(batches()),
    steps=STEPS,
    interval=INTERVAL,
    samples=SAMPLES,
    threshold=THRESHOLD,
    data=data_bits(PROGRAM, INTERVAL, SAMPLES),
)
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
    ("bits of data", GEOMETRY.data, GEOMETRY.data + 1),
    ("bits of data", GEOMETRY.data, GEOMETRY.data - 1),
]


def submit_wrong(play: Play, name: str, given: int) -> int:
    """The standard task, but for one count, as the contract takes it."""
    geometry, units = GEOMETRY, UNITS
    if name == "units":
        units = given
    else:
        geometry = replace(geometry, **{{"state tensors": "state", "bits of data": "data"}.get(name, name): given})
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
    """A solver is paid by these, and judged by them; it does not enrol. That the state is not PACK's, it shows."""
    task = submit_wrong(play, name, given)
    solver = new(play, Solver, "solver")
    expected = ["commit", "show_invalid"] if name == "state tensors" else [None, None]
    assert [solver.step(task) for _ in range(2)] == expected
    now = play.client.task(task)
    assert now.enrolled == 0
    assert now.ending is (Ending.INVALID_PROGRAM if name == "state tensors" else Ending.NONE)
    with pytest.raises(ProgramError, match=f"^expected an order of {right} {name}, got {given}$"):
        solver.data(task).check()


class Accomplice(Solver):
    """A solver that accepts anything."""

    def _sound(self, task: Any) -> bool:
        return True


@pytest.mark.parametrize(("name", "right", "given"), [case for case in WRONG_COUNTS if case[0] != "units"])
def test_verifier_refuses_wrong_counts(play: Play, books: Books, name: str, right: int, given: int) -> None:
    """Promise 3, attack A15: submitter and solver in league do not make it lose. No tree of a report would have the
    size that the contracts demand, so it gives none, and nobody is slashed."""
    port = play.world.port
    claimed = initial_state(LAYERS, 1)

    def trainer(data: TaskData, state: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
        return iter([claimed] * (SEGMENTS - segment))

    accomplice = {"trainer": trainer, "check_own_work": False}
    join_mortals(play, port, (Accomplice, "solver", accomplice), (Verifier, "", {}))
    task = submit_wrong(play, name, given)
    play.run(task)
    assert play.client.task(task).ending is Ending.UNRESOLVED
    assert play.world.port.events("Verification", "Reported") == []
    assert not {"report", "commit_report"} & {method for _, method in play.moves}
    books.check(task, {})


SHAPES = {
    "another shape": [np.zeros((2, 2), np.float32)] * GEOMETRY.state,
    "too few": initial_state(LAYERS, 0)[:-1],
    "too many": [*initial_state(LAYERS, 0), np.zeros((1, 1), np.float32)],
    "wider, of the same root": [np.pad(t, ((0, 0), (0, -t.shape[1] % LANES))) for t in initial_state(LAYERS, 1)],
    "transposed": [np.ascontiguousarray(tensor.T) for tensor in initial_state(LAYERS, 0)],
}


def to_malformed(play: Play, state: list[Tensor]) -> tuple[int, str]:
    """A task whose solver has proved this state again and again, and who is drawn to replay it."""

    def trainer(data: TaskData, start: Sequence[Tensor], segment: int) -> Iterator[list[Tensor]]:
        return iter([state] * (SEGMENTS - segment))

    return to_assigned(play, trainer=trainer, check_own_work=False)


@pytest.mark.parametrize("state", SHAPES.values(), ids=SHAPES)
def test_malformed_checkpoints_are_withheld(play: Play, books: Books, state: list[Tensor]) -> None:
    """Attack A6, promise 3: tensors of other shapes are no checkpoint. They are asked for in the program's shapes, in
    which nobody can post them; the verifier has its deposit and its fees back, the solver's deposit is gone."""
    task, verifier = to_malformed(play, state)
    assert answer(play, new(play, Verifier, verifier), task) is None, "it reports what it cannot replay"
    owed = play.world.view("Availability", "pending", task)
    # The first checkpoint is the task's own, so it is of the right shapes.
    ends = {sample + place for sample in play.client.samples(task) for place in range(2)} - {0}
    assert owed == len(ends) * GEOMETRY.state
    assert books.pots(task) == books.pots(task) | {f"ask {place}": CHUNK_FEE for place in range(owed)}
    play.players[:] = [new(play, Keeper, "stranger"), new(play, Verifier, verifier)]
    play.run(task)
    assert ending(play, task) is Ending.DATA_WITHHELD
    gains = BILL.rejected("solver", verifier)
    books.check(task, gains, burnt=-gains.total())


@pytest.mark.parametrize("state", SHAPES.values(), ids=SHAPES)
def test_malformed_checkpoints_do_not_stop_a_whistleblower(play: Play, state: list[Tensor]) -> None:
    """It came when asking was over, and goes on with its other tasks."""
    task, verifier = to_malformed(play, state)
    world = play.world
    world.send(verifier, "Verification", "accept_assignment", task, bytes([3]) * 32)
    world.mine(play.client.parameters.draw_delay)
    world.warp_to(play.client.round(task).ask_end + 1)
    world.send(verifier, "Verification", "report", task, bytes([1]) * 32, [0] * SAMPLES, bytes([2]) * 32)
    assert new(play, Whistleblower, "whistleblower").step(task) is None

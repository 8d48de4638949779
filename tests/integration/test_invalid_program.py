"""A submitter that bypasses its own validation: attack A15, played by the roles; all money to the unit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pinpoint.chain.client import Ending, Geometry, Order, TaskPhase
from pinpoint.dispute.invalid import first_invalid, show_invalid
from pinpoint.models.dense import initial_state
from pinpoint.program.graph import Program, ProgramError
from pinpoint.program.operators import Operator
from pinpoint.program.validation import validate
from pinpoint.program.work import data_bits, program_units
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from tests.integration.books import RATES, RICH, TASK_DEPOSIT, Bill, Books, part, plus
from tests.integration.parties import FickleSolver
from tests.integration.table import ending, moves_of, refused
from tests.play import INTERVAL, LAYERS, PROGRAM, SAMPLES, STEPS, THRESHOLD, Play, batches

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
FOUND = part(TASK_DEPOSIT, "invalid_share")
STATES = len(PROGRAM.state_shapes)
SALT = bytes([7]) * 32


@pytest.fixture
def play(play: Play) -> Play:
    """With who takes the exits."""
    play.join(Keeper, "stranger")
    return play


class Accomplice(Solver):
    """A solver that accepts anything."""

    def _sound(self, task: Any) -> bool:
        return True


class FickleAccomplice(FickleSolver, Accomplice):
    """One that accepts and then does nothing."""


def with_node(index: int, **changes: Any) -> Program:
    """The standard program, one node of which is changed."""
    nodes = list(PROGRAM.nodes)
    nodes[index] = replace(nodes[index], **changes)
    return Program(tuple(nodes), PROGRAM.constants)


def node_of(operator: Operator) -> int:
    """The first node of an operator."""
    return next(index for index, node in enumerate(PROGRAM.nodes) if node.operator is operator)


PRODUCT, SUM = node_of(Operator.MATMUL), node_of(Operator.ADD)
PACK = len(PROGRAM.nodes) - 1
INVALID = {
    "shapes that do not fit": with_node(PRODUCT, rows=PROGRAM.nodes[PRODUCT].rows + 1),
    "an input from later": with_node(PRODUCT, inputs=(PACK - 1, PROGRAM.nodes[PRODUCT].inputs[1])),
    "an input of another shape": with_node(SUM, inputs=(0, PROGRAM.nodes[SUM].inputs[1])),
    "a state that nothing updates": with_node(0, inputs=(PRODUCT,)),
    "a tensor of no batch": with_node(node_of(Operator.BATCH), attribute=99),
}


def submit(play: Play, program: Program) -> int:
    """The standard task with another program, as the contract takes it."""
    artifacts = play.artifacts
    held = data_bits(PROGRAM, INTERVAL, SAMPLES)
    counts = (len(program.nodes), STATES, len(batches()), STEPS, INTERVAL, SAMPLES, THRESHOLD, held)
    order = Order(
        artifacts.put_program(program),
        artifacts.put_dataset(batches()),
        artifacts.put_state(initial_state(LAYERS, 0)),
        Geometry(*counts),
        program_units(PROGRAM),
        RICH,
    )
    receipt = play.world.send("submitter", "TaskRegistry", "submit_task", order.arguments())
    return int(receipt.event("TaskSubmitted").fields["task"])


def show(play: Play, task: int, program: Program, user: str, claims: bool = True) -> Any:
    """Show a program's fault, claimed in the block before."""
    move = show_invalid([node.words() for node in program.nodes], STATES)
    assert move is not None
    if claims:
        claim = play.world.view("ProgramJudge", "commitment_of", task, move.arguments[0], play.world[user], SALT)
        play.world.send(user, "ProgramJudge", "commit", claim)
    return play.world.send(user, move.contract, move.method, task, *move.arguments, SALT)


@pytest.mark.parametrize("program", INVALID.values(), ids=INVALID)
def test_a_solver_shows_it(play: Play, books: Books, program: Program) -> None:
    """It looks before it enrols, and is paid out of the submitter's deposit; the rest is burnt, the escrow back."""
    with pytest.raises(ProgramError):
        validate(program)
    play.join(Solver, "solver")
    task = submit(play, program)
    play.run(task)
    assert ending(play, task) is Ending.INVALID_PROGRAM
    assert moves_of(play, "solver") == ["commit", "show_invalid", "withdraw"]
    books.check(task, {"submitter": -TASK_DEPOSIT, "solver": FOUND}, burnt=TASK_DEPOSIT - FOUND)


def test_a_solver_shows_a_valid_program_to_nobody(play: Play) -> None:
    """Promise 3: an honest submitter's deposit comes back with the first acceptance."""
    assert first_invalid([node.words() for node in PROGRAM.nodes], STATES) is None
    play.join(Solver, "solver")
    task = submit(play, PROGRAM)
    play.run(task, until=TaskPhase.TRAINING)
    assert "show_invalid" not in moves_of(play, "solver")
    assert Books(play.world).locks(task) == {"solver solver": BILL.solver_deposit}


@pytest.mark.parametrize("until", [TaskPhase.OPEN, TaskPhase.OFFERED])
def test_who_had_enrolled_has_its_deposit_back(play: Play, books: Books, until: TaskPhase) -> None:
    """Drawn or not, a solver that has not accepted loses nothing by another's finding."""
    program = INVALID["shapes that do not fit"]
    play.join(FickleAccomplice, "other_solver", tries=range(1), silent=("accept",))
    task = submit(play, program)
    play.players[-1].step(task)
    play.run(task, until=until)
    show(play, task, program, "solver")
    play.run(task)
    assert ending(play, task) is Ending.INVALID_PROGRAM
    books.check(task, {"submitter": -TASK_DEPOSIT, "solver": FOUND}, burnt=TASK_DEPOSIT - FOUND)


def test_after_an_acceptance_a_program_has_a_meaning(play: Play, books: Books) -> None:
    """Attack A15: what is revealed when checkpoints could be public costs nobody. The one who accepted was silent, and
    pays; the task goes back to the pool, and no honest solver takes it or trips over it."""
    program = INVALID["an input of another shape"]
    play.join(FickleAccomplice, "other_solver", tries=range(1), silent=("post_proof",), trainer=None)
    task = submit(play, program)
    play.players[-1].step(task)
    play.run(task, until=TaskPhase.TRAINING)
    with refused("registry: phase"):
        show(play, task, program, "solver")
    play.world.warp_to(play.client.task(task).deadline + 1)
    play.world.send("stranger", "TaskRegistry", "time_out", task)
    assert play.client.task(task).phase is TaskPhase.OPEN
    with refused("registry: accepted"):
        show(play, task, program, "solver")
    play.join(Solver, "solver")
    play.run(task)
    assert ending(play, task) is Ending.NO_SOLVER
    assert moves_of(play, "solver") in ([], ["close_enrolment"])
    slashed = part(BILL.solver_deposit, "silence_share")
    gains = {"other_solver": -slashed, "submitter": part(slashed, "submitter_share")}
    books.check(task, gains, burnt=slashed - gains["submitter"])


def test_the_submitter_gains_nothing_by_finding_its_own_fault(play: Play, books: Books) -> None:
    """Rule 9: some residue of every loss is burnt, also where both sides are one."""
    program = INVALID["a tensor of no batch"]
    task = submit(play, program)
    show(play, task, program, "submitter")
    assert ending(play, task) is Ending.INVALID_PROGRAM
    assert RATES["invalid_share"] < 10**18
    books.check(task, {"submitter": FOUND - TASK_DEPOSIT}, burnt=TASK_DEPOSIT - FOUND)


def test_a_copied_finding_is_the_finders(play: Play, books: Books) -> None:
    """Promise 8, rule 10: whoever reads in the mempool how the fault is shown has not claimed it, and comes too late
    with a claim of its own."""
    program = INVALID["a tensor of no batch"]
    task = submit(play, program)
    solver = play.role(Solver, "solver")
    assert solver.step(task) == "commit"
    with refused("program: unclaimed"):
        show(play, task, program, "other_solver", claims=False)
    assert solver.step(task) == "show_invalid"
    play.players.append(solver)
    play.run(task)
    assert ending(play, task) is Ending.INVALID_PROGRAM
    books.check(task, {"submitter": -TASK_DEPOSIT, "solver": FOUND}, burnt=TASK_DEPOSIT - FOUND)


def test_nobody_copies_a_finding_for_another_task(play: Play, books: Books) -> None:
    """What is wrong with one program shows nothing about another's, and nothing twice (rules 3 and 14)."""
    program = INVALID["a tensor of no batch"]
    wrong, right = submit(play, program), submit(play, PROGRAM)
    with refused("evidence: program"):
        show(play, right, program, "solver")
    show(play, wrong, program, "solver")
    with refused("registry: phase"):
        show(play, wrong, program, "other_solver")
    assert books.gains() == plus(
        {"submitter": -2 * TASK_DEPOSIT - BILL.fee - BILL.verifier_fee - BILL.tax, "solver": FOUND}
    )

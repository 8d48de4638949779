"""Tasks up to their proof: submission, enrolment, the draw of a solver, its answer, training (stages 1, 3 and 4)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from itertools import accumulate

from tests.model.protocol.base import Part
from tests.model.protocol.order import Order
from tests.model.protocol.words import ESCROW, NOBODY, SOLVER, SUBMITTER, key, need

ROOT_OF_NOTHING = 0


class Phase(IntFlag):
    """Of a task, in the order of the contracts' flag."""

    OPEN, DRAWING, OFFERED, TRAINING, PROVED, ENDED, PROFILING = (1 << i for i in range(7))


class Ending(IntFlag):
    """Of a task, in the order of the contracts' flag."""

    (
        ACCEPTED,
        REJECTED,
        NO_SOLVER,
        SOLVER_SILENT,
        UNRESOLVED,
        DATA_WITHHELD,
        INVALID_PROGRAM,
        STALLED,
        NOT_PROFILABLE,
    ) = (1 << i for i in range(9))


@dataclass
class Task:
    """Where a task stands.

    Attributes:
        threshold: largest distance that passes, binary32 bits; as ordered, or as measured.
        solver: drawn; nobody before and after.
        enrolled: what each has locked, in the order in which a lot counts them.
        accepted: by a solver, once: the program has a meaning from then on.
    """

    number: int
    order: Order
    submitter: int
    threshold: int
    phase: Phase
    ending: int = 0
    solver: int = NOBODY
    tries: int = 0
    draw_block: int = 0
    deadline: int = 0
    accepted: bool = False
    proof_root: int = ROOT_OF_NOTHING
    enrolled: dict[int, int] = field(default_factory=dict)

    @property
    def packed(self) -> int:
        """Its counts with the threshold."""
        return self.order.geometry._replace(threshold=self.threshold).pack()


class Registry(Part):
    """All tasks."""

    def start(self) -> None:
        self.tasks: dict[int, Task] = {}

    # Submitter

    def submit_task(self, sender: int, *words: int) -> None:
        order, accounts, lots = Order(self.p, words), self.m.accounts, self.m.lots
        order.check()
        geometry = order.geometry
        eligible = self.p.eligible_share
        need(lots.eligible_share(order.replay_units, order.data) >= eligible, "registry: eligible")
        need(accounts.stake[sender] >= order.escrow, "staking: stake")
        # Its deposit may be on its way out, as every lock's.
        rest = accounts.stake[sender] + accounts.unbonding[sender] - order.escrow
        need(rest >= self.p.task_deposit, "staking: stake")
        if geometry.profilers:
            need(lots.eligible_share(order.profile_units, order.data) >= eligible, "profiling: eligible")
        number = len(self.tasks) + 1
        task = Task(number, order, sender, geometry.threshold, Phase.PROFILING)
        self.tasks[number] = task
        if not geometry.profilers:
            self._enter(task)
        accounts.fund(key(ESCROW, number), sender, order.escrow)
        accounts.lock(key(SUBMITTER, number), sender, self.p.task_deposit)
        self.say("TaskSubmitted", number, sender, *order.words, order.escrow, task.deadline)
        if geometry.profilers:
            self.m.profiling.begin(task)

    # Solver

    def enrol(self, sender: int, number: int, stake: int) -> None:
        task = self._in(number, Phase.OPEN)
        need(self.m.now <= task.deadline, "registry: late")
        need(sender not in task.enrolled, "registry: enrolled")
        need(sender != task.submitter, "registry: submitter")
        locked = max(stake, task.order.solver_deposit)
        self.m.accounts.lock(key(SOLVER, number, sender), sender, locked)
        task.enrolled[sender] = locked
        self.say("SolverEnrolled", number, sender, locked)

    def leave(self, sender: int, number: int) -> None:
        task = self.tasks.get(number)
        need(task is not None and sender in task.enrolled, "registry: enrolled")
        assert task is not None
        need(task.phase != Phase.DRAWING, "registry: phase")
        self._remove(task, sender)
        self.say("SolverLeft", number, sender)
        self.m.accounts.release(key(SOLVER, number, sender))

    def accept(self, sender: int, number: int) -> None:
        task = self._as_solver(number, Phase.OFFERED, sender)
        first = not task.accepted
        task.phase, task.accepted = Phase.TRAINING, True
        task.deadline = self.m.now + task.order.training_time
        self.say("TaskAccepted", number, sender, task.deadline)
        if first:
            self.m.settlement.deposit_returned(number)

    def decline(self, sender: int, number: int) -> None:
        self._decline(self._as_solver(number, Phase.OFFERED, sender))

    def post_proof(self, sender: int, number: int, root: int, siblings: Sequence[int]) -> None:
        task = self._as_solver(number, Phase.TRAINING, sender)
        right = self.m.works.opens_to(root, task.order.initial_state, task.order.geometry.segments + 1, siblings)
        need(right != "path", "tree: path")
        need(not right, "registry: proof")
        task.phase, task.proof_root = Phase.PROVED, root
        self.say("ProofPosted", number, sender, root)
        self.m.verification.begin(task)

    # Anybody

    def close_enrolment(self, sender: int, number: int) -> None:
        task = self._in(number, Phase.OPEN)
        need(self.m.now > task.deadline, "registry: early")
        if not task.enrolled:
            self._end(task, Ending.NO_SOLVER)
            self._refund(task)
            return
        task.phase = Phase.DRAWING
        self._fix_draw(task)

    def draw_solver(self, sender: int, number: int) -> None:
        task = self._in(number, Phase.DRAWING)
        need(self.m.number > task.draw_block, "registry: early")
        if self.m.expired(task.draw_block):
            self._fix_draw(task)
            return
        lot = self.m.seed(task.draw_block, number, 0) % sum(task.enrolled.values())
        ends = list(accumulate(task.enrolled.values()))
        task.solver = solver = list(task.enrolled)[bisect_right(ends, lot)]
        self._remove(task, solver)
        self._enter(task)
        self.say("SolverDrawn", number, solver, task.deadline)

    def time_out(self, sender: int, number: int) -> None:
        task = self.tasks.get(number)
        need(task is None or self.m.now > task.deadline, "registry: early")
        need(task is not None and task.phase in (Phase.OFFERED, Phase.TRAINING), "registry: phase")
        assert task is not None
        (self._decline if task.phase is Phase.OFFERED else self.fail)(task)

    # The other parts

    def end(self, number: int, ending: Ending) -> None:
        """Its money has been distributed."""
        self._end(self.tasks[number], ending)

    def fail(self, task: Task) -> None:
        """No proof in time, or no draw of its samples: the solver is silent."""
        solver = task.solver
        self._back(task, Ending.SOLVER_SILENT)
        self.m.settlement.solver_silent(task, solver)
        self._refund(task)

    def profiled(self, task: Task, threshold: int) -> None:
        """The threshold is measured; 0 where there is none."""
        if threshold:
            task.threshold = threshold
            self._enter(task)
            self.say("TaskProfiled", task.number, threshold, task.deadline)
            return
        self._end(task, Ending.NOT_PROFILABLE)
        self._refund(task)

    def invalidate(self, sender: int, number: int, finder: int) -> None:
        """The program breaks a rule: what ProgramJudge says that somebody has shown."""
        need(sender == self.m.at["ProgramJudge"], "registry: caller")
        task = self.tasks.get(number)
        before = (Phase.PROFILING, Phase.OPEN, Phase.DRAWING, Phase.OFFERED)
        need(task is not None and task.phase in before, "registry: phase")
        assert task is not None
        need(not task.accepted, "registry: accepted")
        profiling, solver = task.phase is Phase.PROFILING, task.solver
        task.solver = NOBODY
        self._end(task, Ending.INVALID_PROGRAM)
        if profiling:
            self.m.profiling.abandon(task)
        self.m.settlement.program_invalid(task, finder, solver)

    # Details

    def _enter(self, task: Task) -> None:
        task.phase, window = Phase.OPEN, self.p.enrol_window
        if task.solver:
            task.phase, window = Phase.OFFERED, self.p.accept_window
        task.deadline = self.m.now + window

    def _fix_draw(self, task: Task) -> None:
        task.draw_block = self.m.number + self.p.draw_delay
        self.say("EnrolmentClosed", task.number, len(task.enrolled), task.draw_block)

    @staticmethod
    def _remove(task: Task, solver: int) -> None:
        # The last one takes its place.
        order = list(task.enrolled)
        place = order.index(solver)
        order[place] = order[-1]
        task.enrolled = {each: task.enrolled[each] for each in dict.fromkeys(order[:-1])}

    def _decline(self, task: Task) -> None:
        solver = task.solver
        self._back(task, Ending.NO_SOLVER)
        self.m.settlement.solver_declined(task, solver)
        self._refund(task)

    def _back(self, task: Task, ending: Ending) -> None:
        task.tries += 1
        task.solver, task.proof_root = NOBODY, ROOT_OF_NOTHING
        if task.tries >= self.p.max_tries:
            self._end(task, ending)
            return
        self._enter(task)
        self.say("TaskReopened", task.number, task.tries, task.deadline)

    def _refund(self, task: Task) -> None:
        if task.phase is Phase.ENDED:
            self.m.accounts.pay_rest(key(ESCROW, task.number), task.submitter)
            if not task.accepted:
                self.m.settlement.deposit_returned(task.number)

    def _end(self, task: Task, ending: Ending) -> None:
        task.phase, task.ending = Phase.ENDED, ending
        self.say("TaskEnded", task.number, ending)

    def _in(self, number: int, phase: Phase) -> Task:
        task = self.tasks.get(number)
        need(task is not None and task.phase is phase, "registry: phase")
        assert task is not None
        return task

    def _as_solver(self, number: int, phase: Phase, sender: int) -> Task:
        task = self._in(number, phase)
        need(sender == task.solver, "registry: solver")
        need(self.m.now <= task.deadline, "registry: late")
        return task

    def say(self, name: str, *values: int) -> None:
        self.m.say("TaskRegistry", name, *values)

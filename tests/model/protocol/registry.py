"""Tasks up to their proof: submission, enrolment, the draw of a solver, its answer, training (stages 1, 3 and 4)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from itertools import accumulate
from typing import Any

from tests.model.protocol.base import Part
from tests.model.protocol.order import Order
from tests.model.protocol.signed import bid_digest, quote_digest, signed_by
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
        parent: the task that it starts from the end of, or 0.
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
    parent: int = 0
    enrolled: dict[int, int] = field(default_factory=dict)

    @property
    def packed(self) -> int:
        """Its counts with the threshold."""
        return self.order.geometry._replace(threshold=self.threshold).pack()


class Registry(Part):
    """All tasks."""

    def start(self) -> None:
        self.tasks: dict[int, Task] = {}
        # Numbers of bids and quotes, with whose they are.
        self.used: set[tuple[int, int]] = set()

    # Submitter

    def submit_task(self, sender: int, *words: int) -> None:
        order = Order(self.p, words)
        self._check(sender, order)
        self._submit(sender, order)

    def submit_stacked(self, sender: int, *arguments: Any) -> None:
        *words, parent, siblings = arguments
        of = self.tasks.get(parent)
        need(of is not None and of.ending == Ending.ACCEPTED, "registry: parent")
        assert of is not None
        last = of.order.geometry.segments
        why = self.m.works.opens_to(of.proof_root, words[2], last, last + 1, siblings)
        need(why != "path", "tree: path")
        need(not why, "registry: parent")
        order = Order(self.p, words)
        self._check(sender, order)
        task = self._submit(sender, order)
        task.parent = parent
        self.say("TaskStacked", task.number, parent)

    def match_bid(self, sender: int, bid: Any, by_submitter: bytes, quote: Any, by_solver: bytes) -> None:
        submitter, words, nonce, deadline = bid
        named, solver, price, quoted, until = quote
        need(self.m.now <= min(deadline, until), "registry: late")
        need(price <= words[5], "registry: price")
        need(solver != submitter, "registry: submitter")
        digest = bid_digest(self.m, bid)
        need(named == digest, "registry: bid")
        need(signed_by(submitter, digest, by_submitter), "registry: signature")
        need(signed_by(solver, quote_digest(self.m, quote), by_solver), "registry: signature")
        need((submitter, nonce) not in self.used and (solver, quoted) not in self.used, "registry: nonce")
        order = Order(self.p, (*words[:5], price))
        self._check(submitter, order)
        # By the bid's price: else a quote of next to nothing would use the bid up.
        deposit, accounts = Order(self.p, words).solver_deposit, self.m.accounts
        need(accounts.stake[solver] + accounts.unbonding[solver] >= deposit, "staking: stake")
        self._use(submitter, nonce)
        self._use(solver, quoted)
        task = self._submit(submitter, order)
        task.solver = solver
        if task.phase is not Phase.PROFILING:
            self._enter(task)
        accounts.lock(key(SOLVER, task.number, solver), solver, deposit)
        self.say("BidMatched", task.number, digest, solver, deposit, task.deadline)

    def cancel(self, sender: int, nonce: int) -> None:
        need((sender, nonce) not in self.used, "registry: nonce")
        self._use(sender, nonce)

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
        right = self.m.works.opens_to(root, task.order.initial_state, 0, task.order.geometry.segments + 1, siblings)
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
        # Of a matched bid.
        solver, task.solver = task.solver, NOBODY
        self._end(task, Ending.NOT_PROFILABLE)
        self._refund(task)
        if solver:
            self.m.accounts.release(key(SOLVER, task.number, solver))

    def invalidated(self, number: int, finder: int) -> None:
        """Somebody has shown that the program breaks a rule."""
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

    def _check(self, submitter: int, order: Order) -> None:
        order.check()
        accounts, lots, eligible = self.m.accounts, self.m.lots, self.p.eligible_share
        need(lots.eligible_share(order.replay_units, order.data) >= eligible, "registry: eligible")
        need(accounts.stake[submitter] >= order.escrow, "staking: stake")
        # Its deposit may be on its way out, as every lock's.
        rest = accounts.stake[submitter] + accounts.unbonding[submitter] - order.escrow
        need(rest >= self.p.task_deposit, "staking: stake")
        if order.geometry.profilers:
            need(lots.eligible_share(order.profile_units, order.data) >= eligible, "profiling: eligible")

    def _submit(self, submitter: int, order: Order) -> Task:
        geometry, accounts = order.geometry, self.m.accounts
        number = len(self.tasks) + 1
        task = Task(number, order, submitter, geometry.threshold, Phase.PROFILING)
        self.tasks[number] = task
        if not geometry.profilers:
            self._enter(task)
        accounts.fund(key(ESCROW, number), submitter, order.escrow)
        accounts.lock(key(SUBMITTER, number), submitter, self.p.task_deposit)
        self.say("TaskSubmitted", number, submitter, *order.words, order.escrow, task.deadline)
        if geometry.profilers:
            self.m.profiling.begin(task)
        return task

    def _use(self, owner: int, nonce: int) -> None:
        self.used.add((owner, nonce))
        self.say("NonceUsed", owner, nonce)

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

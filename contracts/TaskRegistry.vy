# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title TaskRegistry: tasks, up to the proof
@license AGPL-3.0-only
@notice Submission, enrolment, the draw of a solver, acceptance, training and
        the proof of learning. What follows is Verification's, and who gets
        what is Settlement's.

        OPEN -> DRAWING -> OFFERED -> TRAINING -> PROVED -> ENDED
          ^________________|_________|  declined or silent, max_tries times

        A party may act up to and including a deadline; from the second after,
        anybody may take the exit. Promises: 5 every phase has a permissionless
        exit, 7 an order never changes.
"""

from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import geometry
from .libraries import keys
from .libraries import parameters
from .libraries import randomness
from .libraries import tree

implements: ITaskRegistry

initializes: parameters
exports: parameters.PARAMETERS


event TaskSubmitted:
    task: indexed(uint256)
    submitter: indexed(address)
    order: ITaskRegistry.Order
    escrow: uint256
    deadline: uint256


event SolverEnrolled:
    task: indexed(uint256)
    solver: indexed(address)
    deposit: uint256


event SolverLeft:
    task: indexed(uint256)
    solver: indexed(address)


event EnrolmentClosed:
    task: indexed(uint256)
    enrolled: uint256
    draw_block: uint256


event SolverDrawn:
    task: indexed(uint256)
    solver: indexed(address)
    deadline: uint256


event TaskAccepted:
    task: indexed(uint256)
    solver: indexed(address)
    deadline: uint256


event TaskReopened:
    task: indexed(uint256)
    tries: uint256
    deadline: uint256


event ProofPosted:
    task: indexed(uint256)
    solver: indexed(address)
    proof_root: bytes32


event TaskEnded:
    task: indexed(uint256)
    ending: ITaskRegistry.Ending


MAX_UNITS: constant(uint256) = 2**64
MAX_PRICE: constant(uint256) = 2**96

STAKING: public(immutable(address))
VERIFICATION: public(immutable(address))
SETTLEMENT: public(immutable(address))

task_count: public(uint256)
tasks: HashMap[uint256, ITaskRegistry.Task]
enrolled_at: public(HashMap[uint256, HashMap[uint256, address]])
# Place among a task's enrolled solvers plus one; 0 is "not enrolled".
enrolment_place: public(HashMap[uint256, HashMap[address, uint256]])


@deploy
def __init__(
    staking: address,
    verification: address,
    settlement: address,
    p: IParameters.Parameters,
):
    for a: address in [staking, verification, settlement]:
        assert a != empty(address), "registry: address"
    STAKING = staking
    VERIFICATION = verification
    SETTLEMENT = settlement
    parameters.__init__(p)


# Submitter


@external
def submit_task(order: ITaskRegistry.Order) -> uint256:
    """
    @notice Publish a task and escrow its price from the caller's stake: the
            solver's fee, the verifier's fee and the tax.
    """
    self._check_order(order)
    self.task_count += 1
    task: uint256 = self.task_count
    deadline: uint256 = (
        block.timestamp + parameters.PARAMETERS.enrol_window
    )
    self.tasks[task].order = order
    self.tasks[task].submitter = msg.sender
    self.tasks[task].phase = ITaskRegistry.Phase.OPEN
    self.tasks[task].deadline = deadline
    escrow: uint256 = self._price(order)
    extcall IStaking(STAKING).fund(keys.escrow(task), msg.sender, escrow)
    log TaskSubmitted(
        task=task,
        submitter=msg.sender,
        order=order,
        escrow=escrow,
        deadline=deadline,
    )
    return task


# Solver


@external
def enrol(task: uint256):
    """
    @notice Offer to solve an open task; locks the caller's deposit.
    """
    self._check_phase(task, ITaskRegistry.Phase.OPEN)
    assert block.timestamp <= self.tasks[task].deadline, "registry: late"
    assert self.enrolment_place[task][msg.sender] == 0, "registry: enrolled"
    assert msg.sender != self.tasks[task].submitter, "registry: submitter"
    place: uint256 = self.tasks[task].enrolled
    self.tasks[task].enrolled = place + 1
    self.enrolled_at[task][place] = msg.sender
    self.enrolment_place[task][msg.sender] = place + 1
    deposit: uint256 = parameters.share(
        self._fee(self.tasks[task].order), parameters.PARAMETERS.solver_deposit
    )
    extcall IStaking(STAKING).lock(
        keys.solver(task, msg.sender), msg.sender, deposit
    )
    log SolverEnrolled(task=task, solver=msg.sender, deposit=deposit)


@external
def leave(task: uint256):
    """
    @notice Take back the deposit of a solver that is enrolled and not chosen.
            Not while a draw is due: nobody leaves after seeing the seed.
    """
    assert self.enrolment_place[task][msg.sender] != 0, "registry: enrolled"
    assert (
        self.tasks[task].phase != ITaskRegistry.Phase.DRAWING
    ), "registry: phase"
    self._forget(task, msg.sender)
    log SolverLeft(task=task, solver=msg.sender)
    extcall ISettlement(SETTLEMENT).solver_left(task, msg.sender)


@external
def accept(task: uint256):
    """
    @notice The drawn solver declares that it holds program and data and finds
            them well formed. From here on it owes the proof, and the data.
    """
    self._check_solver(task, ITaskRegistry.Phase.OFFERED)
    work: uint256 = self.tasks[task].order.units * self._steps(task)
    deadline: uint256 = block.timestamp + parameters.work_time(work)
    self.tasks[task].phase = ITaskRegistry.Phase.TRAINING
    self.tasks[task].deadline = deadline
    log TaskAccepted(task=task, solver=msg.sender, deadline=deadline)


@external
def decline(task: uint256):
    """
    @notice The drawn solver gives the task back, at a small cost.
    """
    self._check_solver(task, ITaskRegistry.Phase.OFFERED)
    self._decline(task)


@external
def post_proof(
    task: uint256,
    proof_root: bytes32,
    siblings: DynArray[bytes32, tree.MAX_PATH],
):
    """
    @notice Post the root over all checkpoints, with the path that shows the
            task's initial state as the first of steps / interval + 1.
    """
    self._check_solver(task, ITaskRegistry.Phase.TRAINING)
    g: geometry.Geometry = geometry.unpack(self.tasks[task].order.geometry)
    first: bytes32 = self.tasks[task].order.initial_state
    count: uint256 = g.steps // g.interval + 1
    assert proof_root == tree.member_root(
        tree.PROOF, first, 0, count, siblings
    ), "registry: proof"
    self.tasks[task].proof_root = proof_root
    self.tasks[task].phase = ITaskRegistry.Phase.PROVED
    log ProofPosted(task=task, solver=msg.sender, proof_root=proof_root)
    extcall IVerification(VERIFICATION).begin(task)


# Anybody


@external
def close_enrolment(task: uint256):
    """
    @notice When enrolment is over, fix the block that decides who solves; with
            nobody enrolled, end the task.
    """
    self._check_phase(task, ITaskRegistry.Phase.OPEN)
    assert block.timestamp > self.tasks[task].deadline, "registry: early"
    enrolled: uint256 = self.tasks[task].enrolled
    if enrolled == 0:
        self._end(task, ITaskRegistry.Ending.NO_SOLVER)
        extcall ISettlement(SETTLEMENT).refund(task)
        return
    self.tasks[task].phase = ITaskRegistry.Phase.DRAWING
    self._fix_draw(task)


@external
def draw_solver(task: uint256):
    """
    @notice Draw the solver by the seed of the block fixed before. Where that
            block is too old to be read, a new one is fixed.
    """
    self._check_phase(task, ITaskRegistry.Phase.DRAWING)
    draw_block: uint256 = self.tasks[task].draw_block
    assert block.number > draw_block, "registry: early"
    if randomness.expired(draw_block):
        self._fix_draw(task)
        return
    seed: bytes32 = randomness.seed(draw_block, task, 0)
    place: uint256 = convert(seed, uint256) % self.tasks[task].enrolled
    solver: address = self.enrolled_at[task][place]
    deadline: uint256 = (
        block.timestamp + parameters.PARAMETERS.accept_window
    )
    self._forget(task, solver)
    self.tasks[task].solver = solver
    self.tasks[task].phase = ITaskRegistry.Phase.OFFERED
    self.tasks[task].deadline = deadline
    log SolverDrawn(task=task, solver=solver, deadline=deadline)


@external
def time_out(task: uint256):
    """
    @notice After the deadline of the drawn solver: no answer counts as
            declined, no proof as silent.
    """
    assert block.timestamp > self.tasks[task].deadline, "registry: early"
    if self.tasks[task].phase == ITaskRegistry.Phase.OFFERED:
        self._decline(task)
        return
    self._check_phase(task, ITaskRegistry.Phase.TRAINING)
    self._fail(task)


# The other contracts


@external
def end(task: uint256, ending: ITaskRegistry.Ending):
    """
    @notice Settlement has distributed the money of a proved task.
    """
    assert msg.sender == SETTLEMENT, "registry: caller"
    self._check_phase(task, ITaskRegistry.Phase.PROVED)
    self._end(task, ending)


@external
def solver_failed(task: uint256):
    """
    @notice The solver let the draw of its samples expire. Verification only.
    """
    assert msg.sender == VERIFICATION, "registry: caller"
    self._check_phase(task, ITaskRegistry.Phase.PROVED)
    self._fail(task)


# Views


@view
@external
def task_of(task: uint256) -> ITaskRegistry.Task:
    return self.tasks[task]


@view
@external
def orders(task: uint256) -> ITaskRegistry.Order:
    return self.tasks[task].order


@view
@external
def geometry_of(task: uint256) -> uint256:
    return self.tasks[task].order.geometry


@view
@external
@reentrant
def parties(task: uint256) -> (address, address):
    """
    @return Submitter and solver.
    @dev Reentrant: Settlement asks while this contract tells it of an ending.
    """
    return self.tasks[task].submitter, self.tasks[task].solver


@view
@external
def phase_of(task: uint256) -> ITaskRegistry.Phase:
    return self.tasks[task].phase


@view
@external
def proof_root_of(task: uint256) -> bytes32:
    return self.tasks[task].proof_root


@view
@external
def fee_of(task: uint256) -> uint256:
    """
    @return The solver's fee, in base units: the measure of all deposits.
    """
    return self._fee(self.tasks[task].order)


@view
@external
def price_of(order: ITaskRegistry.Order) -> uint256:
    """
    @notice What submitting this order escrows, in base units; reverts as that
            would if the order is malformed.
    """
    self._check_order(order)
    return self._price(order)


@view
@external
def replay_units(task: uint256) -> uint256:
    """
    @return Units of one replay of the sampled segments.
    """
    return self._replay_units(self.tasks[task].order)


@view
@external
def pack_geometry(g: geometry.Geometry) -> uint256:
    """
    @notice The packed word for an order; reverts on a count out of range.
    """
    return geometry.pack(g)


# Internal


@internal
@pure
def _check_order(order: ITaskRegistry.Order):
    g: geometry.Geometry = geometry.unpack(order.geometry)
    assert geometry.pack(g) == order.geometry, "registry: geometry"
    for root: bytes32 in [
        order.program_root, order.dataset_root, order.initial_state
    ]:
        assert root != empty(bytes32), "registry: root"
    assert order.units != 0 and order.units <= MAX_UNITS, "registry: units"
    assert order.price != 0 and order.price <= MAX_PRICE, "registry: price"


@internal
@view
def _steps(task: uint256) -> uint256:
    return geometry.unpack(self.tasks[task].order.geometry).steps


@internal
@pure
def _fee(order: ITaskRegistry.Order) -> uint256:
    steps: uint256 = geometry.unpack(order.geometry).steps
    return order.units * steps * order.price


@internal
@pure
def _replay_units(order: ITaskRegistry.Order) -> uint256:
    g: geometry.Geometry = geometry.unpack(order.geometry)
    return order.units * g.samples * g.interval


@internal
@view
def _price(order: ITaskRegistry.Order) -> uint256:
    fee: uint256 = self._fee(order)
    replay: uint256 = self._replay_units(order) * order.price
    return (
        fee
        + parameters.share(replay, parameters.PARAMETERS.verifier_rate)
        + parameters.share(fee, parameters.PARAMETERS.tax)
    )


@internal
def _fix_draw(task: uint256):
    draw_block: uint256 = block.number + parameters.PARAMETERS.draw_delay
    self.tasks[task].draw_block = draw_block
    log EnrolmentClosed(
        task=task,
        enrolled=self.tasks[task].enrolled,
        draw_block=draw_block,
    )


@internal
def _forget(task: uint256, solver: address):
    # Swap with the last: enrolment has no order that matters.
    last: uint256 = self.tasks[task].enrolled - 1
    place: uint256 = self.enrolment_place[task][solver] - 1
    moved: address = self.enrolled_at[task][last]
    self.enrolled_at[task][place] = moved
    self.enrolment_place[task][moved] = place + 1
    self.enrolled_at[task][last] = empty(address)
    self.enrolment_place[task][solver] = 0
    self.tasks[task].enrolled = last


@internal
def _decline(task: uint256):
    solver: address = self.tasks[task].solver
    self._back_to_pool(task, ITaskRegistry.Ending.NO_SOLVER)
    extcall ISettlement(SETTLEMENT).solver_declined(task, solver)
    self._refund_if_ended(task)


@internal
def _fail(task: uint256):
    solver: address = self.tasks[task].solver
    self._back_to_pool(task, ITaskRegistry.Ending.SOLVER_SILENT)
    extcall ISettlement(SETTLEMENT).solver_silent(task, solver)
    self._refund_if_ended(task)


@internal
def _back_to_pool(task: uint256, ending: ITaskRegistry.Ending):
    tries: uint256 = self.tasks[task].tries + 1
    self.tasks[task].tries = tries
    self.tasks[task].solver = empty(address)
    self.tasks[task].proof_root = empty(bytes32)
    if tries >= parameters.PARAMETERS.max_tries:
        self._end(task, ending)
        return
    deadline: uint256 = (
        block.timestamp + parameters.PARAMETERS.enrol_window
    )
    self.tasks[task].phase = ITaskRegistry.Phase.OPEN
    self.tasks[task].deadline = deadline
    log TaskReopened(task=task, tries=tries, deadline=deadline)


@internal
def _refund_if_ended(task: uint256):
    if self.tasks[task].phase == ITaskRegistry.Phase.ENDED:
        extcall ISettlement(SETTLEMENT).refund(task)


@internal
def _end(task: uint256, ending: ITaskRegistry.Ending):
    self.tasks[task].phase = ITaskRegistry.Phase.ENDED
    self.tasks[task].ending = ending
    log TaskEnded(task=task, ending=ending)


@internal
@view
def _check_phase(task: uint256, phase: ITaskRegistry.Phase):
    assert self.tasks[task].phase == phase, "registry: phase"


@internal
@view
def _check_solver(task: uint256, phase: ITaskRegistry.Phase):
    self._check_phase(task, phase)
    assert msg.sender == self.tasks[task].solver, "registry: solver"
    assert block.timestamp <= self.tasks[task].deadline, "registry: late"

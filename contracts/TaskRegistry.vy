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

        A task enters by submission; on top of a settled one, whose last
        checkpoint is its initial state; or by a signed bid that has met a
        signed quote, and then it is offered to that solver at once.

        Until the first solver accepts, a broken rule of the program ends the
        task at the submitter's cost; from then on the program has a meaning
        (attack A15).

        A party may act up to and including a deadline; from the second after,
        anybody may take the exit. Promises: 5 every phase has a permissionless
        exit, 7 an order never changes.
"""

from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import ISortition
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import bids
from .libraries import enrolment
from .libraries import geometry
from .libraries import keys
from .libraries import order_rules
from .libraries import parameters
from .libraries import randomness
from .libraries import signature
from .libraries import standing
from .libraries import tree

implements: ITaskRegistry

initializes: parameters
initializes: order_rules[parameters := parameters]
initializes: enrolment
initializes: bids
exports: (
    parameters.PARAMETERS,
    bids.cancel,
    bids.nonce_used,
    enrolment.enrolled_at,
    enrolment.enrolment_place,
    enrolment.enrolled_stake,
)


# An order without its counts unpacked, and where the task stands.
struct Record:
    program_root: bytes32
    dataset_root: bytes32
    initial_state: bytes32
    geometry: uint256
    # Units of one step; from bit 128 on, the price of one.
    terms: uint256
    standing: uint256[2]
    proof_root: bytes32


# How far back `lineage` looks.
MAX_LINEAGE: constant(uint256) = 64

STAKING: public(immutable(address))
VERIFICATION: public(immutable(address))
SETTLEMENT: public(immutable(address))
PROGRAM_JUDGE: public(immutable(address))
BEACON: public(immutable(address))
SORTITION: public(immutable(address))

task_count: public(uint256)
records: HashMap[uint256, Record]
# By task: the settled one that it starts from the end of, or 0.
parent_of: public(HashMap[uint256, uint256])


@deploy
def __init__(
    staking: address,
    verification: address,
    settlement: address,
    program_judge: address,
    beacon: address,
    sortition: address,
    p: IParameters.Parameters,
):
    for a: address in [
        staking, verification, settlement, program_judge, beacon, sortition
    ]:
        assert a != empty(address), "registry: address"
    STAKING = staking
    VERIFICATION = verification
    SETTLEMENT = settlement
    PROGRAM_JUDGE = program_judge
    BEACON = beacon
    SORTITION = sortition
    parameters.__init__(p)
    bids.__init__()


# Submitter


@external
def submit_task(order: ITaskRegistry.Order) -> uint256:
    """
    @notice Publish a task. Takes from the caller's stake its price, in escrow
            (the solver's fee, the verifier's fee and the tax), and locks its
            deposit, which it gets back when the first solver accepts.
    @dev Reverts on an order that is malformed ("registry:", "geometry:"), that
         too few verifiers have the capacity for ("registry: eligible"), and
         where the stake does not suffice ("staking: stake").
    """
    return self._submit(msg.sender, order)


@external
def submit_stacked(
    order: ITaskRegistry.Order,
    parent: uint256,
    siblings: DynArray[bytes32, tree.MAX_PATH],
) -> uint256:
    """
    @notice As submit_task, for a task that starts where an accepted one has
            ended: its initial state is shown to be the last checkpoint of the
            parent's proof.
    """
    assert (
        self._standing(parent).ending == ITaskRegistry.Ending.ACCEPTED
    ), "registry: parent"
    g: geometry.Geometry = geometry.unpack(self.records[parent].geometry)
    last: uint256 = g.steps // g.interval
    assert self.records[parent].proof_root == tree.member_root(
        tree.PROOF, order.initial_state, last, last + 1, siblings
    ), "registry: parent"
    task: uint256 = self._submit(msg.sender, order)
    self.parent_of[task] = parent
    log ITaskRegistry.TaskStacked(task=task, parent=parent)
    return task


@external
def match_bid(
    bid: bids.Bid,
    by_submitter: Bytes[signature.MAX_SIGNATURE],
    quote: bids.Quote,
    by_solver: Bytes[signature.MAX_SIGNATURE],
) -> uint256:
    """
    @notice Publish the task of a signed bid, offered to the solver of a signed
            quote, at the quote's price. Takes the escrow and both deposits from
            their owners' stakes. The solver accepts or declines as if it had
            been drawn. Anybody may send it.
    @dev The solver's deposit is by the bid's price: else a quote of next to
         nothing, declined, would use up anybody's bid at next to no cost.
    """
    assert (
        block.timestamp <= bid.deadline and block.timestamp <= quote.deadline
    ), "registry: late"
    assert quote.price <= bid.order.price, "registry: price"
    assert quote.solver != bid.submitter, "registry: submitter"
    digest: bytes32 = bids.hash_bid(bid)
    assert quote.bid == digest, "registry: bid"
    assert signature.signed_by(
        bid.submitter, digest, by_submitter
    ), "registry: signature"
    assert signature.signed_by(
        quote.solver, bids.hash_quote(quote), by_solver
    ), "registry: signature"
    bids.use(bid.submitter, bid.nonce)
    bids.use(quote.solver, quote.nonce)
    order: ITaskRegistry.Order = bid.order
    order.price = quote.price
    task: uint256 = self._submit(bid.submitter, order)
    s: standing.Standing = self._standing(task)
    s.solver = quote.solver
    s.phase = ITaskRegistry.Phase.OFFERED
    s.deadline = block.timestamp + parameters.PARAMETERS.accept_window
    self._save(task, s)
    deposit: uint256 = self._deposit(task, bid.order.price)
    extcall IStaking(STAKING).lock(
        keys.solver(task, quote.solver), quote.solver, deposit
    )
    log ITaskRegistry.BidMatched(
        task=task,
        bid=digest,
        solver=quote.solver,
        deposit=deposit,
        deadline=s.deadline,
    )
    return task


# Solver


@external
def enrol(task: uint256, stake: uint256):
    """
    @notice Offer to solve an open task. Who does is drawn in proportion to
            what it has locked: the deposit, or more.
    @param stake What the caller locks, if it is more than the deposit.
    """
    s: standing.Standing = self._check_phase(task, ITaskRegistry.Phase.OPEN)
    assert block.timestamp <= s.deadline, "registry: late"
    assert not enrolment.contains(task, msg.sender), "registry: enrolled"
    assert msg.sender != s.submitter, "registry: submitter"
    locked: uint256 = max(stake, self._deposit(task, self._price(task)))
    s.enrolled = enrolment.add(task, msg.sender, locked, s.enrolled)
    self._save(task, s)
    extcall IStaking(STAKING).lock(
        keys.solver(task, msg.sender), msg.sender, locked
    )
    log ITaskRegistry.SolverEnrolled(
        task=task, solver=msg.sender, deposit=locked
    )


@external
def leave(task: uint256):
    """
    @notice Take back the deposit of a solver that is enrolled and not chosen.
            Not while a draw is due: nobody leaves after seeing the seed.
    """
    assert enrolment.contains(task, msg.sender), "registry: enrolled"
    s: standing.Standing = self._standing(task)
    assert s.phase != ITaskRegistry.Phase.DRAWING, "registry: phase"
    s.enrolled = enrolment.remove(task, msg.sender, s.enrolled)
    self._save(task, s)
    log ITaskRegistry.SolverLeft(task=task, solver=msg.sender)
    extcall ISettlement(SETTLEMENT).solver_left(task, msg.sender)


@external
def accept(task: uint256):
    """
    @notice The drawn solver declares that it holds program and data and finds
            them well formed. From here on it owes the proof, and the data, and
            nobody can refute the program any more.
    """
    s: standing.Standing = self._check_solver(
        task, ITaskRegistry.Phase.OFFERED
    )
    first: bool = not s.accepted
    g: geometry.Geometry = geometry.unpack(self.records[task].geometry)
    s.phase = ITaskRegistry.Phase.TRAINING
    s.deadline = block.timestamp + order_rules.training_time(
        g, self._units(task)
    )
    s.accepted = True
    self._save(task, s)
    log ITaskRegistry.TaskAccepted(
        task=task, solver=msg.sender, deadline=s.deadline
    )
    if first:
        extcall ISettlement(SETTLEMENT).deposit_returned(task)


@external
def decline(task: uint256):
    """
    @notice The drawn solver gives the task back, at a small cost.
    """
    self._decline(
        task, self._check_solver(task, ITaskRegistry.Phase.OFFERED)
    )


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
    s: standing.Standing = self._check_solver(
        task, ITaskRegistry.Phase.TRAINING
    )
    g: geometry.Geometry = geometry.unpack(self.records[task].geometry)
    first: bytes32 = self.records[task].initial_state
    count: uint256 = g.steps // g.interval + 1
    assert proof_root == tree.member_root(
        tree.PROOF, first, 0, count, siblings
    ), "registry: proof"
    s.phase = ITaskRegistry.Phase.PROVED
    self._save(task, s)
    self.records[task].proof_root = proof_root
    log ITaskRegistry.ProofPosted(
        task=task, solver=msg.sender, proof_root=proof_root
    )
    extcall IVerification(VERIFICATION).begin(task)


# Anybody


@external
def close_enrolment(task: uint256):
    """
    @notice When enrolment is over, fix the block that decides who solves; with
            nobody enrolled, end the task.
    """
    s: standing.Standing = self._check_phase(task, ITaskRegistry.Phase.OPEN)
    assert block.timestamp > s.deadline, "registry: early"
    if s.enrolled == 0:
        self._refund(
            task, self._end(task, s, ITaskRegistry.Ending.NO_SOLVER)
        )
        return
    s.phase = ITaskRegistry.Phase.DRAWING
    self._fix_draw(task, s)


@external
def draw_solver(task: uint256):
    """
    @notice Draw the solver by the seed of the block fixed before. Where nobody
            has fixed the seed in time, a new block is.
    """
    s: standing.Standing = self._check_phase(
        task, ITaskRegistry.Phase.DRAWING
    )
    assert block.number > s.draw_block, "registry: early"
    if randomness.expired(BEACON, s.draw_block):
        self._fix_draw(task, s)
        return
    seed: bytes32 = randomness.seed(BEACON, s.draw_block, task, 0)
    s.solver = enrolment.drawn(task, convert(seed, uint256), s.enrolled)
    s.enrolled = enrolment.remove(task, s.solver, s.enrolled)
    s.phase = ITaskRegistry.Phase.OFFERED
    s.deadline = block.timestamp + parameters.PARAMETERS.accept_window
    self._save(task, s)
    log ITaskRegistry.SolverDrawn(
        task=task, solver=s.solver, deadline=s.deadline
    )


@external
def time_out(task: uint256):
    """
    @notice After the deadline of the drawn solver: no answer counts as
            declined, no proof as silent.
    """
    s: standing.Standing = self._standing(task)
    assert block.timestamp > s.deadline, "registry: early"
    if s.phase == ITaskRegistry.Phase.OFFERED:
        self._decline(task, s)
        return
    assert s.phase == ITaskRegistry.Phase.TRAINING, "registry: phase"
    self._fail(task, s)


# The other contracts


@external
def end(task: uint256, ending: ITaskRegistry.Ending):
    """
    @notice Settlement has distributed the money of a proved task.
    """
    assert msg.sender == SETTLEMENT, "registry: caller"
    self._end(
        task, self._check_phase(task, ITaskRegistry.Phase.PROVED), ending
    )


@external
def solver_failed(task: uint256):
    """
    @notice The solver let the draw of its samples expire. Verification only.
    """
    assert msg.sender == VERIFICATION, "registry: caller"
    self._fail(task, self._check_phase(task, ITaskRegistry.Phase.PROVED))


@external
def invalidate(task: uint256, finder: address):
    """
    @notice A node of the program breaks a rule: the task ends. ProgramJudge
            only, before any solver has accepted.
    @param finder Who has shown it.
    """
    assert msg.sender == PROGRAM_JUDGE, "registry: caller"
    s: standing.Standing = self._standing(task)
    assert s.phase in (
        ITaskRegistry.Phase.OPEN
        | ITaskRegistry.Phase.DRAWING
        | ITaskRegistry.Phase.OFFERED
    ), "registry: phase"
    assert not s.accepted, "registry: accepted"
    # None, unless it was drawn and has not answered.
    solver: address = s.solver
    s.solver = empty(address)
    self._end(task, s, ITaskRegistry.Ending.INVALID_PROGRAM)
    extcall ISettlement(SETTLEMENT).program_invalid(task, finder, solver)


# Views


@view
@external
def task_of(task: uint256) -> ITaskRegistry.Task:
    s: standing.Standing = self._standing(task)
    return ITaskRegistry.Task(
        order=self._order(task),
        submitter=s.submitter,
        solver=s.solver,
        proof_root=self.records[task].proof_root,
        phase=s.phase,
        ending=s.ending,
        tries=s.tries,
        enrolled=s.enrolled,
        draw_block=s.draw_block,
        deadline=s.deadline,
        accepted=s.accepted,
    )


@view
@external
def orders(task: uint256) -> ITaskRegistry.Order:
    return self._order(task)


@view
@external
def geometry_of(task: uint256) -> uint256:
    return self.records[task].geometry


@view
@external
@reentrant
def parties(task: uint256) -> (address, address):
    """
    @return Submitter and solver.
    @dev Reentrant: Settlement asks while this contract tells it of an ending.
    """
    s: standing.Standing = self._standing(task)
    return s.submitter, s.solver


@view
@external
def phase_of(task: uint256) -> ITaskRegistry.Phase:
    return self._standing(task).phase


@view
@external
def proof_root_of(task: uint256) -> bytes32:
    return self.records[task].proof_root


@view
@external
def fee_of(task: uint256) -> uint256:
    """
    @return The solver's fee, in base units: the measure of all deposits.
    """
    return self._fee_at(task, self._price(task))


@view
@external
def price_of(order: ITaskRegistry.Order) -> uint256:
    """
    @notice What submitting this order escrows, in base units; reverts as that
            would if the order is malformed.
    """
    g: geometry.Geometry = order_rules.check(order)
    return order_rules.escrow(
        g, order.units, order.price
    )


@view
@external
def deposit_of(order: ITaskRegistry.Order) -> uint256:
    """
    @notice What a solver of this order deposits at least, in base units;
            reverts if the order is malformed.
    """
    g: geometry.Geometry = order_rules.check(order)
    return order_rules.solver_deposit(g, order.units, order.price)


@view
@external
def replay_of(task: uint256) -> ITaskRegistry.Replay:
    """
    @return What one replay of the sampled segments takes.
    """
    g: geometry.Geometry = geometry.unpack(self.records[task].geometry)
    return self._replay(g, self._units(task))


@view
@external
def segment_units(task: uint256) -> uint256:
    """
    @return Units of one segment: what a dispute may have to replay.
    """
    g: geometry.Geometry = geometry.unpack(self.records[task].geometry)
    return self._units(task) * g.interval


@view
@external
def task_bound(order: ITaskRegistry.Order) -> uint256:
    """
    @notice The longest that a task of this order can live, in seconds, from
            its submission to its ending (promise 6), if each exit is taken as
            soon as it opens; reverts as submit_task would if the order is
            malformed. Time after the ending, to claim bounties, not included.

            max_tries times: enrol_window; draw_window, in which somebody
            draws the solver; accept_window; the work time of all steps;
            draw_window for the samples and the first verifier.

            1 + max_rounds times: accept_window; ask_window; reply_window, if
            anything was asked for; the work time of the replay; the decision
            window (commitments, reveals, secret; the fallback, its
            commitments and reveals; games). Before each but the first:
            draw_window.

            Once, in the open round: ask_window; reply_window; commitments of
            reports, with the work time of the replay; reveal_window; the
            decision window.

            Once, shared by all rounds, since each chunk is posted once: the
            time to post all that can be asked for, of each sample two states
            or the batches of its steps, whichever is more, and the last
            state.
    @dev State and batch have at most as many lanes as a step has units, if
         the order's units are the program's, as a solver checks before it
         accepts.
    """
    g: geometry.Geometry = order_rules.check(order)
    return order_rules.bound(g, order.units)


@view
@external
def pack_geometry(g: geometry.Geometry) -> uint256:
    """
    @notice The packed word for an order; reverts on a count out of range.
    """
    return geometry.pack(g)


@view
@external
def lineage(task: uint256) -> DynArray[uint256, MAX_LINEAGE]:
    """
    @notice The tasks that this one builds on, the nearest first; the last of
            them may have more before it.
    """
    found: DynArray[uint256, MAX_LINEAGE] = []
    at: uint256 = self.parent_of[task]
    for _: uint256 in range(MAX_LINEAGE):
        if at == 0:
            break
        found.append(at)
        at = self.parent_of[at]
    return found


@view
@external
def hash_bid(bid: bids.Bid) -> bytes32:
    """
    @notice What a submitter signs (EIP-712).
    """
    return bids.hash_bid(bid)


@view
@external
def hash_quote(quote: bids.Quote) -> bytes32:
    """
    @notice What a solver signs (EIP-712).
    """
    return bids.hash_quote(quote)


# Internal


@internal
def _submit(submitter: address, order: ITaskRegistry.Order) -> uint256:
    g: geometry.Geometry = order_rules.check(order)
    replay: ITaskRegistry.Replay = self._replay(g, order.units)
    # Else its submitter could have it drawn among few (attack A27).
    assert (
        staticcall ISortition(SORTITION).eligible_share(
            replay.units, replay.bytes
        )
        >= parameters.PARAMETERS.eligible_share
    ), "registry: eligible"
    self.task_count += 1
    task: uint256 = self.task_count
    assert task < keys.MAX_TASKS, "registry: tasks"
    s: standing.Standing = empty(standing.Standing)
    s.submitter = submitter
    s.phase = ITaskRegistry.Phase.OPEN
    s.deadline = block.timestamp + parameters.PARAMETERS.enrol_window
    self.records[task].program_root = order.program_root
    self.records[task].dataset_root = order.dataset_root
    self.records[task].initial_state = order.initial_state
    self.records[task].geometry = order.geometry
    self.records[task].terms = order.units | (order.price << 128)
    self._save(task, s)
    escrow: uint256 = order_rules.escrow(g, order.units, order.price)
    extcall IStaking(STAKING).fund(keys.escrow(task), submitter, escrow)
    extcall IStaking(STAKING).lock(
        keys.submitter(task), submitter, parameters.PARAMETERS.task_deposit
    )
    log ITaskRegistry.TaskSubmitted(
        task=task,
        submitter=submitter,
        order=order,
        escrow=escrow,
        deadline=s.deadline,
    )
    return task


@internal
@view
def _deposit(task: uint256, price: uint256) -> uint256:
    # A solver's, at this price of a unit.
    g: geometry.Geometry = geometry.unpack(self.records[task].geometry)
    return order_rules.solver_deposit(g, self._units(task), price)


@internal
@view
def _replay(
    g: geometry.Geometry, units: uint256
) -> ITaskRegistry.Replay:
    return ITaskRegistry.Replay(
        units=order_rules.replay_units(g, units),
        bytes=geometry.data_bytes(g),
        time=order_rules.replay_time(g, units),
    )


@internal
@view
def _order(task: uint256) -> ITaskRegistry.Order:
    return ITaskRegistry.Order(
        program_root=self.records[task].program_root,
        dataset_root=self.records[task].dataset_root,
        initial_state=self.records[task].initial_state,
        geometry=self.records[task].geometry,
        units=self._units(task),
        price=self._price(task),
    )


@internal
@view
def _units(task: uint256) -> uint256:
    return self.records[task].terms & (2**128 - 1)


@internal
@view
def _price(task: uint256) -> uint256:
    return self.records[task].terms >> 128


@internal
@view
def _fee_at(task: uint256, price: uint256) -> uint256:
    g: geometry.Geometry = geometry.unpack(self.records[task].geometry)
    return order_rules.fee(g, self._units(task), price)


@internal
@view
def _standing(task: uint256) -> standing.Standing:
    return standing.unpack(self.records[task].standing)


@internal
def _save(task: uint256, s: standing.Standing):
    self.records[task].standing = standing.pack(s)


@internal
def _fix_draw(task: uint256, before: standing.Standing):
    s: standing.Standing = before
    s.draw_block = block.number + parameters.PARAMETERS.draw_delay
    self._save(task, s)
    log ITaskRegistry.EnrolmentClosed(
        task=task, enrolled=s.enrolled, draw_block=s.draw_block
    )


@internal
def _decline(task: uint256, before: standing.Standing):
    s: standing.Standing = self._back_to_pool(
        task, before, ITaskRegistry.Ending.NO_SOLVER
    )
    extcall ISettlement(SETTLEMENT).solver_declined(task, before.solver)
    self._refund(task, s)


@internal
def _fail(task: uint256, before: standing.Standing):
    s: standing.Standing = self._back_to_pool(
        task, before, ITaskRegistry.Ending.SOLVER_SILENT
    )
    extcall ISettlement(SETTLEMENT).solver_silent(task, before.solver)
    self._refund(task, s)


@internal
def _back_to_pool(
    task: uint256,
    before: standing.Standing,
    ending: ITaskRegistry.Ending,
) -> standing.Standing:
    s: standing.Standing = before
    s.tries += 1
    s.solver = empty(address)
    self.records[task].proof_root = empty(bytes32)
    if s.tries >= parameters.PARAMETERS.max_tries:
        return self._end(task, s, ending)
    s.phase = ITaskRegistry.Phase.OPEN
    s.deadline = block.timestamp + parameters.PARAMETERS.enrol_window
    self._save(task, s)
    log ITaskRegistry.TaskReopened(
        task=task, tries=s.tries, deadline=s.deadline
    )
    return s


@internal
def _refund(task: uint256, s: standing.Standing):
    # The money of a task that ended without a proof.
    if s.phase != ITaskRegistry.Phase.ENDED:
        return
    extcall ISettlement(SETTLEMENT).refund(task)
    if not s.accepted:
        extcall ISettlement(SETTLEMENT).deposit_returned(task)


@internal
def _end(
    task: uint256,
    before: standing.Standing,
    ending: ITaskRegistry.Ending,
) -> standing.Standing:
    s: standing.Standing = before
    s.phase = ITaskRegistry.Phase.ENDED
    s.ending = ending
    self._save(task, s)
    log ITaskRegistry.TaskEnded(task=task, ending=ending)
    return s


@internal
@view
def _check_phase(
    task: uint256, phase: ITaskRegistry.Phase
) -> standing.Standing:
    s: standing.Standing = self._standing(task)
    assert s.phase == phase, "registry: phase"
    return s


@internal
@view
def _check_solver(
    task: uint256, phase: ITaskRegistry.Phase
) -> standing.Standing:
    s: standing.Standing = self._check_phase(task, phase)
    assert msg.sender == s.solver, "registry: solver"
    assert block.timestamp <= s.deadline, "registry: late"
    return s

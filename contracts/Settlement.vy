# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Settlement: who gets what
@license AGPL-3.0-only
@notice Every ending's payout, as moves between accounts of Staking. The other
        contracts say what happened; only this one says what it costs. Shares
        are rounded down, and what rounding leaves is burnt.

        Bounties go to sealed reports equal to the report that was finally
        upheld, whoever's game ended first: k of them share total / 2^(k-1),
        the rest is burnt (attacks A12, A21).

        Promises: 2 conservation, 3 an honest party is never slashed, 8 every
        reward is bound to the committed address.
"""

from .interfaces import IArbitration
from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import keys
from .libraries import parameters

implements: ISettlement

initializes: parameters
exports: parameters.PARAMETERS


event Settled:
    task: indexed(uint256)
    ending: ITaskRegistry.Ending
    round: uint256


event SolverSlashed:
    task: indexed(uint256)
    solver: indexed(address)
    amount: uint256


event VerifierSlashed:
    task: indexed(uint256)
    round: indexed(uint256)
    amount: uint256
    challenger: indexed(address)


event ReportOpened:
    task: indexed(uint256)
    dispute: indexed(uint256)
    challenger: indexed(address)
    rights: uint256


event BountyClosed:
    task: indexed(uint256)
    total: uint256
    rights: uint256
    each: uint256


event BountyCollected:
    task: indexed(uint256)
    dispute: indexed(uint256)
    challenger: indexed(address)
    amount: uint256


struct Bounty:
    # Whether a report of the task was overturned.
    overturned: bool
    # Last second in which reports can be opened; 0 until the task has ended.
    deadline: uint256
    rights: uint256
    closed: bool
    each: uint256


STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
ARBITRATION: public(immutable(address))
TREASURY: public(immutable(address))

bounties: public(HashMap[uint256, Bounty])
report_opened: public(HashMap[uint256, bool])
collected: public(HashMap[uint256, bool])


@deploy
def __init__(
    staking: address,
    registry: address,
    verification: address,
    arbitration: address,
    treasury: address,
    p: IParameters.Parameters,
):
    for a: address in [
        staking, registry, verification, arbitration, treasury
    ]:
        assert a != empty(address), "settlement: address"
    STAKING = staking
    REGISTRY = registry
    VERIFICATION = verification
    ARBITRATION = arbitration
    TREASURY = treasury
    parameters.__init__(p)


# Anybody


@external
def settle(task: uint256):
    """
    @notice Distribute the money of a task whose report is final.
    """
    passed: bool = extcall IVerification(VERIFICATION).conclude(task)
    round: uint256 = staticcall IVerification(VERIFICATION).round_of(task)
    ending: ITaskRegistry.Ending = ITaskRegistry.Ending.REJECTED
    if passed:
        ending = ITaskRegistry.Ending.ACCEPTED
    self._open_bounty(task)
    extcall ITaskRegistry(REGISTRY).end(task, ending)
    log Settled(task=task, ending=ending, round=round)
    if passed:
        self._pay_accepted(task, round)
    else:
        self._pay_rejected(task, round)
    extcall IStaking(STAKING).release(keys.verifier(task, round))


@external
def open_report(dispute: uint256, digest: bytes32, salt: bytes32):
    """
    @notice Open the report that a revealed challenge sealed, after its task
            has ended. Counts if it is the report that was upheld, and not the
            one that was challenged. Anybody may send it.
    """
    challenge: IArbitration.Challenge = staticcall IArbitration(
        ARBITRATION
    ).challenges(dispute)
    task: uint256 = challenge.task
    assert self.bounties[task].deadline != 0, "settlement: open"
    assert (
        block.timestamp <= self.bounties[task].deadline
    ), "settlement: late"
    assert not self.report_opened[dispute], "settlement: opened"
    assert challenge.challenged != empty(bytes32), "settlement: unrevealed"
    assert challenge.sealed == keccak256(
        abi_encode(task, challenge.challenger, digest, salt)
    ), "settlement: seal"
    assert digest != challenge.challenged, "settlement: challenged"
    # Nothing is right where no report was upheld.
    assert digest != empty(bytes32), "settlement: report"
    assert digest == staticcall IVerification(VERIFICATION).upheld_digest(
        task
    ), "settlement: report"
    rights: uint256 = self.bounties[task].rights + 1
    self.report_opened[dispute] = True
    self.bounties[task].rights = rights
    log ReportOpened(
        task=task,
        dispute=dispute,
        challenger=challenge.challenger,
        rights=rights,
    )


@external
def close_bounty(task: uint256):
    """
    @notice When no more reports can be opened, fix each one's part and burn the
            rest.
    """
    self._close_bounty(task)


@external
def collect(dispute: uint256):
    """
    @notice Credit the challenger of an opened report with its part.
    """
    challenge: IArbitration.Challenge = staticcall IArbitration(
        ARBITRATION
    ).challenges(dispute)
    task: uint256 = challenge.task
    assert self.report_opened[dispute], "settlement: unopened"
    assert not self.collected[dispute], "settlement: collected"
    if not self.bounties[task].closed:
        self._close_bounty(task)
    each: uint256 = self.bounties[task].each
    self.collected[dispute] = True
    log BountyCollected(
        task=task,
        dispute=dispute,
        challenger=challenge.challenger,
        amount=each,
    )
    extcall IStaking(STAKING).pay(
        keys.bounty(task), challenge.challenger, each
    )


# Registry


@external
def solver_declined(task: uint256, solver: address):
    """
    @notice A small share of the deposit goes to the treasury, the rest back.
    """
    self._check(REGISTRY)
    key: bytes32 = keys.solver(task, solver)
    deposit: uint256 = staticcall IStaking(STAKING).locked_amount(key)
    fee: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.decline_share
    )
    pot: bytes32 = keys.escrow(task)
    extcall IStaking(STAKING).seize(key, fee, pot)
    extcall IStaking(STAKING).pay(pot, TREASURY, fee)
    extcall IStaking(STAKING).release(key)


@external
def solver_silent(task: uint256, solver: address):
    """
    @notice Part of the deposit is slashed: the submitter's share of that to
            the submitter, the rest burnt. What is left goes back.
    """
    self._check(REGISTRY)
    key: bytes32 = keys.solver(task, solver)
    deposit: uint256 = staticcall IStaking(STAKING).locked_amount(key)
    slash: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.silence_share
    )
    compensation: uint256 = parameters.share(
        slash, parameters.PARAMETERS.submitter_share
    )
    pot: bytes32 = keys.escrow(task)
    log SolverSlashed(task=task, solver=solver, amount=slash)
    extcall IStaking(STAKING).seize(key, slash, pot)
    extcall IStaking(STAKING).pay(pot, self._submitter(task), compensation)
    extcall IStaking(STAKING).burn(pot, slash - compensation)
    extcall IStaking(STAKING).release(key)


@external
def solver_left(task: uint256, solver: address):
    """
    @notice An enrolled solver that was not chosen takes its deposit back.
    """
    self._check(REGISTRY)
    extcall IStaking(STAKING).release(keys.solver(task, solver))


@external
def refund(task: uint256):
    """
    @notice The task ended without a proof: the escrow goes back.
    """
    self._check(REGISTRY)
    self._empty_escrow(task)


# Verification


@external
def verifier_excused(task: uint256, round: uint256):
    """
    @notice The verifier could not get the data: its deposit goes back.
    """
    self._check(VERIFICATION)
    extcall IStaking(STAKING).release(keys.verifier(task, round))


@external
def verifier_silent(task: uint256, round: uint256):
    """
    @notice No acceptance or no report in time: the deposit is burnt.
    """
    self._check(VERIFICATION)
    self._slash_verifier(task, round, empty(address), 0)


@external
def overturned(task: uint256, round: uint256, challenger: address):
    """
    @notice A challenge won, or the verifier fell silent after one was
            revealed (no challenger then): the bounty is set aside, out of it
            the winner's cost is paid, and the rest is burnt.
    """
    self._check(VERIFICATION)
    self.bounties[task].overturned = True
    self._slash_verifier(
        task, round, challenger, parameters.PARAMETERS.bounty_share
    )


@external
def unresolved(task: uint256):
    """
    @notice No report survived: escrow and solver's deposit go back.
    """
    self._check(VERIFICATION)
    self._open_bounty(task)
    extcall ITaskRegistry(REGISTRY).end(
        task, ITaskRegistry.Ending.UNRESOLVED
    )
    log Settled(
        task=task,
        ending=ITaskRegistry.Ending.UNRESOLVED,
        round=staticcall IVerification(VERIFICATION).round_of(task),
    )
    self._empty_escrow(task)
    extcall IStaking(STAKING).release(keys.solver(task, self._solver(task)))


# Arbitration


@external
def bond_returned(dispute: uint256):
    """
    @notice The challenge won, or ended without a verdict.
    """
    self._check(ARBITRATION)
    extcall IStaking(STAKING).release(keys.bond(dispute))


@external
def bond_lost(dispute: uint256, verifier: address):
    """
    @notice The challenge lost: its cost to the verifier, the rest to the
            treasury.
    """
    self._check(ARBITRATION)
    key: bytes32 = keys.bond(dispute)
    amount: uint256 = staticcall IStaking(STAKING).locked_amount(key)
    cost: uint256 = parameters.PARAMETERS.challenge_cost
    extcall IStaking(STAKING).seize(key, amount, key)
    extcall IStaking(STAKING).pay(key, verifier, cost)
    extcall IStaking(STAKING).pay(key, TREASURY, amount - cost)
    extcall IStaking(STAKING).release(key)


@external
def bond_burnt(dispute: uint256):
    """
    @notice The challenge was never revealed.
    """
    self._check(ARBITRATION)
    key: bytes32 = keys.bond(dispute)
    amount: uint256 = staticcall IStaking(STAKING).locked_amount(key)
    extcall IStaking(STAKING).seize(key, amount, key)
    extcall IStaking(STAKING).burn(key, amount)
    extcall IStaking(STAKING).release(key)


# Internal


@internal
def _pay_accepted(task: uint256, round: uint256):
    order: ITaskRegistry.Order = staticcall ITaskRegistry(REGISTRY).orders(
        task
    )
    fee: uint256 = staticcall ITaskRegistry(REGISTRY).fee_of(task)
    replay: uint256 = (
        staticcall ITaskRegistry(REGISTRY).replay_units(task) * order.price
    )
    solver: address = self._solver(task)
    verifier: address = staticcall IVerification(VERIFICATION).verifier_of(
        task, round
    )
    pot: bytes32 = keys.escrow(task)
    extcall IStaking(STAKING).pay(pot, solver, fee)
    extcall IStaking(STAKING).pay(
        pot,
        verifier,
        parameters.share(replay, parameters.PARAMETERS.verifier_rate),
    )
    extcall IStaking(STAKING).pay(
        pot, TREASURY, parameters.share(fee, parameters.PARAMETERS.tax)
    )
    self._empty_escrow(task)
    extcall IStaking(STAKING).release(keys.solver(task, solver))


@internal
def _pay_rejected(task: uint256, round: uint256):
    solver: address = self._solver(task)
    submitter: address = self._submitter(task)
    verifier: address = staticcall IVerification(VERIFICATION).verifier_of(
        task, round
    )
    self._empty_escrow(task)
    key: bytes32 = keys.solver(task, solver)
    pot: bytes32 = keys.escrow(task)
    deposit: uint256 = staticcall IStaking(STAKING).locked_amount(key)
    to_submitter: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.submitter_share
    )
    to_verifier: uint256 = parameters.share(
        deposit, parameters.PARAMETERS.verifier_share
    )
    to_bounty: uint256 = 0
    if self.bounties[task].overturned:
        to_bounty = parameters.share(
            deposit, parameters.PARAMETERS.solver_bounty_share
        )
    log SolverSlashed(task=task, solver=solver, amount=deposit)
    extcall IStaking(STAKING).seize(key, deposit, pot)
    extcall IStaking(STAKING).pay(pot, submitter, to_submitter)
    extcall IStaking(STAKING).pay(pot, verifier, to_verifier)
    extcall IStaking(STAKING).shift(pot, keys.bounty(task), to_bounty)
    extcall IStaking(STAKING).burn(
        pot, deposit - to_submitter - to_verifier - to_bounty
    )
    extcall IStaking(STAKING).release(key)


@internal
def _empty_escrow(task: uint256):
    pot: bytes32 = keys.escrow(task)
    rest: uint256 = staticcall IStaking(STAKING).pots(pot)
    extcall IStaking(STAKING).pay(pot, self._submitter(task), rest)


@internal
def _slash_verifier(
    task: uint256, round: uint256, challenger: address, rate: uint256
):
    key: bytes32 = keys.verifier(task, round)
    pot: bytes32 = keys.bounty(task)
    deposit: uint256 = staticcall IStaking(STAKING).locked_amount(key)
    bounty: uint256 = parameters.share(deposit, rate)
    log VerifierSlashed(
        task=task, round=round, amount=deposit, challenger=challenger
    )
    extcall IStaking(STAKING).seize(key, deposit, pot)
    extcall IStaking(STAKING).burn(pot, deposit - bounty)
    if challenger != empty(address):
        extcall IStaking(STAKING).pay(
            pot,
            challenger,
            min(bounty, parameters.PARAMETERS.challenge_cost),
        )
    extcall IStaking(STAKING).release(key)


@internal
def _open_bounty(task: uint256):
    self.bounties[task].deadline = (
        block.timestamp + parameters.PARAMETERS.claim_window
    )


@internal
def _close_bounty(task: uint256):
    assert self.bounties[task].deadline != 0, "settlement: open"
    assert (
        block.timestamp > self.bounties[task].deadline
    ), "settlement: early"
    assert not self.bounties[task].closed, "settlement: closed"
    rights: uint256 = self.bounties[task].rights
    pot: bytes32 = keys.bounty(task)
    total: uint256 = staticcall IStaking(STAKING).pots(pot)
    each: uint256 = 0
    if rights != 0:
        each = (total >> (rights - 1)) // rights
    self.bounties[task].closed = True
    self.bounties[task].each = each
    log BountyClosed(task=task, total=total, rights=rights, each=each)
    extcall IStaking(STAKING).burn(pot, total - each * rights)


@internal
@view
def _submitter(task: uint256) -> address:
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    return submitter


@internal
@view
def _solver(task: uint256) -> address:
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    return solver


@internal
@view
def _check(caller: address):
    assert msg.sender == caller, "settlement: caller"

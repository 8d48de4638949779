# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title The bounty of a task, claimed by right sealed reports
@license AGPL-3.0-only
@notice A module of Settlement. When a task has ended, whoever sealed the report
        that was upheld opens it; when the claim window is over, they share the
        bounty: k of them total / 2^(k-1), the rest is burnt, whoever's game
        ended first (attacks A12, A21).

        Promise 8: every reward is bound to the committed address.
"""

from ..interfaces import IArbitration
from ..interfaces import ISettlement
from ..interfaces import IStaking
from ..interfaces import IVerification
from . import keys


# What a sealed report has come to; NONE: not opened.
flag Claim:
    OPENED
    COLLECTED


struct Bounty:
    # Last second in which reports can be opened; 0 until the task has ended,
    # and where no report of it can have been overturned.
    deadline: uint256
    # How many right ones were opened.
    rights: uint256
    closed: bool
    # What each of them gets; set when closed.
    each: uint256


# A bounty is one word, from the bottom: deadline 48 bits, rights 48, closed 1,
# each 128.
M48: constant(uint256) = 2**48 - 1
RIGHTS: constant(uint256) = 48
CLOSED: constant(uint256) = 96
EACH: constant(uint256) = 97

STAKING: immutable(address)
VERIFICATION: immutable(address)
ARBITRATION: immutable(address)

# By task.
words: HashMap[uint256, uint256]
# By dispute.
claims: HashMap[uint256, Claim]


@deploy
def __init__(staking: address, verification: address, arbitration: address):
    STAKING = staking
    VERIFICATION = verification
    ARBITRATION = arbitration


# Anybody


@external
def open_report(dispute: uint256, digest: bytes32, salt: bytes32):
    """
    @notice Open the report that a revealed challenge sealed, after its task
            has ended. Counts if it is the report that was upheld, and not the
            one that was challenged. Anybody may send it.
    """
    challenge: IArbitration.Challenge = staticcall IArbitration(
        ARBITRATION
    ).challenge_of(dispute)
    task: uint256 = challenge.task
    b: Bounty = self._bounty(task)
    assert b.deadline != 0, "settlement: open"
    assert block.timestamp <= b.deadline, "settlement: late"
    assert self.claims[dispute] == empty(Claim), "settlement: opened"
    # One that was never revealed still holds its commitment as its seal.
    assert challenge.phase in (
        IArbitration.Phase.REVEALED
        | IArbitration.Phase.WON
        | IArbitration.Phase.LOST
        | IArbitration.Phase.CLOSED
    ), "settlement: unrevealed"
    # What is challenged in the open round was public before: a seal may be a
    # copy of it.
    assert not staticcall IVerification(VERIFICATION).is_open(
        challenge.report
    ), "settlement: open round"
    assert challenge.sealed == keccak256(
        abi_encode(task, challenge.challenger, digest, salt)
    ), "settlement: seal"
    assert digest != staticcall IVerification(VERIFICATION).digest_of(
        challenge.report
    ), "settlement: challenged"
    upheld: uint256 = staticcall IVerification(VERIFICATION).upheld_report(
        task
    )
    # Nothing is right where no report was upheld.
    assert upheld != 0, "settlement: report"
    assert digest == staticcall IVerification(VERIFICATION).digest_of(
        upheld
    ), "settlement: report"
    b.rights += 1
    self.claims[dispute] = Claim.OPENED
    self.words[task] = self._pack(b)
    log ISettlement.ReportOpened(
        task=task,
        dispute=dispute,
        challenger=challenge.challenger,
        rights=b.rights,
    )


@external
def close_bounty(task: uint256):
    """
    @notice When no more reports can be opened, fix each one's part and burn the
            rest.
    """
    b: Bounty = self._bounty(task)
    assert not b.closed, "settlement: closed"
    self._close_bounty(task, b)


@external
def collect(dispute: uint256):
    """
    @notice Credit the challenger of an opened report with its part.
    """
    challenge: IArbitration.Challenge = staticcall IArbitration(
        ARBITRATION
    ).challenge_of(dispute)
    task: uint256 = challenge.task
    claim: Claim = self.claims[dispute]
    assert claim != empty(Claim), "settlement: unopened"
    assert claim == Claim.OPENED, "settlement: collected"
    b: Bounty = self._bounty(task)
    each: uint256 = b.each
    if not b.closed:
        each = self._close_bounty(task, b)
    self.claims[dispute] = Claim.COLLECTED
    log ISettlement.BountyCollected(
        task=task,
        dispute=dispute,
        challenger=challenge.challenger,
        amount=each,
    )
    extcall IStaking(STAKING).pay(
        keys.bounty(task), challenge.challenger, each
    )


# Views


@view
@external
def bounties(task: uint256) -> Bounty:
    return self._bounty(task)


@view
@external
def report_opened(dispute: uint256) -> bool:
    return self.claims[dispute] != empty(Claim)


@view
@external
def collected(dispute: uint256) -> bool:
    return self.claims[dispute] == Claim.COLLECTED


# Settlement


@internal
def start(task: uint256, window: uint256):
    """
    @notice Reports of this task can be opened from now on, so many seconds.
    """
    b: Bounty = empty(Bounty)
    b.deadline = block.timestamp + window
    self.words[task] = self._pack(b)


@internal
@pure
def part(total: uint256, members: uint256) -> uint256:
    """
    @notice What each of `members`, at least one, gets of a total: together they
            share total / 2^(members - 1), rounded down, so that an alias
            always costs its owner.
    """
    return (total >> (members - 1)) // members


# Internal


@internal
def _close_bounty(task: uint256, before: Bounty) -> uint256:
    assert before.deadline != 0, "settlement: open"
    assert block.timestamp > before.deadline, "settlement: early"
    b: Bounty = before
    pot: bytes32 = keys.bounty(task)
    total: uint256 = staticcall IStaking(STAKING).pots(pot)
    if b.rights != 0:
        b.each = self.part(total, b.rights)
    b.closed = True
    self.words[task] = self._pack(b)
    log ISettlement.BountyClosed(
        task=task, total=total, rights=b.rights, each=b.each
    )
    extcall IStaking(STAKING).burn(pot, total - b.each * b.rights)
    return b.each


@internal
@view
def _bounty(task: uint256) -> Bounty:
    return self._unpack(self.words[task])


@internal
@pure
def _pack(b: Bounty) -> uint256:
    return (
        b.deadline
        | (b.rights << RIGHTS)
        | (convert(b.closed, uint256) << CLOSED)
        | (b.each << EACH)
    )


@internal
@pure
def _unpack(word: uint256) -> Bounty:
    return Bounty(
        deadline=word & M48,
        rights=(word >> RIGHTS) & M48,
        closed=(word >> CLOSED) & 1 != 0,
        each=word >> EACH,
    )

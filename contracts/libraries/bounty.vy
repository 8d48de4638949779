# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Bounties and jackpots, claimed by right sealed reports
@license AGPL-3.0-only
@notice A module of Settlement. When a task has ended, whoever sealed the report
        that was upheld opens it; when the claim window is over, they share a
        prize: k of them total / 2^(k-1), the rest is burnt, whoever's game
        ended first (attacks A12, A21). Who challenged reports that fell shares
        the task's bounty, who challenged a forced one that report's jackpot. A
        verifier knows when its error is forced, and could seal the right report
        under another name: so where its fallback is upheld, it is itself one of
        those who were right, and an alias costs it. A jackpot that nobody is
        right about goes back to the pool.

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


struct Prize:
    # How many right ones were opened; once closed, with an upheld fallback.
    rights: uint256
    closed: bool
    # What each of them gets; set when closed.
    each: uint256


# A prize is one word, from the bottom: rights 48 bits, closed 1, each 128.
M48: constant(uint256) = 2**48 - 1
CLOSED: constant(uint256) = 48
EACH: constant(uint256) = 49

STAKING: immutable(address)
VERIFICATION: immutable(address)
ARBITRATION: immutable(address)

# By task: the last second in which reports can be opened; 0 until it has ended,
# and where no report of it can have fallen.
claim_ends: public(HashMap[uint256, uint256])
# By pot.
words: HashMap[bytes32, uint256]
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
    assert self.claim_ends[task] != 0, "settlement: open"
    assert block.timestamp <= self.claim_ends[task], "settlement: late"
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
    pot: bytes32 = self._pot(challenge.report)
    prize: Prize = self._prize(pot)
    prize.rights += 1
    self.claims[dispute] = Claim.OPENED
    self.words[pot] = self._pack(prize)
    log ISettlement.ReportOpened(
        task=task,
        dispute=dispute,
        challenger=challenge.challenger,
        pot=pot,
        rights=prize.rights,
    )


@external
def close_prize(report: uint256):
    """
    @notice When no more reports can be opened, fix each one's part of what a
            challenge of this report can win, and burn the rest. Where its
            fallback was upheld, the verifier is credited with one part.
    @param report Any that has fallen.
    """
    assert not self._prize(
        self._pot(report)
    ).closed, "settlement: closed"
    self._close(report)


@external
def collect(dispute: uint256):
    """
    @notice Credit the challenger of an opened report with its part.
    """
    challenge: IArbitration.Challenge = staticcall IArbitration(
        ARBITRATION
    ).challenge_of(dispute)
    claim: Claim = self.claims[dispute]
    assert claim != empty(Claim), "settlement: unopened"
    assert claim == Claim.OPENED, "settlement: collected"
    pot: bytes32 = self._pot(challenge.report)
    if not self._prize(pot).closed:
        self._close(challenge.report)
    each: uint256 = self._prize(pot).each
    self.claims[dispute] = Claim.COLLECTED
    log ISettlement.PrizeCollected(
        task=challenge.task,
        dispute=dispute,
        challenger=challenge.challenger,
        amount=each,
    )
    extcall IStaking(STAKING).pay(pot, challenge.challenger, each)


# Views


@view
@external
def prize_of(report: uint256) -> Prize:
    """
    @notice What challenges of this report share: the task's bounty, or the
            jackpot of a forced report.
    """
    return self._prize(self._pot(report))


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
    self.claim_ends[task] = block.timestamp + window


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
def _close(report: uint256):
    task: uint256 = keys.task_of(report)
    deadline: uint256 = self.claim_ends[task]
    assert deadline != 0, "settlement: open"
    assert block.timestamp > deadline, "settlement: early"
    pot: bytes32 = self._pot(report)
    prize: Prize = self._prize(pot)
    total: uint256 = staticcall IStaking(STAKING).pots(pot)
    forced: bool = self._is_forced(report)
    verifier: address = empty(address)
    if forced and staticcall IVerification(VERIFICATION).upheld_report(
        task
    ) == keys.fallback_of(report):
        verifier = staticcall IVerification(VERIFICATION).verifier_of(report)
        prize.rights += 1
    if prize.rights != 0:
        prize.each = self.part(total, prize.rights)
    prize.closed = True
    self.words[pot] = self._pack(prize)
    log ISettlement.PrizeClosed(
        task=task,
        pot=pot,
        total=total,
        rights=prize.rights,
        each=prize.each,
    )
    if prize.rights == 0 and forced:
        # Nobody has earned it, and no verifier can have meant to.
        extcall IStaking(STAKING).shift(pot, keys.pool(), total)
        return
    if verifier != empty(address):
        extcall IStaking(STAKING).pay(pot, verifier, prize.each)
    extcall IStaking(STAKING).burn(pot, total - prize.each * prize.rights)


@internal
@view
def _is_forced(report: uint256) -> bool:
    return staticcall IVerification(VERIFICATION).is_forced(report)


@internal
@view
def _pot(report: uint256) -> bytes32:
    if self._is_forced(report):
        return keys.jackpot(report)
    return keys.bounty(keys.task_of(report))


@internal
@view
def _prize(pot: bytes32) -> Prize:
    word: uint256 = self.words[pot]
    return Prize(
        rights=word & M48,
        closed=(word >> CLOSED) & 1 != 0,
        each=word >> EACH,
    )


@internal
@pure
def _pack(prize: Prize) -> uint256:
    return (
        prize.rights
        | (convert(prize.closed, uint256) << CLOSED)
        | (prize.each << EACH)
    )

# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title OpenRound: one sealed batch of reports by anybody
@license AGPL-3.0-only
@notice When no drawn verifier's report has stood, anybody reports under a
        verifier's deposit: all commit, then all reveal, so that none is copied
        and none comes first (attack A26). Verification keeps the reports, and
        decides which is upheld; here are their reporters.

        Promises: 4 whoever reports, a task is decided by what can be proved,
        8 a reporter's part is bound to its address.
"""

from .interfaces import IAvailability
from .interfaces import IOpenRound
from .interfaces import ISettlement
from .interfaces import IStaking
from .interfaces import IVerification
from .libraries import distances as distances_lib
from .libraries import keys

implements: IOpenRound


# What a reporter gets (Settlement.reporter_closed).
BURNT: constant(uint256) = 0
RELEASED: constant(uint256) = 1
PAID: constant(uint256) = 2

STAKING: public(immutable(address))
VERIFICATION: public(immutable(address))
SETTLEMENT: public(immutable(address))
AVAILABILITY: public(immutable(address))

# By task and reporter: the commitment, then the report.
sealed_reports: public(HashMap[uint256, HashMap[address, bytes32]])
reported_as: public(HashMap[uint256, HashMap[address, uint256]])


@deploy
def __init__(
    staking: address,
    verification: address,
    settlement: address,
    availability: address,
):
    for a: address in [staking, verification, settlement, availability]:
        assert a != empty(address), "open round: address"
    STAKING = staking
    VERIFICATION = verification
    SETTLEMENT = settlement
    AVAILABILITY = availability


@external
def commit_report(task: uint256, commitment: bytes32):
    """
    @notice Seal an own report, under a verifier's deposit from stake. See
            `Verification.report_commitment` for what is committed to.
    """
    r: IVerification.OpenRound = self._round(task)
    assert r.open, "open round: phase"
    assert block.timestamp <= r.commit_end, "open round: late"
    assert commitment != empty(bytes32), "open round: commitment"
    assert (
        self.sealed_reports[task][msg.sender] == empty(bytes32)
    ), "open round: committed"
    self.sealed_reports[task][msg.sender] = commitment
    log IOpenRound.ReportCommitted(
        task=task, reporter=msg.sender, commitment=commitment
    )
    extcall IStaking(STAKING).lock(
        keys.reporter(task, msg.sender),
        msg.sender,
        staticcall IVerification(VERIFICATION).deposit_of(task),
    )


@external
def reveal_report(
    task: uint256,
    root: bytes32,
    distances: DynArray[uint256, distances_lib.MAX_SAMPLES],
    salt: bytes32,
):
    """
    @notice Reveal a sealed report, when all have committed and no data are
            owed.
    """
    r: IVerification.OpenRound = self._round(task)
    assert r.open, "open round: phase"
    assert block.timestamp > r.commit_end, "open round: early"
    assert block.timestamp <= r.reveal_end, "open round: late"
    assert self._pending(task) == 0, "open round: pending"
    assert self.reported_as[task][msg.sender] == 0, "open round: revealed"
    digest: bytes32 = distances_lib.digest(
        root, distances_lib.pack(distances)
    )
    assert self.sealed_reports[task][
        msg.sender
    ] == staticcall IVerification(VERIFICATION).report_commitment(
        task, msg.sender, digest, salt
    ), "open round: commitment"
    report: uint256 = extcall IVerification(VERIFICATION).give(
        task, msg.sender, root, distances
    )
    self.reported_as[task][msg.sender] = report
    log IOpenRound.ReportRevealed(
        task=task, report=report, reporter=msg.sender
    )


@external
def close_reporter(task: uint256, reporter: address):
    """
    @notice Give a reporter what its report deserves: a deposit is burnt if its
            report fell or was never revealed, else it goes back, with a part
            of the fee if its report was upheld. Anybody may send it.
    """
    r: IVerification.OpenRound = self._round(task)
    report: uint256 = self.reported_as[task][reporter]
    verdict: uint256 = RELEASED
    if report == 0:
        assert (
            self.sealed_reports[task][reporter] != empty(bytes32)
        ), "open round: reporter"
        if not r.void:
            # While data are owed nobody can reveal.
            assert self._pending(task) == 0, "open round: pending"
            assert (
                r.over or block.timestamp > r.reveal_end
            ), "open round: early"
            verdict = BURNT
    elif staticcall IVerification(VERIFICATION).has_fallen(report):
        verdict = BURNT
    else:
        assert r.over, "open round: early"
        if (
            staticcall IVerification(VERIFICATION).upheld_report(task)
            == report
        ):
            verdict = PAID
    self.sealed_reports[task][reporter] = empty(bytes32)
    self.reported_as[task][reporter] = 0
    log IOpenRound.ReporterClosed(
        task=task, reporter=reporter, report=report, verdict=verdict
    )
    extcall ISettlement(SETTLEMENT).reporter_closed(task, reporter, verdict)


@internal
@view
def _round(task: uint256) -> IVerification.OpenRound:
    return staticcall IVerification(VERIFICATION).open_round_of(task)


@internal
@view
def _pending(task: uint256) -> uint256:
    return staticcall IAvailability(AVAILABILITY).pending(task)

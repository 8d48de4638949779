# pragma version 0.4.3
"""
@title Watchtower: who may do what next about a challenge, and until when
@license AGPL-3.0-only
@notice Views only, for bots and indexers. It adds actors and times to
        Arbitration's own classifier, so it cannot disagree with what counts.
"""

from .interfaces import IArbitration
from .interfaces import IVerification
from .libraries import clock
from .libraries import descent
from .libraries import status


interface Games:
    def status_of(dispute: uint256) -> status.Status: view
    def game_of(
        dispute: uint256,
    ) -> (descent.Position, uint256, uint256, uint256): view


# SILENCE is Verification's `time_out`, PROVE any function of the judges.
flag Kind:
    REVEAL
    OPEN_SECRET
    SILENCE
    SHOW
    DESCEND
    PROVE
    TIME_OUT
    CLOSE


# Who may do it, the zero address meaning anybody; the first second in which it
# counts, and the last, 0 meaning that there is none.
struct Action:
    kind: Kind
    actor: address
    opens: uint256
    closes: uint256


VERIFICATION: public(immutable(address))
ARBITRATION: public(immutable(address))


@deploy
def __init__(verification: address, arbitration: address):
    assert verification != empty(address), "watchtower: address"
    assert arbitration != empty(address), "watchtower: address"
    VERIFICATION = verification
    ARBITRATION = arbitration


@view
@external
def next_actions(dispute: uint256) -> DynArray[Action, 3]:
    """
    @notice All that can be done next about a challenge; nothing when it is
            over, or was never committed.
    """
    now: status.Status = staticcall Games(ARBITRATION).status_of(dispute)
    if now == status.Status.OVER:
        return []
    challenge: IArbitration.Challenge = staticcall IArbitration(
        ARBITRATION
    ).challenge_of(dispute)
    report: IVerification.Report = staticcall IVerification(
        VERIFICATION
    ).report_of(challenge.report)
    if now in (status.Status.SEALED | status.Status.REVEALING):
        return [
            Action(
                kind=Kind.REVEAL,
                actor=challenge.challenger,
                opens=report.commit_end + 1,
                closes=report.reveal_end,
            )
        ]
    if now in (status.Status.UNREVEALED | status.Status.FREED):
        return [self._exit(Kind.CLOSE, report.reveal_end + 1)]
    if now == status.Status.WAITING and not report.secret_opened:
        return [
            Action(
                kind=Kind.OPEN_SECRET,
                actor=report.verifier,
                opens=report.reveal_end + 1,
                closes=report.secret_end,
            ),
            self._exit(Kind.SILENCE, report.secret_end + 1),
        ]
    return self._moves(dispute, now, challenge.challenger, report)


@internal
@view
def _moves(
    dispute: uint256,
    now: status.Status,
    challenger: address,
    report: IVerification.Report,
) -> DynArray[Action, 3]:
    position: descent.Position = empty(descent.Position)
    side: uint256 = 0
    opens: uint256 = 0
    closes: uint256 = 0
    position, side, opens, closes = staticcall Games(ARBITRATION).game_of(
        dispute
    )
    late: Action = self._exit(Kind.TIME_OUT, closes + 1)
    if now in (
        status.Status.DEFENDER_LATE | status.Status.CHALLENGER_LATE
    ):
        return [late]
    opens = max(opens, report.secret_end + 1)
    kind: Kind = Kind.DESCEND
    actor: address = challenger
    if side == clock.DEFENDER:
        kind = Kind.SHOW
        actor = report.verifier
    return [
        Action(kind=kind, actor=actor, opens=opens, closes=closes),
        Action(
            kind=Kind.PROVE,
            actor=empty(address),
            opens=opens,
            closes=closes,
        ),
        late,
    ]


@internal
@pure
def _exit(kind: Kind, opens: uint256) -> Action:
    return Action(
        kind=kind, actor=empty(address), opens=opens, closes=0
    )

# pragma version 0.4.3
"""
@title Where a challenge stands at a time
@license AGPL-3.0-only
@notice One pure function says it for views and for whatever changes state, so
        that at each second one side may move, or one exit is open to anybody.
"""

from ..interfaces import IArbitration
from ..interfaces import IVerification
from . import clock


flag Status:
    # Committed; others may still commit.
    SEALED
    # Its challenger may reveal it.
    REVEALING
    # It was not revealed: anybody may close it, the bond is burnt.
    UNREVEALED
    # Revealed; the secret is due, or its silence.
    WAITING
    # The game is on, and the verifier's to move.
    DEFENDING
    # The game is on, and the challenger's to move.
    CHALLENGING
    # Out of time: anybody may say so.
    DEFENDER_LATE
    CHALLENGER_LATE
    # Its report was decided otherwise: anybody may close it, the bond is
    # returned.
    FREED
    # Nothing more happens to it.
    OVER


# A view: vyper 0.4.3 finds no flag of an interface in a pure function.
@internal
@view
def of(
    phase: IArbitration.Phase,
    report: IVerification.Report,
    state: uint256,
    reply: uint256,
    end: uint256,
    now: uint256,
) -> Status:
    """
    @param state Of the game's clock.
    @param reply Least time for a reply, in seconds.
    @param end Last second of the game, whoever is on the clock.
    """
    if phase == IArbitration.Phase.COMMITTED:
        if now <= report.commit_end:
            return Status.SEALED
        if now <= report.reveal_end:
            return Status.REVEALING
        return Status.UNREVEALED
    if phase != IArbitration.Phase.REVEALED:
        return Status.OVER
    if not report.standing:
        return Status.FREED
    if now <= report.secret_end or not report.secret_opened:
        return Status.WAITING
    deadline: uint256 = clock.deadline(state, reply)
    defending: bool = clock.side(state) == clock.DEFENDER
    if now <= min(deadline, end):
        if defending:
            return Status.DEFENDING
        return Status.CHALLENGING
    # An honest challenger is done before the game's end, whatever the verifier
    # does.
    if defending and deadline <= end:
        return Status.DEFENDER_LATE
    return Status.CHALLENGER_LATE

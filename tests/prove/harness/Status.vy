# pragma version 0.4.3
"""
@title Where a challenge stands, for lemmas
@license AGPL-3.0-only
"""

from interfaces import IArbitration
from interfaces import IVerification
from libraries import clock
from libraries import status


@external
@view
def status_of(
    phase: IArbitration.Phase,
    report: IVerification.Report,
    state: uint256,
    reply: uint256,
    end: uint256,
    now: uint256,
) -> status.Status:
    return status.of(phase, report, state, reply, end, now)


@external
@pure
def side(state: uint256) -> uint256:
    return clock.side(state)


@external
@pure
def deadline(state: uint256, reply: uint256) -> uint256:
    return clock.deadline(state, reply)

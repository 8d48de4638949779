"""When a whistleblower enters: the protocol's enter-or-leave strategy for one that wants to earn."""

from __future__ import annotations

from dataclasses import dataclass

from pinpoint.chain.market import Activity, Earning
from pinpoint.economics import gas

WAD = 10**18
CHALLENGE_GAS = gas.CHALLENGE + gas.CLAIM
"""Commitment, reveal and claim, as measured. The moves of a conviction are paid by its cost, which is no earning."""


@dataclass(frozen=True)
class Balance:
    """What checking a report is expected to earn, and what it costs, in base units of the token."""

    expected: int
    costs: int

    @property
    def pays(self) -> bool:
        """Whether it earns at least what it costs."""
        return self.expected >= self.costs


def balance(earning: Earning, activity: Activity, units: int, unit_cost: int, gas_cost: int) -> Balance:
    """Whether to replay a report and challenge it where it is wrong.

    It enters if phi part(J, k) + x part(bounty, k) >= C_w + gas, where k, one alias counted, is in the earning, x is
    the share of wrong reports, as observed, and a replay is exact, so that P(win) = 1 (docs/design.md, section 9;
    `economics.limits.break_even_lies` is its break-even share). Gas counts in full, though it is spent only where the
    report differs: who is in doubt stays out.

    Args:
        earning: of one right challenge.
        activity: of the market so far.
        units: of work in the replay.
        unit_cost: what a unit costs, in base units.
        gas_cost: what a unit of gas costs, in base units.
    """
    expected = earning.forced + earning.bounty * activity.wrong // WAD
    return Balance(expected, units * unit_cost + CHALLENGE_GAS * gas_cost)

"""The whistleblowers' market as the contract Market tells it."""

from __future__ import annotations

from dataclasses import dataclass

from pinpoint.chain.client import Client

RECENT = 64
"""Most tasks that one view looks at."""


@dataclass(frozen=True)
class Activity:
    """What became of drawn verifiers' reports (Market.Activity); rates in WAD.

    Attributes:
        upheld: reports that were.
        forced: void, their errors forced.
        against_forced: revealed challenges of these.
        overturned: fallen after a challenge was revealed.
        against_overturned: revealed challenges of these.
        active: revealed challenges per forced or overturned report.
        wrong: share of reports without forced errors that were overturned.
    """

    upheld: int
    forced: int
    against_forced: int
    overturned: int
    against_overturned: int
    active: int
    wrong: int


@dataclass(frozen=True)
class Earning:
    """What one right challenge of a report earns, in base units (Market.Earning).

    Attributes:
        forced: part of a jackpot, times the chance that the error is forced.
        bounty: part of the bounty, if the report is wrong.
        cost: what then pays the moves of whoever convicts it.
    """

    forced: int
    bounty: int
    cost: int


def recent_activity(client: Client) -> Activity:
    """What became of the reports in the last tasks up to the newest that was settled: later ones say nothing yet."""
    settled = [int(event.fields["task"]) for event in client.port.events("Settlement", "Settled")]
    return Activity(*client.port.view("Market", "activity", max(settled, default=0), RECENT))


def expected(client: Client, report: int, active: int) -> Earning:
    """What a right challenge of a report is expected to earn, beside so many others' (WAD)."""
    return Earning(*client.port.view("Market", "expected", report, active))

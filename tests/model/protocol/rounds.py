"""Where the verification of a task stands, and its reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag

from tests.model.protocol.registry import Task
from tests.model.protocol.words import FALLBACK, NOBODY, is_open, report_id


class Stage(IntFlag):
    """Of a verification, in the order of the contracts' flag."""

    NONE = 0
    DRAWING, ASSIGNED, REPORTING, REPORTED, FALLBACK, OPEN, CONCLUDED, ABORTED = (1 << i for i in range(8))


@dataclass
class Report:
    """A report, or the round whose report it is to be."""

    number: int
    verifier: int = NOBODY
    secret: int = 0
    fallback: int = 0
    root: int = 0
    distances: tuple[int, ...] = ()
    digest: int = 0
    commit_end: int = 0
    members: int = 0
    given: bool = False
    passed: bool = False
    opened: bool = False
    fallen: bool = False
    forced: bool = False


@dataclass
class Round:
    """Where the verification of a task stands.

    Attributes:
        reports: by place.
        named: reports of the open round, by digest.
        void: the open round ended by data that were withheld.
    """

    task: Task
    stage: Stage = Stage.NONE
    round: int = 0
    samples: tuple[int, ...] = ()
    draw_block: int = 0
    deadline: int = 0
    ask_end: int = 0
    epoch: int = 0
    fallback: bool = False
    reports: dict[int, Report] = field(default_factory=dict)
    named: dict[int, int] = field(default_factory=dict)
    upheld: int = 0
    void: bool = False

    @property
    def current(self) -> Report:
        """The report of a drawn verifier that the round is about."""
        place = self.round + (FALLBACK if self.fallback else 0)
        return self.reports.setdefault(place, Report(report_id(self.task.number, place)))

    @property
    def drawn(self) -> int:
        """This round's verifier."""
        return self.reports[self.round].verifier if self.round in self.reports else NOBODY

    @property
    def survivors(self) -> list[Report]:
        """Reports of the open round that have not fallen."""
        return [report for report in self.reports.values() if is_open(report.number) and not report.fallen]

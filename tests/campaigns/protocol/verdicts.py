"""Properties of reports, challenges and prizes, in every state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.campaigns.protocol.property import each_round, holds
from tests.model.protocol.arbitration import Phase as GamePhase
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Ending, Phase
from tests.model.protocol.rounds import Stage
from tests.model.protocol.verification import SIGN
from tests.model.protocol.words import (
    FALLBACK,
    is_open,
    place_of,
    task_of,
)


@holds("V01", "rounds of drawn verifiers are at most as many as the parameters say, then one open one (A13)")
def _rounds(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        if r.round > m.p.max_rounds + 1 or (r.round > m.p.max_rounds) != (
            r.stage is Stage.OPEN or (r.stage in (Stage.CONCLUDED, Stage.ABORTED) and r.round == m.p.max_rounds + 1)
        ):
            yield task.number


@holds("V02", "samples are distinct segments of the training, as many as were ordered")
def _samples(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        g = task.order.geometry
        if r.samples and not (len(set(r.samples)) == g.samples and all(s < g.segments for s in r.samples)):
            yield task.number


@holds("V03", "the report that is upheld was given, stands, and its task has ended by it")
def _upheld(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        if r.upheld:
            report = r.reports[place_of(r.upheld)]
            verdict = Ending.REJECTED
            if report.passed:
                stalled = any(distance & SIGN for distance in report.distances)
                verdict = Ending.STALLED if stalled else Ending.ACCEPTED
            if not report.given or report.fallen or task.ending != verdict:
                yield task.number


@holds("V04", "a report passes exactly if no distance is beyond the threshold")
def _passed(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        for report in r.reports.values():
            if report.given and report.passed != all(d & ~SIGN <= task.threshold for d in report.distances):
                yield report.number


@holds("V05", "a fallback is another report than the one whose error was forced (A2)")
def _fallbacks(m: Protocol) -> Iterable[Any]:
    for _, r in each_round(m):
        for place, report in r.reports.items():
            fallback = FALLBACK <= place < 2 * FALLBACK and report.given
            if fallback and report.digest == r.reports[place - FALLBACK].digest:
                yield report.number


@holds("V06", "an error is forced only of a report whose secret is open, and then that has fallen")
def _forced(m: Protocol) -> Iterable[Any]:
    reports = [report for _, r in each_round(m) for report in r.reports.values()]
    return [report.number for report in reports if report.forced and not (report.opened and report.fallen)]


@holds("V07", "equal reports of the open round are one (A26)")
def _named(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        digests = [report.digest for report in r.reports.values() if is_open(report.number)]
        if len(set(digests)) != len(digests):
            yield task.number


@holds("V08", "reports of the open round have as many members as have revealed them and are not closed, or more")
def _members(m: Protocol) -> Iterable[Any]:
    found = Counter(report for report in m.open_round.reported.values() if report)
    for _, r in each_round(m):
        for report in r.reports.values():
            if is_open(report.number) and found[report.number] > report.members:
                yield report.number


@holds("V09", "commitments, reveals and the secret end in this order (A22)")
def _order(m: Protocol) -> Iterable[Any]:
    for _, r in each_round(m):
        for report in r.reports.values():
            reveal_end, secret_end = m.verification.ends(report)
            if report.given and not report.commit_end < reveal_end <= secret_end:
                yield report.number


@holds("V10", "of all drawn reports of a task at most one stands")
def _one(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        drawn = [report for report in r.reports.values() if report.given and not is_open(report.number)]
        if len([report for report in drawn if not report.fallen and m.verification.standing(report)]) > 1:
            yield task.number


# Challenges


@holds("D01", "the games of a report that stands are the challenges that were revealed and have no verdict")
def _open_games(m: Protocol) -> Iterable[Any]:
    found = Counter(c.report.number for c in m.arbitration.challenges.values() if c.phase is GamePhase.REVEALED)
    for number, tally in m.arbitration.tallies.items():
        report = m.verification.of(number)
        if not report.fallen and m.verification.standing(report) and tally.open != found[number]:
            yield number


@holds("D02", "who has won a challenge has a report that fell, unforced; one conviction is enough")
def _won(m: Protocol) -> Iterable[Any]:
    won = [c.report for c in m.arbitration.challenges.values() if c.phase is GamePhase.WON]
    return [report.number for report in won if not report.fallen or report.forced or won.count(report) > 1]


@holds("D03", "every game ends within the bound of a report, however many there are (promise 6)")
def _bounded(m: Protocol) -> Iterable[Any]:
    for c in m.arbitration.challenges.values():
        if c.phase is GamePhase.REVEALED:
            order = m.registry.tasks[task_of(c.report.number)].order
            given = c.report.commit_end - m.p.commit_window - order.replay_time
            if m.arbitration.end_of(c) > given + m.p.decision_window(order.replay_time):
                yield c.number


@holds("D04", "a clock holds no more than its game's budget, and none runs before the games begin")
def _clocks(m: Protocol) -> Iterable[Any]:
    for c in m.arbitration.challenges.values():
        if c.clock is not None:
            tally = m.arbitration.tallies[c.report.number]
            if max(c.clock.defender, c.clock.challenger) > tally.budget or c.clock.since < tally.start:
                yield c.number


@holds("D05", "no report is decided with a game of it still open")
def _undecided(m: Protocol) -> Iterable[Any]:
    for _, r in each_round(m):
        if r.upheld in m.arbitration.tallies and m.arbitration.tallies[r.upheld].open:
            yield r.upheld


# Prizes


def verifiers(m: Protocol) -> Counter[int]:
    """By pot of a closed prize, whether a verifier had its part of it."""
    s, reports = m.settlement, [report for _, r in each_round(m) for report in r.reports.values()]
    own = [s.pot_of(report) for report in reports if report.forced and s.counts_itself(report)]
    return Counter(pot for pot in own if s.prizes[pot].closed)


@holds("P01", "rights of a prize are the challenges opened for it, and once closed the verifier of an upheld fallback")
def _rights(m: Protocol) -> Iterable[Any]:
    s, challenges = m.settlement, m.arbitration.challenges
    found = Counter(s.pot_of(challenges[number].report) for number in s.opened) + verifiers(m)
    return [pot for pot, prize in s.prizes.items() if prize.rights != found[pot]]


@holds("P02", "a closed prize holds the parts that are not collected yet, nothing else (A12, A21)")
def _parts(m: Protocol) -> Iterable[Any]:
    s, challenges = m.settlement, m.arbitration.challenges
    taken = Counter(s.pot_of(challenges[number].report) for number in s.collected) + verifiers(m)
    for pot, prize in s.prizes.items():
        if prize.closed and m.accounts.pots[pot] != prize.each * (prize.rights - taken[pot]):
            yield pot


@holds("P03", "only sealed reports equal to the one that was upheld count, and never the challenged one (A18)")
def _right(m: Protocol) -> Iterable[Any]:
    for number in m.settlement.opened:
        report = m.arbitration.challenges[number].report
        r = m.verification.rounds[task_of(report.number)]
        if not r.upheld or r.reports[place_of(r.upheld)].digest == report.digest or is_open(report.number):
            yield number


@holds("P04", "prizes can be claimed only of tasks that have ended")
def _claims(m: Protocol) -> Iterable[Any]:
    return [n for n in m.settlement.claim_ends if m.registry.tasks[n].phase is not Phase.ENDED]

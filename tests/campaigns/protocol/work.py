"""Properties of lots and tasks, in every state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.campaigns.protocol.property import IN_HAND, each_round, holds
from tests.model.protocol.profiling import Answer
from tests.model.protocol.profiling import Stage as Profile
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Ending, Phase
from tests.model.protocol.rounds import Stage


@holds("L01", "the capacity of a verifier that is in use is that of its work in hand (A27)")
def _used(m: Protocol) -> Iterable[Any]:
    found = Counter[int]()
    for task, r in each_round(m):
        if r.stage in IN_HAND:
            found[r.drawn] += task.order.replay_units
    for profile in m.profiling.profiles.values():
        if profile.stage is Profile.MEASURING:
            for who, profiler in profile.profilers.items():
                if profiler.answer is not Answer.UNAVAILABLE:
                    found[who] += profile.task.order.profile_units
    return [place.owner for place in m.lots.places if place.units_used != found[place.owner]]


@holds("L02", "no verifier is its task's submitter or solver, or was drawn for the task before")
def _strangers(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        drawn = [r.reports[place].verifier for place in range(m.p.max_rounds + 1) if place in r.reports]
        drawn = [who for who in drawn if who]
        if len(set(drawn)) != len(drawn) or task.submitter in drawn or task.solver in drawn:
            yield task.number


@holds("L03", "profilers are as many as were ordered, distinct by nature, and none is the submitter")
def _measurers(m: Protocol) -> Iterable[Any]:
    for n, profile in m.profiling.profiles.items():
        task = profile.task
        if profile.profilers and len(profile.profilers) != task.order.geometry.profilers:
            yield n
        if task.submitter in profile.profilers:
            yield n


@holds("L04", "who has retired has no tickets, and whoever has tickets is registered")
def _retired(m: Protocol) -> Iterable[Any]:
    return [place.owner for place in m.lots.places if place.tickets and not place.units]


@holds("L05", "a place has one owner, and an owner one place, for ever")
def _places(m: Protocol) -> Iterable[Any]:
    owners = [place.owner for place in m.lots.places]
    return [] if len(set(owners)) == len(owners) == len(m.lots.place_of) else owners


@holds("L06", "tickets of an epoch's start do not change within it (A19)")
def _epochs(m: Protocol) -> Iterable[Any]:
    for place in m.lots.places:
        if any(epoch > m.lots.epoch for epoch, _ in place.history):
            yield place.owner


# Tasks


@holds("T01", "a task has an ending exactly when it has ended")
def _endings(m: Protocol) -> Iterable[Any]:
    return [n for n, task in m.registry.tasks.items() if bool(task.ending) != (task.phase is Phase.ENDED)]


@holds("T02", "a task has a solver while one is asked, trains or is verified")
def _has_solver(m: Protocol) -> Iterable[Any]:
    due = (Phase.OFFERED, Phase.TRAINING, Phase.PROVED)
    return [n for n, task in m.registry.tasks.items() if task.phase in due and not task.solver]


@holds("T03", "a task has a proof exactly from its posting on, and none after another try")
def _proofs(m: Protocol) -> Iterable[Any]:
    for n, task in m.registry.tasks.items():
        r = m.verification.rounds.get(n)
        over = r is not None and r.stage in (Stage.CONCLUDED, Stage.ABORTED)
        if bool(task.proof_root) != (task.phase is Phase.PROVED or over):
            yield n


@holds("T04", "tries are counted up to their bound, and a task that has used them up has ended")
def _tries(m: Protocol) -> Iterable[Any]:
    for n, task in m.registry.tasks.items():
        if task.tries > m.p.max_tries or (task.tries == m.p.max_tries and task.phase is not Phase.ENDED):
            yield n


@holds("T05", "a submitter neither enrols for its own task nor solves it")
def _own(m: Protocol) -> Iterable[Any]:
    return [n for n, t in m.registry.tasks.items() if t.submitter == t.solver or t.submitter in t.enrolled]


@holds("T06", "a threshold lies between floor and ceiling, or is 0, in exact mode or before it is measured")
def _thresholds(m: Protocol) -> Iterable[Any]:
    bounds = m.p.threshold_floor, m.p.threshold_ceiling
    return [n for n, t in m.registry.tasks.items() if t.threshold and not bounds[0] <= t.threshold <= bounds[1]]


@holds("T07", "only an accepted, proved task is verified")
def _verified(m: Protocol) -> Iterable[Any]:
    for task, r in each_round(m):
        if r.stage and not (task.accepted and task.phase in (Phase.PROVED, Phase.ENDED)):
            yield task.number


@holds("T08", "an ending of verified work is of a task whose verification is over")
def _settled(m: Protocol) -> Iterable[Any]:
    verdicts = (Ending.ACCEPTED, Ending.REJECTED, Ending.STALLED, Ending.UNRESOLVED, Ending.DATA_WITHHELD)
    for n, task in m.registry.tasks.items():
        r = m.verification.rounds.get(n)
        over = r is not None and r.stage in (Stage.CONCLUDED, Stage.ABORTED)
        if (task.ending in verdicts) != over:
            yield n

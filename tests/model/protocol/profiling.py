"""Several verifiers measure what an honest distance is (docs/protocol.md, stage 2; docs/design.md, section 11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from tests.model.protocol.base import Part
from tests.model.protocol.registry import Task
from tests.model.protocol.words import ESCROW, NOBODY, PROFILER, hashed, key, need, share

ONE = 0x3F800000
PURPOSE = 4


class Stage(IntFlag):
    """Of a profile, in the order of the contracts' flag."""

    DRAWING, MEASURING, OVER = (1 << i for i in range(3))


class Answer(IntFlag):
    """Of a profiler, in the order of the contracts' flag."""

    DRAWN, COMMITTED, REVEALED, UNAVAILABLE = (1 << i for i in range(4))


class Verdict(IntEnum):
    """What a profiler gets."""

    BURNT, RELEASED, PAID, ABSURD = range(4)


@dataclass
class Profiler:
    """One of those who were drawn."""

    answer: Answer = Answer.DRAWN
    commitment: int = 0
    distance: int = 0


@dataclass
class Profile:
    """The profile of a task."""

    task: Task
    stage: Stage = Stage.DRAWING
    draw_block: int = 0
    epoch: int = 0
    deadline: int = 0
    profilers: dict[int, Profiler] = field(default_factory=dict)


class Profiling(Part):
    """All profiles."""

    def start(self) -> None:
        self.profiles: dict[int, Profile] = {}

    def commit_profile(self, sender: int, number: int, commitment: int) -> None:
        profiler = self._due(sender, number)
        need(commitment != 0, "profiling: commitment")
        profiler.answer, profiler.commitment = Answer.COMMITTED, commitment
        self.say("ProfileCommitted", number, sender, commitment)

    def profile_unavailable(self, sender: int, number: int) -> None:
        self._due(sender, number).answer = Answer.UNAVAILABLE
        self.say("DataUnavailable", number, sender)
        self._close(self.profiles[number], sender, Verdict.RELEASED)

    def reveal_profile(self, sender: int, number: int, distance: int, salt: int) -> None:
        profile = self._in(number, Stage.MEASURING)
        need(self.m.now > profile.deadline, "profiling: early")
        need(self.m.now <= profile.deadline + self.p.reveal_window, "profiling: late")
        profiler = profile.profilers.get(sender)
        need(profiler is not None and profiler.answer is Answer.COMMITTED, "profiling: nothing sealed")
        assert profiler is not None
        need(distance < 2**32, "profiling: distance")
        need(profiler.commitment == self.commitment(number, sender, distance, salt), "profiling: commitment")
        profile.profilers[sender] = Profiler(Answer.REVEALED, 0, distance)
        self.say("ProfileRevealed", number, sender, distance)

    def draw(self, sender: int, number: int) -> None:
        profile = self._in(number, Stage.DRAWING)
        need(self.m.number > profile.draw_block, "profiling: early")
        need(self.m.now <= profile.deadline, "profiling: late")
        task, order = profile.task, profile.task.order
        if self.m.expired(profile.draw_block):
            self._drawing(profile)
            self.say("DrawPostponed", number, profile.draw_block)
            return
        seed = self.m.seed(profile.draw_block, number, PURPOSE)
        found: list[int] = []
        while len(found) < order.geometry.profilers:
            drawn = self.m.lots.draw(
                hashed(seed, len(found)),
                profile.epoch,
                (task.submitter, task.solver, *found),
                order.profile_units,
                order.data,
                order.profiler_deposit,
            )
            if drawn == NOBODY:
                # Its seed is known: another one would be a choice.
                self._finish(profile)
                return
            found.append(drawn)
        profile.stage, profile.deadline = Stage.MEASURING, self.m.now + order.profile_time
        ends = profile.deadline, profile.deadline + self.p.reveal_window
        self.say("ProfilersDrawn", number, tuple(found), order.profiler_deposit, *ends)
        for profiler in found:
            profile.profilers[profiler] = Profiler()
            self.m.lots.assign(profiler, order.profile_units, order.data)
            self.m.accounts.lock(key(PROFILER, number, profiler), profiler, order.profiler_deposit)

    def finish(self, sender: int, number: int) -> None:
        profile = self.profiles.get(number)
        need(profile is not None and profile.stage is not Stage.OVER, "profiling: phase")
        assert profile is not None
        grace = self.p.reveal_window if profile.stage is Stage.MEASURING else 0
        need(self.m.now > profile.deadline + grace, "profiling: early")
        self._finish(profile)

    # The other parts

    def begin(self, task: Task) -> None:
        """A task asks for its threshold."""
        profile = Profile(task, deadline=self.m.now + self.p.draw_window)
        self.profiles[task.number] = profile
        self._drawing(profile)
        self.say(
            "ProfilingStarted", task.number, task.order.geometry.profilers, profile.draw_block, profile.deadline
        )

    def abandon(self, task: Task) -> None:
        """Its program is invalid: nobody is slashed, who has measured is paid."""
        profile = self.profiles[task.number]
        profile.stage = Stage.OVER
        self.say("ProfilingEnded", task.number, 0)
        for owner, profiler in profile.profilers.items():
            measured = profiler.answer in (Answer.COMMITTED, Answer.REVEALED)
            if profiler.answer is not Answer.UNAVAILABLE:
                self._close(profile, owner, Verdict.PAID if measured else Verdict.RELEASED)

    def commitment(self, task: int, profiler: int, distance: int, salt: int) -> int:
        """What a profiler commits to."""
        return hashed(self.m.chain_id, self.m.at["Profiling"], task, profiler, distance, salt)

    # Details

    def _finish(self, profile: Profile) -> None:
        number, profile.stage = profile.task.number, Stage.OVER
        asked = profile.task.order.geometry.profilers
        revealed = [p.distance for p in profile.profilers.values() if p.answer is Answer.REVEALED]
        valid = [distance for distance in revealed if distance < ONE]
        threshold = self.p.threshold(valid, asked)
        self.say("ProfilingEnded", number, threshold)
        for owner, profiler in profile.profilers.items():
            verdict = Verdict.BURNT
            if profiler.answer is Answer.UNAVAILABLE:
                continue
            if profiler.answer is Answer.REVEALED:
                # Where most have measured 1 or more, that is what there is to be measured.
                absurd = profiler.distance >= ONE and len(valid) > asked // 2
                verdict = Verdict.ABSURD if absurd else Verdict.PAID
            self._close(profile, owner, verdict)
        self.m.registry.profiled(profile.task, threshold)

    def _drawing(self, profile: Profile) -> None:
        profile.draw_block, profile.epoch = self.m.number + self.p.draw_delay, self.m.lots.epoch

    def _close(self, profile: Profile, owner: int, verdict: Verdict) -> None:
        number, order, accounts = profile.task.number, profile.task.order, self.m.accounts
        self.say("ProfilerClosed", number, owner, verdict)
        self.m.lots.free(owner, order.profile_units, order.data)
        name, deposit = key(PROFILER, number, owner), order.profiler_deposit
        if verdict in (Verdict.BURNT, Verdict.ABSURD):
            slashed = share(deposit, self.p.absurd_share) if verdict is Verdict.ABSURD else deposit
            self.m.say("Settlement", "ProfilerSlashed", number, owner, slashed)
            accounts.slash(name, returned=deposit - slashed)
            return
        accounts.release(name)
        if verdict is Verdict.PAID:
            accounts.pay(key(ESCROW, number), owner, order.profile_fee)

    def _in(self, number: int, stage: Stage) -> Profile:
        profile = self.profiles.get(number)
        need(profile is not None and profile.stage is stage, "profiling: phase")
        assert profile is not None
        return profile

    def _due(self, sender: int, number: int) -> Profiler:
        profile = self._in(number, Stage.MEASURING)
        need(self.m.now <= profile.deadline, "profiling: late")
        profiler = profile.profilers.get(sender)
        need(profiler is not None and profiler.answer is Answer.DRAWN, "profiling: not due")
        assert profiler is not None
        return profiler

    def say(self, name: str, *values: int | tuple[int, ...]) -> None:
        self.m.say("Profiling", name, *values)

"""What could happen to a task next, by its phase: who would do what, from which second on, and how likely."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from pinpoint.dispute.position import ROOT, Children
from tests.campaigns.protocol.calls import Call, Move
from tests.campaigns.protocol.data import Data
from tests.campaigns.protocol.signing import LEAF, Signing
from tests.campaigns.protocol.world import (
    BROKEN,
    BROKEN_NODE,
    CHALLENGERS,
    SOLVERS,
    USERS,
    VERIFIERS,
    WORKS,
    program_of,
    proof_of,
    root_of,
)
from tests.model.protocol.arbitration import Challenge, Status
from tests.model.protocol.arbitration import Phase as GamePhase
from tests.model.protocol.profiling import Answer
from tests.model.protocol.profiling import Stage as Profile
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Phase, Task
from tests.model.protocol.rounds import Report, Round, Stage
from tests.model.protocol.verification import SIGN
from tests.model.protocol.words import digest_of, hashed, is_open
from tests.model.protocol.works import made_up

PASSING, FAILING = 0x3A000000, 0x3F000000
DISTANCES = (0x3A000001, 0x3A000002, 0x3B000000, 0x3F800000, 0x7F800001, 0x3E800000)
"""That profilers measure: most are alike."""
CONTENTS = ("right", "wrong", "failing", "stalled")
REPORTERS = (*CHALLENGERS[:2], *(USERS[name] for name in VERIFIERS[2:]), USERS["solver_two"])


def secret_of(task: int, round: int) -> int:
    """The secret of whoever verifies in a round."""
    return made_up("secret", task, round)


def content_of(r: Round, content: str) -> tuple[int, tuple[int, ...]]:
    """Root and distances of a report that somebody could give."""
    g = r.task.order.geometry
    root = root_of(WORKS.report(g.samples, g.interval, content))
    distance = {"failing": FAILING, "stalled": SIGN}.get(content, 0)
    # One of them only.
    return root, (distance, *(0 for _ in r.samples[1:]))


def _same(call: Call) -> Call:
    return call


class Moves:
    """What could happen in a model's state. Remembers what was sealed, to open it."""

    def __init__(self, m: Protocol, rng: Random) -> None:
        self.m, self._rng = m, rng
        self._signing, self._data = Signing(m, rng), Data(m, rng)
        self._sealed: dict[int, tuple[Any, ...]] = {}

    def of(self, task: Task) -> list[Move]:
        """All that could happen to a task."""
        return [*self._of_registry(task), *self._of_rest(task)]

    def _of_rest(self, task: Task) -> Iterator[Move]:
        if (r := self.m.verification.rounds.get(task.number)) is not None:
            yield from self._of_round(task, r)
            for c in self._challenges(task.number):
                yield from self._of_challenge(task, r, c)
            if task.number in self.m.settlement.claim_ends:
                yield from self._of_claims(task, r)
            if r.round > self.m.p.max_rounds:
                yield from self._of_reporters(task, r)
            yield from self._data.of(task, r)

    def _challenges(self, number: int) -> list[Challenge]:
        found = [c for c in self.m.arbitration.challenges.values() if c.report.number >> 16 == number]
        return found if len(found) <= 3 else self._rng.sample(found, 3)

    def _one(self, *of: Any) -> Any:
        return self._rng.choice(of)

    # Up to the proof

    def _of_registry(self, task: Task) -> Iterator[Move]:
        n, now, anybody = task.number, self.m.now, USERS["stranger"]
        if task.phase is Phase.PROFILING:
            yield from self._of_profile(task)
        elif task.phase is Phase.OPEN:
            weight = 3 if len(task.enrolled) < 2 else 0.3
            yield Move(now, weight, lambda: self._enrol(task), task.deadline)
            if task.enrolled:
                someone = self._one(*task.enrolled)
                yield Move(now, 0.1, lambda: Call(someone, "TaskRegistry", "leave", (n,)))
            yield Move(task.deadline + 1, 1, lambda: Call(anybody, "TaskRegistry", "close_enrolment", (n,)))
        elif task.phase is Phase.DRAWING:
            yield Move(now, 2, lambda: Call(anybody, "TaskRegistry", "draw_solver", (n,)))
        elif task.phase is Phase.OFFERED:
            yield Move(now, 5, lambda: Call(task.solver, "TaskRegistry", "accept", (n,)), task.deadline)
            yield Move(now, 0.5, lambda: Call(task.solver, "TaskRegistry", "decline", (n,)), task.deadline)
            yield Move(task.deadline + 1, 0.3, lambda: Call(anybody, "TaskRegistry", "time_out", (n,)))
        elif task.phase is Phase.TRAINING:
            proof = proof_of(task.order)
            path = tuple(int.from_bytes(each, "big") for each in proof.path(0))
            call = Call(task.solver, "TaskRegistry", "post_proof", (n, root_of(proof), path))
            yield Move(now, 6, partial(_same, call), task.deadline)
            yield Move(task.deadline + 1, 0.3, lambda: Call(anybody, "TaskRegistry", "time_out", (n,)))
        elif task.phase is Phase.ENDED and task.enrolled:
            someone = self._one(*task.enrolled)
            yield Move(now, 1, lambda: Call(someone, "TaskRegistry", "leave", (n,)))
        if task.phase is not Phase.ENDED:
            yield from self._of_program(task)

    def _of_program(self, task: Task) -> Iterator[Move]:
        """Somebody claims and shows that it is invalid; rarely in vain."""
        n, finder, salt = task.number, USERS["whistleblower"], 5
        promising = task.order.program_root == BROKEN and not task.accepted
        commitment = self.m.programs.commitment(n, BROKEN_NODE, finder, salt)
        if commitment not in self.m.programs.claims:
            claim = Call(finder, "ProgramJudge", "commit", (commitment,))
            yield Move(self.m.now, 0.6 if promising else 0.02, partial(_same, claim))
            return
        tree, nodes = program_of(task.order)
        proof = tuple(nodes[BROKEN_NODE]), tuple(int.from_bytes(each, "big") for each in tree.path(BROKEN_NODE))
        shown = Call(finder, "ProgramJudge", "show_invalid", (n, BROKEN_NODE, proof, (), salt))
        yield Move(self.m.now, 2 if promising else 0.1, partial(_same, shown))

    def _enrol(self, task: Task) -> Call:
        extra = self._one(0, 0, 1, task.order.solver_deposit + 1)
        free = [solver for solver in SOLVERS if solver not in task.enrolled]
        return Call(self._one(*(free or SOLVERS)), "TaskRegistry", "enrol", (task.number, extra))

    def _of_profile(self, task: Task) -> Iterator[Move]:
        n, now, profile, anybody = task.number, self.m.now, self.m.profiling.profiles[task.number], USERS["stranger"]
        if profile.stage is Profile.DRAWING:
            yield Move(now, 3, lambda: Call(anybody, "Profiling", "draw", (n,)), profile.deadline)
            yield Move(profile.deadline + 1, 0.3, lambda: Call(anybody, "Profiling", "finish", (n,)))
            return
        for owner, profiler in profile.profilers.items():
            if profiler.answer is Answer.DRAWN:
                yield Move(now, 2, partial(self._seal_profile, n, owner), profile.deadline)
                unavailable = Call(owner, "Profiling", "profile_unavailable", (n,))
                yield Move(now, 0.1, partial(_same, unavailable), profile.deadline)
            elif profiler.answer is Answer.COMMITTED and profiler.commitment in self._sealed:
                call = Call(owner, "Profiling", "reveal_profile", (n, *self._sealed[profiler.commitment]))
                yield Move(profile.deadline + 1, 3, partial(_same, call), profile.deadline + self.m.p.reveal_window)
        end = profile.deadline + self.m.p.reveal_window + 1
        yield Move(end, 1, lambda: Call(anybody, "Profiling", "finish", (n,)))

    def _seal_profile(self, number: int, owner: int) -> Call:
        distance, salt = self._rng.choices(DISTANCES, (4, 2, 1, 1, 0.5, 1))[0], made_up("profile", number, owner)
        commitment = self.m.profiling.commitment(number, owner, distance, salt)
        self._sealed[commitment] = distance, salt
        return Call(owner, "Profiling", "commit_profile", (number, commitment))

    # Reports

    def _of_round(self, task: Task, r: Round) -> Iterator[Move]:
        n, now, anybody = task.number, self.m.now, USERS["stranger"]

        def calls(method: str, *arguments: Any) -> Callable[[], Call]:
            return lambda: Call(anybody, "Verification", method, (n, *arguments))

        if r.stage is Stage.DRAWING:
            yield Move(now, 4, calls("draw"), r.deadline)
            yield Move(r.deadline + 1, 0.2, calls("time_out"))
        elif r.stage is Stage.ASSIGNED:
            sealed = hashed(secret_of(n, r.round))
            yield Move(now, 5, lambda: Call(r.drawn, "Verification", "accept_assignment", (n, sealed)), r.deadline)
            yield Move(now, 0.3, lambda: Call(r.drawn, "Verification", "report_unavailable", (n,)), r.deadline)
            yield Move(r.deadline + 1, 0.5, calls("time_out"))
        elif r.stage is Stage.REPORTING:
            deadline = self.m.verification.deadline(r)
            if self.m.availability.pending[n] == 0:
                yield Move(r.ask_end + 1, 5, lambda: self._report(r), deadline)
            yield Move(deadline + 1, 0.3, calls("time_out"))
            yield from self._disclosures(n, r)
        elif r.stage is Stage.FALLBACK:
            yield Move(now, 4, lambda: self._fallback(r), r.deadline)
            yield Move(r.deadline + 1, 0.4, calls("time_out"))
        elif r.stage is Stage.REPORTED:
            yield from self._of_report(r.current, 2)
            reveal_end, secret_end = self.m.verification.ends(r.current)
            if not r.current.opened:
                yield Move(reveal_end + 1, 4, calls("open_secret", secret_of(n, r.round)), secret_end)
                yield Move(secret_end + 1, 0.4, calls("time_out"))
                yield from self._disclosures(n, r)
            tally = self.m.arbitration.tallies.get(r.current.number)
            end = secret_end if tally else reveal_end
            waits = not r.current.opened or (tally is not None and tally.open > 0)
            settle = Call(anybody, "Settlement", "settle", (n,))
            yield Move(end + 1, 0.1 if waits else 1.5, partial(_same, settle))
        elif r.stage is Stage.OPEN:
            yield from self._of_open_round(task, r)

    def _of_report(self, report: Report, weight: float) -> Iterator[Move]:
        if self.m.now <= report.commit_end:
            yield Move(self.m.now, weight, lambda: self._challenge(report))

    def _report(self, r: Round) -> Call:
        content, other = self._rng.choices(CONTENTS, (5, 3, 1, 1))[0], self._one(*CONTENTS)
        salt = made_up("fallback", r.task.number, r.round)
        digest = digest_of(*content_of(r, other))
        fallback = self.m.verification.report_commitment(r.task.number, r.drawn, digest, salt)
        self._sealed[fallback] = other, salt
        return Call(r.drawn, "Verification", "report", (r.task.number, *content_of(r, content), fallback))

    def _fallback(self, r: Round) -> Call:
        other, salt = self._sealed.get(r.current.fallback, ("right", 1))
        return Call(r.drawn, "Verification", "report_fallback", (r.task.number, *content_of(r, other), salt))

    def _disclosures(self, number: int, r: Round) -> Iterator[Move]:
        finder, secret = USERS["whistleblower"], secret_of(number, r.round)
        commitment = hashed(r.current.number, finder, secret, 7)
        if commitment in self.m.verification.disclosures:
            call = Call(finder, "Verification", "disclose", (number, secret, 7))
            yield Move(self.m.now, 0.4, partial(_same, call))
        else:
            yield Move(self.m.now, 0.04, lambda: Call(finder, "Verification", "commit_disclosure", (commitment,)))

    # The open round

    def _of_open_round(self, task: Task, r: Round) -> Iterator[Move]:
        n = task.number
        commit_end, reveal_end = self.m.verification.open_ends(r)
        if self.m.now <= commit_end:
            yield Move(self.m.now, 3, lambda: self._seal_report(r))
        for reporter in REPORTERS:
            sealed = self.m.open_round.sealed.get((n, reporter), 0)
            if sealed in self._sealed and not self.m.open_round.reported.get((n, reporter), 0):
                call = Call(reporter, "OpenRound", "reveal_report", (n, *self._sealed[sealed]))
                yield Move(commit_end + 1, 4, partial(_same, call), reveal_end)
        for report in r.survivors:
            yield from self._of_report(report, 1.5)
        end = max([self.m.verification.ends(report)[0] for report in r.survivors], default=reveal_end)
        yield Move(end + 1, 1, lambda: Call(USERS["stranger"], "Settlement", "settle", (n,)))

    def _seal_report(self, r: Round) -> Call:
        n = r.task.number
        free = [each for each in REPORTERS if not self.m.open_round.sealed.get((n, each), 0)]
        reporter = self._one(*(free or REPORTERS))
        root, distances = content_of(r, self._rng.choices(CONTENTS, (5, 2, 1, 1))[0])
        salt = made_up("open", n, reporter)
        commitment = self.m.verification.report_commitment(n, reporter, digest_of(root, distances), salt)
        self._sealed[commitment] = root, distances, salt
        return Call(reporter, "OpenRound", "commit_report", (n, commitment))

    def _of_reporters(self, task: Task, r: Round) -> Iterator[Move]:
        for reporter in REPORTERS:
            if self.m.open_round.sealed.get((task.number, reporter), 0):
                call = Call(USERS["stranger"], "OpenRound", "close_reporter", (task.number, reporter))
                weight = 0.03 if r.stage is Stage.OPEN else 1
                yield Move(self.m.now, weight, partial(_same, call))

    # Challenges

    def _challenge(self, report: Report) -> Call:
        r, challenger = self.m.verification.rounds[report.number >> 16], self._one(*CHALLENGERS)
        salt, seal_salt = self._rng.getrandbits(256), self._rng.getrandbits(64)
        digest = digest_of(*content_of(r, self._rng.choices(CONTENTS, (5, 2, 1, 1))[0]))
        sealed = hashed(r.task.number, challenger, digest, seal_salt)
        commitment = self.m.arbitration.commitment(report.number, challenger, salt, sealed)
        self._sealed[commitment] = salt, sealed
        self._sealed[sealed] = digest, seal_salt
        return Call(challenger, "Arbitration", "commit_challenge", (report.number, commitment))

    def _of_challenge(self, task: Task, r: Round, c: Challenge) -> Iterator[Move]:
        now, anybody, report = self.m.now, USERS["stranger"], c.report
        reveal_end, secret_end = self.m.verification.ends(report)
        if c.phase is GamePhase.COMMITTED:
            if c.sealed in self._sealed and now <= reveal_end:
                opened = self._sealed[c.sealed]
                call = Call(c.challenger, "Arbitration", "reveal_challenge", (c.number, *opened))
                yield Move(report.commit_end + 1, 4, partial(_same, call), reveal_end)
            yield Move(reveal_end + 1, 0.5, lambda: Call(anybody, "Arbitration", "close", (c.number,)))
        elif c.phase is GamePhase.REVEALED:
            if self.m.arbitration.status(c.number) is Status.FREED:
                yield Move(now, 1, lambda: Call(anybody, "Arbitration", "close", (c.number,)))
                return
            clock, _ = self.m.arbitration._game(c)
            start = max(now, secret_end + 1, clock.since)
            last = min(clock.deadline(self.m.p.reply_window), self.m.arbitration.end_of(c))
            if report.opened:
                yield Move(start, 1, lambda: self._verdict(c), last)
                yield Move(start, 2, lambda: self._play(r, c), last)
                yield from self._signing.of(r, c, start, last)
            yield Move(max(last, secret_end) + 1, 0.7, lambda: self._exit(c))

    def _exit(self, c: Challenge) -> Call:
        if self._rng.random() < 0.3:
            others = [self._rng.randrange(1, len(self.m.arbitration.challenges) + 1) for _ in range(3)]
            return Call(USERS["stranger"], "Arbitration", "sweep", ((c.number, *others, c.number),))
        return Call(USERS["stranger"], "Arbitration", "time_out", (c.number,))

    def _verdict(self, c: Challenge) -> Call:
        """A judge says what a proof has shown: mostly what is true of the report."""
        r = self.m.verification.rounds[c.report.number >> 16]
        wrong = c.report.root != content_of(r, "right")[0]
        faulty = wrong if self._rng.random() < 0.9 else not wrong
        judge = self.m.at[self._one("ValueJudge", "RootJudge")]
        by = c.challenger if self._rng.random() < 0.8 else USERS["stranger"]
        return Call(judge, "Arbitration", "decide", (c.number, by, int(faulty)))

    def _play(self, r: Round, c: Challenge) -> Call:
        """The turn of whoever is on the clock, as far as anybody holds what is below."""
        clock, position = self.m.arbitration._game(c)
        tree = WORKS.tree(position.claim)
        if position.level == 0 and clock.defending and self._rng.random() < 0.8:
            words = LEAF if self._rng.random() < 0.9 else LEAF[1:]
            return Call(USERS["stranger"], "Arbitration", "show_leaf", (c.number, words))
        if tree is None or position.level != ROOT:
            return self._verdict(c)
        if clock.defending:
            children = tuple(int.from_bytes(each, "big") for each in Children.of(tree, position).hashes)
            return Call(c.report.verifier, "Arbitration", "show_children", (c.number, 0, 0, children))
        index = self._rng.randrange(tree.count)
        path = tuple(int.from_bytes(each, "big") for each in tree.path(index, 0))
        leg = (int.from_bytes(tree.levels[0][index], "big"), 0, index, 0, 0, path)
        return Call(c.challenger, "Arbitration", "descend", (c.number, (leg,)))

    # Prizes

    def _of_claims(self, task: Task, r: Round) -> Iterator[Move]:
        now, end, anybody = self.m.now, self.m.settlement.claim_ends[task.number], USERS["stranger"]
        for c in self._challenges(task.number):
            if c.number in self.m.settlement.collected or c.phase in (GamePhase.COMMITTED, GamePhase.FORFEITED):
                continue
            if c.number in self.m.settlement.opened:
                call = Call(anybody, "Settlement", "collect", (c.number,))
                yield Move(end + 1, 1, partial(_same, call))
            elif c.sealed in self._sealed and now <= end and not is_open(c.report.number):
                digest, salt = self._sealed[c.sealed]
                right = r.upheld and digest == r.reports[r.upheld & 0xFFFF].digest != c.report.digest
                call = Call(anybody, "Settlement", "open_report", (c.number, digest, salt))
                yield Move(now, 4 if right else 0.1, partial(_same, call), end)
        for report in r.reports.values():
            prize = self.m.settlement.prizes[self.m.settlement.pot_of(report)]
            if (report.given or report.fallen) and not prize.closed:
                call = Call(anybody, "Settlement", "close_prize", (report.number,))
                yield Move(end + 1, 0.3, partial(_same, call))

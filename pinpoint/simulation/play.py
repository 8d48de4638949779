"""One task played to its end, every transaction against the contracts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pinpoint.chain.client import DEFENDER, ChallengePhase, Ending, TaskPhase, VerificationPhase
from pinpoint.chain.forced import is_forced
from pinpoint.commitment.tree import keccak
from pinpoint.dispute import challenger, defender
from pinpoint.dispute.chunks import Bundle, Source, ask_arguments, chunks_of
from pinpoint.dispute.evidence import Case
from pinpoint.replay.report import Report
from pinpoint.roles.whistleblower import prize, seal, shown_in
from pinpoint.simulation.cast import Cast, Verifier, Watch
from pinpoint.simulation.workshop import job, program
from pinpoint.simulation.world import VERIFIERS, World

SALT = keccak(b"salt")
RUBBISH = keccak(b"rubbish")
MOST_MOVES = 48


@dataclass
class Said:
    """What a verifier has reported; `tree` is None where there is nothing behind the root."""

    root: bytes
    distances: list[int]
    tree: Report | None

    @property
    def digest(self) -> bytes:
        """What makes it this report."""
        words = [sum(d << 32 * place for place, d in enumerate(self.distances[at : at + 8])) for at in (0, 8)]
        return keccak(self.root + b"".join(word.to_bytes(32, "big") for word in words))

    @classmethod
    def of(cls, report: Report) -> Said:
        """A replay."""
        return cls(report.root, report.distances, report)


@dataclass
class Outcome:
    """How a task went.

    Attributes:
        drawn: verifiers, by round.
        forced: of the rounds, whether the error was forced.
        ending: of the task.
    """

    drawn: list[str] = field(default_factory=list)
    forced: list[bool] = field(default_factory=list)
    ending: Ending = Ending.NONE


class Play:
    """The players of one task."""

    def __init__(self, world: World, cast: Cast) -> None:
        self.world, self.cast, self.client = world, cast, world.client
        self.task = 0
        self.outcome = Outcome()
        self._job = job(cast.work, world.setting.task.segments, cast.at)
        self._awake = world.random.random() < cast.awake
        self._sealed: dict[int, tuple[str, bytes, int]] = {}
        """By dispute: whose, what was sealed, which report it challenges."""
        self._seals: list[bytes] = []
        self._convicted: list[int] = []
        self._passed = False

    def run(self) -> Outcome:
        """Play to the end."""
        self._train()
        for watcher in self.cast.watchers:
            if watcher.watch is Watch.STANDS_ALONE:
                self.world.costs.compute(watcher.names[0], self.world.setting.replay_cost)
        while self.client.task(self.task).phase is not TaskPhase.ENDED:
            now = self.client.round(self.task)
            if now.phase is VerificationPhase.DRAWING:
                self._draw(now.draw_block)
            elif now.phase is VerificationPhase.ASSIGNED:
                self._verify(self.world.name_of(now.verifier))
            else:
                self._settle()
        self.outcome.ending = self.client.task(self.task).ending
        self._claim()
        return self.outcome

    # From the order to the proof

    def _train(self) -> None:
        world, send, task = self.world, self.world.send, self.world.setting.task
        price = round(task.price * self.cast.price * 10**18)
        order = self._job.order(task.samples, round(task.units * self.cast.units), price)
        receipt = send("submitter", "TaskRegistry", "submit_task", order.arguments())
        self.task = int(receipt.event("TaskSubmitted").fields["task"])
        send("solver", "TaskRegistry", "enrol", self.task, 0)
        world.after(self.client.task(self.task).deadline)
        send("keeper", "TaskRegistry", "close_enrolment", self.task)
        world.seed(self.client.task(self.task).draw_block)
        send("keeper", "TaskRegistry", "draw_solver", self.task)
        send("solver", "TaskRegistry", "accept", self.task)
        world.costs.compute("solver", self.cast.computed * self.cast.units * world.setting.cost)
        proof = self._job.trees.proof
        send("solver", "TaskRegistry", "post_proof", self.task, proof.root, proof.path(0))

    def _draw(self, block: int) -> None:
        self.world.seed(block)
        self.world.send("keeper", "Verification", "draw", self.task)

    # A verifier's round

    def _colludes(self, verifier: str) -> bool:
        return VERIFIERS.index(verifier) < self.cast.colluders

    def _verify(self, verifier: str) -> None:
        world = self.world
        rounds = len(self.outcome.drawn)
        self.outcome.drawn.append(verifier)
        plan = self.cast.verifiers[min(rounds, len(self.cast.verifiers) - 1)]
        if self._colludes(verifier):
            plan = Verifier.COLLUDES if self.cast.forged else Verifier.HONEST
        secret = world.random.randbytes(32)
        world.send(verifier, "Verification", "accept_assignment", self.task, keccak(secret))
        now = self.client.round(self.task)
        seed = world.seed(now.draw_block)
        withheld = self.cast.withholds and plan is not Verifier.COLLUDES
        if withheld:
            receipt = world.send(verifier, "Availability", "ask", self.task, *self._asked())
            world.after(self.client.post_end(self.task))
            world.send("keeper", "Availability", "time_out", self.task)
            world.send("keeper", "Availability", "refund", receipt.event("ChunkAsked").fields["key"])
            return
        world.after(now.ask_end)
        forced = is_forced(secret, seed, self.task, self.client.parameters.forced_rate)
        self.outcome.forced.append(forced)
        if plan in (Verifier.HONEST, Verifier.SKIPS_FORCED):
            world.costs.compute(verifier, self.cast.units * world.setting.replay_cost)
        first, fallback = self._reports(plan, forced)
        commitment = keccak(SALT)
        if forced:
            address = world.users[verifier]
            commitment = self.client.port.view(
                "Verification", "report_commitment", self.task, address, fallback.digest, SALT
            )
        self._report(verifier, "report", self.task, first.root, first.distances, commitment)
        self._challenge(first, forced)
        world.after(self.client.report(now.report).reveal_end)
        world.send(verifier, "Verification", "open_secret", self.task, secret)
        if forced:
            self._sweep(now.report)
            self._report(verifier, "report_fallback", self.task, fallback.root, fallback.distances, SALT)
            self._challenge(fallback, False)
        self._decide(verifier, fallback if forced else first)

    def _report(self, verifier: str, method: str, *arguments: Any) -> None:
        receipt = self.world.send(verifier, "Verification", method, *arguments)
        self._passed = bool(receipt.event("Reported").fields["passed"])

    def _asked(self) -> tuple[object, ...]:
        bundle = Bundle(Source.CHECKPOINT, 0, (Source.CHECKPOINT, 0, 0))
        chunk = next(chunks_of(program(), bundle))
        return ask_arguments(program(), self._job.trees.program, bundle, chunk)

    def _reports(self, plan: Verifier, forced: bool) -> tuple[Said, Said]:
        """What is reported first, and what if the error was forced."""
        samples = self.client.samples(self.task)
        if plan is Verifier.HONEST:
            right = Said.of(self._job.report(samples))
            return (Said.of(self._job.wrong_report(samples)), right) if forced else (right, right)
        if plan is Verifier.SKIPS_FORCED:
            return Said.of(self._job.report(samples)), Said.of(self._job.wrong_report(samples))
        invented = [self.world.random.randbytes(32) for _ in range(2)]
        if plan is Verifier.COPIES and self._seals:
            invented[0] = self._seals[-1]
        first, second = (Said(root, [0] * len(samples), None) for root in invented)
        return first, second

    # Challenges

    def _right(self) -> bytes:
        return self._job.report(self.client.samples(self.task)).digest

    def _challenge(self, given: Said, forced: bool) -> None:
        report, right = self.client.round(self.task).report, self._right()
        wrong = given.digest != right
        mine: list[int] = []
        for watcher in self.cast.watchers:
            digest = RUBBISH if watcher.watch in (Watch.FILLS, Watch.GRIEFS) else right
            act = {
                Watch.REPLAYS: wrong and self._awake,
                Watch.SPARES_OWN: wrong and not self._colludes(self.outcome.drawn[-1]),
                Watch.STANDS_ALONE: wrong,
                Watch.TOLD: forced,
                Watch.FILLS: wrong and len(self.outcome.drawn) == 1,
                Watch.GRIEFS: not self._sealed,
            }[watcher.watch]
            for name in watcher.names if act else ():
                mine.append(self._commit(name, report, digest))
        self.world.after(self.client.report(report).commit_end)
        for dispute in mine:
            name, digest, _ = self._sealed[dispute]
            sealed = seal(self.task, self.world.users[name], digest, SALT)
            self.world.send(name, "Arbitration", "reveal_challenge", dispute, SALT, sealed)
            self._seals.append(sealed)

    def _commit(self, name: str, report: int, digest: bytes) -> int:
        address = self.world.users[name]
        sealed = seal(self.task, address, digest, SALT)
        commitment = self.client.port.view("Arbitration", "commitment_of", report, address, SALT, sealed)
        receipt = self.world.send(name, "Arbitration", "commit_challenge", report, commitment)
        dispute = int(receipt.event("ChallengeCommitted").fields["dispute"])
        self._sealed[dispute] = name, digest, report
        return dispute

    def _of(self, report: int) -> list[int]:
        return [dispute for dispute, (_, _, challenged) in self._sealed.items() if challenged == report]

    def _sweep(self, report: int) -> None:
        if disputes := self._of(report):
            self.world.send("keeper", "Arbitration", "sweep", disputes)

    # Games

    def _decide(self, verifier: str, given: Said) -> None:
        now = self.client.round(self.task).report
        state = self.client.report(now)
        self.world.after(state.secret_end)
        right = self._right()
        for dispute in self._of(now):
            if self.client.challenge(dispute).phase is not ChallengePhase.REVEALED:
                continue
            if given.digest == right or given.tree is not None:
                self._play(dispute, verifier, given)
            else:
                self._time_out(dispute, self._sealed[dispute][0])
            if not self.client.report(now).standing:
                self._convicted.append(now)
                self._sweep(now)
                return

    def _play(self, dispute: int, verifier: str, given: Said) -> None:
        """A game in which the verifier shows what it is asked for."""
        name, digest, _ = self._sealed[dispute]
        assert given.tree is not None, "expected a report that can be shown"
        own = self._job.report(self.client.samples(self.task))
        for _ in range(MOST_MOVES):
            if self.client.challenge(dispute).phase is not ChallengePhase.REVEALED:
                return
            game = self.client.game(dispute)
            if game.side == DEFENDER:
                move = defender.next_move(given.tree, game.position)
                sender = verifier
            elif digest != own.digest:
                # Nothing behind the seal: the clock runs out.
                self._time_out(dispute, "keeper")
                return
            else:
                known = shown_in(self.client, dispute, given.root, own)
                move = challenger.next_move(Case(own, self._job.trees, known), game.position)
                sender = name
            receipt = self.client.play(self.world.users[sender], dispute, move)
            self.world.costs.gas(sender, move.method, receipt.gas)
        raise AssertionError(f"expected a game of at most {MOST_MOVES} moves")

    def _time_out(self, dispute: int, sender: str) -> None:
        self.world.after(self.client.game(dispute).deadline)
        self.world.send(sender, "Arbitration", "time_out", dispute)

    # The end

    def _settle(self) -> None:
        # Who is paid settles.
        self.world.send("solver" if self._passed else "keeper", "Settlement", "settle", self.task)

    def _claim(self) -> None:
        port = self.client.port
        if not (ends := int(port.view("Settlement", "claim_ends", self.task))):
            return
        upheld = int(port.view("Verification", "upheld_report", self.task))
        digest = self.client.report(upheld).digest if upheld else b""
        forced = self.client.forced_reports(self.task)
        opened: dict[tuple[str, int], int] = {}
        for dispute, (name, sealed, report) in self._sealed.items():
            pot = prize(report, forced)
            # In each pot one of a name is enough.
            if sealed == digest and report != upheld and (name, pot) not in opened:
                opened[name, pot] = dispute
                self.world.send(name, "Settlement", "open_report", dispute, digest, SALT)
        self.world.after(ends)
        for (name, _), dispute in opened.items():
            self.world.send(name, "Settlement", "collect", dispute)
        # What nobody was right about is burnt, or goes back to the pool.
        claimed = {pot for _, pot in opened}
        for pot, report in {prize(report, forced): report for report in (*forced, *self._convicted)}.items():
            if pot not in claimed:
                self.world.send("keeper", "Settlement", "close_prize", report)

"""Model and chain side by side: after every transaction outcome, reason, events, balances and state are compared."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.campaigns.protocol.codec import Codec, word
from tests.campaigns.protocol.driver import Action
from tests.campaigns.protocol.engines import CHAIN_ID, DEPLOYER, TREASURY, Engine
from tests.campaigns.protocol.world import USERS, WORKS
from tests.model.protocol.protocol import PARTS, Protocol, Refused
from tests.model.protocol.words import PLACE_BITS, POOL, hashed, key

HOLDERS = (*USERS.values(), TREASURY)
ACCOUNTS, ALLOTTED, UNBONDING, CREDIT, BURNT, OWED = 0, 1, 2, 4, 7, 8
"""Where Staking stores what; `compare` asks its views, too, and would see it if that changed."""


def places_of(holder: int) -> tuple[int, ...]:
    """Where Staking stores a user's accounts."""
    return tuple(hashed(slot, holder) for slot in (ACCOUNTS, ALLOTTED, UNBONDING, CREDIT))


PLACES = {holder: places_of(holder) for holder in HOLDERS}


class Disagreement(AssertionError):
    """Chain and model differ."""


class Lockstep:
    """A chain and its model."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        at = {name: int(address, 16) for name, address in engine.deployment.addresses.items()}
        self.m = Protocol(engine.deployment.parameters, at, TREASURY, CHAIN_ID, WORKS)
        self.m.deployer = DEPLOYER
        self.codec = Codec([*PARTS, "Token", "Beacon"])
        self.counted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._views: dict[tuple[Any, ...], bytes] = {}

    def send(self, action: Action) -> None:
        """Send an action to both.

        Raises:
            Disagreement: naming the first difference.
        """
        name = f"{action.contract}.{action.method}"
        calldata = self._calldata(action)
        expected: str | None = None
        said: list[Any] = []
        try:
            if action.cut and self.codec.fixed(action.contract, action.method):
                calldata = calldata[: -action.cut]
                self.m.misunderstand(action.now, action.number)
            said = self.m.send(*action[:6])
        except Refused as error:
            expected = str(error)
        outcome = self.engine.send(action.now, action.number, action.sender, action.contract, calldata)
        if outcome.refused != expected:
            got = "that it counts" if outcome.refused is None else outcome.refused
            raise Disagreement(f"{name}: expected {expected or 'it to count'}, got {got}")
        if expected is None:
            self.counted[name] += 1
            logs = [self.codec.log(each) for each in said]
            if logs != outcome.logs:
                raise Disagreement(self._events(name, logs, outcome.logs))
            self._compare(name, said)
        else:
            self.refused[f"{name} {expected}"] += 1

    def _calldata(self, action: Action) -> bytes:
        what = action.contract, action.method, action.arguments
        return (self.codec.crooked(*what) if action.crooked else self.codec.call(*what)) + action.tail

    # What is compared

    def compare(self) -> None:
        """Everything there is."""
        self._views_of(HOLDERS)
        for task in self.m.registry.tasks:
            self._task("all", task)
        for dispute in self.m.arbitration.challenges:
            self._challenge("all", dispute)
        for owner, nonce in self.m.registry.used:
            self._check("all", "TaskRegistry", "nonce_used", (owner, nonce), 1)
        for name in self.m.accounts.locks:
            self._lock("all", name)
        for name in self.m.accounts.pots:
            self._pot("all", name)

    def _compare(self, name: str, said: list[Any]) -> None:
        self._balances(name)
        tasks, disputes = set(), set()
        for contract, event, first, *rest in said:
            if contract == "Staking":
                self._key(name, event, (first, *rest))
            elif contract == "Arbitration":
                disputes.add(first)
            elif contract != "Sortition" and event not in ("ReportOpened", "PrizeCollected", "NonceUsed"):
                tasks.add(first)
        for task in tasks:
            self._task(name, task)
        for dispute in disputes:
            self._challenge(name, dispute)

    def _key(self, name: str, event: str, values: tuple[Any, ...]) -> None:
        if event in ("Locked", "Released", "Slashed"):
            self._lock(name, values[0])
        elif event in ("Funded", "Paid", "Burnt"):
            self._pot(name, values[0])
        elif event == "Shifted":
            self._pot(name, values[0])
            self._pot(name, values[1])

    def _balances(self, name: str) -> None:
        # All of everybody's, as they are stored.
        a, slot = self.m.accounts, self.engine.slot
        for holder, (account, allotted, unbonding, credit) in PLACES.items():
            have = (
                slot("Staking", account),
                slot("Staking", allotted),
                slot("Staking", unbonding),
                slot("Staking", credit),
            )
            stake = a.stake[holder] | a.bonded[holder] << 128
            want = (stake, a.allotted(holder), a.unbonding[holder], a.credit[holder])
            if have != want:
                raise Disagreement(f"after {name}, accounts of {holder:x}: expected {want}, got {have}")
        totals = slot("Staking", OWED), slot("Staking", BURNT)
        if totals != (a.owed, a.burnt):
            raise Disagreement(f"after {name}, owed and burnt: expected {(a.owed, a.burnt)}, got {totals}")
        for holder in (*self.m.moved, self.m.at["Staking"]):
            self._check(name, "Token", "balanceOf", (holder,), a.tokens[holder])
        self._pot(name, key(POOL))

    def _views_of(self, holders: Any) -> None:
        a = self.m.accounts
        for holder in holders:
            self._check("all", "Staking", "stake", (holder,), a.stake[holder])
            self._check("all", "Staking", "bonded", (holder,), a.bonded[holder])
            self._check("all", "Staking", "unbonding", (holder,), a.unbonding[holder])
            self._check("all", "Staking", "unbonding_ends", (holder,), a.unbonding_ends[holder])
            self._check("all", "Staking", "credit", (holder,), a.credit[holder])
            self._check("all", "Staking", "allotted", (holder,), a.allotted(holder))
            self._check("all", "Token", "balanceOf", (holder,), a.tokens[holder])
            place = self.m.lots.place_of.get(holder)
            self._check("all", "Sortition", "tickets_of", (holder,), place.tickets if place else 0)
        self._check("all", "Staking", "owed", (), a.owed)
        self._check("all", "Staking", "burnt", (), a.burnt)
        self._check("all", "Token", "balanceOf", (self.m.at["Staking"],), a.tokens[self.m.at["Staking"]])

    def _lock(self, name: str, lock: int) -> None:
        self._check(name, "Staking", "locks", (lock,), *self.m.accounts.locks.get(lock, (0, 0)))

    def _pot(self, name: str, pot: int) -> None:
        self._check(name, "Staking", "pots", (pot,), self.m.accounts.pots[pot])

    def _task(self, name: str, number: int) -> None:
        task = self.m.registry.tasks[number]
        words = task.order.words
        self._check(
            name,
            "TaskRegistry",
            "task_of",
            (number,),
            *(*words[:3], task.packed, *words[4:], task.submitter, task.solver, task.proof_root),
            *(task.phase, task.ending, task.tries, len(task.enrolled), task.draw_block, task.deadline, task.accepted),
        )
        if task.parent:
            self._check(name, "TaskRegistry", "parent_of", (number,), task.parent)
        r = self.m.verification.rounds.get(number)
        if r is None:
            return
        # Of the open round, and before the samples, there is no report of a drawn verifier.
        drawn = r.samples and r.round <= self.m.p.max_rounds
        report = r.current if drawn else None
        if r.stage:
            self._check(
                name,
                "Verification",
                "round_of",
                (number,),
                *(r.stage, r.round, report.number if report else 0, report.verifier if report else 0, bool(r.samples)),
                *(r.draw_block, self.m.verification.deadline(r), r.ask_end),
            )
        if report is not None and report.given:
            self._report(name, report)
        self._check(name, "Verification", "upheld_report", (number,), r.upheld)
        self._check(name, "Settlement", "claim_ends", (number,), self.m.settlement.claim_ends.get(number, 0))

    def _report(self, name: str, report: Any) -> None:
        reveal_end, secret_end = self.m.verification.ends(report)
        standing = self.m.verification.standing(report)
        self._check(
            name,
            "Verification",
            "report_of",
            (report.number,),
            *(report.verifier, report.root, report.digest, report.commit_end, reveal_end, secret_end),
            *(report.opened, standing),
        )

    def _challenge(self, name: str, number: int) -> None:
        c = self.m.arbitration.challenges[number]
        report = c.report.number
        words = report >> PLACE_BITS, report, c.challenger, c.phase, c.sealed
        self._check(name, "Arbitration", "challenge_of", (number,), *words)
        if (posted := self.m.arbitration.posted.get(number)) is not None:
            self._check(name, "Arbitration", "posted", (number,), posted)
            self._check(name, "Arbitration", "superseded", (number,), number in self.m.arbitration.superseded)
        tally = self.m.arbitration.tallies.get(report)
        if tally is not None:
            self._check(name, "Arbitration", "revealed", (report,), tally.revealed)
            self._check(name, "Arbitration", "open_games", (report,), tally.open)
        self._report(name, c.report)

    # Details

    def _words(self, contract: str, method: str, *arguments: int) -> bytes:
        at = contract, method, arguments
        if at not in self._views:
            self._views[at] = self.codec.call(contract, method, arguments)
        return self.engine.call(contract, self._views[at])

    def _check(self, name: str, contract: str, method: str, arguments: tuple[int, ...], *values: int) -> None:
        have, want = self._words(contract, method, *arguments), b"".join(map(word, values))
        if have != want:
            self._differ(name, f"{contract}.{method}{tuple(f'{each:x}' for each in arguments)}", want, have)

    def _differ(self, name: str, what: str, want: bytes, have: bytes) -> None:
        places = [at for at in range(0, max(len(want), len(have)), 32) if want[at : at + 32] != have[at : at + 32]]
        shown = [
            f"word {at // 32}: expected {int.from_bytes(want[at : at + 32], 'big'):#x}, "
            f"got {int.from_bytes(have[at : at + 32], 'big'):#x}"
            for at in places
        ]
        raise Disagreement(f"after {name}, {what}: {'; '.join(shown)}")

    def _events(self, name: str, want: list[Any], have: list[Any]) -> str:
        for place in range(max(len(want), len(have))):
            one = self.codec.describe(want[place]) if place < len(want) else "nothing"
            other = self.codec.describe(have[place]) if place < len(have) else "nothing"
            if one != other:
                return f"{name}: expected event {place} to be {one}, got {other}"
        return f"{name}: events differ"

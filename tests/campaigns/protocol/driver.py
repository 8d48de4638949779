"""What is sent next: mostly what could count, at edges of its time; sometimes noise. Whoever has the seed can tell."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from tests.campaigns.protocol.calls import Call, Move
from tests.campaigns.protocol.codec import nothing
from tests.campaigns.protocol.moves import Moves
from tests.campaigns.protocol.offers import NONCES, Offers
from tests.campaigns.protocol.world import UNIT, USERS, VERIFIERS, stake_of
from tests.lots import CAPACITY
from tests.model.protocol.guarded import GUARDED
from tests.model.protocol.profiling import Stage as Profile
from tests.model.protocol.protocol import Protocol
from tests.model.protocol.registry import Phase, Task
from tests.model.protocol.rounds import Stage

SMALL = (2**30, 2**24)
"""A capacity of one or two tasks at a time."""
MOST_TASKS = 5
"""That are open at one time."""
PATIENCE = 0.6
"""Weight of letting time pass instead of doing what can be done now."""
EDGES = (-1, 0, 0, 0, 0, 0, 1)
POOR = ("stranger", "submitter_two", "solver_three", "whistleblower_three")
"""Who has let Staking take little: more takes a permit."""
ODD = 0.01
"""Of what is sent is not as a library would encode it."""
CLOSED = [(contract, method) for contract, names in GUARDED.items() for method in names]


class Action(NamedTuple):
    """A transaction.

    Attributes:
        now, number: time and number of its block.
        tail: appended to the calldata.
        cut: bytes that are left out at the end of the calldata, where all of it is needed.
        crooked: whether the calldata says the same in another way.
    """

    now: int
    number: int
    sender: int
    contract: str
    method: str
    arguments: tuple[Any, ...]
    tail: bytes = b""
    cut: int = 0
    crooked: bool = False


class Driver:
    """Chooses actions from a model's state."""

    def __init__(self, m: Protocol, rng: Random, most: int = MOST_TASKS) -> None:
        """
        Args:
            most: tasks that are open at one time.
        """
        self.m, self._rng, self._most = m, rng, most
        self._moves, self._offers = Moves(m, rng), Offers(m, rng)
        self._done: set[int] = set()
        self._last: list[Call] = []

    def setup(self) -> list[Call]:
        """What everybody does first."""
        calls, staking = list[Call](), self.m.at["Staking"]
        for name, address in USERS.items():
            allowed = 2**256 - 1 if name not in POOR else stake_of(name) + UNIT
            calls.append(Call(self.m.deployer, "Token", "mint", (address, 150 * UNIT)))
            calls.append(Call(address, "Token", "approve", (staking, allowed)))
            calls.append(Call(address, "Staking", "deposit", (stake_of(name),)))
        for place, name in enumerate(VERIFIERS):
            capacity = CAPACITY if place % 3 else (SMALL[0] * 4, SMALL[1] * 4)
            calls.append(Call(USERS[name], "Sortition", "register", capacity))
        return calls

    def next(self) -> Action:
        """The next action."""
        rng, m = self._rng, self.m
        call, at = self._choose()
        if rng.random() < 0.09:
            call = self._noisy(call)
        blocks = 5 if at > m.now + 5 else rng.choice((1, 1, 1, 2, 4))
        number = m.number + blocks
        now = max(m.now + blocks, at)
        self._last.append(call)
        if rng.random() > ODD:
            return Action(now, number, *call)
        tail = rng.choice((b"", rng.randbytes(rng.randrange(1, 65))))
        cut = rng.choice((0, 0, 1, 31, 32)) if not tail else 0
        return Action(now, number, *call, tail, cut, not cut and rng.random() < 0.7)

    # Choice

    def _choose(self) -> tuple[Call, int]:
        rng, m = self._rng, self.m
        tasks = self._live()
        if rng.random() < (0.6 if not tasks else 0.02 if len(tasks) < self._most else 0):
            return self._offers.next(), 0
        if not tasks or rng.random() < 0.1:
            call = self._aside(tasks)
            ends = self.m.accounts.unbonding_ends[call.sender]
            # Rarely, or no task would live: when it has waited long enough, or a second less.
            waits = call.method == "withdraw_stake" and rng.random() < 0.1
            return call, ends + rng.choice((0, 1)) if waits else 0
        moves = self._moves.of(rng.choice(tasks))
        ready = [move for move in moves if move.at <= m.now + 1 <= move.last or rng.random() < 0.002]
        if rng.random() < 0.06 and (closing := [move for move in ready if move.last < 1 << 60]):
            # The last second in which it counts, or the one after.
            move = rng.choice(closing)
            return move.make(), move.last + rng.choice((0, 0, 1))
        weight = sum(move.weight for move in ready)
        if rng.random() < weight / (weight + PATIENCE):
            return self._pick(ready).make(), 0
        later = [move for move in moves if move.at > m.now + 1]
        if rng.random() < 0.8:
            # The first second in which anything more can happen to any task.
            others = [move for task in tasks for move in self._moves.of(task) if move.at > m.now + 1]
            later = sorted(others, key=lambda move: move.at)[:3]
        if not later:
            return (self._pick(ready).make(), 0) if ready else (self._aside(tasks), m.now + rng.randrange(1, 400))
        move = self._pick(later)
        return move.make(), move.at + rng.choice(EDGES)

    def _pick(self, moves: list[Move]) -> Move:
        return self._rng.choices(moves, [move.weight for move in moves])[0]

    def _live(self) -> list[Task]:
        found = []
        for task in self.m.registry.tasks.values():
            if task.number in self._done:
                continue
            if task.phase is Phase.ENDED and not self._moves.of(task):
                self._done.add(task.number)
                continue
            found.append(task)
        return found

    # Beside the tasks

    def _aside(self, tasks: list[Task]) -> Call:
        rng, m = self._rng, self.m
        sender = rng.choice(list(USERS.values()))
        accounts = m.accounts
        choice = rng.randrange(15)
        if choice <= 1:
            return Call(sender, "Staking", "unbond", (self._amount(accounts.stake[sender]),))
        if choice == 2:
            sender = rng.choice([who for who, amount in accounts.unbonding.items() if amount] or [sender])
            return Call(sender, "Staking", "withdraw_stake", ())
        if choice == 3:
            return Call(sender, "Staking", "withdraw", (self._amount(accounts.credit[sender]),))
        if choice == 4:
            return Call(sender, "Staking", "restake", (self._amount(accounts.credit[sender]),))
        if choice <= 7:
            return self._offers.deposit(sender, self._amount(accounts.tokens[sender]))
        if choice == 13:
            if rng.random() < 0.5:
                return Call(sender, "TaskRegistry", "cancel", (rng.randrange(NONCES),))
            allowed = rng.choice((0, UNIT, 5 * UNIT, 2**256 - 1))
            return Call(sender, "Token", "approve", (m.at["Staking"], allowed))
        if choice == 14:
            contract, method = rng.choice(CLOSED)
            return Call(sender, contract, method, nothing(contract, method))
        verifier = USERS[rng.choice(VERIFIERS)]
        if choice == 8:
            method = rng.choice(("retire", "register", "register", "resize"))
            return Call(verifier, "Sortition", method, () if method == "retire" else self._capacity())
        if choice == 9:
            return Call(sender, "Sortition", "weigh", (verifier,))
        if choice == 10:
            if rng.random() < 0.3:
                return Call(sender, "Token", "transfer", (m.at["Staking"], self._amount(accounts.tokens[sender])))
            return Call(m.deployer, "Token", "mint", (sender, rng.randrange(UNIT)))
        lost = self._lose_seed(rng.choice(tasks)) if tasks else None
        return lost or Call(sender, "Sortition", "weigh", (verifier,))

    def _capacity(self) -> tuple[int, int]:
        return self._rng.choice((SMALL, CAPACITY, CAPACITY, (SMALL[0] - 1, SMALL[1]), (SMALL[0], 2**64)))

    def _amount(self, most: int) -> int:
        """Of what somebody has: all, little, one too many, or none."""
        rng, least = self._rng, self.m.p.verifier_stake
        left = max(0, most - least)
        # One that leaves a verifier in the draw, but little to lock beside what is on its way out.
        return rng.choice((most, most + 1, 0, 1, left, left, rng.randrange(most + 1), rng.randrange(most // 8 + 1)))

    def _lose_seed(self, task: Task) -> Call | None:
        """Nobody fixes the seed of a block that a draw waits for."""
        m, found = self.m, []
        if task.phase is Phase.DRAWING:
            found.append(task.draw_block)
        profile = m.profiling.profiles.get(task.number)
        if profile is not None and profile.stage is Profile.DRAWING:
            found.append(profile.draw_block)
        r = m.verification.rounds.get(task.number)
        if r is not None and r.stage is Stage.DRAWING:
            found.append(r.draw_block)
        if not found or self._rng.random() < 0.5:
            return None
        return Call(USERS["stranger"], "Beacon", "choose", (found[0], 0))

    # Noise

    def _noisy(self, call: Call) -> Call:
        """The same with something that is not right, or something from before once more."""
        rng = self._rng
        if call.contract in ("Beacon", "Token"):
            return call
        choice = rng.randrange(4)
        if choice == 0 and self._last:
            old = rng.choice(self._last[-40:])
            return old if old.contract not in ("Beacon", "Token") else call
        if choice == 1:
            return call._replace(sender=rng.choice(list(USERS.values())))
        return self._changed(call)

    def _changed(self, call: Call) -> Call:
        rng, arguments = self._rng, list(call.arguments)
        places = [place for place, value in enumerate(arguments) if isinstance(value, int)]
        # What is nested has refusals of its own, which other tests are about.
        if not places or call.contract == "Availability" or call.method in ("descend", "invalidate", "decide"):
            return call
        if (call.contract, call.method) in CLOSED:
            return call
        place = rng.choice(places)
        if call.method == "show_children" and place:
            return call
        value = arguments[place]
        arguments[place] = rng.choice((0, value + 1, max(0, value - 1), value ^ 1))
        if call.method in ("report", "report_fallback", "reveal_report") and rng.random() < 0.3:
            distances = list(arguments[2])
            arguments[2] = tuple(rng.choice((distances[:-1], [*distances, 0], [1 << 32, *distances[1:]])))
        if call.method == "submit_task" and rng.random() < 0.8:
            arguments = self._offers.malformed(arguments)
        return call._replace(arguments=tuple(arguments))
